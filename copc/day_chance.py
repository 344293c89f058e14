"""How far a day's service level is under its target, against what chance alone does to such a day.

A day of 200 contacts is not 200 independent trials: those who come together wait together. So the day's own intervals
say how much its level strays: the standard error of a ratio, each interval being one cluster (Cochran, Sampling
Techniques, 1977, section 6.3). Days one after another are judged together, so that a queue that is a little short every
day is not called unlucky for ever.
"""

import math
from typing import NamedTuple

__all__ = ["Days", "Squares", "errors_below"]


class Squares(NamedTuple):
    """The sums over a day's intervals that say how much its level strays."""

    intervals: int = 0
    """With contacts."""
    good: int = 0
    """Sum of numerators squared."""
    product: int = 0
    """Sum of numerator x denominator."""
    total: int = 0
    """Sum of denominators squared."""

    def add(self, good: int, total: int) -> "Squares":
        """The same day with one interval more; one without contacts says nothing.

        Args:
            good: numerator of its service level.
            total: denominator.
        """
        if not total:
            return self
        return Squares(
            self.intervals + 1, self.good + good * good, self.product + good * total, self.total + total * total
        )

    def variance(self, level: float) -> float:
        """The variance of the day's numerator.

        Args:
            level: the day's service level, a ratio.
        """
        if self.intervals < 2:
            return 0.0
        around = self.good - 2 * level * self.product + level * level * self.total
        return max(around, 0.0) * self.intervals / (self.intervals - 1)


class Days(NamedTuple):
    """Days running that ended under their range, summed up."""

    good: int = 0
    total: int = 0
    variance: float = 0.0
    """Variance of `good`."""

    def add(self, counts: tuple[int, int], squares: Squares) -> "Days":
        """These days and one more.

        Args:
            counts: numerator and denominator of the day's service level; a day without contacts adds nothing.
            squares: of its intervals.
        """
        good, total = counts
        if not total:
            return self
        return Days(self.good + good, self.total + total, self.variance + squares.variance(good / total))


def errors_below(days: Days, target: float) -> float:
    """Standard errors by which the level of days lies under a target; negative above it, 0 without contacts.

    Contacts never stray less than independent ones do, so the variance is at least theirs.

    Args:
        days: one or more.
        target: ratio, above 0 and below 1.
    """
    if not days.total:
        return 0.0
    variance = max(days.variance, target * (1 - target) * days.total)
    return (target * days.total - days.good) / math.sqrt(variance)
