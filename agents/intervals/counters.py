"""Counts of records by outcome, for `intervalwatch_records_total` and for the summaries of commands."""

from collections import Counter

import msgspec

__all__ = ["RecordCounters"]


class RecordCounters(msgspec.Struct):
    """Numbers of records by outcome since the engine was made. No state keeps them: a restart begins at 0."""

    accepted: int = 0
    """Counted, or superseded by a copy that counts."""
    duplicate: int = 0
    """Records with the values of a copy known already."""
    restated: int = 0
    """Records that took the place of a copy of the same time stamp with other values."""
    dead_lettered: int = 0
    """Records that cannot be counted; each is published with the reason."""
    late: int = 0
    """Accepted records that concerned a final interval; those that restated a copy are not among them."""
    corrections: int = 0
    """Revisions after the first."""
    corrected: int = 0
    """Intervals that were corrected, each once."""
    late_plans: int = 0
    """Plan rows for a final interval that had a plan: kept, and compared with nothing."""
    intervals_final: int = 0
    """First revisions, missing ones too."""
    too_many_queues: int = 0
    """Dead letters that are records of queues beyond `max_unconfigured_queues`."""
    opened: Counter[str] = msgspec.field(default_factory=Counter)
    """Breaches and early warnings that opened, by rule."""
    unreadable: Counter[str] = msgspec.field(default_factory=Counter)
    """Messages of our own topics that none of us wrote, by topic."""

    def note(self, outcome: str) -> None:
        """Count a record by the name of its outcome."""
        setattr(self, outcome, getattr(self, outcome) + 1)
