"""Settings of a file or feed: one entry of `sources:`, as far as all formats share its keys.

A fault in a shared key is refused here. The other keys are the format's own, and its reader
(`streams.sources.registry` finds it) reads them before a file is opened.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.timestamps import INTERVAL_LENGTHS_MINUTES
from config.yaml import Node

__all__ = ["DEFAULT_FORMAT", "OPTIONS", "SourceOption", "SourceSettings", "read_source"]

DEFAULT_FORMAT: Final = "csv"


class SourceOption(NamedTuple):
    """One key of a source, for the documentation."""

    default: str
    """The value that holds where the key is not there."""
    meaning: str


OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "format": SourceOption(DEFAULT_FORMAT, "the format, whose reader reads the files"),
        "record": SourceOption("required", "what a row makes, of the types that the format can give"),
        "absent": SourceOption(
            "zero",
            "`zero` or `missing`: an interval of a queue without a row, while another queue has its row (interval)",
        ),
        "feed": SourceOption(
            "true", "false: its producer writes no `feed` records, so `ingest` and `replay` make none"
        ),
        "encoding": SourceOption("utf-8", "an encoding that Python knows, such as windows-1252, gb18030 or utf-16"),
        "timezone": SourceOption("the site's", "IANA name; of naive times in the file"),
        "on_ambiguous": SourceOption(
            "in_order",
            "`in_order`, `first`, `second` or `reject`: a local time that occurs twice, when summer time ends; "
            "in order: the first of two rows of an interval is the first hour, and a contact's clocks take the reading "
            "that keeps it shortest",
        ),
        "on_nonexistent": SourceOption("reject", "`reject` (dead letter) or `shift`: a local time that does not occur"),
        "interval_minutes": SourceOption(
            "the queue's", "length of the file's intervals, minutes, where no column says so (interval, plan)"
        ),
        "threshold_seconds": SourceOption(
            "not known", "the threshold that `answered_within` was counted at where no column says so (interval)"
        ),
        "scheduled_is": SourceOption(
            "scheduled", "`scheduled` or `rostered`: what `scheduled_agents` of a plan counts"
        ),
        "published": SourceOption(
            "a second before the first local day of the file",
            "when a plan was published, where no column says so (plan); its version is the file's name, likewise",
        ),
        "shrinkage": SourceOption(
            "none", "ratio; with `scheduled_is: rostered`: scheduled = rostered x (1 - shrinkage)"
        ),
    }
)
"""The keys that all formats share."""

_NO_FILES: Final = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Encodings of Python's that no file is in."""
_ONLY_FOR: Final = {
    "absent": ("interval",),
    "interval_minutes": ("interval", "plan"),
    "threshold_seconds": ("interval",),
    "scheduled_is": ("plan",),
    "published": ("plan",),
    "shrinkage": ("plan",),
}
"""Keys that have a meaning for these record types only."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One entry of `sources:`."""

    name: str
    node: Node = field(hash=False, compare=False)
    """The entry as it stands in the file."""
    format: str
    """Name of its format; the registry knows whether a reader serves it."""
    record: str | None
    """Type of the rows' records; None: the format decides."""
    encoding: str
    """A codec that Python knows, as written in the configuration."""
    timezone: str | None
    """IANA name of the zone of naive times in the file; None: the site's."""
    on_ambiguous: str
    """in_order, first, second or reject: a local time that occurs twice."""
    on_nonexistent: str
    """reject or shift: a local time that does not occur."""
    interval_ms: int | None
    """Length of the file's intervals where no column says so; None: the queue's."""
    threshold_ms: int | None
    """Threshold that `answered_within` was counted at where no column says so; None: not known."""
    shrinkage: float | None
    """Ratio where `scheduled_agents` of the file are rostered heads: scheduled = rostered x (1 - shrinkage)."""
    published: datetime | None
    """When the plans of its files were published, where no column says so: naive times are local; None: not said."""
    absent: str
    """zero or missing: an interval of a queue that has no row, while another queue has one."""
    feed: bool
    """Whether the source speaks for its queues by `feed` records."""
    options: Mapping[str, Node] = field(hash=False)
    """The keys that are not in `OPTIONS`: the format's own, not read yet."""


def read_source(name: str, node: Node) -> SourceSettings:
    """The settings of one entry of `sources:`.

    Args:
        name: the entry's key.
        node: its value.

    Raises:
        UserError: a shared key without a meaning; the message names file, key and line.
    """
    if not isinstance(node.value, dict):
        raise node.wrong("a mapping with format, record, columns, …")
    given = node.entries("a mapping with format, record, columns, …")
    own = MappingProxyType({key: entry for key, entry in given.items() if key not in OPTIONS})
    fields = {key: entry for key, entry in given.items() if key in OPTIONS}
    record = fields["record"].name("a type of record, such as contact") if "record" in fields else None
    for key, records in _ONLY_FOR.items():
        if key in fields and record is not None and record not in records:
            raise fields[key].fault(
                f"has no meaning for record: {record}; remove it (it is for {' and '.join(records)})"
            )
    return SourceSettings(
        name=name,
        node=node,
        format=fields["format"].name("the name of a format, such as csv") if "format" in fields else DEFAULT_FORMAT,
        record=record,
        encoding=_encoding(fields["encoding"]) if "encoding" in fields else "utf-8",
        timezone=_timezone(fields["timezone"]) if "timezone" in fields else None,
        on_ambiguous=_choice(fields, "on_ambiguous", ("in_order", "first", "second", "reject")),
        on_nonexistent=_choice(fields, "on_nonexistent", ("reject", "shift")),
        interval_ms=_interval(fields["interval_minutes"]) if "interval_minutes" in fields else None,
        threshold_ms=_threshold(fields["threshold_seconds"]) if "threshold_seconds" in fields else None,
        shrinkage=_shrinkage(node, fields),
        published=_published(fields["published"]) if "published" in fields else None,
        absent=_choice(fields, "absent", ("zero", "missing")),
        feed=fields["feed"].boolean() if "feed" in fields else True,
        options=own,
    )


def _choice(fields: Mapping[str, Node], key: str, options: tuple[str, ...]) -> str:
    """The value of the key; the first option where it is not there."""
    return fields[key].choice(options) if key in fields else options[0]


def _encoding(node: Node) -> str:
    name = node.text("an encoding such as utf-8, windows-1252 or utf-16")
    try:
        codec = codecs.lookup(name)
        known = codec._is_text_encoding and codec.name not in _NO_FILES  # noqa: SLF001 - bytes.decode itself asks this
    except LookupError:
        known = False
    if not known:
        raise node.wrong("an encoding Python knows, such as utf-8, windows-1252, gb18030 or utf-16")
    return name


def _timezone(node: Node) -> str:
    name = node.text("an IANA time zone such as Europe/Madrid")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise node.wrong("an IANA time zone such as Europe/Madrid") from None
    return name


def _interval(node: Node) -> int:
    minutes = node.number(0, 1e6)
    if minutes > 60:
        raise node.fault(f"found {minutes:g} minutes; longer than an hour is not an interval but a total")
    if minutes not in INTERVAL_LENGTHS_MINUTES:
        raise node.wrong(f"one of {', '.join(str(length) for length in INTERVAL_LENGTHS_MINUTES)}")
    return round(minutes * 60_000)


def _threshold(node: Node) -> int:
    return round(node.number(0, 86_400) * 1000)


def _published(node: Node) -> datetime:
    allowed = "an instant such as 2026-02-27T18:00:00 or 2026-02-27T17:00:00Z"
    text = node.text(allowed)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise node.wrong(allowed) from None
    if not 1980 <= found.year < 3000:
        raise node.wrong(allowed)
    return found


def _shrinkage(node: Node, fields: Mapping[str, Node]) -> float | None:
    rostered = _choice(fields, "scheduled_is", ("scheduled", "rostered")) == "rostered"
    if "shrinkage" not in fields:
        if rostered:
            raise node.fault("says scheduled_is: rostered and no shrinkage; add shrinkage: a ratio from 0 to below 1")
        return None
    if not rostered:
        raise fields["shrinkage"].fault("serves rostered heads only; add scheduled_is: rostered, or remove it")
    shrinkage = fields["shrinkage"].number(0, 1)
    if shrinkage == 1:
        raise fields["shrinkage"].wrong("a ratio from 0 to below 1")
    return shrinkage
