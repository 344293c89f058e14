"""Signals: whether an interval's service level is unusual for this queue at this time of day.

Neither target nor plan matters here. The measure is the queue's own past in the same slot (day class and time of
day), by Laney's p' chart, which allows for the spread that contacts sharing a queue really have. Past incidents are
left out of the limits (docs/concepts/figures.md#signals). A slot's points are in a small cell of the queue's state,
so that an interval that becomes final rewrites no more than an hour of one day class.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from agents.state.store import StateStore
from copc.charts import laney_p_chart
from copc.cusum import Spread, Tally, learn

__all__ = [
    "KEPT_POINTS",
    "SHORTEST_SECONDS",
    "Baselines",
    "Basis",
    "Chance",
    "Reading",
    "Slot",
    "basis_of",
    "limits_of",
    "read_signal",
    "slot_of",
]

KEPT_POINTS: Final = 60
"""Number of a slot's latest points that its limits are computed from: three months of weekdays."""
SHORTEST_SECONDS: Final = 600
"""Shortest interval that is charted: a service level of five minutes is noise (docs/concepts/figures.md#signals)."""


class Slot(NamedTuple):
    """Intervals that are alike: of one day class, at one time of day."""

    day_class: str
    """week (Monday to Friday), sat or sun."""
    minute: int
    """Local time of the interval's start, minutes from midnight."""


def slot_of(weekday: int, minute: int) -> Slot:
    """The slot of an interval.

    Args:
        weekday: of the open day it belongs to, 0 Monday.
        minute: of its start, from local midnight.
    """
    return Slot({5: "sat", 6: "sun"}.get(weekday, "week"), minute)


class Basis(NamedTuple):
    """Centre and spread of a slot's past service level."""

    centre: float
    """Pooled service level, ratio, strictly between 0 and 1."""
    sigma_z: float
    """How many times wider than binomial the intervals spread."""


class Reading(NamedTuple):
    """One interval against its slot's past."""

    signal: str = "no_baseline"
    """usual, low, high or no_baseline."""
    centre: float | None = None
    lower: float | None = None
    """The lower control limit for this interval's size."""
    basis: Basis | None = None


class Chance(msgspec.Struct, array_like=True):
    """How much this queue's service level varies from interval to interval by chance. Fields are appended only.

    A day teaches when it is over, so that what happens on it is measured against the days before.
    """

    spread: Spread = Spread()
    """The spread over the days that are over."""
    day: Tally = Tally()
    """The day that is not over, summed up."""

    @property
    def weight(self) -> float:
        """How much a distance from a limit tells, 1 in the reference queue."""
        return self.spread.weight

    def add(self, level: float, contacts: int, seconds: float) -> None:
        """Add an interval of many contacts."""
        self.day = self.day.add(level, contacts, seconds)

    def end_day(self) -> None:
        """Learn from the day that is over."""
        self.spread, self.day = learn(self.spread, self.day), Tally()


class _Hour(msgspec.Struct, array_like=True):
    """One cell: the slots of one hour of one day class."""

    made_by: str
    """The way in which the service level was counted; points counted otherwise are no baseline."""
    slots: dict[int, list[tuple[int, int]]]
    """By minute: numerator and denominator of the latest intervals, oldest first."""


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(_Hour).decode


def basis_of(points: Sequence[tuple[float, float]]) -> Basis:
    """Centre and spread of a slot's past, two points or more.

    Where all points are 0 or all are 1 there is no spread to measure: the centre then keeps half a contact's
    distance from the edge. Where there is no spread, binomial spread is taken.
    """
    numerators, denominators = zip(*points, strict=True)
    chart = laney_p_chart(numerators, denominators, robust=True)
    centre = float(chart.centre[0])
    if not 0 < centre < 1:
        return Basis((sum(numerators) + 0.5) / (sum(denominators) + 1), 1.0)
    sigma_z = float(chart.sigma[0]) / math.sqrt(centre * (1 - centre) / denominators[0])
    return Basis(centre, sigma_z or 1.0)


def limits_of(basis: Basis, denominator: float) -> tuple[float, float]:
    """Lower and upper control limit of an interval with so many contacts: centre +- 3 sigma, within 0 to 1."""
    reach = 3 * basis.sigma_z * math.sqrt(basis.centre * (1 - basis.centre) / denominator)
    return max(basis.centre - reach, 0.0), min(basis.centre + reach, 1.0)


def read_signal(basis: Basis, numerator: float, denominator: float) -> Reading:
    """An interval's service level against its limits, a point on a limit being usual."""
    lower, upper = limits_of(basis, denominator)
    level = numerator / denominator
    signal = "low" if level < lower else "high" if level > upper else "usual"
    return Reading(signal, basis.centre, lower, basis)


class Baselines:
    """The past of every slot of one queue, in its cells."""

    def __init__(self, cells: StateStore) -> None:
        self._cells = cells

    def read(self, slot: Slot, made_by: str, figure: tuple[int, int], min_points: int) -> Reading:
        """Judge an interval by its slot's past, and add it to that past.

        Args:
            slot: of the interval.
            made_by: how its service level was counted.
            figure: numerator and denominator (> 0) of the service level.
            min_points: points a baseline needs.
        """
        basis = self.basis(slot, made_by, min_points)
        self.learn(slot, made_by, figure)
        return Reading() if basis is None else read_signal(basis, *figure)

    def basis(self, slot: Slot, made_by: str, min_points: int) -> Basis | None:
        """The basis that an interval of a slot would be judged by now; None: too little is known."""
        _, points = self._of(slot, made_by)
        return basis_of(points) if len(points) >= max(min_points, 2) else None

    def learn(self, slot: Slot, made_by: str, figure: tuple[int, int]) -> None:
        """Add an interval to its slot's past without judging it."""
        hour, points = self._of(slot, made_by)
        points.append(figure)
        del points[:-KEPT_POINTS]
        self._cells.replace(_name(slot), _ENCODE(hour))

    def _of(self, slot: Slot, made_by: str) -> tuple[_Hour, list[tuple[int, int]]]:
        """The slot's hour and its points in it; an hour that was counted otherwise is forgotten."""
        name = _name(slot)
        hour = _DECODE(self._cells.require(name)) if name in self._cells.versions else None
        if hour is None or hour.made_by != made_by:
            hour = _Hour(made_by, {})
        return hour, hour.slots.setdefault(slot.minute, [])


def _name(slot: Slot) -> str:
    """The cell of a slot."""
    return f"b{slot.day_class}{slot.minute // 60}"
