"""Behaviour that only a live worker on a real broker shows: the clock's ticks, corrections, secured listeners."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer as Client
from fault_run import FaultRun
from faust.types import TP
from kafka_server import PASSWORD, USER, KafkaServer

import agents.live.flusher
from agents.live.clock import WallClock
from agents.live.faust_patches.batch_consumer import BatchConsumer
from agents.live.flusher import Flusher
from agents.live.topics import make_topics
from agents.live.worker import LiveWorker
from config.settings import Configuration, load
from streams.admission import admit_contact
from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.codec import encode
from streams.history.store import Store
from streams.kafka.producer import Producer
from streams.records import AgentState, Plan, Snapshot

MINUTE_MS = 60_000
BASE_MS = 1_772_438_400_000  # 2026-03-02T08:00:00Z


def start(server: KafkaServer, folder: Path, prefix: str, extra: str = "", site: str = "") -> FaultRun:
    """A worker on topics of its own, intervals of five minutes, no grace."""
    path = folder / "monitor.yaml"
    path.write_text(
        f"site: {{timezone: UTC, interval_minutes: 5, grace_seconds: 0, {site or 'idle_seconds: 86400'}}}\n"
        f'kafka: {{topic_prefix: "{prefix}", partitions: 2{extra}}}\n'
        f"defaults: {{service_level: {{threshold_seconds: 1, target: 0.8}}}}\n",
        encoding="utf-8",
    )
    run = FaultRun(server, load([path]), path, folder)
    run.start("a")
    return run


def call(number: str, offered_ms: int, wait_ms: int = 500) -> Any:
    """An answered contact."""
    exited = offered_ms + wait_ms
    return admit_contact(number, offered_ms, "answered", exited, None, 60_000, 0, 0, None, "ana", None, None, None, 0)


def send(run: FaultRun, queue: str, *records: Any) -> None:
    """Produce records, each a message of its own, and wait until the broker has them."""
    with Producer(run.server.url, prefix=run.configuration.kafka.topic_prefix) as producer:
        for record in records:
            producer.send(queue, encode(queue, [record]))


def results(run: FaultRun, queue: str, count: int, seconds: float = 60) -> list[dict[str, Any]]:
    """The queue's results, once history holds `count`."""
    held = run.wait(lambda hashes: len(hashes.get(queue, ())) >= count, seconds)
    assert len(held.get(queue, ())) >= count, run.logs()
    with Store(run.history) as store:
        return [row for batch in store.results() for row in batch if row["queue"] == queue]


@pytest.mark.live
def test_a_quiet_queue_becomes_final_by_the_clock(kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    """With no further record, ticks in the topic make the last interval final, and a replayed topic says so too."""
    run = start(kafka_server, tmp_path, topic_prefix, site="idle_seconds: 1")
    try:
        now = int(time.time() * 1000)
        # Two seconds before the end of the last full interval: due three seconds after the queue fell silent.
        end = now // (5 * MINUTE_MS) * 5 * MINUTE_MS
        send(run, "quiet", call("1", end - 2_000))
        (row,) = results(run, "quiet", 1)
        assert (row["status"], row["offered"], row["revision"]) == ("final", 1, 1)
    finally:
        run.close()


def written(folder: Path, prefix: str) -> Configuration:
    """A configuration of two partitions, in `folder`."""
    path = folder / "monitor.yaml"
    path.write_text(f'kafka: {{topic_prefix: "{prefix}", partitions: 2}}\n', encoding="utf-8")
    return load([path])


def worker_of(server: KafkaServer, folder: Path, configuration: Configuration) -> LiveWorker:
    """A worker in this process, with nothing beside it; its topics are not made."""
    return LiveWorker(
        configuration,
        server.url.removeprefix("kafka://"),
        store=None,
        clock=WallClock(),
        partition_count=2,
        data_dir=str(folder / "faust"),
    )


async def until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a condition, at most `seconds`."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.1)


@pytest.mark.live
def test_a_worker_that_finds_no_topics_takes_them_up_when_they_are_there(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    """A broker may show new topics late: the worker asks again within seconds, not after Kafka's five minutes."""
    configuration = written(tmp_path, topic_prefix)

    async def held() -> int:
        worker = worker_of(kafka_server, tmp_path, configuration)
        await worker.start()
        assert not worker.assignment.held
        await asyncio.to_thread(make_topics, configuration, kafka_server.url)
        await until(lambda: len(worker.assignment.held) == 2)
        count = len(worker.assignment.held)
        await worker.stop()
        return count

    assert asyncio.run(held()) == 2


@pytest.mark.live
def test_what_comes_while_a_worker_seeks_is_not_lost(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages that are there between Faust's seek and its emptying of the agents' queues are counted, all of them.

    The seek is made to take a second longer, and a slow flush to follow each event: that only widens what a busy
    machine shows now and then.
    """
    configuration = written(tmp_path, topic_prefix)
    seek, flush = BatchConsumer.seek_to_committed, Flusher.flush

    async def slowly(self: BatchConsumer) -> Any:
        offsets = await seek(self)
        await asyncio.sleep(1)
        return offsets

    async def flush_slowly(self: Flusher) -> None:
        await asyncio.sleep(0.2)
        await flush(self)

    monkeypatch.setattr(BatchConsumer, "seek_to_committed", slowly)
    monkeypatch.setattr(Flusher, "flush", flush_slowly)
    monkeypatch.setattr(agents.live.flusher, "_MOST_PENDING", 1)

    async def counted(first: int, upto: int) -> int:
        await asyncio.to_thread(produce, first, upto)
        worker = worker_of(kafka_server, tmp_path, configuration)
        await worker.start()
        await until(lambda: worker.counters().accepted >= upto - first, 20)
        count = worker.counters().accepted
        await worker.stop()
        return count

    def produce(first: int, upto: int) -> None:
        with Producer(kafka_server.url, prefix=topic_prefix) as producer:
            for at in range(first, upto):
                queue = f"queue-{at % 8}"
                producer.send(queue, encode(queue, [call(str(at), BASE_MS + at)]))

    make_topics(configuration, kafka_server.url)
    assert asyncio.run(counted(0, 100)) == 100
    # Now there is state to recover, and Faust reads while it seeks.
    assert asyncio.run(counted(100, 3000)) == 2900


@pytest.mark.live
def test_a_feed_may_write_in_transactions(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed messages are counted, aborted ones are not; the marks of both are no missing messages and no lag.

    Nor is the log looked at again because of them: that would take longer than counting. Messages that are not
    committed yet are nothing to wait for: the clock goes on.
    """
    configuration = written(tmp_path, topic_prefix)
    make_topics(configuration, kafka_server.url)
    looked: list[int] = []

    async def look(_: BatchConsumer, __: Any, due: int, ___: int) -> bool:
        looked.append(due)
        return True

    monkeypatch.setattr(BatchConsumer, "_log_lacks", look)

    client = Client(
        {
            "bootstrap.servers": kafka_server.url.removeprefix("kafka://"),
            "transactional.id": topic_prefix,
            "partitioner": "murmur2_random",
        }
    )

    def begin(at: int) -> None:
        client.begin_transaction()
        client.produce(f"{topic_prefix}call-data", encode("sales", [call(str(at), BASE_MS + at)]), "sales")
        client.flush(30)

    def produce() -> None:
        client.init_transactions(30)
        for at in range(30):
            begin(at)
            if at % 3 < 2:
                client.commit_transaction(30)
            else:
                client.abort_transaction(30)
        begin(30)

    async def counted() -> list[int]:
        worker = worker_of(kafka_server, tmp_path, configuration)
        consumer: Any = worker.app.consumer
        await worker.start()
        await asyncio.to_thread(produce)
        await until(lambda: worker.counters().accepted >= 20 and not any(worker.lag().values()), 30)
        (partition,) = worker.progress.applied()
        tp = TP(worker._topic, partition)
        await until(lambda: consumer.highwater(tp) > consumer.readable_to(tp), 30)
        assert consumer.highwater(tp) > consumer.readable_to(tp)
        assert await worker.progress.is_at_end(partition)
        counts = [worker.counters().accepted]
        await asyncio.to_thread(client.commit_transaction, 30)
        await until(lambda: worker.counters().accepted >= 21, 30)
        counts.append(worker.counters().accepted)
        await worker.stop()
        return counts

    assert asyncio.run(counted()) == [20, 21]
    assert looked == []


@pytest.mark.live
def test_late_records_of_each_kind_make_numbered_corrections(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    """A late contact, snapshot, agent state and plan each give the next revision with its reason, in one chain."""
    run = start(kafka_server, tmp_path, topic_prefix)
    later = BASE_MS + 60 * MINUTE_MS
    length = 5 * MINUTE_MS
    try:
        send(run, "calls", call("1", BASE_MS + 1_000), call("2", later), call("3", BASE_MS + 2_000))
        send(
            run,
            "calls",
            Plan("v1", BASE_MS - 60 * MINUTE_MS, BASE_MS, length, 10.0, 60_000, 2.0, 2.0),
            AgentState("ana", BASE_MS, "available", ("calls",), 1),
        )
        counts = {"offered": 4, "answered": 4, "answered_within": 4, "abandoned": 0}
        send(
            run,
            "acd",
            Snapshot(BASE_MS, length, BASE_MS + length, **counts),
            Snapshot(later, length, later + length, **counts),
            Snapshot(BASE_MS, length, BASE_MS + length + 1_000, **(counts | {"offered": 5, "abandoned": 1})),
        )
        first, *more = [row for row in results(run, "calls", 4) if row["interval_start"] == "2026-03-02T08:00:00Z"]
        assert (first["revision"], first["status"], first["offered"], first["reason"]) == (1, "final", 1, None)
        assert [row["revision"] for row in more] == list(range(2, len(more) + 2))
        assert {row["status"] for row in more} == {"corrected"}
        assert more[0]["reason"].startswith("late contact 3: offered 1 -> 2")
        assert more[-1]["plan_version"] == "v1"
        assert "plan_late" in more[-1]["plan"]
        assert more[-1]["staffed_seconds"] == 300
        acd = [row for row in results(run, "acd", 2) if row["interval_start"] == "2026-03-02T08:00:00Z"]
        assert [(row["revision"], row["offered"], row["service_level"]) for row in acd] == [(1, 4, 1.0), (2, 5, 0.8)]
        assert "offered 4 -> 5" in acd[1]["reason"]
        with Store(run.history) as store, store.reading() as reader:
            assert list(verify_history(reader, Summary())) == []
    finally:
        run.close()


@pytest.mark.live
def test_a_worker_reaches_a_listener_with_tls_and_a_password(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kafka.security` is passed through to every client; the password comes from the environment and no log has it."""
    monkeypatch.setenv("TEST_KAFKA_USER", USER)
    monkeypatch.setenv("TEST_KAFKA_PASSWORD", PASSWORD)
    security = {
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(kafka_server.ca_file),
        "sasl_mechanism": "PLAIN",
        "sasl_username_env": "TEST_KAFKA_USER",
        "sasl_password_env": "TEST_KAFKA_PASSWORD",
    }
    run = start(kafka_server, tmp_path, topic_prefix)
    try:
        run.close()
        text = run.path.read_text(encoding="utf-8")
        run.path.write_text(text.replace("partitions: 2", f"partitions: 2, security: {json.dumps(security)}"))
        run.url = kafka_server.secure_url
        run.start("a")
        send(run, "calls", call("1", BASE_MS), call("2", BASE_MS + 60 * MINUTE_MS))
        (row,) = results(run, "calls", 1)
        assert row["offered"] == 1
        assert PASSWORD not in run.logs()
    finally:
        run.close()
