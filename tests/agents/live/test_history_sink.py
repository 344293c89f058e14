"""The history sink of a worker: history is kept as long as the configuration says."""

import asyncio
from pathlib import Path

import pytest
from history_rows import a_day

from agents.live.clock import Clock
from agents.live.history_sink import HistorySink
from config.timestamps import from_rfc3339
from streams.history.query import Filters
from streams.history.store import Store


class StoppedClock(Clock):
    """It is noon on 4 March 2026."""

    def now_ms(self) -> int:
        """The moment."""
        return from_rfc3339("2026-03-04T12:00:00Z")


@pytest.mark.parametrize(("days", "left"), [(2, 8), (None, 26)])
async def test_results_older_than_retention_are_removed(tmp_path: Path, days: int | None, left: int) -> None:
    """With two days, what began before noon of 2 March goes when a worker starts; without a limit, nothing.

    Two queues have twelve half hours from 08:00 on: four of each begin at noon or later, uncorrected.
    """
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        store.write_results(a_day())
        sink = HistorySink(store, StoppedClock(), days)
        task = asyncio.ensure_future(sink.retain_daily())
        async with asyncio.timeout(10):
            while not task.done() and sum(map(len, store.results(Filters()))) != left:  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(0.01)
        task.cancel()
        rows = [row for batch in store.results(Filters()) for row in batch]
        assert len(rows) == left
        assert days is None or min(row["interval_start"] for row in rows) >= "2026-03-02T12:00:00Z"
