"""A reader of the workers' results and breaches, for a process that only shows them (`intervalwatch web`).

It reads all partitions of both topics and takes no part in the workers' consumer group. So any number of wallboards
can run beside any number of workers.
"""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import UserError
from dashboards.wallboard.state import View
from streams.kafka.security import security_for_librdkafka
from streams.own_messages import Unreadable, read_row
from streams.topics import TOPIC_BREACHES, TOPIC_RESULTS

__all__ = ["TopicFollower"]

_POLL_SECONDS: Final = 0.2
_BATCH: Final = 500
_CUT_OFF_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 0.5
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


class TopicFollower:
    """Feeds a view from the workers' topics, in a thread of its own; the view is touched in `loop` only.

    Args:
        view: the view that is fed.
        bootstrap: the brokers, `host:port[,host:port]`.
        prefix: the prefix of the topics' names.
        security: the configuration's `kafka.security`.
        since_ms: messages appended before it are not read.
    """

    def __init__(self, view: View, bootstrap: str, prefix: str, security: Mapping[str, str], since_ms: int) -> None:
        self._view = view
        self._prefix = prefix
        self._since_ms = since_ms
        self._stop = threading.Event()
        self._down_since: float | None = None
        self._waits_for: str | None = None
        """The broker's answer about topics that cannot be read yet."""
        self._unreadable = Unreadable()
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                # librdkafka requires a group; it stays unused: partitions are assigned, and no offset is committed.
                "group.id": "intervalwatch-web",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "log_level": 0,
                "error_cb": self._complain,
                **security_for_librdkafka(security),
            }
        )
        self._thread = threading.Thread(target=self._follow, args=(asyncio.get_running_loop(),), daemon=True)

    def start(self) -> None:
        """Start to follow the topics; those that are just being made are waited for.

        Raises:
            UserError: the broker refuses to show a topic.
        """
        self._assign()
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
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
            self._consumer.assign(self._from_since())
        except KafkaException as error:
            fault = error.args[0]
            if fault.code() not in _NOT_YET and not fault.retriable():
                raise UserError(f"topics of results cannot be read: {fault.str()}") from error
            self._waits_for = fault.str()
            return False
        self._waits_for = None
        return True

    def _from_since(self) -> list[TopicPartition]:
        places: list[TopicPartition] = []
        for name in (TOPIC_RESULTS, TOPIC_BREACHES):
            topic = f"{self._prefix}{name}"
            known = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
            for error in (known.error, *(partition.error for partition in known.partitions.values())):
                if error is not None:
                    raise KafkaException(error)
            places.extend(TopicPartition(topic, partition, self._since_ms) for partition in known.partitions)
        found = list(self._consumer.offsets_for_times(places, timeout=_TIMEOUT_SECONDS))
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return found

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waits_for is not None and not self._stop.wait(_RETRY_SECONDS):
            try:
                self._assign()
            except UserError as error:
                self._waits_for = str(error)
        while not self._stop.is_set():
            messages = self._consumer.consume(_BATCH, _POLL_SECONDS)
            if messages:
                self._down_since = None
                loop.call_soon_threadsafe(self._show, messages)

    def _show(self, messages: list[Message]) -> None:
        for message in messages:
            if message.error() is not None:
                continue
            topic = (message.topic() or "").removeprefix(self._prefix)
            try:
                row = read_row(topic, message.value())
                if topic == TOPIC_BREACHES:
                    self._view.breach(row)
                else:
                    self._view.result(row)
            except Exception as error:  # noqa: BLE001 - one message must not cost the screens those beside it
                self._unreadable.note(topic, message.partition() or 0, message.offset() or 0, error)

    def _complain(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._down_since is None:  # noqa: SLF001 - its public name
            self._down_since = time.monotonic()
