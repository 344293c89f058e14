"""Holding history against the raw records that its latest figures must follow from.

A chain shows that nothing was changed after it was published; only computing again from what the
switch or dialler exported shows that what was published was right.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from config.timestamps import from_rfc3339
from streams.audit.verify import Finding
from streams.columns import RECOMPUTED_COLUMNS
from streams.export.values import number_text
from streams.history.chain import form_of, outside

__all__ = ["Comparison", "compare_with_recomputed"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The intervals compared with the raw records, and their differences."""

    intervals: int
    """Intervals that both sides have."""
    findings: list[Finding]
    """One for each interval that differs, or that only one side has, by queue and interval."""


def compare_with_recomputed(
    held: Iterable[Row], recomputed: Iterable[Row], retired: Collection[tuple[str, str]] = ()
) -> Comparison:
    """Where the latest figures in history differ from those computed again.

    The raw records may be of some queues and some time only: each queue is compared from the first to the last
    interval that they give.

    Args:
        held: results of a history, every revision or the latest only.
        recomputed: results of a replay of the raw records, likewise.
        retired: (queue, interval_start) whose figures retention removed; they cannot be compared.
    """
    kept, again = _latest(held), _latest(recomputed)
    spans: dict[str, tuple[int, int]] = {}
    for queue, start in again:
        ms = from_rfc3339(start)
        first, last = spans.get(queue, (ms, ms))
        spans[queue] = (min(first, ms), max(last, ms))
    both = 0
    findings = []
    for queue, start in sorted(kept.keys() | again.keys()):
        form, ours = kept.get((queue, start), (0, None))
        _, theirs = again.get((queue, start), (0, None))
        if ours is not None and theirs is not None:
            theirs = _without(theirs, outside(form))
        first, last = spans.get(queue, (0, -1))
        both += ours is not None and theirs is not None
        if ours == theirs or not first <= from_rfc3339(start) <= last or (ours is None and (queue, start) in retired):
            continue
        findings.append(Finding(f"queue {queue!r}, interval {start}", _difference(ours, theirs)))
    return Comparison(both, findings)


def _without(figures: tuple[Any, ...], columns: Collection[str]) -> tuple[Any, ...]:
    """The figures, empty in columns that the form of the history's row does not have."""
    return tuple(None if name in columns else value for name, value in zip(RECOMPUTED_COLUMNS, figures, strict=True))


def _difference(ours: tuple[Any, ...] | None, theirs: tuple[Any, ...] | None) -> str:
    if ours is None:
        return "is not in history, and the raw records give it"
    if theirs is None:
        return "is in history, and the raw records do not give it"
    return "; ".join(
        f"{column} is {_said(mine)} in history, and the raw records give {_said(yours)}"
        for column, mine, yours in zip(RECOMPUTED_COLUMNS, ours, theirs, strict=True)
        if mine != yours
    )


def _said(value: Any) -> str:  # noqa: ANN401 - a cell of any column
    if value is None:
        return "empty"
    return value if isinstance(value, str) else number_text(value)


def _latest(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[int, tuple[Any, ...]]]:
    """The form and the figures of each interval's last revision."""
    latest: dict[tuple[str, str], tuple[int, int, tuple[Any, ...]]] = {}
    for row in rows:
        key = (row["queue"], row["interval_start"])
        if key not in latest or latest[key][0] <= row["revision"]:
            latest[key] = (row["revision"], form_of(row), tuple(row[column] for column in RECOMPUTED_COLUMNS))
    return {key: (form, figures) for key, (_, form, figures) in latest.items()}
