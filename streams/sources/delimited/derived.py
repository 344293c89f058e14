"""Counts and times computed from averages and percentages, with how far rounding may have moved them.

Reports that print "average wait 12 s" of 40 contacts mean 460 to 500 s. Products are decimal; what rounding leaves open
travels with the record, so that a check never calls a rounded figure wrong.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from config.sources.expressions import Column, Const, Expression, Share, is_duration
from copc.integrity import half_unit
from streams.sources.blocks import Cells

__all__ = ["ValueReader", "Values", "added", "difference", "product", "share"]

_HALF: Final = Decimal("0.5")
_WHOLE: Final = Decimal(1)
_MOST: Final = Decimal(10) ** 12


class Values(NamedTuple):
    """A field's values, row by row."""

    values: list[Any]
    """None where not reported."""
    faults: dict[int, str]
    """By row what is wrong with the cell, without the field's name."""
    rounding: dict[int, float] | None = None
    """By row that was computed, how far rounding may have moved the value, in the field's unit outside."""


ValueReader = Callable[[Cells], Values]

Reader = Callable[[str, Expression], ValueReader]
"""Makes the reader of an expression that gives a kind."""


def difference(readers: Sequence[ValueReader]) -> ValueReader:
    """The first value of each row less the others; what rounding moved adds up."""

    def read(cells: Cells) -> Values:
        parts = [reader(cells) for reader in readers]
        rows = zip(*(part.values for part in parts), strict=True)
        values = [None if None in row else row[0] - sum(row[1:]) for row in rows]
        return Values(values, _faults(parts), added(parts))

    return read


def product(kind: str, parts: Sequence[Expression], reader: Reader) -> ValueReader:
    """The product of each row's values, the first of which is an average; 0 where one of them is 0."""
    readers = [reader(_kind(part), part) for part in parts]
    scales = [_WHOLE / 1000 if is_duration(part) else _WHOLE for part in parts]

    def read(cells: Cells) -> Values:
        found = [one(cells) for one in readers]
        faults, values, rounding = _faults(found), [], dict[int, float]()
        for place, row in enumerate(zip(*(one.values for one in found), strict=True)):
            value = None
            if place not in faults and (0 in row or None not in row):
                factors = [None if one is None else _exact(one) * scale for one, scale in zip(row, scales, strict=True)]
                total, moved = _times(factors, parts, [(one.rounding or {}).get(place) for one in found])
                if abs(total) > _MOST:
                    faults[place] = f"gives {total:.6g}, which is beyond any interval"
                else:
                    value, unit = _rounded(total, kind)
                    rounding[place] = float(moved + unit)
            values.append(value)
        return Values(values, faults, rounding)

    return read


def _kind(part: Expression) -> str:
    """The kind of a factor: a share of a count is one in whole contacts."""
    if isinstance(part, Share):
        return "count"
    return "seconds" if is_duration(part) else "number"


def share(kind: str, part: Expression, of: Expression, reader: Reader) -> ValueReader:
    """A share of a count of each row, in whole contacts; a share of nothing is 0."""
    shares, counts = reader("ratio", part), reader(kind, of)

    def read(cells: Cells) -> Values:
        given, wholes = shares(cells), counts(cells)
        faults, values, rounding = _faults([given, wholes]), [], dict[int, float]()
        for place, (ratio, whole) in enumerate(zip(given.values, wholes.values, strict=True)):
            value = None
            if ratio is not None and not 0 <= ratio <= 1:
                faults.setdefault(place, f"has {100 * ratio:g} %; expected a share from 0 to 100 %")
            elif whole == 0 or None not in (ratio, whole):
                value, unit = _rounded(_exact(ratio or 0) * _exact(whole), "count")
                moved = half_unit(ratio or 0) * abs(whole) + (ratio or 0) * (wholes.rounding or {}).get(place, 0)
                rounding[place] = moved + float(unit)
            values.append(value)
        return Values(values, faults, rounding)

    return read


def added(parts: Sequence[Values]) -> dict[int, float] | None:
    """By row, how far rounding may have moved the sum of values; None where nothing was computed."""
    sums: dict[int, float] = {}
    for part in parts:
        for row, moved in (part.rounding or {}).items():
            sums[row] = sums.get(row, 0.0) + moved
    return sums or None


def _faults(parts: Sequence[Values]) -> dict[int, str]:
    faults: dict[int, str] = {}
    for part in reversed(parts):
        faults.update(part.faults)
    return faults


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _times(
    factors: Sequence[Decimal | None], parts: Sequence[Expression], moves: Sequence[float | None]
) -> tuple[Decimal, Decimal]:
    """The product, and how far the rounding of its factors may have moved it; `moves` are those of computed factors."""
    if None in factors:
        return Decimal(0), Decimal(0)  # something of nothing
    known = [factor for factor in factors if factor is not None]
    total, moved = _WHOLE, Decimal(0)
    for place, factor in enumerate(known):
        total *= factor
        given = moves[place] if isinstance(parts[place], Share) else None
        part = _half(factor, parts[place], first=place == 0) if given is None else _exact(given)
        for other, by in enumerate(known):
            part *= _WHOLE if other == place else abs(by)
        moved += part
    return total, moved


def _half(factor: Decimal, part: Expression, *, first: bool) -> Decimal:
    """Half a unit of the last digit of a factor; whole numbers behind the average are counts, and exact."""
    if isinstance(part, Const):
        return Decimal(0)
    scale = part.multiply if isinstance(part, Column) and part.multiply else _WHOLE
    exponent = min(int((factor / scale).normalize().as_tuple().exponent), 0)
    if exponent == 0 and not first:
        return Decimal(0)
    return _HALF * Decimal(10) ** exponent * abs(scale)


def _rounded(value: Decimal, kind: str) -> tuple[float, Decimal]:
    """A value as its field holds it, and how far that may have moved it, in the field's unit outside."""
    if kind == "seconds":
        return int((value * 1000).quantize(_WHOLE, ROUND_HALF_UP)), Decimal(0)
    if kind == "count":
        whole = value.quantize(_WHOLE, ROUND_HALF_UP)
        return int(whole), Decimal(0) if whole == value else _HALF
    return float(value), Decimal(0)
