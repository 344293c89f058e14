"""The addresses that Alertmanager posts to: one a person, one for the wallboard, one for its being alive."""

import logging
from collections.abc import Callable, MutableMapping, Sequence
from typing import Final

import aiohttp
from aiohttp import web

from config.channels import Channel
from config.errors import UserError
from config.notify import NotifySettings
from dashboards.wallboard.door.answers import body_of, fault
from dashboards.wallboard.relay.notification import Notification, notification_of
from dashboards.wallboard.relay.sending import send

__all__ = ["Relay"]

_MOST_BYTES: Final = 4 << 20
log = logging.getLogger("intervalwatch.web")


class Relay:
    """Translates notifications and passes them on; it keeps nothing.

    Args:
        notify: people and their channels.
        troubles: titles of troubles of alerting itself, by key, which the wallboard shows; kept up to date.
        heard: told that Alertmanager lives.
    """

    def __init__(self, notify: NotifySettings, troubles: MutableMapping[str, str], heard: Callable[[], object]) -> None:
        self._notify = notify
        self._troubles = troubles
        self._heard = heard
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.post("/api/relay/{person}", self.relay),
            web.post("/api/troubles", self.troubles),
            web.post("/api/heartbeat", self.heartbeat),
        ]

    async def close(self, _: web.Application) -> None:
        """End its connections."""
        if self._session is not None:
            await self._session.close()

    async def relay(self, request: web.Request) -> web.StreamResponse:
        """Send a notification by a person's channel; 502 where the service does not take it, so that it comes again."""
        person = self._notify.people.get(request.match_info["person"])
        if person is None:
            return fault(request, 404, "nobody of this name is to be told; see notify.people")
        wanted = request.query.get("channel")
        channels = [each for each in person.channels if each.kind != "email" and wanted in (None, each.kind)]
        if not channels:
            return fault(request, 404, f"{person.name} has no such channel; see notify.people")
        try:
            said = notification_of(await self._body(request), person.language)
        except ValueError as error:
            return fault(request, 400, str(error))
        return await self._sent(request, person.name, channels, said)

    async def _sent(
        self, request: web.Request, name: str, channels: Sequence[Channel], said: Notification
    ) -> web.StreamResponse:
        """Send by each channel; 502 with the reasons where one does not take it."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        reasons: list[str] = []
        for channel in channels:
            try:
                await send(self._session, channel, said)
            except UserError as error:
                log.error("relay to %s by %s", name, error)  # noqa: TRY400 - a line, no traceback
                reasons.append(str(error))
        if reasons:
            return fault(request, 502, "; ".join(reasons))
        return web.json_response({"sent": [channel.kind for channel in channels]})

    async def heartbeat(self, request: web.Request) -> web.StreamResponse:
        """Take Alertmanager's word that it lives, and pass it on to who watches from outside."""
        try:
            said = notification_of(await self._body(request), "en")
        except ValueError as error:
            return fault(request, 400, str(error))
        self._heard()
        outside = self._notify.heartbeat
        return await self._sent(request, "heartbeat", () if outside is None else (outside,), said)

    async def troubles(self, request: web.Request) -> web.StreamResponse:
        """Take the troubles of alerting itself, for the wallboard."""
        try:
            said = notification_of(await self._body(request), "en")
        except ValueError as error:
            return fault(request, 400, str(error))
        if said.status == "firing":
            self._troubles[said.key] = said.title
        else:
            self._troubles.pop(said.key, None)
        return web.json_response({"shown": said.status == "firing"})

    @staticmethod
    async def _body(request: web.Request) -> bytes:
        """The body of a request of Alertmanager.

        Raises:
            ValueError: it is none.
        """
        # A page of another site can post no JSON without being asked first.
        if request.content_type != "application/json":
            raise ValueError("Content-Type: application/json is wanted")
        request._client_max_size = _MOST_BYTES  # noqa: SLF001 - a storm of alerts is larger than a form
        return await body_of(request, request.read)
