"""Interval snapshots: what an ACD counted of an interval, of which the one taken last counts."""

from agents.engine.contacts import ContactStore
from agents.intervals.duplicates import RecordRefused, contradicting
from config.timestamps import rfc3339
from streams.records import Snapshot

__all__ = ["SnapshotStore"]


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

    def put(self, snapshot: Snapshot, source: str, offset: int) -> bool:
        """Keep the interval snapshot with the greatest `as_of`; False: nothing new.

        Raises:
            RecordRefused: too late to correct, off the queue's grid, or contradicting the copy that counts.
        """
        start = snapshot.start_ms
        if (start + self._phase) % self._length:
            raise RecordRefused(
                f"interval_start: {rfc3339(start)} is not a multiple of {self._length // 60_000} minutes "
                f"in local standard time",
                snapshot,
            )
        self._contacts.require_correctable(snapshot, start, "interval_start")
        before = self._contacts.snapshot_of(start)
        contradiction: RecordRefused | None = None
        if before is not None:
            if snapshot == before:
                return False
            if snapshot.as_of_ms < before.as_of_ms:
                return True
            if snapshot.as_of_ms == before.as_of_ms:
                contradiction = contradicting(
                    snapshot, before, f"interval {rfc3339(start)}", "as_of", snapshot.as_of_ms
                )
                if not contradiction.replaced:
                    raise contradiction
        counts = self._contacts.counts(start)
        counts.snapshot = snapshot
        counts.note_source(source, offset, offset)
        if contradiction is not None:
            raise contradiction
        return True
