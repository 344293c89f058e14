"""Holding history against the raw records that its latest figures must follow from.

A chain shows that nothing was changed after it was published; only computing again from what the
switch or dialler exported shows that what was published was right.

Computed in order of event time, nothing is late. So where records did come late (a result has a later revision), what
hangs on the order of arrival can only be computed again with the rows as they arrived; and what hangs on the past,
only from the queue's first interval on. All that was not compared is said.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.timestamps import from_rfc3339
from streams.audit.findings import Finding
from streams.columns import PAST_COLUMNS, PLAN_COLUMNS, RECOMPUTED_COLUMNS
from streams.export.values import json_text, number_text
from streams.history.chain import form_of, outside

__all__ = ["Comparison", "Spans", "compare_with_recomputed", "said"]

Row = Mapping[str, Any]

_LATE: Final = "what hangs on the order of arrival, where records came late (give --as-arrived, and files as they came)"
_PAST: Final = "what hangs on the past, of queues whose raw records begin later than their results"


@dataclass(frozen=True, slots=True)
class Spans:
    """The time that the raw records speak of, by queue, in milliseconds."""

    covered: Mapping[str, tuple[int, int]]
    """From the first to the last interval that they give."""
    settled: Mapping[str, int]
    """Intervals before it are not touched by what came late or by a past that the raw records do not give."""

    def covers(self, queue: str, start: str) -> bool:
        """Whether an interval lies among those that the raw records give."""
        first, last = self.covered.get(queue, (0, -1))
        return first <= from_rfc3339(start) <= last

    def is_last(self, queue: str, start: str) -> bool:
        """Whether an interval is the last that the raw records give of its queue."""
        return queue in self.covered and from_rfc3339(start) == self.covered[queue][1]

    def settles(self, queue: str, start: str) -> bool:
        """Whether everything of an interval can be compared."""
        return self.covers(queue, start) and from_rfc3339(start) < self.settled[queue]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The intervals compared with the raw records, and their differences."""

    intervals: int
    """Intervals that both sides have."""
    findings: list[Finding]
    """One for each interval that differs, or that only one side has, by queue and interval."""
    spans: Spans = field(default_factory=lambda: Spans({}, {}))
    unproved: set[str] = field(default_factory=set)
    """The columns that could not be compared, in words."""


@dataclass(frozen=True, slots=True)
class _Latest:
    """The last revision of an interval."""

    revision: int
    form: int
    figures: tuple[Any, ...]


def compare_with_recomputed(
    held: Iterable[Row],
    recomputed: Iterable[Row],
    retired: Collection[tuple[str, str]] = (),
    *,
    as_arrived: bool = False,
) -> Comparison:
    """Where the latest figures in history differ from those computed again.

    The raw records may be of some queues and some time only: each queue is compared from the first to the last
    interval that they give.

    Args:
        held: results of a history, every revision.
        recomputed: results of a replay of the raw records, likewise.
        retired: (queue, interval_start) whose figures retention removed; they cannot be compared.
        as_arrived: whether the replay took the rows in the order of the files.
    """
    kept, again = _latest(held), _latest(recomputed)
    unproved: set[str] = set()
    spans = _spans(kept, again, retired, unproved, as_arrived=as_arrived)
    both = 0
    findings = []
    for queue, start in sorted(kept.keys() | again.keys()):
        ours, theirs = kept.get((queue, start)), again.get((queue, start))
        both += ours is not None and theirs is not None
        if not spans.covers(queue, start) or (ours is None and (queue, start) in retired):
            continue
        problem = _difference(ours, theirs, whole=spans.settles(queue, start), as_arrived=as_arrived)
        if problem:
            findings.append(Finding(f"queue {queue!r}, interval {start}", problem))
    return Comparison(both, findings, spans, unproved)


def _spans(
    kept: Mapping[tuple[str, str], _Latest],
    again: Mapping[tuple[str, str], _Latest],
    retired: Collection[tuple[str, str]],
    unproved: set[str],
    *,
    as_arrived: bool,
) -> Spans:
    covered = _extents(again)
    settled = {queue: last + 1 for queue, (_, last) in covered.items()}
    begins = {queue: first for queue, (first, _) in _extents([*kept, *retired]).items()}
    for queue, (first, _) in covered.items():
        if begins.get(queue, first) < first:
            settled[queue] = first
            unproved.add(_PAST)
    for (queue, start), latest in kept.items():
        reached = queue in covered and from_rfc3339(start) <= covered[queue][1]
        if reached and not as_arrived and _is_late(latest, again.get((queue, start))):
            settled[queue] = min(settled[queue], from_rfc3339(start))
            unproved.add(_LATE)
    return Spans(covered, settled)


def _is_late(ours: _Latest, theirs: _Latest | None) -> bool:
    """Whether history corrected an interval for what is not late in order of event time."""
    reason = RECOMPUTED_COLUMNS.index("reason")
    return ours.revision > 1 and (
        theirs is None or (ours.revision, ours.figures[reason]) != (theirs.revision, theirs.figures[reason])
    )


def _extents(keys: Iterable[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """The first and the last interval of each queue."""
    found: dict[str, tuple[int, int]] = {}
    for queue, start in keys:
        ms = from_rfc3339(start)
        first, last = found.get(queue, (ms, ms))
        found[queue] = (min(first, ms), max(last, ms))
    return found


def _difference(ours: _Latest | None, theirs: _Latest | None, *, whole: bool, as_arrived: bool) -> str:
    """The differences, in words; empty: none."""
    if ours is None or theirs is None:
        return (
            "is not in history, and the raw records give it"
            if ours is None
            else "is in history, and the raw records do not give it"
        )
    late = not as_arrived and _is_late(ours, theirs)
    skipped = set(outside(ours.form)) | (set() if whole else PAST_COLUMNS) | (PLAN_COLUMNS if late else set())
    return "; ".join(
        f"{column} is {said(mine)} in history, and the raw records give {said(yours)}"
        for column, mine, yours in zip(RECOMPUTED_COLUMNS, ours.figures, theirs.figures, strict=True)
        if mine != yours and column not in skipped
    )


def said(value: Any) -> str:  # noqa: ANN401 - a cell of any column
    """A value as a finding shows it."""
    if value is None:
        return "empty"
    if isinstance(value, list | dict):
        return json_text(value)
    return value if isinstance(value, str) else number_text(value)


def _latest(rows: Iterable[Row]) -> dict[tuple[str, str], _Latest]:
    """Each interval's last revision."""
    latest: dict[tuple[str, str], _Latest] = {}
    for row in rows:
        key = (row["queue"], row["interval_start"])
        if key not in latest or latest[key].revision <= row["revision"]:
            latest[key] = _Latest(row["revision"], form_of(row), tuple(row[column] for column in RECOMPUTED_COLUMNS))
    return latest
