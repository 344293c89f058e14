"""Record fields that are instants: formats, time zone and `after`, over whole columns at once."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from config.errors import UserError
from config.sources.expressions import Column, Const, Expression, First
from streams.limits import FIRST_MS, LAST_MS, TOO_OLD
from streams.sources.blocks import Cells, TextColumn
from streams.sources.timestamps.columns import Moments, RowMoments
from streams.sources.timestamps.local_time import LocalClock, Placed

__all__ = ["Earliest", "InstantReader", "Instants", "instant_reader"]

_DAY_MS: Final = 86_400_000

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
    """The limit that `after` sets for a field: it is earlier where it lies before `ms`; rows not `known` set none."""

    ms: Milliseconds
    known: Flags


InstantReader = Callable[[Cells, Callable[[str], Earliest]], Instants]
"""Reads a block of cells; the second argument gives the limit that a field named by `after` sets."""


def instant_reader(field: str, expression: Expression, clock: LocalClock) -> InstantReader:
    """The function that reads an instant field from a block of cells.

    Raises:
        UserError: a constant that is no instant.
    """
    match expression:
        case First(options=options):
            return _first([instant_reader(field, option, clock) for option in options])
        case Const(text=text):
            return _const(field, text, clock)
        case Column():
            return _Reader(expression, clock).read
        case _:
            raise UserError(
                f"columns.{field}: {type(expression).__name__.lower()} makes no instant; use columns, format"
            )


class _Reader:
    def __init__(self, column: Column, clock: LocalClock) -> None:
        self._column = column
        self._clock = clock
        self._moments = Moments(column.formats, column.empty)

    def read(self, cells: Cells, limit: Callable[[str], Earliest]) -> Instants:
        columns = [cells.column(name) for name in self._column.columns]
        moments = self._moments.read(columns)
        old = moments.read & (moments.ms < FIRST_MS)
        far = moments.read & (moments.ms >= LAST_MS)
        moments.ms[old | far] = 0
        placed = self._place(moments)
        if self._column.after is not None:
            placed = self._not_earlier(moments, placed, limit(self._column.after))
        faults: dict[int, str] = {}
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

    def _place(self, moments: RowMoments) -> Placed:
        """The instants, of which those with an offset of their own need no zone."""
        local = moments.read & ~moments.fixed
        if local.all():
            return self._clock.place(moments.ms)
        placed = self._clock.place(moments.ms[local])
        utc, twin = moments.ms.copy(), moments.ms.copy()
        utc[local], twin[local] = placed.utc_ms, placed.twin_ms
        refused = [np.zeros(len(local), dtype=np.bool_) for _ in range(2)]
        refused[0][local], refused[1][local] = placed.ambiguous, placed.nonexistent
        return Placed(utc, twin, *refused)

    def _not_earlier(self, moments: RowMoments, placed: Placed, limit: Earliest) -> Placed:
        """Where an instant lies before its limit: the second hour of its name if that does not, else the next day."""
        early = moments.read & limit.known & (placed.utc_ms < limit.ms)
        if not early.any():
            return placed
        utc, twin = placed.utc_ms.copy(), placed.twin_ms.copy()
        ambiguous, nonexistent = placed.ambiguous.copy(), placed.nonexistent.copy()
        second = early & (twin >= limit.ms)
        utc[second], twin[second] = placed.twin_ms[second], placed.utc_ms[second]
        rows = np.flatnonzero(early & ~second)
        later = self._place(
            RowMoments(moments.ms[rows] + _DAY_MS, moments.fixed[rows], moments.read[rows], moments.empty[rows])
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
