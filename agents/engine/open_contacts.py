"""Contacts of the open intervals of one queue.

They are in memory; the state has them in chunks, one a commit, which are written anew as one now and then.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

import msgspec

from agents.engine.contact_state import ContactStoreState, Visits, in_cells, visit_key
from agents.state.store import StateStore
from streams.records import Contact

__all__ = ["OpenContacts"]

_CHUNKS: Final = 32
"""Chunks of open contacts before they are written anew as one."""

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[Contact]).decode


class OpenContacts:
    """Contacts by the open interval that each entered in.

    Args:
        state: from the manifest; `chunks` is complete after `write`.
        cells: the queue's cells.
        start_of: the start of the interval that holds an instant.
    """

    def __init__(self, state: ContactStoreState, cells: StateStore, start_of: Callable[[int], int]) -> None:
        self._state = state
        self._cells = cells
        self._by_start: dict[int, Visits] = {}
        """By the start of the interval that each entered in; open intervals are few."""
        self._fresh: list[Contact] = []
        for name in state.chunks:
            for contact in _DECODE(cells.require(name)):
                visits = self._by_start.setdefault(start_of(contact.offered_ms), {})
                visits[visit_key(visits, contact)] = contact
        # The writer before may still delete chunks of its own: rest on none of them for long.
        self._rewrite = bool(state.chunks)

    def within(self, start: int) -> Visits:
        """The visits that entered in an open interval; one that replaces another comes in by `replace`."""
        return self._by_start.get(start, {})

    def add(self, start: int, contact: Contact) -> bool:
        """Put a contact into an open interval, unless one of its id is there."""
        visits = self._by_start.get(start)
        if visits is None:
            visits = self._by_start[start] = {}
        elif contact.contact_id in visits:
            return False
        visits[contact.contact_id] = contact
        self._fresh.append(contact)
        return True

    def replace(self, start: int, contact: Contact) -> None:
        """Put a copy of a contact into an open interval, in place of that of the same visit."""
        visits = self._by_start.setdefault(start, {})
        visits[visit_key(visits, contact)] = contact
        self._fresh.append(contact)

    def add_all(self, start: int, contacts: Sequence[Contact]) -> bool:
        """Put contacts into an open interval, unless ids occur twice among them or are there."""
        new: Visits = {contact.contact_id: contact for contact in contacts}
        visits = self._by_start.get(start)
        if len(new) < len(contacts) or not (visits is None or visits.keys().isdisjoint(new)):
            return False
        if visits is None:
            self._by_start[start] = new
        else:
            visits.update(new)
        self._fresh.extend(contacts)
        return True

    def take(self, start: int) -> Visits:
        """The contacts of an interval that is final from now on; they are no longer open."""
        self._rewrite = True
        return self._by_start.pop(start, {})

    def before(self, end: int) -> Iterator[int]:
        """Starts before `end` of intervals with contacts; those without any are forgotten."""
        for start in sorted(start for start in self._by_start if start < end):
            if self._by_start[start]:
                yield start
            else:
                del self._by_start[start]

    def waiting(self, start: int) -> Collection[Contact]:
        """Contacts that entered in an open interval and wait still."""
        return [contact for contact in self._by_start.get(start, {}).values() if not contact.outcome]

    def write(self) -> None:
        """Put everything that changed into cells and the state; the manifest commits it."""
        state = self._state
        if self._rewrite or len(state.chunks) >= _CHUNKS:
            self._cells.replace_foreign(state.chunks)
            state.chunks = []
            fresh = [contact for visits in self._by_start.values() for contact in visits.values()]
        else:
            fresh = self._fresh
        for part in in_cells(fresh):
            name = self._cells.unique("c")
            self._cells.create(name, _ENCODE(part))
            state.chunks.append(name)
        self._fresh.clear()
        self._rewrite = False
