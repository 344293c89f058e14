"""Level, trend and points of a period (category 4), and the points of an item that only an assessor can give.

This module decides which month counts, which way is better, and which points a missing approach leaves open. The
bands are `copc.scoring`'s.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from copc.items import ITEMS
from copc.scoring import (
    TREND_MIN_POINTS,
    Band,
    improvement_approach_needed,
    improving,
    level_band,
    performance_score,
    trend_band,
)
from copc.sigma import MIN_UNITS
from streams.report.critical_errors import Monitoring
from streams.report.figures import CriticalErrors, ItemPoints, MetricSummary, Month
from streams.report.sums import Basis, Days, QueueSums, Sum, ratio_of, seconds_of

__all__ = ["accuracy_metric", "assessed_points", "performance_points", "queue_metrics"]

_Months = Mapping[str, tuple[float, float]]
_Settings = Mapping[str, Any]


def queue_metrics(sums: QueueSums, settings: _Settings, period: tuple[int, int]) -> Iterator[MetricSummary]:
    """A queue's metrics of items 4.3 and 4.5.

    Args:
        sums: of the queue.
        settings: in force.
        period: first and last instant, milliseconds.
    """
    timezone = settings.get("timezone", "UTC")

    def months(of: Callable[[Days], Sum]) -> _Months:
        return {name: (of(month).numerator, of(month).denominator) for name, month in sums.months.items()}

    if sums.services:
        # Months that were counted in several ways cannot be compared, nor the period with one target.
        last = list(sums.services)[-1]
        alike = len({_way(basis) for basis in sums.services}) == 1
        level = Sum()
        for own in sums.services.values() if alike else ():
            level.add(own.level.numerator, own.level.denominator)
        value, few = ratio_of(level).value, level.denominator < MIN_UNITS
        yield _metric(
            "4.3",
            "service level",
            "ratio",
            value,
            "" if last.target is None else f"at least {last.target:.6g}",
            None if few or value is None or last.target is None else value >= last.target,
            _whole_months(months(lambda month: month.level), timezone, period) if alike else [],
            higher=True,
        )
    lost, enough = ratio_of(sums.abandon).value, sums.abandon.denominator >= MIN_UNITS
    if lost is not None:
        limit = settings.get("rules", {}).get("abandon_rate_above_limit", {}).get("parameters", {}).get("limit")
        yield _metric(
            "4.3",
            "abandon rate",
            "ratio",
            lost,
            "" if limit is None else f"at most {limit:.6g}",
            None if limit is None or not enough else lost <= limit,
            _whole_months(months(lambda month: month.abandon), timezone, period),
            higher=False,
        )
    aht = seconds_of(sums.handle).value
    if aht is not None:
        found = {name: (over / 1000, under) for name, (over, under) in months(lambda month: month.handle).items()}
        whole = _whole_months(found, timezone, period)
        yield _metric("4.5", "average handle time", "seconds", aht, "", None, whole, higher=False)
    busy = seconds_of(sums.occupancy, both=True).value
    if busy is not None:
        limits = settings.get("rules", {}).get("occupancy_outside_range", {}).get("parameters", {}).get("range")
        whole = _whole_months(months(lambda month: month.occupied), timezone, period)
        yield _metric(
            "4.5",
            "occupancy",
            "ratio",
            busy,
            "" if limits is None else f"from {limits[0]:.6g} to {limits[1]:.6g}",
            None if limits is None else limits[0] <= busy <= limits[1],
            whole,
            higher=None,
        )


def _way(basis: Basis) -> tuple[object, ...]:
    """How contacts are counted under a basis, whatever the target is."""
    return basis.definition, basis.threshold_seconds, basis.overflow_counts, basis.short_abandon_seconds


def _whole_months(months: _Months, timezone: str, period: tuple[int, int]) -> list[Month]:
    """The local months that lie wholly in the period, in order."""
    zone = ZoneInfo(timezone)
    found = []
    for name in sorted(months):
        year, month = map(int, name.split("-"))
        begins = dt.datetime(year, month, 1, tzinfo=zone)
        ends = dt.datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        over, under = months[name]
        if begins.timestamp() * 1000 >= period[0] and ends.timestamp() * 1000 <= period[1] and under:
            found.append(Month(name, over, under, over / under))
    return found


def _metric(
    item: str,
    metric: str,
    unit: str,
    value: float | None,
    target: str,
    at_target: bool | None,
    months: list[Month],
    *,
    higher: bool | None,
) -> MetricSummary:
    """A metric; `higher` says whether more is better, None that neither way is."""
    trend = None
    if higher is not None and len(months) >= TREND_MIN_POINTS:
        trend = improving([month.value for month in months], higher_is_better=higher)
    return MetricSummary(item, metric, unit, value, target, at_target, months, trend)


def accuracy_metric(
    program: str, error: CriticalErrors, monitoring: Monitoring, settings: _Settings, period: tuple[int, int]
) -> MetricSummary:
    """A program's accuracy of one family as a metric of item 4.4; arguments as for `queue_metrics`."""
    min_n = settings.get("rules", {}).get("critical_error_accuracy", {}).get("parameters", {}).get("min_n", MIN_UNITS)
    name = f"{error.family} critical error accuracy"
    target = "" if error.target is None else f"at least {error.target:.6g}"
    few = error.n < min_n
    reached = None if few or error.target is None or error.value is None else error.value >= error.target
    timezone = settings.get("timezone", "UTC")
    months = _whole_months(monitoring.months(program, error.family), timezone, period)
    return _metric("4.4", name, "ratio", error.value, target, reached, months, higher=True)


def _worth(code: str, *, gold: bool) -> int:
    item = ITEMS[code]
    return item.gold_points if gold else item.points or 0


def performance_points(code: str, metrics: list[MetricSummary], *, gold: bool) -> ItemPoints:
    """The points of an item of category 4: level and trend from the figures, approach open."""
    own = [metric for metric in metrics if metric.item == code]
    judged = [metric for metric in own if metric.at_target is not None]
    reached = sum(metric.at_target is True for metric in judged)
    trends = [metric for metric in own if metric.improving is not None]
    level: Band | None = level_band(reached, len(judged), gold=gold) if judged else None
    better = sum(metric.improving is True for metric in trends)
    trend: Band | None = trend_band(better) if trends else None
    worth = _worth(code, gold=gold)
    why = []
    if level is None:
        why.append("no level: no figure with a target")
    if trend is None:
        why.append(f"no trend: fewer than {TREND_MIN_POINTS} whole months")
    return ItemPoints(
        item=code,
        title=ITEMS[code].title,
        points=worth,
        metrics=len(judged),
        at_target=reached,
        level=level,
        improving=better,
        trend=trend,
        least=performance_score(0, level or 0, trend or 0) * worth / 100,
        most=performance_score(100, 100 if level is None else level, 100 if trend is None else trend) * worth / 100,
        approach_needed=improvement_approach_needed(reached, len(judged)) if judged else None,
        why="; ".join(why),
    )


def assessed_points(code: str, *, gold: bool) -> ItemPoints:
    """The points of an item that only the assessor can score; the figures are evidence."""
    return ItemPoints(
        item=code,
        title=ITEMS[code].title,
        points=_worth(code, gold=gold),
        metrics=0,
        at_target=0,
        level=None,
        improving=0,
        trend=None,
        least=None,
        most=None,
        approach_needed=None,
        why="the assessor's",
    )
