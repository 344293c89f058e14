"""Figures rounded for people: the same figure has the same digits everywhere, and never crosses its limit by rounding.

74.96 % against a limit of 75 % is below it; shown as 75 % it would contradict the verdict beside it. So a figure is
rounded away from the limit: 74 %. Screens round by the same rule (`dashboards/wallboard/static/rounding.js`); one table
of cases (`tests/fixtures/rounding.json`) holds both to it.
"""

import math
from typing import Final

__all__ = ["rounded", "rounded_percent"]

_HAIR: Final = 1e-9
"""Noise of binary fractions: 28.499999999999996 is a half, and 75.00000000000001 is at 75."""
_FURTHER: Final = 3
"""Digits that may be added where two limits leave no whole figure between them."""


def rounded(value: float, digits: int = 0, low: float | None = None, high: float | None = None) -> str:
    """A figure as text of at most `digits` decimals, without needless zeros.

    Halves go away from zero. A figure below `low` is shown below it, one above `high` above it, one between them
    between them, each as near as its digits allow.

    Args:
        value: finite.
        digits: decimals, 0 or more; more are used only where none of so many lies on the figure's side of its limits.
        low: the limit below which the figure is too low; None: there is none.
        high: the limit above which it is too high; None: there is none.
    """
    side = _side(value, low, high)
    for more in range(_FURTHER + 1):
        unit = 10.0 ** (digits + more)
        below, above = math.floor(value * unit + _HAIR), math.ceil(value * unit - _HAIR)
        for whole in (_nearest(value * unit), below, above):
            if _side(whole / unit, low, high) == side:
                return _text(whole, digits + more)
    return _text(_nearest(value * 10.0**digits), digits)


def rounded_percent(ratio: float, digits: int = 0, low: float | None = None, high: float | None = None) -> str:
    """A ratio in per cent, without the sign; its limits are ratios, too (`rounded`)."""
    limits = (None if limit is None else 100 * limit for limit in (low, high))
    return rounded(100 * ratio, digits, *limits)


def _side(value: float, low: float | None, high: float | None) -> int:
    if low is not None and value < low - _HAIR:
        return -1
    return 1 if high is not None and value > high + _HAIR else 0


def _nearest(value: float) -> int:
    whole = math.floor(abs(value) + 0.5 + _HAIR)
    return -whole if value < 0 else whole


def _text(whole: int, digits: int) -> str:
    if not digits:
        return str(whole)
    sign, figures = "-" if whole < 0 else "", str(abs(whole)).rjust(digits + 1, "0")
    text = f"{figures[:-digits]}.{figures[-digits:]}".rstrip("0").rstrip(".")
    return text if text == "0" else sign + text
