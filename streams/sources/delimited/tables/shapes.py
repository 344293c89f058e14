"""Rows in the shape that a mapping can read: cells filled from above, columns made into rows.

The steps work on blocks of rows and give blocks of rows, so that what follows (where, columns, admission) knows rows
only. Each row that is made is a row of the file: it is counted, and refused, by itself.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from config.errors import UserError
from config.sources.expressions import columns_of
from config.sources.mapping import ColumnMapping
from config.sources.shape import Shape, Wide
from streams.sources.batch import DeadLetter
from streams.sources.delimited.tables.rows import Block, RowSource

__all__ = ["shaped"]

_END: Final = "end"
_MOST_ROWS: Final = 65_536
_CLOCK: Final = re.compile(r"(.*?)(\d{1,2})([:.h]?)(\d{2})(\D*)")
_DAY_MINUTES: Final = 1440


def shaped(rows: RowSource, mapping: ColumnMapping, file: str) -> RowSource:
    """The rows after the steps of the mapping's shape.

    Raises:
        UserError: a column to fill is not there, or no heading matches.
    """
    shape = mapping.shape
    assert shape is not None  # noqa: S101 - the caller has looked
    if shape.wide is not None:
        rows.header = _distinct(rows.header)
    for name in shape.fill:
        if name not in rows.header:
            raise UserError(
                f"{file}: the header has no column {name!r}, which fill names; it has {_shown(rows.header)}"
            )
    filled: RowSource = _Filled(rows, shape) if shape.fill else rows
    return filled if shape.wide is None else _Widened(filled, shape.wide, mapping, file)


def _shown(header: Sequence[str]) -> str:
    return ", ".join(header)[:400]


def _distinct(header: Sequence[str]) -> list[str]:
    """The header, in which a name that comes again has its place behind it, after a character that no file holds."""
    return [f"{name}\0{place}" if name and name in header[:place] else name for place, name in enumerate(header)]


class _Filled:
    """Rows whose empty cells in some columns have the value above."""

    def __init__(self, rows: RowSource, shape: Shape) -> None:
        self._rows = rows
        self._fill = shape.fill
        self.typed, self.left_out = rows.typed, rows.left_out
        self.header = rows.header

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        above: dict[str, str] = {}
        for block in self._rows.blocks(list(wanted)):
            columns = dict(block.columns)
            for name in self._fill:
                if name in columns:
                    columns[name] = _filled(columns[name], name, above)
            yield replace(block, columns=columns)


def _filled(column: pa.Array, name: str, above: dict[str, str]) -> pa.Array:
    texts = []
    last = above.get(name, "")
    for text in column.to_pylist():
        last = text if text.strip() else last
        texts.append(last)
    above[name] = last
    return pa.array(texts, pa.string())


@dataclass(frozen=True, slots=True)
class _Heading:
    """One column that becomes rows."""

    column: str
    """Its name among the file's columns."""
    text: str
    groups: dict[str, str]
    kind: str | None
    """The kind of figure, where a group of the heading says it."""
    end: str


@dataclass(slots=True)
class _Made:
    """Rows that are made, as parallel lists."""

    numbers: list[int] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    cells: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    of: dict[tuple[str, ...], int] = field(default_factory=dict)
    """The places of rows that several cells make, by their identity."""

    def put(self, number: int, heading: str, text: str, row: dict[str, str]) -> None:
        """Add a row."""
        self.numbers.append(number)
        self.headings.append(heading)
        self.texts.append(text)
        for name, cells in self.cells.items():
            cells.append(row.get(name, ""))

    def block(self, ragged: list[DeadLetter]) -> Block:
        """The rows as a block."""
        columns = {name: pa.array(cells, pa.string()) for name, cells in self.cells.items()}
        numbers = np.array(self.numbers, dtype=np.int64)
        return Block(numbers, columns, self.texts.__getitem__, ragged, self.headings)


class _Widened:
    """Rows that are made of columns."""

    def __init__(self, rows: RowSource, wide: Wide, mapping: ColumnMapping, file: str) -> None:
        self._rows, self._wide = rows, wide
        self.typed, self.left_out = rows.typed, rows.left_out
        self._headings = _headings(rows.header, wide)
        if not self._headings:
            raise UserError(
                f"{file}: the header has no column that wide.columns {wide.headings.pattern!r} matches in whole; "
                f"it has {_shown(rows.header)}"
            )
        wider = {heading.column for heading in self._headings}
        self._others = [name for name in rows.header if name not in wider]
        own = [*self._others, *wide.headings.groupindex, wide.heading]
        if wide.spread is None:
            made = [wide.value, *([_END] if wide.join else [])]
        elif wide.spread in own:
            own.remove(wide.spread)
            kinds = {heading.kind for heading in self._headings if heading.kind is not None}
            named = [name for one in mapping.columns.values() for name in columns_of(one)]
            made = [*kinds] if kinds else [name for name in dict.fromkeys(named) if name not in own]
        else:
            raise UserError(
                f"{file}: the header has no column {wide.spread!r}, and wide.columns no group of that name, which "
                f"wide.spread names; it has {_shown(rows.header)}"
            )
        self._kinds = frozenset(made)
        self.header = [*own, *made]

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        needed = [name for name in self._others if name in wanted or name == self._wide.spread]
        columns = list(dict.fromkeys([*needed, *(heading.column for heading in self._headings)]))
        made = self._none(wanted)
        for block in self._rows.blocks(columns):
            ragged = list(block.ragged)
            texts = {name: block.columns[name].to_pylist() for name in columns}
            make = self._plain if self._wide.spread is None else self._spread
            for place, number in enumerate(block.numbers.tolist()):
                row = {name: texts[name][place] for name in needed}
                cells = [texts[heading.column][place] for heading in self._headings]
                make(made, number, row, cells, block.raw, place)
            # Rows of several kinds may stand anywhere in the file, so they wait for its end.
            if self._wide.spread is None or self._by_heading:
                yield made.block(ragged)
                made = self._none(wanted)
            elif ragged:
                yield self._none(wanted).block(ragged)
        if made.numbers:
            yield made.block([])

    @property
    def _by_heading(self) -> bool:
        """Whether the kinds of figures stand in the headings."""
        return self._wide.spread in self._wide.headings.groupindex

    def _none(self, wanted: Sequence[str]) -> _Made:
        return _Made(cells={name: [] for name in wanted})

    def _plain(
        self, made: _Made, number: int, row: dict[str, str], cells: list[str], raw: Callable[[int], str], place: int
    ) -> None:
        """A row of each cell that is not empty; of equal neighbours one."""
        wide = self._wide
        at = 0
        while at < len(cells):
            first = last = at
            while wide.join and last + 1 < len(cells) and cells[last + 1].strip() == cells[first].strip():
                last += 1
            at = last + 1
            if cells[first].strip():
                heading = self._headings[first]
                more = {wide.heading: heading.text, wide.value: cells[first], _END: self._headings[last].end}
                made.put(
                    number, heading.text, raw(place), row | heading.groups | (more if wide.join else _without_end(more))
                )

    def _spread(
        self, made: _Made, number: int, row: dict[str, str], cells: list[str], raw: Callable[[int], str], place: int
    ) -> None:
        """A row of the cells that have all but the kind of figure in common."""
        wide = self._wide
        assert wide.spread is not None  # noqa: S101 - else rows are plain
        mark = (str(number),) if self._by_heading else ()
        seen: dict[tuple[str, ...], int] = {}
        for heading, cell in zip(self._headings, cells, strict=True):
            if not cell.strip():
                continue
            own = {name: text for name, text in {**row, **heading.groups}.items() if name != wide.spread}
            kind = heading.kind if heading.kind is not None else row.get(wide.spread, "").strip()
            name = heading.text if not self._by_heading or not heading.groups else _without(heading, wide.spread)
            turn = seen.get((name, kind), 0)
            seen[name, kind] = turn + 1
            key = (*mark, *map(str.strip, own.values()), name, str(turn))
            found = made.of.get(key)
            if found is None:
                found = made.of[key] = len(made.numbers)
                made.put(number, heading.text, raw(place), own | {wide.heading: heading.text})
            if kind in made.cells and kind in self._kinds:
                made.cells[kind][found] = cell


def _without_end(row: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in row.items() if name != _END}


def _without(heading: _Heading, group: str) -> str:
    """A heading's identity apart from the kind of figure."""
    return "\0".join(text for name, text in heading.groups.items() if name != group)


def _headings(header: Sequence[str], wide: Wide) -> list[_Heading]:
    found: list[tuple[str, str, Any]] = []
    for column in header:
        text = column.partition("\0")[0]
        # A clock that is a clock in its workbook has seconds, which nobody sees there.
        for shown in (text, text.removesuffix(":00")):
            match = wide.headings.fullmatch(shown)
            if match is not None:
                found.append((column, shown, match))
                break
    texts = [text for _, text, _ in found]
    ends = [*texts[1:], _one_more(texts)][: len(texts)]
    return [
        _Heading(
            column,
            text,
            {name: group or "" for name, group in match.groupdict().items()},
            match[wide.spread] if wide.spread in wide.headings.groupindex else None,
            end,
        )
        for (column, text, match), end in zip(found, ends, strict=True)
    ]


def _one_more(texts: Sequence[str]) -> str:
    """The heading that would follow the last one, where headings are clocks at equal steps; else empty."""
    if len(texts) < 2:
        return ""
    before, last = (_CLOCK.fullmatch(text) for text in texts[-2:])
    if before is None or last is None or before.group(1, 3, 5) != last.group(1, 3, 5):
        return ""
    step = (_minutes(last) - _minutes(before)) % _DAY_MINUTES
    hour, minute = divmod((_minutes(last) + step) % _DAY_MINUTES, 60)
    return f"{last[1]}{hour:0{len(last[2])}d}{last[3]}{minute:02d}{last[5]}"


def _minutes(clock: "re.Match[str]") -> int:
    return int(clock[2]) * 60 + int(clock[4])
