"""Contacts offered shortly before an interval, who may have left in it: half of the check `unbalanced`."""

from collections.abc import Callable
from typing import Final

from agents.engine.contacts import ContactStore
from agents.engine.manifest import Manifest
from agents.intervals.calendar import Calendar
from config.settings import QueueSettings
from streams.columns import FIGURE_COLUMNS

__all__ = ["Balance"]

_OFFERED: Final = FIGURE_COLUMNS.index("offered")
_INTEGRITY: Final = FIGURE_COLUMNS.index("integrity")
_UNKNOWN: Final = frozenset({"missing", "rejected", "incomplete"})
"""Checks of an interval that leave it open how many were offered in it."""


class Balance:
    """What intervals tell of those that follow (docs/concepts/figures.md#integrity).

    Args:
        manifest: of the queue's state.
        settings_at: the settings in force for an interval's start.
        calendar: of the queue.
        contacts: its sums.
    """

    def __init__(
        self,
        manifest: Manifest,
        settings_at: Callable[[int], QueueSettings],
        calendar: Calendar,
        contacts: ContactStore,
    ) -> None:
        self._manifest = manifest
        self._settings_at = settings_at
        self._calendar = calendar
        self._contacts = contacts

    def offered_before(self, start: int) -> int | None:
        """Contacts offered in the intervals that began within `max_balance_seconds` before one.

        Returns:
            None where that is not known: one of them is missing, rejected or incomplete, or does not report it.
        """
        length = self._calendar.interval_ms
        seconds = self._settings_at(start).rules["integrity"].parameters["max_balance_seconds"]
        assert isinstance(seconds, int | float)  # noqa: S101 - a number by its rule's type
        total = 0
        for at in range(start - int(seconds * 1000) // length * length, start, length):
            offered = self._final(at) if at < self._contacts.state.closed_through else self._open(at)
            if offered is None:
                return None
            total += offered
        return total

    def _final(self, start: int) -> int | None:
        figures = self._contacts.final.figures(start)
        if not figures:
            return 0  # it needed no row: nothing came
        offered = figures[_OFFERED]
        if not _UNKNOWN.isdisjoint(str(figures[_INTEGRITY]).split(";")) or not isinstance(offered, int):
            return None
        return max(offered, 0)

    def _open(self, start: int) -> int | None:
        counts = self._contacts.open_counts.get(start)
        if counts is None or not counts.has_data():
            return None if self._calendar.has_hours(start) and self._calendar.is_open(start) else 0
        if self._manifest.contacts_from <= start:
            return counts.offered
        snapshot = counts.snapshot
        if snapshot is None or snapshot.as_of_ms < snapshot.end_ms or snapshot.offered is None:
            return None
        return max(snapshot.offered, 0)
