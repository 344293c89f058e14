"""Partitions that change hands while their state is still being read.

Faust's consumer and tables need a broker for this; stand-ins have their fields. tests/live/test_soak.py has the rest.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.live.clock import WallClock
from agents.live.faust_patches.restore import Entries
from agents.live.worker import LiveWorker
from config.settings import load

CALLS = "call-data"
EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "monitor.yaml"


class Group:
    """A worker, and what its group and its recovery do to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.worker = LiveWorker(
            load([EXAMPLE]), "127.0.0.1:1", store=None, clock=WallClock(), partition_count=3, data_dir="unused"
        )
        self.pending = asyncio.Event()
        self.app = SimpleNamespace(
            consumer=SimpleNamespace(commit=self._nothing),
            consumer_generation_id=0,
            should_stop=False,
        )
        self.assignment = self.worker.assignment
        self.assignment._app = self.app  # as much of it as is asked
        self.assignment._recovery = SimpleNamespace(signal_recovery_start=self.pending)
        monkeypatch.setattr(self.worker.flusher, "flush", self._nothing)
        self.reading: asyncio.Event | None = None
        self.read: list[list[int]] = []
        monkeypatch.setattr("agents.live.assignment.read_changelog", self._read)
        # The entries are no real state.
        monkeypatch.setattr("agents.live.partitions.Partitions.load", lambda *_: None)
        monkeypatch.setattr("agents.live.partitions.Partitions.drop", lambda *_: [])

    async def assign(self, *partitions: int, generations: int = 1) -> None:
        """The group gives partitions out, `generations` after the last time this worker was in it."""
        await self.assignment.on_revoked()
        self.app.consumer_generation_id += generations
        self.pending.set()
        await self.assignment.on_assigned(None, {TP(CALLS, partition) for partition in partitions})

    async def recover(self) -> None:
        """Faust goes through its recovery, and says when it is complete."""
        self.pending.clear()
        await self.assignment.on_recovered()

    async def _nothing(self) -> None:
        """There is nothing to write."""

    async def _read(
        self, _app: Any, _topic: str, partitions: list[int], wanted: Callable[[], bool], *_: object
    ) -> Entries | None:
        if self.reading is not None:
            await self.reading.wait()
        if not wanted():
            return None
        self.read.append(partitions)
        return Entries()


def test_state_of_a_partition_is_read_though_its_recovery_was_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given in one rebalance and kept in the next, before it was read: it is as new to the worker as it was."""

    async def work() -> Group:
        group = Group(monkeypatch)
        await group.assign(0)
        await group.recover()
        await group.assign(0, 1, 2)
        await group.assign(0, 1)
        await group.assignment.on_recovered()
        assert group.worker.recovering
        await group.recover()
        return group

    group = asyncio.run(work())
    assert not group.worker.recovering
    assert group.read == [[0], [1]]


def test_state_that_another_worker_may_have_continued_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was left out of a generation of the group keeps nothing, though it is given the same partitions."""

    async def work() -> list[list[int]]:
        group = Group(monkeypatch)
        await group.assign(0, 1)
        await group.recover()
        await group.assign(0, 1, generations=2)
        await group.recover()
        return group.read

    assert asyncio.run(work()) == [[0, 1], [0, 1]]


def test_reading_that_goes_on_into_the_next_recovery_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust does not wait for what a rebalance has overtaken; only the last reading counts."""

    async def work() -> list[list[int]]:
        group = Group(monkeypatch)
        group.reading = asyncio.Event()
        await group.assign(0)
        first = asyncio.ensure_future(group.recover())
        await asyncio.sleep(0)
        await group.assign(0, 1)
        second = asyncio.ensure_future(group.recover())
        await asyncio.sleep(0)
        group.reading.set()
        await asyncio.gather(first, second)
        assert not group.worker.recovering
        return group.read

    assert asyncio.run(work()) == [[0, 1]]


def test_a_recovery_that_ends_while_partitions_are_taken_away_is_not_taken_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between losing partitions and getting some, a worker owns none: what it wrote then could be another's."""

    async def work() -> Group:
        group = Group(monkeypatch)
        await group.assign(0)
        group.pending.clear()
        await group.assignment.on_revoked()
        await group.recover()
        return group

    group = asyncio.run(work())
    assert group.worker.recovering
    assert group.read == []


def test_an_event_under_way_is_given_up_when_partitions_change_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two slices of a message the partition goes: the rest of the event reaches no engine, nor is it done."""

    async def work() -> tuple[bool, list[int], bool]:
        group = Group(monkeypatch)
        await group.assign(0)
        await group.recover()
        begun: list[int] = []
        slices = iter((True, True, False, False))

        def begin(_partition: int, offset: int, *_: object) -> bool:
            begun.append(offset)
            return True

        monkeypatch.setattr(group.worker.partitions, "begin", begin)
        monkeypatch.setattr(group.worker.partitions, "work", lambda: next(slices))
        messages = [SimpleNamespace(partition=0, offset=n, key=b"q", value=b"v", timestamp=0) for n in range(3)]
        applying = asyncio.ensure_future(group.worker._apply(messages))
        await asyncio.sleep(0)
        await group.assign(1)
        slices = iter(())
        done = await applying
        slices = iter((True, False) * 3)
        begun_before = begun.copy()
        return done, begun_before, await group.worker._apply(messages)

    assert asyncio.run(work()) == (False, [0], True)
