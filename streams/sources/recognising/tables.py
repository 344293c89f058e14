"""A grid as a table: which line is the header, which rows are totals, and each column with its name and cells."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from streams.sources.cell_types import MARKS, mark_of
from streams.sources.delimited.tables.header import joined_header
from streams.sources.recognising.cells.instants import Written, written
from streams.sources.recognising.cells.numbers import DURATIONS, Style, duration_of, numbers_of
from streams.sources.recognising.grids import Grid
from streams.sources.recognising.names import Meaning, meaning_of
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["Column", "Table", "table_of"]

_HEADER_LINES: Final = 40
"""Lines among which the header is looked for."""
_LOOKED_AT: Final = 30
"""Rows below a line that say whether it is their header."""
_NO_WORD: Final = re.compile(r"[-+%]?[\d.,:/\s%'-]+(?:[AaPp][Mm])?")
_TOTAL_OF: Final = re.compile(r"(?:sub |grand )?totals? (?:for|of|by) |.+ totals?$")
_LEADING: Final = 4
"""Columns at the left in which a row says that it is a total."""
_VALUES: Final = (
    "",
    "-",
    "--",
    "n/a",
    "na",
    "null",
    "none",
    "nan",
    "#n/a",
    "#div/0!",
    "(null)",
    "k. a.",
    "k.a.",
    "s/d",
)


@dataclass(eq=False)
class Column:
    """One column of a table."""

    name: str
    place: int
    marked: list[str]
    """Cells row by row, with the mark of their type if they have one."""
    style: Style
    twice: bool = False
    """Whether another column has its name."""

    @cached_property
    def texts(self) -> list[str]:
        """Trimmed cells, row by row."""
        return [text.strip("".join(MARKS)).strip() for text in self.marked]

    @cached_property
    def meaning(self) -> Meaning:
        """The meaning of its name."""
        return meaning_of(self.name)

    @cached_property
    def none(self) -> list[str]:
        """Cells that look as if they meant "not reported"."""
        found = dict.fromkeys(text for text in self.texts if text)
        return [text for text in found if text.casefold() in _VALUES]

    @cached_property
    def filled(self) -> list[str]:
        """Cells that hold a value."""
        return [text for text in self.texts if text and text not in self.none]

    @cached_property
    def different(self) -> list[str]:
        """The different values, in the order in which they come."""
        return list(dict.fromkeys(self.filled))

    @cached_property
    def shown(self) -> Written | None:
        """How it writes instants, if it does."""
        return written(self.filled)

    @cached_property
    def numbers(self) -> list[float | None]:
        """Its numbers, row by row."""
        return numbers_of([text if text not in self.none else "" for text in self.texts], self.style)

    @cached_property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return bool(self.filled) and self._share(self.numbers) >= 0.95

    @cached_property
    def layouts(self) -> list[str]:
        """The layouts of durations that all of its values have."""
        if not self.filled or not any(":" in text for text in self.filled[:50]):
            return []
        parts = max(text.count(":") for text in self.filled)
        fitting = [one for one in DURATIONS if one.count(":") == parts]
        return [one for one in fitting if self._share(duration_of(self.texts, one)) >= 0.95]

    @cached_property
    def typed_durations(self) -> bool:
        """Whether its values are clocks of a workbook."""
        return any(mark_of(text) for text in self.marked if ":" in text)

    def seconds(self, layout: str) -> list[float | None]:
        """Its durations in a layout."""
        return duration_of(self.texts, layout)

    @property
    def percent_signs(self) -> bool:
        """Whether values have a percent sign."""
        return any("%" in text for text in self.filled)

    def _share(self, values: Sequence[float | None]) -> float:
        return sum(1 for value in values if value is not None) / len(self.filled)


@dataclass(eq=False)
class Table:
    """The rows below a header."""

    columns: list[Column]
    grid: Grid
    header: tuple[int, ...] = ()
    """Lines of the header, from 1; empty: the first that is not blank."""
    nameless: bool = False
    """Whether there is no header, and the names are made up."""
    titles: list[str] = field(default_factory=list)
    """Texts of the lines before the header."""
    totals: dict[str, list[str]] = field(default_factory=dict)
    """By column the cells of rows that sum up others."""
    count: int = 0
    ragged: int = 0
    """Rows with another number of cells than the header."""

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    def of(self, *measures: str) -> list[Column]:
        """The columns whose names name one of some measures."""
        return [column for column in self.columns if column.meaning.measure in measures and not column.twice]


def table_of(grid: Grid, style: Style) -> Table | None:
    """The table that a grid holds; None: it holds none."""
    place = _header_line(grid)
    if place is None:
        return None
    rows = grid.lines[place + 1 :]
    header, lines = _names(grid, place)
    nameless = not _is_header(grid.lines[place], rows)
    if nameless:
        header, rows, lines = _made_up(grid.lines[place], rows), grid.lines[place:], ()
    widths = (len(header), len(header) + 1)
    fitting = [row for row in rows if any(row) and (len(row) == widths[0] or (len(row) == widths[1] and not row[-1]))]
    totals, kept = _without_totals(header, fitting)
    above = [line for line in grid.lines[:place] if any(line)]
    first = lines == (place + 1,) and not above
    return Table(
        _columns(header, kept, style),
        grid,
        () if first else tuple(line + grid.passed for line in lines),
        nameless=nameless,
        titles=[cell for line in above for cell in line if cell],
        totals=totals,
        count=len(kept),
        ragged=sum(1 for row in rows if any(row) and len(row) not in widths),
    )


def _columns(header: Sequence[str], rows: list[list[str]], style: Style) -> list[Column]:
    times = Counter(header)
    return [
        Column(name, at, [row[at] for row in rows], style, twice=times[name] > 1)
        for at, name in enumerate(header)
        if name
    ]


def _header_line(grid: Grid) -> int | None:
    """The line, from 0, that is most like a header."""
    best, found = 0.0, None
    for place, line in enumerate(grid.lines[:_HEADER_LINES]):
        cells = [cell for cell in line if cell]
        if len(cells) < 2:
            continue
        below = [row for row in grid.lines[place + 1 : place + 1 + _LOOKED_AT] if any(row)]
        fitting = sum(1 for row in below if abs(len(row) - len(line)) <= 1 and sum(map(bool, row)) > 1)
        words = sum(1 for cell in cells if not _NO_WORD.fullmatch(cell.strip("".join(MARKS))))
        known = sum(1 for cell in cells if meaning_of(cell).measure)
        filled = len(cells) / len(line)
        score = (words + 2 * known) * (0.2 + (fitting / len(below) if below else 0.0)) * (0.5 + filled / 2)
        if score > best * 1.15:
            best, found = score, place
    if found is None:
        found = next((place for place, line in enumerate(grid.lines) if sum(map(bool, line)) > 1), None)
    return found


def _is_header(line: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a line is a header rather than a row: mostly words, which the rows do not repeat."""
    cells = [cell for cell in line if cell]
    known = sum(1 for cell in cells if meaning_of(cell).measure and not _NO_WORD.fullmatch(cell))
    words = sum(1 for cell in cells if not _NO_WORD.fullmatch(cell.strip("".join(MARKS))) and written([cell]) is None)
    again = sum(1 for at, cell in enumerate(line) if cell and any(len(row) > at and row[at] == cell for row in below))
    if known * 2 >= len(cells):
        return True
    return words >= 0.6 * len(cells) and again == 0


def _names(grid: Grid, place: int) -> tuple[list[str], tuple[int, ...]]:
    """The names of the columns, and the lines, from 1, that they stand in: one, or with the line above it two."""
    line = grid.lines[place]
    single = joined_header([line])
    above = grid.lines[place - 1] if place else []
    if len(above) == len(line) and sum(map(bool, above)) > 1 and not _NO_WORD.fullmatch("".join(above)):
        both = joined_header([above, line])
        twice = sum(1 for count in Counter(name for name in single if name).values() if count > 1)
        still = sum(1 for count in Counter(name for name in both if name).values() if count > 1)
        empty = sum(1 for name in single if not name)
        if still < twice or (empty and all(both) and not still):
            return both, (place, place + 1)
    return single, (place + 1,)


def _made_up(line: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    width = Counter(len(row) for row in [line, *below] if any(row)).most_common(1)[0][0]
    return [f"column {at + 1}" for at in range(width)]


def _without_totals(header: Sequence[str], rows: list[list[str]]) -> tuple[dict[str, list[str]], list[list[str]]]:
    """The cells, by column, that say that their row sums up others, and the rows that do not."""
    words = vocabulary().cells["total"]
    totals: dict[str, list[str]] = {}
    kept: list[list[str]] = []
    for row in rows:
        at = next(
            (at for at, cell in enumerate(row[:_LEADING]) if cell and _sums_up(cell, words) and at < len(header)), None
        )
        if at is None or not header[at]:
            kept.append(row)
        elif row[at] not in totals.setdefault(header[at], []):
            totals[header[at]].append(row[at])
    if len(kept) * 2 < len(rows):
        return {}, rows  # so many are no totals but names
    return totals, kept


def _sums_up(cell: str, words: Mapping[str, str]) -> bool:
    text = plain(cell)
    return text in words or _TOTAL_OF.match(text) is not None
