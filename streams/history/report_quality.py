"""Monitored transactions of a period: critical error accuracy by family, with its exact interval (item 2.4).

Only random selections count; targeted ones stand beside them. Months are local, by when the transaction was
handled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from copc.quality import FAMILIES, TARGETS, accuracy, outcome
from copc.sigma import DEFAULT_SHIFT, MIN_UNITS, process_sigma
from copc.variation import SIGMA_LIMIT, rule_c
from streams.history.report_figures import CriticalErrors, Sigma, VariationFigure
from streams.instants import from_rfc3339, local_rfc3339

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
    """Counts of transactions by program, queue, month and family."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str], _Count] = {}

    def add(self, program: str, timezone: str, row: Mapping[str, Any]) -> None:
        """Take one evaluation.

        Args:
            program: of its queue.
            timezone: IANA name, for the month.
            row: of `Reader.evaluations`.
        """
        month = local_rfc3339(from_rfc3339(row["handled_at"]), timezone)[:7]
        checks = [(check["family"], check["passed"]) for check in row["checks"] or ()]
        for family in FAMILIES:
            right = outcome(checks, family)
            if right is None:
                continue
            count = self._counts.setdefault((program, row["queue"] or "", month, family), _Count())
            if row["selection"] == "targeted":
                count.targeted_n += 1
                count.targeted_right += right
            else:
                count.n += 1
                count.right += right

    @property
    def programs(self) -> set[str]:
        """Programs with evaluations."""
        return {program for program, *_ in self._counts}

    def of(self, program: str, queue: str | None, rules: Mapping[str, Any]) -> list[CriticalErrors]:
        """Accuracy by family of a queue, or (None) of the whole program.

        Args:
            program: the program.
            queue: the queue.
            rules: the rules in force, for targets, shift and limits; a rule that is not there has our defaults.
        """
        targets = _parameters(rules, "critical_error_accuracy")
        found = []
        for family in FAMILIES:
            count = _Count()
            for (of_program, of_queue, _, of_family), part in self._counts.items():
                if (of_program, of_family) == (program, family) and queue in {None, of_queue}:
                    count = count.plus(part)
            if count.n or count.targeted_n:
                found.append(_critical_errors(family, count, targets.get(family, TARGETS.get(family)), rules))
        return found

    def months(self, program: str, family: str) -> dict[str, tuple[int, int]]:
        """Right and n of a program's months."""
        months: dict[str, tuple[int, int]] = {}
        for (of_program, _, month, of_family), count in self._counts.items():
            if (of_program, of_family) == (program, family) and count.n:
                right, n = months.get(month, (0, 0))
                months[month] = (right + count.right, n + count.n)
        return months


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


def _critical_errors(family: str, count: _Count, target: float | None, rules: Mapping[str, Any]) -> CriticalErrors:
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
