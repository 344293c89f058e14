"""Topics read from one place to another, outside every group: for commands that look at a broker and end.

librdkafka's consumer serves the embedded broker and Apache Kafka alike.
"""

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from config.errors import UserError
from streams.kafka.broker import require_reachable
from streams.kafka.security import security_for_librdkafka

__all__ = ["LogMessage", "TopicReader"]

_ANSWER_SECONDS: Final = 10.0
_SILENCE_SECONDS: Final = 30.0
"""Without any message for so long, the broker is taken to be gone."""
_RETRY_SECONDS: Final = 0.1
_BATCH: Final = 1_000


class LogMessage(NamedTuple):
    """A message as the log has it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    """The time of its append, or its producer's, as the topic says."""
    headers: frozenset[str]
    """Their names."""


class TopicReader:
    """Reads committed messages, from `with` to its end.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`.
        group: the consumer group whose progress `committed` tells; it is never joined.

    Raises:
        UserError: nobody answers at `url`, or the broker refuses.
    """

    def __init__(
        self, url: str, security: Mapping[str, str] | None = None, group: str = "intervalwatch-reader"
    ) -> None:
        broker = require_reachable(url, security)
        self._url = url
        self._client: Any = Consumer(
            {
                "bootstrap.servers": broker.bootstrap,
                "client.id": "intervalwatch-reader",
                "group.id": group,
                "log_level": 0,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
                **security_for_librdkafka(security or {}),
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    @property
    def group(self) -> Any:  # noqa: ANN401 - confluent-kafka has no types
        """The group, as a transaction that notes its progress wants it."""
        return self._client.consumer_group_metadata()

    def topics(self) -> dict[str, int]:
        """Number of partitions of every topic."""
        found = self._ask(lambda: self._client.list_topics(timeout=_ANSWER_SECONDS))
        return {name: len(topic.partitions) for name, topic in found.topics.items() if topic.error is None}

    def bounds(self, topic: str, partitions: int) -> dict[int, tuple[int, int]]:
        """By partition: the first offset that is left, and the one after the last that can be read."""
        return {
            partition: self._ask(
                lambda at=partition: self._client.get_watermark_offsets(
                    TopicPartition(topic, at), timeout=_ANSWER_SECONDS
                )
            )
            for partition in range(partitions)
        }

    def committed(self, topic: str, partitions: int) -> dict[int, int]:
        """By partition: the offset that the group goes on from; those it never committed are left out."""
        asked = [TopicPartition(topic, partition) for partition in range(partitions)]
        found = self._ask(lambda: self._client.committed(asked, timeout=_ANSWER_SECONDS))
        return {place.partition: place.offset for place in found if place.offset >= 0}

    def read(self, topic: str, spans: Mapping[int, tuple[int, int]]) -> Iterator[LogMessage]:
        """The messages of some partitions, each partition in order.

        Args:
            topic: full name.
            spans: by partition the first offset, and the one after the last.

        Raises:
            UserError: the broker stops answering.
        """
        ends = {partition: end for partition, (first, end) in spans.items() if first < end}
        self._client.assign([TopicPartition(topic, partition, spans[partition][0]) for partition in ends])
        heard = time.monotonic()
        while ends:
            messages = self._ask(lambda: self._client.consume(_BATCH, timeout=0.2))
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_SECONDS:
                raise UserError(f"{self._url}: topic {topic} cannot be read to its end; see that the broker runs")
            for message in messages:
                partition, error = message.partition(), message.error()
                if partition not in ends:
                    continue
                if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its name for it
                    raise UserError(f"{self._url}: topic {topic} cannot be read ({error.str()})")
                # The end of the log comes before `end` where its last offsets are marks of transactions.
                if error is not None or message.offset() >= ends[partition] - 1:
                    del ends[partition]
                if error is None and message.offset() < spans[partition][1]:
                    headers = frozenset(name for name, _ in message.headers() or ())
                    when = message.timestamp()[1]
                    yield LogMessage(partition, message.offset(), message.key(), message.value(), when, headers)
        self._client.unassign()

    def _ask(self, question: Any) -> Any:  # noqa: ANN401 - confluent-kafka has no types
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                return question()
            except KafkaException as error:
                # A topic that was made a moment ago may have no leader yet.
                if time.monotonic() >= deadline:
                    raise UserError(f"{self._url}: the broker does not answer ({error.args[0].str()})") from error
                time.sleep(_RETRY_SECONDS)
