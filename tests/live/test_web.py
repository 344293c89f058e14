"""The wallboard of a process that only shows: results of a worker elsewhere arrive through the topics."""

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from fault_run import FaultRun, centre_records, write_configuration
from kafka_server import KafkaServer
from postgresql_server import free_port

COMMAND = (sys.executable, "-m", "intervalwatch")


@pytest.mark.live
def test_results_of_a_worker_are_on_the_screens_of_web(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    """`web` without a history shows in `/api/intervals` what a worker publishes, and ends with 130 on Ctrl-C."""
    path, configuration = write_configuration(tmp_path, topic_prefix)
    run = FaultRun(kafka_server, configuration, path, tmp_path)
    port = free_port()
    web = subprocess.Popen(
        [*COMMAND, "web", "--config", str(path), "--broker", kafka_server.url, "--port", str(port)],
        stderr=subprocess.PIPE,
    )
    try:
        run.start("a")
        held = centre_records(3)["sales"]
        run.produce([("sales", held[at : at + 100]) for at in range(0, len(held), 100)], seconds=1).join(30)
        queues: set[str] = set()
        until = time.monotonic() + 60
        while "sales" not in queues and time.monotonic() < until:
            assert web.poll() is None
            time.sleep(0.5)
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/intervals", timeout=5) as answer:
                    queues = {row["queue"] for row in json.load(answer)}
            except OSError:
                continue
        assert queues == {"sales"}
    finally:
        run.close()
        web.send_signal(2)
        assert web.wait(20) == 130
