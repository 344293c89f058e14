"""Which columns hold talk, hold, wrap, handle and wait, as sums or averages, in which unit.

A name that says neither is decided by the numbers: an average a contact stays the same from row to row, a sum grows
with the contacts; and no contact takes a second, or a day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, pstdev
from typing import Any, Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.counts import Counts
from streams.sources.recognising.tables import Column

__all__ = ["Spell", "choose_times", "doubt_what_is_left", "spell_of"]

Numbers = Sequence[float | None]
_PLAUSIBLE: Final = {
    "talk": (15, 3600), "hold": (0.2, 900), "wrap": (1, 1800), "handle": (20, 5400), "wait": (0.3, 1800),
    "waiting": (0.3, 1800),
    "asa": (0.3, 1800), "ring": (0.3, 1800), "time": (1, 7200), "ivr": (0.3, 1800), "wait_abandoned": (0.3, 1800),
}  # fmt: skip
"""Seconds of a contact, at least and at most, where nothing is unusual."""
_NO_TIMES: Final = frozenset(
    {"target", "forecast", "required", "scheduled", "difference", "previous", "cost", "outbound", "internal", "median"}
)
_UNITS: Final = (1.0, 60.0, 0.001, 3600.0)
_CLEARER: Final = 0.6
"""How much smaller the spread of the right reading must be, that it is plain."""
_NO_UNIT: Final = "no unit is named"
_WHOLE: Final = "handle time as a whole"
_SPREAD: Final = 0.08
_LONG_WAIT: Final = 90.0
"""Seconds of a mean speed of answer from which it may be a sum as well."""


@dataclass(slots=True)
class Spell:
    """A column of times, and how it is read."""

    column: Column
    average: bool
    layout: str | None
    unit: float
    each: list[float | None]
    """Seconds of one contact, row by row."""
    doubt: str = ""
    other: "Spell | None" = None
    """The next best reading, where it is in doubt."""

    def value(self) -> Any:  # noqa: ANN401 - any value of YAML
        """The column as it stands in a source, as a number of seconds."""
        if self.layout is not None:
            return {"column": self.column.name, "duration": self.layout}
        if self.unit != 1:
            return {"column": self.column.name, "multiply": self.unit if self.unit < 1 else int(self.unit)}
        return self.column.name

    def total(self, count: Any) -> Any:  # noqa: ANN401 - any value of YAML
        """The same as a sum over an interval's contacts."""
        return {"product": [self.value(), count]} if self.average else self.value()

    def said(self) -> str:
        """The reading in words."""
        unit = self.layout or {1.0: "seconds", 60.0: "minutes", 0.001: "milliseconds", 3600.0: "hours"}[self.unit]
        return f"{'average' if self.average else 'sum'}, {unit}"


def spell_of(
    column: Column, kind: str, counts: Numbers, *, single: bool = False, unit: float | None = None
) -> Spell | None:
    """How a column of times is read.

    Args:
        column: the column.
        kind: talk, hold, wrap, handle, wait or asa.
        counts: the contacts of each row.
        single: whether a row is one contact.
        unit: seconds of the unit that other times of the table have, where names say none.
    """
    meaning = column.meaning
    averages = _averages(meaning.statistic, single=single)
    by_name = kind == "asa" and meaning.statistic == "" and "asa" in meaning.tokens and not single
    readings: list[Spell] = []
    if column.layouts:
        for layout in column.layouts:
            values = column.seconds(layout)
            readings += [Spell(column, one, layout, 1.0, _each(values, counts, average=one)) for one in averages]
    elif column.is_numeric:
        given = meaning.unit if meaning.unit is not None else unit
        for each in _UNITS if given is None else (given,):
            values = [None if number is None else number * each for number in column.numbers]
            readings += [Spell(column, one, None, each, _each(values, counts, average=one)) for one in averages]
    return _by_name(readings, kind) if by_name else _decided(readings, kind, single=single)


def _averages(statistic: str, *, single: bool) -> list[bool]:
    """Whether a column may hold averages, in the order in which both are tried."""
    if single or statistic == "sum":
        return [False]
    return [True] if statistic == "avg" else [False, True]


def _by_name(readings: list[Spell], kind: str) -> Spell | None:
    """A speed of answer is an average; but an "answer delay" may be the sum, where so long an average is unusual."""
    plain = [one for one in readings if one.unit == 1 or one.column.meaning.unit is not None]
    low, _ = _PLAUSIBLE[kind]
    usual = [one for one in plain if one.average and _lasts(one, low, _LONG_WAIT)]
    summed = [one for one in plain if not one.average and _lasts(one, low, _LONG_WAIT)]
    best = _decided(usual or summed or readings, kind, single=False)
    if best is not None and not usual and not best.doubt:
        best.doubt = f"sum or average? as {best.said()} a contact takes {_middle(best.each) or 0:.3g} s"
        best.other = next((one for one in readings if one.average != best.average and one.unit == best.unit), None)
    return best


def _lasts(reading: Spell, low: float, high: float) -> bool:
    """Whether a contact takes so long, as a rule."""
    return low <= (_middle(reading.each) or 0) <= high


def _each(values: Numbers, counts: Numbers, *, average: bool) -> list[float | None]:
    """Seconds of one contact."""
    if not counts or average:
        return [value if not counts or counts[place] != 0 else None for place, value in enumerate(values)]
    return [None if value is None or not count else value / count for value, count in zip(values, counts, strict=True)]


def _decided(readings: list[Spell], kind: str, *, single: bool) -> Spell | None:
    """The likeliest reading, with its doubt."""
    if not readings:
        return None
    low, high = _PLAUSIBLE[kind]
    sound = [one for one in readings if _lasts(one, low, high)]
    if not sound:
        return _implausible(readings)
    # Two parts of an average are minutes and seconds: hours and minutes are no precision for one contact.
    sound = [one for one in sound if one.layout == "m:ss" and (one.average or single)] or sound
    likeliest = [_plainest([one for one in sound if one.average is average]) for average in (False, True)]
    best, *others = sorted((one for one in likeliest if one is not None), key=lambda one: _spread(one.each))
    _question(best, others, sound)
    if best.unit != 1.0 and best.column.meaning.unit is None:
        best.doubt = f"{_NO_UNIT}; in seconds a contact would take {_middle(readings[0].each) or 0:.3g} s"
    return best


def _implausible(readings: list[Spell]) -> Spell:
    """The first reading, of which no contact can be; but of nothing but zeros none is wrong."""
    first = readings[0]
    if any(_middle(one.each) for one in readings):
        first.doubt = f"read as {first.said()}, a contact takes {_middle(first.each) or 0:.3g} s"
    return first


def _plainest(readings: Sequence[Spell]) -> Spell | None:
    """Seconds before other units."""
    return min(readings, key=lambda one: one.unit != 1.0, default=None)


def _question(best: Spell, others: Sequence[Spell], sound: Sequence[Spell]) -> None:
    """Note why the best reading may be wrong, and which other one is as good."""
    rivals = [one for one in others if one.average != best.average]
    few = _SPREAD if len(best.each) < 6 else 0.0
    if rivals and _spread(rivals[0].each) * _CLEARER < _spread(best.each) + few:
        best.doubt = f"sum or average? as {best.said()} a contact takes {_middle(best.each) or 0:.3g} s"
        best.other = rivals[0]
        return
    layouts = [one for one in sound if one.layout != best.layout and one.average == best.average]
    if layouts and best.layout is not None:
        best.doubt, best.other = f"{best.column.filled[0]} is read as {best.layout}", layouts[0]


def _middle(each: Numbers) -> float | None:
    known = [value for value in each if value is not None]
    return median(known) if known else None


def _spread(each: Numbers) -> float:
    """How much the seconds of a contact differ from row to row."""
    known = [math.log(value) for value in each if value is not None and value > 0]
    return pstdev(known) if len(known) > 1 else 0.0


def choose_times(findings: Findings, counts: Counts) -> None:
    """Map talk, hold, wrap and the wait of the answered."""
    numbers = counts.handled.numbers if counts.handled is not None else counts.answered_numbers
    spells = {kind: _best(findings, kind, numbers) for kind in ("talk", "handle")}
    first = spells["handle"] or spells["talk"]
    unit = None if first is None or first.layout is not None else first.unit
    spells |= {kind: _best(findings, kind, numbers, unit) for kind in ("hold", "wrap")}
    if all(one is None for one in spells.values()) and findings.table.of("wait", "asa"):
        spells["handle"] = _unnamed(findings, numbers)
    _handling(findings, counts, spells)
    _waits(findings, counts, {one.unit for one in spells.values() if one is not None and one.layout is None})


def _best(findings: Findings, kind: str, counts: Numbers, unit: float | None = None) -> Spell | None:
    """The best column of a kind of time: a sum, which is exact, before an average; `unit` is that of other times."""
    found: list[Spell] = []
    for column in _timed(findings, kind):
        spell = spell_of(column, kind, counts, unit=unit)
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
    columns = [one for one in columns if "time" in one.meaning.tokens]
    spell = spell_of(columns[0], "time", counts) if columns else None
    if spell is not None:
        spell.doubt = spell.doubt or "a duration of talk alone, or of the whole contact?"
    return spell


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
        proposal.map("handled", base, "the count that AHT is of")


def _waits(findings: Findings, counts: Counts, units: set[float]) -> None:
    """Map the summed wait of the answered; `units` are those of the file's other times."""
    spell, doubt = _wait(findings, counts.answered_numbers)
    if spell is None:
        return
    if doubt.startswith(_NO_UNIT) and units == {spell.unit}:
        doubt = ""
    answered = counts.answered_value
    if spell.average and answered is None:
        findings.proposal.remarks.append(f"{spell.column.name} is an average, and no column counts the answered")
        return
    findings.use(spell.column)
    note = spell.said() if spell.average and not doubt else ""
    findings.proposal.map("wait_seconds", spell.total(answered), note, doubt)


def _wait(findings: Findings, answered: Numbers) -> tuple[Spell | None, str]:
    """The column of the wait of the answered, and why it may be another's."""
    if not answered:
        return None, ""
    found, waits = (
        [spell for column in _timed(findings, kind) if (spell := spell_of(column, kind, answered)) is not None]
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
