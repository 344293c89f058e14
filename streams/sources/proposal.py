"""A proposal of how a file is read: the entry of `sources:` that a format makes for a file that it recognises.

Each line of it says why it is so. A line that stands on a guess says so, too, and names what else it could be: a
wrong proposal must never look like a right one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from config.queue_settings import ServiceLevel

__all__ = ["CHECK", "HEAD_BYTES", "Entry", "Expected", "Option", "Proposal", "Sighted", "value_text"]

HEAD_BYTES: Final = 2 << 20
"""Bytes of a file that are looked at."""
CHECK: Final = "check"
"""The word that marks a guess that is open."""
_PLAIN: Final = re.compile(r"[^\W\d_][\w .()/%+-]*[\w)%]|[^\W\d_]")
_NO_TEXT: Final = re.compile(r"(?:true|false|null|yes|no|on|off|y|n|~)", re.IGNORECASE)
_KEYS: Final = (
    "encoding", "delimiter", "sheet", "header", "decimal", "thousands", "timezone", "interval_minutes",
    "threshold_seconds", "published", "scheduled_is", "shrinkage", "fill", "wide", "where", "where_not", "empty",
)  # fmt: skip
"""The keys of a source in the order in which they are written, before its columns."""


class Sighted(NamedTuple):
    """A file that is to be recognised."""

    path: str
    """A path; `-` cannot be looked at twice."""
    head: bytes
    """Its first bytes, decompressed."""
    expected: "Expected"


class Expected(NamedTuple):
    """Facts from outside of the file."""

    record: str | None
    """The type of record that somebody asked for; None: whichever it holds."""
    level: Callable[[str], ServiceLevel]
    """The service level of a queue."""
    interval_minutes: int | None
    """Length of the site's intervals; None: no configuration says so."""
    timezone: str | None
    """IANA name of the site's zone; None: no configuration says so."""
    now: datetime
    """The clock, with its offset."""


class Option(NamedTuple):
    """One way to close an open guess."""

    label: str
    changes: Mapping[tuple[str, ...], Any]
    """By key the value it then has; None: it is not there."""


@dataclass(slots=True)
class Entry:
    """One line of a source."""

    key: tuple[str, ...]
    """`("delimiter",)` or `("columns", "queue")`."""
    value: Any
    note: str = ""
    """The reason for it."""
    doubt: str = ""
    """Why it may be wrong; empty: it is sure."""
    options: Sequence[Option] = ()
    """Ways to close the doubt, the first being what stands there."""
    off: bool = False
    """Whether it is written as a comment, and says nothing until somebody takes it in."""


@dataclass(slots=True)
class Proposal:
    """A source that is proposed for a file."""

    format: str
    record: str | None
    entries: list[Entry] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """Sentences on what is left out, and why."""
    warnings: list[str] = field(default_factory=list)
    """Sentences on what the file as a whole cannot give."""
    certainty: int = 1
    """3: no other format has this layout; 2: its columns are understood; 1: it is text in columns."""
    queues: Sequence[str] = ()
    """Names of queues in it, as far as they were seen."""
    interval_minutes: int | None = None
    """Length of its intervals, where they have one."""
    threshold_seconds: float | None = None
    """The threshold it says, if it does."""

    def put(self, key: str, value: Any, note: str = "", doubt: str = "", options: Sequence[Option] = ()) -> Entry:  # noqa: ANN401 - any value of YAML
        """Set a key of the source."""
        return self._put((key,), value, note, doubt, options)

    def map(self, name: str, value: Any, note: str = "", doubt: str = "", options: Sequence[Option] = ()) -> Entry:  # noqa: ANN401 - any value of YAML
        """Say where a field of the record comes from."""
        return self._put(("columns", name), value, note, doubt, options)

    def leave_open(self, key: tuple[str, ...], value: Any, doubt: str) -> None:  # noqa: ANN401 - any value of YAML
        """Offer a value for a key for which too little speaks that it be taken: a line that is commented out."""
        options = (Option("leave it out", {key: None}), Option(f"take {value_text(value)}", {key: value}))
        entry = self._put(key, value, "", doubt, options)
        entry.off = True

    def _put(self, key: tuple[str, ...], value: Any, note: str, doubt: str, options: Sequence[Option]) -> Entry:  # noqa: ANN401 - any value of YAML
        self.entries = [entry for entry in self.entries if entry.key != key]
        entry = Entry(key, value, note, doubt, options)
        self.entries.append(entry)
        return entry

    def entry(self, *key: str) -> Entry | None:
        """The line of a key."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def mapped(self, name: str) -> bool:
        """Whether a field of the record is mapped."""
        entry = self.entry("columns", name)
        return entry is not None and not entry.off

    def doubts(self) -> list[Entry]:
        """The lines that stand on an open guess."""
        return [entry for entry in self.entries if entry.doubt]

    def close(self, entry: Entry, option: Option) -> None:
        """Take one of the ways to close an open guess."""
        entry.doubt, entry.options = "", ()
        for key, value in option.changes.items():
            if value is None:
                self.entries = [one for one in self.entries if one.key != key]
                continue
            found = self.entry(*key)
            if found is None:
                self.entries.append(Entry(key, value, option.label))
            else:
                found.value, found.note, found.doubt, found.off = value, option.label, "", False

    def sort(self, fields: Sequence[str]) -> None:
        """Put fields in the order of their record."""
        order: dict[tuple[str, ...], int] = {("columns", name): place for place, name in enumerate(fields)}
        order.update({(name,): place - len(_KEYS) for place, name in enumerate(_KEYS)})
        self.entries.sort(key=lambda entry: order.get(entry.key, -1))

    def lines(self, indent: str = "  ") -> Iterator[str]:
        """The keys of the source as lines of YAML, with comments, one level deep."""
        tops = {"format": [Entry(("format",), self.format)]}
        if self.record is not None:
            tops["record"] = [Entry(("record",), self.record)]
        for entry in self.entries:
            tops.setdefault(entry.key[0], []).append(entry)
        columns = tops.pop("columns", [])
        for (entry,) in tops.values():
            yield _line(f"{entry.key[0]}: {value_text(entry.value)}", entry)
        if columns:
            yield "columns:"
            for entry in columns:
                yield f"{indent}{_line(f'{entry.key[1]}: {value_text(entry.value)}', entry)}"
        for remark in self.remarks:
            yield f"# {remark}"


def _line(text: str, entry: Entry) -> str:
    doubt = f"{CHECK}: {entry.doubt}" if entry.doubt else ""
    comment = "; ".join(part for part in (doubt, entry.note) if part)
    comment = " ".join(comment.split())
    text = f"# {text}" if entry.off else text
    return f"{text}  # {comment}" if comment else text


def value_text(value: Any) -> str:  # noqa: ANN401 - any value of YAML
    """A value as YAML of one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case str():
            plain = _PLAIN.fullmatch(value) and not _NO_TEXT.fullmatch(value) and "  " not in value
            return value if plain else json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{value_text(key)}: {value_text(one)}" for key, one in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(value_text, value)) + "]"
