"""A queue's intervals that are not final yet, as they stand; nothing here changes the state."""

from collections.abc import Callable
from itertools import islice
from typing import Final

from msgspec import structs

from agents.engine.contacts import ContactStore
from agents.engine.manifest import Manifest
from agents.engine.results import ResultBuilder
from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER, IntervalCounts
from agents.planning.causes import attribution
from agents.planning.reference import PlanAndStaffing
from agents.projection.outcome import DayOutlook, IntervalOutlook, Projection
from agents.rules.at_risk import AHEAD_MS, DAY, AtRisk, Coming, DayAtRisk
from agents.rules.early_warnings import EarlyWarnings
from agents.rules.engine import QueueRules
from agents.rules.observations import Facts, IntervalContext, amount
from config.settings import QueueSettings
from config.timestamps import utc_offset_seconds
from copc.forecast import variance_ratio
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
        self._at_risk = AtRisk(state.rule_states, state.incidents)
        self._at_risk.open = state.at_risk
        self._day_at_risk = DayAtRisk(state.rule_states, state.incidents)
        self._day_at_risk.open = state.day_at_risk
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

    def early_warnings(self, result: IntervalResult, projection: Projection | None) -> list[BreachRecord]:
        """Records of what can be said already, given the open interval's `result` and the day as projected last."""
        start = result.interval_start_ms
        if not self._calendar.is_open(start):
            return []
        counts = self._contacts.open_counts.get(start) or IntervalCounts(start)
        facts = self._builder.facts(result, counts, start, self._staffing_plan.reference(start))
        context = IntervalContext(result, self._settings_at(start), start, facts)
        closed, by_contacts = self._contacts.state.closed_through, self._builder.by_contacts(start)
        found = self._warnings.observe(context, self._manifest.watermark, closed, waiting_is_overdue=by_contacts)
        return found if projection is None else found + self._ahead(context, projection)

    def _ahead(self, here: IntervalContext, projection: Projection) -> list[BreachRecord]:
        """Records on intervals to come."""
        state, now_ms = self._rules.state, self._manifest.watermark
        soon = [each for each in projection.intervals if now_ms <= each.start_ms < now_ms + AHEAD_MS]
        coming = [found for each in soon if (found := self._coming(here, each)) is not None]
        records: list[BreachRecord] = []
        if coming or not soon:  # else nothing can be said just now, and what stands stands
            records += self._at_risk.observe(coming, here, day_over=not soon)
        day, ahead = projection.day, projection.intervals
        if day is not None and day.p_at_least_low is not None and ahead:
            records += self._day_at_risk.observe(self._day(here, ahead[-1].start_ms, day), here)
        elif not ahead:
            records += self._day_at_risk.observe(None, here)
        if records:
            state.at_risk, state.day_at_risk = self._at_risk.open, self._day_at_risk.open
            self._rules.changed = True
        return records

    def _day(self, here: IntervalContext, start: int, day: DayOutlook) -> Coming | None:
        """The day at its close, as its last interval; None: too few contacts to judge it by."""
        settings = self._settings_at(start)
        chance = day.p_at_least_low
        assert chance is not None  # noqa: S101 - asked before
        if day.offered < 2 * amount(settings.rules[DAY], "min_volume"):
            chance = 1.0
        result = structs.replace(here.result, interval_start_ms=start, service_level=day.service_level)
        told = {"p_at_least_low": chance, "day": self._calendar.local_date(start).isoformat()}
        return Coming(IntervalContext(result, settings, start, told=told), 1 - chance)

    def _coming(self, here: IntervalContext, outlook: IntervalOutlook) -> Coming | None:
        """An interval to come as rules see it; None: its service level cannot be projected."""
        if outlook.p_below is None or outlook.projected_service_level is None:
            return None
        start = outlook.start_ms
        result = IntervalResult(
            program=here.result.program,
            queue=here.result.queue,
            channel=here.result.channel,
            interval_start_ms=start,
            utc_offset_seconds=utc_offset_seconds(start, self._calendar.zone.key),
            interval_ms=self._length,
            parameters_version=here.result.parameters_version,
            offered=None if outlook.reforecast_offered is None else round(outlook.reforecast_offered),
            service_level=outlook.projected_service_level,
            aht_seconds=outlook.reforecast_aht_seconds,
            forecast_offered=outlook.forecast_offered,
            forecast_aht_seconds=outlook.forecast_aht_seconds,
            scheduled_agents=outlook.scheduled_agents,
            required_agents=outlook.required_agents,
            staffed_agents=outlook.expected_agents,
            net_staffing=outlook.net_staffing,
            volume_variance=_against(outlook.reforecast_offered, outlook.forecast_offered),
            aht_variance=_against(outlook.reforecast_aht_seconds, outlook.forecast_aht_seconds),
        )
        settings = self._settings_at(start)
        facts = Facts(causes=lambda: list(attribution(result, settings)))
        return Coming(
            IntervalContext(result, settings, start, facts, told={"p_below": outlook.p_below}), outlook.p_below
        )


def _against(found: float | None, forecast: float | None) -> float | None:
    return None if found is None or not forecast else variance_ratio(found, forecast)
