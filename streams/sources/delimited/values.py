"""Values from the text of one cell: numbers, seconds, ratios, lists and checks, each by one plain function.

A function takes the trimmed text of a cell that is not empty and gives the value, or raises `ValueError`
with what was expected. Arithmetic is decimal, so that 0.1 minutes are 6 seconds and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from config.sources.expressions import Column
from config.sources.fields import TEXT_CHARACTERS
from streams.records import Check

__all__ = ["Number", "TooLargeError", "parser", "require_length"]

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
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
    plain = _KINDS[kind](column)
    values = column.values
    if values is None:
        return plain

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


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        hint = ""
        if re.fullmatch(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text):
            hint = " without thousands separators"
        elif "," in text:
            hint = " with a decimal point"
        elif text.endswith("%"):
            hint = "; for a percentage set percent: true"
        elif ":" in text:
            hint = "; for a duration say its layout, such as duration: h:mm:ss"
        raise ValueError(f"a number{hint}")
    number = Decimal(text)
    if abs(number) > _MOST:
        raise ValueError("a number of at most twelve digits")
    return number


def _scaled(column: Column) -> Callable[[str], Decimal]:
    factor = column.multiply
    if factor is None:
        return _decimal

    def scaled(text: str) -> Decimal:
        number = _decimal(text) * factor
        if abs(number) > _MOST:
            raise ValueError("a number of at most twelve digits")
        return number

    return scaled


def _count(column: Column) -> Callable[[str], int]:
    scaled = _scaled(column)

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
    if not column.percent:
        return _number(column)
    scaled = _scaled(column)

    def percent(text: str) -> float:
        return float(scaled(text.removesuffix("%").rstrip()) / 100)

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
    units = []
    pattern = "-?"
    for run in re.finditer(r"([dhms])\1*|[^dhms]+", layout):
        unit = run.group(1)
        if unit is None:
            pattern += re.escape(run.group())
        else:
            units.append(unit)
            pattern += r"([0-9]+(?:\.[0-9]+)?)" if unit == "s" else "([0-9]+)"
    expression = re.compile(pattern)
    # A leading part that is 0 may be left empty: ":22".
    short = re.compile(pattern.replace("([0-9]+)", "([0-9]*)", 1)) if len(units) > 1 else expression

    def duration(text: str) -> int:
        match = expression.fullmatch(text) or short.fullmatch(text)
        total = Decimal(0)
        if match:
            for place, (unit, digits) in enumerate(zip(units, match.groups(), strict=True)):
                number = Decimal(digits or 0)
                limit = _UNIT_LIMIT[unit]
                if place and limit is not None and number >= limit:
                    match = None
                    break
                total += number * _UNIT_MS[unit]
        if match is None or total > _MOST_MS:
            raise ValueError(f"a duration laid out as {layout}")
        return -round(total) if text.startswith("-") else round(total)

    return duration


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
