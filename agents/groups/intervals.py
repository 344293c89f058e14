"""The intervals and local days of groups, from the latest rows of their queues.

`group_rows` is the whole of it for rows in memory; `GroupSums` takes rows as they come and gives what is complete, so
that a long history needs memory for two days of it.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from agents.groups.figures import Span, figures_of, fill_day
from agents.groups.membership import Day, Delivered, Group, Groups, common_length_ms, pools_within
from agents.groups.staffing import fill_staffing
from agents.intervals.calendar import Calendar
from config.queue_settings import QueueSettings
from config.settings import Configuration, Settings, in_force
from config.timestamps import interval_end, to_ms
from streams.groups import GROUP_KINDS, GroupInterval
from streams.results import IntervalResult

__all__ = ["GroupSums", "day_of", "delivered_of", "group_rows"]

_DAYS: Final = 4096
"""Local days of groups whose intervals are held, a few hundred bytes each."""


def delivered_of(results: Iterable[IntervalResult]) -> dict[str, Delivered]:
    """The results that each queue has delivered, from all of them, in any order."""
    found: dict[str, Delivered] = {}
    for row in sorted(results, key=lambda row: row.interval_start_ms):
        first = found[row.queue].first_ms if row.queue in found else row.interval_start_ms
        found[row.queue] = Delivered(row.program, first, row.interval_start_ms)
    return found


def group_rows(
    configuration: Configuration,
    results: Iterable[IntervalResult],
    delivered: Mapping[str, Delivered] | None = None,
    shared: Mapping[str, Mapping[int, int]] | None = None,
    wanted: Callable[[Group], bool] | None = None,
) -> list[GroupInterval]:
    """The figures of every group in every interval and local day that a row lies in.

    Args:
        configuration: whose groups they are; each interval has those of the version in force at its start.
        results: of any queues, in any order; of several revisions of an interval the last counts.
        delivered: the results that each queue has delivered in all; None: those given. A queue is missing only
            from its first on, and until `dormant_days` after its last.
        shared: by pool and start of an interval of it, its staffed time in milliseconds of agents on two or more of its
            queues, for rows that do not say so themselves; a pool of which it is not known is taken as one line.
        wanted: whether a group is of interest; None: all are.

    Returns:
        In order of end, kind, id; a day after its last interval.
    """
    rows = list(results)
    sums = GroupSums(configuration, delivered_of(rows) if delivered is None else delivered, shared or {}, wanted)
    for row in rows:
        sums.add(row)
    return sums.take()


class GroupSums:
    """Rows of queues by interval and local day of their groups.

    Args:
        configuration: as for `group_rows`.
        delivered: as there.
        shared: as there.
        wanted: whether a group is of interest; None: all are.
    """

    def __init__(
        self,
        configuration: Configuration,
        delivered: Mapping[str, Delivered],
        shared: Mapping[str, Mapping[int, int]],
        wanted: Callable[[Group], bool] | None = None,
    ) -> None:
        self._configuration = configuration
        self._delivered = delivered
        self._shared = shared
        self._wanted = wanted
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}
        self._rows: dict[Span, dict[tuple[str, int], IntervalResult]] = {}
        self._intervals: dict[Span, list[GroupInterval]] = {}
        """Intervals made so far of each day that is not."""
        self._calendars: dict[tuple[str, str], Calendar] = {}
        self._length_ms = lru_cache(maxsize=_DAYS)(self._find_length_ms)
        self._members = lru_cache(maxsize=_DAYS)(self._find_members)

    def add(self, row: IntervalResult) -> None:
        """Add a queue's row; it replaces an earlier revision."""
        for span in self.spans_of(row):
            self._put(span, row)

    def spans_of(self, row: IntervalResult) -> list[Span]:
        """The local day and, where there is one, the interval of each of its groups that a row belongs to."""
        found: list[Span] = []
        for group in self._groups_of(row):
            found.append(Span(group, "day", *day_of(row.interval_start_ms, group.timezone)))
            span = self._span_of(group, row)
            if span is not None:
                found.append(span)
        return found

    def interval_of(self, row: IntervalResult) -> Span | None:
        """The interval that a row belongs to, where one group is of interest; None: it has none, or no such queue."""
        return next((self._span_of(group, row) for group in self._groups_of(row)), None)

    def _groups_of(self, row: IntervalResult) -> list[Group]:
        version = self._configuration.at(row.interval_start_ms)
        found = self._groups[version.parameters_version].of_queue(row.queue, row.program)
        return found if self._wanted is None else list(filter(self._wanted, found))

    def _span_of(self, group: Group, row: IntervalResult) -> Span | None:
        version = self._configuration.at(row.interval_start_ms).parameters_version
        length_ms = self._length_ms(version, group, day_of(row.interval_start_ms, group.timezone))
        if length_ms is None:
            return None
        end_ms = interval_end(row.interval_start_ms, length_ms, group.timezone)
        return Span(group, "interval", end_ms - length_ms, end_ms)

    def take(self, until_ms: float = math.inf) -> list[GroupInterval]:
        """The figures of the intervals and days that end by an instant; no row of them may come later."""
        ended = sorted((span for span in self._rows if span.end_ms <= until_ms), key=_order)
        return [self._figures(span, list(self._rows.pop(span).values())) for span in ended]

    def _put(self, span: Span, row: IntervalResult) -> None:
        held = self._rows.setdefault(span, {})
        key = (row.queue, row.interval_start_ms)
        if key not in held or held[key].revision < row.revision:
            held[key] = row

    def _figures(self, span: Span, rows: list[IntervalResult]) -> GroupInterval:
        version = self._configuration.at(min(row.interval_start_ms for row in rows))
        missing = self._missing(version, span, {(row.queue, row.interval_start_ms) for row in rows})
        found = figures_of(span, rows, self._settings_of, version.parameters_version, missing)
        if span.period == "interval":
            members = self._members(version.parameters_version, span.group, day_of(span.start_ms, span.group.timezone))
            pools = [] if span.group.kind == "pool" else pools_within(version, members)
            fill_staffing(found, rows, self._settings_of, pools, self._shared)
            day = Span(span.group, "day", *day_of(span.start_ms, span.group.timezone))
            self._intervals.setdefault(day, []).append(found)
        elif span in self._intervals:
            fill_day(found, self._intervals.pop(span))
        return found

    def _settings_of(self, row: IntervalResult) -> QueueSettings:
        return in_force(self._configuration.queue(row.queue, row.program), row.interval_start_ms)

    def _find_members(self, version: str, group: Group, day: Day) -> Mapping[str, str]:
        return self._groups[version].members(group, self._delivered, day)

    def _find_length_ms(self, version: str, group: Group, day: Day) -> int | None:
        settings = self._groups[version].settings
        queues = (settings.queue(queue, program) for queue, program in self._members(version, group, day).items())
        return common_length_ms(((each.interval_ms, each.timezone) for each in queues), group.timezone, day.start_ms)

    def _missing(self, version: Settings, span: Span, there: set[tuple[str, int]]) -> list[str]:
        """The queues that are open in an interval or day, and lack a row for a part of it."""
        day = day_of(span.start_ms, span.group.timezone)
        members = self._members(version.parameters_version, span.group, day)
        return [queue for queue, program in members.items() if self._lacks(queue, program, span, there)]

    def _lacks(self, queue: str, program: str, span: Span, there: set[tuple[str, int]]) -> bool:
        delivered = self._delivered.get(queue)
        if delivered is None:
            return False
        versions = self._configuration.queue(queue, program)
        if (queue, program) not in self._calendars:
            self._calendars[queue, program] = Calendar.of(versions, delivered.first_ms)
        calendar = self._calendars[queue, program]
        dormant_ms = in_force(versions, span.start_ms).dormant_ms
        first_ms, last_ms = max(span.start_ms, delivered.first_ms), delivered.last_ms + dormant_ms
        return any(
            start_ms <= last_ms and (queue, start_ms) not in there
            for start_ms in calendar.open_starts(first_ms, span.end_ms)
        )


def _order(span: Span) -> tuple[int, int, str, bool]:
    return span.end_ms, GROUP_KINDS.index(span.group.kind), span.group.id, span.period == "day"


@lru_cache(maxsize=65_536)
def _day_of_date(date: dt.date, timezone: str) -> Day:
    zone = ZoneInfo(timezone)
    following = date + dt.timedelta(days=1)
    return Day(*(to_ms(dt.datetime.combine(each, dt.time(), zone).astimezone(dt.UTC)) for each in (date, following)))


def day_of(ms: int, timezone: str) -> Day:
    """The local day that holds an instant."""
    return _day_of_date(dt.datetime.fromtimestamp(ms // 1000, ZoneInfo(timezone)).date(), timezone)
