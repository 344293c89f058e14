"""What Prometheus scrapes: how every queue of this worker stands, read at the moment it asks.

Nothing is pushed into gauges from all over the program; the state is the truth, and a scrape looks at it. A
queue whose partition this worker does not hold is not shown (another worker shows it), a figure that is not
known is not exported (missing is not zero), and a worker that is recovering says so and shows no figures.

With thousands of queues, building a sample object for each figure would take longer than a scrape may; so the
text is made directly, and the lines of a queue are kept until it has changed.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from agents.engine.queue import QueueEngine
from agents.intervals.counters import RecordCounters
from agents.intervals.figures import Row
from agents.intervals.sigma_windows import level_sums
from agents.live.metric_families import HEADS
from agents.rules.status import BreachStatus, QueueStatus
from config.rules import RULES
from config.settings import Configuration
from config.timestamps import from_rfc3339
from streams.names import (
    INTERVAL_METRICS,
    METRIC_AFTER_THE_FACT,
    METRIC_BREACH_ACTIVE,
    METRIC_BREACH_EFFECT,
    METRIC_BREACH_LIMIT,
    METRIC_BREACH_OBSERVED,
    METRIC_BREACHES_OPENED,
    METRIC_CORRECTIONS,
    METRIC_INTERVALS_FINAL,
    METRIC_LAG,
    METRIC_MONITORED,
    METRIC_MONITORED_RIGHT,
    METRIC_NEVER_SEEN,
    METRIC_QUEUES_OPEN,
    METRIC_QUEUES_OVERDUE,
    METRIC_RANGE_HIGH,
    METRIC_RANGE_LOW,
    METRIC_RECORDS,
    METRIC_RECOVERING,
    METRIC_SIGMA,
    METRIC_TARGET,
    METRIC_WATERMARK,
)

__all__ = ["CONTENT_TYPE", "LiveCollector", "LiveSource", "metrics_page"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `metrics_page` returns."""

RESOLVED_SECONDS: Final = 900.0
"""How long a breach that is over is shown as 0 (contract section 8)."""


class LiveSource(Protocol):
    """What a worker lets the collector see. Everything is read in the worker's own thread."""

    @property
    def recovering(self) -> bool:
        """Whether the state is being read, or partitions change hands: figures must not be shown."""

    @property
    def engines(self) -> Iterable[QueueEngine]:
        """The machines of the queues whose partitions this worker holds."""

    @property
    def topic(self) -> str:
        """The input topic's name, less its prefix."""

    def counters(self) -> RecordCounters:
        """What became of records since the worker began."""

    def never_seen(self) -> Iterable[tuple[str, str]]:
        """(program, queue) of configured queues without call data an hour into their open time."""

    def lag(self) -> Mapping[int, int]:
        """By partition held, messages of the input topic that have not been applied yet."""


@dataclass(slots=True)
class _CachedLines:
    """The lines of one queue, each by family in the order of `_QUEUE_FAMILIES`, and the rows they were made of."""

    open_row: Row | None
    final_row: Row | None
    open_lines: tuple[str, ...]
    final_lines: tuple[str, ...]
    lines: tuple[str, ...]


class LiveCollector(Collector):
    """One worker's figures for Prometheus.

    Args:
        source: the worker.
        configuration: what is set; names the channel of a queue that was never seen.
        now_ms: the driver's clock, milliseconds since 1970.
        steady: seconds of a clock that is never set back; says how long a breach has been over.
        programs: (program, what it shows) of the rules over a program or a month, whose breaches have no queue.
        monitored: (program, family, right and n) of the transactions monitored in the month so far.
    """

    def __init__(
        self,
        source: LiveSource,
        configuration: Configuration,
        now_ms: Callable[[], int],
        steady: Callable[[], float] = time.monotonic,
        programs: Callable[[], Iterable[tuple[str, QueueStatus]]] = tuple,
        monitored: Callable[[], Iterable[tuple[str, str, tuple[int, int]]]] = tuple,
    ) -> None:
        self._source = source
        self._configuration = configuration
        self._now_ms = now_ms
        self._steady = steady
        self._programs = programs
        self._monitored = monitored
        self._faces: WeakKeyDictionary[QueueEngine, _CachedLines] = WeakKeyDictionary()

    def collect(self) -> Iterable[Metric]:
        """The same as `render`, for a registry of prometheus_client; slow with thousands of queues."""
        return text_string_to_metric_families(self.render())

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that a registry does not collect when the collector is registered."""
        return []

    def render(self) -> str:
        """Everything in the text format of Prometheus, each family once, with its help and type."""
        source = self._source
        recovering = source.recovering
        families: dict[str, str] = {}
        if not recovering:
            engines = [engine for engine in source.engines if engine.seen]
            faces = [self._face(engine).lines for engine in engines]
            families = {name: "".join([lines[at] for lines in faces]) for at, name in enumerate(_QUEUE_FAMILIES)}
            families |= self._breaches(engines)
            families |= self._runtime(engines)
            families |= self._quality()
        families |= _counters(source.counters(), source.topic)
        families[METRIC_RECOVERING] = f"{METRIC_RECOVERING} {int(recovering)}\n"
        return "".join(f"{HEADS[name]}{lines}" for name, lines in families.items() if lines)

    def _face(self, engine: QueueEngine) -> _CachedLines:
        face = self._faces.get(engine)
        open_row, final_row = engine.open_row(), engine.status.final
        if face is not None and face.open_row is open_row and face.final_row is final_row:
            return face
        labels = _labels(engine)
        if face is not None and face.final_row is final_row:
            final_lines = face.final_lines
        else:
            final_lines = _interval_lines(engine, labels, "final", final_row)
        open_lines = _interval_lines(engine, labels, "open", open_row)
        intervals = map(str.__add__, open_lines, final_lines)
        lines = (*intervals, *_queue_lines(engine, labels, open_row))
        face = self._faces[engine] = _CachedLines(open_row, final_row, open_lines, final_lines, lines)
        return face

    def _breaches(self, engines: Iterable[QueueEngine]) -> dict[str, str]:
        active: list[str] = []
        observed: list[str] = []
        limit: list[str] = []
        effect: list[str] = []
        now = self._steady()
        shown = [(_labels(engine), engine.status) for engine in engines]
        shown += [(_named(program, "", ""), of_program) for program, of_program in self._programs()]
        for owner, each in shown:
            for breach in each.breaches(now, RESOLVED_SECONDS):
                labels = f"{owner},{_breach_labels(breach)}"
                active.append(f"{METRIC_BREACH_ACTIVE}{{{labels}}} {int(breach.active)}\n")
                if not breach.active:
                    continue
                observed.append(_line(METRIC_BREACH_OBSERVED, labels, breach.observed))
                limit.append(_line(METRIC_BREACH_LIMIT, labels, breach.limit))
                effect.extend(
                    f'{METRIC_BREACH_EFFECT}{{{labels},cause="{_escaped(cause)}"}} {share}\n'
                    for cause, share in breach.effects
                )
        return {
            METRIC_BREACH_ACTIVE: "".join(active),
            METRIC_BREACH_OBSERVED: "".join(observed),
            METRIC_BREACH_LIMIT: "".join(limit),
            METRIC_BREACH_EFFECT: "".join(effect),
        }

    def _quality(self) -> dict[str, str]:
        right: list[str] = []
        n: list[str] = []
        for program, family, sheet in self._monitored():
            labels = f'{_named(program, "", "")},family="{family}"'
            n.append(f"{METRIC_MONITORED}{{{labels}}} {sheet[1]}\n")
            right.append(f"{METRIC_MONITORED_RIGHT}{{{labels}}} {sheet[0]}\n")
        return {METRIC_MONITORED: "".join(n), METRIC_MONITORED_RIGHT: "".join(right)}

    def _runtime(self, engines: Iterable[QueueEngine]) -> dict[str, str]:
        now_ms = self._now_ms()
        in_hours = overdue = 0
        opening: dict[object, bool] = {}
        for engine in engines:
            # Most queues of a centre have the same hours.
            hours = (engine.settings.timezone, engine.settings.hours, engine.settings.closed)
            is_open = opening.get(hours)
            if is_open is None:
                is_open = opening[hours] = engine.open_at(now_ms) is True
            in_hours += is_open
            overdue += engine.due(now_ms)
        never = [
            f"{METRIC_NEVER_SEEN}{{{_named(program, queue, self._configuration.queue(queue)[-1].channel)}}} 1\n"
            for program, queue in self._source.never_seen()
        ]
        lag = self._source.lag()
        return {
            METRIC_NEVER_SEEN: "".join(never),
            METRIC_QUEUES_OPEN: f"{METRIC_QUEUES_OPEN} {in_hours}\n",
            METRIC_QUEUES_OVERDUE: f"{METRIC_QUEUES_OVERDUE} {overdue}\n",
            METRIC_LAG: "".join(f'{METRIC_LAG}{{partition="{p}"}} {behind}\n' for p, behind in sorted(lag.items())),
        }


def metrics_page(collector: LiveCollector, registry: CollectorRegistry = REGISTRY) -> bytes:
    """What `/metrics` answers: the worker's figures, then those of `registry` (the process, Grafana calls)."""
    return collector.render().encode() + generate_latest(registry)


_STARTS, *_PLAIN, _NUMERATOR, _DENOMINATOR = INTERVAL_METRICS.values()
_COLUMNS: Final = tuple(zip(list(INTERVAL_METRICS)[1:-2], _PLAIN, strict=True))
"""Result columns that are shown as they are, each with its metric."""
_QUEUE_FAMILIES: Final = (
    *INTERVAL_METRICS.values(),
    METRIC_TARGET,
    METRIC_RANGE_LOW,
    METRIC_RANGE_HIGH,
    METRIC_WATERMARK,
    METRIC_SIGMA,
)


def _interval_lines(engine: QueueEngine, labels: str, state: str, row: Row | None) -> tuple[str, ...]:
    """The lines of one interval, by `INTERVAL_METRICS`; a figure that is not known has none."""
    if row is None:
        return ("",) * len(INTERVAL_METRICS)
    within = f'{{{labels},state="{state}"}} '
    lines = [f"{_STARTS}{within}{from_rfc3339(str(row['interval_start'])) / 1000}\n"]
    for column, name in _COLUMNS:
        value = row[column]
        lines.append("" if value is None else f"{name}{within}{value}\n")
    sums = level_sums(row, engine.settings_of(row))
    if sums is None:
        return (*lines, "", "")
    return (*lines, f"{_NUMERATOR}{within}{sums[0]}\n", f"{_DENOMINATOR}{within}{sums[1]}\n")


def _queue_lines(engine: QueueEngine, labels: str, open_row: Row | None) -> tuple[str, ...]:
    """The lines of a queue as such: target, low and high end of its range, watermark, process sigma."""
    level = (engine.settings if open_row is None else engine.settings_of(open_row)).service_level
    low, high = level.range or (None, None)
    watermark = engine.watermark_ms
    return (
        _line(METRIC_TARGET, labels, level.target),
        _line(METRIC_RANGE_LOW, labels, low),
        _line(METRIC_RANGE_HIGH, labels, high),
        _line(METRIC_WATERMARK, labels, None if watermark is None else watermark / 1000),
        "".join(f'{METRIC_SIGMA}{{{labels},window="{window}"}} {level}\n' for window, level in engine.sigmas().items()),
    )


def _line(name: str, labels: str, value: float | None) -> str:
    return "" if value is None else f"{name}{{{labels}}} {value}\n"


def _counters(counters: RecordCounters, topic: str) -> dict[str, str]:
    # A late record was accepted, too; here each record counts once.
    records = {
        "accepted": max(0, counters.accepted - counters.late),
        "duplicate": counters.duplicate,
        "late": counters.late,
        "dead_lettered": counters.dead_lettered,
    }
    return {
        METRIC_RECORDS: "".join(
            f'{METRIC_RECORDS}{{topic="{_escaped(topic)}",outcome="{outcome}"}} {count}\n'
            for outcome, count in records.items()
        ),
        METRIC_BREACHES_OPENED: "".join(
            f'{METRIC_BREACHES_OPENED}{{item="{definition.item}",rule="{rule}"}} {counters.opened[rule]}\n'
            for rule, definition in RULES.items()
        ),
        METRIC_CORRECTIONS: f"{METRIC_CORRECTIONS} {counters.corrections}\n",
        METRIC_INTERVALS_FINAL: f"{METRIC_INTERVALS_FINAL} {counters.intervals_final}\n",
        METRIC_AFTER_THE_FACT: f"{METRIC_AFTER_THE_FACT} {counters.late_plans}\n",
    }


# --- text -------------------------------------------------------------------------------------------


def _labels(engine: QueueEngine) -> str:
    return _named(engine.program, engine.queue, engine.channel)


def _named(program: str, queue: str, channel: str) -> str:
    return f'program="{_escaped(program)}",queue="{_escaped(queue)}",channel="{_escaped(channel)}"'


def _breach_labels(breach: BreachStatus) -> str:
    return f'item="{breach.item}",rule="{breach.rule}",severity="{breach.severity}",scope="{_escaped(breach.scope)}"'


def _escaped(value: str) -> str:
    """A label's value as the text format wants it."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
