"""Control limits of a queue's intervals: of its service level, and of the volumes that chance alone explains.

A result says only whether its service level was unusual. A chart needs the limits themselves. They are computed from
the queue's earlier results by the engine's own functions, so that `worker`, `demo` and `web` draw the same. No limit
is drawn where the results held here differ from those the engine judged by (history was cut, or there is none): a
limit that contradicts the verdict beside it is worse than none.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from agents.intervals.calendar import Calendar
from agents.planning.statistics import QueueStatistics
from agents.rules.baseline import SHORTEST_SECONDS, Baselines, Reading, Slot, limits_of, read_signal
from agents.rules.engine import charted
from agents.rules.observations import amount, whole
from agents.state.store import StateStore
from config.queue_settings import QueueSettings
from config.timestamps import from_rfc3339
from dashboards.wallboard.figures import Row
from streams.results import IntervalResult

__all__ = ["Usual", "control_limits", "days_of_past"]

_WEEKS: Final = {"week": 16, "weekend": 70}
"""Weeks that hold 60 weekdays, or 60 Saturdays, with room for days that were closed."""
_SATURDAY: Final = 5


class Usual(NamedTuple):
    """The control limits of one interval."""

    limits: tuple[float, float] | None
    """Lower and upper control limit of the service level, ratios."""
    centre: float | None
    """The slot's pooled service level, ratio."""
    withheld: Literal["few", "short", "history"] | None
    """Why there are no limits: too few past intervals, intervals too short to chart, or too little history here.

    None where there are limits, and where the interval has no service level to compare with limits."""
    volume: tuple[float, float] | None
    """The contacts between which abs(z) of `volume_variance` stays within its limit; None: no forecast."""
    dispersion: float
    """Dispersion phi of the queue's volumes in earlier intervals (docs/concepts/figures.md#forecast-accuracy)."""


def days_of_past(date: dt.date) -> int:
    """Days before a local date whose results may count for its limits.

    A shift over midnight makes Monday's first hours part of Sunday. So Monday reaches as far back as a weekend day.
    """
    return 7 * _WEEKS["weekend" if date.weekday() >= _SATURDAY or date.weekday() == 0 else "week"]


def control_limits(
    rows: Iterable[Row],
    shown: Sequence[Row],
    versions: Sequence[QueueSettings],
    settings_at: Callable[[Row], QueueSettings],
) -> list[Usual]:
    """The control limits of each interval shown.

    Args:
        rows: the queue's results before and among those shown, oldest interval first; only first revisions count.
        shown: results of one queue, oldest interval first.
        versions: the queue's settings in all versions, which say when it is open.
        settings_at: the settings by which a row was judged.
    """
    if not shown:
        return []
    calendar = Calendar.of(versions, from_rfc3339(str(shown[0]["interval_start"])))
    cells = StateStore({}, str(shown[0]["queue"]))
    past = _Past(calendar, settings_at, Baselines(cells), QueueStatistics(cells))
    earlier = iter([*(row for row in rows if row["revision"] == 1), None])
    row = next(earlier)
    found = []
    for one in shown:
        while row is not None and str(row["interval_start"]) < str(one["interval_start"]):
            past.learn(row)
            row = next(earlier)
        found.append(past.control_limits(one))
    return found


class _Past(NamedTuple):
    """The statistics learned from the results so far."""

    calendar: Calendar
    settings_at: Callable[[Row], QueueSettings]
    baselines: Baselines
    habits: QueueStatistics

    def learn(self, row: Row) -> None:
        result = IntervalResult.from_row(row)
        point = self._point(result, self.settings_at(row))
        if point is not None:
            self.baselines.learn(*point)
        offered, forecast = result.offered, result.forecast_offered
        if offered is not None and forecast is not None and result.status != "missing" and not result.failed_checks():
            self.habits.learn_volume(offered, forecast)

    def control_limits(self, row: Row) -> Usual:
        settings, result = self.settings_at(row), IntervalResult.from_row(row)
        forecast, phi = result.forecast_offered, self.habits.dispersion
        z = amount(settings.rules["volume_variance"], "z")
        volume = None if forecast is None else _by_chance(forecast, z * math.sqrt(phi))
        point = self._point(result, settings)
        if point is None:
            short = settings.interval_ms < 1000 * SHORTEST_SECONDS
            return Usual(None, None, "short" if short else None, volume, phi)
        slot, made_by, counts = point
        least = whole(settings.rules["service_level_unusual"], "min_points")
        basis = self.baselines.basis(slot, made_by, least)
        reading = Reading() if basis is None else read_signal(basis, *counts)
        if result.status != "provisional" and reading.signal != result.signal:
            return Usual(None, None, "history", volume, phi)
        if basis is None:
            return Usual(None, None, "few", volume, phi)
        return Usual(limits_of(basis, counts[1]), basis.centre, None, volume, phi)

    def _point(self, result: IntervalResult, settings: QueueSettings) -> tuple[Slot, str, tuple[int, int]] | None:
        day = self.calendar.open_day(result.interval_start_ms)
        return None if day is None else charted(result, day, settings)


def _by_chance(forecast: float, reach: float) -> tuple[float, float]:
    """The volumes A whose z is -reach and +reach: z = 2 (sqrt(A + 3/8) - sqrt(F + 3/8)), solved for A."""
    root = math.sqrt(forecast + 0.375)
    return max(max(root - reach / 2, 0.0) ** 2 - 0.375, 0.0), (root + reach / 2) ** 2 - 0.375
