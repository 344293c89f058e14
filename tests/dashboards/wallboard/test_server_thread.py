"""The web server in a thread of its own."""

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from wallboard_rows import AT_NOON, configuration, final

from config.errors import UserError
from dashboards.wallboard import server_thread
from dashboards.wallboard.server import make_app
from dashboards.wallboard.server_thread import ReportedHealth, ServerThread, asked_in
from dashboards.wallboard.state import View


def get(server: ServerThread, path: str) -> bytes:
    """The body at a path."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as answer:
        return bytes(answer.read())


def test_it_serves_while_the_loop_of_the_stream_is_blocked(tmp_path: Path) -> None:
    """Rows are handed over, and answers come, though the caller's thread does nothing for the server."""
    before = threading.active_count()
    view = View(configuration(tmp_path))
    server = ServerThread(make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON), "127.0.0.1", 0)
    server.start()
    try:
        began = time.thread_time()
        server.call(view.result, final("sales", 8))
        rows = json.loads(get(server, "/api/intervals"))
        assert [row["queue"] for row in rows] == ["sales"]
        assert time.thread_time() - began < 0.5
    finally:
        server.stop()
    server.call(view.result, final("sales", 9))
    assert threading.active_count() <= before


def test_an_address_in_use_is_one_line_and_leaves_no_thread(tmp_path: Path) -> None:
    """The fault of the address is that of `serve`, and the thread has ended."""
    before = threading.active_count()
    view = View(configuration(tmp_path))
    one = ServerThread(make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON), "127.0.0.1", 0)
    one.start()
    two = ServerThread(make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON), "127.0.0.1", one.port)
    try:
        with pytest.raises(UserError, match="is in use"):
            two.start()
    finally:
        one.stop()
    assert threading.active_count() == before


def test_a_worker_that_is_silent_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last report counts for some seconds; then the line says that nothing was heard of the worker."""
    health = ReportedHealth((False, "starting"))
    assert health() == (False, "starting")
    health.report((True, "ok"))
    assert health() == (True, "ok")
    later = time.monotonic() + 20
    monkeypatch.setattr(server_thread.time, "monotonic", lambda: later)
    fine, text = health()
    assert not fine
    assert text.startswith("stuck: ")


async def test_metrics_are_read_in_the_loop_they_belong_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is made in the worker's thread; a worker that does not answer in time is 503."""
    makers: list[int] = []

    def page() -> bytes:
        makers.append(threading.get_ident())
        return b"own 1\n"

    view = View(configuration(tmp_path))
    metrics = asked_in(asyncio.get_running_loop(), page)
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON, metrics=metrics)
    server = ServerThread(app, "127.0.0.1", 0)
    server.start()
    try:
        assert await asyncio.to_thread(get, server, "/metrics") == b"own 1\n"
        assert makers == [threading.get_ident()]
        monkeypatch.setattr(server_thread, "_ANSWER_SECONDS", 0.2)
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(server, "/metrics")  # this thread, whose loop would have to answer, waits for the answer
    finally:
        await asyncio.to_thread(server.stop)
