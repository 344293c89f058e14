# ruff: noqa: RUF001  Chinese text has full-width marks
"""Answers to "what if" and "who could help" as JSON has them, each with a sentence that can be read aloud."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from agents.projection.moves import Moves, Proposal
from agents.projection.shown import shown
from agents.projection.whatif import Both, WhatIf
from agents.rules.words.numbers import Pair, agents, percent, percents, trim
from config.timestamps import rfc3339

__all__ = ["move_words", "shown_moves", "shown_what_if", "what_if_words"]

_WHY: Final[dict[str, Pair]] = {
    "not_at_risk": ("no interval of {queue} is at risk for the rest of the day", "{queue}今天余下时段均无风险"),
    "no_donors": ("no other queue is known that could give {queue} agents", "没有可向{queue}调出坐席的其他队列"),
    "none_worth": (
        "no queue can spare an agent for {queue} without falling below its own range",
        "没有队列能在不低于自身目标区间的情况下向{queue}调出坐席",
    ),
}
_SKILLS_UNKNOWN: Final[Pair] = (
    "No agent is seen on two queues: every queue of the program was asked. Check the skills.",
    "未见同时服务两个队列的坐席：已询问该项目的所有队列。请核对技能。",
)


def shown_what_if(answer: WhatIf) -> dict[str, Any]:
    """The body of `GET /api/whatif`."""
    text, text_zh = what_if_words(answer)
    return {
        "from": rfc3339(answer.from_ms),
        "to": rfc3339(answer.to_ms),
        "text": text,
        "text_zh": text_zh,
        "queues": [_both(both, answer) for both in answer.queues],
    }


def _both(both: Both, answer: WhatIf) -> dict[str, Any]:
    before, after = both.over(answer.from_ms, answer.to_ms)
    return {
        "queue": both.before.queue,
        "span": {"before": before, "after": after},
        "before": shown(both.before),
        "after": shown(both.after),
    }


def shown_moves(moves: Moves) -> dict[str, Any]:
    """The body of `GET /api/moves`."""
    span, why = moves.span, None if moves.why is None else _WHY[moves.why]
    return {
        "queue": moves.queue,
        "made_at": rfc3339(moves.projection.made_ms),
        "from": None if span is None else rfc3339(span.from_ms),
        "to": None if span is None else rfc3339(span.to_ms),
        "lacks": None if span is None else span.lacks,
        "skills_known": moves.skills_known,
        "notes": [] if moves.skills_known or not moves.proposals else [_SKILLS_UNKNOWN[0]],
        "notes_zh": [] if moves.skills_known or not moves.proposals else [_SKILLS_UNKNOWN[1]],
        "why": None if why is None else why[0].format(queue=moves.queue),
        "why_zh": None if why is None else why[1].format(queue=moves.queue),
        "proposals": [_proposal(proposal, moves) for proposal in moves.proposals],
    }


def _proposal(proposal: Proposal, moves: Moves) -> dict[str, Any]:
    text, text_zh = move_words(proposal, moves.projection.timezone, moves.projection.low)
    return {
        "agents": proposal.agents,
        "from_queue": proposal.donor,
        "to_queue": proposal.queue,
        "from": rfc3339(proposal.from_ms),
        "to": rfc3339(proposal.to_ms),
        "contacts": proposal.contacts,
        "receiver": {"before": proposal.receiver.before, "after": proposal.receiver.after},
        "donor": {"before": proposal.giver.before, "after": proposal.giver.after},
        "text": text,
        "text_zh": text_zh,
    }


def move_words(proposal: Proposal, timezone: str, low: float | None) -> Pair:
    """The sentence of a move: `Move 3 agents from orders to cards 13:00-14:30: cards 61 % -> 83 %, orders …`.

    Args:
        proposal: the move.
        timezone: of the receiving queue, whose clock is named.
        low: low end of its range, which a figure is rounded away from.
    """
    there = [percents(level, low)[0] if low is not None else percent(level) for level in proposal.receiver]
    here = [percents(level, proposal.giver_low)[0] for level in proposal.giver]
    return _moved(
        proposal.agents, (proposal.donor, proposal.queue), _span(proposal.from_ms, proposal.to_ms, timezone),
        f"{there[0]} -> {there[1]}", f"{here[0]} -> {here[1]}",
    )  # fmt: skip


def _moved(heads: int, queues: tuple[str, str], span: str, there: str, here: str) -> Pair:
    donor, queue = queues
    return (
        f"Move {agents(str(heads))} from {donor} to {queue} {span}: {queue} {there}, {donor} {here}.",
        f"{span}从{donor}调{heads}名坐席到{queue}：{queue} {there}，{donor} {here}。",
    )


def what_if_words(answer: WhatIf) -> Pair:
    """The answer in a sentence: that of a move, else `cards 13:00-14:30 with 3 agents more: 61 % -> 83 %, …`."""
    both = answer.queues[0]
    projection, asked = both.before, answer.asked
    span = _span(answer.from_ms, answer.to_ms, projection.timezone)
    if len(answer.queues) > 1:
        here, there = (_levels(each, answer) for each in answer.queues)
        pair = _moved(abs(asked.agents), (asked.queue, answer.queues[1].before.queue), span, there, here)
        if not (asked.volume or asked.aht):
            return pair
        changes = _changes(0, asked.volume, asked.aht)
        return f"With {changes[0]}: {pair[0]}", f"{changes[1]}：{pair[1]}"
    changes = _changes(asked.agents, asked.volume, asked.aht)
    levels, days = _levels(both, answer), [each.day and each.day.service_level for each in both]
    day = f"{percent(days[0])} -> {percent(days[1])}"
    return (
        f"{asked.queue} {span} with {changes[0]}: {levels}, the day {day}.",
        f"{asked.queue} {span}，{changes[1]}：{levels}，全天 {day}。",
    )


def _levels(both: Both, answer: WhatIf) -> str:
    low = both.before.low
    levels = both.over(answer.from_ms, answer.to_ms)
    return " -> ".join(percent(level) if low is None else percents(level, low)[0] for level in levels)


def _changes(heads: int, volume: float, aht: float) -> Pair:
    words: list[Pair] = []
    if heads:
        many = str(abs(heads))
        more, more_zh = ("more", "增加") if heads > 0 else ("fewer", "减少")
        words.append((f"{agents(many)} {more}", f"{more_zh}{many}名坐席"))
    for value, name, name_zh in ((volume, "volume", "话务量"), (aht, "AHT", "平均处理时长")):
        if value:
            signed = f"{'+' if value > 0 else '-'}{trim(abs(value))} %"
            words.append((f"{name} {signed}", f"{name_zh} {signed}"))
    return ", ".join(word for word, _ in words), "，".join(word for _, word in words)


def _span(from_ms: int, to_ms: int, timezone: str) -> str:
    """`13:00-14:30`, local time; a midnight at its end is `24:00`."""
    zone = ZoneInfo(timezone)
    begin, end = (dt.datetime.fromtimestamp(ms / 1000, zone) for ms in (from_ms, to_ms))
    return f"{begin:%H:%M}-{'24:00' if (end.hour, end.minute) == (0, 0) else f'{end:%H:%M}'}"
