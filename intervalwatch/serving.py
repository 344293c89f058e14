"""A worker and its web server in one process, as `worker` and `demo` run them."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.live.clock import Clock
from agents.live.metrics.collector import LiveCollector, metrics_page
from agents.live.output_batch import OutputBatch
from agents.live.worker import LiveWorker
from agents.projection.inputs import QueueAhead
from config.settings import Configuration
from config.shown_text import ShownTextFilter
from dashboards.grafana.annotations import Annotator
from dashboards.wallboard.figures import Row
from dashboards.wallboard.followers.history import since_newest
from dashboards.wallboard.server import LANGUAGE_VARIABLE, TOKEN_VARIABLE, make_app
from dashboards.wallboard.server_thread import ReportedHealth, ServerThread, asked_in
from dashboards.wallboard.state import View
from intervalwatch.ending import END_SECONDS, end_within
from streams.history.store import Store
from streams.journal.link import Signer
from streams.told.queue_interval import QueueInterval

__all__ = ["Site", "link_signer", "quiet_logs", "run_site", "seed", "until_stopped"]

_LOOK_SECONDS: Final = 0.25
_SHOWN: Final = ShownTextFilter()


@dataclass
class Site:
    """The view a process serves, and where it serves it."""

    configuration: Configuration
    view: View
    store: Store | None
    host: str
    port: int
    annotator: Annotator | None = None
    """Draws breaches on Grafana; None: no Grafana is configured."""
    past: bool = False
    """Whether the data may be of a past day, whose end screens show as the time then."""
    server: ServerThread | None = None
    """The server that the view belongs to, once it runs."""

    def show(self, batch: OutputBatch) -> None:
        """Show a worker's output on the wallboard and on Grafana."""
        if batch.rows or batch.breaches or batch.ahead:
            self._in_view(self._put, batch.rows, batch.breaches, batch.ahead, batch.told)
        if self.annotator is not None:
            for record in batch.breaches:
                self.annotator.breach(record)

    def note(self, entry: Mapping[str, Any]) -> None:
        """Show an entry of the journal on the wallboard."""
        self._in_view(self.view.journal, dict(entry))

    def forget(self, queues: list[str]) -> None:
        """Drop queues from the screens that another worker has taken over."""
        self._in_view(self.view.forget, queues)

    def _in_view(self, move: Callable[..., object], *arguments: object) -> None:
        if self.server is None:
            move(*arguments)
        else:
            self.server.call(move, *arguments)

    def _put(self, rows: list[Row], breaches: list[Row], ahead: list[QueueAhead], told: list[QueueInterval]) -> None:
        for each in told:
            self.view.groups.told(each)
        for row in rows:
            self.view.result(row)
        for record in breaches:
            self.view.breach(record)
        for inputs in ahead:
            self.view.outlooks.put(inputs)


def link_signer() -> Signer | None:
    """The signer of links that acknowledge; None: there is no token to derive its key from."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    return Signer(token) if token else None


def seed(site: Site, clock: Clock) -> None:
    """Show the last two days of history."""
    if site.store is not None:
        site.view.seed(site.store, since_newest(site.store, clock.now_ms()))


def quiet_logs(level: int = logging.INFO) -> None:
    """Set up logging: our own messages, only severe ones of the libraries, each on one line and without secrets."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_SHOWN)
    logging.getLogger("intervalwatch").setLevel(level)
    # They log each rebalance and each missing topic as an error, and tracebacks of faults that we report in a line.
    for name in ("faust", "mode", "aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING if os.environ.get("INTERVALWATCH_DEBUG") else logging.CRITICAL)


async def until_stopped(running: Callable[[], Awaitable[Any]], seconds: float | None = None) -> bool:
    """Wait for Ctrl-C or SIGTERM, for `running` to end, or for `seconds`; returns whether it was Ctrl-C.

    Raises:
        BaseException: the one that `running` raised.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Future[int] = loop.create_future()

    def tell(number: int) -> None:
        if not told.done():
            told.set_result(number)

    def hear(number: int, _: object) -> None:
        # Heard also while the loop is busy, unlike a handler of the loop's own.
        end_within(END_SECONDS, 128 + number if number == signal.SIGINT else 0)
        loop.call_soon_threadsafe(tell, number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hear)
    ended = asyncio.ensure_future(running())
    done, waiting = await asyncio.wait({told, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if ended in done:
        ended.result()
    return told in done and told.result() == signal.SIGINT


async def run_site(
    site: Site, worker: LiveWorker, *, beside: Callable[[], Awaitable[Any]] | None = None, seconds: float | None = None
) -> bool:
    """Serve the screens and run the worker until told to stop; returns whether Ctrl-C ended it.

    Args:
        site: the view, its address and its history.
        worker: a worker that is not started yet.
        beside: a task that runs with the worker (the demo's centre).
        seconds: time to run; None: until a signal.
    """
    partitions = worker.partitions
    partitions.outlooks.looked_at = site.view.outlooks.looked_at
    collector = LiveCollector(
        worker,
        site.configuration,
        worker.clock.now_ms,
        programs=partitions.program_statuses,
        monitored=partitions.monitored,
        groups=partitions.pool_intervals,
    )
    health = ReportedHealth(worker.health())
    app = make_app(
        site.view,
        store=site.store,
        health=health,
        metrics=asked_in(asyncio.get_running_loop(), lambda: metrics_page(collector)),
        token=os.environ.get(TOKEN_VARIABLE),
        language=os.environ.get(LANGUAGE_VARIABLE),
        now=(lambda: site.view.as_of(worker.clock.now_ms())) if site.past else worker.clock.now_ms,
        timezone=site.configuration.timezone,
    )
    server = ServerThread(app, site.host, site.port)
    server.start()
    site.server = server

    async def report_health() -> None:
        while True:
            health.report(worker.health())
            if site.view.recovering != worker.recovering:
                site.view.recovering = worker.recovering
            await asyncio.sleep(_LOOK_SECONDS)

    async def work() -> None:
        looking = asyncio.ensure_future(report_health())
        try:
            await worker.start()
        except BaseException:
            looking.cancel()
            raise
        tasks = [asyncio.ensure_future(worker.wait_until_stopped()), looking]
        if beside is not None:
            tasks.append(asyncio.ensure_future(beside()))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    try:
        return await until_stopped(work, seconds)
    except Exception as error:
        end_within(END_SECONDS, 2, f"intervalwatch: {' '.join(str(error).split())}")
        raise
    finally:
        await worker.stop()
        if site.annotator is not None:
            await asyncio.to_thread(site.annotator.close)
        await asyncio.to_thread(server.stop)
