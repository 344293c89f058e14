"""`/api/whatif` and `/api/moves`: the rest of a day if something were otherwise, and who could help.

Both are answered from small inputs that whoever has the engines' state gives (`agents.projection.inputs`). The
arithmetic runs in a thread, so that five hundred possible donors never delay a browser.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiohttp import web

from agents.projection.advice import shown_moves, shown_what_if
from agents.projection.inputs import QueueAhead
from agents.projection.moves import moves_for
from agents.projection.whatif import UnknownQueueError, asked_of, what_if
from dashboards.wallboard.door.answers import fault

__all__ = ["AdvicePages", "Inputs"]

Inputs = Callable[[Sequence[str] | None], Awaitable[Mapping[str, QueueAhead]]]
"""Reads the knowledge about the rest of the day of some queues, by queue; None: of all."""
_ENCODE: Final = msgspec.json.Encoder().encode
_NAME_SHOWN: Final = 100


@dataclass(slots=True)
class AdvicePages:
    """The handlers.

    Args:
        inputs: of the queues; None: nothing is projected here.
        now: the driver's clock, milliseconds since 1970.
    """

    inputs: Inputs | None
    now: Callable[[], int]

    def routes(self) -> list[web.RouteDef]:
        """Every route of advice."""
        return [web.get("/api/whatif", self.what_if), web.get("/api/moves", self.moves)]

    async def what_if(self, request: web.Request) -> web.StreamResponse:
        """A queue's day, and that of the queue to which agents go, before and after a change."""

        async def answer(inputs: Inputs) -> dict[str, Any]:
            asked = asked_of(_parameters(request))
            known = await inputs([name for name in (asked.queue, asked.to) if name is not None])
            found = await asyncio.to_thread(what_if, known, asked, self.now())
            return shown_what_if(found)

        return await self._answer(request, answer)

    async def moves(self, request: web.Request) -> web.StreamResponse:
        """Who could help a queue at its next interval at risk."""

        async def answer(inputs: Inputs) -> dict[str, Any]:
            parameters = _parameters(request)
            for name in parameters:
                if name != "queue":
                    raise ValueError(f"{name[:_NAME_SHOWN]}: is no parameter; known is queue")
            if not parameters.get("queue"):
                raise ValueError("queue: is missing; name the queue")
            found = await asyncio.to_thread(moves_for, await inputs(None), parameters["queue"], self.now())
            return shown_moves(found)

        return await self._answer(request, answer)

    async def _answer(
        self, request: web.Request, answer: Callable[[Inputs], Awaitable[dict[str, Any]]]
    ) -> web.StreamResponse:
        if self.inputs is None:
            return fault(
                request, 404, "nothing is projected here: results come from history alone, when they are final"
            )
        try:
            body = _ENCODE(await answer(self.inputs))
        except UnknownQueueError as error:
            return fault(request, 404, error.args[0])
        except ValueError as error:
            return fault(request, 400, str(error))
        response = web.Response(body=body, content_type="application/json", charset="utf-8")
        response.enable_compression()
        return response


def _parameters(request: web.Request) -> dict[str, str]:
    """The query's parameters, each given once.

    Raises:
        ValueError: one is given twice.
    """
    query = request.query
    for name in query:
        if len(query.getall(name)) > 1:
            raise ValueError(f"{name[:_NAME_SHOWN]}: is given twice")
    return dict(query)
