"""How a column of times is read: as a sum or an average, in which unit, and why that may be wrong.

A name that says neither is decided by the numbers: an average a contact stays the same from row to row, a sum grows
with the contacts; and no contact takes a second, or a day.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev
from typing import Any, Final

from streams.sources.recognising.tables import Column

__all__ = ["NO_UNIT", "Numbers", "Spell", "spell_of"]

Numbers = Sequence[float | None]
_PLAUSIBLE: Final = {
    "talk": (15, 3600), "hold": (0.2, 900), "wrap": (1, 1800), "handle": (20, 5400), "wait": (0.3, 1800),
    "waiting": (0.3, 1800),
    "asa": (0.3, 1800), "ring": (0.3, 1800), "time": (1, 7200), "ivr": (0.3, 1800), "wait_abandoned": (0.3, 1800),
}  # fmt: skip
"""Seconds of a contact, at least and at most, where nothing is unusual."""
_UNITS: Final = (1.0, 60.0, 0.001, 3600.0)
_CLEARER: Final = 0.6
"""How much smaller the spread of the right reading must be, that it is plain."""
NO_UNIT: Final = "no unit is named"
_SPREAD: Final = 0.08
_WAITS: Final = frozenset({"wait", "asa", "waiting"})
_ENOUGH: Final = 5
"""Rows of a queue from which its own mean is known."""
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
    spread: float = 0.0
    """How much the seconds of a contact differ from row to row of a queue."""

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
    column: Column,
    kind: str,
    counts: Numbers,
    *,
    single: bool = False,
    unit: float | None = None,
    queues: Sequence[str] = (),
) -> Spell | None:
    """How a column of times is read.

    Args:
        column: the column.
        kind: talk, hold, wrap, handle, wait or asa.
        counts: the contacts of each row.
        single: whether a row is one contact.
        unit: seconds of the unit that other times of the table have, where names say none.
        queues: the queue of each row, as one queue's contacts take longer than another's; empty: there is one.
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
    for reading in readings:
        reading.spread = _spread(reading.each, queues)
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
    best, *others = sorted((one for one in likeliest if one is not None), key=lambda one: one.spread)
    others = [one for one in others if not _is_long_beside(one, best, kind)]
    _question(best, others, sound)
    if best.unit != 1.0 and best.column.meaning.unit is None:
        best.doubt = f"{NO_UNIT}; in seconds a contact would take {_middle(readings[0].each) or 0:.3g} s"
    return best


def _is_long_beside(other: Spell, best: Spell, kind: str) -> bool:
    """Whether a reading would be a wait of many minutes, beside one of usual length."""
    low, _ = _PLAUSIBLE[kind]
    return kind in _WAITS and _lasts(best, low, _LONG_WAIT) and not _lasts(other, low, 5 * _LONG_WAIT)


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
    if rivals and rivals[0].spread * _CLEARER < best.spread + few:
        best.doubt = f"sum or average? as {best.said()} a contact takes {_middle(best.each) or 0:.3g} s"
        best.other = rivals[0]
        return
    layouts = [one for one in sound if one.layout != best.layout and one.average == best.average]
    if layouts and best.layout is not None:
        best.doubt, best.other = f"{best.column.filled[0]} is read as {best.layout}", layouts[0]


def _middle(each: Numbers) -> float | None:
    known = [value for value in each if value is not None]
    return median(known) if known else None


def _spread(each: Numbers, queues: Sequence[str] = ()) -> float:
    """How much the seconds of a contact differ from row to row, within queues that have rows enough."""
    logs: dict[str, list[float]] = {}
    for place, value in enumerate(each):
        if value is not None and value > 0:
            logs.setdefault(queues[place] if queues else "", []).append(math.log(value))
    if min(map(len, logs.values()), default=0) < _ENOUGH:
        logs = {"": [log for one in logs.values() for log in one]}
    return pstdev([log - fmean(one) for one in logs.values() for log in one]) if any(logs.values()) else 0.0
