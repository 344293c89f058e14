"""Control charts, which show the points that are unusual for a queue, on target or not.

Every chart has its centre, its limits for each point, and flags on the points outside. A plain p-chart is
here for auditors who ask for one. It is wrong for service levels: contacts of one interval share a queue,
so that a perfectly healthy centre leaves its limits in 5 to 70 % of intervals. Use Laney's p' or XmR.

Points are in time order. `baseline` counts the first points the limits rest on (None: all of them); the
others are judged by those limits. Run rules are in `copc.run_rules`.

Sources: Shewhart 1931; Montgomery, Introduction to Statistical Quality Control, chapters 6 and 7; Laney
2002 (p'); Wheeler 1993 (median moving range). The constants are Montgomery's, appendix VI.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copc.arguments import Floats, aligned, array, whole

__all__ = [
    "MIN_BASELINE",
    "Chart",
    "c_chart",
    "laney_p_chart",
    "moving_range_chart",
    "p_chart",
    "s_chart",
    "u_chart",
    "x_chart",
    "xbar_chart",
]

MIN_BASELINE: Final = 20
"""Points that a queue's baseline needs before it gives a signal (this product's default)."""

_D2: Final = 1.128  # mean range of two / SD
_D4: Final = 3.267  # upper limit of a range of two / mean range
_MEDIAN_RANGE: Final = 0.954  # median range of two / SD


class Chart(NamedTuple):
    """A control chart. All arrays have one element for each point, NaN where a point has no figure."""

    points: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    sigma: Floats
    """One standard deviation of each point, for the zones of run rules."""
    outside: NDArray[np.bool_]
    """Points beyond a limit."""


def _chart(points: Floats, centre: Floats, sigma: Floats, floor: float = -math.inf, ceiling: float = math.inf) -> Chart:
    """Three-sigma limits around a centre, cut off at the figure's bounds."""
    lower = np.maximum(centre - 3 * sigma, floor)
    upper = np.minimum(centre + 3 * sigma, ceiling)
    return Chart(points, centre, lower, upper, sigma, (points < lower) | (points > upper))


def _rest(size: int, baseline: int | None) -> slice:
    """The points of the baseline."""
    if baseline is None:
        return slice(None)
    first = whole("baseline", baseline, low=2)
    if first > size:
        raise ValueError(f"baseline must be at most the number of points ({size}), found {first}")
    return slice(first)


def _spread(values: Floats, robust: bool) -> float:
    """SD from moving ranges: their mean / 1.128, or, unmoved by past incidents, their median / 0.954."""
    ranges = np.abs(np.diff(values))
    return float(np.median(ranges)) / _MEDIAN_RANGE if robust else float(ranges.mean()) / _D2


def _usual(off: Floats) -> NDArray[np.bool_]:
    """Points, as distances from their median, within three SDs by the median moving range.

    It keeps all points where that spread is 0, or where it would leave out over a quarter: incidents are few, so
    points like these are merely lumpy.
    """
    reach = 3 * _spread(off, robust=True)
    kept = np.abs(off) <= reach
    if reach == 0 or kept.sum() < max(2, 0.75 * off.size):
        kept[:] = True
    return kept


def x_chart(values: ArrayLike, baseline: int | None = None, *, robust: bool = False) -> Chart:
    """Individuals (the X of XmR): mean +- 3 x mean moving range / 1.128 (the 2.66 of the books).

    `robust` keeps past incidents from widening the limits: points outside first limits, by median and
    median moving range, are left out of the baseline before mean and mean moving range are taken, unless
    that were more than a quarter of them.

    Raises:
        ValueError: if there are fewer than two values, one is NaN or infinite, or `baseline` is too large.
    """
    figures = array("values", values, ndim=1, size=2)
    base = figures[_rest(figures.size, baseline)]
    if robust:
        base = base[_usual(base - float(np.median(base)))]
    sigma = _spread(base, robust=False)
    return _chart(figures, np.full_like(figures, base.mean()), np.full_like(figures, sigma))


def moving_range_chart(values: ArrayLike, baseline: int | None = None) -> Chart:
    """Moving ranges (the mR of XmR): from 0 to 3.267 x the mean moving range. The first point has none.

    Raises:
        ValueError: as `x_chart`.
    """
    figures = array("values", values, ndim=1, size=2)
    ranges = np.concatenate(([np.nan], np.abs(np.diff(figures))))
    mean = float(np.nanmean(ranges[_rest(figures.size, baseline)]))
    centre = np.full_like(figures, mean)
    upper = _D4 * centre
    return Chart(ranges, centre, np.zeros_like(figures), upper, (upper - centre) / 3, ranges > upper)


def _c4(n: Floats) -> Floats:
    """E[s] / SD of n normal values: sqrt(2/(n-1)) Gamma(n/2) / Gamma((n-1)/2)."""
    log_gammas = [math.lgamma(size / 2) - math.lgamma((size - 1) / 2) for size in n.ravel()]
    return np.sqrt(2 / (n - 1)) * np.exp(log_gammas).reshape(n.shape)


def _subgroups(
    means: ArrayLike, sds: ArrayLike, sizes: ArrayLike, baseline: int | None
) -> tuple[Floats, Floats, Floats, float, float]:
    """Checked means, SDs and sizes, with the weighted grand mean and the mean SD.

    The mean SD is the plain mean for subgroups of one size and the pooled SD otherwise (Montgomery,
    equations 6.25 and 6.31).
    """
    x, s, n = aligned(
        means=array("means", means, ndim=1, size=2),
        sds=array("sds", sds, low=0, ndim=1, size=2),
        sizes=array("sizes", sizes, low=2),
    )
    rest = _rest(x.size, baseline)
    bx, bs, bn = x[rest], s[rest], n[rest]
    pooled = math.sqrt(float(((bn - 1) * bs**2).sum() / (bn - 1).sum()))
    one_size = bool((bn == bn[0]).all())
    return x, s, n, float((bn * bx).sum() / bn.sum()), float(bs.mean()) if one_size else pooled


def xbar_chart(means: ArrayLike, sds: ArrayLike, sizes: ArrayLike, baseline: int | None = None) -> Chart:
    """Subgroup means (X-bar): grand mean +- 3 S-bar / (c4 sqrt(n)), for each subgroup's own size.

    Args:
        means: mean of each subgroup.
        sds: sample standard deviation of each subgroup.
        sizes: number of values in each, 2 or more; one number if they are all the same.
        baseline: subgroups the limits rest on, from the first; None: all.

    Raises:
        ValueError: naming the argument that is out of these limits or of another shape.
    """
    x, _, n, mean, sd = _subgroups(means, sds, sizes, baseline)
    return _chart(x, np.full_like(x, mean), sd / (_c4(n) * np.sqrt(n)))


def s_chart(means: ArrayLike, sds: ArrayLike, sizes: ArrayLike, baseline: int | None = None) -> Chart:
    """Subgroup standard deviations (S): S-bar +- 3 S-bar sqrt(1 - c4^2) / c4, not below 0.

    Arguments and errors are those of `xbar_chart`.
    """
    _, s, n, _, sd = _subgroups(means, sds, sizes, baseline)
    c4 = _c4(n)
    return _chart(s, np.full_like(s, sd), sd * np.sqrt(1 - c4**2) / c4, floor=0.0)


def _proportions(successes: ArrayLike, sizes: ArrayLike, baseline: int | None) -> tuple[Floats, Floats, float]:
    """Proportions, sizes and the baseline's pooled proportion."""
    k, n = aligned(
        successes=array("successes", successes, low=0, ndim=1, size=2),
        sizes=array("sizes", sizes, above=0),
    )
    if (k > n).any():
        raise ValueError(f"successes must be at most sizes, found {k[k > n][0]:g} of {n[k > n][0]:g}")
    rest = _rest(k.size, baseline)
    return k / n, n, float(k[rest].sum() / n[rest].sum())


def p_chart(successes: ArrayLike, sizes: ArrayLike, baseline: int | None = None) -> Chart:
    """Proportions: p-bar +- 3 sqrt(p-bar (1 - p-bar) / n), within 0 to 1. Wrong for service levels: see above.

    Args:
        successes: number with the property, of each point.
        sizes: number looked at, > 0; one number if they are all the same.
        baseline: points the limits rest on, from the first; None: all.

    Raises:
        ValueError: naming the argument that is out of these limits or of another shape.
    """
    p, n, mean = _proportions(successes, sizes, baseline)
    return _chart(p, np.full_like(p, mean), np.sqrt(mean * (1 - mean) / n), 0.0, 1.0)


def laney_p_chart(
    successes: ArrayLike, sizes: ArrayLike, baseline: int | None = None, *, robust: bool = False
) -> Chart:
    """Laney's p': the limits of a p-chart times sigma_z, the spread of the data.

    sigma_z = mean moving range of the z's / 1.128, z = (p - p-bar) / sqrt(p-bar (1 - p-bar) / n).
    `robust` leaves out of the baseline the points outside first limits, by the median of the proportions
    and the median moving range of their z's. Arguments and errors are those of `p_chart`.
    """
    p, n, mean = _proportions(successes, sizes, baseline)
    rest = _rest(p.size, baseline)
    base_p, base_n = p[rest], n[rest]
    if robust:
        middle = float(np.median(base_p))
        kept = _usual(_scores(base_p, base_n, middle))
        base_p, base_n = base_p[kept], base_n[kept]
        mean = float((base_p * base_n).sum() / base_n.sum())
    sigma_z = _spread(_scores(base_p, base_n, mean), robust=False)
    return _chart(p, np.full_like(p, mean), np.sqrt(mean * (1 - mean) / n) * sigma_z, 0.0, 1.0)


def _scores(p: Floats, n: Floats, mean: float) -> Floats:
    """Binomial z-scores of proportions around a mean; 0 where the mean leaves no spread."""
    sd = np.sqrt(mean * (1 - mean) / n)
    return np.divide(p - mean, sd, out=np.zeros_like(p), where=sd > 0)


def c_chart(counts: ArrayLike, baseline: int | None = None) -> Chart:
    """Counts over equal exposure: c-bar +- 3 sqrt(c-bar), not below 0.

    Raises:
        ValueError: if there are fewer than two counts, one is negative, NaN or infinite, or `baseline` is
            too large.
    """
    c = array("counts", counts, low=0, ndim=1, size=2)
    mean = float(c[_rest(c.size, baseline)].mean())
    return _chart(c, np.full_like(c, mean), np.full_like(c, math.sqrt(mean)), floor=0.0)


def u_chart(counts: ArrayLike, exposures: ArrayLike, baseline: int | None = None) -> Chart:
    """Counts per unit of exposure: u-bar +- 3 sqrt(u-bar / exposure), not below 0.

    Raises:
        ValueError: if a count is negative, an exposure is not above 0, or shapes do not fit.
    """
    c, e = aligned(
        counts=array("counts", counts, low=0, ndim=1, size=2),
        exposures=array("exposures", exposures, above=0),
    )
    rest = _rest(c.size, baseline)
    mean = float(c[rest].sum() / e[rest].sum())
    return _chart(c / e, np.full_like(c, mean), np.sqrt(mean / e), floor=0.0)
