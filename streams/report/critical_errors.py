"""Monitored transactions of a period: critical error accuracy by family, with its exact interval (item 2.4).

Only random selections count; targeted ones stand beside them. Months are local, by the time when the transaction was
handled. `streams.quality.month` defines months and transactions, for the report as for the engine.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from config.timestamps import local_rfc3339
from copc.quality import FAMILIES, MIN_EVALUATIONS, TARGETS, VOCABULARIES, accuracy
from copc.sigma import DEFAULT_SHIFT, MIN_UNITS, process_sigma
from copc.variation import SIGMA_LIMIT, rule_c
from streams.quality.copies import evaluation_of
from streams.quality.month import Month, month_name, score_by, transactions
from streams.quality.summary import agreements, coverage_of, failed_checks, funnel, spread_of
from streams.report.figures import CriticalErrors, MonitoringSummary, MonthSpread, Sigma, VariationFigure
from streams.told.queue_day import HandledAt, HandledBy

__all__ = ["Monitoring", "sigma_of"]

_OPPORTUNITY: Final = "transaction without such an error"


@dataclass(slots=True)
class _Count:
    right: int = 0
    n: int = 0
    targeted_right: int = 0
    targeted_n: int = 0

    def plus(self, other: "_Count") -> "_Count":
        return _Count(
            self.right + other.right,
            self.n + other.n,
            self.targeted_right + other.targeted_right,
            self.targeted_n + other.targeted_n,
        )


class Monitoring:
    """Monitored transactions of a period by program and month, counted as the engine counts them."""

    def __init__(self) -> None:
        self._months: dict[tuple[str, str], Month] = {}
        self._told: dict[tuple[str, str], dt.date] = {}
        """The last local day of each program's month that a queue emitted."""
        self._zones: dict[str, ZoneInfo] = {}
        self._counted: dict[str, dict[tuple[str, str, str], _Count]] = {}

    def add(self, program: str, timezone: str, row: Mapping[str, Any]) -> None:
        """Take one evaluation.

        Args:
            program: of its queue.
            timezone: IANA name, for the month.
            row: of `HistoryQuery.evaluations`.
        """
        zone = self._zones.setdefault(program, ZoneInfo(timezone))
        evaluation = evaluation_of(row)
        name = local_rfc3339(evaluation.handled_ms, zone.key)[:7]
        self._month(program, name).put(row["queue"] or "", evaluation, zone)

    def add_day(self, row: Mapping[str, Any]) -> None:
        """Take a queue's day: a row of `HistoryQuery.program_days`."""
        program, day = row["program"], dt.date.fromisoformat(row["day"])
        by = msgspec.convert(row["handled_by"], list[HandledBy])
        at = msgspec.convert(row["handled_at"], list[HandledAt])
        for name in {each.month for each in by} | {slot.month for slot in at}:
            self._month(program, name).count(row["queue"], day, by, at)
        key = program, month_name(day)
        self._told[key] = max(day, self._told.get(key, day))

    def _month(self, program: str, name: str) -> Month:
        self._counted.pop(program, None)
        return self._months.setdefault((program, name), Month(name))

    def _counts(self, program: str) -> Mapping[tuple[str, str, str], _Count]:
        """Counts by queue, month and family."""
        found = self._counted.get(program)
        if found is None:
            found = self._counted[program] = {}
            for month in self._of(program):
                random, targeted = (score_by(month.of(how), lambda each: each.queue) for how in ("random", "targeted"))
                for queue, family in {*random, *targeted}:
                    key = (queue, family)
                    sheets = (*random.get(key, (0, 0)), *targeted.get(key, (0, 0)))
                    found[queue, month.name, family] = _Count(*sheets)
        return found

    def _of(self, program: str) -> list[Month]:
        return [month for (name, _), month in sorted(self._months.items()) if name == program]

    @property
    def programs(self) -> set[str]:
        """Programs with evaluations."""
        return {program for (program, _), month in self._months.items() if month.evaluations}

    def summary(
        self, program: str, rules: Mapping[str, Any], start_ms: int, vocabulary: str = "critical"
    ) -> MonitoringSummary | None:
        """The summary of a program's monitoring; None: it has no evaluations.

        Args:
            program: the program.
            rules: the rules in force, for limits; a rule that is not there has our defaults.
            start_ms: the period's begin; a month that began before it has no coverage and no spread.
            vocabulary: the site's names of the families.
        """
        if program not in self.programs:
            return None
        rule = {"min_evaluations": MIN_EVALUATIONS, "p_value": 0.01, **_parameters(rules, "monitoring_coverage")}
        months, first = self._of(program), _first_month(start_ms, self._zones[program])
        whole = [month for month in months if month.name >= first and (program, month.name) in self._told]
        covered = [coverage_of(month, self._told[program, month.name], rule) for month in whole]
        evaluations = [each for month in months for each in month.evaluations]
        random = [each for month in months for each in month.of("random")]
        return MonitoringSummary(
            labels=dict(VOCABULARIES[vocabulary]),  # type: ignore[arg-type]  # families are texts
            coverage=[each for each in covered if each is not None],
            spread=[MonthSpread(month.name, spread_of(month, rule)) for month in whole],
            calibration=agreements(evaluations),
            failures=failed_checks(transactions(evaluations)),
            outside_funnel=[agent for agent in funnel(random) if agent.outside],
        )

    def of(
        self, program: str, queue: str | None, rules: Mapping[str, Any], vocabulary: str = "critical"
    ) -> list[CriticalErrors]:
        """Accuracy by family of a queue, or (None) of the whole program.

        Args:
            program: the program.
            queue: the queue.
            rules: the rules in force, for targets, shift and limits; a rule that is not there has our defaults.
            vocabulary: the site's names of the families.
        """
        targets = _parameters(rules, "critical_error_accuracy")
        found = []
        for family in FAMILIES:
            count = _Count()
            for (of_queue, _, of_family), part in self._counts(program).items():
                if of_family == family and queue in {None, of_queue}:
                    count = count.plus(part)
            if count.n or count.targeted_n:
                label = VOCABULARIES[vocabulary][family]
                found.append(_critical_errors(family, label, count, targets.get(family, TARGETS.get(family)), rules))
        return found

    def months(self, program: str, family: str) -> dict[str, tuple[int, int]]:
        """Right and n by month of a program."""
        months: dict[str, tuple[int, int]] = {}
        for (_, month, of_family), count in sorted(self._counts(program).items()):
            if of_family == family and count.n:
                right, n = months.get(month, (0, 0))
                months[month] = (right + count.right, n + count.n)
        return months


def _first_month(start_ms: int, zone: ZoneInfo) -> str:
    """The first month that begins at an instant or after it."""
    last = dt.datetime.fromtimestamp((start_ms - 1) / 1000, zone)
    return month_name(last.date().replace(day=28) + dt.timedelta(days=4))


def _parameters(rules: Mapping[str, Any], rule: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = rules.get(rule, {}).get("parameters", {})
    return found


def sigma_of(defects: int, units: int, opportunity: str, rules: Mapping[str, Any]) -> Sigma:
    """A sigma level with the shift and the least number of units of the rules in force."""
    own = _parameters(rules, "variation_too_big")
    found = process_sigma(
        defects,
        units,
        opportunity,
        shift=own.get("sigma_shift", DEFAULT_SHIFT),
        min_units=own.get("min_units", MIN_UNITS),
    )
    return Sigma(*found)


def _critical_errors(
    family: str, label: str, count: _Count, target: float | None, rules: Mapping[str, Any]
) -> CriticalErrors:
    figure = accuracy(count.right, count.n)
    own = _parameters(rules, "variation_too_big")
    sigma = variation = None
    if count.n:
        sigma = sigma_of(count.n - count.right, count.n, _OPPORTUNITY, rules)
        verdict = rule_c(
            count.n - count.right,
            count.n,
            own.get("min_sigma", SIGMA_LIMIT),
            shift=own.get("sigma_shift", DEFAULT_SHIFT),
            min_units=own.get("min_units", MIN_UNITS),
        )
        variation = VariationFigure(
            "C",
            f"{family} accuracy",
            "transactions",
            verdict.value,
            verdict.limit,
            verdict.n,
            verdict.too_big,
            0,
            "" if verdict.value is not None else "too few transactions for a verdict",
        )
    return CriticalErrors(
        family=family,
        label=label,
        right=count.right,
        n=count.n,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        confidence=figure.confidence,
        target=target,
        targeted_right=count.targeted_right,
        targeted_n=count.targeted_n,
        sigma=sigma,
        variation=variation,
    )
