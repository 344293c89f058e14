"""JSON lines as blocks of columns, so that one mapping reads them and delimited text alike.

A line is an object, or an array of objects: each object is a row. A column names a key; `Queue.Name` is the key `Name`
of the object under `Queue`. A key that is not there is not reported.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa

from config.sources.expressions import columns_of
from config.sources.mapping import ColumnMapping
from streams.sources.batch import DeadLetter, cut
from streams.sources.cell_types import JSON_NUMBER
from streams.sources.delimited.tables.rows import Block
from streams.sources.text import Mark, fault_of, unkept, whole_lines

__all__ = ["JsonRows"]

_MOST_ROWS: Final = 16_384
"""Rows of a block at most."""
_BLANK: Final = " \t\r\n\ufeff"
_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


class JsonRows:
    """The rows of JSON lines that arrive in pieces."""

    typed = True
    left_out = ""

    def __init__(self, pieces: Iterable[str | Mark], mapping: ColumnMapping) -> None:
        self._texts = whole_lines(pieces)
        named = (column for one in mapping.columns.values() for column in columns_of(one))
        filled = () if mapping.shape is None else mapping.shape.fill
        self.header = list(dict.fromkeys([*named, *mapping.where, *mapping.where_not, *filled])) or ["*"]
        """Every key that is mapped: which ones an object has is its own matter."""

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows in file order, with the keys named in `wanted`; one or more blocks a piece."""
        paths = {name: name.split(".") for name in wanted}
        gathered = _Gathered(0, paths)
        for text in self._texts:
            if isinstance(text, Mark):
                continue
            for line in text.split("\n"):
                gathered.put(line)
                while len(gathered) >= _MOST_ROWS:
                    yield gathered.block()
            if len(gathered):
                yield gathered.block()


class _Gathered:
    """The rows of a block, as they are read."""

    def __init__(self, before: int, paths: dict[str, list[str]]) -> None:
        self._number = before
        self._paths = paths
        self._clear()

    def _clear(self) -> None:
        self._numbers: list[int] = []
        self._cells: dict[str, list[str]] = {name: [] for name in self._paths}
        self._raw: list[Callable[[], str]] = []
        self._dead: list[DeadLetter] = []

    def __len__(self) -> int:
        return len(self._numbers) + len(self._dead)

    def put(self, line: str) -> None:
        """Add the rows of a line; a blank one is passed over."""
        line = line.strip(_BLANK)
        if not line:
            return
        if unkept(line):
            self._refuse(line, fault_of(line))
            return
        try:
            value = _DECODER.decode(line.encode())
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            self._refuse(line, f"is no JSON ({' '.join(str(error).split())[:200]})")
            return
        if isinstance(value, dict):
            self._object(value, lambda: line)
        elif isinstance(value, list):
            for part in value:
                self._part(part)
        else:
            self._refuse(line, "is no object of JSON, nor an array of them")

    def _part(self, part: Any) -> None:  # noqa: ANN401 - any JSON
        if isinstance(part, dict):
            self._object(part, lambda: _written(part))
        else:
            self._refuse(_written(part), "is no object of JSON")

    def _object(self, value: dict[str, Any], raw: Callable[[], str]) -> None:
        self._number += 1
        try:
            cells = [_cell(value, name, path) for name, path in self._paths.items()]
        except UnicodeError:  # half a surrogate pair in a value that is written as JSON
            cells = ["\0"]
        if any(map(unkept, cells)):
            reason = "row: holds a NUL character or half a surrogate pair"
            self._dead.append(DeadLetter(self._number, reason, cut(raw())))
            return
        for column, cell in zip(self._cells.values(), cells, strict=True):
            column.append(cell)
        self._numbers.append(self._number)
        self._raw.append(raw)

    def _refuse(self, text: str, problem: str) -> None:
        self._number += 1
        self._dead.append(DeadLetter(self._number, f"row: {problem}", cut(text)))

    def block(self) -> Block:
        """The rows so far; those that come are of the next block."""
        columns = {name: pa.array(cells, pa.string()) for name, cells in self._cells.items()}
        raw = self._raw
        block = Block(np.array(self._numbers, dtype=np.int64), columns, lambda place: raw[place](), self._dead)
        self._clear()
        return block


def _cell(value: dict[str, Any], name: str, path: list[str]) -> str:
    """The marked text of what stands under a key; empty where nothing does."""
    found: Any = value.get(name)
    if found is None and len(path) > 1:
        found = value
        for key in path:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and key.isdecimal() and len(key) < 9 and int(key) < len(found):
                found = found[int(key)]
            else:
                return ""
    return _text(found)


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A value as text: a list of plain values joined by `;`, as in a cell."""
    match value:
        case None:
            return ""
        case str():
            # Trimmed, so that no text can look like the mark of a type.
            return value.strip()
        case bool():
            return "true" if value else "false"
        case int() | float():
            return JSON_NUMBER + _number(value)
        case list() if not any(isinstance(part, dict | list) for part in value):
            return ";".join(_text(part).strip() for part in value)
        case _:
            return _written(value)


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    shown = repr(value)
    return f"{Decimal(shown):f}" if "e" in shown and 1e-12 < abs(value) < 1e20 else shown


def _written(value: Any) -> str:  # noqa: ANN401 - any JSON
    return _ENCODER.encode(value).decode()
