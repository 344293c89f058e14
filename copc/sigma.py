"""Defects per million, the sigma level with its shift, and Cpk (COPC items 2.2 and 4.x).

A sigma level is a yield on another scale, plus a shift of 1.5 that half the tables add and few mention. Here the
shift is an argument that is published with the figure, beside yield and DPMO. No defects in n units give a bound
instead of infinity, and too few units give no level.

Levels are one-sided unless `two_tailed` is asked for: published tables disagree below 3.5 sigma for that
reason alone (3 sigma is 66,807 DPMO one-sided, 66,811 two-tailed).
Source: docs/concepts/figures.md#sigma.
"""

import math
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from copc.arguments import Floats, array, number, whole

__all__ = [
    "DEFAULT_SHIFT",
    "MIN_UNITS",
    "ProcessSigma",
    "cpk",
    "dpmo",
    "dpmo_at",
    "process_sigma",
    "sd_within",
    "sigma_level",
]

DEFAULT_SHIFT: Final = 1.5
"""The long-term shift that tables usually add."""
MIN_UNITS: Final = 30
"""Units below which the figure is withheld as low volume (this product's default)."""
_MEAN_RANGE_OF_TWO: Final = 1.128  # d2 for ranges of two: mean moving range / SD of a normal process


def dpmo(defects: float, units: float, opportunities: float = 1) -> float:
    """Defects per million opportunities: 1e6 x defects / (units x opportunities).

    Raises:
        ValueError: if `defects` is negative or above the opportunities there were, or `units` or
            `opportunities` is not above 0.
    """
    chances = number("units", units, above=0) * number("opportunities", opportunities, above=0)
    return 1e6 * number("defects", defects, low=0, high=chances) / chances


def sigma_level(defects_per_million: ArrayLike, shift: float = DEFAULT_SHIFT) -> Floats:
    """Phi^-1(1 - DPMO / 1e6) + shift, elementwise; one-sided. DPMO 0 and 1e6 give plus and minus infinity.

    Raises:
        ValueError: if `defects_per_million` is outside 0 to 1e6, or `shift` is not finite.
    """
    share = array("defects_per_million", defects_per_million, low=0, high=1e6) / 1e6
    return np.asarray(-ndtri(share) + number("shift", shift), dtype=np.float64)


def dpmo_at(level: ArrayLike, shift: float = DEFAULT_SHIFT, *, two_tailed: bool = False) -> Floats:
    """DPMO of a sigma level, elementwise: 1e6 Phi(-(level - shift)).

    `two_tailed` adds the far tail, 1e6 Phi(-(level + shift)), as some published tables do.

    Raises:
        ValueError: if `level` or `shift` is not finite.
    """
    sigma, moved = array("level", level), number("shift", shift)
    share = np.asarray(ndtr(moved - sigma), dtype=np.float64)
    return 1e6 * (share + np.asarray(ndtr(-sigma - moved), dtype=np.float64) if two_tailed else share)


class ProcessSigma(NamedTuple):
    """A sigma level with its counts, yield, DPMO and shift, which must be shown with it."""

    opportunity: str
    """The opportunity for a defect: "contact answered within T", "interval in range", ..."""
    defects: int
    units: int
    yield_ratio: float
    """Share without a defect."""
    dpmo: float
    shift: float
    """The shift that is in `level`."""
    level: float | None
    """The sigma level, or its bound; None where `bound` is "withheld"."""
    bound: Literal["", ">", "<", "withheld"]
    """"": the level itself; ">": no defect, `level` is the lower bound; "<": nothing but defects, `level`
    is the upper bound (each exact, 95 %); "withheld": low volume."""


def process_sigma(
    defects: int,
    units: int,
    opportunity: str,
    *,
    shift: float = DEFAULT_SHIFT,
    min_units: int = MIN_UNITS,
) -> ProcessSigma:
    """Sigma level of a process that had `defects` in `units` (units without an opportunity left out).

    No defects in n units: the share of defects is below 1 - 0.05^(1/n) with 95 % confidence, and the level
    above its Phi^-1. Nothing but defects: the same from the other side.

    Raises:
        ValueError: if `defects` is not within 0 to `units`, `units` is 0, or a number is not whole.
    """
    n = whole("units", units, low=1)
    bad = whole("defects", defects)
    if bad > n:
        raise ValueError(f"defects must be at most units ({n}), found {bad}")
    moved = number("shift", shift)
    unlikely = -math.expm1(math.log(0.05) / n)  # 1 - 0.05^(1/n)
    bound: Literal["", ">", "<", "withheld"] = ""
    share = bad / n
    if n < whole("min_units", min_units):
        bound = "withheld"
    elif bad == 0:
        bound, share = ">", unlikely
    elif bad == n:
        bound, share = "<", 1 - unlikely
    level = None if bound == "withheld" else float(-ndtri(share)) + moved
    return ProcessSigma(opportunity, bad, n, 1 - bad / n, 1e6 * bad / n, moved, level, bound)


def sd_within(values: ArrayLike) -> float:
    """Standard deviation within a process, from single values in time order: mean moving range / 1.128.

    Raises:
        ValueError: if there are fewer than two values, or one is NaN or infinite.
    """
    figures = array("values", values, ndim=1, size=2)
    return float(np.abs(np.diff(figures)).mean() / _MEAN_RANGE_OF_TWO)


def cpk(mean: float, sd: float, *, lower: float | None = None, upper: float | None = None) -> float:
    """min(upper - mean, mean - lower) / (3 sd within); one-sided where one limit is given.

    For AHT and the like; not for percentages, which have a bound at 100 %.

    Raises:
        ValueError: if no limit is given, `lower` is not below `upper`, `sd` is not above 0, or an argument
            is NaN or infinite.
    """
    centre = number("mean", mean)
    spread = number("sd", sd, above=0)
    room = []
    if upper is not None:
        room.append(number("upper", upper) - centre)
    if lower is not None:
        room.append(centre - number("lower", lower))
    if not room:
        raise ValueError("lower or upper must be given, found neither")
    if lower is not None and upper is not None and lower >= upper:
        raise ValueError(f"lower must be less than upper ({upper}), found {lower}")
    return min(room) / (3 * spread)
