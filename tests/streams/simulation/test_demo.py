"""The demo's centre: good at any hour of the week, other incidents by another seed."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.queue_settings import QueueSettings
from config.settings import load
from copc.staffing import required_agents
from streams.simulation.simulator import CentreSpec, add_up, best_moment, demo_centre, simulate_counts

DEMO = Path(__file__).resolve().parents[3] / "config" / "monitor.yaml"
MADRID = ZoneInfo("Europe/Madrid")
HOUR_MS = 3_600_000
SEEDS = range(8)


def queues() -> list[QueueSettings]:
    """The demo's queues."""
    settings = load([DEMO]).last
    return [settings.queue(queue) for _, queue in settings.configured_queues()]


def at(text: str) -> int:
    """A local time in Madrid, milliseconds since 1970."""
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=MADRID).timestamp() * 1000)


@pytest.mark.parametrize(
    ("clock", "begins"),
    [
        ("2026-03-04T16:30", "2026-03-04T16:10"),
        ("2026-03-04T03:00", "2026-03-03T16:10"),
        ("2026-03-08T03:00", "2026-03-06T16:10"),  # a Sunday
        ("2026-03-07T18:00", "2026-03-06T16:10"),  # a Saturday
        ("2026-03-09T12:00", "2026-03-06T16:10"),  # a Monday noon
        ("2026-03-29T03:30", "2026-03-27T16:10"),  # the night in which an hour is left out
    ],
)
def test_the_day_begins_at_the_best_moment_whatever_the_clock_says(clock: str, begins: str) -> None:
    """The afternoon of the last working day that is past; four queues have an incident then."""
    moment = best_moment(queues(), at(clock))
    assert moment == at(begins)
    assert {incident.kind for incident in demo_centre(queues(), moment).incidents} == {
        "surge", "long_calls", "absent", "feed_stop"
    }  # fmt: skip


def test_incidents_differ_by_seed_and_some_recover() -> None:
    """Eight seeds tell at least five stories; in each the long calls are over, and the surge ends soon after."""
    now = at("2026-03-04T16:10")
    stories = set()
    for seed in SEEDS:
        found = {incident.kind: incident for incident in demo_centre(queues(), now, seed).incidents}
        assert len({incident.queue for incident in found.values()}) == 4
        assert found["long_calls"].end_ms < now - 3 * HOUR_MS
        assert now < found["surge"].end_ms < now + 3 * HOUR_MS
        stories.add(tuple(sorted((kind, incident.queue) for kind, incident in found.items())))
    assert len(stories) >= 5
    assert demo_centre(queues(), now, 3) == demo_centre(queues(), now, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_seed_has_a_service_level_that_is_broken(seed: int) -> None:
    """The final intervals of the surge's queue fall 0.60 and more below its range, one after the other."""
    now = at("2026-03-04T16:10")
    spec = demo_centre(queues(), now, seed)
    surge = next(incident for incident in spec.incidents if incident.kind == "surge")
    truth = add_up([simulate_counts(spec, surge.queue, dt.date(2026, 3, 4), 20_000 + seed)])
    low = next(queue for queue in queues() if queue.queue == surge.queue).service_level.range
    assert low is not None
    final = (truth.start_ms + HOUR_MS // 2 + 320_000 <= now) & (truth.start_ms >= now - 8 * HOUR_MS)
    running = 0.0
    for level, offered in zip(truth.service_level[final], truth.offered[final], strict=True):
        if offered >= 20:
            running = running + low[0] - level if level < low[0] else 0.0
    assert running >= 0.60


def test_the_demo_s_chats_are_staffed_for_several_at_once() -> None:
    """Over a week without incidents the chat queue keeps its target, with the agents of the plan and no more.

    The requirement is worked out again, for each day as a whole: Erlang A of its contacts' handle time / 2.5.
    """
    settings = next(each for each in queues() if each.queue == "shop_chat")
    spec = next(each for each in demo_centre(queues(), at("2026-03-04T16:10")).queues if each.queue == "shop_chat")
    assert (settings.concurrency, spec.concurrency) == (2.5, 2.5)
    days = [simulate_counts(CentreSpec((spec,)), "shop_chat", dt.date(2026, 3, day), 1) for day in range(2, 7)]
    truth = add_up(days)
    busy = truth.open & (truth.offered >= 20)
    level = truth.answered_within[busy].sum() / (truth.answered + truth.abandoned)[busy].sum()
    assert 0.80 < level < 0.97
    loads = truth.offered[busy] * 420 / 2.5 / 1800
    needed = required_agents(loads, 420 / 2.5, 60, 0.80, 300)
    net = truth.staffed_agents[busy] - needed
    assert abs(net.mean()) < 0.5
    assert (truth.occupied_ms[busy] <= 2.5 * truth.staffed_ms[busy]).mean() > 0.99
