"""The day's service level at its close: known so far, projected for the rest, and corrected by past projections.

A projection knows no incident before it begins, and a plan errs in ways of its own. Past days say how far: each leaves
how many standard deviations the day's level came in off what was projected, and how wide such errors spread. A day's
chance of its target is read with both. Below some 20 days the record changes little.

Shapes as in `copc.projection`: q queues, `PATHS` paths. Nothing here reads a clock.

Sources: Buehlmann 1967 (credibility, for the record); docs/projections.md.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from scipy.special import ndtr

from copc.arguments import Floats
from copc.projection import Rest, level_range

__all__ = ["NO_RECORD", "Chances", "DayAhead", "DayRecord", "learn_outcome"]

_KNOWN_DAYS: Final = 20
_FORGET: Final = 1 - 1 / 120
_FARTHEST: Final = 4.0
_SURE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class DayRecord:
    """How past days came in against their projections, in their standard deviations; sums forget 1/120 a day."""

    weight: float = 0.0
    """Days, those of long ago less."""
    off: float = 0.0
    """Sum of (level at close - level projected) / standard deviation."""
    squares: float = 0.0

    @property
    def shift(self) -> float:
        """Standard deviations to move a projection by."""
        return self.off / (self.weight + _KNOWN_DAYS)

    @property
    def width(self) -> float:
        """Factor on the standard deviation."""
        mean_square = (self.squares + _KNOWN_DAYS) / (self.weight + _KNOWN_DAYS)
        return math.sqrt(max(mean_square - self.shift**2, 0.04))


NO_RECORD: Final = DayRecord()
"""The record of a queue that nothing is known of."""


def learn_outcome(record: DayRecord, projected: float, deviation: float, level: float) -> DayRecord:
    """The record with one more day; an error counts for at most 4 standard deviations.

    Args:
        record: of the queue, of projections made at one time of the day.
        projected: level at close as projected without the record, ratio (`Chances.plain`).
        deviation: its standard deviation, > 0 (`Chances.deviation`).
        level: the day's level at its close.
    """
    off = min(max((level - projected) / max(deviation, _SURE), -_FARTHEST), _FARTHEST)
    return DayRecord(record.weight * _FORGET + 1, record.off * _FORGET + off, record.squares * _FORGET + off * off)


class Chances(NamedTuple):
    """A day's service level at its close, of q queues."""

    level: Floats
    """Expected, ratio, (q,)."""
    low: Floats
    """Lower end of the range that holds 80 % of outcomes, (q,)."""
    high: Floats
    plain: Floats
    """Expected before the record of past days corrects it, (q,)."""
    deviation: Floats
    """Standard deviation before the record widens or narrows it, (q,)."""


@dataclass(frozen=True)
class DayAhead:
    """The day of q queues: sums of what is known, the rest as projected, and how past projections did."""

    numerator: Floats
    """Sum over the intervals that are final or open, as far as they are known, (q,)."""
    denominator: Floats
    rest: Rest
    shift: Floats
    """`DayRecord.shift` of each queue, (q,)."""
    width: Floats
    """`DayRecord.width` of each queue, (q,)."""

    @cached_property
    def _paths(self) -> tuple[Floats, Floats]:
        """The day's level on each path, (q, `PATHS`), and the variance of chance around it, (q,)."""
        counts = self.rest.path_denominators
        total = self.denominator[:, None] + counts.sum(axis=2)
        level = (self.numerator[:, None] + (counts * self.rest.path_levels).sum(axis=2)) / np.maximum(total, _SURE)
        single = counts.mean(axis=1) ** 2 * self.rest.chance
        pairs = 2 * (self.rest.likeness * np.sqrt(single[:, :-1] * single[:, 1:])).sum(axis=1)
        return level, (single.sum(axis=1) + pairs) / np.maximum(total.mean(axis=1), _SURE) ** 2

    def expect(self, share: float = 0.8) -> Chances:
        """The level at close and its range, which holds `share` of outcomes."""
        level, chance = self._paths
        plain = level.mean(axis=1)
        deviation = np.sqrt(level.var(axis=1) + chance)
        middle = np.clip(plain + self.shift * deviation, 0.0, 1.0)
        low, high = level_range(middle, (deviation * self.width) ** 2, share)
        return Chances(middle, low, high, plain, deviation)

    def at_least(self, limit: Floats) -> Floats:
        """P(the day's level at close is at or above a limit), (q,); the limit (q,)."""
        level, chance = self._paths
        middle = level.mean(axis=1, keepdims=True)
        deviation = np.sqrt(level.var(axis=1) + chance)
        paths = middle + (level - middle) * self.width[:, None] + (self.shift * deviation)[:, None]
        alone = np.sqrt(np.maximum(chance, _SURE**2)) * self.width
        return np.asarray(ndtr((paths - limit[:, None]) / alone[:, None]).mean(axis=1), dtype=np.float64)
