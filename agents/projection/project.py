"""The rest of the day of many queues: what is known of them and the time in, projections out.

Many queues are projected at once, those together whose models, targets and numbers of intervals are alike; a queue's
figures do not depend on who is projected beside it. Nothing here reads a clock or keeps anything, so that a worker,
`web` and a replay give the same.

Nothing wrong is said: an interval that nobody has a forecast of has none here, the day neither, and the service level
ends before it.
"""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import starmap
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from agents.projection.inputs import NO_LEVEL, NOTHING, Change, Note, QueueAhead, changed
from agents.projection.outcome import AT_RISK, DayOutlook, IntervalOutlook, Projection, Risk, agents_lacking
from copc.arguments import Floats
from copc.projected_day import DayAhead
from copc.projection import Coming, Objectives, Rest, chance_below, level_range, levels_of, paths_of
from copc.reforecast import count_range, lead_classes
from copc.signals import Places, Signals
from copc.staffing import required_agents

__all__ = ["Modelled", "modelled", "project", "project_one"]

_AT_ONCE: Final = 128
"""Queues at once: the arrays of more would not stay in a processor's cache."""
_STALE_MS: Final = 600_000
"""Data that is older than two intervals and so much says nothing of now."""
_SHARE: Final = 0.8
Column = Sequence[Sequence[Any]]
"""One field of every interval, a row a queue."""


class _Group(NamedTuple):
    """Queues that can be projected together have one of these in common."""

    definition: str
    patient: bool
    target: float | None
    max_occupancy: float
    intervals: int
    modelled: bool
    """Whether agents can be asked of a model."""
    levels: int
    """Intervals, from the first on, of which a service level can be projected."""


def project_one(queue: QueueAhead, now_ms: int, changes: Sequence[Change] = ()) -> Projection:
    """The projection of one queue; `project`."""
    return project([queue], now_ms, changes)[0]


def project(queues: Sequence[QueueAhead], now_ms: int, changes: Sequence[Change] = ()) -> list[Projection]:
    """The rest of the day of each queue, in their order.

    Args:
        queues: what is known of each.
        now_ms: the time for which it is asked.
        changes: what somebody thinks of, of every queue given; none: the day as it goes.
    """
    found: dict[int, Projection] = {}
    with np.errstate(all="ignore"):  # as in a batch
        for places, batch in _batches(queues, now_ms, changes, found):
            found.update(zip(places, batch.projections(), strict=True))
    return [found[place] for place in range(len(queues))]


class Modelled(NamedTuple):
    """Queues of one definition as the model of service levels takes them."""

    places: list[int]
    """Where they stand among the queues given."""
    objectives: Objectives
    coming: Coming
    """The intervals of which a service level can be projected, from the first on."""


def modelled(queues: Sequence[QueueAhead], now_ms: int) -> Iterator[Modelled]:
    """The queues whose service level can be projected, those together that are alike."""
    for places, batch in _batches(queues, now_ms, (), {}):
        if batch.levels:
            yield Modelled(places, batch.objectives(), batch.coming())


def _batches(
    queues: Sequence[QueueAhead], now_ms: int, changes: Sequence[Change], empty: dict[int, Projection]
) -> Iterator[tuple[list[int], "_Batch"]]:
    """The queues that can be projected together, with their places; the rest are put into `empty`."""
    groups: dict[_Group, list[tuple[int, QueueAhead]]] = {}
    for place, given in enumerate(queues):
        queue = _noted(changed(given, changes) if changes else given, now_ms)
        if not queue.intervals or any(note.reason in NOTHING for note in queue.notes):
            empty[place] = _empty(queue, now_ms)
        else:
            groups.setdefault(_group_of(queue), []).append((place, queue))
    for group, members in groups.items():
        for first in range(0, len(members), _AT_ONCE):
            part = members[first : first + _AT_ONCE]
            with np.errstate(all="ignore"):  # some settings make a term infinite, and no figure
                batch = _Batch(group, [queue for _, queue in part], now_ms)
            yield [place for place, _ in part], batch


def _noted(queue: QueueAhead, now_ms: int) -> QueueAhead:
    """The queue with the reasons that only the time, or the intervals together, can tell."""
    notes = list(queue.notes)
    if now_ms - queue.known_ms > 2 * queue.interval_ms + _STALE_MS and not _says(queue, "missing_feed"):
        notes.append(Note("missing_feed", queue.known_ms))
    without = [interval.start_ms for interval in queue.intervals if interval.forecast_offered is None]
    if without and len(without) == len(queue.intervals):
        notes.append(Note("no_history"))
    elif without:
        notes.append(Note("partly_no_history", without[0]))
    return queue if len(notes) == len(queue.notes) else msgspec.structs.replace(queue, notes=tuple(notes))


def _says(queue: QueueAhead, reason: str) -> bool:
    return any(note.reason == reason for note in queue.notes)


def _group_of(queue: QueueAhead) -> _Group:
    goal = queue.goal
    levels = 0
    if not any(note.reason in NO_LEVEL for note in queue.notes):
        for interval in queue.intervals:
            agents, aht = interval.scheduled_agents, interval.forecast_aht_seconds
            known = interval.forecast_offered is not None and (
                aht or queue.aht_seconds or not interval.forecast_offered
            )
            if not known or (agents is None and queue.staffed is None):
                break
            levels += 1
    target = goal.target if goal.target is None or 0 < goal.target < 1 else None
    return _Group(
        goal.definition, goal.patience_seconds is None, target, goal.max_occupancy, len(queue.intervals),
        not (_says(queue, "deferred") or _says(queue, "not_modelled")), levels,
    )  # fmt: skip


def _empty(queue: QueueAhead, now_ms: int) -> Projection:
    return Projection(
        queue.program, queue.queue, queue.channel, queue.timezone, queue.parameters_version, now_ms, queue.known_ms,
        queue.begin_ms, queue.end_ms, queue.interval_ms, queue.goal.low, queue.goal.target, notes=queue.notes,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _hour(queue: QueueAhead) -> int:
    return dt.datetime.fromtimestamp(queue.known_ms / 1000, _zone(queue.timezone)).hour


class _Levels(NamedTuple):
    """Service level of the intervals ahead, (q, levels) each, and the day's."""

    level: Floats
    low: Floats
    high: Floats
    below: Floats
    waiting: Floats
    counted: Floats
    day: Sequence[Floats] | None
    """The figures of `DayOutlook` after its volumes, in their order, (q,) each; None: not of the whole day."""


class _Batch:
    """Queues of one group, as arrays: q queues, n intervals ahead."""

    def __init__(self, group: _Group, queues: Sequence[QueueAhead], now_ms: int) -> None:
        self._group = group
        self.levels = group.levels
        self._queues = queues
        self._now_ms = now_ms
        self._start = self._array("start_ms")
        self._length = np.array([queue.interval_ms for queue in queues], dtype=np.float64)[:, None]
        self._known = np.array([queue.known_ms for queue in queues], dtype=np.float64)[:, None]
        begin = np.maximum(self._start, self._known)
        end = self._start + self._length
        self._seconds = np.maximum(end - begin, 1.0) / 1000
        middle = (begin + end) / 2000
        hours = np.array(self._given("hour"))
        self._places = Places(middle, hours)
        self._lead = lead_classes(np.maximum(begin - self._known, 0.0) / 1000)
        self._forecast = self._array("forecast_offered")
        self._offered = self._array("offered")
        self._volume = self._signals("volume")
        self._handling = self._signals("handling")
        self._covariance = self._volume.covariance()
        made = [_hour(queue) for queue in queues]
        factor, log_variance = self._volume.ahead(made)
        share = self._seconds * 1000 / self._length
        self._left = self._forecast * factor * share * self._array("volume")
        variance = self._volume.dispersion[:, None] * self._left + self._left**2 * log_variance
        low, high = count_range(np.nan_to_num(self._left), np.nan_to_num(variance) * self._volume.spread(self._lead))
        self._range = low, high
        day_mean = np.array([queue.aht_seconds or np.nan for queue in queues])[:, None]
        planned = self._array("forecast_aht_seconds")
        planned[planned <= 0] = np.nan
        ratio = self._handling.ahead(made).factor
        self._aht = np.where(np.isnan(planned), day_mean, planned * ratio) * self._array("aht")
        there = self._signals("attendance").ahead(made).factor
        staffed = np.array([np.nan if queue.staffed is None else queue.staffed for queue in queues])[:, None]
        scheduled = self._array("scheduled_agents")
        agents = np.where(np.isnan(scheduled), staffed, scheduled * there) + self._array("agents")
        self._agents = np.maximum(agents, 0.0)

    def _array(self, field: str) -> Floats:
        """A field of the intervals, (q, n); None is NaN."""
        return np.array(self._given(field), dtype=np.float64)

    def _given(self, field: str) -> list[list[Any]]:
        """A field of the intervals, a row a queue."""
        get = attrgetter(field)
        return [list(map(get, queue.intervals)) for queue in self._queues]

    def _signals(self, field: str) -> Signals:
        evidence = [getattr(queue, field) for queue in self._queues]
        return Signals([each.belief for each in evidence], [each.pattern for each in evidence], self._places)

    @property
    def _served(self) -> Floats:
        """Seconds that a contact takes of one agent, (q, n): in the model an agent is one server."""
        return np.asarray(self._aht / self._goals("concurrency")[:, None], dtype=np.float64)

    def _goals(self, field: str) -> Floats:
        return np.array([getattr(queue.goal, field) for queue in self._queues], dtype=np.float64)

    def projections(self) -> Iterator[Projection]:
        """The projection of each queue."""
        n, m = self._group.intervals, self._group.levels
        levels = self._levels(m) if m else None
        columns = [*self._columns(), *_padded(levels, n, len(self._queues))]
        days = self._days(levels)
        for place, queue in enumerate(self._queues):
            outlooks = tuple(starmap(IntervalOutlook, zip(*(column[place] for column in columns), strict=True)))
            yield msgspec.structs.replace(
                _empty(queue, self._now_ms),
                intervals=outlooks,
                day=days[place],
                risk=self._risk(outlooks, queue.interval_ms),
            )

    def _columns(self) -> Iterator[Column]:
        """The fields of each `IntervalOutlook` that no service level is needed for, in their order."""
        yield self._given("start_ms")
        for part in (self._left, *self._range):
            yield _listed(np.where(np.isfinite(self._left), part + self._offered, np.nan))
        for field in ("forecast_offered", "forecast_aht_seconds"):
            yield self._given(field)
        yield _listed(self._aht)
        yield self._given("scheduled_agents")
        required = self._required()
        agents = self._agents if self._group.modelled else np.full_like(self._agents, np.nan)
        yield _listed(agents)
        yield [[None if heads is None else int(heads) for heads in row] for row in _listed(required)]
        yield _listed(agents - required)

    def _required(self) -> Floats:
        """Agents by the updated volume and handle time, (q, n); NaN: not known, or nobody comes."""
        goal, found = self._group, np.full(self._left.shape, np.nan)
        busy = self._served
        load = self._left * busy / self._seconds
        asked = np.isfinite(load) & (load > 0)
        if goal.target is None or not asked.any() or not goal.modelled:
            return found
        wide = [np.broadcast_to(self._goals(name)[:, None], load.shape)[asked] for name in _PARAMETERS]
        found[asked] = required_agents(
            load[asked], busy[asked], wide[0], goal.target, None if goal.patient else wide[2],
            max_occupancy=goal.max_occupancy, definition=self._queues[0].goal.definition, short_abandon_seconds=wide[1],
        )  # fmt: skip
        return found

    def coming(self) -> Coming:
        """The intervals of which a service level can be projected."""
        places = slice(0, self.levels)
        volume_paths = paths_of(self._covariance[:, places, places])
        handling = paths_of(self._handling.covariance()[:, places, places], second=True)
        return Coming(
            offered=self._left[:, places],
            aht_seconds=np.where(np.isfinite(self._served[:, places]), self._served[:, places], 1.0),
            agents=self._agents[:, places],
            seconds=self._seconds[:, places],
            volume_paths=volume_paths,
            load_paths=volume_paths * handling,
            busy=np.array([queue.busy for queue in self._queues]),
            waiting=np.array([queue.waiting for queue in self._queues]),
            dispersion=self._volume.dispersion,
        )

    def objectives(self) -> Objectives:
        """The objectives of the queues."""
        return Objectives(
            threshold_seconds=self._goals("threshold_seconds"),
            patience_seconds=None if self._group.patient else self._goals("patience_seconds"),
            definition=self._queues[0].goal.definition,
            short_abandon_seconds=self._goals("short_abandon_seconds"),
        )

    def _levels(self, m: int) -> _Levels:
        places = slice(0, m)
        rest = levels_of(self.objectives(), self.coming(), _SHARE)
        whole, low, high, weight = self._with_known(rest, places)
        below = chance_below(whole, self._goals("low")[:, None])
        below[self._array("counted")[:, places] + weight <= 0] = np.nan
        day = self._day_figures(rest) if m == self._group.intervals else None
        return _Levels(whole.level, low, high, below, rest.left_waiting, weight, day)

    def _with_known(self, rest: Rest, places: slice) -> tuple[Rest, Floats, Floats, Floats]:
        """The intervals with what is known of them already, their ranges, and the contacts that are still to count."""
        good, counted = self._array("good")[:, places], self._array("counted")[:, places]
        weight = rest.path_denominators.mean(axis=1)
        total = np.maximum(counted + weight, 1e-9)
        share = weight / total
        level = np.where(counted > 0, (good + np.nan_to_num(rest.level) * weight) / total, rest.level)
        whole = rest._replace(level=level, path_levels=rest.path_levels * share[:, None], chance=rest.chance * share**2)
        begun, low, high = counted > 0, rest.low.copy(), rest.high.copy()
        if begun.any():
            low[begun], high[begun] = level_range(level[begun], whole.variance[begun], _SHARE)
        return whole, low, high, weight

    def _day_figures(self, rest: Rest) -> Sequence[Floats]:
        queues = self._queues
        day = DayAhead(
            np.array([queue.good for queue in queues]),
            np.array([queue.counted for queue in queues]),
            rest,
            np.array([queue.record.shift for queue in queues]),
            np.array([queue.record.width for queue in queues]),
        )
        expected = day.expect(_SHARE)
        low, high, target = (day.at_least(self._goals(name)) for name in ("low", "high", "target"))
        return (
            expected.level, expected.low, expected.high, low - high, target, low, expected.plain, expected.deviation,
        )  # fmt: skip

    def _days(self, levels: _Levels | None) -> list[DayOutlook | None]:
        left, known = self._left, np.array([queue.offered for queue in self._queues])
        total = left.sum(axis=1)
        sure = np.isfinite(total)
        expected = np.where(sure, total, 0.0)
        together = np.einsum("qi,qij,qj->q", np.nan_to_num(left), self._covariance, np.nan_to_num(left))
        low, high = count_range(expected, together + self._volume.dispersion * expected, _SHARE)
        volumes = [part.tolist() for part in (expected + known, low + known, high + known)]
        figures: Sequence[Sequence[float | None]] = ()
        if levels is not None and levels.day is not None:
            some = np.array([queue.counted for queue in self._queues]) + levels.counted.sum(axis=1) > 0
            figures = [_listed(np.where(some, part, np.nan)[None])[0] for part in levels.day]
        return [
            DayOutlook(*(part[place] for part in volumes), *(part[place] for part in figures)) if sure[place] else None
            for place in range(len(sure))
        ]

    def _risk(self, outlooks: Sequence[IntervalOutlook], length: int) -> Risk | None:
        for outlook in outlooks:
            over = outlook.start_ms + length <= self._now_ms
            if not over and outlook.p_below is not None and outlook.p_below >= AT_RISK:
                lacks = agents_lacking(outlook.net_staffing)
                return Risk(outlook.start_ms, outlook.p_below, lacks, max(outlook.start_ms, self._now_ms))
        return None


_PARAMETERS: Final = ("threshold_seconds", "short_abandon_seconds", "patience_seconds")


def _listed(values: Floats) -> list[list[float | None]]:
    """Rows of plain numbers; one that is not finite is None."""
    if np.isfinite(values).all():
        return cast("list[list[float | None]]", values.tolist())
    return [[value if math.isfinite(value) else None for value in row] for row in values.tolist()]


def _padded(levels: _Levels | None, n: int, queues: int) -> Iterator[Column]:
    """The fields of each `IntervalOutlook` that are about its service level, in their order."""
    if levels is None:
        for _ in range(5):
            yield [[None] * n] * queues
        yield [[0.0] * n] * queues
        return
    for part in (levels.level, levels.low, levels.high, levels.below, levels.waiting):
        yield [[*row, *[None] * (n - len(row))] for row in _listed(part)]
    yield [[*row, *[0.0] * (n - len(row))] for row in levels.counted.tolist()]
