"""Rules on what callers feel and on the load of agents: service level, abandonment, occupancy (item 2.G.A)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import RUN, SAME_SUM, Parameter, amount, count, critical, critical_count, ratio

__all__ = ["DEFINITIONS"]

# Where a default is not the one first thought of, that one warned too often on healthy days: false warnings per queue
# and day in the worst cell of bench/bench_rules.py (AHT 180-600 s, 15 and 30 minutes, dispersion 1 and 1.5), against
# the 0.10 a rule may have. service_level_below_range 0.60: 0.32, now 0.05; above_range 0.50: 0.18, now 0.04;
# unusual 2 of 3: 0.28, now 0.09; abandon_rate 0.30: 0.30, now 0.03. service_level_lost `alone` is this product's own:
# with sums of 1.00 a half hour at 15 % would otherwise be told only when it is final.
DEFINITIONS: Final = (
    RuleDefinition(
        name="service_level_below_range",
        item="2.G.A",
        noun="service level below its range",
        noun_zh="服务水平低于范围",
        kind=Kind.ACCUMULATE,
        unit="ratio",
        parameters={
            "accumulate": amount(
                1.00, "sum of shortfalls under the range's low end, in half hours, that opens it", "half hours"
            ),
            "critical": critical(2.50, SAME_SUM, "half hours"),
            **RUN,
        },
        ordered=(("accumulate", "critical"),),
        rests_on_call_data=True,
        explains_service_level=True,
        side="too_few",
        is_felt=True,
        back_at=("in_range", "above"),
    ),
    RuleDefinition(
        name="service_level_above_range",
        item="2.G.A",
        noun="service level above its range",
        noun_zh="服务水平高于范围",
        kind=Kind.ACCUMULATE,
        unit="ratio",
        parameters={
            "accumulate": amount(
                0.70, "sum of excesses over the range's high end, in half hours, that opens it", "half hours"
            ),
            "critical": critical(None, SAME_SUM, "half hours"),
            **RUN,
        },
        ordered=(("accumulate", "critical"),),
        rests_on_call_data=True,
        explains_service_level=True,
        side="too_many",
        is_felt=True,
        causes_raise=True,
    ),
    RuleDefinition(
        name="service_level_unusual",
        item="2.G.A",
        noun="service level unusually low",
        noun_zh="服务水平异常偏低",
        kind=Kind.OF_LAST,
        unit="ratio",
        parameters={
            "intervals": count(3, "intervals with a low signal that open it, among the last `of_last`", "intervals"),
            "of_last": count(4, "counting intervals looked at", "intervals", high=100),
            "critical": critical_count(None, "low signals among them", 100),
            "min_points": count(20, "past intervals of the slot that a baseline needs", "intervals", low=3),
            **RUN,
        },
        ordered=(("intervals", "critical"), ("intervals", "of_last"), ("critical", "of_last")),
        rests_on_call_data=True,
        explains_service_level=True,
        side="too_few",
        is_felt=True,
    ),
    RuleDefinition(
        name="service_level_lost",
        item="2.G.A",
        noun="service level of the open interval lost",
        noun_zh="本时段服务水平已无法达到范围",
        kind=Kind.OPEN_INTERVAL,
        unit="ratio",
        parameters={
            "min_volume": count(20, "contacts settled in the open interval before it is judged", "contacts"),
            "alone": Parameter(
                0.58,
                "certain shortfall of the open interval by itself, in half hours, that makes it a warning; null: only "
                "together with what ran before",
                0,
                1000,
                "half hours",
                nullable=True,
                above=True,
            ),
        },
        severity="info",
        rests_on_call_data=True,
        side="too_few",
        silenced_by=("service_level_below_range",),
    ),
    RuleDefinition(
        name="abandon_rate_above_limit",
        item="2.G.A",
        noun="abandon rate above its limit",
        noun_zh="放弃率超过限值",
        kind=Kind.ACCUMULATE,
        unit="ratio",
        parameters={
            "limit": ratio(0.08, "abandon rate above which an interval is over"),
            "accumulate": amount(0.60, "sum of excesses over the limit, in half hours, that opens it", "half hours"),
            "critical": critical(1.20, SAME_SUM, "half hours"),
            **RUN,
        },
        ordered=(("accumulate", "critical"),),
        rests_on_call_data=True,
        side="too_few",
        is_felt=True,
    ),
    RuleDefinition(
        name="occupancy_outside_range",
        item="2.G.A",
        noun="occupancy outside its range",
        noun_zh="占用率超出范围",
        kind=Kind.RUNNING,
        unit="ratio",
        parameters={
            "range": Parameter(
                None,
                "occupancy that is right for this queue; sites differ",
                0,
                1,
                "ratio",
                kind="range",
                nullable=True,
            ),
            "running": count(4, "intervals running outside the range that open it", "intervals", high=1000),
            **RUN,
        },
        on=False,
        on_when_set="range",
        rests_on_call_data=True,
        side="by_limit",
    ),
)
