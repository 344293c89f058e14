"""Call data reaches the broker keyed by queue and in order, or one line says that it did not."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition
from kafka.partitioner.default import murmur2

from config.errors import UserError
from streams.kafka.broker import EMBEDDED_PARTITIONS, EmbeddedBroker, require_reachable
from streams.kafka.producer import Producer

QUEUES = ["sales", "support", "Kundendienst Süd", "VDN-4711", "客服"]


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """A broker for one test."""
    with EmbeddedBroker() as running:
        yield running


def read(url: str, topic: str, count: int) -> list[tuple[int, str, bytes]]:
    """Partition, queue and value of the first `count` messages, partition by partition."""
    consumer = Consumer({"bootstrap.servers": require_reachable(url).bootstrap, "group.id": "unused"})
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(EMBEDDED_PARTITIONS)])
        messages = []
        while len(messages) < count:
            message = consumer.poll(20)
            assert message is not None
            messages.append(message)
    finally:
        consumer.close()
    return [(found.partition(), found.key().decode(), found.value()) for found in messages]


def test_a_queue_stays_in_order_in_the_partition_that_any_client_gives_it(broker: EmbeddedBroker) -> None:
    """The key is the queue in UTF-8, its partition Java's murmur2 of it, so that other writers agree."""
    with Producer(broker.url, prefix="acme.") as producer:
        for number in range(50):
            for queue in QUEUES:
                producer.send(queue, str(number).encode())
    found = read(broker.url, "acme.call-data", 50 * len(QUEUES))
    for queue in QUEUES:
        partition = (murmur2(queue.encode()) & 0x7FFFFFFF) % EMBEDDED_PARTITIONS
        assert [value for _, key, value in found if key == queue] == [str(number).encode() for number in range(50)]
        assert {where for where, key, _ in found if key == queue} == {partition}


def _taken_by(url: str) -> Producer:
    """A producer whose first message the broker has taken; a busy machine may need a more patient one."""
    for seconds in (1.0, 4.0, 16.0):
        producer = Producer(url, give_up_seconds=seconds)
        try:
            producer.send("sales", b"1")
            producer.flush()
        except UserError:
            continue
        return producer
    pytest.fail(f"{url}: the broker has taken nothing in 16 s")


def test_a_broker_that_goes_away_is_told_by_flush() -> None:
    """A message that could not be sent in time ends in one line that says what to do."""
    with EmbeddedBroker() as broker:
        url = broker.url
        producer = _taken_by(url)
    producer.send("sales", b"2")
    with pytest.raises(UserError, match=rf"^{url}: the broker has not taken all records of call-data \(.*\); see that"):
        producer.flush()


def test_a_full_buffer_waits_and_then_tells() -> None:
    """Memory is bounded: with nobody to send to, `send` itself stops, first waiting, then with the message."""
    with EmbeddedBroker() as broker:
        producer = Producer(broker.url, give_up_seconds=1.0)
    megabyte = b"x" * 900_000

    def fill() -> None:
        for _ in range(200):
            producer.send("sales", megabyte)

    with pytest.raises(UserError, match="the broker has not taken all records"):
        fill()


def test_a_message_that_is_too_large_names_its_queue(broker: EmbeddedBroker) -> None:
    """It is refused at once, with its size."""
    with Producer(broker.url) as producer, pytest.raises(UserError, match=r"^queue sales: a message of 2000000 bytes"):
        producer.send("sales", b"x" * 2_000_000)


def test_without_a_broker_no_producer_is_made() -> None:
    """The address is tried before any file is read."""
    with EmbeddedBroker() as broker:
        url = broker.url
    with pytest.raises(UserError, match=rf"^{url}: no broker answers there"):
        Producer(url)
