"""The life of a queue's intervals: open, final, corrected.

An interval is *open* until the queue's watermark (the greatest event time of its call data) reaches the
interval's end + threshold + grace; then it is *final* (revision 1), and a record that still concerns it
makes a *corrected* revision with its reason (`agents.engine.corrections`). Where a queue is idle, the clock
moves the watermark. No decision looks at how records were batched, when a process started, or what the wall
clock says.

It begins with the queue's first call data, which fixes the grid of intervals: everything in it is whole from then on.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec

from agents.engine.contacts import ContactStore
from agents.engine.corrections import Corrections
from agents.engine.differences import figures_of
from agents.engine.final_intervals import FinalInterval
from agents.engine.manifest import Manifest
from agents.engine.open_intervals import OpenIntervals
from agents.engine.outlook import Outlook
from agents.engine.result_log import ResultLog
from agents.engine.results import ResultBuilder
from agents.engine.snapshots import SnapshotStore
from agents.engine.versions import VersionLog
from agents.evaluations.book import EvaluationBook
from agents.evaluations.queue_days import QueueDays
from agents.intervals.calendar import Calendar
from agents.intervals.counters import RecordCounters
from agents.intervals.counts import NEVER
from agents.intervals.holes import Holes
from agents.intervals.outputs import BreachEvent, Output
from agents.intervals.turn import Turn
from agents.planning.reference import PlanAndStaffing, PlanningRecords
from agents.planning.silence import Closing, Silence
from agents.rules.baseline import Baselines
from agents.rules.engine import QueueRules, RulesState
from agents.state.store import StateStore
from config.settings import QueueSettings

__all__ = ["IntervalLifecycle"]

_DAY_MS: Final = 86_400_000
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_RULES = msgspec.msgpack.Decoder(RulesState).decode
_RULES_CELL: Final = "rules"


class IntervalLifecycle:
    """Intervals of one queue that has call data.

    Args:
        manifest: of the queue's state; its `anchor_ms` fixes the grid.
        cells: the queue's cells.
        versions: the queue's settings, one a parameter version, in order of their `parameters_from_ms`.
        settings_at: the settings in force for an interval's start.
        planning: the queue's plans and agent states, which may be older than its call data.
        evaluations: likewise.
        counters: counts what became of records.
        out: where outputs go, in order of publication.
        limit_ms: no interval that ends after this instant becomes final; None: no limit.
        turn: how much may be done at once.
        absent_is_missing: sources of interval rows that write a row of zeros for an interval without contacts.
    """

    def __init__(
        self,
        manifest: Manifest,
        cells: StateStore,
        versions: Sequence[QueueSettings],
        settings_at: Callable[[int], QueueSettings],
        planning: PlanningRecords,
        evaluations: EvaluationBook,
        counters: RecordCounters,
        out: list[Output],
        limit_ms: int | None,
        turn: Turn,
        absent_is_missing: Collection[str] = (),
    ) -> None:
        assert manifest.anchor_ms is not None  # noqa: S101 - the caller has noted it
        settings = versions[-1]
        self._manifest = manifest
        self._cells = cells
        self._settings_at = settings_at
        self._out = out
        self._limit_ms = limit_ms
        self._turn = turn
        self._length = settings.interval_ms
        self._shortest_delay = min(_delay(version) for version in versions)
        self.calendar = calendar = Calendar.of(versions, manifest.anchor_ms)
        self._staffing_plan = staffing_plan = PlanAndStaffing(planning, calendar, settings_at, settings)
        dormant_ms = settings.dormant_ms if settings.configured else settings.correction_ms
        self._holes = Holes(calendar, dormant_ms, self._last_word)
        self.silence = Silence(manifest.silence, calendar, settings_at, staffing_plan, absent_is_missing)
        self._evaluations = evaluations
        self.days = QueueDays(manifest.days, cells, settings, calendar, evaluations)
        self.contacts = ContactStore(
            manifest.contacts, cells, settings_at, calendar.start_of, calendar.phase_ms, self.days.count
        )
        self.contacts.lost.begin(manifest.watermark)
        self._horizon = self.contacts.horizon
        self.snapshots = SnapshotStore(self.contacts, self._length, calendar.phase_ms)
        rules = _DECODE_RULES(cells.require(_RULES_CELL)) if _RULES_CELL in cells.versions else RulesState()
        self.rules = QueueRules(settings_at, rules, Baselines(cells))
        self.builder = ResultBuilder(manifest, settings_at, calendar, self.contacts, staffing_plan)
        self._version_log = VersionLog(manifest, cells, versions)
        self._log = ResultLog(manifest, calendar, settings_at, staffing_plan.staffing.time, out)
        self.corrections = Corrections(
            manifest,
            settings,
            self.contacts,
            staffing_plan,
            self.builder,
            self.rules,
            counters,
            self._log.publish,
            self._log.count_level,
        )
        self.open = OpenIntervals(
            manifest, settings_at, calendar, self.contacts, staffing_plan, self.builder, self.rules
        )
        self.outlook = Outlook(
            manifest, cells, settings_at, calendar, self.contacts, staffing_plan, self.builder, self._holes.begin_ms
        )
        self.deadline = NEVER
        """No watermark before it makes an interval final, or a projection: spares looking at every record."""
        self._goal_ms = NEVER
        """Where a watermark is to go that moves without call data; the turn may be too short for it."""

    # --- the watermark ------------------------------------------------------------------------------

    def begin_contacts(self, event: int) -> None:
        """Let the feed be contacts from the interval on that holds the instant of a contact's offer."""
        self.deadline = NEVER
        self._manifest.contacts_from = min(self._manifest.contacts_from, self.calendar.start_of(event))

    def follow(self, event: int, append_ms: int | None) -> None:
        """Move the watermark to the event time of call data that has been counted.

        Args:
            event: its event time.
            append_ms: when the broker appended it; None in replay.
        """
        manifest = self._manifest
        self.open.note_change()
        self.note_append(event, append_ms)
        if event > manifest.last_event_ms:
            manifest.last_event_ms = event
            if event > manifest.watermark:
                manifest.watermark = event
                self._move_on(event)

    def note_append(self, event: int, append_ms: int | None) -> None:
        """Note when a word of this event time was appended: the clock runs on from it."""
        self._manifest.last_append_ms = append_ms
        if append_ms is not None:
            self._manifest.backfill = append_ms - event > _DAY_MS

    def advance(self, watermark: int) -> None:
        """Move the watermark without call data."""
        self._goal_ms = watermark
        self._go_on()

    def reach(self, event: int) -> bool:
        """Make the projections that are due before call data of an event time is counted; False: the turn is short."""
        while self.outlook.next_ms <= event and not self._turn.short:
            self._goal_ms = self.outlook.next_ms
            self._go_on()
        return not self._turn.short

    def _go_on(self) -> None:
        """Move the watermark towards its goal: to each time of a projection, as long as the turn lasts."""
        manifest, turn = self._manifest, self._turn
        while manifest.watermark < self._goal_ms and not turn.short:
            self.open.note_change()
            manifest.watermark = min(self._goal_ms, max(self.outlook.next_ms, manifest.watermark + 1))
            self._move_on(manifest.watermark)

    def _move_on(self, watermark: int) -> None:
        """Do what is due at a watermark; mostly that is nothing."""
        horizon = self._horizon
        if watermark < self.deadline and watermark < horizon.from_ms:
            horizon.now_ms = watermark
        else:
            self._close_due(watermark)

    def idle_watermark(self, now_ms: int) -> int | None:
        """Where the clock alone would put the watermark at `now_ms`; None: the queue is not idle (yet).

        After `idle_seconds` without call data the watermark runs on at clock speed from the last event; after
        a backfill only to the deadline of the last interval that has data.
        """
        manifest = self._manifest
        if manifest.last_append_ms is None:
            return None
        silence = now_ms - manifest.last_append_ms
        if silence < self._settings_at(manifest.last_event_ms).idle_ms:
            return None
        clock = max(manifest.last_event_ms, manifest.silence.through_ms) + silence
        return min(clock, self.deadline_of(self._last_data_end())) if manifest.backfill else clock

    def finish(self, until_ms: int | None) -> None:
        """Make final every interval that ends by `until_ms`.

        None: up to the last one that has data or that a source has passed, whose local day ends then.
        """
        end = max(self._last_data_end(), self.silence.passed_end()) if until_ms is None else until_ms
        if end != NEVER and self.deadline_of(end) > self._manifest.watermark:
            self.advance(self.deadline_of(end))
        through = self.contacts.state.closed_through
        if until_ms is None and through != NEVER:
            self._end_days(day_end := max(through, self.days.end_of(through - self._length)))
            self.rules.pass_time(day_end)
            self._out.extend(map(BreachEvent, self.rules.take()))

    def due(self, now_ms: int) -> bool:
        """Whether the clock at `now_ms` would make an interval final, or may lose track of a contact."""
        clock = self.idle_watermark(now_ms)
        if clock is None or clock <= self._manifest.watermark:
            return False
        if clock < self.deadline or clock >= self._horizon.from_ms:
            return clock >= self._horizon.from_ms
        start = self._next_start(clock)
        if start is not None and self.deadline_of(start + self._length) <= clock:
            return True
        day_end = self.rules.state.day_end_ms
        return day_end is not None and day_end + _delay(self._settings_at(day_end)) <= clock

    def set_deadline(self) -> None:
        """Find the earliest watermark that may make an interval final."""
        through = self.contacts.state.closed_through
        if through == NEVER:
            through = min([self._manifest.contacts_from, *self.contacts.open_counts])
        self.deadline = min(through + self._length + self._shortest_delay, self.outlook.next_ms)

    def deadline_of(self, end: int) -> int:
        """The watermark that makes the interval final that ends at `end`."""
        return end + _delay(self._settings_at(end - self._length))

    def _last_data_end(self) -> int:
        ends = [start + self._length for start, counts in self.contacts.open_counts.items() if counts.needs_row()]
        return max([self._manifest.last_data_end, *ends])

    # --- from open to final -------------------------------------------------------------------------

    def _next_start(self, watermark: int) -> int | None:
        """The earliest interval not yet final that must have a row."""
        with_data = self.contacts.first_with_data()
        through = self.contacts.state.closed_through
        if through == NEVER:
            return with_data
        upto = watermark if with_data is None else with_data
        start = next(self.calendar.open_starts(through, upto), None)
        return with_data if start is None or start > self._holes.begin_ms() else start

    def _last_word(self) -> int:
        """The queue's last call data in a final interval, or the last word of a source that feeds it."""
        offered, data_end = self.contacts.state.silent_from, self._manifest.last_data_end
        word = data_end if offered == NEVER else max(offered, data_end - self._length)
        return max(word, self.silence.last_word(self.contacts.state.closed_through + self._length))

    def proceed(self) -> None:
        """Make final what the turn before was too short for."""
        self._close_due(self._manifest.watermark)
        self._go_on()

    def _close_due(self, watermark: int) -> None:
        """Make final every interval whose time has come, and then the projections that are due."""
        contacts, state = self.contacts, self.contacts.state
        limit = watermark if self._limit_ms is None else self._limit_ms
        while True:
            start = self._next_start(watermark)
            if start is None or start + self._length > limit:
                break
            deadline = self.deadline_of(start + self._length)
            if deadline > watermark:
                break
            self._lose_track(deadline)
            if not self._turn.take():
                return
            self._close(start)
            contacts.close_through(start + self._length)
            self.days.begin(start)
            self._end_days(start + self._length)
        self._lose_track(watermark)
        if state.closed_through != NEVER:
            end = self._quiet_through(watermark, limit if start is None else min(limit, start))
            if end > state.closed_through:
                self.silence.pass_through(end)
                self._staffing_plan.close_through(end)
                contacts.close_through(end)
            self._end_days(state.closed_through)
            contacts.forget_old()
            self._evaluations.forget_old(state.closed_through)
            self._staffing_plan.forget_old(state.closed_through)
            self.rules.pass_time(state.closed_through)
            self._out.extend(map(BreachEvent, self.rules.take()))
            self.outlook.end_days(state.closed_through)
        self._out.extend(self.outlook.make(watermark, self._limit_ms))
        self.set_deadline()

    def _lose_track(self, watermark: int) -> None:
        """Lose the contacts whose time was over by a watermark, moment by moment, however far it moved at once."""
        while (moment := self._horizon.from_ms) <= watermark:
            self.contacts.changed_intervals |= self.contacts.lost.pass_to(moment)
            if self.contacts.changed_intervals:
                self.corrections.revise(None)
        self._horizon.now_ms = watermark

    def _end_days(self, through: int) -> None:
        self._out.extend(self.days.over(through, self.builder.program_at, self._holes.begin_ms()))

    def _quiet_through(self, watermark: int, limit: int) -> int:
        """Up to where intervals that need no row are final: like any other, each after its own grace."""
        phase, upto = self.calendar.phase_ms, limit
        while True:
            end = upto - (upto + phase) % self._length
            upto = watermark - _delay(self._settings_at(end - self._length))
            if end <= upto:
                return end

    def _close(self, start: int) -> None:
        """Publish revision 1 of an interval and put it among the final ones."""
        manifest, staffing_plan = self._manifest, self._staffing_plan
        hole = self._holes.before(start)
        if hole is not None or start > self._holes.begin_ms():
            # Before this interval's data counts as the last word: the days of the hole are not told.
            self._end_days(start)
        self._version_log.note([start])
        self.outlook.close(start)
        counts = self.contacts.close(start)
        staffing_plan.close_through(start + self._length)
        reference = staffing_plan.reference(start, self.rules.open_for_ms(start))
        day = self.calendar.open_day(start)
        by_contacts, silent_from = self.builder.by_contacts(start), self.contacts.state.silent_from
        closing = Closing(start, by_contacts, counts.has_data(), day, reference, silent_from)
        sources = self.silence.judge(closing)
        refusals = None if counts.has_data() else counts.refusals
        missing = bool(sources.silent) and not counts.has_data() and refusals is None
        status = "missing" if missing else "final"
        result, actuals = self.builder.make(counts, reference, revision=1, status=status, silent=list(sources.silent))
        facts = self.builder.facts(result, counts, start, reference, sources)
        judgement = self.rules.judge(result, start, day, facts)
        result.signal, result.breaches = judgement.reading.signal, judgement.breaches
        definition = self._settings_at(start).service_level.definition
        reasons = [hole, None if refusals is None else refusals.said(), *counts.remarks(definition)]
        row = self._log.publish(result, "; ".join(filter(None, reasons)) or None)
        self._log.count_level(result, start, 1)
        self._out.extend(map(BreachEvent, judgement.events))
        breaches = ";".join(judgement.breaches) or None
        closed = FinalInterval(
            counts, 0, 1, None, figures_of(row), breaches, judgement.reading.basis, reference, sources.silent
        )
        self.contacts.finalize(closed)
        self.silence.settle(closing)
        silent_from = self.contacts.state.silent_from
        staffing_plan.learn(counts, actuals, reference, silent_from, missing=missing, contacts_seen=by_contacts)
        snapshot = counts.snapshot
        if snapshot is not None and not by_contacts:
            handled = snapshot.answered if snapshot.handled is None else snapshot.handled
            self.days.count_interval(start, max(handled or 0, 0))
        if counts.needs_row():
            manifest.last_data_end = max(manifest.last_data_end, start + self._length)

    # --- the state ----------------------------------------------------------------------------------

    def write(self) -> None:
        """Put everything that changed into cells and the manifest, which commits it."""
        self._version_log.note(self.contacts.open_counts)
        self.days.write()
        self.outlook.write()
        self.contacts.write()
        if self.rules.changed:
            self.rules.changed = False
            self._cells.replace(_RULES_CELL, _ENCODE(self.rules.state))


def _delay(settings: QueueSettings) -> int:
    """How long after an interval's end the watermark makes it final."""
    return settings.service_level.threshold_ms + settings.grace_ms
