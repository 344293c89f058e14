"""Partitions that change hands: what is written before they go, and whose state is read when they come."""

import asyncio
import gc
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from faust.types import TP

from agents.live.faust_patches.restore import Entries, disable_faust_recovery, read_changelog
from agents.live.flusher import Flusher
from agents.live.partitions import Partitions
from agents.live.progress import ReadProgress
from agents.state.store import is_entry

__all__ = ["Assignment", "StateReader"]

StateReader = Callable[[Sequence[int]], Iterable[tuple[int, bytes, bytes]]]
"""Gives the entries of some partitions as they stand: partition, key and value. Called in a thread."""

_LAST_FLUSH_SECONDS: Final = 4.0
"""How long a worker that stops waits for the broker to have everything."""

log = logging.getLogger("intervalwatch.worker")


class Assignment:
    """The partitions that the group has given to a worker, and whether their state is in memory.

    Args:
        app: Faust's; its signals are heard from now on.
        topic: full name of the input topic.
        changelog: full name of the state's topic.
        state: the entries of the partitions held, written to as they come.
        partitions: their engines.
        flusher: writes what is pending before partitions go.
        progress: forgotten when partitions come.
        on_lost: told of the queues that another worker watches from now on.
        on_ready: told when the state is in memory.
        read_state: reads the entries of some partitions, where they lie elsewhere than in the changelog.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - Faust's app
        topic: str,
        changelog: str,
        state: dict[bytes, bytes],
        partitions: Partitions,
        flusher: Flusher,
        progress: ReadProgress,
        on_lost: Callable[[list[str]], None],
        on_ready: Callable[[], None],
        read_state: StateReader | None = None,
    ) -> None:
        self.recovering = True
        """Whether the state is still being read, or partitions change hands: figures must not be shown."""
        self.held: set[int] = set()
        """Partitions of the input topic."""
        self._app = app
        self._topic = topic
        self._changelog = changelog
        self._state = state
        self._partitions = partitions
        self._flusher = flusher
        self._progress = progress
        self._on_lost = on_lost
        self._on_ready = on_ready
        self._read_state = read_state
        self._fresh: set[int] = set()
        """Partitions assigned whose state is not yet taken over."""
        self._assigned = False
        self.turn = 0
        """Counts what happens to the partitions: what was begun before is overtaken."""
        self._group_generation = -1
        self._recovery: Any = None
        app.on_partitions_revoked.connect(self.on_revoked)
        app.on_partitions_assigned.connect(self.on_assigned)
        app.on_before_shutdown.connect(self.on_before_shutdown)

    def prepare(self) -> None:
        """Put Faust's own recovery out of the way; to be called in the loop that runs, which it belongs to."""
        self._recovery = disable_faust_recovery(self._app)

    async def on_revoked(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - a signal's arguments
        """Write and commit everything while the partitions are still ours, so that who takes over goes on exactly."""
        if not self.recovering and not self._flusher.broken:
            await self._flusher.flush()
            await self._app.consumer.commit()
        self.recovering = True
        self._assigned = False
        self.turn += 1

    async def on_assigned(self, *arguments: Any, **_: Any) -> None:  # noqa: ANN401 - as above
        """Forget partitions that have gone, and note those that have come."""
        assigned: set[TP] = arguments[1]
        held = {tp.partition for tp in assigned if tp.topic == self._topic}
        # Who was left out of a generation (a pause, a broken line) may find that another has counted meanwhile.
        before, self._group_generation = self._group_generation, self._app.consumer_generation_id
        kept = held & self.held - self._fresh if self._group_generation == before + 1 else set()
        for partition in self.held - kept:
            self._on_lost(self._partitions.drop(partition))
        self._flusher.forget_events()
        self._progress.clear()
        self._fresh = held - kept
        self.held = held
        self._assigned = True
        self.turn += 1

    async def on_recovered(self) -> None:
        """Read the state of the partitions that have come; Faust says that it would have by now."""
        self.turn += 1
        wanted = partial(self._is_current, self.turn)
        try:
            fresh = sorted(self._fresh)
            if self._read_state is None:
                entries = await read_changelog(self._app, self._changelog, fresh, wanted, is_entry)
            else:
                entries = _entries(await asyncio.to_thread(self._read_state, fresh))
            if entries is not None and wanted():
                self._take_over(entries)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends the worker
            # Faust would log this and leave the worker recovering for ever.
            await self._app.crash(error)

    def _is_current(self, turn: int) -> bool:
        """Whether the partitions are still those of that turn. If not, Faust comes here once more."""
        pending = self._recovery.signal_recovery_start.is_set()
        return self._assigned and turn == self.turn and not pending and not self._app.should_stop

    def _take_over(self, entries: Entries) -> None:
        self._state.update(entries.values)
        self._partitions.load(entries.partition_of)
        self._fresh = set()
        gc.freeze()
        self.recovering = False
        self._on_ready()
        log.info("ready with partitions %s", sorted(self.held))

    async def on_before_shutdown(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - a signal's arguments
        """Write everything before the worker leaves the group."""
        if not self.recovering and not self._flusher.broken:
            flush = asyncio.ensure_future(self._flusher.flush())
            await asyncio.wait({flush}, timeout=_LAST_FLUSH_SECONDS)
            if not flush.done():
                log.warning("the broker does not answer: what was not written is counted again by the next worker")
            elif flush.exception() is not None:
                log.error("the last flush failed: %s", flush.exception())
        self.recovering = True


def _entries(rows: Iterable[tuple[int, bytes, bytes]]) -> Entries:
    entries = Entries()
    for partition, key, value in rows:
        entries.values[key], entries.partition_of[key] = value, partition
    return entries
