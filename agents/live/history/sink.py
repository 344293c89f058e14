"""From the output topics into interval history: what a worker that has a database does beside watching.

Kept is acknowledged, in this order: a crash in between repeats what history then knows already, and loses nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from agents.groups.keeping import fill_groups
from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import acknowledge, fetched, messages_of, read_from, read_to
from agents.live.history.rebuild import HISTORY_TOPICS, history_row, write_rows
from config.errors import UserError
from config.timestamps import rfc3339
from streams.history.extent import kept_results
from streams.history.marks import Place
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
        self._is_another = False
        """Whether another history has taken its place, which may lack what was written before."""
        self._has_hole = False
        """Whether it lacks messages from before those that were written."""
        self._turn = 0
        """Counts the histories that have been gone."""
        self._unreadable = Unreadable() if unreadable is None else unreadable
        self._events: list[tuple[str, Any]] = []
        self._written: dict[Place, tuple[int, int]] = {}
        """First and last offset of what was written of each partition into this history, without a gap."""
        self._pending = 0
        self._flushing = asyncio.Lock()
        self.errors = 0
        """Writes that failed since the worker began."""
        self.trouble = ""
        """The reason why history stands still; empty: it does not."""
        self._waiting_since: float | None = None

    @property
    def is_to_fill(self) -> bool:
        """Whether it is known to lack what nobody is sent again."""
        return self._is_another or self._has_hole

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
            self._turn += 1
            self._written.clear()
            raise
        if self._is_replaced:
            await asyncio.to_thread(self._begin, self._store)
            self._is_replaced, self._is_another = False, True

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

    async def fill(
        self,
        heads: Callable[[], Mapping[str, int]],
        fill: Callable[[Store], object],
        unread: Callable[[Store], bool] = lambda _: False,
    ) -> None:
        """Fill history from the topics if it lacks what this worker's own reading will not bring, or is new.

        A history that was restored may hold every result there is so far, and yet lack dead letters. One that could
        not be filled is marked as `is_to_fill` again.

        Args:
            heads: gives, by queue held, the number of results published.
            fill: fills it, in a thread.
            unread: whether messages were acknowledged that it does not hold; called in a thread.
        """
        is_another, self._is_another = self._is_another, False
        try:
            lacking = await asyncio.to_thread(self.behind, heads())
            for _ in range(_SETTLE_ROUNDS):
                # The messages that nobody has acknowledged yet may bring them: wait while they come.
                before = lacking
                await asyncio.sleep(_SETTLE_SECONDS)
                lacking = await asyncio.to_thread(self.behind, heads())
                if not lacking or lacking == before:
                    break
            why = f"lacks results of {len(lacking)} queues" if lacking else ""
            if not why and is_another:
                why = "has taken another's place"
            if not why and (self._has_hole or await asyncio.to_thread(unread, self._store)):
                why = "lacks messages that were acknowledged"
            if why:
                log.info("history %s; it is filled from the topics", why)
                await asyncio.to_thread(fill, self._store)
                self._has_hole = False
            await asyncio.to_thread(fill_groups, self._store)
        except UserError as error:
            self._is_another = True
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
            turn = None
            while turn != self._turn:  # rows of one flush and their marks are in one history, and not in two
                turn = self._turn
                for topic in HISTORY_TOPICS:
                    if rows[topic]:
                        await self._write(partial(write_rows, self._store, topic, rows[topic]))
                await self._write(partial(self._mark, [event for _, event in kept]))
            # Only now: an event that is lost here would be passed over by the next one's acknowledgement.
            del self._events[: len(kept)]
            self._pending -= pending
            self._waiting_since = time.monotonic() if self._pending else None
            for _, event in kept:
                acknowledge(event)

    def _mark(self, events: Sequence[Any]) -> None:
        """Note in history what has been written into it."""
        for event in events:
            place, first, last = (event.message.topic, event.message.partition), read_from(event), read_to(event) - 1
            before = self._written.get(place, (first, first - 1))
            begin = before[0] if first <= before[1] + 1 else first
            self._written[place] = (begin, max(before[1], last))
        self._has_hole |= bool(self._store.advance_marks(self._written))

    async def _write(self, write: Callable[[], object]) -> None:
        while True:
            try:
                await self._require_begun()
                await asyncio.to_thread(write)
            except (UserError, ValueError) as error:
                self._fail(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.trouble = ""
                return
