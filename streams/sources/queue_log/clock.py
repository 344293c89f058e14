"""Instants of a queue_log: seconds since 1970 in the file, the local clock of a database in its table."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from streams.limits import FIRST_MS, LAST_MS, far, word
from streams.records import RecordError
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["TableClock"]

_LONGEST_TIME: Final = 24
"""Characters of seconds since 1970 at most."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive until they are placed
_EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_OUT_OF_ORDER_MS: Final = 60_000
"""A repeated hour is the second one where the first would run back by more."""
_NEAR_MS: Final = 7_200_000
"""So near to a time of the second hour, a time of that name is of it, too."""
_QUARTER_MS: Final = 900_000


class TableClock:
    """Instants of a queue_log: seconds since 1970, or the local clock of a database.

    Args:
        timezone: IANA name, of local times.
        on_ambiguous: `first`, `second`, `reject`, or `in_order`: the reading that does not run back.
        on_nonexistent: `reject` or `shift`.
    """

    def __init__(self, timezone: str, on_ambiguous: str, on_nonexistent: str) -> None:
        self._timezone = timezone
        self._in_order = on_ambiguous == "in_order"
        self._local = LocalClock(timezone, "first" if self._in_order else on_ambiguous, on_nonexistent)
        self._offsets: dict[int, int] = {}
        """By quarter of an hour in which nothing changes: how far the clock is ahead of UTC, milliseconds."""
        self._last = 0
        self._turned = 0
        """The last instant of a second hour."""

    def read(self, text: str) -> int:
        """The instant of a text, milliseconds; finer digits are cut off.

        Raises:
            RecordError: it is none, or in no year of calls.
        """
        head, point, tail = text.partition(".")
        if head.isdecimal() and len(text) <= _LONGEST_TIME and text.isascii() and (not point or tail.isdecimal()):
            ms = int(head) * 1000 + (int((tail + "00")[:3]) if tail else 0)
        else:
            ms = self._placed(text)
        if not FIRST_MS <= ms < LAST_MS:
            raise far("time", ms)
        return ms

    def _placed(self, text: str) -> int:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise RecordError(
                f"time: {word(text)} is neither seconds since 1970 nor a date with a clock"
                if text
                else "time: is empty"
            ) from None
        if moment.tzinfo is not None:
            return (moment - _EPOCH_UTC) // _MS
        if len(text) < len("2026-03-02 10:00"):
            raise RecordError(f"time: {word(text)} has no clock")
        local = (moment - _EPOCH) // _MS
        offset = self._offsets.get(local // _QUARTER_MS)
        return self._looked_up(local, text) if offset is None else local - offset

    def _looked_up(self, local: int, text: str) -> int:
        """The instant of a local time near a change of the clock, or of a quarter of an hour not met before."""
        quarter = local // _QUARTER_MS
        ends = np.array([local, quarter * _QUARTER_MS, (quarter + 1) * _QUARTER_MS - 1], dtype=np.int64)
        placed = self._local.place(ends)
        offsets = set((ends - placed.utc_ms).tolist())
        changes = len(offsets) > 1 or placed.ambiguous.any() or placed.nonexistent.any()
        if not changes and (placed.twin_ms == placed.utc_ms).all():
            self._offsets[quarter] = offsets.pop()
        if placed.nonexistent[0]:
            raise RecordError(f"time: {word(text)} does not occur in {self._timezone} (on_nonexistent: reject)")
        if placed.ambiguous[0]:
            raise RecordError(f"time: {word(text)} occurs twice in {self._timezone} (on_ambiguous: reject)")
        first, second = int(placed.utc_ms[0]), int(placed.twin_ms[0])
        back = first < self._last - _OUT_OF_ORDER_MS or abs(second - self._turned) < _NEAR_MS
        if self._in_order and first < second and back:
            self._turned = first = second
        self._last = max(self._last, first)
        return first
