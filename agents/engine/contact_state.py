"""The part of a queue's contacts and sums that its manifest holds.

It stands apart, because the manifest (`agents.engine.manifest`), open contacts and final intervals share it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from agents.intervals.counts import NEVER, IntervalCounts
from streams.records import Contact

__all__ = ["ContactStoreState", "Visits", "in_cells", "visit_key"]

_CELL_CONTACTS: Final = 4_000
"""Contacts in one cell at most, so that no changelog record nears a broker's message limit."""

_Key = str | tuple[str, int]
Visits = dict[_Key, Contact]
"""The visits that entered in one interval, each in the copy that counts (`visit_key`)."""


class ContactStoreState(msgspec.Struct, array_like=True):
    """The part of the contact store that the manifest holds. Fields are appended, never reordered."""

    closed_through: int = NEVER
    """End of the last final interval: intervals that start before it are final."""
    retained_from: int = NEVER
    """Start of the oldest final interval kept."""
    silent_from: int = NEVER
    """The latest offer in a final interval."""
    chunks: list[str] = []
    """Cells of open contacts, in the order written; a later copy of a visit replaces an earlier."""
    open_counts: list[IntervalCounts] = []
    """Sums of the open intervals."""


def visit_key(visits: Visits, contact: Contact) -> _Key:
    """The key of a contact's visit: its id, unless another visit of that id in the same interval has it.

    Nearly every contact comes to a queue once, so nearly every key is a text that is there anyhow.
    """
    contact_id, offered_ms = contact.contact_id, contact.offered_ms
    first = visits.get(contact_id)
    return contact_id if first is None or first.offered_ms == offered_ms else (contact_id, offered_ms)


def in_cells(contacts: Iterable[Contact]) -> list[list[Contact]]:
    """Contacts in their order, as many together as one cell may hold."""
    values = list(contacts)
    return [values[at : at + _CELL_CONTACTS] for at in range(0, len(values), _CELL_CONTACTS)]
