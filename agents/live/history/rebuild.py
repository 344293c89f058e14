"""History filled again from the topics: one that was restored from a backup, or a new one, lacks what came since.

Workers read the output topics as a group, which never reads again what it has acknowledged. So the topics are read
here without the group, from their beginning; every write may be repeated, and what history holds stays as it is.
Results come last, and the marks after them: one that was cut short is seen and filled again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from agents.groups.keeping import RowsOfGroups, fill_groups
from config.errors import UserError
from config.timestamps import rfc3339
from streams.codec import DEAD_LETTER_BYTES
from streams.history.marks import Place, read_marks
from streams.history.store import Store
from streams.kafka.reader import TopicReader
from streams.own_messages import Unreadable, read_row
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_JOURNAL,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_RESULTS,
    TopicNames,
)

__all__ = ["HISTORY_TOPICS", "history_row", "rebuild", "unread", "write_rows"]

HISTORY_TOPICS: Final = (
    TOPIC_RESULTS,
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_JOURNAL,
)
"""Topics that history is written from."""
_BATCH: Final = 2_000
_WHOLE_DAY: Final = {"part": 0, "handled_by": (), "handled_at": ()}
"""Columns that a message of `program-days` may leave out."""

Row = dict[str, Any]


class Message(Protocol):
    """A message of Kafka, as any reader of topics gives it."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


def history_row(topic: str, full: str, message: Message, now_ms: int, unreadable: Unreadable) -> tuple[str, Row]:
    """The row that a message says, as history takes it, and the topic of that row, less its prefix.

    `topic` is the message's topic less its prefix, `full` its whole name. A message that none of us wrote is counted
    in `unreadable`, and is a dead letter.
    """
    try:
        row = read_row(topic, message.value)
    except ValueError as error:
        unreadable.note(topic, message.partition, message.offset, error)
        value = (message.value or b"")[:DEAD_LETTER_BYTES].decode("utf-8", "replace")
        row = {
            "topic": full,
            "partition": message.partition,
            "offset": message.offset,
            "reason": f"not ours: {error}"[:1_000].replace("\x00", ""),
            "value": value,
        }
        topic = TOPIC_DEAD_LETTERS
    if topic == TOPIC_PROGRAM_DAYS:
        row = {**_WHOLE_DAY, **row}
    elif topic == TOPIC_DEAD_LETTERS:
        row["value"] = (row["value"] or "").encode(errors="replace")
        row["recorded_at"] = rfc3339(now_ms)
    return topic, row


def write_rows(store: Store, topic: str, rows: Sequence[Row]) -> int:
    """Write rows of a topic; the number of those that are new.

    Raises:
        UserError: the database failed, or holds another result.
    """
    write: Callable[[Sequence[Row]], int] = {
        TOPIC_RESULTS: lambda results: store.write_results(results, RowsOfGroups()),
        TOPIC_BREACHES: store.write_breaches,
        TOPIC_DEAD_LETTERS: store.write_dead_letters,
        TOPIC_EVALUATIONS: store.write_evaluations,
        TOPIC_PROGRAM_DAYS: store.write_program_days,
        TOPIC_PROJECTIONS: store.write_projections,
        TOPIC_JOURNAL: store.write_journal,
    }[topic]
    return write(rows)


def rebuild(
    store: Store,
    url: str,
    names: TopicNames,
    security: Mapping[str, str],
    now_ms: int,
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, int]:
    """Fill a history from the topics, those of earlier generations included; the number of new rows by topic.

    Args:
        store: the history.
        url: the broker, `kafka://host:port[,host:port]`.
        names: of the topics in force.
        security: the configuration's `kafka.security`.
        now_ms: the clock: when dead letters were recorded.
        progress: told how many messages were read since it was last told.

    Raises:
        UserError: the broker does not answer, there is no topic of results, or the history cannot take the rows.
    """
    new = dict.fromkeys(HISTORY_TOPICS, 0)
    unreadable, read = Unreadable(), dict[Place, tuple[int, int]]()
    with TopicReader(url, security) as reader:
        there = reader.topics()
        if names.of(TOPIC_RESULTS) not in there:
            raise UserError(f"{url}: there is no topic {names.of(TOPIC_RESULTS)}; give the broker of the workers")
        for topic in sorted(HISTORY_TOPICS, key=_is_of_results):
            generations = (names._replace(generation=number).of(topic) for number in range(1, names.generation + 1))
            for full in dict.fromkeys(generations):
                bounds = reader.bounds(full, there.get(full, 0))
                read |= {(full, partition): (0, end - 1) for partition, (_, end) in bounds.items() if end}
                for messages in _messages(reader, full, bounds):
                    rows: dict[str, list[Row]] = {}
                    for message in messages:
                        kind, row = history_row(topic, full, message, now_ms, unreadable)
                        rows.setdefault(kind, []).append(row)
                    for kind in sorted(rows, key=_is_of_results):
                        new[kind] += write_rows(store, kind, rows[kind])
                    progress(len(messages))
    # Messages that the topics do not hold any more cannot be had: they count as read.
    store.advance_marks(read)
    fill_groups(store)
    return new


def unread(store: Store, url: str, names: TopicNames, security: Mapping[str, str]) -> bool:
    """Whether the workers have acknowledged messages that a history does not hold, so that nobody is sent them again.

    Args:
        store: the history.
        url: as for `rebuild`.
        names: as there.
        security: as there.

    Raises:
        UserError: the broker does not answer, or the database failed.
    """
    with store.reading() as query:
        marks = read_marks(query)
    with TopicReader(url, security, names.group) as reader:
        there = reader.topics()
        return any(
            following > marks.get((full, partition), -1) + 1
            for full in map(names.of, HISTORY_TOPICS)
            for partition, following in reader.committed(full, there.get(full, 0)).items()
        )


def _is_of_results(topic: str) -> bool:
    """Sorts results to the end."""
    return topic == TOPIC_RESULTS


def _messages(reader: TopicReader, topic: str, bounds: Mapping[int, tuple[int, int]]) -> Iterator[list[Message]]:
    """The messages of a topic between its bounds, in batches."""
    messages: list[Message] = []
    for message in reader.read(topic, bounds):
        messages.append(message)
        if len(messages) >= _BATCH:
            yield messages
            messages = []
    if messages:
        yield messages
