"""The outcome of a verification: the faults it found, the rows it went through, the columns it could not look at.

"Sound" must not be said of what nobody looked at; so whatever no hash, no formula and no recomputation reaches is
named here, column by column.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from streams.history.tables import METADATA

__all__ = [
    "EXPORT_UNPROVED",
    "RETIRED_UNPROVED",
    "SAVED_AGAIN_UNPROVED",
    "UNPROVED",
    "Finding",
    "Summary",
    "said_unproved",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, and where."""

    place: str
    problem: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.place}: {self.problem}"


@dataclass(slots=True)
class Summary:
    """The counts of a verification; filled while its findings are drawn."""

    progress: Callable[[int], object] | None = None
    """Told how many results were gone through since it was last told."""
    queues: int = 0
    rows: int = 0
    left_out: int = 0
    """Results of which only the link in the chain is known (filtered out, or past retention)."""
    saved_again: bool = False
    """Whether a spreadsheet saved the workbook again: its values were compared, to 15 digits, and no chain was."""
    unproved: set[str] = field(default_factory=set)
    """Columns (`table.column`) that nothing proves, and the rest of it in words."""


EXPORT_UNPROVED: Final = frozenset({"interval_results.sources"})
"""Columns of a result that follow from nothing in its row, and that no hash covers."""

SAVED_AGAIN_UNPROVED: Final = "digits beyond the 15th, chains and figures (a spreadsheet saved the workbook again)"
"""Not looked at in a workbook whose values are those of its sidecar, to the digits that a spreadsheet keeps."""

_LIFE_CYCLE: Final = frozenset(
    {
        "breach_id",
        "sequence",
        "state",
        "item",
        "rule",
        "program",
        "queue",
        "scope",
        "interval_start",
        "first_interval_start",
        "live",
        "parameters_version",
    }
)
"""Columns of a breach that its own life and the results that name it prove."""


def _columns(table: str, proved: Iterable[str] = ()) -> frozenset[str]:
    kept = frozenset(proved)
    return frozenset(f"{table}.{column.name}" for column in METADATA.tables[table].columns if column.name not in kept)


UNPROVED: Final = (
    EXPORT_UNPROVED
    | _columns("breaches", _LIFE_CYCLE)
    | {"whether every notice about an open interval (live) was kept", "whether the journal has lost its last entries"}
    | _columns("dead_letters")
    | _columns("evaluations")
    | {"group_results.revision"}
    | _columns("grouped")
    | _columns("marks")
    | _columns("program_days")
    | _columns("projections")
)
"""Columns of a history that neither its hashes nor its other columns prove."""

RETIRED_UNPROVED: Final = frozenset({"retired_results.interval_start", "retention.before"})
"""The same of a history from which retention took results: how far it went is its own word."""


def said_unproved(unproved: Iterable[str]) -> str:
    """The text of the line `not proved`: tables of which no column is, else the columns by table, then the rest."""
    columns: dict[str, list[str]] = {}
    words = []
    for each in sorted(unproved):
        table, dot, column = each.partition(".")
        if dot and table in METADATA.tables:
            columns.setdefault(table, []).append(column)
        else:
            words.append(each)
    parts = [
        table if len(names) == len(METADATA.tables[table].columns) else f"{table} ({', '.join(names)})"
        for table, names in columns.items()
    ]
    return "; ".join(parts + words)
