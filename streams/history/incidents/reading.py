"""Incidents of a history, read in one snapshot."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from config.timestamps import from_rfc3339
from streams.history.incidents.rows import incident_rows
from streams.history.query import BATCH_ROWS, Batch, Filters, HistoryQuery
from streams.history.stored_settings import StoredSettings

__all__ = ["incident_batches"]

_SENTENCES: Final = ("message", "message_zh", "title_zh")
"""Columns of breaches that no row of an incident needs; they are most of a record."""


def incident_batches(reader: HistoryQuery, filters: Filters) -> Iterator[Batch]:
    """The incidents that began in the time that is wanted, in order, each whole: its end may lie after it.

    Args:
        reader: of the history.
        filters: `start` and `end` are of the incident's begin; program and queue are those of any of its breaches.
    """
    changes = (_slim(row) for batch in reader.breaches(Filters()) for row in batch)
    entries = (entry for batch in reader.journal() for entry in batch)
    settings = StoredSettings(reader.parameters())
    found = incident_rows(changes, entries, settings.of_row, program=filters.program, queue=filters.queue)
    rows = list(_within(found, filters))
    for first in range(0, len(rows), BATCH_ROWS):
        yield rows[first : first + BATCH_ROWS]


def _slim(row: dict[str, Any]) -> dict[str, Any]:
    for name in _SENTENCES:
        del row[name]
    return row


def _within(rows: Iterable[dict[str, Any]], filters: Filters) -> Iterator[dict[str, Any]]:
    start_ms, end_ms = (None if each is None else from_rfc3339(each) for each in (filters.start, filters.end))
    for row in rows:
        since_ms = from_rfc3339(row["since"])
        if (start_ms is None or since_ms >= start_ms) and (end_ms is None or since_ms < end_ms):
            yield row
