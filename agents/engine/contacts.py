"""The books of one queue: its contacts, and the sums of every interval they concern.

Open intervals are in memory, with the contacts that entered in them. Final intervals rest in the state as
cells, with what a correction needs (their sums, contacts and last published figures), for
`correction_days`. A contact counts once: its copy with the greatest `updated_at` replaces the others,
wherever they stand, and two copies that contradict each other are settled by their values, never by
their order. Which intervals are final is decided by `agents.engine.queue`; this module only keeps the books.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from agents.intervals.counting import Counting
from agents.intervals.counts import NEVER, IntervalCounts
from agents.intervals.duplicates import RecordRefused, contradicting
from agents.planning.variance import Reference
from agents.state.store import StateStore
from config.settings import QueueSettings
from config.timestamps import rfc3339
from streams.records import Contact, Snapshot

__all__ = ["ContactStore", "ContactStoreState", "FinalInterval"]

_CELL_CONTACTS: Final = 4_000
"""Contacts in one cell at most, so that no changelog record nears a broker's message limit."""
_CHUNKS: Final = 32
"""Chunks of open contacts before they are written anew as one."""


class FinalInterval(msgspec.Struct, array_like=True):
    """What a correction needs of a final interval."""

    counts: IntervalCounts
    parts: int = 0
    """Cells of contacts that entered the queue in it."""
    revision: int = 0
    """The last published revision; 0: the interval needed no row so far."""
    balance: int | None = None
    """Contacts in the queue when it began, as far as counts tell."""
    figures: list[object] = []
    """The last published figures."""
    breaches: str | None = None
    """The `breaches` column, which no correction changes."""
    basis: tuple[float, float] | None = None
    """What its signal was read against (`agents.rules.baseline.Basis`)."""
    reference: Reference = Reference()
    """What it is compared with: a correction is compared with the same."""


class ContactStoreState(msgspec.Struct, array_like=True):
    """The part of the books that the head holds."""

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


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_CLOSED = msgspec.msgpack.Decoder(FinalInterval).decode
_DECODE_CONTACTS = msgspec.msgpack.Decoder(list[Contact]).decode


class ContactStore:
    """Contacts and sums of one queue.

    Args:
        state: from the head; kept up to date in place, complete after `write`.
        cells: the queue's cells.
        settings_at: the settings in force for an interval's start.
        start_of: the start of the interval that holds an instant.
        phase_ms: the grid's offset: starts are multiples of the interval's length, less this.
        handled: told of the contacts of final intervals as they come (1) and go (-1).
    """

    def __init__(
        self,
        state: ContactStoreState,
        cells: StateStore,
        settings_at: Callable[[int], QueueSettings],
        start_of: Callable[[int], int],
        phase_ms: int,
        handled: Callable[[Iterable[Contact], int], None],
    ) -> None:
        self.state = state
        self._handled = handled
        self.open_counts = {counts.start_ms: counts for counts in state.open_counts}
        """Sums of the open intervals, by start."""
        self.changed_intervals: set[int] = set()
        """Final intervals that the last record concerned; the monitor clears it."""
        self._cells = cells
        self._settings_at = settings_at
        counting = Counting(settings_at, start_of, phase_ms, self.counts)
        self._start_of, self._count = counting.start_of, counting.count
        settings = settings_at(NEVER)
        self._length = settings.interval_ms
        self._phase = phase_ms
        self._left_closed = settings.interval_closed == "left"
        self._by_arrival = settings.attribution == "arrival"
        self._correction_ms = settings_at(-NEVER).correction_ms
        self._open_contacts: dict[int, dict[str, Contact]] = {}
        """Contacts of the open intervals, which are few, by the start of the one each entered in."""
        self._closed_ids: set[int] | None = set() if state.closed_through == NEVER else None
        self._fresh: list[Contact] = []
        self._rewrite = False
        self._loaded: dict[int, tuple[FinalInterval, dict[str, Contact]]] = {}
        self._altered: set[int] = set()
        self._restore_open_contacts()

    # --- contacts -----------------------------------------------------------------------------------

    def open_interval(self, ms: int) -> tuple[int, int]:
        """Begin and end of the open interval that contacts offered at `ms` count in; no instant lies in a final one."""
        start = self._start_of(ms)
        if start < self.state.closed_through or not (self._left_closed and self._by_arrival):
            return ms, ms
        return start, start + self._length

    def add_new(self, contacts: Sequence[Contact], source: str, offsets: Sequence[int]) -> bool:
        """Count contacts of one open interval together, where that is all that is to be done.

        Returns:
            Whether they were counted: none is known yet, each has an id of its own. If not, nothing has changed.
        """
        start = self._start_of(contacts[0].offered_ms)
        new = {contact.contact_id: contact for contact in contacts}
        if len(new) < len(contacts) or not all(home.keys().isdisjoint(new) for home in self._open_contacts.values()):
            return False
        if not self._ids().isdisjoint(map(hash, new)):
            return False
        self._open_contacts.setdefault(start, {}).update(new)
        self._fresh.extend(contacts)
        self._count(contacts, start, 1, source, offsets)
        return True

    def add_contact(self, contact: Contact, source: str, offset: int) -> bool:
        """Count a contact, replacing the copy that counted before; False: nothing new.

        Raises:
            Refused: too late to correct, or contradicting the copy that counts.
        """
        start = self._start_of(contact.offered_ms)
        contact_id = contact.contact_id
        if start >= self.state.closed_through and self._open_home(contact_id) is None:
            closed_ids = self._closed_ids if self._closed_ids is not None else self._load_closed_ids()
            if hash(contact_id) not in closed_ids:
                home = self._open_contacts.get(start)
                if home is None:
                    home = self._open_contacts[start] = {}
                home[contact_id] = contact
                self._fresh.append(contact)
                self._count((contact,), start, 1, source, (offset,))
                return True
        return self._replace_contact(contact, start, source, offset)

    def _replace_contact(self, contact: Contact, start: int, source: str, offset: int) -> bool:
        """Count a contact that may be known already, or whose interval is final."""
        contact_id = contact.contact_id
        self.require_correctable(contact, start, "offered_at")
        before, before_start = self._find(contact_id, start)
        contradiction: RecordRefused | None = None
        if before is not None:
            if contact == before:
                return False
            rank, rank_before = (contact.updated_ms, contact.stage), (before.updated_ms, before.stage)
            if rank < rank_before:
                return True
            if rank == rank_before:
                contradiction = contradicting(
                    contact, before, f"contact_id {contact_id}", "updated_at", contact.updated_ms
                )
                if not contradiction.replaced:
                    raise contradiction
            self._take_out(before, before_start, source, offset)
        self._home(start)[contact_id] = contact
        through = self.state.closed_through
        if start >= through:
            self._fresh.append(contact)
            if before is not None and before_start < through:
                self._ids().discard(hash(contact_id))
        else:
            self._handled((contact,), 1)
            self.state.silent_from = max(self.state.silent_from, contact.offered_ms)
            self._ids().add(hash(contact_id))
            if before is not None and before_start >= through:
                self._rewrite = True
        self._count((contact,), start, 1, source, (offset,))
        if contradiction is not None:
            raise contradiction
        return True

    def _take_out(self, contact: Contact, start: int, source: str, offset: int) -> None:
        """Count a contact no longer."""
        self._count((contact,), start, -1, source, (offset,))
        self._home(start).pop(contact.contact_id)
        if start < self.state.closed_through:
            self._handled((contact,), -1)

    def require_correctable(self, record: Contact | Snapshot, start: int, field: str) -> None:
        """Refuse a record whose interval is too long final to be corrected.

        Raises:
            Refused: `too_late`.
        """
        if start < self.state.closed_through - self._correction_ms:
            days = self._correction_ms / 86_400_000
            raise RecordRefused(
                f"too_late: {field} lies in the interval {rfc3339(start)}, which is final for more than "
                f"correction_days ({days:g})",
                record,
            )

    def _home(self, start: int) -> dict[str, Contact]:
        """The contacts that entered the queue in an interval, open or final."""
        if start >= self.state.closed_through:
            return self._open_contacts.setdefault(start, {})
        self._touch(start)
        return self._load(start)[1]

    def _touch(self, start: int) -> None:
        """Note that the record at hand concerns a final interval; it may be older than any kept so far."""
        self.changed_intervals.add(start)
        self.state.retained_from = min(self.state.retained_from, start)

    def _open_home(self, contact_id: str) -> int | None:
        """The open interval that a contact entered in; None: no copy of it is in one."""
        for start, home in self._open_contacts.items():
            if contact_id in home:
                return start
        return None

    def _find(self, contact_id: str, start: int) -> tuple[Contact | None, int]:
        """The copy of a contact that counts now, and the interval it entered in."""
        home = self._open_home(contact_id)
        if home is not None:
            return self._open_contacts[home][contact_id], home
        if hash(contact_id) in self._ids():
            through = self.state.closed_through
            likely = [start] if start < through else []
            for other in [*likely, *range(through - self._length, self.state.retained_from - 1, -self._length)]:
                if other in self._loaded or self._cells.read(_closed_name(other)) is not None:
                    found = self._load(other)[1].get(contact_id)
                    if found is not None:
                        return found, other
        return None, start

    # --- interval snapshots -------------------------------------------------------------------------

    def put_snapshot(self, snapshot: Snapshot, source: str, offset: int) -> bool:
        """Keep the interval snapshot with the greatest `as_of`; False: nothing new.

        Raises:
            Refused: too late to correct, off the queue's grid, or contradicting the copy that counts.
        """
        start = snapshot.start_ms
        if (start + self._phase) % self._length:
            raise RecordRefused(
                f"interval_start: {rfc3339(start)} is not a multiple of {self._length // 60_000} minutes "
                f"in local standard time",
                snapshot,
            )
        self.require_correctable(snapshot, start, "interval_start")
        known = self.open_counts.get(start) if start >= self.state.closed_through else self._load(start)[0].counts
        before = None if known is None else known.snapshot
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
        counts = self.counts(start)
        counts.snapshot = snapshot
        counts.note_source(source, offset, offset)
        if contradiction is not None:
            raise contradiction
        return True

    # --- open and final intervals -------------------------------------------------------------------

    def counts(self, start: int) -> IntervalCounts:
        """The sums of an interval, open or final (then noted as touched)."""
        counts = self.open_counts.get(start)
        if counts is not None:
            return counts
        if start < self.state.closed_through:
            self._touch(start)
            return self._load(start)[0].counts
        counts = self.open_counts[start] = IntervalCounts(start)
        return counts

    def overdue(self, start: int, now_ms: int) -> int:
        """Contacts that entered in an open interval, wait still, and have waited beyond the threshold at `now_ms`."""
        level = self._settings_at(start).service_level
        latest = now_ms - level.threshold_ms
        return sum(
            contact.offered_ms < latest or (contact.offered_ms == latest and not level.threshold_inclusive)
            for contact in self._open_contacts.get(start, {}).values()
            if not contact.outcome
        )

    def first_with_data(self) -> int | None:
        """Start of the earliest open interval that has call data."""
        return min((start for start, counts in self.open_counts.items() if counts.has_data()), default=None)

    def closed(self, start: int) -> FinalInterval:
        """A touched final interval, to be altered in place; then say `alter`."""
        return self._load(start)[0]

    def alter(self, start: int) -> None:
        """Note that a final interval has changed, and must be written."""
        self._altered.add(start)

    def close(self, start: int) -> IntervalCounts:
        """The sums of an interval, taken out of the open ones; `finalize` puts it among the final ones."""
        return self.open_counts.pop(start, None) or IntervalCounts(start)

    def finalize(self, closed: FinalInterval) -> None:
        """Put an interval just closed, with its contacts, among the final ones."""
        start = closed.counts.start_ms
        contacts = self._open_contacts.pop(start, {})
        self._ids().update(map(hash, contacts))
        latest = max([contact.offered_ms for contact in contacts.values()], default=NEVER)
        self.state.silent_from = max(self.state.silent_from, latest)
        self._handled(contacts.values(), 1)
        self._rewrite = True
        self._store(closed, contacts, self._cells.create)
        retained = self.state.retained_from
        self.state.retained_from = start if retained == NEVER else min(retained, start)

    def close_through(self, end: int) -> None:
        """Declare final every interval that starts before `end`; those without data need no row."""
        self.state.closed_through = end
        for start in [start for start in self.open_counts if start < end]:
            del self.open_counts[start]
        for start in sorted(start for start, contacts in self._open_contacts.items() if start < end):
            if self._open_contacts[start]:
                self.finalize(FinalInterval(IntervalCounts(start)))
            self._open_contacts.pop(start, None)

    def forget_old(self) -> None:
        """Drop final intervals that are beyond correction."""
        finalize = self.state.closed_through - self._correction_ms
        while self.state.retained_from < finalize:
            start = self.state.retained_from
            if start in self._loaded or self._cells.read(_closed_name(start)) is not None:
                closed, contacts = self._load(start)
                if self._closed_ids is not None:
                    self._closed_ids.difference_update(map(hash, contacts))
                self._cells.remove([_closed_name(start), *(_part_name(start, part) for part in range(closed.parts))])
                self._loaded.pop(start, None)
                self._altered.discard(start)
            self.state.retained_from += self._length

    # --- the state ----------------------------------------------------------------------------------

    def write(self) -> None:
        """Put everything that changed into cells and `state`; the head commits it."""
        for start in sorted(self._altered):
            closed, contacts = self._loaded[start]
            self._store(closed, contacts, self._cells.replace)
        self._altered.clear()
        self._loaded.clear()
        self._write_open_contacts()
        self.state.open_counts = [counts for _, counts in sorted(self.open_counts.items())]

    def _load(self, start: int) -> tuple[FinalInterval, dict[str, Contact]]:
        """A final interval with its contacts; an empty one where nothing was kept."""
        found = self._loaded.get(start)
        if found is None:
            blob = self._cells.read(_closed_name(start))
            closed = FinalInterval(IntervalCounts(start)) if blob is None else _DECODE_CLOSED(blob)
            found = closed, {contact.contact_id: contact for contact in self._parts(start, closed.parts)}
            self._loaded[start] = found
        return found

    def _parts(self, start: int, count: int) -> Iterator[Contact]:
        for part in range(count):
            yield from _DECODE_CONTACTS(self._cells.require(_part_name(start, part)))

    def _store(
        self, closed: FinalInterval, contacts: Mapping[str, Contact], write: Callable[[str, bytes], None]
    ) -> None:
        start = closed.counts.start_ms
        values = list(contacts.values())
        parts = [values[at : at + _CELL_CONTACTS] for at in range(0, len(values), _CELL_CONTACTS)]
        self._cells.remove(_part_name(start, part) for part in range(len(parts), closed.parts))
        closed.parts = len(parts)
        for part, chunk in enumerate(parts):
            write(_part_name(start, part), _ENCODE(chunk))
        write(_closed_name(start), _ENCODE(closed))

    def last_published(self) -> FinalInterval | None:
        """The latest final interval that has a row, as it was last written; None: there is none any more."""
        for start in range(self.state.closed_through - self._length, self.state.retained_from - 1, -self._length):
            blob = self._cells.read(_closed_name(start))
            closed = None if blob is None else _DECODE_CLOSED(blob)
            if closed is not None and closed.revision:
                return closed
        return None

    def _ids(self) -> set[int]:
        """Hashes of the contact ids in final intervals: whether a contact can be among them, cheaply."""
        return self._closed_ids if self._closed_ids is not None else self._load_closed_ids()

    def _load_closed_ids(self) -> set[int]:
        ids: set[int] = set()
        for start in range(self.state.retained_from, self.state.closed_through, self._length):
            blob = self._cells.read(_closed_name(start))
            if blob is not None:
                ids.update(hash(contact.contact_id) for contact in self._parts(start, _DECODE_CLOSED(blob).parts))
        self._closed_ids = ids
        return ids

    def _write_open_contacts(self) -> None:
        state = self.state
        if self._rewrite or len(state.chunks) >= _CHUNKS:
            self._cells.replace_foreign(state.chunks)
            state.chunks = []
            fresh = [contact for home in self._open_contacts.values() for contact in home.values()]
        else:
            fresh = self._fresh.copy()
        for at in range(0, len(fresh), _CELL_CONTACTS):
            name = self._cells.unique("c")
            self._cells.create(name, _ENCODE(fresh[at : at + _CELL_CONTACTS]))
            state.chunks.append(name)
        self._fresh.clear()
        self._rewrite = False

    def _restore_open_contacts(self) -> None:
        for name in self.state.chunks:
            for contact in _DECODE_CONTACTS(self._cells.require(name)):
                before = self._open_home(contact.contact_id)
                start = self._start_of(contact.offered_ms)
                if before is not None and before != start:
                    del self._open_contacts[before][contact.contact_id]
                self._open_contacts.setdefault(start, {})[contact.contact_id] = contact
        # The session before may still delete chunks of its own: rest on none of them for long.
        self._rewrite = bool(self.state.chunks)


def _closed_name(start: int) -> str:
    return f"i{start // 60_000}"


def _part_name(start: int, part: int) -> str:
    return f"i{start // 60_000}.{part}"
