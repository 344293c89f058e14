"""The breaches of a day gone by, each with its whole life."""

import datetime as dt
from typing import Any, Final

from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.breaches import Breaches, explained
from dashboards.wallboard.figures import Row
from dashboards.wallboard.state import View
from streams.history.query import Filters, HistoryQuery
from streams.history.store import Store

__all__ = ["breaches_of_day"]

_AROUND_MS: Final = 35 * 86_400_000
"""Time before and after the day in which a breach that was open on it may have begun or ended."""


def breaches_of_day(view: View, store: Store | None, date: dt.date) -> list[dict[str, Any]]:
    """The breaches that were open on a local date for some time, worst first, as `View.breaches` gives them.

    Args:
        view: the queues and their settings.
        store: the history; None: the breaches that the view holds.
        date: the day.

    Raises:
        UserError: the database fails.
    """
    begin_ms, end_ms = view.bounds_of_date(date)
    begin, end = rfc3339(begin_ms), rfc3339(end_ms)

    def touches(record: Row) -> bool:
        over = record["state"] == "resolved" and str(record["interval_start"]) < begin
        return not over and str(record["first_interval_start"]) < end

    if store is None:
        return [shown for shown in view.breaches() if touches(shown)]
    board = Breaches()
    with store.reading() as reader:
        for batch in reader.breaches(Filters(start=rfc3339(begin_ms - _AROUND_MS), end=rfc3339(end_ms + _AROUND_MS))):
            for row in batch:
                board.put(row)
        for entries in reader.journal():
            for entry in entries:
                board.note(entry)
        records = [record for record in board.everything() if touches(record) and not record["live"]]
        return [view.breach_shown(record, board, _first_result(reader, record)) for record in records]


def _first_result(reader: HistoryQuery, record: Row) -> Row | None:
    """The first result of the interval that a breach's causes are of, for the deviations that they name."""
    if not record["queue"] or not record["causes"]:
        return None
    start = explained(record)
    one = Filters(start=start, end=rfc3339(from_rfc3339(start) + 1))
    rows = [row for batch in reader.queue_results(str(record["queue"]), one) for row in batch]
    return next((row for row in rows if row["revision"] == 1), None)
