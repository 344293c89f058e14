"""The figures of groups over a history, from the latest results that it holds.

They are computed when they are read: sums over the latest rows, which a correction changes with its queue's own. Rows
are read a day at a time, so that a long history needs no more memory than a short one.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from agents.groups.intervals import GroupSums
from agents.groups.keeping import DAY_MS, LONGEST_DAY_MS, Centre, held_centre
from agents.groups.membership import Group
from config.errors import UserError
from config.held import configuration_of_held
from config.settings import Configuration
from config.timestamps import rfc3339
from streams.columns import RESULT_COLUMNS
from streams.groups import GroupInterval
from streams.history.extent import queue_spans
from streams.history.groups.rows import KeptGroups
from streams.history.query import Batch, Filters, HistoryQuery
from streams.results import IntervalResult

__all__ = ["GroupFilters", "figures_by_day", "group_batches", "require_group", "wanted_rows"]


class GroupFilters(NamedTuple):
    """The rows of groups that are wanted; None is all."""

    start_ms: int | None = None
    """Intervals and days that start at or after this instant."""
    end_ms: int | None = None
    """Intervals and days that start before this instant."""
    kind: str | None = None
    group: str | None = None
    """Id of a group."""

    def wants(self, group: Group) -> bool:
        """Whether a group's rows are wanted."""
        return self.kind in {None, group.kind} and self.group in {None, group.id}

    def wants_row(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is of a group that is wanted."""
        return self.kind in {None, row["kind"]} and self.group in {None, row["group"]}


def wanted_rows(found: Iterable[GroupInterval], filters: GroupFilters) -> Batch:
    """The published rows of figures that start in the time that is wanted."""
    return [
        each.row()
        for each in found
        if (filters.start_ms is None or each.interval_start_ms >= filters.start_ms)
        and (filters.end_ms is None or each.interval_start_ms < filters.end_ms)
    ]


def group_batches(
    reader: HistoryQuery, filters: GroupFilters, otherwise: Configuration | None = None
) -> Iterator[Batch]:
    """The rows of groups, in order of end.

    Args:
        reader: of the history, which holds the parameter versions that say which groups there are.
        filters: which rows.
        otherwise: the configuration where the history holds no parameters.

    Raises:
        UserError: the history has results and no parameters, or no such group.
    """
    spans = queue_spans(reader)
    if not spans:
        return
    configuration = configuration_of_held(reader.parameters()) or otherwise
    if configuration is None:
        raise UserError(
            "history holds results and no parameters, which say which groups there are; use another history"
        )
    centre = Centre(configuration, spans)
    _require_group(centre, filters.group)
    for _, figures in figures_by_day(reader, centre, filters):
        yield wanted_rows(figures, filters)


def figures_by_day(
    reader: HistoryQuery, centre: Centre, filters: GroupFilters
) -> Iterator[tuple[int, list[GroupInterval]]]:
    """The figures of groups that end within each day of a history, with the end of that day."""
    first, last = centre.first_ms, centre.last_ms + 1
    begin = first if filters.start_ms is None else max(first, filters.start_ms)
    # The days that begin in the time that is wanted are whole.
    end = last if filters.end_ms is None else min(last, filters.end_ms + LONGEST_DAY_MS)
    sums = GroupSums(centre.configuration, centre.delivered, {}, filters.wants)
    for start in range(begin, end, DAY_MS):
        until = min(start + DAY_MS, end)
        within = Filters(rfc3339(start), rfc3339(until), latest_only=True)
        for batch in reader.latest_columns(RESULT_COLUMNS, within):
            for row in batch:
                sums.add(IntervalResult.from_row(row))
        yield until, sums.take(until)
    yield end + LONGEST_DAY_MS, sums.take()


def require_group(reader: HistoryQuery, group: str | None) -> None:
    """Refuse the id of a group that a history with parameters does not know.

    Raises:
        UserError: it names those that are known.
    """
    centre = held_centre(KeptGroups(reader)) if group is not None else None
    if centre is not None:
        _require_group(centre, group)


def _require_group(centre: Centre, group: str | None) -> None:
    known = {span.program for span in centre.delivered.values()}
    for version in centre.configuration.versions:
        known |= {*version.programs, *(site.id for site in version.sites), *(pool.id for pool in version.pools)}
    if group is not None and group not in known:
        names = ", ".join(sorted(known))[:400]
        raise UserError(f"group {group}: history knows none of this name; groups that it knows: {names}")
