"""The reference of a queue's interval: its plan, the agents who were there, and the queue's statistics.

`agents.engine.queue` decides when an interval is final and what is published. This module keeps everything else
that has to be known of the interval besides its call data.
"""

from collections.abc import Callable

import msgspec

from agents.intervals.arrivals import Arrival
from agents.intervals.calendar import Calendar
from agents.intervals.counts import IntervalCounts
from agents.intervals.figures import ReportedCounts, trusted
from agents.intervals.parts import AMBIGUOUS_HOUR
from agents.planning.agent_states import Staffing
from agents.planning.final_agent_time import StaffingState
from agents.planning.plans import PlanBook, PlanState
from agents.planning.statistics import QueueStatistics
from agents.planning.variance import Reference
from agents.state.store import StateStore
from config.settings import QueueSettings
from streams.records import AgentState, Plan

__all__ = ["PlanAndStaffing", "PlanAndStaffingState", "PlanningRecords"]

_UNUSED_MS = 400 * 86_400_000
"""Time before the latest publication for which plans are kept of a queue whose call data has never come."""


class PlanAndStaffingState(msgspec.Struct, array_like=True):
    """The part that the manifest holds."""

    staffing: StaffingState = msgspec.field(default_factory=StaffingState)
    plans: PlanState = msgspec.field(default_factory=PlanState)
    silent_contacts: float = 0.0
    """Contacts that should have come since the last one, in final intervals."""
    silent_unknown: bool = False
    """Whether some of that time has neither a forecast nor statistics."""


class PlanningRecords:
    """Plans, agent states and statistics of one queue, which may be older than its call data.

    Args:
        state: from the manifest; kept up to date in place, complete after `write`.
        cells: the queue's cells.
        settings_at: the settings in force for an interval's start.
        versions: all settings there are, in order.
    """

    def __init__(
        self,
        state: PlanAndStaffingState,
        cells: StateStore,
        settings_at: Callable[[int], QueueSettings],
        versions: tuple[QueueSettings, ...],
    ) -> None:
        self.state = state
        self.staffing = Staffing(state.staffing, cells, settings_at, versions)
        self.plans = PlanBook(state.plans, cells)
        self.statistics = QueueStatistics(cells)

    def add(self, record: Plan | AgentState, source: str = "", offset: int = 0, *, before_call_data: bool) -> Arrival:
        """Take a record in.

        Args:
            record: the record.
            source: where it was read: `topic/partition` or the file's name.
            offset: the message's offset, or the row's number.
            before_call_data: whether the queue has no call data yet.

        Raises:
            RecordRefused: too late to correct.
        """
        if isinstance(record, AgentState):
            return self.staffing.add(record, source, offset)
        if before_call_data:
            self.plans.forget_before(self.state.plans.latest_ms - _UNUSED_MS)
        return self.plans.add(record, source, offset)

    def write(self) -> None:
        """Put everything that changed into cells and `state`; the manifest commits it."""
        self.staffing.write()
        self.plans.write()
        self.statistics.write()


class PlanAndStaffing:
    """The plan, the agents and the usual volume of an interval of one queue.

    Args:
        records: the queue's plans, agent states and statistics.
        calendar: where the queue's intervals lie.
        settings_at: the settings in force for an interval's start.
        settings: the queue's latest settings.
    """

    def __init__(
        self,
        records: PlanningRecords,
        calendar: Calendar,
        settings_at: Callable[[int], QueueSettings],
        settings: QueueSettings,
    ) -> None:
        self.state = records.state
        self.staffing = records.staffing
        self.staffing.phase_ms = calendar.phase_ms
        self._plans = records.plans
        self._statistics = records.statistics
        self._calendar = calendar
        self._settings_at = settings_at
        self._length = settings.interval_ms
        self._correction_ms = settings.correction_ms

    # --- late plans ---------------------------------------------------------------------------------

    def final_starts(self, plan: Plan, closed_through: int) -> range:
        """Final intervals that a plan row covers."""
        first = plan.start_ms - (plan.start_ms + self._calendar.phase_ms) % self._length
        return range(first, min(plan.start_ms + plan.length_ms, closed_through), self._length)

    def with_late_plan(self, start: int, reference: Reference) -> Reference | None:
        """The reference of a final interval that had no plan, now that one has come; None: it has none still."""
        end, begin, mode = start + self._length, self._begin(start), self._settings_at(start).plan
        planned = self._plans.choose_late(start, end, begin, mode)
        return None if planned is None else msgspec.structs.replace(reference, plan=planned)

    # --- an interval --------------------------------------------------------------------------------

    def has_plan(self, start: int) -> bool:
        """Whether the queue had any plan when an interval ended; one published later does not count."""
        return self.state.plans.first_ms < start + self._length

    @property
    def plan_rows(self) -> int:
        """Rows of plans that came since this process began; where it has grown, a plan looked up before may be old."""
        return self._plans.rows

    def reference(self, start: int, open_for_ms: int = 0) -> Reference:
        """The reference of an interval as known now, when the queue had been open for so long."""
        mode = self._settings_at(start).plan
        planned = self._plans.choose(start, start + self._length, self._begin(start), mode)
        return Reference(planned, self._statistics.dispersion, self._statistics.handle_time_cv, open_for_ms)

    def _begin(self, start: int) -> int:
        """When the open day that holds an interval begins; outside open hours the interval's own start."""
        day = self._calendar.open_day(start)
        return start if day is None else day.begin_ms

    def expected(self, start: int, reference: Reference) -> float | None:
        """Contacts that should come in an open interval: the plan's, else the slot's own mean; None: not known."""
        if reference.plan is not None and reference.plan.offered is not None:
            return reference.plan.offered
        return self._statistics.slot_mean(self._calendar.slot(start))

    def learn(
        self,
        counts: IntervalCounts,
        actuals: ReportedCounts,
        reference: Reference,
        silent_from: int,
        *,
        missing: bool,
        contacts_seen: bool,
    ) -> None:
        """Take in an interval that has just become final.

        Args:
            counts: its sums.
            actuals: its counts.
            reference: its plan and the queue's statistics, as it was measured.
            silent_from: the latest offer in a final interval, this one included.
            missing: whether its feed was broken.
            contacts_seen: whether the queue's feed is contacts.
        """
        start = counts.start_ms
        offered = trusted(actuals, "offered")
        # One row of two hours is no volume of one.
        if AMBIGUOUS_HOUR in actuals.checks:
            offered = None
        planned = reference.plan
        if not missing and offered is not None and offered >= 0 and planned is not None and planned.offered is not None:
            self._statistics.learn_volume(offered, planned.offered)
        self._statistics.learn_handling(counts.handled, counts.handle_ms, counts.handle_squares)
        if not contacts_seen or not self._calendar.is_open(start):
            return
        self._note_silence(start, self.expected(start, reference), silent_from)
        if not missing and offered is not None:
            self._statistics.learn_slot(self._calendar.slot(start), offered)

    def _note_silence(self, start: int, expected: float | None, silent_from: int) -> None:
        state, share = self.state, 1.0
        if silent_from >= start:
            state.silent_contacts, state.silent_unknown = 0.0, False
            share = max(0.0, (start + self._length - silent_from) / self._length)
        state.silent_contacts += share * (expected or 0.0)
        state.silent_unknown = state.silent_unknown or expected is None

    def close_through(self, end: int) -> None:
        """Make final the agent time of every interval that starts before `end`."""
        self.staffing.close_through(end)

    def forget_old(self, closed_through: int) -> None:
        """Drop the records that no correction can need."""
        self.staffing.forget_old()
        self._plans.forget_before(closed_through - self._correction_ms)
