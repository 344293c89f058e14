"""What can be said of an interval before it is final: that it is lost already, or that nobody planned it.

A notice helps whoever can still act. It is no breach: it rests on an open interval, stands in no hash, and
is kept in memory only. Its sequence numbers follow from its states (opened 1, raised 2, resolved 3), so
that a restart that says it again says the same. It is acknowledged as breaches are, under its own id, which
ends in `/live`: the breach that may follow is another one, and asks to be seen anew.
"""

from dataclasses import dataclass
from typing import Final

from agents.intervals.figures import Row
from agents.rules.conditions import EPSILON, IntervalContext, Observation, amount, figure, observe, optional
from agents.rules.engine import level_counts
from agents.rules.lifecycle import OpenBreach, RuleStates, breach_id, breach_record
from agents.rules.messages import BreachContext

__all__ = ["EarlyWarnings"]

_OPENED, _RAISED, _RESOLVED = 1, 2, 3
_RULES: Final = ("service_level_lost", "plan_missing")


@dataclass(slots=True)
class _EarlyWarning:
    """A notice that stands, and the interval it is about."""

    open: OpenBreach
    context: IntervalContext


class EarlyWarnings:
    """The notices of one queue.

    Args:
        rule_states: the runs and breaches of the queue's rules, read only: a notice adds to what is running.
    """

    def __init__(self, rule_states: RuleStates) -> None:
        self._rule_states = rule_states
        self._warnings: dict[str, _EarlyWarning] = {}

    def observe(
        self, context: IntervalContext, watermark_ms: int, closed_through_ms: int, *, waiting_is_overdue: bool = False
    ) -> list[Row]:
        """Look at the open interval, and return the records that follow, `live` all of them.

        Args:
            context: the open interval as it stands (revision 0).
            watermark_ms: how far the call data has come: what is still to come, is forecast.
            closed_through_ms: intervals that start before it are final, and need no notice.
            waiting_is_overdue: `waiting` counts those who have waited beyond the threshold, as a feed of contacts
                tells, not all who wait.
        """
        records: list[Row] = []
        for rule in _RULES:
            warning = self._warnings.get(rule)
            if warning is not None and warning.context.start_ms < closed_through_ms:
                records.append(self._resolve(rule, "final"))
                warning = None
            if warning is not None and warning.context.start_ms != context.start_ms:
                continue  # the interval before is not final yet: one notice at a time
            if rule == "service_level_lost":
                observation, severity = self._lost(context, watermark_ms, waiting_is_overdue)
            else:
                observation, severity = self._unplanned(context)
            if warning is None and observation is not None and observation.outside:
                live_id = f"{breach_id(rule, str(context.row['queue']), '', context.start_ms)}/live"
                first = OpenBreach(live_id, context.start_ms, severity)
                warning = self._warnings[rule] = _EarlyWarning(first, context)
                records.append(self._say("opened", rule, warning, observation))
            elif warning is not None and observation is not None and not observation.outside:
                records.append(self._resolve(rule, "recovered", observation))
            elif warning is not None and observation is not None:
                warning.context = context
                if severity == "warning" and warning.open.severity == "info":
                    warning.open.severity, warning.open.sequence = severity, _RAISED
                    records.append(self._say("updated", rule, warning, observation))
        return records

    def _lost(
        self, context: IntervalContext, watermark_ms: int, waiting_is_overdue: bool
    ) -> tuple[Observation | None, str]:
        """Whether the interval ends below its range even if every further contact were answered in time."""
        settings, row = context.settings, context.row
        rule, below = settings.rules["service_level_lost"], settings.rules["service_level_below_range"]
        waiting, forecast = figure(row, "waiting") or 0, figure(row, "forecast_offered")
        # Those who wait may still be answered in time, but for those who have waited for too long already.
        overdue = waiting if waiting_is_overdue else 0
        hope = _in_queue(row) - overdue if waiting_is_overdue else waiting
        counts = level_counts({**row, "waiting": overdue}, settings)
        limits = settings.service_level.range
        if not rule.on or limits is None or forecast is None or counts is None:
            return None, rule.severity
        good, settled = counts
        if settled < amount(rule, "min_volume"):
            return None, rule.severity
        left = min(max(context.start_ms + settings.interval_ms - watermark_ms, 0) / settings.interval_ms, 1.0)
        coming = max(hope, 0) + forecast * left
        best = (good + coming) / (settled + coming)
        short = (limits[0] - best) * settings.interval_ms / 1_800_000
        rule_state = self._rule_states.get("service_level_below_range", {}).get("")
        running = sum(added for _, added, _ in rule_state.run) if rule_state is not None else 0.0
        by_sum = below.on and running + short >= amount(below, "accumulate") - EPSILON
        alone = optional(rule, "alone")
        raised = by_sum or (alone is not None and short >= alone - EPSILON)
        severity = "warning" if raised and rule.severity == "info" else rule.severity
        return Observation(
            limits[0] - best > EPSILON, best, limits[0], "ratio", settings.service_level.target
        ), severity

    def _unplanned(self, context: IntervalContext) -> tuple[Observation | None, str]:
        """Whether contacts come without a plan; silent where the breach is open already."""
        severity = context.settings.rules["plan_missing"].severity
        rule_state = self._rule_states.get("plan_missing", {}).get("")
        if rule_state is not None and rule_state.breach is not None:
            return None, severity
        return observe("plan_missing", context, ())[0][1], severity

    def _resolve(self, rule: str, reason: str, observation: Observation | None = None) -> Row:
        warning = self._warnings.pop(rule)
        warning.open.sequence = _RESOLVED
        return self._say("resolved", rule, warning, observation, reason)

    @staticmethod
    def _say(state: str, rule: str, warning: _EarlyWarning, observation: Observation | None, reason: str = "") -> Row:
        if observation is not None:
            warning.open.note(observation)
        record = breach_record(
            state, (rule, ""), warning.open, BreachContext(observation=observation, reason=reason), warning.context
        )
        return {**record, "live": True}


def _in_queue(row: Row) -> float:
    """Contacts that have neither been answered nor left."""
    offered, *gone = (figure(row, name) or 0 for name in ("offered", "answered", "abandoned", "overflowed"))
    return offered - sum(gone)
