"""A queue's service level over days: sums by local day, and the process sigma that follows from them (item 2.2).

Sums are of counts in the queue's own definition, so a correction is taken in exactly. The service level of a window
is the sum of its days' numerators over the sum of their denominators.
"""

from typing import Final

import msgspec

from config.rules import RuleSettings
from copc.sigma import ProcessSigma, process_sigma
from streams.results import ServiceLevelCounts

__all__ = ["WINDOWS", "LevelDays", "process_of"]

WINDOWS: Final = {"day": 1, "week": 7}
"""Local days of each window, the day of the last final interval among them."""
_OPPORTUNITY: Final = "contact answered within T"


class LevelDays(msgspec.Struct, array_like=True):
    """Numerators and denominators of the last days. Fields are appended, never reordered."""

    days: dict[int, list[float]] = {}
    """By local day (proleptic ordinal): numerator and denominator of the service level, contacts."""

    def add(self, day: int, counts: ServiceLevelCounts | None, sign: int = 1) -> None:
        """Count an interval in (1) or out (-1), and forget the days that no window reaches.

        Args:
            day: ordinal of the interval's local date.
            counts: numerator and denominator of its service level; None: it has no figure, and counts in no window.
            sign: 1 or -1.
        """
        if counts is None:
            return
        totals = self.days.setdefault(day, [0, 0])
        totals[0] += sign * counts.numerator
        totals[1] += sign * counts.denominator
        first = max(self.days) - max(WINDOWS.values()) + 1
        for old in [other for other in self.days if other < first]:
            del self.days[old]

    def processes(self, rule: RuleSettings) -> dict[str, ProcessSigma]:
        """The process by window; a window of too few contacts has none, one without a defect has its lower bound.

        Args:
            rule: `variation_too_big`, whose shift and least number of units hold.
        """
        found: dict[str, ProcessSigma] = {}
        for window, length in WINDOWS.items():
            sums = [totals for day, totals in self.days.items() if day > max(self.days) - length]
            process = process_of(sum(total[0] for total in sums), sum(total[1] for total in sums), rule)
            if process is not None and process.level is not None:
                found[window] = process
        return found


def process_of(numerator: float, denominator: float, rule: RuleSettings) -> ProcessSigma | None:
    """The process whose units are the contacts of a service level; None: there are none, or the counts make no sense.

    Args:
        numerator: contacts served in time, in the queue's own definition.
        denominator: contacts.
        rule: `variation_too_big`, whose shift and least number of units hold.
    """
    shift, least = rule.parameters["sigma_shift"], rule.parameters["min_units"]
    assert isinstance(shift, int | float) and isinstance(least, int)  # noqa: S101, PT018 - as its table says
    good, units = round(numerator), round(denominator)
    if not units or not 0 <= good <= units:
        return None
    return process_sigma(units - good, units, _OPPORTUNITY, shift=shift, min_units=least)
