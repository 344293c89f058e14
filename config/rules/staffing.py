"""Rules on the work that came and the agents who were there for it: volume, AHT, staffing (item 2.5)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import CLEAR_AFTER, RUN, Parameter, amount, count, critical, ratio

__all__ = ["DEFINITIONS"]

_DEVIATIONS: Final = "standard deviations"


def _together(default: float) -> Parameter:
    what = "rise over the forecast of two running intervals together, in standard deviations, that opens it, too"
    return Parameter(
        default, f"{what}; null: each interval by itself only", 0, 1000, _DEVIATIONS, nullable=True, above=True
    )


# Where a default is not the one first thought of, that one warned too often on healthy days (false warnings per queue
# and day in the worst cell of bench/bench_rules.py, against the 0.10 a rule may have): volume z 3: 0.20, now 0.06;
# aht z 3: 0.15, now 0.08; net_staffing 3 running: 0.95, now 0.10, critical at 25 % in 2: 0.20, now 0.01. `z_two` is
# this product's own: z alone at its rate of false warnings finds a volume of +50 % at 100 contacts (dispersion 1.5) in
# two intervals on 87 of 100 days, both together on 97 (docs/detection.md).
DEFINITIONS: Final = (
    RuleDefinition(
        name="volume_variance",
        item="2.5",
        noun="volume off its forecast",
        noun_zh="话务量偏离预测",
        kind=Kind.DEVIATION,
        unit="change",
        parameters={
            "z": amount(
                3.5, "volume-adjusted deviation from the forecast, in standard deviations, that opens it", _DEVIATIONS
            ),
            "z_two": _together(3.2),
            "tolerance": ratio(0.10, "and the share of the forecast it must exceed"),
            "critical": critical(6.0, "deviation", _DEVIATIONS),
            "clear_after": CLEAR_AFTER,
            "min_volume": count(
                20, "contacts offered or forecast, whichever are more, below which it does not count", "contacts"
            ),
        },
        ordered=(("z", "critical"),),
        rests_on_call_data=True,
        side="by_limit",
    ),
    RuleDefinition(
        name="aht_variance",
        item="2.5",
        noun="AHT off its forecast",
        noun_zh="平均处理时长偏离预测",
        kind=Kind.DEVIATION,
        unit="change",
        parameters={
            "z": amount(3.8, "deviation of AHT from the forecast, in standard deviations, that opens it", _DEVIATIONS),
            "z_two": _together(3.0),
            "tolerance": ratio(0.10, "and the share of the forecast AHT it must exceed"),
            "critical": critical(6.0, "deviation", _DEVIATIONS),
            "min_handled": count(20, "contacts handled below which AHT is not judged", "contacts"),
            **RUN,
        },
        ordered=(("z", "critical"),),
        rests_on_call_data=True,
        side="by_limit",
    ),
    RuleDefinition(
        name="net_staffing",
        item="2.5",
        noun="understaffing",
        noun_zh="人员不足",
        kind=Kind.RUNNING,
        unit="agents",
        parameters={
            "agents": amount(1.0, "agents short of the requirement, at least, …", "agents"),
            "share": ratio(0.10, "… or this share of the requirement, whichever is more"),
            "running": count(5, "intervals running that open it", "intervals", high=1000),
            "critical_agents": amount(4.0, "agents short, at least, for critical, …", "agents"),
            "critical_share": ratio(0.40, "… or this share of the requirement, whichever is more"),
            "critical_running": count(4, "last intervals that must be so short for critical", "intervals", high=1000),
            **RUN,
        },
        ordered=(("agents", "critical_agents"), ("share", "critical_share")),
        rests_on_call_data=True,
        side="too_few",
    ),
    RuleDefinition(
        name="schedule_gap",
        item="2.5",
        noun="staffing short of schedule",
        noun_zh="在岗人数少于排班",
        kind=Kind.RUNNING,
        unit="agents",
        parameters={
            "agents": amount(1.0, "agents short of the schedule, at least, …", "agents"),
            "share": ratio(0.05, "… or this share of the schedule, whichever is more"),
            "running": count(2, "intervals running that open it", "intervals", high=1000),
            "critical_agents": amount(3.0, "agents short, at least, for critical, …", "agents"),
            "critical_share": ratio(0.20, "… or this share of the schedule, whichever is more"),
            "critical_running": count(1, "last intervals that must be so short for critical", "intervals", high=1000),
            **RUN,
        },
        ordered=(("agents", "critical_agents"), ("share", "critical_share")),
        rests_on_call_data=True,
        side="too_few",
    ),
)
