"""A queue's intervals that are not final yet, as they stand; nothing here changes the state."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from agents.engine.contacts import ContactStore
from agents.engine.manifest import Manifest
from agents.engine.results import ResultBuilder
from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER, IntervalCounts
from agents.planning.reference import PlanAndStaffing
from agents.rules.early_warnings import EarlyWarnings
from agents.rules.engine import QueueRules
from agents.rules.observations import IntervalContext
from config.settings import QueueSettings
from streams.results import BreachRecord, IntervalResult

__all__ = ["OpenIntervals"]

_CLOSING: Final = 4
"""Ended intervals told of at most; more are there only while a long grace period or a backfill lasts."""


class OpenIntervals:
    """The open intervals of one queue.

    Args:
        manifest: of the queue's state.
        settings_at: the settings in force for an interval's start.
        calendar: of the queue.
        contacts: its sums.
        staffing_plan: its plans and agents.
        builder: its rows.
        rules: its rules, which early warnings read.
    """

    def __init__(
        self,
        manifest: Manifest,
        settings_at: Callable[[int], QueueSettings],
        calendar: Calendar,
        contacts: ContactStore,
        staffing_plan: PlanAndStaffing,
        builder: ResultBuilder,
        rules: QueueRules,
    ) -> None:
        self._manifest = manifest
        self._settings_at = settings_at
        self._calendar = calendar
        self._contacts = contacts
        self._staffing_plan = staffing_plan
        self._builder = builder
        self._rules = rules
        self._length = calendar.interval_ms
        state = rules.state
        self._warnings = EarlyWarnings(state.rule_states, state.incidents, state.chance)
        self._result: IntervalResult | None = None

    def result(self) -> IntervalResult:
        """The latest open interval as it stands (revision 0): one object until something has changed."""
        if self._result is None:
            counts = self._builder.latest_open_counts()
            reference = self._staffing_plan.reference(counts.start_ms, self._rules.open_for_ms(counts.start_ms))
            self._result, _ = self._builder.make(counts, reference, revision=0, status="provisional")
        return self._result

    def closing_results(self) -> list[IntervalResult]:
        """The latest intervals that have ended and are not final yet, as they stand (revision 0), oldest first."""
        watermark, through = self._manifest.watermark, self._contacts.state.closed_through
        known = set(self._contacts.open_counts)
        if through != NEVER:
            known.update(islice(self._calendar.open_starts(through, watermark), _CLOSING))
        over = sorted(start for start in known if start + self._length <= watermark)
        found = []
        for start in over[-_CLOSING:]:
            counts = self._contacts.open_counts.get(start) or IntervalCounts(start)
            reference = self._staffing_plan.reference(start, self._rules.open_for_ms(start))
            found.append(self._builder.make(counts, reference, revision=0, status="provisional")[0])
        return found

    def note_change(self) -> None:
        """Note that the open interval's figures may have changed."""
        self._result = None

    def early_warnings(self, result: IntervalResult) -> list[BreachRecord]:
        """Records of what can be said of the open interval already, given its `result`."""
        start = result.interval_start_ms
        if not self._calendar.is_open(start):
            return []
        counts = self._contacts.open_counts.get(start) or IntervalCounts(start)
        facts = self._builder.facts(result, counts, start, self._staffing_plan.reference(start))
        context = IntervalContext(result, self._settings_at(start), start, facts)
        closed, by_contacts = self._contacts.state.closed_through, self._builder.by_contacts(start)
        return self._warnings.observe(context, self._manifest.watermark, closed, waiting_is_overdue=by_contacts)
