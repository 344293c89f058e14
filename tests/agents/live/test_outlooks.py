"""Tests of `agents.live.outlooks`: when a live worker projects, and where that shows."""

import msgspec
import pytest
from engine import HALF_HOUR, MINUTE, at, configuration, contact, content

from agents.live.metrics import families
from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from agents.projection.inputs import QueueAhead
from streams.codec import encode
from streams.records import Plan
from streams.topics import TOPIC_AHEAD

CENTRE = configuration(content(hours={"mon-fri": "08:00-20:00"}))
EVENING = at("2026-03-01T18:00")


@pytest.fixture
def partitions() -> Partitions:
    """A worker that has read a planned hour of one queue."""
    held = Partitions(CENTRE, {}, "call-data", "w")
    rows = [Plan("v1", EVENING, at("08:00") + n * HALF_HOUR, HALF_HOUR, 60.0, 240_000, None, 10.0) for n in range(24)]
    held.apply(0, 0, b"sales", encode("sales", rows), EVENING)
    calls = [contact(f"c{n}", at("08:00") + n * MINUTE, wait=5, talk=240) for n in range(61)]
    held.apply(0, 1, b"sales", encode("sales", calls), at("09:00"))
    held.collect(0)
    return held


def sent(batch: OutputBatch) -> list[QueueAhead]:
    """The inputs that go to screens."""
    values = [message.value for message in batch.provisional if message.topic == TOPIC_AHEAD]
    return [msgspec.msgpack.decode(value, type=QueueAhead) for value in values]


def test_a_queue_is_projected_once_a_minute_and_its_inputs_are_sent(partitions: Partitions) -> None:
    """A second later nothing is due; a minute later it is."""
    counts = []
    for steady in (0, 1_500, 30_000, 61_500):
        partitions.outlooks.step([0], at("09:00") + steady, steady)
        counts.append(len(sent(partitions.collect(steady))))
    assert counts == [1, 0, 0, 1]
    [engine] = partitions.engines
    assert engine.projection is not None
    assert engine.projection.day is not None
    assert engine.projection.day.p_on_target is not None


def test_an_intervals_end_is_projected_at_once(partitions: Partitions) -> None:
    """The first contact of the next interval makes its queue due."""
    partitions.outlooks.step([0], at("09:00"), 0)
    partitions.collect(0)
    partitions.apply(0, 2, b"sales", encode("sales", [contact("x", "09:31")]), at("09:31"))
    partitions.outlooks.step([0], at("09:31"), 2_000)
    [inputs] = sent(partitions.collect(2_000))
    assert inputs.known_ms == at("09:31")


def test_a_queue_that_somebody_looks_at_is_projected_each_second(partitions: Partitions) -> None:
    """At most once a second, as long as it is looked at."""
    partitions.outlooks.looked_at = lambda: ["sales"]
    counts = []
    for steady in (0, 500, 1_500, 3_000):
        partitions.outlooks.step([0], at("09:00"), steady)
        counts.append(len(sent(partitions.collect(steady))))
    assert counts == [1, 0, 1, 1]


def test_data_of_long_ago_is_not_projected(partitions: Partitions) -> None:
    """A backfill has no rest of the day."""
    partitions.outlooks.step([0], at("2026-03-04T09:00"), 0)
    assert sent(partitions.collect(0)) == []


def test_the_metrics_have_a_figure_for_each_horizon(partitions: Partitions) -> None:
    """Volume, service level and net staffing of the next interval, two hours and the day; and the day's chance."""
    partitions.outlooks.step([0], at("09:00"), 0)
    [engine] = partitions.engines
    projection = engine.projection
    assert projection is not None
    for family in (families.REFORECAST, families.PROJECTED_LEVEL, families.PROJECTED_NET):
        value = family.read(projection)
        assert isinstance(value, dict)
        assert list(value) == [("next",), ("hour_2",), ("day",)]
    # Half as many came as were planned: the rest of the day is expected below the plan.
    assert 45 < families.REFORECAST.read(projection)[("next",)] < 60  # type: ignore[index]
    chance = families.ON_TARGET.read(projection)
    assert isinstance(chance, float)
    assert 0 < chance <= 1
    bare = msgspec.structs.replace(projection, day=None, intervals=())
    assert families.REFORECAST.read(bare) == {}
    assert families.ON_TARGET.read(bare) is None
