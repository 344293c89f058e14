"""Which columns hold talk, hold, wrap, handle and wait of an interval."""

import math
from collections.abc import Sequence
from typing import Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.counts import Counts
from streams.sources.recognising.records.spells import NO_UNIT, Numbers, Spell, spell_of
from streams.sources.recognising.tables import Column

__all__ = ["choose_times", "doubt_what_is_left"]

_NO_TIMES: Final = frozenset(
    {"target", "forecast", "required", "scheduled", "difference", "previous", "cost", "outbound", "internal", "median"}
)
_RESTING: Final = "it rests on the answered, which no column counts"
_WHOLE: Final = "handle time as a whole"


def choose_times(findings: Findings, counts: Counts) -> None:
    """Map talk, hold, wrap and the wait of the answered."""
    numbers = counts.handled.numbers if counts.handled is not None else counts.answered_numbers
    spells = {kind: _best(findings, kind, numbers) for kind in ("talk", "handle")}
    first = spells["handle"] or spells["talk"]
    unit = None if first is None or first.layout is not None else first.unit
    spells |= {kind: _best(findings, kind, numbers, unit) for kind in ("hold", "wrap")}
    _agree(first, spells)
    if spells["talk"] is None and spells["handle"] is None and findings.table.of("wait", "asa"):
        parts = spells["hold"] is not None or spells["wrap"] is not None
        spells["talk" if parts else "handle"] = _unnamed(findings, numbers)
    _handling(findings, counts, spells)
    _waits(findings, counts, {one.unit for one in spells.values() if one is not None and one.layout is None})


def _agree(first: Spell | None, spells: dict[str, Spell | None]) -> None:
    """Read hold and wrap as the handling is read, sum or average, where both may be: a report writes all alike."""
    for kind in ("hold", "wrap"):
        spell = spells[kind]
        other = None if spell is None else spell.other
        if first is None or spell is None or other is None or first.doubt or other.column is not spell.column:
            continue
        if spell.average != first.average and other.average == first.average:
            other.doubt, other.other = spell.doubt, spell
            spells[kind] = other


def _best(findings: Findings, kind: str, counts: Numbers, unit: float | None = None) -> Spell | None:
    """The best column of a kind of time: a sum, which is exact, before an average; `unit` is that of other times."""
    found: list[Spell] = []
    for column in _timed(findings, kind):
        spell = spell_of(column, kind, counts, unit=unit, queues=_queues(findings))
        if spell is not None:
            found.append(spell)
    found.sort(key=lambda one: (not one.column.meaning.whole, bool(one.doubt), one.average, one.column.place))
    if not found:
        return None
    best = found[0]
    twin = next((one for one in found if one.average != best.average and _near(one.each, best.each) >= 0.9), None)
    if twin is not None:
        best.doubt = ""
        findings.use(twin.column)
    elif not best.column.meaning.whole and not best.doubt:
        best.doubt = f"of the name {best.column.name!r} only a part is understood"
    rivals = [one for one in found[1:] if one is not twin and one.column.meaning.whole >= best.column.meaning.whole
              and one.average == best.average and _near(one.each, best.each) < 0.9]  # fmt: skip
    if rivals and not best.doubt:
        best.doubt, best.other = f"{rivals[0].column.name} may be it, too", rivals[0]
    return best


def _unnamed(findings: Findings, counts: Numbers) -> Spell | None:
    """A duration of which nobody says what lasted, where another column is the wait: the talk, or the whole."""
    columns = [one for one in _timed(findings, "time", "contact") if one.meaning.statistic in {"avg", "sum"}]
    columns = [one for one in columns if "time" in one.meaning.tokens or one.layouts or one.meaning.unit is not None]
    spell = spell_of(columns[0], "time", counts, queues=_queues(findings)) if columns else None
    if spell is not None:
        spell.doubt = spell.doubt or "a duration of talk alone, or of the whole contact?"
    return spell


def _queues(findings: Findings) -> Sequence[str]:
    """The queue of each row; empty: no column names it."""
    entry = findings.proposal.entry("columns", "queue")
    return findings.table.column(entry.value).texts if entry is not None and isinstance(entry.value, str) else ()


def _timed(findings: Findings, *kinds: str) -> list[Column]:
    return [
        column
        for column in findings.table.of(*kinds)
        if column.meaning.statistic in {"", "avg", "sum"}
        and not column.meaning.kinds & _NO_TIMES
        and not column.percent_signs
        and (column.layouts or column.is_numeric)
    ]


def _near(one: Numbers, two: Numbers) -> float:
    """The share of rows in which the seconds of a contact agree as far as rounding lets them."""
    pairs = [(a, b) for a, b in zip(one, two, strict=True) if a is not None and b is not None]
    good = sum(1 for a, b in pairs if abs(a - b) <= max(1.0, 0.02 * b))
    return good / len(pairs) if pairs else 0.0


def _handling(findings: Findings, counts: Counts, spells: dict[str, Spell | None]) -> None:
    talk, hold, wrap, whole = (spells[kind] for kind in ("talk", "hold", "wrap", "handle"))
    if whole is not None:
        known = [one for one in (talk, hold, wrap) if one is not None]
        fits = bool(known) and _near(_sum(known), whole.each) >= 0.9
        without_hold = [one for one in (talk, wrap) if one is not None]
        if talk is not None and hold is not None and not fits and _near(_sum(without_hold), whole.each) >= 0.9:
            _put(findings, counts, "hold_seconds", hold, confirmed=True)
            _put_difference(findings, counts, talk, hold)
            if wrap is not None:
                _put(findings, counts, "wrap_seconds", wrap, confirmed=True)
            return
        if talk is None or not fits:
            note = f"{_WHOLE}, as talk, hold and wrap do not add up to it" if known else _WHOLE
            _put(findings, counts, "talk_seconds", whole, note=note)
            return
        findings.use(whole.column)
        for name, spell in (("talk_seconds", talk), ("hold_seconds", hold), ("wrap_seconds", wrap)):
            if spell is not None:
                _put(findings, counts, name, spell, confirmed=True)
        return
    for name, spell in (("talk_seconds", talk), ("hold_seconds", hold), ("wrap_seconds", wrap)):
        if spell is not None:
            _put(findings, counts, name, spell)


def doubt_what_is_left(findings: Findings) -> None:
    """Mark handling where a column of times that nobody understands may be a part of it as well.

    That is so where there is no talk, and where there is no wrap and talk is not said to be the whole.
    """
    proposal = findings.proposal
    talk = proposal.entry("columns", "talk_seconds")
    entry = talk or proposal.entry("columns", "wrap_seconds") or proposal.entry("columns", "hold_seconds")
    whole = talk is not None and (talk.note.startswith(_WHOLE) or proposal.mapped("wrap_seconds"))
    if entry is None or entry.doubt or whole:
        return
    kinds = ("time", "") if talk is not None else ("time", "", "answered", "handled", "contact")
    for column in findings.table.of(*kinds):
        named = "time" in column.meaning.tokens and (column.meaning.statistic in {"avg", "sum"} or talk is None)
        if named and column.name not in findings.used and (column.layouts or column.is_numeric):
            entry.doubt = f"is {column.name} a part of handling, too?"
            return


def _sum(spells: Sequence[Spell]) -> list[float | None]:
    return [
        None if None in row else math.fsum(value or 0 for value in row)
        for row in zip(*(one.each for one in spells), strict=True)
    ]


def _put_difference(findings: Findings, counts: Counts, talk: Spell, hold: Spell) -> None:
    base = counts.per_contact
    if base is None:
        return
    findings.use(talk.column)
    value = {"difference": [talk.total(base), hold.total(base)]}
    findings.proposal.map("talk_seconds", value, "hold is inside it, by the handle time")


def _put(
    findings: Findings, counts: Counts, name: str, spell: Spell, *, note: str = "", confirmed: bool = False
) -> None:
    """Map a field of summed seconds, and the count without which there is no AHT."""
    base = counts.per_contact
    proposal = findings.proposal
    if base is None and spell.average:
        proposal.remarks.append(f"{spell.column.name} is an average, and no column counts its contacts: not mapped")
        return
    findings.use(spell.column)
    doubt = "" if confirmed else spell.doubt
    if spell.average and isinstance(base, dict):
        doubt = doubt or _RESTING
    options = []
    if doubt and spell.other is not None:
        options = [
            Option(one.said() if one.column is spell.column else one.column.name, {("columns", name): one.total(base)})
            for one in (spell, spell.other)
        ]
    proposal.map(
        name, spell.total(base), note or ("" if doubt else spell.said() if spell.average else ""), doubt, options
    )
    if base is not None and not proposal.mapped("handled"):
        proposal.map("handled", base, "the count that AHT is of", _RESTING if isinstance(base, dict) else "")


def _waits(findings: Findings, counts: Counts, units: set[float]) -> None:
    """Map the summed wait of the answered; `units` are those of the file's other times."""
    spell, doubt = _wait(findings, counts.answered_numbers)
    if spell is None:
        return
    if doubt.startswith(NO_UNIT) and units == {spell.unit}:
        doubt = ""
    answered = counts.answered_value
    if spell.average and answered is None:
        findings.proposal.remarks.append(f"{spell.column.name} is an average, and no column counts the answered")
        return
    findings.use(spell.column)
    if spell.average and isinstance(answered, dict):
        doubt = doubt or _RESTING
    note = spell.said() if spell.average and not doubt else ""
    findings.proposal.map("wait_seconds", spell.total(answered), note, doubt)


def _wait(findings: Findings, answered: Numbers) -> tuple[Spell | None, str]:
    """The column of the wait of the answered, and why it may be another's."""
    if not answered:
        return None, ""
    found, waits = (
        [
            spell
            for column in _timed(findings, kind)
            if (spell := spell_of(column, kind, answered, queues=_queues(findings))) is not None
        ]
        for kind in ("asa", "wait")
    )
    sums = [spell for spell in waits if not spell.average and any(_near(spell.each, one.each) >= 0.9 for one in found)]
    if sums:
        return sums[0], ""
    if found:
        part = f"of the name {found[0].column.name!r} only a part is understood"
        return found[0], found[0].doubt or ("" if found[0].column.meaning.whole else part)
    if waits:
        return waits[0], waits[0].doubt or "is this the wait of the answered alone, or of all contacts?"
    return None, ""
