"""The web server of `worker`, `web` and `demo`: wallboard, metrics, health and the history API on one port.

It binds to loopback by default. On any other address it refuses to start without a token, so that figures about
people's work are not open to the network by accident.
"""

import errno
import inspect
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from config.errors import UserError
from dashboards.wallboard.ahead.advice import AdvicePages
from dashboards.wallboard.ahead.pages import AheadPages
from dashboards.wallboard.api import rows_of
from dashboards.wallboard.door.access import TOKEN_VARIABLE, Access, harden, is_loopback, secure
from dashboards.wallboard.door.answers import HTTP_LOG, answer_sensibly, answered
from dashboards.wallboard.door.connections import DEFAULT_LIMITS, GATE, Gate, GuardedSite, Limits, note_requests
from dashboards.wallboard.events import EventStream
from dashboards.wallboard.journal_pages import JournalPages
from dashboards.wallboard.pages import Screens
from dashboards.wallboard.past.pages import PastScreens
from dashboards.wallboard.relay.handler import Relay
from dashboards.wallboard.state import View
from dashboards.wallboard.texts import LANGUAGE_VARIABLE, require_language
from streams.history.store import Store
from streams.journal.entry import Entry
from streams.journal.link import Signer

__all__ = ["LANGUAGE_VARIABLE", "LOOPBACK", "TOKEN_VARIABLE", "make_app", "serve"]

LOOPBACK = "127.0.0.1"
_LINGER_SECONDS = 2.0
"""Time in which the rest of a body that nobody reads may still come, so that the client sees the answer."""
_TOKEN = web.AppKey("has_token", bool)


def make_app(
    view: View,
    *,
    health: Callable[[], tuple[bool, str]],
    now: Callable[[], int],
    registry: CollectorRegistry = REGISTRY,
    metrics: Callable[[], bytes | Awaitable[bytes]] | None = None,
    store: Store | None = None,
    token: str | None = None,
    keep: Callable[[Entry], Entry] | None = None,
    timezone: str = "UTC",
    language: str | None = None,
    hears_alertmanager: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> web.Application:
    """The web application with all its routes.

    Args:
        view: the state that screens show.
        health: whether results flow, and a line that says so (`ok`, or why not). Names of queues stand only after a
            `; `: without a login the line is shown up to there.
        now: the driver's clock, milliseconds since 1970.
        registry: the metrics of `/metrics`.
        metrics: makes the text of `/metrics` (`agents.live.metrics.collector.metrics_page`); None: that of `registry`.
        store: history, for `/api` and past days; None: `/api` answers from the view.
        token: `INTERVALWATCH_TOKEN`; None: only this machine is served.
        keep: adds an entry to the journal, and returns it at its place; called in a thread. None: the store's
            `append_journal`; without a store nobody can acknowledge.
        timezone: IANA name of the wallboard's clock.
        language: en or zh, for a browser that has not chosen; None: the one that it asks for.
        hears_alertmanager: whether Alertmanager posts to this process, so that its silence means that nobody can be
            told. Else its silence is told only after it was heard once.
        limits: of its connections.

    Raises:
        UserError: the token is too short, or the language is another.
    """
    secret = (token or "").strip() or None
    access = Access(secret)
    screens = Screens(view, access, now, require_language(language), store)
    if keep is None and store is not None:
        keep = store.append_journal
    journal = JournalPages(view, access, now, keep, store, None if secret is None else Signer(secret))
    relay = Relay(view.configuration.notify, view.troubles, lambda: view.heartbeat.hear(now()))
    if hears_alertmanager and view.configuration.notify.routes:
        view.heartbeat.expect(now())
    events = EventStream(view, health, now, timezone, keep is not None, store is not None)
    app = web.Application(middlewares=[note_requests, answer_sensibly, secure(access)], client_max_size=64 * 1024)
    app[_TOKEN], app[GATE] = access.needs_token, Gate(limits)

    def told(request: web.Request, fine: bool, text: str) -> web.Response:
        shown = text if access.may_look(request) else text.partition(";")[0]
        return web.Response(text=f"{shown}\nintervalwatch {_version()}\n", status=200 if fine else 503)

    async def healthz(request: web.Request) -> web.Response:
        fine, text = health()
        return told(request, fine, view.heartbeat.with_troubles(text, now()))

    async def readyz(request: web.Request) -> web.Response:
        fine, text = health()
        if fine and view.recovering:
            fine, text = False, "recovering: figures may be behind"
        return told(request, fine, text)

    async def scraped(_: web.Request) -> web.Response:
        text = generate_latest(registry) if metrics is None else metrics()
        body = await text if inspect.isawaitable(text) else text
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def end_pushes(_: web.Application) -> None:
        events.close()

    app.add_routes(
        [
            *screens.routes(),
            *PastScreens(view, now, store).routes(),
            *AheadPages(view, now).routes(),
            *AdvicePages(view, now).routes(),
            web.get("/events", events.handle),
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", scraped),
            web.get("/api/intervals", rows_of("intervals", view, store)),
            web.get("/api/breaches", rows_of("breaches", view, store)),
            web.get("/api/groups", rows_of("groups", view, store)),
            *journal.routes(),
            *relay.routes(),
        ]
    )
    app.on_response_prepare.append(harden)
    app.on_shutdown.append(end_pushes)
    app.on_cleanup.append(relay.close)
    return app


def _version() -> str:
    try:
        return version("intervalwatch")
    except PackageNotFoundError:
        return "not installed"


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
    limits = app[GATE].limits
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=2.0,
        logger=HTTP_LOG,
        keepalive_timeout=limits.idle_seconds,
        lingering_time=_LINGER_SECONDS,
    )
    await runner.setup()
    if runner.server is not None:
        runner.server.request_handler = answered(runner.server.request_handler)
    try:
        await GuardedSite(runner, host, port, app[GATE]).start()
    except OSError as error:
        await runner.cleanup()
        taken = error.errno == errno.EADDRINUSE
        why = "is in use" if taken else f"cannot be bound ({error.strerror or error})"
        raise UserError(f"{host}:{port}: {why}; choose another --port") from error
    return runner
