"""How many queues that no file names are watched at once, so that a feed's mistake cannot fill a worker.

A feed that puts a contact's id where the queue's name belongs makes a queue of every contact. Beyond a number of
them, records of further ones are refused; one that has had no data for long is not counted any more.
"""

from config.settings import QueueSettings

__all__ = ["UnconfiguredQueues"]


class UnconfiguredQueues:
    """Queues that the configuration does not name, by partition, and when each had data last.

    Instants are the log's times of append, so that reading it again decides the same.
    """

    def __init__(self) -> None:
        self._seen: dict[int, dict[str, int]] = {}
        self._full_until: dict[int, int] = {}
        """By partition that has as many as it may: the first instant at which one may be dormant."""

    def load(self, partition: int, queue: str, append_ms: int) -> None:
        """Note a queue of the state, and when its last data was appended."""
        self._seen.setdefault(partition, {})[queue] = append_ms

    def drop(self, partition: int) -> None:
        """Forget a partition that another worker holds now."""
        self._seen.pop(partition, None)
        self._full_until.pop(partition, None)

    def admits(self, partition: int, queue: str, append_ms: int, settings: QueueSettings) -> bool:
        """Whether a queue is watched; if so, it is noted that it has data.

        Args:
            partition: where its record stands.
            queue: its name.
            append_ms: when the record was appended.
            settings: the queue's: `max_unconfigured_queues` of those with data within `correction_days`.
        """
        seen = self._seen.setdefault(partition, {})
        since = append_ms - settings.correction_ms
        last = seen.get(queue)
        if last is None or last < since:
            if len(seen) >= settings.max_unconfigured_queues and append_ms < self._full_until.get(partition, append_ms):
                return False
            for name in [name for name, at in seen.items() if at < since]:
                del seen[name]
            if len(seen) >= settings.max_unconfigured_queues:
                oldest = min(seen.values(), default=append_ms)
                self._full_until[partition] = oldest + settings.correction_ms + 1
                return False
        seen[queue] = append_ms if last is None else max(last, append_ms)
        return True
