"""Engines by partition and name: those a worker holds, and those that wait for a commit.

One host serves both kinds of engines, of queues and of programs. They rest in the same table under names of their own;
since every topic has the same number of partitions, an engine's state comes and goes with the partition of its
messages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from agents.intervals.counters import RecordCounters
from agents.state.store import Commit

__all__ = ["EngineHost", "HostedEngine"]


class HostedEngine(Protocol):
    """The methods that a host and its worker need of an engine of any kind."""

    counters: RecordCounters

    def applied_offset(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none."""

    def mark_applied(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed."""


EngineT = TypeVar("EngineT", bound=HostedEngine)


class EngineHost(Generic[EngineT]):
    """Engines of one kind.

    Args:
        make: an engine by its name and the store keys of its manifests.
    """

    def __init__(self, make: Callable[[str, Sequence[bytes]], EngineT]) -> None:
        self._make = make
        self._held: dict[int, dict[str, EngineT]] = {}
        self._changed: dict[tuple[int, str], EngineT] = {}

    def __iter__(self) -> Iterator[EngineT]:
        """All engines held."""
        for engines in self._held.values():
            yield from engines.values()

    def of(self, partition: int) -> Mapping[str, EngineT]:
        """The engines of a partition by name."""
        return self._held.get(partition, {})

    def get(self, partition: int, name: str) -> EngineT | None:
        """An engine; None: it was not made yet."""
        engines = self._held.get(partition)
        return None if engines is None else engines.get(name)

    def require(self, partition: int, name: str, manifests: Sequence[bytes] = ()) -> EngineT:
        """An engine, made where it is not held yet."""
        engines = self._held.setdefault(partition, {})
        engine = engines.get(name)
        if engine is None:
            engine = engines[name] = self._make(name, manifests)
        return engine

    def note_change(self, partition: int, name: str, engine: EngineT) -> None:
        """Note that an engine has something to write."""
        self._changed[partition, name] = engine

    @property
    def pending(self) -> bool:
        """Whether any engine has something to write."""
        return bool(self._changed)

    def take_changed(self) -> list[tuple[int, str, EngineT]]:
        """Partition, name and engine of those that have something to write, each once."""
        changed, self._changed = self._changed, {}
        return [(*place, engine) for place, engine in changed.items()]

    def drop(self, partition: int) -> dict[str, EngineT]:
        """Forget a partition; its engines by name."""
        gone = self._held.pop(partition, {})
        for name in gone:
            self._changed.pop((partition, name), None)
        return gone
