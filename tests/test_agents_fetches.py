"""Fetched messages in one event: none lost, none reordered."""

from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from agents.fetches import (
    FetchConsumer,
    _ByFetch,
    acknowledge,
)  # the scheduler has no door of its own: Faust's consumer holds it


@dataclass(frozen=True)
class Message:
    """As much of aiokafka's message as a scheduler looks at."""

    offset: int
    value: bytes | None


def scheduled(records: dict[TP, list[Any]]) -> dict[TP, list[Any]]:
    """What an agent is handed, by partition, in order."""
    handed: dict[TP, list[Any]] = {}
    for tp, given in _ByFetch(frozenset({"state-changelog"})).iterate(records):
        handed.setdefault(tp, []).append(given)
    return handed


def test_every_message_of_a_partition_comes_once_in_the_order_of_the_log() -> None:
    """Slices put together are what was fetched, of whatever sizes the messages are."""
    calls, other = TP("calls", 0), TP("calls", 1)
    fetched = {
        calls: [Message(at, bytes(at % 7 * 20_000) or None) for at in range(1000)],
        other: [Message(5, b"x")],
    }
    handed = scheduled(fetched)
    assert {tp: [message for some in slices for message in some] for tp, slices in handed.items()} == fetched


def test_a_slice_is_short_in_messages_and_in_bytes() -> None:
    """An agent lets others work after some 200 messages, or about 256 KiB of them."""
    calls = TP("calls", 0)
    many = scheduled({calls: [Message(at, b"x") for at in range(1000)]})[calls]
    assert [len(some) for some in many] == [200] * 5
    large = scheduled({calls: [Message(at, bytes(100_000)) for at in range(10)]})[calls]
    assert [len(some) for some in large] == [3, 3, 3, 1]


def test_records_of_a_changelog_come_one_by_one() -> None:
    """Faust's own recovery reads them and knows no slices."""
    changelog = TP("state-changelog", 0)
    given = [Message(at, b"x") for at in range(3)]
    assert scheduled({changelog: list(given)}) == {changelog: given}


def test_only_what_was_acknowledged_here_is_committed() -> None:
    """A stream acknowledges what it skips in a rebalance, unseen: to commit that would lose it (soak seed 45).

    Faust's consumer needs a broker and a group for this; a stand-in has its fields.
    """
    calls = TP("calls", 0)
    consumer: Any = SimpleNamespace(finished={}, _acked=defaultdict(list), _acked_index=defaultdict(set))
    app = SimpleNamespace(consumer=consumer)

    def commit() -> int | None:
        return FetchConsumer._new_offset(consumer, calls)

    consumer._acked[calls].append(140)
    assert commit() is None
    assert consumer._acked[calls] == []
    event = SimpleNamespace(app=app, message=SimpleNamespace(tp=calls, offset=101, acked=False), ack=lambda: None)
    acknowledge(event)
    assert commit() is None, "another agent has not said so yet"
    event.message.acked = True
    acknowledge(event)
    consumer._acked[calls].append(140)
    assert commit() == 102
