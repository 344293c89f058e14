# ruff: noqa: RUF001  Chinese text has full-width marks
"""What a breach of a program's month says, in English and in Chinese.

An accuracy never stands without the number of transactions and the exact interval; a family is called as
the site calls it (`vocabulary`). Limits are settings of this product, and no message says otherwise.
"""

from collections.abc import Mapping
from typing import Final

from agents.intervals.figures import Row
from agents.rules.figure_messages import Pair, number, percent
from agents.rules.messages import BreachContext
from copc.quality import VOCABULARIES

__all__ = ["program_messages"]

_FAMILIES_ZH: Final[Mapping[str, Mapping[str, str]]] = {
    "critical": {
        "end_user": "最终用户关键错误",
        "business": "业务关键错误",
        "compliance": "合规关键错误",
        "non_critical": "非关键错误",
    },
    "fatal": {
        "end_user": "致命错误（最终用户）",
        "business": "致命错误（业务）",
        "compliance": "合规错误",
        "non_critical": "非致命错误",
    },
}
_GROUPINGS: Final[Mapping[str, Pair]] = {
    "agents": ("agents", "坐席"),
    "teams": ("teams", "班组"),
    "shifts": ("shifts", "班次"),
    "hours": ("hours of the day", "一天中的时段"),
}
_RULES: Final[Mapping[str, Pair]] = {
    "critical_error_accuracy": ("critical error accuracy", "关键错误准确率"),
    "monitoring_coverage": ("monitoring coverage", "监控覆盖"),
    "variation_too_big": ("variation", "变异"),
}


def program_messages(record: Mapping[str, object], row: Row, breach_context: BreachContext, _timezone: str) -> Pair:
    """The `message` and `message_zh` of a program's breach record.

    Args:
        record: its other columns.
        row: `program`, `day` (the local day that is over), `vocabulary`, and the verdict's facts.
        breach_context: what led to it.
    """
    rule, scope = str(record["rule"]), str(record["scope"])
    where = f"{record['program']} {str(row['day'])[:7]} to date ({row['day']})"
    where_zh = f"{record['program']} {str(row['day'])[:7]} 月累计（至 {row['day']}）"
    if breach_context.observation is None:
        english, chinese = _RULES[rule]
        return (
            f"{where}: {english} ({scope}) resolved, month_ended: the month is over, and it was not seen to recover",
            f"{where_zh}：{chinese}（{scope}）已结束：month_ended，月份结束，未观察到恢复",
        )
    say = {
        "critical_error_accuracy": _accuracy,
        "monitoring_coverage": _coverage,
        "variation_too_big": _variation,
    }[rule]
    english, chinese = say(scope, record, row)
    over = record["state"] == "resolved"
    return f"{where}: {english}{'; resolved' if over else ''}", f"{where_zh}：{chinese}{'；已恢复' if over else ''}"


def _family(name: str, row: Row) -> Pair:
    vocabulary = str(row["vocabulary"])
    return VOCABULARIES[vocabulary][name], _FAMILIES_ZH[vocabulary][name]  # type: ignore[index]  # an admitted family


def _accuracy(scope: str, record: Mapping[str, object], row: Row) -> Pair:
    place, _, family = scope.rpartition(":")
    english, chinese = _family(family, row)
    queue = place.removeprefix("queue:")
    of, of_zh = (f"{queue}: ", f"{queue}：") if queue else ("", "")
    observed, target = percent(record["observed"]), percent(record["limit"])
    sure, interval = percent(row["confidence"]), f"{percent(row['low'])} - {percent(row['high'])}"
    counts = f"{row['right']} of {row['n']}, {sure} interval {interval}"
    counts_zh = f"{row['n']} 中 {row['right']}，{sure} 区间 {interval}"
    return (
        f"{of}{english} error accuracy {observed} ({counts}), target {target}",
        f"{of_zh}{chinese}准确率 {observed}（{counts_zh}），目标 {target}",
    )


def _coverage(scope: str, record: Mapping[str, object], row: Row) -> Pair:
    if scope == "agents":
        short, of = number(record["observed"]), row["agents"]
        if not record["observed"]:
            return f"all {of} agents have the evaluations due by now", f"{of} 名坐席均已达到应有的监控数"
        return (
            f"{short} of {of} agents have fewer evaluations than due by now: {row['who']}",
            f"{of} 名坐席中有 {short} 名监控数不足：{row['who']}",
        )
    english, chinese = _GROUPINGS[scope.removeprefix("spread:")]
    p, limit = _p(record["observed"]), _p(record["limit"])
    if record["state"] == "resolved":
        return (
            f"evaluations are spread over {english} as contacts are (p {p}, limit {limit})",
            f"监控在{chinese}上的分布与联系一致（p {p}，限值 {limit}）",
        )
    return (
        f"evaluations are not spread over {english} as contacts are (p {p}, limit {limit})",
        f"监控在{chinese}上的分布与联系不一致（p {p}，限值 {limit}）",
    )


def _p(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, int | float) else "?"


def _variation(scope: str, record: Mapping[str, object], row: Row) -> Pair:
    observed, limit = number(record["observed"], 2), number(record["limit"], 2)
    if scope.startswith("sigma:"):
        english, chinese = _family(scope.removeprefix("sigma:"), row)
        return (
            f"process sigma of {english} error accuracy {observed} ({row['right']} of {row['n']}), limit {limit}",
            f"{chinese}准确率的过程西格玛 {observed}（{row['n']} 中 {row['right']}），限值 {limit}",
        )
    queue, _, grouping, rule = scope.removeprefix("queue:").rsplit(":", 3)
    english, chinese = _GROUPINGS[grouping]
    what = {"A": "range / mean", "B": "SD / (mean / 6)"}[rule]
    what_zh = {"A": "极差/均值", "B": "标准差/(均值/6)"}[rule]
    low, high = number(row["low"]), number(row["high"])
    return (
        f"{queue}: AHT over {row['n']} {english}: {what} {observed} ({low} to {high} s), limit {limit}",
        f"{queue}：{row['n']} 个{chinese}的平均处理时长：{what_zh} {observed}（{low} 至 {high} 秒），限值 {limit}",
    )
