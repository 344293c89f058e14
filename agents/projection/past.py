"""The knowledge of a queue's day at an instant of the past, from the rows of a history.

Rows that were final by then are known, and nothing else: contacts that waited then stand in no row, and the open
interval is as good as not begun. The plan of the intervals ahead is the one that their rows have. Days before teach as
they teach a live engine (`agents.projection.learned`), the middle of each day projected and compared with its close.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from agents.intervals.calendar import Calendar, OpenDay
from agents.intervals.counts import NEVER
from agents.projection.gathering import goal_of, with_day, without_day
from agents.projection.inputs import IntervalAhead, QueueAhead
from agents.projection.known import DayKnown, Forecast, Known, known_of
from agents.projection.learned import Learned, LivedInterval
from agents.projection.project import project_one
from agents.state.store import StateStore
from config.settings import QueueSettings, in_force
from streams.results import IntervalResult

__all__ = ["LEARNED_DAYS", "inputs_of_past"]

LEARNED_DAYS: Final = 70
"""Days before the instant that are read: sums forget over some 60."""


def inputs_of_past(results: Iterable[IntervalResult], versions: Sequence[QueueSettings], at_ms: int) -> QueueAhead:
    """The knowledge of a queue's day at an instant.

    Args:
        results: of the queue, from `LEARNED_DAYS` before the instant to the end of its local day, in any order; of the
            revisions of an interval of that day the first counts, of one before it the last.
        versions: the queue's settings in order of time; at least one.
        at_ms: the instant.

    Raises:
        ValueError: there is no result.
    """
    rows = sorted(results, key=lambda each: (each.interval_start_ms, each.revision))
    if not rows:
        raise ValueError("no result is held")
    return _Past(rows, versions, at_ms).inputs()


class _Past:
    """One queue's rows, by interval.

    Args:
        rows: in order of interval and revision.
        versions: the queue's settings.
        at_ms: the instant.
    """

    def __init__(self, rows: Sequence[IntervalResult], versions: Sequence[QueueSettings], at_ms: int) -> None:
        self._versions = versions
        self._at = at_ms
        self._calendar = Calendar.of(versions, rows[0].interval_start_ms)
        self._length = self._calendar.interval_ms
        self._learned = Learned(StateStore({}, rows[0].queue))
        self._name = rows[-1]
        self._first: dict[int, IntervalResult] = {}
        self._last: dict[int, IntervalResult] = {}
        for row in rows:
            self._first.setdefault(row.interval_start_ms, row)
            self._last[row.interval_start_ms] = row

    def inputs(self) -> QueueAhead:
        """The knowledge."""
        today = self._calendar.current_day(self._at)
        first = self._calendar.local_date(min(self._first))
        last = self._calendar.local_date(self._at) if today is None else today.date
        for each in range((last - first).days):
            self._learn(self._calendar.day(first + dt.timedelta(days=each)))
        settings = in_force(self._versions, self._at)
        queue = QueueAhead(
            self._name.program, self._name.queue, self._name.channel, settings.timezone, settings.parameters_version,
            self._length, self._at, goal=goal_of(settings),
        )  # fmt: skip
        if today is None:
            return without_day(queue, self._calendar)
        return self._of_day(queue, today, self._at, self._first)

    def _learn(self, day: OpenDay) -> None:
        """Learn from a day that was over."""
        starts = self._calendar.starts_of(day)
        if not any(start in self._last for start in starts):
            return
        self._learned.begin(day.date.toordinal())
        row = next(self._last[start] for start in starts if start in self._last)
        queue = QueueAhead(
            row.program, row.queue, row.channel, self._calendar.zone.key, row.parameters_version, self._length,
            day.begin_ms, goal=goal_of(in_force(self._versions, day.begin_ms)),
        )  # fmt: skip
        middle = (day.begin_ms + day.end_ms) // 2
        projected = project_one(self._of_day(queue, day, middle, self._last), middle).day
        if projected is not None and projected.plain is not None and projected.deviation:
            self._learned.note_middle(projected.plain, projected.deviation)
        lived = [
            LivedInterval(self._known(start, self._last), self._forecast(start), *self._place(start))
            for start in starts
            if start in self._last
        ]
        self._learned.end(lived, self._length)

    def _of_day(self, queue: QueueAhead, day: OpenDay, at_ms: int, rows: dict[int, IntervalResult]) -> QueueAhead:
        so_far = DayKnown(self._learned.volume, self._learned.handling)
        rest: list[IntervalAhead] = []
        known_ms, data_end = min(day.begin_ms, at_ms), NEVER
        for start in self._calendar.starts_of(day):
            if not rest and start in rows and self._is_final(start, at_ms):
                known = self._known(start, rows)
                so_far.add(known, self._forecast(start), self._place(start)[0], self._length)
                known_ms = start + self._length
                data_end = data_end if known.missing else known_ms
            else:
                rest.append(IntervalAhead(start, self._place(start)[0], *self._forecast(start)))
        settings = in_force(self._versions, at_ms)
        queue = structs.replace(queue, known_ms=known_ms, record=self._learned.record)
        return with_day(queue, day, rest, so_far, settings, data_end)

    def _is_final(self, start: int, at_ms: int) -> bool:
        """Whether an interval was final by an instant, as far as its own delay tells."""
        settings = in_force(self._versions, start)
        return start + self._length + settings.service_level.threshold_ms + settings.grace_ms <= at_ms

    def _place(self, start: int) -> tuple[int, tuple[int, int]]:
        """The hour of the local day, and the slot."""
        slot = self._calendar.slot(start)
        return slot[1] // 60, slot

    def _known(self, start: int, rows: dict[int, IntervalResult]) -> Known:
        row = rows[start]
        overflow = in_force(self._versions, start).service_level.overflow_counts
        return known_of(row, overflow_counts=overflow, odd=bool(row.breaches))

    def _forecast(self, start: int) -> Forecast:
        """The plan's figures as the interval's row has them, else the queue's own means."""
        row, own = self._first.get(start), self._learned.slot(self._calendar.slot(start))
        if row is None or row.plan_version is None:
            return own
        return own.with_plan(row.forecast_offered, row.forecast_aht_seconds, row.scheduled_agents)
