"""The parameters of breach rules: default, meaning, unit, and the values a site may set.

A condition reads its figures here by name, so that a figure in an alert can always be traced to a line of a file or to
a default of this product.
"""

from dataclasses import dataclass
from typing import Final

from config.yaml import Node

__all__ = [
    "CLEAR_AFTER",
    "FEW",
    "MIN_VOLUME",
    "RUN",
    "SAME_SUM",
    "SUM",
    "Parameter",
    "RuleValue",
    "amount",
    "count",
    "critical",
    "critical_count",
    "ratio",
    "read_range",
]

RuleValue = float | int | bool | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a rule."""

    default: RuleValue
    meaning: str
    low: float
    high: float
    unit: str
    """`intervals`, `contacts`, `agents`, `ratio`, `half hours` (of the ratio's distance from its limit), …"""
    kind: str = "number"
    """number, count (whole) or range (two numbers, low and high end)."""
    nullable: bool = False
    above: bool = False
    """Whether `low` itself is not allowed."""

    def read(self, node: Node) -> RuleValue:
        """The value of `node`, checked."""
        if node.value is None and self.nullable:
            return None
        if self.kind == "range":
            return read_range(node)
        if self.kind == "count":
            return node.integer(int(self.low), int(self.high))
        return float(node.number(self.low, self.high, above=self.above))


def read_range(node: Node) -> tuple[float, float]:
    """Two ratios, the low and the high end of a range."""
    allowed = "a list of two numbers between 0 and 1, the lower first, like [0.75, 0.90]"
    if not isinstance(node.value, list) or len(node.value) != 2:
        raise node.wrong(allowed)
    low, high = (float(item.number(0, 1)) for item in node.value)
    if low >= high:
        raise node.fault(f"found [{low:g}, {high:g}]; allowed: {allowed}")
    return low, high


def count(default: int, meaning: str, unit: str, low: int = 1, high: int = 1_000_000) -> Parameter:
    """A whole number."""
    return Parameter(default, meaning, low, high, unit, kind="count")


def amount(default: float | None, meaning: str, unit: str, high: float = 1000.0) -> Parameter:
    """A number above 0; without a default it may stay unset."""
    return Parameter(default, meaning, 0.0, high, unit, nullable=default is None, above=True)


def ratio(default: float | None, meaning: str) -> Parameter:
    """A number above 0 and at most 1; without a default it may stay unset."""
    return Parameter(default, meaning, 0.0, 1.0, "ratio", nullable=default is None, above=True)


def critical(default: float | None, of: str, unit: str) -> Parameter:
    """The value at which a rule is critical, of what `of` names."""
    meaning = f"{of} at which it is critical; null: never"
    return Parameter(default, meaning, 0, 1000, unit, nullable=True, above=True)


def critical_count(default: int | None, of: str, high: int) -> Parameter:
    """The number of intervals at which a rule is critical, of what `of` names."""
    meaning = f"{of} at which it is critical; null: never"
    return Parameter(default, meaning, 1, high, "intervals", kind="count", nullable=True)


SAME_SUM: Final = "the same sum"
CLEAR_AFTER: Final = count(2, "counting intervals back inside before the breach is resolved", "intervals")
MIN_VOLUME: Final = count(20, "contacts offered below which an interval neither counts nor breaks a run", "contacts")
FEW: Final = count(20, "contacts offered below which the contacts of an interval are judged one by one", "contacts")
SUM: Final = {"clear_after": CLEAR_AFTER, "min_volume": FEW}
"""Parameters that the rules have whose distances add up."""
RUN: Final = {"clear_after": CLEAR_AFTER, "min_volume": MIN_VOLUME}
"""Parameters that most rules over intervals have."""
