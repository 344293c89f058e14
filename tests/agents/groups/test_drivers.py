"""The rule on a pool in both drivers: files through a replay, and the same messages through a worker without Kafka."""

import json
from pathlib import Path
from typing import Any

import pytest
from case_runs import replayed, rows_of, verified
from click.testing import CliRunner
from pool_day import pool_day, written

from agents.groups.engine import GroupEngine, GroupName
from agents.live.growing import home_of
from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from intervalwatch.commands.report import report
from streams.kafka.partitioner import partition_of
from streams.topics import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_QUEUE_INTERVALS


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The configuration and the rows in a folder."""
    return written(tmp_path)


def _told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The columns of breach records that both drivers must give alike."""
    names = ("breach_id", "sequence", "state", "program", "queue", "scope", "interval_start", "observed", "message")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_replay_judges_the_pool_and_not_its_queues(files: Path) -> None:
    """The pool's breach stands in history with its scope alone, queues say `pooled`, and verify and report read it."""
    url = replayed(files, files, acd="rows.csv")
    found = rows_of(url, "breaches")
    assert [(row["state"], row["interval_start"][11:16], row["observed"]) for row in found] == [
        ("opened", "10:30", -6),
        ("updated", "11:30", 0),
        ("resolved", "12:00", 0),
    ]
    assert {(row["rule"], row["scope"], row["program"], row["queue"]) for row in found} == {
        ("net_staffing", "cards_team", None, None)
    }
    plans = {(row["queue"], row["net_staffing"]): row["plan"] for row in rows_of(url)}
    assert plans == {
        ("cards", -4): "pooled;no_plan",
        ("cards", -7): "pooled;no_plan",
        ("lost_cards", 3): "pooled;no_plan",
        ("lost_cards", 0): "no_plan",
    }
    for arguments in ((), ("--against", f"acd={files / 'rows.csv'}", "--config", str(files / "config.yaml"))):
        assert verified("--history", url, *arguments)[0] == 0
    span = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-03-03T00:00:00Z")
    assert CliRunner().invoke(report, ["--history", url, *span, "--format", "json"]).exit_code == 0


class Live:
    """A worker without Kafka: what it sends to `queue-intervals` comes back to it as the broker would bring it."""

    def __init__(self, given: Configuration) -> None:
        self.configuration = given
        self.store: dict[bytes, bytes] = {}
        self.partitions = Partitions(given, self.store, "call-data", "w")
        self.breaches: list[dict[str, Any]] = []
        self.told = 0

    def collect(self) -> OutputBatch:
        """One flush, whose messages to pools are applied."""
        batch = self.partitions.collect(0)
        for message in batch.outputs:
            if message.topic == TOPIC_QUEUE_INTERVALS:
                assert message.key == b"cards_team"
                self.partitions.apply_queue_interval(0, self.told, message.value)
                self.told += 1
            elif message.topic == TOPIC_BREACHES:
                self.breaches.append(json.loads(message.value))
        return batch

    def restart(self, writer: str) -> None:
        """Another worker takes over from what was written."""
        self.partitions = Partitions(self.configuration, self.store, "call-data", writer)
        self.partitions.load(dict.fromkeys(self.store, 0))


@pytest.mark.parametrize("restarts", [False, True])
def test_a_worker_gives_the_breaches_of_a_replay(files: Path, *, restarts: bool) -> None:
    """Live and replayed, in one go and with another worker after every message, the pool's records are the same."""
    live = Live(load([files / "config.yaml"]))
    for offset, row in enumerate(pool_day()):
        start_ms = from_rfc3339(row["interval_start"])
        value = json.dumps({"type": "interval", **row}).encode()
        live.partitions.apply(0, offset, row["queue"].encode(), value, start_ms + 1_800_000)
        live.collect()
        live.collect()
        if restarts:
            live.restart(f"w{offset}")
    replay = _told(rows_of(replayed(files, files, acd="rows.csv"), "breaches"))
    assert _told(live.breaches) == replay
    assert [status.final for program, status in live.partitions.program_statuses() if program == ""] == [None]


def test_a_message_that_no_queue_sent_is_a_dead_letter(files: Path) -> None:
    """Junk in the topic is counted and told of, and costs itself alone; a partition that goes takes its pools along."""
    live = Live(load([files / "config.yaml"]))
    live.partitions.apply_queue_interval(0, 0, b"junk")
    batch = live.partitions.collect(0)
    assert [message.topic for message in batch.outputs] == [TOPIC_DEAD_LETTERS]
    assert live.partitions.unreadable.messages[TOPIC_QUEUE_INTERVALS] == 1
    first = pool_day()[0]
    value = json.dumps({"type": "interval", **first}).encode()
    live.partitions.apply(0, 0, b"cards", value, from_rfc3339(first["interval_start"]))
    live.partitions.apply(0, 1, b"cards", value.replace(b"T08:00", b"T08:30"), from_rfc3339("2026-03-02T09:00:00Z"))
    live.partitions.apply(0, 2, b"cards", value.replace(b"T08:00", b"T09:00"), from_rfc3339("2026-03-02T09:30:00Z"))
    live.collect()
    live.collect()
    assert live.told
    live.partitions.drop(0)
    assert live.store == {}


def test_the_state_of_a_pool_lies_where_its_messages_do(files: Path) -> None:
    """The partition of a pool's state is that of its id, which is the key of its messages."""
    owner = GroupEngine(load([files / "config.yaml"]), "pool", "cards_team", {}).owner
    assert owner == GroupName("pool", "cards_team").owner
    assert home_of(owner, 12) == partition_of(b"cards_team", 12)
