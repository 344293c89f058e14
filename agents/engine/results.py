"""The result of an interval, open or final: what its sums, its plan and its agents come to.

This module decides which feed an interval has and which names its result bears. It does not decide when an interval
becomes final (`agents.engine.queue`), whether its feed was silent (`agents.planning.silence`), nor what a late record
changes (`agents.engine.corrections`).
"""

from collections.abc import Callable, Sequence

from agents.engine.contacts import ContactStore
from agents.engine.manifest import Manifest
from agents.engine.snapshots import Balance
from agents.intervals.agent_time import StaffTime
from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER, IntervalCounts, named_spans
from agents.intervals.figures import (
    ReportedCounts,
    interval_result,
    of_absent_row,
    of_contacts,
    of_snapshot,
    with_agents,
    with_capacity,
)
from agents.planning.causes import attribution
from agents.planning.reference import PlanAndStaffing
from agents.planning.silence import Verdict
from agents.planning.variance import Reference, compare
from agents.rules.observations import Facts
from config.settings import QueueSettings
from streams.results import IntervalResult

__all__ = ["ResultBuilder"]


class ResultBuilder:
    """Rows of one queue's intervals.

    Args:
        manifest: of the queue's state.
        settings_at: the settings in force for an interval's start.
        calendar: of the queue.
        contacts: its sums.
        staffing_plan: its plans and agents.
    """

    def __init__(
        self,
        manifest: Manifest,
        settings_at: Callable[[int], QueueSettings],
        calendar: Calendar,
        contacts: ContactStore,
        staffing_plan: PlanAndStaffing,
    ) -> None:
        self._manifest = manifest
        self._settings_at = settings_at
        self._calendar = calendar
        self._contacts = contacts
        self._staffing_plan = staffing_plan
        self._balance = Balance(manifest, settings_at, calendar, contacts)
        self._length = settings_at(NEVER).interval_ms

    def by_contacts(self, start: int) -> bool:
        """Whether an interval's feed is contacts."""
        return self._manifest.contacts_from <= start

    def program_at(self, start: int) -> str:
        """The configured program of an interval, else the records' own, else `unassigned`."""
        return self._named(self._settings_at(start).program, self._manifest.program, start)

    def channel_at(self, start: int) -> str:
        """The configured channel of an interval, else the records' own, else the default."""
        return self._named(self._settings_at(start).channel, self._manifest.channel, start)

    def _named(self, configured: str, named: tuple[int, str] | None, start: int) -> str:
        """The configured name, or the one that records gave; records of later intervals do not change it."""
        if self._settings_at(start).configured or named is None or self._calendar.start_of(named[0]) > start:
            return configured
        return named[1]

    def latest_open_counts(self) -> IntervalCounts:
        """The sums of the latest open interval."""
        open_counts, start = self._contacts.open_counts, self._calendar.start_of(self._manifest.watermark)
        if not self.by_contacts(start):
            start = max((at for at, counts in open_counts.items() if counts.snapshot is not None), default=start)
        return open_counts.get(start) or IntervalCounts(start)

    def facts(
        self,
        result: IntervalResult,
        counts: IntervalCounts,
        start: int,
        reference: Reference,
        sources: Verdict = Verdict({}),  # noqa: B008 - nobody writes to it
    ) -> Facts:
        """The facts that the rules need about an interval beside its result."""
        settings = self._settings_at(start)
        return Facts(
            reference.dispersion,
            reference.cv,
            self._staffing_plan.has_plan(start),
            counts.has_data(),
            lambda: list(attribution(result, settings)),
            tuple(sources.silent),
            sources.spoke,
            sources.throughs,
        )

    def make(
        self,
        counts: IntervalCounts,
        reference: Reference,
        *,
        revision: int,
        status: str,
        silent: Sequence[str] | None = None,
    ) -> tuple[IntervalResult, ReportedCounts]:
        """The result of an interval, and what it was made of.

        Args:
            counts: its sums.
            reference: its plan and the queue's statistics.
            revision: of the result.
            status: of the result.
            silent: the sources that were silent in it (`agents.planning.silence`); None: that is not known yet.
        """
        start = counts.start_ms
        settings = self._settings_at(start)
        actuals = self._actuals(counts, settings, silent)
        if not revision and actuals.waiting and self.by_contacts(start):
            actuals.waiting = self._contacts.overdue(start, self._manifest.watermark)
        elapsed = None if revision else min(max(0, self._manifest.watermark - start), self._length)
        staffing = self._staffing_plan.staffing
        time = staffing.time(start) if elapsed is None else staffing.time_so_far(start, start + elapsed)
        if settings.concurrency > 1:
            actuals = with_capacity(actuals, time, settings.concurrency)
        elif time is not None:
            actuals = with_agents(actuals, time)
        result = interval_result(
            settings,
            self._calendar,
            start,
            actuals,
            program=self.program_at(start),
            channel=self.channel_at(start),
            revision=revision,
            status=status,
            sources=_sources(counts, reference, time),
        )
        compare(result, actuals, settings, reference, elapsed)
        return result, actuals

    def _actuals(self, counts: IntervalCounts, settings: QueueSettings, silent: Sequence[str] | None) -> ReportedCounts:
        """The counts that call data gives of an interval, or why there are none."""
        if counts.has_data():
            if self.by_contacts(counts.start_ms) or counts.snapshot is None:
                actuals = of_contacts(counts, settings)
            else:
                actuals = of_snapshot(counts.snapshot, settings, self._balance.offered_before(counts.start_ms))
            if any(silent or ()) and "incomplete" not in actuals.checks:
                actuals.checks = (*actuals.checks, "incomplete")
            return actuals
        if counts.refusals is not None:
            return ReportedCounts(checks=("rejected",))
        if silent:
            return ReportedCounts(checks=("missing",))
        if self.by_contacts(counts.start_ms):
            return of_contacts(counts, settings)
        return ReportedCounts() if silent is None else of_absent_row()


def _sources(counts: IntervalCounts, reference: Reference, time: StaffTime | None) -> tuple[str, ...]:
    """The records that a result rests on: call data, plan and agent states."""
    spans = [(source, first, last) for source, (first, last) in counts.spans.items()]
    if reference.plan is not None:
        spans += reference.plan.sources
    if time is not None:
        spans += [(source, first, last) for source, (first, last) in time.spans.items()]
    return named_spans(spans)
