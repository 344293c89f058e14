"""The keys of a source that say how its file is opened: encoding, delimiter, header, numbers, rows that are totals."""

from streams.sources.recognising.findings import Findings

__all__ = ["say_how_it_is_opened"]


def say_how_it_is_opened(findings: Findings) -> None:
    """Set these keys, as the table was found."""
    proposal, grid, table = findings.proposal, findings.table.grid, findings.table
    for key in ("encoding", "delimiter", "sheet"):
        if key in grid.options:
            proposal.put(key, grid.options[key], grid.notes.get(key, ""), grid.doubts.get(key, ""))
    if table.nameless:
        names = [column.name for column in table.columns]
        proposal.put("header", {"columns": names}, "the file has no header: these names are made up")
    elif table.header:
        lines = table.header
        proposal.put("header", {"row": lines[0]} if len(lines) == 1 else {"rows": list(lines)})
    _numbers(findings)
    _totals(findings)
    for key in ("fill", "wide"):
        if key in table.options:
            proposal.put(key, table.options[key], doubt=table.doubts.get(key, ""))
    used = [column for column in table.columns if column.name in findings.used]
    none = list(dict.fromkeys(text for column in used for text in column.none))
    if none:
        proposal.put("empty", none, "cells that mean: not reported")


def _numbers(findings: Findings) -> None:
    proposal, style = findings.proposal, findings.table.columns[0].style
    if style.decimal is not None:
        proposal.put("decimal", style.decimal, _as_in(style.note, style.decimal), style.doubt)
    if style.thousands is not None:
        doubt = "" if style.decimal is not None else style.doubt
        proposal.put("thousands", style.thousands, _as_in(style.note, style.thousands), doubt)


def _as_in(cell: str, mark: str) -> str:
    return f"as in {cell}" if mark in cell else ""


def _totals(findings: Findings) -> None:
    """Leave out rows that sum up others."""
    totals, already = findings.table.totals, findings.proposal.entry("where_not")
    if not totals:
        return
    cells = {} if already is None else dict(already.value)
    for name, texts in totals.items():
        cells[name] = [*cells.get(name, []), *texts]
    note = "rows that sum up others" + ("" if already is None else f"; {already.note}")
    findings.proposal.put("where_not", cells, note)
