"""The accuracy of a forecast, and the best accuracy that chance allows (COPC item 2.5).

"Within 10 % in 9 of 10 intervals" cannot be met at 20 calls an interval by a perfect forecast: chance
alone scatters them more. So the attainable share stands beside the achieved one. A deviation is judged by its
percentage and by z, which takes the size and the dispersion of the queue into account.

Source: docs/concepts/figures.md#forecast-accuracy; Anscombe 1948 (square-root transform); Wilson and Hilferty 1931
(cube root); Brier 1950 (score of a probability).
"""

import math
from typing import Final, NamedTuple

import numpy as np
import scipy  # its statistics take half a second to load; not before they are asked for
from numpy.typing import ArrayLike

from copc.arguments import Floats, aligned, array, number, whole
from copc.service_level import Figure

__all__ = [
    "DISPERSION_MINIMUM",
    "DISPERSION_WINDOW",
    "HANDLE_TIMES_MINIMUM",
    "Accuracy",
    "accuracy",
    "aht_z",
    "attainable_share",
    "base_rate_score",
    "brier_score",
    "dispersion",
    "dispersion_term",
    "handle_time_cv",
    "mean_at_end",
    "share_inside",
    "variance_ratio",
    "volume_at_end",
    "volume_z",
]

DISPERSION_WINDOW: Final = 500
"""Final intervals with a plan, before the present one, from which a queue's dispersion is computed."""
DISPERSION_MINIMUM: Final = 50
"""Known intervals below which the dispersion is taken as 1."""
HANDLE_TIMES_MINIMUM: Final = 200
"""Known handle times below which their coefficient of variation is taken as 1 (exponential)."""


def variance_ratio(actual: float, forecast: float) -> float | None:
    """(Actual - forecast) / forecast, signed; None where the forecast is 0 (a rise has no ratio).

    Raises:
        ValueError: if either is negative, NaN or infinite.
    """
    if not 0 <= actual < math.inf:
        raise ValueError(f"actual must be finite and at least 0, found {actual}")
    if not 0 <= forecast < math.inf:
        raise ValueError(f"forecast must be finite and at least 0, found {forecast}")
    return (actual - forecast) / forecast if forecast > 0 else None


class Accuracy(NamedTuple):
    """Accuracy of a forecast over several intervals; every ratio keeps its sums."""

    wape: Figure
    """Weighted absolute percentage error: sum |A - F| / sum F."""
    bias: Figure
    """sum (A - F) / sum F; above 0 the actual exceeds the forecast."""
    within: Figure
    """Intervals within the tolerance / intervals."""


def accuracy(actual: ArrayLike, forecast: ArrayLike, tolerance: float = 0.10) -> Accuracy:
    """WAPE, bias and the share of intervals within +-tolerance, for volume, AHT or workload alike.

    Args:
        actual: the actual of each interval, >= 0 (contacts, seconds, or erlang).
        forecast: the forecast of each interval, the same shape. An interval with forecast 0 is within the
            tolerance only if its actual is 0.
        tolerance: ratio, >= 0; the boundary counts as within.

    Raises:
        ValueError: naming the argument that is negative, NaN, infinite or of another shape.
    """
    came, expected = _pair(actual, forecast)
    limit = number("tolerance", tolerance, low=0)
    off = np.abs(came - expected)
    # A margin for rounding, so that 110 against 100 is within 10 % although 0.1 is not exact in binary.
    within = off <= limit * expected * (1 + 1e-12)
    total = math.fsum(expected.ravel())
    return Accuracy(
        wape=Figure(math.fsum(off.ravel()), total),
        bias=Figure(math.fsum((came - expected).ravel()), total),
        within=Figure(int(within.sum()), within.size),
    )


def attainable_share(forecast: ArrayLike, tolerance: float = 0.10) -> Floats:
    """The share of intervals a perfect forecast would have within +-tolerance, if contacts are Poisson.

    P(|A - F| <= tolerance F) for A ~ Poisson(F), elementwise. Compare its mean over a day's intervals with the day's
    achieved share. A forecast of 0 is met for certain.

    Raises:
        ValueError: if `forecast` or `tolerance` is negative, NaN or infinite.
    """
    mean = array("forecast", forecast, low=0)
    width = number("tolerance", tolerance, low=0) * mean * (1 + 1e-12)
    high = scipy.stats.poisson.cdf(np.floor(mean + width), mean)
    low = scipy.stats.poisson.cdf(np.ceil(mean - width) - 1, mean)
    return np.asarray(high - low, dtype=np.float64)


def share_inside(actual: ArrayLike, low: ArrayLike, high: ArrayLike) -> Figure:
    """Actuals inside their ranges, ends included, / actuals: a range of 80 % should hold 80 % of them.

    Raises:
        ValueError: naming the argument that is NaN, infinite or of another shape.
    """
    came, least, most = aligned(actual=array("actual", actual), low=array("low", low), high=array("high", high))
    return Figure(int(((came >= least) & (came <= most)).sum()), came.size)


def brier_score(chances: ArrayLike, came_true: ArrayLike) -> Figure:
    """Sum of (probability - what came)^2 / number of them, what came being 1 or 0: 0 is perfect, less is better.

    Args:
        chances: probabilities, ratio.
        came_true: whether it came true (1 or 0), the same shape.

    Raises:
        ValueError: naming the argument that is out of 0 to 1, NaN or of another shape.
    """
    said, came = aligned(
        chances=array("chances", chances, low=0, high=1), came_true=array("came_true", came_true, low=0, high=1)
    )
    return Figure(math.fsum(((said - came) ** 2).ravel()), said.size)


def base_rate_score(came_true: ArrayLike) -> Figure:
    """The Brier score of who always says the share that came true, r: r (1 - r). Forecasts of worth are below it.

    Raises:
        ValueError: if `came_true` is out of 0 to 1 or NaN.
    """
    came = array("came_true", came_true, low=0, high=1)
    right = math.fsum(came.ravel())
    return Figure(right * (1 - right / came.size) if came.size else 0, came.size)


def volume_z(actual: float, forecast: float, dispersion: float = 1.0) -> float:
    """2 (sqrt(A + 3/8) - sqrt(F + 3/8)) / sqrt(phi): how unusual a volume is, in standard deviations.

    Args:
        actual: contacts offered, >= 0.
        forecast: contacts forecast, >= 0.
        dispersion: phi of the queue (`dispersion`), >= 1; 1 is Poisson.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN or infinite.
    """
    came = number("actual", actual, low=0)
    expected = number("forecast", forecast, low=0)
    phi = number("dispersion", dispersion, low=1)
    return 2 * (math.sqrt(came + 0.375) - math.sqrt(expected + 0.375)) / math.sqrt(phi)


def dispersion_term(actual: float, forecast: float) -> float | None:
    """(A - F)^2 / F of one final interval; None where the forecast is 0, since such an interval adds no term.

    A live engine keeps the last `DISPERSION_WINDOW` terms and their sum.
    """
    ratio = variance_ratio(actual, forecast)
    return None if ratio is None else ratio * ratio * forecast


def dispersion(sum_of_terms: float, intervals: int) -> float:
    """phi: the mean of the terms, not below 1; 1 until `DISPERSION_MINIMUM` intervals are known.

    Raises:
        ValueError: if an argument is negative, NaN or infinite.
    """
    terms = number("sum_of_terms", sum_of_terms, low=0)
    known = whole("intervals", intervals)
    return max(terms / known, 1.0) if known >= DISPERSION_MINIMUM else 1.0


def handle_time_cv(handled: int, sum_seconds: float, sum_squares: float) -> float:
    """SD / mean of single handle times, from their count, sum and sum of squares; 1 below 200 of them.

    Raises:
        ValueError: if an argument is negative, NaN or infinite.
    """
    n = whole("handled", handled)
    total = number("sum_seconds", sum_seconds, low=0)
    squares = number("sum_squares", sum_squares, low=0)
    if n < HANDLE_TIMES_MINIMUM or total == 0:
        return 1.0
    return math.sqrt(max(squares - total * total / n, 0.0) / (n - 1)) / (total / n)


def aht_z(aht_seconds: float, forecast_aht_seconds: float, handled: int, cv: float = 1.0) -> float | None:
    """3 sqrt(k) ((AHT / forecast)^(1/3) - 1 + 1/(9k)), k = handled / cv^2: how unusual an AHT is.

    A mean of gamma-distributed handle times, by Wilson and Hilferty's cube root.

    Args:
        aht_seconds: actual mean handle time, >= 0.
        forecast_aht_seconds: mean handle time forecast, > 0.
        handled: contacts handled.
        cv: coefficient of variation of single handle times (`handle_time_cv`), > 0.

    Returns:
        Standard deviations; None where nothing was handled.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN or infinite.
    """
    came = number("aht_seconds", aht_seconds, low=0)
    expected = number("forecast_aht_seconds", forecast_aht_seconds, above=0)
    n = whole("handled", handled)
    k = n / number("cv", cv, above=0) ** 2
    return 3 * math.sqrt(k) * (math.cbrt(came / expected) - 1 + 1 / (9 * k)) if n else None


def volume_at_end(came: float, share: float, forecast: float, spread: float, dispersion: float = 1.0) -> float:
    """The contacts that an open interval will have had at its end, from those that came and the forecast.

    The interval's true rate is taken as gamma around the forecast, so contacts that came move it as a posterior
    mean: few move it little, a hundred in half an interval nearly wholly (Gelman et al., Bayesian Data Analysis, 2.6).

    Args:
        came: contacts offered so far, >= 0.
        share: the part of the interval that is over, 0 to 1.
        forecast: contacts of the whole interval, > 0.
        spread: coefficient of variation of the rate around the forecast, > 0.
        dispersion: phi of the queue (`dispersion`), >= 1; what exceeds 1 widens the spread.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN or infinite.
    """
    so_far = number("came", came, low=0)
    over = number("share", share, low=0, high=1)
    expected = number("forecast", forecast, above=0)
    variance = number("spread", spread, above=0) ** 2 + (number("dispersion", dispersion, low=1) - 1) / expected
    shape = 1 / variance
    return so_far + (1 - over) * expected * (shape + so_far) / (shape + over * expected)


def mean_at_end(mean: float, n: float, rest: float, forecast: float, spread: float, cv: float = 1.0) -> float:
    """The mean handle time that an open interval will have had at its end, from those that ended and the forecast.

    The `rest` is expected at the posterior mean of a normal mean around the forecast; the n that ended count as they
    are.

    Args:
        mean: of the n handle times so far, seconds, >= 0.
        n: contacts handled so far, >= 0.
        rest: contacts still to be handled, >= 0; with n above 0 together.
        forecast: mean handle time forecast, seconds, > 0.
        spread: coefficient of variation of the interval's true mean around the forecast, > 0.
        cv: coefficient of variation of single handle times (`handle_time_cv`), > 0.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN or infinite.
    """
    known, still = number("n", n, low=0), number("rest", rest, low=0)
    total = number("n + rest", known + still, above=0)
    so_far = known * number("mean", mean, low=0)
    weight = (number("cv", cv, above=0) / number("spread", spread, above=0)) ** 2
    expected = (weight * number("forecast", forecast, above=0) + so_far) / (weight + known)
    return (so_far + still * expected) / total


def _pair(actual: ArrayLike, forecast: ArrayLike) -> tuple[Floats, Floats]:
    """Actual and forecast, refused or of one shape."""
    came, expected = aligned(actual=array("actual", actual, low=0), forecast=array("forecast", forecast, low=0))
    return came, expected
