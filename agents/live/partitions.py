"""The partitions a worker holds: which machine gets which message, and what must be written in which order.

Everything a live worker decides between Kafka and `agents.engine.queue`, without Kafka: messages in, a
`Flush` out. So it is tested with plain bytes, and `agents.live.worker` is left with sending and waiting.
"""

import logging
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agents.engine.queue import QueueMonitor
from agents.intervals.calendar import Calendar
from agents.intervals.counters import Outcomes
from agents.intervals.figures import Row
from agents.intervals.outputs import BreachEvent, Evaluated, Output, Result
from agents.live.programs import Programs
from agents.state.store import Commit, head_keys, queue_of
from config.settings import Configuration
from streams.codec import DEAD_LETTER_BYTES, Rejected, decode, encode
from streams.names import TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS, TOPIC_RESULTS
from streams.queue_day import ProgramDay, encode_program_day
from streams.records import Tick

__all__ = ["Flush", "Holdings", "Letter"]

log = logging.getLogger("intervalwatch.worker")

_PROVISIONAL_MS: Final = 1_000
"""A queue's open interval is published at most this often."""
_OPEN_ROWS: Final = 500
"""Open intervals in one flush at most, those that wait longest first: they must not hold up what is final."""
_NEVER_SEEN_MS: Final = 3_600_000
_JSON: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to send: one of the topics of `streams.names`, key and value."""

    topic: str
    key: bytes
    value: bytes


@dataclass(slots=True)
class Flush:
    """What is to be written, each step acknowledged before the next: outputs, then cells, heads, the rest."""

    outputs: list[Letter] = field(default_factory=list)
    provisional: list[Letter] = field(default_factory=list)
    """Open intervals; they need no acknowledgement, since the next one replaces them."""
    commits: list[tuple[int, Commit]] = field(default_factory=list)
    """Partition, and a commit of one of its queues; already made in the store."""
    rows: list[Row] = field(default_factory=list)
    """The results among the outputs and the open intervals, for this worker's own screens."""
    breaches: list[Row] = field(default_factory=list)
    """The breach records among the outputs, and the notices on open intervals, likewise."""


class Holdings:
    """Queues by partition, their machines, and the state they rest in.

    Args:
        configuration: what is set.
        store: the entries of all partitions held (a Table's contents); commits are made in it at once, so that
            it runs ahead of the changelog by one flush at most.
        topic: the input topic's full name.
        session: a name no other live process has.
        program_topic: the full name of `program-days`.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: MutableMapping[bytes, bytes],
        topic: str,
        session: str,
        program_topic: str = TOPIC_PROGRAM_DAYS,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._topic = topic
        self._session = session
        self.programs = Programs(configuration, store, program_topic, session)
        self._queues: dict[int, dict[str, QueueMonitor]] = {}
        self._dirty: dict[tuple[int, str], QueueMonitor] = {}
        self._stale: dict[tuple[int, str], QueueMonitor] = {}
        self._outputs: list[Letter] = []
        self._published_ms: dict[str, int] = {}
        self._past = Outcomes()

    # --- partitions come and go ---------------------------------------------------------------------

    def load(self, partition_of: MutableMapping[bytes, int]) -> None:
        """Make the machine of every queue and program that the store has a head for.

        Args:
            partition_of: the partition of each key in the store.
        """
        for owner, heads in head_keys(key for key in self._store if key in partition_of).items():
            partition = partition_of[heads[0]]
            if not self.programs.load(partition, owner, heads):
                self._machine(partition, owner, heads)

    def drop(self, partition: int) -> list[str]:
        """Forget a partition that another worker holds now; its queues. What was flushed is in the changelog."""
        gone = self._queues.pop(partition, {})
        for queue, monitor in gone.items():
            self._add_outcomes(self._past, monitor.outcomes)
            self._dirty.pop((partition, queue), None)
            self._stale.pop((partition, queue), None)
        owners = {*gone, *self.programs.drop(partition)}
        for key in [key for key in self._store if queue_of(key) in owners]:
            del self._store[key]
        return list(gone)

    @property
    def monitors(self) -> Iterator[QueueMonitor]:
        """The machines of all queues held."""
        for queues in self._queues.values():
            yield from queues.values()

    def never_seen(self, now_ms: int, is_held: Callable[[str], bool]) -> list[tuple[str, str]]:
        """Configured queues (program, queue) without any call data an hour into their open time.

        Args:
            now_ms: the driver's clock.
            is_held: whether a queue's partition is held here; the others are another worker's to miss.
        """
        seen = {monitor.queue for monitor in self.monitors if monitor.seen}
        unseen: list[tuple[str, str]] = []
        for program, queue in self._configuration.configured_queues():
            if queue in seen or not is_held(queue):
                continue
            calendar = Calendar.of(self._configuration.queue(queue), now_ms)
            day = calendar.open_day(calendar.start_of(now_ms))
            if day is not None and now_ms - day.begin_ms >= _NEVER_SEEN_MS:
                unseen.append((program, queue))
        return unseen

    def outcomes(self) -> Outcomes:
        """What became of records since this worker began."""
        total = Outcomes()
        self._add_outcomes(total, self._past)
        for monitor in self.monitors:
            self._add_outcomes(total, monitor.outcomes)
        for program in self.programs.monitors:
            total.opened.update(program.outcomes.opened)
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
        monitor = self._queues.get(partition, {}).get(queue)
        if monitor is not None and offset <= monitor.stamp(source):
            return
        settings = self._configuration.queue(queue)[-1] if monitor is None else monitor.settings
        records, places, rejected = decode(value, queue, settings.interval_ms, settings.clock_skew_ms, append_ms)
        for index, fault in rejected:
            self._reject(partition, offset, index, fault)
        if not records:
            return
        if monitor is None:
            monitor = self._machine(partition, queue)
        monitor.feed_all(records, places, source, [offset] * len(records), append_ms)
        monitor.stamped(source, offset)
        self._dirty[partition, queue] = monitor

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
        for queue, monitor in self._queues.get(partition, {}).items():
            if offset > monitor.stamp(source):
                for tick in ticks:
                    monitor.feed(tick, source, offset)
                if monitor.dirty:
                    monitor.stamped(source, offset)
                    self._dirty[partition, queue] = monitor
                elif monitor.changed:
                    self._stale[partition, queue] = monitor

    def due(self, partition: int, now_ms: int) -> bool:
        """Whether an interval of the partition is due by the clock alone, so that a tick must be written."""
        return any(monitor.due(now_ms) for monitor in self._queues.get(partition, {}).values())

    # --- what is to be written ----------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """Whether there is anything to collect."""
        return bool(self._dirty or self._outputs or self._stale or self.programs.pending)

    def collect(self, now_ms: int) -> Flush:
        """Everything since the last call, as of now; `now_ms` is any steady clock."""
        flush = Flush(outputs=self._outputs)
        self._outputs = []
        dirty, self._dirty = self._dirty, {}
        for (partition, queue), monitor in dirty.items():
            for output in monitor.take():
                flush.outputs.append(self._letter(partition, monitor, output))
                if isinstance(output, Result):
                    flush.rows.append(output.row)
                elif isinstance(output, BreachEvent):
                    flush.breaches.append(output.row)
            commit = monitor.commit()
            if commit is not None:
                commit.apply(self._store)
                flush.commits.append((partition, commit))
            if monitor.changed:
                self._stale[partition, queue] = monitor
        self._collect_programs(flush)
        self._collect_open(flush, now_ms)
        return flush

    def _collect_programs(self, flush: Flush) -> None:
        for partition, program, events, commit in self.programs.collect():
            flush.outputs.extend(Letter(TOPIC_BREACHES, program.encode(), _JSON.encode(event.row)) for event in events)
            flush.breaches.extend(event.row for event in events)
            if commit is not None:
                flush.commits.append((partition, commit))

    def _collect_open(self, flush: Flush, now_ms: int) -> None:
        waiting = _OPEN_ROWS
        for (partition, queue), monitor in list(self._stale.items()):
            if not waiting:
                break
            if now_ms - self._published_ms.get(queue, -_PROVISIONAL_MS) >= _PROVISIONAL_MS:
                waiting -= 1
                self._published_ms[queue] = now_ms
                del self._stale[partition, queue]
                row = monitor.provisional()
                if row is not None:
                    flush.provisional.append(Letter(TOPIC_RESULTS, queue.encode(), _JSON.encode(row)))
                    flush.rows.append(row)
                    notices = monitor.notices(row)
                    flush.breaches.extend(notice.row for notice in notices)
                    flush.provisional.extend(self._letter(partition, monitor, notice) for notice in notices)

    def _machine(self, partition: int, queue: str, heads: Sequence[bytes] = ()) -> QueueMonitor:
        queues = self._queues.setdefault(partition, {})
        monitor = queues.get(queue)
        if monitor is None:
            versions = self._configuration.queue(queue)
            monitor = queues[queue] = QueueMonitor(versions, self._store, self._session, heads)
            if not versions[-1].configured:
                log.warning("queue %s is not in the configuration: it is watched with the defaults", queue)
        return monitor

    def _letter(self, partition: int, monitor: QueueMonitor, output: Output) -> Letter:
        if isinstance(output, Result):
            row = {**output.row, "position": output.position}
            return Letter(TOPIC_RESULTS, monitor.queue.encode(), _JSON.encode(row))
        if isinstance(output, BreachEvent):
            return Letter(TOPIC_BREACHES, monitor.queue.encode(), _JSON.encode(output.row))
        if isinstance(output, Evaluated):
            return Letter(TOPIC_EVALUATIONS, monitor.queue.encode(), _JSON.encode(output.row))
        if isinstance(output, ProgramDay):
            return Letter(TOPIC_PROGRAM_DAYS, output.program.encode(), encode_program_day(output))
        value = encode(monitor.queue, [output.record])
        fault = Rejected(output.reason, value[:DEAD_LETTER_BYTES])
        return self._dead_letter(partition, output.offset, output.index, fault)

    def _reject(self, partition: int, offset: int, index: int, fault: Rejected) -> None:
        self._past.dead_lettered += 1
        self._outputs.append(self._dead_letter(partition, offset, index, fault))

    def reject(self, partition: int, offset: int, reason: str, value: bytes | None) -> None:
        """Send a whole message to dead letters."""
        self._reject(partition, offset, 0, Rejected(reason, (value or b"")[:DEAD_LETTER_BYTES]))

    def _dead_letter(self, partition: int, offset: int, index: int, fault: Rejected) -> Letter:
        row: dict[str, Any] = {
            "topic": self._topic,
            "partition": partition,
            "offset": offset,
            "reason": fault.reason,
            "value": fault.value.decode("utf-8", "replace"),
            "index": index,
        }
        return Letter(TOPIC_DEAD_LETTERS, f"{partition}/{offset}".encode(), _JSON.encode(row))

    @staticmethod
    def _add_outcomes(total: Outcomes, part: Outcomes) -> None:
        for name in Outcomes.__struct_fields__:
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
