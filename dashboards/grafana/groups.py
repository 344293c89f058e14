"""The row of the overview on programs, sites and pools, each in the interval that is current for it."""

from typing import Final

from dashboards.alerting.group_rules import (
    RECORD_GROUP_ABANDON,
    RECORD_GROUP_FORECAST,
    RECORD_GROUP_NET_STAFFING,
    RECORD_GROUP_OFFERED,
    RECORD_GROUP_QUEUES,
    RECORD_GROUP_REQUIRED,
    RECORD_GROUP_REQUIRED_IF_ALL,
    RECORD_GROUP_REQUIRED_IF_NONE,
    RECORD_GROUP_SERVICE_LEVEL,
    RECORD_GROUP_SHARED,
    RECORD_GROUP_STAFFED,
    RECORD_GROUP_START,
    RECORD_GROUP_VOLUME,
)
from dashboards.grafana.panels import Column, lines, table_of
from dashboards.grafana.queries import Panel, now, over_time

__all__ = ["group_panels"]

_CHOSEN: Final = '{kind=~"$kind",group=~"$group",state="final"}'
_LEGEND: Final = "{{group}}"


def group_panels() -> list[Panel]:
    """A table of the groups chosen, and their service level, net staffing and volume over time."""
    figures = {
        RECORD_GROUP_START: Column("Final from", "time:HH:mm", width=90),
        RECORD_GROUP_QUEUES: Column("Queues in it", "short", 0),
        RECORD_GROUP_SERVICE_LEVEL: Column("Service level", "percentunit", 1),
        RECORD_GROUP_OFFERED: Column("Offered", "short", 0),
        RECORD_GROUP_FORECAST: Column("Forecast", "short", 0),
        RECORD_GROUP_VOLUME: Column("Volume against plan", "percentunit", 0),
        RECORD_GROUP_STAFFED: Column("Staffed", "short", 1),
        RECORD_GROUP_REQUIRED: Column("Required", "short", 1),
        RECORD_GROUP_REQUIRED_IF_ALL: Column("If all can help", "short", 0),
        RECORD_GROUP_REQUIRED_IF_NONE: Column("If none can", "short", 0),
        RECORD_GROUP_SHARED: Column("Shared", "percentunit", 0),
        RECORD_GROUP_NET_STAFFING: Column("Net staffing", "short", 1, ((None, "red"), (-3, "orange"), (-1, "green"))),
        RECORD_GROUP_ABANDON: Column("Abandoned", "percentunit", 1),
    }
    columns = {"kind": Column("Kind", width=90), "group": Column("Group", width=150)}
    return [
        table_of(
            "Groups",
            "Sums over the queues whose last final interval is the group's latest; queues that are closed or late are "
            "in no sum. There is no service level where queues define it differently. A pool is required once, by how "
            "much of its agents' time is shared; both ends stand beside it.",
            [now(_now(record), as_table=True) for record in figures],
            columns | {f"Value #{chr(ord('A') + at)}": column for at, column in enumerate(figures.values())},
            sort=("Net staffing", False),
            height=8,
        ),
        lines(
            "Service level of groups",
            "Contacts served in time over contacts, of the sums; each queue keeps its own threshold.",
            [over_time(_standing(RECORD_GROUP_SERVICE_LEVEL), _LEGEND)],
            unit="percentunit",
            high=1,
        ),
        lines(
            "Net staffing of groups",
            "Staffed less required agents, of the sums; below 0 a group is short.",
            [over_time(_standing(RECORD_GROUP_NET_STAFFING), _LEGEND)],
            low=None,
        ),
        lines(
            "Volume against plan of groups",
            "Contacts offered over the forecast less one: volumes are summed over the queues first.",
            [over_time(_standing(RECORD_GROUP_VOLUME), _LEGEND)],
            unit="percentunit",
            low=None,
        ),
        lines(
            "Contacts of groups",
            "Offered in the last final interval of each group, and what the plan expected.",
            [
                over_time(_standing(RECORD_GROUP_OFFERED), f"{_LEGEND} offered"),
                over_time(_standing(RECORD_GROUP_FORECAST), f"{_LEGEND} forecast"),
            ],
        ),
    ]


def _standing(record: str) -> str:
    """The figure of each group chosen; that of the interval before, while the group waits for its last queue."""
    return f"last_over_time({record}{_CHOSEN}[6m])"


def _now(record: str) -> str:
    """The present figure of each group chosen; an instant in milliseconds, as Grafana has them."""
    figure = f"max by (kind, group) ({_standing(record)})"
    return f"{figure} * 1000" if record == RECORD_GROUP_START else figure
