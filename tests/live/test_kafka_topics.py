"""Topics on a real Kafka: made as they must be, judged when others made them, and proof against old timestamps."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import aiokafka
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka import Producer as Client
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka_server import PASSWORD, USER, KafkaServer

from config.errors import UserError
from streams.kafka.admin import ensure_topics
from streams.kafka.broker import require_reachable
from streams.kafka.inspection import inspect_topics
from streams.kafka.producer import Producer
from streams.kafka.security import security_for_faust
from streams.topics import TopicNames

pytestmark = pytest.mark.live

SECONDS = 60
MONTH_MS = 31 * 86_400_000
CHANGELOG = ("intervalwatch-state-changelog", {"cleanup.policy": "compact"})


@pytest.fixture
def admin(kafka: str) -> Iterator[Any]:
    """An administrator's view of the broker."""
    with closing(KafkaAdminClient(bootstrap_servers=kafka.removeprefix("kafka://"))) as client:
        yield client


@pytest.fixture
def security(kafka_server: KafkaServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings to reach the listener that asks for TLS and a login."""
    monkeypatch.setenv("TEST_KAFKA_USER", USER)
    monkeypatch.setenv("TEST_KAFKA_PASSWORD", PASSWORD)
    return {
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(kafka_server.ca_file),
        "sasl_mechanism": "PLAIN",
        "sasl_username_env": "TEST_KAFKA_USER",
        "sasl_password_env": "TEST_KAFKA_PASSWORD",
    }


def config_of(admin: Any, topic: str) -> dict[str, str]:
    """A topic's configuration."""
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: entry["value"] for name, entry in found["topic"][topic].items()}


def partitions_of(admin: Any, prefix: str) -> dict[str, int]:
    """Number of partitions of the topics that begin with `prefix`."""
    names = [name for name in admin.list_topics() if name.startswith(prefix)]
    return {topic["name"].removeprefix(prefix): len(topic["partitions"]) for topic in admin.describe_topics(names)}


def make(admin: Any, topic: str, partitions: int, **config: str) -> None:
    """A topic as somebody else would make it."""
    configs = {name.replace("_", "."): value for name, value in config.items()}
    admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1, "configs": configs}})
    admin.wait_for_topics([topic])


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


def bounds(url: str, topic: str, partition: int = 0) -> tuple[int, int]:
    """First offset that is left, and the next to be written."""
    consumer = Consumer({"bootstrap.servers": url.removeprefix("kafka://"), "group.id": "unused"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
    finally:
        consumer.close()
    return low, high


def test_all_topics_are_made_once(kafka: str, admin: Any, topic_prefix: str) -> None:
    """Every topic and the state's changelog, with the number of partitions asked for; asked again, nothing changes."""
    for _ in range(2):
        assert ensure_topics(kafka, partitions=3, prefix=topic_prefix, changelogs=[CHANGELOG]) == 3
        assert partitions_of(admin, topic_prefix) == {
            "call-data": 3,
            "interval-results": 3,
            "breaches": 3,
            "program-days": 3,
            "queue-intervals": 3,
            "dead-letters": 3,
            "evaluations": 3,
            "projections": 3,
            "queue-ahead": 3,
            "journal": 1,
            CHANGELOG[0]: 3,
        }


def test_the_broker_stamps_records_and_keeps_them_long(kafka: str, admin: Any, topic_prefix: str) -> None:
    """Records carry the time of their append and stay a month; a month's rules find a quarter; state is compacted."""
    ensure_topics(kafka, partitions=1, prefix=topic_prefix, changelogs=[CHANGELOG])
    for name, retention in {"call-data": 31, "interval-results": 31, "breaches": 31, "program-days": 92}.items():
        config = config_of(admin, f"{topic_prefix}{name}")
        assert config["message.timestamp.type"] == "LogAppendTime"
        assert int(config["retention.ms"]) == retention * 86_400_000
        assert config["cleanup.policy"] == "delete"
    assert config_of(admin, f"{topic_prefix}{CHANGELOG[0]}")["cleanup.policy"] == "compact"


def test_workers_that_start_together_agree(kafka: str, admin: Any, topic_prefix: str) -> None:
    """Several make the topics at the same moment; none fails."""
    failures: list[BaseException] = []

    def start() -> None:
        try:
            ensure_topics(kafka, partitions=2, prefix=topic_prefix, changelogs=[CHANGELOG])
        except UserError as error:
            failures.append(error)

    workers = [threading.Thread(target=start) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert partitions_of(admin, topic_prefix)["call-data"] == 2


def test_a_backfill_outlives_retention(kafka: str, admin: Any, topic_prefix: str) -> None:
    """Records stamped with last year's event times vanish from a plain topic and stay in ours."""
    plain = f"{topic_prefix}plain"
    make(admin, plain, 1)
    ensure_topics(kafka, partitions=1, prefix=topic_prefix)
    client = Client({"bootstrap.servers": kafka.removeprefix("kafka://")})
    last_year = int(time.time() * 1000) - 12 * MONTH_MS
    for topic in (plain, f"{topic_prefix}call-data"):
        for number in range(100):
            client.produce(topic, value=str(number).encode(), timestamp=last_year + number)
    assert client.flush(SECONDS) == 0
    wait_until(lambda: bounds(kafka, plain) == (100, 100))
    assert bounds(kafka, f"{topic_prefix}call-data") == (0, 100)


@pytest.mark.parametrize("topic", ["call-data", CHANGELOG[0]])
def test_another_number_of_partitions_is_refused(kafka: str, admin: Any, topic_prefix: str, topic: str) -> None:
    """State would be looked for in the wrong place: the message names the topic, both numbers and the key to set."""
    make(admin, f"{topic_prefix}{topic}", 5)
    with pytest.raises(
        UserError,
        match=rf"topic {topic_prefix}{topic} has 5 partitions and the configuration wants 3; set kafka\.partitions",
    ):
        ensure_topics(kafka, partitions=3, prefix=topic_prefix, changelogs=[CHANGELOG])


def test_an_input_topic_that_would_lose_a_backfill_is_refused(kafka: str, admin: Any, topic_prefix: str) -> None:
    """Producers' timestamps with limited retention: the message says which setting to change, and how."""
    topic = f"{topic_prefix}call-data"
    make(admin, topic, 2)
    with pytest.raises(
        UserError, match=rf"topic {topic} has message\.timestamp\.type=CreateTime and retention\.ms=\d+"
    ):
        ensure_topics(kafka, partitions=2, prefix=topic_prefix)


@pytest.mark.parametrize("config", [{"retention_ms": "-1"}, {"message_timestamp_type": "LogAppendTime"}])
def test_an_input_topic_that_keeps_a_backfill_will_do(
    kafka: str, admin: Any, topic_prefix: str, config: dict[str, str]
) -> None:
    """Unlimited retention or the broker's timestamps are enough, whoever made the topic."""
    make(admin, f"{topic_prefix}call-data", 2, **config)
    assert ensure_topics(kafka, partitions=2, prefix=topic_prefix) == 2


def test_settings_that_topics_lack_are_named(kafka: str, admin: Any, topic_prefix: str) -> None:
    """A look at a running broker names timestamps of producers, state that is not compacted, and unequal partitions."""
    tied = TopicNames(topic_prefix).tied
    make(admin, tied[0], 2, retention_ms="-1")
    make(admin, tied[3], 3)
    said = list(inspect_topics(kafka, {}, partitions=2, tied=tied))
    assert [line.split(";")[0].removeprefix(f"topic {topic_prefix}") for line in said] == [
        "program-days is not there yet",
        "queue-intervals is not there yet",
        "intervalwatch-state-changelog has 3 partitions and 2 are wanted: state would not be found",
        "call-data has message.timestamp.type=CreateTime",
        "intervalwatch-state-changelog has message.timestamp.type=CreateTime",
        "intervalwatch-state-changelog has cleanup.policy=delete",
    ]
    good = f"{topic_prefix}good."
    ensure_topics(kafka, partitions=2, prefix=good, changelogs=[CHANGELOG])
    assert list(inspect_topics(kafka, {}, partitions=2, tied=TopicNames(good).tied)) == []


def test_more_copies_than_brokers_is_told(kafka: str, topic_prefix: str) -> None:
    """The broker's own reason, and where to look."""
    with pytest.raises(UserError, match=r"topic .* could not be made \(.*replication.*\); see kafka: in the"):
        ensure_topics(kafka, partitions=1, replication=3, prefix=topic_prefix)


def test_a_broker_that_was_away_gets_every_record_once(kafka_server: KafkaServer, topic_prefix: str) -> None:
    """Records handed over while the broker is killed and comes back arrive complete, in order and not doubled."""
    url = kafka_server.url
    ensure_topics(url, partitions=1, prefix=topic_prefix)
    topic = f"{topic_prefix}call-data"
    values = [str(number).encode() for number in range(20_000)]
    with Producer(url, prefix=topic_prefix) as producer:
        for value in values[:10_000]:
            producer.send("sales", value)
        kafka_server.kill()
        for value in values[10_000:]:
            producer.send("sales", value)
        kafka_server.start()
        producer.flush()
    consumer = Consumer({"bootstrap.servers": url.removeprefix("kafka://"), "group.id": "unused"})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        found: list[bytes | None] = []
        while len(found) < len(values) and (messages := consumer.consume(1_000, timeout=20)):
            found += [message.value() for message in messages]
    finally:
        consumer.close()
    assert found == values
    assert bounds(url, topic) == (0, len(values))


def test_topics_are_made_and_filled_behind_tls_and_a_login(
    kafka_server: KafkaServer, admin: Any, topic_prefix: str, security: dict[str, str]
) -> None:
    """The configuration's security serves the admin client and the producer alike."""
    url = kafka_server.secure_url
    assert ensure_topics(url, partitions=2, prefix=topic_prefix, security=security, changelogs=[CHANGELOG]) == 2
    with Producer(url, security, topic_prefix) as producer:
        producer.send("sales", b"[]")
    assert partitions_of(admin, topic_prefix)[CHANGELOG[0]] == 2
    topic = f"{topic_prefix}call-data"
    assert sum(bounds(kafka_server.url, topic, number)[1] for number in range(2)) == 1


async def test_faust_gets_behind_tls_and_a_login(kafka_server: KafkaServer, security: dict[str, str]) -> None:
    """The credentials that Faust hands to aiokafka open the same door."""
    producer = aiokafka.AIOKafkaProducer(
        bootstrap_servers=kafka_server.secure_url.removeprefix("kafka://"),
        **credentials_to_aiokafka_auth(security_for_faust(security)),
    )
    await producer.start()
    try:
        assert producer.client.cluster.brokers()
    finally:
        await producer.stop()


def test_a_wrong_password_is_told_and_not_shown(
    kafka_server: KafkaServer, security: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that blames the login; the password is not in it."""
    monkeypatch.setenv("TEST_KAFKA_PASSWORD", "hunter2")
    with pytest.raises(UserError, match="refuses the login or the encryption") as caught:
        require_reachable(kafka_server.secure_url, security)
    assert "hunter2" not in str(caught.value)


def test_a_login_that_nobody_asked_for_is_told(kafka_server: KafkaServer, security: dict[str, str]) -> None:
    """Encryption spoken to an open port, and none spoken to a closed one, end in one line each."""
    for url, said in ((kafka_server.url, security), (kafka_server.secure_url, {})):
        with pytest.raises(UserError, match=r"does not answer as Kafka does \(.+\); check the port, and that"):
            require_reachable(url, said, timeout=2.0)
