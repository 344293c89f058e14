"""What the rules over a calendar month ask of a program at the end of a day (metrics sections 6, 8 and 9).

Each rule looks at the month so far and says what it saw, by scope; opening, updating and resolving is
`agents.engine.program`. Verdicts on accuracy keep three things apart: a point below the target (info: half of all
healthy months have one), an interval below it (warning), and evidence that holds however often one looks
(critical).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from agents.rules.conditions import EPSILON, Observation, amount, optional, whole
from config.queue_settings import QueueSettings
from config.rules import RuleSettings
from copc.quality import FAMILIES, below_target_evidence, exact_interval
from copc.variation import rule_a, rule_b, rule_c
from streams.quality.month import Month, Score, agents_behind, score_by, spreads

__all__ = ["PROGRAM_RULES", "Verdict", "accuracy_verdict", "verdicts"]

PROGRAM_RULES: Final = ("critical_error_accuracy", "monitoring_coverage", "variation_too_big")

_GROUPINGS: Final = ("agents", "teams", "shifts")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one scope."""

    rule: str
    scope: str
    """`end_user`, `queue:sales:end_user`, `agents`, `spread:hours`, `queue:sales:aht:agents:A`, `sigma:end_user`."""
    severity: str
    observation: Observation
    facts: dict[str, float | int | str]
    """What a message needs beside the figure: n, the interval, who is behind, groups compared."""


def verdicts(month: Month, day: dt.date, settings: QueueSettings) -> list[Verdict]:
    """What the rules of a program say of its month so far; scopes that cannot be judged are left out.

    Args:
        month: what its queues have told.
        day: the local day that is over.
        settings: the program's.
    """
    found: list[Verdict] = []
    for rule, observation in (
        ("critical_error_accuracy", _accuracies(month, settings)),
        ("monitoring_coverage", _coverage(month, day, settings)),
        ("variation_too_big", _variation(month, settings)),
    ):
        if settings.rules[rule].on:
            found.extend(observation)
    return found


def _accuracies(month: Month, settings: QueueSettings) -> Iterator[Verdict]:
    random = month.of("random")
    queues = sorted({each.queue for each in random})
    for (_, family), sheet in sorted(score_by(random, lambda _: "").items()):
        verdict = accuracy_verdict(family, family, sheet, settings.rules["critical_error_accuracy"])
        if verdict is not None:
            yield verdict
    if len(queues) > 1:
        for (queue, family), sheet in sorted(score_by(random, lambda each: each.queue).items()):
            scope = f"queue:{queue}:{family}"
            verdict = accuracy_verdict(scope, family, sheet, settings.rules["critical_error_accuracy"])
            if verdict is not None:
                yield verdict


def accuracy_verdict(scope: str, family: str, sheet: Score, rule: RuleSettings) -> Verdict | None:
    """What `critical_error_accuracy` says of a month's transactions so far; None: too few, or no target."""
    target, (right, n) = optional(rule, family), sheet
    if target is None or n < whole(rule, "min_n"):
        return None
    point = right / n
    confidence = amount(rule, "confidence")
    low, high = exact_interval(right, n, confidence)
    severity = rule.severity
    if target < 1 and below_target_evidence(right, n, target) >= amount(rule, "evidence") * (1 - 1e-12):
        severity = "critical"
    elif high < target:
        severity = max(severity, "warning", key=("info", "warning", "critical").index)
    observation = Observation(point < target - EPSILON, point, target, "ratio", target)
    facts: dict[str, float | int | str] = {"right": right, "n": n, "low": low, "high": high, "confidence": confidence}
    return Verdict("critical_error_accuracy", scope, severity, observation, facts)


def _coverage(month: Month, day: dt.date, settings: QueueSettings) -> Iterator[Verdict]:
    rule = settings.rules["monitoring_coverage"]
    if not month.evaluations:
        return  # nobody monitors here: there is no monitoring that could fall short
    short, agents = agents_behind(month, day, whole(rule, "min_evaluations"))
    if agents:
        who = ", ".join(f"{each.agent} ({each.evaluations}/{each.due})" for each in short[:5])
        more = f", + {len(short) - 5}" if len(short) > 5 else ""
        observation = Observation(bool(short), len(short), 0, "agents", 0)
        yield Verdict(
            "monitoring_coverage", "agents", rule.severity, observation, {"agents": agents, "who": who + more}
        )
    p_value = amount(rule, "p_value")
    tests = spreads(month)
    for dimension, test in tests.items():
        # The four are one question, asked every day: the limit is for all of them together.
        limit = p_value / len(tests)
        observation = Observation(test.p_value < limit, test.p_value, limit, "ratio")
        yield Verdict("monitoring_coverage", f"spread:{dimension}", rule.severity, observation, {"cells": test.cells})


def _variation(month: Month, settings: QueueSettings) -> Iterator[Verdict]:
    rule = settings.rules["variation_too_big"]
    least = whole(rule, "min_handled")
    # Within a queue: the work of another one takes its own time, whoever does it.
    for queue, grouping in product(sorted({who[0] for who in month.handled}), _GROUPINGS):
        values = [ms / contacts / 1000 for contacts, ms in month.by(grouping, queue).values() if contacts >= least]
        if len(values) < 2:
            continue
        for found in (
            rule_a(values, amount(rule, "range_over_mean")),
            rule_b(values, amount(rule, "sd_over_sixth")),
        ):
            if found.value is not None:
                observation = Observation(found.too_big is True, found.value, found.limit, "ratio")
                facts: dict[str, float | int | str] = {"n": found.n, "low": min(values), "high": max(values)}
                scope = f"queue:{queue}:aht:{grouping}:{found.rule}"
                yield Verdict("variation_too_big", scope, rule.severity, observation, facts)
    sheets = score_by(month.of("random"), lambda _: "")
    for family in FAMILIES:
        right, n = sheets.get(("", family), (0, 0))
        if not n or family == "non_critical":
            continue
        sigma = rule_c(
            n - right,
            n,
            amount(rule, "min_sigma"),
            shift=amount(rule, "sigma_shift"),
            min_units=whole(rule, "min_units"),
        )
        if sigma.value is not None:
            observation = Observation(sigma.too_big is True, sigma.value, sigma.limit, "sigma")
            yield Verdict("variation_too_big", f"sigma:{family}", rule.severity, observation, {"n": n, "right": right})
