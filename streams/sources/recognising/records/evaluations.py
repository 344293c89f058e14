"""Evaluations: one monitored transaction a row, with a column for each check."""

from typing import Any, Final

from streams.sources.recognising.cells.instants import DATE, INSTANT
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.tables import Column
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["checks_of", "propose_evaluations"]

_CONTACT: Final = frozenset({"call", "contact", "interaction", "conversation", "chat", "ticket", "case"})
_FAMILIES: Final = ("end_user", "business", "compliance", "non_critical")


def propose_evaluations(findings: Findings) -> None:
    """Map the columns of a quality sheet."""
    proposal = findings.proposal
    checks = checks_of(findings.table.columns)
    findings.queue()
    _identities(findings, checks)
    _instants(findings)
    for name in ("agent", "team", "shift", "evaluator"):
        columns = [one for one in findings.table.of(name) if one.filled and one.shown is None
                   and one.name not in findings.used]  # fmt: skip
        if columns:
            findings.use(columns[0])
            proposal.map(name, columns[0].name)
    if checks:
        findings.use(*checks)
        families = {column.name: _family(column) for column in checks}
        guessed = [name for name, family in families.items() if not family]
        each: dict[str, Any] = {name: family or "non_critical" for name, family in families.items()}
        doubt = f"family of {', '.join(guessed[:3])}{' …' if len(guessed) > 3 else ''}: {', '.join(_FAMILIES)}?"
        proposal.map("checks", {"each": each}, doubt=doubt if guessed else "")


def _identities(findings: Findings, checks: list[Column]) -> None:
    """Map the names of the evaluation and of its contact."""
    ids = [
        column
        for column in findings.table.of("evaluation", "id", "")
        if len(column.different) == len(column.filled) > 0 and column.shown is None and column not in checks
    ]
    own = [column for column in ids if not _CONTACT.intersection(plain(column.name).split())]
    own.sort(key=lambda one: (one.meaning.measure != "evaluation", one.place))
    contacts = [column for column in ids if column not in own and column.meaning.measure == "id"]
    chosen = (own or contacts)[:1]
    for column in chosen:
        findings.use(column)
        sure = column.meaning.measure == "evaluation" or (column.meaning.measure == "id" and column in own)
        findings.proposal.map("evaluation_id", column.name, doubt="" if sure else "is this the name of the evaluation?")
    for column in [one for one in contacts if one not in chosen][:1]:
        findings.use(column)
        findings.proposal.map("contact_id", column.name)


def checks_of(columns: list[Column]) -> list[Column]:
    """The columns whose cells say pass, fail or not applicable."""
    words = vocabulary().cells["check"]
    found: list[Column] = []
    for column in columns:
        texts = {plain(text) for text in column.texts if text}
        results = {words.get(text) for text in texts}
        tells = results & {"pass", "fail"} or found  # a check that never applied stands among others
        if texts and None not in results and tells and column.meaning.measure not in {"id", "queue"}:
            found.append(column)
    return found


def _family(column: Column) -> str:
    """The family that a check's name says, if it does."""
    name = plain(column.name)
    for words, family in sorted(vocabulary().cells["family"].items(), key=lambda item: -len(item[0])):
        if words in name:
            return family
    return ""


def _instants(findings: Findings) -> None:
    """Map when the transaction was handled, and when it was evaluated."""
    proposal = findings.proposal
    columns = findings.instants(kinds=(INSTANT, DATE))
    evaluated = [one for one in columns if one.meaning.tokens & {"evaluation", "evaluator", "updated", "published"}]
    handled = [one for one in columns if one not in evaluated]
    for name, found, other in (("handled_at", handled, evaluated), ("evaluated_at", evaluated, handled)):
        chosen = (found or other)[:1]
        for column in chosen:
            moment = findings.moment(column)
            if moment is None:
                continue
            findings.use(column)
            value: Any = column.name if set(moment.value) == {"column"} else moment.value
            doubt = moment.doubt or ("" if found else "no other column has an instant: is it this one?")
            proposal.map(name, value, moment.note, doubt, moment.options(name))
