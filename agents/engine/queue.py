"""The state machine of one queue: records in, results out, and nothing else decides.

The same engine runs under Faust and under replay: its state is a plain mapping (`agents.state.store`), its clock is an
argument. This is its door; behind it stand the life of an interval (`agents.engine.interval_lifecycle`), and what may
come before the queue's first call data: plans, agent states and evaluations.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, cast

import msgspec

from agents.engine.intake.runs import reach, run_end
from agents.engine.intake.words import correct_silence, hear, keep_refused, note_refused, run_on, take_refused
from agents.engine.interval_lifecycle import IntervalLifecycle
from agents.engine.manifest import earliest, latest_manifest
from agents.engine.versions import effective_versions
from agents.engine.view import QueueView, restore_status
from agents.evaluations.book import EvaluationBook, evaluation_row
from agents.intervals.arrivals import Arrival, RecordRefused, too_old
from agents.intervals.counters import RecordCounters
from agents.intervals.counts import NEVER
from agents.intervals.outputs import BreachEvent, DeadLetter, Evaluated, Output, Result
from agents.intervals.parts import is_cover
from agents.intervals.turn import Turn
from agents.planning.reference import PlanningRecords
from agents.projection.outcome import Projection
from agents.rules.status import QueueStatus
from agents.state.store import Commit, StateStore, manifest_keys
from config.settings import QueueSettings, in_force
from streams.records import AgentState, Contact, Evaluation, Plan, Record, Snapshot, Tick, event_ms
from streams.results import IntervalResult
from streams.source_words import Feed, RefusedRow

__all__ = ["QueueEngine"]

_ENCODE = msgspec.msgpack.Encoder().encode
_WORTHWHILE: Final = 4
"""Contacts of a message, from which on it takes less to count them together."""


class QueueEngine:
    """One queue: `apply` records, `tick` the clock, `commit` the state.

    Args:
        versions: the queue's settings, one a parameter version, in order of their `parameters_from_ms`.
        store: committed state (a Table's contents, or a dict), read through `agents.state.store`.
        writer: a name no other live process has (`agents.state.store`).
        manifests: store keys of the queue's manifests; None: they are looked for in the whole store.
        limit_ms: no interval that ends after this instant becomes final (`replay --until`); None: no limit.
        turn: how much may be done at once; None: everything.
        absent_is_missing: sources of interval rows whose rows are all there (`absent: missing`).
    """

    def __init__(
        self,
        versions: Sequence[QueueSettings],
        store: Mapping[bytes, bytes],
        writer: str = "",
        manifests: Sequence[bytes] | None = None,
        limit_ms: int | None = None,
        turn: Turn | None = None,
        absent_is_missing: Collection[str] = (),
    ) -> None:
        self.settings = versions[-1]
        self.queue = self.settings.queue
        self.counters = RecordCounters()
        self.status = QueueStatus(self.counters)
        self.index = 0
        """Place in its message of the record that is applied next."""
        self.changed = False
        """Whether the open interval's figures may have changed since the last `provisional`."""
        self.dirty = False
        """Whether there is anything to commit."""
        self.projection: Projection | None = None
        """The rest of its day as a driver projected it last; early warnings read it."""
        self._feed = ""
        """Source of the call data that is applied next; empty: it does not say."""
        self._limit_ms = limit_ms
        self._absent_is_missing = absent_is_missing
        self._turn = Turn() if turn is None else turn
        self._oldest_ms = self.settings.oldest_record_ms
        self._cells = StateStore(store, self.queue, writer)
        keys = manifest_keys(store).get(self.queue, ()) if manifests is None else manifests
        self._manifest = manifest = latest_manifest(store, keys, self._cells)
        self._cells.versions, self._cells.counter = manifest.versions, manifest.counter
        self._cells.remove(manifest.inherited)
        self.versions = effective_versions(versions, manifest, self._cells)
        self._settings_at = partial(in_force, self.versions)
        self._out: list[Output] = []
        self._planning = PlanningRecords(manifest.staffing_plan, self._cells, self._settings_at, self.versions)
        self._evaluations = EvaluationBook(manifest.days.evaluations, self._cells, self.settings)
        self.view = QueueView(manifest, self.versions, self._settings_at)
        self._intervals: IntervalLifecycle | None = None
        if manifest.anchor_ms is not None:
            intervals = self._start(manifest.anchor_ms)
            intervals.set_deadline()
            restore_status(self.status, self.view, intervals)

    # --- records ------------------------------------------------------------------------------------

    def applied_offset(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none: what is not newer is skipped."""
        return self._manifest.applied_offsets.get(source, -1)

    def mark_applied(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""
        self._manifest.applied_offsets[source] = offset
        self.dirty = True

    def apply(self, records: Iterable[Record], source: str, offset: int, append_ms: int | None = None) -> list[Output]:
        """Apply the records of one message (or row); what is to be published, in order. Arguments: `apply_records`."""
        given = list(records)
        self.apply_records(given, range(len(given)), source, [offset] * len(given), append_ms)
        return self.take()

    def apply_records(
        self,
        records: Sequence[Record],
        places: Sequence[int],
        source: str,
        offsets: Sequence[int],
        append_ms: int | None = None,
        first: int = 0,
        feeds: Sequence[str | None] | None = None,
    ) -> int:
        """Apply records in order, each with its place in its message and its offset; their outputs wait for `take`.

        Contacts of an open interval are counted together: as one by one, only in less time.

        Args:
            records: admitted records of this queue.
            places: of each in its message.
            source: `topic/partition` or the file's name.
            offsets: of each: its message's offset, or the row's number.
            append_ms: when the broker appended them; None in replay.
            first: the first one to apply.
            feeds: the source of each that is call data (its field `source`); None: no record says so.

        Returns:
            How many are applied: fewer than there are where the turn was too short.
        """
        at, turn = first, self._turn
        mixed = None if feeds is None or feeds.count(feeds[0]) == len(feeds) else feeds
        self._feed = ""
        while at < len(records) and not turn.short:
            upto = at
            if len(records) - at >= _WORTHWHILE:
                upto = run_end(records, at, self._intervals, self._manifest, self._oldest_ms, mixed)
            self._feed = "" if feeds is None else feeds[at] or ""
            if upto - at < _WORTHWHILE or not self._apply_new_contacts(
                records[at:upto], source, offsets[at:upto], append_ms
            ):
                upto = max(upto, at + 1)
                for each in range(at, upto):
                    if not reach(records[each], self._intervals):
                        upto = each
                        break
                    self.index = places[each]
                    self.apply_record(records[each], source, offsets[each], append_ms)
                    if turn.short:
                        upto = each + 1
                        break
            at = upto
        return at

    def proceed(self) -> None:
        """Go on where a turn was too short, before any other record; what follows waits for `take`."""
        if self._intervals is not None:
            self._intervals.proceed()
            self.dirty = self.changed = True

    def apply_record(self, record: Record, source: str, offset: int, append_ms: int | None = None) -> None:
        """Apply one record; its outputs wait for `take`."""
        reach(record, self._intervals)
        if type(record) is not Contact:
            self._apply_other(record, source, offset, append_ms)
            return
        # The hot path, written out: nothing is asked here that is known of a contact.
        event, intervals = record.offered_ms, self._intervals
        if intervals is None or event <= self._manifest.contacts_from:
            intervals = intervals or self._start(event)
            intervals.begin_contacts(event)
        if event < self._manifest.last_event_ms - self._oldest_ms:
            self._refuse(too_old(record, event, self._manifest.last_event_ms, self._oldest_ms), source, offset)
            self.dirty = True
            return
        if not self.settings.configured:
            self._manifest.channel = earliest(self._manifest.channel, event, record.channel)
        arrival = Arrival.ACCEPTED
        try:
            arrival = intervals.contacts.add_contact(record, source, offset)
            if arrival is Arrival.ACCEPTED:
                self.counters.accepted += 1
            else:
                self.counters.note(arrival.value)
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
        if self._feed:
            intervals.silence.note(self._feed, event, intervals.contacts.state.closed_through)
        if intervals.contacts.changed_intervals:
            correct_silence(intervals, self._feed, event)
            intervals.corrections.revise(record, restated=arrival is Arrival.RESTATED)
        self.dirty = self.changed = True
        intervals.follow(event, append_ms)

    def _apply_new_contacts(
        self, run: Sequence[Record], source: str, offsets: Sequence[int], append_ms: int | None
    ) -> bool:
        """Count a run of contacts if all of them are new; else leave everything as it is."""
        contacts, intervals = cast(Sequence[Contact], run), self._intervals
        if intervals is None or not intervals.contacts.add_new(contacts, source, offsets):
            return False
        self.counters.accepted += len(contacts)
        if not self.settings.configured:
            for contact in contacts:
                self._manifest.channel = earliest(self._manifest.channel, contact.offered_ms, contact.channel)
        self.dirty = self.changed = True
        latest = max([contact.offered_ms for contact in contacts])
        if self._feed:
            intervals.silence.note(self._feed, latest, intervals.contacts.state.closed_through)
        intervals.follow(latest, append_ms)
        intervals.follow(contacts[-1].offered_ms, append_ms)
        return True

    def _apply_other(self, record: Record, source: str, offset: int, append_ms: int | None) -> None:
        """Apply a record that is no contact."""
        if isinstance(record, Tick):
            self._run_on(record.at_ms)
        elif isinstance(record, Feed) and not record.queue:
            self._apply_words(record, append_ms)  # it speaks to every queue, and is refused by none
        elif type(record) is not Plan and (event := event_ms(record)) < self._manifest.last_event_ms - self._oldest_ms:
            self._refuse(too_old(record, event, self._manifest.last_event_ms, self._oldest_ms), source, offset)
            self.dirty = True
        elif isinstance(record, Evaluation):
            self._evaluate(record, source, offset)
        elif isinstance(record, Snapshot):
            self._apply_snapshot(record, source, offset, append_ms)
        elif isinstance(record, Feed | RefusedRow):
            self._apply_words(record, append_ms)
        else:
            assert isinstance(record, Plan | AgentState)  # noqa: S101 - the union has no other member
            self._apply_planning(record, source, offset)

    def _apply_words(self, record: Feed | RefusedRow, append_ms: int | None) -> None:
        """Take in words of a source that are no call data; they begin no queue."""
        intervals = self._intervals
        if intervals is None:
            self.dirty = keep_refused(self._manifest, record) or self.dirty
        elif (
            hear(intervals, self._manifest.watermark, record, append_ms)
            if isinstance(record, Feed)
            else note_refused(intervals, record)
        ):
            self.dirty = self.changed = True

    def _apply_snapshot(self, record: Snapshot, source: str, offset: int, append_ms: int | None) -> None:
        feed = "" if is_cover(record) else self._feed
        if record.source is not None and not is_cover(record):  # which makes no copy different
            record = msgspec.structs.replace(record, source=None)
        manifest, intervals = self._manifest, self._intervals or self._start(record.start_ms)
        if intervals.contacts.state.closed_through == NEVER:
            intervals.deadline = NEVER
        manifest.program = earliest(manifest.program, record.start_ms, record.program)
        manifest.channel = earliest(manifest.channel, record.start_ms, record.channel)
        restated = False
        try:
            arrival = intervals.snapshots.put(record, source, offset)
            restated = arrival is Arrival.RESTATED
            self.counters.note(arrival.value)
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
        event = event_ms(record)
        if feed:
            intervals.silence.note(feed, event, intervals.contacts.state.closed_through)
            if intervals.contacts.changed_intervals:
                correct_silence(intervals, feed, event)
        self._revise(intervals, record, restated=restated)
        self.dirty = self.changed = True
        intervals.follow(event, append_ms)

    def _apply_planning(self, record: Plan | AgentState, source: str, offset: int) -> None:
        arrival = Arrival.DUPLICATE
        try:
            arrival = self._planning.add(record, source, offset, before_call_data=self._intervals is None)
            self.counters.note(arrival.value)
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
        intervals = self._intervals
        if intervals is not None:
            if arrival is not Arrival.DUPLICATE and isinstance(record, Plan):
                intervals.corrections.take_plan(record)
            self._revise(intervals, record, restated=arrival is Arrival.RESTATED)
            intervals.open.note_change()
        self.dirty = self.changed = True

    def _revise(
        self, intervals: IntervalLifecycle, record: Snapshot | Plan | AgentState, *, restated: bool = False
    ) -> None:
        if intervals.contacts.changed_intervals or self._planning.staffing.changed_intervals:
            intervals.corrections.revise(record, restated=restated)

    def _evaluate(self, record: Evaluation, source: str, offset: int) -> None:
        counters, intervals, self.dirty = self.counters, self._intervals, True
        through = NEVER if intervals is None else intervals.contacts.state.closed_through
        try:
            arrival = self._evaluations.add(record, through)
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
            return
        counters.note((arrival or Arrival.ACCEPTED).value)
        if arrival is not None and arrival is not Arrival.DUPLICATE:
            counters.late += intervals is not None and intervals.days.is_late(record)
            # Whenever it arrives, it is of the program that the queue has in the end.
            program = self.settings.program if intervals is None else intervals.builder.program_at(-NEVER)
            self._out.append(Evaluated(evaluation_row(record, program, self.queue)))

    def _refuse(self, refused: RecordRefused, source: str, offset: int) -> None:
        self.counters.dead_lettered += 1
        self._out.append(DeadLetter(str(refused), refused.record, source, offset, self.index))

    # --- the clock ----------------------------------------------------------------------------------

    def due(self, now_ms: int) -> bool:
        """Whether a tick at `now_ms` would make an interval final."""
        return self._intervals is not None and self._intervals.due(now_ms)

    def tick(self, now_ms: int) -> list[Output]:
        """Let the clock make intervals final where the queue is idle."""
        self._run_on(now_ms)
        return self.take()

    def finish(self, until_ms: int | None = None) -> list[Output]:
        """Make final every interval that ends by `until_ms`; None: up to the last that has data or a source has passed.

        With None nothing more comes, and the local day of that interval is over.
        """
        if self._intervals is not None:
            self._intervals.finish(until_ms)
            self.dirty = True
        return self.take()

    def _run_on(self, now_ms: int) -> None:
        closed = None if self._intervals is None else run_on(self._intervals, self._manifest.watermark, now_ms)
        if closed is not None:
            self.changed = True
            # A watermark that closes nothing need not be written: the next tick, or record, finds it again.
            self.dirty = self.dirty or bool(self._out) or closed

    # --- outputs and the state ----------------------------------------------------------------------

    def take(self) -> list[Output]:
        """Outputs since the last call, in order of publication."""
        out = self._out.copy()
        self._out.clear()
        for output in out:
            if type(output) is Result:
                self.status.result(output.result)
            elif type(output) is BreachEvent:
                self.status.breach(output.record)
        return out

    def provisional(self) -> IntervalResult | None:
        """The latest open interval (revision 0), to be published; None before any call data."""
        self.changed = False
        return self.view.open_result()

    def notices(self, result: IntervalResult) -> list[BreachEvent]:
        """Early warnings on the open interval, given its `provisional` result; outside every hash."""
        found = self._intervals.open.early_warnings(result, self.projection) if self._intervals else []
        for record in found:
            self.status.breach(record)
        return [*map(BreachEvent, found)]

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed; see `agents.state.store` for the order."""
        if not self.dirty:
            return None
        self._planning.write()
        self._evaluations.write()
        if self._intervals is not None:
            self._intervals.write()
        self._manifest.versions, self._manifest.counter = self._cells.versions, self._cells.counter
        self._manifest.inherited = self._cells.inherited
        self.dirty = False
        return self._cells.commit(_ENCODE(self._manifest))

    # --- the first call data ------------------------------------------------------------------------

    def _start(self, anchor_ms: int) -> IntervalLifecycle:
        """Lay the queue's intervals, with its first call data."""
        self._manifest.anchor_ms = anchor_ms
        intervals = IntervalLifecycle(
            self._manifest, self._cells, self.versions, self._settings_at, self._planning, self._evaluations,
            self.counters, self._out, self._limit_ms, self._turn, self._absent_is_missing,
        )  # fmt: skip
        self._intervals = self.view.intervals = intervals
        take_refused(self._manifest, intervals)
        return intervals
