"""From the output topics into interval history: what a worker that has a database does beside watching.

Kept is acknowledged, in this order: a crash in between repeats what history then knows already, and loses nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import acknowledge, fetched, messages_of
from config.errors import UserError
from config.timestamps import rfc3339
from streams.codec import DEAD_LETTER_BYTES
from streams.history.store import Store
from streams.own_messages import Unreadable, read_row
from streams.topics import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS, TOPIC_RESULTS

__all__ = ["HISTORY_TOPICS", "HistorySink"]

HISTORY_TOPICS: Final = (TOPIC_RESULTS, TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS)
"""Topics that history is written from."""
_HISTORY_SECONDS: Final = 0.25
_HISTORY_MESSAGES: Final = 2_000
_RETRY_SECONDS: Final = 1.0
_DAY_SECONDS: Final = 86_400

log = logging.getLogger("intervalwatch.worker")


class HistorySink:
    """Writes results into history: kept is acknowledged, in this order, and again after a crash."""

    def __init__(
        self, store: Store, clock: Clock, retention_days: int | None, unreadable: Unreadable | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention_days = retention_days
        self._unreadable = Unreadable() if unreadable is None else unreadable
        self._events: list[tuple[str, Any]] = []
        self._pending = 0
        self._flushing = asyncio.Lock()

    def consume(self, topic: str) -> Callable[[Any], Awaitable[None]]:
        """The agent of one output topic."""

        async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
            async for event in fetched(stream):
                self._events.append((topic, event))
                self._pending += len(messages_of(event))
                if self._pending >= _HISTORY_MESSAGES:
                    await self.flush()

        return agent

    async def flush_often(self) -> None:
        """Write what has come, four times a second."""
        while True:
            await asyncio.sleep(_HISTORY_SECONDS)
            if self._events:
                await self.flush()

    async def retain_daily(self) -> None:
        """Remove what is older than history is kept, at the start and once a day."""
        while self._retention_days is not None:
            before = rfc3339(self._clock.now_ms() - self._retention_days * _DAY_SECONDS * 1000)
            try:
                retired = await asyncio.to_thread(self._store.retain, before)
            except UserError as error:
                log.error("%s; older results stay until tomorrow", error)  # noqa: TRY400 - the message says all
            else:
                if any(retired):
                    log.info("retention removed %d results from before %s", retired.results, before)
            await asyncio.sleep(_DAY_SECONDS)

    async def flush(self) -> None:
        """Write what has come, then acknowledge it; a database that fails is tried again until it answers."""
        async with self._flushing:
            kept, pending = list(self._events), self._pending
            rows: dict[str, list[dict[str, Any]]] = {topic: [] for topic in HISTORY_TOPICS}
            for topic, event in kept:
                for message in messages_of(event):
                    try:
                        rows[topic].append(read_row(topic, message.value))
                    except ValueError as error:
                        rows[TOPIC_DEAD_LETTERS].append(self._passed_over(topic, message, error))
            for dead_letter in rows[TOPIC_DEAD_LETTERS]:
                dead_letter["value"] = dead_letter["value"].encode()
                dead_letter["recorded_at"] = rfc3339(self._clock.now_ms())
            await self._write(self._store.write_results, rows[TOPIC_RESULTS])
            await self._write(self._store.write_breaches, rows[TOPIC_BREACHES])
            await self._write(self._store.write_dead_letters, rows[TOPIC_DEAD_LETTERS])
            await self._write(self._store.write_evaluations, rows[TOPIC_EVALUATIONS])
            await self._write(self._store.write_program_days, rows[TOPIC_PROGRAM_DAYS])
            # Only now: an event that is lost here would be passed over by the next one's acknowledgement.
            del self._events[: len(kept)]
            self._pending -= pending
            for _, event in kept:
                acknowledge(event)

    def _passed_over(self, topic: str, message: Any, error: ValueError) -> dict[str, Any]:  # noqa: ANN401 - Faust's
        """Count a message that none of us wrote; the dead letter that history keeps of it."""
        self._unreadable.note(topic, message.partition, message.offset, error)
        value = (message.value or b"")[:DEAD_LETTER_BYTES].decode("utf-8", "replace")
        return {
            "topic": message.topic,
            "partition": message.partition,
            "offset": message.offset,
            "reason": f"not ours: {error}"[:1_000].replace("\x00", ""),
            "value": value,
        }

    async def _write(self, write: Callable[[Sequence[dict[str, Any]]], int], rows: Sequence[dict[str, Any]]) -> None:
        while rows:
            try:
                await asyncio.to_thread(write, rows)
            except UserError as error:
                log.error("%s; trying again", error)  # noqa: TRY400 - the message says all
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
