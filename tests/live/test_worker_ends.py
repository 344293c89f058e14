"""A worker ends when it is told to, and when it cannot go on; what is large does not stop it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer as Client
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from kafka_server import KafkaServer
from postgresql_server import free_port

from agents.live.topics import make_topics
from config.settings import Configuration, load
from streams.admission import admit_contact
from streams.codec import encode
from streams.history.query import Filters
from streams.history.store import Store
from streams.kafka.producer import Producer
from streams.records import Check, Contact, Evaluation

BASE_MS = 1_772_438_400_000  # 2026-03-02T08:00:00Z
CHECKS = tuple(Check(f"the agent said what belongs to point {number}", "business", True) for number in range(20))


class Run:
    """One worker, the real command, with its history and its log."""

    def __init__(self, server: KafkaServer, folder: Path, prefix: str) -> None:
        path = folder / "monitor.yaml"
        path.write_text(
            f"site: {{timezone: UTC, interval_minutes: 5, grace_seconds: 0, idle_seconds: 86400}}\n"
            f'kafka: {{topic_prefix: "{prefix}", partitions: 2}}\n',
            encoding="utf-8",
        )
        self.server, self.prefix = server, prefix
        self.configuration: Configuration = load([path])
        self.history = f"sqlite:///{folder / 'history.db'}"
        self.log = folder / "worker.log"
        make_topics(self.configuration, server.url)
        Store(self.history).close()
        self.command = [
            *(sys.executable, "-m", "intervalwatch", "worker", "--config", str(path), "--broker", server.url),
            *("--history", self.history, "--port", str(free_port())),
        ]
        self.start()

    def start(self) -> None:
        """Start the worker."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def said(self) -> str:
        """All that the worker has said."""
        return self.log.read_text(encoding="utf-8")

    def send(self, queue: str, *records: Contact | Evaluation, at_once: int = 50) -> None:
        """Produce records, some a message, and wait until the broker has them."""
        with Producer(self.server.url, prefix=self.prefix) as producer:
            for first in range(0, len(records), at_once):
                producer.send(queue, encode(queue, records[first : first + at_once]))

    def limit(self, topic: str, size: int) -> None:
        """Let the broker refuse messages of a topic that are larger."""
        admin = AdminClient({"bootstrap.servers": self.server.url.removeprefix("kafka://")})
        resource = ConfigResource(ResourceType.TOPIC, f"{self.prefix}{topic}", {"max.message.bytes": str(size)})
        (answer,) = admin.alter_configs([resource]).values()
        answer.result(30)

    def close(self) -> None:
        """Kill the worker, if it still runs."""
        self.process.kill()
        self.process.wait(60)


@pytest.fixture
def run(kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path) -> Iterator[Run]:
    """A worker on topics of its own."""
    run = Run(kafka_server, tmp_path, topic_prefix)
    try:
        until(lambda: "ready with partitions [0, 1]" in run.said())
        yield run
    finally:
        run.close()


def until(done: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait for a condition; whether it came."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def call(number: int, offered_ms: int) -> Contact:
    """An answered contact."""
    who = (f"a{number}", None, None, None)
    return admit_contact(str(number), offered_ms, "answered", offered_ms + 500, None, 60_000, 0, 0, None, *who, 0)


def evaluated(count: int) -> list[Evaluation]:
    """Evaluations of one day, 20 checks each."""
    arn = "arn:aws:connect:eu-central-1:123456789012:instance/00000000-0000-0000-0000-000000000000/contact"
    return [
        Evaluation(
            f"e{number}", BASE_MS, BASE_MS + number, "random", CHECKS, f"{arn}/{number:036}", "ana", "t", "s", "eva"
        )
        for number in range(count)
    ]


@pytest.mark.live
def test_more_evaluations_than_a_message_holds(run: Run) -> None:
    """1,600 evaluations of a day, more than a message holds, are kept and told, and the next worker goes on."""
    run.send("sales", call(1, BASE_MS), *evaluated(1_600))
    run.send("sales", call(2, BASE_MS + 26 * 3_600_000))

    def told() -> int:
        with Store(run.history) as store, store.reading() as reader:
            return sum(1 for batch in reader.evaluations(Filters()) for _ in batch)

    def results() -> int:
        with Store(run.history) as store:
            return sum(len(batch) for batch in store.results())

    assert until(lambda: told() == 1_600 and results() > 0), run.said()
    before = results()
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(10) == 0, run.said()
    run.start()
    run.send("sales", call(3, BASE_MS + 50 * 3_600_000))

    assert until(lambda: results() > before), run.said()


@pytest.mark.live
def test_a_flush_that_cannot_succeed_ends_the_worker(run: Run) -> None:
    """Where the broker refuses the state for good, the worker says so and ends with exit code 2, and does not hang."""
    run.limit("intervalwatch-state-changelog", 2_000)
    # Asked again, since the broker may take a moment to know its new limit.
    run.send("sales", *(call(number, BASE_MS + number) for number in range(400)))
    run.process.wait(30)
    assert run.process.returncode == 2, run.said()
    assert "the broker refuses what this worker writes" in run.said()
    run.limit("intervalwatch-state-changelog", 1_048_588)
    run.start()
    run.send("sales", call(1_000, BASE_MS + 3_600_000))

    def counted() -> bool:
        with Store(run.history) as store:
            return any(row["offered"] == 400 for batch in store.results() for row in batch)

    assert until(counted), run.said()


@pytest.mark.live
def test_a_worker_ends_in_time_while_the_broker_is_away(run: Run) -> None:
    """SIGTERM ends a worker within ten seconds, also while a flush waits for a broker that does not answer."""
    run.send("sales", call(1, BASE_MS))
    run.server.stop()
    try:
        time.sleep(1)
        begun = time.monotonic()
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(20)
        assert time.monotonic() - begun < 10, run.said()
    finally:
        run.server.start()


@pytest.mark.live
def test_bad_messages_on_every_topic_of_ours_stop_nothing(run: Run) -> None:
    """Null, junk, a wrong shape, another version's: in each topic and in the state; what is good counts, also later."""
    topics = ("call-data", "interval-results", "breaches", "program-days", "queue-intervals", "dead-letters")
    client = Client({"bootstrap.servers": run.server.url.removeprefix("kafka://")})
    for topic in (*topics, "intervalwatch-state-changelog"):
        for partition in range(2):
            for key in (b"sales", b"\xff\xfe", b"junk\0head.x", b"\0retail\0head.x", None):
                for value in (None, b"", b"\xff\xfe", b"junk", b"[]", b"[[[1]]]", b'{"version": 99, "queue": "sales"}'):
                    if not (topic.endswith("changelog") and key is None):  # a compacted topic takes no message without
                        client.produce(f"{run.prefix}{topic}", value, key, partition)
    assert client.flush(30) == 0
    run.send("sales", *(call(number, BASE_MS + number) for number in range(10)), at_once=1)
    run.send("sales", call(11, BASE_MS + 600_000))

    def counted(start: str, offered: int) -> bool:
        with Store(run.history) as store:
            found = [row for batch in store.results() for row in batch]
        return any(row["interval_start"] == start and row["offered"] == offered for row in found)

    assert until(lambda: counted("2026-03-02T08:00:00Z", 10)), run.said()
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(10) == 0, run.said()
    run.start()
    run.send("sales", call(12, BASE_MS + 1_200_000))
    assert until(lambda: counted("2026-03-02T08:10:00Z", 1)), run.said()
    assert run.process.poll() is None
    with Store(run.history) as store, store.reading() as reader:
        letters = {row["topic"].removeprefix(run.prefix) for batch in reader.dead_letters() for row in batch}
    assert letters == set(topics)
    assert run.said().count("is none of ours") <= 2 * len(topics)
