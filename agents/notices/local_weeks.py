"""Spans of a local week on the time line: whether one holds at an instant, and when the next begins or ends."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.hours import Spans

__all__ = ["next_begin", "span_end"]


@lru_cache(maxsize=8192)  # asked at every scrape for the same instants
def span_end(week: tuple[Spans, ...], timezone: str, ms: int) -> int | None:
    """When the span that holds at an instant ends, milliseconds since 1970; None: none holds.

    Spans that touch (20:00-24:00, then 00:00-06:00) count as one.

    Args:
        week: spans of seven weekdays from Monday, minutes from local midnight.
        timezone: IANA name.
        ms: milliseconds since 1970.
    """
    end_ms = None
    for start, end in _spans(week, timezone, ms):
        if start <= (ms if end_ms is None else end_ms) < end:
            end_ms = end
    return end_ms


@lru_cache(maxsize=1024)
def next_begin(week: tuple[Spans, ...], timezone: str, ms: int) -> int | None:
    """When the first span begins at or after an instant, milliseconds since 1970; None: the week has none."""
    return min((start for start, _ in _spans(week, timezone, ms) if start >= ms), default=None)


def _spans(week: tuple[Spans, ...], timezone: str, ms: int) -> Iterator[tuple[int, int]]:
    """The spans of the days around an instant, in order of their beginning."""
    zone = ZoneInfo(timezone)
    today = dt.datetime.fromtimestamp(ms / 1000, zone).date()
    for step in range(-2, 9):
        date = today + dt.timedelta(days=step)
        for start, end in week[date.weekday()]:
            yield _at(date, start, zone), _at(date, end, zone)


def _at(date: dt.date, minute: int, zone: ZoneInfo) -> int:
    day, rest = divmod(minute, 24 * 60)
    midnight = dt.datetime.combine(date + dt.timedelta(days=day), dt.time(), zone)
    # Wall time: of a night in which clocks change, 07:00 stays 07:00.
    return int(midnight.replace(hour=rest // 60, minute=rest % 60).timestamp() * 1000)
