"""A metric, and metrics that are read from the same state: what `agents.live.metrics.families` is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from agents.live.metrics.text import Value

__all__ = ["Family", "Group"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class Family(Generic[_T]):
    """One metric; as text its name, so that it stands in an expression of PromQL as it is."""

    name: str
    kind: str
    """gauge or counter."""
    labels: tuple[str, ...]
    help: str
    read: Callable[[_T], Value]
    own: tuple[str, ...] = ()
    """The last of its labels, whose values are the keys of what `read` gives."""

    def __str__(self) -> str:
        """The metric's name."""
        return self.name


@dataclass(eq=False)
class Group(Generic[_T]):
    """Families that are read from the same state and begin with the same labels."""

    labels: tuple[str, ...] = ()
    families: list[Family[_T]] = field(default_factory=list)

    def gauge(self, name: str, text: str, read: Callable[[_T], Value], *own: str) -> Family[_T]:
        """A family whose value goes up and down."""
        return self._add(Family(name, "gauge", (*self.labels, *own), text, read, own))

    def counter(self, name: str, text: str, read: Callable[[_T], Value], *own: str) -> Family[_T]:
        """A family whose value only grows, from 0 when the process begins."""
        return self._add(Family(name, "counter", (*self.labels, *own), text, read, own))

    def _add(self, family: Family[_T]) -> Family[_T]:
        self.families.append(family)
        return family
