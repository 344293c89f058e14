"""Server-sent events: the state at first, then changes and beats."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from wallboard_board import Board, next_event
from wallboard_rows import AT_NOON, breach, final, running

from dashboards.wallboard.events import _Reader

HOSTILE = "</script><img src=x onerror=alert(1)>\n\ndata: {}"


async def test_a_browser_gets_everything_at_first_and_then_what_changes(board: Board) -> None:
    """The state, then a result within a fraction of a second of its coming, whole."""
    board.view.result(final("sales", 7, 0.80))
    async with board.client.get("/events") as stream:
        state = await next_event(stream, "state")
        assert {queue["queue"] for queue in state["queues"]} == {"sales", "orders"}
        assert state["timezone"] == "Europe/Madrid"
        board.view.result(final("sales", 8, 0.40))
        began = asyncio.get_running_loop().time()
        (queue,) = await next_event(stream, "queues")
        assert asyncio.get_running_loop().time() - began < 1.0
        assert (queue["queue"], queue["last"]["service_level"]) == ("sales", 0.40)
        board.view.breach(breach())
        assert [shown["queue"] for shown in await next_event(stream, "breaches")] == ["sales"]
        board.view.result(running("orders", 8, 0.9))
        (figures,) = await next_event(stream, "figures")
        assert [one["service_level"] for one in figures["running"]] == [0.9]


async def test_a_name_from_the_data_cannot_break_out_of_a_push(board: Board) -> None:
    """Line breaks and tags in a queue's name stay inside one JSON text."""
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        board.view.result(final(HOSTILE, 8))
        (queue,) = await next_event(stream, "queues")
        assert queue["queue"] == HOSTILE


async def test_health_and_recovery_reach_the_screen_within_a_beat(board: Board) -> None:
    """A worker that is cut off or recovering says so on every screen."""
    async with board.client.get("/events") as stream:
        assert (await next_event(stream, "beat"))["ok"] is True
        board.health = (False, "no broker at 127.0.0.1:9092")
        board.view.recovering = True
        for _ in range(3):
            beat = await next_event(stream, "beat")
            if not beat["ok"]:
                break
        said = {"ok": False, "text": "no broker at 127.0.0.1:9092", "recovering": True, "troubles": ""}
        assert beat == {"now": AT_NOON, **said}


async def test_a_queue_that_went_to_another_worker_leaves_the_screen(board: Board) -> None:
    """The browser is told which queues are gone."""
    board.view.result(final("guest", 8))
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        board.view.forget(["guest"])
        assert await next_event(stream, "gone") == ["guest"]


async def test_a_browser_that_leaves_is_forgotten(board: Board) -> None:
    """No subscription outlives its connection."""
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        assert len(board.view.subscribers) == 1
    async with asyncio.timeout(5):
        while board.view.subscribers:
            board.view.result(final("sales", 8))
            await asyncio.sleep(0.05)


async def test_an_update_is_encoded_once_for_all_browsers(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty browsers cost as many encodings of a queue as one."""
    encoded: list[str] = []
    summary = board.view.summary

    def counted(name: str, now_ms: int) -> dict[str, Any] | None:
        encoded.append(name)
        return summary(name, now_ms)

    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(board.client.get("/events")) for _ in range(20)]
        for stream in streams:
            await next_event(stream, "state")
        monkeypatch.setattr(board.view, "summary", counted)
        board.view.result(final("sales", 8, 0.40))
        for stream in streams:
            (queue,) = await next_event(stream, "queues")
            assert queue["last"]["service_level"] == 0.40
    assert encoded == ["sales"]


async def test_a_browser_that_reads_nothing_holds_little_and_is_told_the_state_anew() -> None:
    """The parts that wait for a slow browser are bounded, and it misses nothing."""
    reader = _Reader()
    reader.put(b"state", is_state=True)
    for number in range(1_000):
        reader.put(b"%d" % number)
        assert reader.size <= 32
    assert reader.needs_state
    reader.put(b"state", is_state=True)
    reader.put(b"next")
    assert await reader.take() == [b"state", b"next"]


async def test_a_fault_while_projecting_leaves_the_figures_of_now(
    board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has a line, and results come on as before."""
    monkeypatch.setattr(board.view.row_outlooks, "renew", lambda *_: 1 / 0)
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        board.view.result(final("sales", 8, 0.40))
        (queue,) = await next_event(stream, "queues")
        assert queue["queue"] == "sales"
    assert "could not be projected: ZeroDivisionError" in caplog.text


async def test_a_fault_while_encoding_ends_the_streams_and_leaves_the_server(
    board: Board, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Browsers are cut off, connect again and get the state, and the log has a line without a traceback."""
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        with monkeypatch.context() as broken:
            broken.setattr(board.view, "summary", lambda *_: 1 / 0)
            board.view.result(final("sales", 8, 0.40))
            async with asyncio.timeout(5):
                await stream.read()
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
    (record,) = [one for one in caplog.records if one.name == "intervalwatch.web"]
    assert "ZeroDivisionError" in record.getMessage()
    assert record.exc_info is None
