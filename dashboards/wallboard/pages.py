"""The handlers of the wallboard's pages: the page itself, the login, a queue's day, an interval.

Addresses below `/live/` belong to the pages and may change with them; scripts use `/api/`.
"""

import asyncio
import datetime as dt
import functools
import html
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.control_limits import Usual, control_limits, days_of_past
from dashboards.wallboard.door.access import CHART_POLICY, Access, GuessingError, too_many_guesses
from dashboards.wallboard.door.answers import body_of, fault
from dashboards.wallboard.door.files import OwnFiles
from dashboards.wallboard.figures import figures, sigma
from dashboards.wallboard.past.at_once import at_once
from dashboards.wallboard.past.pages import date_of
from dashboards.wallboard.state import View
from dashboards.wallboard.texts import STATIC, catalogue, language_of
from streams.history.query import Filters
from streams.history.store import Store

__all__ = ["Screens"]

_ENCODE: Final = msgspec.json.Encoder().encode
_FIRST: Final = (
    "ahead compact day_bars dom format groups hero journal labels live main overview rounding router row texts views"
)
"""The scripts that the first screen is drawn with: they are asked for at once, imports alone would come in turn."""
_MOST_ROWS: Final = 10_000


@dataclass(slots=True)
class Screens:
    """The handlers of the wallboard's pages."""

    view: View
    access: Access
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""
    language: str | None
    """The language of a browser that has not chosen: en or zh; None: the one it asks for."""
    store: Store | None = None

    def routes(self) -> list[web.RouteDef]:
        """Every route of the pages."""
        return [
            web.get("/", self.page),
            web.get("/login", self.login_page),
            web.post("/login", self.login),
            web.get("/live/day", self.day),
            web.get("/api/concurrency", self.concurrency),
            web.get("/live/interval", self.interval),
            web.get("/static/plotly.min.js", self.plotly),
            *own_files().routes(),
        ]

    # --- pages --------------------------------------------------------------------------------------

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The wallboard: one page, whose views have addresses after `#`."""
        response = web.Response(content_type="text/html", charset="utf-8")
        response.headers["Content-Security-Policy"] = CHART_POLICY
        response.text = self._fill(request, "index.html", csrf=self.access.admit(request, response))
        return response

    async def login_page(self, request: web.Request) -> web.StreamResponse:
        """The page that asks for the token."""
        return self._login(request, 200, failed=False)

    async def login(self, request: web.Request) -> web.StreamResponse:
        """Check the token, and start a session."""
        form = await body_of(request, request.post)
        token = form.get("token")
        try:
            if not isinstance(token, str) or not await self.access.right(token.strip()):
                return self._login(request, 403, failed=True)
        except GuessingError:
            return too_many_guesses(request)
        response = web.Response(status=303, headers={"Location": "/"})
        self.access.admit(request, response)
        return response

    def _login(self, request: web.Request, status: int, *, failed: bool) -> web.Response:
        text = self._fill(request, "login.html", failed="failed" if failed else "asked")
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")

    def _fill(self, request: web.Request, name: str, **values: str) -> str:
        """A page with each `{{name}}` replaced by its value, escaped for HTML."""
        text = (STATIC / name).read_text(encoding="utf-8").replace("{{preloads}}", _preloads())
        language = self.language or language_of(request.headers.get("Accept-Language", ""))
        static = own_files().address("").rstrip("/")
        for key, value in {"language": language, "static": static, **values}.items():
            text = text.replace("{{" + key + "}}", html.escape(value))
        return text

    async def plotly(self, _: web.Request) -> web.StreamResponse:
        """The chart library from the installed plotly wheel."""
        found = _plotly()
        if found is None:
            raise web.HTTPNotFound(text="the chart library is not installed: pip install plotly\n")
        return web.FileResponse(found, headers={"Cache-Control": "private, max-age=86400"})

    # --- one queue's day, one interval --------------------------------------------------------------

    async def day(self, request: web.Request) -> web.StreamResponse:
        """A queue's local day: the latest result of every interval, and the day's breaches."""
        found = await self._day_asked(request)
        if isinstance(found, web.Response):
            return found
        queue, date, rows = found
        settings = self.view.settings_of_day(queue, date, rows)
        level, rule = settings.service_level, settings.rules["service_level_unusual"]
        return _json(
            {
                "queue": queue,
                "program": settings.program,
                "date": date.isoformat(),
                "begin_ms": from_rfc3339(self.view.bounds(queue, date)[0]),
                "timezone": settings.timezone,
                "definition": level.definition,
                "threshold_seconds": level.threshold_ms / 1000,
                "target": level.target,
                "range": level.range,
                "rows": rows,
                "final_ms": {row["interval_start"]: self._final_ms(row) for row in rows if not row["revision"]},
                "sigmas": [sigma(row, self.view.settings_at(row)) for row in rows],
                "usual": [one._asdict() for one in await self._usual(queue, date, rows)],
                "min_points": rule.parameters["min_points"],
                "volume_z": settings.rules["volume_variance"].parameters["z"],
                "breaches": [breach for breach in self.view.breaches() if breach["queue"] == queue],
                "at_once": self._at_once(queue, date, rows),
            }
        )

    async def concurrency(self, request: web.Request) -> web.StreamResponse:
        """How many contacts an agent of a queue serves at once on a local day: the setting, and what was reached."""
        for name in request.query:
            if name not in {"queue", "date"}:
                return fault(request, 400, f"{name}: is not known here; write ?queue=NAME&date=2026-03-02")
        found = await self._day_asked(request)
        if isinstance(found, web.Response):
            return found
        queue, date, rows = found
        program = self.view.settings_of_day(queue, date, rows).program
        of_day = {"program": program, "queue": queue, "date": date.isoformat()}
        return _json(of_day | {"concurrency": self._at_once(queue, date, rows)})

    async def _day_asked(self, request: web.Request) -> tuple[str, dt.date, list[dict[str, Any]]] | web.Response:
        """The queue, the local date (without one, the newest that it has data of) and its rows; or what is wrong."""
        queue = request.query.get("queue", "")
        if not self.view.knows(queue):
            return fault(request, 404, f"queue {queue!r}: is not known here")
        try:
            date = date_of(request.query["date"]) if "date" in request.query else None
        except ValueError:
            return fault(request, 400, f"date: found {request.query['date']!r}; write it like 2026-03-02")
        date = date or self.view.day_shown(queue, self.now())
        rows = self.view.day(queue, date)
        if rows is None or (not rows and self.store is not None):
            rows = await self._from_history(queue, *self.view.bounds(queue, date))
        return queue, date, rows

    def _at_once(self, queue: str, date: dt.date, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
        begin, end = (from_rfc3339(bound) for bound in self.view.bounds(queue, date))
        inputs = self.view.outlooks.of_day(queue, begin, end)
        return at_once(rows, self.view.settings_of_day(queue, date, rows), self.view.settings_at, inputs)

    async def interval(self, request: web.Request) -> web.StreamResponse:
        """An interval: all its revisions, the causes of its deviation from plan, its breaches."""
        queue, start = request.query.get("queue", ""), request.query.get("start", "").replace(" ", "+")
        try:
            start_ms = from_rfc3339(start)
            after = rfc3339(start_ms + 1)
        except (ValueError, OverflowError):
            return fault(request, 400, f"start: found {start!r}; write it like 2026-03-02T01:00:00Z")
        start = rfc3339(start_ms)
        rows = self.view.interval(queue, start_ms)
        if not rows and self.store is not None:
            rows = await self._from_history(queue, start, after, latest_only=False)
        if not rows:
            return fault(request, 404, f"queue {queue!r}, interval {start}: there is no result of it here")
        settings = self.view.settings_at(rows[-1])
        level = settings.service_level
        named = set(str(rows[-1]["breaches"] or "").split(";"))
        return _json(
            {
                "rows": rows,
                "final_ms": self._final_ms(rows[-1]),
                "timezone": settings.timezone,
                "causes": self.view.causes(rows[-1]),
                "sigma": sigma(rows[-1], settings),
                "target": level.target,
                "range": level.range,
                "breaches": [
                    breach
                    for breach in self.view.breaches()
                    if breach["breach_id"] in named or (breach["queue"] == queue and breach["interval_start"] == start)
                ],
            }
        )

    def _final_ms(self, row: dict[str, Any]) -> int:
        """When an interval becomes final where data keep coming, milliseconds since 1970."""
        return int(figures(row, self.view.settings_at(row))["final_ms"])

    async def _usual(self, queue: str, date: dt.date, rows: list[dict[str, Any]]) -> list[Usual]:
        """The control limits of a day's intervals, from history, or without one from the days held."""
        if not rows:
            return []
        versions = self.view.configuration.queue(queue, rows[-1]["program"])
        begin, _ = self.view.bounds(queue, date - dt.timedelta(days=days_of_past(date)))
        end = rows[-1]["interval_start"]

        store = self.store
        if store is None:
            return control_limits(self.view.results(queue), rows, versions, self.view.settings_at)

        def find() -> list[Usual]:
            batches = store.results(Filters(start=begin, end=end, queue=queue))
            past = [row for batch in batches for row in batch if row["revision"] == 1]
            return control_limits(sorted(past, key=itemgetter("interval_start")), rows, versions, self.view.settings_at)

        return await asyncio.to_thread(find)

    async def _from_history(
        self, queue: str, start: str, end: str, *, latest_only: bool = True
    ) -> list[dict[str, Any]]:
        store = self.store
        if store is None:
            return []

        def read() -> list[dict[str, Any]]:
            filters = Filters(start=start, end=end, queue=queue, latest_only=latest_only)
            rows = [row for batch in store.results(filters) for row in batch]
            return sorted(rows, key=lambda row: (row["interval_start"], row["revision"]))[:_MOST_ROWS]

        return await asyncio.to_thread(read)


@functools.cache
def own_files() -> OwnFiles:
    """Every file of the wallboard, and its words (`texts.json`)."""
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix != ".html"}
    return OwnFiles({**files, "texts.json": _ENCODE(catalogue())})


@functools.cache
def _preloads() -> str:
    address = own_files().address
    scripts = "".join(f'<link rel="modulepreload" href="{address(name)}.js">\n' for name in _FIRST.split())
    return f'<link rel="preload" href="{address("texts.json")}" as="fetch" crossorigin>\n{scripts}'


@functools.cache
def _plotly() -> Path | None:
    """`plotly.min.js` of the installed wheel, found without importing plotly."""
    spec = find_spec("plotly")
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    found = [Path(place, "package_data", "plotly.min.js") for place in places]
    return next((path for path in found if path.is_file()), None)


def _json(content: object) -> web.Response:
    response = web.Response(body=_ENCODE(content), content_type="application/json", charset="utf-8")
    response.enable_compression()
    return response
