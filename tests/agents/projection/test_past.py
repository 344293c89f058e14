"""Tests of `agents.projection.past`: a history's rows tell of a past day what the engine knew of it then."""

import numpy as np
import pytest
from engine import HALF_HOUR, MINUTE, QUEUE, SOURCE, at, contact, settings

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Result
from agents.projection.inputs import QueueAhead
from agents.projection.past import inputs_of_past
from agents.projection.project import project_one
from streams.records import AgentState, Plan, Record, event_ms
from streams.results import IntervalResult

HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = at("2026-03-02T00:00")
NOW = MONDAY + 7 * DAY + 12 * HOUR + 9 * MINUTE
"""The Monday after, 12:09: the half hour before noon has just become final."""
SETTINGS = settings(hours={"mon-fri": "08:00-20:00"}, level={"range": [0.75, 0.95], "patience_seconds": 180})


def records() -> list[Record]:
    """Five planned days of 40 contacts a half hour and eight agents, and the Monday after up to 12:09."""
    rng = np.random.default_rng(4)
    found: list[Record] = []
    for day in (0, 1, 2, 3, 4, 7):
        begin = MONDAY + day * DAY
        busy = rng.uniform(0.8, 1.2)
        for place in range(16, 40):
            start = begin + place * HALF_HOUR
            found.append(Plan("v1", begin - HOUR, start, HALF_HOUR, 40.0, 240_000, None, 8.0))
            offers = np.sort(rng.integers(0, HALF_HOUR, rng.poisson(40 * busy)))
            found += [
                contact(f"{start}.{n}", start + int(ms), wait=float(rng.choice([5, 30], p=[0.85, 0.15])), talk=240)
                for n, ms in enumerate(offers)
            ]
        for n in range(8):
            for state, since in (("available", 8 * HOUR), ("offline", 20 * HOUR)):
                found.append(AgentState(f"a{n}", begin + since, state, (QUEUE,)))
    return sorted((each for each in found if event_ms(each) <= NOW), key=event_ms)


@pytest.fixture(scope="module")
def both() -> tuple[QueueAhead, list[IntervalResult], list[IntervalResult]]:
    """The inputs of the engine at 12:09, its results by then, and those of the whole day."""
    engine, results = QueueEngine(SETTINGS, {}), []
    given = records()
    for offset, record in enumerate(given):
        results += [each.result for each in engine.apply([record], SOURCE, offset) if isinstance(each, Result)]
    live = engine.view.outlook(NOW)
    assert live is not None
    by_then = list(results)
    results += [
        each.result for each in engine.finish(MONDAY + 7 * DAY + 20 * HOUR + 10 * MINUTE) if isinstance(each, Result)
    ]
    return live, by_then, results


def test_the_past_has_learned_what_the_engine_has(
    both: tuple[QueueAhead, list[IntervalResult], list[IntervalResult]],
) -> None:
    """Patterns of five days, and how they came in against their middles, are the engine's own."""
    live, _, results = both
    past = inputs_of_past(results, SETTINGS, NOW)
    assert past.volume.pattern == live.volume.pattern
    assert past.goal == live.goal
    assert past.record.weight == pytest.approx(live.record.weight)
    # The middles of five days, whose open interval and waiting contacts the rows do not tell.
    assert past.record.off == pytest.approx(live.record.off, abs=0.75)
    assert past.aht_seconds == pytest.approx(240)
    assert past.staffed == pytest.approx(live.staffed)


def test_the_past_goes_on_from_the_last_final_interval(
    both: tuple[QueueAhead, list[IntervalResult], list[IntervalResult]],
) -> None:
    """Counts are those final by then; the plan ahead is the rows' own; the projection is close to the live one."""
    live, by_then, results = both
    past = inputs_of_past(results, SETTINGS, NOW)
    final = [each for each in by_then if each.interval_start_ms >= MONDAY + 7 * DAY]
    assert past.known_ms == final[-1].interval_start_ms + HALF_HOUR == MONDAY + 7 * DAY + 12 * HOUR
    assert past.offered == sum(each.offered or 0 for each in final)
    assert [each.start_ms for each in past.intervals] == [each.start_ms for each in live.intervals]
    assert [each[:6] for each in map(_fields, past.intervals)] == [each[:6] for each in map(_fields, live.intervals)]
    there, here = project_one(live, NOW), project_one(past, NOW)
    for one, other in zip(there.intervals[1:], here.intervals[1:], strict=True):
        assert other.reforecast_offered == pytest.approx(one.reforecast_offered, rel=0.05)
        assert other.projected_service_level == pytest.approx(one.projected_service_level, abs=0.05)
    assert there.day is not None
    assert here.day is not None
    assert here.day.service_level == pytest.approx(there.day.service_level, abs=0.02)


def _fields(interval: object) -> list[object]:
    return [getattr(interval, name) for name in interval.__struct_fields__]  # type: ignore[attr-defined]  # a Struct


def test_nothing_after_the_instant_changes_the_answer(
    both: tuple[QueueAhead, list[IntervalResult], list[IntervalResult]],
) -> None:
    """Rows of the afternoon give their plan alone: their counts may be anything."""
    _, _, results = both
    other = [IntervalResult.from_row(each.row()) for each in results]
    for each in other:
        if each.interval_start_ms >= MONDAY + 7 * DAY + 12 * HOUR:
            each.offered = each.answered = each.answered_within = 999
            each.aht_seconds, each.staffed_agents = 9.0, 99.0
    assert inputs_of_past(other, SETTINGS, NOW) == inputs_of_past(results, SETTINGS, NOW)


def test_closed_days_and_days_that_are_over_say_so(
    both: tuple[QueueAhead, list[IntervalResult], list[IntervalResult]],
) -> None:
    """On a Sunday and after the close nothing is ahead; without a row there is no answer."""
    _, _, results = both
    for instant, reason in ((MONDAY + 6 * DAY, "closed_day"), (MONDAY + 7 * DAY + 21 * HOUR, "day_over")):
        past = inputs_of_past(results, SETTINGS, instant)
        assert past.intervals == ()
        assert [note.reason for note in past.notes] == [reason]
    with pytest.raises(ValueError, match="no result is held"):
        inputs_of_past([], SETTINGS, NOW)
