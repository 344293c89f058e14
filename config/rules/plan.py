"""Rules on the plan itself: whether there is one, and how well a day was forecast (item 2.5)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import CLEAR_AFTER, Parameter, amount, count, critical

__all__ = ["DEFINITIONS"]

# A default that is not that of docs/reference/rules.md (false warnings per queue and day in the worst cell of
# bench/bench_rules.py, against the 0.10 a rule may have): forecast_accuracy 0.15 from 500: 0.25, now 0.01.
DEFINITIONS: Final = (
    RuleDefinition(
        name="plan_missing",
        item="2.5",
        noun="missing plan",
        noun_zh="缺少计划",
        kind=Kind.RUNNING,
        unit="count",
        parameters={
            "min_volume": count(1, "contacts offered in an interval without a plan that open it", "contacts"),
            "clear_after": CLEAR_AFTER,
        },
    ),
    RuleDefinition(
        name="forecast_accuracy",
        item="2.5",
        noun="the day's volume off its forecast",
        noun_zh="当日话务量偏离预测",
        kind=Kind.DAY,
        unit="ratio",
        parameters={
            "wape": amount(0.18, "a day's weighted absolute percentage error of volume that opens it", "ratio"),
            "critical": critical(0.30, "error", "ratio"),
            "min_forecast": Parameter(1000.0, "contacts forecast for the day, at least", 0, 1e9, "contacts"),
        },
        ordered=(("wape", "critical"),),
    ),
)
