"""The clock of a live centre: records in the topic, so that a queue that fell silent becomes final for all readers."""

import asyncio
import logging
import time
from typing import Any, Final

import msgspec
from aiokafka.errors import KafkaError
from faust.types import TP

from agents.live.assignment import Assignment
from agents.live.clock import Clock
from agents.live.flusher import Flusher
from agents.live.partitions import Partitions
from agents.live.progress import ReadProgress
from config.timestamps import rfc3339
from streams.limits import FIRST_MS

__all__ = ["Ticker"]

_TICK_SECONDS: Final = 1.0
_CUT_OFF_SECONDS: Final = 5.0
"""Without an answer of the broker for so long, a worker says that it is cut off."""
_SETTLE_SECONDS: Final = 30.0
"""After the broker was away, no tick is written for so long."""
_AHEAD_MS: Final = 5_000
"""A clock that is further ahead of the broker's is wrong."""
_AHEAD_SECONDS: Final = 60.0
"""So long a worker whose clock is wrong writes no tick."""
_BY_BROKER: Final = 1
"""Kafka's word for a time stamp that the broker gave."""

log = logging.getLogger("intervalwatch.worker")


class Ticker:
    """Writes ticks into the input topic, and knows whether the broker answers.

    Args:
        app: Faust's.
        topic: full name of the input topic.
        clock: the driver's clock.
        partitions: says what is due.
        progress: says what is read to its end.
        flusher: whose producer is used.
        name: of the worker, which its ticks bear.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - Faust's app
        topic: str,
        clock: Clock,
        partitions: Partitions,
        progress: ReadProgress,
        flusher: Flusher,
        name: str,
    ) -> None:
        self._app = app
        self._topic = topic
        self._clock = clock
        self._partitions = partitions
        self._progress = progress
        self._flusher = flusher
        self._name = name
        self._answered = time.monotonic()
        self._ticks_from = 0.0
        self._ticks: dict[int, int] = {}
        """By partition: the offset of the last tick."""

    @property
    def cut_off(self) -> bool:
        """Whether the broker has not answered lately."""
        return time.monotonic() - self._answered > _CUT_OFF_SECONDS

    def restart(self) -> None:
        """Begin anew with the partitions that have just come."""
        self._answered = time.monotonic()
        self._ticks.clear()

    async def tick_often(self, assignment: Assignment) -> None:
        """Write a tick into each partition that is read to its end and has an interval due by the clock.

        Args:
            assignment: the partitions held.
        """
        while not self._app.should_stop:
            await asyncio.sleep(_TICK_SECONDS)
            if assignment.recovering:
                continue
            if not assignment.held:
                await self._progress.consumer.ask_for_topics()
                continue
            await self._reach(assignment.held)
            if time.monotonic() < self._ticks_from:
                continue
            now_ms = self._clock.now_ms()
            for partition in sorted(assignment.held):
                if assignment.recovering:
                    break
                if (
                    self._ticks.get(partition, -1) < self._progress.next_offset(partition)
                    and await self._progress.is_at_end(partition)
                    and self._partitions.due(partition, now_ms)
                ):
                    await self._tick(partition, now_ms)

    async def _tick(self, partition: int, now_ms: int) -> None:
        value = msgspec.json.encode({"type": "tick", "at": rfc3339(now_ms), "worker": self._name})
        stamp_ms = self._clock.stamp_ms()
        [acknowledged] = await self._flusher.produce([(self._topic, partition, None, value)], stamp_ms)
        tick = await acknowledged
        self._ticks[partition] = tick.offset
        # The embedded broker answers with an instant of 1970, whatever it keeps.
        told = tick.timestamp_type == _BY_BROKER and tick.timestamp >= FIRST_MS
        if told and now_ms - self._clock.at_ms(tick.timestamp) > _AHEAD_MS:
            # Each would be refused by all who read it, and made a dead letter.
            ahead = (now_ms - self._clock.at_ms(tick.timestamp)) / 1000
            log.error("the clock of this machine is %.0f s ahead of the broker's: set it; no tick is written", ahead)
            self._ticks_from = time.monotonic() + _AHEAD_SECONDS

    async def _reach(self, held: set[int]) -> None:
        """See whether the broker answers."""
        tps = [TP(self._topic, partition) for partition in held]
        try:
            await asyncio.wait_for(self._progress.consumer.highwaters(*tps), _CUT_OFF_SECONDS)
        except (TimeoutError, KafkaError) as error:
            log.warning("the broker does not answer: %r", error)
        else:
            now = time.monotonic()
            if now - self._answered > _CUT_OFF_SECONDS:
                # Producers still hold what they could not send: time that ran on before it came would make it late.
                self._ticks_from = now + _SETTLE_SECONDS
            self._answered = now
