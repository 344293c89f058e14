"""`intervalwatch web`: the wallboard and the history API beside any number of workers."""

import asyncio
import os
import signal
from pathlib import Path

import click

from agents.live.clock import WallClock
from agents.live.topics import make_topics
from config.settings import load
from dashboards.wallboard.server import TOKEN_VARIABLE, make_app, serve
from dashboards.wallboard.state import View
from dashboards.wallboard.topic_follower import TopicFollower
from intervalwatch.options import broker, configs
from intervalwatch.serving import SEED_MS, Site, quiet_logs, seed, until_stopped
from streams.history.store import Store
from streams.kafka.broker import Broker, require_reachable

__all__ = ["web"]


@click.command()
@configs
@broker
@click.option("--history", metavar="URL", help="Interval history, for past days and the API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the server listens.")
@click.option("--port", default=6067, show_default=True, type=click.IntRange(0, 65535))
def web(configs: tuple[Path, ...], broker: str, history: str | None, host: str, port: int) -> int:
    """Serve the wallboard and the history API; results come from the workers' topics."""
    configuration = load(configs)
    reached = require_reachable(broker, configuration.kafka.security)
    make_topics(configuration, broker)
    store = Store(history, upgrade=False) if history else None
    quiet_logs()
    site = Site(configuration, View(configuration), store, host, port)
    stopped = asyncio.run(_run(site, reached))
    if store is not None:
        store.close()
    return 128 + signal.SIGINT if stopped else 0


async def _run(site: Site, broker: Broker) -> bool:
    clock, kafka = WallClock(), site.configuration.kafka
    now = clock.now_ms()
    seed(site, clock)
    # With a history the last minute of the topics is read again; without one, the last two days.
    since = now - 60_000 if site.store is not None else now - SEED_MS
    following = TopicFollower(site.view, broker.bootstrap, kafka.topic_prefix, kafka.security, since)
    app = make_app(
        site.view,
        store=site.store,
        health=following.health,
        token=os.environ.get(TOKEN_VARIABLE),
        now=clock.now_ms,
        timezone=site.configuration.timezone,
    )
    runner = await serve(app, site.host, site.port)
    try:
        following.start()
        return await until_stopped(asyncio.Event().wait)
    finally:
        following.stop()
        await runner.cleanup()
