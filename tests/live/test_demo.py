"""The demo from outside: it checks its port first, cleans up behind it, and feeds workers that run elsewhere."""

import datetime as dt
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from postgresql_server import free_port

from streams.kafka.broker import EmbeddedBroker

pytestmark = pytest.mark.live


def demo(folder: Path, *options: str) -> subprocess.Popen[str]:
    """The demo with its temporary files in a folder of its own."""
    command = [sys.executable, "-m", "intervalwatch", "demo", *options]
    environment = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_port_that_is_taken_is_told_before_any_address(tmp_path: Path) -> None:
    """Exit code 2 and one line with what to do; nothing was started, and nothing is left."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        process = demo(tmp_path, "--port", str(port))
        said = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert said.splitlines() == [f"intervalwatch: 127.0.0.1:{port}: is in use; choose another --port"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [False, True])
def test_it_cleans_up_behind_it(tmp_path: Path, keep: bool) -> None:
    """It begins on a working day's afternoon and leaves no file, or with --keep its history and nothing else."""
    process = demo(tmp_path, "--port", "0", "--for", "8", *(["--keep"] if keep else []))
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 0, said
    assert re.search(r"it is (Mon|Tues|Wednes|Thurs|Fri)day \d{4}-\d\d-\d\d 16:10", said)
    assert re.search(r"wallboard   http://127\.0\.0\.1:[1-9]\d+/", said)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == (["history.db"] if keep else [])
    assert ("intervalwatch verify" in said) is keep


@pytest.mark.parametrize(("seed", "queue"), [(0, "cards"), (6, "sales")])
def test_a_seed_decides_where_the_surge_is(tmp_path: Path, seed: int, queue: str) -> None:
    """Its queue has an open critical breach soon after the start."""
    port = free_port()
    process = demo(tmp_path, "--port", str(port), "--seed", str(seed))
    try:
        end = time.monotonic() + 120
        while queue not in critical(port):
            assert time.monotonic() < end
            time.sleep(0.5)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []


def critical(port: int) -> set[str]:
    """The queues with an open critical breach; none while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return set()
    lines = [line for line in text.splitlines() if line.startswith("intervalwatch_breach_active{") and "} 1" in line]
    return {re.findall(r'queue="(\w+)"', line)[0] for line in lines if 'severity="critical"' in line}


def test_it_feeds_workers_that_run_elsewhere(tmp_path: Path) -> None:
    """The service of compose's profile demo: 8 hours of contacts, then those of now; no port, no history."""
    with EmbeddedBroker() as broker:
        process = demo(tmp_path, "--feed-only", "--broker", broker.url, "--for", "3")
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, said
        assert "feeding kafka://127.0.0.1:" in said
        bootstrap = broker.url.removeprefix("kafka://")
        reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "auto.offset.reset": "earliest"})
        reader.subscribe(["call-data"])
        messages = []
        while found := reader.consume(1000, timeout=10):
            messages += found
        reader.close()
    records = [record for message in messages for record in json.loads(message.value())]
    offered = sorted(dt.datetime.fromisoformat(each["offered_at"]) for each in records if each["type"] == "contact")
    assert len(offered) > 500
    assert offered[-1] - offered[0] > dt.timedelta(hours=7)
    assert offered[-1] > dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)
    assert list(tmp_path.iterdir()) == []


def test_feeding_needs_a_broker(tmp_path: Path) -> None:
    """The embedded broker would be gone with the demo: one line says what is lacking."""
    process = demo(tmp_path, "--feed-only")
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert said.splitlines() == ["intervalwatch: --feed-only: name the broker that the workers read with --broker"]
