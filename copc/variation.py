"""Rules of thumb for variation between agents, teams, shifts or days (COPC item 2.2).

The slides give three: range/mean above 0.70, SD/(mean/6) above 1.0, and a process sigma below 2.5. Each
means "variation too big". The third line prints "not big" in the source and is read as "too big": the
page on item 2.1 calls a low sigma level too much variation, and the first two lines end that way.

Rules A and B are for ratio-scale figures away from a bound (AHT, ASA, volume per agent), rule C for
proportions. The number of groups is always part of the verdict: the range grows with it, and A and B agree
only near 35. Agents' mean AHTs differ by chance alone (`chance_cv`), so A and B compare agents over the month to
date who handled `MIN_HANDLED` contacts or more. A target of 80 in 20 is itself a sigma of 2.34, so C judges
accuracy (2.4), while the sigma of a service level is shown and not judged.

Source: docs/concepts/figures.md#variation; the standard's slides, item 2.2.
"""

import math
from typing import Final, Literal, NamedTuple

from numpy.typing import ArrayLike

from copc.arguments import array, number, whole
from copc.sigma import DEFAULT_SHIFT, MIN_UNITS, process_sigma

__all__ = [
    "MIN_HANDLED",
    "RANGE_LIMIT",
    "SD_LIMIT",
    "SIGMA_LIMIT",
    "Variation",
    "chance_cv",
    "rule_a",
    "rule_b",
    "rule_c",
]

RANGE_LIMIT: Final = 0.70
SD_LIMIT: Final = 1.0
SIGMA_LIMIT: Final = 2.5
MIN_HANDLED: Final = 200
"""Contacts an agent must have handled to be compared by rules A and B (this product's default)."""


class Variation(NamedTuple):
    """A rule's verdict with the figure, the limit and the number of groups (rule C: units) it rests on."""

    rule: Literal["A", "B", "C"]
    value: float | None
    """None where there is no figure: a mean of 0, or (rule C) too few units."""
    limit: float
    n: int
    too_big: bool | None
    """None where there is no figure."""


def rule_a(values: ArrayLike, limit: float = RANGE_LIMIT) -> Variation:
    """Range / mean of one figure a group; too big above `limit` (the "Bond coefficient").

    Raises:
        ValueError: if there are fewer than two values, or one is negative, NaN or infinite.
    """
    figures = array("values", values, low=0, ndim=1, size=2)
    mean = float(figures.mean())
    value = float(figures.max() - figures.min()) / mean if mean > 0 else None
    return _verdict("A", value, number("limit", limit, above=0), figures.size)


def rule_b(values: ArrayLike, limit: float = SD_LIMIT) -> Variation:
    """SD / (mean / 6) of one figure a group (sample SD); too big above `limit`.

    Raises:
        ValueError: if there are fewer than two values, or one is negative, NaN or infinite.
    """
    figures = array("values", values, low=0, ndim=1, size=2)
    mean = float(figures.mean())
    value = float(figures.std(ddof=1)) * 6 / mean if mean > 0 else None
    return _verdict("B", value, number("limit", limit, above=0), figures.size)


def rule_c(
    defects: int,
    units: int,
    limit: float = SIGMA_LIMIT,
    *,
    shift: float = DEFAULT_SHIFT,
    min_units: int = MIN_UNITS,
) -> Variation:
    """Process sigma of a proportion; too big a variation below `limit`.

    Without a defect the level is a lower bound. A bound below the limit proves nothing, so the verdict is not too big.

    Raises:
        ValueError: as `copc.sigma.process_sigma`.
    """
    sigma = process_sigma(defects, units, "unit", shift=shift, min_units=min_units)
    lowest = number("limit", limit)
    too_big = None if sigma.level is None else sigma.level < lowest and sigma.bound != ">"
    return Variation("C", sigma.level, lowest, sigma.units, too_big)


def chance_cv(cv: float, handled: int) -> float:
    """SD / mean that agents' mean handle times show by chance alone: cv / sqrt(contacts handled by each).

    Raises:
        ValueError: if `cv` is negative, or `handled` is not a whole number above 0.
    """
    return number("cv", cv, low=0) / math.sqrt(whole("handled", handled, low=1))


def _verdict(rule: Literal["A", "B"], value: float | None, limit: float, n: int) -> Variation:
    """The verdict of a rule that finds a figure above its limit too big."""
    return Variation(rule, value, limit, n, None if value is None else value > limit)
