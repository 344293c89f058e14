"""Numbers in the sentences about breaches.

A sentence never gives a figure alone: the limit that it is read against stands beside it. So a figure is rounded away
from its limit (`copc.rounding`): 99.46 % against 99.5 % prints 99.4 %. No sentence contradicts its own figure.
"""

from typing import Final

from copc.rounding import rounded, rounded_percent

__all__ = ["Pair", "against", "agents", "number", "percent", "percents", "points", "set_percent", "trim"]

_DIGITS_OF_SETTINGS: Final = 3
_FURTHER: Final = 6
"""Decimals that may be added where two figures look alike."""

Pair = tuple[str, str]
"""The same in English and in Chinese."""


def against(value: float, limit: float, digits: int = 0) -> tuple[str, str]:
    """A figure rounded away from the limit that it is read against, and the limit.

    Args:
        value: the figure.
        limit: its limit.
        digits: decimals; more where the two would look alike and are not.
    """
    low, high = (limit, None) if value < limit else (None, limit)
    shown, of_limit = rounded(value, digits, low, high), rounded(limit, digits)
    places = digits
    while shown == of_limit and value != limit and places < digits + _FURTHER:
        places += 1
        shown, of_limit = rounded(value, places, low, high), rounded(limit, places)
    return shown, of_limit


def percents(value: object, limit: object, digits: int = 0) -> tuple[str, str]:
    """A ratio rounded away from its limit, and the limit: `99.4 %`, `99.5 %`; `?` for one that is not known.

    A limit of one decimal has it, and then the ratio has it, too.
    """
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return percent(value, digits), set_percent(limit)
    if len(rounded_percent(limit, _DIGITS_OF_SETTINGS).partition(".")[2]) == 1:
        digits = max(digits, 1)
    shown, of_limit = against(100 * value, 100 * limit, digits)
    return f"{shown} %", f"{of_limit} %"


def trim(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `13.4`, `17`."""
    return rounded(value, digits)


def number(value: object, digits: int = 1) -> str:
    """A number of a row or record, `?` where it is not known."""
    return trim(value, digits) if isinstance(value, int | float) else "?"


def percent(value: object, digits: int = 0) -> str:
    """A ratio that is read against nothing, as `41 %`."""
    return f"{rounded_percent(value, digits)} %" if isinstance(value, int | float) else "?"


def set_percent(value: object) -> str:
    """A ratio that a site has set, with all the digits it was given: `99.5 %`."""
    return percent(value, _DIGITS_OF_SETTINGS)


def agents(heads: str) -> str:
    """`1 agent`, `2.5 agents`."""
    return f"{heads} agent" if heads == "1" else f"{heads} agents"


def points(effect: float) -> str:
    """The size of an effect on a ratio in points, without its sign: `64 points`, `1 point`."""
    shown = trim(abs(100 * effect), 0)
    return f"{shown} point" if shown == "1" else f"{shown} points"
