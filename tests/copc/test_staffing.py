"""Requirements are the least headcount that meets the objective; gaps are differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copc import erlang, staffing
from copc.service_level import DEFINITIONS, Definition


def test_worked_example() -> None:
    """Plan 100 x 180 s with 14 scheduled; 112 x 205 s came with 13 staffed: required 17, four short."""
    load = erlang.traffic(112, 205, 1800)
    assert float(load) == pytest.approx(12.7556, abs=5e-5)
    required = staffing.required_agents(load, 205, 20, 0.80)
    assert required == 17
    assert staffing.net_staffing(13, required) == -4
    assert staffing.schedule_gap(13, 14) == -1
    assert staffing.required_agents(10, 180, 20, 0.80) == 14
    assert staffing.plan_quality(14, 14) == 0


@given(
    st.lists(st.floats(0, 2000), min_size=1, max_size=5),
    st.floats(30, 900),
    st.floats(0, 120),
    st.floats(0.05, 0.99),
    st.one_of(st.none(), st.floats(20, 3000)),
    st.floats(0.3, 1.0),
    st.sampled_from(DEFINITIONS),
)
@settings(max_examples=150, deadline=None)
def test_required_agents_is_the_least_that_meets(
    loads: list[float],
    handling: float,
    threshold: float,
    target: float,
    patience: float | None,
    busy: float,
    definition: Definition,
) -> None:
    """At the requirement target and occupancy are met; with one agent fewer one of them is not."""
    load = np.array(loads)
    required = staffing.required_agents(
        load,
        handling,
        threshold,
        target,
        patience,
        max_occupancy=busy,
        definition=definition,
        short_abandon_seconds=5,
    )
    assert (required >= 1).all()

    def meets(agents: np.ndarray, slack: float) -> np.ndarray:
        level = erlang.service_level(
            load, agents, handling, threshold, patience, definition=definition, short_abandon_seconds=5
        )
        return (level >= target - slack) & (erlang.occupancy(load, agents, handling, patience) <= busy + slack)

    assert meets(required, 1e-12).all()
    fewer = required > 1
    assert not (fewer & meets(np.maximum(required - 1, 1), -1e-12)).any()


def test_requirement_does_not_depend_on_the_company_it_is_asked_in() -> None:
    """A large array, whose search starts from a sample, gives what each interval gives alone."""
    rng = np.random.default_rng(5)
    load, handling = rng.uniform(0, 300, 5000), rng.uniform(60, 600, 5000)
    for patience in (None, 120):
        many = staffing.required_agents(load, handling, 20, 0.8, patience)
        alone = [int(staffing.required_agents(load[i], handling[i], 20, 0.8, patience)) for i in range(0, 5000, 250)]
        assert many[::250].tolist() == alone


def test_occupancy_raises_the_requirement() -> None:
    """Where 85 % occupancy allows fewer contacts an agent than the target does, it decides."""
    assert staffing.required_agents(100, 180, 20, 0.80, max_occupancy=0.85) == math.ceil(100 / 0.85)
    assert staffing.required_agents(100, 180, 20, 0.80) < math.ceil(100 / 0.85)


def test_a_floor_that_is_never_idle_meets_an_occupancy_of_one() -> None:
    """Under Erlang A far above 8,000 agents, rounding does not turn full occupancy into too much."""
    required = int(staffing.required_agents(9095.543346834273, 189.21017502197776, 20, 0.8, 180))
    level = erlang.service_level(9095.543346834273, [required - 1, required], 189.21017502197776, 20, 180)
    assert level[0] < 0.8 <= level[1]


def test_nothing_offered_needs_one_agent() -> None:
    """A requirement is never below one agent, and keeps the shape it was asked in."""
    assert staffing.required_agents(np.zeros((2, 3)), 180, 20, 0.8).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert staffing.required_agents([], 180, 20, 0.8).size == 0


def test_rostered_heads_round_up_without_binary_dust() -> None:
    """ceil(required / (1 - shrinkage)), with 3 / (1 - 0.9) being 30 and not 31."""
    heads = staffing.rostered_agents([14, 3, 15, 0], [0.3, 0.9, 0.3, 0.3])
    assert heads.tolist() == [20, 30, 22, 0]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("load", -1), ("load", math.nan), ("aht_seconds", 0), ("threshold_seconds", -1), ("patience_seconds", 0),
        ("target", 0), ("target", 1), ("target", math.nan), ("max_occupancy", 0), ("max_occupancy", 1.01),
    ],
)  # fmt: skip
def test_arguments_that_make_no_sense_are_refused_by_name(name: str, bad: float) -> None:
    """Each bad argument raises ValueError naming it."""
    good = {"load": 10, "aht_seconds": 180, "threshold_seconds": 20, "target": 0.8, "patience_seconds": 300}
    with pytest.raises(ValueError, match=f"^{name} must be"):
        staffing.required_agents(**{**good, name: bad})  # type: ignore[arg-type]


def test_gaps_and_rosters_refuse_nonsense_by_name() -> None:
    """Negative heads and a shrinkage of 1 or more raise ValueError naming them."""
    with pytest.raises(ValueError, match="staffed must be"):
        staffing.net_staffing(-1, 3)
    with pytest.raises(ValueError, match="plan_required must be"):
        staffing.plan_quality(1, math.nan)
    with pytest.raises(ValueError, match="shrinkage must be"):
        staffing.rostered_agents(3, 1)
    with pytest.raises(ValueError, match="shapes do not fit together"):
        staffing.schedule_gap([1, 2, 3], [1, 2])
