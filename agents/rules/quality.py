# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules over a program's month (items 2.4 and 2.2; docs/concepts/figures.md#variation,
#critical-error-accuracy and docs/reference/rules.md).

Each rule judges the month so far, by scope; `agents.engine.program` opens, updates and resolves breaches. Verdicts on
accuracy tell three things apart: a point below the target (info: half of all healthy months have one), an interval
below it (warning), and evidence that holds however often one looks (critical). A sentence never gives an accuracy
without the number of transactions and the exact interval. It names a family as the site does (`vocabulary`).
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

from agents.rules.observations import EPSILON, IntervalContext, Observation, RuleLogic, Verdict, amount, optional, whole
from agents.rules.words.numbers import Pair, against, number, percents, set_percent
from config.queue_settings import QueueSettings
from config.rules import SEVERITIES, RuleSettings
from copc.quality import FAMILIES, VOCABULARIES, Family, below_target_evidence, exact_interval
from copc.variation import rule_a, rule_b, rule_c
from streams.quality.month import Monitored, Month, Score, agents_behind, score_by, spreads
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

_ONE_OF: Final[Mapping[str, Pair]] = {
    "agents": ("agent", "坐席"),
    "teams": ("team", "班组"),
    "shifts": ("shift", "班次"),
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
    english, chinese = _accuracy_of(record, context)
    observed, target = percents(record.observed, record.limit, 1)
    low, high = (percents(told[end], record.limit, 1)[0] for end in ("low", "high"))
    sure, interval = set_percent(told["confidence"]), f"{low} - {high}"
    counts = f"{told['right']} of {told['n']}, {sure} interval {interval}"
    counts_zh = f"{told['n']} 次中 {told['right']} 次，{sure} 区间 {interval}"
    return (
        f"{english} error accuracy {observed} ({counts}), target {target}",
        f"{chinese}准确率 {observed}（{counts_zh}），目标 {target}",
    )


def _head_accuracy(record: BreachRecord, context: IntervalContext) -> Pair:
    english, chinese = _accuracy_of(record, context)
    observed, target = percents(record.observed, record.limit, 1)
    return f"{english} error accuracy {observed} (target {target})", f"{chinese}准确率 {observed}（目标 {target}）"


def _accuracy_of(record: BreachRecord, context: IntervalContext) -> Pair:
    """`sales: end-user critical`."""
    place, _, family = record.scope.rpartition(":")
    english, chinese = _family(family, context)
    queue = place.removeprefix("queue:")
    return (f"{queue}: {english}", f"{queue}：{chinese}") if queue else (english, chinese)


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
        english, chinese = _head_coverage(record, context)
        return (f"{english}: {told['who']}", f"{chinese}：{told['who']}") if record.observed else (english, chinese)
    english, chinese = _head_coverage(record, context)
    p, limit = _p(record)
    return f"{english} (p {p}, limit {limit})", f"{chinese}（p {p}，限值 {limit}）"


def _head_coverage(record: BreachRecord, context: IntervalContext) -> Pair:
    scope, told = record.scope, context.told
    if scope == "agents":
        short, of = number(record.observed), told["agents"]
        if not record.observed:
            return f"all {of} agents have the evaluations due by now", f"{of} 名坐席均已达到应有的监控数"
        return (
            f"{short} of {of} agents have fewer evaluations than due by now",
            f"{of} 名坐席中有 {short} 名监控数不足",
        )
    english, chinese = _GROUPING_NAMES[scope.removeprefix("spread:")]
    if record.observed is None or record.limit is None or record.observed >= record.limit:
        return f"evaluations are spread over {english} as contacts are", f"监控在{chinese}上的分布与联系一致"
    return f"evaluations are not spread over {english} as contacts are", f"监控在{chinese}上的分布与联系不一致"


def _p(record: BreachRecord) -> tuple[str, str]:
    """A p-value rounded away from its limit, and the limit, with two digits that say something."""
    p, limit = record.observed, record.limit
    if p is None or limit is None:
        return number(p), number(limit)
    if p < 1e-6:
        return "< 0.000001", number(limit, 4)
    return against(p, limit, 1 - math.floor(math.log10(min(p, 1.0))))[0], number(limit, 4)


def _variation(month: Month, _day: dt.date, settings: QueueSettings) -> Iterator[Verdict]:
    rule = settings.rules["variation_too_big"]
    least = whole(rule, "min_handled")
    # Groups are compared within a queue: the work of another queue takes its own time.
    for queue, grouping in product(sorted({who[0] for who in month.handled}), _GROUPINGS):
        sums = month.by(grouping, queue)
        means = {name: ms / contacts / 1000 for name, (contacts, ms) in sums.items() if contacts >= least}
        values = list(means.values())
        if len(values) < 2:
            continue
        for found in (
            rule_a(values, amount(rule, "range_over_mean")),
            rule_b(values, amount(rule, "sd_over_sixth")),
        ):
            if found.value is not None:
                observation = Observation(found.too_big is True, found.value, found.limit, "ratio")
                facts: dict[str, float | int | str] = {"n": found.n, **_extremes(means)}
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
            given: dict[str, float | int | str] = {"n": n, "right": right, "most": _most_errors(month, family)}
            yield Verdict("variation_too_big", f"sigma:{family}", rule.severity, observation, given)


def _extremes(means: Mapping[str, float]) -> dict[str, float | int | str]:
    """The shortest and the longest mean, each with its name."""
    lowest, highest = (pick(means, key=lambda name: (means[name], name)) for pick in (min, max))
    return {"low": means[lowest], "lowest": lowest, "high": means[highest], "highest": highest}


def _most_errors(month: Month, family: Family) -> str:
    """`agent A (4 of 10), team T (6 of 40), shift late (9 of 80)`: the most errors of a family in each grouping."""
    random, found = month.of("random"), []
    groupings: Mapping[str, Callable[[Monitored], str | None]] = {
        "agent": lambda each: each.evaluation.agent,
        "team": lambda each: each.evaluation.team,
        "shift": lambda each: each.evaluation.shift,
    }
    for kind, group in groupings.items():
        sheets = score_by(random, group)
        errors = {name: (n - right, n) for (name, of), (right, n) in sheets.items() if of == family and right < n}
        if errors:
            most = max(errors, key=lambda name: (errors[name][0], -errors[name][1], name))
            found.append(f"{kind} {most} ({errors[most][0]} of {errors[most][1]})")
    return ", ".join(found)


def _tell_variation(record: BreachRecord, context: IntervalContext) -> Pair:
    scope, told = record.scope, context.told
    (english, chinese), limit = _head_variation(record, context), _shown(record)[1]
    if scope.startswith("sigma:"):
        most, counts = str(told["most"]), f"{told['right']} of {told['n']}"
        errors, errors_zh = (f"; most errors: {most}", f"；错误最多：{most}") if most else ("", "")
        return (
            f"{english} ({counts} without error), limit {limit}{errors}",
            f"{chinese}（{told['n']} 次中 {told['right']} 次无错误），限值 {limit}{errors_zh}",
        )
    grouping = scope.rsplit(":", 2)[1]
    one, one_zh = _ONE_OF[grouping]
    low, high = number(told["low"]), number(told["high"])
    between = f"shortest {low} s ({one} {told['lowest']}), longest {high} s ({one} {told['highest']})"
    between_zh = f"最短 {low} 秒（{one_zh} {told['lowest']}），最长 {high} 秒（{one_zh} {told['highest']}）"
    return (
        f"{english} ({told['n']} compared), limit {limit}; {between}",
        f"{chinese}（比较 {told['n']} 个），限值 {limit}；{between_zh}",
    )


def _head_variation(record: BreachRecord, context: IntervalContext) -> Pair:
    scope, observed = record.scope, _shown(record)[0]
    if scope.startswith("sigma:"):
        english, chinese = _family(scope.removeprefix("sigma:"), context)
        return f"process sigma of {english} error accuracy {observed}", f"{chinese}准确率的过程西格玛 {observed}"
    queue, _, grouping, rule = scope.removeprefix("queue:").rsplit(":", 3)
    english, chinese = _GROUPING_NAMES[grouping]
    figure = {"A": "range / mean", "B": "SD / (mean / 6)"}[rule]
    figure_zh = {"A": "极差/均值", "B": "标准差/(均值/6)"}[rule]
    return (
        f"{queue}: AHT varies over {english}, {figure} {observed}",
        f"{queue}：平均处理时长在{chinese}间的变异，{figure_zh} {observed}",
    )


def _shown(record: BreachRecord) -> tuple[str, str]:
    if record.observed is None or record.limit is None:
        return number(record.observed, 2), number(record.limit, 2)
    return against(record.observed, record.limit, 2)


LOGIC: Final = (
    RuleLogic("critical_error_accuracy", _tell_accuracy, _head_accuracy, month=_accuracies),
    RuleLogic("monitoring_coverage", _tell_coverage, _head_coverage, month=_coverage),
    RuleLogic("variation_too_big", _tell_variation, _head_variation, month=_variation),
)
