"""Numbers in the sentences about breaches.

A sentence never gives a figure alone: the expected figure and the limit stand beside it.
"""

from typing import Final

from copc.rounding import rounded, rounded_percent

__all__ = ["Pair", "number", "percent", "set_percent", "signed", "signed_percent", "trim"]

_DIGITS_OF_SETTINGS: Final = 3

Pair = tuple[str, str]
"""The same in English and in Chinese."""


def trim(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `13.4`, `17`."""
    return rounded(value, digits)


def number(value: object, digits: int = 1) -> str:
    """A number of a row or record, `?` where it is not known."""
    return trim(value, digits) if isinstance(value, int | float) else "?"


def percent(value: object, digits: int = 0, *, low: object = None, high: object = None) -> str:
    """A ratio as `41 %`, rounded away from the limits it is judged by (`copc.rounding`); `?` where it is not known."""
    if not isinstance(value, int | float):
        return "?"
    limits = (limit if isinstance(limit, int | float) else None for limit in (low, high))
    return f"{rounded_percent(value, digits, *limits)} %"


def set_percent(value: object) -> str:
    """A ratio that a site has set, with all the digits it was given: `99.5 %`."""
    return percent(value, _DIGITS_OF_SETTINGS)


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign, `0` without."""
    text = trim(value, digits)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def signed_percent(value: object, *, low: object = None, high: object = None) -> str:
    """A ratio as `+12 %` (`percent`)."""
    text = percent(value, low=low, high=high)
    return text if text[0] in "-0?" else f"+{text}"
