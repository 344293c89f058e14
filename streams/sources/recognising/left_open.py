"""Fields that stay empty beside columns that may hold them: such a line is written, commented out, with its question.

A figure that nobody misses is as wrong as a false one. So a column of counts or times that nothing took, and whose
name does not say that it is something else, is offered for the field that it may fill.
"""

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final

from streams.sources.recognising.findings import YES_OR_NO, Findings
from streams.sources.recognising.records.counts import counting, holds
from streams.sources.recognising.records.spells import spell_of
from streams.sources.recognising.tables import Column
from streams.sources.recognising.words import outcome_word

__all__ = ["leave_open"]

_OTHER_STATISTICS: Final = frozenset({"pct", "max", "least", "median"})
_WAITS: Final = frozenset({"", "wait", "asa", "waiting", "answered", "handled", "time", "contact", "queue", "offered"})
"""Measures of columns of times that may be the wait of the answered; the empty one: its name says nothing."""
_TALKS: Final = frozenset({"", "talk", "handle", "answered", "handled", "time", "contact", "occupied"})
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
_NAMED: Final = 3
"""Columns that a question names at most."""


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
            _rows(findings)
            _agent(findings)
        case "plan":
            _volume(findings)
            _handle(findings)
        case "evaluation":
            _people(findings)
        case _:
            pass


def _free(findings: Findings, measures: frozenset[str]) -> list[Column]:
    """Columns that nothing took, whose names say none but some measures, and no other statistic of it."""
    return [
        column
        for column in findings.table.columns
        if column.name not in findings.used
        and not column.twice
        and column.meaning.measure in measures
        and column.meaning.statistic not in _OTHER_STATISTICS
        and not column.meaning.kinds
        and not column.percent_signs
    ]


def _offer(findings: Findings, name: str, columns: Sequence[Column], value: Callable[[Column], Any], said: str) -> None:
    """Write the line of a field that is not mapped, with the first of some columns."""
    if not columns or findings.proposal.entry("columns", name) is not None:
        return
    named = " or ".join(column.name for column in columns[:_NAMED])
    more = " (or another one)" if len(columns) > _NAMED else ""
    findings.proposal.leave_open(("columns", name), value(columns[0]), f"not mapped: is {named}{more} {said}?")


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
    _offer(findings, "overflowed", others, lambda one: one.name, "how contacts left that nobody answered")


def _whole_counts(findings: Findings) -> None:
    """Offer counts for the offered, the answered, the abandoned and those within, where none of these is mapped."""
    proposal = findings.proposal
    free = [
        one
        for one in counting(findings, "", "contact", "queue", "waiting", "lost", "offered", "answered", "abandoned")
        if one.name not in findings.used
        and any(one.numbers)
        and len(one.different) > 1
        and one.shown is None
        and "time" not in one.meaning.tokens
        and one.meaning.statistic in {"", "number", "sum"}
    ]
    known = {name: _numbers_of(findings, name) for name in ("offered", "answered")}
    less = [one for one in free if not known["offered"] or holds(one.numbers, known["offered"])]
    more = [one for one in free if not known["answered"] or holds(known["answered"], one.numbers)]
    within = [one for one in free if known["answered"] and holds(one.numbers, known["answered"])]
    within = [one for one in within if one.meaning.strange and not one.meaning.measure]
    _offer(findings, "offered", more, lambda one: one.name, "how many contacts came")
    _offer(findings, "answered", less, lambda one: one.name, "how many of them an agent took")
    lost = [one for one in less if one.meaning.measure != "answered"]
    _offer(findings, "abandoned", lost, lambda one: one.name, "how many of them gave up")
    if proposal.mapped("answered") and proposal.mapped("abandoned"):
        _offer(findings, "answered_within", within, lambda one: one.name, "the answered within the threshold")
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
        _offer(findings, "answered_within", ratios, lambda one: {"share": one.name, **share}, "the service level")


def _handling(findings: Findings) -> None:
    """Offer columns for talk and, with it, for the work after it and the count that AHT is of."""
    proposal = findings.proposal
    _time(findings, "talk_seconds", _TALKS, "talk, or all handling", single=False)
    talk, answered = proposal.entry("columns", "talk_seconds"), proposal.entry("columns", "answered")
    if talk is None or not talk.off or (answered is not None and answered.off):
        return
    _time(findings, "wrap_seconds", frozenset({""}), "the work after a contact", single=False)
    if answered is not None and not proposal.mapped("handled"):
        proposal.leave_open(
            ("columns", "handled"), answered.value, "not mapped: the count that AHT is of, once talk is mapped"
        )


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

    _offer(findings, "answered", rates, share, "the rate of the offered that were answered")


def _time(findings: Findings, name: str, measures: frozenset[str], said: str, *, single: bool) -> None:
    """Offer columns of times for one that is not mapped."""
    answered = findings.proposal.entry("columns", "answered")
    count = None if answered is None or answered.off or single else answered.value
    numbers = findings.table.column(count).numbers if isinstance(count, str) else ()
    columns = [one for one in _free(findings, measures) if _is_timed(one) and "abandoned" not in one.meaning.tokens]
    if count is None and not single:
        columns = [one for one in columns if one.meaning.statistic != "avg" and one.meaning.measure != "asa"]

    columns = _likeliest(name, columns)

    def value(column: Column) -> Any:  # noqa: ANN401 - any value of YAML
        spell = spell_of(column, "time", numbers, single=single or not numbers, unit=1.0)
        return column.name if spell is None else spell.value() if count is None else spell.total(count)

    _offer(findings, name, columns, value, said)


def _likeliest(name: str, columns: list[Column]) -> list[Column]:
    """Columns of times, durations before bare numbers; talk is the longest of them, and no other part is."""
    written = [one for one in columns if one.layouts] or [one for one in columns if one.meaning.tokens] or columns
    longest = max(written, key=_middle, default=None)
    if name == "talk_seconds":
        return sorted(columns, key=lambda one: one is not longest)
    if longest is not None and len(written) > 1:
        columns = [*(one for one in columns if one is not longest and one in written),
                   *(one for one in columns if one is longest or one not in written)]  # fmt: skip
    return columns


def _middle(column: Column) -> float:
    numbers = column.seconds(column.layouts[0]) if column.layouts else column.numbers
    known = [number for number in numbers if number is not None]
    return median(known) if known else 0.0


def _is_timed(column: Column) -> bool:
    """Whether cells are durations, or numbers that the name says are times."""
    if column.layouts:
        return True
    meaning = column.meaning
    strange = not meaning.tokens and bool(meaning.strange)  # its name says nothing
    timed = "time" in meaning.tokens or meaning.unit is not None or meaning.statistic == "avg" or strange
    return column.is_numeric and column.shown is None and timed


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
    _offer(findings, "agent", columns, lambda one: one.name, "the agent, whom only contacts with talk have")


def _people(findings: Findings) -> None:
    """Offer columns of names for the evaluator and the agent of an evaluation."""
    columns = _names(findings)
    for name in ("agent", "evaluator"):
        _offer(findings, name, columns, lambda one: one.name, f"the {name}")


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
    _offer(findings, "forecast_offered", columns, lambda one: one.name, "the forecast volume")


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

    _offer(findings, "forecast_aht_seconds", columns, value, "the forecast handle time")


def _is_handle(column: Column) -> bool:
    known = [number for number in column.numbers if number is not None]
    return bool(known) and all(_AHT[0] <= number <= _AHT[1] for number in known)
