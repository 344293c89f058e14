"""Which column names a contact, or which columns together do."""

from typing import Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings, Moment
from streams.sources.recognising.tables import Column

__all__ = ["name_contacts"]

_UNIQUE: Final = 0.5
"""Share of different cells from which a column may name contacts."""


def name_contacts(findings: Findings, offered: Moment) -> None:
    """Map the name of a contact."""
    columns = [
        column
        for column in findings.table.of("id", "customer", "")
        if column.filled and len(column.different) >= _UNIQUE * len(column.filled) and not _is_instant(column)
    ]
    named = [one for one in columns if one.meaning.measure == "id"] or _numbered(findings)
    if not named and _own_name(findings):
        return
    if not named:
        _made_identity(findings, offered, [one.name for one in columns if one.meaning.measure == "customer"])
        return
    best = max(named, key=lambda one: (one.meaning.whole, len(one.different) / len(one.filled), -one.place))
    rivals = [one for one in named if one is not best and len(one.different) > len(best.different)]
    findings.use(best)
    options = [Option(one.name, {("columns", "contact_id"): one.name}) for one in (best, *rivals)]
    doubt = f"{rivals[0].name} has more different values" if rivals else ""
    findings.proposal.map("contact_id", best.name, doubt=doubt, options=options if rivals else ())


def _is_instant(column: Column) -> bool:
    """Whether cells are instants; ids such as 1773648011.42, of which no two are the same, only look like these."""
    named = column.meaning.measure == "id" and len(column.different) == len(column.texts) > 1
    return column.shown is not None and not named


def _numbered(findings: Findings) -> list[Column]:
    """Columns that number the contacts, such as "Call no.", where no two rows have the same."""
    return [
        column
        for column in findings.table.of("contact")
        if column.meaning.statistic == "number" and len(column.different) == findings.table.count > 1
    ]


def _own_name(findings: Findings) -> bool:
    """Map a column of texts of which no two are the same, and whose name may be that of a contact; False: none is."""
    columns = [
        column
        for column in findings.table.of("contact", "")
        if len(column.different) == findings.table.count > 1
        and column.shown is None
        and not column.is_numeric
        and any(letter.isdecimal() for letter in column.different[0])
    ]
    best = min(columns, key=lambda one: (not one.meaning.measure, one.place), default=None)
    if best is not None:
        findings.use(best)
        findings.proposal.map("contact_id", best.name, doubt="is this the name of the contact?")
    return best is not None


def _made_identity(findings: Findings, offered: Moment, customers: list[str]) -> None:
    """Map a name that is made of when a contact came, to which queue, and from whom."""
    parts = [column.name for column in offered.columns]
    queue = findings.proposal.entry("columns", "queue")
    if queue is not None and isinstance(queue.value, str):
        parts.append(queue.value)
    filled = [one.name for one in findings.table.of("agent") if len(one.filled) == findings.table.count]
    parts += customers[:1] or filled[:1]
    doubt = "no column names the contact: do these tell each from the others?"
    findings.proposal.map("contact_id", {"join": parts, "with": "/"}, doubt=doubt)
