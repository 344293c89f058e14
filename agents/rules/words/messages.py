# ruff: noqa: RUF001  Chinese text has full-width marks
"""The title and the message of a breach, in English and in Chinese.

Both are made once, with the record, and carried wherever people read. A message has the order in which it is read on a
telephone: when and where, the figure with its counts and its limit, since when and how long, why, the agents that are
lacking, the other rules of the incident, the item of the standard. Limits are settings of this product, and no message
says that the standard asks for a number. "Back inside" is said only of what was outside.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from agents.rules.incidents import side_of
from agents.rules.observations import IntervalContext, Observation, Thresholds, Worst
from agents.rules.registry import LOGIC
from agents.rules.words.moments import Clock, duration, interval_words
from agents.rules.words.numbers import Pair, agents, percents, trim
from agents.rules.words.reasons import Changes, changes_of, lacking, why
from config.rules import RULES, Kind
from config.timestamps import rfc3339
from copc.items import ITEMS
from streams.results import BreachRecord

__all__ = ["BreachContext", "Say", "Texts", "messages", "pool_messages", "program_messages", "say_safely"]

_LOGGER: Final = logging.getLogger(__name__)
_BY_DAY: Final = frozenset({Kind.DAY, Kind.REPEATS})
"""Rules whose messages name a day, and no interval of it."""


_NET_STAFFING: Final = "net_staffing"
"""Its sentence says who is lacking."""


class Texts(NamedTuple):
    """The texts of a breach record."""

    message: str
    message_zh: str
    title: str
    title_zh: str


@dataclass(slots=True)
class BreachContext:
    """The facts behind a breach record beside its columns."""

    observation: Observation | None = None
    """The interval as its rule saw it; None: it did not count, or the day ended."""
    thresholds: Thresholds | None = None
    total: float = 0.0
    """Sum of the run so far, in the unit of `thresholds.opens_at`."""
    inside: int = 0
    """Counting intervals back inside."""
    reason: str = ""
    """The reason of its resolution: recovered, day_ended, no_volume, final; empty: it is not resolved."""
    worst: Worst | None = None
    """The worst interval so far."""
    ended_ms: int | None = None
    """End of the last interval that was outside."""
    others: tuple[str, ...] = ()
    """The other rules with a breach open in the incident."""


Say = Callable[[BreachRecord, IntervalContext, BreachContext], Texts]
"""A maker of the texts of a breach record, such as `messages` and `program_messages`."""


def say_safely(say: Say, record: BreachRecord, context: IntervalContext, told: BreachContext) -> Texts:
    """The texts of a breach record; figure and limit alone where its sentence fails.

    A breach must be published even if its sentence fails, and the engine's state must not depend on a text.
    """
    try:
        return say(record, context, told)
    except Exception:
        _LOGGER.exception("no sentence for %s; its figure is told alone", record.breach_id)
        place = record.queue or record.program
        where = f"{place} {rfc3339(record.interval_start_ms)}"
        rule, observed, limit = record.rule, record.observed, record.limit
        return Texts(
            f"{where}: {rule}: {observed} against {limit}",
            f"{where}：{rule}：{observed}，限值 {limit}",
            f"{place}: {rule}",
            f"{place}：{rule}",
        )


def messages(record: BreachRecord, context: IntervalContext, told: BreachContext) -> Texts:
    """The texts of a queue's breach record.

    Args:
        record: its other columns.
        context: its interval; where the day ended, its result only names it.
        told: the facts behind it.
    """
    by_day = RULES[record.rule].kind in _BY_DAY
    where = context.told.get("day") or interval_words(context).split(" ", 1)[0] if by_day else interval_words(context)
    parts = _body(record, context, told)
    others = [RULES[rule] for rule in told.others]
    if others and record.state != "resolved":
        also, also_zh = ", ".join(each.noun for each in others), "、".join(each.noun_zh for each in others)
        parts.append((f"In the same incident: {also}", f"同一事件中还有：{also_zh}"))
    parts.append(_item(record.item))
    head, head_zh = f"{record.queue} {where}: ", f"{record.queue} {where}："
    title, title_zh = _title(record, context, told, str(where))
    place = record.scope if RULES[record.rule].tells_missing_data and record.scope else record.queue
    return Texts(
        head + _sentences(english for english, _ in parts),
        head_zh + _sentences_zh(chinese for _, chinese in parts),
        f"{place}: {title}",
        f"{place}：{title_zh}",
    )


def pool_messages(record: BreachRecord, context: IntervalContext, told: BreachContext) -> Texts:
    """The texts of a pool's breach record, which names the pool where that of a queue names the queue."""
    return messages(msgspec.structs.replace(record, queue=record.scope, scope=""), context, told)


def program_messages(record: BreachRecord, context: IntervalContext, told: BreachContext) -> Texts:
    """The texts of a program's breach record.

    Args:
        record: its other columns.
        context: the last interval of its day, with the facts of the verdict.
        told: the facts behind it.
    """
    day = str(context.told["day"])
    month = day[:7]
    where, where_zh = f"{record.program} {month} to date ({day}): ", f"{record.program} {month} 月累计（至 {day}）："
    if told.observation is None:
        noun, noun_zh = RULES[record.rule].noun, RULES[record.rule].noun_zh
        body = (
            f"{noun} ({record.scope}): the month before is over, and it was not seen to recover",
            f"{noun_zh}（{record.scope}）：上月已结束，未观察到恢复",
        )
        title = f"{noun} ended with the month, not seen to recover", f"{noun_zh}，随月份结束，未观察到恢复"
    else:
        english, chinese = LOGIC[record.rule].sentence(record, context)
        headline, headline_zh = LOGIC[record.rule].heading(record, context)
        over = record.state == "resolved"
        body = (english + ("; back inside" if over else ""), chinese + ("；已恢复" if over else ""))
        until = ", back inside" if over else ""
        title = f"{headline}{until}, {month} so far", f"{headline_zh}{'，已恢复' if over else ''}，{month} 月累计"
    parts = (body, _item(record.item))
    return Texts(
        where + _sentences(english for english, _ in parts),
        where_zh + _sentences_zh(chinese for _, chinese in parts),
        f"{record.program}: {title[0]}",
        f"{record.program}：{title[1]}",
    )


def _sentences(parts: Iterable[str]) -> str:
    return " ".join(f"{part}." for part in parts)


def _sentences_zh(parts: Iterable[str]) -> str:
    return "".join(f"{part}。" for part in parts)


def _item(code: str) -> Pair:
    item = ITEMS[code]
    return f"Item {code}, {item.title}", f"条款 {code}：{item.title_zh}"


# --- the message ------------------------------------------------------------------------------------


def _body(record: BreachRecord, context: IntervalContext, told: BreachContext) -> list[Pair]:
    """The sentences between the place and the item."""
    if told.observation is None:
        return [_unseen(record, told), *_course(record, context, told), *_causes(record, context, told)]
    english, chinese = LOGIC[record.rule].sentence(record, context)
    terms = told.thresholds
    if terms is not None and terms.of_last is not None and told.observation.outside:
        low, last = round(told.total), terms.of_last
        english = f"{english}: {low} of the last {last} intervals"
        chinese = f"{chinese}：最近 {last} 个时段中有 {low} 个"
    parts = [(english, chinese), *_course(record, context, told), *_causes(record, context, told)]
    side = side_of(record.rule, told.observation.observed, told.observation.limit)
    if told.observation.outside and side == "too_few" and record.rule != _NET_STAFFING:
        parts += filter(None, [lacking(context.result)])
    return parts


_UNSEEN: Final[dict[str, Pair]] = {
    "day_ended": ("the open day is over, and it was not seen to recover", "营业日结束，未观察到恢复"),
    "no_volume": ("too few contacts to tell, and it was not seen to recover", "联系量不足以判断，未观察到恢复"),
    "final": (
        "the interval is final, and the rules for final intervals judge it",
        "时段已定稿，由针对定稿时段的规则判断",
    ),
}


_SIDES: Final = {
    False: ("outside", "超出", "Back inside", "回到范围内"),
    True: ("wrong", "异常", "Right again", "恢复正常"),
}
"""The words for a figure that is measured against a limit, and for a thing that is right or wrong."""


def _unseen(record: BreachRecord, told: BreachContext) -> Pair:
    definition = RULES[record.rule]
    scope, scope_zh = (f" ({record.scope})", f"（{record.scope}）") if record.scope else ("", "")
    english, chinese = _UNSEEN[told.reason]
    return f"{definition.noun}{scope}: {english}", f"{definition.noun_zh}{scope_zh}：{chinese}"


def _course(record: BreachRecord, context: IntervalContext, told: BreachContext) -> list[Pair]:
    """Since when and how long, or how it ended and how bad it was."""
    if RULES[record.rule].kind in _BY_DAY or record.live:
        return []
    clock, first_ms, observation = Clock(context), record.first_interval_start_ms, told.observation
    zone = clock.zone(first_ms)
    if observation is not None and observation.outside:
        lasted, lasted_zh = duration(clock.end_ms - first_ms)
        since = clock.at(first_ms)
        return [(f"Since {since} ({zone}), for {lasted}", f"自 {since} 起（{zone}），已持续 {lasted_zh}")]
    if told.ended_ms is None:
        return []
    span, ended = clock.span(first_ms, told.ended_ms), clock.at(told.ended_ms)
    lasted, lasted_zh = duration(told.ended_ms - first_ms)
    inside = told.inside
    intervals = "1 interval" if inside == 1 else f"{inside} intervals"
    worst, worst_zh = _worst(record, told, clock)
    side, side_zh, back, back_zh = _SIDES[RULES[record.rule].unit == "count"]
    if record.state != "resolved":
        clear = told.thresholds.clear_after if told.thresholds is not None else inside
        english = f"{back} for {inside} of the {clear} intervals that end it; {side} {span} ({zone}){worst}"
        chinese = f"已连续 {inside} 个时段{back_zh}（需 {clear} 个）；此前 {span}（{zone}）{side_zh}{worst_zh}"
    elif observation is None:
        english = f"{side.capitalize()} {span} ({zone}), for {lasted}{worst}"
        chinese = f"{span}（{zone}）{side_zh}，历时 {lasted_zh}{worst_zh}"
    else:
        english = f"Ended {ended} after {lasted} ({span}, {zone}), {back.lower()} for {intervals}{worst}"
        chinese = f"{ended} 结束，历时 {lasted_zh}（{span}，{zone}），已连续 {inside} 个时段{back_zh}{worst_zh}"
    return [(english, chinese)]


def _worst(record: BreachRecord, told: BreachContext, clock: Clock) -> Pair:
    """`, worst 14 % (64 of 460) in 12:00-12:30`; nothing where its figure says nothing."""
    worst = told.worst
    figure = None if worst is None else _figure(record.rule, worst)
    if worst is None or figure is None:
        return "", ""
    english, chinese = figure
    counts, counts_zh = "", ""
    if worst.counts is not None:
        counted, of = (trim(count, 0) for count in worst.counts)
        counts, counts_zh = f" ({counted} of {of})", f"（{of} 个中 {counted} 个）"
    span = clock.span(worst.start_ms, worst.start_ms + clock.length_ms)
    return f"; worst {english}{counts} in {span}", f"；最差{chinese}{counts_zh}，在 {span}"


def _figure(rule: str, worst: Worst) -> Pair | None:
    """The figure of the worst interval; None: it is a count that says nothing by itself."""
    unit, observed, limit = RULES[rule].unit, worst.observed, worst.limit
    if observed is None or unit == "count":
        return None
    if unit == "ratio":
        shown = percents(observed, limit)[0]
        return shown, f" {shown}"
    if unit == "change":
        share = percents(abs(observed), None if limit is None else abs(limit))[0]
        if observed < 0:
            return f"{share} below forecast", f"比预测低 {share}"
        return f"{share} above forecast", f"比预测高 {share}"
    heads = trim(abs(observed))
    if observed < 0:
        return f"{agents(heads)} short", f"少 {heads} 人"
    return f"{agents(heads)} over", f"多 {heads} 人"


def _causes(record: BreachRecord, context: IntervalContext, told: BreachContext) -> list[Pair]:
    """Why: of an interval outside its own causes, at the end those of the worst one."""
    worst = told.worst
    if record.state == "resolved" and worst is not None:
        reasons, at_worst = why(worst.causes, Changes(*worst.changes)), True
    elif told.observation is not None and told.observation.outside:
        causes = [(str(each["cause"]), each["effect"]) for each in record.causes or ()]
        known = [(cause, float(effect)) for cause, effect in causes if isinstance(effect, int | float)]
        reasons, at_worst = why(known, changes_of(context.result)), False
    else:
        return []
    if reasons is None:
        return []
    english, chinese = reasons
    return [
        (f"Why it was worst: {english}", f"最差时的原因：{chinese}")
        if at_worst
        else (f"Why: {english}", f"原因：{chinese}")
    ]


# --- the title --------------------------------------------------------------------------------------


def _title(record: BreachRecord, context: IntervalContext, told: BreachContext, day: str) -> Pair:
    """The title without its place."""
    clock, first_ms, observation = Clock(context), record.first_interval_start_ms, told.observation
    by_day = RULES[record.rule].kind in _BY_DAY
    if observation is None or (record.state == "resolved" and not by_day and not record.live):
        return _end_title(record, told, clock)
    english, chinese = LOGIC[record.rule].heading(record, context)
    if record.live and not by_day:
        day = clock.span(context.start_ms, clock.end_ms)
    if record.live or (by_day and observation.outside):
        return f"{english}, {day}", f"{chinese}，{day}"
    if observation.outside:
        return f"{english}, since {clock.at(first_ms)}", f"{chinese}，自 {clock.at(first_ms)} 起"
    if by_day or told.ended_ms is None:
        when = f", {day}" if by_day else ""
        return f"{english}, back inside{when}", f"{chinese}，已恢复{when}"
    ended = clock.at(told.ended_ms)
    if RULES[record.rule].unit == "count":
        return f"{english}, since {ended}", f"{chinese}，自 {ended} 起"
    return f"{english}, back inside since {ended}", f"{chinese}，自 {ended} 起回到范围内"


def _end_title(record: BreachRecord, told: BreachContext, clock: Clock) -> Pair:
    """`ended 13:30 after 2 h, worst 14 %`; nobody saw a recovery where the day or the contacts ended."""
    definition = RULES[record.rule]
    if record.live and definition.kind in {Kind.AHEAD, Kind.DAY}:
        return f"{definition.noun}: the day is over", f"{definition.noun_zh}：营业日结束"
    if record.live:
        span = clock.span(record.interval_start_ms, clock.end_ms)
        return f"{definition.noun}, {span} is final", f"{definition.noun_zh}，{span} 已定稿"
    unseen, unseen_zh = (", not seen to recover", "，未观察到恢复") if told.observation is None else ("", "")
    if told.ended_ms is None:
        return f"{definition.noun} ended{unseen}", f"{definition.noun_zh}，已结束{unseen_zh}"
    ended = clock.at(told.ended_ms)
    lasted, lasted_zh = duration(told.ended_ms - record.first_interval_start_ms)
    figure = None if told.worst is None else _figure(record.rule, told.worst)
    worst, worst_zh = ("", "") if figure is None else (f", worst {figure[0]}", f"，最差{figure[1]}")
    return (
        f"ended {ended} after {lasted}{worst}{unseen}",
        f"{ended} 结束，历时 {lasted_zh}{worst_zh}{unseen_zh}",
    )
