"""Who may look, and who may press a button: token, session cookie, CSRF token, and headers that browsers obey.

On the machine itself no password is asked; but a web page opened elsewhere in the same browser must neither
read figures (DNS rebinding: so the Host header is looked at) nor acknowledge a breach (so a CSRF token is
asked). Bound to any other address, everything but the health check needs the token.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

__all__ = ["CHART_POLICY", "COOKIE", "CSRF_HEADER", "Access", "harden", "is_loopback", "secure"]

COOKIE: Final = "intervalwatch"
CSRF_HEADER: Final = "X-CSRF-Token"
_PUBLIC: Final = ("/healthz", "/login", "/static/")
"""What shows no figure, and is open to everyone."""
_SESSION_SECONDS: Final = 30 * 86_400
_PAUSE_SECONDS: Final = 0.5
"""After a wrong token, one at a time: guessing stays hopeless."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """Sessions without a store: a cookie is a random name and its signature.

    Args:
        token: what `INTERVALWATCH_TOKEN` holds; None where only this machine can connect.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._key = secrets.token_bytes()
        if token is not None:
            self._key = hashlib.sha256(f"intervalwatch session {token}".encode()).digest()
        self._pause = asyncio.Lock()

    @property
    def needs_token(self) -> bool:
        """Whether the token is asked for."""
        return self._token is not None

    async def right(self, token: str) -> bool:
        """Whether this is the token; a wrong one takes a while."""
        if self._token is not None and hmac.compare_digest(token.encode(), self._token.encode()):
            return True
        async with self._pause:
            await asyncio.sleep(_PAUSE_SECONDS)
        return False

    def admit(self, request: web.Request, response: web.StreamResponse) -> str:
        """Give the browser a session if it has none, and return the session's CSRF token."""
        session = self._session(request)
        if session is None:
            name = secrets.token_urlsafe(18)
            session = f"{name}.{self._sign('session', name)}"
            response.set_cookie(
                COOKIE,
                session,
                max_age=_SESSION_SECONDS,
                httponly=True,
                samesite="Strict",
                secure=request.secure,
                path="/",
            )
        return self._sign("csrf", session)

    def may_look(self, request: web.Request) -> bool:
        """Whether the request carries the session of a login, or the token as bearer."""
        if self._token is None or self._session(request) is not None:
            return True
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode())

    def may_act(self, request: web.Request) -> bool:
        """Whether the request comes from a page of ours: session cookie and its CSRF token."""
        session = self._session(request)
        given = request.headers.get(CSRF_HEADER, "")
        return session is not None and hmac.compare_digest(given.encode(), self._sign("csrf", session).encode())

    def _session(self, request: web.Request) -> str | None:
        session = request.cookies.get(COOKIE, "")
        name, _, signature = session.partition(".")
        right = hmac.compare_digest(signature.encode(), self._sign("session", name).encode())
        return session if name and right else None

    def _sign(self, purpose: str, name: str) -> str:
        return hmac.new(self._key, f"{purpose} {name}".encode(), hashlib.sha256).hexdigest()


_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CHART_POLICY: Final = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""Of the page with charts: the chart library styles its elements itself. Scripts stay our own files."""


def secure(access: Access) -> Middleware:
    """The middleware that turns strangers away and sets the headers of every answer."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not access.needs_token and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            return _refuse(request, 403, "this server answers to localhost only; set INTERVALWATCH_TOKEN to open it")
        public = any(request.path == path or (path[-1] == "/" and request.path.startswith(path)) for path in _PUBLIC)
        if not public and not access.may_look(request):
            if request.path == "/":
                raise web.HTTPSeeOther("/login")
            return _refuse(request, 401, "log in at /login, or send Authorization: Bearer with INTERVALWATCH_TOKEN")
        return await handler(request)

    return guard


def _refuse(request: web.Request, status: int, reason: str) -> web.Response:
    headers = {"WWW-Authenticate": 'Bearer realm="intervalwatch"'} if status == 401 else {}
    if request.path.startswith(("/api/", "/live/")):
        return web.json_response({"error": reason}, status=status, headers=headers)
    return web.Response(text=f"{reason}\n", status=status, headers=headers)


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that browsers obey, on errors and streams too (a signal, before anything is sent)."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
