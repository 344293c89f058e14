# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules on the plan itself (item 2.5)."""

from typing import Final

from agents.rules.observations import (
    EPSILON,
    DayFigures,
    IntervalContext,
    Observation,
    OpenInterval,
    RuleLogic,
    amount,
    enough,
    optional,
)
from agents.rules.words.numbers import Pair, number, percents
from config.rules import RuleSettings
from streams.results import BreachRecord

__all__ = ["LOGIC"]


def _plan_missing(context: IntervalContext, rule: RuleSettings) -> Observation | None:
    if not context.facts.has_plan or not enough(context, rule):
        return None
    unplanned = "no_plan" in context.result.plan
    return Observation(unplanned, context.result.offered, amount(rule, "min_volume"), "contacts")


def _plan_missing_now(opened: OpenInterval, rule: RuleSettings) -> tuple[Observation | None, str]:
    return _plan_missing(opened.context, rule), rule.severity


def _tell_plan_missing(record: BreachRecord, context: IntervalContext) -> Pair:
    offered = number(context.result.offered)
    if _is_planned(record, context):
        return "the interval has a plan", "该时段有计划"
    return f"{offered} contacts came, and the interval has no plan", f"该时段有 {offered} 个联系但没有计划"


def _head_plan_missing(record: BreachRecord, context: IntervalContext) -> Pair:
    if _is_planned(record, context):
        return "plan there again", "已有计划"
    return "no plan", "没有计划"


def _is_planned(record: BreachRecord, context: IntervalContext) -> bool:
    return record.state == "resolved" or "no_plan" not in context.result.plan


def _forecast(day: DayFigures, _context: IntervalContext, rule: RuleSettings) -> tuple[Observation, str] | None:
    """The observation on the day's volume forecast; a day of little volume does not count."""
    if not day.forecast or day.forecast < amount(rule, "min_forecast"):
        return None
    error, limit, critical = day.error / day.forecast, amount(rule, "wape"), optional(rule, "critical")
    severity = "critical" if critical is not None and error > critical + EPSILON else rule.severity
    return Observation(error > limit + EPSILON, error, limit, "ratio", 0.0), severity


def _tell_forecast(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percents(record.observed, record.limit)
    return (
        f"the day's volume was off its forecast by {observed}, interval by interval (WAPE), limit {limit}",
        f"当日话务量逐时段偏离预测共计 {observed}（WAPE），限值 {limit}",
    )


def _head_forecast(record: BreachRecord, _context: IntervalContext) -> Pair:
    observed, limit = percents(record.observed, record.limit)
    return (
        f"the day's volume off its forecast by {observed} (limit {limit})",
        f"当日话务量偏离预测 {observed}（限值 {limit}）",
    )


LOGIC: Final = (
    RuleLogic(
        "plan_missing",
        _tell_plan_missing,
        _head_plan_missing,
        interval=_plan_missing,
        open_interval=_plan_missing_now,
    ),
    RuleLogic("forecast_accuracy", _tell_forecast, _head_forecast, day=_forecast),
)
