"""Tests of `agents.projection.project`: the rest of the day from what is known."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest

from agents.projection.inputs import Change, Evidence, Goal, IntervalAhead, Note, QueueAhead, changed
from agents.projection.outcome import agents_lacking, horizons_of
from agents.projection.project import project, project_one
from agents.projection.shown import shown
from copc.queue_model import QueueModel
from copc.reforecast import DayPattern, ahead, covariance, observe, prior
from copc.signals import Places, Signals

HOUR = 3_600_000
HALF = HOUR // 2
MIDNIGHT = 1_772_409_600_000
NOON = MIDNIGHT + 12 * HOUR
"""2 March 2026, UTC."""


def interval(place: int, **given: Any) -> IntervalAhead:
    """The half hour at so many half hours after noon: 100 contacts of 240 s, and 17 agents."""
    fields: Mapping[str, Any] = {
        "start_ms": NOON + place * HALF,
        "hour": 12 + place // 2,
        "forecast_offered": 100.0,
        "forecast_aht_seconds": 240.0,
        "scheduled_agents": 17.0,
        "planned": True,
    }
    return IntervalAhead(**{**fields, **given})


def queue(*intervals: IntervalAhead, **given: Any) -> QueueAhead:
    """A queue at noon, whose morning went as planned."""
    fields: Mapping[str, Any] = {
        "program": "retail",
        "queue": "sales",
        "channel": "voice",
        "timezone": "UTC",
        "parameters_version": "1",
        "interval_ms": HALF,
        "known_ms": NOON,
        "begin_ms": NOON - 4 * HOUR,
        "end_ms": NOON + 8 * HOUR,
        "intervals": intervals or tuple(interval(place) for place in range(16)),
        "staffed": 17.0,
        "busy": 13.3,
        "offered": 800,
        "good": 680.0,
        "counted": 800.0,
        "goal": Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.9),
    }
    return QueueAhead(**{**fields, **given})


def test_a_day_as_planned_goes_on_as_the_queue_model_says() -> None:
    """With nothing astray each interval has its forecast's volume, the model's requirement and about its level."""
    projection = project_one(queue(), NOON)
    model = QueueModel(threshold_seconds=20, target=0.8, patience_seconds=180)
    load = 100 * 240 / 1800
    first = projection.intervals[0]
    assert first.reforecast_offered == pytest.approx(100)
    assert first.required_agents == model.required_agents(load, 240) == 16
    assert first.net_staffing == pytest.approx(1)
    # Doubt about the load costs some points of a level on the steep side of its curve.
    steady = model.service_level(load, 240, 17)
    levels = [each.projected_service_level for each in projection.intervals]
    assert all(level is not None and steady - 0.06 < level < steady for level in levels)
    assert first.projected_low is not None
    assert first.projected_high is not None
    assert first.projected_low < levels[0] < first.projected_high  # type: ignore[operator]  # asked above
    day = projection.day
    assert day is not None
    assert day.offered == pytest.approx(800 + 1600)
    assert day.service_level is not None
    assert 0.8 < day.service_level < 0.87
    assert day.p_at_least_low is not None
    assert day.p_on_target is not None
    assert day.p_at_least_low > day.p_on_target > 0.5
    assert projection.risk is None
    assert projection.notes == ()


def test_agents_who_serve_several_at_once_are_servers_of_a_shorter_handle_time() -> None:
    """100 chats of 600 s at 2.5 at once are projected as 100 calls of 240 s, and keep their own handle time."""
    goal = Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.9, concurrency=2.5)
    chats = project_one(queue(*[interval(at, forecast_aht_seconds=600.0) for at in range(16)], goal=goal), NOON)
    calls = project_one(queue(), NOON)
    assert [each.required_agents for each in chats.intervals] == [each.required_agents for each in calls.intervals]
    assert chats.intervals[0].projected_service_level == calls.intervals[0].projected_service_level
    assert chats.intervals[0].reforecast_aht_seconds == pytest.approx(600)


def test_too_few_agents_at_half_past_one_are_seen_at_noon() -> None:
    """The next interval at risk is named, with the agents it lacks and the time they are needed."""
    ahead_of_noon = [interval(place, scheduled_agents=12.0 if place == 3 else 17.0) for place in range(16)]
    projection = project_one(queue(*ahead_of_noon), NOON)
    risk = projection.risk
    assert risk is not None
    assert (risk.start_ms, risk.lacks, risk.by_ms) == (NOON + 3 * HALF, 4, NOON + 3 * HALF)
    assert risk.p_below > 0.8
    assert shown(projection)["risk"]["text"] == "13:30 lacks 4 agents"


def test_a_risk_of_a_backlog_lacks_nobody() -> None:
    """With agents enough and 90 contacts waiting the interval is at risk, and no agent is said to be lacking."""
    projection = project_one(queue(*(interval(place, scheduled_agents=19.0) for place in range(4)), waiting=90.0), NOON)
    first = projection.intervals[0]
    assert first.net_staffing is not None
    assert first.net_staffing >= 0
    assert projection.risk is not None
    assert (projection.risk.start_ms, projection.risk.lacks) == (NOON, None)
    assert shown(projection)["risk"]["text"] == "12:00 at risk"


def test_a_fraction_of_an_agent_is_a_whole_one() -> None:
    """Half an agent short lacks one; as many as required, or not known, lack none."""
    assert [agents_lacking(net) for net in (-0.5, -1.0, -3.2, 0.0, 2.5, None)] == [1, 1, 4, None, None, None]


def test_a_queue_is_projected_alike_alone_and_among_others() -> None:
    """Figures do not hang on which queues stand beside it."""
    others = [
        queue(*(interval(place, forecast_offered=40.0 + each) for place in range(16)), queue=f"q{each}")
        for each in range(70)
    ]
    short, plain = queue(interval(0), interval(1)), queue(goal=Goal(definition="S2", target=0.8, low=0.75, high=0.9))
    together = project([*others, queue(), short, plain], NOON)
    for given, found in zip((others[69], queue(), short, plain), together[69:], strict=True):
        alone = project_one(given, NOON)
        for one, other in zip(alone.intervals, found.intervals, strict=True):
            assert msgspec.structs.astuple(one) == pytest.approx(msgspec.structs.astuple(other), rel=1e-9)


def test_waiting_contacts_cost_the_next_interval() -> None:
    """An Erlang model alone forgets those who wait; here they are carried on."""
    calm, busy = project_one(queue(), NOON), project_one(queue(waiting=40.0, busy=17.0), NOON)
    levels = [each.intervals[0].projected_service_level or 0 for each in (calm, busy)]
    assert levels[1] < levels[0] - 0.05


def test_the_open_interval_keeps_what_is_known_of_it() -> None:
    """Ten minutes in, a third of the half hour is counted, and two thirds are projected."""
    open_one = interval(0, offered=40, good=10.0, counted=40.0)
    projection = project_one(
        queue(open_one, *(interval(place) for place in range(1, 16)), known_ms=NOON + HALF // 3), NOON + HALF // 3
    )
    first = projection.intervals[0]
    assert first.reforecast_offered == pytest.approx(40 + 100 * 2 / 3)
    assert first.projected_service_level is not None
    assert first.projected_service_level == pytest.approx((10 + 0.84 * 66.7) / 106.7, abs=0.05)
    assert first.reforecast_low is not None
    assert first.reforecast_low > 40
    assert first.p_below is not None
    assert first.p_below > 0.8


def test_a_busy_morning_raises_the_afternoon_and_shows_in_the_horizons() -> None:
    """The updated forecast follows what was seen; the horizons sum it."""
    pattern = DayPattern()
    belief = prior(pattern)
    for half_hour in range(8):
        at = (NOON - (8 - half_hour) * HALF + HALF // 2) / 1000
        belief = observe(belief, pattern, 1.2, 100 / 1.3, at, 8 + half_hour // 2)
    projection = project_one(queue(volume=Evidence(belief)), NOON)
    volumes = [each.reforecast_offered for each in projection.intervals]
    assert all(volume is not None and 103 < volume < 120 for volume in volumes)
    assert all(one > other for one, other in pairwise(volumes))  # type: ignore[operator]  # asked above
    horizons = horizons_of(projection)
    assert horizons["next"].reforecast_offered == volumes[0]
    assert horizons["hour_2"].reforecast_offered == pytest.approx(sum(filter(None, volumes[:4])))
    assert horizons["day"].reforecast_offered == pytest.approx(sum(filter(None, volumes)))
    assert projection.day is not None
    assert horizons["day"].projected_service_level == projection.day.service_level


def test_agents_who_are_away_are_missed_for_a_while() -> None:
    """The share who were really there lately is expected of the schedule, less and less of it later."""
    pattern = queue().attendance.pattern
    belief = observe(prior(pattern), pattern, 0.8, 1000.0, NOON / 1000 - 900, 11)
    agents = [each.expected_agents for each in project_one(queue(attendance=Evidence(belief, pattern)), NOON).intervals]
    assert agents[0] == pytest.approx(17 * 0.8, abs=1.2)
    assert agents[-1] is not None
    assert 16 < agents[-1] < 17


@pytest.mark.parametrize(
    ("given", "reason", "volume", "level", "day"),
    [
        ({"notes": (Note("closed_day"),), "intervals": ()}, "closed_day", False, False, False),
        ({"notes": (Note("deferred"),)}, "deferred", True, False, False),
        ({"notes": (Note("missing_feed", NOON - HOUR),)}, "missing_feed", True, False, False),
        ({"notes": (Note("not_modelled"),)}, "not_modelled", True, False, False),
    ],
)
def test_what_cannot_be_projected_is_empty_and_says_why(
    given: dict[str, Any], reason: str, *, volume: bool, level: bool, day: bool
) -> None:
    """Each reason takes away what it makes unknown, and nothing else."""
    projection = project_one(queue(**given), NOON)
    assert reason in [note.reason for note in projection.notes]
    assert any(each.reforecast_offered is not None for each in projection.intervals) is volume
    assert any(each.projected_service_level is not None for each in projection.intervals) is level
    assert (projection.day is not None and projection.day.service_level is not None) is day
    assert shown(projection)["notes"][0]["text"]


def test_a_forecast_that_ends_at_two_gives_no_day() -> None:
    """Intervals without a forecast have none, the day neither, and the service level ends before them."""
    intervals = [interval(place, forecast_offered=100.0 if place < 4 else None) for place in range(16)]
    projection = project_one(queue(*intervals), NOON)
    assert [each.reforecast_offered is not None for each in projection.intervals] == [True] * 4 + [False] * 12
    assert [each.projected_service_level is not None for each in projection.intervals] == [True] * 4 + [False] * 12
    assert projection.day is None
    assert [(note.reason, note.at_ms) for note in projection.notes] == [("partly_no_history", NOON + 4 * HALF)]
    assert "day" not in horizons_of(projection)


def test_old_data_says_nothing_of_now() -> None:
    """Data that ends more than two intervals ago leaves the volume alone."""
    projection = project_one(queue(), NOON + 2 * HOUR)
    assert [(note.reason, note.at_ms) for note in projection.notes] == [("missing_feed", NOON)]
    assert all(each.projected_service_level is None for each in projection.intervals)


def test_no_range_and_no_target_leave_their_own_figures_empty() -> None:
    """The service level is projected; what is asked of a limit is not, where there is none."""
    projection = project_one(queue(goal=Goal(patience_seconds=180.0)), NOON)
    first, day = projection.intervals[0], projection.day
    assert first.projected_service_level is not None
    assert (first.required_agents, first.p_below) == (None, None)
    assert day is not None
    assert day.service_level is not None
    assert (day.p_in_range, day.p_on_target) == (None, None)


def test_a_change_covers_its_own_span() -> None:
    """Agents, volume and handle time change where the span lies, by the part that it covers."""
    given = changed(queue(), [Change(NOON + HALF // 2, NOON + HALF + HALF // 2, agents=-4, volume=1.2, aht=1.1)])
    first, second, third = given.intervals[:3]
    assert (first.agents, first.volume, first.aht) == pytest.approx((-2, 1.1, 1.05))
    assert (second.agents, second.volume, second.aht) == pytest.approx((-2, 1.1, 1.05))
    assert (third.agents, third.volume, third.aht) == (0, 1, 1)
    before, after = project_one(queue(), NOON), project_one(given, NOON)
    assert after.intervals[0].expected_agents == pytest.approx(15)
    assert after.intervals[0].reforecast_offered == pytest.approx(110)
    assert after.intervals[0].projected_service_level < before.intervals[0].projected_service_level  # type: ignore[operator]


def test_inputs_are_small_and_come_back_from_a_message() -> None:
    """One queue's inputs take under 4 KB, and are the same after a journey."""
    given = queue()
    blob = msgspec.msgpack.encode(given)
    assert len(blob) < 4096
    assert msgspec.msgpack.decode(blob, type=QueueAhead) == given


def test_many_queues_know_what_each_knows_alone() -> None:
    """`Signals` is `ahead` and `covariance` with a row a queue."""
    rng = np.random.default_rng(3)
    at = np.sort(rng.uniform(0, 40_000, 7))
    hours = (at // 3600).astype(np.int64)
    patterns = [
        DayPattern(),
        DayPattern(day_share=0.7, fade_seconds=5000, amplitude=tuple(rng.uniform(0.02, 0.2, 24)), gain=(0.4,) * 24),
    ]
    beliefs = [prior(patterns[0]), observe(prior(patterns[1]), patterns[1], 1.3, 80.0, -900.0, 3)]
    many = Signals(beliefs, patterns, Places(np.stack([at, at]), np.stack([hours, hours])))
    together, pairs = many.ahead([5, 5]), many.covariance()
    for place, (belief, pattern) in enumerate(zip(beliefs, patterns, strict=True)):
        alone = ahead(belief, pattern, at, hours, 5)
        assert together.factor[place] == pytest.approx(alone.factor)
        assert together.log_variance[place] == pytest.approx(alone.log_variance)
        assert pairs[place] == pytest.approx(covariance(belief, pattern, at, hours))


def drawn(rng: np.random.Generator) -> QueueAhead:
    """A queue at the ends of what a feed can tell and a site can set."""

    def one(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    length = one(300_000, HALF, HOUR)
    intervals = [
        IntervalAhead(
            NOON + n * length,
            (12 + n) % 24,
            one(40.0, 100.0, 0.0, 5000.0, None),
            one(240.0, 240.0, 1.0, 30_000.0, None),
            one(12.0, 30.0, 0.4, 0.0, 1000.0, None),
            planned=True,
            offered=one(0, 30) if n == 0 else 0,
            volume=one(1.0, 1.0, 0.0),
            agents=one(0.0, 0.0, -50.0),
        )
        for n in range(one(1, 2, 3, 16))
    ]
    goal = Goal(
        one("S1", "S2", "S3", "S4", "S5", "S6"), one(0.0, 20.0, 3600.0), one(0.0, 5.0), one(None, 1.0, 180.0, 1e5),
        one(1.0, 0.8), one(None, 0.8, 1.0, 0.0), one(None, 0.0, 0.75), one(None, 0.9, 1.0),
    )  # fmt: skip
    known_ms = NOON + one(0, 1, length - 1)
    return queue(
        *intervals, interval_ms=length, known_ms=known_ms, busy=one(0.0, 500.0), good=one(0.0, 50.0), goal=goal,
        waiting=one(0.0, 1e4), counted=60.0, aht_seconds=one(None, 240.0), staffed=one(None, 0.0),
    )  # fmt: skip


def test_no_queue_has_a_figure_that_cannot_be() -> None:
    """At the ends of all there is, figures are finite or empty, ratios are ratios, and ranges hold their figure."""
    rng = np.random.default_rng(11)
    for _ in range(25):
        for projection in project([drawn(rng) for _ in range(6)], NOON):
            assert msgspec.json.encode(shown(projection))
            day = {} if projection.day is None else msgspec.structs.asdict(projection.day)
            for figures in (day, *map(msgspec.structs.asdict, projection.intervals)):
                assert all(value is None or np.isfinite(value) for value in figures.values())
                for name, value in figures.items():
                    if name.startswith(("p_", "projected_")) and value is not None:
                        assert -1e-9 <= value <= 1 + 1e-9
                if figures.get("reforecast_low") is not None:
                    assert 0 <= figures["reforecast_low"] <= figures["reforecast_high"]
                if figures.get("projected_low") is not None:
                    assert figures["projected_low"] <= figures["projected_high"] + 1e-9
