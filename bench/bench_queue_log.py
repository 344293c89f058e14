"""Reading Asterisk's queue_log on one core, beside a bare Python split of the same file.

The log is of a day's shape: calls enter, are taken or given up; agents are members of three queues, pause and
come back. The reader gives a copy of a visit for each line that tells something new, and each agent's states to each of
the agent's queues. The bare split does what no parser can do without: it splits each line at its `|`.

    python bench/bench_queue_log.py                 # a million lines; --profile shows where the time goes
"""

import argparse
import cProfile
import pstats
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from config.settings import load
from streams.sources.batch import Batch
from streams.sources.merge import parse_inputs, read_inputs

WANTED: float = 200_000
FROM: float = 1_772_413_200.0
QUEUES = 10
AGENTS = 200


def write(file: Path, lines: int) -> None:
    """Write a log of so many lines, in the order of time."""
    rng = random.Random(18)
    rows: list[tuple[float, str]] = []

    def put(at: float, *fields: object) -> None:
        rows.append((at, f"{at:.6f}|" + "|".join(map(str, fields))))

    for agent in range(AGENTS):
        for step in range(3):
            put(FROM, "MANAGER", f"q{(agent + step) % QUEUES}", f"Agent/{agent}", "ADDMEMBER", "")
    call, at = 0, FROM
    while len(rows) < lines:
        call, at = call + 1, at + rng.expovariate(2.0)
        queue, agent, callid = (
            f"q{call % QUEUES}",
            f"Agent/{call % AGENTS}",
            f"{at:.6f}".replace(".", "", 1)[:10] + f".{call}",
        )
        wait, talk = rng.expovariate(1 / 20), rng.expovariate(1 / 180)
        put(at, callid, queue, "NONE", "ENTERQUEUE", "", f"+49{call:010d}", 1)
        if rng.random() < 0.1:
            put(at + wait, callid, queue, "NONE", "ABANDON", 1, 1, int(wait))
            continue
        if rng.random() < 0.2:
            put(at + wait / 2, callid, queue, agent, "RINGNOANSWER", 15000)
        put(at + wait, callid, queue, agent, "CONNECT", int(wait), f"{callid}9", 3)
        put(
            at + wait + talk,
            callid,
            queue,
            agent,
            rng.choice(("COMPLETECALLER", "COMPLETEAGENT")),
            int(wait),
            int(talk),
            1,
        )
        if call % 40 == 0:
            put(at, "NONE", "NONE", agent, "PAUSEALL", "lunch")
            put(at + 600, "NONE", "NONE", agent, "UNPAUSEALL", "")
    rows.sort(key=lambda row: row[0])
    file.write_text("\n".join(line for _, line in rows) + "\n", encoding="utf-8")


def split(file: Path) -> int:
    """Split every line, and do nothing with it."""
    count = 0
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            line.rstrip("\n").split("|")
            count += 1
    return count


def read(file: Path) -> int:
    """Read the log as `ingest` and `replay` do, up to the records."""
    config = file.with_name("monitor.yaml")
    config.write_text("site: {timezone: UTC}\nsources: {pbx: {format: queue_log}}\n", encoding="utf-8")
    configuration = load((config,))
    total = Batch()
    for _, batch in read_inputs(configuration, parse_inputs(configuration, [f"pbx={file}"]), lambda: 2**42):
        total.read += batch.read
    return total.read


def rate(what: Callable[[Path], int], file: Path, runs: int) -> float:
    """Lines a second of CPU time, the best of some runs."""
    best = 0.0
    for _ in range(runs):
        began = time.process_time()
        lines = what(file)
        best = max(best, lines / (time.process_time() - began))
    return best


def main() -> None:
    """Print both rates."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--profile", action="store_true", help="show where the reader's time goes")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "queue_log"
        write(file, given.lines)
        if given.profile:
            with cProfile.Profile() as profile:
                read(file)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
            return
        bare, ours = rate(split, file, given.runs), rate(read, file, given.runs)
        print(f"bare split      {bare:>12,.0f} lines/s")
        print(f"queue_log       {ours:>12,.0f} lines/s, {bare / ours:.1f} times as long as the split")
        print(f"wanted          {WANTED:>12,.0f} lines/s")


if __name__ == "__main__":
    main()
