"""The types of the breach rules: the context of a condition, its observation, and how observations add up.

A condition reads one interval (or day, or month) only and returns an observation. `agents.rules.engine` keeps runs,
sums and the life of a breach. So a condition can be read beside its line of docs/reference/rules.md, and tested with
one row.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from agents.rules.baseline import Reading
from agents.rules.words.numbers import Pair
from config.queue_settings import QueueSettings
from config.rules import Kind, RuleSettings
from copc import cusum
from copc.day_chance import Days
from streams.quality.month import Month
from streams.results import BreachRecord, IntervalResult

__all__ = [
    "EPSILON",
    "DayFigures",
    "Effect",
    "Facts",
    "Figure",
    "IntervalContext",
    "Observation",
    "OpenInterval",
    "RuleLogic",
    "Thresholds",
    "Verdict",
    "Worst",
    "amount",
    "beyond",
    "counts_for",
    "enough",
    "level_counts",
    "named",
    "optional",
    "sum_part",
    "thresholds",
    "whole",
]

EPSILON: Final = 1e-9
"""Figures closer than this are equal, so that 3 x (0.75 - 0.55) reaches 0.60 in spite of binary rounding."""

_NOT_COUNTING: Final = frozenset({"rejected", "ambiguous_hour"})
_PARTIAL: Final = frozenset({"incomplete"})
_WHOLE_ONLY: Final = frozenset({"volume_variance", "net_staffing", "schedule_gap"})
"""Rules of volume and staffing."""

Effect = Mapping[str, object]
"""One cause of a missed service level: `cause` (volume, aht, staffing, unexplained) and `effect`, a ratio."""


Figure = tuple[float, float, float | None]
"""A ratio, its limit, and the target, where one is set."""


def _no_causes() -> list[Effect]:
    return []


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that the rules need about an interval beside its result."""

    dispersion: float = 1.0
    """phi of the queue's volumes (docs/concepts/figures.md#forecast-accuracy), from the intervals before this one."""
    handle_time_cv: float = 1.0
    """SD / mean of the queue's handle times."""
    has_plan: bool = False
    """Whether the queue has any plan."""
    has_data: bool = True
    """Whether call data speaks of the interval; else it was quiet, or its feed is broken."""
    causes: Callable[[], list[Effect]] = _no_causes
    """Causes of the interval's service level, largest first; computed only when a breach needs them."""
    silent: tuple[str, ...] = ()
    """Sources of call data that were silent; an empty name: the queue, which speaks for itself."""
    spoke: tuple[str, ...] = ()
    """Sources that spoke in the interval, of this queue or of others."""
    throughs: Mapping[str, int] = field(default_factory=dict)
    """How far each silent source had spoken, in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class IntervalContext:
    """One final interval in open hours, as the rules see it."""

    result: IntervalResult
    settings: QueueSettings
    start_ms: int
    facts: Facts = field(default_factory=Facts)
    reading: Reading = field(default_factory=Reading)
    """The interval against the queue's own history."""
    open_for_ms: int = 0
    """How long the queue had been open when the interval began."""
    before: Mapping[str, float] = field(default_factory=dict)
    """By rule, how far the interval just before was above its forecast (`Observation.z_above`)."""
    weight: float = 1.0
    """How much its distance from a limit tells in this queue: less where much varies by chance (`Chance`)."""
    told: Mapping[str, object] = field(default_factory=dict)
    """`day`, the open day, and `level_counts` of one that is over;
    for a rule over a program's month also `vocabulary`, and `Verdict.facts`."""


@dataclass(frozen=True, slots=True)
class OpenInterval:
    """An interval that is not final yet, as an early warning sees it."""

    context: IntervalContext
    watermark_ms: int
    """How far the call data has come; the rest of the interval is forecast."""
    waiting_is_overdue: bool
    """Whether `waiting` counts those who have waited beyond the threshold, not all who wait."""
    accumulated: Callable[[str], float]
    """The sum of a rule so far, by rule."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of a queue's open day that is over, from first revisions."""

    error: float
    """Sum of |offered - forecast| over the intervals with a plan, contacts."""
    forecast: float
    """Contacts forecast for them."""
    level_counts: tuple[int, int] = (0, 0)
    """Numerator and denominator of its service level."""
    days: Days = field(default_factory=Days)
    """It and the days just before it that ended under their range."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One counting interval as one rule sees it."""

    outside: bool
    observed: float | None
    """None in unit intervals: the length of the run."""
    limit: float | None
    unit: str
    """Unit of `observed`, `expected` and `limit`: ratio, agents, contacts, intervals, checks or breaches."""
    expected: float | None = None
    amount: float = 1.0
    """The amount that the interval adds: 1 to a run; to a sum its weighted distance from the limit, negative inside."""
    severe: bool = False
    """Whether it lies beyond the critical depth, too."""
    z_above: float = 0.0
    """How far above its forecast, in standard deviations; the next interval is judged together with it."""
    with_previous: bool = False
    """Whether it is outside only together with the interval just before."""
    few: int = 0
    """Its contacts, where they are so few that they are judged one by one."""


class Worst(msgspec.Struct, array_like=True):
    """The interval of a run or breach that was farthest beyond its limit. Fields are appended, never reordered."""

    start_ms: int
    observed: float | None
    limit: float | None
    causes: list[tuple[str, float]] = []
    """Causes of its service level, largest first."""
    changes: tuple[float | None, float | None, float | None] = (None, None, None)
    """Its changes against the plan: volume and AHT as ratios, staffing in agents."""
    counts: tuple[int, int] | None = None
    """The two counts of its figure, where it has any: served in time, of all."""
    few: bool = False
    """Whether it has so few contacts that its figure says little."""

    def is_outdone_by(self, observation: Observation) -> bool:
        """Whether another interval outside is farther beyond its limit; one of few contacts never outdoes one of many.

        On one side of the limit the figures are compared, since limits may move with the size of an interval; of two
        sides, the distances.
        """
        if self.few != bool(observation.few):
            return self.few
        mine, other = self.observed, observation.observed
        if mine is None or other is None:
            return mine is None and other is not None
        limit, of_other = self.limit or 0.0, observation.limit or 0.0
        if (mine < limit) == (other < of_other):
            return other < mine if mine < limit else other > mine
        return abs(other - of_other) > abs(mine - limit)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of one rule over a month on one scope."""

    rule: str
    scope: str
    """`end_user`, `queue:sales:end_user`, `agents`, `spread:hours`, `queue:sales:aht:agents:A` or `sigma:end_user`."""
    severity: str
    observation: Observation
    facts: dict[str, float | int | str]
    """Figures that a message needs beside the observed one: n, the interval, who is behind, groups compared."""


@dataclass(frozen=True, slots=True)
class RuleLogic:
    """Condition and sentence of one rule. The kind of its definition decides which condition it has.

    Repeats have no condition here: the engine counts them (`agents.rules.repeats`).
    """

    name: str
    sentence: Callable[[BreachRecord, IntervalContext], Pair]
    """The figure of a breach with its counts and its limit in words, from its record and its interval."""
    headline: Callable[[BreachRecord, IntervalContext], Pair] | None = None
    """The same in a few words, for a title; None: the sentence is short enough."""
    interval: Callable[[IntervalContext, RuleSettings], Observation | None] | None = None
    """The condition on a final interval; None: it does not count."""
    by_scope: Callable[[IntervalContext, Iterable[str]], list[tuple[str, Observation | None]]] | None = None
    """The same for a rule with scopes of its own, from the scopes with a run or a breach."""
    open_interval: Callable[[OpenInterval, RuleSettings], tuple[Observation | None, str]] | None = None
    """The condition on an interval before it is final, and the severity of an early warning."""
    day: Callable[[DayFigures, IntervalContext, RuleSettings], tuple[Observation, str] | None] | None = None
    """The condition on a day that is over, and the severity of a breach; None: the day does not count."""
    counts: Callable[[IntervalContext], tuple[int, int] | None] | None = None
    """The two counts of the figure of an interval; None: the figure has none."""
    month: Callable[[Month, dt.date, QueueSettings], Iterator[Verdict]] | None = None
    """The verdicts on a program's month so far, on a local day that is over; scopes without a verdict are left out."""

    def heading(self, record: BreachRecord, context: IntervalContext) -> Pair:
        """The headline, or the sentence where there is none."""
        return (self.headline or self.sentence)(record, context)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The sums at which intervals open a breach and make it critical."""

    opens_at: float
    """Sum of the amounts."""
    critical_at: float | None
    """Sum of the amounts; None: no sum makes it critical."""
    deep_running: int | None = None
    """Number of latest intervals that must all be severe for critical; None: severity never makes it critical."""
    of_last: int | None = None
    """Number of latest intervals, inside or outside, that are summed; None: the consecutive ones outside."""
    clear_after: int = 2
    adds_up: bool = False
    """Whether distances add up to a sum that forgets slowly, instead of a run."""
    few: int = 0
    """Contacts of intervals of few that together count as one interval."""


def amount(rule: RuleSettings, name: str) -> float:
    """A parameter that is a number."""
    value = rule.parameters[name]
    assert isinstance(value, int | float)  # noqa: S101 - the settings hold a number there
    return value


def whole(rule: RuleSettings, name: str) -> int:
    """A parameter that is a whole number."""
    return int(amount(rule, name))


def optional(rule: RuleSettings, name: str) -> float | None:
    """A parameter that is a number, or None where it is not set."""
    return None if rule.parameters[name] is None else amount(rule, name)


def thresholds(kind: Kind, rule: RuleSettings) -> Thresholds:
    """The thresholds by which the observations of a rule make up a breach.

    Args:
        kind: of the rule, one over intervals.
        rule: its parameters.
    """
    clear_after = whole(rule, "clear_after")
    if kind is Kind.ACCUMULATE:
        few, opens_at, critical_at = whole(rule, "min_volume"), amount(rule, "accumulate"), optional(rule, "critical")
        return Thresholds(opens_at, critical_at, clear_after=clear_after, adds_up=True, few=few)
    if kind is Kind.OF_LAST:
        return Thresholds(
            whole(rule, "intervals"),
            optional(rule, "critical"),
            of_last=whole(rule, "of_last"),
            clear_after=clear_after,
        )
    if kind is Kind.DEVIATION:
        return Thresholds(1, None, deep_running=1, clear_after=clear_after)
    has = rule.parameters
    return Thresholds(
        whole(rule, "running") if "running" in has else 1,
        optional(rule, "critical") if "critical" in has else None,
        deep_running=whole(rule, "critical_running") if "critical_running" in has else None,
        clear_after=clear_after,
    )


def enough(context: IntervalContext, rule: RuleSettings) -> bool:
    """Whether the interval counts: neither missing, nor without demand, nor of low volume."""
    offered = context.result.offered
    return offered is not None and offered > 0 and offered >= amount(rule, "min_volume")


def counts_for(rule: str, checks: Collection[str]) -> bool:
    """Whether an interval of these checks can count for a rule; else it neither counts nor breaks a run.

    An interval whose rows were refused, or whose row holds two hours, tells nothing but that; a part of an interval is
    neither its volume nor its staffing.
    """
    if not checks:
        return True
    silent = _NOT_COUNTING | _PARTIAL if rule in _WHOLE_ONLY else _NOT_COUNTING
    return rule == "integrity" or silent.isdisjoint(checks)


def beyond(context: IntervalContext, figure: Figure, sign: int, scale: cusum.Scale, few_below: float) -> Observation:
    """The observation of a figure of an accumulated rule.

    Args:
        context: the interval, with contacts.
        figure: the ratio, its limit, and the target, where one is set.
        sign: 1 where the figure must not exceed its limit, -1 where it must not fall below.
        scale: weights of the rule.
        few_below: the number of contacts below which they are judged one by one.
    """
    observed, limit, target = figure
    contacts = context.result.offered or 0
    part = sum_part(context, figure, sign, scale, contacts=contacts, few=contacts < few_below)
    few = contacts if contacts < few_below else 0
    return Observation(sign * (observed - limit) > EPSILON, observed, limit, "ratio", target, amount=part, few=few)


def sum_part(
    context: IntervalContext, figure: Figure, sign: int, scale: cusum.Scale, *, contacts: float, few: bool = False
) -> float:
    """The part of its rule's sum that an interval adds, negative where it is inside (`copc.cusum`)."""
    observed, limit, target = figure
    part = cusum.amount(
        scale,
        sign * (observed - limit),
        contacts=contacts,
        seconds=context.result.interval_ms / 1000,
        target_inside=None if target is None else sign * (limit - target),
        few=few,
    )
    # Its spread is that of intervals of many contacts; few are judged one by one, their clumping in the scale.
    return part if few else context.weight * part


def level_counts(result: IntervalResult, settings: QueueSettings) -> tuple[int, int] | None:
    """Numerator and denominator of the service level; None where it is missing or doubtful."""
    counts = result.service_level_counts(overflow_counts=settings.service_level.overflow_counts)
    if counts is None or not counts.trusted or result.service_level is None:
        return None
    return counts.numerator, counts.denominator


def named(result: IntervalResult, day: dt.date) -> dict[str, str | int]:
    """The columns that name an interval, and its open day, for records made of it when the day is over."""
    return {
        "program": result.program,
        "queue": result.queue,
        "interval_start_local": result.interval_start_local,
        "interval_seconds": result.interval_ms // 1000,
        "parameters_version": result.parameters_version,
        "day": day.isoformat(),
    }
