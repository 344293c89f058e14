"""The page that Prometheus scrapes: the state of every queue of this worker, read at the moment it asks.

Nothing is pushed into gauges from all over the program; the state is the truth, and a scrape looks at it. The
families and their getters stand in `agents.live.metrics.families`. A queue whose partition this worker does not hold
is not shown (another worker shows it), a figure that is not known is not exported (missing is not zero), and a worker
that is recovering says so and shows no figures.

With thousands of queues, building a sample object for each figure would take longer than a scrape may; so the
text is made directly, and the lines of a queue are kept until it has changed.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from agents.engine.queue import QueueEngine
from agents.live.metrics.families import (
    BREACH,
    FAMILIES,
    GROUP,
    INTERVAL,
    NOTICE,
    OUTLOOK,
    PROCESS,
    PROGRAM,
    QUEUE,
    TEXT,
    WORKER,
)
from agents.live.metrics.family import Group
from agents.live.metrics.readings import (
    IntervalReading,
    LiveSource,
    MonitoredReading,
    ProcessReading,
    QueueReading,
    WorkerReading,
)
from agents.live.metrics.text import head, label_text, owner_labels, samples
from agents.live.telling.board import ShownNotice
from agents.notices.texts import IncidentText
from agents.rules.status import BreachStatus, QueueStatus
from config.settings import Configuration
from streams.groups import GroupInterval
from streams.results import IntervalResult

__all__ = ["CONTENT_TYPE", "LiveCollector", "metrics_page"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The type of the answer of `metrics_page`."""

RESOLVED_SECONDS: Final = 86_400.0
"""How long a breach that is over is shown as 0 (docs/concepts/breaches.md#alerts)."""

_HEADS: Final = {family.name: head(family.name, family.kind, family.help) for family in FAMILIES}
_INTERVAL: Final = [(family.name, family.read) for family in INTERVAL.families]
_KEPT: Final = [*(family.name for family in INTERVAL.families), *(family.name for family in QUEUE.families)]
"""Families whose lines are kept by queue."""
_NOTHING: Final = ("",) * len(INTERVAL.families)

_T = TypeVar("_T")


@dataclass(slots=True)
class _CachedLines:
    """The lines of one queue, each by family in the order of `_KEPT`, and the rows they were made of."""

    labels: str
    open_result: IntervalResult | None
    final_result: IntervalResult | None
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
        groups: the last final interval of each pool.
    """

    def __init__(
        self,
        source: LiveSource,
        configuration: Configuration,
        now_ms: Callable[[], int],
        steady: Callable[[], float] = time.monotonic,
        programs: Callable[[], Iterable[tuple[str, QueueStatus]]] = tuple,
        monitored: Callable[[], Iterable[tuple[str, str, tuple[int, int]]]] = tuple,
        groups: Callable[[], Iterable[GroupInterval]] = tuple,
    ) -> None:
        self._source = source
        self._configuration = configuration
        self._now_ms = now_ms
        self._steady = steady
        self._programs = programs
        self._monitored = monitored
        self._groups = groups
        self._kept: WeakKeyDictionary[QueueEngine, _CachedLines] = WeakKeyDictionary()

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
        page: list[str] = []
        if not recovering:
            engines = [engine for engine in source.engines if engine.view.seen]
            kept = [self._lines_of(engine).lines for engine in engines]
            for at, name in enumerate(_KEPT):
                lines = "".join([of_queue[at] for of_queue in kept])
                if lines:
                    page.append(_HEADS[name] + lines)
            page += _section(BREACH, self._breaches(engines))
            notices, texts = source.told()
            page += _section(NOTICE, self._notices(engines, notices))
            page += _section(TEXT, [(_text_labels(text), text) for text in texts])
            page += _section(OUTLOOK, [(_labels(e), e.projection) for e in engines if e.projection is not None])
            page += _section(WORKER, [("", WorkerReading(source, engines, self._configuration, self._now_ms()))])
            page += _section(PROGRAM, self._quality())
            page += _section(GROUP, [(_group_labels(each), each) for each in self._groups()])
        page += _section(PROCESS, [("", ProcessReading(source.counters(), source.topic, recovering, source.history))])
        return "".join(page)

    def _lines_of(self, engine: QueueEngine) -> _CachedLines:
        kept = self._kept.get(engine)
        open_result, final_result = engine.view.open_result(), engine.status.final
        if kept is not None and kept.open_result is open_result and kept.final_result is final_result:
            return kept
        labels = _labels(engine)
        if kept is not None and kept.final_result is final_result and kept.labels == labels:
            final_lines = kept.final_lines
        else:
            final_lines = _interval_lines(engine, labels, "final", final_result)
        open_lines = _interval_lines(engine, labels, "open", open_result)
        intervals = map(str.__add__, open_lines, final_lines)
        lines = (*intervals, *_queue_lines(engine, labels, open_result))
        kept = self._kept[engine] = _CachedLines(labels, open_result, final_result, open_lines, final_lines, lines)
        return kept

    def _breaches(self, engines: Iterable[QueueEngine]) -> list[tuple[str, BreachStatus]]:
        """Each breach with its labels."""
        now = self._steady()
        shown = [(_labels(engine), engine.status) for engine in engines]
        shown += [(owner_labels(program, "", ""), of_program) for program, of_program in self._programs()]
        return [
            (f"{owner},{_breach_labels(breach)}", breach)
            for owner, status in shown
            for breach in status.breaches(now, RESOLVED_SECONDS)
        ]

    def _notices(self, engines: Iterable[QueueEngine], notices: Iterable[ShownNotice]) -> list[tuple[str, ShownNotice]]:
        """Each notice with its labels."""
        channels = {engine.queue: engine.view.channel for engine in engines}
        return [(_notice_labels(shown, self._channel(shown.queue, channels)), shown) for shown in notices]

    def _channel(self, queue: str, channels: Mapping[str, str]) -> str:
        if not queue or queue in channels:
            return channels.get(queue, "")
        return self._configuration.queue(queue)[-1].channel

    def _quality(self) -> list[tuple[str, MonitoredReading]]:
        return [
            (f"{owner_labels(program, '', '')},{label_text([('family', family)])}", MonitoredReading(*score))
            for program, family, score in self._monitored()
        ]


def metrics_page(collector: LiveCollector, registry: CollectorRegistry = REGISTRY) -> bytes:
    """The answer of `/metrics`: the worker's figures, then those of `registry` (the process, Grafana calls)."""
    return collector.render().encode() + generate_latest(registry)


def _section(group: Group[_T], readings: Sequence[tuple[str, _T]]) -> list[str]:
    """The families of a group that have a sample, each with its head.

    Args:
        group: of families.
        readings: what its families are read from, each with the labels it is shown under.
    """
    section: list[str] = []
    for family in group.families:
        name, read, own = family.name, family.read, family.own
        lines = "".join([samples(name, labels, own, read(reading)) for labels, reading in readings])
        if lines:
            section.append(_HEADS[name] + lines)
    return section


def _interval_lines(engine: QueueEngine, labels: str, state: str, result: IntervalResult | None) -> tuple[str, ...]:
    """The lines of one interval, by `INTERVAL.families`; a figure that is not known has none."""
    if result is None:
        return _NOTHING
    within = f'{{{labels},state="{state}"}} '
    level = engine.view.settings_of(result).service_level
    reading = IntervalReading(result, result.service_level_counts(overflow_counts=level.overflow_counts))
    return tuple(["" if (value := read(reading)) is None else f"{name}{within}{value}\n" for name, read in _INTERVAL])


def _queue_lines(engine: QueueEngine, labels: str, open_result: IntervalResult | None) -> list[str]:
    """The lines of a queue as such, by `QUEUE.families`."""
    settings = engine.settings if open_result is None else engine.view.settings_of(open_result)
    reading = QueueReading(engine, settings.service_level)
    return [samples(family.name, labels, family.own, family.read(reading)) for family in QUEUE.families]


def _labels(engine: QueueEngine) -> str:
    return owner_labels(engine.view.program, engine.queue, engine.view.channel)


def _group_labels(interval: GroupInterval) -> str:
    return label_text((("kind", interval.kind), ("group", interval.group), ("state", "final")))


def _notice_labels(shown: ShownNotice, channel: str) -> str:
    notice = shown.notice
    return (
        owner_labels(shown.program, shown.queue, channel)
        + ","
        + label_text(
            (
                ("incident", shown.incident),
                ("notice", notice.notice),
                ("person", notice.person),
                ("kind", notice.kind),
                ("severity", notice.severity),
            )
        )
    )


def _text_labels(text: IncidentText) -> str:
    return label_text([(name, getattr(text, name)) for name in TEXT.labels])


def _breach_labels(breach: BreachStatus) -> str:
    return label_text(
        (
            ("item", breach.item),
            ("rule", breach.rule),
            ("severity", breach.severity),
            ("scope", breach.scope),
            ("breach", breach.breach_id),
        )
    )
