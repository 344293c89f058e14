"""The history sink of a worker: history is kept as long as the configuration says."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from history_rows import a_day

from agents.live.clock import Clock
from agents.live.history_sink import HistorySink
from config.timestamps import from_rfc3339
from streams.history.query import Filters
from streams.history.store import Store
from streams.own_messages import Unreadable


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


async def test_bad_messages_cost_history_none_of_the_good_ones(tmp_path: Path) -> None:
    """Null, junk and a wrong shape beside results: results are kept, the rest are dead letters, all is acknowledged."""
    acknowledged: list[str] = []

    def event(topic: str, *values: bytes | None) -> Any:
        messages = [
            SimpleNamespace(topic=f"iw-{topic}", partition=1, offset=offset, value=value)
            for offset, value in enumerate(values)
        ]
        message = SimpleNamespace(messages=messages, acked=False)
        return SimpleNamespace(message=message, ack=lambda: acknowledged.append(topic))

    places: dict[str, int] = {}
    rows = []
    for row in a_day():
        places[row["queue"]] = places.get(row["queue"], -1) + 1
        rows.append(msgspec.json.encode({**row, "position": places[row["queue"]]}))
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        unreadable = Unreadable()
        sink = HistorySink(store, StoppedClock(), None, unreadable)
        bad = (None, b"", b"junk\xff", b"[]", b'{"queue": 1}')
        sink._events = [("interval-results", event("interval-results", *bad, *rows, *bad))]
        for topic in ("breaches", "dead-letters", "evaluations", "program-days"):
            sink._events.append((topic, event(topic, *bad)))
        await sink.flush()
        kept = [row for batch in store.results(Filters()) for row in batch]
        with store.reading() as reader:
            letters = [row for batch in reader.dead_letters() for row in batch]
    assert len(kept) == len(rows)
    assert len(letters) == 10 + 4 * 5
    assert unreadable.messages == {"interval-results": 10} | dict.fromkeys(
        ("breaches", "dead-letters", "evaluations", "program-days"), 5
    )
    assert len(acknowledged) == 5
