"""`/api/whatif` and `/api/moves`: the rest of a day if something were otherwise, and who could help.

Both are answered from the inputs that workers tell of (`dashboards.wallboard.ahead.held`). The arithmetic runs in a
thread, so that five hundred possible donors never delay a browser.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from agents.projection.advice import shown_moves, shown_what_if
from agents.projection.inputs import QueueAhead
from agents.projection.moves import moves_for
from agents.projection.whatif import UnknownQueueError, asked_of, what_if
from dashboards.wallboard.door.answers import fault
from dashboards.wallboard.state import View

__all__ = ["AdvicePages"]

_ENCODE: Final = msgspec.json.Encoder().encode
_SHOWN: Final = 100
"""Characters of an unknown parameter that a message quotes."""


@dataclass(slots=True)
class AdvicePages:
    """The handlers of advice about the rest of the day."""

    view: View
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""

    def routes(self) -> list[web.RouteDef]:
        """Every route."""
        return [web.get("/api/whatif", self.what_if), web.get("/api/moves", self.moves)]

    async def what_if(self, request: web.Request) -> web.StreamResponse:
        """A queue's day, and that of the queue to which agents go, before and after a change."""

        async def answer(parameters: dict[str, str]) -> dict[str, Any]:
            asked = asked_of(parameters)
            known = {name: self._known(name) for name in (asked.queue, asked.to) if name is not None}
            return shown_what_if(await asyncio.to_thread(what_if, known, asked, self.now()))

        return await _answered(request, answer)

    async def moves(self, request: web.Request) -> web.StreamResponse:
        """Who could help a queue at its next interval at risk."""

        async def answer(parameters: dict[str, str]) -> dict[str, Any]:
            for name in parameters:
                if name != "queue":
                    raise ValueError(f"{name[:_SHOWN]}: is no parameter; known is queue")
            queue = parameters.get("queue", "")
            if not queue:
                raise ValueError("queue: is missing; name the queue")
            self._known(queue)
            return shown_moves(await asyncio.to_thread(moves_for, self.view.outlooks.every(), queue, self.now()))

        return await _answered(request, answer)

    def _known(self, queue: str) -> QueueAhead:
        """The inputs of a queue.

        Raises:
            UnknownQueueError: there are none here.
        """
        if not self.view.knows(queue):
            raise UnknownQueueError(f"queue {queue!r}: is not known here")
        inputs = self.view.outlooks.inputs(queue)
        if inputs is None:
            raise UnknownQueueError(f"queue {queue!r}: no worker has told of the rest of its day yet")
        return inputs


async def _answered(
    request: web.Request, answer: Callable[[dict[str, str]], Awaitable[dict[str, Any]]]
) -> web.StreamResponse:
    """The answer as JSON; 400 and 404 in one line for a bad question."""
    query = request.query
    for name in query:
        if len(query.getall(name)) > 1:
            return fault(request, 400, f"{name[:_SHOWN]}: is given twice")
    try:
        body = _ENCODE(await answer(dict(query)))
    except UnknownQueueError as error:
        return fault(request, 404, str(error))
    except ValueError as error:
        return fault(request, 400, str(error))
    response = web.Response(body=body, content_type="application/json", charset="utf-8")
    response.enable_compression()
    return response
