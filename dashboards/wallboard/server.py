"""The web server of `worker`, `web` and `demo`: wallboard, metrics, health and the history API behind one door.

It binds to this machine unless told otherwise, and elsewhere it refuses to start without a token: figures
about people's work do not belong on an open port by accident.
"""

import errno
from collections.abc import Callable

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from config.errors import UserError
from dashboards.wallboard.access import Access, harden, is_loopback, secure
from dashboards.wallboard.api import rows_of
from dashboards.wallboard.pages import Screens
from dashboards.wallboard.state import View
from streams.history.store import Store

__all__ = ["LOOPBACK", "TOKEN_VARIABLE", "make_app", "serve"]

LOOPBACK = "127.0.0.1"
TOKEN_VARIABLE = "INTERVALWATCH_TOKEN"  # noqa: S105 - the variable's name, not a token
_SCREENS = web.AppKey("screens", Screens)
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
    """The application.

    Args:
        view: what is on the screens.
        health: whether results flow, and a line that says so (`ok`, or why not).
        now: the driver's clock, milliseconds since 1970.
        registry: what `/metrics` shows.
        metrics: the whole text of `/metrics` (`agents.live.metrics.collector.metrics_page`); None: that of `registry`.
        store: history, for `/api` and days gone by; None: `/api` answers from the view.
        token: `INTERVALWATCH_TOKEN`; None: only this machine is served.
        acknowledge: keeps who saw a breach (breach_id, by, at, note), called in a thread; by default the
            store's `write_acknowledgement`, and without a store nobody can acknowledge.
        timezone: IANA name, of the wallboard's clock.
        language: en or zh, for a browser that has not chosen.
    """
    access = Access(token or None)
    if acknowledge is None and store is not None:
        acknowledge = store.write_acknowledgement
    screens = Screens(view, access, health, now, timezone, language, store, acknowledge)
    app = web.Application(middlewares=[secure(access)], client_max_size=64 * 1024)
    app[_SCREENS], app[_TOKEN] = screens, access.needs_token

    async def healthz(_: web.Request) -> web.Response:
        fine, text = health()
        return web.Response(text=f"{text}\n", status=200 if fine else 503)

    async def scraped(_: web.Request) -> web.Response:
        text = generate_latest(registry) if metrics is None else metrics()
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def end_pushes(_: web.Application) -> None:
        screens.closing.set()

    app.add_routes(
        [
            *screens.routes(),
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
    """Start serving; `await runner.cleanup()` ends it.

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
