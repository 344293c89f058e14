# ruff: noqa: RUF001  Chinese text has full-width marks
"""The columns of results, breaches, dead letters and evaluations: name, kind, unit and meaning of each.

Tables, exports, hashes, metrics, screens and the documentation must agree on the columns to the letter and in
order. So each column is one entry here, and all of them read the lists below instead of keeping their own.
"""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "BREACHES",
    "BREACH_COLUMNS",
    "COUNT_COLUMNS",
    "DEAD_LETTERS",
    "DEAD_LETTER_COLUMNS",
    "DERIVED_COLUMNS",
    "EVALUATIONS",
    "EVALUATION_COLUMNS",
    "FIGURE_COLUMNS",
    "FORM",
    "HASHED_SINCE",
    "JOURNAL",
    "JOURNAL_COLUMNS",
    "LATER_BREACH_COLUMNS",
    "METRIC_COLUMNS",
    "PAST_COLUMNS",
    "PLAN_COLUMNS",
    "RECOMPUTED_COLUMNS",
    "RESULTS",
    "RESULT_COLUMNS",
    "SCREEN_COLUMNS",
    "SERVICE_LEVEL_COUNTS",
    "UNHASHED_COLUMNS",
    "Column",
    "Kind",
    "Part",
]

Kind = Literal["text", "integer", "number", "instant", "json", "boolean"]
"""Kind of a column's values: `number` is double precision, `instant` RFC 3339 in UTC, `json` a list of objects."""

Part = Literal["name", "setting", "figure", "verdict", "record"]
"""Role of a column: the interval's name, a setting it was made with, a figure, a verdict on its figures, or
(`record`) the time and reason of this revision."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, with every fact about it."""

    name: str
    kind: Kind
    unit: str
    """contacts, seconds, agents, ratio, sigma, …; empty for text and plain numbers."""
    title_en: str
    title_zh: str
    help: str
    """The meaning in one sentence; also the help of its metric."""
    part: Part = "figure"
    count: bool = False
    """Whether it holds a whole number of contacts."""
    derived: bool = False
    """Whether it follows from other columns: the reason of a correction names those instead."""
    hashed_since: int = 1
    """The form that introduced it. A new column gets a new form; a column never changes its form."""
    metric: str | None = None
    """The gauge that shows it, with label `state` (open, final)."""
    required: bool = False
    """Whether it is never empty in the history."""
    screen: bool = False
    """Whether the wallboard sends it with every interval."""


# A column takes at most three lines: what it is, what it means, who reads it.
# fmt: off
RESULTS: Final = (
    Column("program", "text", "", "Program", "方案",
           "The client's line of business; the configured one, else the records' own, else `unassigned`.", "name"),
    Column("queue", "text", "", "Queue", "队列", "The queue.", "name", required=True),
    Column("channel", "text", "", "Channel", "渠道", "`voice`, `chat`, or another.", "name"),
    Column("interval_start", "instant", "", "Interval", "时段",
           "Start of the interval, UTC.", "name",
           required=True, metric="intervalwatch_interval_start_timestamp_seconds"),
    Column("interval_start_local", "text", "", "Local time", "当地时间",
           "Start of the interval in the queue's local time, with its offset.", "name"),
    Column("interval_seconds", "integer", "seconds", "Length", "时段长度", "Length of the interval.", "setting"),
    Column("revision", "integer", "", "Revision", "版本号",
           "1: final (or missing); 2, 3, …: corrected; 0: provisional (the stream only).", "record",
           required=True, screen=True),
    Column("status", "text", "", "Status", "状态",
           "`final`, `corrected`, `missing`; in the stream also `provisional`.", "record", screen=True),
    Column("definition", "text", "", "Definition", "定义", "Definition of the service level, S1 to S6.", "setting"),
    Column("threshold_seconds", "number", "seconds", "Threshold", "阈值", "Wait that counts as within.", "setting"),
    Column("parameters_version", "text", "", "Parameters", "参数版本",
           "The version of the parameters that the row was made with.", "name"),
    Column("offered", "integer", "contacts", "Offered", "来量",
           "Contacts that entered the queue in the interval.",
           count=True, metric="intervalwatch_interval_offered", screen=True),
    Column("answered", "integer", "contacts", "Answered", "应答",
           "Of the offered: those an agent took.", count=True, metric="intervalwatch_interval_answered", screen=True),
    Column("answered_within", "integer", "contacts", "Answered within the threshold", "阈值内应答",
           "Of the answered: those that waited no longer than the threshold.",
           count=True, metric="intervalwatch_interval_answered_within", screen=True),
    Column("abandoned", "integer", "contacts", "Abandoned", "放弃",
           "Of the offered: those that gave up.", count=True, metric="intervalwatch_interval_abandoned", screen=True),
    Column("abandoned_within", "integer", "contacts", "Abandoned within the threshold", "阈值内放弃",
           "Of the abandoned: those that waited no longer than the threshold.", count=True),
    Column("short_abandoned", "integer", "contacts", "Abandoned at once", "短时放弃",
           "Of the abandoned: those that waited no longer than the short-abandon limit.",
           count=True, metric="intervalwatch_interval_short_abandoned"),
    Column("overflowed", "integer", "contacts", "Overflowed", "溢出",
           "Of the offered: those that left in any other way.", count=True, metric="intervalwatch_interval_overflowed"),
    Column("waiting", "integer", "contacts", "Still waiting", "仍在等待",
           "Those still in the queue when the row was made; of contacts, in a final row those beyond the "
           "threshold.",
           count=True, screen=True),
    Column("wait_seconds", "number", "seconds", "Wait", "等待时长",
           "Wait of the answered, summed.", metric="intervalwatch_interval_wait_seconds"),
    Column("handle_seconds", "number", "seconds", "Handle time", "处理时长",
           "Talk, hold and wrap of the contacts whose handling ended in the interval, summed.",
           metric="intervalwatch_interval_handle_seconds"),
    Column("handled", "integer", "contacts", "Handled", "已处理",
           "Contacts whose handling ended in the interval.",
           count=True, metric="intervalwatch_interval_handled", screen=True),
    Column("occupied_seconds", "number", "seconds", "Occupied", "占用时长",
           "Agents' handling and wrap time inside the interval; where they serve several at once, the contacts' own."),
    Column("available_seconds", "number", "seconds", "Available", "空闲时长",
           "Agents' time free and ready inside the interval; of several at once, what is left of the capacity."),
    Column("staffed_seconds", "number", "seconds", "Staffed time", "在岗时长", "Agents' own time on the queue."),
    Column("service_level", "number", "ratio", "Service level", "服务水平",
           "Ratio, in the row's definition.", derived=True, screen=True),
    Column("abandon_rate", "number", "ratio", "Abandon rate", "放弃率",
           "Abandoned / (answered + abandoned); under S5 without the short abandons.", derived=True, screen=True),
    Column("asa_seconds", "number", "seconds", "ASA", "平均应答速度",
           "Average speed of answer: wait of the answered / answered.", derived=True, screen=True),
    Column("aht_seconds", "number", "seconds", "AHT", "平均处理时长",
           "Average handle time: handle time / handled.", derived=True, screen=True),
    Column("occupancy", "number", "ratio", "Occupancy", "占用率",
           "Occupied / (occupied + available).", derived=True, screen=True),
    Column("plan_version", "text", "", "Plan version", "计划版本",
           "Version of the plan that the interval is compared with."),
    Column("forecast_offered", "number", "contacts", "Forecast volume", "预测话务量",
           "Contacts the plan expects.", metric="intervalwatch_interval_forecast_offered", screen=True),
    Column("forecast_aht_seconds", "number", "seconds", "Forecast AHT", "预测处理时长",
           "Average handle time the plan expects.", metric="intervalwatch_interval_forecast_aht_seconds", screen=True),
    Column("scheduled_agents", "number", "agents", "Agents scheduled", "排班人数",
           "Agents the plan has productive on the queue.",
           metric="intervalwatch_interval_scheduled_agents", screen=True),
    Column("plan_required_agents", "number", "agents", "Agents required by the plan", "计划需求人数",
           "The plan's own requirement."),
    Column("required_agents", "integer", "agents", "Agents required at what came", "按实际来量的需求人数",
           "Least agents that meet the service objective at the actual volume and AHT.",
           derived=True, metric="intervalwatch_interval_required_agents", screen=True),
    Column("staffed_agents", "number", "agents", "Agents staffed", "在岗人数",
           "Agents logged in and assigned to the queue, mean over the interval.",
           derived=True, metric="intervalwatch_interval_staffed_agents", screen=True),
    Column("net_staffing", "number", "agents", "Net staffing", "净人力",
           "Staffed - required; negative: understaffed.", derived=True, screen=True),
    Column("volume_variance", "number", "ratio", "Volume against forecast", "话务量较预测",
           "(offered - forecast) / forecast.", derived=True, screen=True),
    Column("aht_variance", "number", "ratio", "AHT against forecast", "处理时长较预测",
           "(AHT - forecast AHT) / forecast AHT.", derived=True, screen=True),
    Column("process_sigma", "number", "sigma", "Process sigma", "过程西格玛",
           "Sigma level of a final interval's contacts, at its bound where all were in time.",
           derived=True, hashed_since=2),
    Column("effect_volume", "number", "ratio", "Effect of volume", "话务量影响",
           "Of volume on a final interval's service level, against the plan.", derived=True, hashed_since=2),
    Column("effect_aht", "number", "ratio", "Effect of AHT", "处理时长影响",
           "Of handle time, likewise.", derived=True, hashed_since=2),
    Column("effect_staffing", "number", "ratio", "Effect of staffing", "人力影响",
           "Of staffed against scheduled agents, likewise.", derived=True, hashed_since=2),
    Column("effect_unexplained", "number", "ratio", "Unexplained", "未解释",
           "Observed service level less the model's at the actual drivers.", derived=True, hashed_since=2),
    Column("due", "integer", "contacts", "Due", "到期",
           "Kept for deferred channels: contacts whose due time lies in the interval; empty in every row.",
           count=True, hashed_since=2),
    Column("done_in_time", "integer", "contacts", "Done in time", "按时完成",
           "Kept for deferred channels: of the due, those done by their due time; empty in every row.",
           count=True, hashed_since=2),
    Column("backlog", "integer", "contacts", "Backlog", "积压",
           "Kept for deferred channels: contacts open at the interval's end; empty in every row.",
           count=True, hashed_since=2),
    Column("overdue", "integer", "contacts", "Overdue", "逾期",
           "Kept for deferred channels: of the backlog, those past their due time; empty in every row.",
           count=True, hashed_since=2),
    Column("oldest_seconds", "number", "seconds", "Age of the oldest", "最久积压时长",
           "Kept for deferred channels: age of the oldest contact of the backlog; empty in every row.", hashed_since=2),
    Column("spec", "text", "", "Against its range", "判定",
           "`in_range`, `below`, `above`, `no_demand` (offered is 0), `low_volume` (verdict withheld), "
           "`no_target`, `unknown` (no figure): the service level against its range.", "verdict", screen=True),
    Column("signal", "text", "", "Signal", "信号",
           "`usual`, `low`, `high`, `no_baseline`: the service level against the queue's own past.",
           "verdict", screen=True),
    Column("plan", "text", "", "Plan", "计划",
           "`;`-joined: `on_plan`, `plan_late`, `volume_high`, `volume_low`, `aht_high`, `aht_low`, "
           "`understaffed`, `overstaffed` (`pooled` for both in a named pool), `no_plan`, `plan_resized` (from rows of "
           "another length), `plan_incomplete` (a figure is lacking).", "verdict", screen=True),
    Column("integrity", "text", "", "Integrity", "完整性",
           "`ok`, or the `;`-joined checks that failed.", "verdict", screen=True),
    Column("breaches", "text", "", "Breaches", "违规",
           "`;`-joined ids of breaches open after this interval, then of those it resolved; never live notices.",
           "record"),
    Column("sources", "text", "", "Sources", "来源",
           "The records that the figures rest on (call data, plan, agent states), `;`-joined: "
           "`topic/partition:first-last` offset or `file:first-last` row.", "record"),
    Column("reason", "text", "", "Reason", "原因",
           "Of a corrected row: which late record, and which figures it changed.", "record"),
    Column("form", "integer", "", "Form", "格式",
           "Number of the set of columns that the hash covers; empty in form 1.", "record", hashed_since=2),
    Column("previous_hash", "text", "", "Previous hash", "前一哈希",
           "Hash of this queue's result before, 64 zeros for the first.", "record", required=True),
    Column("hash", "text", "", "Hash", "哈希",
           "SHA-256 of the canonical JSON of all columns of the form but `sources` and `hash`.", "record",
           required=True),
)
"""Columns of interval results, in the order of every export."""

SERVICE_LEVEL_COUNTS: Final = (
    Column("service_level_numerator", "integer", "contacts", "Served in time", "及时服务",
           "Contacts served in time, in the queue's own definition of the service level.",
           derived=True, metric="intervalwatch_interval_service_level_numerator"),
    Column("service_level_denominator", "integer", "contacts", "Counted", "计入",
           "Contacts the service level is taken over, in the queue's own definition.",
           derived=True, metric="intervalwatch_interval_service_level_denominator"),
)
"""Two figures of a result that only metrics and screens show: they follow from its counts and definition."""

BREACHES: Final = (
    Column("breach_id", "text", "", "Breach", "违规编号",
           "`rule/queue/scope/first interval`, so that a replay gives the same; a live notice's ends in `/live`.",
           required=True),
    Column("sequence", "integer", "", "Sequence", "序号",
           "1 for the first record of a breach, then counting up.", required=True),
    Column("state", "text", "", "State", "状态",
           "`opened`, `updated` (severity or figure changed), `resolved`.", required=True),
    Column("item", "text", "", "Item", "条款", "Item of the standard."),
    Column("rule", "text", "", "Rule", "规则", "The rule."),
    Column("severity", "text", "", "Severity", "严重程度",
           "`info`, `warning`, `critical`; within one breach it only rises."),
    Column("program", "text", "", "Program", "方案", "The program."),
    Column("queue", "text", "", "Queue", "队列", "The queue; empty for rules over a program or a month."),
    Column("scope", "text", "", "Scope", "范围",
           "What of the queue or program: a check, a family, a slot; empty: the queue as a whole."),
    Column("interval_start", "instant", "", "Interval", "时段", "The interval that changed the state."),
    Column("first_interval_start", "instant", "", "Since", "开始时段",
           "The first interval of the run or sum that opened it."),
    Column("observed", "number", "", "Observed", "实际值", "The figure in breach."),
    Column("expected", "number", "", "Expected", "预期值", "The target, the forecast, or the centre of the chart."),
    Column("limit", "number", "", "Limit", "限值", "The limit it is held against."),
    Column("unit", "text", "", "Unit", "单位",
           "Of these three: `ratio`, `agents`, `contacts`, `intervals`, `checks`, `breaches`, `sigma`."),
    Column("message", "text", "", "Message", "说明（英文）", "A sentence for people, English."),
    Column("message_zh", "text", "", "Message in Chinese", "说明", "The same in Chinese."),
    Column("causes", "json", "", "Causes", "原因",
           "JSON list of `{cause, effect}`, largest first: volume, aht, staffing, unexplained; effect on the "
           "ratio."),
    Column("live", "boolean", "", "Live", "进行中",
           "True: a notice about an open interval, outside hashes and outside the promise of equality."),
    Column("parameters_version", "text", "", "Parameters", "参数版本", "The version of the parameters."),
    Column("incident_id", "text", "", "Incident", "事件编号",
           "The incident that it belongs to: the id of its first breach; of `feed_missing` rule, source and the "
           "source's last word. It never changes."),
    Column("title", "text", "", "Title", "标题", "The message in a line, English."),
    Column("title_zh", "text", "", "Title in Chinese", "标题（中文）", "The same in Chinese."),
    Column("worst_interval_start", "instant", "", "Worst interval", "最差时段",
           "The interval so far that was farthest beyond its limit."),
    Column("worst_observed", "number", "", "Worst", "最差值", "The figure of that interval."),
    Column("reason", "text", "", "Reason", "结束原因",
           "Why it was resolved: `recovered`, `day_ended`, `no_volume`, `final`; empty while it is open."),
)
"""Columns of a breach record, in the order of every export."""

DEAD_LETTERS: Final = (
    Column("topic", "text", "", "Topic", "主题", "The topic; for files the file's name.", required=True),
    Column("partition", "integer", "", "Partition", "分区", "The partition; for files empty.", required=True),
    Column("offset", "integer", "", "Offset", "偏移量",
           "The offset; for files the row, counted from 1 without the header.", required=True),
    Column("reason", "text", "", "Reason", "原因",
           "Why it cannot be counted; begins with the field's name or the kind of fault.", required=True),
    Column("value", "text", "", "Value", "内容", "The offending value, its first 4 KiB."),
)
"""Columns of a dead letter, in the order of every export."""

EVALUATIONS: Final = (
    Column("program", "text", "", "Program", "方案", "The client's line of business."),
    Column("evaluation_id", "text", "", "Evaluation", "评估编号", "Id of the evaluation.", required=True),
    Column("contact_id", "text", "", "Contact", "联系编号", "Id of the contact that was monitored."),
    Column("queue", "text", "", "Queue", "队列", "Queue of the contact."),
    Column("agent", "text", "", "Agent", "坐席", "Agent who handled the contact."),
    Column("team", "text", "", "Team", "团队", "Team of the agent."),
    Column("shift", "text", "", "Shift", "班次", "Shift of the agent."),
    Column("handled_at", "instant", "", "Handled at", "处理时间", "When the contact was handled."),
    Column("evaluated_at", "instant", "", "Evaluated at", "评估时间", "When it was evaluated.", required=True),
    Column("evaluator", "text", "", "Evaluator", "评估人", "Who evaluated it."),
    Column("selection", "text", "", "Selection", "抽样方式", "random or targeted."),
    Column("checks", "json", "", "Checks", "检查项", "Checks with their family and whether they passed."),
)
"""Columns of a monitored transaction in an export: the record's and its program."""

JOURNAL: Final = (
    Column("number", "integer", "", "Number", "序号", "1 for the first entry, then counting up.", required=True),
    Column("at", "instant", "", "At", "时间", "When it was written.", required=True),
    Column("kind", "text", "", "Kind", "类型", "`acknowledged`, or `acted` (cause, action, outcome).", required=True),
    Column("incident_id", "text", "", "Incident", "事件编号", "The incident it is about.", required=True),
    Column("by", "text", "", "By", "填写人", "Who wrote it.", required=True),
    Column("note", "text", "", "Note", "备注", "What was seen, and is being done."),
    Column("cause", "text", "", "Cause", "原因", "The cause that was found."),
    Column("controllable", "text", "", "Controllable", "是否可控", "Could it be prevented: `yes`, `no` or `partly`."),
    Column("action", "text", "", "Action", "措施", "What was done."),
    Column("outcome", "text", "", "Outcome", "结果", "What came of it."),
    Column("link", "text", "", "Link", "链接", "The mark of the signed link that was used; each works once."),
    Column("previous_hash", "text", "", "Previous hash", "前一条哈希", "Hash of the entry before.", required=True),
    Column("hash", "text", "", "Hash", "哈希", "SHA-256 of the RFC 8785 JSON of the columns before it.", required=True),
)
"""Columns of an entry of the journal, in the order of every export."""
# fmt: on


def _names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


RESULT_COLUMNS: Final = _names(RESULTS)
BREACH_COLUMNS: Final = _names(BREACHES)
DEAD_LETTER_COLUMNS: Final = _names(DEAD_LETTERS)
EVALUATION_COLUMNS: Final = _names(EVALUATIONS)
JOURNAL_COLUMNS: Final = _names(JOURNAL)

LATER_BREACH_COLUMNS: Final = frozenset(
    {"incident_id", "title", "title_zh", "worst_interval_start", "worst_observed", "reason"}
)
"""Columns of a breach record that the first programs did not write; they are empty in their records."""

UNHASHED_COLUMNS: Final = ("sources", "hash")
"""Columns outside the hash: where a figure was read differs between a topic and a file."""

HASHED_SINCE: Final = {column.name: column.hashed_since for column in RESULTS if column.hashed_since > 1}
"""The form that introduced a column of results, for the columns that form 1 does not have."""

FORM: Final = max(column.hashed_since for column in RESULTS)
"""The form of the results that this program publishes."""

COUNT_COLUMNS: Final = tuple(column.name for column in RESULTS if column.count)
"""Result columns that hold whole numbers of contacts."""

DERIVED_COLUMNS: Final = frozenset(column.name for column in RESULTS if column.derived)
"""Result columns that follow from counts."""

FIGURE_COLUMNS: Final = tuple(
    column.name for column in sorted(RESULTS, key=lambda column: column.hashed_since) if column.part != "record"
)
"""Result columns that a late record must change to make a correction, those of later forms last. The state keeps
figures in this order without names: columns are appended, never reordered."""

RECOMPUTED_COLUMNS: Final = tuple(
    column.name for column in RESULTS if column.name not in {"form", "sources", "previous_hash", "hash"}
)
"""Result columns that a recomputation from raw records must give again."""

PLAN_COLUMNS: Final = frozenset(
    {
        "plan_version",
        "forecast_offered",
        "forecast_aht_seconds",
        "scheduled_agents",
        "plan_required_agents",
        "volume_variance",
        "aht_variance",
        "effect_volume",
        "effect_aht",
        "effect_staffing",
        "effect_unexplained",
    }
)
"""Result columns that say what the plan was, and what rests on it."""

PAST_COLUMNS: Final = frozenset({"revision", "status", "reason", "signal", "breaches", "plan"})
"""Result columns that hang on all that came before, and on its order."""

SCREEN_COLUMNS: Final = tuple(column.name for column in RESULTS if column.screen)
"""Result columns that the wallboard sends with every interval."""

_METRICS_LAST: Final = (
    "staffed_agents",
    "scheduled_agents",
    "required_agents",
    "forecast_offered",
    "forecast_aht_seconds",
)
"""Gauges of staffing and plan: the metrics page has them in this order, which is not that of the columns."""

METRIC_COLUMNS: Final = (
    *sorted(
        (column for column in RESULTS if column.metric is not None),
        key=lambda column: _METRICS_LAST.index(column.name) if column.name in _METRICS_LAST else -1,
    ),
    *SERVICE_LEVEL_COUNTS,
)
"""Columns that a gauge shows, in the order of the metrics page."""
