"""The three conditions of certification, each by itself, so that nobody takes one for all of them.

An input that is lacking makes a condition unknown, unless the others already decide it.

Source: the standard's slides, page 8 (docs/concepts/standard.md#scoring). The third condition is taken to the letter:
all points of category 4. A reader may supply "for approach" there as well, so that reading is given beside it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from copc.items import ITEMS
from copc.scoring import scorecard

__all__ = ["Certification", "Condition", "certification"]


class Condition(NamedTuple):
    """One condition of certification."""

    met: bool | None
    """None: the items that have no input could still decide it."""
    short: tuple[str, ...]
    """Items that have an input and not full marks, in the standard's order."""
    unknown: tuple[str, ...]
    """Items without an input."""


class Certification(NamedTuple):
    """The conditions that the slides set a site, one by one."""

    total: Condition
    """1,900 points of 2,000."""
    approach: Condition
    """Categories 1 to 3: full marks for approach in each item."""
    performance: Condition
    """Category 4: full marks in each item."""
    performance_approach: Condition
    """Category 4: full marks for approach alone, another reading of the third; it decides nothing here."""

    @property
    def met(self) -> bool | None:
        """Whether all three are met; None: it cannot be said."""
        found = {condition.met for condition in (self.total, self.approach, self.performance)}
        return False if False in found else None if None in found else True


def _full(values: Mapping[str, float], codes: Iterable[str]) -> Condition:
    wanted = list(codes)
    short = tuple(code for code in wanted if code in values and values[code] < 100)
    unknown = tuple(code for code in wanted if code not in values)
    return Condition(False if short else None if unknown else True, short, unknown)


def certification(scores: Mapping[str, float], approach: Mapping[str, float]) -> Certification:
    """The conditions of an assessment after the standard, not Gold: for Gold the slides give no limit.

    Args:
        scores: item code -> score, per cent of its points; items left out have none yet.
        approach: item code -> approach, per cent; items left out have none yet.

    Raises:
        ValueError: if a code is not an item of the standard, or a score is outside 0 to 100.
    """
    card = scorecard(scores)
    base = {code: item for code, item in ITEMS.items() if item.points is not None}
    performance = [code for code, item in base.items() if item.category == 4]
    return Certification(
        total=Condition(card.certified, tuple(code for code in base if scores.get(code, 100) < 100), card.unscored),
        approach=_full(approach, (code for code, item in base.items() if item.category < 4)),
        performance=_full(scores, performance),
        performance_approach=_full(approach, performance),
    )
