"""A reader of the workers' results and breaches, for a process that only shows them (`intervalwatch web`).

It reads all partitions of both topics and takes no part in the workers' consumer group. So any number of wallboards
can run beside any number of workers.
"""

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from config.errors import UserError
from dashboards.wallboard.state import View
from streams.kafka.security import security_for_librdkafka
from streams.topics import TOPIC_BREACHES, TOPIC_RESULTS

__all__ = ["TopicFollower"]

_POLL_SECONDS: Final = 0.2
_BATCH: Final = 500
_CUT_OFF_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 10.0


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
        """Start to follow the topics.

        Raises:
            UserError: a topic is missing, or the broker does not answer.
        """
        try:
            self._consumer.assign(self._from_since())
        except KafkaException as error:
            raise UserError(f"topics of results cannot be read: {error.args[0].str()}") from error
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
        return True, "ok"

    def _from_since(self) -> list[TopicPartition]:
        places: list[TopicPartition] = []
        for name in (TOPIC_RESULTS, TOPIC_BREACHES):
            topic = f"{self._prefix}{name}"
            known = self._consumer.list_topics(topic, timeout=_TIMEOUT_SECONDS).topics[topic]
            if known.error is not None:
                raise KafkaException(known.error)
            places.extend(TopicPartition(topic, partition, self._since_ms) for partition in known.partitions)
        return list(self._consumer.offsets_for_times(places, timeout=_TIMEOUT_SECONDS))

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            messages = self._consumer.consume(_BATCH, _POLL_SECONDS)
            if messages:
                self._down_since = None
                loop.call_soon_threadsafe(self._show, messages)

    def _show(self, messages: list[Message]) -> None:
        for message in messages:
            value = message.value()
            if message.error() is None and value is not None:
                row = json.loads(value)
                if message.topic() == f"{self._prefix}{TOPIC_BREACHES}":
                    self._view.breach(row)
                else:
                    self._view.result(row)

    def _complain(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self._down_since is None:  # noqa: SLF001 - its public name
            self._down_since = time.monotonic()
