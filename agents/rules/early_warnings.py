"""Early warnings: notices that an open interval is lost already, or that nobody planned it.

An early warning helps people who can still act. It is no breach: it is about an open interval, is part of no hash,
and is kept in memory only. Its sequence numbers follow from its states (opened 1, raised 2, resolved 3), so that a
restart emits the same record again. People acknowledge it as they do a breach, under its own id, which ends in
`/live`. The breach that may follow has another id, and must be acknowledged anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.rules.baseline import Chance
from agents.rules.incidents import Incident, incident_of_notice
from agents.rules.lifecycle import OpenBreach, RuleState, RuleStates, live_record, open_breaches, worst_of
from agents.rules.observations import IntervalContext, Observation, OpenInterval, counts_for
from agents.rules.registry import EARLY_RULES
from agents.rules.words.messages import BreachContext
from config.rules import RULES
from streams.results import BreachRecord, breach_id

__all__ = ["EarlyWarnings"]

_OPENED, _RAISED, _RESOLVED = 1, 2, 3


@dataclass(slots=True)
class _EarlyWarning:
    """An early warning that is open, and the interval it is about."""

    open: OpenBreach
    context: IntervalContext


class EarlyWarnings:
    """The early warnings of one queue.

    Args:
        rule_states: the runs and breaches of the queue's rules, read only: an early warning adds to a run.
        incidents: of the queue, read only: an early warning joins one, and no breach joins an early warning.
        chance: of the queue, read only: how much a distance from a limit tells.
    """

    def __init__(
        self, rule_states: RuleStates, incidents: Sequence[Incident] = (), chance: Chance | None = None
    ) -> None:
        self._rule_states = rule_states
        self._chance = Chance() if chance is None else chance
        self._incidents = incidents
        self._warnings: dict[str, _EarlyWarning] = {}

    def observe(
        self, context: IntervalContext, watermark_ms: int, closed_through_ms: int, *, waiting_is_overdue: bool = False
    ) -> list[BreachRecord]:
        """Look at the open interval, and return the records that follow, `live` all of them.

        Args:
            context: the open interval as it stands (revision 0).
            watermark_ms: how far the call data has come; the rest of the interval is forecast.
            closed_through_ms: intervals that start before it are final, and need no warning.
            waiting_is_overdue: `waiting` counts those who have waited beyond the threshold, as a feed of contacts
                tells, not all who wait.
        """
        records: list[BreachRecord] = []
        context = replace(context, weight=self._chance.weight)
        opened = OpenInterval(context, watermark_ms, waiting_is_overdue, self._accumulated)
        for rule in EARLY_RULES:
            warning = self._warnings.get(rule)
            if warning is not None and warning.context.start_ms < closed_through_ms:
                records.append(self._resolve(rule, "final"))
                warning = None
            if warning is not None and warning.context.start_ms != context.start_ms:
                continue  # the interval before is not final yet: one warning at a time
            observation, severity = self._look(rule, opened)
            if warning is None and observation is not None and observation.outside:
                live_id = f"{breach_id(rule, context.result.queue, '', context.start_ms)}/live"
                first = OpenBreach(live_id, context.start_ms, severity)
                first.incident_id = self._incident(rule, context)
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

    def _look(self, rule: str, opened: OpenInterval) -> tuple[Observation | None, str]:
        """The observation of a rule and its severity; no observation where its breach is open already.

        Where the breach of a rule is open that takes over, it warns no more: people have been told.
        """
        settings, state = opened.context.settings.rules[rule], self._state(rule)
        counts = settings.on and counts_for(rule, opened.context.result.integrity)
        if not counts or (state is not None and state.breach is not None):
            return None, settings.severity
        observation, severity = EARLY_RULES[rule](opened, settings)
        states = (self._state(other) for other in RULES[rule].silenced_by)
        taken_over = any(state is not None and state.breach is not None for state in states)
        return observation, settings.severity if taken_over else severity

    def _state(self, rule: str) -> RuleState | None:
        return self._rule_states.get(rule, {}).get("")

    def _incident(self, rule: str, context: IntervalContext) -> str:
        """The incident that a warning joins, else that of the breach that would take over."""
        definition = RULES[rule]
        breach_rule = definition.silenced_by[0] if definition.silenced_by else rule
        state = self._state(breach_rule)
        first_ms = None if state is None else state.first_ms
        start_ms = context.start_ms if first_ms is None else first_ms
        takes_over = breach_id(breach_rule, context.result.queue, "", start_ms)
        still_open = {breach.incident_id for breach in open_breaches(self._rule_states)}
        return incident_of_notice(self._incidents, still_open, definition.side, takes_over)

    def _accumulated(self, rule: str) -> float:
        state = self._state(rule)
        return 0.0 if state is None else state.accumulated()

    def _resolve(self, rule: str, reason: str, observation: Observation | None = None) -> BreachRecord:
        warning = self._warnings.pop(rule)
        warning.open.sequence = _RESOLVED
        return self._say("resolved", rule, warning, observation, reason)

    def _say(
        self, state: str, rule: str, warning: _EarlyWarning, observation: Observation | None, reason: str = ""
    ) -> BreachRecord:
        if observation is not None:
            warning.open.note(observation, warning.context.start_ms + warning.context.settings.interval_ms)
            if observation.outside and (warning.open.worst is None or warning.open.worst.is_outdone_by(observation)):
                warning.open.worst = worst_of(rule, observation, warning.context)
        told = BreachContext(observation=observation, reason=reason)
        return live_record(state, rule, warning.open, told, warning.context, self._rule_states)
