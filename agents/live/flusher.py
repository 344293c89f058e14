"""Writing what engines put out, in the order that exactness needs.

How exactness survives at-least-once delivery: a message changes engines in memory only. Every fifth of a second a
*flush* sends the outputs, waits until the broker has them, then the changed cells, then the manifests, and only then
acknowledges the messages. A crash anywhere leaves manifests that say how far they go, and the messages behind them are
delivered again; outputs that are sent twice have the same identity and hash.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError

from agents.live.faust_patches.batch_consumer import acknowledge
from agents.live.output_batch import OutboundMessage, OutputBatch
from agents.live.partitions import Partitions
from config.errors import UserError
from streams.topics import TopicNames

__all__ = ["Flusher"]

_MOST_PENDING: Final = 20_000
_MOST_PENDING_BYTES: Final = 1 << 26
"""Messages, and bytes of them, that may wait for their acknowledgement before reading waits for a flush; a flush is
four answers of the broker long, and reading goes on meanwhile."""
_ROWS_AT_ONCE: Final = 500
"""Rows that screens are told of before the worker's other tasks have their turn."""

_Addressed = tuple[str, int | None, bytes | None, bytes | None]
"""Topic, partition (None: by the key), key and value."""


class Flusher:
    """Writes the outputs and the state of a worker's partitions.

    Args:
        app: Faust's, whose producer is used.
        partitions: whose outputs they are.
        names: of the topics.
        changelog: full name of the state's topic.
        listener: told of every batch once it is written.
        stamp_ms: the time that a message of now bears; None: the broker's.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - Faust's app
        partitions: Partitions,
        names: TopicNames,
        changelog: str,
        listener: Callable[[OutputBatch], None],
        stamp_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._app = app
        self._partitions = partitions
        self._names = names
        self._changelog = changelog
        self._listener = listener
        self._stamp_ms = stamp_ms
        self._events: list[Any] = []
        self._messages = self._bytes = 0
        """Messages, and bytes of them, that are applied and not yet acknowledged."""
        self._flushing = asyncio.Lock()
        self._broken = False
        self.fault: UserError | None = None
        """Why nothing can be written any more; the worker ends."""

    def note_applied(self, event: Any, messages: int, size: int) -> None:  # noqa: ANN401 - Faust's event
        """Note that an event is applied: the next flush acknowledges it.

        Args:
            event: messages of one partition.
            messages: how many they are.
            size: bytes of them.
        """
        self._events.append(event)
        self._messages += messages
        self._bytes += size

    def forget_events(self) -> None:
        """Acknowledge none of what is applied: the partitions have changed hands."""
        self._events.clear()
        self._messages = self._bytes = 0

    @property
    def overdue(self) -> bool:
        """Whether so much waits for its acknowledgement that reading must wait for a flush."""
        return self._messages >= _MOST_PENDING or self._bytes >= _MOST_PENDING_BYTES

    @property
    def pending(self) -> bool:
        """Whether there is anything to write or to acknowledge."""
        return bool(self._events or self._partitions.pending)

    @property
    def busy(self) -> bool:
        """Whether a flush is under way."""
        return self._flushing.locked()

    async def flush(self) -> None:
        """Write everything that has changed, in the order that exactness needs, then acknowledge.

        Raises:
            RuntimeError: an earlier flush failed in the middle; what is in memory must not be written any more.
            UserError: the broker refuses something for good; the app is told to crash.
        """
        # A flush that is begun is finished, even if who asked for it is told to stop: half of one, followed by the
        # next, would leave manifests that name cells nobody wrote.
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> None:
        async with self._flushing:
            if self._broken:
                raise RuntimeError("an earlier flush failed; a restart goes on from what was written before it")
            self._broken = True
            events = self._events.copy()
            self.forget_events()
            while self._partitions.work():  # noqa: ASYNC110 - what is waited for is done here
                await asyncio.sleep(0)
            # The message that was under way is in the state now; its event is acknowledged by the next flush.
            batch = self._partitions.collect(int(time.monotonic() * 1000))
            try:
                await self._write(batch)
            except (KafkaError, ProducerSendError) as error:
                self.fault = UserError(
                    f"the broker refuses what this worker writes, and would for ever ({error}). Nothing after it is "
                    f"acknowledged; set max.message.bytes of the topics to 1048588 or more and start the worker again"
                )
                await self._app.crash(self.fault)
                raise self.fault from error
            for event in events:
                acknowledge(event)
            self._broken = False
            await self.produce(map(self._addressed, batch.provisional), self._stamp_ms())
            await self._tell(batch)

    async def _write(self, batch: OutputBatch) -> None:
        """Write outputs, cells, manifests and deletions, each step acknowledged before the next."""
        commits = batch.commits
        await self._send([self._addressed(message) for message in batch.outputs])
        await self._send([(self._changelog, p, key, value) for p, c in commits for key, value in c.cells])
        await self._send([(self._changelog, p, *c.manifest) for p, c in commits])
        await self._send([(self._changelog, p, key, None) for p, c in commits for key in c.garbage])

    @property
    def broken(self) -> bool:
        """Whether a flush failed in the middle, so that none may follow."""
        return self._broken and not self.busy

    async def _tell(self, batch: OutputBatch) -> None:
        """Tell the screens of a batch, a part at a time where it is large."""
        while len(batch.rows) > _ROWS_AT_ONCE:
            self._listener(OutputBatch(rows=batch.rows[:_ROWS_AT_ONCE]))
            del batch.rows[:_ROWS_AT_ONCE]
            await asyncio.sleep(0)
        self._listener(batch)

    def _addressed(self, message: OutboundMessage) -> _Addressed:
        return self._names.of(message.topic), None, message.key, message.value

    async def _send(self, messages: Sequence[_Addressed]) -> None:
        """Send messages and wait until the broker has every one of them, however long that takes.

        Raises:
            KafkaError: it refuses one for good.
        """
        await asyncio.gather(*await self.produce(messages, self._stamp_ms()))

    async def produce(self, messages: Iterable[_Addressed], stamp_ms: int | None = None) -> list[Awaitable[Any]]:
        """Hand messages to the producer, with the time that they bear; an awaitable for each one's acknowledgement."""
        # Asked for once: it lets the loop turn, and between two messages the producer would send the one alone.
        producer = await self._app.maybe_start_producer()
        stamp = None if stamp_ms is None else stamp_ms / 1000
        return [
            await producer.send(topic, key, value, partition, stamp, None) for topic, partition, key, value in messages
        ]
