"""How a column is offered for a field that stays empty, and which columns may be: those that nothing took."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final

from streams.sources.recognising.findings import Findings
from streams.sources.recognising.tables import Column

__all__ = ["free", "is_timed", "lasting", "likeliest", "offer", "own_names"]

_OTHER_STATISTICS: Final = frozenset({"pct", "max", "least", "median"})
_NAMED: Final = 3
"""Columns that a question names at most."""


def free(findings: Findings, measures: frozenset[str]) -> list[Column]:
    """Columns that nothing took, whose names say none but some measures, and no other statistic of it."""
    return [
        column
        for column in findings.table.columns
        if column.name not in findings.used
        and not column.twice
        and column.meaning.measure in measures
        and column.meaning.statistic not in _OTHER_STATISTICS
        and not column.meaning.kinds
        and not column.percent_signs
    ]


def offer(findings: Findings, name: str, columns: Sequence[Column], value: Callable[[Column], Any], said: str) -> None:
    """Write the line of a field that is not mapped, with the first of some columns."""
    if not columns or findings.proposal.entry("columns", name) is not None:
        return
    named = " or ".join(column.name for column in columns[:_NAMED])
    more = " (or another one)" if len(columns) > _NAMED else ""
    findings.proposal.leave_open(("columns", name), value(columns[0]), f"not mapped: is {named}{more} {said}?")


def is_timed(column: Column) -> bool:
    """Whether cells are durations, or numbers that the name says are times."""
    if column.layouts:
        return True
    meaning = column.meaning
    strange = not meaning.tokens and bool(meaning.strange)  # its name says nothing
    timed = "time" in meaning.tokens or meaning.unit is not None or meaning.statistic == "avg" or strange
    return column.is_numeric and column.shown is None and timed


def _middle(column: Column) -> float:
    numbers = column.seconds(column.layouts[0]) if column.layouts else column.numbers
    known = [number for number in numbers if number is not None]
    return median(known) if known else 0.0


def lasting(column: Column) -> Sequence[float | None]:
    """The times of a column, row by row, in whichever unit it has."""
    return column.seconds(column.layouts[0]) if column.layouts else column.numbers


def own_names(value: Any) -> list[str]:  # noqa: ANN401 - any value of YAML
    """The names of columns in a value of the mapping; the first of a product is a time, its count is none here."""
    match value:
        case str():
            return [value]
        case {"column": str(name)}:
            return [name]
        case {"product": [first, *_]}:
            return own_names(first)
        case _:
            return []


def likeliest(name: str, columns: list[Column]) -> list[Column]:
    """Columns of times, durations before bare numbers; talk is the longest of them, and no other part is."""
    written = [one for one in columns if one.layouts] or [one for one in columns if one.meaning.tokens] or columns
    longest = max(written, key=_middle, default=None)
    if name == "talk_seconds":
        return sorted(columns, key=lambda one: one is not longest)
    if longest is not None and len(written) > 1:
        columns = [*(one for one in columns if one is not longest and one in written),
                   *(one for one in columns if one is longest or one not in written)]  # fmt: skip
    return columns
