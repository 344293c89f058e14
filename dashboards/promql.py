"""Pieces of PromQL that rules and dashboards share: label values quoted as they must be, one series a queue."""

import re
from collections.abc import Iterable
from typing import Any, Final

from agents.live.metrics.family import Family

__all__ = ["JOB", "held_once", "one_of", "quoted"]

JOB: Final = "intervalwatch"
"""The scrape job of the workers."""


def quoted(value: str) -> str:
    """A label value as a PromQL string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def one_of(values: Iterable[str]) -> str:
    """A PromQL string with a regular expression that matches exactly the given values; without values, nothing."""
    return quoted("|".join(re.escape(value).replace("\\ ", " ").replace("\\-", "-") for value in values) or "$a")


def held_once(metric: Family[Any] | str, matchers: str = "") -> str:
    """A queue's gauge from one worker; two may expose it for a moment after a partition has moved."""
    return f"max without (instance, pod) ({metric}{matchers})"
