"""Interval snapshots: what an ACD counted of an interval, whole or in parts, of which the copies taken last count."""

from collections.abc import Callable
from operator import attrgetter
from typing import Final

from msgspec import structs

from agents.engine.contacts import ContactStore
from agents.engine.manifest import Manifest
from agents.intervals.arrivals import Arrival, RecordRefused
from agents.intervals.calendar import Calendar
from agents.intervals.parts import combined, is_cover, kept, same_values
from config.settings import QueueSettings
from config.timestamps import rfc3339
from streams.columns import FIGURE_COLUMNS
from streams.records import Snapshot

__all__ = ["Balance", "SnapshotStore"]

_MINUTE_MS: Final = 60_000
_AS_OF: Final = attrgetter("as_of_ms")
_OFFERED: Final = FIGURE_COLUMNS.index("offered")
_INTEGRITY: Final = FIGURE_COLUMNS.index("integrity")
_UNKNOWN: Final = frozenset({"missing", "rejected", "incomplete"})
"""Checks of an interval that leave it open how many were offered in it."""


class SnapshotStore:
    """Interval snapshots of one queue; they rest beside the sums of contacts.

    Args:
        contacts: the queue's sums.
        interval_ms: length of an interval.
        phase_ms: the grid's offset: starts are multiples of the interval's length, less this.
    """

    def __init__(self, contacts: ContactStore, interval_ms: int, phase_ms: int) -> None:
        self._contacts = contacts
        self._length = interval_ms
        self._phase = phase_ms

    def put(self, row: Snapshot, source: str, offset: int) -> Arrival:
        """Keep a row: of copies the one with the greatest `as_of`, of equal ones the later one in the log.

        Raises:
            RecordRefused: too late to correct, or across the border of an interval.
        """
        start = self._interval_of(row)
        self._contacts.require_correctable(row, start, "interval_start")
        known = self._contacts.snapshot_of(start)
        rows = [] if known is None else self._contacts.parts_of(start) or [known]
        if is_cover(row):
            if rows:
                return Arrival.DUPLICATE if rows[0] == row else Arrival.ACCEPTED
        elif rows and is_cover(rows[0]):
            rows = []
        outcome = Arrival.ACCEPTED
        for place, before in enumerate(rows):
            if (before.start_ms, before.length_ms) != (row.start_ms, row.length_ms):
                continue
            if same_values(row, before):
                return Arrival.DUPLICATE
            if row.as_of_ms < before.as_of_ms and (before.said or not row.said):
                return Arrival.ACCEPTED
            if row.as_of_ms == before.as_of_ms:
                outcome = Arrival.RESTATED
            # A length that one copy says holds for all.
            row = structs.replace(max(row, before, key=_AS_OF), said=before.said or row.said)
            rows = [*rows[:place], *rows[place + 1 :]]
            break
        self._keep(start, rows, row, source, offset)
        return outcome

    def _interval_of(self, row: Snapshot) -> int:
        """Start of the interval that holds a row whole.

        Raises:
            RecordRefused: there is none.
        """
        length, into = self._length, (row.start_ms + self._phase) % self._length
        if into and into + row.length_ms > length and row.said:
            raise RecordRefused(
                f"interval_start: {rfc3339(row.start_ms)}, and the row's {row.length_ms / 1000:g} s lie across two "
                f"intervals of {length / 1000:g} s, which begin at multiples of {length // 60_000} minutes in local "
                f"standard time",
                row,
            )
        if row.length_ms != length and (row.start_ms % _MINUTE_MS or row.length_ms % _MINUTE_MS):
            # It bounds the parts that an interval can have, too.
            raise RecordRefused(
                f"interval_start: {rfc3339(row.start_ms)}, {row.length_ms / 1000:g} s long, begins or ends within a "
                f"minute; the parts of an interval of {length / 1000:g} s are whole minutes",
                row,
            )
        return row.start_ms - into

    def _keep(self, start: int, others: list[Snapshot], row: Snapshot, source: str, offset: int) -> None:
        """Let an interval have a row, which was read at `offset`, beside others."""
        if not others and row.length_ms == self._length:
            snapshot, parts = row, []
        else:
            parts = kept([*others, row])
            if not any(one is row for one in parts):
                return
            snapshot = combined(parts, start, self._length)
            parts = [] if parts == [snapshot] else parts
        counts = self._contacts.counts(start)
        counts.snapshot, counts.parts = snapshot, parts
        counts.note_source(source, offset, offset)


class Balance:
    """Contacts offered shortly before an interval, who may leave in it: half of the check `unbalanced`
    (docs/concepts/figures.md#integrity).

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
        integrity = figures[_INTEGRITY]
        if integrity != "ok" and not _UNKNOWN.isdisjoint(str(integrity).split(";")):
            return None
        if not isinstance(offered, int):
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
