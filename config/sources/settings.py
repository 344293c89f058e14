"""How a file or feed is read: one entry of `sources:` as frozen, typed settings (contract section 4).

Everything about a source that can be wrong before a file is opened is refused here, with the path of the
key, what was found and what is allowed; the readers in `streams.sources` are left with rows to doubt.
"""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.sources.columns import parse_columns
from config.sources.expressions import Expression, own_columns
from config.sources.fields import FIELDS
from config.sources.values import Value
from config.timestamps import INTERVAL_LENGTHS_MINUTES

__all__ = ["FORMATS", "SourceSettings", "parse_source"]

FORMATS: Final = ("csv", "queue_log", "amazon_connect", "genesys", "avaya_cms")

_KEYS: Final = (
    "format",
    "record",
    "delimiter",
    "encoding",
    "timezone",
    "on_ambiguous",
    "on_nonexistent",
    "interval_minutes",
    "threshold_seconds",
    "scheduled_is",
    "shrinkage",
    "where",
    "where_not",
    "empty",
    "columns",
)
_ONLY_FOR: Final = {
    "interval_minutes": ("interval", "plan"),
    "threshold_seconds": ("interval",),
    "scheduled_is": ("plan",),
    "shrinkage": ("plan",),
}
"""Keys that mean nothing for other record types."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One entry of `sources:`."""

    name: str
    format: str
    """One of `FORMATS`; all but csv know their own layout."""
    record: str | None
    """Record type the rows make; None: the format says (never for csv)."""
    delimiter: str
    encoding: str
    """A codec Python knows, as written in the configuration."""
    timezone: str | None
    """IANA name, of naive times in the file; None: the site's."""
    on_ambiguous: str
    """first, second or reject: a local time that occurs twice."""
    on_nonexistent: str
    """reject or shift: a local time that does not occur."""
    interval_ms: int | None
    """Length of the file's intervals where no column says so; None: the queue's."""
    threshold_ms: int | None
    """Threshold that `answered_within` was counted at where no column says so; None: not known."""
    shrinkage: float | None
    """Ratio; set where `scheduled_agents` of the file are rostered heads: scheduled = rostered x (1 - shrinkage)."""
    where: Mapping[str, frozenset[str]] = field(hash=False)
    """Per column the cells of the rows that are kept."""
    where_not: Mapping[str, frozenset[str]] = field(hash=False)
    """Per column the cells of the rows that are left out."""
    empty: frozenset[str]
    """Cells that mean "not reported" in every column."""
    columns: Mapping[str, Expression] = field(hash=False)
    """Per record field where it comes from; empty for formats that know their own layout."""
    own_columns: bool
    """Whether the file has the contract's own columns, of which the mandatory ones must be there."""


def parse_source(name: str, raw: Mapping[str, Any], where: str) -> SourceSettings:
    """The settings of one entry of `sources:`.

    Args:
        name: the entry's key.
        raw: its value, as plain mappings, lists and scalars.
        where: file and path for messages, such as `config/monitor.yaml: sources.acd`.

    Raises:
        UserError: anything that cannot be meant; the message names the key's path, what was found, what is allowed.
    """
    value = Value(where, raw)
    fields = value.fields(_KEYS)
    layout = fields["format"].choice(FORMATS) if "format" in fields else "csv"
    record = fields["record"].choice(tuple(FIELDS)) if "record" in fields else None
    if record is None and layout == "csv":
        raise value.fault(f"says no record; add record: one of {', '.join(FIELDS)}")
    for key, records in _ONLY_FOR.items():
        if key in fields and record is not None and record not in records:
            raise fields[key].fault(
                f"has no meaning for record: {record}; remove it (it is for {' and '.join(records)})"
            )
    empty: frozenset[str] = frozenset()
    if "empty" in fields:
        empty = frozenset(cell.strip() for cell in fields["empty"].texts("a list of cells", blank=True))
    columns: Mapping[str, Expression] = MappingProxyType({})
    if layout != "csv":
        if "columns" in fields:
            raise fields["columns"].fault(f"format {layout} knows its own columns; remove it, or use format: csv")
    elif record is not None:
        columns = parse_columns(fields["columns"], record, empty) if "columns" in fields else own_columns(record, empty)
    return SourceSettings(
        name=name,
        format=layout,
        record=record,
        delimiter=_delimiter(fields["delimiter"]) if "delimiter" in fields else ",",
        encoding=_encoding(fields["encoding"]) if "encoding" in fields else "utf-8",
        timezone=_timezone(fields["timezone"]) if "timezone" in fields else None,
        on_ambiguous=fields["on_ambiguous"].choice(("first", "second", "reject"))
        if "on_ambiguous" in fields
        else "first",
        on_nonexistent=fields["on_nonexistent"].choice(("reject", "shift")) if "on_nonexistent" in fields else "reject",
        interval_ms=_interval(fields["interval_minutes"]) if "interval_minutes" in fields else None,
        threshold_ms=round(fields["threshold_seconds"].number(0, 86_400) * 1000)
        if "threshold_seconds" in fields
        else None,
        shrinkage=_shrinkage(value, fields),
        where=_rows(fields["where"]) if "where" in fields else MappingProxyType({}),
        where_not=_rows(fields["where_not"]) if "where_not" in fields else MappingProxyType({}),
        empty=empty,
        columns=columns,
        own_columns=layout == "csv" and "columns" not in fields,
    )


def _delimiter(value: Value) -> str:
    text = value.text('one character; a tab is "\\t"')
    if len(text) != 1 or text in '\r\n"\0':
        raise value.wrong('one character, not a quote or line end; a tab is "\\t"')
    return text


def _encoding(value: Value) -> str:
    name = value.text("an encoding such as utf-8, windows-1252 or utf-16")
    try:
        known = codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - what bytes.decode itself asks
    except LookupError:
        known = False
    if not known:
        raise value.wrong("an encoding Python knows, such as utf-8, windows-1252, gb18030 or utf-16")
    return name


def _timezone(value: Value) -> str:
    name = value.text("an IANA time zone such as Europe/Madrid")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise value.wrong("an IANA time zone such as Europe/Madrid") from None
    return name


def _interval(value: Value) -> int:
    minutes = value.number(0, 1e6)
    if minutes > 60:
        raise value.fault(f"found {minutes:g} minutes; longer than an hour is not an interval but a total")
    if minutes not in INTERVAL_LENGTHS_MINUTES:
        raise value.wrong(f"one of {', '.join(str(length) for length in INTERVAL_LENGTHS_MINUTES)}")
    return round(minutes * 60_000)


def _shrinkage(value: Value, fields: Mapping[str, Value]) -> float | None:
    rostered = "scheduled_is" in fields and fields["scheduled_is"].choice(("scheduled", "rostered")) == "rostered"
    if "shrinkage" not in fields:
        if rostered:
            raise value.fault("says scheduled_is: rostered and no shrinkage; add shrinkage: a ratio from 0 to below 1")
        return None
    if not rostered:
        raise fields["shrinkage"].fault("serves rostered heads only; add scheduled_is: rostered, or remove it")
    shrinkage = fields["shrinkage"].number(0, 1)
    if shrinkage == 1:
        raise fields["shrinkage"].wrong("a ratio from 0 to below 1")
    return shrinkage


def _rows(value: Value) -> Mapping[str, frozenset[str]]:
    rows = value.entries("a mapping of columns to lists of cells")
    return MappingProxyType(
        {
            column: frozenset(cell.strip() for cell in cells.texts("a list of cells", blank=True))
            for column, cells in rows.items()
        }
    )
