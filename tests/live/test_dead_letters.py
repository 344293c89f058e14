"""The way back of dead letters on a real Kafka: from a producer that hashes by CRC32 to the history it should be."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer as Client
from fault_run import FaultRun, centre_records, expected_rows, write_configuration
from kafka_server import KafkaServer

from agents.live.redrive import redrive
from agents.live.topics import make_topics
from config.errors import UserError
from intervalwatch.commands.dead_letters import dead_letters
from streams.codec import encode
from streams.history.store import Store
from streams.kafka.partitioner import partition_of
from streams.kafka.producer import Producer
from streams.kafka.transactions import Transactions
from streams.topics import TOPIC_CALL_DATA, TOPIC_DEAD_LETTERS, TopicNames

pytestmark = pytest.mark.live
BATCH = 50
PARTITIONS = 4


def letters(run: FaultRun) -> int:
    """How many dead letters history holds."""
    with Store(run.history) as store, store.reading() as reader:
        return sum(len(batch) for batch in reader.dead_letters())


def test_a_crc32_producer_is_put_right(kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    """Its messages in wrong partitions are refused, sent again once by two redrives, and history is as replay's."""
    path, configuration = write_configuration(tmp_path, topic_prefix)
    run = FaultRun(kafka_server, configuration, path, tmp_path)
    records = {queue: held for queue, held in centre_records(7).items() if queue in {"sales", "cards", "loans"}}
    astray = Client({"bootstrap.servers": kafka_server.url.removeprefix("kafka://"), "log_level": 0})
    messages = [
        (queue, encode(queue, held[at : at + BATCH]))
        for queue, held in records.items()
        for at in range(0, len(held), BATCH)
    ]
    for queue, value in messages:
        wrong = (partition_of(queue.encode(), PARTITIONS) + 1) % PARTITIONS
        astray.produce(f"{topic_prefix}{TOPIC_CALL_DATA}", value, queue, partition=wrong)
    assert astray.flush(30) == 0
    try:
        run.start("a")
        run.wait(lambda _: letters(run) == len(messages), 60)
        assert letters(run) == len(messages), run.logs()
        for wanted in (len(messages), 0):
            result = CliRunner().invoke(
                dead_letters,
                ["--config", str(path), "--broker", run.url, "--redrive", "--reason", "wrong_partition"],
                standalone_mode=False,
            )
            assert result.output == f"{wanted} records sent again\n", result.exception
        expected = expected_rows(configuration, dict(records.items()))
        assert run.wait_for(expected, 60) == expected, run.logs()
    finally:
        run.close()


def test_of_two_redrives_one_sends(kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    """The later one of two at the same time sends; what the earlier one held is undone, and it ends with a line."""
    _, configuration = write_configuration(tmp_path, topic_prefix)
    make_topics(configuration, kafka)
    names = TopicNames(topic_prefix)
    held = centre_records(7)["loans"][:1]
    letter = (
        f'{{"topic": "{names.of(TOPIC_CALL_DATA)}", "partition": {partition_of(b"loans", PARTITIONS)}, "offset": 0, '
        f'"reason": "offered_at: x", "value": "", "index": 0}}'
    )
    with Producer(kafka, prefix=topic_prefix) as producer:
        producer.send("loans", encode("loans", held))
        producer.send("0/0", letter.encode(), dead_letter=True)
    with Transactions(kafka, {}, f"{names.group}-redrive") as first:
        assert redrive(kafka, {}, names).sent == 1
        with pytest.raises(UserError, match="nothing of it counts, so begin again"):
            first.send([(names.of(TOPIC_DEAD_LETTERS), b"x", b"x", ())])
    assert redrive(kafka, {}, names).sent == 0
