"""Between an embedded broker and the file that outlives it: brought back at the start, written down as it grows.

Each message comes back with the offset and the time that it had: engines know by the offset what they have counted,
and the same ticks close the same intervals. Messages that everybody has acknowledged are not brought back; empty ones,
which nobody reads, stand in their place. Breaches come back for as long as people are told of them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from agents.live.kept.log import KeptLog, KeptMessage
from agents.live.kept.told import needless
from agents.state.store import is_entry
from config.errors import UserError
from streams.kafka.reader import TopicReader
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_CALL_DATA,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_QUEUE_INTERVALS,
    TOPIC_RESULTS,
    TopicNames,
)

__all__ = ["LogKeeper"]

_OUTPUTS: Final = (TOPIC_RESULTS, TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROJECTIONS)
"""Topics of which no reader knows a message by its offset."""
_NUMBERED: Final = (TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS)
_OPEN: Final = b'"revision":0,'
"""Stands in the result of an open interval, which is published anew each second and never kept."""
_BATCH: Final = 2_000
_POLL_SECONDS: Final = 0.05
_FORGET_SECONDS: Final = 5.0
_TOLD_SECONDS: Final = 3600.0
"""So often breaches are looked through of which nobody is told any more."""
_PATIENCE_SECONDS: Final = 60.0

_Place = tuple[str, int]
"""Topic and partition."""


class LogKeeper:
    """Keeps the log of an embedded broker, from `with` to its end.

    Args:
        log: the file.
        url: of the broker, which has just started.
        names: of its topics.
        partitions: of each topic.
        now_ms: the driver's clock.

    Raises:
        UserError: the broker does not take what it is to hold.
    """

    def __init__(self, log: KeptLog, url: str, names: TopicNames, partitions: int, now_ms: Callable[[], int]) -> None:
        self._log = log
        self._now_ms = now_ms
        self._url = url
        self._names = names
        self._count = partitions
        self._breaches = names.of(TOPIC_BREACHES)
        self._outputs = [names.of(topic) for topic in _OUTPUTS]
        self._numbered = [names.of(topic) for topic in _NUMBERED]
        self._next: dict[_Place, int] = {}
        """The offset from which on the log is not written down yet."""
        self._committed: dict[_Place, int] = {}
        self._state_ends: dict[_Place, int] | None = None
        """Ends of the state's topic when `_committed` was asked for."""
        self._stopping = threading.Event()
        self._fault: Exception | None = None
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._keep, daemon=True, name="kept-log")
        self._bring_back()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write down the rest of the log."""
        self._stopping.set()
        self._thread.join(_PATIENCE_SECONDS)

    # --- for who waits ------------------------------------------------------------------------------

    def ends(self, topic: str) -> dict[int, int]:
        """By partition, the offset that the next message of a topic (less its prefix) will have."""
        with TopicReader(self._url) as reader:
            return _ends(reader, self._names.of(topic), self._count)

    def wait_for(self, topic: str, ends: dict[int, int]) -> None:
        """Wait until a topic is written down up to these offsets.

        Raises:
            UserError: it cannot be written down.
        """
        full = self._names.of(topic)
        self._wait({(full, partition): end for partition, end in ends.items()})

    def read_state(self, partitions: Sequence[int]) -> list[tuple[int, bytes, bytes]]:
        """The state's entries of some partitions as they stand now: partition, key and value."""
        changelog = self._names.changelog
        with TopicReader(self._url) as reader:
            ends = _ends(reader, changelog, self._count)
        self._wait({(changelog, at): end for at, end in ends.items()})
        return list(self._log.entries(partitions))

    def _wait(self, ends: dict[_Place, int]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with self._news:
            while not self._has(ends):
                if self._fault is not None:
                    raise UserError(f"the log cannot be kept ({self._fault}); make room where it lies, and start again")
                if time.monotonic() > deadline:
                    raise UserError(f"{self._url}: the embedded broker does not answer; start again")
                self._news.wait(_POLL_SECONDS)

    def _has(self, ends: dict[_Place, int]) -> bool:
        return all(self._next.get(place, 0) >= end for place, end in ends.items())

    # --- bringing back ------------------------------------------------------------------------------

    def _bring_back(self) -> None:
        """Fill the broker with what the file holds."""
        producer = Producer(
            {
                "bootstrap.servers": self._url.removeprefix("kafka://"),
                "log_level": 0,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 20,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        begun: list[TopicPartition] = []
        for topic in dict.fromkeys(topic for topic, _ in self._places):
            # Such a broker makes a topic when a producer asks for it.
            producer.list_topics(topic, timeout=_PATIENCE_SECONDS)
        for topic in self._numbered:
            floors = self._log.floors(topic)
            held = self._log.messages(topic)
            for partition in range(self._count):
                offset = 0
                for message in (each for each in held if each.partition == partition):
                    self._fill(producer, topic, partition, message.offset - offset)
                    _produce(producer, message)
                    offset = message.offset + 1
                self._fill(producer, topic, partition, floors.get(partition, 0) - offset)
                self._next[topic, partition] = max(offset, floors.get(partition, 0))
                if floors.get(partition, 0):
                    begun.append(TopicPartition(topic, partition, floors[partition]))
        renumbered: list[KeptMessage] = []
        for topic in self._outputs:
            ends = dict.fromkeys(range(self._count), 0)
            for message in self._log.messages(topic):
                again = message._replace(offset=ends[message.partition])
                ends[message.partition] += 1
                renumbered.append(again)
                _produce(producer, again)
            self._next.update({(topic, partition): end for partition, end in ends.items()})
        if producer.flush(_PATIENCE_SECONDS):
            raise UserError(f"{self._url}: the embedded broker does not take its log; start again")
        self._log.renumber(self._outputs, renumbered)
        self._begin_at(begun)

    def _fill(self, producer: Producer, topic: str, partition: int, count: int) -> None:
        """Send messages that stand for those that are forgotten."""
        for _ in range(count):
            _produce(producer, KeptMessage(topic, partition, 0, None, None, 1))

    def _begin_at(self, places: list[TopicPartition]) -> None:
        """Let the workers' group go on behind what it has acknowledged."""
        if not places:
            return
        consumer = Consumer(self._settings(self._names.group))
        try:
            consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            raise UserError(f"{self._url}: the embedded broker refuses its log ({error.args[0].str()})") from error
        finally:
            consumer.close()

    # --- writing down -------------------------------------------------------------------------------

    def _settings(self, group: str) -> dict[str, Any]:
        return {
            "bootstrap.servers": self._url.removeprefix("kafka://"),
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "log_level": 0,
            "fetch.wait.max.ms": 20,
        }

    @property
    def _places(self) -> list[_Place]:
        topics = [*self._numbered, *self._outputs, self._names.changelog]
        return [(topic, partition) for topic in topics for partition in range(self._count)]

    def _keep(self) -> None:
        try:
            consumer = Consumer(self._settings("intervalwatch-kept-log"))
            try:
                consumer.assign([TopicPartition(*place, self._next.get(place, 0)) for place in self._places])
                with TopicReader(self._url, group=self._names.group) as reader:
                    self._follow(consumer, reader)
            finally:
                consumer.close()
        except Exception as error:  # noqa: BLE001 - who waits for it is told
            with self._news:
                self._fault = error
                self._news.notify_all()

    def _follow(self, consumer: Consumer, reader: TopicReader) -> None:
        looked = told = time.monotonic()
        last: dict[_Place, int] | None = None
        while True:
            self._note(consumer.consume(_BATCH, _POLL_SECONDS))
            if self._stopping.is_set() and last is None:
                last = self._all_ends(reader)
            if time.monotonic() - looked > _FORGET_SECONDS or last is not None:
                looked = time.monotonic()
                self._forget(reader)
            if time.monotonic() - told > _TOLD_SECONDS:
                told = time.monotonic()
                self._forget_told()
            if last is not None and self._has(last):
                self._forget(reader)
                self._forget(reader)
                self._forget_told()
                return

    def _all_ends(self, reader: TopicReader) -> dict[_Place, int]:
        topics = dict.fromkeys(topic for topic, _ in self._places)
        return {(topic, at): end for topic in topics for at, end in _ends(reader, topic, self._count).items()}

    def _note(self, found: Sequence[Message]) -> None:
        entries: dict[tuple[int, bytes], bytes | None] = {}
        messages: list[KeptMessage] = []
        ends: dict[_Place, int] = {}
        for message in found:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            if message.error() is not None or topic is None or partition is None or offset is None:
                continue
            ends[topic, partition] = offset + 1
            key, value = message.key(), message.value()
            if topic == self._names.changelog:
                if key is not None and is_entry(key):
                    entries[partition, key] = value
            elif not (topic == self._outputs[0] and value is not None and _OPEN in value):
                messages.append(KeptMessage(topic, partition, offset, key, value, message.timestamp()[1]))
        if entries or messages:
            self._log.note(entries, messages)
        if ends:
            with self._news:
                self._next.update(ends)
                self._news.notify_all()

    def _forget(self, reader: TopicReader) -> None:
        """Forget what is acknowledged, once the state that rests on it is written down."""
        if self._state_ends is None:
            self._committed = {
                (topic, at): offset
                for topic in [*self._numbered, *self._outputs]
                for at, offset in reader.committed(topic, self._count).items()
            }
            changelog = self._names.changelog
            self._state_ends = {(changelog, at): end for at, end in _ends(reader, changelog, self._count).items()}
        if self._has(self._state_ends):
            done = {place: offset for place, offset in self._committed.items() if place[0] != self._breaches}
            self._log.forget({place: offset for place, offset in done.items() if offset > 0})
            self._state_ends = None

    def _forget_told(self) -> None:
        """Forget breaches of which nobody is to be told any more, once they are acknowledged."""
        found = needless(self._log.messages(self._breaches), self._now_ms())
        self._log.drop(each for each in found if each.offset < self._committed.get((each.topic, each.partition), 0))


def _ends(reader: TopicReader, topic: str, partitions: int) -> dict[int, int]:
    """By partition, the offset that the next message will have."""
    return {at: end for at, (_, end) in reader.bounds(topic, partitions).items()}


def _produce(producer: Producer, message: KeptMessage) -> None:
    while True:
        try:
            producer.produce(
                message.topic,
                value=message.value,
                key=message.key,
                partition=message.partition,
                timestamp=message.at_ms,
            )
        except BufferError:
            producer.poll(_POLL_SECONDS)
        else:
            producer.poll(0)
            return
