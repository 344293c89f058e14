"""The text of one instant to milliseconds: strptime formats, RFC 3339, and numbers since 1970.

A busy file has a new second in every row, and strptime takes microseconds a text. So a format is cut, where
it can be, into its date and its clock, which repeat; `streams.sources.timestamps.columns` reads each but once.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from config.sources.expressions import EPOCHS
from streams.sources.timestamps.fixed_width import EPOCH_LAYOUTS, RFC3339_LAYOUTS, Layout, layouts

__all__ = ["Format", "Halves", "Moment", "Reader", "rfc3339_format", "strptime_format"]

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive until they are placed
_MS: Final = timedelta(milliseconds=1)
_LATEST_MS: Final = 253_370_764_800_000  # the year 9999: what text can still be made of
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,16}(?:\.[0-9]{0,12})?")

Moment = tuple[int, bool] | None
"""Milliseconds since 1970, and whether they are UTC or on the wall clock; None: the text is not in the format."""

Reader = Callable[[str], Moment]


@dataclass(frozen=True, slots=True)
class Halves:
    """A format cut into its date and its clock."""

    date: Reader
    clock: Reader
    cut: Callable[[str], tuple[str, str]]
    separator: str
    """Between date and clock; empty: the date has a fixed width."""
    separators: int
    """How often it stands in the format; in a text with more or fewer the cut is in doubt."""
    clock_layouts: Sequence[Layout]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of an instant."""

    whole: Reader
    halves: Halves | None = None
    layouts: Sequence[Layout] = ()
    """Its fixed widths, for reading a column at a time."""


_DIRECTIVES: Final = re.compile(r"%(.)")
_DATE: Final = frozenset("aAdbBmyYjUWuGVw")
_CLOCK: Final = frozenset("HIpMSfz")


def strptime_format(text: str) -> Format:
    """The reader of a strptime format, or of `epoch` or `epoch_ms`."""
    if text in EPOCHS:
        return Format(_epoch(1000 if text == "epoch" else 1), layouts=EPOCH_LAYOUTS[text])
    whole = _strptime(text)
    for separator in (" ", "T"):
        head, _, tail = text.partition(separator)
        if _is_date(head, separator) and _is_clock(tail):
            return Format(
                whole,
                Halves(
                    _strptime(head),
                    _clock(_strptime(tail)),
                    _cut_at(separator),
                    separator,
                    text.count(separator),
                    layouts(tail),
                ),
                layouts(text),
            )
    return Format(whole, layouts=layouts(text))


def _cut_at(separator: str) -> Callable[[str], tuple[str, str]]:
    def cut(text: str) -> tuple[str, str]:
        head, _, tail = text.partition(separator)
        return head, tail

    return cut


def _is_date(part: str, separator: str) -> bool:
    """Whether a format's part is a date in whose text `separator` cannot stand."""
    directives = set(_DIRECTIVES.findall(part))
    literal = _DIRECTIVES.sub("", part)
    if not directives or not directives <= (_DATE if separator == " " else _NUMERIC.keys()):
        return False
    return not re.search(r"\s", literal) and separator.lower() not in literal.lower()


def _is_clock(part: str) -> bool:
    directives = set(_DIRECTIVES.findall(part))
    return bool(directives) and directives <= _CLOCK


def _clock(read: Reader) -> Reader:
    """A clock alone: strptime gives it the date 1900-01-01."""
    midnight = (datetime(1900, 1, 1) - _EPOCH) // _MS  # noqa: DTZ001 - as _EPOCH

    def clock(text: str) -> Moment:
        moment = read(text)
        return None if moment is None else (moment[0] - midnight, moment[1])

    return clock


_NUMERIC: Final = {
    "Y": r"(?P<Y>\d\d\d\d)",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>1[0-2]|0[1-9]|[1-9])",
    "d": r"(?P<d>3[0-1]|[1-2]\d|0[1-9]|[1-9])",
    "H": r"(?P<H>2[0-3]|[0-1]\d|\d)",
    "M": r"(?P<M>[0-5]\d|\d)",
    "S": r"(?P<S>[0-5]\d|\d)",
}


def _strptime(text: str) -> Reader:
    """A reader of one strptime format; formats of plain numbers are read by one pattern, which is five times faster."""
    directives = _DIRECTIVES.findall(text)
    between = _DIRECTIVES.sub("", text)
    if not set(directives) <= _NUMERIC.keys() or len(set(directives)) != len(directives) or re.search(r"\s", between):
        return lambda cell: _by_strptime(cell, text)
    pieces = re.split("%(.)", text)
    pattern = re.compile(
        "".join(_NUMERIC[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)),
        re.ASCII | re.IGNORECASE,
    )

    def numeric(cell: str) -> Moment:
        match = pattern.fullmatch(cell)
        if match is None:  # strptime itself takes digits of any script, and a blank before the day
            return None if cell.isascii() and " " not in cell else _by_strptime(cell, text)
        part = {name: int(digits) for name, digits in match.groupdict().items()}
        short = part.get("y", 0)
        year = part.get("Y", (2000 if short < 69 else 1900) + short if "y" in part else 1900)
        try:
            moment = datetime(  # noqa: DTZ001 - placed later
                year, part.get("m", 1), part.get("d", 1), part.get("H", 0), part.get("M", 0), part.get("S", 0)
            )
        except ValueError:
            return None
        return (moment - _EPOCH) // _MS, False

    return numeric


def _by_strptime(cell: str, text: str) -> Moment:
    try:
        return _ms(datetime.strptime(cell, text))  # noqa: DTZ007 - placed later, unless it has an offset
    except (ValueError, OverflowError):
        return None


def _ms(moment: datetime) -> Moment:
    if moment.tzinfo is None:
        return (moment - _EPOCH) // _MS, False
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MS, True


def rfc3339_format() -> Format:
    """The reader of RFC 3339, in which the offset may be missing, and the clock of midnight too."""

    def day(text: str) -> Moment:
        try:
            return (date.fromisoformat(text) - _EPOCH.date()) // _MS, False
        except ValueError:
            return None

    def clock(text: str) -> Moment:
        if not text:
            return 0, False  # a date alone is its midnight
        if text[0] not in "Tt ":
            return None
        try:
            moment = time.fromisoformat(text[1:].upper())
        except ValueError:
            return None
        offset = moment.utcoffset()
        since = timedelta(
            hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
        )
        return (since - (offset or timedelta())) // _MS, offset is not None

    def whole(text: str) -> Moment:
        first, second = day(text[:10]), clock(text[10:])
        return None if first is None or second is None else (first[0] + second[0], second[1])

    return Format(whole, Halves(day, clock, lambda text: (text[:10], text[10:]), "", 0, ()), RFC3339_LAYOUTS)


def _epoch(unit_ms: int) -> Reader:
    def epoch(text: str) -> Moment:
        if not _NUMBER.fullmatch(text):
            return None
        ms = int((Decimal(text) * unit_ms).to_integral_value(ROUND_FLOOR))
        return (ms, True) if abs(ms) < _LATEST_MS else None

    return epoch
