"""Values from the text of one cell: numbers, seconds, ratios, lists and checks, each by one plain function.

A function takes the trimmed text of a cell that is not empty and gives the value, or raises `ValueError`
with what was expected. Arithmetic is decimal, so that 0.1 minutes are 6 seconds and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import msgspec

from config.sources.expressions import Column
from config.sources.fields import TEXT_CHARACTERS
from config.sources.numbers import PLAIN
from streams.records import Check
from streams.sources.delimited.numbers import number_reader

__all__ = ["Number", "TooLargeError", "parser", "require_length"]

_MOST: Final = Decimal(10) ** 12
_MOST_MS: Final = 10**12
"""31 years: an instant and a duration still add up to an instant."""
_WHOLE_DIGITS: Final = 9

Number = int | float
"""A parsed number: whole for counts and milliseconds."""


class _CheckCell(msgspec.Struct):
    name: str
    family: str
    passed: bool | None = None


_CHECKS: Final = msgspec.json.Decoder(list[_CheckCell])


def parser(kind: str, column: Column) -> Callable[[str], Any]:
    """The function that reads a cell of `column` for a field that holds `kind` (one of `config.sources.fields.KINDS`).

    It raises `ValueError` with what was expected. Milliseconds come out of seconds, None out of a value that
    stands for "not reported".
    """
    values = column.values
    if values is None:
        return _KINDS[kind](column)
    # The texts that cells stand for are the configuration's own, whatever the file's style.
    plain = _KINDS[kind](replace(column, numbers=PLAIN))

    def mapped(text: str) -> Any:  # noqa: ANN401 - as `plain`
        meaning = _meaning(text, values)
        return None if meaning is None or meaning == "" else plain(meaning)

    return mapped


def _meaning(text: str, values: Mapping[str, str | None]) -> str | None:
    if text in values:
        return values[text]
    if "*" in values:
        return values["*"]
    raise ValueError(f'one of {", ".join(values)} (values lists no other; "*" would take the rest)')


class TooLargeError(ValueError):
    """A text is longer than a record's may be; says how long it is, and what is allowed."""


def require_length(text: str) -> str:
    """The text itself.

    Raises:
        TooLargeError: it is too long.
    """
    if len(text) > TEXT_CHARACTERS:
        raise TooLargeError(f"{len(text):,} characters, and a text has at most {TEXT_CHARACTERS}")
    return text


def _text(_column: Column) -> Callable[[str], Any]:
    return require_length


def _scaled(column: Column, *, whole: bool = False, most: int | None = None) -> Callable[[str], Decimal]:
    factor = column.multiply
    read = number_reader(column.numbers, whole=whole and factor is None, most=most if factor is None else None)
    if factor is None:
        return read

    def scaled(text: str) -> Decimal:
        number = read(text) * factor
        if abs(number) > _MOST:
            raise ValueError("a number of at most twelve digits")
        return number

    return scaled


def _count(column: Column) -> Callable[[str], int]:
    scaled = _scaled(column, whole=True)

    def count(text: str) -> int:
        number = scaled(text)
        if number != int(number):
            raise ValueError("a whole number")
        return int(number)

    return count


def _number(column: Column) -> Callable[[str], float]:
    scaled = _scaled(column)
    return lambda text: float(scaled(text))


def _ratio(column: Column) -> Callable[[str], float]:
    scaled = _scaled(column, most=100 if column.percent else 1)
    if not column.percent:
        return lambda text: float(scaled(text))

    def percent(text: str) -> float:
        return float(scaled(text.removeprefix("%").removesuffix("%").strip()) / 100)

    return percent


def _seconds(column: Column) -> Callable[[str], int]:
    if column.duration is not None:
        return _duration(column.duration)
    plain = column.multiply is None
    scaled = _scaled(column)

    def seconds(text: str) -> int:
        if plain and text.isdecimal() and text.isascii() and len(text) <= _WHOLE_DIGITS:
            return int(text) * 1000
        ms = round(scaled(text) * 1000)
        if abs(ms) > _MOST_MS:
            raise ValueError("seconds of at most nine digits")
        return ms

    return seconds


_UNIT_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_UNIT_LIMIT: Final = {"d": None, "h": 24, "m": 60, "s": 60}


def _duration(layout: str) -> Callable[[str], int]:
    """A reader of durations laid out as `layout`; the first unit has no limit, further ones have the clock's."""
    runs = [(run.group(1), run.group()) for run in re.finditer(r"([dhms])\1*|[^dhms]+", layout)]
    units = [unit for unit, _ in runs if unit]
    # A leading part may be empty: ":22" is 22 s, and begins with the text that stands before its own first unit.
    begins = [place for place, (unit, _) in enumerate(runs) if unit is None and 0 < place < len(runs) - 1]
    forms = [re.compile("-?" + "".join(map(_run_pattern, runs[begin:]))) for begin in (0, *begins)]

    def duration(text: str) -> int:
        for form in forms:
            match = form.fullmatch(text)
            if match:
                total = _total(units, match.groups())
                if total is not None:
                    return -round(total) if text.startswith("-") else round(total)
        raise ValueError(f"a duration laid out as {layout}")

    return duration


def _run_pattern(run: tuple[str | None, str]) -> str:
    unit, text = run
    if unit is None:
        return re.escape(text)
    return r"([0-9]+(?:[.,][0-9]+)?)" if unit == "s" else "([0-9]+)"


def _total(units: list[str], digits: tuple[str, ...]) -> Decimal | None:
    """Milliseconds of the last of `units`, in which `digits` are given; None where one is over its limit."""
    total = Decimal(0)
    given = units[len(units) - len(digits) :]
    for unit, text in zip(given, digits, strict=True):
        number = Decimal(text.replace(",", "."))
        limit = _UNIT_LIMIT[unit]
        if unit != units[0] and limit is not None and number >= limit:
            return None
        total += number * _UNIT_MS[unit]
    return total if total <= _MOST_MS else None


def _list(_column: Column) -> Callable[[str], tuple[str, ...]]:
    return lambda text: tuple(part for item in text.split(";") if (part := item.strip()))


def _checks(_column: Column) -> Callable[[str], tuple[Check, ...]]:
    def checks(text: str) -> tuple[Check, ...]:
        try:
            cells = _CHECKS.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = str(error).replace("`", "")
            raise ValueError(f'JSON like [{{"name": …, "family": …, "passed": true}}] ({problem})') from None
        return tuple(Check(cell.name, cell.family, cell.passed) for cell in cells)

    return checks


_KINDS: Final[Mapping[str, Callable[[Column], Callable[[str], Any]]]] = {
    "text": _text,
    "seconds": _seconds,
    "count": _count,
    "number": _number,
    "ratio": _ratio,
    "list": _list,
    "checks": _checks,
}
