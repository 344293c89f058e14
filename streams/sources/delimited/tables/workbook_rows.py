"""A workbook's sheet as blocks of columns, so that one mapping reads it and delimited text alike."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa

from config.sources.expressions import columns_of
from streams.sources.batch import DeadLetter, cut
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.delimited.tables.rows import Block
from streams.sources.text import unkept
from streams.sources.workbooks.archive import opened
from streams.sources.workbooks.book import read_book
from streams.sources.workbooks.sheet import Sheet, SheetRow

__all__ = ["WorkbookRows"]

_MOST_ROWS: Final = 16_384
_MOST_CHARACTERS: Final = 16_000_000
"""Rows and characters of a block at most."""
_MOST_COLUMNS: Final = 16_384


class WorkbookRows:
    """The rows of a workbook's sheet.

    Args:
        file: its path, or a stream in which one can go back.
        name: its name for messages.
        source: which sheet is read, and where its header stands.

    Raises:
        UserError: it cannot be used; also while rows are read.
    """

    typed = True

    def __init__(self, file: str | Path | BinaryIO, name: str, source: DelimitedSource) -> None:
        self._layout = source.header
        self._mapped = {column for one in source.mapping.columns.values() for column in columns_of(one)}
        self._rows = self._read(file, name, source.sheet)
        self._sheet: Sheet | None = None
        self._held: SheetRow | None = None
        """A row that was read while the header was looked for."""
        self.header = self._read_header()

    @property
    def left_out(self) -> str:
        """The sheets that are not read, where nobody chose one."""
        return "" if self._sheet is None else self._sheet.left_out

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows after the header in file order, with the columns named in `wanted`."""
        if self._sheet is not None:
            self._sheet.narrow(len(self.header))
        places = {name: self.header.index(name) for name in wanted}
        gathered = _Gathered(0, len(self.header))
        for row in self._rest():
            if not row.own:
                continue
            gathered.put(row.cells)
            if gathered.is_full:
                yield gathered.block(places)
                gathered = _Gathered(gathered.number, len(self.header))
        yield gathered.block(places)

    def _read(self, file: str | Path | BinaryIO, name: str, sheet: str | None) -> Iterator[SheetRow]:
        with opened(file, name) as archive:
            self._sheet = Sheet(archive, read_book(archive, sheet))
            yield from self._sheet.rows()

    def _rest(self) -> Iterator[SheetRow]:
        if self._held is not None:
            yield self._held
        yield from self._rows

    def _read_header(self) -> list[str]:
        if self._layout.names:
            return list(self._layout.names)
        lines = self._layout.rows
        if not lines:
            first = next((row for row in self._rows if row.own), None)
            return [] if first is None else self._names([first])
        found: list[SheetRow] = []
        for row in self._rows:
            if row.number in lines:
                found.append(row)
            if row.number > lines[-1]:
                self._held = row
            if row.number >= lines[-1]:
                break
        return self._names(found)

    def _names(self, rows: list[SheetRow]) -> list[str]:
        """The names of the columns; a cell that is merged over several lines of the header counts once."""
        width = max((column + 1 for row in rows for column in row.cells), default=0)
        names = []
        for column in range(min(width, _MOST_COLUMNS)):
            parts = [row.cells.get(column, "").strip() for row in rows]
            own = [part for part, row in zip(parts, rows, strict=True) if part and column not in row.merged]
            whole = " ".join(part for part in parts if part)
            short = " ".join(own) or whole
            names.append(whole if whole in self._mapped and short not in self._mapped else short)
        return names


class _Gathered:
    """The rows of a block, as they are read."""

    def __init__(self, before: int, width: int) -> None:
        self.number = before
        """Rows of the sheet so far."""
        self._width = width
        self._numbers: list[int] = []
        self._cells: list[dict[int, str]] = []
        self._dead: list[DeadLetter] = []
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Whether the block should be handed on."""
        return len(self._cells) + len(self._dead) >= _MOST_ROWS or self._characters > _MOST_CHARACTERS

    def put(self, cells: dict[int, str]) -> None:
        """Add a row."""
        self.number += 1
        self._characters += sum(map(len, cells.values()))
        if any(map(unkept, cells.values())):
            reason = "row: holds a NUL character or half a surrogate pair"
            self._dead.append(DeadLetter(self.number, reason, cut(_line(cells, self._width))))
            return
        self._numbers.append(self.number)
        self._cells.append(cells)

    def block(self, places: dict[str, int]) -> Block:
        """The rows with the columns at these places, by name."""
        rows = self._cells
        columns = {name: pa.array([row.get(place, "") for row in rows], pa.string()) for name, place in places.items()}
        width = self._width
        return Block(
            np.array(self._numbers, dtype=np.int64), columns, lambda place: _line(rows[place], width), self._dead
        )


def _line(cells: dict[int, str], width: int) -> str:
    """A row as delimited text, for dead letters."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cells.get(place, "").strip() for place in range(width)])
    return out.getvalue()
