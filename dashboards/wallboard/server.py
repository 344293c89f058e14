"""The web server of `worker`, `web` and `demo`: wallboard, metrics, health and the history API on one port.

It binds to loopback by default. On any other address it refuses to start without a token, so that figures about
people's work are not open to the network by accident.
"""

import errno
from collections.abc import Callable

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from config.errors import UserError
from dashboards.wallboard.access import Access, harden, is_loopback, secure
from dashboards.wallboard.api import rows_of
from dashboards.wallboard.events import EventStream
from dashboards.wallboard.pages import Screens
from dashboards.wallboard.state import View
from streams.history.store import Store

__all__ = ["LOOPBACK", "TOKEN_VARIABLE", "make_app", "serve"]

LOOPBACK = "127.0.0.1"
TOKEN_VARIABLE = "INTERVALWATCH_TOKEN"  # noqa: S105 - the variable's name, not a token
_TOKEN = web.AppKey("has_token", bool)


def make_app(
    view: View,
    *,
    health: Callable[[], tuple[bool, str]],
    now: Callable[[], int],
    registry: CollectorRegistry = REGISTRY,
    metrics: Callable[[], bytes] | None = None,
    store: Store | None = None,
    token: str | None = None,
    acknowledge: Callable[[str, str, str, str | None], object] | None = None,
    timezone: str = "UTC",
    language: str = "en",
) -> web.Application:
    """The web application with all its routes.

    Args:
        view: the state that screens show.
        health: whether results flow, and a line that says so (`ok`, or why not).
        now: the driver's clock, milliseconds since 1970.
        registry: the metrics of `/metrics`.
        metrics: makes the text of `/metrics` (`agents.live.metrics.collector.metrics_page`); None: that of `registry`.
        store: history, for `/api` and past days; None: `/api` answers from the view.
        token: `INTERVALWATCH_TOKEN`; None: only this machine is served.
        acknowledge: stores an acknowledgement (breach_id, by, at, note) and is called in a thread. None: the store's
            `write_acknowledgement`; without a store nobody can acknowledge.
        timezone: IANA name of the wallboard's clock.
        language: en or zh, for a browser that has not chosen.
    """
    access = Access(token or None)
    if acknowledge is None and store is not None:
        acknowledge = store.write_acknowledgement
    screens = Screens(view, access, now, language, store, acknowledge)
    events = EventStream(view, health, now, timezone, acknowledge is not None, store is not None)
    app = web.Application(middlewares=[secure(access)], client_max_size=64 * 1024)
    app[_TOKEN] = access.needs_token

    async def healthz(_: web.Request) -> web.Response:
        fine, text = health()
        return web.Response(text=f"{text}\n", status=200 if fine else 503)

    async def scraped(_: web.Request) -> web.Response:
        text = generate_latest(registry) if metrics is None else metrics()
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def end_pushes(_: web.Application) -> None:
        events.closing.set()

    app.add_routes(
        [
            *screens.routes(),
            web.get("/events", events.handle),
            web.get("/healthz", healthz),
            web.get("/metrics", scraped),
            web.get("/api/intervals", rows_of("intervals", view, store)),
            web.get("/api/breaches", rows_of("breaches", view, store)),
        ]
    )
    app.on_response_prepare.append(harden)
    app.on_shutdown.append(end_pushes)
    return app


async def serve(app: web.Application, host: str = LOOPBACK, port: int = 6066) -> web.AppRunner:
    """Start the server; `await runner.cleanup()` stops it.

    Raises:
        UserError: the address is not this machine's own and there is no token, or it cannot be bound.
    """
    if not is_loopback(host) and not app[_TOKEN]:
        raise UserError(
            f"--host {host}: other machines could read the wallboard; set {TOKEN_VARIABLE} to a long random text, "
            f"or leave the server on {LOOPBACK}"
        )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        taken = error.errno == errno.EADDRINUSE
        why = "is in use" if taken else f"cannot be bound ({error.strerror or error})"
        raise UserError(f"{host}:{port}: {why}; choose another --port") from error
    return runner
