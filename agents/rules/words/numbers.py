"""Numbers in the sentences about breaches.

A sentence never gives a figure alone: the limit that it is read against stands beside it. So a figure is rounded away
from its limit (`against`): 99.46 % against 99.5 % prints 99.4 %, never 99.5 %. No sentence contradicts its own figure.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

__all__ = ["Pair", "against", "agents", "number", "percent", "percents", "points", "signed", "trim"]

Pair = tuple[str, str]
"""The same in English and in Chinese."""

_EXACT: Final = 9
"""Decimals in which two figures are told apart: more are noise of binary arithmetic."""


def against(value: float, limit: float, digits: int = 1, *, beside: bool = True) -> tuple[str, str]:
    """A figure rounded away from the limit that it is read against, and the limit.

    Decimals are added where the two would look alike and are not, and where the figure would look like 0 and is not.

    Args:
        value: the figure.
        limit: its limit.
        digits: decimals of both, at least.
        beside: whether the limit stands beside it; else it is rounded to the nearest figure on its side of the limit.
    """
    exact, bound = (Decimal(repr(round(each, _EXACT))) for each in (value, limit))
    away = ROUND_HALF_EVEN if exact == bound else ROUND_FLOOR if exact < bound else ROUND_CEILING
    for places in range(digits, _EXACT):
        step = Decimal(1).scaleb(-places)
        shown, of_limit = exact.quantize(step, away), bound.quantize(step, ROUND_HALF_EVEN)
        if not beside:
            nearest = exact.quantize(step, ROUND_HALF_EVEN)
            shown = nearest if nearest.compare(bound) == exact.compare(bound) else shown
        if (shown == of_limit) == (exact == bound) and bool(shown) == bool(exact):
            break
    return _plain(shown), _plain(of_limit)


def percents(value: object, limit: object, digits: int = 1, *, beside: bool = True) -> tuple[str, str]:
    """A ratio rounded away from its limit, and the limit: `99.4 %`, `99.5 %`; `?` for one that is not known.

    Whole points (`digits` 0) get a decimal where the nearest whole ones would be others: 13.9 % is neither 13 nor 14 %.
    """
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return percent(value, digits), percent(limit)
    if not digits and beside and against(100 * value, 100 * limit, 0)[0] != trim(100 * value, 0):
        return percents(value, limit)[0], percent(limit)
    for places in range(digits, _EXACT):
        shown, of_limit = against(100 * value, 100 * limit, places, beside=beside)
        # 99.6 % of all is not all of them.
        if shown != "100" or round(value, _EXACT) == 1:
            break
    return f"{shown} %", percent(limit) if digits == 0 else f"{of_limit} %"


def trim(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `13.4`, `17`."""
    return _plain(Decimal(f"{value:.{digits}f}"))


def number(value: object, digits: int = 1) -> str:
    """A number of a row or record, `?` where it is not known."""
    return trim(value, digits) if isinstance(value, int | float) else "?"


def percent(value: object, digits: int = 1) -> str:
    """A ratio that is read against nothing, as `41.2 %`."""
    return f"{trim(100 * value, digits)} %" if isinstance(value, int | float) else "?"


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign, `0` without."""
    text = trim(value, digits)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def agents(heads: str) -> str:
    """`1 agent`, `2.5 agents`."""
    return f"{heads} agent" if heads == "1" else f"{heads} agents"


def points(effect: float) -> str:
    """The size of an effect on a ratio in points, without its sign: `64 points`, `1 point`."""
    shown = trim(abs(100 * effect), 0)
    return f"{shown} point" if shown == "1" else f"{shown} points"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
