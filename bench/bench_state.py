"""The cost of the state: memory of 10,000 queues of 48 intervals, and the time until a worker is ready again.

Memory is the growth of the process (resident set) while a worker's partitions follow a day of half hours of every
queue, all of it correctable; once by interval records, once by contacts. Recovery reads 100,000 entries of such state
from a changelog on a real Kafka. A worker and a Faust app with a Table of the very same entries are started on it,
each in a process of its own. Prints Markdown.

    python bench/bench_state.py
"""

import argparse
import asyncio
import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import faust
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Producer as Client
from load import broker, centre, line, name, ran, table

from agents.live.clock import WallClock
from agents.live.partitions import Partitions
from agents.live.topics import APP_ID, TABLE, make_topics
from agents.live.worker import LiveWorker
from config.settings import Configuration, load
from streams.admission import admit_contact, admit_snapshot
from streams.codec import encode
from streams.kafka.admin import ensure_topics
from streams.records import Record, Snapshot

HALF_HOUR_MS: Final = 1_800_000
DAY: Final = 48
QUEUES: Final = 10_000
ENTRIES: Final = 100_000
MOST_BYTES: Final = 1_000_000_000
_PARTITIONS: Final = 4
_FROM_MS: Final = int(time.time() * 1000) // HALF_HOUR_MS * HALF_HOUR_MS - (DAY + 4) * HALF_HOUR_MS
_FAUST: Final = "peer"


def counted(start_ms: int) -> Snapshot:
    """The record of an interval as an ACD counts it."""
    return admit_snapshot(
        start_ms,
        1800_000,
        start_ms + HALF_HOUR_MS,
        HALF_HOUR_MS,
        offered=50,
        answered=46,
        answered_within=40,
        abandoned=4,
        abandoned_within=1,
        handled=46,
        wait_ms=46 * 9_000,
        talk_ms=46 * 180_000,
        hold_ms=0,
        wrap_ms=46 * 20_000,
    )


def called(queue: int, start_ms: int, count: int) -> list[Record]:
    """Contacts of an interval."""
    return [
        admit_contact(
            f"{queue}-{start_ms // HALF_HOUR_MS}-{at}",
            start_ms + at * 60_000,
            "answered",
            start_ms + at * 60_000 + 9_000,
            9_000,
            180_000,
            0,
            20_000,
            None,
            f"agent-{at % 40}",
            f"team-{at % 4}",
            "early",
            "voice",
            skew_ms=0,
        )
        for at in range(count)
    ]


def messages(queues: int, per_interval: int) -> Iterator[tuple[int, str, list[Record]]]:
    """The records of each queue, interval by interval; 0 contacts: the interval's counts."""
    for number in range(DAY + 2):
        start_ms = _FROM_MS + number * HALF_HOUR_MS
        for queue in range(queues):
            given: list[Record] = [counted(start_ms)]
            yield start_ms, name(queue), called(queue, start_ms, per_interval) if per_interval else given


def held(configuration: Configuration, queues: int, per_interval: int) -> tuple[Partitions, dict[bytes, bytes]]:
    """A worker's partitions after a day."""
    store: dict[bytes, bytes] = {}
    partitions = Partitions(configuration, store, "calls", "bench")
    for offset, (start_ms, queue, given) in enumerate(messages(queues, per_interval)):
        partitions.apply(0, offset, queue.encode(), encode(queue, given), start_ms + HALF_HOUR_MS)
        if offset % 2_000 == 0:
            partitions.collect(offset)
    partitions.collect(queues * 1000)
    return partitions, store


def most_resident() -> int:
    """The most bytes of memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def memory(path: Path, queues: int, per_interval: int) -> None:
    """Print the growth of this process."""
    configuration = load([path])
    before = most_resident()
    partitions, store = held(configuration, queues, per_interval)
    grown = most_resident() - before
    final = sum(engine.counters.intervals_final for engine in partitions.engines)
    stored = sum(len(key) + len(value) for key, value in store.items())
    print(json.dumps({"grown": grown, "entries": len(store), "stored": stored, "final": final}))


async def ready(contestant: str, bootstrap: str, path: Path) -> None:
    """Print the seconds until the state is recovered and messages flow."""
    for quiet in ("faust", "mode", "aiokafka"):
        logging.getLogger(quiet).setLevel(logging.CRITICAL)
    configuration = load([path])
    began = time.perf_counter()
    if contestant == "worker":
        live = LiveWorker(
            configuration, bootstrap, store=None, clock=WallClock(), partition_count=_PARTITIONS, data_dir="faust"
        )
        await live.start()
        count = sum(1 for _ in live.engines)
        app = live.app
    else:
        app = faust.App(
            _FAUST,
            broker=f"kafka://{bootstrap}",
            store="memory://",
            datadir="faust",
            topic_partitions=_PARTITIONS,
            topic_disable_leader=True,
            topic_allow_declare=False,
            table_standby_replicas=0,
            web_enabled=False,
            stream_wait_empty=False,
            stream_recovery_delay=0.0,
            autodiscover=False,
        )
        entries = app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=_PARTITIONS)
        done = asyncio.Event()
        entries.on_recover(lambda: _set(done))
        app.agent(app.topic(f"{configuration.kafka.topic_prefix}call-data", value_serializer="raw"))(_idle)
        app.finalize()
        await app.start()
        await done.wait()
        count = len(entries)
    print(json.dumps({"wall": time.perf_counter() - began, "count": count}))
    await app.stop()


async def _set(event: asyncio.Event) -> None:
    event.set()


async def _idle(stream: faust.StreamT[bytes]) -> None:
    async for _ in stream:
        pass


def recovery(folder: Path, queues: int) -> tuple[int, dict[str, float]]:
    """Entries in the changelog, and seconds until each contestant is ready."""
    path, configuration = centre(folder, queues, "state-", _PARTITIONS, HALF_HOUR_MS)
    _, store = held(configuration, queues, 0)
    took: dict[str, float] = {}
    partition_of, partitions = DefaultPartitioner(), list(range(_PARTITIONS))
    with broker() as server:
        make_topics(configuration, server.url)
        ensure_topics(
            server.url,
            partitions=_PARTITIONS,
            prefix="",
            changelogs=[(f"{_FAUST}-{TABLE}-changelog", {"cleanup.policy": "compact"})],
        )
        for topic in (f"state-{APP_ID}-{TABLE}-changelog", f"{_FAUST}-{TABLE}-changelog"):
            client = Client({"bootstrap.servers": server.url.removeprefix("kafka://")})
            for at, (key, value) in enumerate(store.items()):
                owner = key.rpartition(b"\0")[0]
                client.produce(topic, value, key, partition=partition_of(owner, partitions, partitions))
                if at % 10_000 == 0:
                    client.flush()
            client.flush()
        for contestant in ("worker", "faust"):
            one = ran(
                sys.executable, "bench_state.py", "--ready", contestant, server.url.removeprefix("kafka://"), path
            )
            assert one is not None  # noqa: S101 - a benchmark of wrong answers is none
            took[contestant] = one["wall"]
    return len(store), took


def main() -> int:
    """Print the tables; return 1 if the memory limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ready", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ready:
        asyncio.run(ready(options.ready[0], options.ready[1], Path(options.ready[2])))
        return 0
    if options.memory:
        memory(Path(options.memory[0]), int(options.memory[1]), int(options.memory[2]))
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        path, _ = centre(Path(scratch), QUEUES, "", _PARTITIONS, HALF_HOUR_MS)
        table(f"{QUEUES:,} queues, {DAY} half hours", "resident, MB", "entries", "in the changelog, MB")
        for per_interval, what in ((0, "interval records"), (5, "contacts, 5 an interval")):
            one = ran(sys.executable, "bench_state.py", "--memory", path, QUEUES, per_interval, most_seconds=900)
            if one is None:
                failed = True
                continue
            line(what, f"{one['grown'] / 1e6:,.0f}", f"{one['entries']:,}", f"{one['stored'] / 1e6:,.0f}")
            failed |= one["grown"] > MOST_BYTES
        entries, took = recovery(Path(scratch), ENTRIES // 76)
    table(f"recovery of {entries:,} entries", "seconds to ready")
    for contestant, seconds in took.items():
        line({"worker": "intervalwatch worker", "faust": "Faust's Table alone"}[contestant], f"{seconds:.1f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
