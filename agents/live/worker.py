"""The Faust shell: topics, a table and two agents around `agents.live.partitions`; it sends and waits, decides nothing.

Writing is `agents.live.flusher`'s, partitions that change hands `agents.live.assignment`'s, the clock in the topic
`agents.live.ticker`'s. All that is changed in Faust stands in `agents.live.faust_patches`.
"""

import asyncio
import gc
import logging
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import faust

from agents.engine.queue import QueueEngine
from agents.intervals.counters import RecordCounters
from agents.live.assignment import Assignment, StateReader
from agents.live.clock import Clock
from agents.live.faust_patches.batch_consumer import fetched, messages_of, read_to
from agents.live.faust_patches.producer import use_patched_transport
from agents.live.flusher import Flusher
from agents.live.history.rebuild import HISTORY_TOPICS, rebuild, unread
from agents.live.history.sink import HistorySink
from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from agents.live.progress import ReadProgress
from agents.live.telling.board import NoticeBoard, ShownNotice
from agents.live.telling.telling import Telling
from agents.live.ticker import Ticker
from agents.notices.texts import IncidentText
from config.settings import Configuration
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.journal.link import Signer
from streams.kafka.partitioner import partition_of
from streams.topics import TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS, TopicNames

__all__ = ["LiveWorker"]

_FLUSH_SECONDS: Final = 0.2
_SESSION_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 7.0
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
        partition_count: partitions of the input topic (and so of the state).
        names: of the topics; None: the first generation's.
        data_dir: where Faust keeps its files; its parent exists.
        credentials: Faust's, for a broker that asks for them.
        listener: told of every batch of outputs once it is written; for this worker's own screens.
        on_lost: told of the queues that another worker watches from now on.
        on_entry: told of each entry of the journal; for this worker's own screens.
        link_signer: signs the links by which messages are acknowledged; None: there are none.
    """

    def __init__(
        self,
        configuration: Configuration,
        bootstrap: str,
        *,
        store: Store | None,
        clock: Clock,
        partition_count: int,
        data_dir: str,
        names: TopicNames | None = None,
        credentials: Any = None,  # noqa: ANN401 - a type of Faust's, which has none
        listener: Callable[[OutputBatch], None] = lambda _: None,
        on_lost: Callable[[list[str]], None] = lambda _: None,
        on_entry: Callable[[Mapping[str, Any]], object] = lambda _: None,
        link_signer: Signer | None = None,
        read_state: StateReader | None = None,
    ) -> None:
        names = names or TopicNames(configuration.kafka.topic_prefix)
        self.clock = clock
        self._bootstrap, self._kafka = bootstrap, configuration.kafka
        self._names = names
        self._partition_count = partition_count
        self.app = _faust_app(names.group, bootstrap, partition_count, data_dir, credentials)
        topic, changelog = names.of(TOPIC_CALL_DATA), names.changelog
        self._topic = topic
        state: dict[bytes, bytes] = {}
        writer = secrets.token_hex(4)
        own = names.of(TOPIC_PROGRAM_DAYS), names.of(TOPIC_QUEUE_INTERVALS)
        self.partitions = Partitions(configuration, state, topic, writer, *own, partition_count)
        board = NoticeBoard(
            configuration.notify, clock, self._is_held, self.partitions.unreadable, on_entry, link_signer
        )
        self.telling = Telling(board, store, bootstrap, names, configuration.kafka.security)
        self.progress = ReadProgress(self.app, topic)
        self.flusher = Flusher(self.app, self.partitions, names, changelog, listener, clock.stamp_ms)
        name = f"{socket.gethostname()}/{writer}"
        self.ticker = Ticker(self.app, topic, clock, self.partitions, self.progress, self.flusher, name)
        self.assignment = Assignment(
            self.app,
            topic,
            changelog,
            state,
            self.partitions,
            self.flusher,
            self.progress,
            on_lost,
            self.ticker.restart,
            read_state,
        )
        # The table gives the changelog, whose partitions go with those of the input. The state itself is in `state`:
        # a Table writes each key by itself, only while a stream is iterated, and is recovered with losses.
        self.app.Table(
            names.table,
            key_type=bytes,
            value_type=bytes,
            partitions=partition_count,
            on_recover=self.assignment.on_recovered,
        )
        self.app.agent(self._raw(TOPIC_CALL_DATA), name="call-data")(self._watch)
        for name, apply in (
            (TOPIC_PROGRAM_DAYS, self.partitions.apply_program_day),
            (TOPIC_QUEUE_INTERVALS, self.partitions.apply_queue_interval),
        ):
            self.app.agent(self._raw(name), name=name)(self._watching(name, apply))
        self.app.task(self.telling.copy_often)
        self.app.task(self._flush_often)
        self.app.task(self._tick_often)
        self.history = (
            None
            if store is None
            else HistorySink(
                store,
                clock,
                configuration.history.retention_days,
                self.partitions.unreadable,
                partial(write_parameters, configuration),
            )
        )
        if self.history is not None:
            for name in HISTORY_TOPICS:
                self.app.agent(self._raw(name), name=f"history-{name}")(self.history.consume(name))
            self.app.task(self.history.flush_often)
            self.app.task(self.history.retain_daily)
            self.app.task(self._fill_history)

    async def start(self) -> None:
        """Join the group; returns when the state is recovered and messages flow.

        Raises:
            BaseException: what the app crashed of before that.
        """
        # State is large and free of cycles: looking through all of it again and again is time lost.
        gc.set_threshold(*_GC_THRESHOLDS)
        self.assignment.prepare()
        self.app.finalize()
        self.telling.start()
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
        """Write what is pending, leave the group, stop; a broker that does not answer is not waited for."""
        self.telling.end()
        stopping = asyncio.ensure_future(self.app.stop())
        done, _ = await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
        if not done:
            log.warning("the worker did not leave the group in time; it ends all the same")
        elif stopping.exception() is not None:
            log.error("the worker did not stop cleanly: %r", stopping.exception())

    # --- what it shows ------------------------------------------------------------------------------

    @property
    def recovering(self) -> bool:
        """Whether the state is still being read, or partitions change hands: figures must not be shown."""
        return self.assignment.recovering

    @property
    def engines(self) -> Iterator[QueueEngine]:
        """The engines of the queues held."""
        return self.partitions.engines

    @property
    def topic(self) -> str:
        """The input topic, less its prefix."""
        return TOPIC_CALL_DATA

    def counters(self) -> RecordCounters:
        """Counts of records by outcome since this worker began."""
        return self.partitions.counters()

    def told(self) -> tuple[list[ShownNotice], list[IncidentText]]:
        """The notices of the queues and programs held, and the texts of their incidents."""
        finals = ((engine.queue, engine.status.final) for engine in self.engines)
        return self.telling.board.look({queue: final.interval_start_ms for queue, final in finals if final is not None})

    def lag(self) -> dict[int, int]:
        """By partition held: messages of the input topic that are not applied yet, where that is known."""
        return self.progress.lag()

    def never_seen(self) -> list[tuple[str, str]]:
        """Configured queues (program, queue) of the partitions held that have no call data though they should."""
        if self.recovering:
            return []
        return self.partitions.never_seen(self.clock.now_ms(), self._is_held)

    def _is_held(self, queue: str) -> bool:
        return partition_of(queue.encode(), self._partition_count) in self.assignment.held

    def health(self) -> tuple[bool, str]:
        """Whether the worker follows the stream, and what it says of itself."""
        if self.flusher.fault is not None:
            return False, f"ending: {self.flusher.fault}"
        if self.recovering:
            return False, "recovering: the state is being read"
        if self.ticker.cut_off:
            return False, "cut off: the broker has not answered"
        if self.history is not None and self.history.trouble:
            return True, f"degraded: {self.history.reason}"
        unseen = ", ".join(queue for _, queue in self.never_seen())
        return True, f"ok; never seen: {unseen}" if unseen else "ok"

    # --- messages -----------------------------------------------------------------------------------

    async def _watch(self, stream: Any) -> None:  # noqa: ANN401 - Faust's stream
        async for event in fetched(stream):
            messages = messages_of(event)
            if await self._apply(messages):
                self.progress.note(event.message.partition, read_to(event))
                self.flusher.note_applied(event, len(messages), sum(len(message.value or b"") for message in messages))
                if self.flusher.overdue:
                    await self.flusher.flush()

    async def _apply(self, messages: Sequence[Any]) -> bool:
        """Apply the messages of an event; whether all of them are.

        They are not if partitions change hands in between: engines that are not ours any more, or whose state is not
        read, must get none. Nothing of the event is acknowledged then, and it is delivered again.
        """
        partitions, at_ms, assignment = self.partitions, self.clock.at_ms, self.assignment
        turn = assignment.turn
        for message in messages:
            at = at_ms(message.timestamp)
            if partitions.begin(message.partition, message.offset, message.key, message.value, at):
                while partitions.work():
                    # Others have their turn: what the broker wants, who asks for a page, who stops the worker.
                    await asyncio.sleep(0)
                    if assignment.turn != turn:
                        return False
        return True

    def _watching(
        self, topic: str, apply: Callable[[int, int, bytes | None], None]
    ) -> Callable[[Any], Awaitable[None]]:
        """The agent of a topic by which queues tell programs or pools."""

        async def watch(stream: Any) -> None:  # noqa: ANN401 - Faust's stream
            async for event in fetched(stream):
                for message in messages_of(event):
                    partition, offset = message.partition, message.offset
                    try:
                        apply(partition, offset, message.value)
                    except Exception as error:  # noqa: BLE001 - one message it cannot bear must not stop a centre's monitoring
                        log.error("message %s/%s@%s was not applied: %r", topic, partition, offset, error)  # noqa: TRY400 - a line, no traceback
                self.flusher.note_applied(event, 0, 0)

        return watch

    async def _flush_often(self) -> None:
        while not self.app.should_stop:
            await asyncio.sleep(_FLUSH_SECONDS)
            if self.recovering:
                continue
            if not self.flusher.overdue:
                steady_ms = int(time.monotonic() * 1000)
                self.partitions.outlooks.step(self.assignment.held, self.clock.now_ms(), steady_ms)
            if self.flusher.pending:
                await self.flusher.flush()

    async def _fill_history(self) -> None:
        """A history that was restored, or is new, gets what the topics still hold.

        It is looked at once the state is read, when another history has taken its place, and when partitions have
        changed hands: whoever held them may have been about to.
        """
        history, clock, names, url = self.history, self.clock, self._names, f"kafka://{self._bootstrap}"
        looked_at = -1
        while history is not None and not self.app.should_stop:
            await asyncio.sleep(_FLUSH_SECONDS)
            if self.recovering or (looked_at == self.assignment.turn and not history.is_to_fill):
                continue
            looked_at = self.assignment.turn
            await history.fill(
                lambda: {engine.queue: engine.view.results for engine in self.engines},
                lambda store: rebuild(store, url, names, self._kafka.security, clock.now_ms()),
                lambda store: unread(store, url, names, self._kafka.security),
            )

    async def _tick_often(self) -> None:
        await self.ticker.tick_often(self.assignment)

    def _raw(self, topic: str) -> Any:  # noqa: ANN401 - Faust's topic
        return self.app.topic(
            self._names.of(topic),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )


def _faust_app(
    name: str,
    bootstrap: str,
    partition_count: int,
    data_dir: str,
    credentials: Any,  # noqa: ANN401 - a type of Faust's, which has none
) -> faust.App:
    """Faust's app with its settings and our consumer and producer; no topic, table or agent yet."""
    app = faust.App(
        name,
        broker=f"kafka://{bootstrap}",
        broker_credentials=credentials,
        store="memory://",
        datadir=data_dir,
        topic_partitions=partition_count,
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
    use_patched_transport(app)
    return app
