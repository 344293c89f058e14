"""Sends files to Kafka: each queue's records in the order for its engine, many to a message.

Feeds batch, which makes the stream fast: a message carries up to 100 records of one queue.
"""

import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from agents.outcomes import Outcomes
from agents.summary import Summary
from streams.codec import encode
from streams.kafka.producer import Producer
from streams.records import Record
from streams.sources.batch import Batch
from streams.sources.merge import Feed, Input

__all__ = ["Sender", "ingest"]

_RECORDS = 100
"""Most records of one queue in one message."""
_WINDOW = 20_000
"""Records after which every queue's message is sent, full or not, so that queues advance together."""


class Sender:
    """Collects records into messages by queue.

    Args:
        producer: of the broker.
        summary: counts rows by outcome.
        outcomes: told of each source's rows.
    """

    def __init__(self, producer: Producer, summary: Summary, outcomes: Outcomes | None = None) -> None:
        self._producer = producer
        self._summary = summary
        self._outcomes = Outcomes() if outcomes is None else outcomes
        self._held: dict[str, list[Record]] = {}
        self._since = 0

    def add(self, queue: str, record: Record) -> None:
        """Take one record, and send the queue's message when it is full."""
        held = self._held.setdefault(queue, [])
        held.append(record)
        self._since += 1
        if len(held) >= _RECORDS:
            self._producer.send(queue, encode(queue, held))
            del self._held[queue]
        if self._since >= _WINDOW:
            self.send()

    def send(self) -> None:
        """Send all collected records."""
        for queue, held in self._held.items():
            self._producer.send(queue, encode(queue, held))
        self._held.clear()
        self._since = 0

    def dead_letter(self, given: Input, row: int, reason: str, value: str, topic: str | None = None) -> None:
        """Send a row that cannot be counted to the dead letters; `topic`: its name, if not the file's."""
        self._summary.records_dead_lettered += 1
        self._outcomes.refuse(given.source.name, given.name, row, reason)
        topic = topic or given.name
        letter = {"topic": topic, "partition": None, "offset": row, "reason": reason, "value": value, "index": 0}
        self._producer.send(f"{topic}/{row}", msgspec.json.encode(letter), dead_letter=True)

    def batch(self, given: Input, batch: Batch) -> None:
        """Send a batch as it came."""
        for queue, record in zip(batch.queues, batch.records, strict=True):
            self.add(queue, record)
        for bad in batch.dead:
            self.dead_letter(given, bad.row, bad.reason, bad.value, bad.topic(given.name))
        self._summary.records_read += batch.read
        self._summary.records_filtered += batch.filtered
        self._summary.records_accepted += batch.accepted
        self._outcomes.accepted[given.source.name] += batch.accepted


def ingest(
    feed: Feed,
    producer: Producer,
    progress: Callable[[int], object] = lambda _: None,
    outcomes: Outcomes | None = None,
) -> Summary:
    """Send all records of `feed`, merged by event time, and return when the broker has them.

    Args:
        feed: everything that was read.
        producer: of the broker.
        progress: told of each record.
        outcomes: told of each source's rows.

    Raises:
        UserError: the broker does not take them.
    """
    began = time.perf_counter()
    summary = Summary(records_read=feed.read, records_filtered=feed.filtered)
    outcomes = Outcomes() if outcomes is None else outcomes
    sender = Sender(producer, summary, outcomes)
    for place, given in enumerate(feed.inputs):
        outcomes.accepted[given.source.name] += feed.accepted[place]
    for queue, record in _merged(feed):
        sender.add(queue, record)
        progress(1)
    sender.send()
    for place, bad in feed.bad_rows:
        sender.dead_letter(feed.inputs[place], bad.row, bad.reason, bad.value, bad.topic(feed.inputs[place].name))
    producer.flush()
    summary.records_accepted = summary.records_read - summary.records_filtered - summary.records_dead_lettered
    summary.seconds = round(time.perf_counter() - began, 3)
    return summary


def _merged(feed: Feed) -> Iterator[tuple[str, Record]]:
    """Records of all queues by event time; those of one queue are in the order in which `replay` applies them."""
    names = list(feed.queues)
    if not names:
        return
    keys = [feed.queues[name].keys() for name in names]
    owner = np.repeat(np.arange(len(names)), [len(part) for part in keys])
    place = np.concatenate([np.arange(len(part)) for part in keys])
    order = np.argsort(np.concatenate(keys), kind="stable")
    for which, where in zip(owner[order].tolist(), place[order].tolist(), strict=True):
        yield names[which], feed.queues[names[which]].records[where]
