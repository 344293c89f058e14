"""The handlers of days gone by: a day's map, sums of a week or a month of days, a day's breaches, a month's quality."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from config.errors import UserError
from dashboards.wallboard.door.answers import fault
from dashboards.wallboard.past.breaches import breaches_of_day
from dashboards.wallboard.past.days import MOST_DAYS, PastDays
from dashboards.wallboard.quality_page import quality_of_month
from dashboards.wallboard.state import View
from streams.history.store import Store

__all__ = ["PastScreens", "date_of"]

_ENCODE: Final = msgspec.json.Encoder().encode
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998


def date_of(text: str) -> dt.date:
    """A date whose local midnights and past weeks are instants, too.

    Raises:
        ValueError: it is none.
    """
    date = dt.date.fromisoformat(text)
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        raise ValueError(text)
    return date


@dataclass(slots=True)
class PastScreens:
    """The handlers of days gone by."""

    view: View
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""
    store: Store | None = None
    _days: PastDays = field(init=False)

    def __post_init__(self) -> None:
        self._days = PastDays(self.view, self.store)

    def routes(self) -> list[web.RouteDef]:
        """Every route of days gone by."""
        return [
            web.get("/live/map", self.map),
            web.get("/live/days", self.days),
            web.get("/live/breaches", self.breaches),
            web.get("/live/quality", self.quality),
        ]

    async def map(self, request: web.Request) -> web.StreamResponse:
        """Every queue's intervals of a local `date`."""
        return await self._answer(request, "date", lambda date: {"queues": self._days.day(date)})

    async def days(self, request: web.Request) -> web.StreamResponse:
        """The sums of `count` days from the local date `first` on, by queue."""
        text = request.query.get("count", "7")
        if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
            return fault(request, 400, f"count: found {text!r}; give 1 to {MOST_DAYS} days")
        return await self._answer(request, "first", lambda date: self._days.days(date, int(text)))

    async def breaches(self, request: web.Request) -> web.StreamResponse:
        """The breaches that were open on a local `date`."""
        view, store = self.view, self.store
        return await self._answer(request, "date", lambda date: {"breaches": breaches_of_day(view, store, date)})

    async def quality(self, request: web.Request) -> web.StreamResponse:
        """Critical error accuracy of a `month`, by default the one so far; by program, without those not monitored."""
        store = self.store
        if store is None:
            return _json({"month": None, "programs": []})
        try:
            month = date_of(f"{request.query['month']}-15") if "month" in request.query else None
        except ValueError:
            return fault(request, 400, f"month: found {request.query['month']!r}; write it like 2026-03")
        zone = ZoneInfo(self.view.configuration.timezone)
        at = self.now() if month is None else round(dt.datetime.combine(month, dt.time(), zone).timestamp() * 1000)
        try:
            return _json(await asyncio.to_thread(quality_of_month, store, self.view.configuration, at))
        except UserError as error:
            return fault(request, 503, str(error))

    async def _answer(
        self, request: web.Request, name: str, read: Callable[[dt.date], dict[str, Any]]
    ) -> web.StreamResponse:
        """The findings of `read` for the date that the parameter `name` gives, read in a thread."""
        text = request.query.get(name, "")
        try:
            date = date_of(text)
        except ValueError:
            return fault(request, 400, f"{name}: found {text!r}; write it like 2026-03-02")
        try:
            found = read(date) if self.store is None else await asyncio.to_thread(read, date)
        except UserError as error:
            return fault(request, 503, str(error))
        return _json({"date": date.isoformat(), **found})


def _json(content: object) -> web.Response:
    response = web.Response(body=_ENCODE(content), content_type="application/json", charset="utf-8")
    response.enable_compression()
    return response
