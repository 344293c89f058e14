"""Writing into the journal: from the wallboard, from the command line, and by the signed link in a message.

An acknowledgement is of an incident, whichever of its breaches it names. Each way in proves who may write: the page's
CSRF token, the bearer's token, or a link's signature, which works once.
"""

import asyncio
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from aiohttp import web

from config.errors import UserError
from config.timestamps import rfc3339
from dashboards.wallboard.door.access import Access
from dashboards.wallboard.door.answers import body_of, fault
from dashboards.wallboard.state import View
from dashboards.wallboard.texts import STATIC
from streams.history.store import Store
from streams.journal.entry import CONTROLLABLE, Entry, entry
from streams.journal.link import Signer

__all__ = ["JournalPages"]

_FIELDS: Final = ("note", "cause", "controllable", "action", "outcome")
_NO_HISTORY: Final = "there is no history here that could keep it"
_EXPIRED: Final = "this link is not valid any more; ask for the wallboard, or for a newer message"


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request to write an entry."""

    by: str
    incident: str = ""
    breach_id: str = ""
    """Instead of the incident, one of its breaches, as the wallboard knows it."""
    note: str | None = None
    cause: str | None = None
    controllable: str | None = None
    action: str | None = None
    outcome: str | None = None


@dataclass(slots=True)
class JournalPages:
    """The addresses that write into the journal."""

    view: View
    access: Access
    now: Callable[[], int]
    """The driver's clock, milliseconds since 1970."""
    keep: Callable[[Entry], Entry] | None
    """Adds an entry to the journal; None: there is no history."""
    store: Store | None
    """History, which knows incidents that screens do not show any more."""
    signer: Signer | None
    """Checks links; None: there is no token, and no link."""

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.post("/live/acknowledge", self.from_page),
            web.post("/api/journal", self.from_command),
            web.get("/acknowledge", self.link),
            web.post("/acknowledge", self.by_link),
        ]

    async def from_page(self, request: web.Request) -> web.StreamResponse:
        """Write an entry for a page of the wallboard, which carries its CSRF token."""
        if not self.access.may_act(request):
            return fault(request, 403, "the page is out of date; load it again")
        return await self._write(request)

    async def from_command(self, request: web.Request) -> web.StreamResponse:
        """Write an entry for a command, which carries the token as bearer."""
        # A page of another site can post no JSON without being asked first.
        if request.content_type != "application/json":
            return fault(request, 400, "Content-Type: application/json is wanted")
        if self.access.needs_token and self.access.bearer(request) is None and not self.access.may_act(request):
            return fault(request, 403, "send Authorization: Bearer with the token")
        return await self._write(request)

    async def _write(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = msgspec.json.decode(await body_of(request, request.read), type=_Asked)
        except msgspec.DecodeError as error:
            return fault(request, 400, str(error))
        incident = await self._incident(asked.incident or asked.breach_id)
        if incident is None:
            return fault(request, 404, f"incident {asked.incident or asked.breach_id!r}: is not known here")
        if asked.controllable not in (None, *CONTROLLABLE):
            return fault(
                request, 400, f"controllable: found {asked.controllable!r}; allowed: {', '.join(CONTROLLABLE)}"
            )
        texts = {name: getattr(asked, name) for name in _FIELDS}
        try:
            found = entry(incident, asked.by, rfc3339(self.now()), **texts)
        except UserError as error:
            return fault(request, 400, str(error))
        return await self._kept(request, found)

    async def _kept(self, request: web.Request, found: Entry) -> web.StreamResponse:
        if self.keep is None:
            return fault(request, 503, _NO_HISTORY)
        try:
            placed = await asyncio.to_thread(self.keep, found)
        except UserError as error:
            return fault(request, 503, str(error))
        self.view.journal(placed)
        return web.json_response(placed)

    async def _incident(self, name: str) -> str | None:
        """The incident of an id of it, or of one of its breaches."""
        known = self.view.find_breach(name)
        if known is not None:
            return str(known.get("incident_id") or known["breach_id"])
        store = self.store
        if store is None:
            return None

        def find() -> str | None:
            with store.reading() as reader:
                return reader.incident_of(name)

        return await asyncio.to_thread(find)

    # --- the link in a message ----------------------------------------------------------------------

    async def link(self, request: web.Request) -> web.StreamResponse:
        """The form that a link opens; opening it does nothing, since mail filters open links."""
        asked = {name: request.query.get(name, "") for name in ("incident", "until", "signature")}
        if self._mark(asked) is None:
            return fault(request, 403, _EXPIRED)
        return self._form(asked, "")

    async def by_link(self, request: web.Request) -> web.StreamResponse:
        """Acknowledge by a link's form; once."""
        form = await body_of(request, request.post)
        asked = {name: str(value) for name, value in form.items()}
        mark = self._mark(asked)
        if mark is None:
            return fault(request, 403, _EXPIRED)
        if self.keep is None:
            return fault(request, 503, _NO_HISTORY)
        incident = await self._incident(asked["incident"]) or asked["incident"]
        try:
            at = rfc3339(self.now())
            found = entry(incident, asked.get("by", ""), at, note=asked.get("note"), link=mark)
            placed = await asyncio.to_thread(self.keep, found)
        except UserError as error:
            return self._form(asked, str(error), status=400)
        self.view.journal(placed)
        return web.Response(text=_page("acknowledged.html", by=placed["by"]), content_type="text/html", charset="utf-8")

    def _mark(self, asked: Mapping[str, str]) -> str | None:
        if self.signer is None:
            return None
        incident, until, signature = (asked.get(name, "") for name in ("incident", "until", "signature"))
        return self.signer.mark(incident, until, signature, self.now())

    def _form(self, asked: Mapping[str, str], problem: str, status: int = 200) -> web.Response:
        known = self.view.find_breach(asked["incident"])
        shown = asked["incident"] if known is None else str(known.get("title") or known["message"])
        values = {name: asked.get(name, "") for name in ("incident", "until", "signature", "by", "note")}
        text = _page("acknowledge.html", shown=shown, problem=problem, **values)
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _page(name: str, **values: str) -> str:
    """A page with each `{{name}}` replaced by its value, escaped for HTML."""
    text = (STATIC / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", html.escape(value))
    return text
