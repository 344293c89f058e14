"""Contacts of the open intervals of one queue.

They are in memory; the state has them in chunks, one a commit, which are written anew as one now and then.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from agents.engine.contact_state import ContactStoreState, in_cells
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
        self._by_start: dict[int, dict[str, Contact]] = {}
        """By the start of the interval that each entered in; open intervals are few."""
        self._fresh: list[Contact] = []
        for name in state.chunks:
            for contact in _DECODE(cells.require(name)):
                before = self.start_of(contact.contact_id)
                start = start_of(contact.offered_ms)
                if before is not None and before != start:
                    del self._by_start[before][contact.contact_id]
                self._by_start.setdefault(start, {})[contact.contact_id] = contact
        # The writer before may still delete chunks of its own: rest on none of them for long.
        self._rewrite = bool(state.chunks)

    def start_of(self, contact_id: str) -> int | None:
        """The open interval that a contact entered in; None: no copy of it is in one."""
        for start, contacts in self._by_start.items():
            if contact_id in contacts:
                return start
        return None

    def knows_none_of(self, ids: Mapping[str, object]) -> bool:
        """Whether no contact of these ids is in an open interval."""
        return all(contacts.keys().isdisjoint(ids) for contacts in self._by_start.values())

    def within(self, start: int) -> dict[str, Contact]:
        """The contacts that entered in an open interval, by id, to be altered."""
        return self._by_start.setdefault(start, {})

    def add(self, start: int, contact: Contact) -> None:
        """Put a contact that is in no open interval, or was taken out, into one."""
        contacts = self._by_start.get(start)
        if contacts is None:
            contacts = self._by_start[start] = {}
        contacts[contact.contact_id] = contact
        self._fresh.append(contact)

    def add_all(self, start: int, new: Mapping[str, Contact], contacts: Sequence[Contact]) -> None:
        """Put contacts that are in no open interval into one: by id, and in the order that they came."""
        self._by_start.setdefault(start, {}).update(new)
        self._fresh.extend(contacts)

    def note_removal(self) -> None:
        """Note that a contact left the open intervals: chunks do not say so, and must be written anew."""
        self._rewrite = True

    def take(self, start: int) -> dict[str, Contact]:
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
            fresh = [contact for contacts in self._by_start.values() for contact in contacts.values()]
        else:
            fresh = self._fresh
        for part in in_cells(fresh):
            name = self._cells.unique("c")
            self._cells.create(name, _ENCODE(part))
            state.chunks.append(name)
        self._fresh.clear()
        self._rewrite = False
