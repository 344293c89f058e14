"""Messages that no program of ours writes, for every topic, and where the broker put them.

Each is one dead letter, wherever it lies; those of the changelog are passed over.
"""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from confluent_kafka import Message
from confluent_kafka import Producer as Client

from streams.kafka.partitioner import partition_of
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_CALL_DATA,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_QUEUE_INTERVALS,
    TOPIC_RESULTS,
    TopicNames,
)

__all__ = ["BadMessages"]

_FIRST_PARTITIONS: Final = 4
"""A centre that grows keeps those of the topics that hold no state."""
_OWN: Final = (
    TOPIC_RESULTS,
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_QUEUE_INTERVALS,
)
_TIED: Final = (TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS)
"""Those of them that have as many partitions as the centre."""
_ANYWHERE: Final = (
    None,
    b"",
    b"\xff\xfe",
    b"junk",
    b"null",
    b'"text"',
    b"[1",
    b"[[[1]]]",
    b'{"version": 99, "queue": "sales"}',
    b"\x93\x01\x02\x03",
    b"\xc1ajunk",
    b"\xc1a99999999999",
)
_CONTACT: Final = {
    "type": "contact",
    "contact_id": "never",
    "offered_at": "2026-03-02T09:00:00Z",
    "exited_at": "2026-03-02T09:00:05Z",
    "outcome": "answered",
}
_RECORDS: Final = (
    {**_CONTACT, "type": "contact-of-version-99"},
    {**_CONTACT, "offered_at": "2199-01-01T00:00:00Z", "exited_at": "2199-01-01T00:00:00Z"},
    {**_CONTACT, "exited_at": "2199-01-01T00:00:00Z"},
    {**_CONTACT, "offered_at": "1900-01-01T00:00:00Z"},
    {**_CONTACT, "outcome": "x" * 510_000},
    {**_CONTACT, "talk_seconds": 1e308},
    {**_CONTACT, "agent": "a" * 2_000},
    {"type": "evaluation", "evaluation_id": "never", "handled_at": "2026-03-02T09:00:00Z", "checks": [{}] * 201},
)
_STATE_KEYS: Final = (b"sales", b"\xff\xfe", b"junk\0head.x", b"sales\0head.x", b"\0retail\0head.x", b"sales\0ev.x")
"""Keys of a changelog: of nobody, of a queue and of a program, under a writer that no worker is."""


@dataclass
class BadMessages:
    """Sends bad messages, and remembers their places.

    Args:
        url: the broker.
        queues: names of queues that there are.
        chance: what is sent, and when.
    """

    url: str
    queues: Sequence[str]
    chance: random.Random
    places: set[tuple[str, int, int]] = field(default_factory=set)
    """Topic, partition and offset of each that must be a dead letter."""
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the producer, which outlives outages of the broker and sends nothing twice."""
        bootstrap = self.url.removeprefix("kafka://")
        self._client = Client({"bootstrap.servers": bootstrap, "log_level": 0, "enable.idempotence": True})

    def misplace(self, names: TopicNames, partitions: int, contacts: Sequence[tuple[str, bytes]]) -> None:
        """Put messages of queues into other partitions than theirs, as a producer that hashes by CRC32 does."""
        for queue, value in contacts:
            wrong = (partition_of(queue.encode(), partitions) + 1) % partitions
            self._client.produce(names.of(TOPIC_CALL_DATA), value, queue, wrong, on_delivery=self._note)
        self._client.flush(60)

    def send(self, names: TopicNames, partitions: int) -> None:
        """Send one of each kind into each topic, in any order and partition."""
        chance = self.chance
        made: list[tuple[str, bytes | None, bytes | None, int]] = []
        for topic in _OWN:
            for value in _ANYWHERE:
                key = chance.choice((b"sales", b"\xff", None))
                places = partitions if topic in _TIED else _FIRST_PARTITIONS
                made.append((names.of(topic), value, key, chance.randrange(places)))
        for value in (*_ANYWHERE, *map(msgspec.json.encode, _RECORDS)):
            queue = chance.choice(self.queues).encode()
            for key in (queue, chance.choice((b"\xff\xfe", b"a\0b", None))):
                place = partition_of(key, partitions) if key == queue else chance.randrange(partitions)
                made.append((names.of(TOPIC_CALL_DATA), value, key, place))
        chance.shuffle(made)
        for topic, value, key, place in made:
            self._client.produce(topic, value, key, place, on_delivery=self._note)
        for key in _STATE_KEYS:
            for value in _ANYWHERE:
                self._client.produce(names.changelog, value, key, chance.randrange(partitions))
        self._client.poll(0)

    def send_often(self, names: TopicNames, partitions: int, meanwhile: threading.Thread) -> None:
        """Send all of them a few times, in a thread, as long as another one runs."""

        def work() -> None:
            while meanwhile.is_alive():
                self.send(names, partitions)
                time.sleep(self.chance.uniform(2, 5))

        threading.Thread(target=work, daemon=True).start()

    def finish(self) -> None:
        """Wait until the broker has everything."""
        left = self._client.flush(60)
        assert not left, f"{left} bad messages were not sent"
        assert not self.failed, self.failed

    def _note(self, error: object, message: Message) -> None:
        if error is not None:
            self.failed.append(str(error))
            return
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None
        assert partition is not None
        assert offset is not None
        self.places.add((topic, partition, offset))
