"""More partitions for a centre: new topics, and each queue's state in the partition where its messages will be.

State follows its queue by partition number, so partitions cannot be increased in place. A grown centre goes on in a new
generation of the topics that hold or feed state. That generation is in force from the moment its input topic exists,
which is made last: a grow that was stopped before has changed nothing, and the next one begins anew.
"""

import heapq
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any, Final, NamedTuple

import msgspec

from agents.engine.program import program_of
from agents.groups.engine import group_of
from agents.live.topics import names_on
from agents.state.store import is_manifest, manifest_keys, queue_of, reach, whole
from config.errors import UserError
from config.servers import KafkaSettings
from config.settings import Configuration
from streams.kafka.admin import connect_admin, copies_of, create_topics, group_members, refusals_told, wanted_settings
from streams.kafka.broker import require_reachable
from streams.kafka.partitioner import partition_of
from streams.kafka.reader import LogMessage, TopicReader
from streams.kafka.transactions import Outbound, Progress, Transactions
from streams.topics import TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS, TopicNames

__all__ = ["Growth", "grow", "home_of", "require_state_in_place"]

_READ: Final = (TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS)
"""Topics whose messages workers apply to their state."""
_BATCH: Final = 500
"""Messages of one transaction."""
_BATCH_BYTES: Final = 1 << 24
_SAMPLE: Final = 200
"""Newest entries of each partition of the state that a worker looks at before it starts."""
_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
_COMPACT: Final = {"cleanup.policy": "compact"}

_State = dict[tuple[int, bytes], bytes]
"""By partition and key: the entries of a changelog that stand."""


class Growth(NamedTuple):
    """The outcome of a grow."""

    names: TopicNames
    """Those of the topics that are in force now."""
    partitions: int
    owners: int
    """Queues and programs whose state was carried over; 0: that was done before."""
    messages: int
    """Messages of the topics before that no worker had read, and that were carried over."""


class _Unkeyed(msgspec.Struct):
    type: str = ""


def home_of(owner: str, partitions: int) -> int:
    """The partition that the state of a queue, program or group belongs in.

    Args:
        owner: as the store names it.
        partitions: how many there are.
    """
    program, group = program_of(owner), group_of(owner)
    key = owner if program is None else program
    return partition_of((key if group is None else group.id).encode(), partitions)


def require_state_in_place(configuration: Configuration, url: str, names: TopicNames, partitions: int) -> None:
    """Refuse a site whose partitions somebody has increased.

    Raises:
        UserError: the state of a queue lies where its messages no longer come.
    """
    with TopicReader(url, configuration.kafka.security) as reader:
        found = reader.topics().get(names.changelog, 0)
        bounds = reader.bounds(names.changelog, found)
        spans = {at: (max(low, high - _SAMPLE), high) for at, (low, high) in bounds.items()}
        for message in reader.read(names.changelog, spans):
            if message.value is None or not message.key or not is_manifest(message.key, message.value):
                continue
            owner = _owner(message.key)
            if owner is not None and home_of(owner, partitions) != message.partition:
                raise UserError(
                    f"{url}: in topic {names.changelog} the state of {owner.strip(chr(0))!r} lies in partition "
                    f"{message.partition} and belongs in {home_of(owner, partitions)} of {partitions}: somebody has "
                    f"increased the partitions; intervalwatch topics --grow {partitions} carries it over"
                )


def grow(configuration: Configuration | None, url: str, partitions: int) -> Growth:
    """Go on with more partitions, in new topics; or carry over what came to the topics before since the last grow.

    Args:
        configuration: what is set; None: no prefix, and an open broker.
        url: `kafka://host:port[,host:port]`.
        partitions: how many there shall be.

    Raises:
        UserError: workers run, messages are not read, there is nothing to grow, or the broker fails.
    """
    kafka = KafkaSettings() if configuration is None else configuration.kafka
    if require_reachable(url, kafka.security).embedded:
        raise UserError(f"{url}: is an embedded broker, whose topics cannot grow; use Apache Kafka")
    names = names_on(configuration, url)
    with (
        TopicReader(url, kafka.security, names.group) as reader,
        Transactions(url, kafka.security, f"{names.group}-grow") as writer,
    ):
        found = reader.topics()
        lacking = [name for name in names.tied if name not in found]
        if lacking:
            raise UserError(f"{url}: there is no topic {lacking[0]}, so nothing to grow; set kafka.partitions instead")
        site = _Site(url, kafka.security, names, found, reader, writer)
        state = site.read_state(names.changelog)
        displaced = site.is_displaced(state)
        most = max(found[name] for name in names.tied)
        if partitions == most and not displaced and names.generation > 1:
            before = TopicNames(names.prefix, names.generation - 1)
            return Growth(names, partitions, 0, site.carry_messages(before, names))
        if partitions < most or (partitions == most and not displaced):
            raise UserError(f"--grow {partitions}: there are {most} partitions already; name a larger number")
        return site.grow(state, partitions, displaced=displaced)


class _Site(NamedTuple):
    """A broker's topics while they grow."""

    url: str
    security: Mapping[str, str]
    names: TopicNames
    """Those of the topics in force."""
    found: Mapping[str, int]
    """Numbers of partitions."""
    reader: TopicReader
    """Knows how far the workers' group has come."""
    writer: Transactions

    def grow(self, state: _State, partitions: int, *, displaced: bool) -> Growth:
        """Make the next generation; it is in force when its input topic is there."""
        names, after = self.names, self.names._replace(generation=self.names.generation + 1)
        self._require_still(displaced=displaced)
        moved = _moved(state, partitions)
        with refusals_told(self.url), closing(connect_admin(self.url, self.security)) as admin:
            copies = copies_of(admin, names.of(TOPIC_CALL_DATA))
            settings = wanted_settings(after, copies, {after.changelog: _COMPACT})
            first, *rest = after.tied
            self._delete_leftovers(admin, rest)
            create_topics(self.url, admin, {name: settings[name] for name in rest}, partitions, copies)
            self._write_state(after.changelog, moved)
            self._require_written(after.changelog, partitions, moved)
            self._note_progress()
            self._require_still(displaced=displaced)
            create_topics(self.url, admin, {first: settings[first]}, partitions, copies)
        owners = {queue_of(key) for _, key in moved}
        return Growth(after, partitions, len(owners), self.carry_messages(names, after, partitions))

    def _require_still(self, *, displaced: bool) -> None:
        """Refuse to grow under workers, or over messages that workers can still read."""
        members = group_members(self.url, self.security, self.names.group)
        if members:
            raise UserError(
                f"{self.url}: workers run (group {self.names.group} has {members} members); stop them with SIGTERM, "
                f"then grow"
            )
        if displaced:
            return  # no worker could read them; they are carried over
        for topic in map(self.names.of, _READ):
            if topic not in self.found:
                continue  # workers of before did not have it
            spans = self._unread(topic)
            message = next(self.reader.read(topic, spans), None)
            if message is not None:
                raise UserError(
                    f"{self.url}: topic {topic} is not read to its end (partition {message.partition} from offset "
                    f"{message.offset}); stop the producers, let the workers read on, stop them, then grow"
                )

    def _unread(self, topic: str) -> dict[int, tuple[int, int]]:
        """By partition: from where on no worker has read, and where it ends."""
        count = self.found[topic]
        committed = self.reader.committed(topic, count)
        bounds = self.reader.bounds(topic, count)
        return {at: (max(low, committed.get(at, low)), high) for at, (low, high) in bounds.items()}

    def _note_progress(self) -> None:
        """Let the group that carries messages over begin where the workers have ended."""
        with TopicReader(self.url, self.security, _carrier(self.names)) as carrier:
            for topic in map(self.names.of, _READ):
                if topic not in self.found:
                    continue
                offsets = {at: first for at, (first, _) in self._unread(topic).items()}
                self.writer.send([], progress=Progress(topic, offsets, carrier.group))

    # --- state --------------------------------------------------------------------------------------

    def read_state(self, changelog: str, partitions: int | None = None) -> _State:
        """The entries that stand in a changelog."""
        bounds = self.reader.bounds(changelog, self.found[changelog] if partitions is None else partitions)
        state: _State = {}
        for message in self.reader.read(changelog, bounds):
            if message.value is None:
                state.pop((message.partition, message.key or b""), None)
            elif _owner(message.key) is not None:
                state[message.partition, message.key or b""] = message.value
        return state

    def is_displaced(self, state: _State) -> bool:
        """Whether somebody has increased partitions, so that messages and state do not meet."""
        count = self.found[self.names.changelog]
        return any(self.found.get(name, count) != count for name in self.names.tied) or any(
            is_manifest(key, value) and home_of(queue_of(key), count) != partition
            for (partition, key), value in state.items()
        )

    def _write_state(self, changelog: str, state: _State) -> None:
        batch: list[Outbound] = []
        places: list[int] = []
        size = 0
        for (partition, key), value in state.items():
            batch.append((changelog, key, value, ()))
            places.append(partition)
            size += len(value)
            if len(batch) >= _BATCH or size >= _BATCH_BYTES:
                self.writer.send(batch, places)
                batch, places, size = [], [], 0
        self.writer.send(batch, places)

    def _require_written(self, changelog: str, partitions: int, state: _State) -> None:
        """Read the state back: what a transaction wrote can be read a moment after it was committed.

        Raises:
            UserError: it is not what was written.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.read_state(changelog, partitions) != state:
            if time.monotonic() > deadline:
                raise UserError(f"{self.url}: the state in {changelog} is not what was written; begin again")
            time.sleep(_LOOK_SECONDS)

    def _delete_leftovers(self, admin: Any, names: Sequence[str]) -> None:  # noqa: ANN401 - kafka-python has no types
        """Delete what a grow that was stopped has made; it was never in force."""
        left = [name for name in names if name in self.found]
        if left:
            admin.delete_topics(left)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(name in self.reader.topics() for name in left):
            if time.monotonic() > deadline:
                raise UserError(f"{self.url}: topic {left[0]}, of a grow that was stopped, is not deleted; begin again")
            time.sleep(_LOOK_SECONDS)

    # --- messages -----------------------------------------------------------------------------------

    def carry_messages(self, before: TopicNames, after: TopicNames, partitions: int | None = None) -> int:
        """Send what came to the topics before, and no worker has read, to the topics in force; how many those were.

        Messages and progress are one transaction: what is stopped goes on, and none is sent twice.
        """
        counts = {topic: partitions or self.found.get(after.of(topic), 0) for topic in reversed(_READ)}
        return sum(
            self._carry(before.of(topic), after.of(topic), _carrier(before), count) for topic, count in counts.items()
        )

    def _carry(self, source: str, target: str, group: str, partitions: int) -> int:
        count = self.found.get(source, 0)
        carried = 0
        with ExitStack() as stack:
            carrier = stack.enter_context(TopicReader(self.url, self.security, group))
            committed = carrier.committed(source, count)
            bounds = carrier.bounds(source, count)
            unknown = [at for at, (low, high) in bounds.items() if at not in committed and low < high]
            if unknown:
                raise UserError(
                    f"{self.url}: how far topic {source} was carried over is not known any more (partition "
                    f"{unknown[0]}); what came to it since must be sent again by its producer"
                )
            logs: list[Iterator[LogMessage]] = []
            for at, (low, high) in bounds.items():
                if max(low, committed.get(at, low)) < high:
                    reader = stack.enter_context(TopicReader(self.url, self.security))
                    logs.append(reader.read(source, {at: (max(low, committed.get(at, low)), high)}))
            # A queue's messages may lie in two partitions: the time of their append tells which came first.
            merged = heapq.merge(*logs, key=lambda message: message.timestamp_ms)
            for batch in _batches(merged):
                messages, places = _addressed(batch, target, partitions)
                offsets = {message.partition: message.offset + 1 for message in batch}
                self.writer.send(messages, places, Progress(source, offsets, carrier.group))
                carried += len(batch)
        return carried


def _carrier(names: TopicNames) -> str:
    """The group whose progress says what was carried over from a generation."""
    return f"{names.group}-carry-g{names.generation}"


def _owner(key: bytes | None) -> str | None:
    """The queue or program that an entry is of; None: it is no entry of the state."""
    try:
        return queue_of(key) if key and b"\x00" in key else None
    except UnicodeDecodeError:
        return None


def _moved(state: _State, partitions: int) -> _State:
    """Every entry as it is, where its queue will be; of a queue with state in two partitions the one further along."""
    places: dict[str, set[int]] = defaultdict(set)
    for partition, key in state:
        places[queue_of(key)].add(partition)
    chosen = {
        owner: min(held) if len(held) == 1 else max(held, key=lambda at: (_reach(state, owner, at), -at))
        for owner, held in places.items()
    }
    return {
        (home_of(queue_of(key), partitions), key): value
        for (partition, key), value in state.items()
        if chosen[queue_of(key)] == partition
    }


def _reach(state: _State, owner: str, partition: int) -> tuple[int, int]:
    """How far the state of a queue in one partition goes; (-1, 0) where nothing in it is a manifest."""
    entries = {key: value for (at, key), value in state.items() if at == partition and queue_of(key) == owner}
    furthest = (-1, 0)
    for key in manifest_keys(entries).get(owner, ()):
        blob = whole(entries, key)
        if blob is not None and is_manifest(key, blob):
            applied: dict[str, int] = msgspec.msgpack.decode(blob)[0]
            furthest = max(furthest, reach(applied))
    return furthest


def _batches(messages: Iterator[LogMessage]) -> Iterator[list[LogMessage]]:
    batch: list[LogMessage] = []
    size = 0
    for message in messages:
        batch.append(message)
        size += len(message.value or b"")
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _addressed(batch: Sequence[LogMessage], topic: str, partitions: int) -> tuple[list[Outbound], list[int]]:
    """The messages to send, and the partition of each. Without a key a source speaks to every partition; ticks go."""
    messages: list[Outbound] = []
    places: list[int] = []
    for message in batch:
        value = message.value or b""
        if message.key:
            targets: Sequence[int] = (partition_of(message.key, partitions),)
        else:
            targets = () if _is_tick(value) else range(partitions)
        for target in targets:
            messages.append((topic, message.key or None, value, ()))
            places.append(target)
    return messages, places


def _is_tick(value: bytes) -> bool:
    """Whether a message is the clock of a worker; the next one writes its own."""
    try:
        return msgspec.json.decode(value, type=_Unkeyed).type == "tick"
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
