"""Kafka's messages as they are fetched, many in one event of Faust's.

Faust spends about 100 µs on each event, whatever is in it: two tasks, a lock, a queue, sensors. So its consumer is
told to hand over the messages of a partition together, in the order of the log; everything else about them
(flow control, rebalances, generations, commits) stays Faust's. Only changelogs, which Faust's own recovery reads,
come one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from faust.transport.drivers.aiokafka import Consumer
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP
from faust.types.tuples import ConsumerMessage

__all__ = ["FetchConsumer", "acknowledge", "messages_of"]

_MOST: Final = 200
_MOST_BYTES: Final = 1 << 18
"""Messages, and about how many bytes of them, in one event: while an agent is at it, everything else waits."""


class _Fetch(ConsumerMessage):
    """Messages of one partition; stands where the last of them does."""

    __slots__ = ("messages",)

    messages: Sequence[Any]


def messages_of(event: Any) -> Sequence[Any]:  # noqa: ANN401 - Faust's event
    """The messages of an event in the order of the log, as aiokafka read them: `timestamp` in milliseconds."""
    fetch: _Fetch = event.message
    return fetch.messages


def acknowledge(event: Any) -> None:  # noqa: ANN401 - Faust's event
    """Say that all messages of an event, and of those before it, are done with."""
    event.ack()
    message = event.message
    # An event that goes to two agents is done with when both have said so.
    if message.acked:
        finished = event.app.consumer.finished
        finished[message.tp] = max(message.offset, finished.get(message.tp, -1))


class _ByFetch(DefaultSchedulingStrategy):
    """The messages of a partition in slices, partitions and topics in turn."""

    def __init__(self, changelogs: frozenset[str]) -> None:
        self._changelogs = changelogs

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """Slices of what was fetched; records of a changelog one by one."""
        return super().iterate(
            {tp: some if tp.topic in self._changelogs else list(_slices(some)) for tp, some in records.items()}
        )


def _slices(messages: list[Any]) -> Iterator[list[Any]]:
    first = size = 0
    for at, message in enumerate(messages):
        if at - first == _MOST or size > _MOST_BYTES:
            yield messages[first:at]
            first, size = at, 0
        size += len(message.value or b"")
    yield messages[first:]


class FetchConsumer(Consumer):
    """Faust's consumer, whose events (but those of changelogs) are to be read with `messages_of`.

    Events must be acknowledged by `acknowledge`, in the order of the log: what is before one counts as done with it.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - whatever Faust's takes
        super().__init__(*arguments, **settings)
        tables = self.app.tables.values()
        self.finished: dict[TP, int] = {}
        """By partition: the offset of the last event that every agent has acknowledged, by `acknowledge`."""
        self.scheduler = _ByFetch(frozenset(table.changelog_topic_name for table in tables))

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:  # noqa: ANN401 - of aiokafka, or a list of them
        if not isinstance(record, list):
            return super()._to_message(tp, record)
        last = record[-1]
        fetch = _Fetch(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            None,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )
        fetch.messages = record
        return fetch

    def _new_offset(self, tp: TP) -> int | None:
        """How far a partition may be committed: behind the last event that was acknowledged here.

        Not by Faust's own list: a stream that skips an event of before a rebalance puts it there, too, though
        nobody has seen it.
        """
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        last = self.finished.get(tp)
        return None if last is None else last + 1

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note nothing: the offsets between two events are those of the messages within the second."""
