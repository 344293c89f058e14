"""Engines by partition and name, of whatever kind."""

from collections.abc import Sequence

from agents.intervals.counters import RecordCounters
from agents.live.engine_host import EngineHost
from agents.state.store import Commit


class Engine:
    """An engine that only knows its name."""

    def __init__(self, name: str, manifests: Sequence[bytes]) -> None:
        self.name, self.manifests, self.counters = name, manifests, RecordCounters()

    def applied_offset(self, _: str) -> int:
        """Nothing is applied."""
        return -1

    def mark_applied(self, source: str, offset: int) -> None:
        """Nothing is noted."""

    def commit(self) -> Commit | None:
        """Nothing has changed."""


def test_an_engine_is_made_once_and_goes_with_its_partition() -> None:
    """A name that two partitions have has an engine in each; one that is dropped waits for no commit."""
    host = EngineHost(Engine)
    sales = host.require(0, "sales", [b"m"])
    assert (sales.name, sales.manifests) == ("sales", [b"m"])
    assert host.require(0, "sales") is sales is host.get(0, "sales")
    other = host.require(1, "sales")
    assert other is not sales
    assert host.get(2, "sales") is None
    assert list(host) == [sales, other]
    host.note_change(0, "sales", sales)
    host.note_change(1, "sales", other)
    assert host.drop(0) == {"sales": sales}
    assert host.of(0) == {}
    assert host.take_changed() == [(1, "sales", other)]
    assert not host.pending
