"""Evaluations: one monitored transaction a row with a column for each check, or a row for each check of one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from config.sources.checks import USUAL_RESULTS
from streams.sources.recognising.cells.instants import DATE, INSTANT
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.tables import Column, Table
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["check_rows", "checks_of", "propose_evaluations"]

_CONTACT: Final = frozenset({"call", "contact", "interaction", "conversation", "chat", "ticket", "case"})
_FAMILIES: Final = ("end_user", "business", "compliance", "non_critical")
_MOST_CHECKS: Final = 200


def propose_evaluations(findings: Findings) -> None:
    """Map the columns of a quality sheet."""
    proposal = findings.proposal
    rows = check_rows(findings.table)
    checks = [] if rows is not None else checks_of(findings.table.columns)
    findings.queue()
    if rows is None:
        _identities(findings, checks)
    else:
        _rows(findings, *rows)
    _instants(findings)
    for name in ("agent", "team", "shift", "evaluator"):
        columns = [one for one in findings.table.of(name) if one.filled and one.shown is None
                   and (one.name not in findings.used or findings.is_guessed_queue(one))]  # fmt: skip
        if columns:
            findings.use(columns[0])
            proposal.map(name, columns[0].name)
    _selection(findings)
    if checks:
        findings.use(*checks)
        each, doubt = _families([column.name for column in checks])
        value = {"each": each, **_results(text for column in checks for text in column.texts)}
        proposal.map("checks", value, doubt=doubt)


def check_rows(table: Table) -> tuple[Column, Column, Column] | None:
    """The columns of the evaluation's name, the check's and its result, where each check has a row of its own."""
    named = [one for one in table.of("evaluation", "id") if one.filled and one.shown is None]
    if any(len(one.different) == table.count for one in named):
        return None  # each row has a name of its own
    ids = [one for one in named if 2 * len(one.different) <= len(one.filled)]
    checks = checks_of(table.columns)
    results = [one for one in checks if not one.meaning.measure or "answered" in one.meaning.tokens]
    for own in sorted(ids, key=lambda one: (one.meaning.measure != "evaluation", one.place)):
        for name in table.columns:
            fits = name.shown is None and not name.is_numeric and 2 <= len(name.different) <= _MOST_CHECKS
            fits = fits and 2 * len(name.different) <= len(name.filled)
            pairs = set(zip(own.texts, name.texts, strict=True))
            if fits and results and name not in (own, *checks) and len(pairs) == table.count:
                return own, name, results[-1]
    return None


def _rows(findings: Findings, own: Column, name: Column, result: Column) -> None:
    """Map the name and the checks of evaluations of which each check has a row."""
    families, doubt = _families(name.different)
    findings.use(own, name, result)
    findings.proposal.map("evaluation_id", own.name)
    value = {"row": name.name, "family": name.name, "families": families, "result": result.name}
    findings.proposal.map("checks", {**value, **_results(result.texts)}, "a row a check", doubt)
    contacts = [
        one
        for one in findings.table.of("id", "contact", "talk")
        if one not in (own, name, result)
        and one.shown is None
        and "id" in one.meaning.tokens
        and len(one.different) == len(own.different)
    ]
    _contact(findings, contacts, named=True)


def _families(names: Sequence[str]) -> tuple[dict[str, str], str]:
    """The family of each check, and which of them are guesses."""
    families = {name: _family(name) for name in names}
    guessed = [name for name, family in families.items() if not family]
    doubt = f"family of {', '.join(guessed[:3])}{' …' if len(guessed) > 3 else ''}: {', '.join(_FAMILIES)}?"
    return {name: family or "non_critical" for name, family in families.items()}, doubt if guessed else ""


def _results(texts: Iterable[str]) -> dict[str, Any]:
    """The words of results that a source must be told; empty: they are the usual ones."""
    words = vocabulary().cells["check"]
    told: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        kind = words.get(plain(text))
        if kind is not None and text.strip().lower() not in USUAL_RESULTS[kind]:
            told.setdefault(kind, []).append(text)
    return {"results": told} if told else {}


def _selection(findings: Findings) -> None:
    """Map how the transaction was chosen, where a column's words say it."""
    words: Mapping[str, str] = vocabulary().cells["selection"]
    for column in findings.table.columns:
        values = {text: words.get(plain(text), "") for text in column.different}
        if not values or column.name in findings.used or not any(values.values()):
            continue
        strange = [text for text, kind in values.items() if not kind]
        if len(strange) > len(values) / 2:
            continue
        findings.use(column)
        made: dict[str, Any] = {text: kind or "targeted" for text, kind in values.items()}
        doubt = f"{', '.join(strange[:3])}: targeted, or random?" if strange else ""
        findings.proposal.map("selection", {"column": column.name, "values": made}, doubt=doubt)
        return


def _identities(findings: Findings, checks: list[Column]) -> None:
    """Map the names of the evaluation and of its contact."""
    ids = _unique(findings, checks)
    contacts = [column for column in ids if _CONTACT.intersection(plain(column.name).split())]
    own = [column for column in ids if column not in contacts]
    own.sort(key=lambda one: (one.meaning.measure != "evaluation", one.place))
    contacts = [column for column in contacts if column.meaning.measure == "id"]
    chosen = next(iter(own or contacts), None)
    if chosen is not None:
        findings.use(chosen)
        sure = chosen in own and chosen.meaning.measure in {"evaluation", "id"}
        doubt = "" if sure else "is this the name of the evaluation?"
        findings.proposal.map("evaluation_id", chosen.name, doubt=doubt)
    others = [column for column in own if column.meaning.measure == "id"]
    rest = [one for one in contacts or others if one is not chosen]
    # An evaluation that is called like its contact has no other name of it.
    _contact(findings, rest or contacts, named=bool(contacts))


def _unique(findings: Findings, checks: Sequence[Column]) -> list[Column]:
    """Columns that may be names of evaluations: no two rows have the same."""
    return [
        column
        for column in findings.table.of("evaluation", "id", "")
        if len(column.different) == len(column.filled) > 0 and column.shown is None and column not in checks
    ]


def _contact(findings: Findings, columns: Sequence[Column], *, named: bool) -> None:
    """Map the name of the contact, which is sure where it says that it is a contact's."""
    for column in columns[:1]:
        findings.use(column)
        findings.proposal.map("contact_id", column.name, doubt="" if named else "is this the name of the contact?")


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


def _family(check: str) -> str:
    """The family that a check's name says, if it does."""
    name = plain(check)
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
    rest = handled[1:] or handled
    for name, found, other in (("handled_at", handled, evaluated), ("evaluated_at", evaluated, rest)):
        chosen = (found or other)[:1]
        for column in chosen:
            moment = findings.moment(column)
            if moment is None:
                continue
            findings.use(column)
            findings.say_zone(moment)
            value: Any = column.name if set(moment.value) == {"column"} else moment.value
            doubt = moment.doubt or ("" if found else "no column's name says it: is it this one?")
            proposal.map(name, value, moment.note, doubt, moment.options(name))
