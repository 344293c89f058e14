# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules over a program's month (items 2.4 and 2.2; docs/concepts/figures.md#variation,
#critical-error-accuracy and docs/reference/rules.md).

Each rule judges the month so far, by scope; `agents.engine.program` opens, updates and resolves breaches. Verdicts on
accuracy tell three things apart: a point below the target (info: half of all healthy months have one), an interval
below it (warning), and evidence that holds however often one looks (critical). A sentence never gives an accuracy
without the number of transactions and the exact interval. It names a family as the site does (`vocabulary`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from agents.rules.observations import EPSILON, IntervalContext, Observation, RuleLogic, Verdict, amount, optional, whole
from agents.rules.words.numbers import Pair, number, percent, set_percent
from config.queue_settings import QueueSettings
from config.rules import SEVERITIES, RuleSettings
from copc.quality import FAMILIES, VOCABULARIES, below_target_evidence, exact_interval
from copc.variation import rule_a, rule_b, rule_c
from streams.quality.month import Month, Score, agents_behind, score_by, spreads
from streams.results import BreachRecord

__all__ = ["LOGIC", "accuracy_verdict"]

_GROUPINGS: Final = ("agents", "teams", "shifts")
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
_GROUPING_NAMES: Final[Mapping[str, Pair]] = {
    "agents": ("agents", "坐席"),
    "teams": ("teams", "班组"),
    "shifts": ("shifts", "班次"),
    "hours": ("hours of the day", "一天中的时段"),
}


def _accuracies(month: Month, _day: dt.date, settings: QueueSettings) -> Iterator[Verdict]:
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
    """The verdict of `critical_error_accuracy` on a month's transactions so far; None: too few, or no target."""
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
        severity = max(severity, "warning", key=SEVERITIES.index)
    observation = Observation(point < target - EPSILON, point, target, "ratio", target)
    facts: dict[str, float | int | str] = {"right": right, "n": n, "low": low, "high": high, "confidence": confidence}
    return Verdict("critical_error_accuracy", scope, severity, observation, facts)


def _tell_accuracy(record: BreachRecord, context: IntervalContext) -> Pair:
    told = context.told
    place, _, family = record.scope.rpartition(":")
    english, chinese = _family(family, context)
    queue = place.removeprefix("queue:")
    of, of_zh = (f"{queue}: ", f"{queue}：") if queue else ("", "")
    observed, target = percent(record.observed, 1, low=record.limit), set_percent(record.limit)
    sure, interval = set_percent(told["confidence"]), f"{percent(told['low'], 1)} - {percent(told['high'], 1)}"
    counts = f"{told['right']} of {told['n']}, {sure} interval {interval}"
    counts_zh = f"{told['n']} 中 {told['right']}，{sure} 区间 {interval}"
    return (
        f"{of}{english} error accuracy {observed} ({counts}), target {target}",
        f"{of_zh}{chinese}准确率 {observed}（{counts_zh}），目标 {target}",
    )


def _family(name: str, context: IntervalContext) -> Pair:
    vocabulary = str(context.told["vocabulary"])
    return VOCABULARIES[vocabulary][name], _FAMILIES_ZH[vocabulary][name]  # type: ignore[index]  # an admitted family


def _coverage(month: Month, day: dt.date, settings: QueueSettings) -> Iterator[Verdict]:
    rule = settings.rules["monitoring_coverage"]
    if not month.evaluations:
        return  # nobody monitors here, so no monitoring can fall short
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


def _tell_coverage(record: BreachRecord, context: IntervalContext) -> Pair:
    scope, told = record.scope, context.told
    if scope == "agents":
        short, of = number(record.observed), told["agents"]
        if not record.observed:
            return f"all {of} agents have the evaluations due by now", f"{of} 名坐席均已达到应有的监控数"
        return (
            f"{short} of {of} agents have fewer evaluations than due by now: {told['who']}",
            f"{of} 名坐席中有 {short} 名监控数不足：{told['who']}",
        )
    english, chinese = _GROUPING_NAMES[scope.removeprefix("spread:")]
    p, limit = _p(record.observed), _p(record.limit)
    if record.state == "resolved":
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


def _variation(month: Month, _day: dt.date, settings: QueueSettings) -> Iterator[Verdict]:
    rule = settings.rules["variation_too_big"]
    least = whole(rule, "min_handled")
    # Groups are compared within a queue: the work of another queue takes its own time.
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


def _tell_variation(record: BreachRecord, context: IntervalContext) -> Pair:
    scope, told = record.scope, context.told
    observed, limit = number(record.observed, 2), number(record.limit, 2)
    if scope.startswith("sigma:"):
        english, chinese = _family(scope.removeprefix("sigma:"), context)
        return (
            f"process sigma of {english} error accuracy {observed} ({told['right']} of {told['n']}), limit {limit}",
            f"{chinese}准确率的过程西格玛 {observed}（{told['n']} 中 {told['right']}），限值 {limit}",
        )
    queue, _, grouping, rule = scope.removeprefix("queue:").rsplit(":", 3)
    english, chinese = _GROUPING_NAMES[grouping]
    what = {"A": "range / mean", "B": "SD / (mean / 6)"}[rule]
    what_zh = {"A": "极差/均值", "B": "标准差/(均值/6)"}[rule]
    low, high = number(told["low"]), number(told["high"])
    return (
        f"{queue}: AHT over {told['n']} {english}: {what} {observed} ({low} to {high} s), limit {limit}",
        f"{queue}：{told['n']} 个{chinese}的平均处理时长：{what_zh} {observed}（{low} 至 {high} 秒），限值 {limit}",
    )


LOGIC: Final = (
    RuleLogic("critical_error_accuracy", _tell_accuracy, month=_accuracies),
    RuleLogic("monitoring_coverage", _tell_coverage, month=_coverage),
    RuleLogic("variation_too_big", _tell_variation, month=_variation),
)
