"""Corrections by late records: a numbered revision for every final interval whose figures they alter."""

from collections.abc import Callable

from agents.engine.contacts import ContactStore
from agents.engine.differences import difference, figures_of, named, result_of
from agents.engine.final_intervals import FinalInterval
from agents.engine.manifest import Manifest
from agents.engine.results import ResultBuilder
from agents.intervals.counters import RecordCounters
from agents.planning.reference import PlanAndStaffing
from agents.rules.engine import QueueRules
from config.settings import QueueSettings
from streams.records import AgentState, Contact, Feed, Plan, RefusedRow, Snapshot
from streams.results import LATE, IntervalResult

__all__ = ["Corrections"]


class Corrections:
    """Revisions of one queue's final intervals.

    Args:
        manifest: of the queue's state.
        settings: the queue's, of the last parameter version.
        contacts: its sums.
        staffing_plan: its plans and agents.
        builder: its rows.
        rules: its rules.
        counters: counts what became of records.
        publish: publishes a result, with the reason.
        count_level: adds a result's service level to its day (1), or takes it away (-1).
    """

    def __init__(
        self,
        manifest: Manifest,
        settings: QueueSettings,
        contacts: ContactStore,
        staffing_plan: PlanAndStaffing,
        builder: ResultBuilder,
        rules: QueueRules,
        counters: RecordCounters,
        publish: Callable[[IntervalResult, str | None], object],
        count_level: Callable[[IntervalResult, int, int], None],
    ) -> None:
        self._manifest = manifest
        self._settings = settings
        self._contacts = contacts
        self._staffing_plan = staffing_plan
        self._builder = builder
        self._rules = rules
        self._counters = counters
        self._publish = publish
        self._count_level = count_level

    def take_plan(self, plan: Plan) -> None:
        """Let a plan that comes for final intervals count in those that had none
        (docs/concepts/intervals.md#the-plan-of-an-interval).
        """
        contacts, late_plans = self._contacts, False
        through = contacts.state.closed_through
        starts = self._staffing_plan.final_starts(plan, through)
        self._counters.late += bool(starts)
        for start in starts:
            if start < through - self._settings.correction_ms:
                late_plans = True
                continue
            closed = contacts.closed(start)
            planned = closed.reference.plan
            if planned is not None and planned.says_something:
                late_plans = True
            elif closed.revision:
                reference = self._staffing_plan.with_late_plan(start, closed.reference)
                if reference is not None:
                    closed.reference = reference
                    contacts.changed_intervals.add(start)
        self._counters.late_plans += late_plans

    def revise(
        self, record: Contact | Snapshot | Plan | AgentState | Feed | RefusedRow | None, *, restated: bool = False
    ) -> None:
        """Publish a revision for every final interval whose figures the last record changed.

        Args:
            record: the record; None: contacts were lost track of.
            restated: whether it took the place of a copy of the same time stamp.
        """
        contacts = self._contacts
        # Plans are counted already; words of sources and lost contacts are no records that were accepted.
        self._counters.late += not restated and isinstance(record, Contact | Snapshot | AgentState)
        for start in sorted(contacts.changed_intervals | self._staffing_plan.staffing.changed_intervals):
            closed = contacts.closed(start)
            if start in contacts.changed_intervals:
                contacts.alter(start)
            if not closed.revision and not closed.counts.has_data() and closed.counts.refusals is None:
                continue
            first = closed.revision == 0
            if first:
                closed.reference = self._staffing_plan.reference(start)
            result, _ = self._builder.make(
                closed.counts,
                closed.reference,
                revision=closed.revision + 1,
                status="final" if first else "corrected",
                silent=closed.was_silent(),
            )
            result.signal = self._rules.signal(result, start, closed.basis)
            result.breaches = tuple(closed.breaches.split(";")) if closed.breaches else ()
            figures = figures_of(result.row())
            if figures == closed.figures:
                continue
            contacts.alter(start)
            if record is None:
                what = closed.counts.said_of_lost()
            else:
                what = f"{'restated ' if restated and not first else LATE}{named(record)}"
            self._publish(result, _reason(what, closed, result, [] if first else figures))
            if not first:
                self._count_level(result_of(closed.figures), start, -1)
            self._count_level(result, start, 1)
            if not first:
                self._counters.corrections += 1
                self._counters.corrected += closed.revision == 1
            closed.revision += 1
            closed.figures = figures
            if closed.counts.has_data():
                self._manifest.last_data_end = max(self._manifest.last_data_end, start + self._settings.interval_ms)
        contacts.changed_intervals.clear()
        self._staffing_plan.staffing.changed_intervals.clear()


def _reason(what: str, closed: FinalInterval, result: IntervalResult, figures: list[object]) -> str:
    """The reason of a revision: what made it, what it changed (no figures: it is the first), what else is said."""
    counts = closed.counts
    if not counts.has_data() and counts.refusals is not None:
        what = f"{what}: {counts.refusals.said()}"
    changed = f"{what}: {difference(closed.figures, figures)}" if figures else what
    return "; ".join([changed, *(remark for remark in counts.remarks(result.definition) if remark != what)])
