"""The names in an expression of PromQL that nothing gives: no metric of ours, no recording rule, none of Prometheus."""

import re

from agents.live.metrics import families
from dashboards.alerting.recording_rules import RECORDING_RULES

__all__ = ["unknown_names"]

OF_PROMETHEUS = {"up", "process_resident_memory_bytes"}
"""Metrics that are not ours."""
WORDS = {
    "abs", "and", "bool", "by", "count", "group_left", "group_right", "ignoring", "increase", "label_values",
    "last_over_time", "max", "min", "on", "or", "rate", "sum", "unless", "vector", "without",
}  # fmt: skip
"""Functions, operators and keywords of PromQL (and Grafana's own function for variables)."""


def unknown_names(expression: str) -> set[str]:
    """Names of metrics in an expression of a dashboard that do not exist."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", expression)  # label values
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)  # matchers, ranges
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"label_values\(([^,]+),[^)]*\)", r"\1", bare)
    return set(re.findall(r"[a-zA-Z_:][\w:]*", bare)) - WORDS - {*families.METRICS, *RECORDING_RULES, *OF_PROMETHEUS}
