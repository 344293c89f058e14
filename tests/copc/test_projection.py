"""The projected service level against a simulation of days that change, and against the steady model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc import erlang
from copc.projection import PATHS, Coming, Objectives, Rest, chance_below, levels_of, paths_of
from copc.simulation import interval_levels, simulate, simulate_day

HALF_HOUR = 1800.0


def coming(offered: list[float], agents: list[float], aht: float = 240.0, **changed: np.ndarray) -> Coming:
    """One queue's half hours ahead without doubt about the load; it is as busy as it will be."""
    shape = (1, len(offered))
    volume = np.array([offered], dtype=float)
    sure = np.ones((1, PATHS, len(offered)))
    parts = {
        "offered": volume,
        "aht_seconds": np.full(shape, aht),
        "agents": np.array([agents], dtype=float),
        "seconds": np.full(shape, HALF_HOUR),
        "volume_paths": sure,
        "load_paths": sure,
        "busy": np.minimum(volume[:, 0] * aht / HALF_HOUR, agents[0]),
        "waiting": np.zeros(1),
        "dispersion": np.ones(1),
    }
    return Coming(**(parts | changed))


def objectives(patience: float | None = 180.0, **more: object) -> Objectives:
    """A wait of 20 s still counts as within."""
    known = None if patience is None else np.array([patience])
    return Objectives(np.array([20.0]), known, **more)  # type: ignore[arg-type]  # fields by name


def project(offered: list[float], agents: list[float], patience: float | None = 180.0) -> Rest:
    """The projection of one queue."""
    return levels_of(objectives(patience), coming(offered, agents))


@pytest.mark.parametrize("definition", ["S1", "S2", "S3", "S4", "S5", "S6"])
def test_steady_load_gives_the_steady_model_in_each_definition(definition: str) -> None:
    """With a load that stays, a projection is Erlang A's service level by the queue's own definition."""
    goals = objectives(definition=definition, short_abandon_seconds=np.array([5.0]))
    level = levels_of(goals, coming([150.0] * 4, [22.0] * 4)).level[0]
    expected = float(
        erlang.service_level(20.0, 22, 240, 20, 180, definition=definition, short_abandon_seconds=5.0)  # type: ignore[arg-type]
    )
    assert level == pytest.approx([expected] * 4, abs=0.005)


def test_patient_customers_follow_erlang_c_until_overload_leaves_them_waiting() -> None:
    """Without patience a steady load is Erlang C's, and what an overload leaves spoils the half hour after it."""
    steady = project([150.0] * 3, [24.0] * 3, patience=None)
    assert steady.level[0] == pytest.approx([float(erlang.service_level(20.0, 24, 240, 20))] * 3, abs=0.005)
    after = project([150.0, 225.0, 150.0], [24.0, 24.0, 24.0], patience=None)
    # 30 erlang on 24 agents: 6 x 1800 / 240 = 45 contacts are left, less the lag of one handle time.
    assert 30 < after.left_waiting[0, 1] < 45
    assert after.level[0, 2] < steady.level[0, 2] - 0.15


def test_days_that_change_come_in_as_projected() -> None:
    """Over 20 random days of changing load and agents, simulated 40 times each, the mean error is within 4 points."""
    rng = np.random.default_rng(7)
    errors = []
    for _ in range(20):
        aht, patience = rng.uniform(150, 400), rng.uniform(90, 400)
        offered = rng.uniform(30, 150) * np.exp(np.cumsum(rng.normal(0, 0.15, 6)))
        agents = np.maximum(np.round(offered * aht / HALF_HOUR * rng.uniform(0.8, 1.3, 6)), 1)
        empty = coming(offered.tolist(), agents.tolist(), aht, busy=np.zeros(1))
        level = levels_of(objectives(patience), empty).level[0]
        over, under = np.zeros(6), np.zeros(6)
        for _ in range(40):
            contacts, _ = simulate_day(
                rng,
                offered=offered.tolist(),
                aht_seconds=[aht] * 6,
                agents=agents.astype(int).tolist(),
                interval_seconds=HALF_HOUR,
                patience_seconds=patience,
            )
            part = interval_levels(contacts, interval_seconds=HALF_HOUR, threshold_seconds=20)
            over[: len(part[0])] += part[0]
            under[: len(part[1])] += part[1]
        errors.append((level - over / under)[1:])
    assert abs(np.mean(errors)) < 0.015
    assert np.mean(np.abs(errors)) < 0.04


@pytest.mark.parametrize(
    ("load", "aht", "patience", "agents"),
    [(30.0, 240.0, 240.0, 34), (8.0, 240.0, 100.0, 9), (120.0, 400.0, 200.0, 120)],
)
def test_chance_of_an_interval_is_that_of_a_simulated_healthy_queue(
    load: float, aht: float, patience: float, agents: int
) -> None:
    """The spread of single half hours of a steady queue is within a quarter of the simulated one."""
    contacts = simulate(
        np.random.default_rng(5),
        load=load,
        aht_seconds=aht,
        agents=agents,
        duration_seconds=800 * HALF_HOUR,
        patience_seconds=patience,
    )
    over, under = interval_levels(contacts, interval_seconds=HALF_HOUR, threshold_seconds=20)
    simulated = float(np.std(over[under > 0] / under[under > 0]))
    rest = levels_of(objectives(patience), coming([load * HALF_HOUR / aht] * 3, [float(agents)] * 3, aht))
    assert float(np.sqrt(rest.chance[0, 1])) == pytest.approx(simulated, rel=0.25)


def test_paths_stray_as_their_covariance_says() -> None:
    """Paths have mean 1, each interval's own variance, and near intervals go together more than far ones."""
    at = np.arange(12) * 0.5
    covariance = 0.08**2 * (0.3 + 0.7 * np.exp(-np.abs(at[:, None] - at) / 3))
    paths = paths_of(covariance[None])[0]
    assert paths.mean(axis=0) == pytest.approx([1.0] * 12)
    assert np.log(paths).std(axis=0) == pytest.approx([0.08] * 12, rel=0.02)
    likeness = np.corrcoef(np.log(paths).T)
    assert likeness[0, 1] > likeness[0, 11] == pytest.approx(covariance[0, 11] / 0.08**2, abs=0.05)
    other = paths_of(covariance[None], second=True)[0]
    assert abs(np.corrcoef(np.log(paths[:, 0]), np.log(other[:, 0]))[0, 1]) < 0.25


def test_waiting_contacts_spoil_the_first_interval_alone() -> None:
    """Forty contacts that wait now cost the next half hour, and not the one after it, when customers are impatient."""
    calm = project([150.0] * 3, [24.0] * 3)
    late = levels_of(objectives(), coming([150.0] * 3, [24.0] * 3, waiting=np.array([40.0])))
    assert late.level[0, 0] < calm.level[0, 0] - 0.02
    assert late.level[0, 2] == pytest.approx(calm.level[0, 2], abs=1e-6)


def test_no_contact_expected_has_no_level_and_no_agent_answers_nobody() -> None:
    """An interval without contacts has no figure; one without agents has the level 0."""
    rest = project([150.0, 0.0, 150.0], [24.0, 24.0, 0.0])
    assert np.isnan(rest.level[0, 1])
    assert np.isnan(rest.low[0, 1])
    assert rest.level[0, 2] == pytest.approx(0.0, abs=0.01)


@given(
    offered=st.lists(st.floats(0, 2000), min_size=1, max_size=6),
    agents=st.floats(0, 300),
    aht=st.floats(20, 2000),
    patience=st.none() | st.floats(5, 2000),
    waiting=st.floats(0, 500),
)
def test_any_queue_has_levels_between_0_and_1_inside_their_ranges(
    offered: list[float], agents: float, aht: float, patience: float | None, waiting: float
) -> None:
    """For any volume, agents and patience a level, its range and the chance to be below a limit are ratios."""
    rest = levels_of(objectives(patience), coming(offered, [agents] * len(offered), aht, waiting=np.array([waiting])))
    known = np.array(offered) > 0
    for part in (rest.level, rest.low, rest.high, chance_below(rest, 0.7)):
        assert ((part[0][known] >= 0) & (part[0][known] <= 1)).all()
    assert (rest.low[0][known] <= rest.high[0][known]).all()
    assert np.isnan(rest.level[0][~known]).all()
