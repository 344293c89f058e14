"""The evidence of a history against the settings that it was made under, in words: `intervalwatch check --history`.

A wrong setting of contacts at once shows after a day of data, and in no breach. Here the last days are read back.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from agents.planning.at_once import Refuted, refuted
from config.queue_settings import QueueSettings
from config.settings import Configuration
from config.timestamps import rfc3339
from dashboards.wallboard.state import View
from streams.history.extent import newest_interval
from streams.history.query import Filters, HistoryQuery
from streams.history.schema import describe
from streams.history.store import Store
from streams.results import IntervalResult

__all__ = ["history_lines"]

_DAYS: Final = 7
_DAY_MS: Final = 86_400_000
_Day = tuple[str, float]
"""A local date and the setting in force."""


def history_lines(configuration: Configuration, url: str) -> Iterator[str]:
    """The findings of a history's last week, queue by queue, or that there are none.

    Args:
        configuration: its settings; a result's are those of the version it names.
        url: of the history.
    """
    yield f"History {describe(url)}"
    with Store(url, create=False) as store, store.reading() as reader:
        newest = newest_interval(reader)
        if newest is None:
            yield "    holds no result"
            return
        since = rfc3339(newest - _DAYS * _DAY_MS)
        found, view = False, View(configuration)
        for queue in reader.queues(Filters(start=since)):
            for line in _of_queue(view, reader, queue, since):
                found = True
                yield line
    if not found:
        yield f"    no day of the last {_DAYS} refutes how many contacts an agent is said to serve at once"


def _of_queue(view: View, reader: HistoryQuery, queue: str, since: str) -> Iterator[str]:
    days: defaultdict[_Day, list[IntervalResult]] = defaultdict(list)
    settings: dict[_Day, QueueSettings] = {}
    for batch in reader.queue_results(queue, Filters(start=since, latest_only=True)):
        for row in batch:
            of_row = view.settings_at(row)
            key = str(row["interval_start_local"])[:10], of_row.concurrency
            settings[key] = of_row
            days[key].append(IntervalResult.from_row(row))
    for key, results in sorted(days.items()):
        for each in refuted(results, settings[key]):
            date = dt.date.fromisoformat(key[0])
            yield f"    queue {queue}, {date:%Y-%m-%d}: concurrency {each.concurrency:g} is refuted: {_said(each)}"


def _said(found: Refuted) -> str:
    """The evidence in words."""
    on = f"in {found.intervals} intervals"
    if found.kind == "handling":
        return (
            f"contacts took {100 * found.observed:.0f} % of the agents' capacity {on}: "
            f"an agent served at least {found.at_least:.1f} at once, or staffed time is missing"
        )
    return (
        f"the service level was {100 * found.observed:.0f} % where the model says {100 * found.expected:.0f} %, "
        f"more than 30 points off in each of {found.intervals} intervals: an agent serves "
        f"{'more' if found.observed > found.expected else 'fewer'} at once"
    )
