"""Local times of a file to instants, exactly, also where summer time begins and ends.

Offsets come from zoneinfo, one look-up per quarter of an hour rather than per row; a quarter in which the
offset changes is looked up value by value. A local time that occurs twice has two offsets, the earlier
instant having the greater; one that does not occur has two as well, the other way round (PEP 495).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["LocalClock", "Placed"]

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive until they are placed
_STEP_MS: Final = 900_000
_MOST_KNOWN: Final = 500_000

Milliseconds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Placed:
    """Local times on the UTC time line; parallel arrays."""

    utc_ms: Milliseconds
    twin_ms: Milliseconds
    """The other instant of the same local name; the same instant where there is no other."""
    ambiguous: npt.NDArray[np.bool_]
    """Refused: the time occurs twice, and the source says `on_ambiguous: reject`."""
    nonexistent: npt.NDArray[np.bool_]
    """Refused: the time does not occur, and the source says `on_nonexistent: reject`."""


class LocalClock:
    """The wall clock of a source: a time zone, and what to do with the hour that occurs twice or not at all.

    Args:
        timezone: IANA name.
        on_ambiguous: in_order (placed as first, `streams.sources.delimited.repeated_hour` decides), first, second or
            reject.
        on_nonexistent: reject, or shift: 02:30 that summer time skips is 03:30.
    """

    def __init__(self, timezone: str, on_ambiguous: str, on_nonexistent: str) -> None:
        self.timezone = timezone
        self.on_ambiguous, self.on_nonexistent = on_ambiguous, on_nonexistent
        self._zone = ZoneInfo(timezone)
        self._second = on_ambiguous == "second"
        self._reject_ambiguous = on_ambiguous == "reject"
        self._reject_nonexistent = on_nonexistent == "reject"
        self._known: dict[int, tuple[int, int, bool]] = {}

    def place(self, local_ms: Milliseconds) -> Placed:
        """The instants of local times, given as milliseconds since 1970-01-01T00:00 on the wall clock."""
        codes, steps = pd.factorize(local_ms // _STEP_MS)
        known = np.array([self._step(step) for step in steps.tolist()], dtype=np.int64).reshape(-1, 3)
        before = known[:, 0][codes]
        after = known[:, 1][codes]
        for place in np.flatnonzero(known[:, 2][codes]).tolist():
            before[place], after[place] = self._offsets(int(local_ms[place]))
        twice = before > after
        never = before < after
        early = local_ms - before
        late = np.where(twice, local_ms - after, early)
        utc, twin = (late, early) if self._second else (early, late)
        nothing = np.zeros(len(local_ms), dtype=np.bool_)
        return Placed(
            utc,
            twin,
            twice if self._reject_ambiguous else nothing,
            never if self._reject_nonexistent else nothing,
        )

    def _step(self, step: int) -> tuple[int, int, bool]:
        """Offsets in one quarter of an hour, and whether they change in it."""
        found = self._known.get(step)
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            first = self._offsets(step * _STEP_MS)
            last = self._offsets(step * _STEP_MS + _STEP_MS - 1)
            found = (*first, first != last)
            self._known[step] = found
        return found

    def _offsets(self, local_ms: int) -> tuple[int, int]:
        """Offset from UTC before and after a change that the local time may be near, milliseconds."""
        local = (_EPOCH + timedelta(milliseconds=local_ms)).replace(tzinfo=self._zone)
        before = local.utcoffset() or timedelta()
        after = local.replace(fold=1).utcoffset() or timedelta()
        one = timedelta(milliseconds=1)
        return before // one, after // one
