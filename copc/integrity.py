"""Checks of counts and times: the part of CUIKA (collected, usable, integral) that is arithmetic (COPC item 2.6).

A figure whose counts contradict each other must not be shown as if it were right. Each check has a name, which stands
in the column `integrity`. The caller decides which figures a failed check empties.

Source: docs/concepts/figures.md#integrity (rule `integrity`) and the reference's column `integrity`.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from copc.arguments import number

__all__ = [
    "CHECKS",
    "REPORTED_TOLERANCE",
    "Check",
    "adds_up",
    "count_checks",
    "half_unit",
    "reported_mismatch",
]

Check = Literal["negative", "exceeds_answered", "exceeds_abandoned", "unbalanced", "reported_mismatch"]
CHECKS: Final[dict[Check, str]] = {
    "negative": "a count or time is below 0",
    "exceeds_answered": "answered within > answered",
    "exceeds_abandoned": "abandoned within (or short abandoned) > abandoned",
    "unbalanced": "answered + abandoned + overflowed > offered + those offered shortly before",
    "reported_mismatch": "the reported service level is not the one its counts give",
}
"""The checks by name, each with its finding in words."""

_BINARY: Final = 1e-9
"""Room for sums of rounding, which are no whole numbers."""
REPORTED_TOLERANCE: Final = 0.005
"""Deviation allowed to a reported ratio beside its rounding: half a point (this product's default)."""


def count_checks(
    *,
    offered: float | None = None,
    answered: float | None = None,
    answered_within: float | None = None,
    abandoned: float | None = None,
    abandoned_within: float | None = None,
    short_abandoned: float | None = None,
    overflowed: float | None = None,
    before: float | None = 0,
    others: Sequence[float | None] = (),
    rounding: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Check, ...]:
    """Names of the checks that the counts of one interval fail, in the order of `CHECKS`.

    None is "not reported" and fails nothing, except that overflowed contacts not reported are taken as 0 in
    the balance.

    Args:
        offered: counts of the interval; so are those that follow it.
        answered: see `offered`.
        answered_within: see `offered`.
        abandoned: see `offered`.
        abandoned_within: see `offered`.
        short_abandoned: see `offered`.
        overflowed: see `offered`.
        before: contacts offered in the intervals shortly before, who may leave in this one; None (not known) leaves
            "unbalanced" out.
        others: further counts and times that must not be negative.
        rounding: by count, how far rounding may have moved one that was computed; no count that is known is here.
    """
    counts = (offered, answered, answered_within, abandoned, abandoned_within, short_abandoned, overflowed, *others)
    failed: list[Check] = []

    def over(part: float | None, whole: float | None, *names: str) -> bool:
        """Whether a part is more than its whole by more than the rounding of these counts."""
        if part is None or whole is None or part <= whole:
            return False
        return not rounding or part > whole + sum(rounding.get(name, 0) for name in names) + _BINARY

    if any(count is not None and count < 0 for count in counts):
        failed.append("negative")
    if over(answered_within, answered, "answered_within", "answered"):
        failed.append("exceeds_answered")
    if over(abandoned_within, abandoned, "abandoned_within", "abandoned") or over(
        short_abandoned, abandoned, "short_abandoned", "abandoned"
    ):
        failed.append("exceeds_abandoned")
    if offered is not None and answered is not None and abandoned is not None and before is not None:
        left = answered + abandoned + (overflowed or 0)
        if over(left, offered + before, "answered", "abandoned", "overflowed", "offered"):
            failed.append("unbalanced")
    return tuple(failed)


def half_unit(reported: float) -> float:
    """Half a unit of the last digit of a ratio as it was reported, from its shortest form: 0.941 -> 0.0005.

    Feeds report whole per cents or finer, so 0.8 is taken as 80 % and gives 0.005.

    Raises:
        ValueError: if `reported` is NaN or infinite.
    """
    exponent = Decimal(repr(number("reported", reported))).normalize().as_tuple().exponent
    return 0.5 * 10.0 ** min(int(exponent), -2)


def reported_mismatch(
    reported: float | None,
    recomputed: float | None,
    *,
    decimals: int | None = None,
    tolerance: float = REPORTED_TOLERANCE,
    allowed: float = 0,
) -> bool:
    """Whether a reported ratio differs from the recomputed one by more than the tolerance + half its last digit.

    Args:
        reported: the feed's own service level, a ratio; None: not reported.
        recomputed: the ratio of the counts; None where there is no figure, which is not compared.
        decimals: decimals the feed gives of the ratio ("94.01%" has 4); None: as many as its shortest form.
        tolerance: ratio, >= 0.
        allowed: how far rounding may have moved the recomputed ratio, >= 0.

    Raises:
        ValueError: if a ratio is NaN or infinite, or a tolerance is negative.
    """
    if reported is None or recomputed is None:
        return False
    rounding = half_unit(reported) if decimals is None else 0.5 * 10.0**-decimals
    limit = number("tolerance", tolerance, low=0) + number("allowed", allowed, low=0) + rounding
    # A margin for rounding, so that a value exactly on the limit is within it.
    return abs(number("reported", reported) - number("recomputed", recomputed)) > limit + 1e-12


def adds_up(parts: Sequence[float | None], total: float | None) -> bool | None:
    """Whether the parts (intervals) sum to the total (day); None where one of them was not reported.

    Counts are whole and times whole milliseconds, so only binary rounding is allowed for.
    """
    if total is None:
        return None
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return math.isclose(math.fsum(known), total, rel_tol=1e-12, abs_tol=1e-9)
