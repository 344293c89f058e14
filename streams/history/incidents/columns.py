# ruff: noqa: RUF001  Chinese text has full-width marks
"""The columns of an incident's row: name, kind, unit and meaning of each.

Export, data frames, report and the documentation agree on them, as they all read this list.
"""

from typing import Final

from streams.columns import Column

__all__ = ["INCIDENTS", "INCIDENT_COLUMNS"]

# fmt: off
INCIDENTS: Final = (
    Column("incident_id", "text", "", "Incident", "事件编号", "Id of its first breach.", required=True),
    Column("item", "text", "", "Item", "条款",
           "Item of the standard, of the breach that heads it: the service level's if there is one, else the first."),
    Column("rule", "text", "", "Rule", "规则", "The rule of that breach."),
    Column("scope", "text", "", "Scope", "范围", "The scope of that breach; empty: the queue as a whole."),
    Column("rules", "text", "", "Rules", "全部规则", "`;`-joined rules of its breaches, by when they began."),
    Column("program", "text", "", "Program", "方案", "The program; empty where it is of several."),
    Column("queue", "text", "", "Queue", "队列",
           "The queue; empty for rules over a program or a month, and where it is of several queues."),
    Column("queues", "integer", "", "Queues", "队列数", "The number of queues it is of.", required=True),
    Column("severity", "text", "", "Severity", "严重程度", "The worst so far: `info`, `warning`, `critical`."),
    Column("since", "instant", "", "Since", "开始", "Start of its first interval, UTC.", required=True),
    Column("since_local", "text", "", "Since, local", "开始（当地）", "The same in the queue's local time."),
    Column("until", "instant", "", "Until", "结束",
           "End of its last interval that was outside, UTC; empty: it is open. Where nobody saw a recovery: the start "
           "of the interval that closed it."),
    Column("until_local", "text", "", "Until, local", "结束（当地）", "The same in the queue's local time."),
    Column("length_seconds", "number", "seconds", "Length", "时长", "From since to until; empty: it is open."),
    Column("intervals", "integer", "intervals", "Intervals", "时段数",
           "The intervals it took, begun ones counted whole; empty: it is open, or history has no parameters of it."),
    Column("breaches", "integer", "breaches", "Breaches", "违规数", "The breaches it is made of.", required=True),
    Column("worst_observed", "number", "", "Worst", "最差值", "The worst figure of the breach that heads it."),
    Column("limit", "number", "", "Limit", "限值", "The limit that figure was held against."),
    Column("unit", "text", "", "Unit", "单位", "The unit of both, as of breaches."),
    Column("worst_interval_start", "instant", "", "Worst interval", "最差时段", "Start of its interval, UTC."),
    Column("cause", "text", "", "Cause", "主因",
           "The largest computed cause: `volume`, `aht`, `staffing`, `unexplained`; of the worst interval once it is "
           "over."),
    Column("effect", "number", "ratio", "Effect", "影响", "The effect of that cause on the ratio."),
    Column("causes", "json", "", "Causes", "全部原因", "All of them: JSON list of `{cause, effect}`, largest first."),
    Column("acknowledged_by", "text", "", "Acknowledged by", "确认人", "Who acknowledged it first; empty: nobody."),
    Column("acknowledged_at", "instant", "", "Acknowledged at", "确认时间", "When that was, UTC."),
    Column("acknowledged_seconds", "number", "seconds", "Until acknowledged", "确认用时",
           "From the end of the interval that opened it, when it could first be seen, to then."),
    Column("note", "text", "", "Note", "备注", "What the acknowledgement says."),
    Column("controllable", "text", "", "Controllable", "是否可控",
           "Could it be prevented, as people said last: `yes`, `no` or `partly`."),
    Column("found_cause", "text", "", "Cause found", "查明的原因",
           "The cause that people found; of several entries all, a line each."),
    Column("action", "text", "", "Action", "措施", "What was done, likewise."),
    Column("outcome", "text", "", "Outcome", "成效", "What came of it, likewise."),
    Column("parameters_version", "text", "", "Parameters", "参数版本",
           "The version of the parameters in the last record of the breach that heads it."),
)
"""Columns of an incident, in the order of every export."""
# fmt: on

INCIDENT_COLUMNS: Final = tuple(column.name for column in INCIDENTS)
