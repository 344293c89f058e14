"""A named pool on a real broker: queues and their pool on workers of their own give the breach that replay gives."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from case_runs import replayed, rows_of
from pool_day import written
from postgresql_server import free_port

COMMAND = (sys.executable, "-m", "intervalwatch")


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["rule"] == "net_staffing"]


@pytest.mark.live
def test_two_workers_give_the_breach_of_a_replay(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    """The rows through ingest, Apache Kafka and two workers give every record of the pool's breach as replay does."""
    files = written(tmp_path, f'kafka: {{topic_prefix: "{topic_prefix}", partitions: 6}}\n')
    wanted = _told(rows_of(replayed(files, tmp_path, acd="rows.csv"), "breaches"))
    assert len(wanted) == 3
    history, log = f"sqlite:///{tmp_path / 'live.db'}", tmp_path / "workers.log"
    shared = ("--config", str(files / "config.yaml"), "--broker", kafka)
    with log.open("wb") as output:
        workers = [
            subprocess.Popen(
                [*COMMAND, "worker", *shared, "--history", history, "--port", str(free_port())],
                stdout=output,
                stderr=output,
            )
            for _ in range(2)
        ]
    try:
        subprocess.run([*COMMAND, "ingest", *shared, "--source", f"acd={files / 'rows.csv'}"], check=True)
        until = time.monotonic() + 120
        found: list[dict[str, Any]] = []
        while found != wanted and time.monotonic() < until:
            assert all(worker.poll() is None for worker in workers), log.read_text()
            time.sleep(0.5)
            found = _told(rows_of(history, "breaches")) if (tmp_path / "live.db").exists() else []
        assert found == wanted, log.read_text()
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGINT)
        assert [worker.wait(30) for worker in workers] == [130, 130], log.read_text()
