"""Days that can be projected in part or not at all: each says why, and no figure stands where nobody knows."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from engine import HALF_HOUR, MINUTE, SOURCE, at, contact, settings
from outlook_days import DAY, HOUR, HOURS, MONDAY, RATE, agents, calls, look, plan, reasons

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Projected
from agents.projection.outcome import Projection, horizons_of
from agents.projection.rows import projected_rows
from agents.projection.shown import shown
from streams.records import Contact, Feed, Plan, Record, event_ms

LEVEL = {"range": [0.75, 0.95], "patience_seconds": 180}
RATIOS = ("projected_service_level", "projected_low", "projected_high", "p_below")


def engine_of(records: Sequence[Record], **given: Any) -> QueueEngine:
    """An engine with these records in order of time, of a queue with a range."""
    engine = QueueEngine(settings(level=LEVEL, **given), {})
    for offset, record in enumerate(sorted(records, key=event_ms)):
        engine.apply([record], SOURCE, offset)
    return engine


def sound(projection: Projection) -> Projection:
    """The projection, if none of its figures says more than is known."""
    begun = False
    for each in projection.intervals:
        volumes = (each.reforecast_low, each.reforecast_offered, each.reforecast_high)
        if each.forecast_offered is None:
            assert volumes == (None, None, None)
            assert each.projected_service_level is each.p_below is each.net_staffing is None
            begun = True
            continue
        low, middle, high = (-1.0 if volume is None else volume for volume in volumes)
        assert 0 <= low <= middle <= high < math.inf
        known = [ratio for name in RATIOS if (ratio := getattr(each, name)) is not None]
        assert all(0 <= ratio <= 1 for ratio in known)
        if each.projected_service_level is not None:
            assert not begun  # contacts carried over from an interval that nobody knows
            assert each.expected_agents is not None
    unknown = any(each.reforecast_offered is None for each in projection.intervals)
    day = projection.day
    assert not (unknown and day is not None)
    if day is not None:
        assert 0 <= day.offered_low <= day.offered <= day.offered_high
        for chance in (day.service_level, day.low, day.high, day.p_in_range, day.p_on_target, day.p_at_least_low):
            assert chance is None or 0 <= chance <= 1
    if projection.risk is not None:
        (at_risk,) = [each for each in projection.intervals if each.start_ms == projection.risk.start_ms]
        assert at_risk.projected_service_level is not None
    assert all(note["text"] for note in shown(projection)["notes"])
    return projection


def test_a_history_of_five_days_is_too_little_without_a_plan_and_enough_with_one() -> None:
    """From Monday to Friday one Monday is known: no figure at all; with a plan the product's defaults serve."""
    week = [record for day in range(5) for record in (*calls(MONDAY + day * DAY), *agents(MONDAY + day * DAY))]
    today = MONDAY + 7 * DAY
    morning = [*calls(today, last=24), *agents(today)]
    _, without = look(engine_of([*week, *morning], hours=HOURS), today + 12 * HOUR)
    sound(without)
    assert "no_history" in reasons(without)
    assert (without.intervals, without.day, without.risk, horizons_of(without)) == ((), None, None, {})
    engine = engine_of([*week, *morning, *plan(today)], hours=HOURS)
    inputs, planned = look(engine, today + 12 * HOUR)
    sound(planned)
    assert reasons(planned) == []
    assert (inputs.volume.pattern.day_share, inputs.volume.pattern.fade_seconds) == (0.4, 10_800)
    assert planned.day is not None
    assert planned.day.offered == pytest.approx(24 * RATE, rel=0.12)


def test_without_plan_and_history_no_projection_is_kept() -> None:
    """At 09:00 and 11:00 of a first day the history gets no row: neither a volume nor a chance."""
    engine, rows = QueueEngine(settings(hours=HOURS, level=LEVEL), {}), []
    for offset, record in enumerate(sorted([*calls(MONDAY, last=24), *agents(MONDAY)], key=event_ms)):
        due = [each for each in engine.apply([record], SOURCE, offset) if isinstance(each, Projected)]
        rows += projected_rows(due)
    assert rows == []


def test_a_plan_that_ends_at_noon_leaves_the_next_two_hours_open() -> None:
    """At 11:00 one hour of two is known: the horizon of two hours has no figure, and the next interval has its own."""
    engine = engine_of([*plan(MONDAY, last=24), *agents(MONDAY), *calls(MONDAY, last=22)], hours=HOURS)
    projection = sound(look(engine, at("11:00"))[1])
    horizons = horizons_of(projection)
    assert [each.reforecast_offered is not None for each in projection.intervals] == [True] * 2 + [False] * 16
    assert horizons["next"].projected_service_level is not None
    two_hours = horizons["hour_2"]
    assert two_hours.reforecast_offered is two_hours.projected_service_level is None
    assert two_hours.projected_net_staffing is None
    assert "day" not in horizons


def test_a_plan_that_ends_at_noon_goes_on_with_the_queues_own_mean() -> None:
    """With three Mondays known the afternoon has their mean, is said to, and the day is projected."""
    past = [record for week in range(3) for record in calls(MONDAY + week * 7 * DAY, rate=60)]
    past += [record for week in range(3) for record in agents(MONDAY + week * 7 * DAY)]
    today = MONDAY + 21 * DAY
    engine = engine_of(
        [*past, *plan(today, last=24), *agents(today), *calls(today, last=20)], hours=HOURS
    )  # fmt: skip
    projection = sound(look(engine, today + 10 * HOUR)[1])
    assert [(note.reason, note.at_ms) for note in projection.notes] == [
        ("plan_ends", today + 12 * HOUR),
        ("staffed_of_now", today + 12 * HOUR),
    ]
    forecasts = [each.forecast_offered for each in projection.intervals]
    assert forecasts[:4] == [RATE] * 4
    assert np.mean([each or 0 for each in forecasts[4:]]) == pytest.approx(60, rel=0.12)
    assert projection.day is not None


@pytest.mark.parametrize(("midnight", "hours"), [("2026-03-28T23:00", 23), ("2026-10-24T22:00", 25)])
def test_a_day_of_another_length_has_the_contacts_of_its_hours(midnight: str, hours: int) -> None:
    """On the day of a clock change each hour there is has its contacts once, by plan and by the queue's own mean."""
    given: dict[str, Any] = {"timezone": "Europe/Madrid", "hours": {"mon-sun": "00:00-24:00"}}
    today, length = at(midnight), hours * HOUR
    rows = [
        Plan("v1", today - DAY, start, HALF_HOUR, 30.0, 240_000, None, 6.0)
        for start in range(today, today + length, HALF_HOUR)
    ]
    engine = engine_of([*rows, contact("c", today - HOUR)], **given)
    planned = sound(look(engine, today)[1])
    assert len(planned.intervals) == 2 * hours
    assert planned.day is not None
    assert planned.day.offered == pytest.approx(30 * 2 * hours, rel=0.01)
    past: list[Record] = []
    for week in (3, 2, 1):
        past += calls(today - week * 7 * DAY, 0, 48, rate=20)
    own = sound(look(engine_of([*past, contact("c", today - HOUR)], **given), today)[1])
    assert [note.reason for note in own.notes if note.reason != "staffed_of_now"] == ["no_plan", "no_agents"]
    assert len(own.intervals) == 2 * hours
    assert own.day is not None
    assert own.day.offered == pytest.approx(20 * 2 * hours, rel=0.1)
    assert own.day.service_level is None


def test_a_night_is_projected_to_its_own_close_over_midnight() -> None:
    """At 01:00 the hours before midnight are of the same day, and what is ahead ends at 04:00."""
    begin = [*plan(MONDAY, 40, 56), *agents(MONDAY, begin=20 * HOUR, end=28 * HOUR)]
    engine = engine_of([*begin, *calls(MONDAY, 40, 50)], hours={"mon-fri": "20:00-04:00"})
    inputs, projection = look(engine, at("2026-03-03T01:00"))
    sound(projection)
    assert projection.day is not None
    assert projection.day.offered == pytest.approx(inputs.offered + 6 * RATE, rel=0.1)
    assert (projection.intervals[0].start_ms, projection.end_ms) == (at("2026-03-03T01:00"), at("2026-03-03T04:00"))
    assert shown(projection)["day_end"] == "2026-03-03T04:00:00Z"
    # From 04:00 on that day is over, and the next one is all ahead, of which nobody has a forecast.
    over = sound(look(engine, at("2026-03-03T05:00"))[1])
    assert (over.intervals, over.day) == ((), None)
    assert "no_history" in reasons(over)


@pytest.mark.parametrize(
    ("now", "reason"), [("2026-03-07T11:00", "closed_day"), ("2026-03-04T11:00", "closed_day"), ("20:30", "day_over")]
)
def test_a_closed_day_has_nothing_at_all(now: str, reason: str) -> None:
    """On a Saturday, on a date that is closed, and after the close: no interval, day, risk or horizon, and why."""
    engine = engine_of([*plan(MONDAY), *agents(MONDAY), *calls(MONDAY)], hours=HOURS, closed=["2026-03-04"])
    projection = sound(look(engine, at(now))[1])
    assert reasons(projection) == [reason]
    assert (projection.intervals, projection.day, projection.risk, horizons_of(projection)) == ((), None, None, {})


def test_a_missing_feed_has_volume_and_no_level_chance_or_risk() -> None:
    """While nobody knows who waits there is no level anywhere: not of an interval, the day, or a horizon."""
    rows: list[Record] = [*plan(MONDAY), *agents(MONDAY), *calls(MONDAY, last=20)]
    engine = QueueEngine(settings(hours=HOURS, level=LEVEL, silent_after_seconds=1800), {})
    for offset, record in enumerate(sorted(rows, key=event_ms)):
        engine.apply_records([record], [0], SOURCE, [offset], feeds=["acd" if isinstance(record, Contact) else None])
    engine.apply([Feed("acd", at("10:00"))], SOURCE, 10_000)
    engine.tick(at("10:00"))
    engine.finish(at("11:30"))
    projection = sound(look(engine, at("11:40"))[1])
    assert "missing_feed" in reasons(projection)
    assert all(each.projected_service_level is each.p_below is None for each in projection.intervals)
    assert projection.day is not None
    assert projection.day.service_level is projection.day.p_on_target is None
    assert projection.risk is None
    assert {name: each.projected_service_level for name, each in horizons_of(projection).items()} == {
        "next": None, "hour_2": None, "day": None,
    }  # fmt: skip
    assert projection.intervals[-1].reforecast_offered == pytest.approx(RATE, rel=0.2)


def test_no_plan_says_whose_forecast_and_whose_agents_it_is() -> None:
    """With three weeks known and no plan the mean and the agents of now are said to be it, and no schedule is shown."""
    past = [
        record for week in range(3) for record in (*calls(MONDAY + week * 7 * DAY), *agents(MONDAY + week * 7 * DAY))
    ]
    today = MONDAY + 21 * DAY
    engine = engine_of([*past, *agents(today), *calls(today, last=24)], hours=HOURS)
    projection = sound(look(engine, today + 12 * HOUR + MINUTE)[1])
    assert [note["text"] for note in shown(projection)["notes"]] == [
        "no plan: the forecast is the queue's own mean of this weekday",
        "from 12:00 on there is no schedule: the agents of now are taken to stay",
    ]
    assert all(each.scheduled_agents is None and each.expected_agents == 8 for each in projection.intervals)
