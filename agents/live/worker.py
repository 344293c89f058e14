"""The Faust shell: topics, a table and two agents around `agents.live.partitions`; it sends and waits, decides nothing.

How exactness survives at-least-once delivery: a message changes machines in memory only. Every fifth of a
second a *flush* sends the outputs, waits until the broker has them, then the changed cells, then the heads,
and only then acknowledges the messages. A crash anywhere leaves heads that say how far they go, and what came after
them is delivered again; what was sent twice has the same identity and hash.
"""

import asyncio
import gc
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, cast

import faust
import msgspec
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from faust.transport.drivers.aiokafka import Producer
from faust.types import TP

from agents.engine.queue import QueueEngine
from agents.intervals.counters import RecordCounters
from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import BatchConsumer, acknowledge, fetched, messages_of, read_to
from agents.live.faust_patches.restore import Entries, disable_faust_recovery, read_changelog
from agents.live.history_sink import HISTORY_TOPICS, HistorySink
from agents.live.partitions import OutboundMessage, OutputBatch, Partitions
from agents.live.topics import APP_ID, TABLE
from config.settings import Configuration
from config.timestamps import rfc3339
from streams.history.store import Store
from streams.names import TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS

__all__ = ["LiveWorker"]

_FLUSH_SECONDS: Final = 0.2
_MOST_PENDING: Final = 20_000
_MOST_PENDING_BYTES: Final = 1 << 26
"""Messages, and bytes of them, that may wait for their acknowledgement before reading waits for a flush; a flush is
four answers of the broker long, and reading goes on meanwhile."""
_TICK_SECONDS: Final = 1.0
_CUT_OFF_SECONDS: Final = 5.0
"""Without an answer of the broker for so long, a worker says that it is cut off."""
_SETTLE_SECONDS: Final = 30.0
"""After the broker was away, no tick is written for so long."""
_SESSION_SECONDS: Final = 10.0
_NEVER_SECONDS: Final = 1_000_000.0
_GC_THRESHOLDS: Final = (100_000, 20, 100)

log = logging.getLogger("intervalwatch.worker")


class LiveWorker:
    """One worker of the group that watches a centre.

    Args:
        configuration: what is set.
        bootstrap: `host:port[,host:port]` of the broker.
        store: interval history that results are written to; None: another process does.
        clock: the driver's clock.
        partitions: of the input topic (and so of the state).
        data_dir: where Faust keeps its files; its parent exists.
        credentials: Faust's, for a broker that asks for them.
        listener: told of every flush once it is written; for this worker's own screens.
        on_lost: told of the queues that another worker watches from now on.
    """

    def __init__(
        self,
        configuration: Configuration,
        bootstrap: str,
        *,
        store: Store | None,
        clock: Clock,
        partitions: int,
        data_dir: str,
        credentials: Any = None,  # noqa: ANN401 - a type of Faust's, which has none
        listener: Callable[[OutputBatch], None] = lambda _: None,
        on_lost: Callable[[list[str]], None] = lambda _: None,
    ) -> None:
        prefix = configuration.kafka.topic_prefix
        self.clock = clock
        self.recovering = True
        """Whether the state is still being read, or partitions change hands: figures must not be shown."""
        self._prefix = prefix
        self._partitions = list(range(partitions))
        self._partition_of = DefaultPartitioner()
        self._listener = listener
        self._on_lost = on_lost
        self.app = faust.App(
            f"{prefix}{APP_ID}",
            broker=f"kafka://{bootstrap}",
            broker_credentials=credentials,
            store="memory://",
            datadir=data_dir,
            topic_partitions=partitions,
            # Topics are made by streams.kafka.admin, with retention and timestamp type as they must be.
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            web_enabled=False,
            consumer_auto_offset_reset="earliest",
            broker_commit_interval=1.0,
            broker_session_timeout=_SESSION_SECONDS,
            broker_heartbeat_interval=1.0,
            producer_max_batch_size=1 << 20,
            producer_request_timeout=30.0,
            # Unacknowledged messages are delivered again; waiting for them on a rebalance would be for ever.
            stream_wait_empty=False,
            # A worker that has no partitions asks for no messages, and would leave the group for good.
            broker_max_poll_interval=_NEVER_SECONDS,
            stream_recovery_delay=0.0,
            autodiscover=False,
        )
        transport: Any = self.app.transport
        transport.Producer = _OrderedProducer
        transport.Consumer = BatchConsumer
        self._topic = f"{prefix}{TOPIC_CALL_DATA}"
        self._changelog = f"{prefix}{APP_ID}-{TABLE}-changelog"
        # The table gives the changelog, whose partitions go with those of the input. The state itself is in `_state`:
        # a Table writes each key by itself, only while a stream is iterated, and is recovered with losses.
        self.app.Table(TABLE, key_type=bytes, value_type=bytes, partitions=partitions, on_recover=self._on_recovered)
        self._recovery: Any = None
        self._state: dict[bytes, bytes] = {}
        days = f"{prefix}{TOPIC_PROGRAM_DAYS}"
        self.holdings = Partitions(configuration, self._state, self._topic, secrets.token_hex(4), days)
        self._events: list[Any] = []
        self._pending = self._pending_bytes = 0
        """Messages, and bytes of them, that are applied and not yet acknowledged."""
        self._read: dict[int, int] = {}
        """By partition: the offset that follows what is applied."""
        self._held: set[int] = set()
        self._reached = time.monotonic()
        self._ticks_from = 0.0
        self._fresh: set[int] = set()
        """Partitions assigned whose state is not yet taken over."""
        self._assigned = False
        self._turn = 0
        """Counts what happens to the partitions: what was begun before is overtaken."""
        self._generation = -1
        self._ticks: dict[int, int] = {}
        self._flushing = asyncio.Lock()
        self._broken = False
        self.app.agent(self._raw(TOPIC_CALL_DATA), name="call-data")(self._watch)
        self.app.agent(self._raw(TOPIC_PROGRAM_DAYS), name="program-days")(self._watch_programs)
        self.app.task(self._flush_often)
        self.app.task(self._tick_often)
        self.app.on_partitions_revoked.connect(self._on_revoked)
        self.app.on_partitions_assigned.connect(self._on_assigned)
        self.app.on_before_shutdown.connect(self._on_before_shutdown)
        if store is not None:
            self._historian = HistorySink(store, clock, configuration.history.retention_days)
            for topic in HISTORY_TOPICS:
                self.app.agent(self._raw(topic), name=f"history-{topic}")(self._historian.consume(topic))
            self.app.task(self._historian.flush_often)
            self.app.task(self._historian.retain_daily)

    async def start(self) -> None:
        """Join the group; returns when the state is recovered and messages flow.

        Raises:
            BaseException: what the app crashed of before that.
        """
        # State is large and free of cycles: looking through all of it again and again is time lost.
        gc.set_threshold(*_GC_THRESHOLDS)
        # Not before: it belongs to the loop that runs.
        self._recovery = disable_faust_recovery(self.app)
        self.app.finalize()
        started, stopped = asyncio.ensure_future(self.app.start()), asyncio.ensure_future(self.wait_until_stopped())
        done, _ = await asyncio.wait({started, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        stopped.cancel()

    async def wait_until_stopped(self) -> None:
        """Return when the app has stopped or crashed.

        Raises:
            BaseException: what it crashed of.
        """
        await self.app.wait_until_stopped()
        if self.app.crash_reason is not None:
            raise self.app.crash_reason

    async def stop(self) -> None:
        """Write what is pending, leave the group, stop."""
        await self.app.stop()

    def never_seen(self) -> list[tuple[str, str]]:
        """Configured queues (program, queue) of the partitions held that have no call data though they should."""
        if self.recovering:
            return []
        return self.holdings.never_seen(self.clock.now_ms(), self._is_held)

    @property
    def _consumer(self) -> BatchConsumer:
        return cast(BatchConsumer, self.app.consumer)

    def _is_held(self, queue: str) -> bool:
        return self._partition_of(queue.encode(), self._partitions, self._partitions) in self._held

    @property
    def engines(self) -> Iterator[QueueEngine]:
        """The machines of the queues held."""
        return self.holdings.engines

    @property
    def topic(self) -> str:
        """The input topic, less its prefix."""
        return TOPIC_CALL_DATA

    def counters(self) -> RecordCounters:
        """What became of records since this worker began."""
        return self.holdings.counters()

    def lag(self) -> dict[int, int]:
        """By partition held: messages of the input topic that are not applied yet, where that is known."""
        lag: dict[int, int] = {}
        for partition in self._read:
            end = self._consumer.readable_to(TP(self._topic, partition))
            if end is not None:
                lag[partition] = max(0, end - self._read_to(partition))
        return lag

    def health(self) -> tuple[bool, str]:
        """Whether the worker follows the stream, and what it says of itself."""
        if self.recovering:
            return False, "recovering: the state is being read"
        if time.monotonic() - self._reached > _CUT_OFF_SECONDS:
            return False, "cut off: the broker has not answered"
        unseen = ", ".join(queue for _, queue in self.never_seen())
        return True, f"ok; never seen: {unseen}" if unseen else "ok"

    # --- messages -----------------------------------------------------------------------------------

    async def _watch(self, stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        apply, at_ms = self.holdings.apply, self.clock.at_ms
        async for event in fetched(stream):
            for message in messages_of(event):
                partition, offset, value = message.partition, message.offset, message.value
                try:
                    apply(partition, offset, message.key, value, at_ms(message.timestamp))
                except Exception as error:  # noqa: BLE001 - one message it cannot bear must not stop a centre's monitoring
                    log.error("message %s/%s@%s was not applied: %r", self._topic, partition, offset, error)  # noqa: TRY400 - a line, no traceback
                    self.holdings.reject(partition, offset, f"internal: the program failed on it: {error!r}", value)
                self._pending += 1
                self._pending_bytes += len(value or b"")
            self._read[event.message.partition] = read_to(event)
            self._events.append(event)
            if self._pending >= _MOST_PENDING or self._pending_bytes >= _MOST_PENDING_BYTES:
                await self.flush()

    async def _watch_programs(self, stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for event in fetched(stream):
            try:
                for message in messages_of(event):
                    self.holdings.programs.apply(message.partition, message.offset, message.value)
            except Exception as error:
                # Faust would go on behind the event, and acknowledge it with the next.
                await self.app.crash(error)
                raise
            self._events.append(event)

    async def flush(self) -> None:
        """Write everything that has changed, in the order that exactness needs, then acknowledge.

        Raises:
            RuntimeError: an earlier flush failed in the middle; what is in memory must not be written any more.
        """
        # A flush that is begun is finished, even if who asked for it is told to stop: half of one, followed by the
        # next, would leave heads that name cells nobody wrote.
        await asyncio.shield(asyncio.ensure_future(self._flush()))

    async def _flush(self) -> None:
        async with self._flushing:
            if self._broken:
                raise RuntimeError("an earlier flush failed; a restart goes on from what was written before it")
            self._broken = True
            events, self._events = self._events, []
            self._pending = self._pending_bytes = 0
            flush = self.holdings.collect(int(time.monotonic() * 1000))
            await self._send([self._addressed(letter) for letter in flush.outputs])
            commits = flush.commits
            await self._send([(self._changelog, p, key, value) for p, c in commits for key, value in c.cells])
            await self._send([(self._changelog, p, *c.manifest) for p, c in commits])
            await self._send([(self._changelog, p, key, None) for p, c in commits for key in c.garbage])
            for event in events:
                acknowledge(event)
            self._broken = False
            await self._produce(map(self._addressed, flush.provisional))
            self._listener(flush)

    async def _flush_often(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(_FLUSH_SECONDS)
            if not self.recovering and (self._events or self.holdings.pending):
                await self.flush()

    def _addressed(self, letter: OutboundMessage) -> tuple[str, int | None, bytes, bytes | None]:
        return f"{self._prefix}{letter.topic}", None, letter.key, letter.value

    async def _send(self, messages: Sequence[tuple[str, int | None, bytes, bytes | None]]) -> None:
        """Send messages and wait until the broker has every one of them, however long that takes.

        Raises:
            KafkaError: it refuses one for good.
        """
        await asyncio.gather(*await self._produce(messages))

    async def _produce(
        self, messages: Iterable[tuple[str, int | None, bytes | None, bytes | None]]
    ) -> list[Awaitable[Any]]:
        """Hand messages to the producer; what to await for the acknowledgement of each."""
        # Asked for once: it lets the loop turn, and between two messages the producer would send the one alone.
        producer = await self.app.maybe_start_producer()
        return [
            await producer.send(topic, key, value, partition, None, None) for topic, partition, key, value in messages
        ]

    # --- the clock ----------------------------------------------------------------------------------

    async def _tick_often(self) -> None:
        """Write a tick into each partition that is read to its end and has an interval due by the clock."""
        while not self.app.should_stop:
            await asyncio.sleep(_TICK_SECONDS)
            if self.recovering:
                continue
            if not self._held:
                await self._ask_for_topics()
                continue
            await self._reach()
            if time.monotonic() < self._ticks_from:
                continue
            now = self.clock.now_ms()
            for partition in sorted(self._held):
                if self.recovering:
                    break
                if self._ticks.get(partition, -1) < self._read.get(partition, 0) and (
                    await self._read_to_end(partition) and self.holdings.due(partition, now)
                ):
                    value = msgspec.json.encode({"type": "tick", "at": rfc3339(now)})
                    [acknowledged] = await self._produce([(self._topic, partition, None, value)])
                    sent = await acknowledged
                    self._ticks[partition] = sent.offset

    async def _ask_for_topics(self) -> None:
        """Ask the broker what topics there are.

        It may answer a worker that starts with topics it has just made as if they were not there; the worker would
        hold no partition until it asks again, by default after five minutes.
        """
        thread: Any = self.app.consumer._thread  # type: ignore[attr-defined]  # noqa: SLF001 - Faust has no door to it
        await thread.call_thread(thread._consumer._client.force_metadata_update)  # noqa: SLF001

    async def _reach(self) -> None:
        """See whether the broker answers."""
        tps = [TP(self._topic, partition) for partition in self._held]
        try:
            await asyncio.wait_for(self.app.consumer.highwaters(*tps), _CUT_OFF_SECONDS)
        except (TimeoutError, KafkaError) as error:
            log.warning("the broker does not answer: %r", error)
        else:
            now = time.monotonic()
            if now - self._reached > _CUT_OFF_SECONDS:
                # Producers still hold what they could not send: time that ran on before it came would make it late.
                self._ticks_from = now + _SETTLE_SECONDS
            self._reached = now

    async def _read_to_end(self, partition: int) -> bool:
        tp = TP(self._topic, partition)
        end = self._consumer.readable_to(tp)
        if end is None:
            return False
        if partition in self._read:
            return self._read_to(partition) >= end
        position = await self._consumer.position(tp)
        return position is not None and position >= end

    def _read_to(self, partition: int) -> int:
        """The offset up to which everything is applied, and what is none of a message's passed by."""
        return self._consumer.passed_to(TP(self._topic, partition), self._read[partition])

    def _raw(self, topic: str) -> Any:  # noqa: ANN401 - Faust's topic
        return self.app.topic(
            f"{self._prefix}{topic}",
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )

    # --- partitions change hands --------------------------------------------------------------------

    async def _on_revoked(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - a signal's arguments
        """Write and commit everything while the partitions are still ours, so that who takes over goes on exactly."""
        if not self.recovering:
            await self.flush()
            await self.app.consumer.commit()
        self.recovering = True
        self._assigned = False
        self._turn += 1

    async def _on_assigned(self, *arguments: Any, **_: Any) -> None:  # noqa: ANN401 - as above
        assigned: set[TP] = arguments[1]
        held = {tp.partition for tp in assigned if tp.topic == self._topic}
        # Who was left out of a generation (a pause, a broken line) may find that another has counted meanwhile.
        before, self._generation = self._generation, self.app.consumer_generation_id
        kept = held & self._held - self._fresh if self._generation == before + 1 else set()
        for partition in self._held - kept:
            self._on_lost(self.holdings.drop(partition))
        self._events.clear()
        self._pending = self._pending_bytes = 0
        self._read.clear()
        self._ticks.clear()
        self._fresh = held - kept
        self._held = held
        self._assigned = True
        self._turn += 1

    async def _on_recovered(self) -> None:
        self._turn += 1
        wanted = partial(self._is_current, self._turn)
        try:
            entries = await read_changelog(self.app, self._changelog, sorted(self._fresh), wanted)
            if entries is not None and wanted():
                self._take_over(entries)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends the worker
            # Faust would log this and leave the worker recovering for ever.
            await self.app.crash(error)

    def _is_current(self, turn: int) -> bool:
        """Whether the partitions are still those of that turn. If not, Faust comes here once more."""
        pending = self._recovery.signal_recovery_start.is_set()
        return self._assigned and turn == self._turn and not pending and not self.app.should_stop

    def _take_over(self, entries: Entries) -> None:
        self._state.update(entries.values)
        self.holdings.load(entries.partition_of)
        self._reached = time.monotonic()
        self._fresh = set()
        gc.freeze()
        self.recovering = False
        log.info("ready with partitions %s", sorted(self._held))

    async def _on_before_shutdown(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - a signal's arguments
        if not self.recovering:
            await self.flush()
        self.recovering = True


class _OrderedProducer(Producer):
    """Faust's producer, idempotent: sends again until the broker answers, and never twice or out of order.

    An old head that arrives after a newer one would turn the state back behind what is acknowledged.
    """

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}
