"""Lines to rows where quotes are in doubt: a quote that is never closed costs its own line, in linear time.

Python's csv module says what a row is. A quoted cell may hold line ends, so a line with an open quote is looked at
together with those after it. Where they do not make a row, the quote was a stray one: its line alone is set aside, and
the lines after it are rows of their own. A line's meaning inside an open quote does not depend on where the quote was
opened, so each line is looked at once inside and once outside of one, however many quotes are stray.
"""

import csv
import io
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

__all__ = ["ANY_WIDTH", "End", "OpenLines", "Row"]

ANY_WIDTH: Final = range(0)
"""The widths of a row where any number of cells may be right."""

_LONGEST: Final = 131_072
"""Characters of a row of several lines: the csv module's own limit of a cell."""
_RUN: Final = 256
"""Lines that are read together where nothing is in doubt."""
_NEVER_CLOSED: Final = "a quote is never closed"
_SWALLOWED: Final = "a quote opens a cell and is not closed on its line, where the next row begins"


class End(Enum):
    """Whether more follows the lines at hand."""

    MORE = auto()
    """More lines, soon."""
    QUIET = auto()
    """More lines at some time: a row that could be complete is."""
    OVER = auto()
    """Nothing."""


class Row(NamedTuple):
    """One row, or a line that is none."""

    cells: list[str]
    """Empty for a blank line."""
    text: str
    problem: str | None = None
    """The fault of its quotes, if any."""


class _Inside(NamedTuple):
    """The lines from the first one inside an open quote to one of them, summed."""

    delimiters: int
    characters: int
    improper: int
    """Lines in which a closing quote is followed by something else than a delimiter or the line's end."""


_NOTHING: Final = _Inside(0, 0, 0)


class OpenLines:
    """Lines that have come and are not yet rows.

    Args:
        delimiter: between cells.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._lines: list[str] = []
        self._first = 0
        """Place of the first line that is not yet taken."""
        self._inside: dict[int, _Inside] = {}
        """By place, of the lines after an open quote."""
        self._upto = 0
        """Place after the last line that was looked at inside a quote."""
        self._closed = True
        """Whether that line closes the quote."""
        self._whole = -1
        """Place of the last line inside a quote that is a whole row by itself."""
        self._marks = False
        """Whether there may be byte order marks."""
        self._careful = 0
        """Rows that are looked at one by one, since those before them were in doubt."""

    def __bool__(self) -> bool:
        return self._first < len(self._lines)

    def extend(self, text: str) -> None:
        """Add the lines of `text`; each ends with a line feed, a carriage return, or both, but for the last."""
        if self._first:
            self._shift()
        # A mark may stand in a line that came before and waits for the rest of its row.
        self._marks = "\ufeff" in text or (self._marks and bool(self))
        self._lines.extend(io.StringIO(text, newline=""))

    @property
    def next_line(self) -> str:
        """The first line that is not yet taken; empty if there is none."""
        return self._lines[self._first] if self else ""

    def pass_over(self) -> None:
        """Take one line, whatever it holds."""
        self._first += 1

    def take(self) -> str:
        """All lines that are at hand, as text."""
        text = "".join(self._lines[self._first :])
        self._first = len(self._lines)
        return text

    def single_rows(self) -> Iterator[tuple[list[str], str]]:
        """The cells and text of rows of one line each, as long as there is no doubt: `row` says what comes then."""
        if self._marks or self._careful:
            self._careful = max(0, self._careful - 1)
            return
        lines, begin = self._lines, self._first
        end = min(len(lines), begin + _RUN)
        reader = csv.reader(map(lines.__getitem__, range(begin, end)), delimiter=self._delimiter)
        try:
            for cells in reader:
                over = reader.line_num - (self._first - begin) - 1
                if over or self._first == end - 1:  # over several lines, or the last one, which may go on
                    self._careful = over // 4  # so that no line is read in vain more than a few times
                    return
                self._first += 1
                yield cells, lines[self._first - 1]
        except csv.Error:
            return

    def row(self, widths: range, end: End) -> Row | None:
        """The next row; None where there is none, or where it goes on in lines that have not come.

        Args:
            widths: the numbers of cells that a row may have; `ANY_WIDTH` where nothing is known of them.
            end: what follows the lines at hand.
        """
        if not self:
            return None
        line = self._lines[self._first].removeprefix("\ufeff")
        try:
            cells, is_open = self._read(line)
        except csv.Error as error:
            return self._single(Row([line], line, f"a cell cannot be read ({error})"))
        if not is_open:
            return self._single(Row(cells, line))
        self._look_inside(widths)
        problem = self._stray(line, len(cells), widths, end)
        if problem is not None:
            return self._single(Row(cells, line, problem))
        if not self._closed:
            return None
        text = "".join([line, *self._lines[self._first + 1 : self._upto]])
        self._first = self._upto
        return Row(next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter)), text)

    def _stray(self, line: str, count: int, widths: range, end: End) -> str | None:
        """Why the open quote of the first line is a stray one; None where it opens a cell, or that is not known yet."""
        last = self._inside.get(self._upto - 1, _NOTHING)
        before = self._inside.get(self._first, _NOTHING)
        if len(line) + last.characters - before.characters > _LONGEST or (not self._closed and end is End.OVER):
            return _NEVER_CLOSED
        if self._whole <= self._first or not widths:
            return None
        if not self._closed:
            return _SWALLOWED if end is End.QUIET else None
        well_formed = last.improper == before.improper and not self._improper(line)
        return None if well_formed and count + last.delimiters - before.delimiters in widths else _SWALLOWED

    def _single(self, row: Row) -> Row:
        self._first += 1
        return row

    def _look_inside(self, widths: range) -> None:
        """Look at the lines after the first one, whose quote is open, up to the one that closes it."""
        if self._upto <= self._first + 1 and (self._closed or self._upto <= self._first):
            self._inside = {}
            self._upto, self._closed, self._whole = self._first + 1, False, -1
        begin = self._inside.get(self._first, _NOTHING).characters
        sums = self._inside.get(self._upto - 1, _NOTHING)
        while not self._closed and self._upto < len(self._lines) and sums.characters - begin <= _LONGEST:
            line = self._lines[self._upto]
            try:
                cells, is_open = self._read('"' + line)
                improper = '"' in line and self._improper('"' + line)
                alone, goes_on = self._read(line)
            except csv.Error:  # a cell beyond the csv module's limit: no quoted cell holds it
                cells, is_open, improper, alone, goes_on = [""], True, True, [], True
            sums = _Inside(sums.delimiters + len(cells) - 1, sums.characters + len(line), sums.improper + improper)
            self._inside[self._upto] = sums
            if not goes_on and len(alone) in widths:
                self._whole = self._upto
            self._upto += 1
            self._closed = not is_open

    def _read(self, line: str) -> tuple[list[str], bool]:
        """The cells of one line, and whether its last quote is open.

        Raises:
            csv.Error: a cell is beyond the csv module's limit.
        """
        # An open quote makes the reader go on to the line after it.
        reader = csv.reader((line, ""), delimiter=self._delimiter)
        return next(reader), reader.line_num > 1

    def _improper(self, line: str) -> bool:
        """Whether a quote closes where neither a delimiter nor the line's end follows."""
        reader = csv.reader((line, ""), delimiter=self._delimiter, strict=True)
        try:
            next(reader)
        except csv.Error:
            return reader.line_num == 1  # else it is only that the last quote is open
        return False

    def _shift(self) -> None:
        """Forget the lines that were taken."""
        by = self._first
        del self._lines[:by]
        self._first, self._upto, self._whole = 0, self._upto - by, self._whole - by
        self._inside = {place - by: sums for place, sums in self._inside.items() if place >= by}
