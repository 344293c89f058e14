"""A centre that outgrows its partitions, on a real Kafka: the state moves, the chains go on, nothing is lost."""

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from confluent_kafka.admin import AdminClient, NewPartitions
from fault_run import START_MS, FaultRun, centre_records, expected_rows, write_configuration
from kafka_server import KafkaServer

from agents.live import growing
from agents.live.topics import make_topics, names_on
from config.errors import UserError
from config.settings import load
from intervalwatch.commands.topics import topics
from streams.codec import encode
from streams.kafka.producer import Producer
from streams.records import event_ms

pytestmark = pytest.mark.live
NOON_MS = START_MS + 2 * 3_600_000
BATCH = 100


class Centre:
    """A day of a centre in two halves, the workers that watch it, and the command that makes it grow."""

    def __init__(self, server: KafkaServer, prefix: str, folder: Path) -> None:
        self.path, configuration = write_configuration(folder, prefix)
        self.run = FaultRun(server, configuration, self.path, folder)
        self.records = centre_records(11)
        self.expected = expected_rows(configuration, dict(self.records.items()))
        self.started = 0

    def send(self, *, morning: bool, generation: int = 1, part: slice = slice(None)) -> None:
        """Send one half of the day, each queue's records in order."""
        with Producer(
            self.run.url, prefix=self.run.configuration.kafka.topic_prefix, generation=generation
        ) as producer:
            for queue, held in self.records.items():
                half = [record for record in held if (event_ms(record) < NOON_MS) == morning][part]
                for at in range(0, len(half), BATCH):
                    producer.send(queue, encode(queue, half[at : at + BATCH]))

    def work(self, *, stop: bool = True) -> None:
        """Let a worker read everything, and stop it."""
        self.started += 1
        self.run.start(f"w{self.started}")
        assert self.run.wait_until_read(60), self.run.logs()
        if stop:
            self.run.end(f"w{self.started}", signal.SIGTERM)

    def set_partitions(self, count: int) -> None:
        """Set `kafka.partitions`, as the operator does after a grow."""
        text = self.path.read_text(encoding="utf-8")
        before = self.run.configuration.kafka.partitions
        self.path.write_text(text.replace(f"partitions: {before}", f"partitions: {count}"), encoding="utf-8")
        self.run.configuration = load([self.path])

    def grow(self, count: int) -> Result:
        """`topics --grow`."""
        arguments = ["--config", str(self.path), "--broker", self.run.url, "--grow", str(count)]
        return CliRunner().invoke(topics, arguments, standalone_mode=False)

    def assert_complete(self) -> None:
        """History holds what a replay of the whole day gives, hash for hash."""
        assert self.run.wait_for(self.expected, 60) == self.expected, self.run.logs()


@pytest.fixture
def centre(kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path) -> Iterator[Centre]:
    """On topics of its own."""
    made = Centre(kafka_server, topic_prefix, tmp_path)
    try:
        yield made
    finally:
        made.run.close()


def test_a_centre_grows_in_mid_day(centre: Centre) -> None:
    """From 4 to 7 partitions at noon, refused while work is left, every chain goes on; stragglers are carried over."""
    centre.send(morning=True)
    refused = centre.grow(7)
    assert isinstance(refused.exception, UserError)
    assert "is not read to its end (partition " in str(refused.exception)
    centre.work(stop=False)
    assert "workers run (group " in str(centre.grow(7).exception)
    centre.run.end("w1", signal.SIGTERM)
    grown = centre.grow(7)
    assert grown.exception is None, grown.exception
    assert "the state of 9 queues, programs and groups is carried over" in grown.output
    with pytest.raises(UserError, match=r"call-data-g2 has 7 partitions and the configuration wants 4; set kafka\."):
        make_topics(centre.run.configuration, centre.run.url)
    centre.set_partitions(7)
    # A producer that nobody told writes on into the topic before.
    centre.send(morning=False, part=slice(200))
    assert "messages that no worker had read are carried over" in centre.grow(7).output
    assert "carried over" not in centre.grow(7).output
    centre.send(morning=False, generation=2, part=slice(200, None))
    centre.work(stop=False)
    centre.assert_complete()


def test_a_grow_that_is_stopped_goes_on_or_back(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before the new topics are in force it has changed nothing: workers go on as before, and so may it."""
    centre.send(morning=True)
    centre.work()
    write = growing._Site._write_state

    def write_half(self: Any, changelog: str, state: dict[Any, bytes]) -> None:
        write(self, changelog, dict(list(state.items())[::2]))
        raise UserError("stopped")

    def note_nothing(_: Any) -> None:
        raise UserError("stopped")

    for name, broken in (("_write_state", write_half), ("_note_progress", note_nothing)):
        with monkeypatch.context() as patch:
            patch.setattr(growing._Site, name, broken)
            assert str(centre.grow(7).exception) == "stopped"
        assert names_on(centre.run.configuration, centre.run.url).generation == 1
    # Back: the workers count on, then the grow begins anew.
    centre.send(morning=False, part=slice(100))
    centre.work()
    grown = centre.grow(7)
    assert grown.exception is None, grown.exception
    centre.set_partitions(7)
    centre.send(morning=False, generation=2, part=slice(100, None))
    centre.work(stop=False)
    centre.assert_complete()


@pytest.mark.parametrize("which", [(0,), (0, 1, 2)], ids=["the input alone", "all of them"])
def test_partitions_that_somebody_increased_are_refused_and_put_right(centre: Centre, which: Sequence[int]) -> None:
    """A worker names the way out in one line; the grow carries state and unread messages, in order of their append."""
    centre.send(morning=True)
    centre.work()
    centre.send(morning=False, part=slice(100))
    tied = names_on(centre.run.configuration, centre.run.url).tied
    client = AdminClient({"bootstrap.servers": centre.run.url.removeprefix("kafka://"), "log_level": 0})
    for done in client.create_partitions([NewPartitions(tied[at], 6) for at in which]).values():
        done.result()
    centre.send(morning=False, part=slice(100, 200))
    if len(which) == 3:
        centre.set_partitions(6)
    centre.run.start("refused")
    assert centre.run.workers.pop("refused").wait(60) == 2
    said = (centre.run.folder / "refused.log").read_text(encoding="utf-8").strip().splitlines()
    assert "intervalwatch topics --grow 6 carries it over" in said[-1]
    grown = centre.grow(7)
    assert grown.exception is None, grown.exception
    centre.set_partitions(7)
    centre.send(morning=False, generation=2, part=slice(200, None))
    centre.work(stop=False)
    centre.assert_complete()
