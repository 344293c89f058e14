"""The time zone of each row, where a column names it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from streams.sources.blocks import Cells
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["RowClocks", "RowZones"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RowClocks:
    """The wall clocks of a block's rows."""

    which: npt.NDArray[np.int64]
    """By row the place of its clock; of a row with a fault any."""
    of: list[LocalClock]
    faults: Mapping[int, str]
    """By row what is wrong with the cell that names the zone."""

    def parts(self, rows: Flags) -> Iterator[tuple[LocalClock, Flags]]:
        """Each clock with those of `rows` that it serves."""
        for place, clock in enumerate(self.of):
            served = rows & (self.which == place)
            if served.any():
                yield clock, served

    def some(self, rows: npt.NDArray[np.intp]) -> "RowClocks":
        """The clocks of some of the rows."""
        return RowClocks(self.which[rows], self.of, {})


class RowZones:
    """Gives the clocks of rows whose zone stands in a column.

    Args:
        column: its name; an empty cell means the clock of the source.
        clock: of the source, whose rules for the hours that occur twice or never hold for every zone.
    """

    def __init__(self, column: str, clock: LocalClock) -> None:
        self._column = column
        self._clocks: dict[str, LocalClock | None] = {"": clock}
        self._clock = clock

    def clocks(self, cells: Cells) -> RowClocks:
        """The clocks of a block of rows."""
        coded = cells.column(self._column).coded
        found = [self._of(text) for text in coded.texts]
        bad = [place for place, clock in enumerate(found) if clock is None]
        faults = (
            {
                row: f"column {self._column} has {coded.texts[code][:80]!r}; "
                f"expected an IANA time zone such as Europe/Madrid"
                for row, code in enumerate(coded.codes.tolist())
                if code in bad
            }
            if bad
            else {}
        )
        return RowClocks(coded.codes, [clock or self._clock for clock in found], faults)

    def _of(self, name: str) -> LocalClock | None:
        if name not in self._clocks:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._clocks[name] = None
            else:
                self._clocks[name] = LocalClock(name, self._clock.on_ambiguous, self._clock.on_nonexistent)
        return self._clocks[name]
