"""A heat map as shapes: one path for all cells of a kind, so that a month of a queue stays small."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from streams.report.document.parts import HeatMap

__all__ = ["HeatShapes", "heat_shapes"]

_KINDS: Final = "biamn"
_CELL_HEIGHT: Final = 16
_TRIANGLES: Final = {"b": "m0 -3h6l-3 6z", "a": "m0 3h6l-3 -6z"}


@dataclass(frozen=True, slots=True)
class HeatShapes:
    """A heat map's picture in its own units: a cell is so wide that a day is 960."""

    paths: dict[str, str]
    """By letter of `HeatMap.days`, the outline of its cells."""
    signs: str
    """The outline of a triangle in each cell below its range (down) and above it (up): colour is not the only sign."""
    height: int
    days: list[tuple[str, str, int]]
    """Local days with the number of their weekday and the top of their line."""
    hours: list[tuple[str, float]]
    """Hours with their place."""


def heat_shapes(found: HeatMap) -> HeatShapes:
    """The shapes of a heat map."""
    width = 960 * found.minutes / 1440
    paths: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    signs = []
    for line, letters in enumerate(found.days.values()):
        for place, letter in enumerate(letters):
            if letter in paths:
                paths[letter].append(f"M{place * width:g} {line * _CELL_HEIGHT}h{width - 1:g}v15h{1 - width:g}z")
            if letter in _TRIANGLES:
                signs.append(f"M{(place + 0.5) * width - 3.5:g} {line * _CELL_HEIGHT + 7.5}{_TRIANGLES[letter]}")
    return HeatShapes(
        paths={kind: "".join(parts) for kind, parts in paths.items() if parts},
        signs="".join(signs),
        height=len(found.days) * _CELL_HEIGHT,
        days=[
            (day, str(dt.date.fromisoformat(day).isoweekday()), line * _CELL_HEIGHT)
            for line, day in enumerate(found.days)
        ],
        hours=[(f"{hour:02d}", hour * 40) for hour in range(0, 24, 2)],
    )
