"""A file of real calls through a broker and a live worker gives the history that replay gives, row for row."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from postgresql_server import free_port

from streams.history.query import Filters
from streams.history.store import Store
from streams.kafka.broker import EmbeddedBroker

BANK = Path(__file__).parents[1] / "fixtures" / "anonymous_bank.yaml"
# Grace is two hours, and an interval six minutes: at most the last 22 intervals of a queue are open at the end.
OPEN_AT_THE_END = 22
COMMAND = (sys.executable, "-m", "intervalwatch")


def rows(history: str) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Every result of a history by its identity, without where it was read."""
    held: dict[tuple[str, str, int], dict[str, Any]] = {}
    with Store(history) as store:
        for batch in store.results():
            for row in batch:
                key = (row["queue"], row["interval_start"], row["revision"])
                held[key] = {name: value for name, value in row.items() if name != "sources"}
    return held


def days(history: str) -> dict[tuple[str, str, int], dict[str, Any]]:
    """The days that queues emitted to their programs, by queue, day and part."""
    with Store(history) as store, store.reading() as reader:
        return {(row["queue"], row["day"], row["part"]): row for row in reader.program_days(Filters())}


def bank_configuration(folder: Path, prefix: str) -> Path:
    """The bank's configuration on topics of its own, with a clock that runs on soon."""
    text = BANK.read_text(encoding="utf-8")
    path = folder / "bank.yaml"
    path.write_text(f'{text}\nkafka: {{topic_prefix: "{prefix}", partitions: 4}}\n', encoding="utf-8")
    return path


def still_open(live: str, replay: str) -> "Counter[str]":
    """Results of replay that a live history does not hold yet, counted by queue."""
    return Counter(queue for queue, _, _ in set(rows(replay)) - set(rows(live)))


def live_history(configuration: Path, broker: str, calls: Path, folder: Path, replay: str) -> str:
    """Run a worker, ingest the file, wait until only a queue's last intervals are open, stop the worker."""
    history = f"sqlite:///{folder / 'live.db'}"
    port = free_port()
    log = folder / "worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [
                *COMMAND,
                "worker",
                "--config",
                str(configuration),
                "--broker",
                broker,
                "--history",
                history,
                "--port",
                str(port),
            ],
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_healthy(port, worker, log)
        done = subprocess.run(
            [
                *COMMAND,
                "ingest",
                "--config",
                str(configuration),
                "--broker",
                broker,
                "--source",
                f"calls={calls}",
                "--json-summary",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        summary = json.loads(done.stdout.splitlines()[-1])
        assert (summary["records_read"], summary["records_accepted"]) == (33_344, 33_344)
        until = time.monotonic() + 120
        while time.monotonic() < until and any(n > OPEN_AT_THE_END for n in still_open(history, replay).values()):
            assert worker.poll() is None, log.read_text()
            time.sleep(0.5)
    finally:
        worker.send_signal(signal.SIGINT)
        assert worker.wait(30) == 130, log.read_text()
    return history


def _wait_until_healthy(port: int, worker: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert worker.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def replayed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The file, and the history that replay computes from it."""
    calls = shared_data / "anonymous_bank" / "february.txt"
    history = f"sqlite:///{tmp_path_factory.mktemp('replay') / 'replay.db'}"
    command = [*COMMAND, "replay", "--config", str(BANK), "--source", f"calls={calls}", "--history", history]
    subprocess.run(command, check=True, capture_output=True)
    return calls, history


def assert_same_but_for_the_last(live: str, replay: str) -> None:
    """Live holds what replay holds, but for intervals that the stream itself has not closed yet.

    Replay ends with the queue's last interval; on a live stream the watermark stands at the last call, and what
    is not beyond its grace by then waits for the clock (docs/concepts/intervals.md#the-idle-clock).
    """
    ours, theirs = rows(live), rows(replay)
    assert ours == {key: theirs[key] for key in ours}
    assert all(n <= OPEN_AT_THE_END for n in still_open(live, replay).values())
    told, wanted = days(live), days(replay)
    assert told == {key: wanted[key] for key in told}
    # A queue's last day is not over on the stream.
    assert all(n <= 1 for n in Counter(queue for queue, _, _ in wanted.keys() - told.keys()).values())


@pytest.mark.live
def test_real_calls_through_real_kafka_equal_replay(
    replayed: tuple[Path, str], kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    """February's 33,344 calls through ingest, Apache Kafka and a worker give replay's history, row for row."""
    calls, history = replayed
    configuration = bank_configuration(tmp_path, topic_prefix)
    live = live_history(configuration, kafka, calls, tmp_path, history)
    assert_same_but_for_the_last(live, history)


def test_real_calls_through_the_embedded_broker_equal_replay(replayed: tuple[Path, str], tmp_path: Path) -> None:
    """The same through the embedded broker."""
    calls, history = replayed
    with EmbeddedBroker() as broker:
        configuration = bank_configuration(tmp_path, "")
        live = live_history(configuration, broker.url, calls, tmp_path, history)
    assert_same_but_for_the_last(live, history)
