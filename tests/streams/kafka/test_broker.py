"""The embedded broker is a broker, quiet, and gone when stopped; whoever cannot be reached is told as such."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer

from config.errors import UserError
from streams.kafka.broker import EMBEDDED_PARTITIONS, EmbeddedBroker, parse_broker_url, require_reachable


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """A broker for one test."""
    with EmbeddedBroker() as running:
        yield running


def test_what_is_written_to_the_embedded_broker_can_be_read(broker: EmbeddedBroker) -> None:
    """A topic appears with its four partitions when it is first used, and gives back what it took, in order."""
    reached = require_reachable(broker.url)
    producer = Producer({"bootstrap.servers": reached.bootstrap})
    for number in range(20):
        producer.produce("calls", key=b"sales", value=str(number).encode())
    assert producer.flush(10) == 0
    assert len(producer.list_topics("calls", timeout=10).topics["calls"].partitions) == EMBEDDED_PARTITIONS == 4

    consumer = Consumer({"bootstrap.servers": reached.bootstrap, "group.id": "test", "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe(["calls"])
        messages = consumer.consume(20, timeout=20)
    finally:
        consumer.close()
    assert [message.value() for message in messages] == [str(number).encode() for number in range(20)]


def test_the_embedded_broker_says_that_it_is_one(broker: EmbeddedBroker) -> None:
    """A client of the embedded broker learns that topics need not be created there, and the other facts it needs."""
    reached = require_reachable(broker.url)
    assert reached.embedded
    assert f"kafka://{reached.bootstrap}" == reached.url == broker.url
    assert reached.bootstrap.startswith("127.0.0.1:")


def test_a_stopped_embedded_broker_is_gone() -> None:
    """After `stop`, or the end of `with`, nobody listens and nothing has an address."""
    with EmbeddedBroker() as running:
        url = running.url
    assert running.url == ""
    with pytest.raises(UserError, match=rf"^{url}: no broker answers there \(Connection refused\); start one or leave"):
        require_reachable(url)


def test_two_embedded_brokers_keep_apart() -> None:
    """Each has its own port, so that tests and demos can run side by side."""
    with EmbeddedBroker() as one, EmbeddedBroker() as other:
        assert one.url != other.url


def test_the_embedded_broker_writes_nothing_on_the_terminal() -> None:
    """Neither a client that vanishes nor one that talks nonsense makes librdkafka write its log."""
    program = (
        "import socket\n"
        "from streams.kafka.broker import EmbeddedBroker\n"
        "with EmbeddedBroker() as broker:\n"
        "    address = ('127.0.0.1', int(broker.url.rsplit(':', 1)[1]))\n"
        "    for talk in (b'', b'GET / HTTP/1.0\\r\\n\\r\\n' * 10):\n"
        "        with socket.create_connection(address) as client:\n"
        "            client.sendall(talk)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, timeout=60)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("kafka://127.0.0.1:9092", ["127.0.0.1:9092"]),
        (
            "kafka://kafka-1.example.org:9092,kafka-2.example.org:9093/",
            ["kafka-1.example.org:9092", "kafka-2.example.org:9093"],
        ),
        ("kafka://[::1]:9092", ["[::1]:9092"]),
    ],
)
def test_a_broker_url_names_servers(url: str, servers: list[str]) -> None:
    """One or several servers, by name or address, each with its port."""
    assert parse_broker_url(url) == servers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kafka://",
        "kafka://host",
        "localhost:9092",
        "http://host:1",
        "kafka://h:0",
        "kafka://h:65536",
        "kafka://a:1,,b:2",
        "kafka://h:1/x",
    ],
)
def test_what_is_no_broker_url_is_told_with_the_right_form(url: str) -> None:
    """The message repeats what was found and shows how to write it."""
    with pytest.raises(UserError, match=r"^--broker: found '.*'; write kafka://host:port, or several as"):
        parse_broker_url(url)


def test_a_host_that_is_none_is_told() -> None:
    """The resolver's own words stand in the message."""
    with pytest.raises(UserError, match=r"^kafka://nobody\.invalid:9092: no broker answers there \(.+\); start one"):
        require_reachable("kafka://nobody.invalid:9092")


def test_a_server_that_is_no_broker_is_told() -> None:
    """Something listens and hangs up: the port is wrong, or the broker wants encryption."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(UserError, match=r"what listens there does not answer as Kafka does \(.+\); check the port"):
            require_reachable(f"kafka://127.0.0.1:{server.getsockname()[1]}", timeout=1.0)


def test_one_server_of_several_is_enough(broker: EmbeddedBroker) -> None:
    """The first of the list may be down."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"kafka://127.0.0.1:{port},{broker.url.removeprefix('kafka://')}"
    assert require_reachable(url).embedded
