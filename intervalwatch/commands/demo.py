"""`intervalwatch demo`: everything on one machine, with a centre whose day goes wrong in known ways."""

import asyncio
import datetime as dt
import errno
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from agents.live.clock import Clock, SimulatedClock, WallClock
from agents.live.topics import make_topics
from agents.live.worker import LiveWorker
from config.errors import UserError
from config.queue_settings import QueueSettings
from config.settings import Configuration, load
from dashboards.wallboard.server import LOOPBACK
from dashboards.wallboard.state import View
from intervalwatch.serving import Site, quiet_logs, run_site, until_stopped
from streams.codec import encode
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.kafka.broker import EmbeddedBroker, require_reachable
from streams.kafka.producer import Producer
from streams.records import Contact, Record
from streams.simulation.simulator import best_moment, demo_centre, stream

__all__ = ["demo"]

_HOUR_MS: Final = 3_600_000
_PAST_HOURS: Final = 8
_FUTURE_DAYS: Final = 365
_STEP_SECONDS: Final = 0.2
_RECORDS: Final = 100
_SEED: Final = 20_000


@click.command()
@click.option("--port", default=6066, show_default=True, type=click.IntRange(0, 65535), help="Of the wallboard.")
@click.option(
    "--speed", default=60.0, show_default=True, type=click.FloatRange(1, 3600), help="Simulated seconds a second."
)
@click.option("--for", "seconds", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop after so long.")
@click.option("--broker", metavar="URL", help="A Kafka broker to use instead of the embedded one.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Another one: other incidents.")
@click.option("--keep", is_flag=True, help="Keep the interval history when it ends, and say where it lies.")
@click.option(
    "--feed-only",
    is_flag=True,
    help="Only feed the broker, as fast as the clock, for workers that run by themselves (profile demo of compose).",
)
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The configuration of those workers; default: the demo's own.",
)
def demo(
    port: int,
    speed: float,
    seconds: float | None,
    broker: str | None,
    seed: int,
    keep: bool,
    feed_only: bool,
    configs: tuple[Path, ...],
) -> int:
    """Run a simulated centre, live agents, history and the wallboard on this machine."""
    quiet_logs()
    configuration = load(configs or [Path(str(files("config") / "monitor.yaml"))])
    if feed_only:
        if broker is None:
            raise UserError("--feed-only: name the broker that the workers read with --broker")
        stopped = asyncio.run(_feed(configuration, broker, seed, seconds))
        return 128 + signal.SIGINT if stopped else 0
    port = _free_port(port)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="intervalwatch-demo-"))
    history = f"sqlite:///{folder / 'history.db'}"
    try:
        stopped = _run(configuration, folder, history, port=port, speed=speed, seconds=seconds, url=broker, seed=seed)
    finally:
        shutil.rmtree(folder / "faust" if keep else folder, ignore_errors=True)
    click.echo(f"\nended after {time.monotonic() - began:.0f} s")
    if keep:
        click.echo(
            "the interval history stays:\n"
            f"  intervalwatch export --history {history} --format csv --output -\n"
            f"  intervalwatch verify --history {history}"
        )
    return 128 + signal.SIGINT if stopped else 0


def _free_port(port: int) -> int:
    """The port itself, or of 0 a free one.

    Raises:
        UserError: another program has it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be bound ({error.strerror or error})"
            raise UserError(f"{LOOPBACK}:{port}: {why}; choose another --port") from error
        return int(probe.getsockname()[1])


def _run(
    configuration: Configuration,
    folder: Path,
    history: str,
    *,
    port: int,
    speed: float,
    seconds: float | None,
    url: str | None,
    seed: int,
) -> bool:
    """The whole demo, until it ends; returns whether Ctrl-C ended it."""
    with ExitStack() as stack:
        url = url or stack.enter_context(EmbeddedBroker()).url
        reached = require_reachable(url, configuration.kafka.security)
        store = stack.enter_context(Store(history))
        write_parameters(configuration, store)
        now_ms = best_moment(_queues(configuration), int(time.time() * 1000))
        # On an external broker the 8 hours so far arrive now; the embedded one keeps the times of their events.
        clock = SimulatedClock(now_ms, speed, stamped=reached.embedded)
        site = Site(configuration, View(configuration), store, LOOPBACK, port)
        topics = make_topics(configuration, url)
        worker = LiveWorker(
            configuration,
            reached.bootstrap,
            store=store,
            clock=clock,
            partition_count=topics.partitions,
            names=topics.names,
            data_dir=str(folder / "faust"),
            listener=site.show,
            on_entry=site.note,
        )
        producer = stack.enter_context(
            Producer(url, configuration.kafka.security, topics.names.prefix, generation=topics.names.generation)
        )
        centre = _Centre(configuration, clock, producer, seed, stamped=reached.embedded)
        centre.send_past()
        local = dt.datetime.fromtimestamp(now_ms / 1000, ZoneInfo(configuration.timezone))
        click.echo(
            f"wallboard   http://{LOOPBACK}:{port}/\n"
            f"metrics     http://{LOOPBACK}:{port}/metrics\n"
            f"history     {history}\n"
            f"In the centre it is {local:%A %Y-%m-%d %H:%M}. It runs {speed:g} times as fast as the clock: an interval "
            f"of 30 minutes ends every {1800 / speed:.0f} s. Ctrl-C ends it."
        )
        return asyncio.run(run_site(site, worker, beside=centre.run, seconds=seconds))


async def _feed(configuration: Configuration, url: str, seed: int, seconds: float | None) -> bool:
    """Feed a broker, the 8 hours so far first, until it is ended; returns whether Ctrl-C ended it."""
    require_reachable(url, configuration.kafka.security)
    names = make_topics(configuration, url).names
    with Producer(url, configuration.kafka.security, names.prefix, generation=names.generation) as producer:
        centre = _Centre(configuration, WallClock(), producer, seed, stamped=False)
        centre.send_past()
        click.echo(f"feeding {url}; Ctrl-C ends it")
        return await until_stopped(centre.run, seconds)


def _queues(configuration: Configuration) -> list[QueueSettings]:
    settings = configuration.last
    return [settings.queue(queue, program) for program, queue in settings.configured_queues()]


class _Centre:
    """The simulated centre and its feed."""

    def __init__(
        self, configuration: Configuration, clock: Clock, producer: Producer, seed: int, *, stamped: bool
    ) -> None:
        self._clock = clock
        self._producer = producer
        self._stamped = stamped
        now = clock.now_ms()
        # The past begins on a full hour, so that the first interval is complete.
        start = (now - _PAST_HOURS * _HOUR_MS) // _HOUR_MS * _HOUR_MS
        feed = stream(
            demo_centre(_queues(configuration), now, seed), start, now + _FUTURE_DAYS * 24 * _HOUR_MS, _SEED + seed
        )
        self._feed = (e for e in feed if not (isinstance(e[2], Contact) and e[2].offered_ms < start))
        self._next: tuple[int, str, Record] | None = None

    def send_past(self) -> None:
        """Send all records up to now."""
        self._send(self._until(self._clock.now_ms()))
        self._producer.flush()

    async def run(self) -> None:
        """Send each record when the clock reaches its time."""
        while True:
            await asyncio.sleep(_STEP_SECONDS)
            await asyncio.to_thread(self._send, self._until(self._clock.now_ms()))

    def _until(self, at_ms: int) -> Iterator[tuple[int, str, Record]]:
        feed = self._feed if self._next is None else chain([self._next], self._feed)
        self._next = None
        for emission in feed:
            if emission[0] > at_ms:
                self._next = emission
                return
            yield emission

    def _send(self, emissions: Iterator[tuple[int, str, Record]]) -> None:
        held: dict[str, list[Record]] = {}
        last: dict[str, int] = {}
        for at_ms, queue, record in emissions:
            records = held.setdefault(queue, [])
            records.append(record)
            last[queue] = at_ms
            if len(records) >= _RECORDS:
                self._send_one(queue, records, at_ms)
                del held[queue]
        for queue, records in held.items():
            self._send_one(queue, records, last[queue])

    def _send_one(self, queue: str, records: list[Record], at_ms: int) -> None:
        self._producer.send(queue, encode(queue, records), at_ms=at_ms if self._stamped else None)
