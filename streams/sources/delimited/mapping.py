"""The column mapping of one source, made ready for one file: cells in, record fields out."""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.errors import UserError
from config.shown_text import squeezed
from config.sources.expressions import Column, columns_of
from config.sources.fields import mandatory
from config.sources.mapping import ColumnMapping
from streams.limits import TOO_LARGE, TOO_OLD
from streams.sources.blocks import Cells
from streams.sources.delimited.fields import ValueReader, Values, value_reader
from streams.sources.delimited.repeated_hour import RepeatedHour
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.timestamps.fields import Earliest, InstantReader, Instants, instant_reader
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["Mapped", "Mapper", "require_constants"]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A block of rows as record fields."""

    count: int
    values: Mapping[str, list[Any]]
    """By field its values, row by row, None where not reported; fields that are not mapped are not here."""
    faults: Mapping[int, str]
    """By row what is wrong, field first."""
    twins: Mapping[int, int]
    """By row the other `interval_start` of the same local name."""
    rounding: Mapping[str, Mapping[int, float]] = dataclasses.field(default_factory=dict)
    """By field and row that was computed, how far rounding may have moved it."""

    def column(self, field: str) -> Sequence[Any]:
        """A field's values, row by row."""
        found = self.values.get(field)
        return [None] * self.count if found is None else found


class Mapper:
    """Reads the fields of a source's records from the columns of one file.

    Args:
        source: the settings.
        timezone: IANA name, of naive times.
        file: the file's name for messages.
        header: the trimmed names of its columns.
        typed: whether its cells say of which type they are.

    Raises:
        UserError: a column that is mapped is not in the header, or stands there twice.
    """

    def __init__(
        self, source: DelimitedSource, timezone: str, file: str, header: Sequence[str], *, typed: bool = False
    ) -> None:
        self._typed = typed
        _check_header(source, file, header)
        settings, mapping = source.settings, source.mapping
        expressions = mapping.columns
        if mapping.own_columns:
            expressions = {name: expression for name, expression in expressions.items() if name in header}
        clock = LocalClock(timezone, settings.on_ambiguous, settings.on_nonexistent)
        self._order = [name for name in mapping.fields if name in expressions]
        self._names = {name: ", ".join(columns_of(expression)) for name, expression in expressions.items()}
        self._values, self._instants = _readers(source, self._order, clock)
        self._hours = RepeatedHour(settings.record) if settings.on_ambiguous == "in_order" else None
        self.wanted = _wanted(mapping, header)
        """The file's columns that are read."""

    def read(self, cells: Cells, skew_ms: Callable[[str], int]) -> Mapped:
        """The fields of a block of rows; `skew_ms` gives the clock skew of a queue."""
        if self._typed:
            cells = cells.typed()
        parts: dict[str, Values | Instants] = {name: reader(cells) for name, reader in self._values.items()}

        def earliest(name: str) -> Earliest:
            base = instant(name)
            return Earliest(base.ms - _skews(parts.get("queue"), skew_ms), base.known)

        def instant(name: str) -> Instants:
            if name not in parts:
                parts[name] = self._instants[name](cells, earliest)
            part = parts[name]
            assert isinstance(part, Instants)  # noqa: S101 - `after` names instants only
            return part

        for name in self._instants:
            instant(name)
        if self._hours is not None:
            self._hours.place(parts, skew_ms)
        faults: dict[int, str] = {}
        for name in self._order:
            for row, fault in parts[name].faults.items():
                faults.setdefault(row, _reason(name, fault))
        start = parts.get("interval_start")
        return Mapped(
            cells.count,
            {name: part.as_list() if isinstance(part, Instants) else part.values for name, part in parts.items()},
            faults,
            start.twins if isinstance(start, Instants) else {},
            {name: part.rounding for name, part in parts.items() if isinstance(part, Values) and part.rounding},
        )

    def named(self, reason: str) -> str:
        """The reason of a refused record with the column that its field comes from."""
        fields = [word.rstrip(":") for word in reason.split()[:2]]
        for field in fields:
            if field in self._names:
                return f"{reason} (column {self._names[field]})" if self._names[field] else reason
        return reason


def _reason(field: str, fault: str) -> str:
    """A fault with its field in front, behind the kind of fault where it says one."""
    kind, _, rest = fault.partition(" ")
    return f"{kind} {field}: {rest}" if kind in {TOO_LARGE, TOO_OLD} else f"{field}: {fault}"


def require_constants(source: DelimitedSource) -> None:
    """Refuse a constant that its field cannot hold before a file is opened.

    Raises:
        UserError: with the line of the field.
    """
    settings = source.settings
    clock = LocalClock(settings.timezone or "UTC", settings.on_ambiguous, settings.on_nonexistent)
    _readers(source, source.mapping.columns, clock)


def _readers(
    source: DelimitedSource, fields: Iterable[str], clock: LocalClock
) -> tuple[dict[str, ValueReader], dict[str, InstantReader]]:
    """The readers of `fields` by name: those that are no instants, and instants."""
    mapping = source.mapping
    values: dict[str, ValueReader] = {}
    instants: dict[str, InstantReader] = {}
    for name in fields:
        kind, expression = mapping.fields[name].kind, mapping.columns[name]
        try:
            if kind == "instant":
                instants[name] = instant_reader(name, expression, clock, _seconds)
            else:
                values[name] = value_reader(name, kind, expression)
        except UserError as error:
            node = source.settings.options["columns"].entries("a mapping")[name]
            raise node.fault(str(error).removeprefix(f"columns.{name}: ")) from None
    return values, instants


def _seconds(column: str) -> Callable[[Cells], tuple[list[Any], dict[int, str]]]:
    """The reader of a column of seconds that an instant adds."""
    read = value_reader(column, "seconds", Column((column,)))
    return lambda cells: read(cells)[:2]


def _skews(
    queues: Values | Instants | None, skew_ms: Callable[[str], int]
) -> "np.ndarray[Any, np.dtype[np.int64]] | int":
    if not isinstance(queues, Values):
        return 0
    known = {queue: skew_ms(queue) for queue in set(queues.values) if queue}
    if len(set(known.values())) == 1:
        return next(iter(known.values()))
    return np.array([known.get(queue, 0) for queue in queues.values], dtype=np.int64)


def _wanted(mapping: ColumnMapping, header: Sequence[str]) -> list[str]:
    wanted = dict.fromkeys([*mapping.where, *mapping.where_not])
    for expression in mapping.columns.values():
        wanted.update(dict.fromkeys(columns_of(expression)))
    return [name for name in wanted if name in header]


def _check_header(source: DelimitedSource, file: str, header: Sequence[str]) -> None:
    for key, name in _named(source.mapping):
        if header.count(name) > 1:
            raise UserError(
                f"{file}: the header has the column {name!r} {_times(header.count(name))}, and "
                f"sources.{source.settings.name}.{key} names it; give each column its own name"
            )
    for key, name in _needed(source.mapping):
        if name not in header:
            raise UserError(
                f"{file}: the header has no column {name!r}, which sources.{source.settings.name}.{key} names"
                f"{_hint(source, name, header)}; it has {', '.join(map(_shown, header))[:400]}"
            )


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def _shown(name: str) -> str:
    """A name of the header as it is read, with what cannot be seen written out."""
    return name if name.isprintable() else repr(name)


def _named(mapping: ColumnMapping) -> Iterator[tuple[str, str]]:
    """Each key that names columns of the file, and the column."""
    for field, expression in mapping.columns.items():
        yield from ((f"columns.{field}", name) for name in columns_of(expression))
    yield from (("where", name) for name in mapping.where)
    yield from (("where_not", name) for name in mapping.where_not)


def _needed(mapping: ColumnMapping) -> Iterator[tuple[str, str]]:
    """The key that names a column which must be there, and the column."""
    must = mandatory(mapping.fields)
    for key, name in _named(mapping):
        if not mapping.own_columns or not key.startswith("columns.") or name in must:
            yield key, name


def _hint(source: DelimitedSource, name: str, header: Sequence[str]) -> str:
    """The likely reason why the column `name` is not there: another delimiter, or another spelling."""
    others = [mark for mark in (",", ";", "\t", "|") if mark != source.delimiter and mark in header[0]]
    if len(header) == 1 and others:
        return f"; its one column suggests delimiter: {others[0]!r} for this source"
    for other in header:
        if squeezed(other) == squeezed(name):
            return (
                f"; its {other!r} differs in blanks, capitals or marks that are not seen; write it as it stands there"
            )
    if not any(name in header for _, name in _named(source.mapping)):
        return "; none of its names is mapped: if the header stands in another line, say header: {row: …}"
    near = difflib.get_close_matches(name, [other for other in header if other], n=3, cutoff=0.55)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
