"""The dashboard of breaches: open ones with their causes, their course, and how often each rule opens one."""

from typing import Any

from grafana_foundation_sdk.builders import dashboard as build

from agents.live.metrics import families
from agents.live.metrics.family import Family
from dashboards.grafana.panels import Column, bars, lines, number, states, steps, table_of
from dashboards.grafana.queries import (
    QUEUE,
    QUEUE_LINK,
    SCREENS,
    frame,
    item_variable,
    live_variables,
    now,
    over_time,
    rows,
)
from dashboards.promql import held_once

__all__ = ["breaches"]

_CHOSEN = f'{QUEUE[:-1]},item=~"$item"}}'
_EACH = "max by (program, queue, item, rule, severity, scope)"


def breaches() -> build.Dashboard:
    """Breaches by item, rule and queue."""
    dashboard = frame(SCREENS["breaches"], since="now-24h")
    for variable in (*live_variables(), item_variable()):
        dashboard.with_variable(variable)
    active = held_once(families.BREACH_ACTIVE, _CHOSEN)
    opened = f'{families.BREACHES_OPENED}{{item=~"$item"}}'
    is_open = f"{_EACH} ({active}) == 1"

    def beside(metric: Family[Any]) -> str:
        return f"{_EACH} ({metric}{_CHOSEN})"

    return rows(
        dashboard,
        {
            "Open": [
                number(
                    "Open breaches",
                    "Open breaches of every severity.",
                    now(f"sum({active}) or vector(0)"),
                    steps((None, "green"), (1, "red")),
                    width=6,
                ),
                bars(
                    "Open by item",
                    "Items of the standard with a breach open now.",
                    [now(f"sum by (item) ({active})", "{{item}}")],
                    width=18,
                ),
                table_of(
                    "What is open",
                    "Figure and limit of each open breach, and the effect of each cause on the service level.",
                    [
                        now(is_open, as_table=True),
                        now(beside(families.BREACH_OBSERVED), as_table=True),
                        now(beside(families.BREACH_LIMIT), as_table=True),
                        *(
                            now(f'{_EACH} ({families.BREACH_EFFECT}{_CHOSEN[:-1]},cause="{cause}"}})', as_table=True)
                            for cause in ("volume", "aht", "staffing", "unexplained")
                        ),
                    ],
                    {
                        "severity": Column("Severity", width=90),
                        "item": Column("Item", width=70),
                        "rule": Column("Rule"),
                        "program": Column("Program"),
                        "queue": Column("Queue", link=QUEUE_LINK),
                        "scope": Column("Scope"),
                        "Value #B": Column("Observed", "short", 3),
                        "Value #C": Column("Limit", "short", 3),
                        "Value #D": Column("Volume", "percentunit", 0),
                        "Value #E": Column("AHT", "percentunit", 0),
                        "Value #F": Column("Staffing", "percentunit", 0),
                        "Value #G": Column("Unexplained", "percentunit", 0),
                    },
                    sort=("Severity", False),
                ),
            ],
            "When": [
                states(
                    "Breaches",
                    "Each breach from opening to end; a gap is a worker that was away.",
                    [over_time(f"{_EACH} ({active})", "{{queue}} {{rule}} {{scope}} ({{severity}})")],
                    {"0": ("over", "green"), "1": ("open", "red")},
                ),
                lines(
                    "Opened",
                    "Breaches and live notices that opened in each hour, by rule.",
                    [over_time(f"sum by (rule) (increase({opened}[1h]))", "{{rule}}")],
                    width=24,
                ),
            ],
        },
    )
