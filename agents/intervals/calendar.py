"""Where intervals lie, and when a queue is open.

Intervals lie on the UTC time line, at multiples of their length in the zone's standard time. So a clock
change neither stretches nor merges one: the repeated hour is two hours. Local time decides only when the
queue is open and which day an interval belongs to.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.settings import QueueSettings, in_force
from config.timestamps import standard_offset_ms

__all__ = ["Calendar", "OpenDay", "never_seen", "open_now"]

_DAY_MINUTES = 1440
_FULL_DAY = (0, _DAY_MINUTES)
_ALWAYS = (-(2**62), 2**62)
_NEVER_SEEN_MS = 3_600_000
"""Open time after which a queue without call data is `never seen`."""


@dataclass(frozen=True)
class OpenDay:
    """The open time that begins on one local date; a shift over midnight belongs to the day it began on."""

    date: dt.date
    spans: tuple[tuple[int, int], ...]
    """Open spans, milliseconds since 1970, in order, [start, end)."""

    @property
    def begin_ms(self) -> int:
        """Start of the first span."""
        return self.spans[0][0]

    @property
    def end_ms(self) -> int:
        """End of the last span."""
        return self.spans[-1][1]

    @cached_property
    def open_ms(self) -> int:
        """Open time of the day."""
        return sum(end - start for start, end in self.spans)

    def open_between(self, start_ms: int, end_ms: int) -> int:
        """Open time of this day within [start_ms, end_ms), milliseconds."""
        return sum(max(0, min(end, end_ms) - max(start, start_ms)) for start, end in self.spans)


class _Opening(NamedTuple):
    """When a queue is open, by one parameter version."""

    parameters_from_ms: int
    hours: Sequence[Sequence[tuple[int, int]]] | None
    closed: frozenset[dt.date]


class Calendar:
    """Intervals, open hours and days of one queue.

    Args:
        timezone: IANA name.
        interval_ms: length of an interval; it divides an hour.
        interval_closed: `left` for [start, end), `right` for (start, end].
        hours: open spans of seven weekdays from Monday in minutes from local midnight (an end beyond 1440 lies
            on the next day), or None: open whenever there is data; a day then runs from midnight to midnight.
        closed: local dates on which no open span begins.
        anchor_ms: an instant whose standard time fixes the grid (the queue's first data).
    """

    def __init__(
        self,
        timezone: str,
        interval_ms: int,
        interval_closed: str,
        hours: Sequence[Sequence[tuple[int, int]]] | None,
        closed: frozenset[dt.date],
        anchor_ms: int,
    ) -> None:
        self.zone = ZoneInfo(timezone)
        self.interval_ms = interval_ms
        self.right = interval_closed == "right"
        self.phase_ms = standard_offset_ms(anchor_ms, timezone) % interval_ms
        self.day = lru_cache(maxsize=512)(self._day)
        self.open_day = lru_cache(maxsize=4096)(self._open_day)
        """The open day an interval belongs to, given its start; None where it is outside open hours."""
        self.local_date = lru_cache(maxsize=4096)(self._local_date)
        """Local calendar date of an instant."""
        self._starts = lru_cache(maxsize=512)(self._day_starts)
        self._openings = [_Opening(0, hours, closed)]

    @classmethod
    def of(cls, versions: Sequence[QueueSettings], anchor_ms: int) -> "Calendar":
        """The calendar of a queue whose hours may change from one parameter version to the next.

        Args:
            versions: the queue's settings in order of their `parameters_from_ms`; zone and grid are the last's.
            anchor_ms: as above.
        """
        last = versions[-1]
        calendar = cls(last.timezone, last.interval_ms, last.interval_closed, last.hours, last.closed, anchor_ms)
        calendar._openings = [_Opening(v.parameters_from_ms, v.hours, v.closed) for v in versions]
        key = last.timezone, last.interval_ms, last.interval_closed, *calendar._openings, calendar.phase_ms
        # Most queues of a centre have the same hours, so they share one calendar and its cached days.
        return _SHARED.setdefault(key, calendar)

    def start_of(self, ms: int) -> int:
        """Start of the interval that holds the instant `ms`."""
        start = ms - (ms + self.phase_ms) % self.interval_ms
        if self.right and start == ms and not self._is_local_midnight(ms):
            return start - self.interval_ms
        return start

    def _local_date(self, ms: int) -> dt.date:
        return dt.datetime.fromtimestamp(ms / 1000, self.zone).date()

    def slot(self, start_ms: int) -> tuple[int, int]:
        """ISO weekday (1 Monday) and minute from local midnight of an interval's start."""
        local = dt.datetime.fromtimestamp(start_ms / 1000, self.zone)
        return local.isoweekday(), local.hour * 60 + local.minute

    def is_open(self, start_ms: int) -> bool:
        """Whether any part of the interval is open time; without hours every interval is."""
        return not self.has_hours(start_ms) or self.open_day(start_ms) is not None

    def _open_day(self, start_ms: int) -> OpenDay | None:
        end_ms = start_ms + self.interval_ms
        date = self.local_date(start_ms)
        for candidate in (date - dt.timedelta(days=1), date, self.local_date(end_ms - 1)):
            day = self.day(candidate)
            if any(start < end_ms and start_ms < end for start, end in day.spans):
                return day
        return None

    def open_starts(self, from_ms: int, to_ms: int) -> Iterator[int]:
        """Starts of open intervals in [from_ms, to_ms), in order; none where no hours are configured."""
        if all(opening.hours is None for opening in self._openings):
            return
        date = self.local_date(from_ms) - dt.timedelta(days=1)
        last = self.local_date(to_ms)
        previous = from_ms - 1
        while date <= last:
            starts = self._starts(date)
            # Two days may share an interval when hours do not lie on the grid.
            for start in starts[bisect_right(starts, previous) :]:
                if start >= to_ms:
                    return
                yield start
                previous = start
            date += dt.timedelta(days=1)

    def open_between(self, from_ms: int, to_ms: int) -> int:
        """Open time in [from_ms, to_ms), milliseconds; all of it where no hours are configured."""
        if to_ms <= from_ms:
            return 0
        date, last, total = self.local_date(from_ms) - dt.timedelta(days=1), self.local_date(to_ms), 0
        while date <= last:
            total += self.day(date).open_between(from_ms, to_ms)
            date += dt.timedelta(days=1)
        return total

    def _is_local_midnight(self, ms: int) -> bool:
        local = dt.datetime.fromtimestamp(ms / 1000, self.zone)
        return local.hour == 0 and local.minute == 0 and local.second == 0 and local.microsecond == 0

    def has_hours(self, ms: int) -> bool:
        """Whether the version in force at an instant sets open hours."""
        return in_force(self._openings, ms).hours is not None

    def _day(self, date: dt.date) -> OpenDay:
        spans: list[tuple[int, int]] = []
        bounds = [_ALWAYS[0], *(opening.parameters_from_ms for opening in self._openings[1:]), _ALWAYS[1]]
        for opening, (since, until) in zip(self._openings, pairwise(bounds), strict=True):
            for start, end in self._spans(opening, date):
                first, last = max(start, since), min(end, until)
                if first < last and spans and spans[-1][1] == first:
                    spans[-1] = (spans[-1][0], last)
                elif first < last:
                    spans.append((first, last))
        return OpenDay(date, tuple(spans))

    def _spans(self, opening: _Opening, date: dt.date) -> Iterator[tuple[int, int]]:
        """Open time that begins on a date by one version's hours, milliseconds."""
        spans = list(_raw_spans(opening, date))
        if _continues(opening, date - dt.timedelta(days=1)):
            spans = spans[1:]
        if _continues(opening, date):
            tail = _raw_spans(opening, date + dt.timedelta(days=1))[0][1]
            spans[-1] = (spans[-1][0], _DAY_MINUTES + tail)
        for start, end in spans:
            yield self._utc(date, start), self._utc(date, end)

    def _utc(self, date: dt.date, minute: int) -> int:
        day, minute = divmod(minute, _DAY_MINUTES)
        local = dt.datetime.combine(date + dt.timedelta(days=day), dt.time(minute // 60, minute % 60), tzinfo=self.zone)
        return int(local.timestamp() * 1000)

    def starts_of(self, day: OpenDay) -> list[int]:
        """Starts of the intervals of an open day, in order; two spans may share one."""
        starts: list[int] = []
        for begin, end in day.spans:
            first = begin - (begin + self.phase_ms) % self.interval_ms
            starts.extend(s for s in range(first, end, self.interval_ms) if not starts or s > starts[-1])
        return starts

    def current_day(self, ms: int) -> OpenDay | None:
        """The open day that is not over at an instant: one that began the day before, or that of its own date."""
        date = self.local_date(ms)
        for each in (date - dt.timedelta(days=1), date):
            day = self.day(each)
            if day.spans and day.end_ms > ms and (each == date or day.begin_ms <= ms):
                return day
        return None

    def _day_starts(self, date: dt.date) -> list[int]:
        return [start for start in self.starts_of(self.day(date)) if self.has_hours(start)]


def open_now(calendar: Calendar, now_ms: int) -> bool | None:
    """Whether a queue is in its open hours at an instant; None: it has no hours, and is open whenever data comes."""
    if not calendar.has_hours(now_ms):
        return None
    return calendar.open_between(now_ms, now_ms + 1) > 0


def never_seen(calendar: Calendar, now_ms: int) -> bool:
    """Whether a queue without any call data should have had some: it has been open for an hour of its day.

    The day of a queue without open hours begins at local midnight.
    """
    day = calendar.open_day(calendar.start_of(now_ms))
    return day is not None and open_now(calendar, now_ms) is not False and now_ms - day.begin_ms >= _NEVER_SEEN_MS


def _raw_spans(opening: _Opening, date: dt.date) -> tuple[tuple[int, int], ...]:
    if opening.hours is None:
        return (_FULL_DAY,)
    return () if date in opening.closed else tuple(opening.hours[date.weekday()])


def _continues(opening: _Opening, date: dt.date) -> bool:
    """Whether the last shift of `date` runs over midnight: 15:00-24:00, then 00:00-02:00."""
    left, right = _raw_spans(opening, date), _raw_spans(opening, date + dt.timedelta(days=1))
    return bool(
        left
        and right
        and left[-1][1] == _DAY_MINUTES
        and right[0][0] == 0
        and left[-1] != _FULL_DAY
        and right[0] != _FULL_DAY
    )


_SHARED: dict[tuple[object, ...], Calendar] = {}
