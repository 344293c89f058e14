"""`intervalwatch replay` of a CSV file of contacts on one core, beside a pandas script that computes just the counts.

The rows are those of bench_live.py; replay checks each, merges by event time, keeps every contact correctable, closes
each interval with its rules, and writes chained results to SQLite. The pandas script reads the same file and groups
it. The ratio is to a bare Faust agent in the same run, on a real Kafka; without one it is left out.

    python bench/bench_replay.py                    # two million rows
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from load import broker, centre, contacts, line, messages, name, ran, table

from agents.live.topics import make_topics
from config.timestamps import rfc3339
from streams.kafka.producer import Producer

QUEUES = 50
FROM_MS = 1_772_413_200_000  # 2026-03-02T01:00:00Z
WANTED = 16.0
"""Rows a second, in messages a second of a bare Faust agent."""
_BARE_MESSAGES = 30_000
_COLUMNS = (
    "contact_id,queue,offered_at,outcome,exited_at,wait_seconds,talk_seconds,hold_seconds,wrap_seconds,"
    "agent,team,shift,channel\n"
)


def write(file: Path, rows: int) -> None:
    """Write the file: interval by interval, each with all queues."""
    with file.open("w", encoding="utf-8") as out:
        out.write(_COLUMNS)
        for first in range(0, rows // QUEUES, 1000):
            for queue in range(QUEUES):
                for c in contacts(queue, first, min(1000, rows // QUEUES - first), FROM_MS):
                    assert c.exited_ms is not None and c.wait_ms is not None  # noqa: S101, PT018 - so they are made
                    spent = ["" if ms is None else f"{ms / 1000:g}" for ms in (c.talk_ms, c.hold_ms, c.wrap_ms)]
                    cells = [
                        c.contact_id,
                        name(queue),
                        rfc3339(c.offered_ms),
                        c.outcome,
                        rfc3339(c.exited_ms),
                        f"{c.wait_ms / 1000:g}",
                        *spent,
                        *(text or "" for text in (c.agent, c.team, c.shift, c.channel)),
                    ]
                    out.write(",".join(cells) + "\n")


def by_pandas(file: Path) -> None:
    """Count only: offered, answered, in time, abandoned and handle time by queue and quarter of an hour."""
    frame = pd.read_csv(file, parse_dates=["offered_at"], date_format="ISO8601")
    frame["quarter"] = frame.offered_at.dt.floor("15min")
    frame["answered"] = frame.outcome == "answered"
    frame["within"] = frame.answered & (frame.wait_seconds <= 20)
    frame["abandoned"] = frame.outcome == "abandoned"
    frame["handle"] = frame.talk_seconds + frame.hold_seconds + frame.wrap_seconds
    frame.groupby(["queue", "quarter"])[["answered", "within", "abandoned", "handle"]].sum()


def replayed(file: Path, path: Path, rows: int) -> tuple[float, float]:
    """Wall and CPU seconds of the command, its start included."""
    history = file.with_name("history.db")
    history.unlink(missing_ok=True)
    command = [sys.executable, "-m", "intervalwatch", "replay", "--config", str(path), "--source", f"calls={file}"]
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(
        [*command, "--history", f"sqlite:///{history}", "--json-summary"], check=True, capture_output=True
    )
    after = os.times()
    assert json.loads(done.stdout.splitlines()[-1])["records_accepted"] == rows  # noqa: S101 - a benchmark of wrong answers is none
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu


def bare(folder: Path, rounds: int) -> float | None:
    """Messages a second of a bare Faust agent, the median of some rounds."""
    rates = []
    with broker() as server:
        for turn in range(rounds):
            path, configuration = centre(folder, QUEUES, f"bare-{turn}-")
            make_topics(configuration, server.url)
            with Producer(server.url, prefix=configuration.kafka.topic_prefix) as producer:
                for queue, value in messages(QUEUES, _BARE_MESSAGES, 1):
                    producer.send(queue, value)
            took = ran(sys.executable, "contestants.py", "bare", server.url, path, _BARE_MESSAGES)
            if took is not None:
                rates.append(_BARE_MESSAGES / took["wall"])
    return statistics.median(rates) if rates else None


def main() -> int:
    """Print the table; return 1 if the wanted ratio is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is taken")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "calls.csv"
        write(file, options.rows)
        path, _ = centre(Path(scratch), QUEUES)
        ours = [replayed(file, path, options.rows) for _ in range(options.rounds)]
        theirs: list[tuple[float, float]] = []
        for _ in range(options.rounds):
            began, cpu = time.perf_counter(), time.process_time()
            by_pandas(file)
            theirs.append((time.perf_counter() - began, time.process_time() - cpu))
        os.sched_setaffinity(0, cores)
        try:
            agent = bare(Path(scratch), options.rounds)
        except SystemExit as none:
            print(none)
            agent = None
    table("one core", "rows/s", "of the bare agent", "rows per CPU second")
    failed = False
    for who, took in (("intervalwatch replay", ours), ("pandas, counts only", theirs)):
        wall = options.rows / statistics.median(wall for wall, _ in took)
        cpu = options.rows / statistics.median(cpu for _, cpu in took)
        line(who, f"{wall:,.0f}", "-" if agent is None else f"{wall / agent:.1f}", f"{cpu:,.0f}")
        failed |= took is ours and agent is not None and wall < WANTED * agent
    line("bare Faust agent, messages/s", "-" if agent is None else f"{agent:,.0f}", "1.0", "-")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
