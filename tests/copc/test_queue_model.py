"""One interval in plain floats gives what the arrays give."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copc import erlang, staffing
from copc.queue_model import QueueModel, why_not_modelled
from copc.service_level import DEFINITIONS, Definition


@given(
    st.one_of(st.just(0.0), st.floats(0.001, 10_000)),
    st.floats(20, 900),
    st.floats(0, 120),
    st.floats(0.05, 0.99),
    st.one_of(st.none(), st.floats(5, 1e5)),
    st.floats(0.3, 1.0),
    st.floats(-3, 3),
    st.sampled_from(DEFINITIONS),
)
@example(1083.0, 21.0, 4.0, 0.5, 5.0, 0.9999999999999999, 0.0, "S1")
@settings(max_examples=300, deadline=None)
def test_plain_floats_equal_the_arrays(
    load: float,
    handling: float,
    threshold: float,
    target: float,
    patience: float | None,
    busy: float,
    off: float,
    definition: Definition,
) -> None:
    """Service level and requirement of the fast path equal those over arrays, in and out of overload."""
    model = QueueModel(threshold, target, patience, busy, definition, 5.0)
    agents = max(load + off * math.sqrt(load), 0.25)
    level = erlang.service_level(
        load, agents, handling, threshold, patience, definition=definition, short_abandon_seconds=5
    )
    assert model.service_level(load, handling, agents) == pytest.approx(float(level), abs=1e-10)
    arrays = staffing.required_agents(
        load, handling, threshold, target, patience, max_occupancy=busy, definition=definition, short_abandon_seconds=5
    )
    assert abs(model.required_agents(load, handling) - int(arrays)) <= (0 if load < 9000 else 1)


def test_expected_bundles_the_figures() -> None:
    """All figures at 14 agents, 100 x 180 s, patience 300 s (docs/concepts/figures.md#required-agents, pyworkforce)."""
    expected = QueueModel(20.0, 0.80, 300.0).expected(10, 180, 14)
    assert expected.p_wait == pytest.approx(0.1452601, abs=5e-8)
    assert expected.p_abandon == pytest.approx(0.0139837, abs=5e-8)
    assert expected.occupancy == pytest.approx(0.7042973, abs=5e-8)
    assert expected.mean_wait_seconds == pytest.approx(4.19514, abs=2e-5)
    # pyworkforce's own test, row 15 of ../data/erlang/erlang_vectors.csv
    assert expected.service_level == pytest.approx(0.916792, abs=1e-6)


def test_model_is_named() -> None:
    """The model's name goes with the figure."""
    assert QueueModel(20.0).name == "erlang_c"
    assert QueueModel(20.0, patience_seconds=180.0).name == "erlang_a"


def test_definitions_no_model_computes_say_why() -> None:
    """Overflow in the denominator, and S5 without its limit, are not modelled, and say why."""
    assert why_not_modelled("S1") is None
    assert why_not_modelled("S5", short_abandon_seconds=5) is None
    assert "overflow" in (why_not_modelled("S1", overflow_counts=True) or "")
    assert "short-abandon" in (why_not_modelled("S6") or "")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("threshold_seconds", -1.0), ("target", 1.0), ("patience_seconds", 0.0), ("max_occupancy", 0.0),
        ("short_abandon_seconds", math.nan), ("definition", "S9"),
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused_by_name(name: str, bad: object) -> None:
    """A model is not made with a bad parameter."""
    with pytest.raises(ValueError, match=f"^{name} must be"):
        QueueModel(**{"threshold_seconds": 20.0, name: bad})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="short_abandon_seconds must be given for S6"):
        QueueModel(20.0, definition="S6")


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_calls_that_make_no_sense_are_refused_by_name(bad: float) -> None:
    """Load, handle time and agents are refused by name; zero agents too."""
    model = QueueModel(20.0)
    with pytest.raises(ValueError, match="load must be"):
        model.required_agents(bad, 180)
    with pytest.raises(ValueError, match="aht_seconds must be"):
        model.service_level(10, bad, 14)
    for agents in (bad, 0):
        with pytest.raises(ValueError, match="agents must be"):
            model.service_level(10, 180, agents)


def test_service_level_rises_with_each_agent() -> None:
    """From one agent to plenty, each one helps, or at least does no harm."""
    for patience in (None, 60.0):
        model = QueueModel(20.0, patience_seconds=patience)
        levels = [model.service_level(40, 200, n) for n in range(1, 80)]
        assert (np.diff(levels) >= -1e-12).all()
