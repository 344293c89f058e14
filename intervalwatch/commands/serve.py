"""`intervalwatch serve`: the whole product on one machine, for a small centre without Kafka."""

import asyncio
import fcntl
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click

from agents.live.clock import WallClock
from agents.live.kept.feeding import Feeding
from agents.live.kept.keeper import LogKeeper
from agents.live.kept.log import KeptLog
from agents.live.telling.copier import JournalCopier
from agents.live.topics import make_topics
from agents.live.worker import LiveWorker
from agents.outcomes import Outcomes
from agents.summary import Summary
from config.errors import UserError
from config.settings import load
from dashboards.wallboard.state import View
from intervalwatch.options import (
    all_dead_letters,
    backfill_lines,
    configs,
    report_summary,
    sources,
    warn_unconfigured,
)
from intervalwatch.serving import Site, link_signer, quiet_logs, run_site, seed
from streams.history.parameters import with_history, write_parameters
from streams.history.schema import describe
from streams.history.store import Store
from streams.kafka.broker import EmbeddedBroker, require_reachable
from streams.sources.merge import parse_inputs
from streams.topics import TOPIC_JOURNAL

__all__ = ["serve"]

_LOG_FILE: Final = "intervalwatch-log.db"
_HISTORY_FILE: Final = "intervalwatch-history.db"


@click.command()
@configs
@sources
@click.option("--follow", is_flag=True, help="Go on reading the files as they grow; rows count as they arrive.")
@click.option(
    "--history", metavar="URL", help=f"Interval history.  [default: {_HISTORY_FILE} beside the configuration]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the web server listens.")
@click.option("--port", default=6066, show_default=True, type=click.IntRange(0, 65535), help="Of the web server.")
def serve(
    configs: tuple[Path, ...], sources: tuple[str, ...], follow: bool, history: str | None, host: str, port: int
) -> int:
    """Run everything on this machine: files in, wallboard, metrics and history out; no Kafka.

    It goes on where it stopped: its state lies beside the configuration.
    """
    configuration = load(configs)
    inputs = parse_inputs(configuration, sources)
    folder = configs[-1].resolve().parent
    url = history or f"sqlite:///{folder / _HISTORY_FILE}"
    with ExitStack() as stack:
        log = stack.enter_context(_opened(folder / _LOG_FILE))
        store = stack.enter_context(Store(url))
        configuration = with_history(configuration, store)
        write_parameters(configuration, store)
        for line in backfill_lines(configuration):
            click.echo(line, err=True)
        quiet_logs()
        broker = stack.enter_context(EmbeddedBroker())
        bootstrap = require_reachable(broker.url).bootstrap
        topics = make_topics(configuration, broker.url)
        keeper = stack.enter_context(LogKeeper(log, broker.url, topics.names, topics.partitions, WallClock().now_ms))
        # Before anybody is told of anything: who has acknowledged it stands in the history alone.
        JournalCopier(store, bootstrap, topics.names.of(TOPIC_JOURNAL), {}, lambda: 0).copy(0)
        site = Site(configuration, View(configuration), store, host, port, past=not follow)
        seed(site, WallClock())
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="intervalwatch-"))
        worker = LiveWorker(
            configuration,
            bootstrap,
            store=store,
            clock=WallClock(),
            partition_count=topics.partitions,
            names=topics.names,
            data_dir=scratch,
            listener=site.show,
            on_entry=site.note,
            link_signer=link_signer(),
            read_state=keeper.read_state,
        )
        click.echo(
            f"wallboard   http://{host}:{port}/\nmetrics     http://{host}:{port}/metrics\n"
            f"history     {describe(url)}\nlog         {folder / _LOG_FILE}\nCtrl-C ends it; the next start goes on."
        )

        def loaded(queues: Sequence[str], summary: Summary, outcomes: Outcomes) -> None:
            warn_unconfigured(configuration, queues)
            if summary.records_read:
                rest = all_dead_letters(url)
                where = "waiting for more rows" if follow else "all is loaded"
                report_summary(summary, outcomes, as_json=False, most_bad=None, where=where, rest=rest)
            sys.stdout.flush()

        feeding = Feeding(
            configuration, inputs, log, keeper, worker, broker.url, topics.names, follow=follow, on_loaded=loaded
        )
        stopped = asyncio.run(run_site(site, worker, beside=feeding.run))
    return 128 + signal.SIGINT if stopped else 0


@contextmanager
def _opened(file: Path) -> Iterator[KeptLog]:
    """The kept log, for this process alone.

    Raises:
        UserError: another process has it, or it cannot be opened.
    """
    log = KeptLog(file)
    try:
        with file.with_suffix(".lock").open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(f"{file}: another `serve` runs on it; stop that one first") from None
            yield log
    finally:
        log.close()
