"""How `ingest` writes call data: keyed by queue, kept in order, acknowledged by the broker.

confluent-kafka rather than kafka-python, which checks and copies records in Python: on 2 cores it sends 67,000
messages of 300 bytes a second against 14,000, and 2,000 of 43,000 bytes (a hundred contacts) against 120.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Client

from config.errors import UserError
from streams.kafka.broker import require_reachable
from streams.kafka.security import security_for_librdkafka
from streams.topics import TOPIC_CALL_DATA, TOPIC_DEAD_LETTERS, TopicNames

__all__ = ["Producer"]

_BUFFERED_MESSAGES: Final = 100_000
_BUFFERED_KILOBYTES: Final = 65_536
_WAIT_SECONDS: Final = 0.2
_METADATA_SECONDS: Final = 10


class Producer:
    """Sends call data to the broker.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`.
        prefix: put before the topic's name.
        generation: of the input topic.
        give_up_seconds: how long a message may wait for the broker; a shorter absence is bridged.

    Raises:
        UserError: nobody answers at `url`, or the broker refuses.
    """

    def __init__(
        self,
        url: str,
        security: Mapping[str, str] | None = None,
        prefix: str = "",
        *,
        generation: int = 1,
        give_up_seconds: float = 60.0,
    ) -> None:
        broker = require_reachable(url, security)
        self._url = url
        names = TopicNames(prefix, generation)
        self._topic = names.of(TOPIC_CALL_DATA)
        self._dead_letters = names.of(TOPIC_DEAD_LETTERS)
        self._partitions = 0
        """How many the input topic has; 0: not asked yet."""
        self._failed = 0
        self._failure = ""
        self._complaint = ""
        self._client = Client(
            {
                "bootstrap.servers": broker.bootstrap,
                "client.id": "intervalwatch-ingest",
                "log_level": 0,
                # Acknowledged by all copies, and neither doubled nor overtaken when the client tries again.
                "acks": "all",
                "enable.idempotence": True,
                "message.timeout.ms": int(give_up_seconds * 1000),
                # A queue's partition is the one that every Kafka client outside librdkafka gives it.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "compression.type": "lz4",
                "queue.buffering.max.messages": _BUFFERED_MESSAGES,
                "queue.buffering.max.kbytes": _BUFFERED_KILOBYTES,
                "delivery.report.only.error": True,
                "on_delivery": self._on_failure,
                "error_cb": self._on_complaint,
                **security_for_librdkafka(security or {}),
            }
        )

    def send(self, queue: str, value: bytes, *, at_ms: int | None = None, dead_letter: bool = False) -> None:
        """Hand over one message for `queue`; waits while the buffer (64 MiB) is full.

        Args:
            queue: the message's key.
            value: a JSON object or array of objects, all of that queue.
            at_ms: its Kafka timestamp, where the broker keeps the client's; None: now.
            dead_letter: whether it goes to the dead letters instead, where its key means nothing.

        Raises:
            UserError: the message is larger than the broker takes, or an earlier one could not be sent.
        """
        topic = self._dead_letters if dead_letter else self._topic
        self._hand_over(topic, value, f"queue {queue}", key=queue.encode(), timestamp=at_ms or 0)

    def send_everywhere(self, value: bytes) -> None:
        """Hand over one message for every partition, behind what was handed over before; it has no key.

        Args:
            value: a JSON object or array of objects of no queue.

        Raises:
            UserError: as `send`.
        """
        if not self._partitions:
            self._partitions = len(
                self._client.list_topics(self._topic, timeout=_METADATA_SECONDS).topics[self._topic].partitions
            )
        for partition in range(self._partitions):
            self._hand_over(self._topic, value, "a source's word", partition=partition)

    def _hand_over(self, topic: str, value: bytes, what: str, **where: Any) -> None:  # noqa: ANN401 - as the client has them
        while True:
            try:
                self._client.produce(topic, value=value, **where)
            except BufferError:
                self._client.poll(_WAIT_SECONDS)
                self._require_success()
            except KafkaException as error:
                raise UserError(
                    f"{what}: a message of {len(value)} bytes cannot be sent ({error.args[0].str()})"
                ) from error
            else:
                break
        self._client.poll(0)
        self._require_success()

    def flush(self) -> None:
        """Wait until the broker has acknowledged everything.

        Raises:
            UserError: it did not within `give_up_seconds`.
        """
        # In short waits, so that Ctrl-C is heard.
        while self._client.flush(_WAIT_SECONDS):
            self._require_success()
        self._require_success()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.flush()
        else:
            self._client.purge()

    def _on_failure(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed += 1
            self._failure = error.str()

    def _on_complaint(self, error: KafkaError) -> None:
        self._complaint = error.str()

    def _require_success(self) -> None:
        if self._failed:
            self._client.purge()
            reason = " ".join((self._complaint or self._failure).split())
            raise UserError(
                f"{self._url}: the broker has not taken all records of {self._topic} ({reason}); "
                f"see that it runs and begin again: records sent twice are counted once"
            )
