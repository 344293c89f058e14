"""The contact store of one queue: its contacts, and the sums of every interval they concern.

A visit counts once, in the interval of its offer: its copy with the greatest `updated_at` replaces the others, of
equal ones the copy further along, else the later one in the log. A contact that comes back makes another visit. Which
intervals are final is decided by `agents.engine.interval_lifecycle`; what is kept of them, by
`agents.engine.final_intervals`.
"""

from collections.abc import Callable, Iterable, Sequence

from agents.engine.contact_state import ContactStoreState, visit_key
from agents.engine.final_intervals import FinalInterval, FinalIntervals
from agents.engine.open_contacts import OpenContacts
from agents.intervals.arrivals import Arrival, RecordRefused
from agents.intervals.counting import Counting
from agents.intervals.counts import NEVER, IntervalCounts, Refusals
from agents.state.store import StateStore
from config.settings import QueueSettings
from config.timestamps import rfc3339
from streams.records import Contact, RefusedRow, Snapshot

__all__ = ["ContactStore"]


class ContactStore:
    """Contacts and sums of one queue.

    Args:
        state: from the manifest; kept up to date in place, complete after `write`.
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
        """Final intervals that the last record concerned; `agents.engine.corrections` clears it."""
        self._settings_at = settings_at
        counting = Counting(settings_at, start_of, phase_ms, self.counts)
        self._start_of, self._count = counting.start_of, counting.count
        settings = settings_at(NEVER)
        self._length = settings.interval_ms
        self._phase = phase_ms
        self._grouped = settings.interval_closed == "left" and settings.attribution == "arrival"
        """Whether contacts offered in one interval all count in it."""
        self._correction_ms = settings_at(-NEVER).correction_ms
        self._open = OpenContacts(state, cells, self._start_of)
        self.final = FinalIntervals(state, cells, self._length)

    # --- contacts -----------------------------------------------------------------------------------

    def open_interval(self, ms: int) -> tuple[int, int]:
        """Begin and end of the open interval that contacts offered at `ms` count in; no instant lies in a final one."""
        start = self._start_of(ms)
        if start < self.state.closed_through or not self._grouped:
            return ms, ms
        return start, start + self._length

    def add_new(self, contacts: Sequence[Contact], source: str, offsets: Sequence[int]) -> bool:
        """Count contacts of one open interval together, where that is all that is to be done.

        Returns:
            Whether they were counted: no id of theirs occurs twice in the interval. If not, nothing has changed.
        """
        start = self._start_of(contacts[0].offered_ms)
        if not self._open.add_all(start, contacts):
            return False
        self._count(contacts, start, 1, source, offsets)
        return True

    def add_contact(self, contact: Contact, source: str, offset: int) -> Arrival:
        """Count a visit, in place of the copy of it that counted before.

        Raises:
            RecordRefused: too late to correct.
        """
        start = self._start_of(contact.offered_ms)
        if start >= self.state.closed_through and self._open.add(start, contact):
            self._count((contact,), start, 1, source, (offset,))
            return Arrival.ACCEPTED
        return self._replace_contact(contact, start, source, offset)

    def _replace_contact(self, contact: Contact, start: int, source: str, offset: int) -> Arrival:
        """Count a visit that may be known already, or whose interval is final."""
        self.require_correctable(contact, start, "offered_at")
        is_open, arrival = start >= self.state.closed_through, Arrival.ACCEPTED
        visits = self._open.within(start) if is_open else self.final.load(start)[1]
        key = visit_key(visits, contact)
        before = visits.get(key)
        if before is not None:
            if contact == before:
                return Arrival.DUPLICATE
            rank, rank_before = (contact.updated_ms, contact.stage), (before.updated_ms, before.stage)
            if rank < rank_before:
                return Arrival.ACCEPTED
            if rank == rank_before:
                arrival = Arrival.RESTATED
            self._count((before,), start, -1, source, (offset,))
        if is_open:
            self._open.replace(start, contact)
        else:
            self._touch(start)
            visits[key] = contact
            if before is not None:
                self._handled((before,), -1)
            self._handled((contact,), 1)
            self.state.silent_from = max(self.state.silent_from, contact.offered_ms)
        self._count((contact,), start, 1, source, (offset,))
        return arrival

    def refuse(self, row: RefusedRow) -> bool:
        """Note a row that its reader refused; False: nothing new, or too late to matter."""
        start = row.at_ms - (row.at_ms + self._phase) % self._length
        if start < self.state.closed_through - self._correction_ms:
            return False
        counts = self.counts(start)
        if counts.refusals is None:
            counts.refusals = Refusals()
        return counts.refusals.add(row)

    def require_correctable(self, record: Contact | Snapshot, start: int, field: str) -> None:
        """Refuse a record whose interval is too long final to be corrected.

        Raises:
            RecordRefused: `too_late`.
        """
        if start < self.state.closed_through - self._correction_ms:
            days = self._correction_ms / 86_400_000
            raise RecordRefused(
                f"too_late: {field} lies in the interval {rfc3339(start)}, which is final for more than "
                f"correction_days ({days:g})",
                record,
            )

    def _touch(self, start: int) -> None:
        """Note that the record at hand concerns a final interval; it may be older than any kept so far."""
        self.changed_intervals.add(start)
        self.state.retained_from = min(self.state.retained_from, start)

    # --- sums ---------------------------------------------------------------------------------------

    def counts(self, start: int) -> IntervalCounts:
        """The sums of an interval, open or final (then noted as changed), to be added to."""
        counts = self.open_counts.get(start)
        if counts is not None:
            return counts
        if start < self.state.closed_through:
            self._touch(start)
            return self.final.load(start)[0].counts
        counts = self.open_counts[start] = IntervalCounts(start)
        return counts

    def snapshot_of(self, start: int) -> Snapshot | None:
        """The interval snapshot that counts in an interval, open or final."""
        if start >= self.state.closed_through:
            counts = self.open_counts.get(start)
            return None if counts is None else counts.snapshot
        return self.final.load(start)[0].counts.snapshot

    def parts_of(self, start: int) -> list[Snapshot]:
        """The rows that the interval snapshot of an interval is the sum of; none where it is a row itself."""
        if start >= self.state.closed_through:
            counts = self.open_counts.get(start)
            return [] if counts is None else counts.parts
        return self.final.load(start)[0].counts.parts

    def overdue(self, start: int, now_ms: int) -> int:
        """Contacts that entered in an open interval, wait still, and have waited beyond the threshold at `now_ms`."""
        level = self._settings_at(start).service_level
        latest = now_ms - level.threshold_ms
        return sum(
            contact.offered_ms < latest or (contact.offered_ms == latest and not level.threshold_inclusive)
            for contact in self._open.waiting(start)
        )

    def first_with_data(self) -> int | None:
        """Start of the earliest open interval that has call data, or whose rows were refused."""
        return min((start for start, counts in self.open_counts.items() if counts.needs_row()), default=None)

    # --- open and final intervals -------------------------------------------------------------------

    def closed(self, start: int) -> FinalInterval:
        """A final interval, to be altered in place; then say `alter`."""
        return self.final.load(start)[0]

    def alter(self, start: int) -> None:
        """Note that a final interval has changed, and must be written."""
        self.final.alter(start)

    def close(self, start: int) -> IntervalCounts:
        """The sums of an interval, taken out of the open ones; `finalize` puts it among the final ones."""
        return self.open_counts.pop(start, None) or IntervalCounts(start)

    def finalize(self, closed: FinalInterval) -> None:
        """Put an interval just closed, with its contacts, among the final ones."""
        contacts = self._open.take(closed.counts.start_ms)
        latest = max([contact.offered_ms for contact in contacts.values()], default=NEVER)
        self.state.silent_from = max(self.state.silent_from, latest)
        self._handled(contacts.values(), 1)
        self.final.add(closed, contacts)

    def close_through(self, end: int) -> None:
        """Declare final every interval that starts before `end`; those without data need no row."""
        begin, kept_from = self.state.closed_through, end - self._correction_ms
        if kept_from > begin != NEVER:
            self.final.pass_over(begin, kept_from)
        self.state.closed_through = end
        for start in [start for start in self.open_counts if start < end]:
            del self.open_counts[start]
        for start in self._open.before(end):
            self.finalize(FinalInterval(IntervalCounts(start)))

    def forget_old(self) -> None:
        """Drop final intervals that are beyond correction."""
        self.final.forget_before(self.state.closed_through - self._correction_ms)

    def write(self) -> None:
        """Put everything that changed into cells and `state`; the manifest commits it."""
        self.final.write()
        self._open.write()
        self.state.open_counts = [counts for _, counts in sorted(self.open_counts.items())]
