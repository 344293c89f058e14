"""Transaction monitoring (COPC items 2.4 and 4.4): accuracy with its uncertainty, coverage, spread and calibration.

Ninety-five right of a hundred is anything from 89 % to 98 %. So an accuracy always has n and its exact interval, and
a verdict given daily needs a test that stays valid however often it is made. Further tests ask whether enough
transactions were evaluated, whether they are spread as contacts are, and whether two evaluators agree.

Defaults (targets, four evaluations an agent and month) are this product's; the standard's public text gives
none. Source: docs/concepts/figures.md#critical-error-accuracy and docs/reference/rules.md; Clopper and Pearson 1934;
Ville 1939 and Robbins 1970 (the mixture); Cohen 1960; Spiegelhalter 2005 (funnel limits).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import scipy  # its statistics take half a second to load; not before they are asked for
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv, betaln

from copc.arguments import aligned, array, number, whole

__all__ = [
    "FAMILIES",
    "MIN_EVALUATIONS",
    "TARGETS",
    "VOCABULARIES",
    "Accuracy",
    "Agreement",
    "Family",
    "Spread",
    "accuracy",
    "agreement",
    "below_target_evidence",
    "below_target_for_certain",
    "beyond_chance",
    "evaluations_due",
    "exact_interval",
    "funnel_limits",
    "outcome",
    "spread",
]

Family = Literal["end_user", "business", "compliance", "non_critical"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
TARGETS: Final[dict[Family, float]] = {"end_user": 0.95, "business": 0.90, "compliance": 0.995}
"""Targets of critical error accuracy, by family (this product's defaults); non-critical errors have none."""

VOCABULARIES: Final[dict[str, dict[Family, str]]] = {
    "critical": {
        "end_user": "end-user critical",
        "business": "business critical",
        "compliance": "compliance critical",
        "non_critical": "non-critical",
    },
    "fatal": {
        "end_user": "fatal (end user)",
        "business": "fatal (business)",
        "compliance": "compliance",
        "non_critical": "non-fatal",
    },
}
"""Labels of the families: the present ones, and those of release 4.1."""

MIN_EVALUATIONS: Final = 4
"""Evaluations of each agent and month (this product's default)."""
_SMALLEST_EXPECTED: Final = 5.0
"""Expected count below which cells of a chi-square test are merged (Cochran's rule)."""


def outcome(checks: Iterable[tuple[Family, bool | None]], family: Family) -> bool | None:
    """Whether the transaction is free of errors of this family; None if no check of the family was applicable.

    `checks` are (family, passed) with passed None for "not applicable".
    """
    results = [passed for kind, passed in checks if kind == family and passed is not None]
    return all(results) if results else None


class Accuracy(NamedTuple):
    """Transactions without an error of the family / transactions with an applicable check, with its interval."""

    right: int
    n: int
    value: float | None
    """right / n; None if nothing was monitored."""
    low: float
    high: float
    """The exact (Clopper-Pearson) interval; 0 and 1 if nothing was monitored."""
    confidence: float


def exact_interval(right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson's two-sided interval of a proportion, which has at least the confidence stated.

    Raises:
        ValueError: if `right` is not within 0 to `n`, or `confidence` not between 0 and 1.
    """
    size = whole("n", n)
    good = whole("right", right)
    if good > size:
        raise ValueError(f"right must be at most n ({size}), found {good}")
    tail = (1 - number("confidence", confidence, above=0, below=1)) / 2
    low = float(betaincinv(good, size - good + 1, tail)) if good > 0 else 0.0
    high = float(betaincinv(good + 1, size - good, 1 - tail)) if good < size else 1.0
    return low, high


def accuracy(right: int, n: int, confidence: float = 0.95) -> Accuracy:
    """Critical error accuracy of `n` transactions of which `right` had no error of the family.

    Raises:
        ValueError: as `exact_interval`.
    """
    low, high = exact_interval(right, n, confidence)
    return Accuracy(int(right), int(n), right / n if n else None, low, high, confidence)


def below_target_evidence(right: int, n: int, target: float) -> float:
    """The likelihood ratio of the month's evaluations: an accuracy below the target over one at it.

    The likelihood averaged over accuracies uniform on (0, target), over the likelihood at the target:
    B(k+1, n-k+1) I_t(k+1, n-k+1) / t / (t^k (1-t)^(n-k)), k = right, t = target, B and I the beta function
    and its regularised incomplete form. Under an accuracy at or above the target the chance that this ever
    reaches c, at any time in the month, is at most 1/c.

    Raises:
        ValueError: if `right` is not within 0 to `n`, or `target` not between 0 and 1.
    """
    size = whole("n", n)
    good = whole("right", right)
    if good > size:
        raise ValueError(f"right must be at most n ({size}), found {good}")
    t = number("target", target, above=0, below=1)
    below = float(betainc(good + 1, size - good + 1, t))
    if below == 0:
        return 0.0
    average = float(betaln(good + 1, size - good + 1)) + math.log(below) - math.log(t)
    exponent = average - good * math.log(t) - (size - good) * math.log1p(-t)
    return math.exp(exponent) if exponent < 700 else math.inf


def below_target_for_certain(right: int, n: int, target: float, confidence: float = 0.99) -> bool:
    """Whether the accuracy is below the target at this confidence, however often in the month the test is made.

    True when `below_target_evidence` is 1 / (1 - confidence) or more: 100 times at 99 %.

    Raises:
        ValueError: as `below_target_evidence`, or if `confidence` is not between 0 and 1.
    """
    error = 1 - number("confidence", confidence, above=0, below=1)
    return below_target_evidence(right, n, target) * error >= 1 - 1e-12


def evaluations_due(
    elapsed_days: float, days_in_month: int, minimum: int = MIN_EVALUATIONS, *, month_over: bool = False
) -> int:
    """Evaluations an agent with handled contacts should have by now: the month's minimum, prorated.

    The number is rounded down, so that no agent is behind for a part of an evaluation. Once the month is over it is
    at least 1, however few days the agent had.

    Raises:
        ValueError: if `elapsed_days` is not within 0 to `days_in_month`, or a number is not whole.
    """
    length = whole("days_in_month", days_in_month, low=1)
    days = number("elapsed_days", elapsed_days, low=0, high=length)
    # A margin for rounding, so that 4 x 7.5 / 30 is one whole evaluation.
    due = math.floor(whole("minimum", minimum) * days / length + 1e-9)
    return max(due, 1) if month_over else due


class Spread(NamedTuple):
    """The result of a chi-square test that evaluations are spread as contacts are."""

    statistic: float
    p_value: float
    cells: int
    """Groups compared, after small ones were merged."""


def spread(evaluations: ArrayLike, contacts: ArrayLike) -> Spread | None:
    """Test whether evaluations are spread over groups (slots, shifts, teams, agents) as contacts are.

    A group's expected evaluations are its share of the contacts. Groups that expect fewer than 5 are merged, smallest
    first. p < 0.01 is a finding (this product's default).

    Args:
        evaluations: evaluations of each group, >= 0.
        contacts: contacts of each group, the same groups.

    Returns:
        The test; None where fewer than two groups are left to compare.

    Raises:
        ValueError: naming the argument that is negative, NaN, infinite or of another shape.
    """
    seen, there = aligned(
        evaluations=array("evaluations", evaluations, low=0, ndim=1),
        contacts=array("contacts", contacts, low=0, ndim=1),
    )
    if seen.sum() == 0 or there.sum() == 0:
        return None
    expected = there * (seen.sum() / there.sum())
    order = np.argsort(expected, kind="stable")
    cells = list(zip(seen[order].tolist(), expected[order].tolist(), strict=True))
    while len(cells) > 1 and cells[0][1] < _SMALLEST_EXPECTED:
        (seen_0, expected_0), (seen_1, expected_1), *rest = cells
        cells = sorted([(seen_0 + seen_1, expected_0 + expected_1), *rest], key=lambda cell: cell[1])
    if len(cells) < 2:
        return None
    test = scipy.stats.chisquare([cell[0] for cell in cells], [cell[1] for cell in cells])
    return Spread(float(test.statistic), float(test.pvalue), len(cells))


def funnel_limits(n: int, centre: float, confidence: float = 0.998) -> tuple[float, float]:
    """Limits within which the accuracy of `n` transactions lies by chance alone, where the true one is `centre`.

    Quantiles of the binomial distribution, interpolated as for funnel plots (Spiegelhalter 2005, A.1.1):
    with r the least number right of which P(R <= r) exceeds the tail p, the limit is (r - a) / n, where
    a = (P(R <= r) - p) / P(R = r). Agents outside are worth a review; those inside differ by chance.

    Raises:
        ValueError: if `n` is not a whole number above 0, or a ratio is not between 0 and 1.
    """
    size = whole("n", n, low=1)
    middle = number("centre", centre, low=0, high=1)
    tail = (1 - number("confidence", confidence, above=0, below=1)) / 2
    if middle in (0, 1):
        return middle, middle
    chances = scipy.stats.binom(size, middle)
    limits = []
    for share in (tail, 1 - tail):
        right = int(chances.ppf(share))
        beyond = (float(chances.cdf(right)) - share) / float(chances.pmf(right))
        limits.append(min(max((right - beyond) / size, 0.0), 1.0))
    return limits[0], limits[1]


def beyond_chance(right: int, n: int, centre: float, confidence: float = 0.998) -> Literal["", "low", "high"]:
    """Whether `right` of `n` lies outside the funnel: too few (`low`) or too many (`high`) for chance alone.

    Each tail of the binomial distribution has half of 1 - `confidence`.

    Raises:
        ValueError: as `funnel_limits`, or if `right` is more than `n`.
    """
    size, good = whole("n", n, low=1), whole("right", right)
    if good > size:
        raise ValueError(f"right must be at most n ({size}), found {good}")
    middle = number("centre", centre, low=0, high=1)
    tail = (1 - number("confidence", confidence, above=0, below=1)) / 2
    chances = scipy.stats.binom(size, middle)
    if float(chances.cdf(good)) <= tail:
        return "low"
    return "high" if float(chances.sf(good - 1)) <= tail else ""


class Agreement(NamedTuple):
    """The agreement of two evaluators of the same transactions."""

    n: int
    """Pairs of evaluations."""
    agreed: int
    kappa: float | None
    """Cohen's kappa; None where it is undefined: no pair, or one verdict throughout."""


def agreement(pairs: Mapping[tuple[bool, bool], int]) -> Agreement:
    """Calibration: agreement and Cohen's kappa of pairs of verdicts on one family.

    Kappa is (agreement - chance) / (1 - chance), chance from the two evaluators' shares of verdicts (Cohen 1960).

    `pairs` maps (first evaluator: no error, second evaluator: no error) to the number of such pairs; with
    more than two evaluators of a transaction, every two of them make a pair.

    Raises:
        ValueError: if a number of pairs is negative, NaN or infinite.
    """
    table = np.array(
        [[whole("pairs", pairs.get((first, second), 0)) for second in (True, False)] for first in (True, False)]
    )
    n, agreed = int(table.sum()), int(np.trace(table))
    by_chance = int((table.sum(axis=1) * table.sum(axis=0)).sum())  # n squared times the agreement of chance alone
    kappa = None if by_chance == n * n else (n * agreed - by_chance) / (n * n - by_chance)
    return Agreement(n, agreed, kappa)
