"""One queue's local day from its results: a letter and a figure for each interval, and the sums of the day.

A figure of the day is the sum of its intervals' numerators over the sum of their denominators, never a mean of
percentages. Counts of two definitions are not added.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from agents.rules.observations import amount
from config.queue_settings import QueueSettings
from config.timestamps import from_rfc3339
from dashboards.wallboard.figures import CODES, Row, cell_code, level_counts

__all__ = ["COLUMNS", "QueueDay", "day_bars", "queue_day"]

COLUMNS: Final = (
    "program", "queue", "channel", "interval_start", "interval_start_local", "interval_seconds", "revision", "status",
    "definition", "threshold_seconds", "parameters_version", "offered", "answered", "answered_within", "abandoned",
    "abandoned_within", "short_abandoned", "overflowed", "waiting", "service_level", "spec", "integrity", "breaches",
)  # fmt: skip
"""Result columns that a day is made of."""


class QueueDay(NamedTuple):
    """The sums of a queue's local day."""

    code: str
    """The letter of the day's verdict (`figures.CODES`)."""
    numerator: int
    denominator: int
    offered: int
    """Contacts offered, in the intervals that report them."""
    judged: int
    """Intervals with a verdict on their service level."""
    in_range: int
    missing: int
    breached: int
    """Intervals in which a breach was open."""
    short: float
    """Contacts that the day's service level is short of its range; 0 inside it."""
    basis: tuple[str, float] | None
    """Definition and threshold of the service level; None: there is none, or there are several."""

    @property
    def level(self) -> float | None:
        """The day's service level, a ratio; None: there is none."""
        return self.numerator / self.denominator if self.denominator else None


def queue_day(rows: Sequence[Row], settings: QueueSettings) -> QueueDay:
    """The sums of one queue's local day.

    Args:
        rows: the latest results of its intervals, one at least.
        settings: those the last of them was judged by.
    """
    counted = [(row, counts) for row in rows if (counts := level_counts(row, settings)) is not None]
    bases = {(str(row["definition"]), float(row["threshold_seconds"] or 0)) for row, _ in counted}
    basis = bases.pop() if len(bases) == 1 else None
    good = sum(counts[0] for _, counts in counted) if basis else 0
    whole = sum(counts[1] for _, counts in counted) if basis else 0
    offered = sum(row["offered"] or 0 for row in rows)
    missing = sum(row["status"] == "missing" for row in rows)
    limits = settings.service_level.range
    return QueueDay(
        code=_verdict(good, whole, offered, settings, all_missing=missing == len(rows)),
        numerator=good,
        denominator=whole,
        offered=offered,
        judged=sum(row["spec"] in _JUDGED for row in rows),
        in_range=sum(row["spec"] == "in_range" for row in rows),
        missing=missing,
        breached=sum(bool(row["breaches"]) for row in rows),
        short=0.0 if limits is None else max(0.0, limits[0] * whole - good),
        basis=basis,
    )


_JUDGED: Final = {"in_range", "below", "above"}


def _verdict(good: int, whole: int, offered: int, settings: QueueSettings, *, all_missing: bool) -> str:
    if all_missing:
        return CODES["missing"]
    if not offered:
        return CODES["no_demand"]
    if not whole:
        return CODES["unknown"]
    limits = settings.service_level.range
    if limits is None:
        return CODES["no_target"]
    if whole < amount(settings.rules["service_level_below_range"], "min_volume"):
        return CODES["low_volume"]
    level = good / whole
    return CODES["below" if level < limits[0] else "above" if level > limits[1] else "in_range"]


def day_bars(rows: Sequence[Row], step_ms: int) -> dict[str, Any]:
    """The intervals of a day as `HeldDays.day_bars` gives them, without the day's own name and bounds."""
    found = {from_rfc3339(str(row["interval_start"])): row for row in rows}
    places = range(min(found), max(found) + 1, step_ms)
    shown = [found.get(start) for start in places]
    levels = [None if row is None else row["service_level"] for row in shown]
    return {
        "first_ms": places.start,
        "step_ms": step_ms,
        "codes": "".join("." if row is None else cell_code(row) for row in shown),
        "levels": [None if level is None else round(level, 6) for level in levels],
        "marks": "".join("!" if row is not None and row["breaches"] else " " for row in shown),
    }
