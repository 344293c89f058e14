"""Delimited text as blocks of columns: rows numbered, ragged rows set aside, nothing swallowed.

Python's csv module says what a row is. Where a block of text is so regular that there is nothing to decide
(quotes around whole cells only, no blank lines, every row as wide as the header), Arrow splits it, several
times faster and to the same cells; at the first doubt the block goes through csv.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from config.sources.layout import FIRST_LINE, HeaderLayout
from streams.sources.batch import DeadLetter, cut
from streams.sources.delimited.tables.header import HeaderFinder, Width, joined_header, separator
from streams.sources.delimited.tables.open_lines import End, OpenLines, Row
from streams.sources.text import Mark, fault_of, unkept, whole_lines

__all__ = ["Block", "RowSource", "Rows"]

_MOST_ROWS: Final = 65_536
"""Rows after which a block of irregular text is handed on."""
_END: Final = {Mark.QUIET: End.QUIET, Mark.TURNED: End.OVER}


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file."""

    numbers: npt.NDArray[np.int64]
    """Row numbers of the rows that are as wide as the header, from 1 without the header."""
    columns: dict[str, pa.Array]
    """Cells of these rows, untrimmed, by column name."""
    raw: Callable[[int], str]
    """The text of one of these rows, by its place in the block."""
    ragged: list[DeadLetter]
    """Rows with another number of cells than the header."""
    headings: list[str] | None = None
    """By row the heading of its cell, where columns were made into rows."""


class RowSource(Protocol):
    """The rows of one file, whatever it is."""

    typed: bool
    """Whether cells say of which type they are (`streams.sources.cell_types`)."""

    @property
    def left_out(self) -> str:
        """The part of the file that is not read, in a sentence; empty: there is none."""

    header: list[str]
    """The trimmed names of the columns; empty if there is no header."""

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows after the header in file order, with the columns named in `wanted`."""
        ...


class Rows:
    """The rows of delimited text that arrives in pieces."""

    typed = False
    """Text has no types."""
    left_out = ""
    """Everything is read."""

    def __init__(self, pieces: Iterable[str | Mark], delimiter: str, layout: HeaderLayout = FIRST_LINE) -> None:
        self._texts = whole_lines(pieces)
        self._delimiter = delimiter
        self._layout = layout
        self._lines = OpenLines(delimiter)
        self._turned = False
        self._finder: HeaderFinder | None = None
        """Looks for the header of the next file."""
        self._odd = True
        """Whether the lines at hand may hold what no database keeps."""
        self._number = 0
        self.header = self._read_header()
        """The trimmed names of the columns; empty if there is no header."""
        self._width = Width(len(self.header))

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows after the header in file order, with the columns named in `wanted`; one or more blocks a piece."""
        for text in chain([self._lines.take()], self._texts):
            if isinstance(text, str):
                block = None if self._turned or self._lines else self._regular(text, wanted)
                if block is not None:
                    yield block
                    continue
                self._odd = bool(self._lines) or unkept(text)
                self._lines.extend(text)
            yield from self._rows(wanted, _END[text] if isinstance(text, Mark) else End.MORE)
            if text is Mark.TURNED:
                self._turned, self._finder = True, None
        yield from self._rows(wanted, End.OVER)

    def _read_header(self) -> list[str]:
        finder = HeaderFinder(self._layout)
        end = End.MORE
        first = True
        while end is not End.OVER:
            text = next(self._texts, None)
            if isinstance(text, Mark):
                continue
            if text is None:
                end = End.OVER
            else:
                self._lines.extend(text)
            if first and self._lines:
                first = False
                if self._set_delimiter():
                    finder.count()
            if self._layout.names:
                return list(self._layout.names)
            if (header := finder.take(self._lines, end)) is not None:
                return header
        return []

    def _set_delimiter(self) -> bool:
        """Take the line `sep=;` if it is the next one, and hold to it."""
        delimiter = separator(self._lines.next_line)
        if delimiter is None:
            return False
        self._lines.pass_over()
        rest, self._delimiter, self._lines = self._lines.take(), delimiter, OpenLines(delimiter)
        self._lines.extend(rest)
        return True

    def _pass_over(self, wanted: Sequence[str], end: End) -> bool:
        """Take what the layout says stands before the rows of the next file; whether it has come."""
        if self._finder is None and self._lines:
            self._finder = HeaderFinder(self._layout)
            if self._set_delimiter():
                self._finder.count()
        if self._layout.names:
            self._turned = False
        elif self._layout.rows:
            header = None if self._finder is None else self._finder.take(self._lines, end)
            if header is None:
                return False
            self._turned = False
            self._adopt(header, wanted)
        return True

    def _is_header(self, row: Row, wanted: Sequence[str]) -> bool:
        """Whether the first row of the next file is its header; its columns may stand in another order."""
        header = joined_header([row.cells]) if row.cells else []
        if not any(header):
            return False
        self._turned = False
        return self._adopt(header, wanted)

    def _adopt(self, header: list[str], wanted: Sequence[str]) -> bool:
        """Hold to the header of the next file, if it is one with all columns."""
        if header != self.header and not all(header.count(name) == 1 for name in wanted):
            return False
        self.header, self._width = header, Width(len(header))
        return True

    def _rows(self, wanted: Sequence[str], end: End) -> Iterator[Block]:
        """The rows of the lines at hand, as the csv module reads them; a row that goes on stays, unless all ends."""
        more = True
        while more:
            if self._turned and not self._pass_over(wanted, end):
                return
            gathered = _Gathered(self._number, self._width, self._odd)
            while more and len(gathered) < _MOST_ROWS:
                for cells, text in () if self._turned else self._lines.single_rows():
                    gathered.put(cells, text)
                row = self._lines.row(self._width.possible, end)
                more = row is not None
                if row is None or (self._turned and self._is_header(row, wanted)):
                    break
                gathered.put(*row)
            self._number += len(gathered)
            if len(gathered):
                yield gathered.block({name: self.header.index(name) for name in wanted})

    def _regular(self, text: str, wanted: Sequence[str]) -> Block | None:
        """The block of text in which every line is a row, or None where that is in doubt."""
        if (
            text.startswith(("\n", "\r\n", "\ufeff"))
            or "\n\n" in text
            or "\n\ufeff" in text
            or "\0" in text
            # One character is found much faster than three.
            or ("\r" in text and ("\n\r\n" in text or text.count("\r") != text.count("\r\n")))
            or not self._delimiter.isascii()
        ):
            return None
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            return None
        quoted = b'"' in raw
        if quoted and not _plain_quotes(raw, self._delimiter):
            return None
        names = [str(place) for place in range(self._width.cells)]
        chosen = [names[self.header.index(name)] for name in wanted]
        last = names[-1:] if self._width.trailing else []
        try:
            table = pa.csv.read_csv(
                pa.py_buffer(raw),
                read_options=pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1),
                parse_options=pa.csv.ParseOptions(delimiter=self._delimiter, quote_char='"' if quoted else False),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=[*chosen, *last],
                    column_types=dict.fromkeys([*chosen, *last], pa.string()),
                    null_values=[],
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None  # a ragged row; csv will say which
        count = table.num_rows
        if not last and count:
            self._width.narrow()
        if last and any(text.strip() for text in table.column(len(chosen)).unique().to_pylist()):
            return None
        first = self._number + 1
        self._number += count
        lines: list[str] = []

        def line(place: int) -> str:
            if not lines:
                lines.extend(text.split("\n"))
            return lines[place]

        columns = {name: _one_chunk(table.column(place)) for name, place in zip(wanted, chosen, strict=True)}
        return Block(np.arange(first, first + count, dtype=np.int64), columns, line, [])


def _plain_quotes(raw: bytes, delimiter: str) -> bool:
    """Whether quotes do nothing but stand around whole cells, none of which holds a quote or a line end."""
    text = np.frombuffer(raw, dtype=np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = text[np.maximum(opening - 1, 0)]
    after = text[np.minimum(closing + 1, len(text) - 1)]
    mark, feed, carriage = ord(delimiter), ord("\n"), ord("\r")
    opens = (before == mark) | (before == feed) | (opening == 0)
    closes = (after == mark) | (after == feed) | (after == carriage) | (closing == len(text) - 1)
    ends = np.flatnonzero((text == feed) | (text == carriage))
    inside = np.searchsorted(quotes, ends) % 2
    return bool(opens.all() and closes.all() and not inside.any())


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


class _Gathered:
    """The rows of a block, as they are read.

    Args:
        before: rows of the file before it.
        width: cells of a row.
        odd: whether texts may hold what no database keeps.
    """

    def __init__(self, before: int, width: Width, odd: bool) -> None:
        self._number = self._before = before
        self._width = width
        self._odd = odd
        self._numbers: list[int] = []
        self._cells: list[list[str]] = []
        self._texts: list[str] = []
        self._ragged: list[DeadLetter] = []

    def __len__(self) -> int:
        return self._number - self._before

    def put(self, cells: list[str], text: str, problem: str | None = None) -> None:
        """Add a row, or pass a blank line over; `problem` is what is wrong with its quotes."""
        if not cells:
            return
        self._number += 1
        fits = problem is None and self._width.fits(cells)
        odd = self._odd and unkept(text)
        if fits and not odd:
            self._numbers.append(self._number)
            self._cells.append(cells)
            self._texts.append(text)
            return
        if odd:
            problem = fault_of(text)
        elif problem is None:
            problem = f"has {len(cells)} cell{'s' * (len(cells) > 1)}, and the header has {self._width.header}"
        self._ragged.append(DeadLetter(self._number, f"row: {problem}", cut(text)))

    def block(self, places: Mapping[str, int]) -> Block:
        """The rows with the columns at these places, by name."""
        columns = {name: pa.array([row[place] for row in self._cells], pa.string()) for name, place in places.items()}
        return Block(np.array(self._numbers, dtype=np.int64), columns, self._texts.__getitem__, self._ragged)
