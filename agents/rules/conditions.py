"""What each breach rule asks of one interval (metrics section 9): inside, outside, or not to be counted.

A rule here looks at one final interval only and says what it saw; runs, sums and the life of a breach are
`agents.rules.engine`. So each condition can be read beside its line of the table, and tested with one row.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.intervals.figures import Row
from agents.rules.baseline import Reading
from config.queue_settings import QueueSettings
from config.rules import RuleSettings
from copc.forecast import aht_z, variance_ratio, volume_z

__all__ = [
    "EPSILON",
    "INTERVAL_RULES",
    "SILENT_CHECKS",
    "SL_RULES",
    "Effect",
    "Facts",
    "IntervalContext",
    "Observation",
    "Thresholds",
    "amount",
    "failed_checks",
    "figure",
    "observe",
    "optional",
    "settled",
    "thresholds",
    "whole",
]

EPSILON: Final = 1e-9
"""Figures closer than this are equal: 3 x (0.75 - 0.55) reaches 0.60 whatever binary makes of it."""

_HALF_HOUR_SECONDS: Final = 1800
_SETTLED_AFTER: Final = 5
"""Handle times after opening until which a low AHT says nothing: of contacts whose handling began since, only the
short ones have ended. The mean of exponential handle times that ended at 5 of them is 3 % low, at 3 it is 16 %."""
SL_RULES: Final = ("service_level_below_range", "service_level_above_range", "service_level_unusual")
"""Rules on the service level, whose breaches carry its causes."""

SILENT_CHECKS: Final = frozenset({"ok", "missing", "ambiguous_hour", "shared_agents", "attribution_mismatch"})
"""Values of `integrity` that are no failure of the feed: `missing` has its own rule, the others are by design."""


Effect = Mapping[str, object]
"""One cause of a missed service level: `cause` (volume, aht, staffing, unexplained) and `effect`, a ratio."""


def _no_causes() -> list[Effect]:
    return []


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of an interval beside its row."""

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
class Observation:
    """What one counting interval says to one rule."""

    outside: bool
    observed: float | None
    """None in unit intervals: the length of the run."""
    limit: float | None
    unit: str
    """ratio, agents, contacts, intervals, checks or breaches: of `observed`, `expected` and `limit`."""
    expected: float | None = None
    amount: float = 1.0
    """What an interval outside adds to its run: 1, or its distance from the limit in half hours."""
    severe: bool = False
    """Whether it lies beyond the critical depth, too."""
    z_above: float = 0.0
    """How far above its forecast, in standard deviations: what the next interval is looked at together with."""
    with_previous: bool = False
    """Whether it is outside only together with the interval just before."""


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


def thresholds(rule: RuleSettings) -> Thresholds:
    """How the intervals that a rule saw make up a breach."""
    parameters = rule.parameters
    clear_after = whole(rule, "clear_after")
    if "accumulate" in parameters:
        return Thresholds(amount(rule, "accumulate"), optional(rule, "critical"), clear_after=clear_after)
    if "critical_running" in parameters:
        return Thresholds(
            whole(rule, "running"), None, deep_running=whole(rule, "critical_running"), clear_after=clear_after
        )
    if "of_last" in parameters:
        return Thresholds(
            whole(rule, "intervals"),
            optional(rule, "critical"),
            of_last=whole(rule, "of_last"),
            clear_after=clear_after,
        )
    if "z" in parameters:
        return Thresholds(1, None, deep_running=1, clear_after=clear_after)
    running = whole(rule, "running") if "running" in parameters else 1
    critical = optional(rule, "critical") if "critical" in parameters else None
    return Thresholds(running, critical, clear_after=clear_after)


def figure(row: Row, name: str) -> float | None:
    """A column that holds a number, None where it is empty."""
    value = row[name]
    return value if isinstance(value, int | float) else None


def settled(open_for_ms: int, aht_seconds: float) -> bool:
    """Whether a queue has been open for long enough that long contacts have ended, too, and a low AHT says something.

    Args:
        open_for_ms: how long it had been open when the interval began.
        aht_seconds: the forecast.
    """
    return open_for_ms >= _SETTLED_AFTER * 1000 * aht_seconds


def failed_checks(row: Row) -> list[str]:
    """The CUI checks of item 2.6 that the interval failed, without those that are no failure of the feed."""
    return [check for check in str(row["integrity"]).split(";") if check not in SILENT_CHECKS]


def _enough(context: IntervalContext, rule: RuleSettings) -> bool:
    """Whether the interval counts: neither missing, nor without demand, nor of low volume."""
    offered = figure(context.row, "offered")
    return offered is not None and offered > 0 and offered >= amount(rule, "min_volume")


def _half_hours(context: IntervalContext) -> float:
    return (figure(context.row, "interval_seconds") or 0) / _HALF_HOUR_SECONDS


def _beyond(context: IntervalContext, observed: float, limit: float, expected: float | None, sign: int) -> Observation:
    """A figure against a limit it must not exceed (sign 1) or fall below (-1)."""
    distance = sign * (observed - limit)
    return Observation(
        distance > EPSILON, observed, limit, "ratio", expected, amount=max(distance, 0.0) * _half_hours(context)
    )


def _below_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = figure(context.row, "service_level"), context.settings.service_level
    if level is None or settings.range is None or not _enough(context, rule):
        return None
    return _beyond(context, level, settings.range[0], settings.target, -1)


def _above_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = figure(context.row, "service_level"), context.settings.service_level
    if level is None or settings.range is None or not _enough(context, rule):
        return None
    return _beyond(context, level, settings.range[1], settings.target, 1)


def _unusual(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, reading = figure(context.row, "service_level"), context.reading
    if level is None or reading.signal == "no_baseline" or not _enough(context, rule):
        return None
    return Observation(reading.signal == "low", level, reading.lower, "ratio", reading.centre)


def _abandon(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    rate = figure(context.row, "abandon_rate")
    if rate is None or not _enough(context, rule):
        return None
    return _beyond(context, rate, amount(rule, "limit"), None, 1)


def _occupancy(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    busy, limits = figure(context.row, "occupancy"), rule.parameters["range"]
    if busy is None or not isinstance(limits, tuple) or not _enough(context, rule):
        return None
    low, high = limits
    limit = low if busy < (low + high) / 2 else high
    return Observation(busy < low - EPSILON or busy > high + EPSILON, busy, limit, "ratio")


def _volume(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    came, expected = figure(context.row, "offered"), figure(context.row, "forecast_offered")
    # Contacts that stay away are the deviation: an interval counts if many came, or if many should have come.
    if came is None or expected is None or max(came, expected) < amount(rule, "min_volume"):
        return None
    z = volume_z(came, expected, context.facts.dispersion)
    ratio = variance_ratio(came, expected)
    if ratio is None:
        critical = optional(rule, "critical")
        severe = critical is not None and z > critical + EPSILON
        return Observation(z > amount(rule, "z") + EPSILON, None, None, "ratio", 0.0, severe=severe)

    def ratio_at(deviation: float) -> float:
        root = math.sqrt(expected + 0.375) + deviation * math.sqrt(context.facts.dispersion) / 2
        return (max(root, 0.0) ** 2 - 0.375) / expected - 1

    return _deviation(rule, ratio, z, context.before.get("volume_variance", 0.0), ratio_at)


def _deviation(
    rule: RuleSettings, ratio: float, z: float, before: float, ratio_at: Callable[[float], float]
) -> Observation:
    """A deviation from the forecast: far off in one interval, or above it in two running.

    Two deviations of standard normal size add up to one of sqrt(2): a rise too small to be told from chance in one
    interval is told in two, and one side only costs half the false alarms.

    Args:
        rule: `z`, `z_two`, `tolerance` and `critical`.
        ratio: the deviation as a share of the forecast.
        z: the same in standard deviations.
        before: that of the interval just before, if it was above its forecast, else 0.
        ratio_at: the ratio that is so many standard deviations.
    """
    side = -1 if ratio < 0 else 1
    tolerance, alone, together = amount(rule, "tolerance"), amount(rule, "z"), optional(rule, "z_two")
    limit = alone
    if side > 0 and before > 0 and together is not None:
        # What one interval alone has told already is not told by the next one again.
        limit = min(alone, math.sqrt(2) * together - min(before, alone))
    outside = side * z > limit + EPSILON and abs(ratio) > tolerance + EPSILON
    critical = optional(rule, "critical")
    return Observation(
        outside,
        ratio,
        side * max(tolerance, side * ratio_at(side * limit)),
        "ratio",
        0.0,
        severe=critical is not None and side * z > critical + EPSILON,
        z_above=max(z, 0.0) if side > 0 else 0.0,
        with_previous=outside and z <= alone + EPSILON and side > 0,
    )


def _aht(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    came, expected = figure(context.row, "aht_seconds"), figure(context.row, "forecast_aht_seconds")
    handled = figure(context.row, "handled")
    if (
        came is None
        or not expected
        or not handled
        or not _enough(context, rule)
        or handled < amount(rule, "min_handled")
    ):
        return None
    cv = context.facts.handle_time_cv
    z = aht_z(came, expected, int(handled), cv) or 0.0
    ratio = came / expected - 1
    if ratio < 0 and not settled(context.open_for_ms, expected):
        return None
    k = handled / cv**2

    def ratio_at(deviation: float) -> float:
        return max(1 - 1 / (9 * k) + deviation / (3 * math.sqrt(k)), 0.0) ** 3 - 1

    return _deviation(rule, ratio, z, context.before.get("aht_variance", 0.0), ratio_at)


def _short_of(context: IntervalContext, rule: RuleSettings, needed: float | None) -> Observation | None:
    """Staffed agents against those needed: how many may be missing grows with the queue."""
    staffed = figure(context.row, "staffed_agents")
    if staffed is None or needed is None or not _enough(context, rule):
        return None
    gap = staffed - needed
    allowed = max(amount(rule, "agents"), amount(rule, "share") * needed)
    critical = max(amount(rule, "critical_agents"), amount(rule, "critical_share") * needed)
    return Observation(gap < -allowed - EPSILON, gap, -allowed, "agents", 0.0, severe=gap < -critical - EPSILON)


def _net_staffing(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    if "shared_agents" in str(context.row["integrity"]).split(";"):
        return None
    return _short_of(context, rule, figure(context.row, "required_agents"))


def _schedule_gap(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    return _short_of(context, rule, figure(context.row, "scheduled_agents"))


def _plan_missing(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    if not context.facts.has_plan or not _enough(context, rule):
        return None
    unplanned = "no_plan" in str(context.row["plan"]).split(";")
    return Observation(unplanned, figure(context.row, "offered"), amount(rule, "min_volume"), "contacts")


def _feed_missing(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    missing = context.row["status"] == "missing"
    if not missing and not context.row["sources"]:
        return None  # the queue may be quiet or the feed broken: no sign of its return
    return Observation(missing, None if missing else 0, whole(rule, "running"), "intervals")


INTERVAL_RULES: Final[Mapping[str, Callable[[IntervalContext, RuleSettings], Observation | None]]] = {
    "service_level_below_range": _below_range,
    "service_level_above_range": _above_range,
    "service_level_unusual": _unusual,
    "abandon_rate_above_limit": _abandon,
    "occupancy_outside_range": _occupancy,
    "volume_variance": _volume,
    "aht_variance": _aht,
    "net_staffing": _net_staffing,
    "schedule_gap": _schedule_gap,
    "plan_missing": _plan_missing,
    "feed_missing": _feed_missing,
}
"""Rules over intervals with one scope, in the order in which their breaches are published; `integrity` follows."""


def _integrity(context: IntervalContext, open_scopes: Iterable[str]) -> list[tuple[str, Observation | None]]:
    failed = failed_checks(context.row)
    observe: list[tuple[str, Observation | None]] = [
        (check, Observation(outside=True, observed=1, limit=0, unit="checks", expected=0)) for check in failed
    ]
    # An interval in which nothing came proves no check passed.
    passed = (
        Observation(outside=False, observed=0, limit=0, unit="checks", expected=0) if context.row["offered"] else None
    )
    observe.extend((check, passed) for check in open_scopes if check not in failed)
    return sorted(observe, key=lambda observation: observation[0])


def observe(name: str, context: IntervalContext, open_scopes: Iterable[str]) -> list[tuple[str, Observation | None]]:
    """What the rule called `name` sees in an interval, by scope; None: the interval does not count for it.

    Args:
        name: one of `INTERVAL_RULES`, or `integrity`, whose scopes are the checks.
        context: the interval.
        open_scopes: scopes in which the rule has a run or a breach.
    """
    rule = context.settings.rules[name]
    if name == "integrity":
        return _integrity(context, open_scopes) if rule.on else [(scope, None) for scope in open_scopes]
    return [("", INTERVAL_RULES[name](context, rule) if rule.on else None)]
