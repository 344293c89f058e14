"""The page of records: each type with its fields, their kinds and their meanings."""

from collections.abc import Iterator
from typing import Final

from config.sources.fields import CHECKS, ENTRIES_BYTES, LIST_ENTRIES, TEXT_CHARACTERS
from intervalwatch.docs_pages.markdown import code, page, table
from streams.records import RECORD_TYPES, RecordType

__all__ = ["records_page"]

_INTRODUCTION = """
One input topic, `call-data`, keyed by queue, carries every kind of record, so that a queue's records have one order.
A value is one JSON object, or a JSON array of objects of that one queue; each object names its `type`. CSV files have
the same columns. Unknown fields are ignored. [Which copy counts](../concepts/copies.md) says what becomes of a record
that comes twice, changed or late, and of one that cannot be counted.

Instants are RFC 3339 with an offset (`2026-03-02T09:00:00+01:00`); durations are seconds with at most three decimals,
kept as whole milliseconds; ratios are 0 to 1. **Empty is "not reported"; 0 is "none".**

```json
{"type": "contact", "queue": "sales", "contact_id": "c-1207", "offered_at": "2026-03-02T09:00:12+01:00",
 "outcome": "answered", "exited_at": "2026-03-02T09:00:31+01:00", "talk_seconds": 182.4, "agent": "anna"}
```
"""
_KINDS: Final = {
    "seconds": "seconds",
    "count": "whole number",
    "list": "list of texts",
    "checks": "list of checks",
}
_LIMITS = f"""
### Limits

| what | at most |
| --- | --- |
| a text: a name, an id, a reason, the key | {4 * TEXT_CHARACTERS:,} bytes in UTF-8, {TEXT_CHARACTERS} characters |
| the entries of a list | {LIST_ENTRIES}, together {ENTRIES_BYTES:,} bytes |
| the checks of an evaluation | {CHECKS}, their names together {ENTRIES_BYTES:,} bytes |
| a record, of the fields above | what its fields may hold: an evaluation under 64 KiB, any other record under 48 KiB |

A record over a limit is a dead letter `too_large` and costs nobody else anything. The dead letter repeats
at most 4 KiB of its value, and its reason has at most 500 characters.
"""
_TICK = """
## tick

A worker's own record: the clock, written into a partition when an interval there is due by the clock alone, so that
reading the topic again repeats the decision. Its fields are `queue` (empty) and `at`. Feeds never send it.
"""


def records_page() -> str:
    """The text of the page."""
    return page(
        "Records",
        _INTRODUCTION,
        _LIMITS,
        *(part for name, record in RECORD_TYPES.items() if name != "tick" for part in _record(record)),
        _TICK,
    )


def _record(record: RecordType) -> Iterator[str]:
    yield f"## {record.name}"
    yield record.meaning
    yield table(
        ("field", "holds", "required", "meaning"),
        (
            (code(field.name), _KINDS.get(field.kind, field.kind), "yes" if field.mandatory else "", field.meaning)
            for field in record.fields.values()
        ),
    )
