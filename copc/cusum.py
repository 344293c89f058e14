"""A sum that forgets slowly, over intervals of very different size (a CUSUM: E. S. Page, Biometrika 1954).

S = max(0, S + w x distance), where an interval's distance beyond its limit is positive, and negative inside. Contacts
of one interval share a queue, so they wait together: even 400 of them vary as much as a score of independent ones
would. So the weight w of an interval follows from three things: its length and the contacts it has (`tells`), the depth
of its distance (`Scale.steps`), and how much this queue's healthy intervals vary by chance (`Spread`). Intervals of few
contacts are judged contact by contact, each with the same small weight (a sequential test).

The numbers of the scales come from simulation of healthy queues and of those whose level falls (bench/bench_alarm.py);
the rules on service level and abandons stand on it. Nothing here depends on a clock or on the order in which
sums are restored: the same intervals give the same S.
"""

import math
from bisect import bisect_right
from typing import Final, NamedTuple

__all__ = ["ABOVE", "BELOW", "LOST", "Scale", "Spread", "Tally", "amount", "learn", "sum_of", "tells"]

_HALF_HOUR: Final = 1800.0
_AGAIN: Final = 4.0
"""A second interval inside running gives back so many times as much as the first, and so does each after it: one good
half hour is no excuse for a bad day, two running say that it is over."""
_SHORT_POWER: Final = 1.15
"""Power of its length by which an interval shorter than half an hour tells: it strays more, so it tells less than its
share of the time."""
_NEAREST: Final = 0.05
"""An interval inside gives back at most this distance where the target is nearer to the limit, or none is set."""


class Scale(NamedTuple):
    """The weights of one accumulated rule."""

    steps: tuple[tuple[float, float], ...]
    """Distances beyond the limit, and how much an interval at each of them counts; straight lines between them."""
    whole_at: float
    """Contacts from which an interval of half an hour tells all that it can."""
    power: float
    """Power of contacts / `whole_at`, by which an interval of fewer tells less."""
    inside: float
    """Weight of the distance inside of an interval of many contacts."""
    few_inside: float
    """Weight of a contact inside, in an interval of few; one beyond has weight 1."""
    few_most: float
    """The most that a half hour of few contacts counts."""


BELOW: Final = Scale(
    steps=((0.0, 0.0), (0.10, 0.0), (0.14, 0.232), (0.385, 0.232), (0.395, 0.52), (1.0, 0.52)),
    whole_at=25.0,
    power=1.0,
    inside=3.0,
    few_inside=1.5,
    few_most=0.30,
)
"""For service level under its range. Healthy queues are often 10 points short, now and then 30 points for one interval.
So the first 10 points count nothing, and 14 to 38 points count alike: what matters is that intervals are short one
after another. Four of these reach the limit of 0.70, also with a weight of 0.76, that of a queue that varies much by
chance; so do two of 40 points with one good interval between, with a weight of 0.83."""
ABOVE: Final = Scale(steps=((0.0, 0.0), (1.0, 1.0)), whole_at=40.0, power=1.5, inside=3.0, few_inside=2.0, few_most=1.0)
"""For service level above its range."""
LOST: Final = Scale(
    steps=((0.0, 0.0), (0.05, 0.02), (0.08, 0.11), (0.30, 0.11), (0.40, 0.27), (1.0, 0.27)),
    whole_at=40.0,
    power=1.5,
    inside=3.0,
    few_inside=2.4,
    few_most=0.12,
)
"""For contacts lost above their limit. Small queues that are staffed rightly lose 10 of 100 contacts, so an abandon
rate of few contacts tells little."""


def tells(scale: Scale, contacts: float, seconds: float) -> float:
    """How much an interval can tell, in half hours: its length, somewhat less where that is short or contacts are few.

    Args:
        scale: of the rule.
        contacts: offered in the interval, > 0.
        seconds: its length, > 0.
    """
    length = seconds / _HALF_HOUR
    whole = length if length >= 1 else math.pow(length, _SHORT_POWER)
    return min(whole, math.pow(contacts / scale.whole_at, scale.power))


def amount(
    scale: Scale, distance: float, *, contacts: float, seconds: float, target_inside: float | None, few: bool
) -> float:
    """An interval's part of the sum, before the weight of its queue's spread: in half hours, negative inside.

    Args:
        scale: of the rule.
        distance: beyond the limit, negative inside; a ratio.
        contacts: offered in the interval, > 0.
        seconds: its length, > 0.
        target_inside: distance of the target from the limit, inside; None: no target is set.
        few: whether its contacts are judged one by one.
    """
    size = tells(scale, contacts, seconds)
    if distance > 0:
        most = scale.few_most * min(1.0, seconds / _HALF_HOUR)
        return min(size * distance, most) if few else size * _counted(scale, distance)
    if few:
        return size * scale.few_inside * distance
    return size * scale.inside * max(distance, -max(target_inside or 0.0, _NEAREST))


def sum_of(total: float, part: float, *, calm: bool) -> float:
    """The sum with one interval more, which never falls below 0.

    Args:
        total: the sum so far.
        part: the interval's, by `amount` and the weight of its queue.
        calm: whether both it and the interval before are inside, and have many contacts each.
    """
    return max(0.0, total + part * (_AGAIN if calm else 1.0))


def _counted(scale: Scale, distance: float) -> float:
    """How much a distance beyond the limit counts."""
    place = bisect_right(scale.steps, (distance, 2.0))
    if place == len(scale.steps):
        return scale.steps[-1][1]
    (left, low), (right, high) = scale.steps[place - 1 : place + 1]
    return low + (high - low) * (distance - left) / (right - left)


# --- how much a queue varies by chance -----------------------------------------------------------------


class Tally(NamedTuple):
    """The intervals of one day, summed up for their spread."""

    intervals: int = 0
    weights: float = 0.0
    """Sum of 1 / the variance that is expected of each."""
    levels: float = 0.0
    """Sum of weight x level."""
    squares: float = 0.0
    """Sum of weight x level squared."""
    sampling: float = 0.0
    """Sum of weight x the part of the variance that few contacts alone explain."""

    def add(self, level: float, contacts: float, seconds: float) -> "Tally":
        """The same day with one interval more.

        Args:
            level: its service level, a ratio.
            contacts: offered, > 0.
            seconds: its length, > 0.
        """
        weight = _weight(seconds)
        return Tally(
            self.intervals + 1,
            self.weights + weight,
            self.levels + weight * level,
            self.squares + weight * level * level,
            self.sampling + weight * _SAMPLING / contacts,
        )


def _weight(seconds: float) -> float:
    """1 / the variance that is expected of an interval of many contacts."""
    return math.pow(min(seconds, 2 * _HALF_HOUR) / _HALF_HOUR, _LENGTH_POWER) / _EXPECTED_VARIANCE


class Spread(NamedTuple):
    """How much the service level of a queue's intervals varies around that of their day."""

    ratio: float = 1.0
    """Its variance over that of the reference queue (100 contacts a half hour of 240 s, staffed for 80 %)."""
    known: float = 48.0
    """Intervals it rests on; the first 48 are a prior guess."""

    @property
    def weight(self) -> float:
        """Factor on a queue's amounts: distances are measured in standard deviations of its own chance.

        It is 1 / sqrt(ratio), within limits. By 1 / ratio, the weight of an optimal test of one size of shift, a queue
        of long calls was believed 0.6 times as much after a month, and what the sums find in a new queue they missed
        in that one; this costs as many false alarms in all queues, where that cost few in those that vary most.
        """
        return min(max(1 / math.sqrt(self.ratio), 0.4), 1.2)

    def variance(self, contacts: float, seconds: float) -> float:
        """The variance of the service level of an interval by chance.

        Args:
            contacts: in its denominator, > 0.
            seconds: its length, > 0.
        """
        return self.ratio / _weight(seconds) + _SAMPLING / contacts


_EXPECTED_VARIANCE: Final = 0.018
"""Variance of a half hour's service level in the reference queue."""
_LENGTH_POWER: Final = 0.448
"""Power by which the variance falls with the length of an interval."""
_SAMPLING: Final = 0.12
"""Three quarters of the variance of one contact (0.8 x 0.2): independent contacts do less harm than waits in common."""
_LONGEST: Final = 600.0
"""Intervals after which the past is forgotten: a month of half hours, on weekdays."""
_OUTLIER: Final = 3.0
"""A day counts as at most so many times as varied as the days before, so that an incident teaches little."""


def learn(spread: Spread, day: Tally) -> Spread:
    """The spread after one day more."""
    freedom = day.intervals - 1
    if freedom < 1:
        return spread
    found = (day.squares - day.levels * day.levels / day.weights) / freedom - day.sampling / day.intervals
    found = min(max(found, -spread.ratio), _OUTLIER * spread.ratio)
    total = spread.known + freedom
    return Spread(max((spread.ratio * spread.known + found * freedom) / total, 0.05), min(total, _LONGEST))
