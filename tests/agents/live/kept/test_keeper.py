"""An embedded broker's log that comes back in the next broker as it was."""

from pathlib import Path

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition
from notices import at, change

from agents.live.kept.keeper import LogKeeper
from agents.live.kept.log import KeptLog
from agents.notices.incidents import Change
from streams.columns import BREACH_COLUMNS
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.reader import LogMessage, TopicReader
from streams.topics import TopicNames

NAMES = TopicNames("iw-")
INPUT = "iw-call-data"
BREACHES = "iw-breaches"
NOW = at("09 12:00")


def sent(url: str, topic: str, *messages: tuple[int, bytes | None, bytes | None, int]) -> None:
    """Send messages (partition, key, value, time)."""
    producer = Producer({"bootstrap.servers": url.removeprefix("kafka://"), "log_level": 0})
    for partition, key, value, at_ms in messages:
        producer.produce(topic, key=key, value=value, partition=partition, timestamp=at_ms)
    assert producer.flush(10) == 0


def read(url: str, topic: str) -> list[LogMessage]:
    """All messages of a topic that hold something."""
    with TopicReader(url) as reader:
        return [each for each in reader.read(topic, reader.bounds(topic, 4)) if each.value is not None]


def acknowledged(url: str, partition: int, offset: int, topic: str = INPUT) -> None:
    """Let the workers' group have read a partition of a topic up to an offset."""
    settings = {"bootstrap.servers": url.removeprefix("kafka://"), "group.id": NAMES.group, "log_level": 0}
    consumer = Consumer(settings)
    consumer.commit(offsets=[TopicPartition(topic, partition, offset)], asynchronous=False)
    consumer.close()


def test_the_next_broker_goes_on_with_the_same_offsets(tmp_path: Path) -> None:
    """Messages that nobody has acknowledged keep offset, key and time; the state has its last entries."""
    log = KeptLog(tmp_path / "log.db")
    with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: NOW):
        sent(broker.url, INPUT, *[(2, b"sales", b"%d" % number, 1_000 + number) for number in range(5)])
        sent(broker.url, INPUT, (0, None, b"tick", 2_000))
        sent(broker.url, NAMES.changelog, (2, b"sales\0a", b"old", 1), (2, b"sales\0a", b"new", 1))
        sent(broker.url, NAMES.changelog, (2, b"sales\0b", b"gone", 1), (2, b"sales\0b", None, 1))
        sent(broker.url, "iw-interval-results", (1, b"q", b'{"revision":0,}', 1), (1, b"q", b'{"revision":1,}', 1))
        acknowledged(broker.url, 2, 3)
    for _ in range(2):
        with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: NOW) as keeper:
            back = read(broker.url, INPUT)
            assert [(m.partition, m.offset, m.key, m.value, m.timestamp_ms) for m in back if m.partition == 2] == [
                (2, 3, b"sales", b"3", 1_003),
                (2, 4, b"sales", b"4", 1_004),
            ]
            assert [(m.offset, m.key, m.value) for m in back if m.partition == 0] == [(0, None, b"tick")]
            assert keeper.ends("call-data") == {0: 1, 1: 0, 2: 5, 3: 0}
            assert keeper.read_state([2]) == [(2, b"sales\0a", b"new")]
            assert [m.value for m in read(broker.url, "iw-interval-results")] == [b'{"revision":1,}']
            with TopicReader(broker.url, group=NAMES.group) as reader:
                assert reader.committed(INPUT, 4) == {2: 3}
    log.close()


def said(each: Change) -> tuple[int, bytes, bytes, int]:
    """A change of a breach as a message."""
    row = {**dict.fromkeys(BREACH_COLUMNS), **each.row, "first_interval_start": each.row["interval_start"]}
    row |= {"unit": "ratio", "parameters_version": "1", "message": "cards: 20 %.", "message_zh": "cards：20 %。"}
    return 0, b"cards", msgspec.json.encode(row), each.published_ms


def test_breaches_come_back_while_people_are_told_of_them(tmp_path: Path) -> None:
    """All are acknowledged: an open incident comes back with its times, one that ended two days ago does not."""
    log = KeptLog(tmp_path / "log.db")
    standing = [
        change("09 10:05"),
        change("09 10:35", rule="volume_variance"),
        change("09 11:05", "resolved"),
        change("08 15:00", incident_id="i2", breach_id="b2"),
        change("08 15:30", "resolved", incident_id="i2", breach_id="b2"),
    ]
    over = [
        change("07 10:05", incident_id="i3", breach_id="b3"),
        change("07 11:05", "resolved", incident_id="i3", breach_id="b3"),
        change("07 11:05", incident_id="i4", breach_id="b4", live=True),
    ]
    with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: NOW):
        sent(broker.url, BREACHES, *map(said, [*over, *standing]), (0, b"cards", b"junk", 1))
        acknowledged(broker.url, 0, 9, BREACHES)
    for _ in range(2):
        with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: NOW):
            back = [(message.timestamp_ms, message.value) for message in read(broker.url, BREACHES)]
            assert back == [(at_ms, value) for _, _, value, at_ms in map(said, standing)]
    with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: at("12 12:00")):
        acknowledged(broker.url, 0, 5, BREACHES)
    with EmbeddedBroker() as broker, LogKeeper(log, broker.url, NAMES, 4, lambda: at("12 12:00")):
        assert len(read(broker.url, BREACHES)) == 3, "of the incident that is open"
    log.close()
