# ruff: noqa: RUF001  Chinese text has full-width marks
"""What a breach says to the person who gets it, in English and in Chinese.

One line that can be acted on: queue, local interval, figure, limit, and for a missed service level what
it was due to, in the words of the floor ("1 agent short of schedule") with each cause's share. Limits are
settings of this product, and no message says that the standard asks for a number.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from agents.intervals.figures import Row
from agents.rules.conditions import Effect, Observation, Thresholds, figure
from agents.rules.figure_messages import FIGURES, Pair, signed, trim

__all__ = ["BreachContext", "messages"]


@dataclass(slots=True)
class BreachContext:
    """What stands behind a breach record beside its columns."""

    observation: Observation | None = None
    """What the interval said; None: it did not count, or the day ended."""
    thresholds: Thresholds | None = None
    total: float = 0.0
    """Sum of the run so far, in the unit of `policy.opens_at`."""
    running: int = 1
    """Intervals in the run."""
    inside: int = 0
    """Counting intervals back inside."""
    reason: str = ""
    """Why it is resolved: recovered, day_ended, no_volume, final; empty: it is not."""


def messages(record: Mapping[str, object], row: Row, breach_context: BreachContext, timezone: str) -> Pair:
    """The `message` and `message_zh` of a breach record.

    Args:
        record: its other columns.
        row: the result of its interval; where the day ended, only the columns that name the interval.
        breach_context: what led to it.
        timezone: IANA name of the local time to show.
    """
    where = f"{record['queue']} {_interval(row, timezone)}"
    rule = str(record["rule"])
    if breach_context.observation is None:
        english, chinese = _NAMES[rule]
        scope = f" ({record['scope']})" if record["scope"] else ""
        why, why_zh = _UNSEEN[breach_context.reason]
        return f"{where}: {english}{scope} resolved, {why}", f"{where}：{chinese}{scope}已结束：{why_zh}"
    english, chinese = FIGURES[rule](record, row)
    more, more_zh = _course(record, breach_context)
    causes = record["causes"]
    if isinstance(causes, Sequence) and causes and not breach_context.inside:
        words, words_zh = _causes(causes, row)
        more, more_zh = f"{more}. Causes: {words}", f"{more_zh}。原因：{words_zh}"
    return f"{where}: {english}{more}", f"{where}：{chinese}{more_zh}"


def _interval(row: Row, timezone: str) -> str:
    """`2026-03-02 10:30-11:00`, local time."""
    start = dt.datetime.fromisoformat(str(row["interval_start_local"]))
    end = (start + dt.timedelta(seconds=figure(row, "interval_seconds") or 0)).astimezone(ZoneInfo(timezone))
    return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}"


_NAMES: Final[Mapping[str, Pair]] = {
    "service_level_below_range": ("service level below its range", "服务水平低于范围"),
    "service_level_above_range": ("service level above its range", "服务水平高于范围"),
    "service_level_unusual": ("service level unusually low", "服务水平异常偏低"),
    "service_level_lost": ("service level of the open interval lost", "本时段服务水平已无法达到范围"),
    "abandon_rate_above_limit": ("abandon rate above its limit", "放弃率超过限值"),
    "occupancy_outside_range": ("occupancy outside its range", "占用率超出范围"),
    "volume_variance": ("volume off its forecast", "话务量偏离预测"),
    "aht_variance": ("AHT off its forecast", "平均处理时长偏离预测"),
    "net_staffing": ("understaffing", "人员不足"),
    "schedule_gap": ("staffing short of schedule", "在岗人数少于排班"),
    "plan_missing": ("missing plan", "缺少计划"),
    "forecast_accuracy": ("the day's forecast accuracy", "当日预测准确性"),
    "feed_missing": ("missing feed", "数据缺失"),
    "integrity": ("failed data check", "数据校验失败"),
    "repeat_breach": ("repeated breach", "重复违规"),
}

_UNSEEN: Final[Mapping[str, Pair]] = {
    "day_ended": (
        "day_ended: the open day is over, and it was not seen to recover",
        "day_ended，营业日结束，未观察到恢复",
    ),
    "no_volume": (
        "no_volume: too few contacts to tell, and it was not seen to recover",
        "no_volume，联系量不足以判断，未观察到恢复",
    ),
    "final": ("the interval is final", "时段已定稿"),
}


def _course(record: Mapping[str, object], breach_context: BreachContext) -> Pair:
    """How the breach stands: how far the run has come, or how far it is back inside."""
    terms, count = breach_context.thresholds, breach_context.inside
    if terms is None:
        return ("; resolved", "；已恢复") if record["state"] == "resolved" else ("", "")
    if record["state"] == "resolved":
        return f"; resolved, back inside for {_intervals(count)}", f"；已恢复，连续 {count} 个时段正常"
    if count:
        of = terms.clear_after
        return f"; back inside, {count} of {_intervals(of)}", f"；已回到范围内 {count}/{of} 个时段"
    return _run(str(record["rule"]), breach_context, terms)


def _run(rule: str, breach_context: BreachContext, terms: Thresholds) -> Pair:
    """How long the run is, and what it adds up to."""
    running, total = breach_context.running, breach_context.total
    if rule in _ACCUMULATED:
        return (
            f"; {_intervals(running)} running, accumulated {total:.2f} (opens at {terms.opens_at:.2f})",
            f"；连续 {running} 个时段，累计 {total:.2f}（达到 {terms.opens_at:.2f} 触发）",
        )
    if terms.of_last is not None:
        low, last = round(total), terms.of_last
        return f"; {low} of the last {last} intervals", f"；最近 {last} 个时段中有 {low} 个"
    if running > 1:
        return f"; {_intervals(running)} running", f"；连续 {running} 个时段"
    return "", ""


_ACCUMULATED: Final = frozenset({"service_level_below_range", "service_level_above_range", "abandon_rate_above_limit"})


def _intervals(count: int) -> str:
    return f"{count} interval" if count == 1 else f"{count} intervals"


# --- causes -----------------------------------------------------------------------------------------


def _causes(causes: Sequence[Effect], row: Row) -> Pair:
    """`volume +12 % (-9 points), AHT +14 % (-17 points), 1 agent short of schedule (-5 points), …`."""
    pairs = [_cause(str(cause["cause"]), cause["effect"], row) for cause in causes]
    return ", ".join(english for english, _ in pairs), "、".join(chinese for _, chinese in pairs)


def _cause(cause: str, effect: object, row: Row) -> Pair:
    points = 100 * effect if isinstance(effect, int | float) else 0.0
    shown = signed(points)
    unit = "point" if shown in {"+1", "-1"} else "points"
    if cause == "unexplained":
        plain = shown.removeprefix("+")
        return f"unexplained {plain} {unit}", f"未解释 {plain} 个百分点"
    english, chinese = _change(cause, row)
    return f"{english} ({shown} {unit})", f"{chinese}（{shown} 个百分点）"


def _change(cause: str, row: Row) -> Pair:
    """What changed against the plan."""
    if cause == "staffing":
        staffed, scheduled = figure(row, "staffed_agents"), figure(row, "scheduled_agents")
        gap = 0.0 if staffed is None or scheduled is None else staffed - scheduled
        heads = trim(abs(gap))
        agents = "agent" if heads == "1" else "agents"
        if heads == "0":
            return "staffed as scheduled", "在岗人数与排班一致"
        if gap < 0:
            return f"{heads} {agents} short of schedule", f"比排班少 {heads} 人"
        return f"{heads} {agents} over schedule", f"比排班多 {heads} 人"
    name, name_zh, came, expected = {
        "volume": ("volume", "话务量", "offered", "forecast_offered"),
        "aht": ("AHT", "平均处理时长", "aht_seconds", "forecast_aht_seconds"),
    }[cause]
    actual, forecast = figure(row, came), figure(row, expected)
    if actual is None or not forecast:
        return name, name_zh
    change = f"{signed(100 * (actual / forecast - 1))} %"
    return f"{name} {change}", f"{name_zh} {change}"
