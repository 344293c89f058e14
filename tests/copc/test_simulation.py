"""The simulated queue, and what a stable queue is to expect of its intervals."""

import numpy as np
import pytest

from copc import erlang, simulation, staffing


def test_healthy_centre_at_80_percent_reaches_80_in_only_60_of_100_half_hours() -> None:
    """A long-run service level of 80 % means some 60 % of half hours at 80 % or more
    (docs/concepts/figures.md#signals).
    """
    load = 10.0
    agents = int(staffing.required_agents(load, 180, 20, 0.8, 180))
    assert float(erlang.service_level(load, agents, 180, 20, 180)) == pytest.approx(0.80, abs=0.01)
    share = simulation.share_in_range(
        np.random.default_rng(1),
        0.8,
        1.0,
        load=load,
        aht_seconds=180,
        agents=agents,
        threshold_seconds=20,
        interval_seconds=1800,
        patience_seconds=180,
        intervals=4000,
    )
    assert share == pytest.approx(0.60, abs=0.04)


def test_interval_counts_add_up_to_the_contacts() -> None:
    """Every contact is in the interval of its arrival, under each definition's own denominator."""
    contacts = simulation.Simulated(
        np.array([0.0, 899.9, 900.0, 2000.0]), np.array([5.0, 30.0, 20.0, 3.0]), np.array([True, True, True, False])
    )
    over, under = simulation.interval_levels(contacts, interval_seconds=900, threshold_seconds=20)
    assert (over.tolist(), under.tolist()) == ([1, 1, 0], [2, 1, 1])
    over, under = simulation.interval_levels(
        contacts, interval_seconds=900, threshold_seconds=20, definition="S5", short_abandon_seconds=5
    )
    assert (over.tolist(), under.tolist()) == ([1, 1, 0], [2, 1, 0])


def test_same_seed_gives_the_same_queue_and_patient_customers_never_abandon() -> None:
    """Chance comes from the generator alone."""
    queues = [
        simulation.simulate(np.random.default_rng(3), load=2, aht_seconds=100, agents=3, duration_seconds=20_000)
        for _ in range(2)
    ]
    assert queues[0].wait_seconds.tolist() == queues[1].wait_seconds.tolist()
    assert queues[0].answered.all()
    assert (np.diff(queues[0].offered_at) >= 0).all()


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("load", 0),
        ("aht_seconds", -1),
        ("agents", 0),
        ("agents", 1.5),
        ("duration_seconds", 0),
        ("patience_seconds", 0),
    ],
)
def test_arguments_that_make_no_sense_are_refused_by_name(name: str, bad: float) -> None:
    """Each argument is refused by name."""
    good = {"load": 2, "aht_seconds": 100, "agents": 3, "duration_seconds": 1000}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        simulation.simulate(np.random.default_rng(1), **{**good, name: bad})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="high must be"):
        simulation.share_in_range(
            np.random.default_rng(1), 0.9, 0.8, load=1, aht_seconds=60, agents=2, threshold_seconds=20,
            interval_seconds=900, intervals=2,
        )  # fmt: skip


def test_simulated_day_without_change_is_the_steady_queue() -> None:
    """Eight hours of a day with one load and one staff have Erlang A's service level once the queue has filled."""
    rng = np.random.default_rng(2)
    over = under = 0.0
    for _ in range(30):
        contacts, present = simulation.simulate_day(
            rng,
            offered=[100.0] * 16,
            aht_seconds=[180.0] * 16,
            agents=[11] * 16,
            interval_seconds=1800,
            patience_seconds=180,
        )
        within, all_of = simulation.interval_levels(contacts, interval_seconds=1800, threshold_seconds=20)
        over, under = over + within[1:].sum(), under + all_of[1:].sum()
        assert len(present) == 16
        assert all(now.busy <= 11 for now in present)
    assert over / under == pytest.approx(float(erlang.service_level(10.0, 11, 180, 20, 180)), abs=0.02)


def test_agents_who_go_finish_their_contact_and_those_who_come_take_who_waits() -> None:
    """With no agent in the second interval nobody is answered who came after the first; in the third they are."""
    contacts, present = simulation.simulate_day(
        np.random.default_rng(3),
        offered=[50.0, 50.0, 50.0],
        aht_seconds=[60.0] * 3,
        agents=[5, 0, 20],
        interval_seconds=900,
        patience_seconds=1e9,
    )
    assert contacts.answered.all()
    second = (contacts.offered_at >= 900) & (contacts.offered_at < 1800)
    assert (contacts.offered_at[second] + contacts.wait_seconds[second] >= 1800).all()
    assert present[2].waiting >= second.sum()
    with pytest.raises(ValueError, match="one figure each an interval"):
        simulation.simulate_day(
            np.random.default_rng(1),
            offered=[1.0],
            aht_seconds=[1.0],
            agents=[1, 2],
            interval_seconds=1,
            patience_seconds=1,
        )
