"""The wallboard in a browser: a server in a thread of its own, and waiting in a page."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from dashboards.wallboard.server import make_app, serve
from dashboards.wallboard.state import View
from streams.history.store import Store

__all__ = ["TIMED", "Wall", "focused", "until"]

TIMED = """
const listen = EventSource.prototype.addEventListener;
window.painted = [];
EventSource.prototype.addEventListener = function (kind, handler) {
  return listen.call(this, kind, (event) => {
    const began = performance.now();
    handler(event);
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => window.painted.push([kind, performance.now() - began]);
      after.port2.postMessage(null);
    });
  });
};
"""
"""Notes for each push how long it took from its arrival until the page was painted with it."""


class Wall:
    """A server in a thread of its own, whose view a test moves."""

    def __init__(self, view: View, now_ms: int, store: Store | None = None, token: str | None = None) -> None:
        self.view = view
        self.now_ms = now_ms
        self.store = store
        self.health = (True, "ok")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        app = make_app(
            view,
            health=lambda: self.health,
            now=lambda: self.now_ms,
            registry=CollectorRegistry(),
            store=store,
            token=token,
            timezone="Europe/Madrid",
        )
        self.runner: web.AppRunner = self.wait(serve(app, port=0))
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    def wait(self, task: Any) -> Any:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(60)

    def do(self, move: Callable[[], object]) -> None:
        """Call `move` in the server's loop."""
        done: Future[None] = Future()

        def call() -> None:
            move()
            done.set_result(None)

        self.loop.call_soon_threadsafe(call)
        done.result(60)

    def close(self) -> None:
        """Stop serving."""
        self.wait(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def until(page: Any, condition: str, seconds: float = 10.0) -> None:
    """Wait for a condition in the page; Playwright's own way would need `unsafe-eval`, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"not within {seconds} s: {condition}"
        page.wait_for_timeout(20)


def focused(page: Any) -> str:
    """The text of the element that has the keyboard."""
    return str(page.evaluate("document.activeElement.textContent.trim()"))
