"""History filled again from the topics: one that was restored from a backup, or a new one, lacks what came since.

Workers read the output topics as a group, which never reads again what it has acknowledged. So the topics are read
here without the group, from their beginning; every write may be repeated, and what history holds stays as it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from config.errors import UserError
from config.timestamps import rfc3339
from streams.history.store import Store
from streams.kafka.reader import TopicReader
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_RESULTS,
    TopicNames,
)

__all__ = ["HISTORY_TOPICS", "history_rows", "rebuild", "write_rows"]

HISTORY_TOPICS: Final = (TOPIC_RESULTS, TOPIC_BREACHES, TOPIC_DEAD_LETTERS, TOPIC_EVALUATIONS, TOPIC_PROGRAM_DAYS)
"""Topics that history is written from."""
_BATCH: Final = 2_000

Row = dict[str, Any]


def history_rows(topic: str, values: Sequence[bytes], now_ms: int) -> list[Row]:
    """The rows that messages of a topic (less its prefix) say, as history takes them.

    Raises:
        msgspec.DecodeError: a message is no JSON.
    """
    rows: list[Row] = [msgspec.json.decode(value) for value in values]
    if topic == TOPIC_DEAD_LETTERS:
        for row in rows:
            row["value"] = row["value"].encode()
            row["recorded_at"] = rfc3339(now_ms)
    return rows


def write_rows(store: Store, topic: str, rows: Sequence[Row]) -> int:
    """Write rows of a topic; the number of those that are new.

    Raises:
        UserError: the database failed, or holds another result.
    """
    write: Callable[[Sequence[Row]], int] = {
        TOPIC_RESULTS: store.write_results,
        TOPIC_BREACHES: store.write_breaches,
        TOPIC_DEAD_LETTERS: store.write_dead_letters,
        TOPIC_EVALUATIONS: store.write_evaluations,
        TOPIC_PROGRAM_DAYS: store.write_program_days,
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
    with TopicReader(url, security) as reader:
        there = reader.topics()
        if names.of(TOPIC_RESULTS) not in there:
            raise UserError(f"{url}: there is no topic {names.of(TOPIC_RESULTS)}; give the broker of the workers")
        for topic in HISTORY_TOPICS:
            generations = (names._replace(generation=number).of(topic) for number in range(1, names.generation + 1))
            for full in dict.fromkeys(generations):
                for values in _messages(reader, full, there.get(full, 0)):
                    new[topic] += write_rows(store, topic, _readable(topic, values, now_ms))
                    progress(len(values))
    return new


def _messages(reader: TopicReader, topic: str, partitions: int) -> Iterator[list[bytes]]:
    """The messages of a topic from its beginning to the end that it has now, in batches."""
    values: list[bytes] = []
    for message in reader.read(topic, reader.bounds(topic, partitions)):
        if message.value is not None:
            values.append(message.value)
        if len(values) >= _BATCH:
            yield values
            values = []
    if values:
        yield values


def _readable(topic: str, values: Sequence[bytes], now_ms: int) -> list[Row]:
    """The rows of messages; one that is no JSON object is passed over."""
    rows: list[Row] = []
    for value in values:
        try:
            found = history_rows(topic, [value], now_ms)
        except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
            continue
        rows += [row for row in found if isinstance(row, dict)]
    return rows
