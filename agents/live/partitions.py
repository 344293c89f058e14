"""The partitions a worker holds: which machine gets which message, and what must be written in which order.

Everything a live worker decides between Kafka and `agents.engine.queue`, without Kafka: messages in, a
`OutputBatch` out. So it is tested with plain bytes, and `agents.live.worker` is left with sending and waiting.
"""

import logging
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agents.engine.queue import QueueEngine
from agents.intervals.calendar import Calendar, never_seen
from agents.intervals.counters import RecordCounters
from agents.intervals.figures import Row
from agents.intervals.outputs import BreachEvent, Evaluated, Output, Result
from agents.live.programs import Programs
from agents.state.store import Commit, manifest_keys, queue_of
from config.settings import Configuration, in_force
from streams.codec import DEAD_LETTER_BYTES, Rejected, decode, encode
from streams.names import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS, TOPIC_RESULTS
from streams.queue_day import QueueDay, encode_queue_day
from streams.records import Tick

__all__ = ["OutboundMessage", "OutputBatch", "Partitions"]

log = logging.getLogger("intervalwatch.worker")

_PROVISIONAL_MS: Final = 1_000
"""A queue's open interval is published at most this often."""
_OPEN_ROWS: Final = 500
"""Open intervals in one flush at most, those that wait longest first: they must not hold up what is final."""
_JSON: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to send: one of the topics of `streams.names`, key and value."""

    topic: str
    key: bytes
    value: bytes


@dataclass(slots=True)
class OutputBatch:
    """What is to be written, each step acknowledged before the next: outputs, then cells, heads, the rest."""

    outputs: list[OutboundMessage] = field(default_factory=list)
    provisional: list[OutboundMessage] = field(default_factory=list)
    """Open intervals; they need no acknowledgement, since the next one replaces them."""
    commits: list[tuple[int, Commit]] = field(default_factory=list)
    """Partition, and a commit of one of its queues; already made in the store."""
    rows: list[Row] = field(default_factory=list)
    """The results among the outputs and the open intervals, for this worker's own screens."""
    breaches: list[Row] = field(default_factory=list)
    """The breach records among the outputs, and the notices on open intervals, likewise."""


class Partitions:
    """Queues by partition, their machines, and the state they rest in.

    Args:
        configuration: what is set.
        store: the entries of all partitions held (a Table's contents); commits are made in it at once, so that
            it runs ahead of the changelog by one flush at most.
        topic: the input topic's full name.
        writer: a name no other live process has.
        program_topic: the full name of `program-days`.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: MutableMapping[bytes, bytes],
        topic: str,
        writer: str,
        program_topic: str = TOPIC_PROGRAM_DAYS,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._topic = topic
        self._writer = writer
        self.programs = Programs(configuration, store, program_topic, writer)
        self._queues: dict[int, dict[str, QueueEngine]] = {}
        self._dirty: dict[tuple[int, str], QueueEngine] = {}
        self._stale: dict[tuple[int, str], QueueEngine] = {}
        self._outputs: list[OutboundMessage] = []
        self._published_ms: dict[str, int] = {}
        self._past = RecordCounters()

    # --- partitions come and go ---------------------------------------------------------------------

    def load(self, partition_of: MutableMapping[bytes, int]) -> None:
        """Make the machine of every queue and program that the store has a head for.

        Args:
            partition_of: the partition of each key in the store.
        """
        for owner, manifests in manifest_keys(key for key in self._store if key in partition_of).items():
            partition = partition_of[manifests[0]]
            if not self.programs.load(partition, owner, manifests):
                self._engine_of(partition, owner, manifests)

    def drop(self, partition: int) -> list[str]:
        """Forget a partition that another worker holds now; its queues. What was flushed is in the changelog."""
        gone = self._queues.pop(partition, {})
        for queue, engine in gone.items():
            self._add_counters(self._past, engine.counters)
            self._dirty.pop((partition, queue), None)
            self._stale.pop((partition, queue), None)
        owners = {*gone, *self.programs.drop(partition)}
        for key in [key for key in self._store if queue_of(key) in owners]:
            del self._store[key]
        return list(gone)

    @property
    def engines(self) -> Iterator[QueueEngine]:
        """The machines of all queues held."""
        for queues in self._queues.values():
            yield from queues.values()

    def never_seen(self, now_ms: int, is_held: Callable[[str], bool]) -> list[tuple[str, str]]:
        """Configured queues (program, queue) without any call data an hour into their open time.

        Args:
            now_ms: the driver's clock.
            is_held: whether a queue's partition is held here; the others are another worker's to miss.
        """
        seen = {engine.queue for engine in self.engines if engine.view.seen}
        unseen: list[tuple[str, str]] = []
        for program, queue in self._configuration.at(now_ms).configured_queues():
            if queue in seen or not is_held(queue):
                continue
            if never_seen(Calendar.of(self._configuration.queue(queue), now_ms), now_ms):
                unseen.append((program, queue))
        return unseen

    def counters(self) -> RecordCounters:
        """What became of records since this worker began."""
        total = RecordCounters()
        self._add_counters(total, self._past)
        for engine in self.engines:
            self._add_counters(total, engine.counters)
        for program in self.programs.engines:
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
        else:
            try:
                queue = _queue_name(key)
            except ValueError as error:
                self.reject(partition, offset, f"key: {error}", value)
            else:
                self._apply_records(partition, offset, queue, value, append_ms)

    def _apply_records(self, partition: int, offset: int, queue: str, value: bytes, append_ms: int) -> None:
        source = f"{self._topic}/{partition}"
        engine = self._queues.get(partition, {}).get(queue)
        if engine is not None and offset <= engine.applied_offset(source):
            return
        settings = in_force(self._configuration.queue(queue) if engine is None else engine.versions, append_ms)
        records, places, rejected = decode(value, queue, settings.interval_ms, settings.clock_skew_ms, append_ms)
        for index, fault in rejected:
            self._reject(partition, offset, index, fault)
        if not records:
            return
        if engine is None:
            engine = self._engine_of(partition, queue)
        engine.apply_records(records, places, source, [offset] * len(records), append_ms)
        engine.mark_applied(source, offset)
        self._dirty[partition, queue] = engine

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
        for queue, engine in self._queues.get(partition, {}).items():
            if offset > engine.applied_offset(source):
                for tick in ticks:
                    engine.apply_record(tick, source, offset)
                if engine.dirty:
                    engine.mark_applied(source, offset)
                    self._dirty[partition, queue] = engine
                elif engine.changed:
                    self._stale[partition, queue] = engine

    def due(self, partition: int, now_ms: int) -> bool:
        """Whether an interval of the partition is due by the clock alone, so that a tick must be written."""
        return any(engine.due(now_ms) for engine in self._queues.get(partition, {}).values())

    # --- what is to be written ----------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether there is anything to collect."""
        return bool(self._dirty or self._outputs or self._stale or self.programs.pending)

    def collect(self, now_ms: int) -> OutputBatch:
        """Everything since the last call, as of now; `now_ms` is any steady clock."""
        batch = OutputBatch(outputs=self._outputs)
        self._outputs = []
        dirty, self._dirty = self._dirty, {}
        for (partition, queue), engine in dirty.items():
            for output in engine.take():
                batch.outputs.append(self._message(partition, engine, output))
                if isinstance(output, Result):
                    batch.rows.append(output.row)
                elif isinstance(output, BreachEvent):
                    batch.breaches.append(output.row)
            commit = engine.commit()
            if commit is not None:
                commit.apply(self._store)
                batch.commits.append((partition, commit))
            if engine.changed:
                self._stale[partition, queue] = engine
        self._collect_programs(batch)
        self._collect_open(batch, now_ms)
        return batch

    def _collect_programs(self, batch: OutputBatch) -> None:
        for partition, program, events, commit in self.programs.collect():
            batch.outputs.extend(
                OutboundMessage(TOPIC_BREACHES, program.encode(), _JSON.encode(event.row)) for event in events
            )
            batch.breaches.extend(event.row for event in events)
            if commit is not None:
                batch.commits.append((partition, commit))

    def _collect_open(self, batch: OutputBatch, now_ms: int) -> None:
        waiting = _OPEN_ROWS
        for (partition, queue), engine in list(self._stale.items()):
            if not waiting:
                break
            if now_ms - self._published_ms.get(queue, -_PROVISIONAL_MS) >= _PROVISIONAL_MS:
                waiting -= 1
                self._published_ms[queue] = now_ms
                del self._stale[partition, queue]
                row = engine.provisional()
                if row is not None:
                    batch.provisional.append(OutboundMessage(TOPIC_RESULTS, queue.encode(), _JSON.encode(row)))
                    batch.rows.append(row)
                    notices = engine.notices(row)
                    batch.breaches.extend(notice.row for notice in notices)
                    batch.provisional.extend(self._message(partition, engine, notice) for notice in notices)

    def _engine_of(self, partition: int, queue: str, manifests: Sequence[bytes] = ()) -> QueueEngine:
        queues = self._queues.setdefault(partition, {})
        engine = queues.get(queue)
        if engine is None:
            versions = self._configuration.queue(queue)
            engine = queues[queue] = QueueEngine(versions, self._store, self._writer, manifests)
            if not any(settings.configured for settings in versions):
                log.warning("queue %s is not in the configuration: it is watched with the defaults", queue)
        return engine

    def _message(self, partition: int, engine: QueueEngine, output: Output) -> OutboundMessage:
        if isinstance(output, Result):
            row = {**output.row, "position": output.position}
            return OutboundMessage(TOPIC_RESULTS, engine.queue.encode(), _JSON.encode(row))
        if isinstance(output, BreachEvent):
            return OutboundMessage(TOPIC_BREACHES, engine.queue.encode(), _JSON.encode(output.row))
        if isinstance(output, Evaluated):
            return OutboundMessage(TOPIC_EVALUATIONS, engine.queue.encode(), _JSON.encode(output.row))
        if isinstance(output, QueueDay):
            return OutboundMessage(TOPIC_PROGRAM_DAYS, output.program.encode(), encode_queue_day(output))
        value = encode(engine.queue, [output.record])
        fault = Rejected(output.reason, value[:DEAD_LETTER_BYTES])
        return self._dead_letter(partition, output.offset, output.index, fault)

    def _reject(self, partition: int, offset: int, index: int, fault: Rejected) -> None:
        self._past.dead_lettered += 1
        self._outputs.append(self._dead_letter(partition, offset, index, fault))

    def reject(self, partition: int, offset: int, reason: str, value: bytes | None) -> None:
        """Send a whole message to dead letters."""
        self._reject(partition, offset, 0, Rejected(reason, (value or b"")[:DEAD_LETTER_BYTES]))

    def _dead_letter(self, partition: int, offset: int, index: int, fault: Rejected) -> OutboundMessage:
        row: dict[str, Any] = {
            "topic": self._topic,
            "partition": partition,
            "offset": offset,
            "reason": fault.reason,
            "value": fault.value.decode("utf-8", "replace"),
            "index": index,
        }
        return OutboundMessage(TOPIC_DEAD_LETTERS, f"{partition}/{offset}".encode(), _JSON.encode(row))

    @staticmethod
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
