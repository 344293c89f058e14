"""Holding the projections that history keeps against those that a replay of the raw records makes.

A projection is a pure function of what its queue knew when its time came, so the same records in the same order give
the same. In another order they may not: a contact that ended at 10:58, and came after one of 11:01, was not known at
11:00. So one that differs is a finding where the replay took the rows as they came; elsewhere it is not proved.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from streams.audit.findings import Finding
from streams.audit.recompute import Spans, said
from streams.history.query import Filters, HistoryQuery
from streams.projected import PROJECTION_COLUMNS

__all__ = ["ProjectionsAgain", "compare_projections"]

Row = Mapping[str, Any]
_Key = tuple[str, str]
"""Queue and `made_at`."""

_EVERYTHING: Final = Filters()
_SAME: Final = 1e-6
"""Figures that are so near are the same: two processors, or two releases of a library, differ in their last digits."""
_ORDER: Final = "projections that hang on the order of arrival (give --as-arrived, and files as they came)"
_REACH: Final = "projections that the raw records do not reach"
_BEFORE: Final = "whether projections were removed before the first that a queue has"


class ProjectionsAgain(NamedTuple):
    """The outcome."""

    findings: list[Finding]
    unproved: set[str]
    """The projections that could not be compared, in words; empty: every one is proved."""


def compare_projections(held: HistoryQuery, again: HistoryQuery, spans: Spans, *, as_arrived: bool) -> ProjectionsAgain:
    """Where the projections in history differ from those made again.

    Args:
        held: the history.
        again: what the raw records give.
        spans: the time that the raw records speak of.
        as_arrived: whether `again` took the rows in the order of the files.
    """
    ours, theirs = _by_time(held), _by_time(again)
    first: dict[str, str] = {}
    for queue, made_at in sorted(ours):
        first.setdefault(queue, made_at)
    retired = held.retired_before() or ""
    findings, unproved = [], set()
    for queue, made_at in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get((queue, made_at)), theirs.get((queue, made_at))
        reached = spans.settles(queue, made_at)
        if mine is None:
            if queue not in first or made_at < first[queue]:
                unproved |= {_BEFORE} if reached and made_at >= retired else set()
                continue
            problem = "is not in history, and the raw records give it" if reached else ""
        elif yours is None:
            problem = "is in history, and the raw records do not give it" if reached else ""
            unproved |= set() if reached else {_REACH}
        else:
            problem = next(_differences(mine, yours), "")
            if problem and not reached:
                unproved.add(_REACH)
                continue
            if problem and not as_arrived:
                unproved.add(_ORDER)
                continue
        if problem:
            findings.append(Finding(f"queue {queue!r}, projection of {made_at}", problem))
    return ProjectionsAgain(findings, unproved)


def _by_time(history: HistoryQuery) -> dict[_Key, list[Row]]:
    """The rows of each projection, in their order."""
    found: dict[_Key, list[Row]] = {}
    for batch in history.projections(_EVERYTHING):
        for row in batch:
            found.setdefault((row["queue"], row["made_at"]), []).append(row)
    return found


def _differences(mine: Sequence[Row], yours: Sequence[Row]) -> Iterator[str]:
    for ours, theirs in zip_longest(mine, yours):
        places = [_place(row) for row in (ours, theirs)]
        if ours is None or theirs is None or places[0] != places[1]:
            yield f"has {places[0]} where the raw records give {places[1]}"
            return
        for name in PROJECTION_COLUMNS:
            if not _same(ours[name], theirs[name]):
                found, given = said(ours[name]), said(theirs[name])
                yield f"{name} of {places[0]} is {found} in history, and the raw records give {given}"


def _place(row: Row | None) -> str:
    return "nothing" if row is None else "the day" if row["interval_start"] is None else str(row["interval_start"])


def _same(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 - a cell of any column
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=_SAME, abs_tol=_SAME)
    return bool(ours == theirs)
