"""Erlang B, C and A against published figures, independent computation and extremes."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from copc import erlang, simulation, staffing
from copc.service_level import DEFINITIONS, Definition

FIGURES = {
    "service_level": erlang.service_level,
    "occupancy": lambda a, n, h, _, p: erlang.occupancy(a, n, h, p),
    "p_wait": lambda a, n, h, _, p: erlang.wait_probability(a, n, h, p),
    "p_abandon": lambda a, n, h, _, p: erlang.abandon_probability(a, n, h, p),
    "asa_s": lambda a, n, h, _, p: erlang.asa(a, n, h, p),
    "mean_wait_s": lambda a, n, h, _, p: erlang.mean_wait(a, n, h, p),
    "mean_wait_min": lambda a, n, h, _, p: erlang.mean_wait(a, n, h, p) / 60,
    "service_level_with_abandonment": lambda a, n, h, t, p: erlang.service_level(a, n, h, t, p, definition="S4"),
}
PLAIN = [*range(1, 6), 8, *range(11, 18), 20]
"""Rows of erlang_vectors.csv that are one figure at a headcount; the others have tests of their own."""


def vectors(shared_data: Path) -> dict[int, dict[str, str]]:
    """../data/erlang/erlang_vectors.csv by id."""
    with (shared_data / "erlang" / "erlang_vectors.csv").open(encoding="utf-8") as file:
        return {int(row["id"]): row for row in csv.DictReader(file)}


def number(row: dict[str, str], name: str) -> float:
    """A cell as a number."""
    return float(row[name])


@pytest.mark.parametrize("row_id", PLAIN)
def test_published_vectors(shared_data: Path, row_id: int) -> None:
    """Each usable row of erlang_vectors.csv is met within the tolerance it states (source in the row)."""
    row = vectors(shared_data)[row_id]
    threshold = float(row["threshold_s"] or 0)
    patience = float(row["patience_s"]) if row["patience_s"] else None
    handling = float(row["aht_s"] or 1)
    load = number(row, "load_erlang")
    figure = FIGURES[row["metric"]](load, number(row, "agents"), handling, threshold, patience)
    assert abs(float(figure) - number(row, "expected")) <= float(row["tolerance"].split()[0]) + 5e-7


def test_published_requirements(shared_data: Path) -> None:
    """Rows 6, 7, 9 and 10: requirements by service level, occupancy, shrinkage and ASA."""
    rows = vectors(shared_data)
    six = int(staffing.required_agents(10, 180, 19.8, 0.80, max_occupancy=0.85))
    assert six == number(rows[6], "expected")
    assert staffing.rostered_agents(six, 0.3) == number(rows[7], "expected")
    heads = np.arange(28, 60)
    assert heads[erlang.asa(27.083, heads, 150) <= 5][0] == number(rows[9], "expected")
    assert staffing.required_agents(27.083, 150, 20, 0.94) == number(rows[10], "expected")


def test_published_simulation_that_starts_empty(shared_data: Path) -> None:
    """Rows 18 and 19: the formula is the researcher's, and days that begin empty give the published figure."""
    rows = vectors(shared_data)
    level = float(erlang.service_level(8.4, 12, 120, 20))
    assert level == pytest.approx(0.89908, abs=5e-6)
    assert float(erlang.occupancy(8.4, 12)) == pytest.approx(0.700, abs=5e-4)
    assert abs(float(erlang.occupancy(8.4, 12)) - number(rows[19], "expected")) < 0.006
    rng = np.random.default_rng(18)
    good = total = 0
    for _ in range(400):
        day = simulation.simulate(
            rng, load=8.4, aht_seconds=120, agents=12, duration_seconds=8 * 3600, warm_up_seconds=0
        )
        good += int((day.wait_seconds <= 20).sum())
        total += day.wait_seconds.size
    assert good / total == pytest.approx(number(rows[18], "expected"), abs=0.002 + 0.0032)
    assert good / total > level


def test_rejected_rows_are_not_reproduced(shared_data: Path) -> None:
    """The two published figures marked REJECTED are wrong; ours are the true ones the file states."""
    rows = vectors(shared_data)
    assert rows[90]["tolerance"] == rows[91]["tolerance"] == "REJECTED"
    waits = float(erlang.wait_probability(20, 25))
    assert waits == pytest.approx(0.20910, abs=5e-6)
    assert abs(waits - number(rows[90], "expected")) > 0.05
    blocked = float(erlang.blocking_probability(180, 200))
    assert blocked == pytest.approx(0.01032, abs=5e-6)
    assert abs(blocked - number(rows[91], "expected")) > 0.001


def test_worked_figures() -> None:
    """The table of docs/concepts/figures.md#required-agents (CRAN ErlangC, pyworkforce, computed), and row 20 under
    S1.
    """
    assert float(erlang.wait_probability(10, 14)) == pytest.approx(0.1741319336, abs=5e-11)
    assert float(erlang.service_level(10, 14, 180, 20)) == pytest.approx(0.8883500192, abs=5e-11)
    assert float(erlang.asa(10, 14, 180)) == pytest.approx(7.835937, abs=5e-7)
    assert float(erlang.occupancy(10, 14)) == pytest.approx(0.7142857, abs=5e-8)
    assert float(erlang.wait_probability(10, 14, 180, 300)) == pytest.approx(0.1452601, abs=5e-8)
    assert float(erlang.abandon_probability(10, 14, 180, 300)) == pytest.approx(0.0139837, abs=5e-8)
    assert float(erlang.occupancy(10, 14, 180, 300)) == pytest.approx(0.7042973, abs=5e-8)
    assert float(erlang.mean_wait(10, 14, 180, 300)) == pytest.approx(4.19514, abs=2e-5)
    load = erlang.traffic(100, 300, 1800)
    assert float(erlang.abandon_probability(load, 19, 300, 180)) == pytest.approx(0.0535241, abs=5e-8)
    assert float(erlang.service_level(8.4, 12, 120, 20, 60)) == pytest.approx(0.9453, abs=5e-5)


def recursion(load: float, agents: int) -> float:
    """Erlang B by its recursion, which is stable for any size: an independent computation."""
    b = 1.0
    for n in range(1, agents + 1):
        b = load * b / (n + load * b)
    return b


@pytest.mark.parametrize("agents", [1, 2, 15, 16, 17, 100, 1000, 10_000])
@pytest.mark.parametrize("rho", [1e-3, 0.3, 0.9, 0.999, 1.0, 1.01, 1.5, 20.0])
def test_erlang_b_and_c_equal_the_recursion_up_to_10000_agents(agents: int, rho: float) -> None:
    """Closed forms agree with the recursion from 1 to 10,000 agents, far below and far above the load."""
    load = rho * agents
    b = recursion(load, agents)
    assert float(erlang.blocking_probability(load, agents)) == pytest.approx(b, rel=2e-10, abs=1e-300)
    c = b / (1 - rho * (1 - b)) if rho < 1 else 1.0
    assert float(erlang.wait_probability(load, agents)) == pytest.approx(c, rel=2e-10, abs=1e-300)


def birth_death(load: float, agents: int, handling: float, patience: float) -> tuple[float, float]:
    """P(wait) and P(abandon) of M/M/n+M from its state probabilities, in logarithms: independent of ours."""
    queue_limit = load * patience / handling  # where abandonment alone balances arrivals
    top = int(agents + queue_limit + 40 * math.sqrt(queue_limit + 1) + 400)
    states = np.arange(1, top + 1)
    leaving = np.minimum(states, agents) / handling + np.maximum(states - agents, 0) / patience
    logs = np.concatenate(([0.0], np.cumsum(np.log(load / handling) - np.log(leaving))))
    p = np.exp(logs - logs.max())
    p /= p.sum()
    queue = np.maximum(np.arange(top + 1) - agents, 0)
    return float(p[agents:].sum()), float((p * queue).sum() / patience / (load / handling))


@pytest.mark.parametrize("agents", [1, 5, 15, 40, 300, 10_000])
@pytest.mark.parametrize("rho", [0.05, 0.6, 0.95, 1.0, 1.1, 1.8])
@pytest.mark.parametrize("patience", [20.0, 180.0, 5000.0])
def test_erlang_a_equals_its_state_probabilities(agents: int, rho: float, patience: float) -> None:
    """P(wait), P(abandon), occupancy and mean wait agree with the birth-death chain, up to 10,000 agents."""
    load = rho * agents
    waits, abandons = birth_death(load, agents, 200, patience)
    args = (load, agents, 200, patience)
    assert float(erlang.wait_probability(*args)) == pytest.approx(waits, abs=1e-10)
    assert float(erlang.abandon_probability(*args)) == pytest.approx(abandons, abs=1e-10)
    assert float(erlang.occupancy(*args)) == pytest.approx(load * (1 - abandons) / agents, abs=1e-9)
    assert float(erlang.mean_wait(*args)) == pytest.approx(patience * abandons, abs=1e-7)


@pytest.mark.parametrize(
    ("load", "agents", "handling", "patience", "threshold", "short"),
    [(10, 14, 180, 300, 20, 5), (10, 9, 180, 60, 30, 10), (0.4, 1, 300, 90, 15, 5), (200, 195, 240, 180, 20, 5)],
)
def test_erlang_a_service_levels_equal_integrals_over_the_offered_wait(
    load: float, agents: int, handling: float, patience: float, threshold: float, short: float
) -> None:
    """All six definitions and the ASA equal numerical integrals over the offered wait's density."""
    rate, served = load / handling, agents / handling
    waits, abandons = birth_death(load, agents, handling, patience)

    def height(v: float) -> float:
        return math.exp(rate * patience * -math.expm1(-v / patience) - served * v)

    def integral(f: object, low: float, high: float) -> float:
        return float(quad(f, low, high, limit=500, epsabs=1e-13, epsrel=1e-12)[0])  # type: ignore[arg-type]

    end = 40 * (patience + handling)
    mass = sum(integral(height, low, high) for low, high in ((0, patience), (patience, end)))
    scale = waits / mass
    stays = lambda v: height(v) * math.exp(-v / patience)  # noqa: E731 - two one-line integrands
    within = 1 - waits + scale * integral(stays, 0, threshold)

    def gone(t: float) -> float:
        # Abandoned within t: patience ends before both t and the offered wait.
        lost = scale * integral(lambda v: height(v) * -math.expm1(-v / patience), 0, t)
        beyond = scale * (mass - integral(height, 0, t))
        return lost + beyond * -math.expm1(-t / patience)

    expected = {
        "S1": within,
        "S2": within / (1 - abandons),
        "S3": within / (1 - gone(threshold)),
        "S4": within + gone(threshold),
        "S5": within / (1 - gone(short)),
        "S6": within + gone(short),
    }
    for definition in DEFINITIONS:
        level = erlang.service_level(
            load, agents, handling, threshold, patience, definition=definition, short_abandon_seconds=short
        )
        assert float(level) == pytest.approx(expected[definition], abs=1e-9), definition
    waited = sum(integral(lambda v: v * stays(v), low, high) for low, high in ((0, patience), (patience, end)))
    asa = scale * waited / (1 - abandons)
    assert float(erlang.asa(load, agents, handling, patience)) == pytest.approx(asa, rel=1e-8)


GRID = [
    (load, agents, handling, patience, threshold)
    for load, agents in ((3.0, 3), (3.0, 5), (10.0, 9), (10.0, 12), (40.0, 42))
    for handling, patience, threshold in ((180, 60, 20), (180, 300, 20), (300, 180, 30), (120, 120, 10))
]


@pytest.mark.parametrize("case", GRID)
def test_erlang_a_agrees_with_a_simulation(case: tuple[float, int, float, float, float]) -> None:
    """On 20 cases the model lies in the simulation's confidence interval, service level and waits too.

    Batch means (30 batches); 99.99 % intervals, so that 140 comparisons fail by chance once in 70 runs of
    unknown seed, and each interval is narrow enough to see an error of a point.
    """
    load, agents, handling, patience, threshold = case
    rng = np.random.default_rng(GRID.index(case))
    batches, size = 30, 10_000
    duration = batches * size * handling / load * 1.02
    contacts = simulation.simulate(
        rng,
        load=load,
        aht_seconds=handling,
        agents=agents,
        duration_seconds=duration,
        patience_seconds=patience,
        warm_up_seconds=30 * handling,
    )
    wait = contacts.wait_seconds[: batches * size].reshape(batches, size)
    answered = contacts.answered[: batches * size].reshape(batches, size)
    within = wait <= threshold

    def agrees(sample: np.ndarray, figure: object, widest: float) -> None:
        half = 4.53 * sample.std(ddof=1) / math.sqrt(batches)  # Student's t, 29 degrees of freedom
        assert half < widest
        assert abs(sample.mean() - float(figure)) < half  # type: ignore[arg-type]

    args = (load, agents, handling, patience)
    agrees((answered & within).mean(axis=1), erlang.service_level(*args[:3], threshold, patience), 0.035)
    agrees(within.mean(axis=1), erlang.service_level(*args[:3], threshold, patience, definition="S4"), 0.035)
    agrees(
        (answered & within).sum(axis=1) / answered.sum(axis=1),
        erlang.service_level(*args[:3], threshold, patience, definition="S2"),
        0.035,
    )
    agrees((wait > 0).mean(axis=1), erlang.wait_probability(*args), 0.035)
    agrees((~answered).mean(axis=1), erlang.abandon_probability(*args), 0.02)
    agrees(wait.mean(axis=1), erlang.mean_wait(*args), 3.0)
    agrees((wait * answered).sum(axis=1) / answered.sum(axis=1), erlang.asa(*args), 3.0)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    """As patience grows, Erlang A's figures become Erlang C's."""
    load, agents = np.array([0.5, 10, 95, 960]), np.array([2, 14, 105, 1000])
    for patient, impatient in (
        (erlang.wait_probability(load, agents), erlang.wait_probability(load, agents, 180, 1e9)),
        (erlang.service_level(load, agents, 180, 20), erlang.service_level(load, agents, 180, 20, 1e9)),
        (erlang.asa(load, agents, 180), erlang.asa(load, agents, 180, 1e9)),
    ):
        np.testing.assert_allclose(impatient, patient, rtol=1e-5)


def test_overload_without_abandonment_is_defined() -> None:
    """Load at or above the agents under Erlang C: service level 0, endless waits, full occupancy."""
    agents = np.array([1, 9, 10])
    assert (erlang.service_level(10, agents, 180, 20) == 0).all()
    assert np.isinf(erlang.asa(10, agents, 180)).all()
    assert np.isinf(erlang.mean_wait(10, agents, 180)).all()
    assert (erlang.occupancy(10, agents) == 1).all()
    assert (erlang.wait_probability(10, agents) == 1).all()


def test_no_load_is_served_at_once() -> None:
    """With nothing offered the service level is 1, nobody waits and nobody is busy, in both models."""
    for patience in (None, 180):
        assert float(erlang.service_level(0, 3, 180, 20, patience)) == 1
        assert float(erlang.wait_probability(0, 3, 180, patience)) == 0
        assert float(erlang.asa(0, 3, 180, patience)) == 0
        assert float(erlang.occupancy(0, 3, 180, patience)) == 0


def test_fractional_agents_lie_on_the_line_between_whole_ones() -> None:
    """13.4 agents take 0.6 of the figure at 13 and 0.4 of that at 14; below one agent, of none."""
    for patience in (None, 300):
        at = [float(erlang.service_level(10, n, 180, 20, patience)) for n in (13, 14)]
        between = float(erlang.service_level(10, 13.4, 180, 20, patience))
        assert between == pytest.approx(0.6 * at[0] + 0.4 * at[1], abs=1e-15)
        alone = float(erlang.service_level(0.2, 1, 180, 20, patience))
        assert float(erlang.service_level(0.2, 0.5, 180, 20, patience)) == pytest.approx(alone / 2)
    assert math.isinf(float(erlang.asa(10, 10.5, 180)))


@given(
    st.floats(0.01, 3000), st.floats(20, 900), st.floats(0, 120), st.one_of(st.none(), st.floats(10, 3000)),
    st.sampled_from(DEFINITIONS),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_service_level_rises_with_agents_and_falls_with_volume(
    load: float, handling: float, threshold: float, patience: float | None, definition: Definition
) -> None:
    """Every definition of the service level rises with agents and falls with volume, and stays in 0 to 1."""
    around = np.maximum(1, np.round(load + np.arange(-6, 7) * max(math.sqrt(load) / 2, 1)))

    def level(a: object, n: object) -> np.ndarray:
        return erlang.service_level(
            a,
            n,
            handling,
            threshold,
            patience,
            definition=definition,
            short_abandon_seconds=threshold / 2,  # type: ignore[arg-type]
        )

    by_agents = level(load, around)
    assert (np.diff(by_agents) >= -1e-9).all()
    by_volume = level(load * np.linspace(0.5, 2, 13), around[6])
    assert (np.diff(by_volume) <= 1e-9).all()
    assert ((by_agents >= -1e-12) & (by_agents <= 1 + 1e-12)).all()


def test_arrays_broadcast() -> None:
    """Arguments broadcast like numpy's own, and a row alone gives the same as in a table."""
    loads, agents = np.array([[5.0], [10.0]]), np.array([8, 14, 20])
    table = erlang.service_level(loads, agents, 180, 20, 300)
    assert table.shape == (2, 3)
    assert table[1, 1] == float(erlang.service_level(10, 14, 180, 20, 300))


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, 0])
@pytest.mark.parametrize("name", ["load", "agents", "aht_seconds", "threshold_seconds", "patience_seconds"])
def test_arguments_that_make_no_sense_are_refused_by_name(name: str, bad: float) -> None:
    """Negative, zero, NaN and infinite arguments raise ValueError naming them (no load, no threshold are fine)."""
    good = {"load": 10, "agents": 14, "aht_seconds": 180, "threshold_seconds": 20, "patience_seconds": 300}
    if bad == 0 and name in {"load", "threshold_seconds"}:
        return
    with pytest.raises(ValueError, match=f"^{name} must be"):
        erlang.service_level(**{**good, name: [bad]})
    if name != "threshold_seconds":
        del good["threshold_seconds"]
        for figure in (erlang.asa, erlang.mean_wait, erlang.occupancy, erlang.wait_probability):
            with pytest.raises(ValueError, match=f"^{name} must be"):
                figure(**{**good, name: bad})


def test_shapes_and_definitions_that_do_not_fit_are_refused() -> None:
    """Shapes that do not fit are named, and S5 asks for its short-abandon limit."""
    with pytest.raises(ValueError, match=r"load \(3,\), agents \(2,\)"):
        erlang.wait_probability([1, 2, 3], [4, 5])
    with pytest.raises(ValueError, match="short_abandon_seconds must be given for S5"):
        erlang.service_level(10, 14, 180, 20, 300, definition="S5")
    with pytest.raises(ValueError, match="definition must be one of"):
        erlang.service_level(10, 14, 180, 20, 300, definition="S9")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="interval_seconds must be"):
        erlang.traffic(1, 180, 0)
