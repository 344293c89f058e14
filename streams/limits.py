"""How far a record may reach: in time, in size, in what a reason repeats of it.

A record that passes costs a queue's state a bounded number of bytes, and one that does not is refused with a reason of
bounded length. `config.sources.fields` says how much a single text or list may hold.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.sources.fields import ENTRIES_BYTES, TEXT_CHARACTERS
from config.timestamps import from_rfc3339, rfc3339
from streams.records import (
    AgentState,
    Check,
    Contact,
    Evaluation,
    Feed,
    Plan,
    Record,
    RecordError,
    RefusedRow,
    Snapshot,
    Tick,
)

__all__ = [
    "FIRST_MS",
    "LAST_MS",
    "TOO_LARGE",
    "TOO_OLD",
    "far",
    "figure",
    "require_past",
    "require_size",
    "require_text",
    "require_years",
    "word",
]

TOO_OLD: Final = "too_old:"
TOO_LARGE: Final = "too_large:"
"""The first word of such a record's reason."""
FIRST_MS: Final = from_rfc3339("1980-01-01T00:00:00Z")
"""An earlier instant is a null date: other systems write 0001, 1899, 1900 or 1970 for "none"."""
LAST_MS: Final = from_rfc3339("3000-01-01T00:00:00Z")
"""A later instant is a word for "none" as well."""
_WRITABLE_MS: Final = (from_rfc3339("0001-01-01T00:00:00Z"), from_rfc3339("9999-12-31T23:59:59Z"))
_SHOWN: Final = 80
"""Characters of a wrong value that a reason repeats."""


def far(name: str, ms: int) -> RecordError:
    """The refusal of an instant in no year of calls: `too_old`, or after 2999."""
    if ms < FIRST_MS:
        return RecordError(f"{TOO_OLD} {name} {_instant(ms)} is before 1980; leave it out if it means none")
    return RecordError(f"{name}: {_instant(ms)} is not in the years 1980 to 2999; leave it out if it means none")


def _instant(ms: int) -> str:
    """An instant for a reason; an offset can carry it out of the years that a text can say."""
    first, last = _WRITABLE_MS
    return rfc3339(ms) if first <= ms <= last else f"in the year {'0' if ms < first else '10000'}"


def figure(value: float) -> str:
    """A number for a reason; JSON can give a whole one of any length."""
    try:
        return f"{value:g}"
    except OverflowError:
        return "a number of more than 300 digits"


def word(text: str | None) -> str:
    """A wrong text for a reason."""
    return repr(text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def require_years(**instants_ms: int) -> None:
    """Refuse an instant in no year of calls.

    Raises:
        RecordError: naming the field.
    """
    for name, ms in instants_ms.items():
        if not FIRST_MS <= ms < LAST_MS:
            raise far(name, ms)


def require_size(name: str, texts: Sequence[str], most: int) -> None:
    """Refuse a list of more than `most` entries, one that is too long, or more text than a record may carry.

    Raises:
        RecordError: `too_large`.
    """
    if len(texts) > most:
        raise RecordError(f"{TOO_LARGE} {name} has {len(texts):,} entries, and a record has at most {most}")
    if (longest := max(map(len, texts), default=0)) > TEXT_CHARACTERS:
        raise RecordError(
            f"{TOO_LARGE} {name} has an entry of {longest:,} characters, and a text has at most {TEXT_CHARACTERS}"
        )
    size = sum(len(text.encode(errors="replace")) for text in texts)
    if size > ENTRIES_BYTES:
        raise RecordError(f"{TOO_LARGE} {name} has {size:,} bytes of names, and a record has at most {ENTRIES_BYTES:,}")


def require_past(record: Record, now_ms: int, skew_ms: int) -> None:
    """Refuse a record that tells of the future; what a plan is for may lie ahead.

    Raises:
        RecordError: `in_the_future`, when an instant of what has happened is more than `skew_ms` after `now_ms`.
    """
    for inside, field in _HAPPENED[type(record)]:
        ms = getattr(record, inside)
        if ms is not None and ms > now_ms + skew_ms:
            raise RecordError(f"in_the_future: {field} {_instant(ms)} is after the clock {_instant(now_ms)}")


def require_text(record: Record) -> None:
    """Refuse a NUL character, which no database can keep in a text.

    Raises:
        RecordError: naming the field.
    """
    for name, value in msgspec.structs.asdict(record).items():
        parts = value if isinstance(value, tuple) else (value,)
        texts = [part.name if isinstance(part, Check) else part for part in parts]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise RecordError(f"{name}: holds a NUL character")


_HAPPENED: Final[Mapping[type, tuple[tuple[str, str], ...]]] = {
    Contact: (("offered_ms", "offered_at"), ("exited_ms", "exited_at"), ("updated_ms", "updated_at")),
    Snapshot: (("as_of_ms", "as_of (empty: the interval's end)"),),
    Plan: (("published_ms", "published_at"),),
    AgentState: (("since_ms", "since"),),
    Evaluation: (("evaluated_ms", "evaluated_at"), ("handled_ms", "handled_at")),
    Feed: (("through_ms", "through"),),
    RefusedRow: (("at_ms", "at"),),
    Tick: (("at_ms", "at"),),
}
"""The instants of a record that must have happened: name inside, and what a reason calls it."""
