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
