"""State that moves to new partitions: byte for byte, and its queue's next message counts exactly once."""

import pytest
from click.testing import CliRunner
from engine import at, configuration, contact, content

from agents.live.growing import _addressed, _moved, grow, home_of
from agents.live.partitions import Partitions
from config.errors import UserError
from intervalwatch.commands.topics import topics
from streams.codec import encode
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.producer import Producer
from streams.kafka.reader import LogMessage

CENTRE = configuration(content(hours={"mon-sun": "09:00-18:00"}))
QUEUES = ("sales", "orders", "chat", "mail")


def worked(writer: str, topic: str, count: int, store: dict[bytes, bytes], first: int, number: int) -> dict[bytes, int]:
    """Let a worker take state over and count a contact of each queue; the partition of each entry."""
    partitions = Partitions(CENTRE, store, topic, writer, partition_count=count)
    places = {key: home_of(key.rpartition(b"\x00")[0].decode(), count) for key in store}
    partitions.load(places)
    for queue in QUEUES:
        value = encode(queue, [contact(f"c{number}", "09:10")])
        partitions.apply(home_of(queue, count), first, queue.encode(), value, at("09:10"))
    partitions.collect(0)
    return {key: home_of(key.rpartition(b"\x00")[0].decode(), count) for key in store}


def test_the_first_message_of_a_new_partition_is_not_forgotten() -> None:
    """Its offset is 0, so sums of offsets are equal; the next worker goes on from the newer state all the same."""
    store: dict[bytes, bytes] = {}
    places = worked("z", "call-data", 4, store, 5, 1)
    moved = _moved({(place, key): store[key] for key, place in places.items()}, 7)
    grown = {key: value for (_, key), value in moved.items()}
    assert grown == store
    assert all(place == home_of(key.rpartition(b"\x00")[0].decode(), 7) for place, key in moved)
    worked("a", "call-data-g2", 7, grown, 0, 2)
    after = Partitions(CENTRE, grown, "call-data-g2", "m", partition_count=7)
    after.load({key: home_of(key.rpartition(b"\x00")[0].decode(), 7) for key in grown})
    assert sorted(engine.queue for engine in after.engines) == sorted(QUEUES)
    for engine in after.engines:
        assert engine.applied_offset(f"call-data-g2/{home_of(engine.queue, 7)}") == 0
        result = engine.view.open_result()
        assert result is not None
        assert result.offered == 2


def test_of_two_states_of_a_queue_the_one_further_along_moves() -> None:
    """A queue that was in two partitions keeps the state that has seen more, and none of the other's entries."""
    short: dict[bytes, bytes] = {}
    long: dict[bytes, bytes] = {}
    worked("a", "call-data", 4, short, 3, 1)
    worked("b", "call-data", 4, long, 90, 1)
    state = {(0, key): value for key, value in short.items()} | {(1, key): value for key, value in long.items()}
    assert {key: value for (_, key), value in _moved(state, 7).items()} == long


@pytest.mark.parametrize("at_home", [False, True])
@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"\x93\x01\x02\x03", b"\x91\x81\xa1a\xa1b", b"\xc1junk", b"\xc1a9", b"\xc1a99999999999"]
)
def test_junk_under_a_manifest_s_key_moves_no_state(junk: bytes, at_home: bool) -> None:
    """Under the key of a manifest in any partition, what is none is not taken for a state that is further along."""
    real: dict[bytes, bytes] = {}
    places = worked("a", "call-data", 4, real, 90, 1)
    state = {(places[key], key): value for key, value in real.items()}
    junked = {place for place in range(4) if at_home or place != home_of("sales", 4)}
    state |= {(place, b"sales\0head.x"): junk for place in junked}
    moved = {key: value for (_, key), value in _moved(state, 7).items() if not key.endswith(b"\0head.x")}
    assert moved == real


def test_messages_without_a_key_go_to_every_partition_but_ticks() -> None:
    """A source speaks to every queue of a partition, whose queues are anywhere now; the clock is written anew."""
    none = frozenset[str]()
    messages, places = _addressed(
        [
            LogMessage(0, 1, None, b'{"type": "feed", "source": "acd"}', 0, none),
            LogMessage(0, 2, None, b'{"type": "tick"}', 0, none),
            LogMessage(0, 3, b"sales", b"[]", 0, none),
        ],
        "call-data-g2",
        3,
    )
    assert places == [0, 1, 2, home_of("sales", 3)]
    assert [key for _, key, _, _ in messages] == [None, None, None, b"sales"]


def test_an_embedded_broker_does_not_grow() -> None:
    """Its topics have four partitions for ever, which the line says; the topics in force can be shown."""
    with EmbeddedBroker() as broker:
        with Producer(broker.url) as producer:
            producer.send("sales", b"[]")
        with pytest.raises(UserError, match="is an embedded broker, whose topics cannot grow"):
            grow(None, broker.url, 7)
        result = CliRunner().invoke(topics, ["--broker", broker.url], standalone_mode=False)
    assert result.output.splitlines()[0] == "call-data: 4 partitions"
    assert result.output.splitlines()[-1] == "call-data: 1 offsets that the workers have not acknowledged"
