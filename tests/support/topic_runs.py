"""Files through `ingest` and a worker that is not there: the messages of a topic, and the results that they give.

The same files through a replay must give the same results, in the same order, with the same hashes.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast
from unittest.mock import patch

from agents.ingest import Sender, ingest
from agents.intervals.outputs import Result
from agents.live.partitions import Partitions
from agents.replay import replay_queue
from agents.summary import Summary
from config.settings import Configuration
from streams.kafka.producer import Producer
from streams.sources.merge import Feed as Files
from streams.sources.merge import Input, read_inputs
from streams.sources.speech import say_arrived, say_merged
from streams.topics import TOPIC_DEAD_LETTERS

__all__ = ["Messages", "Topic", "ingested", "lived", "replayed", "sent"]

Messages = Sequence[tuple[bytes | None, bytes]]
"""Key and value of each message; without a key it is of no queue."""


class Topic:
    """A partition of the input topic, as `ingest` fills it, and the dead letters beside it."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes | None, bytes]] = []
        self.letters: list[bytes] = []

    def send(self, queue: str, value: bytes, *, dead_letter: bool = False) -> None:
        """Append a message of a queue, or a dead letter."""
        if dead_letter:
            self.letters.append(value)
        else:
            self.messages.append((queue.encode(), value))

    def send_everywhere(self, value: bytes) -> None:
        """Append a message of no queue."""
        self.messages.append((None, value))

    def flush(self) -> None:
        """Everything is there at once."""


def ingested(configuration: Configuration, files: Files) -> tuple[Topic, Summary]:
    """The messages that `ingest` sends of files, merged by event time, and its counts."""
    topic = Topic()
    return topic, ingest(configuration, files, cast(Producer, topic))


def sent(configuration: Configuration, inputs: Sequence[Input], now_ms: int) -> tuple[Topic, Summary]:
    """The messages that `ingest --as-arrived` sends of files, and its counts."""
    topic, summary = Topic(), Summary()
    sender = Sender(cast(Producer, topic), summary, configuration)
    with patch("agents.ingest.time.time", lambda: now_ms / 1000):
        for place, batch in read_inputs(configuration, inputs, lambda: now_ms):
            sender.batch(inputs[place], batch)
        sender.say_rest()
        sender.send()
    return topic, summary


def lived(configuration: Configuration, messages: Messages, now_ms: int) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Results of a worker that reads messages, by queue, and why it refused records; the end is final as a replay's."""
    with patch("agents.live.partitions.INTERVALS_A_TURN", 1 << 30):  # no turn is too short to end in
        partitions = Partitions(configuration, {}, "call-data", "w")
    for offset, (key, value) in enumerate(messages):
        partitions.apply(0, offset, key, value, now_ms)
    batch = partitions.collect(0)
    results = [row for row in batch.rows if row["revision"]]
    for engine in partitions.engines:
        results += [output.row for output in engine.finish() if isinstance(output, Result)]
    letters = [json.loads(each.value) for each in batch.outputs if each.topic == TOPIC_DEAD_LETTERS]
    return keyed(results), [letter["reason"] for letter in letters]


def replayed(configuration: Configuration, files: Files, *, as_arrived: bool) -> list[tuple[Any, ...]]:
    """The results of a replay, by queue."""
    (say_arrived if as_arrived else say_merged)(configuration, files)
    outputs = (
        output
        for queue in sorted(files.queues)
        for output in replay_queue(
            configuration, queue, files, files.queues[queue], None, Summary(), as_arrived=as_arrived
        )
    )
    return keyed(output.row for output in outputs if isinstance(output, Result))


def keyed(rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The columns that tell results apart, sorted by queue."""
    names = ("queue", "interval_start", "revision", "status", "offered", "integrity", "reason", "breaches", "hash")
    return sorted(tuple(row[name] for name in names) for row in rows)
