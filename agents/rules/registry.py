"""The condition and the sentence of every rule, by its name, as the engines read them.

The module of its family holds a rule; this table finds it there, in the order of `config.rules.RULES`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from agents.rules import feed, plan, quality, repeats, service_level, staffing
from agents.rules.observations import IntervalContext, Observation, RuleLogic, Verdict, counts_for
from config.queue_settings import QueueSettings
from config.rules import RULES
from streams.quality.month import Month

__all__ = ["DAY_RULES", "EARLY_RULES", "INTERVAL_RULES", "LOGIC", "MONTH_RULES", "observe", "verdicts"]

_FOUND: Final = {
    logic.name: logic for family in (service_level, staffing, plan, quality, feed, repeats) for logic in family.LOGIC
}

LOGIC: Final[Mapping[str, RuleLogic]] = {name: _FOUND[name] for name in RULES if name in _FOUND}
"""Logic by rule name, in the order in which breaches are published."""

INTERVAL_RULES: Final = {name: logic for name, logic in LOGIC.items() if logic.interval or logic.by_scope}
"""Rules over final intervals, whose runs and breaches end with the open day."""
EARLY_RULES: Final = {name: logic.open_interval for name, logic in LOGIC.items() if logic.open_interval}
"""Conditions on an interval before it is final."""
DAY_RULES: Final = {name: logic.day for name, logic in LOGIC.items() if logic.day}
"""Conditions on a queue's day when it is over."""
MONTH_RULES: Final = {name: logic.month for name, logic in LOGIC.items() if logic.month}
"""Conditions on a program's month so far."""


def observe(name: str, context: IntervalContext, open_scopes: Iterable[str]) -> list[tuple[str, Observation | None]]:
    """The observations of the rule called `name` in an interval, by scope; None: the interval does not count for it.

    Args:
        name: one of `INTERVAL_RULES`.
        context: the interval.
        open_scopes: scopes in which the rule has a run or a breach.
    """
    rule, logic = context.settings.rules[name], INTERVAL_RULES[name]
    counts = rule.on and counts_for(name, context.result.integrity)
    if logic.interval is not None:
        return [("", logic.interval(context, rule) if counts else None)]
    if logic.by_scope is None or not counts:
        return [(scope, None) for scope in open_scopes]
    return logic.by_scope(context, open_scopes)


def verdicts(month: Month, day: dt.date, settings: QueueSettings) -> list[Verdict]:
    """The verdicts of a program's rules on its month so far; scopes that cannot be judged are left out.

    Args:
        month: evaluations and contacts that its queues have emitted.
        day: the local day that is over.
        settings: the program's.
    """
    return [
        verdict
        for rule, condition in MONTH_RULES.items()
        if settings.rules[rule].on
        for verdict in condition(month, day, settings)
    ]
