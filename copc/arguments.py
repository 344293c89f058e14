"""Checks of arguments, which every public function of `copc` makes.

A function raises `ValueError: agents must be greater than 0, found -3` rather than return a plausible figure: a wrong
number on a wallboard costs more than an error in a notebook.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["OCCUPANCY_ROUNDING", "Floats", "aligned", "array", "number", "whole"]

OCCUPANCY_ROUNDING: Final = 1e-9
"""An occupancy that is over its limit by no more than rounding keeps to it."""

Floats = NDArray[np.float64]
"""An array of double precision figures."""

_UNBOUNDED: Final = math.inf


def _allowed(low: float, high: float, above: float, below: float) -> str:
    """The limits in words, for the end of a message."""
    parts = ["finite"]
    if low != -_UNBOUNDED:
        parts.append(f"at least {low:g}")
    if above != -_UNBOUNDED:
        parts.append(f"greater than {above:g}")
    if high != _UNBOUNDED:
        parts.append(f"at most {high:g}")
    if below != _UNBOUNDED:
        parts.append(f"less than {below:g}")
    return " and ".join(parts)


def number(  # one keyword a limit keeps every call readable
    name: str,
    value: float,
    *,
    low: float = -_UNBOUNDED,
    high: float = _UNBOUNDED,
    above: float = -_UNBOUNDED,
    below: float = _UNBOUNDED,
) -> float:
    """`value` as a float, if it is one finite number with low <= value <= high and above < value < below.

    Raises:
        ValueError: naming the argument, its limits and what was found.
    """
    try:
        figure = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, found {value!r}") from None
    if not (math.isfinite(figure) and low <= figure <= high and above < figure < below):
        raise ValueError(f"{name} must be {_allowed(low, high, above, below)}, found {value}")
    return figure


def whole(name: str, value: float, *, low: int = 0) -> int:
    """`value` as an int, if it is a whole number of at least `low`.

    Raises:
        ValueError: naming the argument and what was found.
    """
    figure = number(name, value, low=low)
    if figure != int(figure):
        raise ValueError(f"{name} must be a whole number, found {value}")
    return int(figure)


def array(
    name: str,
    values: ArrayLike,
    *,
    low: float = -_UNBOUNDED,
    high: float = _UNBOUNDED,
    above: float = -_UNBOUNDED,
    below: float = _UNBOUNDED,
    ndim: int | None = None,
    size: int = 0,
) -> Floats:
    """`values` as an array of doubles, if every element is finite and within the limits (see `number`).

    `ndim` is the number of dimensions required, `size` the least number of elements.

    Raises:
        ValueError: naming the argument, its limits and the first element that breaks them, or the shape.
    """
    try:
        figures = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers of one regular shape, found {values!r}") from None
    if ndim is not None and figures.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), found shape {figures.shape}")
    if figures.size < size:
        raise ValueError(f"{name} must hold at least {size} figure(s), found {figures.size}")
    good = np.isfinite(figures) & (figures >= low) & (figures <= high) & (figures > above) & (figures < below)
    if not good.all():
        found = figures[~good].flat[0]
        raise ValueError(f"{name} must be {_allowed(low, high, above, below)}, found {found}")
    return figures


def aligned(**arrays: Floats) -> list[Floats]:
    """The named arrays broadcast to one shape, in the order given.

    Raises:
        ValueError: naming every argument with its shape, when they do not fit together.
    """
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {figures.shape}" for name, figures in arrays.items())
        raise ValueError(f"shapes do not fit together: {shapes}") from None
