"""Refusal of records that cannot be counted, and the choice between two contradicting copies.

Two copies of one record may claim the same moment and differ. Their values decide which one counts, never the
order in which they came. So a replay, a redelivery and a second worker all decide alike.
"""

import msgspec

from config.timestamps import rfc3339
from streams.records import AgentState, Contact, Evaluation, Feed, Record, RefusedRow, Snapshot

__all__ = ["RecordRefused", "contradicting", "too_old"]

_EVENT_FIELDS = {
    Contact: "offered_at",
    Snapshot: "as_of",
    AgentState: "since",
    Evaluation: "evaluated_at",
    Feed: "through",
    RefusedRow: "at",
}
_ENCODE = msgspec.msgpack.Encoder().encode


class RecordRefused(ValueError):  # noqa: N818 - a verdict on a record, not a fault of the program
    """A well-formed record that cannot be counted.

    Attributes:
        loser: the copy that does not count: the record itself, or the one it replaced.
        replaced: whether the record counts, and the copy before it does not.
    """

    def __init__(self, reason: str, loser: Record, *, replaced: bool = False) -> None:
        super().__init__(reason)
        self.loser = loser
        self.replaced = replaced


def contradicting(record: Record, before: Record, what: str, field: str, ms: int) -> RecordRefused:
    """The refusal of one of two copies that differ in nothing that could rank them: the greater by value counts.

    Args:
        record: the copy that has just come.
        before: the copy that counts so far.
        what: the record in words, for people.
        field: the column in which both have the instant `ms`.
        ms: that instant.
    """
    loser = min(record, before, key=_ENCODE)
    return RecordRefused(
        f"conflicting_copy: {what} has two copies with {field} {rfc3339(ms)} and different values",
        loser,
        replaced=loser is before,
    )


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
