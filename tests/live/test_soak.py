"""The promise of the engine, on a real broker: no fault changes a final figure.

Each seed is one run: a centre of seven queues is fed to workers that are killed, joined and removed while the broker
restarts, with records doubled and shuffled within grace, and crashes between output and state and between two entries
of state; beside every other one a feed writes transactions that it aborts; every third centre grows from 4 to 7
partitions in mid-day, after a producer put messages into wrong ones. Five seeds by default; `make soak
SEEDS=100` runs a hundred (SOAK_SEEDS, SOAK_FIRST).
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from fault_run import FaultRun, centre_records, disturbed, expected_rows, write_configuration
from kafka_server import KafkaServer

from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.history.store import Store

FIRST = int(os.environ.get("SOAK_FIRST", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("SOAK_SEEDS", "5")))
CRASHES = ("outputs", "cells", "manifests", "acks")


def kill(run: FaultRun, chance: random.Random) -> None:
    """Kill -9, and start again at once."""
    run.end("a", signal.SIGKILL)
    time.sleep(chance.uniform(0, 0.5))
    run.start("a")


def crash(run: FaultRun, chance: random.Random) -> None:
    """Let a worker end in the middle of a flush."""
    run.end("a", signal.SIGKILL)
    run.start("a", f"{chance.choice(CRASHES)}:{chance.randint(1, 8)}")


def join(run: FaultRun, chance: random.Random) -> None:
    """A second worker joins, and leaves in good order or is killed."""
    run.start("b")
    time.sleep(chance.uniform(2, 6))
    run.end("b", chance.choice((signal.SIGTERM, signal.SIGKILL)))


def outage(run: FaultRun, chance: random.Random) -> None:
    """No worker for longer than grace (in the stream's time: minutes a second)."""
    run.end("a", chance.choice((signal.SIGTERM, signal.SIGKILL)))
    time.sleep(chance.uniform(2, 5))
    run.start("a")


def restart_broker(run: FaultRun, chance: random.Random) -> None:
    """The broker stops or is killed, and comes back with its data."""
    if chance.random() < 0.5:
        run.server.stop()
    else:
        run.server.kill()
    time.sleep(chance.uniform(0, 2))
    run.server.start()


FAULTS = (kill, crash, crash, join, outage, restart_broker)


@pytest.mark.live
@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_changes_a_final_figure(
    seed: int, kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    """Under seeded faults the history ends with the results and hashes of one clean replay."""
    chance = random.Random(seed)
    path, configuration = write_configuration(tmp_path, topic_prefix)
    records = centre_records(seed)
    expected = expected_rows(configuration, records)
    assert sum(map(len, expected.values())) > 100
    run = FaultRun(kafka_server, configuration, path, tmp_path)
    faults = [chance.choice(FAULTS) for _ in range(3)]
    try:
        run.start("a")
        messages = disturbed(records, chance)
        if seed % 3 == 0:
            run.misplace(sorted(records), chance)
            morning, messages = messages[: len(messages) // 2], messages[len(messages) // 2 :]
            run.produce(morning, seconds=6).join(60)
            run.grow(7, 120)
        producing = run.produce(messages, seconds=12)
        if seed % 2 == 0:
            run.write_in_vain(sorted(records), random.Random(seed), producing)
        for fault in faults:
            time.sleep(chance.uniform(1.5, 5))
            fault(run, chance)
            run.keep_alive()
        producing.join(180)
        held = run.wait_for(expected, 120)
    finally:
        run.close()
    names = [fault.__name__ for fault in faults]
    assert held == expected, f"seed {seed}, {names}\n{run.logs()}"
    with Store(run.history) as store, store.reading() as reader:
        assert list(verify_history(reader, Summary())) == []
