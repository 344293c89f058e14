"""The figures of groups over a history, from the latest results that it holds.

They are computed when they are read: sums over the latest rows, which a correction changes with its queue's own. Rows
are read a day at a time, so that a long history needs no more memory than a short one.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agents.groups.intervals import GroupSums
from agents.groups.membership import Delivered, Group
from config.errors import UserError
from config.held import configuration_of_held
from config.settings import Configuration
from config.timestamps import from_rfc3339, rfc3339
from streams.columns import RESULT_COLUMNS
from streams.groups import GroupInterval
from streams.history.extent import queue_spans
from streams.history.query import Batch, Filters, HistoryQuery
from streams.results import IntervalResult

__all__ = ["GroupFilters", "group_batches", "wanted_rows"]

_DAY_MS = 86_400_000
_LONGEST_DAY_MS = 26 * 3_600_000


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
    delivered = {
        queue: Delivered(span.program, from_rfc3339(span.first), from_rfc3339(span.last))
        for queue, span in queue_spans(reader).items()
    }
    if not delivered:
        return
    configuration = configuration_of_held(reader.parameters()) or otherwise
    if configuration is None:
        raise UserError(
            "history holds results and no parameters, which say which groups there are; use another history"
        )
    _require_group(configuration, delivered, filters.group)
    first = min(span.first_ms for span in delivered.values())
    last = max(span.last_ms for span in delivered.values()) + 1
    begin = first if filters.start_ms is None else max(first, filters.start_ms)
    # The days that begin in the time that is wanted are whole.
    end = last if filters.end_ms is None else min(last, filters.end_ms + _LONGEST_DAY_MS)
    sums = GroupSums(configuration, delivered, {}, filters.wants)
    for start in range(begin, end, _DAY_MS):
        until = min(start + _DAY_MS, end)
        within = Filters(rfc3339(start), rfc3339(until), latest_only=True)
        for batch in reader.latest_columns(RESULT_COLUMNS, within):
            for row in batch:
                sums.add(IntervalResult.from_row(row))
        yield wanted_rows(sums.take(until), filters)
    yield wanted_rows(sums.take(), filters)


def _require_group(configuration: Configuration, delivered: dict[str, Delivered], group: str | None) -> None:
    known = {span.program for span in delivered.values()}
    for version in configuration.versions:
        known |= {*version.programs, *(site.id for site in version.sites), *(pool.id for pool in version.pools)}
    if group is not None and group not in known:
        names = ", ".join(sorted(known))[:400]
        raise UserError(f"group {group}: history knows none of this name; groups that it knows: {names}")
