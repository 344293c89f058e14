"""One contestant of bench_live.py that is built on Faust, in a process of its own; prints its times as JSON.

python bench/contestants.py worker|bare|table BROKER CONFIGURATION COUNT
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust

from agents.live.clock import WallClock
from agents.live.metrics.collector import LiveCollector, metrics_page
from agents.live.worker import LiveWorker
from config.settings import Configuration, load
from streams.topics import TOPIC_CALL_DATA

_SCRAPE_SECONDS = 1.0
_LOOK_SECONDS = 0.005


class Watch:
    """Wall and CPU time from the first message to the last."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def start(self) -> None:
        """Note that the first message is there."""
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Print the times: the last message is done."""
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        print(json.dumps({"wall": wall, "cpu": cpu}))


async def worker(bootstrap: str, configuration: Configuration, count: int) -> None:
    """Our worker: state, results, changelog, and a scrape of its metrics every second."""
    live = LiveWorker(
        configuration,
        bootstrap,
        store=None,
        clock=WallClock(),
        partition_count=configuration.kafka.partitions,
        data_dir="faust",
    )
    collector = LiveCollector(live, configuration, live.clock.now_ms)
    watch = Watch()
    begin = live.partitions.begin

    def timed(*arguments: Any) -> bool:  # noqa: ANN401 - any argument of `begin`
        if not watch.wall:
            watch.start()
        return begin(*arguments)

    live.partitions.begin = timed  # type: ignore[assignment, method-assign]  # to learn when the first message comes

    async def scrape() -> None:
        while True:
            await asyncio.sleep(_SCRAPE_SECONDS)
            metrics_page(collector)

    scraping = asyncio.create_task(scrape())
    await live.start()
    while sum(live.progress.applied().values()) < count or live.flusher.pending or live.flusher.busy:  # noqa: ASYNC110 - a benchmark looks in
        await asyncio.sleep(_LOOK_SECONDS)
    watch.stop()
    scraping.cancel()
    assert live.counters().accepted >= count  # noqa: S101 - a benchmark of wrong answers is none
    await live.stop()


class Call(faust.Record, serializer="json"):
    """The record that the bare agents decode."""

    queue: str
    contact_id: str
    outcome: str
    wait_seconds: float = 0.0


def _app(bootstrap: str, identity: str, configuration: Configuration) -> faust.App:
    """Faust with the settings of our worker, where they matter for speed."""
    return faust.App(
        identity,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir="faust",
        topic_partitions=configuration.kafka.partitions,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        producer_max_batch_size=1 << 20,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        autodiscover=False,
    )


async def bare(bootstrap: str, configuration: Configuration, count: int) -> None:
    """An agent that does nothing with a JSON record."""
    app = _app(bootstrap, "bare", configuration)
    await _agent(app, configuration, count, lambda _: None)


async def table(bootstrap: str, configuration: Configuration, count: int) -> None:
    """An agent that writes a Table entry for each record: the queue's counts."""
    app = _app(bootstrap, "table", configuration)
    counts = app.Table("counts", default=lambda: [0, 0, 0], partitions=configuration.kafka.partitions)

    def add(call: Call) -> None:
        offered, answered, within = counts[call.queue]
        hit = call.outcome == "answered"
        counts[call.queue] = [offered + 1, answered + hit, within + (hit and call.wait_seconds <= 20.0)]

    await _agent(app, configuration, count, add)


async def _agent(app: faust.App, configuration: Configuration, count: int, do: Callable[[Call], None]) -> None:
    topic = app.topic(f"{configuration.kafka.topic_prefix}{TOPIC_CALL_DATA}", value_type=Call)
    watch, done, left = Watch(), asyncio.Event(), count

    @app.agent(topic)
    async def agent(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        nonlocal left
        async for call in stream:
            if left == count:
                watch.start()
            do(call)
            left -= 1
            if not left:
                watch.stop()
                done.set()

    app.finalize()
    await app.start()
    await done.wait()
    await app.stop()


async def main(contestant: str, url: str, path: str, count: str) -> None:
    """Run one contestant."""
    for quiet in ("faust", "mode", "aiokafka"):
        logging.getLogger(quiet).setLevel(logging.CRITICAL)
    run = {"worker": worker, "bare": bare, "table": table}[contestant]
    await run(url.removeprefix("kafka://"), load([Path(path)]), int(count))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
