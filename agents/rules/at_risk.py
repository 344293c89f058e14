"""The early warning on intervals to come: one will probably end below the range, and there is still time to act.

It looks at a projection, which is made elsewhere and handed in as values. Unlike a warning on the open interval it
lasts over several intervals: from the first one at risk until none within two hours is any more. It is a notice: in no
hash, and outside the promise of equality. People acknowledge it under its own id, which ends in `/live`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from agents.rules.incidents import Incident, incident_of_notice
from agents.rules.lifecycle import OpenBreach, RuleStates, live_record, open_breaches, worst_of
from agents.rules.observations import EPSILON, IntervalContext, Observation, amount
from agents.rules.words.messages import BreachContext
from config.rules import RULES
from streams.results import BreachRecord, breach_id

__all__ = ["AHEAD_MS", "AT_RISK", "DAY", "AtRisk", "Coming", "DayAtRisk"]

AT_RISK: Final = "service_level_at_risk"
"""The rule's name."""
DAY: Final = "service_level_day"
"""The rule over a day, which warns before it is over."""
_BACK: Final = 2.0
"""The chance of a day must have doubled for its warning to be over, or it would come and go."""
AHEAD_MS: Final = 7_200_000
"""How far it looks."""


class Coming(NamedTuple):
    """An interval that has not begun, as projected."""

    context: IntervalContext
    """Its result holds what is projected: volume, handle time, agents, service level; beside them the plan."""
    p_below: float
    """P(it ends below the range's low end)."""


class _Standing:
    """An early warning that stands over several intervals.

    Args:
        rule_states: the runs and breaches of the queue's rules, read only.
        incidents: of the queue, read only.
    """

    def __init__(self, rule_states: RuleStates, incidents: Sequence[Incident] = ()) -> None:
        self._rule_states = rule_states
        self._incidents = incidents
        self.open: OpenBreach | None = None
        """The warning that stands; whoever keeps it puts it back after a restart."""

    def _incident(self, rule: str, identity: str) -> str:
        """The incident that it joins, else one of its own."""
        still_open = {breach.incident_id for breach in open_breaches(self._rule_states)}
        return incident_of_notice(self._incidents, still_open, RULES[rule].side, identity)


def _observed(context: IntervalContext, *, outside: bool) -> Observation:
    """The projected service level against the low end of its range."""
    level = context.settings.service_level
    low = None if level.range is None else level.range[0]
    return Observation(outside, context.result.service_level, low, "ratio", level.target)


class AtRisk(_Standing):
    """The early warning of one queue on its intervals to come."""

    def observe(self, coming: Sequence[Coming], here: IntervalContext, *, day_over: bool) -> list[BreachRecord]:
        """Look at the intervals to come, and return the records that follow, `live` all of them.

        Args:
            coming: those within two hours whose service level can be projected, in order.
            here: the open interval.
            day_over: whether the open day has no interval to come any more.
        """
        rule = here.settings.rules[AT_RISK]
        worst = max((each.p_below for each in coming), default=0.0)
        warning = self.open
        if warning is None:
            first = next((each for each in coming if each.p_below >= amount(rule, "opens") - EPSILON), None)
            if not rule.on or first is None or self._taken_over():
                return []
            identity = f"{breach_id(AT_RISK, here.result.queue, '', first.context.start_ms)}/live"
            severity = self._severity(worst, here, rule.severity)
            warning = self.open = OpenBreach(identity, first.context.start_ms, severity)
            warning.incident_id = self._incident(AT_RISK, identity)
            return [self._say("opened", warning, first)]
        at_risk = next((each for each in coming if each.p_below >= amount(rule, "ends") - EPSILON), None)
        if at_risk is None or not rule.on:
            self.open = None
            warning.sequence += 1
            reason = "day_ended" if day_over else "recovered"
            back = coming[0] if coming and not day_over else None
            return [self._say("resolved", warning, back, here, reason)]
        severity = self._severity(worst, here, warning.severity)
        if severity != warning.severity or here.start_ms >= warning.ended_ms:  # type: ignore[operator]  # set when it opened
            # A record about an interval that is final would be taken for one whose worker is gone.
            warning.severity = severity
            warning.sequence += 1
            return [self._say("updated", warning, at_risk)]
        return []

    def _severity(self, worst: float, here: IntervalContext, severity: str) -> str:
        raised = severity == "info" and worst >= amount(here.settings.rules[AT_RISK], "warning") - EPSILON
        return "warning" if raised else severity

    def _taken_over(self) -> bool:
        """Whether people have been told already that it is so."""
        states = (self._rule_states.get(other, {}).get("") for other in RULES[AT_RISK].silenced_by)
        return any(state is not None and state.breach is not None for state in states)

    def _say(
        self, state: str, warning: OpenBreach, at: Coming | None, here: IntervalContext | None = None, reason: str = ""
    ) -> BreachRecord:
        context = at.context if at is not None else here
        assert context is not None  # noqa: S101 - one of the two is given
        observation = None if at is None else _observed(at.context, outside=state != "resolved")
        if observation is not None:
            warning.note(observation, context.start_ms)
            if observation.outside and (warning.worst is None or warning.worst.is_outdone_by(observation)):
                warning.worst = worst_of(AT_RISK, observation, context)
        told = BreachContext(observation=observation, reason=reason)
        return live_record(state, AT_RISK, warning, told, context, self._rule_states)


class DayAtRisk(_Standing):
    """The early warning of one queue on its day: it will hardly end inside its range any more."""

    def observe(self, last: Coming | None, here: IntervalContext) -> list[BreachRecord]:
        """Look at the day as projected, and return the records that follow, `live` all of them.

        Args:
            last: the last interval of the day, with the day's service level at its close as its result's and the
                chance to end below the low end; None: the day is over.
            here: the open interval.
        """
        rule, warning = here.settings.rules[DAY], self.open
        limit = amount(rule, "chance")
        chance = 1.0 if last is None else 1 - last.p_below
        if warning is not None and (last is None or not rule.on or chance >= _BACK * limit):
            self.open = None
            warning.sequence += 1
            return [self._say("resolved", warning, last, here, "day_ended" if last is None else "recovered")]
        if warning is None and last is not None and rule.on and chance < limit:
            takes_over = breach_id(DAY, here.result.queue, "", last.context.start_ms)
            warning = self.open = OpenBreach(f"{takes_over}/live", last.context.start_ms, "info")
            warning.incident_id = self._incident(DAY, takes_over)
            return [self._say("opened", warning, last, here)]
        return []

    def _say(
        self, state: str, warning: OpenBreach, last: Coming | None, here: IntervalContext, reason: str = ""
    ) -> BreachRecord:
        context = here if last is None else last.context
        observation = None if last is None else _observed(context, outside=state != "resolved")
        if observation is not None:
            warning.note(observation, context.start_ms)
        told = BreachContext(observation=observation, reason=reason)
        return live_record(state, DAY, warning, told, context, self._rule_states)
