"""The reader of a history that stands alone: results that another program writes appear on the screens of `web`.

Without a broker nobody tells of a new result. So history is asked every few seconds how many results each queue has,
and what is new is read.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from config.errors import UserError
from config.timestamps import rfc3339
from dashboards.wallboard.state import View
from streams.history.extent import newest_interval
from streams.history.query import Batch, Filters
from streams.history.store import Store

__all__ = ["SHOWN_MS", "HistoryFollower", "since_newest"]

_LOOK_SECONDS: Final = 2.0
SHOWN_MS: Final = 2 * 86_400_000
"""Milliseconds before the newest result that screens show at the start."""

log = logging.getLogger("intervalwatch.web")


class HistoryFollower:
    """Shows a history in a view, and goes on as it grows.

    Args:
        view: what screens show; told that no open interval will come.
        store: the history.
        clock: the machine's clock, milliseconds since 1970.
    """

    def __init__(self, view: View, store: Store, clock: Callable[[], int]) -> None:
        self._view = view
        self._store = store
        self._clock = clock
        self._counts: dict[str, int] = {}
        """By queue: the results that were read."""
        self._changes = 0
        """Breach records and entries of the journal that were read."""
        self._trouble = ""
        view.follows_workers = False

    def now(self) -> int:
        """The time that screens show: the machine's, or of a history that ended over a day ago, its end."""
        return self._view.as_of(self._clock())

    def health(self) -> tuple[bool, str]:
        """Whether history can be read, and a line that says so."""
        if self._trouble:
            return False, f"history cannot be read: {self._trouble}"
        return True, "ok (from history alone)"

    def seed(self) -> None:
        """Show the last two days that history has.

        Raises:
            UserError: it cannot be read.
        """
        # Counted before they are shown: a row that is written in between is read once more, and none is left out.
        with self._store.reading() as reader:
            self._counts = {queue: results for queue, (results, _) in reader.heads().items()}
            self._changes = reader.breach_changes_count()
        self._view.seed(self._store, since_newest(self._store, self._clock()))

    async def follow(self) -> None:
        """Show what comes, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                found = await asyncio.to_thread(self._read)
            except UserError as error:
                if not self._trouble:
                    log.error("%s", error)  # noqa: TRY400 - the message says all
                self._trouble = str(error)
                continue
            self._trouble = ""
            self._show(*found)

    def _read(self) -> tuple[Batch, Batch, Batch]:
        """New results; breaches of late and the journal, where any is new."""
        results, breaches, journal = Batch(), Batch(), Batch()
        self._store.require_there()
        with self._store.reading() as reader:
            counts = {queue: count for queue, (count, _) in reader.heads().items()}
            for queue, count in counts.items():
                known = self._counts.get(queue, 0)
                if count > known:
                    results += reader.results_from(queue, known)
            changes = reader.breach_changes_count()
            if changes != self._changes:
                since = rfc3339(max(0, self.now() - SHOWN_MS))
                breaches = [row for batch in reader.breaches(Filters(start=since)) for row in batch]
                journal = [row for batch in reader.journal() for row in batch]
        # Only now: a database that failed in between has shown nothing yet.
        self._counts, self._changes = counts, changes
        return results, breaches, journal

    def _show(self, results: Batch, breaches: Batch, journal: Batch) -> None:
        for row in results:
            self._view.result(row)
        for row in breaches:
            self._view.breach(row)
        for entry in journal:
            self._view.journal(entry)


def since_newest(store: Store, now_ms: int) -> str:
    """The instant (RFC 3339) two days before the newest result of a history, or before now where that is earlier.

    Raises:
        UserError: it cannot be read.
    """
    with store.reading() as reader:
        newest = newest_interval(reader)
    return rfc3339(max(0, min(now_ms if newest is None else newest, now_ms) - SHOWN_MS))
