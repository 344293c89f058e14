"""Record fields that are instants: formats, time zone and `after`, over whole columns at once."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from config.errors import UserError
from config.sources.expressions import Column, Const, Expression, First
from streams.limits import FIRST_MS, LAST_MS, TOO_OLD
from streams.sources.blocks import Cells, TextColumn
from streams.sources.timestamps.columns import Moments, RowMoments
from streams.sources.timestamps.local_time import LocalClock, Placed
from streams.sources.timestamps.ranges import starts_of_ranges
from streams.sources.timestamps.zones import RowClocks, RowZones

__all__ = ["Earliest", "InstantReader", "Instants", "SecondsReader", "instant_reader"]

_DAY_MS: Final = 86_400_000
_HALF_DAY_MS: Final = 43_200_000

Flags = npt.NDArray[np.bool_]
Milliseconds = npt.NDArray[np.int64]


class Instants(NamedTuple):
    """An instant field's values, row by row."""

    ms: Milliseconds
    """Milliseconds since 1970 (UTC)."""
    known: Flags
    """Whether there is a value: neither not reported nor a fault."""
    faults: dict[int, str]
    """By row what is wrong with the cell, without the field's name."""
    twins: dict[int, int]
    """By row the other instant of the same local name, where there is one."""

    def as_list(self) -> list[int | None]:
        """The instants as a list, None where there is none."""
        if self.known.all():
            return self.ms.tolist()  # type: ignore[no-any-return]  # numpy types it as Any
        values = self.ms.astype(object)
        values[~self.known] = None
        return values.tolist()  # type: ignore[no-any-return]  # as above


class Earliest(NamedTuple):
    """The instant that `after` names: a clock more than 12 hours before `ms` is the next day's; rows not `known` set
    none.
    """

    ms: Milliseconds
    known: Flags


InstantReader = Callable[[Cells, Callable[[str], Earliest]], Instants]
"""Reads a block of cells; the second argument gives the limit that a field named by `after` sets."""


Seconds = tuple[list[Any], dict[int, str]]
"""Milliseconds row by row, None where not reported, and by row what is wrong with the cell."""
SecondsReader = Callable[[str], Callable[[Cells], Seconds]]
"""Gives the function that reads a column of seconds."""


def instant_reader(
    field: str, expression: Expression, clock: LocalClock, seconds: SecondsReader | None = None
) -> InstantReader:
    """The function that reads an instant field from a block of cells; `seconds` reads the column of a `plus`.

    Raises:
        UserError: a constant that is no instant.
    """
    match expression:
        case First(options=options):
            return _first([instant_reader(field, option, clock, seconds) for option in options])
        case Const(text=text):
            return _const(field, text, clock)
        case Column():
            return _Reader(expression, clock, seconds).read
        case _:
            raise UserError(
                f"columns.{field}: {type(expression).__name__.lower()} makes no instant; use columns, format"
            )


class _Reader:
    def __init__(self, column: Column, clock: LocalClock, seconds: SecondsReader | None) -> None:
        self._column = column
        self._clock = clock
        self._zones = None if column.zone is None else RowZones(column.zone, clock)
        self._plus = None if column.plus is None or seconds is None else seconds(column.plus)
        self._moments = Moments(column.formats, column.empty)

    def read(self, cells: Cells, limit: Callable[[str], Earliest]) -> Instants:
        columns = [cells.column(name) for name in self._column.columns]
        if self._column.span is not None:
            columns[-1] = starts_of_ranges(columns[-1], self._column.span)
        moments = self._moments.read(columns)
        old = moments.read & (moments.ms < FIRST_MS)
        far = moments.read & (moments.ms >= LAST_MS)
        moments.ms[old | far] = 0
        clocks = None if self._zones is None else self._zones.clocks(cells)
        placed = self._place(moments, clocks)
        faults: dict[int, str] = {} if clocks is None else dict(clocks.faults)
        if self._plus is not None:
            self._add(placed, moments, *self._plus(cells), faults)
        if self._column.after is not None:
            placed = self._next_day(moments, placed, limit(self._column.after), clocks)
        for rows, problem in (
            (~moments.read & ~moments.empty, f"expected {self._moments.expected}"),
            (far, "that is not in the years 1980 to 2999; list it under empty if it means none"),
            (placed.ambiguous, f"that time occurs twice in {self._clock.timezone}, and on_ambiguous is reject"),
            (placed.nonexistent, f"that time does not occur in {self._clock.timezone}, and on_nonexistent is reject"),
        ):
            for row in np.flatnonzero(rows).tolist():
                faults.setdefault(row, f"{self._found(columns, row)}; {problem}")
        for row in np.flatnonzero(old).tolist():
            faults[row] = (
                f"{TOO_OLD} {self._found(columns, row)}; that is before 1980; list it under empty if it means none"
            )
        known = moments.read.copy()
        known[list(faults)] = False
        twins = np.flatnonzero(known & (placed.twin_ms != placed.utc_ms)).tolist()
        return Instants(placed.utc_ms, known, faults, {row: int(placed.twin_ms[row]) for row in twins})

    def _found(self, columns: list[TextColumn], row: int) -> str:
        text = " ".join(column.text(row) for column in columns)
        return f"column {', '.join(self._column.columns)} has {text[:80]!r}"

    def _place(self, moments: RowMoments, clocks: RowClocks | None) -> Placed:
        """The instants, of which those with an offset of their own need no zone."""
        local = moments.read & ~moments.fixed
        if clocks is None and local.all():
            return self._clock.place(moments.ms)
        utc, twin = moments.ms.copy(), moments.ms.copy()
        refused = [np.zeros(len(local), dtype=np.bool_) for _ in range(2)]
        for clock, rows in ((self._clock, local),) if clocks is None else clocks.parts(local):
            placed = clock.place(moments.ms[rows])
            utc[rows], twin[rows] = placed.utc_ms, placed.twin_ms
            refused[0][rows], refused[1][rows] = placed.ambiguous, placed.nonexistent
        return Placed(utc, twin, *refused)

    def _add(
        self, placed: Placed, moments: RowMoments, added: list[Any], wrong: dict[int, str], faults: dict[int, str]
    ) -> None:
        """Add the column of seconds to the instants; a row without it has no instant."""
        for row, fault in wrong.items():
            faults.setdefault(row, fault)
        lacking = np.array([ms is None for ms in added], dtype=np.bool_)
        moments.empty[lacking], moments.read[lacking] = True, False
        more = np.array([ms or 0 for ms in added], dtype=np.int64)
        placed.utc_ms[:] += more
        placed.twin_ms[:] += more

    def _next_day(self, moments: RowMoments, placed: Placed, limit: Earliest, clocks: RowClocks | None) -> Placed:
        """Where an instant lies before its limit: the second hour of its name if that does not; and the next day if it
        is more than half a day. Clocks that disagree by less are the business of `clock_skew_seconds`.
        """
        early = moments.read & limit.known & (placed.utc_ms < limit.ms)
        if not early.any():
            return placed
        utc, twin = placed.utc_ms.copy(), placed.twin_ms.copy()
        ambiguous, nonexistent = placed.ambiguous.copy(), placed.nonexistent.copy()
        second = early & (twin >= limit.ms)
        utc[second], twin[second] = placed.twin_ms[second], placed.utc_ms[second]
        rows = np.flatnonzero(early & ~second & (utc < limit.ms - _HALF_DAY_MS))
        later = self._place(
            RowMoments(moments.ms[rows] + _DAY_MS, moments.fixed[rows], moments.read[rows], moments.empty[rows]),
            None if clocks is None else clocks.some(rows),
        )
        utc[rows], twin[rows] = later.utc_ms, later.twin_ms
        ambiguous[rows], nonexistent[rows] = later.ambiguous, later.nonexistent
        return Placed(utc, twin, ambiguous, nonexistent)


def _const(field: str, text: str, clock: LocalClock) -> InstantReader:
    moments = Moments(()).read([TextColumn(pa.array([text], pa.string()))])
    placed = clock.place(np.clip(moments.ms, FIRST_MS, LAST_MS))
    if not moments.read[0] or not FIRST_MS <= moments.ms[0] < LAST_MS or placed.ambiguous[0] or placed.nonexistent[0]:
        raise UserError(f"columns.{field}: const: found {text!r}; expected an instant such as 2026-03-02T01:00:00Z")
    ms = moments.ms[0] if moments.fixed[0] else placed.utc_ms[0]
    return lambda cells, _limit: Instants(
        np.full(cells.count, ms, dtype=np.int64), np.ones(cells.count, dtype=np.bool_), {}, {}
    )


def _first(readers: list[InstantReader]) -> InstantReader:
    def read(cells: Cells, limit: Callable[[str], Earliest]) -> Instants:
        ms, known, faults, twins = readers[0](cells, limit)
        for reader in readers[1:]:
            settled = known.copy()
            settled[list(faults)] = True
            if settled.all():
                break
            further = reader(cells, limit)
            ms = np.where(settled, ms, further.ms)
            known = known | (further.known & ~settled)
            for row, fault in further.faults.items():
                if not settled[row]:
                    faults[row] = fault
            for row, twin in further.twins.items():
                if not settled[row]:
                    twins[row] = twin
        return Instants(ms, known, faults, twins)

    return read
