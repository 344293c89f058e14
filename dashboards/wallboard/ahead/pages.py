"""`/api/projection`: the rest of a queue's day, for screens and scripts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from agents.projection.shown import shown
from dashboards.wallboard.door.answers import fault
from dashboards.wallboard.state import View

__all__ = ["AheadPages"]

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class AheadPages:
    """The handlers of the rest of the day."""

    view: View
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""

    def routes(self) -> list[web.RouteDef]:
        """Every route."""
        return [web.get("/api/projection", self.projection)]

    async def projection(self, request: web.Request) -> web.StreamResponse:
        """The rest of one queue's day (docs/projections.md)."""
        for name in request.query:
            if name != "queue":
                return fault(request, 400, f"{name}: is not known here; write ?queue=NAME")
        queue = request.query.get("queue", "")
        if not self.view.knows(queue):
            return fault(request, 404, f"queue {queue!r}: is not known here")
        projection = self.view.outlooks.of(queue, self.now())
        if projection is None:
            return fault(request, 404, f"queue {queue!r}: no worker has told of the rest of its day yet")
        response = web.Response(body=_ENCODE(shown(projection)), content_type="application/json", charset="utf-8")
        response.enable_compression()
        return response
