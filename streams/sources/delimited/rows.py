"""Delimited text as blocks of columns: rows numbered, ragged rows set aside, nothing swallowed.

Python's csv module says what a row is. Where a block of text is so regular that there is nothing to decide
(quotes around whole cells only, no blank lines, every row as wide as the header), Arrow splits it, several
times faster and to the same cells; at the first doubt the block goes through csv.
"""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from streams.sources.batch import DeadLetter, cut

__all__ = ["Block", "Rows"]

_MOST_ROWS: Final = 65_536
"""Rows after which a block of irregular text is handed on."""


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


class Rows:
    """The rows of delimited text that arrives in pieces."""

    def __init__(self, pieces: Iterable[str], delimiter: str) -> None:
        self._texts = _whole_lines(pieces)
        self._delimiter = delimiter
        self._lines: deque[str] = deque()
        self._taken: list[str] = []
        self._ended = False
        self._number = 0
        self.header = self._read_header()
        """The trimmed cells of the first row; empty if there is none."""

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows after the header in file order, with the columns named in `wanted`; one or more blocks a piece."""
        places = [self.header.index(name) for name in wanted]
        rest = "".join(self._lines)  # of the text that the header was in
        self._lines.clear()
        for text in chain([rest] if rest else [], self._texts):
            block = self._regular(text, wanted, places)
            if block is not None:
                yield block
                continue
            self._lines.extend(_lines(text))
            while self._lines:
                yield self._irregular(wanted, places)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line, for the csv module, which asks for more when a quoted cell goes on."""
        if not self._lines:
            text = next(self._texts, None)
            if text is None:
                self._ended = True
                raise StopIteration
            self._lines.extend(_lines(text))
        line = self._lines.popleft()
        self._taken.append(line)
        return line

    def _read_header(self) -> list[str]:
        try:
            while (row := self._row()) is not None:
                header = [cell.strip() for cell in row[0]]
                if any(header):
                    return header
        except _UnreadableError as error:
            return [cell.strip() for cell in error.line.split(self._delimiter)]
        return []

    def _row(self) -> tuple[list[str], str] | None:
        """The next row's cells and its text; no cells for a blank line, None at the end.

        Raises:
            _Unreadable: the row's first line; the lines after it are read again.
        """
        self._taken = []
        self._ended = False
        try:
            cells = next(csv.reader(self, delimiter=self._delimiter))
        except StopIteration:
            return None
        except csv.Error as error:
            problem = f"a cell cannot be read ({error})" if len(self._taken) == 1 else "a quote is never closed"
            raise _UnreadableError(problem, self._put_back()) from None
        if self._ended:
            raise _UnreadableError("a quote is never closed", self._put_back())
        return cells, self._taken[0] if len(self._taken) == 1 else "".join(self._taken)

    def _put_back(self) -> str:
        """The first of the lines taken; the others are to be read again."""
        self._lines.extendleft(reversed(self._taken[1:]))
        return self._taken[0]

    def _swallowed(self) -> bool:
        """Whether a row over several lines holds a line that is a whole row: a stray quote, not a long cell."""
        return len(self._taken) > 1 and any(
            len(cells) == len(self.header) for cells in csv.reader(self._taken[1:], delimiter=self._delimiter)
        )

    def _regular(self, text: str, wanted: Sequence[str], places: Sequence[int]) -> Block | None:
        """The block of text in which every line is a row, or None where that is in doubt."""
        if (
            text.startswith(("\n", "\r\n", "\ufeff"))
            or "\n\n" in text
            # One character is found much faster than three.
            or ("\r" in text and ("\n\r\n" in text or text.count("\r") != text.count("\r\n")))
            or not self._delimiter.isascii()
        ):
            return None
        raw = text.encode()
        quoted = b'"' in raw
        if quoted and not _plain_quotes(raw, self._delimiter):
            return None
        names = [str(place) for place in range(len(self.header))]
        chosen = [names[place] for place in places]
        try:
            table = pa.csv.read_csv(
                pa.py_buffer(raw),
                read_options=pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1),
                parse_options=pa.csv.ParseOptions(delimiter=self._delimiter, quote_char='"' if quoted else False),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=chosen,
                    column_types=dict.fromkeys(chosen, pa.string()),
                    null_values=[],
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None  # a ragged row; csv will say which
        count = table.num_rows
        first = self._number + 1
        self._number += count
        lines: list[str] = []

        def line(place: int) -> str:
            if not lines:
                lines.extend(text.split("\n"))
            return lines[place]

        columns = {name: _one_chunk(table.column(place)) for name, place in zip(wanted, chosen, strict=True)}
        return Block(np.arange(first, first + count, dtype=np.int64), columns, line, [])

    def _irregular(self, wanted: Sequence[str], places: Sequence[int]) -> Block:
        """The block of the lines at hand, as the csv module reads them."""
        width = len(self.header)
        cells: list[list[str]] = []
        numbers: list[int] = []
        raws: list[str] = []
        ragged: list[DeadLetter] = []
        while self._lines and len(numbers) + len(ragged) < _MOST_ROWS:
            try:
                row = self._row()
            except _UnreadableError as error:
                self._number += 1
                ragged.append(DeadLetter(self._number, f"row: {error.problem}", cut(error.line)))
                continue
            if row is None or not row[0]:
                continue
            self._number += 1
            if len(row[0]) == width:
                numbers.append(self._number)
                cells.append(row[0])
                raws.append(row[1])
            elif self._swallowed():
                reason = "row: a quote opens a cell and is not closed on its line, where the next row begins"
                ragged.append(DeadLetter(self._number, reason, cut(self._put_back())))
            else:
                reason = f"row: has {len(row[0])} cell{'s' * (len(row[0]) > 1)}, and the header has {width}"
                ragged.append(DeadLetter(self._number, reason, cut(row[1])))
        columns = {
            name: pa.array([row[place] for row in cells], pa.string())
            for name, place in zip(wanted, places, strict=True)
        }
        return Block(np.array(numbers, dtype=np.int64), columns, raws.__getitem__, ragged)


class _UnreadableError(Exception):
    def __init__(self, problem: str, line: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


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


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, which are those of the csv module: line feed, carriage return, or both."""
    return io.StringIO(text, newline="")


def _whole_lines(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in pieces that end with a line feed, but for the last."""
    parts: list[str] = []
    for piece in pieces:
        end = piece.rfind("\n") + 1
        if end:
            parts.append(piece[:end])
            yield "".join(parts)
            parts = [piece[end:]] if end < len(piece) else []
        else:
            parts.append(piece)
    if rest := "".join(parts):
        yield rest
