"""The check of the kept rows of groups: each is computed again from the results of queues that it names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from agents.groups.history import GroupFilters, figures_by_day
from agents.groups.keeping import DAY_MS, Centre, first_kept, held_centre
from config.timestamps import from_rfc3339
from streams.audit.findings import Finding, Summary
from streams.groups import GROUP_COLUMNS, GROUP_KINDS, GroupInterval
from streams.history.groups.rows import GroupKey, KeptGroups, group_key
from streams.history.query import Batch, HistoryQuery

__all__ = ["group_findings", "kept_batches"]

_NONE_KEPT: Final = "figures of groups (none are kept: they are summed up when they are read)"
_SINCE: Final = "group_results (before the time from which they are kept)"


def group_findings(reader: HistoryQuery, summary: Summary) -> Iterator[Finding]:
    """The first wrong row of each group.

    Args:
        reader: of a history whose results were found sound.
        summary: is told what cannot be checked.
    """
    kept = KeptGroups(reader)
    since, centre = kept.since_ms, held_centre(kept)
    if since is None or centre is None:
        summary.unproved.add(_NONE_KEPT)
        return
    begin = first_kept(kept, since)
    if begin > centre.first_ms:
        summary.unproved.add(_SINCE)
    said: set[tuple[str, str]] = set()
    for key, problem in _problems(kept, centre, begin):
        if (key.kind, key.group) not in said:
            said.add((key.kind, key.group))
            yield Finding(f"{key.kind} {key.group!r}, {key.period} {key.interval_start}", problem)


def _problems(kept: KeptGroups, centre: Centre, begin_ms: int) -> Iterator[tuple[GroupKey, str]]:
    """The faults, in order of end."""
    pending: dict[GroupKey, Mapping[str, Any]] = {}
    stopped: set[tuple[str, str, str]] = set()
    """Groups that have come to what is not final."""
    read_ms: int | None = None
    for until_ms, figures in figures_by_day(kept.reader, centre, GroupFilters()):
        pending |= {group_key(row): row for row in kept.between(read_ms, until_ms)}
        read_ms = until_ms
        for each in figures:
            row = each.row()
            key, held = group_key(row), pending.pop(group_key(row), None)
            if held is not None:
                problem = _difference(row, held)
                if problem is not None:
                    yield key, problem
            elif each.interval_start_ms >= begin_ms and key[:3] not in stopped:
                if _is_past(centre, each):
                    yield key, "is not there, and the results of its queues are final: the row was removed"
                stopped.add(key[:3])
        yield from _left(pending, until_ms)
    pending |= {group_key(row): row for row in kept.between(read_ms, None)}
    yield from _left(pending, None)


def _is_past(centre: Centre, each: GroupInterval) -> bool:
    end_ms = each.interval_start_ms + each.interval_ms
    return centre.is_past((each.kind, each.group), each.interval_start_ms, end_ms)


def _left(pending: dict[GroupKey, Mapping[str, Any]], until_ms: int | None) -> Iterator[tuple[GroupKey, str]]:
    """Rows that end by an instant, and no result of a queue stands for."""
    for key, row in sorted(pending.items(), key=lambda item: item[0]):
        if until_ms is None or _end_ms(row) <= until_ms:
            del pending[key]
            yield key, "no result of a queue lies in it: the row was added, or its group or time changed"


def _end_ms(row: Mapping[str, Any]) -> int:
    return from_rfc3339(row["interval_start"]) + int(row["interval_seconds"] or 0) * 1000


def _difference(row: Mapping[str, Any], held: Mapping[str, Any]) -> str | None:
    """The first column that is not what follows from the results of queues."""
    if held["rows"] != row["rows"]:
        return f"names the results {_short(held['rows'])}, and the latest of its queues are {_short(row['rows'])}"
    for column in GROUP_COLUMNS:
        if held[column] != row[column]:
            return f"{column} is {held[column]!r}, and the results that it names give {row[column]!r}"
    return None


def _short(names: object) -> str:
    said = str(names)
    return said if len(said) <= 300 else f"{said[:300]}…"


def kept_batches(reader: HistoryQuery, filters: GroupFilters) -> Iterator[Batch] | None:
    """The kept rows of groups, in order of end; None: those of a part of the history are not kept."""
    kept = KeptGroups(reader)
    since, centre = kept.since_ms, held_centre(kept)
    if since is None or centre is None or since > centre.first_ms:
        return None
    return _in_order(kept, centre, filters)


def _in_order(kept: KeptGroups, centre: Centre, filters: GroupFilters) -> Iterator[Batch]:
    pending: Batch = []
    first, last = centre.first_ms - 2 * DAY_MS, centre.last_ms + 1
    begin = first if filters.start_ms is None else max(first, filters.start_ms)
    end = last if filters.end_ms is None else min(last, filters.end_ms)
    for start in range(begin, end, DAY_MS):
        until = min(start + DAY_MS, end)
        pending += [row for row in kept.between(start, until) if filters.wants_row(row)]
        yield _published(row for row in pending if _end_ms(row) <= until)
        pending = [row for row in pending if _end_ms(row) > until]
    yield _published(pending)


def _published(rows: Iterable[Mapping[str, Any]]) -> Batch:
    return [{name: row[name] for name in GROUP_COLUMNS} for row in sorted(rows, key=_order)]


def _order(row: Mapping[str, Any]) -> tuple[int, int, str, bool]:
    return _end_ms(row), GROUP_KINDS.index(row["kind"]), row["group"], row["period"] == "day"
