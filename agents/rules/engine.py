"""The rules of one queue: one pure state machine that reads final intervals in order.

A breach opens when a run of intervals is outside its limits, or a sum of their distances reaches its own. It is updated
while it lasts. It is resolved when the queue has been back inside for a while, or when nobody can tell any more (the
day ended; no contacts). So an item is breached once, with a reason, and is over once. The state is small and
serialisable, and only first revisions are read, so a restart, a redelivery or a correction neither repeats nor forgets
a breach.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from agents.intervals.calendar import OpenDay
from agents.rules.baseline import SHORTEST_SECONDS, Baselines, Basis, Chance, Reading, Slot, read_signal, slot_of
from agents.rules.incidents import Incident
from agents.rules.lifecycle import BreachLog, Key, OpenBreach, RuleState, RuleStates
from agents.rules.observations import (
    EPSILON,
    DayFigures,
    Facts,
    IntervalContext,
    Observation,
    Thresholds,
    counts_for,
    level_counts,
    named,
    thresholds,
    whole,
)
from agents.rules.registry import DAY_RULES, INTERVAL_RULES, observe
from agents.rules.repeats import OF_DAY, REPEAT_BREACH, observe_repeats
from agents.rules.service_level import SERVICE_LEVEL_DAY
from agents.rules.words.messages import BreachContext
from config.queue_settings import QueueSettings
from config.rules import RULES
from copc.day_chance import Days
from streams.results import BreachRecord, IntervalResult

__all__ = ["Judgement", "QueueRules", "RulesState", "charted", "skip", "step"]

_IDLE_LIMIT: Final = 4
"""Number of consecutive intervals that do not count after which nobody can tell any more
(docs/concepts/breaches.md#counting-intervals)."""
_WEEK_MS: Final = 7 * 86_400_000
_DAY_MINUTES: Final = 24 * 60
_DAY_SLOT: Final = -1
"""The minute of a breach of a rule that looks at days."""
_NEVER: Final = -(2**62)


class RulesState(msgspec.Struct, array_like=True):
    """The state of one queue's rules. Fields are appended, never reordered."""

    rule_states: RuleStates = {}
    day_end_ms: int | None = None
    """End of the open day that is not over yet."""
    last_ms: int = _NEVER
    """Start of the last interval that was judged."""
    last_row: dict[str, str | int] = {}
    """The columns that name it."""
    day_error: float = 0.0
    """Sum of |offered - forecast| over the day's intervals with a plan."""
    day_forecast: float = 0.0
    openings: list[tuple[str, int, int]] = []
    """Breaches that opened in the last weeks: rule (and scope), minute of the local day (-1: the day), instant."""
    next_ms: int = _NEVER
    """End of the last interval that was judged."""
    since_ms: int = _NEVER
    """Start of the unbroken stretch of intervals that it belongs to."""
    strays: dict[str, float] = {}
    """By rule, how far that interval was above its forecast (`Observation.z_above`), until the day ends."""
    incidents: list[Incident] = []
    """Incidents that later breaches may join, oldest first."""
    chance: Chance = msgspec.field(default_factory=Chance)
    """How much its service level varies by chance."""
    day_level: tuple[int, int] = (0, 0)
    """Numerator and denominator of the day's service level so far."""
    day_variance: float = 0.0
    """The variance that chance gives its numerator."""
    days_under: Days = Days()
    """The days just before it that ended under their range."""
    at_risk: OpenBreach | None = None
    """The early warning on intervals to come that stands; live, and in no promise of equality."""
    day_at_risk: OpenBreach | None = None
    """The one on the day, likewise."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of the rules on one interval."""

    reading: Reading = field(default_factory=Reading)
    """The interval against the queue's own history: the `signal` column."""
    events: list[BreachRecord] = field(default_factory=list)
    """Breach records (docs/reference/columns.md#breaches), in order of publication."""
    open_ids: tuple[str, ...] = ()
    """Breaches open after this interval."""
    resolved_ids: tuple[str, ...] = ()
    """Breaches that this interval resolved."""

    @property
    def breaches(self) -> tuple[str, ...]:
        """The `breaches` column."""
        return (*self.open_ids, *self.resolved_ids)


class QueueRules:
    """The rules of one queue.

    Args:
        settings_at: the settings in force for an interval's start.
        state: kept up to date in place; `changed` says when it must be written.
        baselines: the queue's history by slot.
    """

    def __init__(self, settings_at: Callable[[int], QueueSettings], state: RulesState, baselines: Baselines) -> None:
        self.state = state
        self.changed = False
        self._settings_at = settings_at
        self._baselines = baselines
        self._log = BreachLog(state.rule_states, incidents=state.incidents)

    def judge(self, result: IntervalResult, start_ms: int, day: OpenDay | None, facts: Facts) -> Judgement:
        """Look at the first revision of the next final interval.

        Args:
            result: of the interval, without `signal` and `breaches`.
            start_ms: the interval.
            day: the open day it belongs to; None: it lies outside open hours, and is not judged.
            facts: facts that the result does not hold.
        """
        self.pass_time(start_ms)
        self._log.resolved.clear()
        reading = Reading()
        if day is not None:
            self.changed = True
            settings = self._settings_at(start_ms)
            reading = self._read(result, day, settings)
            if start_ms != self.state.next_ms:
                self.state.since_ms, self.state.strays = start_ms, {}
            open_for_ms, before = self.open_for_ms(start_ms), self.state.strays
            told = {"day": day.date.isoformat()}
            weight = self.state.chance.weight
            self._judge(IntervalContext(result, settings, start_ms, facts, reading, open_for_ms, before, weight, told))
            self._learn(result, settings)
            self.state.day_end_ms, self.state.last_ms = day.end_ms, start_ms
            self.state.next_ms = start_ms + settings.interval_ms
            self.state.last_row = named(result, day.date)
            if self.state.next_ms >= day.end_ms:
                self._end_day()
        return Judgement(reading, self.take(), tuple(self._log.open_ids()), tuple(self._log.resolved))

    def open_for_ms(self, start_ms: int) -> int:
        """How long the queue has been open when an interval begins; 0 where the one before has not been judged."""
        return start_ms - self.state.since_ms if start_ms == self.state.next_ms else 0

    def pass_time(self, through_ms: int) -> None:
        """End the day if it is over, now that every interval that starts before `through_ms` has been judged.

        Only a queue without hours needs it: the last interval of its day may have no row.
        """
        end_ms = self.state.day_end_ms
        if end_ms is not None and through_ms >= end_ms:
            self._end_day()

    def take(self) -> list[BreachRecord]:
        """Breach records not taken yet, in order of publication."""
        return self._log.take()

    def open_ids(self) -> list[str]:
        """Ids of the open breaches, sorted."""
        return self._log.open_ids()

    def signal(self, result: IntervalResult, start_ms: int, basis: tuple[float, float] | None) -> str:
        """The `signal` of a later revision, against the same basis as the first one's."""
        counts = level_counts(result, self._settings_at(start_ms))
        return Reading().signal if basis is None or counts is None else read_signal(Basis(*basis), *counts).signal

    # --- one interval -------------------------------------------------------------------------------

    def _read(self, result: IntervalResult, day: OpenDay, settings: QueueSettings) -> Reading:
        """Read the signal, and add the interval to its slot's past unless its figure is missing or doubtful."""
        point = charted(result, day, settings)
        if point is None:
            return Reading()
        return self._baselines.read(*point, whole(settings.rules["service_level_unusual"], "min_points"))

    def _judge(self, context: IntervalContext) -> None:
        self.state.strays = {}
        for rule in INTERVAL_RULES:
            scopes = self.state.rule_states.setdefault(rule, {})
            for scope, observation in observe(rule, context, tuple(scopes)):
                rule_state = scopes.get(scope)
                if observation is not None and observation.z_above > 0:
                    self.state.strays[rule] = observation.z_above
                if rule_state is None:
                    if observation is None or not observation.outside:
                        continue
                    rule_state = scopes[scope] = RuleState()
                if observation is None:
                    skip(self._log, (rule, scope), rule_state, context)
                elif step(self._log, (rule, scope), rule_state, observation, context, self.state.last_ms):
                    self._count_opening((rule, scope), context)
                if rule_state.is_empty:
                    del scopes[scope]
        forecast, offered = context.result.forecast_offered, context.result.offered
        known = not context.result.failed_checks() and counts_for("forecast_accuracy", context.result.integrity)
        if forecast is not None and offered is not None and known:
            self.state.day_error += abs(offered - forecast)
            self.state.day_forecast += forecast

    def _learn(self, result: IntervalResult, settings: QueueSettings) -> None:
        """Add an interval to the day's service level, and to how much the queue varies, if it has many contacts."""
        counts, offered = level_counts(result, settings), result.offered
        if counts is None or offered is None:
            return
        (good, total), (so_far, of) = counts, self.state.day_level
        self.state.day_level = so_far + good, of + total
        self.state.day_variance += total**2 * self.state.chance.spread.variance(total, result.interval_ms / 1000)
        if offered >= whole(settings.rules["service_level_below_range"], "min_volume"):
            self.state.chance.add(good / total, offered, result.interval_ms / 1000)

    # --- days ---------------------------------------------------------------------------------------

    def _end_day(self) -> None:
        """Resolve the open breaches and judge the day, after its last open interval has been judged."""
        state = self.state
        self.changed = True
        last = IntervalResult.from_row(state.last_row)
        told: dict[str, object] = {"level_counts": state.day_level}
        if "day" in state.last_row:
            told["day"] = state.last_row["day"]
        context = IntervalContext(last, self._settings_at(state.last_ms), state.last_ms, told=told)
        for rule in INTERVAL_RULES:
            for scope, rule_state in sorted(state.rule_states.pop(rule, {}).items()):
                if rule_state.breach is not None:
                    self._log.resolve((rule, scope), rule_state, "day_ended", BreachContext(), context)
        state.chance.end_day()
        self._judge_day(context)
        self._forget_openings(context)
        for scope in sorted(state.rule_states.get(REPEAT_BREACH, {})):
            self._judge_repeats(scope, context)
        state.day_end_ms, state.last_row, state.strays = None, {}, {}
        state.day_error, state.day_forecast, state.day_level, state.day_variance = 0.0, 0.0, (0, 0), 0.0

    def _judge_day(self, context: IntervalContext) -> None:
        """Judge the day that is over by the rules over days."""
        state = self.state
        days = state.days_under.add(state.day_level, state.day_variance)
        day = DayFigures(state.day_error, state.day_forecast, state.day_level, days)
        for name, condition in DAY_RULES.items():
            rule = context.settings.rules[name]
            found = condition(day, context, rule) if rule.on else None
            if found is not None:
                observation, severity = found
                self._judge_days((name, ""), context.start_ms, severity, observation, context)
        state.days_under = days if state.rule_states.get(SERVICE_LEVEL_DAY) else Days()

    def _judge_days(
        self, key: Key, first_ms: int, severity: str, observation: Observation, context: IntervalContext
    ) -> None:
        """Judge one rule over days: one observation opens its breach, and one resolves it."""
        rule, scope = key
        scopes = self.state.rule_states.setdefault(rule, {})
        rule_state, breach_context = scopes.get(scope), BreachContext(observation=observation)
        if rule_state is not None:
            self._log.update(
                key, rule_state, severity, observation, breach_context, context, over=not observation.outside
            )
            if rule_state.breach is None:
                del scopes[scope]
        elif observation.outside:
            rule_state = scopes[scope] = RuleState()
            self._log.open(key, rule_state, first_ms, severity, observation, breach_context, context)
            if rule != REPEAT_BREACH:
                self._count_opening(key, context, of_day=True)

    # --- repeats ------------------------------------------------------------------------------------

    def _count_opening(self, key: Key, context: IntervalContext, *, of_day: bool = False) -> None:
        """Count a breach that opened in a slot: a time of day, or the day; repeats are handed over (item 2.3)."""
        if RULES[key[0]].tells_missing_data:
            return  # a feed that is silent again is no process to be improved
        minute = _DAY_SLOT if of_day else _minute(context.result, context.start_ms)
        what = ":".join(part for part in key if part)
        self.state.openings.append((what, minute, context.start_ms))
        self._forget_openings(context)
        slot = OF_DAY if of_day else f"{minute // 60:02d}:{minute % 60:02d}"
        self._judge_repeats(f"{what}@{slot}", context)

    def _forget_openings(self, context: IntervalContext) -> None:
        since = context.start_ms - whole(context.settings.rules[REPEAT_BREACH], "weeks") * _WEEK_MS
        self.state.openings = [opening for opening in self.state.openings if opening[2] > since]

    def _judge_repeats(self, scope: str, context: IntervalContext) -> None:
        rule = context.settings.rules[REPEAT_BREACH]
        what, _, at = scope.rpartition("@")
        slot = (what, _DAY_SLOT if at == OF_DAY else int(at[:2]) * 60 + int(at[3:]))
        times = [ms for name, minute, ms in self.state.openings if (name, minute) == slot]
        first_ms = times[0] if times else context.start_ms
        observation = observe_repeats(len(times), rule)
        self._judge_days((REPEAT_BREACH, scope), first_ms, rule.severity, observation, context)


def skip(log: BreachLog, key: Key, rule_state: RuleState, context: IntervalContext) -> None:
    """Take in an interval that does not count; a missing one breaks a run, be it outside or back inside."""
    missing = context.result.status == "missing"
    if missing:
        rule_state.run.clear()
    breach = rule_state.breach
    if breach is None:
        return
    breach.inside = 0 if missing else breach.inside
    breach.idle += 1
    if breach.idle >= _IDLE_LIMIT:
        log.resolve(key, rule_state, "no_volume", BreachContext(), context)


def step(
    log: BreachLog, key: Key, rule_state: RuleState, observation: Observation, context: IntervalContext, last_ms: int
) -> bool:
    """Take in an interval that counts; whether it opened a breach. `last_ms` is the start of the one judged before."""
    rule = context.settings.rules[key[0]]
    terms = thresholds(RULES[key[0]].kind, rule)
    if terms.adds_up:
        total = rule_state.add_up(observation, context.start_ms)
    else:
        total = _extend(rule_state, observation, terms, context.start_ms)
    if observation.observed is None and observation.unit == "intervals":
        observation = replace(observation, observed=total)
    if observation.outside:
        rule_state.see(key[0], observation, context)
    breach_context = BreachContext(observation, terms, total)
    critical = observation.outside and _is_critical(rule_state, terms, total)
    severity = "critical" if critical else rule.severity
    breach = rule_state.breach
    if breach is None:
        # A run that is critical need not grow as long as one that is not.
        opens = critical or (observation.outside and total >= terms.opens_at - EPSILON)
        if opens:
            first_ms = last_ms if observation.with_previous else rule_state.first_ms
            assert first_ms is not None  # noqa: S101 - an interval outside has just been added
            log.open(key, rule_state, first_ms, severity, observation, breach_context, context)
        return opens
    breach.idle = 0
    back = rule_state.back(observation, terms.few)
    if back is not None:
        breach.inside = breach.inside + 1 if back else 0
    if back or observation.outside:  # else too few contacts, by themselves or with those before, to be called inside
        breach_context.inside = breach.inside
        over = breach.inside >= terms.clear_after
        log.update(key, rule_state, severity, observation, breach_context, context, over=over)
    return False


def _extend(rule_state: RuleState, observation: Observation, terms: Thresholds, start_ms: int) -> float:
    """Add an interval to the run: consecutive intervals outside, or the last few. Returns how many are outside."""
    if observation.outside:
        rule_state.run.append((start_ms, observation.amount, observation.severe))
    elif terms.of_last is None:
        rule_state.run.clear()
    else:
        rule_state.run.append((start_ms, 0.0, False))
    if terms.of_last is not None:
        del rule_state.run[: -terms.of_last]
    return math.fsum(added for _, added, _ in rule_state.run)


def _is_critical(rule_state: RuleState, terms: Thresholds, total: float) -> bool:
    if terms.deep_running is not None:
        last = rule_state.run[-terms.deep_running :]
        return len(last) == terms.deep_running and all(severe for _, _, severe in last)
    return terms.critical_at is not None and total >= terms.critical_at - EPSILON


def charted(result: IntervalResult, day: OpenDay, settings: QueueSettings) -> tuple[Slot, str, tuple[int, int]] | None:
    """An interval as a point of its slot's chart: the slot, how it was counted, numerator and denominator.

    None: its figure is missing or doubtful, or it is too short to be charted.
    """
    counts = level_counts(result, settings)
    if counts is None or settings.interval_ms < 1000 * SHORTEST_SECONDS:
        return None
    level = settings.service_level
    made_by = f"{level.definition} {level.threshold_ms} {level.threshold_inclusive} {level.overflow_counts}"
    return slot_of(day.date.weekday(), _minute(result, result.interval_start_ms)), made_by, counts


def _minute(result: IntervalResult, start_ms: int) -> int:
    """Local time of an interval's start, minutes from midnight."""
    return (start_ms // 1000 + result.utc_offset_seconds) // 60 % _DAY_MINUTES
