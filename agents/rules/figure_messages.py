# ruff: noqa: RUF001  Chinese text has full-width marks
"""The figure a breach is about, and its limit, in the words of each rule, in English and in Chinese.

A figure never stands alone: what came is beside what was expected, and the limit beside both.
"""

from collections.abc import Callable, Mapping
from typing import Final

from agents.intervals.figures import Row

__all__ = ["FIGURES", "Pair", "number", "percent", "signed", "signed_percent", "trim"]

Pair = tuple[str, str]
"""The same in English and in Chinese."""


def trim(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `13.4`, `17`."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def number(value: object, digits: int = 1) -> str:
    """A number of a row or record, `?` where it is not known."""
    return trim(value, digits) if isinstance(value, int | float) else "?"


def percent(value: object) -> str:
    """A ratio as `41.2 %`."""
    return f"{trim(100 * value)} %" if isinstance(value, int | float) else "?"


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign, `0` without."""
    text = trim(value, digits)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def signed_percent(value: object) -> str:
    """A ratio as `+12 %`."""
    return f"{signed(100 * value, 1)} %" if isinstance(value, int | float) else "?"


def _below(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit, target = percent(record["observed"]), percent(record["limit"]), percent(record["expected"])
    return (
        f"service level {observed}, range from {limit} (target {target})",
        f"服务水平 {observed}，范围下限 {limit}（目标 {target}）",
    )


def _above(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit, target = percent(record["observed"]), percent(record["limit"]), percent(record["expected"])
    return (
        f"service level {observed}, range up to {limit} (target {target})",
        f"服务水平 {observed}，范围上限 {limit}（目标 {target}）",
    )


def _unusual(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit, mean = percent(record["observed"]), percent(record["limit"]), percent(record["expected"])
    return (
        f"service level {observed}, usual in this slot from {limit} (mean {mean})",
        f"服务水平 {observed}，该时段通常不低于 {limit}（均值 {mean}）",
    )


def _lost(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit = percent(record["observed"]), percent(record["limit"])
    return (
        f"service level can end at {observed} at best, range from {limit}",
        f"本时段服务水平最多只能达到 {observed}，范围下限 {limit}",
    )


def _abandon(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit = percent(record["observed"]), percent(record["limit"])
    return f"abandon rate {observed}, limit {limit}", f"放弃率 {observed}，限值 {limit}"


def _occupancy(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit = percent(record["observed"]), percent(record["limit"])
    return f"occupancy {observed}, limit {limit}", f"占用率 {observed}，限值 {limit}"


def _volume(record: Mapping[str, object], row: Row) -> Pair:
    came, expected = number(row["offered"]), number(row["forecast_offered"])
    if record["observed"] is None:
        return f"volume {came}, forecast {expected}", f"话务量 {came}，预测 {expected}"
    ratio, limit = signed_percent(record["observed"]), signed_percent(record["limit"])
    return (
        f"volume {ratio} against forecast ({came} offered, {expected} forecast), limit {limit}",
        f"话务量较预测 {ratio}（实际 {came}，预测 {expected}），限值 {limit}",
    )


def _aht(record: Mapping[str, object], row: Row) -> Pair:
    came, expected = number(row["aht_seconds"]), number(row["forecast_aht_seconds"])
    ratio, limit = signed_percent(record["observed"]), signed_percent(record["limit"])
    return (
        f"AHT {ratio} against forecast ({came} s, forecast {expected} s), limit {limit}",
        f"平均处理时长较预测 {ratio}（实际 {came} 秒，预测 {expected} 秒），限值 {limit}",
    )


def _net_staffing(record: Mapping[str, object], row: Row) -> Pair:
    gap, limit = number(record["observed"]), number(record["limit"])
    staffed, needed = number(row["staffed_agents"]), number(row["required_agents"])
    return (
        f"net staffing {gap} agents ({staffed} staffed, {needed} required), limit {limit}",
        f"净人力 {gap} 人（在岗 {staffed}，需求 {needed}），限值 {limit}",
    )


def _schedule_gap(record: Mapping[str, object], row: Row) -> Pair:
    gap, limit = number(record["observed"]), number(record["limit"])
    staffed, planned = number(row["staffed_agents"]), number(row["scheduled_agents"])
    return (
        f"staffed less scheduled {gap} agents ({staffed} staffed, {planned} scheduled), limit {limit}",
        f"在岗减排班 {gap} 人（在岗 {staffed}，排班 {planned}），限值 {limit}",
    )


def _plan_missing(record: Mapping[str, object], row: Row) -> Pair:
    offered = number(row["offered"])
    if record["state"] == "resolved" or "no_plan" not in str(row["plan"]).split(";"):
        return "the interval has a plan", "该时段有计划"
    return f"{offered} contacts offered and no plan for the interval", f"该时段有 {offered} 个联系但没有计划"


def _feed_missing(_record: Mapping[str, object], row: Row) -> Pair:
    if row["status"] == "missing":
        return "no data arrived for the interval", "该时段没有收到数据"
    return "data has arrived", "数据已到达"


def _integrity(record: Mapping[str, object], row: Row) -> Pair:
    check = str(record["scope"])
    if record["observed"] == 0:
        return f"data check {check} passed", f"数据校验 {check} 通过"
    english, chinese, counts = _CHECKS.get(check, ("", "", ()))
    found = ", ".join(f"{name} {number(row[name])}" for name in counts if row.get(name) is not None)
    said = f": {english}" if english else ""
    said_zh = f"：{chinese}" if chinese else ""
    shown = f" ({found})" if found else ""
    return f"data check {check} failed{said}{shown}", f"数据校验 {check} 未通过{said_zh}{shown}"


_CHECKS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "exceeds_answered": (
        "more answered within the threshold than answered",
        "阈值内应答数大于应答数",
        ("answered", "answered_within"),
    ),
    "exceeds_abandoned": (
        "more abandoned within the threshold than abandoned",
        "阈值内放弃数大于放弃数",
        ("abandoned", "abandoned_within"),
    ),
    "unbalanced": (
        "more contacts left the queue than could have been in it",
        "离开队列的联系多于可能在队列中的联系",
        ("offered", "answered", "abandoned", "overflowed"),
    ),
    "negative": ("a count or a time is negative", "有负的计数或时长", ()),
    "reported_mismatch": (
        "the reported service level is not the one its counts give",
        "上报的服务水平与按计数重算的不符",
        ("answered", "answered_within", "abandoned"),
    ),
    "threshold_mismatch": ("counted at another threshold than the queue's", "计数所用阈值与队列设置不符", ()),
    "incomplete": ("the last copy was made before the interval ended", "最后一份数据早于时段结束", ()),
    "definition_changed": ("counted by another definition than before", "计数定义已改变", ()),
    "two_feeds": ("both contacts and interval counts arrive; contacts are used", "同时收到明细与汇总，采用明细", ()),
}
"""In words, with the columns that show it."""


def _forecast(record: Mapping[str, object], _row: Row) -> Pair:
    observed, limit = percent(record["observed"]), percent(record["limit"])
    return (
        f"the day's volume was off its forecast by {observed} (WAPE), limit {limit}",
        f"当日话务量与预测的偏差为 {observed}（WAPE），限值 {limit}",
    )


def _repeat(record: Mapping[str, object], _row: Row) -> Pair:
    what, _, at = str(record["scope"]).rpartition("@")
    times, limit = number(record["observed"]), number(record["limit"])
    return (
        f"{what} opened {times} times at {at} in the weeks looked at, limit {limit}: structured problem solving (2.3)",
        f"{what} 在 {at} 时段于考察周内触发 {times} 次，限值 {limit}：转入结构化问题解决（2.3）",
    )


FIGURES: Final[Mapping[str, Callable[[Mapping[str, object], Row], Pair]]] = {
    "service_level_below_range": _below,
    "service_level_above_range": _above,
    "service_level_unusual": _unusual,
    "service_level_lost": _lost,
    "abandon_rate_above_limit": _abandon,
    "occupancy_outside_range": _occupancy,
    "volume_variance": _volume,
    "aht_variance": _aht,
    "net_staffing": _net_staffing,
    "schedule_gap": _schedule_gap,
    "plan_missing": _plan_missing,
    "feed_missing": _feed_missing,
    "integrity": _integrity,
    "forecast_accuracy": _forecast,
    "repeat_breach": _repeat,
}
"""By rule: its figure, from the record and the row."""
