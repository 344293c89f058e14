"""Run rules on a control chart: patterns inside the limits that are unlikely by chance.

Western Electric's four rules (1956) and Nelson's eight (1984) flag the point that completes the pattern. They are
for daily points. Neighbouring intervals share a queue and a time of day, so on intervals every one of these rules
would fire on a healthy centre.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from copc.arguments import Floats
from copc.charts import Chart

__all__ = ["NELSON", "WESTERN_ELECTRIC", "nelson", "western_electric"]

Flags = NDArray[np.bool_]

WESTERN_ELECTRIC: Final = {
    1: "a point beyond 3 sigma",
    2: "2 of 3 points running beyond 2 sigma on one side",
    3: "4 of 5 points running beyond 1 sigma on one side",
    4: "8 points running on one side of the centre",
}
NELSON: Final = {
    1: "a point beyond 3 sigma",
    2: "9 points running on one side of the centre",
    3: "6 points running all rising or all falling",
    4: "14 points running alternating up and down",
    5: "2 of 3 points running beyond 2 sigma on one side",
    6: "4 of 5 points running beyond 1 sigma on one side",
    7: "15 points running within 1 sigma of the centre",
    8: "8 points running beyond 1 sigma on either side",
}


def western_electric(chart: Chart) -> dict[int, Flags]:
    """Flags of the four rules, one array a rule, True on the point that completes the pattern.

    Points without a figure (NaN) break every pattern. Rule 1 is the chart's own limits.
    """
    z = _scores(chart)
    return {
        1: chart.outside.copy(),
        2: _one_side(z, 2, 3, 2.0),
        3: _one_side(z, 4, 5, 1.0),
        4: _one_side(z, 8, 8, 0.0),
    }


def nelson(chart: Chart) -> dict[int, Flags]:
    """Flags of the eight rules, as `western_electric`."""
    z = _scores(chart)
    steps = np.sign(np.diff(chart.points))
    return {
        1: chart.outside.copy(),
        2: _one_side(z, 9, 9, 0.0),
        3: _running(steps, 5, lambda w: np.abs(w.sum(axis=1)) == 5, z.size),
        4: _running(steps, 13, lambda w: (w[:, 1:] * w[:, :-1] == -1).all(axis=1), z.size),
        5: _one_side(z, 2, 3, 2.0),
        6: _one_side(z, 4, 5, 1.0),
        7: _running(z, 15, lambda w: (np.abs(w) < 1).all(axis=1), z.size),
        8: _running(z, 8, lambda w: (np.abs(w) > 1).all(axis=1), z.size),
    }


def _scores(chart: Chart) -> Floats:
    """Distances from the centre in standard deviations; a chart without spread has none."""
    off = chart.points - chart.centre
    return np.divide(off, chart.sigma, out=np.zeros_like(off), where=chart.sigma > 0)


def _running(values: Floats, window: int, pattern: Callable[[Floats], Flags | np.bool_], size: int) -> Flags:
    """`pattern` on every window of values, flagged on the point (of `size`) with which the window ends."""
    flags = np.zeros(size, dtype=np.bool_)
    if values.size >= window:
        flags[size - (values.size - window + 1) :] = pattern(sliding_window_view(values, window))
    return flags


def _one_side(z: Floats, wanted: int, window: int, beyond: float) -> Flags:
    """At least `wanted` of `window` points beyond so many sigma on one side, the last of them among these."""
    flags = np.zeros(z.size, dtype=np.bool_)
    for side in (z, -z):
        full = _running(side, window, lambda w: (w > beyond).sum(axis=1) >= wanted, z.size)
        flags |= full & (side > beyond)
    return flags
