"""One run of a live centre under faults, and what its history must be; for the soak test and its relatives."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clean_centre import evaluated
from confluent_kafka import KafkaException
from confluent_kafka import Producer as Client
from kafka_server import KafkaServer
from postgresql_server import free_port

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Result
from agents.live.growing import grow
from agents.live.topics import make_topics, names_on
from config.errors import UserError
from config.settings import Configuration, load
from streams.admission import admit_contact
from streams.codec import encode
from streams.history.store import Store
from streams.kafka.producer import Producer
from streams.kafka.reader import TopicReader
from streams.records import TYPE_RANK, Contact, Record, event_ms
from streams.simulation.simulator import CentreSpec, QueueSpec, simulate_counts, snapshots, stream
from streams.source_words import Feed
from streams.topics import TOPIC_CALL_DATA

__all__ = ["FaultRun", "Message", "centre_records", "disturbed", "expected_rows", "write_configuration"]

HOUR_MS = 3_600_000
START_MS = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp() * 1000)
HOURS = 5
GRACE_MS = 300_000
TRANSACTION_SECONDS = 5
"""After so long the broker aborts a transaction that is left open."""
END_SECONDS = 15
"""A worker ends within ten seconds of SIGTERM; a busy machine may take longer to notice."""
Message = tuple[str, list[Record]]
"""A queue and records of it; without a queue, words of sources to every partition."""

CONFIGURATION = """
site: {{timezone: Europe/Madrid, interval_minutes: 15, grace_seconds: 300, idle_seconds: 86400}}
kafka: {{topic_prefix: "{prefix}", partitions: 4}}
parameters: {{version: soak, from: 2026-01-01T00:00:00Z}}
defaults:
  service_level: {{threshold_seconds: 20, target: 0.80, range: [0.75, 0.90]}}
programs:
  - id: retail
    queues: [{{id: sales}}, {{id: orders, hours: {{mon-sun: "08:00-20:00"}}}}, {{id: returns, attribution: event}}]
  - id: bank
    queues: [{{id: cards}}, {{id: loans, interval_closed: right}}, {{id: acd, hours: {{mon-sun: "08:00-20:00"}}}}]
pools: [{{id: shop, queues: [sales, orders, returns]}}, {{id: desk, queues: [cards, loans]}}]
rules: {{net_staffing: {{agents: 0.1, share: 0.001, running: 1}}}}
"""
CONTACT_QUEUES = {"sales": 120.0, "orders": 40.0, "returns": 15.0, "cards": 90.0, "loans": 25.0, "extra": 8.0}


def write_configuration(folder: Path, prefix: str) -> tuple[Path, Configuration]:
    """A configuration of six queues on topics of their own; a seventh is not configured."""
    path = folder / "monitor.yaml"
    path.write_text(CONFIGURATION.format(prefix=prefix), encoding="utf-8")
    return path, load([path])


def centre_records(seed: int, evaluations: int = 0) -> dict[str, list[Record]]:
    """Some hours of a centre by queue, in order of event time: contacts, plans, agent states and snapshots.

    With evaluations of one queue, its day comes to its end.
    """
    specs = tuple(
        QueueSpec("retail", queue, volume, 180.0 + 20 * at, hours=None)
        for at, (queue, volume) in enumerate(CONTACT_QUEUES.items())
    )
    records: dict[str, list[Record]] = defaultdict(list)
    for _, queue, record in stream(CentreSpec(specs), START_MS, START_MS + HOURS * HOUR_MS, seed, reports="ended"):
        if not isinstance(record, Contact) or record.offered_ms >= START_MS:
            records[queue].append(record)
    acd = QueueSpec("bank", "acd", 60.0, 240.0, hours=None, interval_minutes=15)
    counts = simulate_counts(CentreSpec((acd,)), "acd", datetime.fromtimestamp(START_MS / 1000, UTC).date(), seed)
    for _, queue, record in snapshots(counts):
        if START_MS <= record.start_ms < START_MS + HOURS * HOUR_MS:
            records[queue].append(record)
    if evaluations:
        records["sales"] += evaluated(evaluations, START_MS, HOURS * HOUR_MS // evaluations)
    for queue, held in records.items():
        if queue != "acd":
            # Long after the rest, so that the watermark makes everything before it final.
            at = START_MS + (26 if evaluations else HOURS + 2) * HOUR_MS
            held.append(admit_contact(f"last-{queue}", at, "abandoned", at, *[None] * 9, skew_ms=0))
        held.sort(key=lambda record: (event_ms(record), TYPE_RANK[type(record)]))
    return dict(records)


def expected_rows(configuration: Configuration, records: dict[str, Sequence[Record]]) -> dict[str, list[str]]:
    """Hashes of each queue's results, in order, as a replay without faults computes them."""
    hashes: dict[str, list[str]] = {}
    for queue, held in records.items():
        engine = QueueEngine(configuration.queue(queue), {})
        outputs = [output for record in held for output in engine.apply([record], "clean", 0)]
        hashes[queue] = [str(output.row["hash"]) for output in outputs if isinstance(output, Result)]
    return hashes


def disturbed(
    records: dict[str, list[Record]], chance: random.Random, words: Sequence[tuple[int, Feed]] = ()
) -> list[Message]:
    """The same records as messages of one to a hundred: shuffled within grace, some twice, queues interleaved.

    A word of a source comes up to a third of grace after its time, and no message holds records of before and after it.
    """
    said = sorted(((at + chance.uniform(0, GRACE_MS * 0.3), word) for at, word in words), key=lambda pair: pair[0])
    timed: list[tuple[float, Message]] = [(at, ("", [word])) for at, word in said]
    cuts = [at for at, _ in said]
    for queue, held in records.items():
        jitter = [(event_ms(record) + chance.uniform(0, GRACE_MS * 0.6), record) for record in held]
        jitter += [(at + chance.uniform(0, GRACE_MS * 0.3), record) for at, record in jitter if chance.random() < 0.1]
        jitter.sort(key=lambda pair: pair[0])
        times = [at for at, _ in jitter]
        at = 0
        while at < len(jitter):
            upto = min(at + chance.choice((1, 1, 5, 20, 100)), len(jitter))
            cut = bisect(cuts, times[at])
            if cut < len(cuts):
                upto = max(at + 1, min(upto, bisect(times, cuts[cut])))
            timed.append((times[at], (queue, [record for _, record in jitter[at:upto]])))
            at = upto
    timed.sort(key=lambda pair: pair[0])
    return [message for _, message in timed]


@dataclass
class FaultRun:
    """Workers, a producer and faults on one broker.

    Attributes:
        server: the broker.
        configuration: of all workers.
        path: its file.
        folder: for the history and logs.
        sources: by queue, the source that its call data names.
    """

    server: KafkaServer
    configuration: Configuration
    path: Path
    folder: Path
    sources: Mapping[str, str] = field(default_factory=dict)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """The port of each worker's pages."""

    def __post_init__(self) -> None:
        """Make topics and history before any worker, as an operator would."""
        make_topics(self.configuration, self.server.url)
        self.history = f"sqlite:///{self.folder / 'history.db'}"
        self.url = self.server.url
        Store(self.history).close()

    def start(self, name: str, crash: str | None = None, ahead_seconds: float = 0.0) -> None:
        """Start a worker; `crash` and `ahead_seconds` as in worker_that_may_crash.py."""
        environment = os.environ | ({"CRASH": crash} if crash else {}) | {"AHEAD_SECONDS": str(ahead_seconds)}
        self.ports[name] = free_port()
        with (self.folder / f"{name}.log").open("ab") as log:
            self.workers[name] = subprocess.Popen(
                [
                    sys.executable,
                    str(Path(__file__).with_name("worker_that_may_crash.py")),
                    *("worker", "--config", str(self.path), "--broker", self.url),
                    *("--history", self.history, "--port", str(self.ports[name])),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )

    def end(self, name: str, how: signal.Signals) -> None:
        """End a worker by a signal and wait until it is gone, which takes no signal more than ten seconds."""
        process = self.workers.pop(name)
        process.send_signal(how)
        process.wait(END_SECONDS)

    def keep_alive(self) -> None:
        """Start again every worker that has ended by itself, without a crash in store."""
        for name, process in list(self.workers.items()):
            if process.poll() is not None:
                self.start(name)

    def close(self) -> None:
        """Kill what still runs."""
        for process in self.workers.values():
            process.kill()
            process.wait(60)
        self.workers.clear()

    def produce(self, messages: Sequence[Message], seconds: float) -> threading.Thread:
        """Send messages in order over about `seconds`, in a thread; broker outages are bridged."""

        def send() -> None:
            kafka = self.configuration.kafka
            names = names_on(self.configuration, self.server.url)
            with Producer(
                self.server.url, prefix=kafka.topic_prefix, generation=names.generation, give_up_seconds=240
            ) as producer:
                pause = seconds / max(1, len(messages))
                for queue, records in messages:
                    if queue:
                        producer.send(queue, encode(queue, records, [self.sources.get(queue)] * len(records)))
                    else:
                        producer.send_everywhere(encode(queue, records))
                    time.sleep(pause)

        thread = threading.Thread(target=send)
        thread.start()
        return thread

    def wait_until_read(self, seconds: float) -> bool:
        """Wait until the workers have acknowledged the input to its end; whether they have."""
        names, count = names_on(self.configuration, self.server.url), self.configuration.kafka.partitions
        topic, until = names.of(TOPIC_CALL_DATA), time.monotonic() + seconds
        with TopicReader(self.server.url, group=names.group) as reader:
            while time.monotonic() < until:
                self.keep_alive()
                bounds, committed = reader.bounds(topic, count), reader.committed(topic, count)
                if all(low == high or committed.get(at, 0) >= high for at, (low, high) in bounds.items()):
                    return True
                time.sleep(0.5)
        return False

    def grow(self, partitions: int, seconds: float) -> None:
        """Let workers read to the end, stop them, go on with more partitions, and start one."""
        until = time.monotonic() + seconds
        self.wait_until_read(seconds)
        while True:
            for name in list(self.workers):
                self.end(name, signal.SIGTERM)
            try:
                grow(self.configuration, self.server.url, partitions)
                break
            except UserError:
                if time.monotonic() > until:
                    raise
            self.start("a")
            self.wait_until_read(30)
        before = f"partitions: {self.configuration.kafka.partitions}"
        text = self.path.read_text(encoding="utf-8").replace(before, f"partitions: {partitions}")
        self.path.write_text(text, encoding="utf-8")
        self.configuration = load([self.path])
        self.start("a")

    def write_in_vain(self, queues: Sequence[str], chance: random.Random, meanwhile: threading.Thread) -> None:
        """Write transactions as long as a thread runs, in one of its own: contacts, aborted; and committed ones
        without any, whose marks take offsets all the same.
        """
        topic = names_on(self.configuration, self.server.url).of(TOPIC_CALL_DATA)
        settings = {
            "bootstrap.servers": self.server.url.removeprefix("kafka://"),
            "transactional.id": topic,
            "partitioner": "murmur2_random",
            "transaction.timeout.ms": TRANSACTION_SECONDS * 1000,
        }

        def transaction(client: Client) -> None:
            commits = chance.random() < 0.4
            client.begin_transaction()
            for queue in chance.sample(queues, 3):
                at = START_MS + chance.randrange(HOURS * HOUR_MS)
                never = admit_contact(f"never-{at}", at, "abandoned", at, *[None] * 9, skew_ms=0)
                client.produce(topic, encode(queue, [] if commits else [never]), queue)
            client.flush(TRANSACTION_SECONDS)
            if commits:
                client.commit_transaction(TRANSACTION_SECONDS)
            else:
                client.abort_transaction(TRANSACTION_SECONDS)

        def write() -> None:
            while meanwhile.is_alive():
                client = Client(settings, logger=logging.getLogger("in-vain"))
                try:
                    client.init_transactions(2 * TRANSACTION_SECONDS)
                    while meanwhile.is_alive():
                        transaction(client)
                        time.sleep(chance.uniform(0, 0.2))
                except KafkaException:
                    continue  # the broker is away; a new client aborts what this one has left open

        threading.Thread(target=write, daemon=True).start()

    def hashes(self) -> dict[str, list[str]]:
        """The hashes of each queue's results in history, in order of publication."""
        held: dict[str, list[str]] = defaultdict(list)
        with Store(self.history) as store:
            for batch in store.results():
                for row in batch:
                    held[row["queue"]].append(row["hash"])
        return dict(held)

    def results(self) -> int:
        """Number of results in history."""
        return sum(map(len, self.hashes().values()))

    def wait_for(self, expected: dict[str, list[str]], seconds: float) -> dict[str, list[str]]:
        """Wait until history holds as many results as expected; what it holds then."""
        wanted = {queue: len(hashes) for queue, hashes in expected.items()}
        return self.wait(lambda held: all(len(held.get(queue, ())) >= n for queue, n in wanted.items()), seconds)

    def wait(self, done: Callable[[dict[str, list[str]]], bool], seconds: float) -> dict[str, list[str]]:
        """Wait until `done` of what history holds, at most `seconds`; what it holds then."""
        until = time.monotonic() + seconds
        held = self.hashes()
        while not done(held) and time.monotonic() < until:
            self.keep_alive()
            time.sleep(0.5)
            held = self.hashes()
        return held

    def logs(self) -> str:
        """The last words of every worker, for a failure's message."""
        return "\n".join(f"{path.name}:\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")))
