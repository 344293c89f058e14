"""Numbers in the sentences about breaches.

A sentence never gives a figure alone: the expected figure and the limit stand beside it.
"""

__all__ = ["Pair", "number", "percent", "signed", "signed_percent", "trim"]

Pair = tuple[str, str]
"""The same in English and in Chinese."""


def trim(value: float, digits: int = 1) -> str:
    """A number without needless zeros: `13.4`, `17`."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def number(value: object, digits: int = 1) -> str:
    """A number of a row or record, `?` where it is not known."""
    return trim(value, digits) if isinstance(value, int | float) else "?"


def percent(value: object) -> str:
    """A ratio as `41.2 %`."""
    return f"{trim(100 * value)} %" if isinstance(value, int | float) else "?"


def signed(value: float, digits: int = 0) -> str:
    """A number with its sign, `0` without."""
    text = trim(value, digits)
    return text if text.startswith("-") or text == "0" else f"+{text}"


def signed_percent(value: object) -> str:
    """A ratio as `+12 %`."""
    return f"{signed(100 * value, 1)} %" if isinstance(value, int | float) else "?"
