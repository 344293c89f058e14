"""`intervalwatch web`: the wallboard and the history API beside any number of workers."""

import asyncio
import os
import signal
from pathlib import Path

import click

from agents.live.clock import WallClock
from agents.live.telling.copier import JournalCopier
from agents.live.topics import make_topics
from config.settings import load
from dashboards.wallboard.followers.history import SHOWN_MS, HistoryFollower
from dashboards.wallboard.followers.topics import TopicFollower
from dashboards.wallboard.server import LANGUAGE_VARIABLE, TOKEN_VARIABLE, make_app, serve
from dashboards.wallboard.state import View
from intervalwatch.options import DEFAULT_BROKER, configs
from intervalwatch.serving import Site, quiet_logs, seed, until_stopped
from streams.history.schema import file_of
from streams.history.store import Store
from streams.kafka.broker import Broker, require_reachable
from streams.topics import TOPIC_JOURNAL

__all__ = ["web"]


@click.command()
@configs
@click.option(
    "--broker",
    metavar="URL",
    help="The Kafka broker. Without it: the history alone where one is given, else kafka://127.0.0.1:9092.",
)
@click.option("--history", metavar="URL", help="Interval history, for past days and the API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the server listens.")
@click.option("--port", default=6067, show_default=True, type=click.IntRange(0, 65535))
def web(configs: tuple[Path, ...], broker: str | None, history: str | None, host: str, port: int) -> int:
    """Serve the wallboard and the history API; results come from the workers' topics, or from history alone."""
    configuration = load(configs)
    if broker is None and history is not None:
        file = file_of(history)
        writable = file is None or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
        with Store(history, create=False, upgrade=writable) as alone:
            quiet_logs()
            click.echo("no --broker: results come from history alone, when they are final; no open intervals", err=True)
            site = Site(configuration, View(configuration), alone, host, port)
            return _code(asyncio.run(_run_on_history(site, alone)))
    url = broker or DEFAULT_BROKER
    reached = require_reachable(url, configuration.kafka.security)
    make_topics(configuration, url)
    store = Store(history, upgrade=False) if history else None
    quiet_logs()
    site = Site(configuration, View(configuration), store, host, port)
    stopped = asyncio.run(_run(site, reached))
    if store is not None:
        store.close()
    return _code(stopped)


def _code(stopped: bool) -> int:
    """The exit code: whether Ctrl-C ended it."""
    return 128 + signal.SIGINT if stopped else 0


async def _run_on_history(site: Site, store: Store) -> bool:
    following = HistoryFollower(site.view, store, WallClock().now_ms)
    following.seed()
    app = make_app(
        site.view,
        store=store,
        health=following.health,
        token=os.environ.get(TOKEN_VARIABLE),
        language=os.environ.get(LANGUAGE_VARIABLE),
        hears_alertmanager=True,
        now=following.now,
        timezone=site.configuration.timezone,
    )
    runner = await serve(app, site.host, site.port)
    try:
        return await until_stopped(following.follow)
    finally:
        await runner.cleanup()


async def _copied(site: Site, broker: Broker, following: TopicFollower) -> None:
    """Copy the history's journal into its topic, for as long as this runs."""
    if site.store is None:
        await asyncio.Event().wait()
        return
    kafka = site.configuration.kafka
    topic = f"{kafka.topic_prefix}{TOPIC_JOURNAL}"
    known = following.known_entries
    await JournalCopier(site.store, broker.bootstrap, topic, kafka.security, known).copy_often()


async def _run(site: Site, broker: Broker) -> bool:
    clock, kafka = WallClock(), site.configuration.kafka
    now = clock.now_ms()
    seed(site, clock)
    # With a history the last minute of the topics is read again; without one, the last two days.
    since = now - 60_000 if site.store is not None else now - SHOWN_MS
    following = TopicFollower(site.view, broker.bootstrap, kafka.topic_prefix, kafka.security, since)
    app = make_app(
        site.view,
        store=site.store,
        health=following.health,
        token=os.environ.get(TOKEN_VARIABLE),
        language=os.environ.get(LANGUAGE_VARIABLE),
        hears_alertmanager=True,
        now=clock.now_ms,
        timezone=site.configuration.timezone,
    )
    runner = await serve(app, site.host, site.port)
    try:
        following.start()
        return await until_stopped(lambda: _copied(site, broker, following))
    finally:
        following.stop()
        await runner.cleanup()
