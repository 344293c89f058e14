"""How a file writes its numbers, and the numbers of a column; numbers of durations in their layouts."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from config.sources.expressions import Column
from config.sources.numbers import NumberStyle
from streams.sources.delimited.numbers import number_reader
from streams.sources.delimited.values import parser

__all__ = ["DURATIONS", "Style", "duration_of", "numbers_of", "style_of"]

_NUMBER: Final = re.compile(
    r"%?\s*[-+\u2212]?(?:\d+(?:[.,]\d*)?|[.,]\d+|[1-9]\d{0,2}(?:[.,'\u2019 \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?)\s*%?"
)
_GROUPED_DOT: Final = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+")
_GROUPED_COMMA: Final = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
DURATIONS: Final = ("h:mm:ss", "m:ss", "h:mm", "d.hh:mm:ss", "d:hh:mm:ss", "d hh:mm:ss")
"""Layouts of durations that are tried; each is one of `duration:`."""
_DURATION: Final = re.compile(r"-?(?:\d+[. :])?\d*:\d\d(?::\d\d(?:[.,]\d+)?)?|-?:\d\d")


class Style(NamedTuple):
    """How numbers are written, and whether it must be said."""

    decimal: str | None
    thousands: str | None
    doubt: str = ""
    """Why it may be wrong."""
    note: str = ""
    """A cell that shows it."""

    def reader(self) -> Callable[[str], float]:
        """The function that reads a number."""
        read = number_reader(NumberStyle(self.decimal, self.thousands))
        return lambda text: float(read(text))


def style_of(cells: Iterable[str], *, comma_is_likely: bool) -> Style:
    """The style that the numbers of a file show.

    Args:
        cells: different texts of cells, of any kind.
        comma_is_likely: whether the file's delimiter or language speaks for a decimal comma.
    """
    numbers = [cell.strip("% ") for cell in cells if _NUMBER.fullmatch(cell)]
    commas = [cell for cell in numbers if "," in cell]
    points = [cell for cell in numbers if "." in cell]
    both = [cell for cell in commas if "." in cell]
    if both:
        decimal = "," if all(cell.rindex(",") > cell.rindex(".") for cell in both) else "."
        return Style(decimal, "." if decimal == "," else ",", note=both[0])
    for mark, other, with_mark, with_other in ((",", ".", commas, points), (".", ",", points, commas)):
        sure = _decimals(with_mark, mark)
        if sure and not _decimals(with_other, other):
            return _plain_style(mark, other, with_mark, with_other, sure)
    if bool(commas) != bool(points):
        mark = "," if commas else "."
        return _grouped(commas or points, mark, comma_is_likely=comma_is_likely == bool(commas))
    return Style(None, None)


def _decimals(cells: list[str], mark: str) -> list[str]:
    """The cells in which a mark can only be the decimal point."""
    grouped = _GROUPED_COMMA if mark == "," else _GROUPED_DOT
    return [cell for cell in cells if not grouped.fullmatch(cell)]


def _plain_style(mark: str, other: str, with_mark: list[str], with_other: list[str], sure: list[str]) -> Style:
    """The style where a mark is the decimal point; it is said where a cell could be read otherwise."""
    if with_other:
        return Style(mark, other, note=with_other[0] if mark == "." else sure[0])
    if mark == "," or len(with_mark) > len(sure):
        return Style(mark, None, note=sure[0])
    return Style(None, None)


def _grouped(cells: list[str], mark: str, *, comma_is_likely: bool) -> Style:
    """The style where every mark has three digits behind it: it groups thousands, or it is the decimal point."""
    other = "." if mark == "," else ","
    point_is_likely = comma_is_likely
    several = next((cell for cell in cells if cell.count(mark) > 1), None)
    if several is not None:
        return Style(other, mark, note=several)
    doubt = f"{cells[0]} may be {cells[0].replace(mark, '')} or {cells[0].replace(mark, '.')}"
    return Style(mark, None, doubt) if point_is_likely else Style(other, mark, doubt)


def numbers_of(texts: Sequence[str], style: Style) -> list[float | None]:
    """The numbers of a column's cells, None where one is none; a percentage is its number of per cent."""
    read = style.reader()
    known: dict[str, float | None] = {}
    for text in dict.fromkeys(texts):
        try:
            known[text] = read(text.strip("% ")) if text else None
        except ValueError:
            known[text] = None
    return [known[text] for text in texts]


@lru_cache(maxsize=16)
def _duration(layout: str) -> Callable[[str], int]:
    read: Callable[[str], int] = parser("seconds", Column((), duration=layout))
    return read


def duration_of(texts: Sequence[str], layout: str) -> list[float | None]:
    """Seconds of a column's cells laid out so, None where one is not."""
    known: dict[str, float | None] = {}
    for text in dict.fromkeys(texts):
        try:
            known[text] = _duration(layout)(text) / 1000 if _DURATION.fullmatch(text) else None
        except ValueError:
            known[text] = None
    return [known[text] for text in texts]
