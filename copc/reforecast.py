"""The rest of a day's volume, from a forecast and the day so far.

Every workforce tool multiplies the rest of the day by actual / forecast so far. On real data that makes a good plan
worse until noon: the first hours are few contacts, and the early hours of many centres say little about the late
ones. Here each interval's true rate is its forecast times exp(g). g has a part that stays all day and a part
that fades, both scaled by how far the queue's actuals stray from their forecasts at that hour of the day
(`DayPattern`). Counts are then
learned from one by one, each by the Poisson likelihood of its dispersion, so that little evidence changes little, and
what the last two hours say is carried on less far than what the whole day says.

The same arithmetic updates handle times (weight: contacts handled / cv^2) and the share of the scheduled agents who
are there: a ratio, and how many independent contacts it is worth.

A ratio is actual / forecast; times are seconds on any one time line; hours are those of the local day, 0 to 23. Plain
floats where one interval is learned from, arrays where the rest of the day is asked for. Nothing here reads a clock.

Sources: West, Harrison and Migon 1985 (dynamic generalised linear models); Bühlmann 1967 (credibility);
docs/projections.md, which has the figures that these choices rest on.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from copc.arguments import Floats

__all__ = [
    "HOURS",
    "LEADS",
    "Ahead",
    "Belief",
    "DayPattern",
    "ahead",
    "count_range",
    "covariance",
    "lead_classes",
    "observe",
    "prior",
    "total_variance",
]

HOURS: Final = 24
LEADS: Final = (0.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 57_600.0)
"""Lower ends of the classes of lead time in which the width of ranges is learned, seconds."""
_STEPS: Final = 4
"""Newton steps to the most likely rate of one count; each is at most 1 in the logarithm."""


@dataclass(frozen=True, slots=True)
class DayPattern:
    """How a queue's days stray from their forecasts; the defaults are the product's, until 20 days are known."""

    day_share: float = 0.4
    """Share of the variance of g that stays all day, 0 to 1; the rest fades."""
    fade_seconds: float = 10_800.0
    """Time in which the part that fades falls to 1/e, > 0."""
    dispersion: float = 1.3
    """Variance / mean of a count around its true rate, >= 1."""
    amplitude: tuple[float, ...] = (0.08,) * HOURS
    """Standard deviation of g by hour of the day, > 0."""
    gain: tuple[float, ...] = (1.0,) * HOURS
    """Share of an update, by the hour in which it was made, that past days bore out, 0 to 1."""
    spread: tuple[float, ...] = (1.0,) * len(LEADS)
    """Factor on the variance of a range by class of lead time (`LEADS`), > 0."""


class Belief(NamedTuple):
    """The knowledge of g at a moment, in units of the amplitude: a normal distribution of its two parts."""

    stays: float
    fades: float
    stays_variance: float
    fades_variance: float
    covariance: float
    at: float
    """The moment, seconds; -inf: no interval was seen."""


class Ahead(NamedTuple):
    """The intervals ahead, one element each."""

    factor: Floats
    """Expected rate / forecast."""
    log_variance: Floats
    """Variance of the logarithm of the rate."""


def prior(pattern: DayPattern) -> Belief:
    """The knowledge before a day's first contact: the forecast is right on average."""
    return Belief(0.0, 0.0, pattern.day_share, 1 - pattern.day_share, 0.0, -math.inf)


def _moved(belief: Belief, pattern: DayPattern, at: float) -> tuple[float, float, float]:
    """The fading part's mean and variance, and the covariance, at a later moment."""
    if belief.at == -math.inf:
        return belief.fades, belief.fades_variance, belief.covariance
    kept = math.exp(-max(at - belief.at, 0.0) / pattern.fade_seconds)
    renewed = (1 - pattern.day_share) * (1 - kept * kept)
    return belief.fades * kept, belief.fades_variance * kept * kept + renewed, belief.covariance * kept


def observe(belief: Belief, pattern: DayPattern, ratio: float, weight: float, at: float, hour: int) -> Belief:
    """The knowledge after one more ratio.

    Args:
        belief: what was known before.
        pattern: how the queue's days stray.
        ratio: actual / forecast of the interval, >= 0.
        weight: independent contacts that the ratio is worth, >= 0: forecast / dispersion of a volume, handled / cv^2
            of a mean handle time; 0: it says nothing.
        at: middle of the interval, not before the last one.
        hour: of the local day.

    Raises:
        ValueError: the ratio or weight is negative, NaN or infinite.
    """
    if not (0 <= ratio < math.inf and 0 <= weight < math.inf):
        raise ValueError(f"ratio and weight must be finite and at least 0, found {ratio} and {weight}")
    fades, fades_variance, covariance = _moved(belief, pattern, at)
    stays, stays_variance = belief.stays, belief.stays_variance
    if weight > 0:
        amplitude = pattern.amplitude[hour]
        unit = stays_variance + 2 * covariance + fades_variance
        variance = amplitude * amplitude * unit
        expected = amplitude * (stays + fades) - amplitude * amplitude / 2
        found = expected
        for _ in range(_STEPS):
            rate = weight * math.exp(found)
            step = (weight * ratio - rate - (found - expected) / variance) / (rate + 1 / variance)
            found += min(1.0, max(-1.0, step))
        learned = variance - 1 / (weight * math.exp(found) + 1 / variance)
        to_stays = (stays_variance + covariance) / (amplitude * unit)
        to_fades = (fades_variance + covariance) / (amplitude * unit)
        stays += to_stays * (found - expected)
        fades += to_fades * (found - expected)
        stays_variance -= to_stays * to_stays * learned
        fades_variance -= to_fades * to_fades * learned
        covariance -= to_stays * to_fades * learned
    return Belief(stays, fades, stays_variance, fades_variance, covariance, at)


def _kept(belief: Belief, pattern: DayPattern, at: Floats) -> Floats:
    """The part of the fading part of today that is left at later moments."""
    if belief.at == -math.inf:
        return np.zeros(len(at))
    return np.exp(-np.maximum(at - belief.at, 0.0) / pattern.fade_seconds)


def ahead(
    belief: Belief, pattern: DayPattern, at: Floats, hours: NDArray[np.int64], made_hour: int | None = None
) -> Ahead:
    """The factor on each forecast ahead, and how sure it is.

    Args:
        belief: what is known.
        pattern: how the queue's days stray.
        at: middles of the intervals ahead, seconds.
        hours: their hours of the local day.
        made_hour: the hour of the day in which this update is made, for its gain; None: in full.
    """
    amplitude = np.asarray(pattern.amplitude)[hours]
    kept = _kept(belief, pattern, at)
    unit = belief.stays_variance + 2 * kept * belief.covariance + kept * kept * belief.fades_variance
    variance = amplitude**2 * (unit + (1 - pattern.day_share) * (1 - kept * kept))
    # A rate whose logarithm is normal has the mean exp(mean + variance / 2); with nothing seen the factor is 1.
    logarithm = amplitude * (belief.stays + kept * belief.fades) + (variance - amplitude**2) / 2
    gain = 1.0 if made_hour is None else pattern.gain[made_hour]
    return Ahead(np.exp(gain * logarithm), variance)


def covariance(belief: Belief, pattern: DayPattern, at: Floats, hours: NDArray[np.int64]) -> Floats:
    """Covariance of the logarithms of the rates ahead, (n, n): they hang together, near ones more than far ones.

    Args:
        belief: what is known.
        pattern: how the queue's days stray.
        at: middles of the intervals ahead, seconds.
        hours: their hours of the local day.
    """
    amplitude = np.asarray(pattern.amplitude)[hours]
    kept = _kept(belief, pattern, at)
    both = np.outer(kept, kept)
    renewed = (1 - pattern.day_share) * (np.exp(-np.abs(at[:, None] - at) / pattern.fade_seconds) - both)
    known = belief.stays_variance + belief.covariance * (kept[:, None] + kept) + belief.fades_variance * both
    return np.outer(amplitude, amplitude) * (known + renewed)


def total_variance(
    belief: Belief, pattern: DayPattern, at: Floats, hours: NDArray[np.int64], expected: Floats
) -> float:
    """Variance of the sum of the counts ahead, whose errors hang together.

    Args:
        belief: what is known.
        pattern: how the queue's days stray.
        at: middles of the intervals ahead, seconds.
        hours: their hours of the local day.
        expected: their expected counts.
    """
    together = float(expected @ covariance(belief, pattern, at, hours) @ expected)
    return together + pattern.dispersion * float(expected.sum())


def lead_classes(lead_seconds: Floats) -> NDArray[np.int64]:
    """The class of lead time (`LEADS`) of each interval ahead."""
    return np.maximum(np.searchsorted(LEADS, lead_seconds, side="right") - 1, 0)


def count_range(expected: Floats, variance: Floats, share: float = 0.8) -> tuple[Floats, Floats]:
    """The range that holds `share` of the counts: equal tails, never negative, never narrower than Poisson.

    Normal in the square root (Anscombe 1948), in which counts vary alike at every size.

    Args:
        expected: counts, >= 0.
        variance: of the counts.
        share: of the counts inside, between 0 and 1.
    """
    root = np.sqrt(expected + 0.375)
    off = float(ndtri((1 + share) / 2)) * np.sqrt(np.maximum(variance, expected)) / (2 * root)
    low = np.maximum(np.maximum(root - off, 0.0) ** 2 - 0.375, 0.0)
    return low, np.maximum((root + off) ** 2 - 0.375, 0.0)
