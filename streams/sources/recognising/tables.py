"""A grid as a table: which line is the header, which rows are totals, and each column with its name and cells."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

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
_HOUR: Final = re.compile(r"[01]?[0-9]|2[0-3]")
_WHEN: Final = frozenset({"date", "clock", "start", "end", "datetime", "time", "updated", "published", "span"})
"""Measures of names that say when something is."""
_NOBODY: Final = re.compile(
    r"[(\[<]?(?:no[_ ](?:(?:associated|assigned)[_ ])?(?:server|agent|user|answer agent)|(?:un|not )assigned)[)\]>]?"
    r"|[(\[<](?:none|nobody|no one|null|unknown|empty|keiner|ninguno|aucun|nessuno|geen)[)\]>]",
    re.IGNORECASE,
)
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
    said: Meaning | None = None
    """Its meaning where its own name does not say it."""

    @cached_property
    def texts(self) -> list[str]:
        """Trimmed cells, row by row."""
        return [text.strip("".join(MARKS)).strip() for text in self.marked]

    @cached_property
    def meaning(self) -> Meaning:
        """The meaning of its name."""
        return self.said or meaning_of(self.name)

    @cached_property
    def none(self) -> list[str]:
        """Cells that look as if they meant "not reported"."""
        found = dict.fromkeys(text for text in self.texts if text)
        return [text for text in found if text.casefold() in _VALUES or _NOBODY.fullmatch(text)]

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
        """How it writes instants, if it does; digits alone are instants only where the name says so."""
        found = written(self.filled)
        if found is None and self.meaning.measure == "clock" and all(map(_HOUR.fullmatch, self.different)):
            return Written("clock", ("%H",)) if len(self.different) > 1 else None
        if found is None or self.meaning.measure in _WHEN or not self.filled[0].isdecimal():
            return found
        named = self.meaning.measure not in {"id", "customer", "queue", "agent"} or "epoch" in self.name.casefold()
        if found.formats[0].startswith("epoch") and named:
            return found
        return None

    @cached_property
    def numbers(self) -> list[float | None]:
        """Its numbers, row by row."""
        texts = [text if text not in self.none else "" for text in self.texts]
        if any(mark_of(text) for text in self.marked):
            plain_ones = numbers_of(texts, Style(".", ""))
            texts = [text if one is None else "" for text, one in zip(texts, plain_ones, strict=True)]
            others = numbers_of(texts, self.style)
            return [two if one is None else one for one, two in zip(plain_ones, others, strict=True)]
        return numbers_of(texts, self.style)

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
    options: dict[str, Any] = field(default_factory=dict)
    """Keys of the source by which the file became this table: fill, wide."""
    doubts: dict[str, str] = field(default_factory=dict)
    """By such a key, why it may be wrong."""

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
    width = len(header)
    if grid.typed:  # a sheet has no ragged rows
        rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    totals, kept = _without_totals(header, [row for row in rows if _fits(row, width)])
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
    )


def _fits(row: Sequence[str], width: int) -> bool:
    """Whether a row has the header's cells, or an empty one more."""
    return any(row) and (len(row) == width or (len(row) == width + 1 and not row[-1]))


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
        filled = len(cells) / len(line)
        cells = list(dict.fromkeys(cells))
        below = [row for row in grid.lines[place + 1 : place + 1 + _LOOKED_AT] if any(row)]
        fitting = sum(1 for row in below if abs(len(row) - len(line)) <= 1 and sum(map(bool, row)) > 1)
        words = sum(1 for cell in cells if not _NO_WORD.fullmatch(cell.strip("".join(MARKS))))
        known = sum(1 for cell in cells if meaning_of(cell).measure or meaning_of(cell).kinds)
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
    if known * 2 >= len(cells) or (known and _is_of_instants(line, below)):
        return True
    return words >= 0.6 * len(cells) and again == 0


def _is_of_instants(line: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a line has clocks or dates above numbers: intervals side by side."""
    bare = [cell.strip("".join(MARKS)).strip() for cell in line]
    places = [at for at, cell in enumerate(bare) if cell and written([cell]) is not None]
    if len(places) < 3:
        return False
    under = [row[at] for row in below[:_LOOKED_AT] for at in places if len(row) > at and row[at]]
    return bool(under) and sum(1 for cell in under if ":" not in cell) >= 0.8 * len(under)


def _names(grid: Grid, place: int) -> tuple[list[str], tuple[int, ...]]:
    """The names of the columns, and the lines, from 1, that they stand in: one, or with the line above it two."""
    line = grid.lines[place]
    single = _joined([line])
    above = grid.lines[place - 1] if place else []
    if len(above) == len(line) and sum(map(bool, above)) > 1 and not _NO_WORD.fullmatch("".join(above)):
        both = _joined([above, line])
        twice = sum(1 for count in Counter(name for name in single if name).values() if count > 1)
        still = sum(1 for count in Counter(name for name in both if name).values() if count > 1)
        empty = sum(1 for name in single if not name)
        if still < twice or (empty and all(both) and not still):
            return both, (place, place + 1)
    return single, (place + 1,)


def _joined(lines: list[list[str]]) -> list[str]:
    """The names of columns without the marks of types; a name that a merge repeats counts once."""
    bare = [[cell.strip("".join(MARKS)).strip() for cell in line] for line in lines]
    if len(bare) == 2:
        bare[0] = [
            "" if place < len(bare[1]) and cell == bare[1][place] else cell for place, cell in enumerate(bare[0])
        ]
    return joined_header(bare)


def _made_up(line: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    width = Counter(len(row) for row in [line, *below] if any(row)).most_common(1)[0][0]
    return [f"column {at + 1}" for at in range(width)]


def _without_totals(header: Sequence[str], rows: list[list[str]]) -> tuple[dict[str, list[str]], list[list[str]]]:
    """The cells, by column, that say that their row sums up others, and the rows that do not."""
    words = vocabulary().cells["total"]
    names = [{plain(row[at]) for row in rows if len(row) > at and row[at]} for at in range(min(_LEADING, len(header)))]
    totals: dict[str, list[str]] = {}
    kept: list[list[str]] = []
    for row in rows:
        at = next((at for at, cell in enumerate(row[: len(names)]) if cell and _sums_up(cell, words, names[at])), None)
        if at is None or not header[at]:
            kept.append(row)
        elif row[at] not in totals.setdefault(header[at], []):
            totals[header[at]].append(row[at])
    if len(kept) * 2 < len(rows):
        return {}, rows  # so many are no totals but names
    return totals, kept


def _sums_up(cell: str, words: Mapping[str, str], names: Collection[str]) -> bool:
    """Whether a cell is a word for a sum, alone or beside a name that other rows of its column have."""
    text = plain(cell)
    meaning = meaning_of(cell)
    if text in words or _TOTAL_OF.match(text) is not None or (meaning.tokens == {"sum"} and not meaning.strange):
        return True
    first, _, behind = text.partition(" ")
    before, _, last = text.rpartition(" ")
    return (first in words and behind in names) or (last in words and before in names)
