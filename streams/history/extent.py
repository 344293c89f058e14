"""The extent of a history: how many results of each queue are in it, and how far it has come.

Heads of chains say how many results were published; a history that was restored from a backup may lack some of them.
"""

from typing import NamedTuple

from sqlalchemy import and_, func, select

from config.timestamps import from_rfc3339
from streams.history.query import HistoryQuery
from streams.history.tables import interval_results, retired_results

__all__ = ["QueueSpan", "kept_results", "newest_interval", "queue_spans"]


class QueueSpan(NamedTuple):
    """The results of one queue, those that were retired too."""

    program: str
    """The program of its last result."""
    first: str
    """Start of its first interval, RFC 3339."""
    last: str
    """Start of its last interval, RFC 3339."""


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


def queue_spans(reader: HistoryQuery) -> dict[str, QueueSpan]:
    """The program, the first and the last interval of each queue that has results."""
    c, r = interval_results.c, retired_results.c
    first, last, position = func.min(c.interval_start), func.max(c.interval_start), func.max(c.position)
    ends = select(c.queue, first, last, position.label("position")).group_by(c.queue)
    newest = ends.subquery()
    latest = and_(c.queue == newest.c.queue, c.position == newest.c.position)
    programs = dict(map(tuple, reader.connection.execute(select(c.queue, c.program).join(newest, latest))))
    retired = select(r.queue, func.min(r.interval_start)).group_by(r.queue)
    earliest = dict(map(tuple, reader.connection.execute(retired)))
    return {
        queue: QueueSpan(programs[queue] or "", min(begin, earliest.get(queue, begin), key=from_rfc3339), end)
        for queue, begin, end, _ in reader.connection.execute(ends)
    }
