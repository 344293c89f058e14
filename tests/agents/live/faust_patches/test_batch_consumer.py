"""Fetched messages in one event: none lost, none reordered."""

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP

from agents.live.faust_patches.batch_consumer import (
    BatchConsumer,
    _BatchConsumerThread,
    _BatchScheduler,
    _LogSlice,
    acknowledge,
)  # scheduler and thread have no doors of their own: Faust's consumer holds them
from config.errors import UserError


@dataclass(frozen=True)
class Message:
    """As much of aiokafka's message as a scheduler looks at."""

    offset: int
    value: bytes | None


def drained(*messages: Message, end: int | None = None) -> _LogSlice:
    """The slice of the log from the first of these messages to the last, or to `end`."""
    return _LogSlice(messages, messages[0].offset, messages[-1].offset + 1 if end is None else end)


def scheduled(records: dict[TP, _LogSlice]) -> dict[TP, list[_LogSlice]]:
    """The slices that an agent is handed, by partition, in order."""
    handed: dict[TP, list[_LogSlice]] = {}
    for tp, given in _BatchScheduler().iterate(records):
        handed.setdefault(tp, []).append(given)
    return handed


def test_every_message_of_a_partition_comes_once_in_the_order_of_the_log() -> None:
    """Slices put together are what was fetched, of whatever sizes the messages are."""
    calls, other = TP("calls", 0), TP("calls", 1)
    fetched = {
        calls: drained(*[Message(at, bytes(at % 7 * 20_000) or None) for at in range(1000)], end=1003),
        other: drained(Message(5, b"x")),
    }
    handed = scheduled(fetched)
    assert {tp: [message for some in slices for message in some] for tp, slices in handed.items()} == fetched
    ends = [some.end for some in handed[calls]]
    assert [some.begin for some in handed[calls]] == [0, *ends[:-1]], "where a slice ends the next begins"
    assert ends[-1] == 1003, "the last takes with it what is no message"


def test_a_slice_is_short_in_messages_and_in_bytes() -> None:
    """An agent lets others work after some 200 messages, or about 256 KiB of them."""
    calls = TP("calls", 0)
    many = scheduled({calls: drained(*[Message(at, b"x") for at in range(1000)])})[calls]
    assert [len(some) for some in many] == [200] * 5
    large = scheduled({calls: drained(*[Message(at, bytes(100_000)) for at in range(10)])})[calls]
    assert [len(some) for some in large] == [3, 3, 3, 1]


def test_only_what_was_acknowledged_here_is_committed() -> None:
    """A stream acknowledges what it skips in a rebalance, unseen: to commit that would lose it (soak seed 45).

    Faust's consumer needs a broker and a group for this; a stand-in has its fields.
    """
    calls = TP("calls", 0)
    passed = {102: 105}
    consumer: Any = SimpleNamespace(
        finished={},
        _acked=defaultdict(list),
        _acked_index=defaultdict(set),
        passed_to=lambda _, offset: passed.get(offset, offset),
    )
    app = SimpleNamespace(consumer=consumer)

    def commit() -> int | None:
        return BatchConsumer._new_offset(consumer, calls)

    consumer._acked[calls].append(140)
    assert commit() is None
    assert consumer._acked[calls] == []
    messages = drained(Message(100, b"x"), Message(101, b"x"))
    event = SimpleNamespace(
        app=app, message=SimpleNamespace(tp=calls, messages=messages, acked=False), ack=lambda: None
    )
    acknowledge(event)
    assert commit() is None, "another agent has not said so yet"
    event.message.acked = True
    acknowledge(event)
    consumer._acked[calls].append(140)
    assert commit() == 105, "behind marks of transactions that follow it"


class Log:
    """A partition as a consumer sees it: stands in for a broker's."""

    def __init__(self, first: int, held: set[int]) -> None:
        self.first, self.held = first, held
        self.crashed: list[BaseException] = []
        self.failures = 0
        self.consumer: Any = SimpleNamespace(
            _next={},
            app=SimpleNamespace(crash=self._crash, consumer_generation_id=1),
            flow_active=True,
            should_stop=False,
            earliest_offsets=self._earliest,
            sleep=lambda _: asyncio.sleep(0),
            _first_from=self._first_from,
        )
        self.consumer._log_lacks = partial(BatchConsumer._log_lacks, self.consumer)

    async def take(self, first: int, last: int) -> bool:
        """Let an agent be handed the messages from `first` to `last`; whether it is to count them."""
        messages = drained(Message(first, b""), Message(last, b""))
        fetch: Any = SimpleNamespace(tp=TP("calls", 0), messages=messages, generation_id=1)
        return await BatchConsumer.require_contiguous(self.consumer, fetch)

    async def _first_from(self, _: TP, due: int) -> int:
        return min(offset for offset in self.held if offset >= due)

    async def _crash(self, error: BaseException) -> None:
        self.crashed.append(error)

    async def _earliest(self, tp: TP) -> dict[TP, int]:
        if self.failures:
            self.failures -= 1
            raise KafkaError
        return {tp: self.first}


def test_a_message_that_was_not_delivered_ends_the_worker() -> None:
    """A hole between two events, where Kafka holds messages, is told with its offsets, and nothing behind it counts."""

    async def work() -> None:
        log = Log(0, set(range(100)))
        assert await log.take(0, 9)
        assert await log.take(5, 14)
        log.failures = 2  # a broker that does not answer is no proof of anything
        with pytest.raises(UserError, match="partition 0: messages 15 to 19 were not delivered"):
            await log.take(20, 29)
        with pytest.raises(UserError):
            await log.take(30, 39)
        assert len(log.crashed) == 2

    asyncio.run(work())


def test_a_hole_of_before_a_rebalance_is_none() -> None:
    """While the log was looked at, the partitions changed hands: the event is passed over, and read again."""

    async def work() -> None:
        log = Log(0, set(range(100)))
        assert await log.take(0, 9)
        log.consumer.app.consumer_generation_id = 2
        assert not await log.take(20, 29)
        assert not log.crashed
        assert log.consumer._next == {TP("calls", 0): 10}

    asyncio.run(work())


def test_offsets_that_kafka_itself_lacks_are_no_hole(caplog: pytest.LogCaptureFixture) -> None:
    """A jump over offsets that hold no message is none; what retention deleted unread is told."""

    async def work() -> None:
        log = Log(0, {*range(10), *range(11, 100)})
        assert await log.take(0, 9)
        assert await log.take(11, 20)
        log.first = 50
        assert await log.take(50, 59)
        assert not log.crashed

    asyncio.run(work())
    assert [record.message for record in caplog.records] == [
        "topic calls, partition 0: messages 21 to 49 were deleted unread"
    ]


class Fetcher:
    """Stand-in for aiokafka's fetcher, which needs a broker, with all that it has fetched already.

    Its log of one partition is a list of offsets that hold a message, in the parts that are read at once: (their
    offsets, the offset to read next).
    """

    def __init__(self, *parts: tuple[list[int], int]) -> None:
        self.asked: list[set[TP]] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.parts = list(parts)
        self.state = SimpleNamespace(position=0, has_valid_position=True)
        assignment = SimpleNamespace(state_value=lambda _: self.state)
        self._subscriptions = SimpleNamespace(
            reassignment_in_progress=False,
            fetch_context=contextlib.nullcontext,
            subscription=SimpleNamespace(assignment=assignment),
        )
        self._closed = False

    async def fetched_records(self, tps: set[TP], **_: Any) -> dict[TP, list[Message]]:
        """Messages of every partition asked for; of all of them, if none is."""
        self.asked.append(tps)
        offsets, self.state.position = self.parts.pop(0)
        return {tp: [Message(at, b"") for at in offsets] for tp in tps or {TP("calls", 0), TP("calls", 1)} if offsets}

    def _create_fetch_waiter(self) -> "asyncio.Future[None]":
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]


def thread_of() -> _BatchConsumerThread:
    """A thread of a consumer that is only as much as the thread asks of it: Faust's needs a broker."""
    thread = _BatchConsumerThread.__new__(_BatchConsumerThread)
    thread.consumer = SimpleNamespace(flow_active=True)  # type: ignore[assignment]  # as said
    thread._passed = {}
    return thread


def test_marks_of_transactions_are_no_gap() -> None:
    """A stretch that was read without a message belongs to the messages after it, and until they come to those before.

    After a jump (what retention deleted, what was lost) it does not.
    """
    calls = TP("calls", 0)
    fetcher = Fetcher(([0, 1, 3], 5), ([], 6), ([], 9), ([9, 10], 12), ([], 13), ([20], 21))
    client: Any = SimpleNamespace(_fetcher=fetcher, _closed=False)
    thread = thread_of()

    async def read() -> tuple[int, int] | None:
        part = (await thread._fetch_records(client, {calls}, 0)).get(calls)
        return None if part is None else (part.begin, part.end)

    async def work() -> None:
        assert await read() == (0, 5)
        assert thread.passed_to(calls, 5) == 5
        assert (await read(), await read()) == (None, None)
        assert thread.passed_to(calls, 5) == 9
        assert thread.passed_to(calls, 4) == 4, "what is handed over is not applied yet"
        assert await read() == (5, 12)
        assert await read() is None
        fetcher.state.position = 20
        assert await read() == (20, 21)

    asyncio.run(work())


def test_nothing_counts_as_read_that_nobody_will_take() -> None:
    """Whether the flow stopped, or the partitions were all paused, while a fetch waited: it hands over nothing."""
    calls = TP("calls", 0)
    fetcher = Fetcher(([0], 1))
    client: Any = SimpleNamespace(_fetcher=fetcher, _closed=False)
    thread = thread_of()
    consumer: Any = thread.consumer

    async def work() -> None:
        active: set[TP] = set()
        fetching = asyncio.ensure_future(thread._fetch_records(client, active, 30))
        await asyncio.sleep(0)
        assert len(fetcher.waiting) == 1
        consumer.flow_active = False
        active.add(calls)
        fetcher.waiting[0].set_result(None)
        assert await fetching == {}
        assert fetcher.asked == []
        consumer.flow_active = True
        assert list(await thread._fetch_records(client, active, 30)) == [calls]

    asyncio.run(work())


def test_what_the_coordinator_failed_of_is_raised() -> None:
    """A wait for messages ends with the error when the group is lost for good, because it would never end."""
    fetcher = Fetcher()
    client: Any = SimpleNamespace(_fetcher=fetcher, _closed=False)
    thread = thread_of()

    async def work() -> None:
        fetching = asyncio.ensure_future(thread._fetch_records(client, set(), 30))
        await asyncio.sleep(0)
        fetcher.waiting[0].set_exception(KafkaError("the group is gone"))
        with pytest.raises(KafkaError, match="the group is gone"):
            await fetching

    asyncio.run(work())


class Positions:
    """Stand-in for aiokafka's subscriptions, which need a broker, with the position of one partition."""

    def __init__(self, position: int | None, highwater: int = 10) -> None:
        state = TopicPartitionState.__new__(TopicPartitionState)
        state._position = position
        state.highwater, state.timestamp = highwater, 1_000
        self.assignment = SimpleNamespace(active=True, state_value=lambda _: state)

    def client(self) -> Any:
        """The consumer that holds them."""
        return SimpleNamespace(
            _fetcher=SimpleNamespace(_subscriptions=SimpleNamespace(subscription=self)), _closed=False
        )


def watching(client: Any, logged: list[str]) -> _BatchConsumerThread:
    """A thread that has read from `client` for an hour; what Faust's live-lock detector logs."""
    thread = thread_of()
    monitor = SimpleNamespace(stream_inbound_time={})
    app = SimpleNamespace(
        monitor=monitor,
        topics=SimpleNamespace(acks_enabled_for=lambda _: True),
        conf=SimpleNamespace(stream_processing_timeout=300),
    )
    thread.consumer = SimpleNamespace(app=app)  # type: ignore[assignment]  # as much as is asked
    thread._consumer = client
    thread.time_started = -3600.0
    thread.tp_fetch_request_timeout_secs = thread.tp_stream_timeout_secs = thread.tp_commit_timeout_secs = 300.0
    thread.log = SimpleNamespace(error=lambda text, *_: logged.append(text))  # type: ignore[assignment]  # likewise
    return thread


def test_a_position_that_is_not_known_ends_no_worker() -> None:
    """Faust's live-lock detector asserts one, and crashed a worker 0.9 s after it was ready; here it looks on."""
    calls, logged = TP("calls", 0), list[str]()
    unknown = watching(Positions(None).client(), logged)
    with pytest.raises(AssertionError):
        AIOKafkaConsumerThread.verify_event_path(unknown, 10.0, calls)
    unknown.verify_event_path(10.0, calls)
    revoked = Positions(3)
    revoked.assignment = None  # type: ignore[assignment]  # between two assignments
    watching(revoked.client(), logged).verify_event_path(10.0, calls)
    gone = Positions(3)
    gone.assignment.state_value = lambda _: None
    watching(gone.client(), logged).verify_event_path(10.0, calls)
    assert logged == []


def test_a_partition_that_stands_still_is_logged() -> None:
    """Where the position is known, the live-lock detector says what it always said."""
    calls, logged = TP("calls", 0), list[str]()
    watching(Positions(3).client(), logged).verify_event_path(10.0, calls)
    assert len(logged) == 1
    assert "stream_processing_timeout" in logged[0]
