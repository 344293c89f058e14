"""Messages that are written together or not at all, by one writer of a name at a time."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka import Producer as Client

from config.errors import UserError
from streams.kafka.broker import require_reachable
from streams.kafka.security import security_for_librdkafka

__all__ = ["Outbound", "Progress", "Transactions"]

_SECONDS: Final = 30.0


Outbound = tuple[str, bytes | None, bytes, Sequence[str]]
"""A message: topic, key, value, and the names of its headers."""


class Progress(NamedTuple):
    """How far a group that nobody has joined has come in a topic."""

    topic: str
    offsets: Mapping[int, int]
    """By partition: the offset that it goes on from."""
    group: Any
    """`TopicReader.group`."""


class Transactions:
    """Writes transactions, from `with` to its end.

    Who begins under a name ends the writer that had it: what that one left open is undone.

    Args:
        url: `kafka://host:port[,host:port]`.
        security: the configuration's `kafka.security`.
        name: of the writer.

    Raises:
        UserError: nobody answers at `url`, or the broker refuses.
    """

    def __init__(self, url: str, security: Mapping[str, str], name: str) -> None:
        broker = require_reachable(url, security)
        self._url = url
        self._client: Any = Client(
            {
                "bootstrap.servers": broker.bootstrap,
                "client.id": "intervalwatch",
                "log_level": 0,
                "transactional.id": name,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                **security_for_librdkafka(security),
            }
        )

    def __enter__(self) -> Self:
        self._call(lambda: self._client.init_transactions(_SECONDS))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.purge()

    def send(
        self,
        messages: Sequence[Outbound],
        partitions: Sequence[int] | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Write messages, all of them or none.

        Args:
            messages: what is written.
            partitions: of each; None: by their keys.
            progress: of a group, noted with the messages or not at all.

        Raises:
            UserError: the broker refuses, or another writer of the name began meanwhile.
        """

        def write() -> None:
            self._client.begin_transaction()
            for at, (topic, key, value, headers) in enumerate(messages):
                given = {} if partitions is None else {"partition": partitions[at]}
                self._client.produce(topic, value, key, headers=[(name, b"1") for name in headers], **given)
            if progress is not None:
                places = [TopicPartition(progress.topic, at, offset) for at, offset in progress.offsets.items()]
                self._client.send_offsets_to_transaction(places, progress.group, _SECONDS)
            self._client.commit_transaction(_SECONDS)

        self._call(write)

    def _call(self, step: Any) -> None:  # noqa: ANN401 - confluent-kafka has no types
        try:
            step()
        except KafkaException as error:
            raise UserError(
                f"{self._url}: the broker has not taken what was sent together ({error.args[0].str()}); nothing of it "
                f"counts, so begin again, one command at a time"
            ) from error
