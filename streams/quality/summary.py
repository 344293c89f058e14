"""The summary of a month of a program's monitoring, in one object for screens and reports.

One page answers all that a quality lead asks: who is not monitored, whether evaluations are spread as contacts are,
which checks fail, which agents differ by more than chance, and whether evaluators agree. Figures are those of
`streams.quality.month`, limits those of the rules.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from copc.quality import FAMILIES, accuracy, beyond_chance, funnel_limits
from streams.quality.copies import evaluation_of
from streams.quality.month import (
    DIMENSIONS,
    Monitored,
    Month,
    Score,
    calibration,
    coverage,
    failures,
    groups,
    score_by,
    spreads,
    transactions,
)
from streams.told.queue_day import HandledAt, HandledBy

__all__ = [
    "AccuracyRow",
    "AgentCoverage",
    "Calibration",
    "Coverage",
    "FailedCheck",
    "FunnelAgent",
    "QualitySummary",
    "Right",
    "SpreadFigure",
    "SpreadGroup",
    "agreements",
    "coverage_of",
    "failed_checks",
    "funnel",
    "month_of_rows",
    "quality_summary",
    "spread_of",
]

_Rules = Mapping[str, Mapping[str, Any]]

_SCOPES: Final[Mapping[str, Callable[[Monitored], str | None]]] = {
    "program": lambda _: "",
    "queue": lambda each: each.queue,
    "team": lambda each: each.evaluation.team,
    "agent": lambda each: each.evaluation.agent,
}


class Right(msgspec.Struct, frozen=True):
    """An accuracy with its exact interval; None where n is 0."""

    right: int
    n: int
    value: float | None
    low: float | None
    high: float | None


class AccuracyRow(msgspec.Struct, frozen=True):
    """Accuracy of one family in one scope, random and targeted selections apart."""

    scope: str
    """program, queue, team or agent."""
    name: str
    family: str
    target: float | None
    random: Right
    targeted: Right


class FunnelAgent(msgspec.Struct, frozen=True):
    """An agent's accuracy against the limits of chance around the program's own accuracy."""

    family: str
    agent: str
    right: int
    n: int
    value: float
    centre: float
    low: float
    high: float
    outside: str
    """low or high where the agent is outside them; empty: within chance."""


class AgentCoverage(msgspec.Struct, frozen=True):
    """The coverage of one agent who handled contacts."""

    agent: str
    contacts: int
    evaluations: int
    due: int
    """Evaluations due by `as_of`."""


class Coverage(msgspec.Struct, frozen=True):
    """Whether every agent is monitored, at the pace that the month requires."""

    month: str
    as_of: str
    """The last local day that a queue emitted."""
    min_evaluations: int
    """Evaluations that each agent needs in a whole month."""
    behind: int
    """Number of agents with fewer evaluations than are due."""
    agents: list[AgentCoverage]
    """Agents, those furthest behind first."""


class SpreadGroup(msgspec.Struct, frozen=True):
    """The contacts and the random evaluations of one group."""

    group: str
    contacts: int
    evaluations: int


class SpreadFigure(msgspec.Struct, frozen=True):
    """Whether evaluations are spread over a dimension as contacts are."""

    dimension: str
    """hours, shifts, teams or agents."""
    p_value: float | None
    """p-value of the chi-square test; None: too few evaluations, or one group only."""
    limit: float
    """A p-value below it is a finding: the rule's limit, divided by the number of dimensions that are tested."""
    finding: bool
    groups: list[SpreadGroup]


class Calibration(msgspec.Struct, frozen=True):
    """The agreement of evaluators of the same contacts."""

    family: str
    pairs: int
    agreed: int
    kappa: float | None
    """Cohen's kappa; None where it is undefined."""


class FailedCheck(msgspec.Struct, frozen=True):
    """A check that failed."""

    family: str
    check: str
    failed: int
    applicable: int
    cumulative: float
    """Share of all failures down to this check, most frequent first."""


class QualitySummary(msgspec.Struct, frozen=True):
    """The summary of one program's month."""

    accuracy: list[AccuracyRow]
    funnel: list[FunnelAgent]
    coverage: Coverage | None
    """Coverage of the agents; None: it is not known who handled contacts."""
    spread: list[SpreadFigure]
    calibration: list[Calibration]
    failures: list[FailedCheck]


def quality_summary(month: Month, day: dt.date | None, rules: _Rules) -> QualitySummary:
    """The summary of a month of a program's monitoring.

    Args:
        month: as its queues emitted it (`ProgramEngine.month`), or made of history's rows (`month_of_rows`).
        day: the last local day that a queue emitted; None: there is none.
        rules: parameters by rule, the program's.
    """
    random, targeted = month.of("random"), month.of("targeted")
    return QualitySummary(
        accuracy=_accuracies(random, targeted, rules["critical_error_accuracy"]),
        funnel=funnel(random),
        coverage=None if day is None else coverage_of(month, day, rules["monitoring_coverage"]),
        spread=spread_of(month, rules["monitoring_coverage"]),
        calibration=agreements(month.evaluations),
        failures=failed_checks(transactions(month.evaluations)),
    )


def _accuracies(random: list[Monitored], targeted: list[Monitored], rule: Mapping[str, Any]) -> list[AccuracyRow]:
    rows: list[AccuracyRow] = []
    for scope, group in _SCOPES.items():
        seen, chosen = score_by(random, group), score_by(targeted, group)
        for name, family in sorted({*seen, *chosen}, key=lambda key: (key[0], FAMILIES.index(key[1]))):
            figures = (_right(sheets.get((name, family), (0, 0)), rule["confidence"]) for sheets in (seen, chosen))
            rows.append(AccuracyRow(scope, name, family, rule[family], *figures))
    return rows


def _right(sheet: Score, confidence: float) -> Right:
    found = accuracy(*sheet, confidence)
    known = found.n > 0
    return Right(found.right, found.n, found.value, found.low if known else None, found.high if known else None)


def funnel(random: Sequence[Monitored]) -> list[FunnelAgent]:
    """Agents by family against the limits of chance around the accuracy of all of them."""
    whole, agents = score_by(random, _SCOPES["program"]), score_by(random, _SCOPES["agent"])
    rows: list[FunnelAgent] = []
    for family in FAMILIES:
        right, n = whole.get(("", family), (0, 0))
        for (agent, other), (good, count) in sorted(agents.items()):
            if other == family:
                centre = right / n
                outside = beyond_chance(good, count, centre)
                limits = funnel_limits(count, centre)
                rows.append(FunnelAgent(family, agent, good, count, good / count, centre, *limits, outside))
    return rows


def coverage_of(month: Month, day: dt.date, rule: Mapping[str, Any]) -> Coverage | None:
    """The coverage at the end of a local day; None: it is not known who handled contacts."""
    rows = coverage(month, day, rule["min_evaluations"])
    if not rows:
        return None
    ordered = sorted(rows, key=lambda each: (each.evaluations - each.due, -each.contacts, each.agent))
    behind = sum(each.evaluations < each.due for each in rows)
    agents = [AgentCoverage(*each) for each in ordered]
    return Coverage(month.name, day.isoformat(), rule["min_evaluations"], behind, agents)


def spread_of(month: Month, rule: Mapping[str, Any]) -> list[SpreadFigure]:
    """The spread of evaluations against contacts, by dimension; unknown dimensions are left out."""
    tests = spreads(month)
    limit = rule["p_value"] / max(len(tests), 1)
    rows: list[SpreadFigure] = []
    for dimension in DIMENSIONS:
        test = tests.get(dimension)
        there = [SpreadGroup(str(each.name), each.contacts, each.evaluations) for each in groups(month, dimension)]
        if there:
            p_value = None if test is None else test.p_value
            rows.append(SpreadFigure(dimension, p_value, limit, p_value is not None and p_value < limit, there))
    return rows


def agreements(evaluations: Iterable[Monitored]) -> list[Calibration]:
    """The agreement of evaluators of the same contacts, by family."""
    found = calibration(evaluations)
    return [Calibration(family, each.n, each.agreed, each.kappa) for family, each in found.items()]


def failed_checks(evaluations: Iterable[Monitored]) -> list[FailedCheck]:
    """Checks that failed, most first, with the share of all failures so far down the list (Pareto)."""
    found = [row for row in failures(evaluations) if row[2]]
    so_far = list(accumulate(row[2] for row in found))
    return [FailedCheck(*row, failed / so_far[-1]) for row, failed in zip(found, so_far, strict=True)]


def month_of_rows(
    evaluations: Iterable[Mapping[str, Any]], days: Iterable[Mapping[str, Any]], name: str, timezone: str
) -> tuple[Month, dt.date | None]:
    """A month made of history's rows of one program, and the last local day that a queue emitted.

    Args:
        evaluations: rows of `HistoryQuery.evaluations`.
        days: rows of `HistoryQuery.program_days`.
        name: `2026-03`.
        timezone: IANA name of the program's local time.
    """
    month, zone = Month(name), ZoneInfo(timezone)
    for row in evaluations:
        month.put(row["queue"] or "", evaluation_of(row), zone)
    last: dt.date | None = None
    for row in days:
        day = dt.date.fromisoformat(row["day"])
        month.count(
            row["queue"],
            day,
            msgspec.convert(row["handled_by"], tuple[HandledBy, ...]),
            msgspec.convert(row["handled_at"], tuple[HandledAt, ...]),
        )
        if row["day"].startswith(name):
            last = day if last is None else max(last, day)
    return month, last
