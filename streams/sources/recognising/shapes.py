"""Tables that are not one record a row: cells left out where they repeat, intervals, queues or figures side by side.

The table is brought into shape as the reader will do it, so that everything after this sees records in rows; how it was
done is said by the keys `fill` and `wide` of the source.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from streams.sources.recognising.cells.instants import CLOCK, DATE, written
from streams.sources.recognising.names import Meaning, meaning_of
from streams.sources.recognising.tables import Column, Table

__all__ = ["shaped"]

_LEAST: Final = 3
"""Headings that are instants from which they are taken for rows."""
_LEADING: Final = 3
_GAPS: Final = 0.6
_REPEATED: Final = ("queue", "group", "date", "agent", "team", "site", "program", "")
_FIGURES: Final = frozenset({"offered", "contact", "handle", "talk", "agent", "staffed", "answered", "handled",
                             "abandoned", "service_level", "occupancy", "wait", "asa", "wrap", "hold"})  # fmt: skip
_NUMERIC: Final = 0.8


class _Side(NamedTuple):
    """Columns that stand side by side and become rows."""

    columns: list[Column]
    pattern: str
    heading: str
    """Name of the column with the heading."""


def shaped(table: Table, subject: str) -> Table:
    """The table in the shape of one record a row.

    Args:
        table: as it stands in the file.
        subject: words on what it is about: the name of its file and sheet.
    """
    table = _filled(table)
    return _by_instants(table, subject) or _by_queue_and_figure(table) or _by_queues(table, subject) or table


def _filled(table: Table) -> Table:
    """Cells that are left out because they repeat the one above."""
    names = []
    for column in table.columns[:_LEADING]:
        texts = column.texts
        share = sum(map(bool, texts)) / len(texts)
        if not texts[0] or share > _GAPS or column.is_numeric or column.meaning.measure not in _REPEATED:
            continue
        names.append(column.name)
    if not names:
        return table
    columns = [_repeat(column) if column.name in names else column for column in table.columns]
    return replace(table, columns=columns, options={**table.options, "fill": names})


def _repeat(column: Column) -> Column:
    marked, last = [], ""
    for text in column.marked:
        last = text if text.strip() else last
        marked.append(last)
    return replace(column, marked=marked)


def _by_instants(table: Table, subject: str) -> Table | None:
    """A column an interval, or a day: headings that are clocks or dates."""
    kinds: dict[str, list[Column]] = {}
    for column in table.columns:
        shown = written([_clock(column.name)])
        if shown is not None and not column.twice:
            kinds.setdefault(shown.kind, []).append(column)
    if not kinds:
        return None
    kind, columns = max(kinds.items(), key=lambda item: len(item[1]))
    if len(columns) < _LEAST or not _are_numbers(columns):
        return None
    side = _Side(
        columns, _pattern([_clock(column.name) for column in columns]), _free(table, "date" if kind == DATE else "time")
    )
    figures = _figure_column(table, columns)
    return _widened(table, side, figures, _subject(table, subject, kind))


def _clock(heading: str) -> str:
    """A heading as it is seen: the clock of a workbook has no seconds."""
    return heading.removesuffix(":00") if re.fullmatch(r"\d{1,2}:\d\d:00", heading) else heading


def _are_numbers(columns: Sequence[Column]) -> bool:
    filled = [column for column in columns if column.filled]
    good = sum(1 for column in filled if column.is_numeric or column.layouts)
    return bool(filled) and good >= _NUMERIC * len(filled)


def _free(table: Table, name: str) -> str:
    """A name that no column has."""
    names = {column.name for column in table.columns}
    return next(one for one in (name, f"{name}_of_column", "heading") if one not in names)


def _pattern(headings: Sequence[str]) -> str:
    """The regular expression of some headings: their digits are any, all else is as it stands."""
    shapes: dict[str, set[int]] = {}
    patterns: list[str] = []
    for heading in headings:
        shape = re.sub(r"\d+", "\0", re.sub(r"[AaPp](?=\.?[Mm]\b)", "\1", heading))
        shapes.setdefault(shape, set()).update(map(len, re.findall(r"\d+", heading)))
    for shape, lengths in shapes.items():
        digits = f"[0-9]{{{min(lengths)}}}" if len(lengths) == 1 else f"[0-9]{{{min(lengths)},{max(lengths)}}}"
        escaped = "".join(_literal(letter) for letter in shape)
        patterns.append(escaped.replace("\0", digits).replace("\1", "[AaPp]"))
    return "|".join(patterns)


def _literal(text: str) -> str:
    """A text as part of a regular expression; what needs no escape has none."""
    return text if text in "\0\1" or text.isalnum() or text in " :/-_,;%&'" else re.escape(text)


def _figure_column(table: Table, side: Sequence[Column]) -> Column | None:
    """A column whose cells name the figures of their rows."""
    for column in table.columns:
        if column in side or not 2 <= len(column.different) <= 12 or column.shown is not None or column.is_numeric:
            continue
        known = sum(1 for text in column.different if _is_figure(meaning_of(text)))
        if known >= 2 and known >= 0.6 * len(column.different):
            return column
    return None


def _is_figure(meaning: Meaning) -> bool:
    return meaning.measure in _FIGURES or bool(meaning.kinds & {"forecast", "required", "scheduled"})


def _subject(table: Table, subject: str, kind: str) -> Meaning:
    """The meaning of cells that no heading names: by titles, by the name of the file."""
    del kind
    for text in (*table.titles, subject):
        meaning = meaning_of(text)
        if meaning.measure in _FIGURES and meaning.measure != "contact":
            return meaning
    kinds = frozenset(kind for text in (*table.titles, subject) for kind in meaning_of(text).kinds)
    return meaning_of("Calls")._replace(kinds=kinds & {"forecast", "required", "scheduled"})


def _widened(table: Table, side: _Side, figures: Column | None, value: Meaning) -> Table:
    """The table with a row for each cell of the columns that stand side by side."""
    wide: dict[str, str] = {"columns": side.pattern, "as": side.heading}
    if figures is None:
        wide["value"] = _free(table, "value")
    else:
        wide["spread"] = figures.name
    others = [column for column in table.columns if column not in side.columns and column is not figures]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for place in range(table.count):
        before = tuple(column.marked[place] for column in others)
        for column in side.columns:
            cell = column.marked[place]
            if not cell.strip():
                continue
            kind = wide.get("value", "") if figures is None else figures.texts[place]
            key = (*before, _clock(column.name), "" if figures is not None else str(place))
            rows.setdefault(key, {})[kind] = cell
    style = table.columns[0].style
    kinds = list(dict.fromkeys(kind for row in rows.values() for kind in row))
    columns = [Column(one.name, at, [key[at] for key in rows], style) for at, one in enumerate(others)]
    columns.append(Column(side.heading, len(columns), [key[len(others)] for key in rows], style))
    columns += [
        Column(kind, len(others) + 1 + at, [row.get(kind, "") for row in rows.values()], style,
               said=value if figures is None else None)
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    return replace(table, columns=columns, count=len(rows), options={**table.options, "wide": wide})


def _times(table: Table) -> list[Column]:
    """Columns that say when a row is, by what they hold or by their names."""
    return [
        column
        for column in table.columns
        if column.shown is not None
        or column.meaning.measure in {"date", "clock", "start", "end", "datetime", "weekday", "span"}
    ]


def _by_queues(table: Table, subject: str) -> Table | None:
    """A column a queue: numbers under headings that are no figures."""
    times = _times(table)
    columns = [column for column in table.columns if column not in times and column.filled]
    kinds_of_times = {column.shown.kind for column in times if column.shown is not None}
    if len(columns) < 2 or not kinds_of_times - {DATE} or not all(one.is_numeric for one in columns):
        return None
    if any(one.meaning.measure not in {"", "group", "queue", "team", "channel"} or one.twice for one in columns):
        return None
    pattern = "|".join(re.sub(r"([][\\.^$*+?{}|()])", r"\\\1", column.name) for column in columns)
    side = _Side(columns, pattern, _free(table, "queue"))
    made = _widened(table, side, None, _subject(table, subject, CLOCK))
    made.doubts["wide"] = f"are {', '.join(column.name for column in columns[:3])} queues?"
    return made


def _by_queue_and_figure(table: Table) -> Table | None:
    """A column for each queue and figure: `Sales Calls`, `Sales AHT`, `Support Calls`."""
    numeric = [
        column for column in table.columns if (column.is_numeric or column.layouts) and column not in _times(table)
    ]
    for queue_first in (True, False):
        parts = {column.name: _parted(column.name, queue_first=queue_first) for column in numeric}
        found = {name: part for name, part in parts.items() if part is not None}
        queues = list(dict.fromkeys(part[0] for part in found.values()))
        figures = list(dict.fromkeys(part[2] for part in found.values()))
        marks = {part[1] for part in found.values()}
        if len(queues) < 2 or len(figures) < 2 or len(found) != len(queues) * len(figures) or len(marks) != 1:
            continue
        (mark,) = marks
        one = f"(?P<queue>{'|'.join(map(re.escape, queues))})"
        two = f"(?P<figure>{'|'.join(map(re.escape, figures))})"
        pattern = (f"{one}{re.escape(mark)}{two}" if queue_first else f"{two}{re.escape(mark)}{one}").replace(
            "\\ ", " "
        )
        return _spread(table, {name: (part[0], part[2]) for name, part in found.items()}, pattern)
    return None


def _parted(name: str, *, queue_first: bool) -> tuple[str, str, str] | None:
    """The queue, the text between and the figure of a heading, whose figure is as long as it can be."""
    marks = list(re.finditer(r"\s+-\s+|\s*[:|/_]\s*|\s+", name))
    for mark in marks if queue_first else reversed(marks):
        left, right = name[: mark.start()], name[mark.end() :]
        queue, figure = (left, right) if queue_first else (right, left)
        meaning = meaning_of(figure)
        understood = meaning.whole or (bool(meaning.kinds) and not meaning.strange)
        if understood and _is_figure(meaning) and queue and not _names_a_figure(queue):
            return queue, mark.group(), figure
    return None


def _names_a_figure(text: str) -> bool:
    """Whether a text is nothing but the name of a figure."""
    meaning = meaning_of(text)
    return _is_figure(meaning) and not meaning.strange


def _spread(table: Table, parts: dict[str, tuple[str, str]], pattern: str) -> Table:
    """The table with a row for each queue, and a column for each figure."""
    others = [column for column in table.columns if column.name not in parts]
    queues = list(dict.fromkeys(queue for queue, _ in parts.values()))
    figures = list(dict.fromkeys(figure for _, figure in parts.values()))
    named = {part: table.column(name) for name, part in parts.items()}
    places = [(place, queue) for place in range(table.count) for queue in queues
              if any(named[queue, figure].marked[place].strip() for figure in figures)]  # fmt: skip
    style = table.columns[0].style
    columns = [Column(one.name, at, [one.marked[place] for place, _ in places], style) for at, one in enumerate(others)]
    columns.append(Column("queue", len(columns), [queue for _, queue in places], style))
    columns += [
        Column(figure, len(others) + 1 + at, [named[queue, figure].marked[place] for place, queue in places], style)
        for at, figure in enumerate(figures)
    ]
    wide = {"columns": pattern, "as": _free(table, "heading"), "spread": "figure"}
    return replace(table, columns=columns, count=len(places), options={**table.options, "wide": wide})
