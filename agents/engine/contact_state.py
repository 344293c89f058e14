"""The part of a queue's contacts and sums that its manifest holds.

It stands apart, because the manifest (`agents.engine.manifest`), open contacts and final intervals share it.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from agents.intervals.counts import NEVER, IntervalCounts
from streams.records import Contact

__all__ = ["ContactStoreState", "in_cells"]

_CELL_CONTACTS: Final = 4_000
"""Contacts in one cell at most, so that no changelog record nears a broker's message limit."""


class ContactStoreState(msgspec.Struct, array_like=True):
    """The part of the contact store that the manifest holds. Fields are appended, never reordered."""

    closed_through: int = NEVER
    """End of the last final interval: intervals that start before it are final."""
    retained_from: int = NEVER
    """Start of the oldest final interval kept."""
    silent_from: int = NEVER
    """The latest offer in a final interval."""
    chunks: list[str] = []
    """Cells of open contacts, in the order written; a later copy of a contact replaces an earlier."""
    open_counts: list[IntervalCounts] = []
    """Sums of the open intervals."""


def in_cells(contacts: Collection[Contact]) -> list[list[Contact]]:
    """Contacts in their order, as many together as one cell may hold."""
    values = list(contacts)
    return [values[at : at + _CELL_CONTACTS] for at in range(0, len(values), _CELL_CONTACTS)]
