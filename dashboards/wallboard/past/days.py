"""Days gone by, from history or, without one, from the days that the view holds.

A day that is over changes only when a late record corrects it. So what a day came to is kept until history has
another number of results in it, and a month of a large centre is read once.
"""

import datetime as dt
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from threading import Lock
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.figures import Row
from dashboards.wallboard.held_days import local_day
from dashboards.wallboard.past.queue_day import COLUMNS, QueueDay, day_bars, queue_day
from dashboards.wallboard.state import View
from streams.history.query import Filters, HistoryQuery
from streams.history.store import Store

__all__ = ["MOST_DAYS", "PastDays"]

MOST_DAYS: Final = 42
"""Days that are summed at once: a month with the weeks that it begins and ends in."""
_KEPT: Final = 100
"""Days whose sums are kept."""


class _OneDay(NamedTuple):
    """A local day of every queue that has results of it."""

    results: int
    """The number of results it was made of, all revisions; another number: it has changed."""
    queues: dict[str, tuple[dict[str, Any], QueueDay]]
    """By queue: its name, program, time zone, range and bars; and its sums."""


class PastDays:
    """The days that screens can ask for.

    Args:
        view: the queues, their settings and the days it holds.
        store: the history; None: there is none.
    """

    def __init__(self, view: View, store: Store | None) -> None:
        self._view = view
        self._store = store
        self._days: OrderedDict[dt.date, _OneDay] = OrderedDict()
        self._lock = Lock()
        """Several requests may read at once, each in a thread."""

    def day(self, date: dt.date) -> list[dict[str, Any]]:
        """Every queue of a local date with its bars (`HeldDays.day_bars`), those first that lost most contacts.

        Raises:
            UserError: the database fails.
        """
        (found,) = self._read([date])
        ordered = sorted(found.queues.items(), key=lambda one: (-one[1][1].short, one[0]))
        return [shown for _, (shown, _) in ordered]

    def days(self, first: dt.date, count: int) -> dict[str, Any]:
        """The sums of `count` local dates from `first` on, by queue and day.

        Returns:
            `dates`; `queues`, those first that lost most contacts, each with its `days` (None: no results) and their
            `total`; `totals`, the sum over the queues for each date and, last, for all of them.

        Raises:
            UserError: the database fails.
        """
        dates = [first + dt.timedelta(days=number) for number in range(count)]
        found = self._read(dates)
        names = sorted({name for day in found for name in day.queues})
        queues = []
        for name in names:
            shown = next(day.queues[name][0] for day in reversed(found) if name in day.queues)
            own = [day.queues[name][1] if name in day.queues else None for day in found]
            total = _total([one for one in own if one is not None])
            queues.append(
                {
                    **{key: shown[key] for key in ("queue", "program", "timezone", "range")},
                    "days": [None if one is None else _shown(one) for one in own],
                    "total": total,
                }
            )
        queues.sort(key=lambda queue: (-queue["total"]["short"], queue["queue"]))
        columns = [[one for _, one in day.queues.values()] for day in found]
        totals = [_total(column) for column in [*columns, [one for column in columns for one in column]]]
        return {"dates": [date.isoformat() for date in dates], "queues": queues, "totals": totals}

    # --- reading ------------------------------------------------------------------------------------

    def _read(self, dates: list[dt.date]) -> list[_OneDay]:
        if self._store is None:
            held = _latest(self._view.results())
            return [self._sum(date, [row for row in held if _date_of(row) == date.isoformat()], 0) for date in dates]
        with self._lock, self._store.reading() as reader:
            return [self._of_history(reader, date) for date in dates]

    def _of_history(self, reader: HistoryQuery, date: dt.date) -> _OneDay:
        begin, end = self._view.bounds_of_date(date)
        filters = Filters(start=rfc3339(begin), end=rfc3339(end), latest_only=True)
        results = reader.results_within(filters)
        kept = self._days.get(date)
        if kept is not None and kept.results == results:
            self._days.move_to_end(date)
            return kept
        rows = [row for batch in reader.latest_columns(COLUMNS, filters) for row in batch]
        day = self._sum(date, [row for row in rows if _date_of(row) == date.isoformat()], results)
        self._days[date] = day
        while len(self._days) > _KEPT:
            self._days.popitem(last=False)
        return day

    def _sum(self, date: dt.date, rows: Iterable[Row], results: int) -> _OneDay:
        by_queue: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_queue[str(row["queue"])].append(row)
        found = {}
        for name, own in by_queue.items():
            own.sort(key=lambda row: from_rfc3339(str(row["interval_start"])))
            settings = self._view.settings_at(own[-1])
            begin, end = local_day(ZoneInfo(settings.timezone), date)
            shown = {
                "queue": name,
                "program": own[-1]["program"] or settings.program,
                "channel": own[-1]["channel"] or settings.channel,
                "timezone": settings.timezone,
                "range": settings.service_level.range,
                "day": {"date": date.isoformat(), "begin_ms": begin, "end_ms": end, **day_bars(own, _step(own))},
            }
            found[name] = (shown, queue_day(own, settings))
        return _OneDay(results, found)


def _step(rows: list[Row]) -> int:
    """The length of the day's intervals, milliseconds: of the shortest, where a version changed it."""
    starts = [from_rfc3339(str(row["interval_start"])) for row in rows]
    gaps = [later - earlier for earlier, later in pairwise(starts) if later > earlier]
    lengths: list[int] = [*gaps, *(round(1000 * row["interval_seconds"]) for row in rows)]
    return min(lengths)


def _date_of(row: Row) -> str:
    return str(row["interval_start_local"])[:10]


def _latest(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The latest revision of each interval, of rows whose revisions are in order."""
    return list({(row["queue"], row["interval_start"]): row for row in rows}.values())


def _shown(day: QueueDay) -> dict[str, Any]:
    figures = day._asdict()
    del figures["basis"], figures["numerator"], figures["denominator"]
    return {**figures, "level": day.level}


def _total(days: list[QueueDay]) -> dict[str, Any]:
    """Sums over days or queues. Definitions are not mixed: then there is no service level, but its shares stand."""
    definitions = {day.basis[0] for day in days if day.basis is not None and day.denominator}
    whole = sum(day.denominator for day in days) if len(definitions) == 1 else 0
    good = sum(day.numerator for day in days) if whole else 0
    sums = {name: sum(getattr(day, name) for day in days) for name in _SUMMED}
    below = sum(day.code == "b" for day in days)
    return {
        **sums,
        "level": good / whole if whole else None,
        "mixed": len(definitions) > 1,
        "below": below,
        "days": len(days),
    }


_SUMMED: Final = ("offered", "judged", "in_range", "missing", "breached", "short")
