"""Sends files to Kafka: each queue's records in the order for its engine, many to a message.

Feeds batch, which makes the stream fast: a message carries up to 100 records of one queue.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import msgspec
import numpy as np

from agents.outcomes import Outcomes
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration
from streams.codec import encode
from streams.kafka.producer import Producer
from streams.records import TYPE_RANK, Record, event_ms
from streams.source_words import Feed, RefusedRow
from streams.sources.batch import Batch
from streams.sources.batch import DeadLetter as BadRow
from streams.sources.merge import RANKS, Input, QueueFeed
from streams.sources.merge import Feed as Files
from streams.sources.speech import CALL_DATA, Words, merged_words, refused_event_ms, refused_row, speech_of

__all__ = ["Sender", "ingest"]

_MINUTE: Final = 60
"""Seconds after which a source that has spoken on says so, be it within an interval."""
_RECORDS = 100
"""Most records of one queue in one message."""
_WINDOW = 20_000
"""Records after which every queue's message is sent, full or not, so that queues advance together."""


class Sender:
    """Collects records into messages by queue.

    Args:
        producer: of the broker.
        summary: counts rows by outcome.
        configuration: what is set.
        outcomes: told of each source's rows.
    """

    def __init__(
        self, producer: Producer, summary: Summary, configuration: Configuration, outcomes: Outcomes | None = None
    ) -> None:
        self._producer = producer
        self._summary = summary
        self._configuration = configuration
        self._outcomes = Outcomes() if outcomes is None else outcomes
        self._speech = speech_of(configuration)
        self._held: dict[str, tuple[list[Record], list[str | None]]] = {}
        self._since = 0
        self._spoke = time.monotonic()
        self._lock = threading.RLock()

    def add(self, queue: str, record: Record, source: str | None) -> None:
        """Take one record, and send the queue's message when it is full.

        Args:
            queue: that it is of.
            record: of any type.
            source: the name in `sources:` of its file.
        """
        held = self._held.get(queue) or self._held.setdefault(queue, ([], []))
        held[0].append(record)
        held[1].append(source)
        self._since += 1
        if len(held[0]) >= _RECORDS:
            self._producer.send(queue, encode(queue, *held))
            del self._held[queue]
        if self._since >= _WINDOW:
            self.send()

    def send(self) -> None:
        """Send all collected records."""
        for queue, held in self._held.items():
            self._producer.send(queue, encode(queue, *held))
        self._held.clear()
        self._since = 0

    def say(self, feeds: Sequence[Feed]) -> None:
        """Send words of sources into every partition, behind the rows that they speak of."""
        if feeds:
            self.send()
            self._producer.send_everywhere(encode("", feeds))
        self._spoke = time.monotonic()

    def say_rest(self, *, after_seconds: float = 0) -> None:
        """Say how far sources have spoken since they last did, if that is long enough ago."""
        with self._lock:
            if time.monotonic() - self._spoke >= after_seconds:
                self.say(self._speech.rest())

    def dead_letter(self, given: Input, bad: BadRow) -> None:
        """Send a row that cannot be counted to the dead letters, and tell its queue of it."""
        self._summary.records_dead_lettered += 1
        self._outcomes.refuse(given.source.name, given.name, bad.row, bad.reason)
        topic = bad.topic(given.name)
        letter = {
            "topic": topic,
            "partition": None,
            "offset": bad.row,
            "reason": bad.reason,
            "value": bad.value,
            "index": 0,
        }
        self._producer.send(f"{topic}/{bad.row}", msgspec.json.encode(letter), dead_letter=True)
        refused = refused_row(given, bad, int(time.time() * 1000))
        if refused is not None and bad.queue is not None:
            self.add(bad.queue, refused, None)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Say once a minute how far sources have spoken, while growing files have a row now and then."""
        ended = threading.Event()

        def speak() -> None:
            while not ended.wait(_MINUTE):
                with suppress(UserError):  # who sends the next row is told
                    self.say_rest(after_seconds=_MINUTE)

        thread = threading.Thread(target=speak, daemon=True, name="speaking")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def batch(self, given: Input, batch: Batch) -> None:
        """Send a batch as it came, refused rows at their places."""
        with self._lock:
            self._batch(given, batch)

    def _batch(self, given: Input, batch: Batch) -> None:
        at = 0
        for bad, before in batch.refused():
            self._records(given, batch, at, before)
            self._refused(given, bad)
            at = before
        self._records(given, batch, at, len(batch.records))
        self._summary.records_read += batch.read
        self._summary.records_filtered += batch.filtered
        self._summary.records_accepted += batch.accepted
        self._outcomes.accepted[given.source.name] += batch.accepted
        self.say_rest(after_seconds=_MINUTE)

    def _records(self, given: Input, batch: Batch, begin: int, end: int) -> None:
        source = given.source.name
        for queue, record in zip(batch.queues[begin:end], batch.records[begin:end], strict=True):
            if type(record) in CALL_DATA:
                self._note(source, event_ms(record))
            self.add(queue, record, source)

    def _note(self, source: str, event: int) -> None:
        if event > self._speech.due:
            self.say(self._speech.before(event))
        self._speech.note(source, event)

    def _refused(self, given: Input, bad: BadRow) -> None:
        event = refused_event_ms(self._configuration, given, bad, int(time.time() * 1000))
        if event is not None:
            self._note(given.source.name, event)
        self.dead_letter(given, bad)


def ingest(
    configuration: Configuration,
    files: Files,
    producer: Producer,
    progress: Callable[[int], object] = lambda _: None,
    outcomes: Outcomes | None = None,
) -> Summary:
    """Send all records of `files`, merged by event time, and return when the broker has them.

    Args:
        configuration: what is set.
        files: everything that was read.
        producer: of the broker.
        progress: told of each record.
        outcomes: told of each source's rows.

    Raises:
        UserError: the broker does not take them.
    """
    began = time.perf_counter()
    summary = Summary(records_read=files.read, records_filtered=files.filtered)
    outcomes = Outcomes() if outcomes is None else outcomes
    sender = Sender(producer, summary, configuration, outcomes)
    for place, given in enumerate(files.inputs):
        outcomes.accepted[given.source.name] += files.accepted[place]
    words = merged_words(configuration, files)
    for place, bad in files.bad_rows:
        refused = refused_row(files.inputs[place], bad, files.now_ms)
        if refused is not None and bad.queue is not None:
            key = refused.at_ms * RANKS + TYPE_RANK[RefusedRow]
            files.queues.setdefault(bad.queue, QueueFeed()).say([refused], np.array([key], np.int64), place)
    for queue, record, source in _merged(files, words):
        if isinstance(record, Feed):
            sender.say([record])
        else:
            sender.add(queue, record, source)
            progress(1)
    sender.send()
    for place, bad in files.bad_rows:
        sender.dead_letter(files.inputs[place], bad._replace(queue=None))
    producer.flush()
    summary.records_accepted = summary.records_read - summary.records_filtered - summary.records_dead_lettered
    summary.seconds = round(time.perf_counter() - began, 3)
    return summary


def _merged(files: Files, words: Mapping[str, Words]) -> Iterator[tuple[str, Record, str | None]]:
    """Records of all queues by event time, those of one queue in the order in which `replay` applies them.

    Words of sources, which are of no queue, stand before the first row beyond their interval's end.
    """
    given = list(files.queues.values())
    if not given:
        return
    names, sources = list(files.queues), [each.source.name for each in files.inputs]
    spoken = [Feed(name, ms) for name, (_, last) in words.items() for ms in last.tolist()]
    keys = [part.keys() for part in given] + [ends * RANKS + TYPE_RANK[Feed] for ends, _ in words.values()]
    sizes = [*map(len, keys[: len(given)]), len(spoken)]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    order = np.argsort(np.concatenate(keys), kind="stable")
    for which, where in zip(owner[order].tolist(), place[order].tolist(), strict=True):
        if which == len(given):
            yield "", spoken[where], None
        else:
            yield names[which], given[which].records[where], sources[given[which].inputs[where]]
