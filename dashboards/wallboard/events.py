"""Server-sent events: a browser gets the whole state when it connects, then every change, and a beat each second.

A browser that misses beats knows that the server is gone. A browser that reads slowly gets each queue's latest state
once, however much it missed (`dashboards.wallboard.changes`).
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiohttp import web

from copc.items import ITEMS
from copc.service_level import FORMULAS
from dashboards.wallboard.changes import Changes
from dashboards.wallboard.state import View
from dashboards.wallboard.texts import rules_shown

__all__ = ["EventStream"]

_BEAT_SECONDS: Final = 1.0
"""Time between two beats; a browser calls it an outage when three are missing."""
_GATHER_SECONDS: Final = 0.1
"""Changes that come within this time go out together."""
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class EventStream:
    """The handler of `/events`, one connection for each browser."""

    view: View
    health: Callable[[], tuple[bool, str]]
    """Whether results flow, and a line that says so."""
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""
    timezone: str
    """IANA name of the wallboard's clock."""
    can_acknowledge: bool
    has_history: bool
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server stops, so that open connections end."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Send events until the browser leaves or the server stops."""
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        await response.prepare(request)
        news = asyncio.Event()
        subscription = self.view.subscribers.subscribe(news.set)
        try:
            await response.write(b"retry: 1000\n\n" + _event("state", self._state()))
            while not self.closing.is_set():
                try:
                    await asyncio.wait_for(news.wait(), _BEAT_SECONDS)
                except TimeoutError:
                    pass
                else:
                    await asyncio.sleep(_GATHER_SECONDS)
                    news.clear()
                steady_ms = round(time.monotonic() * 1000)
                await response.write(b"".join(self._events_of(subscription.take(steady_ms))))
        except (ConnectionError, asyncio.CancelledError):
            pass  # the browser is gone, or the server ends
        finally:
            self.view.subscribers.unsubscribe(subscription)
        return response

    def _events_of(self, changes: Changes) -> Iterator[bytes]:
        now = self.now()
        held = set(self.view.names(now))
        contents = {
            "queues": [self.view.summary(name, now) for name in changes.whole if name in held],
            "gone": [name for name in changes.whole if name and name not in held],
            "figures": [self.view.now(name, now) for name in changes.figures if name in held],
        }
        yield from (_event(kind, content) for kind, content in contents.items() if content)
        if changes.breaches:
            yield _event("breaches", self.view.breaches())
        yield _event("beat", self._beat())

    def _beat(self) -> dict[str, Any]:
        ok, text = self.health()
        return {"now": self.now(), "ok": ok, "text": text, "recovering": self.view.recovering}

    def _state(self) -> dict[str, Any]:
        now = self.now()
        return {
            "beat": self._beat(),
            "timezone": self.timezone,
            "queues": self.view.overview(now),
            "breaches": self.view.breaches(),
            "items": {code: {"en": item.title, "zh": item.title_zh} for code, item in ITEMS.items()},
            "rules": rules_shown(),
            "formulas": FORMULAS,
            "can_acknowledge": self.can_acknowledge,
            "has_history": self.has_history,
        }


def _event(name: str, content: object) -> bytes:
    # JSON has no line breaks of its own, so one data line carries it whole.
    return b"event: " + name.encode() + b"\ndata: " + _ENCODE(content) + b"\n\n"
