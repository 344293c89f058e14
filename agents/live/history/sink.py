"""From the output topics into interval history: what a worker that has a database does beside watching.

Kept is acknowledged, in this order: a crash in between repeats what history then knows already, and loses nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import acknowledge, fetched, messages_of
from agents.live.history.rebuild import HISTORY_TOPICS, history_row, write_rows
from config.errors import UserError
from config.timestamps import rfc3339
from streams.history.extent import kept_results
from streams.history.store import Store
from streams.own_messages import Unreadable

__all__ = ["HistorySink"]

_HISTORY_SECONDS: Final = 0.25
_HISTORY_MESSAGES: Final = 2_000
_RETRY_SECONDS: Final = 1.0
_DAY_SECONDS: Final = 86_400
_SETTLE_SECONDS: Final = 5.0
_SETTLE_ROUNDS: Final = 12

log = logging.getLogger("intervalwatch.worker")


class HistorySink:
    """Writes results into history: kept is acknowledged, in this order, and again after a crash.

    Args:
        store: the history.
        clock: the driver's clock.
        retention_days: days that results are kept; None: for ever.
        unreadable: counts messages that are none of ours.
        begin: writes into a history that has taken another's place what every history holds.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        retention_days: int | None,
        unreadable: Unreadable | None = None,
        begin: Callable[[Store], object] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._retention_days = retention_days
        self._begin = begin
        self._is_replaced = False
        """Whether history is another than the one that was begun."""
        self.is_to_fill = False
        """Whether another history has taken its place, which may lack what was written before."""
        self._unreadable = Unreadable() if unreadable is None else unreadable
        self._events: list[tuple[str, Any]] = []
        self._pending = 0
        self._flushing = asyncio.Lock()
        self.errors = 0
        """Writes that failed since the worker began."""
        self.trouble = ""
        """The reason why history stands still; empty: it does not."""
        self._waiting_since: float | None = None

    @property
    def reason(self) -> str:
        """The trouble without the name of a queue, which a page without a login must not show."""
        return self.trouble.partition(" for queue ")[0].partition(": queue ")[0]

    @property
    def lag_messages(self) -> int:
        """Messages that have come and are not in history."""
        return self._pending

    @property
    def lag_seconds(self) -> float:
        """How long the oldest of them has been waiting."""
        return 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since

    def consume(self, topic: str) -> Callable[[Any], Awaitable[None]]:
        """The agent of one output topic."""

        async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
            async for event in fetched(stream):
                self._events.append((topic, event))
                if self._waiting_since is None:
                    self._waiting_since = time.monotonic()
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
            else:
                await self._watch()

    async def _watch(self) -> None:
        """See that history is still there, though nothing is to be written."""
        try:
            await self._require_begun()
        except UserError as error:
            self._fail(error)
        else:
            self.trouble = ""

    async def _require_begun(self) -> None:
        """Check that history is there, and begin one that has taken its place.

        Raises:
            UserError: it is gone, was replaced just now, or cannot be begun.
        """
        try:
            await asyncio.to_thread(self._store.require_there)
        except UserError:
            self._is_replaced = True
            raise
        if self._is_replaced:
            await asyncio.to_thread(self._begin, self._store)
            self._is_replaced, self.is_to_fill = False, True

    def _fail(self, error: Exception) -> None:
        self.errors += 1
        if self.trouble != str(error):
            log.error("%s; trying again until it answers", error)
        self.trouble = str(error)

    def behind(self, heads: Mapping[str, int]) -> list[str]:
        """Queues of which history has fewer results than their state has published, at the end or in between.

        A history that was restored from a backup is written on at once: its heads are soon as far as they were, and
        only counting shows the hole.

        Args:
            heads: by queue, the number of results published.

        Raises:
            UserError: the database failed.
        """
        with self._store.reading() as query:
            there = kept_results(query)
        return sorted(queue for queue, results in heads.items() if there.get(queue, 0) < results)

    async def fill(self, heads: Callable[[], Mapping[str, int]], fill: Callable[[Store], object]) -> None:
        """Fill history from the topics if it lacks results that this worker's own reading will not bring, or is new.

        A history that has taken another's place may hold every result there is so far, and yet lack dead letters. One
        that could not be filled is marked as `is_to_fill` again.

        Args:
            heads: gives, by queue held, the number of results published.
            fill: fills it, in a thread.
        """
        is_another, self.is_to_fill = self.is_to_fill, False
        try:
            lacking = await asyncio.to_thread(self.behind, heads())
            for _ in range(_SETTLE_ROUNDS):
                # The messages that nobody has acknowledged yet may bring them: wait while they come.
                before = lacking
                await asyncio.sleep(_SETTLE_SECONDS)
                lacking = await asyncio.to_thread(self.behind, heads())
                if not lacking or lacking == before:
                    break
            if lacking or is_another:
                why = f"lacks results of {len(lacking)} queues" if lacking else "has taken another's place"
                log.info("history %s; it is filled from the topics", why)
                await asyncio.to_thread(fill, self._store)
        except UserError as error:
            self.is_to_fill = True
            self._fail(error)

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
                    kind, row = history_row(topic, message.topic, message, self._clock.now_ms(), self._unreadable)
                    rows[kind].append(row)
            for topic in HISTORY_TOPICS:
                await self._write(topic, rows[topic])
            # Only now: an event that is lost here would be passed over by the next one's acknowledgement.
            del self._events[: len(kept)]
            self._pending -= pending
            self._waiting_since = time.monotonic() if self._pending else None
            for _, event in kept:
                acknowledge(event)

    async def _write(self, topic: str, rows: Sequence[dict[str, Any]]) -> None:
        while rows:
            try:
                await self._require_begun()
                await asyncio.to_thread(write_rows, self._store, topic, rows)
            except (UserError, ValueError) as error:
                self._fail(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.trouble = ""
                return
