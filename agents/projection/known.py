"""The part of a day that is known, interval by interval, and what it says about the rest.

The signals (`copc.reforecast`) learn from one interval after another, so a day that goes on is not learned from its
beginning again: `DayKnown` keeps what the final intervals have taught, and hands out copies that go on from there with
those that are over or open.
"""

from collections.abc import Iterable
from copy import copy
from typing import Final, NamedTuple, Self

from agents.intervals.parts import AMBIGUOUS_HOUR
from agents.projection.inputs import ATTENDANCE
from copc.reforecast import Belief, DayPattern, observe, prior
from streams.results import IntervalResult

__all__ = ["DayKnown", "Forecast", "Known", "known_of"]

_HEADS: Final = 60.0
"""Contacts that a scheduled agent's presence is worth: it is measured, not counted."""
_LEAST: Final = 0.05
"""Part of an interval that must be over before it says anything."""


class Forecast(NamedTuple):
    """The forecast of an interval, the plan's else the queue's own; None: neither is known."""

    offered: float | None = None
    aht_seconds: float | None = None
    scheduled: float | None = None
    planned: bool = False
    """Whether the volume is the plan's."""

    def with_plan(self, offered: float | None, aht_seconds: float | None, scheduled: float | None) -> "Forecast":
        """A plan's figures, and these (the queue's own) for volume and handle time that it does not give."""
        aht = self.aht_seconds if aht_seconds is None else aht_seconds
        return Forecast(self.offered if offered is None else offered, aht, scheduled, planned=offered is not None)


class Known(NamedTuple):
    """An interval that is final, over or open; None: not reported, or it fails a check."""

    start_ms: int
    offered: int | None
    handled: int
    aht_seconds: float | None
    staffed: float | None
    occupied_ms: int | None
    good: float
    """Numerator of its service level; 0 where that is not known."""
    counted: float
    """Its denominator, likewise."""
    missing: bool = False
    odd: bool = False
    """Whether a breach was open in it."""
    share: float = 1.0
    """The part of it that is over."""
    cv: float = 1.0
    """SD / mean of the queue's single handle times, from the intervals before."""


def known_of(
    result: IntervalResult, *, overflow_counts: bool, odd: bool = False, share: float = 1.0, cv: float = 1.0
) -> Known:
    """An interval from its result.

    Args:
        result: of any revision.
        overflow_counts: whether the queue's denominator includes overflowed contacts.
        odd: whether a breach was open in it.
        share: the part of it that is over.
        cv: SD / mean of the queue's single handle times, from the intervals before.
    """
    trusted = not result.failed_checks() and AMBIGUOUS_HOUR not in result.integrity
    counts = result.service_level_counts(overflow_counts=overflow_counts)
    good, counted = (counts.numerator, counts.denominator) if counts is not None and counts.trusted else (0, 0)
    return Known(
        result.interval_start_ms,
        result.offered if trusted and (result.offered or 0) >= 0 else None,
        max(result.handled or 0, 0),
        result.aht_seconds,
        result.staffed_agents,
        result.occupied_ms,
        good,
        counted,
        result.status == "missing" or "missing" in result.integrity,
        odd,
        share,
        cv,
    )


class DayKnown:
    """The sums of the known intervals of one day.

    Args:
        volume: how the queue's volumes stray.
        handling: how its handle times stray.
    """

    def __init__(self, volume: DayPattern, handling: DayPattern) -> None:
        self.patterns = volume, handling, ATTENDANCE
        self.beliefs: tuple[Belief, Belief, Belief] = (prior(volume), prior(handling), prior(ATTENDANCE))
        self.offered = 0
        self.good = self.counted = 0.0
        self.handled = 0
        self.handle_seconds = 0.0
        self.last: Known | None = None
        """The latest interval."""
        self.whole: Known | None = None
        """The latest that is over, and not missing."""
        self.staffed: float | None = None
        """Agents in the latest interval in which they are known."""
        self.missing_ms: int | None = None
        """Start of the first interval that is missing."""
        self.handling_ms = 0
        """Contacts' handling time where `with_contact_ms` is known, too."""
        self.with_contact_ms = 0
        """Agents' time with at least one contact."""

    @property
    def aht_seconds(self) -> float | None:
        """Mean handle time so far; None: nobody was handled."""
        return self.handle_seconds / self.handled if self.handled and self.handle_seconds > 0 else None

    def and_these(self, intervals: Iterable[tuple[Known, Forecast, int, int]]) -> Self:
        """A copy that knows further intervals, too (`add`)."""
        further = copy(self)
        for each in intervals:
            further.add(*each)
        return further

    def add(self, known: Known, forecast: Forecast, hour: int, length_ms: int) -> None:
        """Take in the next interval in order of time.

        Args:
            known: the interval.
            forecast: of it.
            hour: of the local day in which it begins.
            length_ms: of it.
        """
        self.last = known
        if known.missing:
            self.missing_ms = known.start_ms if self.missing_ms is None else self.missing_ms
            return
        self.whole = known if known.share >= 1 else self.whole
        self.good += known.good
        self.counted += known.counted
        self.offered += known.offered or 0
        at = (known.start_ms + length_ms * known.share / 2) / 1000
        volume, handling, there = self.beliefs
        if known.offered is not None and forecast.offered and known.share >= _LEAST:
            expected = forecast.offered * known.share
            weight = expected / self.patterns[0].dispersion
            volume = observe(volume, self.patterns[0], known.offered / expected, weight, at, hour)
        if known.handled and known.aht_seconds:
            self.handled += known.handled
            self.handle_seconds += known.handled * known.aht_seconds
            if forecast.aht_seconds:
                weight = known.handled / max(known.cv, 0.05) ** 2
                ratio = known.aht_seconds / forecast.aht_seconds
                handling = observe(handling, self.patterns[1], ratio, weight, at, hour)
        if known.staffed is not None and known.share >= _LEAST:
            self.staffed = known.staffed
            if forecast.scheduled:
                weight = forecast.scheduled * _HEADS * known.share
                there = observe(there, self.patterns[2], known.staffed / forecast.scheduled, weight, at, hour)
        self.beliefs = volume, handling, there
