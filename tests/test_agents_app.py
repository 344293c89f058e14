"""Partitions that change hands while their state is still being read.

Faust's consumer and tables need a broker for this; stand-ins have their fields. tests/live/test_soak.py has the rest.
"""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.app import LiveWorker
from agents.clock import WallClock
from config.settings import load

CALLS = "call-data"
EXAMPLE = Path(__file__).parent.parent / "config" / "monitor.yaml"


class Group:
    """A worker, and what its group and its recovery do to it."""

    def __init__(self) -> None:
        self.worker = LiveWorker(
            load([EXAMPLE]), "127.0.0.1:1", store=None, clock=WallClock(), partitions=2, data_dir="unused"
        )
        fetcher = SimpleNamespace(_fetch_max_wait_ms=500)
        thread = SimpleNamespace(_consumer=SimpleNamespace(_fetcher=fetcher))
        self.pending = asyncio.Event()
        self.worker.app = SimpleNamespace(  # type: ignore[assignment]  # as much of it as the worker asks
            consumer=SimpleNamespace(_thread=thread),
            tables=SimpleNamespace(recovery=SimpleNamespace(signal_recovery_start=self.pending)),
        )
        self.table: Any = SimpleNamespace(data={}, _key_partition={})
        self.worker._table = SimpleNamespace(data=self.table)  # type: ignore[assignment]  # as above

    async def assign(self, *partitions: int) -> None:
        """The group gives partitions out, and recovery of them is due."""
        await self.worker._on_revoked()
        self.pending.set()
        await self.worker._on_assigned(None, {TP(CALLS, partition) for partition in partitions})

    async def read(self, **entries: bytes) -> None:
        """Recovery has begun, and has read entries of the changelog, each named `kN` of partition N."""
        self.pending.clear()
        for name, value in entries.items():
            self.table.data[name.encode()] = value
            self.table._key_partition[name.encode()] = int(name[1:])

    async def recovered(self) -> None:
        """Faust says that recovery is complete."""
        await self.worker._on_recovered()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[dict[bytes, int]]:
    """What the holdings were told to load, in order; the entries are no real state."""
    calls: list[dict[bytes, int]] = []
    monkeypatch.setattr("agents.holdings.Holdings.load", lambda _, taken: calls.append(dict(taken)))
    monkeypatch.setattr("agents.holdings.Holdings.drop", lambda *_: [])
    return calls


def test_state_of_a_partition_is_taken_over_though_its_recovery_was_overtaken(
    loaded: list[dict[bytes, int]],
) -> None:
    """Given in one rebalance and kept in the next, before it was read: it is as new to the worker as it was."""

    async def work() -> Group:
        group = Group()
        await group.assign(0, 1)
        await group.read(k0=b"half")
        await group.assign(0)
        await group.recovered()
        assert group.worker.recovering
        assert loaded == []
        await group.read(k0=b"whole")
        await group.recovered()
        return group

    group = asyncio.run(work())
    assert not group.worker.recovering
    assert loaded == [{b"k0": 0}]
    assert group.worker._state == {b"k0": b"whole"}


def test_a_recovery_that_ends_while_partitions_are_taken_away_is_not_taken_over(
    loaded: list[dict[bytes, int]],
) -> None:
    """Between losing partitions and getting some, a worker owns none: what it wrote then could be another's."""

    async def work() -> bool:
        group = Group()
        await group.assign(0)
        await group.read(k0=b"x")
        await group.worker._on_revoked()
        await group.recovered()
        return group.worker.recovering

    assert asyncio.run(work())
    assert loaded == []
