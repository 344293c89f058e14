"""The source of a record's field: each form of the column mapping's grammar as a frozen structure.

`config.sources.columns` makes them from YAML; the readers in `streams.sources` evaluate them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from config.sources.numbers import ANY, NumberStyle

__all__ = [
    "EPOCHS",
    "CheckColumns",
    "CheckRow",
    "Column",
    "Const",
    "Difference",
    "Expression",
    "First",
    "Join",
    "Product",
    "Share",
    "Sum",
    "columns_of",
    "is_duration",
    "own_columns",
]

EPOCHS: Final = ("epoch", "epoch_ms")
"""Formats of an instant that is a number: seconds, or milliseconds, since 1970-01-01T00:00Z."""


@dataclass(frozen=True, slots=True)
class Column:
    """A cell, or several joined by a blank; empty if any of them is."""

    columns: tuple[str, ...]
    formats: tuple[str, ...] = ()
    """Formats of an instant: those of strptime, tried in turn, or one of `EPOCHS`; empty: RFC 3339, offset optional."""
    after: str | None = None
    """An instant field; a clock of more than 12 hours before it is one of the next day."""
    values: Mapping[str, str | None] | None = field(default=None, hash=False)
    """The value that a cell's text stands for; `*` for any other text, None for "not reported"."""
    empty: frozenset[str] = frozenset()
    """Cells that mean "not reported"."""
    multiply: Decimal | None = None
    duration: str | None = None
    """Layout of a duration, such as h:mm:ss; None: a number of seconds."""
    percent: bool = False
    span: str | None = None
    """The text between start and end of a stretch such as 08:00-08:30, of which the start is the instant."""
    plus: str | None = None
    """A column of seconds that are added to the instant."""
    zone: str | None = None
    """A column with the IANA name of the row's time zone."""
    numbers: NumberStyle = ANY
    """How its numbers are written."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of several cells; empty if any of them is."""

    parts: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first of several less the others; empty if any of them is."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Product:
    """An average times its count: exact but for the rounding of the average, which stands first."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a count, in whole contacts."""

    share: "Expression"
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Const:
    """The same text for every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """Several cells joined by `separator`; empty if any of them is."""

    columns: tuple[str, ...]
    separator: str
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class First:
    """The first of several that is not empty."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class CheckColumns:
    """Checks of an evaluation sheet with one row a transaction: a column a check."""

    checks: tuple[tuple[str, str], ...]
    """Column (and name of the check), and family."""
    results: Mapping[str, bool | None] = field(hash=False)
    """The result that a cell stands for, by its text in lower case: passed, failed, or None for not applicable."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """Checks of an evaluation sheet with one row a check: the columns of its name, family and result."""

    name: str
    family: str
    result: str
    families: Mapping[str, str] = field(hash=False)
    """Family by the text of its cell."""
    results: Mapping[str, bool | None] = field(hash=False)
    """As in `CheckColumns`."""


Expression = Column | Sum | Difference | Product | Share | Const | Join | First | CheckColumns | CheckRow


def own_columns(fields: Iterable[str], empty: frozenset[str]) -> Mapping[str, Expression]:
    """The mapping of a file whose columns are called like the record's fields."""
    return MappingProxyType({name: Column((name,), empty=empty) for name in fields})


def columns_of(expression: Expression) -> Iterator[str]:
    """The file's columns that `expression` reads."""
    match expression:
        case Column(columns=columns, plus=plus, zone=zone):
            yield from (*columns, *(name for name in (plus, zone) if name is not None))
        case Join(columns=columns):
            yield from columns
        case Share(share=share, of=of):
            yield from columns_of(share)
            yield from columns_of(of)
        case Sum(parts=inner) | Difference(parts=inner) | Product(parts=inner) | First(options=inner):
            for one in inner:
                yield from columns_of(one)
        case CheckColumns(checks=checks):
            yield from (column for column, _ in checks)
        case CheckRow(name=name, family=family, result=result):
            yield from (name, family, result)
        case Const():
            return


def is_duration(expression: Expression) -> bool:
    """Whether an operand of a product is laid out as a duration, and so in seconds."""
    match expression:
        case Column(duration=duration):
            return duration is not None
        case Sum(parts=inner) | Difference(parts=inner) | Product(parts=inner) | First(options=inner):
            return any(map(is_duration, inner))
        case _:
            return False
