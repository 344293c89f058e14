"""Lines and cells of a report's tables, so that a figure is written alike in all of them."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from streams.report.figures import Ratio

__all__ = ["NOTHING", "UNBROKEN", "Line", "Table", "counts_of", "of", "percent", "span"]

NOTHING: Final = "-"
UNBROKEN: Final = "\N{NO-BREAK SPACE}"


class Line(NamedTuple):
    """One row of a table."""

    item: str
    what: str
    figure: str
    counts: str
    against: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title and the sentences below it."""

    title: str
    lines: list[Line]
    notes: list[str]


def percent(ratio: float | None, *, signed: bool = False) -> str:
    """A ratio as a percentage of one decimal."""
    if ratio is None:
        return NOTHING
    # One decimal is enough, but must not turn 99.97 % into 100 %.
    text = f"{ratio * 100:+.1f}" if signed else f"{ratio * 100:.1f}"
    if not signed and text in {"100.0", "0.0"} and ratio not in {0.0, 1.0}:
        text = f"{ratio * 100:.3g}" if ratio < 0.5 else f"{ratio * 100:.5g}"
    return f"{text}{UNBROKEN}%"


def counts_of(ratio: Ratio) -> str:
    """A figure's sums."""
    return f"{ratio.numerator:,.0f} / {ratio.denominator:,.0f}"


def of(part: int, whole: int) -> str:
    """A part of a whole."""
    return f"{part:,} / {whole:,}"


def span(seconds: float) -> str:
    """A span of time in its greatest unit that is whole enough."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f}{UNBROKEN}{unit}"
    return f"{seconds:,.0f}{UNBROKEN}s"
