"""Programs beside queues on one worker: messages in, breach records out, state that comes and goes with partitions."""

import json
from pathlib import Path
from typing import Any

from engine import at, configuration, content
from sources import shared

from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from agents.replay import replay
from agents.summary import Summary
from config.settings import Configuration
from streams import admission
from streams.codec import encode
from streams.history.query import Filters
from streams.history.store import Store
from streams.records import Check, Record, event_ms
from streams.sources.merge import Feed, Input, QueueFeed
from streams.sources.registry import open_source
from streams.told.queue_day import decode_queue_day
from streams.topics import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS

CONFIGURATION = configuration(content(hours={"mon-sun": "09:00-12:00"}))
MINUTE = 60_000
DAY = 86_400_000


def centre() -> list[Record]:
    """Three days of calls; on the first, 40 evaluations of which 30 are right."""
    given: list[Record] = []
    for day in range(3):
        for number in range(36):
            offered = at("09:00") + day * DAY + number * 5 * MINUTE
            name = f"c{day}.{number}"
            given.append(
                admission.admit_contact(
                    name,
                    offered,
                    "answered",
                    None,
                    0,
                    MINUTE,
                    None,
                    None,
                    None,
                    "ann",
                    "north",
                    "early",
                    None,
                    skew_ms=5000,
                )
            )
    for number in range(40):
        instant = at("09:30") + number * MINUTE
        checks = [Check("answer", "end_user", number % 4 > 0)]
        given.append(
            admission.admit_evaluation(
                f"e{number}", instant, instant, None, checks, None, "ann", "north", "early", "eve"
            )
        )
    return sorted(given, key=event_ms)


class Live:
    """A worker without Kafka: what it sends to `program-days` comes back to it as the broker would bring it."""

    def __init__(self, given: Configuration = CONFIGURATION) -> None:
        self.configuration = given
        self.store: dict[bytes, bytes] = {}
        self.partitions = Partitions(given, self.store, "call-data", "a")
        self.sent: list[tuple[str, bytes]] = []
        self.days = 0

    def collect(self) -> OutputBatch:
        """One flush, whose program days are applied."""
        batch = self.partitions.collect(0)
        for message in batch.outputs:
            self.sent.append((message.topic, message.value))
            if message.topic == TOPIC_PROGRAM_DAYS:
                assert message.key == b"retail"
                self.partitions.apply_program_day(0, self.days, message.value)
                self.days += 1
        return batch

    def restart(self, writer: str) -> None:
        """Another worker takes over from what was written."""
        self.partitions = Partitions(self.configuration, self.store, "call-data", writer)
        self.partitions.load(dict.fromkeys(self.store, 0))

    def run(self, *, restarts: bool) -> None:
        """Feed the centre, each record a message."""
        for offset, record in enumerate(centre()):
            self.partitions.apply(0, offset, b"sales", encode("sales", [record]), event_ms(record))
            if offset % 7 == 0:
                self.collect()
                self.collect()
                if restarts:
                    self.restart(f"s{offset}")
        self.collect()
        self.collect()

    def of(self, topic: str) -> list[dict[str, Any]]:
        """The rows that were sent to a topic."""
        return [json.loads(value) for name, value in self.sent if name == topic]


def test_a_day_goes_round_through_its_topic() -> None:
    """The queue's day reaches its program as a message, and the evaluations go to the history."""
    live = Live()
    live.run(restarts=False)
    assert len(live.of(TOPIC_EVALUATIONS)) == 40
    days = [decode_queue_day(value) for topic, value in live.sent if topic == TOPIC_PROGRAM_DAYS]
    assert [len(day.evaluations) for day in days] == [40, 0]
    (program,) = live.partitions.program_engines
    assert program.sheets() == {"end_user": (30, 40)}
    assert live.partitions.monitored() == [("retail", "end_user", (30, 40))]


def replayed(folder: Path) -> tuple[Summary, list[dict[str, Any]], list[dict[str, Any]]]:
    """The same records without a broker: the summary, and the breaches and evaluations of the history."""
    given = centre()
    source = open_source(shared("calls", format="csv", record="contact"))
    queue = QueueFeed(given, list(range(1, len(given) + 1)), [0] * len(given))
    feed = Feed([Input(source, "calls.csv", "calls.csv")], {"sales": queue}, read=len(given))
    with Store(f"sqlite:///{folder / 'history.db'}") as store:
        summary = replay(CONFIGURATION, feed, store, now_ms=0, until_ms=at("2026-03-03T12:00"))
        with store.reading() as reader:
            breaches = [row for batch in reader.breaches(Filters()) for row in batch]
            evaluations = [row for batch in reader.evaluations(Filters()) for row in batch]
    return summary, breaches, evaluations


def test_replay_ends_with_its_programs(tmp_path: Path) -> None:
    """Evaluations and a program's breaches are in the history of a replay, and its summary counts them."""
    summary, breaches, evaluations = replayed(tmp_path)
    assert summary.records_accepted == len(centre())
    assert [row["evaluation_id"] for row in evaluations][:2] == ["e0", "e1"]
    assert {(row["queue"], row["program"], row["selection"]) for row in evaluations} == {("sales", "retail", "random")}
    accuracy = [row for row in breaches if row["rule"] == "critical_error_accuracy"]
    # 30 of 40 is 0.75: its likelihood ratio against 0.95 is far above 100.
    assert [(row["state"], row["severity"], row["observed"], row["queue"]) for row in accuracy] == [
        ("opened", "critical", 0.75, None)
    ]
    assert summary.breaches_opened == len([row for row in breaches if row["state"] == "opened"])


def test_live_says_what_replay_says_through_restarts(tmp_path: Path) -> None:
    """Days over the topic, a worker restarted again and again: the same breach records of the program."""
    calm, restless = Live(), Live()
    calm.run(restarts=False)
    restless.run(restarts=True)
    _, breaches, _ = replayed(tmp_path)
    expected = [row for row in breaches if row["item"] in {"2.2", "2.4"}]
    assert expected
    for live in (calm, restless):
        said = {(row["breach_id"], row["sequence"]): row for row in live.of(TOPIC_BREACHES)}
        assert [row for row in said.values() if row["item"] in {"2.2", "2.4"}] == expected


def test_what_is_no_program_day_is_passed_over() -> None:
    """A message that only another program can have written stops nobody."""
    live = Live()
    live.partitions.apply_program_day(0, 0, b"{}")
    live.partitions.apply_program_day(0, 1, None)
    assert not list(live.partitions.program_engines)
    assert {message.topic for message in live.partitions.collect(0).outputs} == {TOPIC_DEAD_LETTERS}
    assert not live.partitions.pending


def test_programs_leave_with_their_partition() -> None:
    """A partition that another worker holds now takes its programs and their state along."""
    live = Live()
    live.run(restarts=False)
    assert any(key.startswith(b"\x00retail") for key in live.store)
    live.partitions.drop(0)
    assert live.store == {}
    assert list(live.partitions.program_engines) == []


def test_what_is_no_day_of_a_queue_stops_no_program() -> None:
    """Null, junk, another version's and impossible days are dead letters of their topic; the days beside them count."""
    live = Live()
    good = {
        "program": "retail", "queue": "sales", "day": "2026-03-02", "next_day": "2026-03-03", "timezone": "UTC",
        "interval_start_ms": at("11:30"), "interval_ms": 1_800_000,
    }  # fmt: skip
    bad: list[bytes | None] = [
        None,
        b"junk",
        b"\xff",
        b'{"version": 9}',
        json.dumps({**good, "timezone": "Nowhere/Town"}).encode(),
        json.dumps({**good, "interval_start_ms": 10**18}).encode(),
        json.dumps({**good, "handled_by": [["March", "ann", None, None, 1, 1]]}).encode(),
    ]
    for offset, value in enumerate([*bad, json.dumps(good).encode()]):
        live.partitions.apply_program_day(0, offset, value)
    assert [engine.program for engine in live.partitions.program_engines] == ["retail"]
    letters = [json.loads(message.value) for message in live.partitions.collect(0).outputs]
    assert [(row["topic"], row["offset"]) for row in letters] == [
        ("program-days", offset) for offset in range(len(bad))
    ]
    assert live.partitions.counters().unreadable == {TOPIC_PROGRAM_DAYS: len(bad)}
