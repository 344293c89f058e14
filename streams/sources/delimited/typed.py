"""Values of typed cells: a number of a workbook or of JSON has one reading, a duration needs no layout.

The text of such a cell begins with the mark of its type (`streams.sources.cell_types`); other cells are texts, as in
delimited files.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from config.sources.expressions import Column
from config.sources.numbers import PLAIN
from streams.sources.cell_types import ERROR, JSON_NUMBER, mark_of
from streams.sources.delimited.values import parser

__all__ = ["typed_parser"]

_CLOCK: Final = re.compile(r"(\d+:\d\d:\d\d)(?:\.\d{3})?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d.*")
_NUMERIC: Final = ("seconds", "count", "number", "ratio")
_DAY: Final = Decimal(86_400)


def typed_parser(kind: str, column: Column) -> Callable[[str], Any]:
    """The function that reads an untrimmed cell of `column` for a field that holds `kind`.

    It raises `ValueError` with what was expected, as `streams.sources.delimited.values.parser`.
    """
    as_text = parser(kind, column)
    if kind not in _NUMERIC:
        return lambda text: _sound(text, as_text)
    numbers = replace(column, numbers=PLAIN, duration=None, percent=False, values=None)
    as_number = parser(kind, numbers)
    as_written = parser(kind, replace(numbers, percent=column.percent))
    as_ratio = parser("ratio", replace(numbers, percent=True, multiply=None))
    as_days = parser(kind, replace(numbers, multiply=_DAY))
    as_duration = parser(kind, replace(numbers, multiply=None, duration="h:mm:ss")) if kind == "seconds" else None

    def read(text: str) -> Any:  # noqa: ANN401 - what the kind holds
        mark, plain = mark_of(text), text.strip()
        if not mark or mark == ERROR or column.values is not None:
            return _sound(text, as_text)
        if _CLOCK.fullmatch(plain):
            if as_duration is None:
                raise ValueError("a number, and this cell is a time")
            return as_duration(plain)
        if _DATE.fullmatch(plain):
            raise ValueError("a number, and this cell is a date")
        if plain.endswith("%"):
            return as_ratio(plain) if kind == "ratio" else as_number(str(Decimal(plain[:-1]) / 100))
        if column.duration is not None:
            if mark == JSON_NUMBER:
                raise ValueError(f"a duration laid out as {column.duration}")
            return as_days(plain)
        return as_written(plain)

    return read


def _sound(text: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - what the kind holds
    """The value of a cell's text.

    Raises:
        ValueError: the cell is an error of its workbook.
    """
    if mark_of(text) == ERROR:
        raise ValueError("a value, and this is an error of the workbook")
    return read(text.strip())
