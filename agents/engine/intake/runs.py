"""Runs of contacts that can be counted together, and what is due before call data is counted."""

from collections.abc import Sequence

from agents.engine.interval_lifecycle import IntervalLifecycle
from agents.engine.manifest import Manifest
from streams.records import Contact, Record, Snapshot, event_ms

__all__ = ["reach", "run_end"]


def run_end(
    records: Sequence[Record],
    first: int,
    intervals: IntervalLifecycle | None,
    manifest: Manifest,
    oldest_ms: int,
    feeds: Sequence[str | None] | None,
) -> int:
    """The place behind the contacts from `first` on that lie in one open interval and make nothing final.

    Args:
        records: of one queue.
        first: where the run begins.
        intervals: the queue's; None: it has none yet.
        manifest: of its state.
        oldest_ms: how much older than the newest a record may be.
        feeds: the source of each record, where they differ.
    """
    record = records[first]
    if type(record) is not Contact or intervals is None:
        return first
    start, end = intervals.contacts.open_interval(record.offered_ms)
    oldest = manifest.last_event_ms - oldest_ms
    low, high = max(start, manifest.contacts_from + 1, oldest), min(end, intervals.deadline)
    for at in range(first, len(records)):
        record = records[at]
        if type(record) is not Contact or not low <= record.offered_ms < high:
            return at
        if feeds is not None and feeds[at] != feeds[first]:
            return at
    return len(records)


def reach(record: Record, intervals: IntervalLifecycle | None) -> bool:
    """Make the projections that are due before a record is counted; False: the turn is too short to count it, too."""
    if intervals is None or not isinstance(record, Contact | Snapshot):
        return True
    event = event_ms(record)
    return event < intervals.outlook.next_ms or intervals.reach(event)
