"""The screens of a history that stands alone: they go on as it grows, and show the time at which it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from history_rows import a_day

from config.errors import UserError
from config.settings import load
from config.timestamps import from_rfc3339
from dashboards.wallboard.followers.history import HistoryFollower
from dashboards.wallboard.state import View
from streams.history.query import HistoryQuery
from streams.history.store import Store
from streams.journal.entry import entry

DAYS_LATER = from_rfc3339("2026-03-20T12:00:00Z")


class Screens:
    """A view that follows a history, and the history's writer."""

    def __init__(self, folder: Path, clock_ms: int) -> None:
        config = folder / "monitor.yaml"
        config.write_text("site: {timezone: UTC, interval_minutes: 30}\n", encoding="utf-8")
        self.rows = a_day()
        self.file = folder / "history.db"
        self.writer = Store(f"sqlite:///{self.file}")
        self.writer.write_results(self.rows[:6])
        self.view = View(load([config]))
        self.reader = Store(f"sqlite:///{self.file}", create=False, upgrade=True)
        self.following = HistoryFollower(self.view, self.reader, lambda: clock_ms)
        self.following.seed()


@pytest_asyncio.fixture
async def screens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Screens]:
    """Screens days after the end of the history, followed every hundredth of a second."""
    monkeypatch.setattr("dashboards.wallboard.followers.history._LOOK_SECONDS", 0.01)
    shown = Screens(tmp_path, DAYS_LATER)
    task = asyncio.ensure_future(shown.following.follow())
    yield shown
    task.cancel()
    shown.reader.close()
    shown.writer.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(0.01)


async def test_results_that_another_program_writes_appear(screens: Screens) -> None:
    """Six results are shown at once; the others when they are written, each once."""
    assert {row["hash"] for row in screens.view.results()} == {row["hash"] for row in screens.rows[:6]}
    screens.writer.write_results(screens.rows[6:])
    await until(lambda: len(list(screens.view.results())) == len(screens.rows))
    assert {row["hash"] for row in screens.view.results()} == {row["hash"] for row in screens.rows}
    assert not screens.view.follows_workers


async def test_an_acknowledgement_of_another_program_appears(screens: Screens) -> None:
    """A breach and who saw it are shown once they are in the history."""
    breach = {
        "breach_id": "b1", "sequence": 1, "state": "opened", "item": "2.G.A", "rule": "service_level_below_range",
        "severity": "warning", "program": "retail", "queue": screens.rows[0]["queue"], "scope": "",
        "interval_start": screens.rows[5]["interval_start"], "first_interval_start": screens.rows[5]["interval_start"],
        "observed": 0.5, "expected": 0.8, "limit": 0.75, "unit": "ratio", "message": "m", "message_zh": "m",
        "causes": [], "live": False, "parameters_version": "1",
    }  # fmt: skip
    screens.writer.write_breaches([breach])
    await until(lambda: screens.view.find_breach("b1") is not None)
    screens.writer.append_journal(entry("b1", "ana", "2026-03-02T12:00:00Z", note="calling more agents in"))
    await until(lambda: "calling more agents in" in str(screens.view.find_breach("b1")))


async def test_the_clock_of_a_past_history_is_its_end(screens: Screens) -> None:
    """Days later the screens show the end of the newest interval; within a day, the machine's clock."""
    ends = [from_rfc3339(row["interval_start"]) + 1_800_000 for row in screens.rows[:6]]
    assert screens.following.now() == max(ends)
    newest = screens.following.now()
    today = HistoryFollower(screens.view, screens.reader, lambda: newest + 3_600_000)
    today.seed()
    assert today.now() == newest + 3_600_000


async def test_a_read_that_fails_in_the_middle_costs_no_result(
    screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fails after the new results were read: the next look reads them again, and shows them."""
    count, failures = HistoryQuery.breach_changes_count, [UserError("history x: database is locked")]

    def failing(reader: HistoryQuery) -> int:
        if failures:
            raise failures.pop()
        return count(reader)

    monkeypatch.setattr(HistoryQuery, "breach_changes_count", failing)
    screens.writer.write_results(screens.rows[6:])
    await until(lambda: len(list(screens.view.results())) == len(screens.rows))
    assert not failures


async def test_a_history_that_is_gone_is_told(screens: Screens) -> None:
    """Health says why while the file is gone; a file that takes its place is read."""
    assert screens.following.health() == (True, "ok (from history alone)")
    screens.writer.close()
    copy = screens.file.read_bytes()
    screens.file.unlink()
    await until(lambda: "the file is gone" in screens.following.health()[1])
    assert not screens.following.health()[0]
    screens.file.write_bytes(copy)
    await until(lambda: screens.following.health()[0])
