"""Dead letters as a whole: how many of each kind, since when, and one to look at.

A reason begins with its kind (`wrong_partition`, `in_the_future`, the field that was refused), so that a thousand
letters are a few lines.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from streams.kafka.reader import LogMessage

__all__ = ["REDRIVEN", "Kind", "Letter", "Place", "count_kinds", "kind_of", "letters_of_topic", "value_digest"]

REDRIVEN: Final = "intervalwatch-redriven"
"""Header of a letter that says: its record was sent again. It stands in the letters' own topic, so that it is kept as
long as the letter is."""

Place = tuple[str, int | None, int, int]
"""Topic (or file), partition (None: a file), offset (or row) and place in the message: a letter's identity."""


class Letter(msgspec.Struct):
    """One record that was refused, without its value."""

    place: Place
    reason: str
    digest: bytes
    """The value's, as the letter shows it."""


class Kind(msgspec.Struct, kw_only=True):
    """All letters of one kind."""

    reason: str
    """The first word of their reasons."""
    count: int = 0
    redriven: int = 0
    """Those among them whose records were sent again."""
    first_ms: int | None = None
    """When the first one was refused, milliseconds; None: history does not know."""
    last_ms: int | None = None
    sample: dict[str, Any] = {}
    """The columns of the last one."""


class _Row(msgspec.Struct):
    """A letter as its topic has it."""

    topic: str
    partition: int | None
    offset: int
    reason: str
    value: str
    index: int = 0


_DECODE: Final = msgspec.json.Decoder(_Row).decode
_FIRST_WORD: Final = re.compile(r"[^\s:]+")


def kind_of(reason: str) -> str:
    """The first word of a reason: what was refused, or which field."""
    found = _FIRST_WORD.search(reason)
    return found[0] if found else "unknown"


def value_digest(value: str) -> bytes:
    """The part of a value that a letter remembers."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def letters_of_topic(messages: Iterable[LogMessage]) -> Iterator[tuple[dict[str, Any], int, bool]]:
    """The columns of each letter, with its `index`; when it was written; whether it says that it was redriven.

    A message that is no letter is passed over.
    """
    for message in messages:
        try:
            row = _DECODE(message.value or b"")
        except msgspec.MsgspecError:
            continue
        yield msgspec.structs.asdict(row), message.timestamp_ms, REDRIVEN in message.headers


def count_kinds(rows: Iterable[tuple[dict[str, Any], int | None, bool]]) -> tuple[list[Kind], dict[Place, Letter]]:
    """Letters by kind, the most frequent kind first, and those that were not redriven, in order.

    A letter that was written twice, as after a crash, counts once.

    Args:
        rows: as `letters_of_topic` gives them; None: the time is not known.
    """
    kinds: dict[str, Kind] = {}
    open_letters: dict[Place, Letter] = {}
    redriven: set[Place] = set()
    for row, at_ms, again in rows:
        place: Place = (row["topic"], row["partition"], row["offset"], row["index"])
        kind = kinds.setdefault(kind_of(row["reason"]), Kind(reason=kind_of(row["reason"])))
        if again:
            # The letter itself may be gone already.
            kind.count += place not in open_letters and place not in redriven
            kind.redriven += place not in redriven
            redriven.add(place)
            open_letters.pop(place, None)
        elif place not in open_letters and place not in redriven:
            kind.count += 1
            open_letters[place] = Letter(place, row["reason"], value_digest(row["value"] or ""))
            kind.sample = row
            if at_ms is not None:
                kind.first_ms = at_ms if kind.first_ms is None else min(kind.first_ms, at_ms)
                kind.last_ms = at_ms if kind.last_ms is None else max(kind.last_ms, at_ms)
    return sorted(kinds.values(), key=lambda kind: (-kind.count, kind.reason)), open_letters
