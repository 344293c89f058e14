"""Access to the web server: token, session cookie, CSRF token, and the headers that browsers obey.

A server bound to loopback asks for no password. A web page opened elsewhere in the same browser must still neither
read figures (DNS rebinding, so the Host header is checked) nor acknowledge a breach (so a CSRF token is required).
A server bound to another address shows no figure without the token.
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

from config.errors import UserError
from dashboards.wallboard.door.answers import fault

__all__ = ["CHART_POLICY", "COOKIE", "CSRF_HEADER", "LEAST_TOKEN", "TOKEN_VARIABLE", "Access", "GuessingError"]
__all__ += ["harden", "is_loopback", "secure", "too_many_guesses"]

TOKEN_VARIABLE: Final = "INTERVALWATCH_TOKEN"  # noqa: S105 - the variable's name, not a token
LEAST_TOKEN: Final = 16
"""Characters that a token has at least."""

COOKIE: Final = "intervalwatch"
CSRF_HEADER: Final = "X-CSRF-Token"
_PUBLIC: Final = ("/healthz", "/readyz", "/login", "/acknowledge", "/static/")
"""Addresses open to everyone; they show no figure, but `/acknowledge`, which a signed link proves."""
_SESSION_SECONDS: Final = 30 * 86_400
_PAUSE_SECONDS: Final = 0.5
"""Delay after a wrong token; attempts wait for each other, so guessing is hopeless."""
_MOST_GUESSES: Final = 20
"""Wrong tokens that may wait for their answer; more are refused at once (429)."""


class GuessingError(Exception):
    """More wrong tokens came than are answered."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Access:
    """The check of tokens and sessions. A session is not stored: its cookie is a random name and a signature.

    Args:
        token: the value of `INTERVALWATCH_TOKEN`; None where only this machine can connect.

    Raises:
        UserError: the token is shorter than 16 characters.
    """

    def __init__(self, token: str | None) -> None:
        if token is not None and len(token) < LEAST_TOKEN:
            raise UserError(
                f"{TOKEN_VARIABLE}: has {len(token)} characters and can be guessed; use {LEAST_TOKEN} or more, "
                f"such as those that `openssl rand -hex 32` prints"
            )
        self._token = token
        self._key = secrets.token_bytes()
        if token is not None:
            self._key = hashlib.sha256(f"intervalwatch session {token}".encode()).digest()
        self._pause = asyncio.Lock()
        self._guesses = 0

    @property
    def needs_token(self) -> bool:
        """Whether requests need the token."""
        return self._token is not None

    async def right(self, token: str) -> bool:
        """Whether `token` is the right one; the answer to a wrong one is delayed.

        Raises:
            GuessingError: too many wrong ones wait for their answer.
        """
        if self._token is not None and _same(token, self._token):
            return True
        if self._guesses >= _MOST_GUESSES:
            raise GuessingError
        self._guesses += 1
        try:
            async with self._pause:
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._guesses -= 1
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
        given = self.bearer(request)
        return given is not None and _same(given, self._token)

    def bearer(self, request: web.Request) -> str | None:
        """The token that the request carries as bearer, right or wrong; None: it carries none."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return given.strip() if scheme.lower() == "bearer" else None

    def may_act(self, request: web.Request) -> bool:
        """Whether the request carries a session cookie and its CSRF token, as the wallboard's own pages do."""
        session = self._session(request)
        given = request.headers.get(CSRF_HEADER, "")
        return session is not None and _same(given, self._sign("csrf", session))

    def _session(self, request: web.Request) -> str | None:
        session = request.cookies.get(COOKIE, "")
        name, _, signature = session.partition(".")
        right = _same(signature, self._sign("session", name))
        return session if name and right else None

    def _sign(self, purpose: str, name: str) -> str:
        return hmac.new(self._key, _bytes(f"{purpose} {name}"), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    # A form may hold half a surrogate, which UTF-8 has no bytes for.
    return text.encode("utf-8", "replace")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(_bytes(given), _bytes(right))


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
"""The policy of the page with charts, whose library sets styles on elements. Scripts still come from our own files."""


def secure(access: Access) -> Middleware:
    """The middleware that refuses requests without access."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not access.needs_token and not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            return fault(request, 403, "this server answers to localhost only; set INTERVALWATCH_TOKEN to open it")
        public = any(request.path == path or (path[-1] == "/" and request.path.startswith(path)) for path in _PUBLIC)
        if not public and not access.may_look(request):
            if request.path == "/":
                raise web.HTTPSeeOther("/login")
            given = access.bearer(request)
            if given is not None:
                try:
                    await access.right(given)
                except GuessingError:
                    return too_many_guesses(request)
            return fault(
                request,
                401,
                f"log in at /login, or send Authorization: Bearer with {TOKEN_VARIABLE}",
                WWW_Authenticate='Bearer realm="intervalwatch"',
            )
        return await handler(request)

    return guard


def too_many_guesses(request: web.Request) -> web.Response:
    """The answer to a wrong token while many others wait for theirs."""
    return fault(request, 429, "too many wrong tokens; wait a little", Retry_After="10")


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Set security headers on every response, errors and streams included (aiohttp's signal `on_response_prepare`)."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
