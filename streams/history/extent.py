"""The extent of a history: how many results of each queue are in it, and how far it has come.

Heads of chains say how many results were published; a history that was restored from a backup may lack some of them.
"""

from sqlalchemy import func, select

from config.timestamps import from_rfc3339
from streams.history.query import HistoryQuery
from streams.history.tables import interval_results, retired_results

__all__ = ["kept_results", "newest_interval"]


def kept_results(reader: HistoryQuery) -> dict[str, int]:
    """By queue, the results that are there, and those that were retired: fewer than its head says are a hole."""
    counts: dict[str, int] = {}
    for table in (interval_results, retired_results):
        for queue, results in reader.connection.execute(select(table.c.queue, func.count()).group_by(table.c.queue)):
            counts[queue] = counts.get(queue, 0) + results
    return counts


def newest_interval(reader: HistoryQuery) -> int | None:
    """The end of the newest interval, milliseconds since 1970; None: there is no result."""
    c = interval_results.c
    newest = select(c.interval_start, c.interval_seconds).order_by(c.interval_start.desc()).limit(1)
    row = reader.connection.execute(newest).first()
    return None if row is None else from_rfc3339(row[0]) + int(row[1]) * 1000
