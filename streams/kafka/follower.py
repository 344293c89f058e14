"""A reader of whole topics as they grow, outside every group: for screens, and for what every worker must know.

It reads all partitions and commits nothing. So any number of wallboards and workers read the same, and each begins
where it wants to.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import UserError
from streams.kafka.security import security_for_librdkafka

__all__ = ["LogFollower"]

_POLL_SECONDS: Final = 0.2
_BATCH: Final = 500
_CUT_OFF_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 10.0
"""How often a topic that may be missing is looked for."""
_MISSING: Final = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC)  # noqa: SLF001 - as below
_NOT_YET: Final = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 - librdkafka's names of its own errors begin so
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - as above
    KafkaError._TIMED_OUT,  # noqa: SLF001 - as above
    KafkaError._TRANSPORT,  # noqa: SLF001 - as above
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001 - as above
)
"""A broker's answers about topics that were made a moment ago, or while it starts."""
_AT_END: Final = KafkaError._PARTITION_EOF  # noqa: SLF001 - as above


class LogFollower:
    """Hands on the messages of topics, in a thread of its own; they are taken in the loop that made it.

    Args:
        bootstrap: the brokers, `host:port[,host:port]`.
        since_ms: by full name of each topic: messages appended before it are not read; 0: all are.
        security: the configuration's `kafka.security`.
        take: takes messages, each partition's in order.
        at_end: called once, when all that stood in the topics has been taken.
        may_miss: topics that an earlier program did not make: they are read once they are there.
    """

    def __init__(
        self,
        bootstrap: str,
        since_ms: Mapping[str, int],
        security: Mapping[str, str],
        take: Callable[[list[Message]], object],
        at_end: Callable[[], object] = lambda: None,
        may_miss: Collection[str] = (),
    ) -> None:
        self._may_miss = frozenset(may_miss)
        self._missing: set[str] = set()
        self._looked = 0.0
        """When they were looked for."""
        self._since_ms = dict(since_ms)
        self._take = take
        self._at_end = at_end
        self._behind: set[tuple[str, int]] | None = None
        """Partitions not read to their end yet; None: not known."""
        self._stop = threading.Event()
        self._down_since: float | None = None
        self._waits_for: str | None = None
        """The broker's answer about topics that cannot be read yet."""
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                # librdkafka requires a group; it stays unused: partitions are assigned, and no offset is committed.
                "group.id": "intervalwatch-follower",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "log_level": 0,
                "error_cb": self._complain,
                **security_for_librdkafka(security),
            }
        )
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Start to follow the topics; those that are just being made are waited for.

        Raises:
            UserError: the broker refuses to show a topic.
        """
        self._assign()
        self._thread.start()

    def end(self) -> None:
        """Tell it to stop, and do not wait for that."""
        self._stop.set()

    def stop(self) -> None:
        """Stop following."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(_TIMEOUT_SECONDS)
        self._consumer.close()

    def health(self) -> tuple[bool, str]:
        """Whether the broker can be reached, and a line that says so."""
        down = self._down_since
        if down is not None and time.monotonic() - down > _CUT_OFF_SECONDS:
            return False, "cut off: no broker answers"
        if self._waits_for is not None:
            return False, f"waiting for the topics of results: {self._waits_for}"
        return True, "ok"

    def _assign(self) -> bool:
        """Begin at the messages of `since_ms`; False: a topic has no leader yet, as one that was made a moment ago.

        Raises:
            UserError: the broker refuses to show a topic.
        """
        try:
            self._missing.clear()
            places = self._from_since(self._since_ms)
            self._consumer.assign(places)
        except KafkaException as error:
            fault = error.args[0]
            if fault.code() not in _NOT_YET and not fault.retriable():
                raise UserError(f"topics of results cannot be read: {fault.str()}") from error
            self._waits_for = fault.str()
            return False
        self._behind = {(place.topic, place.partition) for place in places}
        self._waits_for = None
        return True

    def _from_since(self, since: Mapping[str, int]) -> list[TopicPartition]:
        places: list[TopicPartition] = []
        whole: list[TopicPartition] = []
        for topic, since_ms in since.items():
            known = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
            if topic in self._may_miss and known.error is not None and known.error.code() in _MISSING:
                self._missing.add(topic)
                continue
            for error in (known.error, *(partition.error for partition in known.partitions.values())):
                if error is not None:
                    raise KafkaException(error)
            if since_ms:
                places.extend(TopicPartition(topic, partition, since_ms) for partition in known.partitions)
            else:  # an embedded broker cannot look an instant up, and would answer with the end
                whole.extend(TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in known.partitions)
        found = list(self._consumer.offsets_for_times(places, timeout=_TIMEOUT_SECONDS)) if places else []
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return [*whole, *found]

    def _follow(self) -> None:
        while self._waits_for is not None and not self._stop.wait(_RETRY_SECONDS):
            try:
                self._assign()
            except UserError as error:
                self._waits_for = str(error)
        while not self._stop.is_set():
            if self._missing and time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look_for_missing()
            found = self._consumer.consume(_BATCH, _POLL_SECONDS)
            messages = [message for message in found if message.error() is None]
            if found:
                self._down_since = None
            if messages:
                self._loop.call_soon_threadsafe(self._take, messages)
            self._note_ends(found)

    def _look_for_missing(self) -> None:
        """Read the topics that were not there, if they are now."""
        self._looked = time.monotonic()
        looked_for = {topic: self._since_ms[topic] for topic in self._missing}
        self._missing.clear()
        try:
            places = self._from_since(looked_for)
            if places:
                self._consumer.incremental_assign(places)
        except KafkaException:  # its leader is not there yet
            self._missing = set(looked_for)

    def _note_ends(self, found: list[Message]) -> None:
        """Say once that everything has been handed on."""
        if self._behind:
            for message in found:
                error = message.error()
                if error is not None and error.code() == _AT_END:
                    self._behind.discard((message.topic() or "", message.partition() or 0))
            if not self._behind:
                self._loop.call_soon_threadsafe(self._at_end)

    def _complain(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._down_since is None:  # noqa: SLF001 - its public name
            self._down_since = time.monotonic()
