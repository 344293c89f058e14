"""Messages of the input topic on their way into the engines: what each says, whose it is, and how much at a time.

A message is in the state wholly or not at all; but one that makes many intervals final takes many turns, between
which the worker does what else it has to do.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from agents.engine.queue import QueueEngine
from agents.groups.telling import Telling
from agents.intervals.outputs import Projected, Result
from agents.intervals.turn import Turn
from agents.live.engine_host import EngineHost
from agents.live.output_batch import OutboundMessage, OutputBatch, dead_letter, group_message, outbound, too_large
from agents.state.store import LARGEST_BYTES
from config.settings import Configuration, QueueSettings, in_force
from config.timestamps import rfc3339
from streams.codec import DEAD_LETTER_BYTES, Rejected, decode, decode_with_sources, encode
from streams.kafka.partitioner import partition_of, wrong_partition
from streams.records import Record, Tick
from streams.source_words import Feed

__all__ = ["INTERVALS_A_TURN", "Inbox"]

log = logging.getLogger("intervalwatch.worker")

_UNKEYED: Final = "key: is empty; key a message by its queue"
INTERVALS_A_TURN: Final = 25
"""Intervals that become final before the worker's other tasks have their turn: some 10 ms of an idle core."""


class _Typed(msgspec.Struct):
    type: str = ""


_TYPED: Final = msgspec.json.Decoder(_Typed)


class _UnderWay(NamedTuple):
    """A message that is being applied."""

    partition: int
    offset: int
    value: bytes | None
    steps: Iterator[None]


class UnconfiguredQueues:
    """Queues that the configuration does not name, by partition, and when each had data last.

    A feed that puts a contact's id where the queue's name belongs makes a queue of every contact. Beyond a number of
    them, records of further ones are refused; one that has had no data for long is not counted any more.
    Instants are the log's times of append, so that reading it again decides the same.
    """

    def __init__(self) -> None:
        self._seen: dict[int, dict[str, int]] = {}
        self._full_until: dict[int, int] = {}
        """By partition that has as many as it may: the first instant at which one may be dormant."""

    def load(self, partition: int, queue: str, append_ms: int) -> None:
        """Note a queue of the state, and when its last data was appended."""
        self._seen.setdefault(partition, {})[queue] = append_ms

    def drop(self, partition: int) -> None:
        """Forget a partition that another worker holds now."""
        self._seen.pop(partition, None)
        self._full_until.pop(partition, None)

    def admits(self, partition: int, queue: str, append_ms: int, settings: QueueSettings) -> bool:
        """Whether a queue is watched; if so, it is noted that it has data.

        Args:
            partition: where its record stands.
            queue: its name.
            append_ms: when the record was appended.
            settings: the queue's: `max_unconfigured_queues` of those with data within `correction_days`.
        """
        seen = self._seen.setdefault(partition, {})
        since = append_ms - settings.correction_ms
        last = seen.get(queue)
        if last is None or last < since:
            if len(seen) >= settings.max_unconfigured_queues and append_ms < self._full_until.get(partition, append_ms):
                return False
            for name in [name for name, at in seen.items() if at < since]:
                del seen[name]
            if len(seen) >= settings.max_unconfigured_queues:
                oldest = min(seen.values(), default=append_ms)
                self._full_until[partition] = oldest + settings.correction_ms + 1
                return False
        seen[queue] = append_ms if last is None else max(last, append_ms)
        return True


class Inbox:
    """Applies messages to the engines of queues.

    Args:
        configuration: what is set.
        queues: the engines.
        topic: the input topic's full name.
        turn: the engines' own.
        partition_count: as of `agents.live.partitions.Partitions`.
    """

    def __init__(
        self,
        configuration: Configuration,
        queues: EngineHost[QueueEngine],
        topic: str,
        turn: Turn,
        partition_count: int | None,
    ) -> None:
        self._configuration = configuration
        self._queues = queues
        self._topic = topic
        self._turn = turn
        self._partition_count = partition_count
        self._telling = Telling(configuration)
        self._under_way: _UnderWay | None = None
        """The message that is being applied, where that takes more than one turn."""
        self.unconfigured = UnconfiguredQueues()
        self.unpublished: dict[tuple[int, str], QueueEngine] = {}
        """Engines whose open interval has changed since it was published, those that wait longest first."""
        self.ready = OutputBatch()
        """Outputs that are ready to be sent with the next batch."""
        self.dead_lettered = 0
        """Records that no engine has seen."""
        self.too_many_queues = 0
        """Those of them whose queue was one too many."""

    def drop(self, partition: int) -> None:
        """Forget a partition that another worker holds now."""
        if self._under_way is not None and self._under_way.partition == partition:
            self._under_way = None
            self._turn.begin()
        self.unconfigured.drop(partition)

    def begin(self, partition: int, offset: int, key: bytes | None, value: bytes | None, append_ms: int) -> bool:
        """Apply one message of the input topic as far as one turn goes; whether `work` has something left to do.

        Args:
            partition: where it stands.
            offset: likewise; a message that the state already holds is skipped.
            key: the queue's name in UTF-8; None for a tick.
            value: one record or an array of them.
            append_ms: when the broker appended it, by the driver's clock.
        """
        try:
            steps = self._apply(partition, offset, key, value, append_ms)
        except Exception as error:  # noqa: BLE001 - one message it cannot bear must not stop a centre's monitoring
            self._give_up(partition, offset, value, error)
        else:
            if steps is not None:
                self._under_way = _UnderWay(partition, offset, value, steps)
                return True
        return False

    def work(self) -> bool:
        """Go on with the message that was begun, as far as one turn goes; whether more of it is left.

        While there is more, nothing may be collected: a message is in the state wholly or not at all.
        """
        message = self._under_way
        if message is None:
            return False
        self._turn.begin()
        try:
            next(message.steps)
        except StopIteration:
            self._under_way = None
        except Exception as error:  # noqa: BLE001 - as above
            self._under_way = None
            self._give_up(message.partition, message.offset, message.value, error)
        return self._under_way is not None

    def _give_up(self, partition: int, offset: int, value: bytes | None, error: Exception) -> None:
        log.error("message %s/%s@%s was not applied: %r", self._topic, partition, offset, error)
        self._turn.begin()
        self.reject(partition, offset, f"internal: the program failed on it: {error!r}", value)

    def _apply(
        self, partition: int, offset: int, key: bytes | None, value: bytes | None, append_ms: int
    ) -> Iterator[None] | None:
        """Apply a message as far as the turn goes; what is left to do."""
        if not value:
            self.reject(partition, offset, "value: is empty", value)
        elif not key:
            return self._apply_unkeyed(partition, offset, value, append_ms)
        elif self.is_astray(partition, key):
            self.reject(partition, offset, wrong_partition(key, partition, self._partition_count or 0), value)
        else:
            try:
                queue = _queue_name(key)
            except ValueError as error:
                self.reject(partition, offset, f"key: {error}", value)
            else:
                return self._apply_records(partition, offset, queue, value, append_ms)
        return None

    def is_astray(self, partition: int, key: bytes) -> bool:
        """Whether a key belongs in another partition."""
        count = self._partition_count
        return count is not None and partition_of(key, count) != partition

    def _apply_records(
        self, partition: int, offset: int, queue: str, value: bytes, append_ms: int
    ) -> Iterator[None] | None:
        source = f"{self._topic}/{partition}"
        engine = self._queues.get(partition, queue)
        if engine is not None and offset <= engine.applied_offset(source):
            return None
        settings = in_force(self._configuration.queue(queue) if engine is None else engine.versions, append_ms)
        (records, places, rejected), feeds = decode_with_sources(
            value, queue, settings.interval_ms, settings.clock_skew_ms, append_ms, settings.timezone
        )
        for index, fault in rejected:
            self._reject(partition, offset, index, fault)
        if not records:
            return None
        if not settings.configured and not self.unconfigured.admits(partition, queue, append_ms, settings):
            reason = (
                f"too_many_queues: the configuration does not name {queue!r}, and max_unconfigured_queues "
                f"({settings.max_unconfigured_queues}) others of this partition had data within correction_days"
            )
            self.too_many_queues += len(records)
            for index, record in zip(places, records, strict=True):
                self._reject(partition, offset, index, Rejected(reason, encode(queue, [record])[:DEAD_LETTER_BYTES]))
            return None
        if engine is None:
            engine = self._queues.require(partition, queue)
        offsets = [offset] * len(records)
        applied = engine.apply_records(records, places, source, offsets, append_ms, 0, feeds)
        if self._turn.short:
            self.take(self.ready, partition, queue, engine)
            return self._apply_rest(
                partition, queue, engine, records, places, source, offsets, append_ms, applied, feeds
            )
        engine.mark_applied(source, offset)
        self._queues.note_change(partition, queue, engine)
        return None

    def _apply_rest(
        self,
        partition: int,
        queue: str,
        engine: QueueEngine,
        records: Sequence[Record],
        places: Sequence[int],
        source: str,
        offsets: Sequence[int],
        append_ms: int,
        applied: int,
        feeds: Sequence[str | None],
    ) -> Iterator[None]:
        """Apply what the turn was too short for, of the records after the first `applied`, too."""
        engine.proceed()
        yield from self._rest(partition, queue, engine)
        while applied < len(records):
            applied = engine.apply_records(records, places, source, offsets, append_ms, applied, feeds)
            yield from self._rest(partition, queue, engine)
        engine.mark_applied(source, offsets[0])
        self._queues.note_change(partition, queue, engine)

    def _rest(self, partition: int, queue: str, engine: QueueEngine) -> Iterator[None]:
        """Let others have their turn until everything is final that is due."""
        while self._turn.short:
            self.take(self.ready, partition, queue, engine)
            yield
            engine.proceed()

    def _apply_unkeyed(self, partition: int, offset: int, value: bytes, append_ms: int) -> Iterator[None]:
        """Apply what is of no queue: the clock, and how far sources have spoken."""
        skew_ms = in_force(self._configuration.queue(""), append_ms).clock_skew_ms
        records, places, rejected = decode(value, "", 0, skew_ms, append_ms)
        words: list[Tick | Feed] = []
        refused = [
            (index, fault if _needs_no_key(fault.value) else Rejected(_UNKEYED, fault.value))
            for index, fault in rejected
        ]
        for index, record in zip(places, records, strict=True):
            reason: str | None = _UNKEYED
            if isinstance(record, Tick | Feed):
                reason = self._clock_fault(record, append_ms) if isinstance(record, Tick) else None
                if reason is None:
                    words.append(record)
                    continue
            refused.append((index, Rejected(reason or "", encode("", [record])[:DEAD_LETTER_BYTES])))
        for index, fault in sorted(refused):
            self._reject(partition, offset, index, fault)
        yield from self._speak(partition, offset, words, append_ms)

    def _speak(self, partition: int, offset: int, words: Sequence[Tick | Feed], append_ms: int) -> Iterator[None]:
        """Tell every queue of a partition."""
        source = f"{self._topic}/{partition}"
        for queue, engine in list(self._queues.of(partition).items()) if words else ():
            if offset > engine.applied_offset(source):
                for word in words:
                    engine.apply_record(word, source, offset, append_ms)
                    yield from self._rest(partition, queue, engine)
                if engine.dirty:
                    engine.mark_applied(source, offset)
                    self._queues.note_change(partition, queue, engine)
                elif engine.changed:
                    self.unpublished[partition, queue] = engine

    def _clock_fault(self, tick: Tick, append_ms: int) -> str | None:
        """The fault of the clock that wrote a tick, None for a sound one: no watermark may run on by it."""
        skew_ms = in_force(self._configuration.queue(""), append_ms).clock_skew_ms
        if tick.at_ms <= append_ms + skew_ms:
            return None
        return (
            f"in_the_future: at {rfc3339(tick.at_ms)} is after the clock {rfc3339(append_ms)}; "
            f"set the clock of the worker {tick.worker or 'that wrote it'}"
        )

    def reject(self, partition: int, offset: int, reason: str, value: bytes | None) -> None:
        """Send a whole message to dead letters."""
        self._reject(partition, offset, 0, Rejected(reason, (value or b"")[:DEAD_LETTER_BYTES]))

    def _reject(self, partition: int, offset: int, index: int, fault: Rejected) -> None:
        self.dead_lettered += 1
        self.ready.outputs.append(dead_letter(self._topic, partition, offset, index, fault))

    def take(self, batch: OutputBatch, partition: int, queue: str, engine: QueueEngine) -> None:
        """Add what an engine has put out to a batch."""
        for output in engine.take():
            if isinstance(output, Projected):
                batch.projected.append(output)
                continue
            message = outbound(queue, output, self._topic, partition)
            if len(message.value) > LARGEST_BYTES:
                message = self._shed(message, partition, engine)
            batch.outputs.append(message)
            batch.note_for_screens(output)
            if isinstance(output, Result):
                told = list(self._telling.of(output.result, output.together))
                batch.outputs += map(group_message, told)
                batch.told += told

    def _shed(self, message: OutboundMessage, partition: int, engine: QueueEngine) -> OutboundMessage:
        """The dead letter in place of a message that no broker takes: a flush that holds it could never succeed."""
        log.error("queue %s: a message for %s is too large to be sent", engine.queue, message.topic)
        self.dead_lettered += 1
        return too_large(message, self._topic, partition, engine.applied_offset(f"{self._topic}/{partition}"))


def _needs_no_key(value: bytes) -> bool:
    """Whether a record of a message without a key is of a kind that may lack one."""
    try:
        return _TYPED.decode(value).type in {"tick", "feed"}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


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
