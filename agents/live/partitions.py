"""The partitions a worker holds: which engine gets which message, and what must be written in which order.

Everything a live worker decides between Kafka and the engines, without Kafka: messages in, an `OutputBatch` out. So
it is tested with plain bytes, and `agents.live.worker` is left with sending and waiting.
"""

import logging
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Final

import msgspec

from agents.engine.program import ProgramEngine, program_of
from agents.engine.queue import QueueEngine
from agents.intervals.calendar import Calendar, never_seen
from agents.intervals.counters import RecordCounters
from agents.live.engine_host import EngineHost
from agents.live.output_batch import (
    OutboundMessage,
    OutputBatch,
    breach_message,
    dead_letter,
    outbound,
    result_message,
)
from agents.rules.status import QueueStatus
from agents.state.store import Commit, manifest_keys, queue_of
from config.errors import UserError
from config.settings import Configuration, in_force
from streams.codec import DEAD_LETTER_BYTES, Rejected, decode, encode
from streams.kafka.partitioner import partition_of, wrong_partition
from streams.quality.month import Score
from streams.queue_day import decode_queue_day
from streams.records import Tick
from streams.topics import TOPIC_PROGRAM_DAYS

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
        partition_count: int | None = None,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._topic = topic
        self._program_topic = program_topic
        self._writer = writer
        self._partition_count = partition_count
        self._queues = EngineHost(self._make_queue)
        self._programs = EngineHost(self._make_program)
        self._unpublished: dict[tuple[int, str], QueueEngine] = {}
        """Engines whose open interval has changed since it was published, those that wait longest first."""
        self._outputs: list[OutboundMessage] = []
        self._published_ms: dict[str, int] = {}
        self._past = RecordCounters()
        """Counters of partitions that are held no more, and of messages that no engine has seen."""

    def _make_queue(self, queue: str, manifests: Sequence[bytes]) -> QueueEngine:
        versions = self._configuration.queue(queue)
        if not any(settings.configured for settings in versions):
            log.warning("queue %s is not in the configuration: it is watched with the defaults", queue)
        return QueueEngine(versions, self._store, self._writer, manifests)

    def _make_program(self, program: str, manifests: Sequence[bytes]) -> ProgramEngine:
        versions = [settings.program(program) for settings in self._configuration.versions]
        return ProgramEngine(versions, self._store, self._writer, manifests)

    # --- partitions come and go ---------------------------------------------------------------------

    def load(self, partition_of: MutableMapping[bytes, int]) -> None:
        """Make the engine of every queue and program that the store has a manifest for.

        Args:
            partition_of: the partition of each key in the store.

        Raises:
            UserError: one lies in another partition than its messages: the partitions were increased.
        """
        for owner, manifests in manifest_keys(key for key in self._store if key in partition_of).items():
            partition, program = partition_of[manifests[0]], program_of(owner)
            if self._is_astray(partition, (owner if program is None else program).encode()):
                raise UserError(
                    f"the state of {owner.strip(chr(0))!r} lies in partition {partition}, where it does not belong: "
                    f"somebody has increased the partitions; intervalwatch topics --grow carries it over"
                )
            if program is None:
                self._queues.require(partition, owner, manifests)
            else:
                self._programs.require(partition, program, manifests)

    def drop(self, partition: int) -> list[str]:
        """Forget a partition that another worker holds now; its queues. All that was flushed is in the changelog."""
        queues = self._queues.drop(partition)
        for queue, engine in queues.items():
            _add_counters(self._past, engine.counters)
            self._unpublished.pop((partition, queue), None)
        owners = {*queues, *(engine.owner for engine in self._programs.drop(partition).values())}
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
        """Each program held and its status."""
        return [(engine.program, engine.status) for engine in self._programs]

    def monitored(self) -> list[tuple[str, str, Score]]:
        """Program, family, and the month's transactions chosen at random: right and n."""
        return [
            (engine.program, family, score) for engine in self._programs for family, score in engine.sheets().items()
        ]

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
        total = RecordCounters()
        _add_counters(total, self._past)
        for engine in self._queues:
            _add_counters(total, engine.counters)
        for program in self._programs:
            total.opened.update(program.counters.opened)
        return total

    # --- messages -----------------------------------------------------------------------------------

    def apply(self, partition: int, offset: int, key: bytes | None, value: bytes | None, append_ms: int) -> None:
        """Apply one message of the input topic; what follows from it waits for `collect`.

        Args:
            partition: where it stands.
            offset: likewise; a message that the state already holds is skipped.
            key: the queue's name in UTF-8; None for a tick.
            value: one record or an array of them.
            append_ms: when the broker appended it, by the driver's clock.
        """
        if not value:
            self.reject(partition, offset, "value: is empty", value)
        elif not key:
            self._apply_tick(partition, offset, value, append_ms)
        elif self._is_astray(partition, key):
            self.reject(partition, offset, wrong_partition(key, partition, self._partition_count or 0), value)
        else:
            try:
                queue = _queue_name(key)
            except ValueError as error:
                self.reject(partition, offset, f"key: {error}", value)
            else:
                self._apply_records(partition, offset, queue, value, append_ms)

    def _is_astray(self, partition: int, key: bytes) -> bool:
        """Whether a key belongs in another partition."""
        count = self._partition_count
        return count is not None and partition_of(key, count) != partition

    def _apply_records(self, partition: int, offset: int, queue: str, value: bytes, append_ms: int) -> None:
        source = f"{self._topic}/{partition}"
        engine = self._queues.get(partition, queue)
        if engine is not None and offset <= engine.applied_offset(source):
            return
        settings = in_force(self._configuration.queue(queue) if engine is None else engine.versions, append_ms)
        records, places, rejected = decode(value, queue, settings.interval_ms, settings.clock_skew_ms, append_ms)
        for index, fault in rejected:
            self._reject(partition, offset, index, fault)
        if not records:
            return
        if engine is None:
            engine = self._queues.require(partition, queue)
        engine.apply_records(records, places, source, [offset] * len(records), append_ms)
        engine.mark_applied(source, offset)
        self._queues.note_change(partition, queue, engine)

    def _apply_tick(self, partition: int, offset: int, value: bytes, append_ms: int) -> None:
        source = f"{self._topic}/{partition}"
        records, places, rejected = decode(value, "", 0, 0, append_ms)
        ticks = [record for record in records if type(record) is Tick]
        unkeyed = [
            (index, encode("", [record]))
            for index, record in zip(places, records, strict=True)
            if type(record) is not Tick
        ]
        for index, given in [*unkeyed, *((index, fault.value) for index, fault in rejected)]:
            fault = Rejected("key: is empty; key a message by its queue", given[:DEAD_LETTER_BYTES])
            self._reject(partition, offset, index, fault)
        for queue, engine in self._queues.of(partition).items():
            if offset > engine.applied_offset(source):
                for tick in ticks:
                    engine.apply_record(tick, source, offset)
                if engine.dirty:
                    engine.mark_applied(source, offset)
                    self._queues.note_change(partition, queue, engine)
                elif engine.changed:
                    self._unpublished[partition, queue] = engine

    def apply_program_day(self, partition: int, offset: int, value: bytes | None) -> None:
        """Apply one message of `program-days`; what follows from it waits for `collect`."""
        source = f"{self._program_topic}/{partition}"
        try:
            day = decode_queue_day(value or b"")
        except msgspec.MsgspecError as error:
            # Only workers write there, so that this is no record of anybody's calls.
            log.warning("message %s@%d is no program-day: %s", source, offset, error)
            return
        engine = self._programs.require(partition, day.program)
        if offset > engine.applied_offset(source):
            engine.apply_record(day)
            engine.mark_applied(source, offset)
            self._programs.note_change(partition, day.program, engine)

    def reject(self, partition: int, offset: int, reason: str, value: bytes | None) -> None:
        """Send a whole message to dead letters."""
        self._reject(partition, offset, 0, Rejected(reason, (value or b"")[:DEAD_LETTER_BYTES]))

    def _reject(self, partition: int, offset: int, index: int, fault: Rejected) -> None:
        self._past.dead_lettered += 1
        self._outputs.append(dead_letter(self._topic, partition, offset, index, fault))

    def due(self, partition: int, now_ms: int) -> bool:
        """Whether an interval of the partition is due by the clock alone, so that a tick must be written."""
        return any(engine.due(now_ms) for engine in self._queues.of(partition).values())

    # --- what is to be written ----------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether there is anything to collect."""
        return bool(self._queues.pending or self._outputs or self._unpublished or self._programs.pending)

    def collect(self, now_ms: int) -> OutputBatch:
        """Everything since the last call, as of now; `now_ms` is any steady clock."""
        batch = OutputBatch(outputs=self._outputs)
        self._outputs = []
        for partition, queue, engine in self._queues.take_changed():
            for output in engine.take():
                batch.outputs.append(outbound(queue, output, self._topic, partition))
                batch.note_for_screens(output)
            self._add_commit(batch, partition, engine.commit())
            if engine.changed:
                self._unpublished[partition, queue] = engine
        for partition, program, program_engine in self._programs.take_changed():
            for event in program_engine.take():
                batch.outputs.append(breach_message(program, event))
                batch.note_for_screens(event)
            self._add_commit(batch, partition, program_engine.commit())
        self._collect_open(batch, now_ms)
        return batch

    def _add_commit(self, batch: OutputBatch, partition: int, commit: Commit | None) -> None:
        if commit is not None:
            commit.apply(self._store)
            batch.commits.append((partition, commit))

    def _collect_open(self, batch: OutputBatch, now_ms: int) -> None:
        """Add open intervals that have changed, as far as they may be published already."""
        waiting = _OPEN_ROWS
        for (partition, queue), engine in list(self._unpublished.items()):
            if not waiting:
                break
            if now_ms - self._published_ms.get(queue, -_PROVISIONAL_MS) >= _PROVISIONAL_MS:
                waiting -= 1
                self._published_ms[queue] = now_ms
                del self._unpublished[partition, queue]
                result = engine.provisional()
                if result is not None:
                    row = result.row()
                    batch.provisional.append(result_message(queue, row))
                    batch.rows.append(row)
                    for notice in engine.notices(result):
                        batch.provisional.append(breach_message(queue, notice))
                        batch.breaches.append(notice.row)


def _add_counters(total: RecordCounters, part: RecordCounters) -> None:
    for name in RecordCounters.__struct_fields__:
        setattr(total, name, getattr(total, name) + getattr(part, name))


def _queue_name(key: bytes) -> str:
    """The queue a message is keyed by.

    Raises:
        ValueError: the key is no text that can name a queue.
    """
    try:
        queue = key.decode()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    if "\x00" in queue:
        raise ValueError("holds a NUL character")
    return queue
