"""Fields that stay empty beside columns that may hold them: such a line is written, commented out, with its question.

A figure that nobody misses is as wrong as a false one. So a column of counts or times that nothing took, and whose
name does not say that it is something else, is offered for the field that it may fill.
"""

from collections.abc import Sequence
from typing import Any, Final

from streams.sources.proposal import Entry
from streams.sources.recognising.findings import YES_OR_NO, Findings
from streams.sources.recognising.offers import free, is_timed, lasting, likeliest, offer, own_names
from streams.sources.recognising.records.counts import counting, holds
from streams.sources.recognising.records.spells import spell_of
from streams.sources.recognising.tables import Column
from streams.sources.recognising.words import outcome_word

__all__ = ["leave_open"]

_WAITS: Final = frozenset({"", "wait", "asa", "waiting", "answered", "handled", "time", "contact", "queue", "offered"})
"""Measures of columns of times that may be the wait of the answered; the empty one: its name says nothing."""
_TALKS: Final = frozenset({"", "offered", "talk", "handle", "answered", "handled", "time", "contact", "occupied"})
_WRAPS: Final = frozenset({"", "time", "handle", "handled", "contact", "talk"})
_HANDLES: Final = frozenset({"", "talk", "handle", "time", "contact"})
_AHT: Final = (20.0, 3600.0)
"""Seconds of a forecast handle time, at least and at most."""
_OUTCOMES: Final = frozenset({"answered", "abandoned", "overflowed", "open"})
_CODES: Final = 4
"""Different cells of a column that may part rows, at most."""
_SELDOM: Final = 0.03
"""Share of rows that each of them has, at least."""
_ALIKE: Final = 0.9
"""Share of rows in which a name stands beside talk, or neither is there, from which it is an agent's."""


def leave_open(findings: Findings) -> None:
    """Offer columns that nothing took for the fields that they may fill."""
    match findings.proposal.record:
        case "interval":
            _counts(findings)
            _time(findings, "wait_seconds", _WAITS, "the wait of the answered", single=False)
            _handling(findings)
        case "contact":
            known = findings.proposal.mapped("exited_at")
            if not known:
                _time(findings, "wait_seconds", _WAITS, "how long a contact waited", single=True)
            _time(findings, "talk_seconds", _TALKS, "talk, or all handling", single=True)
            _parts_of_contacts(findings)
            _rows(findings)
            _agent(findings)
        case "plan":
            _volume(findings)
            _handle(findings)
            _scheduled(findings)
        case "evaluation":
            _people(findings)
        case _:
            pass


def _counts(findings: Findings) -> None:
    """Offer counts of those who neither were answered nor gave up; a transfer follows an answer as a rule.

    Where offered is the sum of what is mapped already, only a column of zeros can be a part of it.
    """
    offered = findings.proposal.entry("columns", "offered")
    _whole_counts(findings)
    if offered is not None and not findings.proposal.mapped("answered"):
        _rate(findings, offered.value)
    balanced = offered is not None and offered.note.startswith("=")
    others = [
        one
        for one in counting(findings, "overflowed", "elsewhere")
        if one.name not in findings.used
        and "transfer" not in one.meaning.tokens
        and not (balanced and any(one.numbers))
    ]
    offer(findings, "overflowed", others, lambda one: one.name, "how contacts left that nobody answered")


def _uncounted(findings: Findings) -> list[Column]:
    """Columns of counts that nothing took, and whose names may be those of any count."""
    return [
        one
        for one in counting(findings, "", "contact", "queue", "waiting", "lost", "offered", "answered", "abandoned")
        if one.name not in findings.used
        and any(one.numbers)
        and len(one.different) > 1
        and one.shown is None
        and "time" not in one.meaning.tokens
    ]


def _whole_counts(findings: Findings) -> None:
    """Offer counts for the offered, the answered, the abandoned and those within, where none of these is mapped."""
    proposal, counts = findings.proposal, _uncounted(findings)
    offered, answered = _numbers_of(findings, "offered"), _numbers_of(findings, "answered")
    less = [one for one in counts if not offered or holds(one.numbers, offered)]
    more = [one for one in counts if not answered or holds(answered, one.numbers)]
    offer(findings, "offered", more, lambda one: one.name, "how many contacts came")
    offer(findings, "answered", less, lambda one: one.name, "how many of them an agent took")
    lost = [one for one in less if one.meaning.measure != "answered"]
    offer(findings, "abandoned", lost, lambda one: one.name, "how many of them gave up")
    if proposal.mapped("answered") and proposal.mapped("abandoned"):
        unknown = [one for one in counts if one.meaning.strange and not one.meaning.measure]
        within = [one for one in unknown if answered and holds(one.numbers, answered)]
        offer(findings, "answered_within", within, lambda one: one.name, "the answered within the threshold")
        _level(findings)


def _numbers_of(findings: Findings, name: str) -> Sequence[float | None]:
    """The numbers of a field that one column gives."""
    entry = findings.proposal.entry("columns", name)
    return findings.table.column(entry.value).numbers if entry is not None and isinstance(entry.value, str) else ()


def _level(findings: Findings) -> None:
    """Offer a percentage of which nobody knows the meaning as the service level."""
    offered = findings.proposal.entry("columns", "offered")
    ratios = [
        one
        for one in findings.table.of("")
        if one.name not in findings.used
        and one.is_numeric
        and (one.percent_signs or one.meaning.statistic == "pct")
        and one.meaning.strange
        and not one.meaning.kinds
        and all(number is None or 0 <= number <= 100 for number in one.numbers)
    ]
    if offered is not None:
        share = {"of": offered.value}
        offer(findings, "answered_within", ratios, lambda one: {"share": one.name, **share}, "the service level")


def _handling(findings: Findings) -> None:
    """Offer columns for talk and, with it, for the work after it and the count that AHT is of."""
    proposal = findings.proposal
    _time(findings, "talk_seconds", _TALKS, "talk, or all handling", single=False)
    talk, answered = proposal.entry("columns", "talk_seconds"), proposal.entry("columns", "answered")
    if talk is not None and (not answered or not answered.off) and not _is_whole(talk):
        _time(findings, "wrap_seconds", _WRAPS, "the work after a contact", single=False, but=talk.value)
    if talk is None or not talk.off or (answered is not None and answered.off):
        return
    if answered is not None and not proposal.mapped("handled"):
        proposal.leave_open(
            ("columns", "handled"), answered.value, "not mapped: the count that AHT is of, once talk is mapped"
        )


def _is_whole(talk: Entry) -> bool:
    return talk.note.startswith("handle time as a whole")


def _rate(findings: Findings, offered: Any) -> None:  # noqa: ANN401 - any value of YAML
    """Offer a rate of answered contacts for their count."""
    rates = [
        column
        for column in findings.table.of("answered", "handled")
        if (column.meaning.statistic == "pct" or column.percent_signs) and column.is_numeric and not column.twice
    ]

    def share(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
        percent = column.percent_signs or any(number is not None and number > 1 for number in column.numbers)
        return {"share": column.name if percent else {"column": column.name, "percent": False}, "of": offered}

    offer(findings, "answered", rates, share, "the rate of the offered that were answered")


def _time(
    findings: Findings,
    name: str,
    measures: frozenset[str],
    said: str,
    *,
    single: bool,
    but: Any = None,  # noqa: ANN401 - any value of YAML
) -> None:
    """Offer columns of times for one that is not mapped, except the one that stands in `but`."""
    answered = findings.proposal.entry("columns", "answered")
    count = None if answered is None or answered.off or single else answered.value
    numbers = findings.table.column(count).numbers if isinstance(count, str) else ()
    columns = [one for one in free(findings, measures) if is_timed(one) and "abandoned" not in one.meaning.tokens]
    if count is None and not single:
        columns = [one for one in columns if one.meaning.statistic != "avg" and one.meaning.measure != "asa"]

    columns = likeliest(name, [one for one in columns if one.name not in own_names(but)])

    def value(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
        spell = spell_of(column, "time", numbers, single=single or not numbers, unit=1.0)
        return column.name if spell is None else spell.value() if count is None else spell.total(count)

    offer(findings, name, columns, value, said)


def _parts_of_contacts(findings: Findings) -> None:
    """Offer times that only contacts with talk have, and which are shorter, for the work after it."""
    talk = findings.proposal.entry("columns", "talk_seconds")
    names = () if talk is None or talk.off or _is_whole(talk) else own_names(talk.value)
    if len(names) != 1:
        return
    talked = lasting(findings.table.column(names[0]))
    columns = [one for one in free(findings, _WRAPS) if is_timed(one) and _follows(lasting(one), talked)]
    offer(findings, "wrap_seconds", columns, _single, "the work after a contact")


def _follows(each: Sequence[float | None], talked: Sequence[float | None]) -> bool:
    """Whether a time is there only beside talk, in many rows, and mostly shorter."""
    pairs = [(one or 0, two or 0) for one, two in zip(each, talked, strict=True)]
    both = [(one, two) for one, two in pairs if one and two]
    alone = any(one and not two for one, two in pairs)
    return not alone and len(both) > len(pairs) / 4 and sum(1 for one, two in both if one < two) > len(both) / 2


def _single(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
    spell = spell_of(column, "wrap", (), single=True)
    return column.name if spell is None else spell.value()


def _rows(findings: Findings) -> None:
    """Ask about rows that a column of a few codes parts, whose name may say which contacts came in."""
    if findings.proposal.entry("where") is not None or findings.proposal.entry("where_not") is not None:
        return
    for column in findings.table.of("direction", ""):
        codes = column.different
        apart = 2 <= len(codes) <= _CODES and column.shown is None and len(column.filled) == len(column.texts)
        if (
            column.name in findings.used
            or column.twice
            or not apart
            or {text.casefold() for text in codes} <= YES_OR_NO
        ):
            continue
        if any(outcome_word(text) in _OUTCOMES for text in codes):
            continue  # it says how contacts left
        if min(column.texts.count(text) for text in codes) < _SELDOM * len(column.texts):
            continue
        most = max(codes, key=column.texts.count)
        findings.use(column)
        doubt = f"all rows are taken: do {', '.join(codes)} in {column.name} tell contacts that came in from others?"
        findings.proposal.leave_open(("where",), {column.name: [most]}, doubt)
        return


def _names(findings: Findings) -> list[Column]:
    """Columns of names that come again, which nothing took, and whose own names say nothing."""
    return [
        column
        for column in findings.table.of("", "customer")
        if column.name not in findings.used
        and not column.twice
        and column.shown is None
        and not column.is_numeric
        and not column.layouts
        and 1 < len(column.different) <= len(column.filled) / 2
        and not {text.casefold() for text in column.different} <= YES_OR_NO
    ]


def _agent(findings: Findings) -> None:
    """Offer a column of names for the agent, which nearly only contacts with talk have."""
    talk = findings.proposal.entry("columns", "talk_seconds")
    if talk is None or talk.off:
        return
    name = talk.value if isinstance(talk.value, str) else talk.value.get("column")
    if not isinstance(name, str):
        return
    talked = [bool(text.strip("0:.,")) for text in findings.table.column(name).texts]
    if all(talked) or not any(talked):
        return
    columns = []
    for column in _names(findings):
        filled = [bool(text) and text not in column.none for text in column.texts]
        if sum(1 for one, two in zip(filled, talked, strict=True) if one == two) >= _ALIKE * len(talked):
            columns.append(column)
    offer(findings, "agent", columns, lambda one: one.name, "the agent, whom only contacts with talk have")


def _people(findings: Findings) -> None:
    """Offer columns of names for the evaluator and the agent of an evaluation."""
    columns = _names(findings)
    for name in ("agent", "evaluator"):
        offer(findings, name, columns, lambda one: one.name, f"the {name}")


def _scheduled(findings: Findings) -> None:
    """Offer numbers of agents, or such of which nobody knows the meaning, for those that are scheduled or required."""
    columns = [
        column
        for column in findings.table.of("agent", "staffed", "")
        if column.name not in findings.used
        and column.is_numeric
        and column.shown is None
        and not column.twice
        and not column.percent_signs
        and not column.meaning.kinds
        and column.meaning.unit is None
        and column.meaning.statistic in {"", "number", "sum", "avg"}
        and not {"id", "actual"} & column.meaning.tokens
        and (column.meaning.measure or column.meaning.strange)
        and any(column.numbers)
    ]
    for name, said in (("scheduled_agents", "scheduled"), ("required_agents", "required")):
        offer(findings, name, columns, lambda one: one.name, f"the agents that are {said}")


def _volume(findings: Findings) -> None:
    """Offer numbers for a forecast volume."""
    columns = [
        column
        for column in findings.table.of("", "offered", "contact")
        if column.name not in findings.used
        and column.is_numeric
        and column.shown is None
        and not column.percent_signs
        and not column.twice
        and not column.meaning.kinds - {"forecast"}
        and column.meaning.unit is None
        and column.meaning.statistic in {"", "number", "sum"}
        and "actual" not in column.meaning.tokens
        and len(column.different) > 1
    ]
    offer(findings, "forecast_offered", columns, lambda one: one.name, "the forecast volume")


def _handle(findings: Findings) -> None:
    """Offer the handle time of a forecast."""
    columns = [
        column
        for column in findings.table.columns
        if column.name not in findings.used
        and not column.twice
        and column.meaning.measure in _HANDLES
        and (column.layouts or (column.is_numeric and _is_handle(column)))
        and not column.meaning.kinds - {"forecast"}
        and column.meaning.statistic in {"", "avg"}
    ]

    def value(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
        spell = spell_of(column, "handle", (), single=True)
        return column.name if spell is None else spell.value()

    offer(findings, "forecast_aht_seconds", columns, value, "the forecast handle time")


def _is_handle(column: Column) -> bool:
    known = [number for number in column.numbers if number is not None]
    return bool(known) and all(_AHT[0] <= number <= _AHT[1] for number in known)
