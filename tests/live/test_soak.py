"""The promise of the engine, on a real broker: no fault changes a final figure.

Each seed is one run: a centre of seven queues and two pools is fed to workers that are killed, joined and removed while
the broker restarts, with records doubled and shuffled within grace, crashes between output and state and between two
entries of state, and a worker whose clock is ten days wrong. The seed divides the rest, so that a run stays short:

- of every three, one grows from 4 to 7 partitions in mid-day, after a producer put messages into wrong ones; one has a
  history that is locked, deleted and restored from a backup, or gone for good; one has 1,500 evaluations of 20 checks,
  more than a message holds;
- of every five, one has sources that speak: one is dead for two hours, and a row is refused;
- of every two, one has a feed beside it that writes transactions and aborts them; the other has bad messages on every
  topic, the state's included: null, junk, wrong shapes, another version's, records of the future.

At the end history is what the same records give without faults: results, hashes, breaches, evaluations, days; every bad
message is a dead letter, and nothing else is. Five seeds by default; `make soak SEEDS=100` runs a hundred (SOAK_SEEDS,
SOAK_FIRST).
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from bad_messages import BadMessages
from clean_centre import clean_history, held_history
from fault_run import HOURS, START_MS, FaultRun, centre_records, disturbed, write_configuration
from history_faults import HISTORY_FAULTS
from kafka_server import KafkaServer
from source_words import SOURCES, spoken

from agents.groups.audit import group_findings
from agents.live.topics import names_on
from config.settings import Configuration
from config.timestamps import from_rfc3339
from streams.admission import admit_contact
from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.codec import encode
from streams.history.groups.rows import KeptGroups
from streams.history.query import Filters, HistoryQuery
from streams.history.store import Store
from streams.records import Record

FIRST = int(os.environ.get("SOAK_FIRST", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("SOAK_SEEDS", "5")))
CRASHES = ("outputs", "cells", "manifests", "acks")
EVALUATIONS = 1_500
DAY_SECONDS = 86_400
RULES_OF_WORDS = ('"feed_missing"', '"integrity"')
"""Those that a dead source, and a row that is refused, breach."""


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


def wrong_clock(run: FaultRun, chance: random.Random) -> None:
    """A worker whose clock is ten days ahead, or behind, works for some seconds."""
    run.end("a", signal.SIGTERM)
    run.start("a", ahead_seconds=chance.choice((10, 10, -10)) * DAY_SECONDS)
    time.sleep(chance.uniform(3, 6))
    run.end("a", chance.choice((signal.SIGTERM, signal.SIGKILL)))
    run.start("a")


FAULTS = (kill, crash, crash, join, outage, restart_broker, wrong_clock)


@pytest.mark.live
@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_changes_a_final_figure(
    seed: int, kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    """Under seeded faults the history ends with the results and hashes of one clean replay, and no record is lost."""
    chance = random.Random(seed)
    grows, stops, is_large = seed % 3 == 0, seed % 3 == 1, seed % 3 == 2
    path, configuration = write_configuration(tmp_path, topic_prefix)
    records = centre_records(seed, EVALUATIONS if is_large else 0)
    words, sources = (spoken(records), SOURCES) if seed % 5 == 0 else ([], None)
    expected = clean_history(configuration, records, f"sqlite:///{tmp_path / 'clean.db'}", sources, words)
    assert expected.sizes() > (100, 0, 0, 0)
    assert len(expected.evaluations) == EVALUATIONS * is_large
    assert all(any(rule in row for row in expected.breaches.values()) for rule in RULES_OF_WORDS) == bool(words)
    run = FaultRun(kafka_server, configuration, path, tmp_path, sources or {})
    bad = BadMessages(run.url, sorted(records), random.Random(seed))
    faults = [chance.choice(FAULTS) for _ in range(3)]
    if stops:
        faults[chance.randrange(3)] = HISTORY_FAULTS[seed // 3 % len(HISTORY_FAULTS)]
    try:
        run.start("a")
        messages = disturbed(records, chance, words)
        if grows:
            bad.misplace(names_on(configuration, run.url), configuration.kafka.partitions, astray(records, chance))
            morning, messages = messages[: len(messages) // 2], messages[len(messages) // 2 :]
            producing = run.produce(morning, seconds=6)
            if seed % 2:
                bad.send(names_on(configuration, run.url), configuration.kafka.partitions)
                bad.finish()
            producing.join(60)
            run.grow(7, 120)
        producing = run.produce(messages, seconds=12)
        if seed % 2:
            bad.send_often(names_on(configuration, run.url), run.configuration.kafka.partitions, producing)
        else:
            run.write_in_vain(sorted(records), random.Random(seed), producing)
        for fault in faults:
            time.sleep(chance.uniform(1.5, 5))
            fault(run, chance)
            run.keep_alive()
        producing.join(300)
        bad.finish()
        run.wait_for(expected.hashes, 120)
        # Breaches, evaluations and dead letters may come after the last result.
        run.wait(lambda _: held_history(run.history) == expected and letters(run)[0] >= bad.places, 60)
        held = held_history(run.history)
        refused, of_clocks = letters(run)
    finally:
        run.close()
    story = f"seed {seed}, {[fault.__name__ for fault in faults]}\n{run.logs()}"
    assert held.differences(expected) == [], story
    assert refused == bad.places, f"{sorted(refused ^ bad.places)} {story}"
    assert not of_clocks or wrong_clock in faults, story
    require_sound(run.history, configuration, story)


def require_sound(url: str, configuration: Configuration, story: str) -> None:
    """The chains are whole, and the latest figures of groups are brute-force sums over the latest results."""
    with Store(url) as store, store.reading() as reader:
        assert list(verify_history(reader, Summary())) == []
        summary = Summary()
        assert list(group_findings(reader, summary)) == [], story
        assert not any("figures of groups" in each for each in summary.unproved), story
        assert sums_by_force(reader, configuration) == sums_kept(reader), story


def astray(records: dict[str, list[Record]], chance: random.Random) -> list[tuple[str, bytes]]:
    """A message of each queue that must never count."""
    made = []
    for queue in sorted(records):
        at = START_MS + chance.randrange(HOURS * 3_600_000)
        made.append((queue, encode(queue, [admit_contact(f"never-{at}", at, "abandoned", at, *[None] * 9, skew_ms=0)])))
    return made


def sums_kept(reader: HistoryQuery) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Offered, answered and abandoned of each kept interval and day."""
    rows = KeptGroups(reader).between(None, None)
    assert len(rows) > HOURS
    return {
        (f"{row['kind']} {row['group']}", row["period"], row["interval_start"]): (
            row["offered"] or 0,
            row["answered"] or 0,
            row["abandoned"] or 0,
        )
        for row in rows
    }


def sums_by_force(
    reader: HistoryQuery, configuration: Configuration
) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The same, summed over the latest results of the queues that the configuration names."""
    latest = [row for batch in reader.results(Filters(latest_only=True)) for row in batch]
    members = {f"pool {each.id}": set(each.queues) for each in configuration.last.pools}
    members |= {f"site {each.id}": set(each.queues) for each in configuration.last.sites}
    members |= {
        f"program {name}": {r["queue"] for r in latest if r["program"] == name}
        for name in {row["program"] for row in latest}
    }
    found = {}
    for kept in KeptGroups(reader).between(None, None):
        name, start = f"{kept['kind']} {kept['group']}", from_rfc3339(kept["interval_start"])
        end = start + kept["interval_seconds"] * 1000
        own = [
            row
            for row in latest
            if row["queue"] in members[name]
            and start <= from_rfc3339(row["interval_start"]) < end
            and row["status"] != "missing"
        ]
        figures = tuple(sum(row[column] or 0 for row in own) for column in ("offered", "answered", "abandoned"))
        # A count that one queue does not report is nobody's sum.
        lacks = [any(row[column] is None for row in own) for column in ("offered", "answered", "abandoned")]
        found[name, kept["period"], kept["interval_start"]] = tuple(
            0 if lack else figure for figure, lack in zip(figures, lacks, strict=True)
        )
    return found


def letters(run: FaultRun) -> tuple[set[tuple[str, int, int]], int]:
    """Topic, partition and offset of the dead letters in history; ticks of wrong clocks are counted apart."""
    with Store(run.history) as store, store.reading() as reader:
        rows = [row for batch in reader.dead_letters() for row in batch]
    ticks = [row for row in rows if row["value"].startswith('[{"type":"tick"')]
    of_ticks = {(row["topic"], row["partition"], row["offset"]) for row in ticks}
    return {(row["topic"], row["partition"], row["offset"]) for row in rows} - of_ticks, len(of_ticks)
