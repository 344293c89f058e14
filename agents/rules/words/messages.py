# ruff: noqa: RUF001  Chinese text has full-width marks
"""The message of a breach, in English and in Chinese: its place, the sentence of its rule, its course and its causes.

A message is one line that people can act on: queue, local interval, figure and limit. A missed service level has its
causes, too, in the words of the floor ("1 agent short of schedule") with each cause's share. Limits are settings of
this product, and no message says that the standard asks for a number.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from agents.rules.observations import Effect, IntervalContext, Observation, Thresholds
from agents.rules.registry import LOGIC
from agents.rules.words.numbers import Pair, signed, trim
from config.rules import RULES, Kind
from config.timestamps import rfc3339
from streams.results import BreachRecord, IntervalResult

__all__ = ["BreachContext", "Say", "messages", "program_messages", "say_safely", "titles"]

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class BreachContext:
    """The facts behind a breach record beside its columns."""

    observation: Observation | None = None
    """The interval as its rule saw it; None: it did not count, or the day ended."""
    thresholds: Thresholds | None = None
    total: float = 0.0
    """Sum of the run so far, in the unit of `thresholds.opens_at`."""
    running: int = 1
    """Intervals in the run."""
    inside: int = 0
    """Counting intervals back inside."""
    reason: str = ""
    """The reason of its resolution: recovered, day_ended, no_volume, final; empty: it is not resolved."""


Say = Callable[[BreachRecord, IntervalContext, BreachContext], Pair]
"""A maker of the two messages of a breach record, such as `messages` and `program_messages`."""


def say_safely(say: Say, record: BreachRecord, context: IntervalContext, breach_context: BreachContext) -> Pair:
    """The messages of a breach record; figure and limit alone where its sentence fails.

    A breach must be published even if its sentence fails, and the engine's state must not depend on a text.
    """
    try:
        return say(record, context, breach_context)
    except Exception:
        _LOGGER.exception("no sentence for %s; its figure is told alone", record.breach_id)
        where = f"{record.queue or record.program} {rfc3339(record.interval_start_ms)}"
        rule, observed, limit = record.rule, record.observed, record.limit
        return f"{where}: {rule}: {observed} against {limit}", f"{where}：{rule}：{observed}，限值 {limit}"


def messages(record: BreachRecord, context: IntervalContext, breach_context: BreachContext) -> Pair:
    """The `message` and `message_zh` of a breach record.

    Args:
        record: its other columns.
        context: its interval; where the day ended, its result only names it.
        breach_context: the facts behind it.
    """
    where = f"{record.queue} {_interval(context)}"
    rule = record.rule
    if breach_context.observation is None:
        english, chinese = RULES[rule].noun, RULES[rule].noun_zh
        scope = f" ({record.scope})" if record.scope else ""
        why, why_zh = _UNSEEN[breach_context.reason]
        return f"{where}: {english}{scope} resolved, {why}", f"{where}：{chinese}{scope}已结束：{why_zh}"
    english, chinese = LOGIC[rule].sentence(record, context)
    more, more_zh = _course(record, breach_context)
    if record.causes and not breach_context.inside:
        words, words_zh = _causes(record.causes, context.result)
        more, more_zh = f"{more}. Causes: {words}", f"{more_zh}。原因：{words_zh}"
    return f"{where}: {english}{more}", f"{where}：{chinese}{more_zh}"


def program_messages(record: BreachRecord, context: IntervalContext, breach_context: BreachContext) -> Pair:
    """The `message` and `message_zh` of a program's breach record.

    Args:
        record: its other columns.
        context: the last interval of its day, with the facts of the verdict.
        breach_context: the facts behind it.
    """
    rule, scope = record.rule, record.scope
    day = str(context.told["day"])
    where = f"{record.program} {day[:7]} to date ({day})"
    where_zh = f"{record.program} {day[:7]} 月累计（至 {day}）"
    if breach_context.observation is None:
        english, chinese = RULES[rule].noun, RULES[rule].noun_zh
        return (
            f"{where}: {english} ({scope}) resolved, month_ended: the month is over, and it was not seen to recover",
            f"{where_zh}：{chinese}（{scope}）已结束：month_ended，月份结束，未观察到恢复",
        )
    english, chinese = LOGIC[rule].sentence(record, context)
    over = record.state == "resolved"
    return f"{where}: {english}{'; resolved' if over else ''}", f"{where_zh}：{chinese}{'；已恢复' if over else ''}"


def titles(record: BreachRecord, context: IntervalContext) -> Pair:
    """The `title` and `title_zh` of a breach record: place, breach and since when (local time)."""
    definition, place = RULES[record.rule], record.queue or record.program
    since = dt.datetime.fromtimestamp(record.first_interval_start_ms / 1000, ZoneInfo(context.settings.timezone))
    if record.state == "resolved":
        return f"{place}: {definition.noun} ended", f"{place}：{definition.noun_zh}，已结束"
    return (
        f"{place}: {definition.noun}, since {since:%H:%M}",
        f"{place}：{definition.noun_zh}，自 {since:%H:%M} 起",
    )


def _interval(context: IntervalContext) -> str:
    """`2026-03-02 10:30-11:00`, local time; an hour that occurs twice has its offset, `(UTC-04:00)`, too."""
    result, zone = context.result, ZoneInfo(context.settings.timezone)
    start = dt.datetime.fromtimestamp(context.start_ms / 1000, dt.timezone(dt.timedelta(0, result.utc_offset_seconds)))
    end = (start + dt.timedelta(milliseconds=result.interval_ms)).astimezone(zone)
    named = f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}"
    local = start.replace(tzinfo=zone)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return named
    minutes = result.utc_offset_seconds // 60
    return f"{named} (UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d})"


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


def _course(record: BreachRecord, breach_context: BreachContext) -> Pair:
    """The course of the breach: how far the run has come, or how far it is back inside."""
    terms, count = breach_context.thresholds, breach_context.inside
    if terms is None:
        return ("; resolved", "；已恢复") if record.state == "resolved" else ("", "")
    if record.state == "resolved":
        return f"; resolved, back inside for {_intervals(count)}", f"；已恢复，连续 {count} 个时段正常"
    if count:
        of = terms.clear_after
        return f"; back inside, {count} of {_intervals(of)}", f"；已回到范围内 {count}/{of} 个时段"
    return _run(record.rule, breach_context, terms)


def _run(rule: str, breach_context: BreachContext, terms: Thresholds) -> Pair:
    """The length and the sum of the run."""
    running, total = breach_context.running, breach_context.total
    if RULES[rule].kind is Kind.ACCUMULATE:
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


def _intervals(count: int) -> str:
    return f"{count} interval" if count == 1 else f"{count} intervals"


# --- causes -----------------------------------------------------------------------------------------


def _causes(causes: Sequence[Effect], result: IntervalResult) -> Pair:
    """`volume +12 % (-9 points), AHT +14 % (-17 points), 1 agent short of schedule (-5 points), …`."""
    pairs = [_cause(str(cause["cause"]), cause["effect"], result) for cause in causes]
    return ", ".join(english for english, _ in pairs), "、".join(chinese for _, chinese in pairs)


def _cause(cause: str, effect: object, result: IntervalResult) -> Pair:
    points = 100 * effect if isinstance(effect, int | float) else 0.0
    shown = signed(points)
    unit = "point" if shown in {"+1", "-1"} else "points"
    if cause == "unexplained":
        plain = shown.removeprefix("+")
        return f"unexplained {plain} {unit}", f"未解释 {plain} 个百分点"
    english, chinese = _change(cause, result)
    return f"{english} ({shown} {unit})", f"{chinese}（{shown} 个百分点）"


def _change(cause: str, result: IntervalResult) -> Pair:
    """The change against the plan that a cause names."""
    if cause == "staffing":
        staffed, scheduled = result.staffed_agents, result.scheduled_agents
        gap = 0.0 if staffed is None or scheduled is None else staffed - scheduled
        heads = trim(abs(gap))
        agents = "agent" if heads == "1" else "agents"
        if heads == "0":
            return "staffed as scheduled", "在岗人数与排班一致"
        if gap < 0:
            return f"{heads} {agents} short of schedule", f"比排班少 {heads} 人"
        return f"{heads} {agents} over schedule", f"比排班多 {heads} 人"
    name, name_zh, actual, forecast = {
        "volume": ("volume", "话务量", result.offered, result.forecast_offered),
        "aht": ("AHT", "平均处理时长", result.aht_seconds, result.forecast_aht_seconds),
    }[cause]
    if actual is None or not forecast:
        return name, name_zh
    change = f"{signed(100 * (actual / forecast - 1))} %"
    return f"{name} {change}", f"{name_zh} {change}"
