"""Whether a result's figures follow from its own counts, under the definition in force.

A hash shows that a row was changed; this shows that a figure was wrong in the first place, and it names
the figure. Every formula is `copc`'s (docs/concepts/figures.md#service-level) or stands beside its check.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from copc.service_level import DEFINITIONS, Counts, Definition, abandon_rate, aht, asa, occupancy, service_level

__all__ = ["figure_problems"]

Row = Mapping[str, Any]

_RELATIVE: Final = 1e-9
"""Room for the last digits of a division; no tampering that matters fits in it."""
_ABSOLUTE: Final = 1e-12

_STATUS: Final = {1: ("final", "missing")}


def figure_problems(row: Row, overflow_counts: bool) -> Iterator[str]:
    """The faults in the figures of a result, each in words that name the column.

    Args:
        row: a result.
        overflow_counts: whether the queue's definition puts the overflowed in the denominator.
    """
    status, revision = row["status"], row["revision"]
    if status not in _STATUS.get(revision, ("corrected",)):
        yield f"status is {status!r} at revision {revision}"
    if row["definition"] not in DEFINITIONS:
        yield f"definition is {row['definition']!r}"
        return
    trusted = row["integrity"] == "ok"
    for column, expected in _expected(row, cast("Definition", row["definition"]), overflow_counts).items():
        found = row[column]
        if found is None:
            # A count that fails a check leaves its figures empty, and `integrity` says so.
            if expected is not None and trusted:
                yield f"{column} is empty, and its counts give {expected:.9g}"
        elif expected is None:
            yield f"{column} is {found:.9g}, and its counts give no figure"
        elif not _equal(found, expected):
            yield f"{column} is {found:.9g}, and its counts give {expected:.9g}"
    for column, expected in _comparisons(row).items():
        found = row[column]
        if found is not None and (expected is None or not _equal(found, expected)):
            given = "are not there" if expected is None else f"give {expected:.9g}"
            yield f"{column} is {found:.9g}, and the figures it compares {given}"


def _equal(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)


def _expected(row: Row, definition: Definition, overflow_counts: bool) -> dict[str, float | None]:
    """The figures that the counts must give: present if they can be computed."""
    try:
        counts = Counts(
            answered=row["answered"],
            abandoned=row["abandoned"],
            answered_within=row["answered_within"],
            abandoned_within=row["abandoned_within"],
            short_abandoned=row["short_abandoned"],
            overflowed=row["overflowed"],
            waiting=row["waiting"],
        )
        return {
            "service_level": service_level(counts, definition, overflow_counts=overflow_counts).value,
            "abandon_rate": abandon_rate(counts, definition).value,
            "asa_seconds": asa(row["wait_seconds"], row["answered"]).value,
            "aht_seconds": aht(row["handle_seconds"], row["handled"]).value,
            "occupancy": occupancy(row["occupied_seconds"], row["available_seconds"]).value,
        }
    except ValueError:
        # A negative count: the figures that rest on it are empty, the row's `integrity` names it.
        return {}


def _comparisons(row: Row) -> dict[str, float | None]:
    """The figures that compare others (docs/reference/columns.md#interval-results): they may be empty, but never be
    something else.
    """
    staffed, seconds = row["staffed_seconds"], row["interval_seconds"]
    agents, required = row["staffed_agents"], row["required_agents"]
    return {
        "staffed_agents": None if staffed is None else staffed / seconds,
        "net_staffing": None if agents is None or required is None else agents - required,
        "volume_variance": _variance(row["offered"], row["forecast_offered"]),
        "aht_variance": _variance(row["aht_seconds"], row["forecast_aht_seconds"]),
    }


def _variance(actual: float | None, forecast: float | None) -> float | None:
    """(Actual - forecast) / forecast."""
    return None if actual is None or not forecast else (actual - forecast) / forecast
