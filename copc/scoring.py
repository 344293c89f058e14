"""Points of the standard: bands, item scores, level and trend, and the total against 1,900.

Bands are decided on whole numbers, so that 3 of 4 is exactly 75 %. Limits that the standard's public text fixes are
here unchanged. Limits that it leaves open ("sustained improvement") are this product's defaults, and named as such.
Scores are percentages of an item's points. An item without an input has no score, which is not a score of 0.

Source: the standard's slides (docs/concepts/standard.md#scoring).
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import numpy as np
import scipy  # its statistics take half a second to load; not before they are asked for
from numpy.typing import ArrayLike

from copc.arguments import array, number, whole
from copc.items import CERTIFICATION_POINTS, GOLD_TOTAL, ITEMS, STANDARD_TOTAL

__all__ = [
    "BASE_MONTHS",
    "TREND_MIN_POINTS",
    "TREND_P",
    "Band",
    "Scorecard",
    "approach_band",
    "deployment_band",
    "improvement_approach_needed",
    "improving",
    "level_band",
    "performance_score",
    "process_score",
    "scorecard",
    "trend_band",
    "trend_with_achieving_results",
]

Band = Literal[0, 25, 50, 75, 100]
"""A band, in per cent of the points."""

BASE_MONTHS: Final = 3
"""Latest months that must each beat the base, and months in the base (this product's default)."""
TREND_MIN_POINTS: Final = 6
"""Points a trend needs (this product's default)."""
TREND_P: Final = 0.05
"""A trend's Mann-Kendall p must be below this (this product's default)."""
_QUARTERS: Final[tuple[Band, ...]] = (0, 25, 50, 75)


def _share(part_name: str, part: int, whole_name: str, total: int) -> tuple[int, int]:
    """Part and total as whole numbers, the part no larger."""
    size = whole(whole_name, total, low=1)
    some = whole(part_name, part)
    if some > size:
        raise ValueError(f"{part_name} must be at most {whole_name} ({size}), found {some}")
    return some, size


def approach_band(met: int, requirements: int) -> Band:
    """Approach, by share of the item's requirements met.

    Below 25 %: 0; to below 50 %: 25; to below 75 %: 50; to below 100 %: 75; all: 100.

    Raises:
        ValueError: if `met` is not within 0 to `requirements`, or `requirements` is 0.
    """
    some, size = _share("met", met, "requirements", requirements)
    return 100 if some == size else _QUARTERS[4 * some // size]


def deployment_band(deployed: int, programs: int) -> Band:
    """Deployment, by share of programs (category 3: key positions) with full deployment.

    As `approach_band`, except 75 to below 90 %: 75; 90 % and more: 100.

    Raises:
        ValueError: if `deployed` is not within 0 to `programs`, or `programs` is 0.
    """
    some, size = _share("deployed", deployed, "programs", programs)
    return 100 if 10 * some >= 9 * size else _QUARTERS[4 * some // size]


def level_band(at_target: int, required: int, *, gold: bool = False) -> Band:
    """Level, by share of the required metrics at target.

    Below 25 %: 0; to below 50 %: 50; 50 % and more: 100. Gold: to below 65 %: 50; 65 % and more: 100. A
    metric that fails "CUI" stays required and cannot count as at target.

    Raises:
        ValueError: if `at_target` is not within 0 to `required`, or `required` is 0.
    """
    some, size = _share("at_target", at_target, "required", required)
    if 4 * some < size:
        return 0
    full = 100 * some >= 65 * size if gold else 2 * some >= size
    return 100 if full else 50


def trend_band(improving_metrics: int) -> Band:
    """Trend, by required metrics with sustained improvement: none 0, one 50, two or more 100.

    A metric that fails "CUI" does not count.

    Raises:
        ValueError: if `improving_metrics` is not a whole number of 0 or more.
    """
    bands: tuple[Band, Band, Band] = (0, 50, 100)
    return bands[min(whole("improving_metrics", improving_metrics), 2)]


def trend_with_achieving_results(code: str, trend: Band, *, item_4_7_met: bool, gold: bool = False) -> Band:
    """Trend of an item: 100 for items 4.1 to 4.6 where item 4.7 is met (standard only, not Gold).

    Raises:
        ValueError: if `code` is not an item of the standard.
    """
    if code not in ITEMS:
        raise ValueError(f"code must be an item of the standard, found {code!r}")
    lifted = item_4_7_met and not gold and code in {"4.1", "4.2", "4.3", "4.4", "4.5", "4.6"}
    return 100 if lifted else trend


def improvement_approach_needed(at_target: int, required: int) -> bool:
    """Whether the item must show a systematic approach to improvement: unless 75 % of its metrics are at target.

    Raises:
        ValueError: as `level_band`.
    """
    some, size = _share("at_target", at_target, "required", required)
    return 4 * some < 3 * size


def process_score(approach: float, deployment: float) -> float:
    """Score of an item of categories 1 to 3: the lesser of approach and deployment, per cent.

    Raises:
        ValueError: if an argument is outside 0 to 100.
    """
    return min(number("approach", approach, low=0, high=100), number("deployment", deployment, low=0, high=100))


def performance_score(approach: float, level: float, trend: float) -> float:
    """Score of an item of category 4: the mean of approach, level and trend, per cent.

    Raises:
        ValueError: if an argument is outside 0 to 100.
    """
    parts = {"approach": approach, "level": level, "trend": trend}
    return sum(number(name, part, low=0, high=100) for name, part in parts.items()) / 3


def improving(monthly: ArrayLike, *, higher_is_better: bool = True) -> bool:
    """Sustained improvement of a metric, from its monthly figures, oldest first. This product's default.

    The latest 3 months each better than the mean of the 3 before them, and a Mann-Kendall test over all
    months given (6 or more; Kendall's tau against time, two-sided) with p < 0.05 in the better direction.
    Fewer months show no trend.

    Raises:
        ValueError: if a figure is NaN or infinite, or `monthly` is not one row of figures.
    """
    figures = array("monthly", monthly, ndim=1) * (1 if higher_is_better else -1)
    if figures.size < TREND_MIN_POINTS:
        return False
    base = figures[-2 * BASE_MONTHS : -BASE_MONTHS].mean()
    if not (figures[-BASE_MONTHS:] > base).all():
        return False
    test = scipy.stats.kendalltau(np.arange(figures.size), figures)
    return bool(test.statistic > 0 and test.pvalue < TREND_P)


class Scorecard(NamedTuple):
    """Points of an assessment, item by item."""

    points: dict[str, float]
    """Points of each scored item, by its code."""
    total: float
    available: int
    """The greatest possible total: 2,000, or 3,000 for Gold."""
    unscored: tuple[str, ...]
    """Items without a score yet: they add nothing to the total, which is then a lower bound."""
    certified: bool | None
    """1,900 of 2,000 reached; None for Gold, whose limit the public text does not give, and while unscored
    items could still decide."""


def scorecard(scores: Mapping[str, float], *, gold: bool = False) -> Scorecard:
    """Points and total from item scores in per cent (`process_score`, `performance_score`).

    Args:
        scores: item code -> score, 0 to 100; items left out are unscored. Items that only Gold has are
            ignored unless `gold`.
        gold: Gold's points, and its nine more items.

    Raises:
        ValueError: if a code is not an item of the standard, or a score is outside 0 to 100.
    """
    for code in scores:
        if code not in ITEMS:
            raise ValueError(f"scores must name items of the standard, found {code!r}")
    points: dict[str, float] = {}
    unscored: dict[str, int] = {}
    for code, item in ITEMS.items():
        worth = item.gold_points if gold else item.points
        if worth is None:
            continue
        if code in scores:
            points[code] = number(f"scores[{code}]", scores[code], low=0, high=100) * worth / 100
        else:
            unscored[code] = worth
    # Thirds of points add up to a whole number that floating point may miss by a hair.
    total = round(sum(points.values()), 6)
    certified: bool | None = None
    if not gold and total >= CERTIFICATION_POINTS:
        certified = True
    elif not gold and total + sum(unscored.values()) < CERTIFICATION_POINTS:
        certified = False
    return Scorecard(points, total, GOLD_TOTAL if gold else STANDARD_TOTAL, tuple(unscored), certified)
