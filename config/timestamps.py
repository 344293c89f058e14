"""Conversion of instants: whole milliseconds since 1970 (UTC) inside, RFC 3339 text outside.

Sums of whole milliseconds are exact, so no figure depends on the order of input. People and other systems read text
with an offset.
"""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

__all__ = [
    "EPOCH",
    "INTERVAL_LENGTHS_MINUTES",
    "MILLISECOND",
    "from_rfc3339",
    "interval_end",
    "local_rfc3339",
    "offset_rfc3339",
    "offset_seconds",
    "rfc3339",
    "standard_offset_ms",
    "to_ms",
    "utc_offset_seconds",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
INTERVAL_LENGTHS_MINUTES: Final = (5, 6, 10, 12, 15, 20, 30, 60)
"""Lengths an interval may have: each divides the hour."""
_DAY_MS: Final = 86_400_000


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z of an aware `instant`; finer digits are cut off.

    Rounding up could move an instant into the next interval.
    """
    return (instant - EPOCH) // MILLISECOND


@lru_cache(maxsize=65_536)
def rfc3339(ms: int) -> str:
    """RFC 3339 text in UTC with `Z`, milliseconds only where there are any: `2026-03-02T01:00:00Z`."""
    text = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    part = ms % 1000
    return f"{text}.{part:03d}Z" if part else f"{text}Z"


@lru_cache(maxsize=65_536)
def local_rfc3339(ms: int, zone: str) -> str:
    """RFC 3339 text at `zone` (an IANA name) with its offset: `2026-03-02T02:00:00+01:00`."""
    # Whole seconds first: float seconds of a far instant can fall a microsecond short of its millisecond.
    second = datetime.fromtimestamp(ms // 1000, ZoneInfo(zone))
    part = ms % 1000
    return second.replace(microsecond=part * 1000).isoformat(timespec="milliseconds" if part else "seconds")


@lru_cache(maxsize=65_536)
def utc_offset_seconds(ms: int, zone: str) -> int:
    """How far local time at `zone` (an IANA name) is ahead of UTC at an instant, in seconds."""
    offset = datetime.fromtimestamp(ms // 1000, ZoneInfo(zone)).utcoffset()
    assert offset is not None  # noqa: S101 - the instant is aware
    return int(offset.total_seconds())


def standard_offset_ms(ms: int, zone: str) -> int:
    """How far standard time at `zone` (an IANA name) is ahead of UTC at an instant, in milliseconds."""
    local = datetime.fromtimestamp(ms / 1000, ZoneInfo(zone))
    offset = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
    return offset // MILLISECOND


@lru_cache(maxsize=4096)
def _standard_offset_of_day(day: int, zone: str) -> int:
    return standard_offset_ms(day * _DAY_MS, zone)


def interval_end(ms: int, length_ms: int, zone: str) -> int:
    """End of the interval that holds an instant; intervals lie at multiples of their length in standard time.

    Args:
        ms: the instant.
        length_ms: length of an interval.
        zone: IANA name.
    """
    return ms + length_ms - (ms + _standard_offset_of_day(ms // _DAY_MS, zone)) % length_ms


@lru_cache(maxsize=65_536)
def offset_rfc3339(ms: int, seconds: int) -> str:
    """RFC 3339 text with an offset of so many seconds: `2026-03-02T02:00:00+01:00`."""
    second = datetime.fromtimestamp(ms // 1000, timezone(timedelta(seconds=seconds)))
    part = ms % 1000
    return second.replace(microsecond=part * 1000).isoformat(timespec="milliseconds" if part else "seconds")


def offset_seconds(text: str) -> int:
    """The offset that RFC 3339 `text` has, in seconds.

    Raises:
        ValueError: the text is no RFC 3339 instant, or it has no offset.
    """
    offset = datetime.fromisoformat(text).utcoffset()
    if offset is None:
        raise ValueError(f"{text!r} has no UTC offset; write it like 2026-03-02T01:00:00Z")
    return int(offset.total_seconds())


def from_rfc3339(text: str) -> int:
    """Milliseconds of RFC 3339 `text`.

    Raises:
        ValueError: the text is no RFC 3339 instant, or it has no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset; write it like 2026-03-02T01:00:00Z")
    return to_ms(instant)
