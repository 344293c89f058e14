"""Service level in its six definitions, and the plain ratios beside it, each with its counts.

The same thousand calls have a service level of 81.1 % or 86.0 %, depending on the definition. So a figure here is
a numerator over a denominator under a named definition. A definition whose counts were not reported gives no figure
and names the missing count. Figures over several intervals, queues or days are sums of numerators over sums of
denominators.

Source: the product's definitions S1-S6 (docs/concepts/figures.md#service-level); the example is ICMI's.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from copc.arguments import Floats, aligned

__all__ = [
    "DEFINITIONS",
    "FORMULAS",
    "Counts",
    "Definition",
    "Figure",
    "abandon_rate",
    "aht",
    "asa",
    "counts_needed",
    "occupancy",
    "ratio",
    "roll_up",
    "service_level",
    "service_levels",
    "total",
    "utilisation",
]

Definition = Literal["S1", "S2", "S3", "S4", "S5", "S6"]
DEFINITIONS: Final[tuple[Definition, ...]] = get_args(Definition)

FORMULAS: Final[dict[Definition, str]] = {
    "S1": "answered within / (answered + abandoned)",
    "S2": "answered within / answered",
    "S3": "answered within / (answered + abandoned - abandoned within)",
    "S4": "(answered within + abandoned within) / (answered + abandoned)",
    "S5": "answered within / (answered + abandoned - short abandoned)",
    "S6": "(answered within + short abandoned) / (answered + abandoned)",
}
"""Each definition in words, for screens and reports."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the contacts of one interval, or of a sum of intervals, left the queue. None: not reported."""

    answered: int | None = None
    """Contacts an agent took."""
    abandoned: int | None = None
    """Contacts whose customer gave up."""
    answered_within: int | None = None
    """Answered contacts that waited no longer than the threshold."""
    abandoned_within: int | None = None
    """Abandoned contacts that waited no longer than the threshold."""
    short_abandoned: int | None = None
    """Abandoned contacts that waited no longer than the short-abandon limit."""
    overflowed: int | None = None
    """Contacts that left in any other way; no definition counts them unless `overflow_counts`."""
    waiting: int | None = None
    """Contacts that have waited beyond the threshold and wait still. They have failed already, and count in every
    denominator but that of S2. Not reported means that none is known."""

    def __post_init__(self) -> None:
        """Refuse impossible counts; `copc.integrity` checks whether they contradict each other."""
        for name in _COUNTS:
            count = getattr(self, name)
            if count is not None and not 0 <= count < math.inf:
                raise ValueError(f"{name} must be finite and at least 0, found {count}")


_COUNTS: Final = tuple(field.name for field in fields(Counts))


class Figure(NamedTuple):
    """A ratio with the two sums it rests on.

    Both sums are 0 and `missing` names the counts when the figure cannot be computed.
    """

    numerator: float
    denominator: float
    missing: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """Numerator / denominator; None where a count is missing or the denominator is 0."""
        if self.missing or self.denominator == 0:
            return None
        return self.numerator / self.denominator


_NUMERATOR: Final[dict[Definition, tuple[str, ...]]] = {
    "S1": ("answered_within",),
    "S2": ("answered_within",),
    "S3": ("answered_within",),
    "S4": ("answered_within", "abandoned_within"),
    "S5": ("answered_within",),
    "S6": ("answered_within", "short_abandoned"),
}
_PLUS: Final[dict[Definition, tuple[str, ...]]] = {
    definition: ("answered",) if definition == "S2" else ("answered", "abandoned") for definition in DEFINITIONS
}
_MINUS: Final[dict[Definition, tuple[str, ...]]] = {"S3": ("abandoned_within",), "S5": ("short_abandoned",)}


def _parts(definition: Definition, overflow_counts: bool) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The counts that make the numerator, and those added to and taken from the denominator."""
    if definition not in DEFINITIONS:
        raise ValueError(f"definition must be one of {', '.join(DEFINITIONS)}, found {definition!r}")
    plus = (*_PLUS[definition], "overflowed") if overflow_counts else _PLUS[definition]
    return _NUMERATOR[definition], plus, _MINUS.get(definition, ())


def counts_needed(definition: Definition, *, overflow_counts: bool = False) -> tuple[str, ...]:
    """Names of the counts without which `definition` gives no figure.

    Raises:
        ValueError: if `definition` is not one of S1-S6.
    """
    return tuple(dict.fromkeys(name for part in _parts(definition, overflow_counts) for name in part))


def service_level(counts: Counts, definition: Definition = "S1", *, overflow_counts: bool = False) -> Figure:
    """Service level of `counts` under `definition`, a ratio of contacts.

    `overflow_counts` adds the overflowed to the denominator. Contacts that are still waiting beyond the
    threshold are in every denominator but that of S2, which counts the answered alone.

    Returns:
        The figure; with the names of the counts that were not reported, if one is needed.

    Raises:
        ValueError: if `definition` is not one of S1-S6.
    """
    numerator, plus, minus = _parts(definition, overflow_counts)
    missing = tuple(
        dict.fromkeys(name for name in (*numerator, *plus, *minus) if getattr(counts, name) is None),
    )
    if missing:
        return Figure(0, 0, missing)
    waiting = 0 if definition == "S2" else counts.waiting or 0
    return Figure(
        sum(getattr(counts, name) for name in numerator),
        sum(getattr(counts, name) for name in plus) - sum(getattr(counts, name) for name in minus) + waiting,
    )


def service_levels(
    definition: Definition,
    counts: dict[str, ArrayLike],
    *,
    overflow_counts: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """Service levels of many intervals at once, from columns.

    Args:
        definition: S1-S6.
        counts: column name (as in `Counts`) -> counts, arrays of one shape; NaN is "not reported".
        overflow_counts: as for `service_level`.

    Returns:
        Numerators, denominators and ratios, in the columns' shape; NaN where a count is not reported, and
        a ratio of NaN where its denominator is 0.

    Raises:
        ValueError: naming a column that is needed and absent, negative or of another shape.
    """
    numerator, plus, minus = _parts(definition, overflow_counts)
    columns: dict[str, Floats] = {}
    for name in counts_needed(definition, overflow_counts=overflow_counts):
        if name not in counts:
            raise ValueError(f"{name} must be given for {definition}, found {', '.join(counts) or 'nothing'}")
        columns[name] = np.asarray(counts[name], dtype=np.float64)
    if definition != "S2" and "waiting" in counts:
        columns["waiting"] = np.nan_to_num(np.asarray(counts["waiting"], dtype=np.float64), nan=0.0)
        plus = (*plus, "waiting")
    for name, column in columns.items():
        if (column < 0).any() or np.isinf(column).any():
            raise ValueError(f"{name} must be at least 0 and finite")
    columns = dict(zip(columns, aligned(**columns), strict=True))
    over = np.sum([columns[name] for name in numerator], axis=0)
    under = np.sum([columns[name] for name in plus], axis=0) - sum(columns[name] for name in minus)
    return over, under, np.divide(over, under, out=np.full_like(over, np.nan), where=under != 0)


def abandon_rate(counts: Counts, definition: Definition = "S1") -> Figure:
    """Abandoned / (answered + abandoned); under S5 the short abandons are taken from both.

    Raises:
        ValueError: if `definition` is not one of S1-S6.
    """
    _parts(definition, overflow_counts=False)
    needed = ("answered", "abandoned", "short_abandoned") if definition == "S5" else ("answered", "abandoned")
    missing = tuple(name for name in needed if getattr(counts, name) is None)
    if missing or counts.answered is None or counts.abandoned is None:
        return Figure(0, 0, missing)
    lost = counts.abandoned - ((counts.short_abandoned or 0) if definition == "S5" else 0)
    return Figure(lost, counts.answered + lost)


def ratio(**parts: float | None) -> Figure:
    """The first named part over the second; the figure names a part that was not reported.

    Raises:
        ValueError: naming a part that is negative, NaN or infinite, or if there are not two.
    """
    if len(parts) != 2:
        raise ValueError(f"parts must be a numerator and a denominator, found {', '.join(parts) or 'nothing'}")
    for name, part in parts.items():
        if part is not None and not 0 <= part < math.inf:
            raise ValueError(f"{name} must be finite and at least 0, found {part}")
    numerator, denominator = parts.values()
    if numerator is None or denominator is None:
        return Figure(0, 0, tuple(name for name, part in parts.items() if part is None))
    return Figure(numerator, denominator)


def asa(wait_seconds: float | None, answered: int | None) -> Figure:
    """Average speed of answer: seconds waited by the answered / answered."""
    return ratio(wait_seconds=wait_seconds, answered=answered)


def aht(handle_seconds: float | None, handled: int | None) -> Figure:
    """Average handle time: talk + hold + wrap seconds / contacts handled (those that reported any of them)."""
    return ratio(handle_seconds=handle_seconds, handled=handled)


def occupancy(occupied_seconds: float | None, available_seconds: float | None) -> Figure:
    """(Handling + wrap) / (handling + wrap + available) seconds, from true-to-interval agent time.

    Raises:
        ValueError: naming a time that is negative, NaN or infinite.
    """
    figure = ratio(occupied_seconds=occupied_seconds, available_seconds=available_seconds)
    return figure if figure.missing else Figure(figure.numerator, figure.numerator + figure.denominator)


def utilisation(handling_seconds: float | None, paid_seconds: float | None) -> Figure:
    """Handling seconds / paid seconds."""
    return ratio(handling_seconds=handling_seconds, paid_seconds=paid_seconds)


def roll_up(figures: Iterable[Figure]) -> Figure:
    """One figure over many: sum of numerators / sum of denominators, never a mean of ratios.

    A part with a missing count makes the whole missing, naming the count: leave an interval out by not
    passing it, and say so beside the figure.
    """
    numerators: list[float] = []
    denominators: list[float] = []
    missing: dict[str, None] = {}
    for figure in figures:
        numerators.append(figure.numerator)
        denominators.append(figure.denominator)
        missing.update(dict.fromkeys(figure.missing))
    if missing:
        return Figure(0, 0, tuple(sorted(missing)))
    return Figure(math.fsum(numerators), math.fsum(denominators))


def total(parts: Iterable[Counts]) -> Counts:
    """Counts summed over intervals, queues or days; a count that one part did not report is not reported.

    The waiting alone are summed where they are known (see `Counts.waiting`).
    """
    kept = list(parts)
    sums: dict[str, int | None] = {}
    for field in fields(Counts):
        known = [count for count in (getattr(part, field.name) for part in kept) if count is not None]
        whole = len(known) == len(kept) or (field.name == "waiting" and bool(known))
        sums[field.name] = sum(known) if whole else None
    return Counts(**sums)
