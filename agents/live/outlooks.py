"""The projections that a live worker makes: once a minute and at each interval's end, oftener where somebody looks.

A projection is recomputed from the state and kept nowhere. It is made for many queues at once, a few dozen between two
flushes, so that it never holds up the stream. Its inputs go to the screens of this worker and, by a topic, to `web`.
"""

from collections.abc import Callable, Collection
from typing import Final

from agents.engine.queue import QueueEngine
from agents.live.engine_host import EngineHost
from agents.projection.inputs import QueueAhead
from agents.projection.project import project

__all__ = ["Outlooks"]

_EVERY_MS: Final = 60_000
_LOOKED_AT_MS: Final = 1_000
"""A queue that somebody looks at is projected at most this often."""
_AT_ONCE: Final = 48
"""Queues in one step: some 30 ms of an idle core."""
_SCAN_MS: Final = 1_000
_OLD_MS: Final = 86_400_000
"""A queue whose data is older, as in a backfill, is not projected."""


class Outlooks:
    """Projections of the queues that a worker holds.

    Args:
        queues: the engines.
        publish: told of the place of an engine whose early warnings are to be looked at again.
        looked_at: queues that somebody looks at.
    """

    def __init__(
        self,
        queues: EngineHost[QueueEngine],
        publish: Callable[[int, str, QueueEngine], object],
        looked_at: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._queues = queues
        self._publish = publish
        self.looked_at = looked_at
        self._next_ms: dict[str, int] = {}
        """By queue, when its turn comes, by a steady clock."""
        self._interval: dict[str, int] = {}
        """By queue, the end of the open interval for which it was projected last."""
        self._due: list[tuple[int, str]] = []
        self._scanned_ms = -_SCAN_MS
        self.gathered: list[QueueAhead] = []
        """Inputs that were not taken yet, for the screens."""

    def take(self) -> list[QueueAhead]:
        """The inputs gathered since the last call."""
        gathered, self.gathered = self.gathered, []
        return gathered

    def drop(self, queues: Collection[str]) -> None:
        """Forget queues that another worker holds now."""
        for queue in queues:
            self._next_ms.pop(queue, None)
            self._interval.pop(queue, None)

    def step(self, partitions: Collection[int], now_ms: int, steady_ms: int) -> None:
        """Project some of the queues that are due.

        Args:
            partitions: those held.
            now_ms: the driver's clock.
            steady_ms: a clock that is never set back.
        """
        if not self._due and steady_ms - self._scanned_ms >= _SCAN_MS:
            self._scanned_ms = steady_ms
            self._due = self._scan(partitions, steady_ms)
        part, self._due = self._due[:_AT_ONCE], self._due[_AT_ONCE:]
        found: list[tuple[int, QueueEngine, QueueAhead]] = []
        for partition, queue in part:
            engine = self._queues.get(partition, queue)
            watermark = None if engine is None else engine.view.watermark_ms
            if engine is not None and watermark is not None and now_ms - watermark < _OLD_MS:
                inputs = engine.view.outlook(now_ms)
                if inputs is not None:
                    found.append((partition, engine, inputs))
        projections = project([inputs for _, _, inputs in found], now_ms)
        for (partition, engine, inputs), projection in zip(found, projections, strict=True):
            engine.projection = projection
            self._publish(partition, engine.queue, engine)
            self.gathered.append(inputs)

    def _scan(self, partitions: Collection[int], steady_ms: int) -> list[tuple[int, str]]:
        """The queues whose turn it is, those that somebody looks at first."""
        looked_at, first, others = self.looked_at(), [], []
        for partition in sorted(partitions):
            for queue, engine in self._queues.of(partition).items():
                watermark = engine.view.watermark_ms
                if watermark is None:
                    continue
                end = watermark // engine.settings.interval_ms
                if steady_ms >= self._next_ms.get(queue, steady_ms) or self._interval.get(queue) != end:
                    others.append((partition, queue))
                    self._next_ms[queue] = steady_ms + _EVERY_MS
                    self._interval[queue] = end
                elif queue in looked_at and steady_ms >= self._next_ms[queue] - _EVERY_MS + _LOOKED_AT_MS:
                    first.append((partition, queue))
                    self._next_ms[queue] = steady_ms + _EVERY_MS
        return first + others
