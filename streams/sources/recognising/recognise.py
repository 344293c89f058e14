"""Recognises a table of somebody's own columns: which record its rows make, and how each field is read."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from config.sources.fields import mandatory
from streams.records import RECORD_TYPES
from streams.sources.cell_types import mark_of
from streams.sources.proposal import Proposal, Sighted
from streams.sources.recognising.cells.numbers import style_of
from streams.sources.recognising.contents import told_by_cells
from streams.sources.recognising.file_options import say_how_it_is_opened
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.grids import Grid
from streams.sources.recognising.kinds import BUILDERS, kind_of
from streams.sources.recognising.left_open import leave_open
from streams.sources.recognising.nameless import named_by_numbers
from streams.sources.recognising.shapes import shaped
from streams.sources.recognising.tables import Column, Table, table_of

__all__ = ["propose"]

_FIGURES: Final = (
    "offered", "answered", "abandoned", "handled", "wait_seconds", "talk_seconds", "hold_seconds", "wrap_seconds",
    "occupied_seconds", "available_seconds", "staffed_seconds",
)  # fmt: skip
_FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "interval": {
            "offered": ("offered",), "answered": ("answered", "handled"), "handled": ("handled",),
            "abandoned": ("abandoned",), "lost": ("abandoned",), "answered_within": ("answered_within",),
            "abandoned_within": ("abandoned_within",), "short_abandoned": ("short_abandoned",),
            "overflowed": ("overflowed",), "talk": ("talk_seconds",), "handle": ("talk_seconds",),
            "hold": ("hold_seconds", "talk_seconds"), "wrap": ("wrap_seconds", "talk_seconds"),
            "wait": ("wait_seconds",), "asa": ("wait_seconds",), "available": ("available_seconds",),
            "occupied": ("occupied_seconds",), "staffed": ("staffed_seconds",),
        },
        "contact": {
            "wait": ("wait_seconds", "exited_at"), "asa": ("wait_seconds", "exited_at"), "talk": ("talk_seconds",),
            "handle": ("talk_seconds",), "hold": ("hold_seconds", "talk_seconds"), "wrap": ("wrap_seconds",),
            "agent": ("agent",), "outcome": ("outcome",), "team": ("team",),
        },
        "plan": {
            "offered": ("forecast_offered",), "handle": ("forecast_aht_seconds",), "talk": ("forecast_aht_seconds",),
        },
        "evaluation": {"agent": ("agent",), "evaluator": ("evaluator",), "team": ("team",)},
        "agent_state": {"team": ("team",), "queue": ("queues",)},
    }
)  # fmt: skip
"""By type of record and measure of a column, the fields of which one must be there, so that its figure is not lost."""
_FATES: Final = ("outcome", "exited_at", "wait_seconds", "talk_seconds")


def propose(grids: Iterable[Grid], sighted: Sighted, source_format: str) -> Proposal | None:
    """The source that one of some grids makes, the richest; None: none holds a table.

    Args:
        grids: the file's first rows, of each of its sheets.
        sighted: the file.
        source_format: the format that reads it.
    """
    tables = [table for grid in grids if (table := _table(grid)) is not None]
    if not tables:
        return None
    table = max(tables, key=_richness)
    if table.nameless:
        table = named_by_numbers(table)
    subject = f"{PurePath(sighted.path).stem} {table.grid.options.get('sheet', '')}"
    if source_format != "jsonl":
        table = shaped(table, subject)
    table = told_by_cells(table)
    record, remark = kind_of(table, sighted, subject)
    known = any(one.meaning.measure for one in table.columns)
    proposal = Proposal(source_format, record, certainty=2 if known else 1)
    if remark:
        proposal.remarks.append(remark)
    findings = Findings(table, sighted.path, sighted.expected, proposal)
    BUILDERS[record](findings)
    _own_names(findings, record)
    leave_open(findings)
    say_how_it_is_opened(findings)
    if table.nameless:
        _mark_all(proposal)
    _say_if_empty(proposal, asked=sighted.expected.record is not None)
    lacking = [name for name in mandatory(RECORD_TYPES[record].fields) if not proposal.mapped(name)]
    if lacking and not proposal.warnings:
        proposal.warnings.append(f"no column gives {', '.join(lacking)}; a record of type {record} needs it")
    _complete(findings)
    proposal.sort(tuple(RECORD_TYPES[record].fields))
    return proposal


def _say_if_empty(proposal: Proposal, *, asked: bool) -> None:
    """Warn where nothing but a queue and an instant was found, so that rows may be of another kind, or of none."""
    fields = {"interval": _FIGURES, "contact": _FATES}.get(proposal.record or "")
    if fields is None or asked or proposal.warnings or any(proposal.mapped(name) for name in fields):
        return
    what = "counts or times of contacts" if proposal.record == "interval" else "how contacts left, waited or talked"
    proposal.warnings.append(
        f"no column is understood to hold {what}; say what its rows are (--record), and map its columns by hand"
    )


def _table(grid: Grid) -> Table | None:
    width = max((len(line) for line in grid.lines), default=0)
    columns = [
        dict.fromkeys(line[at] for line in grid.lines if at < len(line) and not mark_of(line[at]))
        for at in range(width)
    ]
    table = table_of(grid, style_of(columns, comma_is_likely=grid.options.get("delimiter") == ";"))
    return table if table is not None and table.columns and table.count else None


def _richness(table: Table) -> tuple[int, int]:
    """How much of a table is understood, and how long it is."""
    return sum(1 for column in table.columns if column.meaning.measure) + (table.count > 1), table.count


def _may_count(findings: Findings, column: Column) -> bool:
    """Whether a column that is mapped to nothing, and of whose name no word is known, may hold counts or times."""
    if column.name in findings.used or column.twice:
        return False
    if findings.proposal.record == "contact":
        return bool(column.layouts and column.meaning.strange and column.meaning.measure in {"", "time"})
    if findings.proposal.record not in {"interval", "plan"}:
        return False
    meaning = column.meaning
    known = meaning.measure or meaning.kinds or meaning.statistic in {"pct", "max", "least", "median"}
    return bool(not known and not column.percent_signs and (column.is_numeric or column.layouts))


def _lacks(findings: Findings, column: Column) -> bool:
    """Whether a column's name is that of a field which nothing is mapped to, so that its figure is lost."""
    meaning = column.meaning
    fields = _FIELDS.get(findings.proposal.record or "", {}).get(meaning.measure, ())
    other = meaning.kinds or meaning.statistic in {"pct", "max", "least", "median"} or column.percent_signs
    entries = [findings.proposal.entry("columns", name) for name in fields]
    return bool(fields and not other and column.filled and not any(entries))


def _own_names(findings: Findings, record: str) -> None:
    """Map columns that are called like fields of the record, where nothing else was found for these."""
    for name in RECORD_TYPES[record].fields:
        column = next((one for one in findings.table.columns if one.name == name and not one.twice), None)
        if column is None or not column.filled or findings.proposal.mapped(name) or name in findings.used:
            continue
        if name == "channel" and len(column.different) == 1:
            continue  # the configuration says which channel a queue is
        findings.use(column)
        findings.proposal.map(name, name)


def _mark_all(proposal: Proposal) -> None:
    """Mark every column of a file without a header: nothing but their cells says what they are."""
    for entry in proposal.entries:
        if entry.key[0] == "columns" and not entry.doubt:
            entry.doubt = "the file has no header; by its cells alone"


def _complete(findings: Findings) -> None:
    """Say which columns are there and mapped to nothing, by their names alone."""
    left = [column.name for column in findings.table.columns if column.name not in findings.used and not column.twice]
    strange = [column.name for column in findings.table.columns if _may_count(findings, column)]
    if strange:
        findings.proposal.remarks.append(
            f"check: not understood, and not used: {', '.join(strange[:20])}{' …' if len(strange) > 20 else ''}"
        )
    lacking = [name for name in left if name not in strange and _lacks(findings, findings.table.column(name))]
    if lacking:
        findings.proposal.remarks.append(f"check: left out, although no other column gives it: {', '.join(lacking)}")
    left = [name for name in left if name not in (*strange, *lacking)]
    if left:
        findings.proposal.remarks.append(f"not used: {', '.join(left[:20])}{' …' if len(left) > 20 else ''}")
    for name in dict.fromkeys(column.name for column in findings.table.columns if column.twice):
        findings.proposal.remarks.append(
            f"{name} stands twice in the header, so that neither can be mapped: give each column its own name"
        )
