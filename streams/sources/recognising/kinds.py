"""Which type of record a table's rows make, by the columns it has."""

from collections.abc import Callable, Mapping
from typing import Final

from streams.sources.proposal import Sighted
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.intervals import propose_intervals
from streams.sources.recognising.tables import Table

__all__ = ["BUILDERS", "kind_of"]

BUILDERS: Final[Mapping[str, Callable[[Findings], None]]] = {
    "interval": propose_intervals,
}


def kind_of(table: Table, sighted: Sighted) -> tuple[str, str]:
    """The type of record, and why it is in doubt."""
    del table
    if sighted.expected.record is not None:
        return sighted.expected.record, ""
    return "interval", ""
