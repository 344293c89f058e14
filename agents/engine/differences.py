"""Differences that make a correction, in words: the figures of a final interval before and after a late record."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from streams.columns import DERIVED_COLUMNS, FIGURE_COLUMNS
from streams.records import AgentState, Contact, Feed, Plan, RefusedRow, Snapshot
from streams.results import IntervalResult, Row

__all__ = ["difference", "figures_of", "named", "result_of"]

_FOLLOWING: Final = frozenset({"process_sigma", "effect_volume", "effect_aht", "effect_staffing", "effect_unexplained"})
"""Columns that a row's other figures and its settings give: the state does not keep them, and a change in them alone
corrects nothing."""


def named(record: Contact | Snapshot | Plan | AgentState | Feed | RefusedRow) -> str:
    """A record in words, for a reason."""
    if isinstance(record, Contact):
        return f"contact {record.contact_id}"
    if isinstance(record, Plan):
        return f"plan {record.plan_version}"
    if isinstance(record, Feed):
        return f"word of {record.source}"
    if isinstance(record, RefusedRow):
        return f"refused row of {record.source}"
    return "interval snapshot" if isinstance(record, Snapshot) else f"agent state of {record.agent}"


def figures_of(row: Row) -> list[object]:
    """A row's figures, in the order of `FIGURE_COLUMNS`, without the empty ones at the end.

    Those that follow from the others are left empty: a library that computes one by another last digit would correct
    every interval.
    """
    figures = [None if name in _FOLLOWING else row[name] for name in FIGURE_COLUMNS]
    while figures and figures[-1] is None:
        figures.pop()
    return figures


def result_of(figures: Sequence[object]) -> IntervalResult:
    """The result that had these figures; columns that the state does not have are empty."""
    return IntervalResult.from_row(dict(zip(FIGURE_COLUMNS, figures, strict=False)))


def difference(before: Sequence[object], after: Sequence[object]) -> str:
    """The changes of a correction, in words: `offered 100 -> 101; spec in_range -> below`."""
    return "; ".join(
        f"{name} {_said(old)} -> {_said(new)}"
        for name, (old, new) in zip(FIGURE_COLUMNS, zip_longest(before, after), strict=False)
        if old != new and name not in DERIVED_COLUMNS
    )


def _said(value: object) -> str:
    return "not reported" if value is None else str(value)
