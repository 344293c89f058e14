"""The ground of the breach rules: what a condition is given, what it answers, and how answers add up.

A condition looks at one interval (or day, or month) only and says what it saw; runs, sums and the life of a breach are
`agents.rules.engine`. So each can be read beside its line of metrics section 9, and tested with one row.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.intervals.figures import Row
from agents.rules.baseline import Reading
from agents.rules.wording import Pair
from config.queue_settings import QueueSettings
from config.rules import Kind, RuleSettings
from copc.service_level import Counts, service_level
from streams.quality.month import Month

__all__ = [
    "EPSILON",
    "SILENT_CHECKS",
    "Effect",
    "Facts",
    "ForecastOfDay",
    "IntervalContext",
    "Observation",
    "OpenInterval",
    "RuleLogic",
    "Thresholds",
    "Verdict",
    "amount",
    "beyond",
    "enough",
    "failed_checks",
    "figure",
    "half_hours",
    "level_counts",
    "optional",
    "thresholds",
    "whole",
]

EPSILON: Final = 1e-9
"""Figures closer than this are equal: 3 x (0.75 - 0.55) reaches 0.60 whatever binary makes of it."""

_HALF_HOUR_SECONDS: Final = 1800

SILENT_CHECKS: Final = frozenset({"ok", "missing", "ambiguous_hour", "shared_agents", "attribution_mismatch"})
"""Values of `integrity` that are no failure of the feed: `missing` has its own rule, the others are by design."""

Effect = Mapping[str, object]
"""One cause of a missed service level: `cause` (volume, aht, staffing, unexplained) and `effect`, a ratio."""


def _no_causes() -> list[Effect]:
    return []


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that the rules need about an interval beside its row."""

    dispersion: float = 1.0
    """phi of the queue's volumes (metrics section 4), from the intervals before this one."""
    handle_time_cv: float = 1.0
    """SD / mean of the queue's handle times."""
    has_plan: bool = False
    """Whether the queue has any plan."""
    causes: Callable[[], list[Effect]] = _no_causes
    """Causes of the interval's service level, largest first; asked for only when a breach needs them."""


@dataclass(frozen=True, slots=True)
class IntervalContext:
    """One final interval in open hours, as the rules see it."""

    row: Row
    settings: QueueSettings
    start_ms: int
    facts: Facts = field(default_factory=Facts)
    reading: Reading = field(default_factory=Reading)
    """The interval against the queue's own history."""
    open_for_ms: int = 0
    """How long the queue had been open when the interval began."""
    before: Mapping[str, float] = field(default_factory=dict)
    """By rule, how far the interval just before was above its forecast (`Observation.z_above`)."""


@dataclass(frozen=True, slots=True)
class OpenInterval:
    """An interval that is not final yet, as an early warning sees it."""

    context: IntervalContext
    watermark_ms: int
    """How far the call data has come: what is still to come, is forecast."""
    waiting_is_overdue: bool
    """Whether `waiting` counts those who have waited beyond the threshold, not all who wait."""
    accumulated: Callable[[str], float]
    """Sum of the run of a rule so far, by rule."""


@dataclass(frozen=True, slots=True)
class ForecastOfDay:
    """The volume forecast of a queue's open day that is over."""

    error: float
    """Sum of |offered - forecast| over the intervals with a plan, contacts."""
    forecast: float
    """Contacts forecast for them."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One counting interval as one rule sees it."""

    outside: bool
    observed: float | None
    """None in unit intervals: the length of the run."""
    limit: float | None
    unit: str
    """ratio, agents, contacts, intervals, checks or breaches: of `observed`, `expected` and `limit`."""
    expected: float | None = None
    amount: float = 1.0
    """An interval outside adds this to its run: 1, or its distance from the limit in half hours."""
    severe: bool = False
    """Whether it lies beyond the critical depth, too."""
    z_above: float = 0.0
    """How far above its forecast, in standard deviations: what the next interval is looked at together with."""
    with_previous: bool = False
    """Whether it is outside only together with the interval just before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of one rule over a month on one scope."""

    rule: str
    scope: str
    """`end_user`, `queue:sales:end_user`, `agents`, `spread:hours`, `queue:sales:aht:agents:A`, `sigma:end_user`."""
    severity: str
    observation: Observation
    facts: dict[str, float | int | str]
    """Figures that a message needs beside the observed one: n, the interval, who is behind, groups compared."""


@dataclass(frozen=True, slots=True)
class RuleLogic:
    """Condition and sentence of one rule. Which condition it has follows from the kind of its definition.

    Repeats have none here: the engine counts them (`agents.rules.repeats`).
    """

    name: str
    sentence: Callable[[Mapping[str, object], Row], Pair]
    """The figure of a breach and its limit in words, from its record and the row of its interval."""
    interval: Callable[[IntervalContext, RuleSettings], Observation | None] | None = None
    """The condition on a final interval; None: it does not count."""
    by_scope: Callable[[IntervalContext, Iterable[str]], list[tuple[str, Observation | None]]] | None = None
    """The same for a rule with scopes of its own, from the scopes with a run or a breach."""
    open_interval: Callable[[OpenInterval, RuleSettings], tuple[Observation | None, str]] | None = None
    """The condition on an interval before it is final, and how severe a notice is."""
    day: Callable[[ForecastOfDay, RuleSettings], tuple[Observation, str] | None] | None = None
    """The condition on a day that is over, and how severe a breach is; None: it does not count."""
    month: Callable[[Month, dt.date, QueueSettings], Iterator[Verdict]] | None = None
    """The verdicts on a program's month so far, on a local day that is over; scopes without a verdict are left out."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a run of intervals opens a breach, makes it critical, and resolves it."""

    opens_at: float
    """Sum of the amounts."""
    critical_at: float | None
    """Sum of the amounts; None: the sum never does."""
    deep_running: int | None = None
    """Last intervals that must all be deep for critical; None: depth never does."""
    of_last: int | None = None
    """Intervals the sum is taken over, inside or outside; None: those running outside."""
    clear_after: int = 2


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
    """How the intervals that a rule saw make up a breach.

    Args:
        kind: of the rule, one over intervals.
        rule: its parameters.
    """
    clear_after = whole(rule, "clear_after")
    if kind is Kind.ACCUMULATE:
        return Thresholds(amount(rule, "accumulate"), optional(rule, "critical"), clear_after=clear_after)
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


def figure(row: Row, name: str) -> float | None:
    """A column that holds a number, None where it is empty."""
    value = row[name]
    return value if isinstance(value, int | float) else None


def failed_checks(row: Row) -> list[str]:
    """The CUI checks of item 2.6 that the interval failed, without those that are no failure of the feed."""
    return [check for check in str(row["integrity"]).split(";") if check not in SILENT_CHECKS]


def enough(context: IntervalContext, rule: RuleSettings) -> bool:
    """Whether the interval counts: neither missing, nor without demand, nor of low volume."""
    offered = figure(context.row, "offered")
    return offered is not None and offered > 0 and offered >= amount(rule, "min_volume")


def half_hours(context: IntervalContext) -> float:
    """Length of the interval."""
    return (figure(context.row, "interval_seconds") or 0) / _HALF_HOUR_SECONDS


def beyond(context: IntervalContext, observed: float, limit: float, expected: float | None, sign: int) -> Observation:
    """A figure against a limit it must not exceed (sign 1) or fall below (-1)."""
    distance = sign * (observed - limit)
    return Observation(
        distance > EPSILON, observed, limit, "ratio", expected, amount=max(distance, 0.0) * half_hours(context)
    )


def level_counts(row: Row, settings: QueueSettings) -> tuple[int, int] | None:
    """Numerator and denominator of the service level; None where it is missing or doubtful."""
    if row["service_level"] is None or failed_checks(row):
        return None
    level = settings.service_level
    counts = Counts(**{name: row[name] for name in Counts.__dataclass_fields__})  # type: ignore[arg-type]  # counts are whole numbers or None
    numerator, denominator, _ = service_level(counts, level.definition, overflow_counts=level.overflow_counts)
    return (int(numerator), int(denominator)) if 0 <= numerator <= denominator else None
