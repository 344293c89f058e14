"""The figures of one interval on a screen, and the order in which queues are shown.

A wallboard sorted by percentage puts a queue of ten calls above one that loses two hundred customers. So queues are
sorted by state, worst first, and then by the number of contacts their service level is short of its range.
"""

from collections.abc import Mapping
from typing import Any, Final

from config.queue_settings import QueueSettings
from config.timestamps import from_rfc3339
from copc.sigma import process_sigma
from streams.columns import SCREEN_COLUMNS
from streams.results import service_level_counts

__all__ = ["CODES", "FINE", "RANKS", "Row", "cell_code", "figures", "level_counts"]
__all__ += ["rank", "short_contacts", "sigma", "verdict"]

Row = Mapping[str, Any]
"""A result or a breach, by column."""

CODES: Final[Mapping[str, str]] = {
    "in_range": "i",
    "below": "b",
    "above": "a",
    "no_demand": "n",
    "low_volume": "l",
    "no_target": "t",
    "unknown": "u",
    "missing": "m",
}
"""A heat map's letter for each `spec`, and for a missing interval."""

_NEVER: Final = 1e12
"""A minute after all others."""
_OPPORTUNITY: Final = "contact answered within T"

RANKS: Final[Mapping[str, int]] = {
    state: place
    for place, state in enumerate(
        (
            "critical",
            "warning",
            "never_seen",
            "missing",
            "stale",
            "below",
            "at_risk",
            "unknown",
            "above",
            "in_range",
            "low_volume",
            "no_target",
            "no_demand",
            "waiting",
            "closed",
        )
    )
}
"""States of a queue with their ranks, worst first: open breaches, missing data, out of range, at risk later today."""

FINE: Final = frozenset({"above", "in_range", "low_volume", "no_target", "no_demand", "waiting"})
"""States of a queue that is fine now: where an interval of its day is at risk, it is `at_risk`."""


def level_counts(row: Row, settings: QueueSettings) -> tuple[int, int] | None:
    """Numerator and denominator of the service level; None where the row has no such figure."""
    counts = service_level_counts(row, overflow_counts=settings.service_level.overflow_counts)
    if counts is None or row["service_level"] is None:
        return None
    return counts.numerator, counts.denominator


def figures(row: Row, settings: QueueSettings) -> dict[str, Any]:
    """One interval as a screen needs it: time, figures and verdicts; a figure without a value is None.

    `start` is RFC 3339. `final_ms` is the instant at which it becomes final where data keep coming.
    """
    shown: dict[str, Any] = {name: row[name] for name in SCREEN_COLUMNS}
    shown["start"], shown["seconds"] = row["interval_start"], row["interval_seconds"]
    end_ms = from_rfc3339(str(row["interval_start"])) + round(1000 * row["interval_seconds"])
    shown["final_ms"] = end_ms + settings.service_level.threshold_ms + settings.grace_ms
    shown["numerator"], shown["denominator"] = level_counts(row, settings) or (None, None)
    shown["sigma"] = sigma(row, settings)
    return shown


def sigma(row: Row, settings: QueueSettings) -> dict[str, Any] | None:
    """Process sigma of an interval's own contacts, by what `variation_too_big` sets; None: it has no service level.

    Returns:
        `level` (None: too few contacts), `bound` (empty, `>` or `<`), `dpmo` and the `shift` that is in the level.
    """
    counts = level_counts(row, settings)
    if counts is None or counts[1] <= 0 or not 0 <= counts[0] <= counts[1]:
        return None
    parameters = settings.rules["variation_too_big"].parameters
    shift, least = parameters["sigma_shift"], parameters["min_units"]
    assert isinstance(shift, int | float) and isinstance(least, int)  # noqa: S101, PT018 - as its table says
    found = process_sigma(counts[1] - counts[0], counts[1], _OPPORTUNITY, shift=shift, min_units=least)
    bound = "" if found.bound == "withheld" else found.bound
    return {"level": found.level, "bound": bound, "dpmo": round(found.dpmo), "shift": shift, "least": least}


def cell_code(row: Row) -> str:
    """The heat map's letter of a result; upper case where the result was corrected."""
    code = CODES["missing"] if row["status"] == "missing" else CODES.get(str(row["spec"]), "u")
    return code.upper() if row["revision"] > 1 else code


def verdict(row: Row) -> str:
    """A result's own state: `missing`, else its `spec`."""
    return "missing" if row["status"] == "missing" else str(row["spec"])


def short_contacts(row: Row, settings: QueueSettings) -> float:
    """The number of contacts the service level is short of its range; 0 inside the range or without a figure."""
    counts, limits = level_counts(row, settings), settings.service_level.range
    return 0.0 if counts is None or limits is None else max(0.0, limits[0] * counts[1] - counts[0])


def rank(state: str, short: float, net_staffing: float | None, risk: Mapping[str, Any] | None = None) -> list[float]:
    """The sort key of a queue, ascending: state, contacts short of the range, the day's next risk, net staffing.

    A queue whose interval at risk comes sooner stands above one whose comes later or never, then one that lacks more.
    """
    begins, lacks = (_NEVER, 0.0) if risk is None else (float(risk["start_ms"] // 60_000), float(risk["lacks"] or 0))
    net = 0.0 if net_staffing is None else round(net_staffing, 1)
    return [RANKS[state], 0.0 - round(short, 1), begins, 0.0 - lacks, net]
