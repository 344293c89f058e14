"""The figures of a period of programs, sites and pools, from the rows that `export --what groups` gives.

A group's volumes are summed over its queues before they are compared with the plan, interval by interval. A group
without common intervals has days, and its sums are over these.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from copc.forecast import Accuracy, accuracy
from streams.groups import GROUP_KINDS, MIXED_DEFINITIONS
from streams.report.figures import GroupReport
from streams.report.sums import Sum, ratio_of, ratio_of_figure, together

__all__ = ["group_reports"]

Row = Mapping[str, Any]


@dataclass(slots=True)
class _Sums:
    """Sums of one group over intervals, or over days."""

    total: int = 0
    incomplete: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    definitions: set[str] = field(default_factory=set)
    level: Sum = field(default_factory=Sum)
    in_range: Sum = field(default_factory=Sum)
    volume: Accuracy | None = None
    """The accuracy over intervals with a forecast."""

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        planned: list[tuple[int, float]] = []
        for row in rows:
            self.total += 1
            self.incomplete += row["incomplete"]
            self.missing.update((row["missing"] or "").split(";") if row["missing"] else ())
            if row["definition"] is not None:
                self.definitions.add(row["definition"])
            if row["service_level"] is not None:
                self.level.add(row["service_level_numerator"], row["service_level_denominator"])
            if row["judged_offered"]:
                self.in_range.add(row["in_range_offered"], row["judged_offered"])
            if row["offered"] is not None and row["forecast_offered"] is not None:
                planned.append((row["offered"], row["forecast_offered"]))
        if planned:
            found = accuracy([offered for offered, _ in planned], [forecast for _, forecast in planned])
            self.volume = found if self.volume is None else together([self.volume, found])


_PERIODS: Final = ("interval", "day")


def group_reports(batches: Iterable[Sequence[Row]]) -> list[GroupReport]:
    """The report of each group, by kind and id.

    Args:
        batches: rows of `streams.groups.GROUPS` that start in the period, each once.
    """
    found: dict[tuple[str, str], dict[str, _Sums]] = {}
    for batch in batches:
        by_name: dict[tuple[str, str, str], list[Row]] = {}
        for row in batch:
            by_name.setdefault((row["kind"], row["group"], row["period"]), []).append(row)
        for (kind, group, period), rows in by_name.items():
            found.setdefault((kind, group), {}).setdefault(period, _Sums()).add(rows)
    order: dict[str, int] = {kind: place for place, kind in enumerate(GROUP_KINDS)}
    return [
        _report(kind, group, sums)
        for (kind, group), sums in sorted(found.items(), key=lambda at: (order[at[0][0]], at))
    ]


def _report(kind: str, group: str, by_period: Mapping[str, _Sums]) -> GroupReport:
    period = next(period for period in _PERIODS if period in by_period)
    sums = by_period[period]
    alike = len(sums.definitions) == 1
    definition = next(iter(sums.definitions)) if alike else MIXED_DEFINITIONS if sums.definitions else None
    volume = sums.volume
    return GroupReport(
        kind=kind,
        group=group,
        period=period,
        total=sums.total,
        incomplete=sums.incomplete,
        missing=dict(sorted(sums.missing.items())),
        definition=definition,
        level=ratio_of(sums.level if alike else Sum()),
        in_range=ratio_of(sums.in_range),
        volume=None if volume is None else ratio_of_figure(volume.bias, volume),
        # Errors of single intervals are not known from days.
        wape=None if volume is None or period != "interval" else ratio_of_figure(volume.wape, volume),
    )
