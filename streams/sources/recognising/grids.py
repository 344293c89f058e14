"""The first rows of a file as cells, with what it takes to read them: encoding, delimiter, sheet.

Rows are counted as the readers count them, so that a line found here is the line that `header:` names.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streams.sources.cell_types import JSON_NUMBER
from streams.sources.delimited.tables.header import separator
from streams.sources.recognising.cells.encodings import decoded, encoding_of
from streams.sources.workbooks.archive import opened
from streams.sources.workbooks.book import read_book, sheet_names
from streams.sources.workbooks.sheet import Sheet

__all__ = ["MOST_ROWS", "Grid", "delimited_grid", "json_grid", "sheet_grids"]

MOST_ROWS: Final = 5_000
"""Rows that are looked at."""
_MOST_COLUMNS: Final = 500
_MOST_SHEETS: Final = 20
_MARKS: Final = (",", ";", "\t", "|", "^", "~")
_SOME: Final = 200
"""Rows from which the delimiter is judged."""


@dataclass(slots=True)
class Grid:
    """The first rows of a file."""

    lines: list[list[str]]
    """Trimmed cells by line; a line without cells is empty."""
    options: dict[str, str] = field(default_factory=dict)
    """Keys of the source that say how it is opened: encoding, delimiter, sheet."""
    notes: dict[str, str] = field(default_factory=dict)
    """By such a key, why."""
    doubts: dict[str, str] = field(default_factory=dict)
    """By such a key, why it may be wrong."""
    typed: bool = False
    """Whether cells begin with the mark of their type."""
    passed: int = 0
    """Lines before the first one here: `sep=;`."""


def delimited_grid(head: bytes, *, cut: bool) -> Grid:
    """The first rows of delimited text.

    Args:
        head: its first bytes.
        cut: whether more follow: then the last line is left out.
    """
    encoding, doubt = encoding_of(head, cut=cut)
    text = decoded(head, encoding)
    if cut and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    grid = Grid([])
    if encoding != "utf-8":
        grid.options["encoding"] = encoding
        grid.notes["encoding"] = "" if encoding.startswith("utf") else "by its letters"
        if doubt:
            grid.doubts["encoding"] = doubt
    first, _, rest = text.partition("\n")
    said = separator(first.strip() + "\n")
    if said is not None:
        grid.lines = _rows(rest, said)
        grid.passed = 1
        return grid
    mark, other = _delimiter(text)
    grid.lines = _rows(text, mark)
    if mark != ",":
        grid.options["delimiter"] = mark
    if other is not None:
        grid.doubts["delimiter"] = f"{other!r} parts its lines as well"
    return grid


def _rows(text: str, mark: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            rows.append([cell.strip() for cell in row])
            if len(rows) >= MOST_ROWS:
                break
    except csv.Error:
        pass  # a cell beyond any length: what was read is enough to look at
    return rows


def _delimiter(text: str) -> tuple[str, str | None]:
    """The delimiter that parts most lines into equally many cells, and another one that does so as well."""
    begin = "\n".join(text.split("\n")[:_SOME])
    scores = {mark: _evenness(_rows(begin, mark)) for mark in _MARKS}
    best = max(_MARKS, key=lambda mark: scores[mark])
    others = [mark for mark in _MARKS if mark != best and scores[mark] >= scores[best] > 0]
    return (best if scores[best] > 0 else ","), (others[0] if others else None)


def _evenness(rows: list[list[str]]) -> float:
    """How well rows are parted: the share of the commonest width, and a little for more cells."""
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]))
    if width < 2:
        return 0.0
    return count / sum(widths.values()) + min(width, 40) / 1000


def sheet_grids(file: str) -> Iterator[Grid]:
    """The first rows of each sheet of a workbook that is not hidden; all but the first are named.

    Raises:
        UserError: it cannot be read.
    """
    with opened(file, file) as archive:
        for place, name in enumerate(sheet_names(archive)[:_MOST_SHEETS]):
            grid = Grid([], typed=True)
            if place:
                grid.options["sheet"] = name
            for row in Sheet(archive, read_book(archive, name)).rows():
                if row.number > MOST_ROWS:
                    break
                width = min(max(row.cells, default=-1) + 1, _MOST_COLUMNS)
                grid.lines += [[] for _ in range(row.number - len(grid.lines) - 1)]
                grid.lines.append([row.cells.get(column, "").strip() for column in range(width)] if row.own else [])
            yield grid


def json_grid(head: bytes, *, cut: bool) -> Grid | None:
    """The objects of JSON lines as rows, whose columns are their keys; None: it is none such."""
    encoding, _ = encoding_of(head, cut=cut)
    lines = [line for line in decoded(head, encoding).split("\n") if line.strip()]
    if not lines or lines[0].lstrip()[:1] not in {"{", "["}:
        return None
    rows: list[dict[str, str]] = []
    for line in lines[: MOST_ROWS - 1 if cut and len(lines) > 1 else MOST_ROWS]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        rows += [_flat(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    if not rows:
        return None
    names = list(dict.fromkeys(name for row in rows for name in row))[:_MOST_COLUMNS]
    grid = Grid([names, *([row.get(name, "") for name in names] for row in rows[:MOST_ROWS])], typed=True)
    if encoding != "utf-8":
        grid.options["encoding"] = encoding
    return grid


def _flat(value: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """The plain values of an object by their keys, those of objects inside with a dot between."""
    found: dict[str, str] = {}
    for key, one in value.items():
        if isinstance(one, dict):
            found |= _flat(one, f"{before}{key}.")
        elif isinstance(one, bool):
            found[before + key] = "true" if one else "false"
        elif isinstance(one, int | float):
            found[before + key] = JSON_NUMBER + (str(int(one)) if float(one).is_integer() else repr(one))
        elif isinstance(one, str):
            found[before + key] = one.strip()
        elif isinstance(one, list) and not any(isinstance(part, dict | list) for part in one):
            found[before + key] = ";".join(str(part) for part in one)
    return found
