"""Holes: the stretches of open time in which a queue was silent for so long that its intervals have no rows.

A queue that is closed down, or a feed that is taken away for good, would else have rows without end
(docs/concepts/intervals.md#long-silences).
"""

from collections.abc import Callable
from typing import Final

from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER
from config.timestamps import rfc3339

__all__ = ["Holes"]

_DAY_MS: Final = 86_400_000


class Holes:
    """Holes of one queue.

    Args:
        calendar: where its intervals lie.
        dormant_ms: how long a silence is without rows.
        last_word: the last word of the queue, or of a source that feeds it; milliseconds, NEVER for none.
    """

    def __init__(self, calendar: Calendar, dormant_ms: int, last_word: Callable[[], int]) -> None:
        self._calendar = calendar
        self._dormant_ms = dormant_ms
        self._last_word = last_word

    def begin_ms(self) -> int:
        """An interval without data that begins after it has no row."""
        word = self._last_word()
        return -NEVER if word == NEVER else word + self._dormant_ms

    def before(self, start: int) -> str | None:
        """The open time before an interval that has no rows, in words; None: there is none."""
        begin = self.begin_ms()
        first = next(self._calendar.open_starts(begin + 1, start), None) if start > begin else None
        if first is None:
            return None
        return f"no rows from {rfc3339(first)} on: there was no data for more than {self._dormant_ms / _DAY_MS:g} days"
