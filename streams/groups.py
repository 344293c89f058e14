"""The figures of a group of queues (a program, a site, a pool) in an interval or a local day.

Sums are over the latest rows of the queues, so that they are the same in every order. Time is whole milliseconds
inside, and seconds at the edge.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from config.timestamps import offset_rfc3339, rfc3339
from streams.columns import Column
from streams.results import Row, seconds

__all__ = [
    "GROUPS",
    "GROUP_COLUMNS",
    "GROUP_KINDS",
    "MIXED_DEFINITIONS",
    "GroupInterval",
    "GroupKind",
    "Period",
    "RowName",
]

GroupKind = Literal["program", "site", "pool"]
GROUP_KINDS: Final[tuple[GroupKind, ...]] = ("program", "site", "pool")
Period = Literal["interval", "day"]
MIXED_DEFINITIONS: Final = "mixed_definitions"
"""The definition of a service level whose members count it differently: there is no figure then."""

# fmt: off
GROUPS: Final = (
    Column("kind", "text", "", "Kind", "类别", "`program`, `site` or `pool`.", "name", required=True),
    Column("group", "text", "", "Group", "分组", "Its id.", "name", required=True),
    Column("period", "text", "", "Period", "周期",
           "`interval`, or `day`: a local day of the group.", "name", required=True),
    Column("interval_start", "instant", "", "Interval", "时段",
           "Start of the interval or day, UTC.", "name", required=True),
    Column("interval_start_local", "text", "", "Local time", "当地时间", "The same in the group's local time.", "name"),
    Column("interval_seconds", "integer", "seconds", "Length", "时段长度",
           "Length: of an interval the least common multiple of its queues' lengths."),
    Column("parameters_version", "text", "", "Parameters", "参数版本",
           "The version of the parameters in force at its start.", "name"),
    Column("members", "integer", "", "Queues", "队列数", "Queues with data in it."),
    Column("incomplete", "boolean", "", "Incomplete", "不完整",
           "Whether a queue that is open then has no data for a part of it."),
    Column("missing", "text", "", "Missing", "缺失", "Those queues, `;`-joined."),
    Column("offered", "integer", "contacts", "Offered", "来量",
           "Summed over the queues, as all counts and times; empty where one does not report it.", count=True),
    Column("answered", "integer", "contacts", "Answered", "应答", "Likewise.", count=True),
    Column("answered_within", "integer", "contacts", "Answered within the threshold", "阈值内应答",
           "Likewise; each queue by its own threshold.", count=True),
    Column("abandoned", "integer", "contacts", "Abandoned", "放弃", "Likewise.", count=True),
    Column("abandoned_within", "integer", "contacts", "Abandoned within the threshold", "阈值内放弃",
           "Likewise.", count=True),
    Column("short_abandoned", "integer", "contacts", "Abandoned at once", "短时放弃", "Likewise.", count=True),
    Column("overflowed", "integer", "contacts", "Overflowed", "溢出", "Likewise.", count=True),
    Column("waiting", "integer", "contacts", "Still waiting", "仍在等待", "Likewise.", count=True),
    Column("wait_seconds", "number", "seconds", "Wait", "等待时长", "Likewise."),
    Column("handle_seconds", "number", "seconds", "Handle time", "处理时长", "Likewise."),
    Column("handled", "integer", "contacts", "Handled", "已处理", "Likewise.", count=True),
    Column("occupied_seconds", "number", "seconds", "Occupied", "占用时长", "Likewise."),
    Column("available_seconds", "number", "seconds", "Available", "空闲时长", "Likewise."),
    Column("staffed_seconds", "number", "seconds", "Staffed time", "在岗时长",
           "Likewise: each agent's time in each queue."),
    Column("definition", "text", "", "Definition", "定义",
           "Definition of the service level that all queues share; else `mixed_definitions`, and there is none."),
    Column("service_level_numerator", "integer", "contacts", "Served in time", "及时服务",
           "Contacts served in time, each queue by its own threshold."),
    Column("service_level_denominator", "integer", "contacts", "Counted", "计入",
           "Contacts the service level is taken over."),
    Column("not_counted", "text", "", "Not counted", "未计入",
           "Queues, `;`-joined, whose counts are not known and are not in the service level."),
    Column("service_level", "number", "ratio", "Service level", "服务水平",
           "Numerator / denominator.", derived=True),
    Column("in_range_offered", "integer", "contacts", "Offered in range", "范围内来量",
           "Contacts offered in queues' intervals whose service level was in their range."),
    Column("judged_offered", "integer", "contacts", "Offered with a verdict", "已判定来量",
           "Contacts offered in queues' intervals with a verdict."),
    Column("in_range_ratio", "number", "ratio", "Share in range", "范围内占比",
           "One over the other: the volume-weighted share of intervals in range.", derived=True),
    Column("abandon_rate", "number", "ratio", "Abandon rate", "放弃率",
           "Abandoned / (answered + abandoned).", derived=True),
    Column("asa_seconds", "number", "seconds", "ASA", "平均应答速度", "Wait of the answered / answered.", derived=True),
    Column("aht_seconds", "number", "seconds", "AHT", "平均处理时长", "Handle time / handled.", derived=True),
    Column("occupancy", "number", "ratio", "Occupancy", "占用率",
           "Occupied / (occupied + available).", derived=True),
    Column("forecast_offered", "number", "contacts", "Forecast volume", "预测话务量",
           "Summed over the queues; empty where one with contacts has no forecast."),
    Column("forecast_aht_seconds", "number", "seconds", "Forecast AHT", "预测处理时长",
           "Their mean, weighted by forecast volume."),
    Column("scheduled_agents", "number", "agents", "Agents scheduled", "排班人数",
           "Mean over the interval, summed over the queues."),
    Column("required_agents", "number", "agents", "Agents required at what came", "按实际来量的需求人数",
           "For a pool: by how much of its agents' time is shared; where that is not known, as from one line. For a "
           "program or site: summed over its queues, a pool once.", derived=True),
    Column("required_if_all", "integer", "agents", "Required if all can help", "全员共享时的需求人数",
           "For a pool: agents required if all served all its queues from one line.", derived=True),
    Column("required_if_none", "integer", "agents", "Required if none can help", "互不支援时的需求人数",
           "For a pool: agents required queue by queue.", derived=True),
    Column("shared_seconds", "number", "seconds", "Shared time", "共享时长",
           "For a pool's interval: staffed time of agents on two or more of its queues; empty: not known."),
    Column("shared_ratio", "number", "ratio", "Shared", "共享占比",
           "That over the staffed time.", derived=True),
    Column("not_required", "text", "", "Without a requirement", "无需求",
           "Queues, `;`-joined, for which no requirement can be given; `required_agents` is empty then."),
    Column("staffed_agents", "number", "agents", "Agents staffed", "在岗人数",
           "Mean over the interval, summed over the queues.", derived=True),
    Column("net_staffing", "number", "agents", "Net staffing", "净人力", "Staffed - required.", derived=True),
    Column("volume_variance", "number", "ratio", "Volume against forecast", "话务量较预测",
           "(offered - forecast) / forecast, of the sums.", derived=True),
    Column("aht_variance", "number", "ratio", "AHT against forecast", "处理时长较预测",
           "(AHT - forecast AHT) / forecast AHT.", derived=True),
    Column("wape", "number", "ratio", "Forecast error", "预测误差",
           "For a day: sum of |offered - forecast| over its intervals / sum of forecast; volumes are summed over the "
           "queues first.", derived=True),
    Column("rows", "json", "", "Rows", "所据行",
           "The queues' rows it stands on: `{interval_start, revision, queues}`; of a day with intervals, those of "
           "these."),
)
"""Columns of a group's figures, in the order of every export."""
# fmt: on
GROUP_COLUMNS: Final = tuple(column.name for column in GROUPS)


class RowName(NamedTuple):
    """The name of a queue's result."""

    interval_start_ms: int
    revision: int
    queue: str


class GroupInterval(msgspec.Struct):
    """The figures of a group. A field for each column of `GROUPS`, in that order; None is "not reported"."""

    kind: GroupKind
    group: str
    period: Period
    interval_start_ms: int
    utc_offset_seconds: int
    """Offset of the group's local time at the start (column `interval_start_local`)."""
    interval_ms: int
    parameters_version: str
    members: int = 0
    incomplete: bool = False
    missing: tuple[str, ...] = ()
    offered: int | None = None
    answered: int | None = None
    answered_within: int | None = None
    abandoned: int | None = None
    abandoned_within: int | None = None
    short_abandoned: int | None = None
    overflowed: int | None = None
    waiting: int | None = None
    wait_ms: int | None = None
    handle_ms: int | None = None
    handled: int | None = None
    occupied_ms: int | None = None
    available_ms: int | None = None
    staffed_ms: int | None = None
    definition: str | None = None
    service_level_numerator: int | None = None
    service_level_denominator: int | None = None
    not_counted: tuple[str, ...] = ()
    service_level: float | None = None
    in_range_offered: int = 0
    judged_offered: int = 0
    in_range_ratio: float | None = None
    abandon_rate: float | None = None
    asa_seconds: float | None = None
    aht_seconds: float | None = None
    occupancy: float | None = None
    forecast_offered: float | None = None
    forecast_aht_seconds: float | None = None
    scheduled_agents: float | None = None
    required_agents: float | None = None
    required_if_all: int | None = None
    required_if_none: int | None = None
    shared_ms: int | None = None
    shared_ratio: float | None = None
    not_required: tuple[str, ...] = ()
    staffed_agents: float | None = None
    net_staffing: float | None = None
    volume_variance: float | None = None
    aht_variance: float | None = None
    wape: float | None = None
    rows: tuple[RowName, ...] = ()
    """In order of interval, revision and queue."""

    def row(self) -> Row:
        """The figures as they are published, by column in the reference's order."""
        values = list(msgspec.structs.astuple(self))
        for place, text in _TEXTS:
            values[place] = text(values[place])
        values[_LOCAL_PLACE] = offset_rfc3339(self.interval_start_ms, self.utc_offset_seconds)
        return dict(zip(GROUP_COLUMNS, values, strict=True))


def _joined(names: tuple[str, ...]) -> str | None:
    return ";".join(names) or None


def _listed(names: tuple[RowName, ...]) -> list[dict[str, object]] | None:
    """The names of rows, those of one interval and revision together, so that they fit into a cell."""
    queues: dict[tuple[int, int], list[str]] = {}
    for start_ms, revision, queue in names:
        queues.setdefault((start_ms, revision), []).append(queue)
    return [
        {"interval_start": rfc3339(start_ms), "revision": revision, "queues": held}
        for (start_ms, revision), held in queues.items()
    ] or None


_EDGES: Final[Mapping[str, Callable[[Any], object]]] = {
    "interval_start": rfc3339,
    "interval_seconds": seconds,
    "missing": _joined,
    "wait_seconds": seconds,
    "handle_seconds": seconds,
    "occupied_seconds": seconds,
    "available_seconds": seconds,
    "staffed_seconds": seconds,
    "shared_seconds": seconds,
    "not_counted": _joined,
    "not_required": _joined,
    "rows": _listed,
}
_TEXTS: Final = tuple((GROUP_COLUMNS.index(name), text) for name, text in _EDGES.items())
_LOCAL_PLACE: Final = GROUP_COLUMNS.index("interval_start_local")
