# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules on service level, abandonment and occupancy (item 2.G.A)."""

from typing import Final, cast

import msgspec

from agents.rules.observations import (
    EPSILON,
    DayFigures,
    IntervalContext,
    Observation,
    OpenInterval,
    RuleLogic,
    amount,
    beyond,
    enough,
    level_counts,
    optional,
    sum_part,
)
from agents.rules.words.numbers import Pair, percent, percents, set_percent, trim
from config.rules import RuleSettings
from copc.cusum import ABOVE, BELOW, LOST
from streams.results import BreachRecord, IntervalResult

__all__ = ["LOGIC"]

_LEVEL: Final = ("service level", "服务水平")
_DAY_LEVEL: Final = ("the day's service level", "当日服务水平")


def _below_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = context.result.service_level, context.settings.service_level
    if level is None or settings.range is None or not context.result.offered:
        return None
    return beyond(context, (level, settings.range[0], settings.target), -1, BELOW, amount(rule, "min_volume"))


def _tell_level(record: BreachRecord, context: IntervalContext) -> Pair:
    return _told(record, context, _LEVEL, _counted(context))


def _head_level(record: BreachRecord, context: IntervalContext) -> Pair:
    return _headed(record, context, _LEVEL)


def _told(record: BreachRecord, context: IntervalContext, noun: Pair, counts: Pair) -> Pair:
    """`service level 20 % (94 of 460 answered within 15 s), range 85-100 %, target 90 %`."""
    shown, ends = percents(record.observed, record.limit)[0], _range(context)
    target = context.settings.service_level.target
    aim = ("", "") if target is None else (f", target {set_percent(target)}", f"，目标 {set_percent(target)}")
    return f"{noun[0]} {shown}{counts[0]}, range {ends}{aim[0]}", f"{noun[1]} {shown}{counts[1]}，范围 {ends}{aim[1]}"


def _headed(record: BreachRecord, context: IntervalContext, noun: Pair) -> Pair:
    """`service level 20 % (range 85-100 %)`."""
    shown, ends = percents(record.observed, record.limit)[0], _range(context)
    return f"{noun[0]} {shown} (range {ends})", f"{noun[1]} {shown}（范围 {ends}）"


def _range(context: IntervalContext) -> str:
    """`85-100 %`."""
    limits = context.settings.service_level.range
    return "?" if limits is None else f"{trim(100 * limits[0], 3)}-{trim(100 * limits[1], 3)} %"


def _counted(context: IntervalContext) -> Pair:
    """` (94 of 460 answered within 15 s)`, in the words of the queue's definition; nothing where they are not known."""
    counts = _level_counts(context)
    return ("", "") if counts is None else _words(counts, context)


def _words(counts: tuple[int, int], context: IntervalContext) -> Pair:
    (good, total), level = counts, context.settings.service_level
    within, short = trim(level.threshold_ms / 1000), trim(level.short_abandon_ms / 1000)
    english, chinese = {
        "S4": (f"answered, or gone, within {within} s", f"在 {within} 秒内应答或离开"),
        "S6": (f"answered within {within} s or gone within {short} s", f"在 {within} 秒内应答或在 {short} 秒内离开"),
    }.get(level.definition, (f"answered within {within} s", f"在 {within} 秒内应答"))
    return f" ({good} of {total} {english})", f"（{total} 个中 {good} 个{chinese}）"


def _level_counts(context: IntervalContext) -> tuple[int, int] | None:
    return level_counts(context.result, context.settings)


def _above_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = context.result.service_level, context.settings.service_level
    if level is None or settings.range is None or not context.result.offered:
        return None
    return beyond(context, (level, settings.range[1], settings.target), 1, ABOVE, amount(rule, "min_volume"))


def _day(day: DayFigures, context: IntervalContext, rule: RuleSettings) -> tuple[Observation, str] | None:
    """The observation on the day's service level; a day of few contacts does not count."""
    (good, total), settings = day.level_counts, context.settings.service_level
    if settings.range is None or total < 2 * amount(rule, "min_volume"):
        return None
    level, low, critical = good / total, settings.range[0], optional(rule, "critical")
    severity = "critical" if critical is not None and level < low - critical - EPSILON else rule.severity
    return Observation(level < low - EPSILON, level, low, "ratio", settings.target), severity


def _tell_day(record: BreachRecord, context: IntervalContext) -> Pair:
    if record.live:
        chance, ends = percent(context.told.get("p_at_least_low")), _range(context)
        observed = percents(record.observed, record.limit)[0]
        english = f"the day's service level is projected at {observed}, with a probability of {chance} to end inside"
        return f"{english}; range {ends}", f"当日服务水平预计为 {observed}，达到范围下限的概率为 {chance}；范围 {ends}"
    counts = cast("tuple[int, int]", context.told["level_counts"])
    return _told(record, context, _DAY_LEVEL, _words(counts, context))


def _head_day(record: BreachRecord, context: IntervalContext) -> Pair:
    if record.live and record.state == "resolved":
        return "the day's service level can be met again", "当日服务水平仍可达到"
    if record.live:
        observed = percents(record.observed, record.limit)[0]
        english = f"the day's service level is projected at {observed} (range {_range(context)})"
        return english, f"当日服务水平预计为 {observed}（范围 {_range(context)}）"
    return _headed(record, context, _DAY_LEVEL)


def _unusual(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, reading = context.result.service_level, context.reading
    if level is None or reading.signal == "no_baseline" or not enough(context, rule):
        return None
    return Observation(reading.signal == "low", level, reading.lower, "ratio", reading.centre)


def _tell_unusual(record: BreachRecord, context: IntervalContext) -> Pair:
    observed, limit = percents(record.observed, record.limit)
    mean, counts = percent(record.expected), _counted(context)
    return (
        f"service level {observed}{counts[0]}, usual at this time of day from {limit} (mean {mean})",
        f"服务水平 {observed}{counts[1]}，该时段通常不低于 {limit}（均值 {mean}）",
    )


def _head_unusual(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percents(record.observed, record.limit)
    return f"service level {observed} (usual from {limit})", f"服务水平 {observed}（通常不低于 {limit}）"


def _lost(opened: OpenInterval, rule: RuleSettings) -> tuple[Observation | None, str]:
    """The observation of an open interval that ends below its range even if all further contacts are served in time."""
    context = opened.context
    settings, result = context.settings, context.result
    below_rule = "service_level_below_range"
    below = settings.rules[below_rule]
    waiting, forecast = result.waiting or 0, result.forecast_offered
    # Waiting contacts may still be answered in time, unless they have waited for too long already.
    overdue = waiting if opened.waiting_is_overdue else 0
    hope = _in_queue(result) - overdue if opened.waiting_is_overdue else waiting
    counts = level_counts(msgspec.structs.replace(result, waiting=overdue), settings)
    limits = settings.service_level.range
    if limits is None or forecast is None or counts is None:
        return None, rule.severity
    good, settled = counts
    if settled < amount(rule, "min_volume"):
        return None, rule.severity
    left = min(max(context.start_ms + settings.interval_ms - opened.watermark_ms, 0) / settings.interval_ms, 1.0)
    coming = max(hope, 0) + forecast * left
    best = (good + coming) / (settled + coming)
    short = (limits[0] - best) * settings.interval_ms / 1_800_000
    figure, expected = (best, limits[0], settings.service_level.target), settled + coming
    few = expected < amount(below, "min_volume")
    part = sum_part(context, figure, -1, BELOW, contacts=expected, few=few) if expected else 0.0
    by_sum = below.on and opened.accumulated(below_rule) + part >= amount(below, "accumulate") - EPSILON
    alone = optional(rule, "alone")
    raised = by_sum or (alone is not None and short >= alone - EPSILON)
    severity = "warning" if raised and rule.severity == "info" else rule.severity
    outside = limits[0] - best > EPSILON
    return Observation(outside, best, limits[0], "ratio", settings.service_level.target), severity


def _tell_lost(record: BreachRecord, context: IntervalContext) -> Pair:
    observed, ends = percents(record.observed, record.limit)[0], _range(context)
    return (
        f"service level can end at {observed} at best, were every further contact answered in time; range {ends}",
        f"即使此后的联系全部及时应答，本时段服务水平最多只能达到 {observed}；范围 {ends}",
    )


def _head_lost(record: BreachRecord, context: IntervalContext) -> Pair:
    observed, ends = percents(record.observed, record.limit)[0], _range(context)
    return f"service level {observed} at best (range {ends})", f"服务水平最多 {observed}（范围 {ends}）"


def _tell_risk(record: BreachRecord, context: IntervalContext) -> Pair:
    chance, ends = percent(context.told.get("p_below")), _range(context)
    observed = percents(record.observed, record.limit)[0]
    if record.state == "resolved":
        return f"service level is projected at {observed}, range {ends}", f"预计服务水平 {observed}，范围 {ends}"
    return (
        f"service level will end below its range with a probability of {chance}: projected {observed}, range {ends}",
        f"服务水平低于范围的概率为 {chance}：预计 {observed}，范围 {ends}",
    )


def _head_risk(record: BreachRecord, context: IntervalContext) -> Pair:
    if record.state == "resolved":
        return "service level no longer at risk", "服务水平不再有风险"
    observed, ends = percents(record.observed, record.limit)[0], _range(context)
    english = f"service level at risk, projected {observed} (range {ends})"
    return english, f"服务水平有风险，预计 {observed}（范围 {ends}）"


def _in_queue(result: IntervalResult) -> int:
    """Contacts that have neither been answered nor left."""
    return (result.offered or 0) - (result.answered or 0) - (result.abandoned or 0) - (result.overflowed or 0)


def _abandon(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    rate = context.result.abandon_rate
    if rate is None or not context.result.offered:
        return None
    return beyond(context, (rate, amount(rule, "limit"), None), 1, LOST, amount(rule, "min_volume"))


def _tell_abandon(record: BreachRecord, context: IntervalContext) -> Pair:
    (observed, limit), counts = percents(record.observed, record.limit), _abandon_counts(context)
    lost, lost_zh = (
        ("", "")
        if counts is None
        else (f" ({counts[0]} of {counts[1]} gave up)", f"（{counts[1]} 个中 {counts[0]} 个放弃）")
    )
    return f"abandon rate {observed}{lost}, limit {limit}", f"放弃率 {observed}{lost_zh}，限值 {limit}"


def _head_abandon(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percents(record.observed, record.limit)
    return f"abandon rate {observed} (limit {limit})", f"放弃率 {observed}（限值 {limit}）"


def _abandon_counts(context: IntervalContext) -> tuple[int, int] | None:
    """Those who gave up, and all of whom that is known; under S5 without the short ones."""
    result = context.result
    short = result.short_abandoned if context.settings.service_level.definition == "S5" else 0
    if result.abandoned is None or result.answered is None or short is None:
        return None
    return result.abandoned - short, result.answered + result.abandoned - short


def _occupancy(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    busy, limits = context.result.occupancy, rule.parameters["range"]
    if busy is None or not isinstance(limits, tuple) or not enough(context, rule):
        return None
    low, high = limits
    limit = low if busy < (low + high) / 2 else high
    return Observation(busy < low - EPSILON or busy > high + EPSILON, busy, limit, "ratio")


def _tell_occupancy(record: BreachRecord, context: IntervalContext) -> Pair:
    observed, ends = percents(record.observed, record.limit)[0], _right_occupancy(context)
    return f"occupancy {observed}, range {ends}", f"占用率 {observed}，范围 {ends}"


def _head_occupancy(record: BreachRecord, context: IntervalContext) -> Pair:
    observed, ends = percents(record.observed, record.limit)[0], _right_occupancy(context)
    return f"occupancy {observed} (range {ends})", f"占用率 {observed}（范围 {ends}）"


def _right_occupancy(context: IntervalContext) -> str:
    limits = context.settings.rules["occupancy_outside_range"].parameters["range"]
    return f"{trim(100 * limits[0], 3)}-{trim(100 * limits[1], 3)} %" if isinstance(limits, tuple) else "?"


LOGIC: Final = (
    RuleLogic("service_level_below_range", _tell_level, _head_level, interval=_below_range, counts=_level_counts),
    RuleLogic("service_level_above_range", _tell_level, _head_level, interval=_above_range, counts=_level_counts),
    RuleLogic("service_level_day", _tell_day, _head_day, day=_day),
    RuleLogic("service_level_unusual", _tell_unusual, _head_unusual, interval=_unusual, counts=_level_counts),
    RuleLogic("service_level_lost", _tell_lost, _head_lost, open_interval=_lost),
    RuleLogic("service_level_at_risk", _tell_risk, _head_risk),
    RuleLogic("abandon_rate_above_limit", _tell_abandon, _head_abandon, interval=_abandon, counts=_abandon_counts),
    RuleLogic("occupancy_outside_range", _tell_occupancy, _head_occupancy, interval=_occupancy),
)
