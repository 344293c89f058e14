"""Number formats of cells, and the text of a number in each: a date is a number that is shown as one.

Days are counted from 1900 (with a 29 February that was none) or from 1904; https://learn.microsoft.com/office, "date
systems in Excel". Numbers of formats: ECMA-376 part 1, 18.8.30.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from streams.sources.cell_types import SHEET_1900, SHEET_1904

__all__ = ["BUILT_IN", "Shown", "kind_of", "number_text"]

Shown = str
"""The way in which a format shows a number: `number`, `percent`, `date`, `clock`, or `elapsed`, hours beyond 24 too."""

BUILT_IN: Final[Mapping[int, Shown]] = {
    9: "percent",
    10: "percent",
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)), "date"),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), "clock"),
    46: "elapsed",
}
"""Formats that a workbook names by number only; those of East Asia are dates, or clocks where the number is below 1."""

_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS: Final = re.compile(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_HALF_DAY: Final = re.compile(r"am/pm|a/p", re.IGNORECASE)
_MS: Final = 86_400_000
_LAST_DAY: Final = 2_958_466
"""The day after 9999-12-31."""
_LONGEST: Final = 40


def kind_of(code: str) -> Shown:
    """The way in which a format's code shows a number."""
    plain = _BRACKETS.sub("", _LITERAL.sub("", code)).partition(";")[0].lower()
    if plain.strip() in {"", "general", "standard", "@"}:
        return "number"
    letters = set(_HALF_DAY.sub("h", plain))
    if _ELAPSED.search(plain) is not None:
        return "elapsed"
    if letters & {"h", "s"} and not letters & {"y", "d"}:
        return "clock"
    if letters & {"y", "d", "m"}:
        return "date"
    return "percent" if "%" in letters else "number"


def number_text(text: str, shown: Shown, *, from_1904: bool) -> str:
    """A number's marked text as its format shows it, with every digit that it has."""
    mark = SHEET_1904 if from_1904 else SHEET_1900
    text = text.strip()
    number = _read(text)
    if number is None:
        return text
    if shown == "percent":
        return f"{mark}{_plain((number * 100).normalize())}%"
    if shown in {"date", "clock", "elapsed"} and 0 <= number < _LAST_DAY:
        ms = round(number * _MS)
        if shown == "elapsed":
            return mark * 2 + _clock(ms)
        if shown == "clock" or number < 1:
            return mark + _clock(ms)
        return mark + _date(ms, from_1904=from_1904)
    return mark + _plain(number)


def _read(text: str) -> Decimal | None:
    if len(text) > _LONGEST:
        return None
    try:
        number = Decimal(text) if text.lstrip("+-").isdecimal() and text.isascii() else Decimal(repr(float(text)))
    except (ValueError, ArithmeticError):
        return None
    return number if number.is_finite() else None


def _plain(number: Decimal) -> str:
    if number == number.to_integral_value() and abs(number) < 10**15:
        return str(int(number))
    return f"{number:f}" if abs(number.adjusted()) < 20 else str(number)


def _clock(ms: int) -> str:
    seconds, rest = divmod(ms, 1000)
    shown = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{shown}.{rest:03}" if rest else shown


def _date(ms: int, *, from_1904: bool) -> str:
    days, rest = divmod(ms, _MS)
    first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30 if days > 60 else 31)
    try:
        day = first + timedelta(days=days)
    except OverflowError:
        return str(days)
    return f"{day.isoformat()} {_clock(rest)}" if rest else day.isoformat()
