"""How far a worker has read and applied the partitions of the input topic."""

from typing import Any, cast

from faust.types import TP

from agents.live.faust_patches.batch_consumer import BatchConsumer

__all__ = ["ReadProgress"]


class ReadProgress:
    """Offsets applied, by partition, beside the ends of the log.

    Args:
        app: Faust's, whose consumer knows the log.
        topic: full name of the input topic.
    """

    def __init__(self, app: Any, topic: str) -> None:  # noqa: ANN401 - Faust's app
        self._app = app
        self._topic = topic
        self._next: dict[int, int] = {}
        """By partition: the offset that follows what is applied."""

    @property
    def consumer(self) -> BatchConsumer:
        """The consumer, which Faust makes when it is first asked for."""
        return cast(BatchConsumer, self._app.consumer)

    def note(self, partition: int, next_offset: int) -> None:
        """Note that a partition is applied up to before an offset."""
        self._next[partition] = next_offset

    def clear(self) -> None:
        """Forget everything: the partitions have changed hands."""
        self._next.clear()

    def next_offset(self, partition: int) -> int:
        """The offset that follows what is applied of a partition; 0: nothing is yet."""
        return self._next.get(partition, 0)

    def applied(self) -> dict[int, int]:
        """By partition of which anything is applied, the offset that follows."""
        return dict(self._next)

    def lag(self) -> dict[int, int]:
        """By partition: messages that are not applied yet, where that is known."""
        lag: dict[int, int] = {}
        for partition, next_offset in self._next.items():
            tp = TP(self._topic, partition)
            end = self.consumer.readable_to(tp)
            if end is not None:
                lag[partition] = max(0, end - self.consumer.passed_to(tp, next_offset))
        return lag

    async def is_at_end(self, partition: int) -> bool:
        """Whether everything of a partition is applied that can be read."""
        tp = TP(self._topic, partition)
        end = self.consumer.readable_to(tp)
        if end is None:
            return False
        next_offset = self._next.get(partition)
        if next_offset is not None:
            return self.consumer.passed_to(tp, next_offset) >= end
        position = await self.consumer.position(tp)
        return position is not None and position >= end
