"""Recognises a table of somebody's own columns: which record its rows make, and how each field is read."""

from config.sources.fields import mandatory
from streams.records import RECORD_TYPES
from streams.sources.proposal import Proposal, Sighted
from streams.sources.recognising.cells.numbers import style_of
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.grids import Grid
from streams.sources.recognising.kinds import BUILDERS, kind_of
from streams.sources.recognising.tables import table_of

__all__ = ["propose"]


def propose(grid: Grid, sighted: Sighted, source_format: str) -> Proposal | None:
    """The source that a grid makes; None: it holds no table.

    Args:
        grid: the file's first rows.
        sighted: the file.
        source_format: the format that reads it.
    """
    cells = dict.fromkeys(cell for line in grid.lines for cell in line)
    comma = grid.options.get("delimiter") == ";"
    table = table_of(grid, style_of(cells, comma_is_likely=comma))
    if table is None or not table.columns or not table.count:
        return None
    record, why = kind_of(table, sighted)
    proposal = Proposal(source_format, record, certainty=2 if any(one.meaning.measure for one in table.columns) else 1)
    if why:
        proposal.remarks.append(why)
    findings = Findings(table, sighted.path, sighted.expected, proposal)
    BUILDERS[record](findings)
    findings.file_options()
    lacking = [name for name in mandatory(RECORD_TYPES[record].fields) if not proposal.mapped(name)]
    if lacking and not proposal.warnings:
        proposal.warnings.append(
            f"no column gives {', '.join(lacking)}, without which there is no record of type {record}"
        )
    _complete(findings, record)
    proposal.sort(tuple(RECORD_TYPES[record].fields))
    return proposal


def _complete(findings: Findings, record: str) -> None:
    """Say which columns are there and mapped to nothing, by their names alone."""
    left = [column.name for column in findings.table.columns if column.name not in findings.used]
    if left:
        findings.proposal.remarks.append(f"not used: {', '.join(left[:20])}{' …' if len(left) > 20 else ''}")
    twice = [column.name for column in findings.table.columns if column.twice]
    for name in dict.fromkeys(twice):
        findings.proposal.remarks.append(
            f"{name} stands twice in the header, so that neither can be mapped: give each column its own name"
        )
    if record in {"interval", "contact"} and findings.table.ragged:
        findings.proposal.remarks.append(f"{findings.table.ragged} rows have another number of cells than the header")
