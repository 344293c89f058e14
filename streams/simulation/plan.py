"""The plan of a simulated queue's day (open intervals, forecast, staffing) and the incidents that disturb it.

The plan knows the curve exactly, so on a day without incidents forecast and requirement are right by construction
and every alarm is false. Incidents alone are unknown to the plan.
"""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from copc.erlang import traffic
from copc.staffing import required_agents
from streams.simulation.centre import FACTORS, CentreSpec, Incident, QueueSpec

__all__ = [
    "DayPlan",
    "PlannedInterval",
    "day_plan",
    "incidents_of",
    "open_forecast",
    "publication_ms",
    "random",
]

_MINUTE_MS: Final = 60_000
_PUBLISHED_AT: Final = 18 * 60
"""Minute of the local day at which a plan is published: 18:00 the evening before."""
_PURPOSES: Final = ("arrivals", "patience", "handling", "incidents", "evaluations")


@dataclass(frozen=True, slots=True)
class PlannedInterval:
    """The plan of one interval, or of the part of it that one open span covers."""

    start_ms: int
    """Start of the whole interval."""
    begin_ms: int
    """First open instant in it."""
    end_ms: int
    """End of the open part."""
    forecast: float
    """Expected contacts."""
    required: int
    scheduled: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One queue's open spans that begin on one local date."""

    date: dt.date
    spans: tuple[tuple[PlannedInterval, ...], ...]
    """One row of intervals for each open span, in order."""

    @property
    def intervals(self) -> tuple[PlannedInterval, ...]:
        """The intervals of all spans."""
        return tuple(interval for span in self.spans for interval in span)


def random(seed: int, queue: str, date: dt.date, purpose: str) -> np.random.Generator:
    """The random numbers of one purpose in one queue's day.

    Each purpose has its own numbers, so that an incident changes its own draws and leaves the others alone.
    """
    return np.random.default_rng([seed, crc32(queue.encode()), date.toordinal(), _PURPOSES.index(purpose)])


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _utc_ms(zone: ZoneInfo, date: dt.date, minute: int) -> int:
    day, minute = divmod(minute, 1440)
    local = dt.datetime.combine(date + dt.timedelta(days=day), dt.time(*divmod(minute, 60)), tzinfo=zone)
    return int(local.timestamp()) * 1000


def publication_ms(queue: QueueSpec, date: dt.date) -> int:
    """The instant when the plan of `date` is published: the evening before."""
    return _utc_ms(_zone(queue.timezone), date - dt.timedelta(days=1), _PUBLISHED_AT)


def _open_minutes(queue: QueueSpec, date: dt.date) -> tuple[tuple[int, int], ...]:
    if queue.hours is None:
        return ((0, 1440),)
    return () if date in queue.closed else queue.hours[date.weekday()]


@lru_cache(maxsize=512)
def _requirement(queue: QueueSpec, loads: tuple[float, ...]) -> tuple[int, ...]:
    needed = required_agents(
        np.array(loads),
        queue.served_seconds,
        queue.threshold_seconds,
        queue.target,
        queue.patience_seconds,
        max_occupancy=queue.max_occupancy,
        definition=queue.definition,
        short_abandon_seconds=queue.short_abandon_seconds,
    )
    return tuple(needed.tolist())


@lru_cache(maxsize=128)
def day_plan(queue: QueueSpec, date: dt.date) -> DayPlan:
    """The plan of the open spans that begin on the local `date`; a local day has 23, 24 or 25 hours."""
    zone = _zone(queue.timezone)
    length = queue.interval_ms
    minutes = np.repeat(np.array(queue.curve), 30)
    weight = queue.contacts_per_half_hour / 30 * queue.weekdays[date.weekday()]
    spans: list[tuple[PlannedInterval, ...]] = []
    for first, last in _open_minutes(queue, date):
        begin, end = _utc_ms(zone, date, first), _utc_ms(zone, date, last)
        local = dt.datetime.fromtimestamp(begin / 1000, zone)
        standard = (local.utcoffset() or dt.timedelta()) - (local.dst() or dt.timedelta())
        phase = int(standard.total_seconds()) * 1000 % length
        starts = range(begin - (begin + phase) % length, end, length)
        rows: list[tuple[int, int, int, float]] = []
        for start in starts:
            opens, closes = max(start, begin), min(start + length, end)
            at = dt.datetime.fromtimestamp(opens / 1000, zone)
            minute = at.hour * 60 + at.minute
            span = np.arange(minute, minute + max(1, (closes - opens) // _MINUTE_MS)) % 1440
            rows.append((start, opens, closes, weight * float(minutes[span].sum())))
        loads = tuple(
            float(traffic(forecast, queue.served_seconds, (closes - opens) / 1000))
            for _, opens, closes, forecast in rows
        )
        required = _requirement(queue, loads)
        spans.append(
            tuple(
                PlannedInterval(*row, need, queue.agents or max(1, need + queue.spare_agents))
                for row, need in zip(rows, required, strict=True)
            )
        )
    return DayPlan(date, tuple(spans))


def open_forecast(queue: QueueSpec, start_ms: int, end_ms: int) -> float:
    """The least forecast of any interval in [start_ms, end_ms); 0 where some of that time is not open."""
    date = dt.datetime.fromtimestamp(start_ms / 1000, _zone(queue.timezone)).date() - dt.timedelta(days=1)
    least, covered = float("inf"), 0
    for day in range(3):
        for interval in day_plan(queue, date + dt.timedelta(days=day)).intervals:
            inside = min(interval.end_ms, end_ms) - max(interval.begin_ms, start_ms)
            if inside > 0:
                covered += inside
                least = min(least, interval.forecast)
    return least if covered == end_ms - start_ms else 0.0


def incidents_of(spec: CentreSpec, queue: QueueSpec, date: dt.date, seed: int) -> tuple[Incident, ...]:
    """The incidents that concern this queue on this day: those that the caller named and those that the seed places.

    A placed incident is of any kind, begins anywhere in open time and lasts half an hour to two hours.
    """
    named = [incident for incident in spec.incidents if incident.queue == queue.queue]
    intervals = day_plan(queue, date).intervals
    if not intervals or spec.incident_rate <= 0:
        return tuple(named)
    generator = random(seed, queue.queue, date, "incidents")
    for _ in range(generator.poisson(spec.incident_rate)):
        kind = tuple(FACTORS)[int(generator.integers(len(FACTORS)))]
        chosen = intervals[int(generator.integers(len(intervals)))]
        start = chosen.begin_ms + int(generator.integers(queue.interval_minutes)) * _MINUTE_MS
        minutes = int(generator.integers(30, 121))
        late = bool(generator.integers(2))
        if start >= spec.incidents_from_ms:
            named.append(Incident(kind, queue.queue, start, start + minutes * _MINUTE_MS, deliver_late=late))
    return tuple(named)
