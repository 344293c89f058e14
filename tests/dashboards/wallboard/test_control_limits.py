"""Control limits of the chart and the forecast's band, by the same past as the engine's verdicts."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from rule_rows import Queue
from wallboard_rows import configuration, final

from config.settings import QueueSettings
from copc.forecast import volume_z
from dashboards.wallboard.control_limits import Usual, control_limits, days_of_past

MONDAY = dt.date(2026, 1, 5)


def weekdays(count: int) -> list[dt.date]:
    """The first weekdays from 5 January 2026 on."""
    days = (MONDAY + dt.timedelta(days=number) for number in range(400))
    return [day for day in days if day.weekday() < 5][:count]


def row(day: dt.date, level: float, **changes: Any) -> dict[str, Any]:
    """The half hour from 10:00 in Madrid of a winter's day."""
    local = f"{day.isoformat()}T10:00:00+01:00"
    when = {"interval_start": f"{day.isoformat()}T09:00:00Z", "interval_start_local": local}
    return final("sales", 0, level, **(when | {"signal": "no_baseline", "forecast_offered": 100.0} | changes))


@pytest.fixture
def settings(tmp_path: Path) -> QueueSettings:
    """The settings of the queue."""
    return configuration(tmp_path).queue("sales", "retail")[-1]


def found(settings: QueueSettings, past: list[dict[str, Any]], shown: dict[str, Any]) -> Usual:
    """The control limits of one interval."""
    (one,) = control_limits(past, [shown], (settings,), lambda _: settings)
    return one


def past(levels: list[float], **changes: Any) -> list[dict[str, Any]]:
    """As many weekdays of the same half hour."""
    return [row(day, level, **changes) for day, level in zip(weekdays(len(levels)), levels, strict=True)]


LEVELS = [0.80, 0.84] * 10
"""Moving ranges of 0.04 throughout: the limits can be computed by hand."""


def test_limits_are_those_of_laneys_chart(settings: QueueSettings) -> None:
    """Centre 0.82; every z moves by 0.04 / sqrt(0.82 x 0.18 / 100); sigma = 0.04 / 1.128 at 100 contacts."""
    one = found(settings, past(LEVELS), row(weekdays(21)[-1], 0.80, signal="usual"))
    assert one.withheld is None
    assert one.centre == pytest.approx(0.82)
    assert one.limits is not None
    reach = one.limits[1] - 0.82
    assert one.limits[0] == pytest.approx(0.82 - reach)
    assert reach == pytest.approx(3 * 0.04 / 1.128)


def test_too_little_history_withholds_the_limits(settings: QueueSettings) -> None:
    """19 days are one too few, and the reason is given."""
    one = found(settings, past(LEVELS[:19]), row(weekdays(20)[-1], 0.80))
    assert (one.limits, one.withheld) == (None, "few")


def test_another_day_class_is_no_history(settings: QueueSettings) -> None:
    """Weekdays say nothing of a Saturday: outside open hours nothing is charted at all."""
    saturday = MONDAY + dt.timedelta(days=47)
    assert saturday.weekday() == 5
    one = found(settings, past(LEVELS), row(saturday, 0.80))
    assert (one.limits, one.withheld) == (None, None)


def test_limits_that_contradict_the_verdict_are_not_drawn(settings: QueueSettings) -> None:
    """The engine had a baseline, history here begins later: the verdict stands without limits."""
    one = found(settings, past(LEVELS[:5]), row(weekdays(6)[-1], 0.40, signal="low"))
    assert (one.limits, one.withheld) == (None, "history")


def test_the_limits_are_those_the_engine_judged_by() -> None:
    """Over 40 simulated days, incidents among them: each verdict of the engine is where its level lies."""
    rng = random.Random(3)
    queue = Queue()
    for number in range(40):
        day = MONDAY + dt.timedelta(days=number)
        for half in range(24):
            level = rng.choice([0.35, 1.0]) if rng.random() < 0.05 else rng.uniform(0.74, 0.88)
            queue.interval(f"{day}T{8 + half // 2:02d}:{30 * (half % 2):02d}", level=round(level, 2))
    rows = [row | {"revision": 1} for row in queue.rows]
    answers = control_limits(rows, rows, (queue.settings,), lambda _: queue.settings)
    judged = 0
    for row, one in zip(rows, answers, strict=True):
        assert one.withheld in {None, "few"}
        assert (one.limits is None) == (row["signal"] == "no_baseline")
        if one.limits is not None:
            level = float(str(row["service_level"]))
            lower, upper = one.limits
            assert row["signal"] == ("low" if level < lower else "high" if level > upper else "usual")
            judged += 1
    assert judged > 100
    assert {"low", "usual", "high"} <= {row["signal"] for row in rows}


def test_corrections_are_no_points_of_the_past(settings: QueueSettings) -> None:
    """Only first revisions are learned, as the engine does."""
    first = past(LEVELS[:19])
    again = [one | {"revision": 2, "status": "corrected"} for one in first]
    one = found(settings, [*first, *again], row(weekdays(20)[-1], 0.80))
    assert one.withheld == "few"


def test_the_band_is_where_z_reaches_its_limit(settings: QueueSettings) -> None:
    """At its edges `volume_z` is the rule's limit, with phi 1 while fewer than 50 intervals are known."""
    one = found(settings, past(LEVELS), row(weekdays(21)[-1], 0.80, signal="usual"))
    assert one.dispersion == 1.0
    assert one.volume is not None
    limit = settings.rules["volume_variance"].parameters["z"]
    assert [abs(volume_z(edge, 100.0)) for edge in one.volume] == pytest.approx([limit, limit])
    assert one.volume[0] < 100 < one.volume[1]


def test_the_band_widens_with_the_queues_dispersion(settings: QueueSettings) -> None:
    """60 intervals of 80 or 120 at a forecast of 100: phi = 400 / 100 = 4, and z / sqrt(4) at the edges."""
    rng = random.Random(1)
    known = [row(day, 0.8, offered=rng.choice([80, 120])) for day in weekdays(60)]
    one = found(settings, known, row(weekdays(61)[-1], 0.80, signal="usual"))
    assert one.dispersion == pytest.approx(4.0)
    assert one.volume is not None
    limit = settings.rules["volume_variance"].parameters["z"]
    assert [abs(volume_z(edge, 100.0, 4.0)) for edge in one.volume] == pytest.approx([limit, limit])


def test_no_forecast_no_band(settings: QueueSettings) -> None:
    """And a forecast near nothing has no negative contacts."""
    assert found(settings, [], row(MONDAY, 0.8, forecast_offered=None)).volume is None
    low = found(settings, [], row(MONDAY, 0.8, forecast_offered=0.2)).volume
    assert low is not None
    assert low[0] == 0.0


def test_weekends_look_further_back_than_weekdays() -> None:
    """60 Saturdays lie more than a year back, 60 weekdays twelve weeks."""
    assert days_of_past(MONDAY + dt.timedelta(days=2)) >= 84
    assert days_of_past(MONDAY + dt.timedelta(days=5)) >= 420
