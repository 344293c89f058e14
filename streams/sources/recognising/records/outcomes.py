"""How a contact left its queue, from the words of a status, from flags, or from who talked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from streams.sources.recognising.findings import YES_OR_NO, Findings
from streams.sources.recognising.tables import Column
from streams.sources.recognising.vocabulary import plain, vocabulary
from streams.sources.recognising.words import outcome_word

__all__ = ["choose_outcome"]

_MOST_WORDS: Final = 40
_UNDERSTOOD: Final = 0.5
"""Share of rows whose word must be known, that a column says the outcome."""
_NEARLY_ALL: Final = 0.95


def choose_outcome(findings: Findings, talk: Column | None) -> list[bool | None]:
    """Map the outcome; row by row whether somebody answered, None where that is not known."""
    found = (
        _by_words(findings, "outcome")
        or _by_flags(findings)
        or _by_words(findings, "disposition", "state", "direction", "")
        or _by_the_lost(findings)
    )
    if found is None:
        return _by_talk(findings, talk)
    column, values, doubt = found
    findings.use(column)
    doubt = doubt or _rival(findings, column)
    answered = [_answered(values, text) for text in column.texts]
    if talk is not None and not doubt:
        doubt = _against(answered, talk)
    findings.proposal.map("outcome", {"column": column.name, "values": values}, doubt=doubt)
    return answered


def _answered(values: Mapping[str, Any], text: str) -> bool | None:
    if not text and "" not in values:
        return None
    meaning = values.get(text, values.get("*"))
    return None if meaning is None else bool(meaning == "answered")


def _by_words(findings: Findings, *measures: str) -> tuple[Column, dict[str, Any], str] | None:
    """A column whose words say how contacts left."""
    columns = [
        column
        for column in findings.table.of(*measures)
        if column.name not in findings.used
        and column.shown is None
        and not column.is_numeric
        and 1 <= len(column.different) <= _MOST_WORDS
    ]
    best = max(columns, key=_understood, default=None)
    if best is None or not _understood(best):
        return None
    out = [text for text in best.different if outcome_word(text) == "out"]
    if out and findings.proposal.entry("where") is None:
        findings.proposal.put("where_not", {best.name: out}, "contacts that did not come in")
    return best, *_values(best)


def _by_the_lost(findings: Findings) -> tuple[Column, dict[str, Any], str] | None:
    """A column of which the words for those who gave up are known, and the others are kinds of answered contacts."""
    for column in findings.table.of("outcome", "disposition", "state", ""):
        if column.name in findings.used or column.is_numeric or not 2 <= len(column.different) <= _MOST_WORDS:
            continue
        words = {text: outcome_word(text) for text in column.different}
        strange = [text for text, word in words.items() if not word]
        if strange and "abandoned" in words.values() and not {"out", "answered"} & {*words.values()}:
            values: dict[str, Any] = {text: word or "answered" for text, word in words.items()}
            values |= {text: "overflowed" for text, word in words.items() if word == "open"}
            return column, values, f"{', '.join(strange[:4])}: was each answered?"
    return None


def _rival(findings: Findings, chosen: Column) -> str:
    """Why another column may tell how contacts left, and more of it: it parts those that the chosen one does not."""
    for column in findings.table.of("outcome", "disposition", "state", ""):
        words = [outcome_word(text) for text in column.different]
        if column is chosen or column.name in findings.used or column.is_numeric or len({*words} - {""}) < 2:
            continue
        pairs = set(zip(chosen.texts, column.texts, strict=True))
        if len(column.different) > len(chosen.different) and len(pairs) == len({*column.texts}):
            return f"{column.name} may be it, too"
    return ""


def _understood(column: Column) -> float:
    """The share of a column's cells that are words of outcomes; 0 where they are none of several outcomes."""
    if column.meaning.measure != "outcome" and {text.casefold() for text in column.different} <= YES_OR_NO:
        return 0.0  # yes to something else
    meanings = {text: outcome_word(text) for text in column.different}
    kinds = {meaning for meaning in meanings.values() if meaning}
    known = sum(1 for text in column.filled if meanings[text]) / len(column.filled)
    return known if known >= _UNDERSTOOD and "answered" in kinds and len(kinds) > 1 else 0.0


def _values(column: Column) -> tuple[dict[str, Any], str]:
    """The outcome of each word, and which of them are guesses."""
    values: dict[str, Any] = {}
    strange: list[str] = []
    opened: list[str] = []
    kinds = {outcome_word(text) for text in column.different}
    for text in column.different:
        meaning = outcome_word(text)
        if meaning == "out":
            continue
        if meaning == "waiting":
            values[text] = None
        elif meaning == "open":
            values[text] = "overflowed" if "abandoned" in kinds else "abandoned"
            opened.append(text)
        elif meaning:
            values[text] = meaning
        else:
            values[text] = "overflowed"
            strange.append(text)
    if strange:
        return values, f"{', '.join(strange[:4])}: left in any other way?"
    if opened:
        return values, f"{', '.join(opened[:3])}: {values[opened[0]]}?"
    return values, ""


def _by_flags(findings: Findings) -> tuple[Column, dict[str, Any], str] | None:
    """A column that says by yes or no whether a contact was answered, or abandoned."""
    words = vocabulary().cells["abandoned"]
    for measure, yes, no in (("abandoned", "abandoned", "answered"), ("answered", "answered", "abandoned"),
                             ("handled", "answered", "abandoned"), ("lost", "abandoned", "answered")):  # fmt: skip
        for column in findings.table.of(measure):
            if column.shown is not None or column.meaning.strange or not 1 <= len(column.different) <= 2:
                continue
            said = {text: words.get(plain(text)) for text in column.different}
            if None in said.values():
                continue
            values: dict[str, Any] = {text: yes if flag == "abandoned" else no for text, flag in said.items()}
            doubt = f"every contact has {column.different[0]} in {column.name}" if len(said) == 1 else ""
            return column, values, doubt
    return None


def _against(answered: Sequence[bool | None], talk: Column) -> str:
    """Why the outcome may be wrong: contacts talked that nobody answered, or the other way about."""
    pairs = [(one, bool(two)) for one, two in zip(answered, _lasting(talk), strict=True) if one is not None]
    good = sum(1 for one, two in pairs if one == two)
    lost = sum(1 for one, two in pairs if two and not one)
    if pairs and good < _NEARLY_ALL * len(pairs) and lost > (1 - _NEARLY_ALL) * len(pairs):
        return f"{lost} contacts that count as not answered have {talk.name}"
    return ""


def _all_taken(findings: Findings, talk: Column) -> bool:
    """Map the outcome where each contact has an agent, and talk: it may be a list of answered contacts alone."""
    agents = [
        one
        for one in findings.table.of("agent")
        if len(one.filled) == len(one.texts) and not one.meaning.statistic and not one.is_numeric
    ]
    if not agents or not all(_lasting(talk)):
        return False
    doubt = f"every contact has {agents[0].name} and {talk.name}: was each answered?"
    findings.proposal.map("outcome", {"const": "answered"}, doubt=doubt)
    return True


def _lasting(talk: Column) -> list[float | None]:
    return talk.seconds(talk.layouts[0]) if talk.layouts else list(talk.numbers)


def _by_talk(findings: Findings, talk: Column | None) -> list[bool | None]:
    """Map the outcome from an instant, an agent or a talk time that only answered contacts have."""
    table = findings.table
    columns = [
        column
        for column in [
            *(one for one in table.of("answered", "asa") if one.shown is not None),
            *(one for one in table.of("agent") if not one.meaning.statistic),
        ]
        if 0 < len(column.filled) < len(column.texts)
    ]
    if columns:
        column = columns[0]
        none: dict[str, Any] = dict.fromkeys(column.none)
        value: dict[str, Any] = {
            "first": [{"column": column.name, "values": {**none, "*": "answered"}}, {"const": "abandoned"}]
        }
        findings.proposal.map("outcome", value, doubt="no column says it: did all others give up?")
        return [bool(text) and text not in column.none for text in column.texts]
    taken = [one for one in table.of("answered", "asa") if one.shown is not None and len(one.filled) == len(one.texts)]
    if taken:
        doubt = f"every contact has {taken[0].name}: was each answered?"
        findings.proposal.map("outcome", {"const": "answered"}, doubt=doubt)
        return [True] * table.count
    if talk is not None and _all_taken(findings, talk):
        return [True] * table.count
    if talk is not None and talk.is_numeric and "0" in talk.different:
        value = {"column": talk.name, "values": {"0": "abandoned", "": "abandoned", "*": "answered"}}
        findings.proposal.map("outcome", value, doubt="no column says it: did all without talk give up?")
        return [bool(number) for number in talk.numbers]
    doubt = "no column says how a contact left, so that each counts as still waiting: was each answered?"
    findings.proposal.leave_open(("columns", "outcome"), {"const": "answered"}, doubt)
    return [None] * table.count
