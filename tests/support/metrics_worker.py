"""A worker without Kafka and a reader of its metrics page, with calls and half hours to feed it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from rule_rows import breach

from agents.engine.queue import QueueEngine
from agents.intervals.counters import RecordCounters
from agents.live.metrics.collector import LiveCollector
from agents.live.metrics.readings import HistoryLag
from agents.live.partitions import Partitions
from agents.live.telling.board import ShownNotice
from agents.notices.notices import Notice
from agents.notices.texts import IncidentText
from agents.projection.outcome import DayOutlook, IntervalOutlook, Projection
from agents.rules.status import QueueStatus
from config.settings import Configuration
from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GroupInterval
from streams.results import Row

__all__ = [
    "CONFIGURATION",
    "HALF_HOUR",
    "TEN",
    "Scraper",
    "Worker",
    "bad_half_hours",
    "call",
    "good_half_hours",
    "sample_page",
    "two_intervals",
]

TEN = from_rfc3339("2026-03-02T09:00:00Z")
"""A Monday, ten in Madrid."""
HALF_HOUR = 1_800_000

CONFIGURATION = """
site: {timezone: Europe/Madrid, grace_seconds: 60, idle_seconds: 30, max_unconfigured_queues: 10000}
defaults:
  service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.90]}
  hours: {mon-sun: "08:00-22:00"}
rules: {service_level_below_range: {accumulate: 0.60, critical: 1.50, clear_after: 2, min_volume: 20}}
programs:
  - id: retail
    queues:
      - {id: sales}
      - {id: 'say "hi"\\there', channel: chat}
      - {id: bare, service_level: {target: null, range: null}}
"""

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class StoppedHistory(NamedTuple):
    """A history that stands still."""

    errors: int = 4
    lag_messages: int = 12
    lag_seconds: float = 3.25


@dataclass
class Worker:
    """A worker without Kafka."""

    partitions: Partitions
    recovering: bool = False
    topic: str = "call-data"
    unseen: list[tuple[str, str]] = field(default_factory=list)
    behind: dict[int, int] = field(default_factory=dict)
    history: HistoryLag | None = None
    notices: list[ShownNotice] = field(default_factory=list)
    texts: list[IncidentText] = field(default_factory=list)
    offset: int = 0
    step_ms: int = 0
    """By how much a steady clock goes on from one message to the next."""
    on_result: Callable[[Row], object] = lambda _: None
    on_breach: Callable[[Row], object] = lambda _: None

    @property
    def engines(self) -> Iterator[QueueEngine]:
        """The machines held."""
        return self.partitions.engines

    def counters(self) -> RecordCounters:
        """The counts of records by outcome."""
        return self.partitions.counters()

    def told(self) -> tuple[list[ShownNotice], list[IncidentText]]:
        """Notices and texts."""
        return self.notices, self.texts

    def never_seen(self) -> Iterable[tuple[str, str]]:
        """Queues without call data."""
        return self.unseen

    def lag(self) -> Mapping[int, int]:
        """Messages not applied."""
        return self.behind

    def send(self, queue: str, *records: dict[str, object]) -> None:
        """Apply one message, and flush."""
        value = json.dumps([{"queue": queue, **record} for record in records]).encode()
        self.partitions.apply(0, self.offset, queue.encode(), value, TEN + 10 * HALF_HOUR)
        self.offset += 1
        flush = self.partitions.collect(self.offset * self.step_ms)
        for row in flush.rows:
            self.on_result(row)
        for record in flush.breaches:
            self.on_breach(record)


class Scraper:
    """Reads what a worker shows."""

    def __init__(self, worker: Worker, configuration: Configuration) -> None:
        self.now = 0.0
        self.clock_ms = TEN
        self.collector = LiveCollector(worker, configuration, lambda: self.clock_ms, lambda: self.now)

    def samples(self) -> Samples:
        """Everything on the page."""
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(self.collector.render())
            for sample in family.samples
        }

    def get(self, name: str, **labels: str) -> float | None:
        """The one sample of a name whose labels contain `labels`."""
        found = [
            value
            for (other, pairs), value in self.samples().items()
            if other == name and labels.items() <= dict(pairs).items()
        ]
        assert len(found) <= 1, f"{name} {labels}: {found}"
        return found[0] if found else None

    def names(self) -> set[str]:
        """Names of all samples."""
        return {name for name, _ in self.samples()}


def call(number: int, at_ms: int, wait: int, outcome: str = "answered", talk: int | None = 100) -> dict[str, object]:
    """A contact that entered at `at_ms` and left after `wait` seconds."""
    record: dict[str, object] = {
        "type": "contact",
        "contact_id": f"{at_ms}-{number}",
        "offered_at": rfc3339(at_ms),
        "exited_at": rfc3339(at_ms + wait * 1000),
        "outcome": outcome,
    }
    if outcome == "answered" and talk is not None:
        record["talk_seconds"] = talk
    return record


def two_intervals(worker: Worker, queue: str = "sales") -> None:
    """Ten o'clock is final with 4 answered (3 of them in time) and 1 abandoned; half past is open with 2 answered."""
    waits = [(5, "answered"), (20, "answered"), (10, "answered"), (45, "answered"), (60, "abandoned")]
    calls = [call(n, TEN + n * 1000, wait, outcome) for n, (wait, outcome) in enumerate(waits)]
    later = [call(9 + n, TEN + HALF_HOUR + 600_000 + n * 1000, 3) for n in range(2)]
    worker.send(queue, *calls, *later)


def bad_half_hours(worker: Worker, count: int, first: int = 0) -> None:
    """Half hours from ten on in which 10 of 40 are answered in time, each made final by a call in the next one."""
    for k in range(first, first + count):
        start = TEN + k * HALF_HOUR
        worker.send("sales", *(call(n, start + n * 20_000, 5 if n < 10 else 90) for n in range(40)))
        worker.send("sales", call(99, start + HALF_HOUR + 120_000, 5))


def good_half_hours(worker: Worker, count: int, first: int) -> None:
    """Half hours in which 34 of 40 are answered in time."""
    for k in range(first, first + count):
        start = TEN + k * HALF_HOUR
        worker.send("sales", *(call(n, start + n * 20_000, 5 if n < 34 else 90) for n in range(40)))
        worker.send("sales", call(99, start + HALF_HOUR + 120_000, 5))


def sample_page(configuration: Configuration) -> str:
    """A page with every family that the collector makes: plans, agents, breaches, a correction, refused records."""
    worker = Worker(Partitions(configuration, {}, "call-data", "s"))
    plan = {
        "type": "plan", "plan_version": "w10", "interval_start": rfc3339(TEN), "interval_seconds": 1800,
        "published_at": rfc3339(TEN - 86_400_000), "forecast_offered": 20, "forecast_aht_seconds": 120,
        "scheduled_agents": 3,
    }  # fmt: skip
    plans = [{**plan, "interval_start": rfc3339(TEN + k * HALF_HOUR)} for k in range(6)]
    since = rfc3339(TEN - 600_000)
    state = {"type": "agent_state", "agent": "a1", "since": since, "state": "available", "queues": ["sales"]}
    worker.send("sales", *plans, state)
    bad_half_hours(worker, 4)
    two_intervals(worker, 'say "hi"\\there')
    worker.send("sales", call(50, TEN + 100_000, 5), {"type": "contact", "contact_id": "x"}, plan)
    worker.send("sales", {**plan, "plan_version": "w10b", "published_at": rfc3339(TEN + 9 * HALF_HOUR)})
    worker.send("bare", call(1, TEN, 30))
    projection = Projection("retail", "sales", "voice", "UTC", "1", TEN, TEN, TEN, TEN + 2 * HALF_HOUR, HALF_HOUR)
    interval = IntervalOutlook(TEN, 20.5, net_staffing=-1.5, projected_service_level=0.75, counted=20.0)
    day = DayOutlook(41.0, 35.0, 47.0, service_level=0.5, p_on_target=0.25)
    for engine in worker.engines:
        if engine.queue == "sales":
            engine.projection = msgspec.structs.replace(projection, intervals=(interval,), day=day)
    told = Notice("ana", "incident", "warning", "i1", active=True)
    worker.notices = [ShownNotice("retail", "sales", "i1", told)]
    worker.texts = [
        IncidentText(
            "i1", "t", "标题", 'say "m"', "内容", "service_level_below_range", "retail", "sales", "/#/x", "open", "", 7
        )
    ]
    worker.history = StoppedHistory()
    worker.unseen, worker.behind = [("retail", "bare")], {1: 3, 0: 7}
    of_program = QueueStatus(RecordCounters())
    of_program.breach(breach("critical_error_accuracy", queue=None, scope="compliance", observed=0.98, limit=0.995))
    pool = GroupInterval("pool", "shop_desk", "interval", TEN, 0, HALF_HOUR, "1", staffed_ms=21_600_500)
    pool.required_agents, pool.required_if_all, pool.required_if_none, pool.shared_ms = 12, 12, 13, 5_400_000
    return LiveCollector(
        worker,
        configuration,
        lambda: TEN + 10 * HALF_HOUR,
        lambda: 0.0,
        programs=lambda: [("retail", of_program)],
        monitored=lambda: [("retail", "compliance", (199, 200))],
        groups=lambda: [pool],
    ).render()
