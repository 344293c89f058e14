"""A program's monitoring of a month in one JSON-able object, for screens and reports.

Everything a quality lead asks on one page: accuracy by program, queue, team and agent with n and the exact
interval, random and targeted apart; agents against chance (funnel); coverage, spread, calibration; and which
checks fail. Figures are those of `agents.quality`, verdicts those of the rules.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from agents.program_rules import accuracy_verdict
from agents.quality import Monitored, Month, Sheet, behind, calibration, failures, monitored, spreads, tally
from agents.rules import amount, optional, whole
from config.queue_settings import QueueSettings
from copc.quality import FAMILIES, VOCABULARIES, accuracy, beyond_chance, funnel_limits
from streams.instants import from_rfc3339
from streams.records import Check, Evaluation

__all__ = ["month_of_rows", "quality_summary"]

_Json = dict[str, Any]

_GROUPS: Final[Mapping[str, Callable[[Monitored], str | None]]] = {
    "program": lambda _: "",
    "queue": lambda each: each.queue,
    "team": lambda each: each.evaluation.team,
    "agent": lambda each: each.evaluation.agent,
}


def quality_summary(month: Month, day: dt.date, settings: QueueSettings) -> _Json:
    """What the month says of a program's monitoring.

    Args:
        month: as its queues told (`ProgramMonitor.month`), or made of history's rows (`month_of_rows`).
        day: the local day up to which it goes.
        settings: the program's.

    Returns:
        `month`, `as_of`, `families` (name to label), `accuracy` (rows by scope, name, family), `funnel`,
        `coverage` (None where no handled contacts are known), `spread`, `calibration` and `failures`.
    """
    random, targeted = month.of("random"), month.of("targeted")
    return {
        "month": month.name,
        "as_of": day.isoformat(),
        "families": dict(VOCABULARIES[settings.vocabulary]),
        "accuracy": _accuracies(random, targeted, settings),
        "funnel": _funnels(random),
        "coverage": _coverage(month, day, settings),
        "spread": _spread(month, settings),
        "calibration": [
            {"family": family, "pairs": found.n, "agreed": found.agreed, "kappa": found.kappa}
            for family, found in calibration(month.evaluations.values()).items()
        ],
        "failures": _failures([*random, *targeted]),
    }


def _accuracies(random: list[Monitored], targeted: list[Monitored], settings: QueueSettings) -> list[_Json]:
    rule = settings.rules["critical_error_accuracy"]
    rows: list[_Json] = []
    for scope, group in _GROUPS.items():
        seen, chosen = tally(random, group), tally(targeted, group)
        for name, family in sorted({*seen, *chosen}, key=lambda key: (key[0], FAMILIES.index(key[1]))):
            sheet = seen.get((name, family), (0, 0))
            verdict = accuracy_verdict(family, family, sheet, rule) if sheet[1] else None
            if verdict is None:
                said = "no_target" if optional(rule, family) is None else "low_volume"
            else:
                said = verdict.severity if verdict.look.outside else "ok"
            rows.append(
                {
                    "scope": scope,
                    "name": name,
                    "family": family,
                    "target": optional(rule, family),
                    "verdict": said,
                    "random": _figures(sheet, amount(rule, "confidence")),
                    "targeted": _figures(chosen.get((name, family), (0, 0)), amount(rule, "confidence")),
                }
            )
    return rows


def _figures(sheet: Sheet, confidence: float) -> _Json:
    found = accuracy(*sheet, confidence)
    known = found.n > 0
    return {
        "right": found.right,
        "n": found.n,
        "value": found.value,
        "low": found.low if known else None,
        "high": found.high if known else None,
    }


def _funnels(random: list[Monitored]) -> list[_Json]:
    """Agents by family against what chance leaves around the program's own accuracy."""
    whole_program = tally(random, _GROUPS["program"])
    agents = tally(random, _GROUPS["agent"])
    rows: list[_Json] = []
    for family in FAMILIES:
        right, n = whole_program.get(("", family), (0, 0))
        if not n:
            continue
        centre = right / n
        for (agent, other), (good, count) in sorted(agents.items()):
            if other == family:
                low, high = funnel_limits(count, centre)
                outside = beyond_chance(good, count, centre)
                rows.append(
                    {
                        "family": family,
                        "agent": agent,
                        "right": good,
                        "n": count,
                        "value": good / count,
                        "centre": centre,
                        "low": low,
                        "high": high,
                        "outside": outside or None,
                    }
                )
    return rows


def _coverage(month: Month, day: dt.date, settings: QueueSettings) -> _Json | None:
    rule = settings.rules["monitoring_coverage"]
    short, agents = behind(month, day, whole(rule, "min_evaluations"))
    if not agents:
        return None
    return {
        "agents": agents,
        "min_evaluations": whole(rule, "min_evaluations"),
        "behind": [{"agent": each.agent, "evaluations": each.evaluations, "due": each.due} for each in short],
    }


def _spread(month: Month, settings: QueueSettings) -> list[_Json]:
    limit = amount(settings.rules["monitoring_coverage"], "p_value")
    return [
        {
            "dimension": dimension,
            "statistic": test.statistic,
            "p_value": test.p_value,
            "groups": test.cells,
            "finding": test.p_value < limit,
        }
        for dimension, test in spreads(month).items()
    ]


def _failures(evaluations: Sequence[Monitored]) -> list[_Json]:
    """Checks that failed, most first, with the share of all failures so far down the list (Pareto)."""
    found = [row for row in failures(evaluations) if row[2]]
    total, so_far = sum(row[2] for row in found), 0
    rows: list[_Json] = []
    for family, name, failed, applicable in found:
        so_far += failed
        rows.append(
            {"family": family, "check": name, "failed": failed, "applicable": applicable, "cumulative": so_far / total}
        )
    return rows


def month_of_rows(rows: Iterable[Mapping[str, Any]], name: str, timezone: str) -> Month:
    """A month made of history's evaluations; handled contacts are not known, and so neither coverage nor spread.

    Args:
        rows: with the columns of an export of evaluations, of one program.
        name: `2026-03`.
        timezone: IANA name of the program's local time.
    """
    month, zone = Month(name), ZoneInfo(timezone)
    for row in rows:
        evaluation = Evaluation(
            row["evaluation_id"],
            from_rfc3339(row["handled_at"]),
            from_rfc3339(row["evaluated_at"]),
            row["selection"],
            tuple(Check(check["name"], check["family"], check["passed"]) for check in row["checks"]),
            *(row[column] for column in ("contact_id", "agent", "team", "shift", "evaluator")),
        )
        each = monitored(row["queue"], evaluation, zone)
        if each.month == name:
            month.evaluations[each.queue, evaluation.evaluation_id] = each
    return month
