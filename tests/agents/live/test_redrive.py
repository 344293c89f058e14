"""Dead letters: counted by kind, and sent again from their places in the log, each once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Producer as Client
from engine import at, configuration, contact, content

from agents.live.dead_letters import count_kinds
from agents.live.partitions import Partitions
from config.errors import UserError
from intervalwatch.commands.dead_letters import dead_letters
from streams.codec import encode
from streams.history.store import Store
from streams.kafka.broker import EMBEDDED_PARTITIONS, EmbeddedBroker
from streams.kafka.partitioner import partition_of
from streams.kafka.producer import Producer
from streams.kafka.reader import LogMessage, TopicReader
from streams.topics import TOPIC_CALL_DATA, TOPIC_DEAD_LETTERS

CENTRE = configuration(content(hours={"mon-sun": "09:00-18:00"}))


class Centre:
    """A broker, what producers send to it, and a worker without Kafka that reads it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.partitions = Partitions(CENTRE, {}, TOPIC_CALL_DATA, "w", partition_count=EMBEDDED_PARTITIONS)
        self.read: dict[int, int] = {}

    def send(self, partition: int, key: bytes | None, value: bytes) -> None:
        """Put a message into a partition, whatever its key."""
        client = Client({"bootstrap.servers": self.url.removeprefix("kafka://"), "log_level": 0})
        client.produce(TOPIC_CALL_DATA, value, key, partition=partition)
        client.flush()

    def messages(self, topic: str) -> Iterator[LogMessage]:
        """Everything in a topic."""
        with TopicReader(self.url) as reader:
            yield from reader.read(topic, reader.bounds(topic, reader.topics().get(topic, 0)))

    def work(self) -> None:
        """Apply what is new and send the dead letters."""
        for message in list(self.messages(TOPIC_CALL_DATA)):
            if message.offset >= self.read.get(message.partition, 0):
                self.read[message.partition] = message.offset + 1
                self.partitions.apply(message.partition, message.offset, message.key, message.value, at("10:00"))
        with Producer(self.url) as producer:
            for output in self.partitions.collect(0).outputs:
                if output.topic == TOPIC_DEAD_LETTERS:
                    producer.send(output.key.decode(), output.value, dead_letter=True)

    def letters(self) -> list[bytes]:
        """The dead letters."""
        return [message.value or b"" for message in self.messages(TOPIC_DEAD_LETTERS)]

    def counts(self) -> dict[str, tuple[int, int]]:
        """Accepted and duplicate records by queue."""
        return {
            engine.queue: (engine.counters.accepted, engine.counters.duplicate) for engine in self.partitions.engines
        }

    def run(self, *arguments: str) -> Result:
        """The command on this broker."""
        result = CliRunner().invoke(dead_letters, ["--broker", self.url, *arguments], standalone_mode=False)
        assert result.exception is None, result.output
        return result


@pytest.fixture
def centre() -> Iterator[Centre]:
    """On an embedded broker."""
    with EmbeddedBroker() as broker:
        yield Centre(broker.url)


def astray(key: bytes) -> int:
    """A partition that a key does not belong in."""
    return (partition_of(key, EMBEDDED_PARTITIONS) + 1) % EMBEDDED_PARTITIONS


def test_refused_messages_are_sent_again_and_count_once(centre: Centre) -> None:
    """Messages in a wrong partition count after the first redrive, and a second one sends nothing."""
    for queue, number in ((b"sales", "1"), (b"sales", "2"), (b"orders", "3")):
        record = encode(queue.decode(), [contact(f"{number}a", "09:10"), contact(f"{number}b", "09:11")])
        centre.send(astray(queue), queue, record)
    centre.work()
    assert centre.counts() == {}
    assert "sent again" not in centre.run().output
    assert centre.run("--redrive").output.startswith("3 records sent again")
    centre.work()
    assert centre.counts() == {"sales": (4, 0), "orders": (2, 0)}
    assert centre.run("--redrive").output == "0 records sent again\n"
    centre.work()
    assert centre.counts() == {"sales": (4, 0), "orders": (2, 0)}
    assert "wrong_partition: 3, 3 sent again" in centre.run().output


def test_neighbours_of_a_refused_record_are_not_sent_again(centre: Centre) -> None:
    """The refused object of an array goes alone, to the queue it names; who counted before is no duplicate now."""
    good, strange = encode("sales", [contact("a", "09:10")]), encode("orders", [contact("b", "09:10")])
    home = partition_of(b"sales", EMBEDDED_PARTITIONS)
    centre.send(home, b"sales", b"[" + good[1:-1] + b"," + strange[1:-1] + b"]")
    centre.work()
    assert centre.counts() == {"sales": (1, 0)}
    assert centre.run("--redrive", "--queue", "help").output == "0 records sent again\n"
    assert centre.run("--redrive", "--queue", "orders").output == "1 records sent again\n"
    centre.work()
    assert centre.counts() == {"sales": (1, 0), "orders": (1, 0)}


def test_letters_are_counted_by_kind_with_a_sample(centre: Centre) -> None:
    """Kinds are the reasons' first words; rows of files and records that name no queue are told, and stay."""
    home = partition_of(b"sales", EMBEDDED_PARTITIONS)
    centre.send(astray(b"sales"), b"sales", b"[]")
    centre.send(home, b"sales", b"\x1b[31m junk")
    centre.send(home, None, b'{"type": "contact"}')
    centre.work()
    with Producer(centre.url) as producer:
        row = {"topic": "calls.csv", "partition": None, "offset": 7, "reason": "offered_at: is empty", "value": "x;y"}
        producer.send("calls.csv/7", json.dumps(row).encode(), dead_letter=True)
        producer.send("junk", b"not a letter", dead_letter=True)
    told: list[dict[str, Any]] = json.loads(centre.run("--format", "json").stdout)
    assert [(kind["reason"], kind["count"]) for kind in told] == [
        ("key", 1),
        ("offered_at", 1),
        ("value", 1),
        ("wrong_partition", 1),
    ]
    assert told[1]["sample"] == {**row, "index": 0}
    assert all(kind["first"] <= kind["last"] for kind in told)
    text = centre.run("--reason", "value").output
    assert text.startswith("1 dead letter\nvalue: 1\n")
    assert "\x1b" not in text
    assert r"\x1b[31m junk" in text
    done = json.loads(centre.run("--redrive", "--format", "json", "--reason", "offered_at").stdout)
    assert done == {"sent": 0, "gone": [], "left": {"rows of a file: correct the file and ingest it again": 1}}


def test_words_of_sources_without_a_queue_are_not_sent_again(centre: Centre) -> None:
    """A later word says more than the one that was refused, whose letter names its fault; one of a queue goes again."""
    queue = json.dumps({"type": "feed", "source": "acd", "through": "2026-03-02T09:00:00Z", "queue": "sales"}).encode()
    centre.send(0, None, b'{"type": "feed", "source": "acd", "through": "2027-01-01T00:00:00Z"}')
    centre.send(0, None, b'{"type": "feed", "source": "acd"}')
    centre.send(0, None, b'{"type": "tick", "at": "2027-01-01T00:00:00Z"}')
    centre.send(astray(b"sales"), b"sales", queue)
    centre.work()
    letters = {
        letter["offset"]: letter["reason"] for letter in map(json.loads, centre.letters()) if letter["partition"] == 0
    }
    assert [letters[at].split()[0] for at in range(3)] == ["in_the_future:", "through:", "in_the_future:"]
    done = json.loads(centre.run("--redrive", "--format", "json").stdout)
    assert done == {"sent": 1, "gone": [], "left": {"ticks and words to every queue: later ones say more": 3}}


def test_a_message_that_is_gone_is_named(centre: Centre) -> None:
    """A letter whose message retention took is named with its place, and the exit code is 1."""
    with Producer(centre.url) as producer:
        for topic in (TOPIC_CALL_DATA, f"{TOPIC_CALL_DATA}-g7"):
            letter = {"topic": topic, "partition": 1, "offset": 99, "reason": "queue: x", "value": "{}", "index": 0}
            producer.send("1/99", json.dumps(letter).encode(), dead_letter=True)
        producer.send("sales", b"[]")
    result = centre.run("--redrive")
    assert result.return_value == 1
    assert result.output.splitlines() == [
        "0 records sent again",
        "no longer in the topic: call-data/1@99, record 0 (queue)",
        "no longer in the topic: call-data-g7/1@99, record 0 (queue)",
    ]


def test_a_history_tells_its_letters(tmp_path: Any) -> None:
    """Counts, first and last come from history as well; sending again needs a broker."""
    url = f"sqlite:///{tmp_path / 'h.db'}"
    row = {"topic": "call-data", "partition": 1, "reason": "queue: x", "value": b"{}"}
    with Store(url) as store:
        store.write_dead_letters(
            [{**row, "offset": n, "recorded_at": f"2026-03-02T09:0{n}:00Z"} for n in (1, 2)]
            + [{**row, "offset": 3, "recorded_at": None}]
        )
    result = CliRunner().invoke(dead_letters, ["--history", url], standalone_mode=False)
    assert "queue: 3\n    first 2026-03-02T09:01:00Z, last 2026-03-02T09:02:00Z\n" in result.output
    for arguments in ([], ["--history", url, "--redrive"], ["--history", url, "--queue", "sales"]):
        failed = CliRunner().invoke(dead_letters, arguments, standalone_mode=False)
        assert isinstance(failed.exception, UserError)


def test_a_letter_that_was_written_twice_counts_once() -> None:
    """A worker that crashed may have written a letter before; its mark may be all that is left of it."""
    row = {"topic": "t", "partition": 0, "offset": 1, "reason": "queue: x", "value": "v", "index": 0}
    other = {**row, "offset": 2}
    (kind,), letters = count_kinds([(row, 1, False), (row, 5, False), (other, 7, True), (other, 8, True)])
    assert (kind.count, kind.redriven, kind.first_ms, kind.last_ms) == (2, 1, 1, 1)
    assert [letter.place for letter in letters.values()] == [("t", 0, 1, 0)]
