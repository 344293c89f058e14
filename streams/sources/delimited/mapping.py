"""The column mapping of one source, made ready for one file: cells in, record fields out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.errors import UserError
from config.sources.expressions import columns_of
from config.sources.fields import FIELDS, MANDATORY
from config.sources.settings import SourceSettings
from config.yaml import nearest
from streams.sources.blocks import Cells
from streams.sources.delimited.fields import Values, value_reader
from streams.sources.timestamps.fields import Earliest, Instants, instant_reader
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["Mapped", "Mapper"]


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

    Raises:
        UserError: a column that is mapped is not in the header, or stands there twice.
    """

    def __init__(self, source: SourceSettings, timezone: str, file: str, header: Sequence[str]) -> None:
        assert source.record is not None  # noqa: S101 - a csv source has a record type
        _check_header(source, file, header)
        expressions = source.columns
        if source.own_columns:
            expressions = {name: expression for name, expression in expressions.items() if name in header}
        kinds = FIELDS[source.record]
        clock = LocalClock(timezone, source.on_ambiguous, source.on_nonexistent)
        self._order = [name for name in kinds if name in expressions]
        self._names = {name: ", ".join(columns_of(expression)) for name, expression in expressions.items()}
        try:
            self._values = {
                name: value_reader(name, kinds[name], expressions[name])
                for name in self._order
                if kinds[name] != "instant"
            }
            self._instants = {
                name: instant_reader(name, expressions[name], clock) for name in self._order if kinds[name] == "instant"
            }
        except UserError as error:
            raise UserError(f"sources.{source.name}: {error}") from None
        self.wanted = _wanted(source, header)
        """The file's columns that are read."""

    def read(self, cells: Cells, skew_ms: Callable[[str], int]) -> Mapped:
        """The fields of a block of rows; `skew_ms` gives the clock skew of a queue."""
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
        faults: dict[int, str] = {}
        for name in self._order:
            for row, fault in parts[name].faults.items():
                faults.setdefault(row, f"{name}: {fault}")
        start = parts.get("interval_start")
        return Mapped(
            cells.count,
            {name: part.as_list() if isinstance(part, Instants) else part.values for name, part in parts.items()},
            faults,
            start.twins if isinstance(start, Instants) else {},
        )

    def named(self, reason: str) -> str:
        """The reason of a refused record with the column that its field comes from."""
        fields = [word.rstrip(":") for word in reason.split()[:2]]
        for field in fields:
            if field in self._names:
                return f"{reason} (column {self._names[field]})" if self._names[field] else reason
        return reason


def _skews(
    queues: Values | Instants | None, skew_ms: Callable[[str], int]
) -> "np.ndarray[Any, np.dtype[np.int64]] | int":
    if not isinstance(queues, Values):
        return 0
    known = {queue: skew_ms(queue) for queue in set(queues.values) if queue}
    if len(set(known.values())) == 1:
        return next(iter(known.values()))
    return np.array([known.get(queue, 0) for queue in queues.values], dtype=np.int64)


def _wanted(source: SourceSettings, header: Sequence[str]) -> list[str]:
    wanted = dict.fromkeys([*source.where, *source.where_not])
    for expression in source.columns.values():
        wanted.update(dict.fromkeys(columns_of(expression)))
    return [name for name in wanted if name in header]


def _check_header(source: SourceSettings, file: str, header: Sequence[str]) -> None:
    assert source.record is not None  # noqa: S101 - as above
    for place, name in enumerate(header):
        if name and name in header[:place]:
            raise UserError(f"{file}: the header has the column {name!r} twice; give each column its own name")
    named = [(f"columns.{field}", name) for field, one in source.columns.items() for name in columns_of(one)]
    if source.own_columns:
        named = [(key, name) for key, name in named if name in MANDATORY[source.record]]
    named += [("where", name) for name in source.where] + [("where_not", name) for name in source.where_not]
    for key, name in named:
        if name not in header:
            hint = nearest(name, [other for other in header if other])
            others = [mark for mark in (",", ";", "\t", "|") if mark != source.delimiter and mark in header[0]]
            if len(header) == 1 and others:
                hint = f"; its one column suggests delimiter: {others[0]!r} for this source"
            raise UserError(
                f"{file}: the header has no column {name!r}, which sources.{source.name}.{key} names{hint}; "
                f"it has {', '.join(header)[:400]}"
            )
