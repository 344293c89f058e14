"""The rows of a sheet, as they come: cells by column, each with its type, and a merge's value in each of its cells."""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from config.errors import UserError
from streams.sources.cell_types import ERROR, SHEET_1900, SHEET_1904
from streams.sources.workbooks.archive import Archive
from streams.sources.workbooks.book import Book, unescaped
from streams.sources.workbooks.formats import number_text

__all__ = ["Sheet", "SheetRow"]

_COLUMNS: Final = 16_384
_ROWS: Final = 1_048_576
_ROW_CHARACTERS: Final = 8_000_000
_MOST_MERGES: Final = 500_000
_REFERENCE: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_MERGE: Final = re.compile(rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^>]*?\bref=[\"']([$A-Za-z0-9]+):([$A-Za-z0-9]+)[\"']")
_OVERLAP: Final = 200
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)\d*)?Z?")
_NO_VALUE: Final = f"{ERROR}a formula without a value: save the workbook in a spreadsheet program"


class SheetRow(NamedTuple):
    """One row of a sheet."""

    number: int
    """From 1."""
    cells: dict[int, str]
    """By column, from 0, the marked texts of cells that are not empty; those of merges, too."""
    own: bool
    """Whether a cell of its own is not empty."""
    merged: frozenset[int]
    """Columns whose value comes from a row above."""


class Sheet:
    """The rows of a book's sheet.

    Args:
        archive: the workbook's archive.
        book: what its cells need to be read.
    """

    def __init__(self, archive: Archive, book: Book) -> None:
        self._archive, self._book = archive, book
        self._merges = _Merges(archive.name, _merges(archive, book.sheet))

    @property
    def left_out(self) -> str:
        """The sheets of the book that are not read, in a sentence."""
        return self._book.left_out

    def narrow(self, width: int) -> None:
        """Fill merges in the first `width` columns only from here on."""
        self._merges.width = width

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold anything, from top to bottom.

        Raises:
            UserError: the sheet is larger than one can be.
        """
        reader = _Cells(self._archive.name, self._book)
        for _ in self._archive.parse(self._book.sheet, (reader.begin, reader.end, reader.text)):
            rows, reader.rows = reader.rows, []
            for number, cells in rows:
                yield self._merges.filled(number, cells)


class _Cells:
    """Takes the elements of a sheet, and gives rows of cells."""

    def __init__(self, name: str, book: Book) -> None:
        self._name, self._book = name, book
        self.rows: list[tuple[int, dict[int, str]]] = []
        self._row, self._column = 0, -1
        self._cells: dict[int, str] = {}
        self._characters = 0
        self._type, self._style = "n", 0
        self._parts: list[str] = []
        self._taken = self._spoken = self._formula = self._value = False
        self._readers: dict[str, Callable[[str], str]] = {
            "s": self._shared,
            "inlineStr": _plain,
            "str": _plain,
            "b": lambda text: "TRUE" if text in {"1", "true"} else "FALSE",
            "e": lambda text: ERROR + text,
            "d": self._date,
        }

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._column = _column(attributes.get("r", "")) if "r" in attributes else self._column + 1
            self._type, style = attributes.get("t", "n"), attributes.get("s", "0")
            self._style = int(style) if style.isdecimal() and len(style) < 9 else 0
            self._parts, self._formula, self._value = [], False, False
        elif name == "v":
            self._taken = self._value = True
        elif name == "t":
            self._taken = not self._spoken
            self._value = self._value or self._taken
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._spoken = True
        elif name == "row":
            given = attributes.get("r", "")
            number = int(given) if given.isdecimal() and len(given) < 9 else 0
            self._row, self._column = max(number, self._row + 1), -1
            self._cells, self._characters = {}, 0
            if self._row > _ROWS:
                raise UserError(
                    f"{self._name}: has row {self._row:,}, and a sheet has at most {_ROWS:,}; save it again"
                )

    def text(self, text: str) -> None:
        """Text inside an element."""
        if self._taken:
            self._parts.append(text)
            self._characters += len(text)
            if self._characters > _ROW_CHARACTERS:
                raise UserError(f"{self._name}: row {self._row} holds more text than a row can; export it as text")

    def end(self, name: str) -> None:
        """An element ends."""
        if name in {"v", "t"}:
            self._taken = False
        elif name == "c":
            if not 0 <= self._column < _COLUMNS:
                raise UserError(f"{self._name}: row {self._row} has a cell beyond the last column XFD; save it again")
            text = self._cell("".join(self._parts))
            if text:
                self._cells[self._column] = text
        elif name == "rPh":
            self._spoken = False
        elif name == "row" and self._cells:
            self.rows.append((self._row, self._cells))

    def _cell(self, text: str) -> str:
        """The marked text of a cell; empty if it holds nothing."""
        if self._formula and self._type != "str" and not text.strip():
            return _NO_VALUE
        if not self._value:
            return ""
        read = self._readers.get(self._type, self._number)
        return read(text.strip())

    def _shared(self, text: str) -> str:
        place = int(text) if text.isdecimal() and len(text) < 9 else -1
        if not 0 <= place < len(self._book.texts):
            return f"{ERROR}a text that the workbook lacks: save it again"
        return self._book.texts[place]

    def _number(self, text: str) -> str:
        shown = self._book.shown[self._style] if self._style < len(self._book.shown) else "number"
        return number_text(text, shown, from_1904=self._book.from_1904) if text else ""

    def _date(self, text: str) -> str:
        match = _DATE.fullmatch(text)
        if match is None:
            return text
        day, clock = match.groups()
        if clock is not None and len(clock) == 5:
            clock += ":00"
        mark = SHEET_1904 if self._book.from_1904 else SHEET_1900
        return f"{mark}{day} {clock}" if clock and clock != "00:00:00" else mark + day


def _plain(text: str) -> str:
    return unescaped(text).strip()


def _column(reference: str) -> int:
    """The column of a reference such as AB12, from 0; -1 where it is none."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return -1
    number = 0
    for letter in match.group(1).upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Merge(NamedTuple):
    """Cells that are one; rows and columns, the first and the last."""

    top: int
    left: int
    bottom: int
    right: int


def _merges(archive: Archive, part: str) -> list[_Merge]:
    """The merges of a sheet, which stand behind its cells, by their first row."""
    found: list[_Merge] = []
    rest = b""
    for piece in archive.pieces(part):
        text = rest + piece
        end = 0
        for match in _MERGE.finditer(text):
            end = match.end()
            corners = [_REFERENCE.fullmatch(corner.decode("ascii")) for corner in match.groups()]
            if corners[0] is None or corners[1] is None:
                continue
            rows = sorted(int(corner.group(2)) for corner in corners if corner)
            columns = sorted(_column(corner.group()) for corner in corners if corner)
            found.append(_Merge(rows[0], columns[0], rows[1], min(columns[1], _COLUMNS - 1)))
            if len(found) > _MOST_MERGES:
                raise UserError(f"{archive.name}: has more than {_MOST_MERGES:,} merges; export it as delimited text")
        rest = text[max(end, len(text) - _OVERLAP) :]
    return sorted(found)


class _Merges:
    """Gives each cell of a merge its value, row by row.

    Args:
        name: the file's name for messages.
        merges: all of a sheet, by their first row.
    """

    def __init__(self, name: str, merges: list[_Merge]) -> None:
        self._name = name
        self.width = _COLUMNS
        """Columns that are filled."""
        self._coming = merges[::-1]
        self._open: list[tuple[_Merge, str]] = []
        """Merges that reach the row at hand, and the value of each."""

    def filled(self, number: int, cells: dict[int, str]) -> SheetRow:
        """A row with the values of merges in it; rows come from top to bottom."""
        if not self._coming and not self._open:
            return SheetRow(number, cells, bool(cells), frozenset())
        own = bool(cells)
        self._open = [one for one in self._open if one[0].bottom >= number]
        merged = set()
        for merge, value in self._open:
            for column in range(merge.left, min(merge.right + 1, self.width)):
                if column not in cells:
                    cells[column] = value
                    merged.add(column)
        while self._coming and self._coming[-1].top <= number:
            merge = self._coming.pop()
            value = cells.get(merge.left, "") if merge.top == number else ""
            if not value:
                continue
            for column in range(merge.left + 1, min(merge.right + 1, self.width)):
                cells.setdefault(column, value)
            if merge.bottom > number:
                self._open.append((merge, value))
                if len(self._open) > _COLUMNS:
                    raise UserError(f"{self._name}: has merges that lie over each other; save it again")
        return SheetRow(number, cells, own, frozenset(merged))
