"""Instants from typed cells: real dates, clocks and serial numbers of a workbook, beside texts in a format.

A workbook made from an export has the same columns with other types: the date is a date, the clock a fraction of a
day, or a text still. A real date is read as such whatever format the mapping has for texts.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from streams.sources.blocks import TextColumn
from streams.sources.cell_types import SHEET_1900, SHEET_1904, mark_of
from streams.sources.timestamps.formats import Halves

__all__ = ["read_typed"]

_DAY_MS: Final = 86_400_000
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d{3})?))?")
_CLOCK: Final = re.compile(r"(\d+):(\d\d):(\d\d)(?:\.(\d{3}))?")
_NUMBER: Final = re.compile(r"\d{1,7}(?:\.\d+)?")
_FIRST: Final = {SHEET_1900: date(1899, 12, 30), SHEET_1904: date(1904, 1, 1)}
_PLAUSIBLE: Final = (27_000, 80_000)
"""Serial days that are taken for a date: the years 1973 to 2123."""
_EPOCH: Final = date(1970, 1, 1)


class _Part:
    """One typed cell: milliseconds of its date and of its clock; None where it has none."""

    __slots__ = ("clock", "day", "elapsed", "number", "text")

    def __init__(self, untrimmed: str) -> None:
        mark, self.text = mark_of(untrimmed), untrimmed.strip()
        text = self.text
        self.elapsed = untrimmed[1:2] == mark
        """Whether it shows hours beyond 24 as such."""
        self.day: int | None = None
        self.clock: int | None = None
        self.number = False
        """Whether it is a number: a text such as 20260302 in the first place, a serial one in the second."""
        if match := _DATE.fullmatch(text):
            self.day = (date.fromisoformat(match.group(1)) - _EPOCH).days * _DAY_MS
            self.clock = _clock(match.group(2)) if match.group(2) else 0
        elif _CLOCK.fullmatch(text):
            self.clock = _clock(text)
        elif _NUMBER.fullmatch(text):
            self.number = True
            days = float(text)
            if days < 1:
                self.clock = round(days * _DAY_MS)
            elif _PLAUSIBLE[0] <= days < _PLAUSIBLE[1]:
                ms = round(days * _DAY_MS)
                self.day = (_FIRST[mark] - _EPOCH).days * _DAY_MS + ms // _DAY_MS * _DAY_MS
                self.clock = ms % _DAY_MS


def _clock(text: str) -> int:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return 0
    hours, minutes, seconds, rest = match.groups()
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest or 0)


def read_typed(
    columns: Sequence[TextColumn],
    halves: Sequence[Halves],
    ms: npt.NDArray[np.int64],
    fixed: npt.NDArray[np.bool_],
    read: npt.NDArray[np.bool_],
    empty: npt.NDArray[np.bool_],
) -> None:
    """Read the rows that have typed cells, into arrays that hold what was read of their texts.

    Args:
        columns: one, or the date's and the clock's.
        halves: the source's formats, each cut into date and clock, for texts beside typed cells.
        ms: instants on the wall clock, milliseconds since 1970; shape (rows,).
        fixed: whether the text has an offset of its own.
        read: whether there is an instant.
        empty: whether the row says "not reported".
    """
    if len(columns) > 2:
        return
    coded = [column.coded for column in columns]
    known: dict[tuple[int, ...], int | None] = {}
    marked = [np.array([mark_of(text) in _FIRST for text in one.untrimmed]) for one in coded]
    if not any(len(one) and one.any() for one in marked):
        return
    rows = np.zeros(len(ms), dtype=np.bool_)
    for one, flags in zip(coded, marked, strict=True):
        rows |= flags[one.codes]
    for row in np.flatnonzero(rows & ~empty).tolist():
        key = tuple(int(one.codes[row]) for one in coded)
        if key not in known:
            texts = [one.untrimmed[code] for one, code in zip(coded, key, strict=True)]
            known[key] = _instant(texts, halves, as_text=bool(read[row]))
        moment = known[key]
        if moment is not None:
            ms[row], fixed[row], read[row] = moment, False, True


def _instant(texts: list[str], halves: Sequence[Halves], *, as_text: bool) -> int | None:
    """The instant of typed and other cells; None where they make none, or the texts are read already."""
    parts = [_Part(text) if mark_of(text) in _FIRST else text.strip() for text in texts]
    if as_text and all(isinstance(part, str) or part.number for part in parts):
        return None
    if len(parts) == 1:
        (part,) = parts
        typed = isinstance(part, _Part) and part.day is not None and part.clock is not None
        return part.day + part.clock if typed else None  # type: ignore[union-attr, operator]  # `typed` has looked
    day, clock = _day(parts[0], halves), _time(parts[1], halves)
    return None if day is None or clock is None else day + clock


def _day(part: "_Part | str", halves: Sequence[Halves]) -> int | None:
    if isinstance(part, _Part) and not part.number:
        return part.day
    text = part.text if isinstance(part, _Part) else part
    moments = (half.date(text) for half in halves)
    read = next((moment[0] for moment in moments if moment is not None), None)
    return part.day if read is None and isinstance(part, _Part) else read


def _time(part: "_Part | str", halves: Sequence[Halves]) -> int | None:
    if isinstance(part, str):
        return _text_clock(part, halves)
    read = _text_clock(part.text, halves) if part.number and not part.text.startswith("0.") else None
    if read is not None or part.clock is None:
        return read
    # Shown as 24:00 or 25:30 it is of the next day; a cell that shows 1:30 of a day of its own (1900-01-01) is not.
    return part.clock if part.elapsed and part.clock < 2 * _DAY_MS else part.clock % _DAY_MS


def _text_clock(text: str, halves: Sequence[Halves]) -> int | None:
    for half in halves:
        # The clock of RFC 3339 has its separator in front.
        for shown in (text, f" {text}"):
            moment = half.clock(shown)
            if text and moment is not None and not moment[1]:
                return moment[0]
    return None
