"""How far a day's service level is under its target, against what chance alone does to such a day.

A day of 200 contacts is not 200 independent trials: those who come together wait together. How much that makes a
queue's intervals stray is learned from its days before (`copc.cusum.Spread`), not from the day itself: a bad morning
would pass for chance. Days one after another are judged together, so that a queue that is a little short every day is
not called unlucky for ever.
"""

import math
from typing import NamedTuple

__all__ = ["Days", "errors_below"]


class Days(NamedTuple):
    """Days running that ended under their range, summed up."""

    good: int = 0
    total: int = 0
    variance: float = 0.0
    """The variance that chance gives `good`."""

    def add(self, counts: tuple[int, int], variance: float) -> "Days":
        """These days and one more.

        Args:
            counts: numerator and denominator of the day's service level; a day without contacts adds nothing.
            variance: of the numerator, by chance: the sum of its intervals'.
        """
        good, total = counts
        return Days(self.good + good, self.total + total, self.variance + variance) if total else self


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
