"""The figures of a group from the rows of its queues: sums first, then what follows from them.

Sums of whole contacts and milliseconds are exact, and those of forecasts are rounded once, so that no figure depends
on the order of the rows. A row whose data is missing stands in no sum: the group's interval names its queue.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from agents.groups.membership import Group
from agents.intervals.figures import number
from config.queue_settings import QueueSettings
from config.timestamps import utc_offset_seconds
from copc.forecast import accuracy, variance_ratio
from copc.service_level import Counts, abandon_rate, aht, asa, occupancy, ratio
from streams.groups import MIXED_DEFINITIONS, GroupInterval, Period, RowName
from streams.results import IntervalResult

__all__ = ["MISSING", "Span", "figures_of", "fill_day", "planned_rows"]

MISSING: Final = "missing"
"""The status of a row without data."""
_SUMS: Final = (
    "offered", "answered", "answered_within", "abandoned", "abandoned_within", "short_abandoned", "overflowed",
    "wait_ms", "handle_ms", "handled", "occupied_ms", "available_ms", "staffed_ms",
)  # fmt: skip
_JUDGED: Final = ("in_range", "below", "above")


class Span(NamedTuple):
    """An interval or a local day of a group."""

    group: Group
    period: Period
    start_ms: int
    end_ms: int


def figures_of(
    span: Span,
    rows: Sequence[IntervalResult],
    settings_of: Callable[[IntervalResult], QueueSettings],
    version: str,
    missing: Iterable[str] = (),
) -> GroupInterval:
    """The figures of an interval or a day, without those of requirement (`agents.groups.staffing`) and WAPE.

    Args:
        span: the group, and when.
        rows: the latest rows of its queues that lie in it, in any order; at least one.
        settings_of: the settings that a row was made with.
        version: the parameter version in force at its start.
        missing: queues that are open then and have no row for a part of it.
    """
    present = [row for row in rows if row.status != MISSING]
    without = {*missing, *(row.queue for row in rows if row.status == MISSING)}
    found = GroupInterval(
        span.group.kind,
        span.group.id,
        span.period,
        span.start_ms,
        utc_offset_seconds(span.start_ms, span.group.timezone),
        span.end_ms - span.start_ms,
        version,
        members=len({row.queue for row in present}),
        incomplete=bool(without),
        missing=tuple(sorted(without)),
        rows=tuple(sorted(RowName(row.interval_start_ms, row.revision, row.queue) for row in rows)),
    )
    if present:
        for name in _SUMS:
            setattr(found, name, _sum(getattr(row, name) for row in present))
        waiting = [row.waiting for row in present if row.waiting is not None]
        found.waiting = sum(waiting) if waiting else None
        _fill_level(found, present, settings_of)
        _fill_ratios(found)
        _fill_forecast(found, present)
    return found


def fill_day(day: GroupInterval, intervals: Iterable[GroupInterval]) -> None:
    """Fill in the forecast error of a local day from its intervals; they, and not the day, name the rows."""
    known = [
        (each.offered, each.forecast_offered)
        for each in intervals
        if each.offered is not None and each.forecast_offered is not None
    ]
    if known:
        figure = accuracy([offered for offered, _ in known], [forecast for _, forecast in known]).wape
        day.wape = figure.value
    day.rows = ()


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum; None where one is not reported."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _fill_level(
    found: GroupInterval, rows: Sequence[IntervalResult], settings_of: Callable[[IntervalResult], QueueSettings]
) -> None:
    """The service level where all queues count it alike, and the share of intervals in range."""
    definitions: set[tuple[str, bool]] = set()
    not_counted: set[str] = set()
    numerator = denominator = 0
    for row in rows:
        overflow_counts = settings_of(row).service_level.overflow_counts
        definitions.add((row.definition, overflow_counts))
        counts = row.service_level_counts(overflow_counts=overflow_counts)
        if counts is None:
            not_counted.add(row.queue)
        else:
            numerator, denominator = numerator + counts.numerator, denominator + counts.denominator
        if row.spec in _JUDGED:
            found.judged_offered += row.offered or 0
            found.in_range_offered += (row.offered or 0) if row.spec == "in_range" else 0
    found.in_range_ratio = ratio(part=found.in_range_offered, whole=found.judged_offered).value
    if len(definitions) > 1:
        found.definition = MIXED_DEFINITIONS
        return
    found.definition = next(iter(definitions))[0]
    found.not_counted = tuple(sorted(not_counted))
    if len(not_counted) < found.members:
        found.service_level_numerator, found.service_level_denominator = numerator, denominator
        found.service_level = ratio(numerator=numerator, denominator=denominator).value


def _fill_ratios(found: GroupInterval) -> None:
    """Ratios of the sums; a negative sum, which a feed can report, has none."""
    sums = {name: value if value is not None and value >= 0 else None for name, value in _sums_of(found).items()}
    counts = Counts(sums["answered"], sums["abandoned"], short_abandoned=sums["short_abandoned"])
    if found.definition != MIXED_DEFINITIONS:
        found.abandon_rate = abandon_rate(counts, found.definition or "S1").value  # type: ignore[arg-type]  # a definition's name
    found.asa_seconds = asa(_seconds(sums["wait_ms"]), sums["answered"]).value
    found.aht_seconds = aht(_seconds(sums["handle_ms"]), sums["handled"]).value
    found.occupancy = occupancy(_seconds(sums["occupied_ms"]), _seconds(sums["available_ms"])).value


def _sums_of(found: GroupInterval) -> dict[str, int | None]:
    return {name: getattr(found, name) for name in _SUMS}


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def planned_rows(rows: Iterable[IntervalResult]) -> list[IntervalResult]:
    """The rows that a plan must have figures for: not those of handling that ended outside open hours."""
    return [row for row in rows if row.plan_version is not None or row.offered]


def _fill_forecast(found: GroupInterval, rows: Iterable[IntervalResult]) -> None:
    """Volume and handle time against their forecast."""
    planned = planned_rows(rows)
    volumes = [row.forecast_offered for row in planned if row.forecast_offered is not None]
    if not planned or len(volumes) < len(planned):
        return
    forecast = math.fsum(volumes)
    found.forecast_offered = number(forecast)
    if found.offered is not None and found.offered >= 0:
        found.volume_variance = number(variance_ratio(found.offered, forecast))
    expected = _forecast_aht(planned, forecast)
    found.forecast_aht_seconds = number(expected)
    if found.aht_seconds is not None and expected:
        found.aht_variance = number(variance_ratio(found.aht_seconds, expected))


def _forecast_aht(rows: Iterable[IntervalResult], forecast: float) -> float | None:
    """The forecast handle time, weighted by the forecast volume; None: one with volume has none."""
    with_volume = [(row.forecast_offered, row.forecast_aht_seconds) for row in rows if row.forecast_offered]
    work = [volume * seconds for volume, seconds in with_volume if volume is not None and seconds is not None]
    return math.fsum(work) / forecast if work and len(work) == len(with_volume) else None
