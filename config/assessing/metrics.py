"""The metrics that items of category 4 require: `metrics` of the configuration.

Exhibit 1 of the standard, the list of required metrics, is not public. So the list is data, and its defaults are this
product's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from config.yaml import Node
from copc.items import ITEMS

__all__ = ["BY_PROGRAM", "BY_QUEUE", "OUR_METRICS", "Limits", "MetricSettings", "read_metrics"]

BY_QUEUE: Final[Mapping[str, str]] = MappingProxyType(
    {"service_level": "4.3", "abandon_rate": "4.3", "average_handle_time": "4.5", "occupancy": "4.5"}
)
"""Metrics that the history holds for each queue, with the item that each speaks to."""
BY_PROGRAM: Final[Mapping[str, str]] = MappingProxyType({"critical_error_accuracy": "4.4"})
"""Metrics that the history holds for each program."""
OUR_METRICS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "4.3": ("service_level", "abandon_rate"),
        "4.4": ("critical_error_accuracy",),
        "4.5": ("average_handle_time", "occupancy"),
    }
)
"""The metrics that are required where the configuration names none: this product's default."""
_COLLECTED: Final = 0.98
_INTEGRITY: Final = 0.02
_PERFORMANCE: Final = tuple(code for code, item in ITEMS.items() if item.category == 4 and code != "4.7")


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of a figure; at least one end is given."""

    at_least: float | None
    at_most: float | None


@dataclass(frozen=True, slots=True)
class MetricSettings:
    """The required metrics, and the gate that each has to pass."""

    required: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OUR_METRICS)
    """Names by item. Those that the history does not hold come with the assessment."""
    aht_seconds: Mapping[str, Limits] = field(default_factory=dict)
    """Limits of the average handle time by queue, seconds."""
    collected: float = _COLLECTED
    """Least share of the intervals, or months, due in which a figure exists. This product's default."""
    integrity: float = _INTEGRITY
    """Greatest share of the figures that failed a check. This product's default."""
    ours: bool = True
    """Whether `required` is this product's default."""


def read_metrics(node: Node | None) -> MetricSettings:
    """The key `metrics` of a configuration; None: this product's defaults.

    Raises:
        UserError: a key or value is wrong.
    """
    fields = {} if node is None else node.fields(("required", "aht_seconds", "cui"))
    cui = fields["cui"].fields(("collected", "integrity")) if "cui" in fields else {}
    return MetricSettings(
        required=_required(fields["required"]) if "required" in fields else OUR_METRICS,
        aht_seconds={} if "aht_seconds" not in fields else _limits(fields["aht_seconds"]),
        collected=cui["collected"].number(0, 1) if "collected" in cui else _COLLECTED,
        integrity=cui["integrity"].number(0, 1) if "integrity" in cui else _INTEGRITY,
        ours="required" not in fields,
    )


def _required(node: Node) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, names in node.fields(_PERFORMANCE, kind="item").items():
        items = names.items("a list of names of metrics")
        listed = [item.name("the name of a metric") for item in items]
        for name, item in zip(listed, items, strict=True):
            home = {**BY_QUEUE, **BY_PROGRAM}.get(name, code)
            if home != code:
                raise item.fault(f"{name} speaks to item {home}; name it there")
            if listed.count(name) > 1:
                raise item.fault(f"{name} stands twice; keep one")
        found[code] = tuple(listed)
    return found


def _limits(node: Node) -> dict[str, Limits]:
    found = {}
    for queue, entry in node.entries("a mapping of queues to at_least and at_most").items():
        ends = entry.fields(("at_least", "at_most"))
        if not ends:
            raise entry.wrong("at_least, at_most, or both, in seconds")
        low, high = (ends[end].number(0, 86_400) if end in ends else None for end in ("at_least", "at_most"))
        if low is not None and high is not None and low > high:
            raise entry.fault(f"at_least {low:g} is above at_most {high:g}; exchange them")
        found[queue] = Limits(low, high)
    return found
