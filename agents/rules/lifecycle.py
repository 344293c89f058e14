"""The log of a queue's breaches: the open ones, and the records that publish them.

A breach is opened once, updated while it lasts, and resolved once. Each record has the next sequence number, so that
a reader who gets one twice knows it. `agents.rules.engine` decides when to open, update and resolve.
"""

import math
from collections.abc import Iterator
from typing import Final

import msgspec

from agents.rules.incidents import Incident, incident_of_source, join, side_of
from agents.rules.observations import EPSILON, Effect, IntervalContext, Observation, Worst
from agents.rules.registry import LOGIC
from agents.rules.words.messages import BreachContext, Say, messages, say_safely
from agents.rules.words.reasons import Changes, changes_of
from config.rules import RULES, SEVERITIES
from copc.cusum import sum_of
from streams.results import BreachRecord, breach_id

__all__ = [
    "BreachLog",
    "Key",
    "OpenBreach",
    "RuleState",
    "RuleStates",
    "breach_record",
    "live_record",
    "open_breaches",
    "tell",
    "worst_of",
]

Key = tuple[str, str]
"""A rule and the scope it is looked at in (empty: the queue as a whole)."""

_REASONS: Final = {"month_ended": "day_ended"}
"""Reasons that only a message tells apart: a month ends with its last day."""
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
    incident_id: str = ""
    """Its incident; empty: opened by a program that knew none."""
    worst: Worst | None = None
    """The worst interval of it and of the run that opened it."""
    ended_ms: int | None = None
    """End of the last interval that was outside."""

    def note(self, observation: Observation, end_ms: int) -> None:
        """Take over the figures of the last interval observed, and when that one ended."""
        self.observed, self.expected, self.limit, self.unit = (
            observation.observed,
            observation.expected,
            observation.limit,
            observation.unit,
        )
        if observation.outside:
            self.ended_ms = end_ms


class RuleState(msgspec.Struct, array_like=True):
    """One rule in one scope: its run of intervals or its sum, and its breach where one is open."""

    run: list[tuple[int, float, bool]] = []
    """Start, amount and depth of the intervals that are counted."""
    breach: OpenBreach | None = None
    worst: Worst | None = None
    """The worst interval of a run or sum that has opened no breach yet."""
    total: float = 0.0
    """The sum of an accumulated rule, which forgets slowly."""
    since_ms: int | None = None
    """The interval that raised it from 0."""
    few: float = 0.0
    """Sum of the distances of the contacts that are judged one by one, since together they counted as one interval."""
    count: int = 0
    """The number of those contacts."""
    calm: bool = False
    """Whether the last interval that was added to the sum is inside, and has many contacts."""

    @property
    def first_ms(self) -> int | None:
        """The first interval of the run or sum; None: there is neither."""
        return self.since_ms if self.since_ms is not None else next((at for at, added, _ in self.run if added), None)

    @property
    def is_empty(self) -> bool:
        """Whether it holds neither a breach nor anything that may become one."""
        return self.breach is None and self.first_ms is None

    def accumulated(self) -> float:
        """The sum so far; programs of before kept it as a run."""
        return self.total if self.since_ms is not None else math.fsum(added for _, added, _ in self.run)

    def add_up(self, observation: Observation, start_ms: int) -> float:
        """Add an interval to the sum of an accumulated rule, which never falls below 0."""
        self.total, self.since_ms = self.accumulated(), self.first_ms
        self.run.clear()
        calm = observation.amount < 0 and not observation.few
        self.total, self.calm = sum_of(self.total, observation.amount, calm=calm and self.calm), calm
        if self.total <= EPSILON:
            self.total, self.since_ms, self.worst = 0.0, None, None
        elif self.since_ms is None:
            self.since_ms = start_ms
        return self.total

    def back(self, observation: Observation, min_count: int) -> bool | None:
        """Whether the queue is back inside; None: the few contacts since the last answer do not tell yet.

        Args:
            observation: of an interval that counts.
            min_count: contacts of intervals of few that together count as one interval.
        """
        if not observation.few:
            self.few, self.count = 0.0, 0
            return not observation.outside
        self.few += observation.amount
        self.count += observation.few
        if self.count < min_count:
            return None
        inside = self.few <= EPSILON
        if inside and observation.outside:
            return None  # the next interval inside ends it, so that no end is told of an interval outside
        self.few, self.count = 0.0, 0
        return inside

    def see(self, rule: str, observation: Observation, context: IntervalContext) -> None:
        """Take in an interval outside: it may be the worst so far."""
        worst = self.worst if self.breach is None else self.breach.worst
        if worst is not None and not worst.is_outdone_by(observation):
            return
        worst = worst_of(rule, observation, context)
        if self.breach is None:
            self.worst = worst
        else:
            self.breach.worst = worst


RuleStates = dict[str, dict[str, RuleState]]
"""By rule and scope; only those with a run, a sum or a breach."""


def open_breaches(rule_states: RuleStates) -> Iterator[OpenBreach]:
    """The open breaches among the states of rules."""
    for scopes in rule_states.values():
        yield from (rule_state.breach for rule_state in scopes.values() if rule_state.breach is not None)


def worst_of(rule: str, observation: Observation, context: IntervalContext) -> Worst:
    """An interval outside as the worst so far."""
    causes = context.facts.causes() if RULES[rule].explains_service_level else []
    shares = [(str(each["cause"]), each["effect"]) for each in causes]
    known = [(cause, float(effect)) for cause, effect in shares if isinstance(effect, int | float)]
    # As the state gives them again, so that a restart shows in no record.
    observed, limit = (None if each is None else float(each) for each in (observation.observed, observation.limit))
    counts = LOGIC[rule].counts if rule in LOGIC else None
    return Worst(
        context.start_ms,
        observed,
        limit,
        known,
        changes_of(context.result) if known else Changes(None, None, None),
        None if counts is None else counts(context),
        bool(observation.few),
    )


def breach_record(
    state: str,
    key: Key,
    breach: OpenBreach,
    breach_context: BreachContext,
    context: IntervalContext,
    *,
    live: bool = False,
) -> BreachRecord:
    """A breach record without its texts (`tell`).

    Args:
        state: opened, updated or resolved.
        key: rule and scope.
        breach: as it stands now.
        breach_context: the facts behind the record; those that `breach` holds are put into it.
        context: the interval that changed the state.
        live: whether it is an early warning about an open interval.
    """
    rule, scope = key
    breach_context.worst, breach_context.ended_ms = breach.worst, breach.ended_ms
    causes: list[Effect] | None = None
    if RULES[rule].explains_service_level:
        if state == "resolved" and breach.worst is not None:
            causes = [{"cause": cause, "effect": effect} for cause, effect in breach.worst.causes]
        elif breach_context.observation is not None:
            causes = context.facts.causes()
    return BreachRecord(
        breach_id=breach.breach_id,
        sequence=breach.sequence,
        state=state,
        item=RULES[rule].item,
        rule=rule,
        severity=breach.severity,
        program=context.result.program or None,
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
        incident_id=breach.incident_id or breach.breach_id,
        worst_interval_start_ms=None if breach.worst is None else breach.worst.start_ms,
        worst_observed=None if breach.worst is None else breach.worst.observed,
        reason=_REASONS.get(breach_context.reason, breach_context.reason) or None,
    )


def live_record(
    state: str,
    rule: str,
    warning: OpenBreach,
    told: BreachContext,
    context: IntervalContext,
    rule_states: RuleStates,
) -> BreachRecord:
    """A record of an early warning with its texts; arguments as of `breach_record` and `tell`."""
    record = breach_record(state, (rule, ""), warning, told, context, live=True)
    tell(record, context, told, rule_states)
    return record


def tell(
    record: BreachRecord,
    context: IntervalContext,
    breach_context: BreachContext,
    rule_states: RuleStates,
    say: Say = messages,
) -> None:
    """Put the texts into a record.

    Args:
        record: its other columns.
        context: its interval.
        breach_context: the facts behind it.
        rule_states: of the queue: a message names the other rules of its incident that have an open breach.
        say: makes the texts.
    """
    breach_context.others = tuple(
        rule
        for rule in RULES
        if any(
            each.breach is not None
            and each.breach.incident_id == record.incident_id
            and each.breach.breach_id != record.breach_id
            for each in rule_states.get(rule, {}).values()
        )
    )
    texts = say_safely(say, record, context, breach_context)
    record.message, record.message_zh, record.title, record.title_zh = texts


class BreachLog:
    """Writes the records of one queue's breaches, or of a program's as such.

    Args:
        rule_states: runs and open breaches, kept up to date in place.
        say: makes the messages.
        incidents: of the queue, oldest first; likewise.
    """

    def __init__(self, rule_states: RuleStates, say: Say = messages, incidents: list[Incident] | None = None) -> None:
        self.rule_states = rule_states
        self._say = say
        self._incidents = [] if incidents is None else incidents
        self._events: list[tuple[BreachRecord, IntervalContext, BreachContext]] = []
        """Records not taken yet, without texts."""
        self.resolved: list[str] = []
        """Ids resolved since it was emptied."""

    def take(self) -> list[BreachRecord]:
        """The records since the last call, in order. They are told now: all that opened in an interval is known."""
        for record, context, breach_context in self._events:
            tell(record, context, breach_context, self.rule_states, self._say)
        events, self._events = [record for record, _, _ in self._events], []
        return events

    def open_ids(self) -> list[str]:
        """Ids of the open breaches, sorted."""
        return sorted(breach.breach_id for breach in open_breaches(self.rule_states))

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
        breach = OpenBreach(breach_id(rule, owner, scope, first_ms), first_ms, severity)
        breach.note(observation, context.start_ms + context.settings.interval_ms)
        breach.incident_id = self._incident(key, breach, observation, context)
        rule_state.see(rule, observation, context)
        if rule_state.worst is None or rule_state.worst.start_ms < first_ms:
            rule_state.worst = worst_of(rule, observation, context)
        breach.worst, rule_state.worst = rule_state.worst, None
        rule_state.breach = breach
        self._record("opened", key, breach, breach_context, context)

    def _incident(self, key: Key, breach: OpenBreach, observation: Observation, context: IntervalContext) -> str:
        rule, scope = key
        through_ms = context.facts.throughs.get(scope) if RULES[rule].tells_missing_data else None
        if through_ms is not None:
            return incident_of_source(rule, scope, through_ms)
        side = side_of(rule, observation.observed, observation.limit)
        still_open = {each.incident_id for each in open_breaches(self.rule_states)}
        length = context.settings.interval_ms
        return join(self._incidents, still_open, rule, side, breach.breach_id, context.start_ms, length)

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
        breach.note(observation, context.start_ms + context.settings.interval_ms)
        if observation.outside:
            rule_state.see(key[0], observation, context)
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
        rule_state.breach = rule_state.worst = rule_state.since_ms = None
        rule_state.total, rule_state.few, rule_state.count = 0.0, 0.0, 0
        rule_state.run.clear()

    def _record(
        self, state: str, key: Key, breach: OpenBreach, breach_context: BreachContext, context: IntervalContext
    ) -> None:
        record = breach_record(state, key, breach, breach_context, context)
        self._events.append((record, context, breach_context))
