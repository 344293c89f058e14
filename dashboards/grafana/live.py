"""The two live dashboards: all queues now, worst first, and one queue through its day."""

from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model

from agents.live.metrics import families
from agents.live.metrics.family import Family
from agents.projection.outcome import HORIZONS
from dashboards.alerting.recording_rules import (
    RECORD_QUEUE_ABANDON,
    RECORD_QUEUE_NET_STAFFING,
    RECORD_QUEUE_SERVICE_LEVEL,
)
from dashboards.grafana.groups import group_panels
from dashboards.grafana.panels import Column, bars, lines, number, steps, table_of
from dashboards.grafana.queries import (
    ANNOTATION_TAG,
    LIVE,
    QUEUE,
    QUEUE_LINK,
    SCREENS,
    frame,
    group_variables,
    live_variables,
    now,
    over_time,
    rows,
)
from dashboards.promql import held_once

__all__ = ["overview", "queue"]

GREEN, AMBER, RED, BLUE, GREY = "green", "orange", "red", "blue", "text"
_BY_QUEUE: Final = "max by (program, queue)"
_HORIZONS: Final = ("next interval", "next 2 h", "rest of day")
_CLOCK: Final = "time:HH:mm"
"""Grafana's unit of an instant, of which it shows the time of day."""


def overview() -> build.Dashboard:
    """The dashboard of all queues now."""
    dashboard = frame(SCREENS["overview"], since="now-6h")
    for variable in [*live_variables(), *group_variables()]:
        dashboard.with_variable(variable)
    level = _final(RECORD_QUEUE_SERVICE_LEVEL)
    table = table_of(
        "Queues",
        "Each group of figures is of the interval whose begin stands before it, in your browser's time: first the last "
        "final one, then the open one so far. The last three are projected. The greatest shortfall under the range "
        "comes first.",
        [
            now(f"{_BY_QUEUE} ({_at(families.RANGE_LOW)} - ignoring (state) group_right {level})", as_table=True),
            now(f"{_BY_QUEUE} ({level})", as_table=True),
            now(f"{_BY_QUEUE} ({_open(RECORD_QUEUE_SERVICE_LEVEL)})", as_table=True),
            now(f"{_BY_QUEUE} ({_at(families.RANGE_LOW)})", as_table=True),
            now(f"{_BY_QUEUE} ({_at(families.RANGE_HIGH)})", as_table=True),
            now(f"{_BY_QUEUE} ({_final(RECORD_QUEUE_NET_STAFFING)})", as_table=True),
            now(f"{_BY_QUEUE} ({_against_plan('offered', 'forecast_offered')})", as_table=True),
            now(f"{_BY_QUEUE} ({_aht('final')} / {_gauge('forecast_aht_seconds', 'final')} - 1)", as_table=True),
            now(f"{_BY_QUEUE} ({_final(RECORD_QUEUE_ABANDON)})", as_table=True),
            now(f"sum by (program, queue) ({held_once(families.BREACH_ACTIVE, QUEUE)} == 1)", as_table=True),
            now(f"{_BY_QUEUE} ({_gauge('interval_start', 'final')}) * 1000", as_table=True),
            now(f"{_BY_QUEUE} ({_gauge('interval_start', 'open')}) * 1000", as_table=True),
            now(f"{_BY_QUEUE} ({_open(RECORD_QUEUE_NET_STAFFING)})", as_table=True),
            now(f"{_BY_QUEUE} ({_sigma_of_day()})", as_table=True),
            now(f"{_BY_QUEUE} ({_ahead(families.PROJECTED_LEVEL, 'day')})", as_table=True),
            now(f"{_BY_QUEUE} ({_at(families.ON_TARGET)})", as_table=True),
            now(f"{_BY_QUEUE} ({_ahead(families.PROJECTED_NET, 'hour_2')})", as_table=True),
        ],
        {
            "program": Column("Program", width=110),
            "queue": Column("Queue", link=QUEUE_LINK, width=150),
            "Value #J": Column("Open breaches", "short", 0, ((None, GREEN), (1, RED))),
            "Value #K": Column("Final from", _CLOCK, width=90),
            "Value #B": Column("Service level", "percentunit", 1),
            "Value #A": Column("Below range by", "percentunit", 1, ((None, GREEN), (0.0001, AMBER), (0.1, RED))),
            "Value #D": Column("Range from", "percentunit", 0),
            "Value #E": Column("Range to", "percentunit", 0),
            "Value #F": Column("Net staffing", "short", 1, ((None, RED), (-3, AMBER), (-1, GREEN))),
            "Value #G": Column("Volume against plan", "percentunit", 0),
            "Value #H": Column("AHT against plan", "percentunit", 0),
            "Value #I": Column("Abandoned", "percentunit", 1),
            "Value #L": Column("Open from", _CLOCK, width=90),
            "Value #C": Column("Service level so far", "percentunit", 1),
            "Value #M": Column("Net staffing so far", "short", 1, ((None, RED), (-3, AMBER), (-1, GREEN))),
            "Value #N": Column("Process sigma, day", "short", 2),
            "Value #O": Column("Service level at close", "percentunit", 1),
            "Value #P": Column("Day on target", "percentunit", 0, ((None, RED), (0.2, AMBER), (0.5, GREEN))),
            "Value #Q": Column("Least net staffing, next 2 h", "short", 1, ((None, RED), (-3, AMBER), (-1, GREEN))),
        },
        sort=("Below range by", True),
    )
    active = held_once(families.BREACH_ACTIVE, QUEUE)
    return rows(
        dashboard,
        {
            "Now": [
                number(
                    "Critical breaches",
                    "Open breaches of severity critical.",
                    now(f"sum({held_once(_severity('critical'))}) or vector(0)"),
                    steps((None, GREEN), (1, RED)),
                ),
                number(
                    "Warnings",
                    "Open breaches of severity warning.",
                    now(f"sum({held_once(_severity('warning'))}) or vector(0)"),
                    steps((None, GREEN), (1, AMBER)),
                ),
                number(
                    "Queues in breach",
                    "Queues with an open breach of any severity.",
                    now(f"count(count by (program, queue) ({active} == 1)) or vector(0)"),
                    steps((None, GREEN), (1, AMBER)),
                ),
                number(
                    "Queues shown",
                    "Queues that the workers hold and have seen.",
                    now(f"count(count by (program, queue) ({families.WATERMARK}{QUEUE}))"),
                    steps((None, BLUE)),
                ),
                number(
                    "Never seen",
                    "Configured queues without call data an hour into their open time.",
                    now(f"sum({held_once(families.NEVER_SEEN, QUEUE)}) or vector(0)"),
                    steps((None, GREEN), (1, RED)),
                ),
                number(
                    "Agents short",
                    "Sum of net staffing over the queues that are short, last final interval.",
                    now(f"-sum({_final(RECORD_QUEUE_NET_STAFFING)} < 0) or vector(0)"),
                    steps((None, GREEN), (1, AMBER), (10, RED)),
                ),
                table,
            ],
            "Programs, sites and pools": group_panels(),
            "Since when": [
                lines(
                    "Service level",
                    "Last final interval of each queue: contacts served in time over contacts, in its own definition.",
                    [over_time(level, "{{queue}}")],
                    unit="percentunit",
                    high=1,
                ),
                lines(
                    "Net staffing",
                    "Staffed less required agents of the last final interval; below 0 a queue is short.",
                    [over_time(_final(RECORD_QUEUE_NET_STAFFING), "{{queue}}")],
                    low=None,
                ),
                lines(
                    "Process sigma",
                    "Of contacts served in time today, with the shift of 1.5; a target of 80 % is itself 2.34.",
                    [over_time(held_once(families.SIGMA, f'{QUEUE[:-1]},window="day"}}'), "{{queue}}")],
                    low=None,
                ),
            ],
        },
    )


def queue() -> build.Dashboard:
    """The dashboard of one queue through its day."""
    dashboard = frame(SCREENS["queue"], since="now-24h")
    for variable in live_variables(one_queue=True):
        dashboard.with_variable(variable)
    dashboard.annotation(
        build.AnnotationQuery()
        .name("Breaches")
        .datasource(LIVE)
        .enable(enable=True)
        .icon_color("red")
        .expr(f"{held_once(families.BREACH_ACTIVE, QUEUE)} == 1")
    )
    dashboard.annotation(
        build.AnnotationQuery()
        .name("Breach regions")
        .datasource(model.DataSourceRef(type_val="grafana", uid="-- Grafana --"))
        .enable(enable=True)
        .icon_color("purple")
        .target(
            build.AnnotationTarget()
            .type("tags")
            .limit(100)
            .match_any(match_any=False)
            .tags([ANNOTATION_TAG, "queue:$queue"])
        )
    )
    final = RECORD_QUEUE_SERVICE_LEVEL
    return rows(
        dashboard,
        {
            "Service": [
                lines(
                    "Service level",
                    "Last final interval, and the open one so far, against target and range.",
                    [
                        over_time(_final(final), "final"),
                        over_time(_open(final), "open, so far"),
                        over_time(_at(families.TARGET), "target"),
                        over_time(_at(families.RANGE_LOW), "range from"),
                        over_time(_at(families.RANGE_HIGH), "range to"),
                    ],
                    unit="percentunit",
                    high=1,
                    dashed=("target", "range from", "range to"),
                ),
                lines(
                    "Why: effect on the service level",
                    "Each cause's effect while a breach of the service level is open, from plan to actual.",
                    [over_time(held_once(families.BREACH_EFFECT, QUEUE), "{{cause}}")],
                    unit="percentunit",
                    low=None,
                ),
                lines(
                    "Abandoned",
                    "Last final interval: abandoned over answered and abandoned, in the queue's own definition.",
                    [over_time(_final(RECORD_QUEUE_ABANDON), "final")],
                    unit="percentunit",
                ),
                bars(
                    "Process sigma",
                    "Sigma of contacts served in time, with the shift of 1.5; a target of 80 % is itself 2.34.",
                    [now(held_once(families.SIGMA, QUEUE), "{{window}}")],
                ),
                bars(
                    "Late contacts per million",
                    "Contacts not served in time per million (DPMO): the yield behind the process sigma.",
                    [now(held_once(families.DPMO, QUEUE), "{{window}}")],
                ),
            ],
            "Plan": [
                lines(
                    "Contacts",
                    "Offered in the interval, against the plan's forecast.",
                    [
                        over_time(_gauge("offered", "final"), "offered"),
                        over_time(_gauge("offered", "open"), "offered so far"),
                        over_time(_gauge("forecast_offered", "final"), "forecast"),
                    ],
                    dashed=("forecast",),
                ),
                lines(
                    "Agents",
                    "Last final interval: staffed, scheduled, and required at the actual volume and handle time.",
                    [
                        over_time(_gauge("staffed_agents", "final"), "staffed"),
                        over_time(_gauge("scheduled_agents", "final"), "scheduled"),
                        over_time(_gauge("required_agents", "final"), "required"),
                    ],
                    dashed=("scheduled",),
                ),
                lines(
                    "AHT",
                    "Last final interval: handle time over contacts handled, against the plan.",
                    [
                        over_time(_aht("final"), "AHT"),
                        over_time(_gauge("forecast_aht_seconds", "final"), "forecast"),
                    ],
                    unit="s",
                    dashed=("forecast",),
                ),
                lines(
                    "ASA",
                    "Last final interval: wait of the answered over the answered.",
                    [over_time(f"{_gauge('wait_seconds', 'final')} / ({_gauge('answered', 'final')} > 0)", "ASA")],
                    unit="s",
                ),
            ],
            "Rest of the day": [
                lines(
                    "Projected service level",
                    "Projected at each moment: of the next interval, the next two hours, and the day at its close.",
                    [*_horizons(families.PROJECTED_LEVEL), over_time(_at(families.TARGET), "target")],
                    unit="percentunit",
                    high=1,
                    dashed=("target",),
                ),
                lines(
                    "Chance of the day on target",
                    "Probability that the day ends at or above its target, as projected at each moment.",
                    [over_time(_at(families.ON_TARGET), "day on target")],
                    unit="percentunit",
                    high=1,
                ),
                lines(
                    "Projected net staffing",
                    "Expected less required agents, the lowest of the intervals ahead; below 0 so many are lacking.",
                    _horizons(families.PROJECTED_NET),
                    low=None,
                ),
                lines(
                    "Contacts to come",
                    "The updated forecast, which learns from the day so far.",
                    _horizons(families.REFORECAST),
                ),
            ],
        },
    )


def _at(metric: Family[Any]) -> str:
    return held_once(metric, QUEUE)


def _ahead(metric: Family[Any], horizon: str) -> str:
    return held_once(f'{metric}{QUEUE[:-1]},horizon="{horizon}"}}')


def _horizons(metric: Family[Any]) -> list[Builder[Dataquery]]:
    return [over_time(_ahead(metric, horizon), name) for horizon, name in zip(HORIZONS, _HORIZONS, strict=True)]


def _gauge(column: str, state: str) -> str:
    return held_once(f'{families.INTERVAL_METRICS[column]}{QUEUE[:-1]},state="{state}"}}')


def _final(record: str) -> str:
    return f'{record}{QUEUE[:-1]},state="final"}}'


def _open(record: str) -> str:
    return f'{record}{QUEUE[:-1]},state="open"}}'


def _sigma_of_day() -> str:
    return held_once(f'{families.SIGMA}{QUEUE[:-1]},window="day"}}')


def _severity(severity: str) -> str:
    return f'{families.BREACH_ACTIVE}{QUEUE[:-1]},severity="{severity}"}}'


def _aht(state: str) -> str:
    return f"{_gauge('handle_seconds', state)} / ({_gauge('handled', state)} > 0)"


def _against_plan(came: str, expected: str) -> str:
    return f"{_gauge(came, 'final')} / ({_gauge(expected, 'final')} > 0) - 1"
