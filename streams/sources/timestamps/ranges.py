"""Clocks that name a stretch of time, such as `08:00-08:30` or `9:30-10:00AM`: their start."""

import re
from typing import Final

import pyarrow as pa

from streams.sources.blocks import TextColumn

__all__ = ["start_of_range", "starts_of_ranges"]

_HALF: Final = re.compile(r"[AaPp]\.?[Mm]\.?")
_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::\d{2})?\s*$")
_NOON: Final = 12 * 60


def starts_of_ranges(column: TextColumn, separator: str) -> TextColumn:
    """The starts of a column of stretches."""
    coded = column.coded
    starts = pa.array([start_of_range(text, separator) for text in coded.texts], pa.string())
    return TextColumn(starts.take(pa.array(coded.codes)))


def start_of_range(text: str, separator: str) -> str:
    """The start of one stretch; AM or PM that stands at its end alone is that of the start, too, unless it ends then.

    A text without the separator, or with nothing before it, stays as it is.
    """
    start, sign, end = text.rpartition(separator)
    start = start.rstrip()
    if not sign or not start.strip():
        return text
    half = _HALF.search(end)
    if half is None or _HALF.search(start):
        return start
    first, last = _minutes(start), _minutes(end[: half.start()])
    if first is None or last is None:
        return start
    afternoon = half.group()[0] in "Pp"
    if first + afternoon * _NOON >= last + afternoon * _NOON:
        afternoon = not afternoon  # 11:30-12:00PM begins in the morning
    return f"{start}{'PM' if afternoon else 'AM'}"


def _minutes(text: str) -> int | None:
    """Minutes since noon or midnight of a clock of twelve hours at the end of a text."""
    match = _CLOCK.search(text)
    return None if match is None else int(match[1]) % 12 * 60 + int(match[2] or 0)
