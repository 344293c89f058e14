"""Kafka's messages as they are fetched, many in one event of Faust's, and none lost between Kafka and an agent.

Faust spends about 100 µs on each event, whatever is in it: two tasks, a lock, a queue, sensors. So its consumer is
told to hand over the messages of a partition together, in the order of the log. State does not come this way
(`agents.live.faust_patches.restore`).

Faust 0.15 loses messages when partitions change hands: it lets them flow while it seeks back to what was committed,
and empties the agents' queues once it has; it reads from all partitions when it means none; a partition that nothing
was committed of is not sought back at all. All of it is closed here, and should one way be left, an agent is stopped
at the hole, since a figure that lacks a message is worse than a worker that has to start again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from aiokafka.errors import KafkaError
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.live.faust_patches.restore import FETCH_WAIT_MS, ISOLATION, open_reader
from config.errors import UserError

__all__ = ["BatchConsumer", "acknowledge", "fetched", "messages_of", "read_from", "read_to"]

log = logging.getLogger("intervalwatch.worker")

_MOST: Final = 200
_MOST_BYTES: Final = 1 << 18
"""Messages, and about how many bytes of them, in one event: while an agent is at it, everything else waits."""
_LOOK_SECONDS: Final = 0.1
"""How often a fetch that waits looks whether it is still wanted."""
_PROOF_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 1.0


class _LogSlice(list[Any]):
    """Consecutive messages of one partition, with the range of offsets they cover.

    The range may hold more offsets than messages: marks of transactions, and what was never committed, take some too.
    """

    def __init__(self, messages: Iterable[Any], begin: int, end: int) -> None:
        super().__init__(messages)
        self.begin = begin
        self.end = end
        """The offset to read next."""


class _BatchEvent(ConsumerMessage):
    """Messages of one partition; stands where the last of them does."""

    __slots__ = ("messages",)

    messages: _LogSlice


def messages_of(event: Any) -> Sequence[Any]:  # noqa: ANN401 - Faust's event
    """The messages of an event in the order of the log, as aiokafka read them: `timestamp` in milliseconds."""
    fetch: _BatchEvent = event.message
    return fetch.messages


def read_from(event: Any) -> int:  # noqa: ANN401 - Faust's event
    """The offset that follows the event before in the log."""
    fetch: _BatchEvent = event.message
    return fetch.messages.begin


def read_to(event: Any) -> int:  # noqa: ANN401 - Faust's event
    """The offset that follows an event in the log."""
    fetch: _BatchEvent = event.message
    return fetch.messages.end


async def fetched(stream: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - Faust's stream
    """The events of a stream, to be read with `messages_of` and acknowledged by `acknowledge`; all that Kafka holds.

    Raises:
        UserError: messages are missing before this event; the worker ends, and goes on from there when started again.
    """
    async for event in stream.noack().events():
        if await event.app.consumer.require_contiguous(event.message):
            yield event


def acknowledge(event: Any) -> None:  # noqa: ANN401 - Faust's event
    """Say that all messages of an event, and of those before it, are done with."""
    event.ack()
    message = event.message
    # An event that goes to two agents is done with when both have said so.
    if message.acked:
        finished = event.app.consumer.finished
        finished[message.tp] = max(read_to(event), finished.get(message.tp, 0))


class _BatchScheduler(DefaultSchedulingStrategy):
    """The messages of a partition in slices, partitions and topics in turn."""

    def __init__(self) -> None:
        """Faust's is abstract."""

    def iterate(self, records: Mapping[TP, Any]) -> Iterator[tuple[TP, Any]]:
        """Slices of what was fetched."""
        return super().iterate({tp: list(_slices(some)) for tp, some in records.items()})


def _slices(drained: _LogSlice) -> Iterator[_LogSlice]:
    first = size = 0
    begin = drained.begin
    for at, message in enumerate(drained):
        if at - first == _MOST or size > _MOST_BYTES:
            yield _LogSlice(drained[first:at], begin, message.offset)
            first, size, begin = at, 0, message.offset
        size += len(message.value or b"")
    yield _LogSlice(drained[first:], begin, drained.end)


class _BatchConsumerThread(AIOKafkaConsumerThread):
    """Faust's thread that reads from Kafka, asked again each time it is about to hand over whether that is wanted."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - whatever Faust's takes
        super().__init__(*arguments, **settings)
        self._passed: dict[TP, tuple[int, int]] = {}
        """By partition: from where to where it was last read without a message being there."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401 - Faust's, and aiokafka's
        consumer = super()._create_worker_consumer(transport)
        # Neither has a setting. A feed's transaction that was aborted never happened.
        consumer._isolation_level = ISOLATION  # noqa: SLF001 - as above
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - as above
        return consumer

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Log that a partition stands still, as Faust does; one whose position is not known has not begun to move."""
        subscription = self._ensure_consumer()._fetcher._subscriptions.subscription  # noqa: SLF001 - as Faust reads it
        assignment = None if subscription is None else subscription.assignment
        state = None if assignment is None else assignment.state_value(tp)
        if state is not None and state.has_valid_position:
            # It belongs to another thread, which may forget the position between this look and Faust's.
            with contextlib.suppress(AssertionError, AttributeError):
                super().verify_event_path(now, tp)

    async def ask_for_topics(self) -> None:
        """As `BatchConsumer.ask_for_topics`."""
        await self._ensure_consumer()._client.force_metadata_update()  # noqa: SLF001 - aiokafka has no door to it

    async def on_thread_stop(self) -> None:
        """Close the connections, and end."""
        # A fetch of aiokafka's that it has cancelled itself may raise here, and Faust would wait a minute for the end.
        with contextlib.suppress(asyncio.CancelledError):
            await super().on_thread_stop()

    async def _fetch_records(
        self,
        consumer: Any,  # noqa: ANN401 - aiokafka's
        active_partitions: set[TP],
        timeout: float | None = None,  # noqa: ASYNC109 - Faust's signature
        max_records: int | None = None,
    ) -> Mapping[TP, list[Any]]:
        """Messages of the partitions that are active at this moment; none while the flow is stopped.

        Messages that are handed over count as read. Faust looks only before it waits for messages, up to a second. If
        it stopped or sought meanwhile, it would throw away the messages that come then, and never see them again.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (timeout or 0)
        fetcher = consumer._fetcher  # noqa: SLF001 - as Faust reads from it
        while self.consumer.flow_active:
            # aiokafka takes no partitions for all of them; the main thread changes the set at any time.
            active = set(active_partitions)
            subscriptions = fetcher._subscriptions  # noqa: SLF001 - as above
            if active and not subscriptions.reassignment_in_progress:
                before = _positions(subscriptions, active)
                records = await super()._fetch_records(consumer, active, 0, max_records)
                drained = self._drained(records, before, _positions(subscriptions, active))
                if drained:
                    return drained
            left = until - loop.time()
            if left <= 0:
                break
            waiter = fetcher._create_fetch_waiter()  # noqa: SLF001 - as above
            with contextlib.suppress(TimeoutError):
                # The error that the group's coordinator failed with comes this way, too.
                await asyncio.wait_for(waiter, min(left, _LOOK_SECONDS))
        return {}

    def _drained(
        self, records: Mapping[TP, list[Any]], before: Mapping[TP, int], after: Mapping[TP, int]
    ) -> dict[TP, _LogSlice]:
        """The messages read, with the part of the log they cover, given the partitions' positions before and after."""
        for tp, position in after.items():
            if tp not in records and position > before[tp]:
                self._passed[tp] = self._begin(tp, before[tp]), position
        drained = {}
        for tp, messages in records.items():
            drained[tp] = _LogSlice(messages, self._begin(tp, before[tp]), after[tp])
            self._passed.pop(tp, None)
        return drained

    def passed_to(self, tp: TP, offset: int) -> int:
        """As `BatchConsumer.passed_to`."""
        begin, end = self._passed.get(tp, (offset, offset))
        return end if begin == offset else offset

    def _begin(self, tp: TP, position: int) -> int:
        """Where the part of the log begins that was read up to a position since the message before it."""
        begin, end = self._passed.get(tp, (position, position))
        return begin if end == position else position


def _positions(subscriptions: Any, tps: Iterable[TP]) -> dict[TP, int]:  # noqa: ANN401 - aiokafka's
    """Where partitions are read next, as far as that is known."""
    states = {tp: subscriptions.subscription.assignment.state_value(tp) for tp in tps}
    return {tp: state.position for tp, state in states.items() if state is not None and state.has_valid_position}


class _IgnoredReadOffsets(dict[TP, int | None]):
    """Where Faust began to read each partition; not where it is.

    It drops what lies behind the last message it read, and notes that message even if a rebalance kept it from being
    delivered.
    """

    def __missing__(self, _: TP) -> None:
        return None

    def __setitem__(self, _: TP, __: int | None) -> None:
        pass


class BatchConsumer(Consumer):
    """Faust's consumer, whose events are to be read with `messages_of`.

    Agents get them from `fetched` and say by `acknowledge`, in the order of the log, that they are done with one: what
    is before it counts as done with, too.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - whatever Faust's takes
        super().__init__(*arguments, **settings)
        self.finished: dict[TP, int] = {}
        """By partition: the offset that follows the last event that every agent has acknowledged, by `acknowledge`."""
        self._next: dict[TP, int] = {}
        """By partition: the offset from where on it is to be read next."""
        self._seeking = asyncio.Lock()
        self._read_offset = _IgnoredReadOffsets()
        self.scheduler = _BatchScheduler()

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def readable_to(self, tp: TP) -> int | None:
        """The offset that can be read up to, as Kafka said last: not into a transaction that is open; None: unknown."""
        consumer: Any = self._thread._ensure_consumer()  # noqa: SLF001 - Faust knows no end but the log's
        # While partitions change hands, one that is still asked for may not be held any more.
        return consumer.last_stable_offset(tp) if tp in consumer.assignment() else None

    async def ask_for_topics(self) -> None:
        """Ask the broker what topics there are.

        It may answer a worker that starts with topics it has just made as if they were not there; the worker would
        hold no partition until it asks again, by default after five minutes.
        """
        thread = cast(_BatchConsumerThread, self._thread)
        await thread.call_thread(thread.ask_for_topics)

    def passed_to(self, tp: TP, offset: int) -> int:
        """The offset up to which a partition was read from `offset` on without a message being there."""
        return cast(_BatchConsumerThread, self._thread).passed_to(tp, offset)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Let nothing through before Faust has paused what it was given."""
        self.stop_flow()
        # An agent that catches up would make one active again that is paused by now.
        self._buffered_partitions.clear()
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what was read of partitions that may come back further on."""
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self.finished.pop(tp, None)
            self._next.pop(tp, None)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Let messages of partitions come once the flow is resumed, which Faust does after the seek."""
        self.stop_flow()
        super().resume_partitions(tps)

    async def perform_seek(self) -> None:
        """Go back to what was committed; where nothing was, to the first message there is."""
        # Faust seeks twice at once: an older answer must not follow a newer.
        async with self._seeking:
            await super().perform_seek()
            starts = {tp: self._read_offset[tp] for tp in self.assignment() if not self._is_changelog_tp(tp)}
            unknown = [tp for tp, start in starts.items() if not start]
            if unknown:
                first = await self.earliest_offsets(*unknown)
                await self.seek_wait(first)
                starts.update(first)
            self._next = {tp: start or 0 for tp, start in starts.items()}

    async def require_contiguous(self, fetch: _BatchEvent) -> bool:
        """See that nothing is missing between the event before and this one.

        Returns:
            Whether the event is still to be counted: no rebalance came meanwhile.

        Raises:
            UserError: something is missing; the app is told to crash.
        """
        tp, first = fetch.tp, fetch.messages.begin
        due = self._next.get(tp, first)
        if first > due:
            lacking = await self._log_lacks(tp, due, first)
            if self.should_stop or not self.flow_active or fetch.generation_id != self.app.consumer_generation_id:
                return False
            if not lacking:
                error = UserError(
                    f"topic {tp.topic}, partition {tp.partition}: messages {due} to {first - 1} were not delivered to "
                    f"this worker. Nothing after them was counted; start it again, and it reads them"
                )
                await self.app.crash(error)
                raise error
        self._next[tp] = max(due, fetch.messages.end)
        return True

    async def _log_lacks(self, tp: TP, due: int, first: int) -> bool:
        """Whether Kafka itself has no message from `due` to before `first`: deleted, or never there."""
        while not self.should_stop:
            try:
                earliest = await self.earliest_offsets(tp)
                if earliest[tp] >= first:
                    log.error("topic %s, partition %d: messages %d to %d were deleted unread", *tp, due, first - 1)
                    return True
                return await self._first_from(tp, due) >= first
            except (KafkaError, TimeoutError) as error:
                log.warning("topic %s, partition %d: cannot see what is between two messages: %r", *tp, error)
                await self.sleep(_RETRY_SECONDS)
        return False

    async def _first_from(self, tp: TP, due: int) -> int:
        """The offset of the first message that is there from `due` on."""
        async with open_reader(self.app) as reader:
            reader.assign([tp])
            reader.seek(tp, due)
            message = await asyncio.wait_for(reader.getone(), _PROOF_SECONDS)
        return int(message.offset)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:  # noqa: ANN401 - Faust's has no types; a _LogSlice
        last = record[-1]
        fetch = _BatchEvent(
            last.topic,
            last.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            None,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )
        fetch.messages = record
        return fetch

    def _new_offset(self, tp: TP) -> int | None:
        """How far a partition may be committed: behind the last event that was acknowledged here.

        Not by Faust's own list: a stream that skips an event of before a rebalance puts it there, too, though
        nobody has seen it.
        """
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        done = self.finished.get(tp)
        return None if done is None else self.passed_to(tp, done)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note nothing: the offsets between two events are those of the messages within the second."""
