"""The number that a cell's text writes: every reading that the source's style leaves, and the one that counts.

`16.200` is sixteen seconds in one country and sixteen thousand in another. A cell is read where all that it can mean
is one number; else it is refused with its readings, for nobody sees a wrong figure in the end.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from config.sources.numbers import APOSTROPHES, SPACES, NumberStyle

__all__ = ["number_reader", "plain_number"]

_PLAIN: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_DOUBTFUL: Final = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
"""A point that may group thousands."""
_BODY: Final = re.compile(r"([-+]?)((?:[0-9][0-9.,' ]*|[.,][0-9]+))((?:[eE][-+]?[0-9]{1,3})?)")
_GROUPS: Final = {
    mark: re.compile(
        rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+|"
        rf"[1-9][0-9]?(?:{re.escape(mark)}[0-9]{{2}})+{re.escape(mark)}[0-9]{{3}}"
    )
    for mark in (".", ",", " ", "'")
}
"""Groups of three digits, or (in India) of two and a last one of three."""
_SAME: Final = str.maketrans(dict.fromkeys(SPACES, " ") | dict.fromkeys(APOSTROPHES, "'") | {"\u2212": "-"})
_MOST: Final = Decimal(10) ** 12

_Reading = tuple[Decimal, str, str]
"""A number, with the decimal point and the mark of thousands (empty: none) that give it."""


def plain_number(text: str) -> Decimal | None:
    """The number that a text with a decimal point, and without thousands, writes; None where it writes none."""
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def number_reader(style: NumberStyle, *, whole: bool = False, most: int | None = None) -> Callable[[str], Decimal]:
    """The function that reads a number from the trimmed text of a cell that is not empty.

    Args:
        style: what the source says of its numbers.
        whole: whether the number has no decimals, so that `1.204` has one reading.
        most: the most that the number can be, where readings beyond it are none; None: it has no such limit.

    The function raises `ValueError` with what was expected.
    """
    pointed = style.decimal == "."
    doubtful = style.decimal is None and style.thousands != ""

    def read(text: str) -> Decimal:
        if text.isdecimal() and text.isascii():
            return _held(Decimal(text))
        if (pointed or (doubtful and not _DOUBTFUL.fullmatch(text))) and _PLAIN.fullmatch(text):
            return _held(Decimal(text))
        return _held(_only(text, list(_readings(text.translate(_SAME), style)), style, whole=whole, most=most))

    return read


def _held(number: Decimal) -> Decimal:
    if abs(number) > _MOST:
        raise ValueError("a number of at most twelve digits")
    return number


def _readings(text: str, style: NumberStyle) -> Iterator[_Reading]:
    """Each number that the text can be; the same one may come several times."""
    match = _BODY.fullmatch(text)
    if match is None:
        return
    sign, body, exponent = match.groups()
    for point in (style.decimal,) if style.decimal else (".", ","):
        if point == style.thousands:
            continue
        head, mark, decimals = body.partition(point)
        if decimals and not decimals.isdecimal():
            continue
        if head.isdecimal() or (not head and mark):
            yield Decimal(f"{sign}{head}.{decimals}{exponent}"), point if mark else "", ""
        for group in (style.thousands,) if style.thousands is not None else _GROUPS:
            if group and group != point and group in head and not exponent and _GROUPS[group].fullmatch(head):
                yield Decimal(f"{sign}{head.replace(group, '')}.{decimals}"), point if mark else "", group


def _only(text: str, readings: list[_Reading], style: NumberStyle, *, whole: bool, most: int | None) -> Decimal:
    """The one number that the text can be.

    Raises:
        ValueError: it can be none, or several; says what was expected.
    """
    if whole:
        grouped = [reading for reading in readings if reading[2] and not reading[1]]
        readings = grouped or readings
    numbers = {number: (point, group) for number, point, group in reversed(readings)}
    if most is not None and len(numbers) > 1:
        numbers = {number: marks for number, marks in numbers.items() if 0 <= number <= most} or numbers
    if len(numbers) == 1:
        return next(iter(numbers))
    if not numbers:
        raise ValueError(f"a number{_hint(text, style)}")
    shown = " or ".join(f"{number:f} ({_named(*marks)})" for number, marks in sorted(numbers.items()))
    raise ValueError(f"a number with one reading, and this is {shown}; set decimal and thousands at the source")


def _named(point: str, group: str) -> str:
    return f'decimal: "{point}"' if point else f'thousands: "{group}"'


def _hint(text: str, style: NumberStyle) -> str:
    if text.endswith("%"):
        return "; for a percentage set percent: true"
    if ":" in text:
        return "; for a duration say its layout, such as duration: h:mm:ss"
    if not _BODY.fullmatch(text.translate(_SAME)):
        return ""
    said = [f'{key}: "{mark}"' for key, mark in (("decimal", style.decimal), ("thousands", style.thousands)) if mark]
    if said:
        return f" written with {' and '.join(said)}"
    return " whose thousands stand in groups of three" if style.decimal is None else ' with decimal: "."'
