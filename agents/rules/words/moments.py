"""Moments and stretches of time in the sentences about breaches: local, with their zone, as people say them."""

import datetime as dt
from zoneinfo import ZoneInfo

from agents.rules.observations import IntervalContext
from agents.rules.words.numbers import Pair

__all__ = ["Clock", "duration", "interval_words"]


class Clock:
    """The local clock of an interval.

    Args:
        context: the interval, with the settings of its queue.
    """

    def __init__(self, context: IntervalContext) -> None:
        self._zone = ZoneInfo(context.settings.timezone)
        self.length_ms = context.result.interval_ms or context.settings.interval_ms
        self.end_ms = context.start_ms + self.length_ms
        self._today = self._local(context.start_ms).date()

    def _local(self, ms: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(ms / 1000, self._zone)

    def at(self, ms: int) -> str:
        """`11:30`, on another local day than the interval's `2026-03-01 22:30`; midnight of its end is `24:00`."""
        local = self._local(ms)
        if local.date() == self._today:
            return f"{local:%H:%M}"
        if ms == self.end_ms and (local.hour, local.minute) == (0, 0):
            return "24:00"
        return f"{local:%Y-%m-%d %H:%M}"

    def span(self, start_ms: int, end_ms: int) -> str:
        """`11:30-13:30`."""
        return f"{self.at(start_ms)}-{self.at(end_ms)}"

    def zone(self, ms: int) -> str:
        """The zone with its offset then: `Europe/Madrid, UTC+01:00`."""
        if self._zone.key == "UTC":
            return "UTC"
        return f"{self._zone.key}, {_offset(self._local(ms).utcoffset())}"


def interval_words(context: IntervalContext) -> str:
    """`2026-03-02 10:30-11:00`, local time; an hour that occurs twice has its offset, `(UTC-04:00)`, too."""
    result, zone = context.result, ZoneInfo(context.settings.timezone)
    start = dt.datetime.fromtimestamp(context.start_ms / 1000, dt.timezone(dt.timedelta(0, result.utc_offset_seconds)))
    end = (start + dt.timedelta(milliseconds=result.interval_ms)).astimezone(zone)
    named = f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}"
    local = start.replace(tzinfo=zone)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return named
    return f"{named} ({_offset(start.utcoffset())})"


def _offset(offset: dt.timedelta | None) -> str:
    """`UTC-04:00`."""
    minutes = 0 if offset is None else int(offset.total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def duration(ms: int) -> Pair:
    """`2 h`, `1 h 30 min`, `3 d 2 h`."""
    minutes = max(ms, 0) // 60_000
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d", "天"), (hours, "h", "小时"), (0 if days else minutes, "min", "分钟")]
    said = [(count, english, chinese) for count, english, chinese in parts if count] or [(0, "min", "分钟")]
    return (
        " ".join(f"{count} {english}" for count, english, _ in said),
        " ".join(f"{count} {chinese}" for count, _, chinese in said),
    )
