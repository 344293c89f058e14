"""Server-sent events: a browser gets the whole state when it connects, then every change, and a beat each second.

One task reads what changed, encodes it once and hands the same bytes to every browser. A browser that reads slowly
holds a few of them at most; then it is given the whole state anew. A browser that misses beats knows that the server
is gone.
"""

import asyncio
import logging
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
_MOST_PARTS: Final = 32
"""Parts that wait for one browser; one that falls behind further gets the whole state in their place."""
_ENCODE: Final = msgspec.json.Encoder().encode

log: Final = logging.getLogger("intervalwatch.web")


class _Reader:
    """The parts that one browser has still to be sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._news = asyncio.Event()
        self._ended = False
        self.needs_state = True
        """Whether it has no state yet, or has missed parts."""

    def put(self, part: bytes, *, is_state: bool = False) -> None:
        """Add a part that all browsers share."""
        if is_state:
            self.needs_state = False
            self._parts = []
        elif self.needs_state:
            return
        elif len(self._parts) >= _MOST_PARTS:
            self.needs_state = True
            self._parts = []
            return
        self._parts.append(part)
        self._news.set()

    @property
    def size(self) -> int:
        """Parts that wait."""
        return len(self._parts)

    async def take(self) -> list[bytes]:
        """The parts that wait, once there are any; empty: the stream ends."""
        while not (self._parts or self._ended):
            self._news.clear()
            await self._news.wait()
        parts, self._parts = self._parts, []
        return parts

    def end(self) -> None:
        """End the stream."""
        self._ended = True
        self._parts = []
        self._news.set()


@dataclass(slots=True)
class EventStream:
    """The handler of `/events`: one connection for each browser, and one task that encodes for all."""

    view: View
    health: Callable[[], tuple[bool, str]]
    """Whether results flow, and a line that says so."""
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""
    timezone: str
    """IANA name of the wallboard's clock."""
    can_acknowledge: bool
    has_history: bool
    encoded: int = 0
    """Parts encoded so far, for all browsers together."""
    _readers: set[_Reader] = field(default_factory=set)
    _telling: "asyncio.Task[None] | None" = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Send events until the browser leaves or the server stops."""
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        await response.prepare(request)
        reader = _Reader()
        try:
            await response.write(b"retry: 1000\n\n")
            self._join(reader)
            while parts := await reader.take():
                await response.write(b"".join(parts))
        except (ConnectionError, asyncio.CancelledError):
            pass  # the browser is gone, or the server ends
        finally:
            self._readers.discard(reader)
            self._news.set()
        return response

    def close(self) -> None:
        """End every connection, as the server stops."""
        self._closing = True
        for reader in self._readers:
            reader.end()
        self._news.set()

    # --- one task for all browsers ------------------------------------------------------------------

    def _join(self, reader: _Reader) -> None:
        self._readers.add(reader)
        self._news.set()
        if self._closing:
            reader.end()
        elif self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell_all())

    async def _tell_all(self) -> None:
        """Encode what changed, once, and hand it to every browser, until none is left."""
        subscription = self.view.subscribers.subscribe(self._news.set)
        try:
            while self._readers and not self._closing:
                try:
                    await asyncio.wait_for(self._news.wait(), _BEAT_SECONDS)
                except TimeoutError:
                    pass
                else:
                    # A browser that has nothing yet waits for no further change.
                    if not any(reader.needs_state for reader in self._readers):
                        await asyncio.sleep(_GATHER_SECONDS)
                self._news.clear()
                self._tell(subscription.take(round(time.monotonic() * 1000)))
                self._look_ahead()
        except Exception as error:  # noqa: BLE001 - browsers come back by themselves, and are told the state anew
            log.error("what changed could not be told to browsers: %r", error)  # noqa: TRY400 - a line, no traceback
            for reader in self._readers:
                reader.end()
        finally:
            self.view.subscribers.unsubscribe(subscription)

    def _look_ahead(self) -> None:
        """Project some queues; what cannot be projected leaves the figures of now on the screens."""
        try:
            now = self.now()
            for queue in self.view.row_outlooks.renew(self.view.names(now), now):
                self.view.subscribers.changed(queue, whole=False)
        except Exception as error:  # noqa: BLE001 - a fault of ours is a line in the log, and the wallboard goes on
            log.error("the rest of the day could not be projected: %r", error)  # noqa: TRY400 - a line, no traceback

    def _renewed_groups(self, *, everything: bool) -> list[dict[str, Any]]:
        """Groups with other figures; what cannot be summed up leaves the figures of queues on the screens."""
        try:
            return self.view.groups.renew(self.now(), everything=everything)
        except Exception as error:  # noqa: BLE001 - a fault of ours is a line in the log, and the wallboard goes on
            log.error("groups could not be summed up: %r", error)  # noqa: TRY400 - a line, no traceback
            return []

    def _tell(self, changes: Changes) -> None:
        late = [reader for reader in self._readers if reader.needs_state and not reader.size]
        groups = self._renewed_groups(everything=bool(late))
        if len(late) < len(self._readers):
            part = b"".join(self._events_of(changes, groups))
            self.encoded += 1
            for reader in self._readers:
                reader.put(part)
        if late:
            state = _event("state", self._state())
            self.encoded += 1
            for reader in late:
                reader.put(state, is_state=True)

    def _events_of(self, changes: Changes, groups: list[dict[str, Any]]) -> Iterator[bytes]:
        now = self.now()
        held = set(self.view.names(now))
        contents = {
            "queues": [self.view.summary(name, now) for name in changes.whole if name in held],
            "gone": [name for name in changes.whole if name and name not in held],
            "figures": [self.view.now(name, now) for name in changes.figures if name in held],
            "groups": groups,
        }
        yield from (_event(kind, content) for kind, content in contents.items() if content)
        if changes.breaches:
            yield _event("breaches", self.view.breaches())
        yield _event("beat", self._beat())

    def _beat(self) -> dict[str, Any]:
        ok, text = self.health()
        now = self.now()
        troubles = "; ".join([*self.view.troubles.values(), *self.view.heartbeat.troubles(now)])
        return {"now": now, "ok": ok, "text": text, "recovering": self.view.recovering, "troubles": troubles}

    def _state(self) -> dict[str, Any]:
        now = self.now()
        return {
            "beat": self._beat(),
            "timezone": self.timezone,
            "queues": self.view.overview(now),
            "groups": self.view.groups.shown(),
            "breaches": self.view.breaches(),
            "items": {code: {"en": item.title, "zh": item.title_zh} for code, item in ITEMS.items()},
            "rules": rules_shown(),
            "formulas": FORMULAS,
            "can_acknowledge": self.can_acknowledge,
            "has_history": self.has_history,
            "follows_workers": self.view.follows_workers,
        }


def _event(name: str, content: object) -> bytes:
    # JSON has no line breaks of its own, so one data line carries it whole.
    return b"event: " + name.encode() + b"\ndata: " + _ENCODE(content) + b"\n\n"
