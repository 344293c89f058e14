"""The accuracy of stored projections: what was projected of each rest of day, against what came.

An interval counts if it had not begun when it was projected, and its result stands in the report. A day counts once it
is over, by the sums of its results; one of which the period lacks the beginning does not.
"""

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from config.timestamps import from_rfc3339
from copc.forecast import accuracy, base_rate_score, brier_score, share_inside
from copc.service_level import Figure
from streams.report.figures import ChanceTenth, ProjectionAccuracy, Ratio
from streams.report.sums import TOLERANCE, Basis
from streams.results import service_level_counts

__all__ = ["MIN_DAYS", "Actuals", "Chance", "DayEnd", "Judged", "day_ends", "tenths"]

MIN_DAYS: Final = 10
"""Days below which figures are withheld (this product's default): the intervals of one day err together."""
_TENTHS: Final = 10

Row = Mapping[str, Any]


class DayEnd(NamedTuple):
    """A local day that is over."""

    last_ms: int
    """Start of its last interval."""
    date: dt.date


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability that a day ends at or above its target, as projected, and whether it did."""

    chance: float
    made_it: bool


@dataclass(frozen=True, slots=True)
class _Actual:
    """An interval as it came, with the target by which it is judged."""

    offered: int | None
    good: float
    counted: float
    basis: Basis


@dataclass(slots=True)
class _AtTime:
    """The projections made at one local time."""

    days: set[str] = field(default_factory=set)
    """The instants at which they were made."""
    volumes: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    """Offered, updated forecast, its range, forecast."""
    levels: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Service level, projected, its range."""
    whole_days: list[tuple[float, float, float, float]] = field(default_factory=list)
    """The same of days at their close."""
    chances: list[Chance] = field(default_factory=list)


class Actuals:
    """One queue's intervals as they came."""

    def __init__(self) -> None:
        self.intervals: dict[int, _Actual] = {}

    def add(self, rows: Iterable[tuple[Row, Basis]]) -> None:
        """Take results that may be summed, each with its way of counting."""
        for row, basis in rows:
            counts = service_level_counts(row, overflow_counts=basis.overflow_counts)
            known = row["service_level"] is not None
            good, counted = (counts.numerator, counts.denominator) if known and counts is not None else (0, 0)
            self.intervals[from_rfc3339(row["interval_start"])] = _Actual(row["offered"], good, counted, basis)


def day_ends(days: Iterable[Row]) -> dict[str, list[DayEnd]]:
    """By queue, the days that are over, in order.

    Args:
        days: rows of `program_days`, in order of day.
    """
    found: dict[str, dict[str, DayEnd]] = {}
    for row in days:
        end = DayEnd(from_rfc3339(row["interval_start"]), dt.date.fromisoformat(row["day"]))
        found.setdefault(row["queue"], {})[row["day"]] = end
    return {queue: list(ends.values()) for queue, ends in found.items()}


class Judged:
    """The projections of one queue, judged by what came: `add` them, then ask `figures`.

    Args:
        actuals: of the queue, whole.
        ends: its days that are over, in order.
        timezone: IANA name.
        start_ms: begin of the period.
    """

    def __init__(self, actuals: Actuals, ends: Sequence[DayEnd], timezone: str, start_ms: int) -> None:
        self._actuals = actuals.intervals
        self._starts = sorted(actuals.intervals)
        self._ends = ends
        self._zone = ZoneInfo(timezone)
        self._start_ms = start_ms
        self._found: dict[str, _AtTime] = {}

    @property
    def chances(self) -> list[Chance]:
        """The chances of all days that are over."""
        return [chance for _, found in sorted(self._found.items()) for chance in found.chances]

    def add(self, rows: Iterable[Row]) -> None:
        """Take rows of projections of the period."""
        for row in rows:
            made_ms = from_rfc3339(row["made_at"])
            at = dt.datetime.fromtimestamp(made_ms / 1000, self._zone)
            found = self._found.setdefault(f"{at:%H:%M}", _AtTime())
            if row["interval_start"] is None:
                self._day(row, made_ms, found)
            else:
                self._interval(row, made_ms, found)

    def figures(self) -> list[ProjectionAccuracy]:
        """The figures by the local time at which projections were made; none where no interval can be judged."""
        return [_figures(time, found) for time, found in sorted(self._found.items()) if found.volumes]

    def _interval(self, row: Row, made_ms: int, found: _AtTime) -> None:
        start = from_rfc3339(row["interval_start"])
        actual = self._actuals.get(start)
        if actual is None or start < made_ms:
            return
        if actual.offered is not None and row["forecast_offered"] is not None:
            figures = (row["reforecast_offered"], row["reforecast_low"], row["reforecast_high"])
            found.volumes.append((actual.offered, *figures, row["forecast_offered"]))
            found.days.add(row["made_at"])
        if actual.counted > 0 and row["projected_service_level"] is not None:
            figures = (row["projected_service_level"], row["projected_low"], row["projected_high"])
            found.levels.append((actual.good / actual.counted, *figures))

    def _day(self, row: Row, made_ms: int, found: _AtTime) -> None:
        of_day = self._of_day(made_ms)
        counted = sum(each.counted for each in of_day)
        if row["day_service_level"] is None or counted <= 0 or len({each.basis for each in of_day}) != 1:
            return
        level, target = sum(each.good for each in of_day) / counted, of_day[0].basis.target
        found.whole_days.append((level, row["day_service_level"], row["day_low"], row["day_high"]))
        if target is not None and row["p_on_target"] is not None:
            found.chances.append(Chance(row["p_on_target"], level >= target))

    def _of_day(self, made_ms: int) -> list[_Actual]:
        """The intervals of the day that an instant is in; none where it is not over, or the period lacks its begin."""
        place = bisect_left(self._ends, made_ms, key=lambda end: end.last_ms + 1)
        if place == len(self._ends):
            return []
        last_ms, date = self._ends[place]
        begin = dt.datetime.combine(date, dt.time(), tzinfo=self._zone).timestamp() * 1000
        if begin < self._start_ms:
            return []
        before = self._ends[place - 1].last_ms if place else self._start_ms - 1
        first, end = (bisect_left(self._starts, ms + 1) for ms in (before, last_ms))
        return [self._actuals[start] for start in self._starts[first:end]]


def _figures(time: str, found: _AtTime) -> ProjectionAccuracy:
    actual, updated, low, high, forecast = zip(*found.volumes, strict=True)
    of_updated, alone = accuracy(actual, updated, TOLERANCE), accuracy(actual, forecast, TOLERANCE)
    enough = len(found.days) >= MIN_DAYS
    n = len(actual)
    judged = len(found.chances)
    enough_judged = judged >= MIN_DAYS
    chances, made_it = [each.chance for each in found.chances], [each.made_it for each in found.chances]
    return ProjectionAccuracy(
        made_at=time,
        days=len(found.days),
        wape=_ratio(of_updated.wape, n, enough=enough),
        bias=_ratio(of_updated.bias, n, enough=enough),
        forecast_wape=_ratio(alone.wape, n, enough=enough),
        forecast_bias=_ratio(alone.bias, n, enough=enough),
        volume_in_range=_ratio(share_inside(actual, low, high), n, enough=enough),
        level_error=_error(found.levels, enough=enough),
        level_in_range=_inside(found.levels, enough=enough),
        day_level_error=_error(found.whole_days, enough=len(found.whole_days) >= MIN_DAYS),
        day_level_in_range=_inside(found.whole_days, enough=len(found.whole_days) >= MIN_DAYS),
        on_target=_ratio(Figure(sum(made_it), judged), judged, enough=enough_judged),
        chance=_ratio(Figure(math.fsum(chances), judged), judged, enough=enough_judged),
        brier=_ratio(brier_score(chances, made_it), judged, enough=enough_judged),
        base_rate_brier=_ratio(base_rate_score(made_it), judged, enough=enough_judged),
    )  # fmt: skip


def _error(levels: Sequence[tuple[float, float, float, float]], *, enough: bool) -> Ratio:
    off = Figure(math.fsum(level - projected for level, projected, _, _ in levels), len(levels))
    return _ratio(off, len(levels), enough=enough)


def _inside(levels: Sequence[tuple[float, float, float, float]], *, enough: bool) -> Ratio:
    columns = [[each[place] for each in levels] for place in (0, 2, 3)]
    return _ratio(share_inside(*columns), len(levels), enough=enough)


def _ratio(figure: Figure, n: int, *, enough: bool) -> Ratio:
    return Ratio(figure.numerator, figure.denominator, figure.value if enough else None, n)


def tenths(chances: Sequence[Chance]) -> list[ChanceTenth]:
    """How often days of each tenth of P(at target) made it; tenths without a day are not there."""
    parts: dict[int, list[Chance]] = {}
    for each in chances:
        parts.setdefault(min(int(each.chance * _TENTHS), _TENTHS - 1), []).append(each)
    return [
        ChanceTenth(
            low=tenth / _TENTHS,
            high=(tenth + 1) / _TENTHS,
            projections=len(part),
            chance=_ratio(
                Figure(math.fsum(p.chance for p in part), len(part)), len(part), enough=len(part) >= MIN_DAYS
            ),
            on_target=_ratio(Figure(sum(p.made_it for p in part), len(part)), len(part), enough=len(part) >= MIN_DAYS),
        )
        for tenth, part in sorted(parts.items())
    ]
