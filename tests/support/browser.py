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

__all__ = ["FAINT", "OVERLAPS", "TIMED", "Wall", "focused", "processor", "serious_faults", "until"]

FAINT = """
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, at) => part * a + under[at] * (1 - a));
  const ground = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const luminance = (rgb) => rgb.map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (element) => {
    const below = ground(element);
    const both = [over(rgba(getComputedStyle(element).color), below), below].map(luminance);
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  };
  const all = [...document.querySelectorAll("button, nav a, summary")].filter((one) => one.checkVisibility());
  return [all.length, all.map((one) => [one.textContent.trim(), contrast(one)]).filter(([, ratio]) => ratio < 4.5)];
})()
"""
"""How many buttons there are, and those whose words have too little contrast, with their ratio (WCAG 2.1, 1.4.3)."""

OVERLAPS = """
(() => {
  const shown = (element) => element.offsetParent && element.textContent.trim();
  const texts = ".figure, small, .caption, .name, .badge, .why p, .l-why, .a-said, .g-label, .g-caption, .g-notes";
  const boxes = (row) => [...row.querySelectorAll(texts)].filter(shown)
    .flatMap((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const clip = element.getBoundingClientRect();
      const cut = getComputedStyle(element).overflow === "hidden";
      return [...range.getClientRects()].map((box) => [element, box.left, box.top, cut ? clip.right : box.right,
        box.bottom]);
    });
  const found = [];
  for (const row of document.querySelectorAll(".queue, .line, .g-figures")) {
    const all = boxes(row);
    for (const [place, [one, left, top, right, bottom]] of all.entries())
      for (const [other, otherLeft, otherTop, otherRight, otherBottom] of all.slice(place + 1))
        if (one !== other && !one.contains(other) && left < otherRight - 2 && otherLeft < right - 2
            && top < otherBottom - 4 && otherTop < bottom - 4)
          found.push(`${one.textContent} / ${other.textContent}`);
  }
  return found;
})()
"""
"""Pairs of texts in a row of the overview that lie over each other."""
TIMED = """
const painted = (note) => requestAnimationFrame(() => {
  const after = new MessageChannel();
  after.port1.onmessage = () => note(performance.now());
  after.port2.postMessage(null);
});
new MutationObserver((_, observer) => {
  if (!document.querySelector(".queue, .line, [role=gridcell], .breach")) return;
  observer.disconnect();
  painted((at) => { window.drawn = at; });
}).observe(document, { childList: true, subtree: true });
const listen = EventSource.prototype.addEventListener;
window.painted = [];
EventSource.prototype.addEventListener = function (kind, handler) {
  return listen.call(this, kind, (event) => {
    const began = performance.now();
    handler(event);
    painted((at) => window.painted.push([kind, at - began, at]));
  });
};
"""
"""Notes for each push how long it took from its arrival until the page was painted with it, and when that was; and as
`drawn` when the first figures stood on the screen, counted from the begin of the navigation."""


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


def serious_faults(axe: Any, page: Any) -> list[tuple[str, str, str]]:
    """The serious and critical faults of accessibility that axe finds: rule, element, what to do."""
    return [
        (rule["id"], node["html"][:160], node["failureSummary"])
        for rule in axe.run(page).response["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"][:3]
    ]


def processor(page: Any) -> Callable[[], float]:
    """A clock of the processor time that the page's main thread has taken, milliseconds.

    Time on the wall says as much about what else runs on the machine.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def taken() -> float:
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(metrics["TaskDuration"])

    return taken
