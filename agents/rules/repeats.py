# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rule on breaches that come back at the same time of day (item 2.3)."""

from typing import Final

from agents.rules.observations import IntervalContext, Observation, RuleLogic, whole
from agents.rules.words.numbers import Pair, number
from config.rules import RuleSettings
from streams.results import BreachRecord

__all__ = ["LOGIC", "REPEAT_BREACH", "observe_repeats"]

REPEAT_BREACH: Final = "repeat_breach"


def observe_repeats(times: int, rule: RuleSettings) -> Observation:
    """The observation on the number of breaches of one rule in one slot.

    Args:
        times: breaches that opened in the weeks looked at.
        rule: its parameters.
    """
    limit = whole(rule, "times")
    return Observation(rule.on and times >= limit, times, limit, "breaches")


def _tell_repeats(record: BreachRecord, _context: IntervalContext) -> Pair:
    what, _, at = record.scope.rpartition("@")
    times, limit = number(record.observed), number(record.limit)
    return (
        f"{what} opened {times} times at {at} in the weeks looked at, limit {limit}: structured problem solving (2.3)",
        f"{what} 在 {at} 时段于考察周内触发 {times} 次，限值 {limit}：转入结构化问题解决（2.3）",
    )


LOGIC: Final = (RuleLogic(REPEAT_BREACH, _tell_repeats),)
