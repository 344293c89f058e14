"""`intervalwatch worker`: runs a live worker, and serves its wallboard and metrics."""

import asyncio
import signal
import tempfile
from pathlib import Path

import click

from agents.live.clock import WallClock
from agents.live.growing import require_state_in_place
from agents.live.topics import MadeTopics, make_topics
from agents.live.worker import LiveWorker
from config.errors import UserError
from config.settings import load
from dashboards.grafana.annotations import Annotator
from dashboards.grafana.client import Grafana
from dashboards.wallboard.state import View
from intervalwatch.options import backfill_lines, broker, configs, grafana_token
from intervalwatch.serving import Site, link_signer, quiet_logs, run_site, seed
from streams.history.parameters import with_history, write_parameters
from streams.history.store import Store
from streams.kafka.broker import Broker, require_reachable
from streams.kafka.security import security_for_faust

__all__ = ["worker"]


@click.command()
@configs
@broker
@click.option("--history", metavar="URL", help="Interval history to write; without it, results go to topics only.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the web server listens.")
@click.option("--port", default=6066, show_default=True, type=click.IntRange(0, 65535), help="Of the web server.")
@click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where Faust keeps its files; default: a temporary one."
)
@click.option("--grafana", metavar="URL", help="Draw breaches on this Grafana's dashboards (token: GRAFANA_TOKEN).")
def worker(
    configs: tuple[Path, ...],
    broker: str,
    history: str | None,
    host: str,
    port: int,
    data_dir: Path | None,
    grafana: str | None,
) -> int:
    """Watch the stream: results, breaches and metrics live; start more workers to scale out."""
    configuration = load(configs)
    kafka = configuration.kafka
    reached = require_reachable(broker, kafka.security)
    topics = make_topics(configuration, broker)
    require_state_in_place(configuration, broker, topics.names, topics.partitions)
    store = Store(history) if history else None
    if store is not None:
        configuration = with_history(configuration, store)
        write_parameters(configuration, store)
    for line in backfill_lines(configuration):
        click.echo(line, err=True)
    if data_dir is not None and not data_dir.parent.is_dir():
        raise UserError(f"--data-dir {data_dir}: the folder {data_dir.parent} does not exist; create it")
    annotator = None if grafana is None else Annotator(Grafana(grafana, grafana_token()))
    quiet_logs()
    with tempfile.TemporaryDirectory(prefix="intervalwatch-") as scratch:
        stopped = asyncio.run(
            _run(
                Site(configuration, View(configuration), store, host, port, annotator),
                reached,
                topics,
                str(data_dir or scratch),
            )
        )
    if store is not None:
        store.close()
    return 128 + signal.SIGINT if stopped else 0


async def _run(site: Site, broker: Broker, topics: MadeTopics, data_dir: str) -> bool:
    clock = WallClock()
    if site.store is not None:
        seed(site, clock)
    worker = LiveWorker(
        site.configuration,
        broker.bootstrap,
        store=site.store,
        clock=clock,
        partition_count=topics.partitions,
        names=topics.names,
        data_dir=data_dir,
        credentials=security_for_faust(site.configuration.kafka.security),
        listener=site.show,
        on_lost=site.forget,
        on_entry=site.note,
        link_signer=link_signer(),
    )
    return await run_site(site, worker)
