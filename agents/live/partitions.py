"""The partitions a worker holds: which engine gets which message, and what must be written in which order.

Everything a live worker decides between Kafka and the engines, without Kafka: messages in, an `OutputBatch` out. So
it is tested with plain bytes, and `agents.live.worker` is left with sending and waiting.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Final

import msgspec

from agents.engine.program import ProgramEngine, program_of
from agents.engine.queue import QueueEngine
from agents.groups.engine import GroupEngine, GroupName, group_of
from agents.intervals.calendar import Calendar, never_seen
from agents.intervals.counters import RecordCounters
from agents.intervals.outputs import BreachEvent
from agents.intervals.turn import Turn
from agents.live.engine_host import EngineHost
from agents.live.inbox import INTERVALS_A_TURN, Inbox
from agents.live.outlooks import Outlooks
from agents.live.output_batch import (
    OutputBatch,
    ahead_message,
    breach_message,
    dead_letter,
    projection_messages,
    result_message,
)
from agents.rules.status import QueueStatus
from agents.state.store import Commit, is_manifest, manifest_keys, queue_of
from config.errors import UserError
from config.settings import Configuration
from streams.codec import DEAD_LETTER_BYTES, Rejected
from streams.groups import GroupInterval
from streams.own_messages import Unreadable
from streams.quality.month import Score
from streams.told.queue_day import decode_queue_day, require_sound
from streams.told.queue_interval import decode_queue_interval, require_sound_interval
from streams.topics import TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS

__all__ = ["Partitions"]

log = logging.getLogger("intervalwatch.worker")

_PROVISIONAL_MS: Final = 1_000
"""A queue's open interval is published at most this often."""
_OPEN_ROWS: Final = 500
"""Open intervals in one batch at most, those that wait longest first: they must not hold up what is final."""


class Partitions:
    """Engines of queues and programs by partition, and the state they rest in.

    Args:
        configuration: what is set.
        store: the entries of all partitions held (a Table's contents); commits are made in it at once, so that
            it runs ahead of the changelog by one batch at most.
        topic: the input topic's full name.
        writer: a name no other live process has.
        program_topic: the full name of `program-days`.
        group_topic: the full name of `queue-intervals`.
        partition_count: of the input topic; a message that lies in another partition than its key's is refused.
            None: keys are not looked at.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: MutableMapping[bytes, bytes],
        topic: str,
        writer: str,
        program_topic: str = TOPIC_PROGRAM_DAYS,
        group_topic: str = TOPIC_QUEUE_INTERVALS,
        partition_count: int | None = None,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._topic = topic
        self._own_topics = {TOPIC_PROGRAM_DAYS: program_topic, TOPIC_QUEUE_INTERVALS: group_topic}
        self._writer = writer
        self._queues = EngineHost(self._make_queue)
        self._programs = EngineHost(self._make_program)
        self._groups = EngineHost(self._make_group)
        self._turn = Turn(INTERVALS_A_TURN)
        self._inbox = Inbox(configuration, self._queues, topic, self._turn, partition_count)
        self.outlooks = Outlooks(self._queues, self._publish)
        self._published_ms: dict[str, int] = {}
        self._past = RecordCounters()
        """Counters of partitions that are held no more."""
        self.unreadable = Unreadable()
        """Messages that were passed over in topics of our own, here and wherever this worker reads them."""

    def _publish(self, partition: int, queue: str, engine: QueueEngine) -> None:
        self._inbox.unpublished[partition, queue] = engine

    def _make_queue(self, queue: str, manifests: Sequence[bytes]) -> QueueEngine:
        versions = self._configuration.queue(queue)
        if not any(settings.configured for settings in versions):
            log.warning("queue %s is not in the configuration: it is watched with the defaults", queue)
        absent = self._configuration.absent_is_missing
        return QueueEngine(versions, self._store, self._writer, manifests, turn=self._turn, absent_is_missing=absent)

    def _make_program(self, program: str, manifests: Sequence[bytes]) -> ProgramEngine:
        versions = [settings.program(program) for settings in self._configuration.versions]
        return ProgramEngine(versions, self._store, self._writer, manifests)

    def _make_group(self, owner: str, manifests: Sequence[bytes]) -> GroupEngine:
        name = group_of(owner)
        assert name is not None  # noqa: S101 - it is the owner of a group
        return GroupEngine(self._configuration, name.kind, name.id, self._store, self._writer, manifests)

    # --- partitions come and go ---------------------------------------------------------------------

    def load(self, partition_of: MutableMapping[bytes, int]) -> None:
        """Make the engine of every queue, program and group that the store has a manifest for.

        Args:
            partition_of: the partition of each key in the store.

        Raises:
            UserError: one lies in another partition than its messages: the partitions were increased.
        """
        for owner, found in manifest_keys(key for key in self._store if key in partition_of).items():
            program, group = program_of(owner), group_of(owner)
            key = program if program is not None else owner if group is None else group.id
            manifests = self._in_place(key, found, partition_of)
            if not manifests:
                continue
            partition = partition_of[manifests[0]]
            if group is not None:
                self._groups.require(partition, owner, manifests)
            elif program is None:
                engine = self._queues.require(partition, owner, manifests)
                if not engine.settings.configured and engine.view.last_append_ms is not None:
                    self._inbox.unconfigured.load(partition, owner, engine.view.last_append_ms)
            else:
                self._programs.require(partition, program, manifests)

    def _in_place(self, owner: str, found: Sequence[bytes], partition_of: Mapping[bytes, int]) -> list[bytes]:
        """The manifests of a queue, program or group that lie where it belongs; junk elsewhere is passed over.

        Raises:
            UserError: one that is no junk lies elsewhere.
        """
        manifests = []
        for key in found:
            partition = partition_of[key]
            if not self._inbox.is_astray(partition, owner.encode()):
                manifests.append(key)
            elif is_manifest(key, self._store[key]):
                raise UserError(
                    f"the state of {owner!r} lies in partition {partition}, where it does not belong: "
                    f"somebody has increased the partitions; intervalwatch topics --grow carries it over"
                )
            else:
                log.error("state: the entry %r in partition %d is no manifest; it is passed over", owner, partition)
        return manifests

    def drop(self, partition: int) -> list[str]:
        """Forget a partition that another worker holds now; its queues. All that was flushed is in the changelog."""
        self._inbox.drop(partition)
        queues = self._queues.drop(partition)
        self.outlooks.drop(queues)
        for queue, engine in queues.items():
            _add_counters(self._past, engine.counters)
            self._inbox.unpublished.pop((partition, queue), None)
        owners = {*queues, *(engine.owner for engine in self._programs.drop(partition).values())}
        owners.update(self._groups.drop(partition))
        for key in [key for key in self._store if queue_of(key) in owners]:
            del self._store[key]
        return list(queues)

    # --- what they show -----------------------------------------------------------------------------

    @property
    def engines(self) -> Iterator[QueueEngine]:
        """The engines of all queues held."""
        return iter(self._queues)

    @property
    def program_engines(self) -> Iterator[ProgramEngine]:
        """The engines of all programs held."""
        return iter(self._programs)

    def program_statuses(self) -> list[tuple[str, QueueStatus]]:
        """Each program held and its status; that of each group without a program."""
        programs = [(engine.program, engine.status) for engine in self._programs]
        return [*programs, *(("", engine.status) for engine in self._groups)]

    def monitored(self) -> list[tuple[str, str, Score]]:
        """Program, family, and the month's transactions chosen at random: right and n."""
        return [
            (engine.program, family, score) for engine in self._programs for family, score in engine.sheets().items()
        ]

    def pool_intervals(self) -> list[GroupInterval]:
        """The last final interval of each pool held."""
        found = (engine.latest() for engine in self._groups if engine.kind == "pool")
        return [interval for interval in found if interval is not None]

    def never_seen(self, now_ms: int, is_held: Callable[[str], bool]) -> list[tuple[str, str]]:
        """Configured queues (program, queue) without any call data an hour into their open time.

        Args:
            now_ms: the driver's clock.
            is_held: whether a queue's partition is held here; the others are another worker's to miss.
        """
        seen = {engine.queue for engine in self._queues if engine.view.seen}
        unseen: list[tuple[str, str]] = []
        for program, queue in self._configuration.at(now_ms).configured_queues():
            if queue in seen or not is_held(queue):
                continue
            if never_seen(Calendar.of(self._configuration.queue(queue), now_ms), now_ms):
                unseen.append((program, queue))
        return unseen

    def counters(self) -> RecordCounters:
        """Counts of records by outcome since this worker began."""
        total = RecordCounters(dead_lettered=self._inbox.dead_lettered, too_many_queues=self._inbox.too_many_queues)
        _add_counters(total, self._past)
        for engine in self._queues:
            _add_counters(total, engine.counters)
        for engine_of_several in (*self._programs, *self._groups):
            total.opened.update(engine_of_several.counters.opened)
        total.unreadable.update(self.unreadable.messages)
        return total

    # --- messages -----------------------------------------------------------------------------------

    def apply(self, partition: int, offset: int, key: bytes | None, value: bytes | None, append_ms: int) -> None:
        """Apply one message of the input topic; what follows from it waits for `collect`."""
        if self.begin(partition, offset, key, value, append_ms):
            while self.work():
                pass

    def begin(self, partition: int, offset: int, key: bytes | None, value: bytes | None, append_ms: int) -> bool:
        """Apply one message as far as one turn goes (`agents.live.inbox.Inbox.begin`); whether `work` is left to do."""
        return self._inbox.begin(partition, offset, key, value, append_ms)

    def work(self) -> bool:
        """Apply the message that was begun, as far as one turn goes; whether more of it is left."""
        return self._inbox.work()

    def apply_program_day(self, partition: int, offset: int, value: bytes | None) -> None:
        """Apply one message of `program-days`; what follows from it waits for `collect`."""
        source = f"{self._own_topics[TOPIC_PROGRAM_DAYS]}/{partition}"
        try:
            day = decode_queue_day(value or b"")
            require_sound(day)
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            self._pass_over(TOPIC_PROGRAM_DAYS, partition, offset, str(error), value)
            return
        engine = self._programs.require(partition, day.program)
        if offset > engine.applied_offset(source):
            engine.apply_record(day)
            engine.mark_applied(source, offset)
            self._programs.note_change(partition, day.program, engine)

    def apply_queue_interval(self, partition: int, offset: int, value: bytes | None) -> None:
        """Apply one message of `queue-intervals`; what follows from it waits for `collect`."""
        source = f"{self._own_topics[TOPIC_QUEUE_INTERVALS]}/{partition}"
        try:
            told = decode_queue_interval(value or b"")
            require_sound_interval(told)
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            self._pass_over(TOPIC_QUEUE_INTERVALS, partition, offset, str(error), value)
            return
        owner = GroupName(told.kind, told.group).owner
        engine = self._groups.require(partition, owner)
        if offset > engine.applied_offset(source):
            engine.apply_record(told)
            engine.mark_applied(source, offset)
            self._groups.note_change(partition, owner, engine)

    def _pass_over(self, topic: str, partition: int, offset: int, reason: str, value: bytes | None) -> None:
        """Count and dead-letter a message of a topic of our own: only workers write there, so it is nobody's."""
        self.unreadable.note(topic, partition, offset, reason)
        fault = Rejected(f"not ours: {reason}", (value or b"")[:DEAD_LETTER_BYTES])
        self._inbox.ready.outputs.append(dead_letter(self._own_topics[topic], partition, offset, 0, fault))

    def due(self, partition: int, now_ms: int) -> bool:
        """Whether an interval of the partition is due by the clock alone, so that a tick must be written."""
        return any(engine.due(now_ms) for engine in self._queues.of(partition).values())

    # --- what is to be written ----------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether there is anything to collect."""
        return bool(
            self._queues.pending
            or self._inbox.ready.outputs
            or self._inbox.unpublished
            or self._programs.pending
            or self._groups.pending
            or self.outlooks.gathered
        )

    def collect(self, now_ms: int) -> OutputBatch:
        """Everything since the last call, as of now; `now_ms` is any steady clock."""
        batch, self._inbox.ready = self._inbox.ready, OutputBatch()
        for partition, queue, engine in self._queues.take_changed():
            self._inbox.take(batch, partition, queue, engine)
            _commit(self._store, batch, partition, engine.commit())
            if engine.changed:
                self._inbox.unpublished[partition, queue] = engine
        for partition, program, program_engine in self._programs.take_changed():
            for event in program_engine.take():
                batch.outputs.append(breach_message(program, event))
                batch.note_for_screens(event)
            _commit(self._store, batch, partition, program_engine.commit())
        for partition, _, group_engine in self._groups.take_changed():
            for output in group_engine.take():
                if isinstance(output, BreachEvent):
                    batch.outputs.append(breach_message(group_engine.group, output))
                    batch.note_for_screens(output)
            _commit(self._store, batch, partition, group_engine.commit())
        batch.outputs += projection_messages(batch.projected)
        self._collect_open(batch, now_ms)
        batch.ahead = self.outlooks.take()
        batch.provisional += map(ahead_message, batch.ahead)
        return batch

    def _collect_open(self, batch: OutputBatch, now_ms: int) -> None:
        """Add open intervals that have changed, as far as they may be published already."""
        waiting = _OPEN_ROWS
        for (partition, queue), engine in list(self._inbox.unpublished.items()):
            if not waiting:
                break
            if now_ms - self._published_ms.get(queue, -_PROVISIONAL_MS) >= _PROVISIONAL_MS:
                waiting -= 1
                self._published_ms[queue] = now_ms
                del self._inbox.unpublished[partition, queue]
                result = engine.provisional()
                if result is not None:
                    for row in (*(one.row() for one in engine.view.closing_results()), result.row()):
                        batch.provisional.append(result_message(queue, row))
                        batch.rows.append(row)
                    for notice in engine.notices(result):
                        batch.provisional.append(breach_message(queue, notice))
                        batch.breaches.append(notice.row)


def _commit(store: MutableMapping[bytes, bytes], batch: OutputBatch, partition: int, commit: Commit | None) -> None:
    """Make a commit in the store, and add it to a batch."""
    if commit is not None:
        commit.apply(store)
        batch.commits.append((partition, commit))


def _add_counters(total: RecordCounters, part: RecordCounters) -> None:
    for name in RecordCounters.__struct_fields__:
        setattr(total, name, getattr(total, name) + getattr(part, name))
