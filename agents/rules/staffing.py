# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules on the work that came and the agents who were there for it (item 2.5)."""

import math
from collections.abc import Callable
from typing import Final

from agents.rules.observations import (
    EPSILON,
    IntervalContext,
    Observation,
    RuleLogic,
    amount,
    enough,
    optional,
)
from agents.rules.words.numbers import Pair, against, agents, number, percent, percents
from config.rules import RuleSettings
from copc.forecast import aht_z, variance_ratio, volume_z
from streams.results import BreachRecord

__all__ = ["LOGIC", "settled"]

_SETTLED_AFTER: Final = 5
"""Number of handle times after opening until which a low AHT is ignored: only short contacts have ended by then.
The mean of exponential handle times that ended at 5 of them is 3 % low, at 3 it is 16 %."""


def _volume(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    came, expected = context.result.offered, context.result.forecast_offered
    # Contacts that stay away are a deviation, too: an interval counts if many came, or if many should have come.
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


def _tell_volume(record: BreachRecord, context: IntervalContext) -> Pair:
    came, expected = number(context.result.offered), number(context.result.forecast_offered, 0)
    if record.observed is None:
        return f"volume {came}, and {expected} were forecast", f"话务量 {came}，预测 {expected}"
    (english, chinese), limit = _against_forecast(record), _tolerance(record)
    return (
        f"volume is {english} ({came} offered, {expected} forecast), limit {limit}",
        f"话务量{chinese}（实际 {came}，预测 {expected}），限值 {limit}",
    )


def _head_volume(record: BreachRecord, context: IntervalContext) -> Pair:
    if record.observed is None:
        return _tell_volume(record, context)
    english, chinese = _against_forecast(record)
    return f"volume {english}", f"话务量{chinese}"


def _against_forecast(record: BreachRecord) -> Pair:
    """`122 % above forecast`, rounded away from the limit."""
    change, limit = record.observed or 0.0, record.limit
    share = percents(abs(change), None if limit is None else abs(limit))[0]
    if share == "0 %":
        return "as forecast", "与预测一致"
    return (
        (f"{share} below forecast", f"比预测低 {share}")
        if change < 0
        else (f"{share} above forecast", f"比预测高 {share}")
    )


def _tolerance(record: BreachRecord) -> str:
    change, limit = record.observed, record.limit
    if change is None or limit is None:
        return percent(limit)
    return percents(abs(change), abs(limit))[1]


def _aht(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    came, expected = context.result.aht_seconds, context.result.forecast_aht_seconds
    handled = context.result.handled
    if (
        came is None
        or not expected
        or not handled
        or not enough(context, rule)
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


def _tell_aht(record: BreachRecord, context: IntervalContext) -> Pair:
    came, expected = number(context.result.aht_seconds, 0), number(context.result.forecast_aht_seconds, 0)
    (english, chinese), limit = _against_forecast(record), _tolerance(record)
    return (
        f"AHT is {english} ({came} s, forecast {expected} s), limit {limit}",
        f"平均处理时长{chinese}（实际 {came} 秒，预测 {expected} 秒），限值 {limit}",
    )


def _head_aht(record: BreachRecord, _context: IntervalContext) -> Pair:
    english, chinese = _against_forecast(record)
    return f"AHT {english}", f"平均处理时长{chinese}"


def settled(open_for_ms: int, aht_seconds: float) -> bool:
    """Whether a queue has been open for long enough that long contacts have ended, too, and a low AHT counts.

    Args:
        open_for_ms: how long it had been open when the interval began.
        aht_seconds: the forecast.
    """
    return open_for_ms >= _SETTLED_AFTER * 1000 * aht_seconds


def _deviation(
    rule: RuleSettings, ratio: float, z: float, before: float, ratio_at: Callable[[float], float]
) -> Observation:
    """A deviation from the forecast: far off in one interval, or above it in two running.

    Two deviations of standard normal size add up to one of sqrt(2). So a rise too small to be told from chance in one
    interval shows in two. Testing one side only costs half the false alarms.

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
        # An interval that was outside alone does not put the next one outside again.
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


def _net_staffing(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    if context.settings.pooled or "shared_agents" in context.result.integrity:
        return None
    return _short_of(context, rule, context.result.required_agents)


def _tell_net_staffing(record: BreachRecord, context: IntervalContext) -> Pair:
    gap, limit = _heads(record)
    there, needed = number(context.result.staffed_agents), number(context.result.required_agents)
    ends = ends_zh = ""
    if "if_all" in context.told:
        of_all, of_none = context.told["if_all"], context.told["if_none"]
        ends = f"; {of_all} if all can help, {of_none} if none"
        ends_zh = f"；全员可互助时 {of_all}，不能互助时 {of_none}"
    return (
        f"net staffing {agents(gap)} ({there} staffed, {needed} required at this volume and AHT{ends}), limit {limit}",
        f"净人力 {gap} 人（在岗 {there}，按实际话务量和处理时长需要 {needed}{ends_zh}），限值 {limit}",
    )


def _head_net_staffing(record: BreachRecord, _context: IntervalContext) -> Pair:
    gap = _heads(record)[0]
    if gap.startswith("-"):
        return f"{agents(gap[1:])} short of the requirement", f"比需求少 {gap[1:]} 人"
    return f"net staffing {agents(gap)}", f"净人力 {gap} 人"


def _heads(record: BreachRecord) -> tuple[str, str]:
    """The gap in agents rounded away from its limit, and the limit."""
    if record.observed is None or record.limit is None:
        return number(record.observed), number(record.limit)
    return against(record.observed, record.limit, 1)


def _schedule_gap(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    return _short_of(context, rule, context.result.scheduled_agents)


def _tell_schedule_gap(record: BreachRecord, context: IntervalContext) -> Pair:
    gap, limit = _heads(record)
    staffed, planned = number(context.result.staffed_agents), number(context.result.scheduled_agents)
    short, short_zh = _short(gap)
    return (
        f"{short} ({staffed} staffed, {planned} scheduled), up to {limit.removeprefix('-')} is allowed",
        f"{short_zh}（在岗 {staffed}，排班 {planned}），允许少 {limit.removeprefix('-')} 人",
    )


def _short(gap: str) -> Pair:
    """`3 agents short of schedule`."""
    if gap.startswith("-"):
        return f"{agents(gap[1:])} short of schedule", f"比排班少 {gap[1:]} 人"
    return "not short of schedule", "在岗不少于排班"


def _head_schedule_gap(record: BreachRecord, _context: IntervalContext) -> Pair:
    return _short(_heads(record)[0])


def _short_of(context: IntervalContext, rule: RuleSettings, needed: float | None) -> Observation | None:
    """Staffed agents against those needed; the number that may be missing grows with the queue."""
    staffed = context.result.staffed_agents
    if staffed is None or needed is None or not enough(context, rule):
        return None
    gap = staffed - needed
    allowed = max(amount(rule, "agents"), amount(rule, "share") * needed)
    critical = max(amount(rule, "critical_agents"), amount(rule, "critical_share") * needed)
    return Observation(gap < -allowed - EPSILON, gap, -allowed, "agents", 0.0, severe=gap < -critical - EPSILON)


LOGIC: Final = (
    RuleLogic("volume_variance", _tell_volume, _head_volume, interval=_volume),
    RuleLogic("aht_variance", _tell_aht, _head_aht, interval=_aht),
    RuleLogic("net_staffing", _tell_net_staffing, _head_net_staffing, interval=_net_staffing),
    RuleLogic("schedule_gap", _tell_schedule_gap, _head_schedule_gap, interval=_schedule_gap),
)
