"""The state machine of one queue: records in, results out, and nothing else decides.

An interval is *open* until the queue's watermark (the greatest event time of its call data) reaches the
interval's end + threshold + grace; then it is *final* (revision 1), and a record that still concerns it
makes a *corrected* revision with its reason. The same machine runs under Faust and under replay: its
state is a plain mapping (`agents.state.store`), its clock is an argument, and no decision looks at how records
were batched, when a process started, or what the wall clock says.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, cast

import msgspec

from agents.engine.contacts import ContactStore, FinalInterval
from agents.engine.corrections import Corrections
from agents.engine.differences import figures_of, row_of
from agents.engine.manifest import latest_manifest
from agents.engine.results import ResultBuilder
from agents.evaluations.book import evaluation_row
from agents.evaluations.queue_days import QueueDays
from agents.intervals.calendar import Calendar
from agents.intervals.counters import RecordCounters
from agents.intervals.counts import NEVER, IntervalCounts
from agents.intervals.duplicates import RecordRefused
from agents.intervals.figures import AMBIGUOUS_HOUR, Row, left_queue
from agents.intervals.outputs import BreachEvent, DeadLetter, Evaluated, Output, Result
from agents.intervals.sigma_windows import level_sums
from agents.planning.causes import attribution
from agents.planning.reference import PlanAndStaffing
from agents.rules.baseline import Baselines
from agents.rules.early_warnings import EarlyWarnings
from agents.rules.engine import QueueRules, RulesState
from agents.rules.observations import Effect, IntervalContext
from agents.rules.status import QueueStatus
from agents.state.store import Commit, StateStore, manifest_keys
from config.rules import RULES
from config.settings import QueueSettings, in_force
from config.timestamps import from_rfc3339
from copc.integrity import running_balance
from streams.history.chain import row_hash
from streams.names import FORM
from streams.records import AgentState, Contact, Evaluation, Plan, Record, Snapshot, Tick, event_ms

__all__ = ["QueueEngine"]

DAY_MS: Final = 86_400_000

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_RULES = msgspec.msgpack.Decoder(RulesState).decode
_RULES_CELL: Final = "rules"
_WORTHWHILE: Final = 4
"""Contacts of a message, from which on it takes less to count them together."""


class QueueEngine:
    """One queue: `apply` records, `tick` the clock, `commit` the state.

    Args:
        versions: the queue's settings, one a parameter version, in order of their `parameters_from_ms`.
        store: committed state (a Table's contents, or a dict), read through `agents.state.store`.
        writer: a name no other live process has (`agents.state.store`).
        manifests: store keys of the queue's heads; None: they are looked for in the whole store.
        limit_ms: no interval that ends after this instant becomes final (`replay --until`); None: no limit.
    """

    def __init__(
        self,
        versions: Sequence[QueueSettings],
        store: Mapping[bytes, bytes],
        writer: str = "",
        manifests: Sequence[bytes] | None = None,
        limit_ms: int | None = None,
    ) -> None:
        self.versions = tuple(versions)
        # For what no version may change, and what no interval decides.
        self.settings = self.versions[-1]
        self._settings_at = partial(in_force, self.versions)
        self.queue = self.settings.queue
        self.counters = RecordCounters()
        self.status = QueueStatus(self.counters)
        self.index = 0
        """Place in its message of the record that is fed next."""
        self.changed = False
        """Whether the open interval's figures may have changed since the last `provisional`."""
        self._limit_ms = limit_ms
        self._length = self.settings.interval_ms
        self._cells = StateStore(store, self.queue, writer)
        keys = manifest_keys(store).get(self.queue, ()) if manifests is None else manifests
        self._manifest = latest_manifest(store, keys, self._cells)
        self._cells.versions, self._cells.counter = self._manifest.versions, self._manifest.counter
        self._cells.remove(self._manifest.inherited)
        self._dirty = False
        self._out: list[Output] = []
        self._open_row: Row | None = None
        self._deadline = NEVER
        """No watermark before it makes an interval final: spares looking at every record."""
        self._staffing_plan = PlanAndStaffing(
            self._manifest.staffing_plan, self._cells, self._settings_at, self.versions
        )
        self._days = QueueDays(self._manifest.days, self._cells, self.settings)
        self._calendar: Calendar
        self._contacts: ContactStore
        self._rules: QueueRules
        self._warnings: EarlyWarnings
        self._builder: ResultBuilder
        self._revisions: Corrections
        if self._manifest.anchor_ms is not None:
            self._start(self._manifest.anchor_ms)
            self._set_deadline()
            self._restore_shown()

    # --- what a shell calls -------------------------------------------------------------------------

    def applied_offset(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none: what is not newer is skipped."""
        return self._manifest.applied_offsets.get(source, -1)

    def mark_applied(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""
        self._manifest.applied_offsets[source] = offset
        self._dirty = True

    def apply(self, records: Iterable[Record], source: str, offset: int, append_ms: int | None = None) -> list[Output]:
        """Apply the records of one message (or row) and return what is to be published, in order.

        Args:
            records: admitted records of this queue.
            source: `topic/partition` or the file's name.
            offset: the message's offset, or the row's number.
            append_ms: when the broker appended the message; None in replay.
        """
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
    ) -> None:
        """Apply records in order, each with its place in its message and its offset; their outputs wait for `take`.

        Contacts of an open interval are counted together: as one by one, only in less time.
        """
        at = 0
        while at < len(records):
            upto = self._run_end(records, at) if len(records) - at >= _WORTHWHILE else at
            if upto - at < _WORTHWHILE or not self._apply_new_contacts(
                records[at:upto], source, offsets[at:upto], append_ms
            ):
                upto = max(upto, at + 1)
                for each in range(at, upto):
                    self.index = places[each]
                    self.apply_record(records[each], source, offsets[each], append_ms)
            at = upto

    def _run_end(self, records: Sequence[Record], first: int) -> int:
        """The place behind the contacts from `first` on that lie in one open interval and make nothing final."""
        record = records[first]
        if type(record) is not Contact or not self.seen:
            return first
        start, end = self._contacts.open_interval(record.offered_ms)
        low, high = max(start, self._manifest.contacts_from + 1), min(end, self._deadline)
        for at in range(first, len(records)):
            record = records[at]
            if type(record) is not Contact or not low <= record.offered_ms < high:
                return at
        return len(records)

    def _apply_new_contacts(
        self, run: Sequence[Record], source: str, offsets: Sequence[int], append_ms: int | None
    ) -> bool:
        """Count a run of contacts if all of them are new; else leave everything as it is."""
        contacts = cast(Sequence[Contact], run)
        if not self._contacts.add_new(contacts, source, offsets):
            return False
        self.counters.accepted += len(contacts)
        if not self.settings.configured:
            for contact in contacts:
                self._manifest.channel = _earliest(self._manifest.channel, contact.offered_ms, contact.channel)
        self._call_data(max([contact.offered_ms for contact in contacts]), append_ms)
        self._call_data(contacts[-1].offered_ms, append_ms)
        return True

    def apply_record(  # noqa: C901, PLR0912 - the hot path, written out
        self, record: Record, source: str, offset: int, append_ms: int | None = None
    ) -> None:
        """Apply one record; its outputs wait for `take`."""
        if type(record) is Contact:
            event = record.offered_ms
            if event <= self._manifest.contacts_from:
                if self._manifest.anchor_ms is None:
                    self._start(event)
                self._deadline = NEVER
                self._manifest.contacts_from = min(self._manifest.contacts_from, self._calendar.start_of(event))
            if not self.settings.configured:
                self._manifest.channel = _earliest(self._manifest.channel, event, record.channel)
            # What `_count` does, without asking what is known here: this is the hot path.
            try:
                if self._contacts.add_contact(record, source, offset):
                    self.counters.accepted += 1
                else:
                    self.counters.duplicate += 1
            except RecordRefused as refused:
                self._refuse(refused, source, offset)
            if self._contacts.changed_intervals:
                self._revisions.revise(record)
            self._call_data(event, append_ms)
            return
        if isinstance(record, Snapshot):
            if self._manifest.anchor_ms is None:
                self._start(record.start_ms)
            if self._contacts.state.closed_through == NEVER:
                self._deadline = NEVER
            self._manifest.program = _earliest(self._manifest.program, record.start_ms, record.program)
            self._manifest.channel = _earliest(self._manifest.channel, record.start_ms, record.channel)
            event = event_ms(record)
        elif isinstance(record, Tick):
            self._run_on(record.at_ms)
            return
        elif isinstance(record, Plan | AgentState):
            self._count(record, source, offset)
            self._dirty = self.changed = True
            self._open_row = None
            return
        else:
            assert isinstance(record, Evaluation)  # noqa: S101 - the union has no other member
            self._evaluate(record, source, offset)
            return
        self._count(record, source, offset)
        self._call_data(event, append_ms)

    def take(self) -> list[Output]:
        """Outputs since the last call, in order of publication."""
        out, self._out = self._out, []
        for output in out:
            if type(output) is Result:
                self.status.result(output.row)
            elif type(output) is BreachEvent:
                self.status.breach(output.row)
        return out

    def due(self, now_ms: int) -> bool:
        """Whether a tick at `now_ms` would make an interval final."""
        clock = self._idle_watermark(now_ms)
        if clock is None or clock < self._deadline or clock <= self._manifest.watermark:
            return False
        start = self._next_start(clock)
        if start is not None and start + self._length + self._closing_delay(start) <= clock:
            return True
        day_end = self._rules.state.day_end_ms
        return day_end is not None and day_end + self._closing_delay(day_end) <= clock

    def tick(self, now_ms: int) -> list[Output]:
        """Let the clock make intervals final where the queue is idle."""
        self._run_on(now_ms)
        return self.take()

    def finish(self, until_ms: int | None = None) -> list[Output]:
        """Make final every interval that ends by `until_ms` (default: the queue's last interval with data)."""
        if self._manifest.anchor_ms is not None:
            until = self._last_data_end() if until_ms is None else until_ms
            if until != NEVER:
                watermark = until + self._closing_delay(until - self._length)
                if watermark > self._manifest.watermark:
                    self._dirty, self._open_row = True, None
                    self._advance(watermark)
        return self.take()

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed; see `agents.state.store` for the order."""
        if not self._dirty:
            return None
        self._staffing_plan.write()
        self._days.write()
        if self._manifest.anchor_ms is not None:
            self._contacts.write()
            if self._rules.changed:
                self._rules.changed = False
                self._cells.replace(_RULES_CELL, _ENCODE(self._rules.state))
        self._manifest.versions, self._manifest.counter = self._cells.versions, self._cells.counter
        self._manifest.inherited = self._cells.inherited
        self._dirty = False
        return self._cells.commit(_ENCODE(self._manifest))

    @property
    def dirty(self) -> bool:
        """Whether there is anything to commit."""
        return self._dirty

    @property
    def seen(self) -> bool:
        """Whether any call data has arrived."""
        return self._manifest.anchor_ms is not None

    @property
    def watermark_ms(self) -> int | None:
        """The watermark, None before the first call data."""
        return self._manifest.watermark if self.seen else None

    @property
    def program(self) -> str:
        """The configured program, else the records' own, else `unassigned`."""
        return self._builder.program_at(self._manifest.watermark) if self.seen else self.settings.program

    @property
    def channel(self) -> str:
        """The configured channel, else the records' own, else the default."""
        return self._builder.channel_at(self._manifest.watermark) if self.seen else self.settings.channel

    def provisional(self) -> Row | None:
        """The latest open interval as it stands (revision 0), to be published; None before any call data."""
        self.changed = False
        return self.open_row()

    def open_row(self) -> Row | None:
        """The same for whoever only looks: one row object until something has changed, not to be written to."""
        if self._open_row is None and self.seen:
            counts = self._builder.latest_open_counts()
            reference = self._staffing_plan.reference(counts.start_ms, self._rules.open_for_ms(counts.start_ms))
            self._open_row, _ = self._builder.make(
                counts, self._manifest.balance, reference, revision=0, status="provisional"
            )
        return self._open_row

    def settings_of(self, row: Row) -> QueueSettings:
        """The parameter version that a result was made with."""
        return self._settings_at(from_rfc3339(str(row["interval_start"])))

    def sigmas(self) -> dict[str, float]:
        """Process sigma of the service level, by window of local days."""
        return self._manifest.levels.sigmas(self._settings_at(self._manifest.watermark).rules["variation_too_big"])

    @property
    def calendar(self) -> Calendar:
        """The queue's intervals and open hours; only once it is `seen`."""
        return self._calendar

    def notices(self, row: Row) -> list[BreachEvent]:
        """What can be said of the open interval already, given its `provisional` row; outside every hash."""
        start = from_rfc3339(str(row["interval_start"]))
        if not self._calendar.is_open(start):
            return []
        context = IntervalContext(
            row, self._settings_at(start), start, self._builder.facts(row, start, self._staffing_plan.reference(start))
        )
        closed, by_contacts = self._contacts.state.closed_through, self._builder.by_contacts(start)
        records = self._warnings.observe(context, self._manifest.watermark, closed, waiting_is_overdue=by_contacts)
        for record in records:
            self.status.breach(record)
        return [BreachEvent(record) for record in records]

    # --- records ------------------------------------------------------------------------------------

    def _count(self, record: Snapshot | Plan | AgentState, source: str, offset: int) -> None:
        counters = self.counters
        try:
            if isinstance(record, Snapshot):
                news = self._contacts.put_snapshot(record, source, offset)
            else:
                assert isinstance(record, Plan | AgentState)  # noqa: S101 - the kinds there are
                news = self._staffing_plan.add(record)
            if news:
                counters.accepted += 1
            else:
                counters.duplicate += 1
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
            news = refused.replaced
        if self.seen:
            if news and isinstance(record, Plan):
                self._revisions.take_plan(record)
            if self._contacts.changed_intervals or self._staffing_plan.staffing.changed_intervals:
                self._revisions.revise(record)

    def _evaluate(self, record: Evaluation, source: str, offset: int) -> None:
        counters, self._dirty = self.counters, True
        try:
            stands = self._days.evaluations.add(record, self._contacts.state.closed_through if self.seen else NEVER)
            if stands is False:
                counters.duplicate += 1
            else:
                counters.accepted += 1
        except RecordRefused as refused:
            self._refuse(refused, source, offset)
            stands = refused.replaced
        if stands:
            counters.late += self.seen and self._days.is_late(record)
            # Whenever it arrives, it is of the program that the queue has in the end.
            program = self._builder.program_at(-NEVER) if self.seen else self.settings.program
            self._out.append(Evaluated(evaluation_row(record, program, self.queue)))

    def _refuse(self, refused: RecordRefused, source: str, offset: int) -> None:
        self.counters.dead_lettered += 1
        self._out.append(DeadLetter(str(refused), refused.loser, source, offset, self.index))

    def _call_data(self, event: int, append_ms: int | None) -> None:
        manifest = self._manifest
        self._dirty = self.changed = True
        self._open_row = None
        manifest.last_append_ms = append_ms
        if append_ms is not None:
            manifest.backfill = append_ms - event > DAY_MS
        if event > manifest.last_event_ms:
            manifest.last_event_ms = event
            if event > manifest.watermark:
                manifest.watermark = event
                if event >= self._deadline:
                    self._close_due(event)

    def _start(self, anchor_ms: int) -> None:
        self._manifest.anchor_ms = anchor_ms
        self._calendar = Calendar.of(self.versions, anchor_ms)
        self._days.start(self._calendar)
        self._contacts = ContactStore(
            self._manifest.contacts,
            self._cells,
            self._settings_at,
            self._calendar.start_of,
            self._calendar.phase_ms,
            self._days.count,
        )
        known = _RULES_CELL in self._cells.versions
        rules = _DECODE_RULES(self._cells.require(_RULES_CELL)) if known else RulesState()
        self._rules = QueueRules(self._settings_at, rules, Baselines(self._cells))
        self._warnings = EarlyWarnings(rules.rule_states)
        self._staffing_plan.start(self._calendar)
        self._builder = ResultBuilder(
            self._manifest, self._settings_at, self._calendar, self._contacts, self._staffing_plan
        )
        self._revisions = Corrections(
            self._manifest,
            self.settings,
            self._contacts,
            self._staffing_plan,
            self._builder,
            self._rules,
            self.counters,
            self._publish,
            self._count_level,
        )

    def _restore_shown(self) -> None:
        closed = self._contacts.last_published()
        final = None if closed is None else row_of(closed.figures)
        rule_states = self._rules.state.rule_states
        causes: Sequence[Effect] = ()
        if final is not None and any(RULES[rule].explains_service_level for rule in rule_states if rule in RULES):
            causes = attribution(final, self.settings_of(final))
        self.status.restore(final, rule_states, causes)

    # --- the life of an interval --------------------------------------------------------------------

    def _closing_delay(self, start_ms: int) -> int:
        settings = self._settings_at(start_ms)
        return settings.service_level.threshold_ms + settings.grace_ms

    def _set_deadline(self) -> None:
        through = self._contacts.state.closed_through
        if through == NEVER:
            through = min([self._manifest.contacts_from, *self._contacts.open_counts])
        shortest = min(s.service_level.threshold_ms + s.grace_ms for s in self.versions)
        self._deadline = through + self._length + shortest

    def _advance(self, watermark: int) -> None:
        self._manifest.watermark = watermark
        if watermark >= self._deadline:
            self._close_due(watermark)

    def _idle_watermark(self, now_ms: int) -> int | None:
        """Where the clock alone would put the watermark at `now_ms`; None: the queue is not idle (yet).

        After `idle_seconds` without call data the watermark runs on at clock speed from the last event; after
        a backfill only to the deadline of the last interval that has data (contract section 5).
        """
        manifest = self._manifest
        if manifest.last_append_ms is None:
            return None
        silence = now_ms - manifest.last_append_ms
        if silence < self._settings_at(manifest.last_event_ms).idle_ms:
            return None
        clock = manifest.last_event_ms + silence
        if manifest.backfill:
            last = self._last_data_end()
            return min(clock, last + self._closing_delay(last - self._length))
        return clock

    def _run_on(self, now_ms: int) -> None:
        clock = self._idle_watermark(now_ms)
        if clock is not None and clock > self._manifest.watermark:
            through, self.changed = self._contacts.state.closed_through, True
            self._open_row = None
            self._advance(clock)
            # A watermark that closes nothing need not be written: the next tick, or record, finds it again.
            self._dirty = self._dirty or bool(self._out) or self._contacts.state.closed_through != through

    def _last_data_end(self) -> int:
        ends = [start + self._length for start, counts in self._contacts.open_counts.items() if counts.has_data()]
        return max([self._manifest.last_data_end, *ends])

    def _next_start(self, watermark: int) -> int | None:
        """The earliest interval not yet final that must have a row."""
        with_data = self._contacts.first_with_data()
        through = self._contacts.state.closed_through
        if through == NEVER:
            return with_data
        upto = watermark if with_data is None else with_data
        return next(self._calendar.open_starts(through, upto), with_data)

    def _close_due(self, watermark: int) -> None:
        contacts, state = self._contacts, self._contacts.state
        limit = watermark if self._limit_ms is None else self._limit_ms
        while True:
            start = self._next_start(watermark)
            if start is None or start + self._length > limit:
                break
            if start + self._length + self._closing_delay(start) > watermark:
                break
            self._close(start)
            contacts.close_through(start + self._length)
            self._days.begin(start)
            self._end_days(start + self._length)
        if state.closed_through != NEVER:
            end = self._quiet_through(watermark, limit if start is None else min(limit, start))
            if end > state.closed_through:
                self._staffing_plan.close_through(end)
                contacts.close_through(end)
            self._end_days(state.closed_through)
            contacts.forget_old()
            self._days.evaluations.forget_old(state.closed_through)
            self._staffing_plan.forget_old(state.closed_through)
            self._rules.pass_time(state.closed_through)
            self._out.extend(map(BreachEvent, self._rules.take()))
        self._set_deadline()

    def _end_days(self, through: int) -> None:
        self._out.extend(self._days.over(through, self._builder.program_at))

    def _quiet_through(self, watermark: int, limit: int) -> int:
        """Up to where intervals that need no row are final: like any other, each after its own grace."""
        phase, upto = self._calendar.phase_ms, limit
        while True:
            end = upto - (upto + phase) % self._length
            upto = watermark - self._closing_delay(end - self._length)
            if end <= upto:
                return end

    def _close(self, start: int) -> None:
        """Publish revision 1 of an interval and put it among the final ones."""
        manifest, staffing_plan = self._manifest, self._staffing_plan
        date = self._calendar.local_date
        if manifest.balance is None and date(start) != date(manifest.balance_lost_ms):
            manifest.balance = 0
        counts = self._contacts.close(start)
        staffing_plan.close_through(start + self._length)
        reference = staffing_plan.reference(start, self._rules.open_for_ms(start))
        day = self._calendar.open_day(start)
        missing = self._builder.is_missing(counts, day, staffing_plan.expected(start, reference))
        status = "missing" if missing else "final"
        row, actuals = self._builder.make(
            counts, manifest.balance, reference, revision=1, status=status, missing=missing
        )
        judgement = self._rules.judge(row, start, day, self._builder.facts(row, start, reference))
        row["signal"], row["breaches"] = judgement.reading.signal, judgement.breaches
        self._publish(row, None)
        self._count_level(row, start, 1)
        self._out.extend(map(BreachEvent, judgement.events))
        closed = FinalInterval(
            counts, 0, 1, manifest.balance, figures_of(row), judgement.breaches, judgement.reading.basis, reference
        )
        self._contacts.finalize(closed)
        staffing_plan.learn(
            counts,
            actuals,
            reference,
            self._contacts.state.silent_from,
            missing=missing,
            contacts_seen=self._builder.by_contacts(start),
        )
        self._carry_balance(counts, missing=missing)
        snapshot = counts.snapshot
        if snapshot is not None and not self._builder.by_contacts(start):
            handled = snapshot.answered if snapshot.handled is None else snapshot.handled
            self._days.count_interval(start, max(handled or 0, 0))
        if counts.has_data():
            manifest.last_data_end = max(manifest.last_data_end, start + self._length)

    def _count_level(self, row: Row, start: int, sign: int) -> None:
        day = self._calendar.local_date(start).toordinal()
        self._manifest.levels.add(day, level_sums(row, self._settings_at(start)), sign)

    def _carry_balance(self, counts: IntervalCounts, *, missing: bool) -> None:
        """Contacts left in the queue, as far as interval snapshots tell (metrics section 9, `integrity`)."""
        manifest, snapshot = self._manifest, counts.snapshot
        if missing:
            manifest.balance = None
        elif snapshot is not None and snapshot.source != AMBIGUOUS_HOUR:
            balance = running_balance(manifest.balance, snapshot.offered, left_queue(snapshot))
            manifest.balance = None if balance is None else int(balance)
        else:
            return
        if manifest.balance is None:
            manifest.balance_lost_ms = counts.start_ms

    def _publish(self, row: Row, reason: str | None) -> None:
        manifest = self._manifest
        row["reason"], row["form"] = reason, FORM
        row["previous_hash"] = manifest.last_hash
        row["hash"] = manifest.last_hash = row_hash(row)
        self._out.append(Result(row, manifest.results))
        manifest.results += 1


def _earliest(known: tuple[int, str] | None, ms: int, name: str | None) -> tuple[int, str] | None:
    """The name that the earliest record gives; of one moment's, the first by the alphabet."""
    if not name or (known is not None and known <= (ms, name)):
        return known
    return ms, name
