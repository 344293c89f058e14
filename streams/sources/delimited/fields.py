"""Record fields that are no instants: their values row by row, from the cells a mapping names.

Cells repeat. So a column is taken as its different texts, each text is read once (and remembered from block
to block), and rows are gathered from the results. A cell that cannot be read is a fault of its row, in
words that name the column, what was found and what was expected.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from config.errors import UserError
from config.sources.expressions import (
    CheckColumns,
    CheckRow,
    Column,
    Const,
    Difference,
    Expression,
    First,
    Join,
    Product,
    Share,
    Sum,
    columns_of,
)
from config.sources.fields import TEXT_CHARACTERS
from config.sources.numbers import PLAIN
from streams.limits import TOO_LARGE
from streams.sources.blocks import Cells
from streams.sources.cell_types import ERROR, mark_of
from streams.sources.delimited.checks import read_columns, read_row
from streams.sources.delimited.derived import ValueReader, Values, added, difference, product, share
from streams.sources.delimited.identities import IDENTITIES, unrounded
from streams.sources.delimited.typed import typed_parser
from streams.sources.delimited.values import TooLargeError, parser, require_length

__all__ = ["ValueReader", "Values", "value_reader"]

_MOST_KNOWN: Final = 200_000


def value_reader(field: str, kind: str, expression: Expression) -> ValueReader:
    """The function that reads a field which holds `kind` from a block of cells.

    Raises:
        UserError: a constant that the field cannot hold.
    """
    read = _reader(field, kind, expression)
    return unrounded(read, columns_of(expression)) if field in IDENTITIES else read


def _reader(  # noqa: C901, PLR0911 - one return for each form
    field: str, kind: str, expression: Expression
) -> ValueReader:
    match expression:
        case Const(text=text):
            return _const(field, kind, text)
        case Join(columns=columns, separator=separator, empty=empty):
            return _join(columns, separator, empty)
        case Sum(parts=parts):
            return _sum([_Column(kind, part).read for part in parts])
        case Difference(parts=given):
            return difference([value_reader(field, kind, part) for part in given])
        case Product(parts=given):
            return product(kind, given, partial(value_reader, field))
        case Share(share=part, of=whole):
            return share(kind, part, whole, partial(value_reader, field))
        case CheckColumns():
            return lambda cells: Values(*read_columns(expression, cells))
        case CheckRow():
            return lambda cells: Values(*read_row(expression, cells))
        case First(options=options):
            return _first([value_reader(field, kind, option) for option in options])
        case Column(columns=columns) if field in IDENTITIES and len(columns) == 1 and expression.values is None:
            return _plain(columns[0], expression.empty)
        case Column():
            return _Column(kind, expression).read


class _Fault(str):
    """In place of a value: what is wrong with the cell."""

    __slots__ = ()


class _Column:
    """One column, or several joined by a blank, read by kind."""

    def __init__(self, kind: str, column: Column) -> None:
        self._column = column
        self._parse = parser(kind, column)
        self._kind = kind
        self._typed: Callable[[str], Any] | None = None
        """Reads untrimmed texts with marks of types; made for the first file that has them."""
        self._known: dict[str, Any] = {}
        self._names = ", ".join(column.columns)

    def read(self, cells: Cells) -> Values:
        if len(self._column.columns) > 1:
            joined = _join(self._column.columns, " ", self._column.empty)(cells)
            values = [None if text is None else self._value(text) for text in joined.values]
            return _separated(values)
        column = cells.column(self._column.columns[0])
        coded = column.coded
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        table = [self._value(text) for text in (coded.untrimmed if column.typed else coded.texts)]
        values = list(map(table.__getitem__, coded.codes.tolist()))
        return _separated(values) if any(type(value) is _Fault for value in table) else Values(values, {})

    def _value(self, text: str) -> Any:  # noqa: ANN401 - what the kind holds
        try:
            return self._known[text]
        except KeyError:
            value = self._known[text] = self._read(text)
            return value

    def _read(self, text: str) -> Any:  # noqa: ANN401 - what the kind holds
        plain = text.strip()
        if plain in self._column.empty or not (plain or (self._column.values and "" in self._column.values)):
            return None
        try:
            return self._read_typed(text) if mark_of(text) else self._parse(plain)
        except TooLargeError as error:
            return _Fault(f"{TOO_LARGE} column {self._names} has {error}")
        except ValueError as error:
            return _Fault(f"column {self._names} has {plain[:80]!r}; expected {error}")

    def _read_typed(self, text: str) -> Any:  # noqa: ANN401 - what the kind holds
        if self._typed is None:
            self._typed = typed_parser(self._kind, self._column)
        return self._typed(text)


def _separated(values: list[Any]) -> Values:
    faults = {row: str(value) for row, value in enumerate(values) if type(value) is _Fault}
    for row in faults:
        values[row] = None
    return Values(values, faults)


def _plain(column: str, empty: frozenset[str]) -> ValueReader:
    def read(cells: Cells) -> Values:
        texts = [text if text and text not in empty else None for text in cells.column(column).texts()]
        held = _held(texts, column, int(cells.column(column).widths.max(initial=0)))
        return _without_errors(held, cells, (column,))

    return read


def _held(texts: list[str | None], names: str, widest: int) -> Values:
    """Texts that hold to the limit; `widest` says how many bytes one has at most."""
    if widest <= TEXT_CHARACTERS:
        return Values(texts, {})
    values: list[Any] = list(texts)
    for row, text in enumerate(texts):
        if text is not None:
            try:
                require_length(text)
            except TooLargeError as error:
                values[row] = _Fault(f"{TOO_LARGE} column {names} has {error}")
    return _separated(values)


def _const(field: str, kind: str, text: str) -> ValueReader:
    try:
        value = parser(kind, Column((), numbers=PLAIN))(text) if text else None
    except ValueError as error:
        raise UserError(f"columns.{field}: const: found {text!r}; expected {error}") from None
    return lambda cells: Values([value] * cells.count, {})


def _join(columns: tuple[str, ...], separator: str, empty: frozenset[str]) -> ValueReader:
    def read(cells: Cells) -> Values:
        parts = []
        gap = False
        widest = 0
        for name in columns:
            coded = cells.column(name).coded
            table = [None if not text or text in empty else text for text in coded.texts]
            gap = gap or None in table
            parts.append(map(table.__getitem__, coded.codes.tolist()))
            widest += len(separator) + int(cells.column(name).widths.max(initial=0))
        rows = zip(*parts, strict=True)
        if gap:
            texts = [None if None in row else separator.join(row) for row in rows]
        else:
            texts = [separator.join(row) for row in rows]
        return _without_errors(_held(texts, ", ".join(columns), widest), cells, columns)

    return read


def _without_errors(values: Values, cells: Cells, columns: tuple[str, ...]) -> Values:
    """The same values without those made of cells that are errors of their workbook."""
    for name in columns:
        column = cells.column(name)
        if not column.typed:
            return values
        failed = np.array([mark_of(text) == ERROR for text in column.coded.untrimmed], dtype=np.bool_)
        for row in np.flatnonzero(failed[column.coded.codes]).tolist() if failed.any() else ():
            if values.values[row] is not None:
                found = column.text(row)[:80]
                values.faults[row] = (
                    f"column {name} has {found!r}; expected a value, and this is an error of the workbook"
                )
                values.values[row] = None
    return values


def _sum(readers: list[ValueReader]) -> ValueReader:
    def read(cells: Cells) -> Values:
        parts = [reader(cells) for reader in readers]
        rows = zip(*(part.values for part in parts), strict=True)
        faults: dict[int, str] = {}
        for part in reversed(parts):
            faults.update(part.faults)
        return Values([None if None in row else sum(row) for row in rows], faults, added(parts))

    return read


def _first(readers: list[ValueReader]) -> ValueReader:
    def read(cells: Cells) -> Values:
        values, faults, rounding = readers[0](cells)
        rounding = dict(rounding or {})
        for reader in readers[1:]:
            pending = [row for row, value in enumerate(values) if value is None and row not in faults]
            if not pending:
                break
            further = reader(cells)
            for row in pending:
                values[row] = further.values[row]
                if row in further.faults:
                    faults[row] = further.faults[row]
                if row in (further.rounding or {}):
                    rounding[row] = (further.rounding or {})[row]
        return Values(values, faults, rounding or None)

    return read
