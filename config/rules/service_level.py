"""Rules on what callers feel and on the load of agents: service level, abandonment, occupancy (item 2.G.A)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import RUN, SAME_SUM, SUM, Parameter, amount, count, critical, critical_count, ratio

__all__ = ["DEFINITIONS"]

# The sums forget slowly and weigh what an interval can tell (`copc.cusum`), so that their limits are no distances by
# themselves: bench/bench_alarm.py shows what each finds, and what it costs on healthy days. The default of
# service_level_unusual is not the one first thought of: 2 of 3 warned 0.28 times per queue and day in the worst cell of
# bench/bench_rules.py against the 0.10 a rule may have, 3 of 4 warn 0.09 times. service_level_lost `alone` is this
# product's own: a half hour at 9 % would otherwise be told only when it is final.
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
                0.70, "sum of weighted shortfalls under the range's low end that opens it", "half hours"
            ),
            "critical": critical(2.00, SAME_SUM, "half hours"),
            **SUM,
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
                0.60, "sum of weighted excesses over the range's high end that opens it", "half hours"
            ),
            "critical": critical(None, SAME_SUM, "half hours"),
            **SUM,
        },
        ordered=(("accumulate", "critical"),),
        rests_on_call_data=True,
        explains_service_level=True,
        side="too_many",
        is_felt=True,
        causes_raise=True,
    ),
    RuleDefinition(
        name="service_level_day",
        item="4.3",
        noun="the day's service level below its range",
        noun_zh="当日服务水平低于范围",
        kind=Kind.DAY,
        unit="ratio",
        parameters={
            "critical": Parameter(
                0.15,
                "distance under the range's low end at which it is critical; null: never",
                0,
                1,
                "ratio",
                nullable=True,
                above=True,
            ),
            "errors": Parameter(
                2.0,
                "standard errors under the target within which it may be chance, and is info; 0: each day is told",
                0,
                100,
                "standard errors",
            ),
            "min_volume": count(20, "half of the contacts that a day must have to be judged", "contacts"),
            "chance": ratio(0.05, "probability to end at or above the low end under which it is told live, as info"),
        },
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
                0.66,
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
        name="service_level_at_risk",
        item="2.G.A",
        noun="service level at risk",
        noun_zh="服务水平有风险",
        kind=Kind.AHEAD,
        unit="ratio",
        parameters={
            "opens": ratio(0.80, "probability of an interval within two hours to end below the range that opens it"),
            "warning": ratio(0.90, "the same, that makes it a warning"),
            "ends": ratio(0.50, "it ends when no interval within two hours has so much"),
        },
        ordered=(("ends", "opens"), ("opens", "warning")),
        severity="info",
        rests_on_call_data=True,
        explains_service_level=True,
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
            "accumulate": amount(0.25, "sum of weighted excesses over the limit that opens it", "half hours"),
            "critical": critical(0.70, SAME_SUM, "half hours"),
            **SUM,
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
