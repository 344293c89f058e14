"""Answers to requests that make no sense, and to faults of our own: a status and a line, never a traceback.

A network sends bytes that are no text, hosts that are no names and bodies that never come. Handlers see none of it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from config.errors import UserError
from dashboards.wallboard.door.connections import GATE

__all__ = ["HTTP_LOG", "answer_sensibly", "answered", "body_of", "fault"]

T = TypeVar("T")
_Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
log: Final = logging.getLogger("intervalwatch.web")
HTTP_LOG: Final = logging.getLogger("intervalwatch.http")
"""The log of the HTTP library: each fault is a line, and a client's own faults are none."""

_READ_HEADERS: Final = ("Host", "Authorization", "Cookie", "X-CSRF-Token", "Content-Type")
_BODY_SECONDS: Final = 10.0
_TOO_LONG_SHOWN: Final = 200


def _as_a_line(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        return False  # the client is told with 400
    if error is not None:
        record.msg, record.args = f"{record.getMessage()}: {error!r}", ()
    record.exc_info = record.exc_text = None
    return True


HTTP_LOG.addFilter(_as_a_line)


def fault(request: web.Request, status: int, reason: str, **headers: str) -> web.Response:
    """An answer that says what is wrong: JSON where scripts and pages ask, else a line of text."""
    reason = reason.encode("utf-8", "replace").decode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if request.rel_url.raw_path.startswith(("/api/", "/live/")):
        return web.json_response({"error": reason}, status=status, headers=named)
    return web.Response(text=f"{reason}\n", status=status, headers=named)


@web.middleware
async def answer_sensibly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The middleware that answers 400 to what is no text, and lets no fault through as a traceback."""
    reason = _nonsense(request)
    if reason is not None:
        return fault(request, 400, reason)
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except (ConnectionError, ClientPayloadError, web.RequestPayloadError, TimeoutError):
        return _cut_off(request)
    except UserError as error:
        return fault(request, 503, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours is a line in the log and 500, and the server goes on
        log.error("%s %.200s: %r", request.method, request.raw_path, error)  # noqa: TRY400 - a line, no traceback
        if request.writer.output_size > 0:
            return _cut_off(request)
        return fault(request, 500, "this is a fault of the program, not yours; its log says more")


def answered(handle: _Handle) -> _Handle:
    """`handle` of a whole application, which answers 400 to bytes that fail before any middleware is asked."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handle(request)
        except UnicodeError:
            return web.Response(status=400, text="a header is not UTF-8\n")

    return answer


async def body_of(request: web.Request, read: Callable[[], Awaitable[T]]) -> T:
    """The body of a request, read by `read` (`request.read` or `request.post`).

    Raises:
        web.HTTPRequestTimeout: it did not come in time.
        web.HTTPBadRequest: it is not what its headers say.
    """
    try:
        with _waiting(request):
            async with asyncio.timeout(_BODY_SECONDS):
                return await read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"the body did not come within {_BODY_SECONDS:g} s\n") from None
    except (ValueError, LookupError, AssertionError, web.RequestPayloadError):
        # The parsers of aiohttp say so: bytes that are no text, an unknown charset, parts without an end.
        raise web.HTTPBadRequest(text="the body is not what its headers say\n") from None


@contextmanager
def _waiting(request: web.Request) -> Iterator[None]:
    gate = request.app.get(GATE)
    if gate is None:
        yield
        return
    with gate.waiting(request.transport):
        yield


def _cut_off(request: web.Request) -> web.Response:
    """End a connection whose client left, or that is in the middle of an answer which cannot be finished."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=400)


def _nonsense(request: web.Request) -> str | None:
    try:
        request.raw_path.encode()
        path = unquote_to_bytes(request.raw_path).decode()
        for name in _READ_HEADERS:
            for value in request.headers.getall(name, ()):
                value.encode()
    except UnicodeError:
        return "the address or a header is not UTF-8"
    if "\0" in path:
        return "the address holds a NUL character"
    try:
        host = urlsplit(f"//{request.host}")
        _ = host.hostname, host.port
    except ValueError:
        return f"Host: {request.host[:_TOO_LONG_SHOWN]!r} is no host"
    return None
