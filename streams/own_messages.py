"""Messages of our own topics, read with suspicion: what another program wrote there must stop nothing.

Workers write results, breaches, dead letters, evaluations and days; but a topic takes anything from anybody, and a
program of another version writes what this one does not know. So whoever reads them passes over what is none of ours,
counts it, and says so once a topic.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from config.timestamps import from_rfc3339, rfc3339
from streams.columns import (
    BREACHES,
    DEAD_LETTERS,
    EVALUATIONS,
    HASHED_SINCE,
    JOURNAL,
    LATER_BREACH_COLUMNS,
    RESULTS,
    Column,
    Kind,
)
from streams.projected import PLACE, PROJECTIONS
from streams.quality.copies import evaluation_of
from streams.told.queue_day import decode_queue_day, require_sound
from streams.topics import (
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_JOURNAL,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_RESULTS,
)

__all__ = ["OWN_TOPICS", "Unreadable", "read_row"]

log = logging.getLogger("intervalwatch.topics")

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_LARGEST: Final = 2**63
_LARGEST_PLACE: Final = 2**31
_PLACES: Final = ("partition", "index", "position", PLACE)
_CHAINED: Final = ("previous_hash", "hash")
_COLUMNS: Final[Mapping[str, Sequence[Column]]] = {
    TOPIC_RESULTS: RESULTS,
    TOPIC_BREACHES: BREACHES,
    TOPIC_DEAD_LETTERS: DEAD_LETTERS,
    TOPIC_EVALUATIONS: EVALUATIONS,
    TOPIC_JOURNAL: JOURNAL,
    TOPIC_PROJECTIONS: PROJECTIONS,
}
_LATER: Final[Mapping[str, tuple[str, Collection[str]]]] = {
    TOPIC_RESULTS: ("form", HASHED_SINCE),
    TOPIC_BREACHES: ("incident_id", LATER_BREACH_COLUMNS),
}
"""Columns that the first programs did not write, and the one among them that tells their rows apart."""

OWN_TOPICS: Final = (*_COLUMNS, TOPIC_PROGRAM_DAYS)
"""Topics that only workers write."""


def _is_whole(value: Any) -> bool:  # noqa: ANN401 - any value of JSON, here and below
    return type(value) is int and -_LARGEST <= value < _LARGEST


def _is_number(value: Any) -> bool:  # noqa: ANN401 - as above
    return _is_whole(value) or (type(value) is float and math.isfinite(value))


def _is_instant(value: Any) -> bool:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return False
    try:
        rfc3339(from_rfc3339(value))  # its year in UTC must be one, too
    except (ValueError, OverflowError):
        return False
    return True


_IS: Final[Mapping[Kind, Callable[[Any], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "instant": _is_instant,
    "json": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
    "boolean": lambda value: isinstance(value, bool),
}


def read_row(topic: str, value: bytes | None) -> dict[str, Any]:
    """The row that a message holds, with every column of its topic.

    Args:
        topic: one of `streams.topics`, less the prefix.
        value: of the message.

    Raises:
        ValueError: it holds none; the text says why.
    """
    if not value:
        raise ValueError("it is empty")
    if b"\\u0000" in value:
        raise ValueError("it holds a NUL character, which no database keeps")
    try:
        row = _DECODE(value)
        if topic == TOPIC_PROGRAM_DAYS:
            require_sound(decode_queue_day(value))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if topic != TOPIC_PROGRAM_DAYS:
        _require_columns(topic, row)
    return row


def _require_columns(topic: str, row: dict[str, Any]) -> None:
    # An earlier program's rows, still in the topic, lack the columns of later ones.
    mark, since = _LATER.get(topic, ("", ()))
    later = since if mark not in row else ()
    # An open interval has no place in the chain yet.
    unchained = _CHAINED if topic == TOPIC_RESULTS and row.get("revision") == 0 else ()
    for column in _COLUMNS[topic]:
        if column.name in row:
            if column.name not in unchained or row[column.name] is not None:
                _require_kind(column, row[column.name])
        elif column.name not in later:
            raise ValueError(f"{column.name} is missing")
    for name in _PLACES:
        place = row.get(name, 0)
        if place is not None and (not _is_whole(place) or abs(place) >= _LARGEST_PLACE):
            raise ValueError(f"{name} is no place")
    position = row.get("position")
    if topic == TOPIC_RESULTS and row["revision"] and (position is None or position < 0):
        raise ValueError("position is missing")
    if topic == TOPIC_PROJECTIONS and row.get(PLACE) is None:
        raise ValueError("place is missing")
    if topic == TOPIC_EVALUATIONS:
        _require_evaluation(row)


def _require_evaluation(row: dict[str, Any]) -> None:
    try:
        evaluation_of(row)
    except KeyError as error:
        raise ValueError(f"checks lack {error}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"no evaluation: {error}") from None


def _require_kind(column: Column, value: Any) -> None:  # noqa: ANN401 - as above
    if value is None:
        if column.required:
            raise ValueError(f"{column.name} is empty")
    elif not _IS[column.kind](value):
        raise ValueError(f"{column.name} is no {column.kind}")


class Unreadable:
    """Counts what was passed over in our own topics."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        """By topic, less the prefix."""

    def note(self, topic: str, partition: int, offset: int, reason: object) -> None:
        """Count a message, and say so if it is the first of its topic."""
        self.messages[topic] += 1
        if self.messages[topic] == 1:
            log.error(
                "message %s/%d@%d is none of ours and is passed over (%s); more of this topic are only counted",
                topic,
                partition,
                offset,
                str(reason)[:500],
            )
