"""The outcome of a record that its queue is given: it counts, says nothing new, restates a copy, or is refused.

The copy that says that it is the later one counts. Where two say the same moment and differ, the later one in
the log is what the sender says now. No value of a record decides between its copies.
"""

from enum import Enum

from config.timestamps import rfc3339
from streams.records import AgentState, Contact, Evaluation, Feed, Record, RefusedRow, Snapshot

__all__ = ["Arrival", "RecordRefused", "too_old"]

_EVENT_FIELDS = {
    Contact: "offered_at",
    Snapshot: "as_of",
    AgentState: "since",
    Evaluation: "evaluated_at",
    Feed: "through",
    RefusedRow: "at",
}


class Arrival(Enum):
    """The outcome of a record that can be counted."""

    ACCEPTED = "accepted"
    """It counts, or a newer copy does."""
    DUPLICATE = "duplicate"
    """Its values are known."""
    RESTATED = "restated"
    """It takes the place of a copy of the same moment with other values."""


class RecordRefused(ValueError):  # noqa: N818 - a verdict on a record, not a fault of the program
    """A well-formed record that cannot be counted; `record` is that one."""

    def __init__(self, reason: str, record: Record) -> None:
        super().__init__(reason)
        self.record = record


def too_old(record: Record, event: int, newest: int, oldest_ms: int) -> RecordRefused:
    """The refusal of a record of long before the queue's newest call data.

    Args:
        record: the record.
        event: its event time.
        newest: event time of the newest call data.
        oldest_ms: how much older a record may be.
    """
    return RecordRefused(
        f"too_old: {_EVENT_FIELDS[type(record)]} {rfc3339(event)} lies more than oldest_record_days "
        f"({oldest_ms / 86_400_000:g}) before the newest call data, of {rfc3339(newest)}",
        record,
    )
