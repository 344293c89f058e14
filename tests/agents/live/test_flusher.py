"""A flush: outputs, cells, manifests, garbage, each with the broker before the next; then the acknowledgement."""

import asyncio
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import pytest
from engine import at, configuration, contact, content
from faust.types import TP

from agents.live.flusher import Flusher
from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from streams.codec import encode
from streams.topics import TopicNames

CENTRE = configuration(content(hours={"mon-sun": "09:00-18:00"}))
INPUT, CHANGELOG = TP("iw-call-data", 0), "iw-state-changelog"


class Broker:
    """Stands in for Faust's app and producer: answers when told, and may refuse."""

    def __init__(self) -> None:
        self.steps: list[list[str]] = [[]]
        """Kinds of the messages that were sent before the broker had answered."""
        self.refuses: str | None = None
        self.acknowledged: list[int] = []
        self.shown: list[OutputBatch] = []
        self.partitions = Partitions(CENTRE, {}, INPUT.topic, "w")
        consumer = SimpleNamespace(finished={})
        self.app = SimpleNamespace(consumer=consumer, maybe_start_producer=self._producer)
        self.flusher = Flusher(self.app, self.partitions, TopicNames("iw-"), CHANGELOG, self.shown.append)

    async def _producer(self) -> Any:
        return SimpleNamespace(send=self._send)

    async def _send(self, topic: str, key: bytes, value: bytes | None, *_: object) -> Any:
        kind = topic.removeprefix("iw-")
        if topic == CHANGELOG:
            kind = "garbage" if value is None else "manifest" if b"\x00head." in key else "cell"
        self.steps[-1].append(kind)
        return asyncio.ensure_future(self._answer(kind))

    async def _answer(self, kind: str) -> None:
        await asyncio.sleep(0.01)
        if kind == self.refuses:
            raise RuntimeError("refused")
        if self.steps[-1]:
            self.steps.append([])

    def apply(self, offset: int, name: str, offered: str) -> None:
        """Let an event of one contact be applied."""
        self.partitions.apply(0, offset, b"sales", encode("sales", [contact(name, offered)]), at(offered))
        messages = SimpleNamespace(end=offset + 1)
        event = SimpleNamespace(
            app=self.app,
            message=SimpleNamespace(tp=INPUT, messages=messages, acked=True),
            ack=lambda: self.acknowledged.append(offset),
        )
        self.flusher.note_applied(event, 1, 100)


async def test_each_step_of_a_flush_waits_for_the_one_before() -> None:
    """Results go before the cells that imply them, cells before the manifest, and nothing is acknowledged sooner."""
    broker = Broker()
    broker.apply(0, "a", "09:10")
    broker.apply(1, "b", "10:00")
    await broker.flusher.flush()
    broker.apply(2, "c", "12:00")
    await broker.flusher.flush()
    # Open intervals, which nobody waits for, may come as a step of their own before the next results.
    steps = [kinds for kinds, _ in groupby(sorted(set(step)) for step in broker.steps if step)]
    assert steps == [["interval-results"], ["cell"], ["manifest"], ["garbage"]] * 2
    assert broker.acknowledged == [0, 1, 2]
    assert broker.app.consumer.finished == {INPUT: 3}
    assert [row["interval_start"][11:16] for row in broker.shown[0].rows if row["status"] == "final"] == ["09:00"]


async def test_after_a_flush_that_failed_nothing_more_is_written() -> None:
    """Half of a flush, followed by the next, would leave manifests that name cells nobody wrote."""
    broker = Broker()
    broker.apply(0, "a", "09:10")
    broker.refuses = "cell"
    with pytest.raises(RuntimeError, match="refused"):
        await broker.flusher.flush()
    broker.refuses = None
    broker.apply(1, "b", "09:20")
    sent = sum(map(len, broker.steps))
    with pytest.raises(RuntimeError, match="an earlier flush failed"):
        await broker.flusher.flush()
    assert sum(map(len, broker.steps)) == sent
    assert broker.acknowledged == []


async def test_events_of_partitions_that_changed_hands_are_not_acknowledged() -> None:
    """They are read again, by this worker or another."""
    broker = Broker()
    broker.apply(0, "a", "09:10")
    broker.flusher.forget_events()
    await broker.flusher.flush()
    assert broker.acknowledged == []


def test_reading_waits_when_much_waits_for_a_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many messages, or so many bytes of them, are applied and not acknowledged at most."""
    broker = Broker()
    monkeypatch.setattr("agents.live.flusher._MOST_PENDING", 2)
    broker.apply(0, "a", "09:10")
    assert not broker.flusher.overdue
    broker.apply(1, "b", "09:11")
    assert broker.flusher.overdue
    broker.flusher.forget_events()
    monkeypatch.setattr("agents.live.flusher._MOST_PENDING_BYTES", 100)
    broker.apply(2, "c", "09:12")
    assert broker.flusher.overdue
