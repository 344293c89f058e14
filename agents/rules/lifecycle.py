"""The log of a queue's breaches: the open ones, and the records that publish them.

A breach is opened once, updated while it lasts, and resolved once. Each record has the next sequence number, so that
a reader who gets one twice knows it. `agents.rules.engine` decides when to open, update and resolve.
"""

from typing import Final

import msgspec

from agents.rules.messages import BreachContext, Say, messages, say_safely
from agents.rules.observations import Effect, IntervalContext, Observation
from config.rules import RULES, SEVERITIES
from streams.results import BreachRecord, breach_id

__all__ = ["BreachLog", "Key", "OpenBreach", "RuleState", "RuleStates", "breach_record"]

Key = tuple[str, str]
"""A rule and the scope it is looked at in (empty: the queue as a whole)."""

_RANK: Final = {severity: rank for rank, severity in enumerate(SEVERITIES)}


class OpenBreach(msgspec.Struct, array_like=True):
    """An open breach. Fields are appended, never reordered."""

    breach_id: str
    first_ms: int
    severity: str
    sequence: int = 1
    """Number of the last record."""
    inside: int = 0
    """Number of the latest counting intervals that were back inside."""
    idle: int = 0
    """Number of the latest intervals that did not count."""
    observed: float | None = None
    expected: float | None = None
    limit: float | None = None
    unit: str = ""

    def note(self, observation: Observation) -> None:
        """Take over the figures of the last interval observed."""
        self.observed, self.expected, self.limit, self.unit = (
            observation.observed,
            observation.expected,
            observation.limit,
            observation.unit,
        )


class RuleState(msgspec.Struct, array_like=True):
    """One rule in one scope: its run of intervals, and its breach where one is open."""

    run: list[tuple[int, float, bool]] = []
    """Start, amount and depth of the intervals that are added up."""
    breach: OpenBreach | None = None


RuleStates = dict[str, dict[str, RuleState]]
"""By rule and scope; only those with a run or a breach."""


def breach_record(
    state: str,
    key: Key,
    breach: OpenBreach,
    breach_context: BreachContext,
    context: IntervalContext,
    say: Say = messages,
    *,
    live: bool = False,
) -> BreachRecord:
    """A breach record.

    Args:
        state: opened, updated or resolved.
        key: rule and scope.
        breach: as it stands now.
        breach_context: the facts behind the record.
        context: the interval that changed the state.
        say: makes the messages.
        live: whether it is an early warning about an open interval.
    """
    rule, scope = key
    causes: list[Effect] | None = None
    if RULES[rule].explains_service_level and breach_context.observation is not None:
        causes = context.facts.causes()
    record = BreachRecord(
        breach_id=breach.breach_id,
        sequence=breach.sequence,
        state=state,
        item=RULES[rule].item,
        rule=rule,
        severity=breach.severity,
        program=context.result.program,
        queue=context.result.queue or None,
        scope=scope,
        interval_start_ms=context.start_ms,
        first_interval_start_ms=breach.first_ms,
        observed=breach.observed,
        expected=breach.expected,
        limit=breach.limit,
        unit=breach.unit,
        causes=causes,
        live=live,
        parameters_version=context.result.parameters_version,
    )
    record.message, record.message_zh = say_safely(say, record, context, breach_context)
    return record


class BreachLog:
    """Writes the records of one queue's breaches, or of a program's as such.

    Args:
        rule_states: runs and open breaches, kept up to date in place.
        say: makes the messages.
    """

    def __init__(self, rule_states: RuleStates, say: Say = messages) -> None:
        self.rule_states = rule_states
        self._say = say
        self.events: list[BreachRecord] = []
        """Records not published yet."""
        self.resolved: list[str] = []
        """Ids resolved since it was emptied."""

    def open_ids(self) -> list[str]:
        """Ids of the open breaches, sorted."""
        rule_states = (rule_state for scopes in self.rule_states.values() for rule_state in scopes.values())
        return sorted(rule_state.breach.breach_id for rule_state in rule_states if rule_state.breach is not None)

    def open(
        self,
        key: Key,
        rule_state: RuleState,
        first_ms: int,
        severity: str,
        observation: Observation,
        breach_context: BreachContext,
        context: IntervalContext,
    ) -> None:
        """Open a breach on an observation of an interval."""
        rule, scope = key
        # No rule is both a queue's and a program's, so that their names cannot be mistaken for each other.
        owner = context.result.queue or context.result.program
        rule_state.breach = OpenBreach(breach_id(rule, owner, scope, first_ms), first_ms, severity)
        rule_state.breach.note(observation)
        self._record("opened", key, rule_state.breach, breach_context, context)

    def update(
        self,
        key: Key,
        rule_state: RuleState,
        severity: str,
        observation: Observation,
        breach_context: BreachContext,
        context: IntervalContext,
        *,
        over: bool,
    ) -> None:
        """Update an open breach by a further interval: resolve it if it is `over`, publish it if it changed.

        Within one breach severity only rises, so that alerts do not flap.
        """
        breach = rule_state.breach
        assert breach is not None  # noqa: S101 - the caller looks at open breaches
        severity = max(breach.severity, severity, key=_RANK.__getitem__)
        same = severity == breach.severity and observation.observed == breach.observed
        breach.severity = severity
        breach.note(observation)
        if over:
            self.resolve(key, rule_state, "recovered", breach_context, context)
        elif not same:
            breach.sequence += 1
            self._record("updated", key, breach, breach_context, context)

    def resolve(
        self, key: Key, rule_state: RuleState, reason: str, breach_context: BreachContext, context: IntervalContext
    ) -> None:
        """Resolve a breach, and forget the run that opened it: the next breach has its own."""
        breach = rule_state.breach
        assert breach is not None  # noqa: S101 - the caller resolves open breaches
        breach.sequence += 1
        breach_context.reason = reason
        self._record("resolved", key, breach, breach_context, context)
        self.resolved.append(breach.breach_id)
        rule_state.breach = None
        rule_state.run.clear()

    def _record(
        self, state: str, key: Key, breach: OpenBreach, breach_context: BreachContext, context: IntervalContext
    ) -> None:
        self.events.append(breach_record(state, key, breach, breach_context, context, self._say))
