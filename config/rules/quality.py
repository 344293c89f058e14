"""Rules on a program's month: monitored transactions (item 2.4) and variation between agents (item 2.2)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import Parameter, amount, count, ratio
from copc.quality import MIN_EVALUATIONS, TARGETS
from copc.sigma import DEFAULT_SHIFT, MIN_UNITS
from copc.variation import MIN_HANDLED, RANGE_LIMIT, SD_LIMIT, SIGMA_LIMIT

__all__ = ["DEFINITIONS"]


def _target(default: float, family: str) -> Parameter:
    return Parameter(default, f"target, {family} critical; null: none", 0, 1, "ratio", nullable=True, above=True)


DEFINITIONS: Final = (
    RuleDefinition(
        name="critical_error_accuracy",
        item="2.4",
        noun="critical error accuracy below its target",
        noun_zh="关键错误准确率低于目标",
        kind=Kind.MONTH,
        unit="ratio",
        parameters={
            "end_user": _target(TARGETS["end_user"], "end-user"),
            "business": _target(TARGETS["business"], "business"),
            "compliance": _target(TARGETS["compliance"], "compliance"),
            "non_critical": ratio(None, "target, non-critical; null: none"),
            "min_n": count(
                30, "transactions with an applicable check, in the month, before it is judged", "transactions"
            ),
            "confidence": Parameter(
                0.95, "of the exact interval that lies below the target for a warning", 0.5, 0.9999, "ratio"
            ),
            "evidence": Parameter(
                100.0, "likelihood ratio against the target for critical", 1, 1e9, "times", above=True
            ),
        },
        severity="info",
    ),
    RuleDefinition(
        name="monitoring_coverage",
        item="2.4",
        noun="monitoring coverage short",
        noun_zh="监控覆盖不足",
        kind=Kind.MONTH,
        unit="count",
        parameters={
            "min_evaluations": count(
                MIN_EVALUATIONS, "evaluations of each agent with contacts, in a month", "evaluations", high=10_000
            ),
            "p_value": ratio(0.01, "of the chi-square test of spread, below which uneven monitoring is a finding"),
        },
    ),
    RuleDefinition(
        name="variation_too_big",
        item="2.2",
        noun="variation too big",
        noun_zh="变异过大",
        kind=Kind.MONTH,
        unit="count",
        parameters={
            "range_over_mean": amount(RANGE_LIMIT, "rule A: range / mean above it is too big", "ratio"),
            "sd_over_sixth": amount(SD_LIMIT, "rule B: SD / (mean / 6) above it is too big", "ratio"),
            "min_sigma": Parameter(SIGMA_LIMIT, "rule C: process sigma below it is too big", 0, 10, "sigma"),
            "sigma_shift": Parameter(
                DEFAULT_SHIFT, "added to the one-sided quantile for the sigma level", 0, 3, "sigma"
            ),
            "min_handled": count(MIN_HANDLED, "contacts an agent handled in the month to be compared", "contacts"),
            "min_units": count(MIN_UNITS, "units below which a sigma is withheld", "units"),
        },
        severity="info",
    ),
)
