"""The state that a metric is read from: what the getter of each kind of family is given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple, Protocol

from agents.engine.queue import QueueEngine
from agents.intervals.calendar import Calendar, open_now
from agents.intervals.counters import RecordCounters
from agents.live.metrics.text import Figures
from agents.live.telling.board import ShownNotice
from agents.notices.texts import IncidentText
from agents.projection.outcome import Projection, horizons_of
from config.settings import Configuration, ServiceLevel, in_force
from streams.results import IntervalResult, ServiceLevelCounts

__all__ = [
    "IntervalReading",
    "LiveSource",
    "MonitoredReading",
    "ProcessReading",
    "QueueReading",
    "WorkerReading",
    "horizon_reader",
]


class HistoryLag(Protocol):
    """How far a worker's history is behind the topics that it is written from."""

    @property
    def errors(self) -> int:
        """Writes that failed since the worker began."""

    @property
    def lag_messages(self) -> int:
        """Messages that have come and are not in history."""

    @property
    def lag_seconds(self) -> float:
        """How long the oldest of them has been waiting."""


class LiveSource(Protocol):
    """The side of a worker that the collector sees. Everything is read in the worker's own thread."""

    @property
    def recovering(self) -> bool:
        """Whether the state is being read, or partitions change hands: figures must not be shown."""

    @property
    def history(self) -> HistoryLag | None:
        """The writer of interval history; None: another process writes it."""

    @property
    def engines(self) -> Iterable[QueueEngine]:
        """The engines of the queues whose partitions this worker holds."""

    @property
    def topic(self) -> str:
        """The input topic's name, less its prefix."""

    def counters(self) -> RecordCounters:
        """Records by what became of them, since the worker began."""

    def never_seen(self) -> Iterable[tuple[str, str]]:
        """(program, queue) of configured queues without call data an hour into their open time."""

    def told(self) -> tuple[Iterable[ShownNotice], Iterable[IncidentText]]:
        """The notices of the queues and programs that this worker holds, and the texts of their incidents."""

    def lag(self) -> Mapping[int, int]:
        """By partition held, messages of the input topic that have not been applied yet."""


def horizon_reader(figure: str) -> Callable[[Projection], Figures]:
    """The reader of a figure of a day's rest by horizon, where it is known."""
    read = attrgetter(figure)
    return lambda projection: {
        (name,): value for name, each in horizons_of(projection).items() if (value := read(each)) is not None
    }


class IntervalReading(NamedTuple):
    """The open interval of a queue, or its last final one."""

    result: IntervalResult
    counts: ServiceLevelCounts | None
    """Numerator and denominator of the service level; None: not known."""


class QueueReading(NamedTuple):
    """A queue that has call data; read again only when its open or its last final interval has changed."""

    engine: QueueEngine
    level: ServiceLevel
    """In force for the open interval."""


class MonitoredReading(NamedTuple):
    """Transactions of a program's month so far, chosen at random."""

    right: int
    """Without an error of the family."""
    n: int
    """With an applicable check of the family."""


@dataclass(frozen=True, slots=True)
class WorkerReading:
    """A worker that is not recovering."""

    source: LiveSource
    engines: list[QueueEngine]
    """The engines of the queues that have call data."""
    configuration: Configuration
    now_ms: int

    def queues_open(self) -> int:
        """Queues in their open hours."""
        # Most queues of a centre share one calendar.
        opening: dict[Calendar, bool] = {}
        count = 0
        for calendar in [engine.view.calendar for engine in self.engines]:
            if calendar is None:
                continue
            is_open = opening.get(calendar)
            if is_open is None:
                is_open = opening[calendar] = open_now(calendar, self.now_ms) is True
            count += is_open
        return count

    def queues_overdue(self) -> int:
        """Queues with an interval that the clock alone would make final."""
        return sum(engine.due(self.now_ms) for engine in self.engines)

    def never_seen(self) -> Figures:
        """1 by program, queue and channel of the queues never seen."""
        return {
            (program, queue, in_force(self.configuration.queue(queue), self.now_ms).channel): 1
            for program, queue in self.source.never_seen()
        }

    def lag(self) -> Figures:
        """Messages not applied, by partition."""
        return {(str(partition),): behind for partition, behind in sorted(self.source.lag().items())}


class ProcessReading(NamedTuple):
    """A worker at any time, recovering or not."""

    counters: RecordCounters
    topic: str
    recovering: bool
    history: HistoryLag | None = None

    def records(self) -> Figures:
        """Records by topic and what became of them."""
        counters = self.counters
        # A late record was accepted, too; here each record counts once.
        by_outcome = {
            "accepted": max(0, counters.accepted - counters.late),
            "duplicate": counters.duplicate,
            "late": counters.late,
            "restated": counters.restated,
            "dead_lettered": counters.dead_lettered,
        }
        return {(self.topic, outcome): count for outcome, count in by_outcome.items()}
