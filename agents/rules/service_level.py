# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules on service level, abandonment and occupancy (item 2.G.A)."""

from typing import Final

import msgspec

from agents.rules.observations import (
    EPSILON,
    IntervalContext,
    Observation,
    OpenInterval,
    RuleLogic,
    amount,
    beyond,
    enough,
    level_counts,
    optional,
)
from agents.rules.words.numbers import Pair, percent, set_percent
from config.rules import RuleSettings
from streams.results import BreachRecord, IntervalResult

__all__ = ["LOGIC"]


def _below_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = context.result.service_level, context.settings.service_level
    if level is None or settings.range is None or not enough(context, rule):
        return None
    return beyond(context, level, settings.range[0], settings.target, -1)


def _tell_below_range(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed = percent(record.observed, low=record.limit)
    limit, target = set_percent(record.limit), set_percent(record.expected)
    return (
        f"service level {observed}, range from {limit} (target {target})",
        f"服务水平 {observed}，范围下限 {limit}（目标 {target}）",
    )


def _above_range(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, settings = context.result.service_level, context.settings.service_level
    if level is None or settings.range is None or not enough(context, rule):
        return None
    return beyond(context, level, settings.range[1], settings.target, 1)


def _tell_above_range(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed = percent(record.observed, high=record.limit)
    limit, target = set_percent(record.limit), set_percent(record.expected)
    return (
        f"service level {observed}, range up to {limit} (target {target})",
        f"服务水平 {observed}，范围上限 {limit}（目标 {target}）",
    )


def _unusual(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    level, reading = context.result.service_level, context.reading
    if level is None or reading.signal == "no_baseline" or not enough(context, rule):
        return None
    return Observation(reading.signal == "low", level, reading.lower, "ratio", reading.centre)


def _tell_unusual(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit, mean = percent(record.observed, low=record.limit), percent(record.limit), percent(record.expected)
    return (
        f"service level {observed}, usual in this slot from {limit} (mean {mean})",
        f"服务水平 {observed}，该时段通常不低于 {limit}（均值 {mean}）",
    )


def _lost(opened: OpenInterval, rule: RuleSettings) -> tuple[Observation | None, str]:
    """The observation of an open interval that ends below its range even if all further contacts are served in time."""
    context = opened.context
    settings, result = context.settings, context.result
    below = settings.rules["service_level_below_range"]
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
    running = opened.accumulated("service_level_below_range")
    by_sum = below.on and running + short >= amount(below, "accumulate") - EPSILON
    alone = optional(rule, "alone")
    raised = by_sum or (alone is not None and short >= alone - EPSILON)
    severity = "warning" if raised and rule.severity == "info" else rule.severity
    outside = limits[0] - best > EPSILON
    return Observation(outside, best, limits[0], "ratio", settings.service_level.target), severity


def _tell_lost(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percent(record.observed, low=record.limit), set_percent(record.limit)
    return (
        f"service level can end at {observed} at best, range from {limit}",
        f"本时段服务水平最多只能达到 {observed}，范围下限 {limit}",
    )


def _in_queue(result: IntervalResult) -> int:
    """Contacts that have neither been answered nor left."""
    return (result.offered or 0) - (result.answered or 0) - (result.abandoned or 0) - (result.overflowed or 0)


def _abandon(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    rate = context.result.abandon_rate
    if rate is None or not enough(context, rule):
        return None
    return beyond(context, rate, amount(rule, "limit"), None, 1)


def _tell_abandon(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percent(record.observed, high=record.limit), set_percent(record.limit)
    return f"abandon rate {observed}, limit {limit}", f"放弃率 {observed}，限值 {limit}"


def _occupancy(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    busy, limits = context.result.occupancy, rule.parameters["range"]
    if busy is None or not isinstance(limits, tuple) or not enough(context, rule):
        return None
    low, high = limits
    limit = low if busy < (low + high) / 2 else high
    return Observation(busy < low - EPSILON or busy > high + EPSILON, busy, limit, "ratio")


def _tell_occupancy(record: BreachRecord, context: IntervalContext) -> Pair:
    limits = context.settings.rules["occupancy_outside_range"].parameters["range"]
    low, high = limits if isinstance(limits, tuple) else (None, None)
    observed, limit = percent(record.observed, low=low, high=high), set_percent(record.limit)
    return f"occupancy {observed}, limit {limit}", f"占用率 {observed}，限值 {limit}"


LOGIC: Final = (
    RuleLogic("service_level_below_range", _tell_below_range, interval=_below_range),
    RuleLogic("service_level_above_range", _tell_above_range, interval=_above_range),
    RuleLogic("service_level_unusual", _tell_unusual, interval=_unusual),
    RuleLogic("service_level_lost", _tell_lost, open_interval=_lost),
    RuleLogic("abandon_rate_above_limit", _tell_abandon, interval=_abandon),
    RuleLogic("occupancy_outside_range", _tell_occupancy, interval=_occupancy),
)
