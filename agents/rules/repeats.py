# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rule on breaches that come back in one slot: a time of day, or the day (item 2.3)."""

from typing import Final

from agents.rules.observations import IntervalContext, Observation, RuleLogic, whole
from agents.rules.words.numbers import Pair, number
from config.rules import RULES, RuleSettings
from streams.results import BreachRecord

__all__ = ["LOGIC", "OF_DAY", "REPEAT_BREACH", "observe_repeats"]

REPEAT_BREACH: Final = "repeat_breach"
OF_DAY: Final = "day"
"""The slot of a rule that looks at days."""


def observe_repeats(times: int, rule: RuleSettings) -> Observation:
    """The observation on the number of breaches of one rule in one slot.

    Args:
        times: breaches that opened in the weeks looked at.
        rule: its parameters.
    """
    limit = whole(rule, "times")
    return Observation(rule.on and times >= limit, times, limit, "breaches")


def _tell_repeats(record: BreachRecord, context: IntervalContext) -> Pair:
    english, chinese = _head_repeats(record, context)
    limit = number(record.limit)
    if record.observed is not None and record.limit is not None and record.observed < record.limit:
        return f"{english}; limit {limit}", f"{chinese}；限值 {limit}"
    return (
        f"{english}; from {limit} on it is handed over to structured problem solving",
        f"{chinese}；达到 {limit} 次即转入结构化问题解决",
    )


def _head_repeats(record: BreachRecord, context: IntervalContext) -> Pair:
    what, _, at = record.scope.rpartition("@")
    rule, _, scope = what.partition(":")
    weeks = number(context.settings.rules[REPEAT_BREACH].parameters["weeks"])
    of, of_zh = (f" ({scope})", f"（{scope}）") if scope else ("", "")
    noun, noun_zh = RULES[rule].noun, RULES[rule].noun_zh
    when, when_zh = ("", "") if at == OF_DAY else (f" at {at}", f"在 {at} ")
    times = number(record.observed)
    many = "once" if times == "1" else f"{times} times"
    return (
        f"{noun}{of} {many}{when} in {weeks} weeks",
        f"{noun_zh}{of_zh}：{weeks} 周内{when_zh}触发 {times} 次",
    )


LOGIC: Final = (RuleLogic(REPEAT_BREACH, _tell_repeats, _head_repeats),)
