"""Causes of a missed service level add up exactly."""

import math
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copc.attribution import Drivers, attribute, attribute_many
from copc.queue_model import QueueModel

PLAN, ACTUAL = Drivers(100, 180, 14), Drivers(112, 205, 13)
"""The example of docs/concepts/figures.md#required-agents and #causes."""

drivers = st.builds(Drivers, st.floats(0, 400), st.floats(30, 900), st.one_of(st.just(0.0), st.floats(0.1, 120)))
patience = st.one_of(st.none(), st.floats(20, 2000))


def test_worked_example() -> None:
    """Erlang C: volume -0.2718417151, AHT -0.3186188340, staffing -0.1986267785, sum -0.7890873277."""
    found = attribute(QueueModel(20.0), PLAN, ACTUAL, 1800, observed=0.05)
    assert found.volume == pytest.approx(-0.2718417151, abs=5e-11)
    assert found.aht == pytest.approx(-0.3186188340, abs=5e-11)
    assert found.staffing == pytest.approx(-0.1986267785, abs=5e-11)
    assert found.volume + found.aht + found.staffing == pytest.approx(-0.7890873277, abs=5e-11)
    assert found.unexplained == pytest.approx(0.05 - found.actual_level, abs=1e-15)
    assert [cause.cause for cause in found.causes()] == ["aht", "volume", "staffing", "unexplained"]


@given(drivers, drivers, patience)
@settings(max_examples=200, deadline=None)
def test_effects_sum_exactly(plan: Drivers, actual: Drivers, mean_patience: float | None) -> None:
    """The three effects add up to f(actual) - f(plan) to 1e-12, and with the unexplained to the observed."""
    model = QueueModel(20.0, patience_seconds=mean_patience)
    found = attribute(model, plan, actual, 1800, observed=0.4)
    change = found.actual_level - found.plan_level
    assert abs(found.volume + found.aht + found.staffing - change) < 1e-12
    assert sum(cause.effect for cause in found.causes()) == pytest.approx(0.4 - found.plan_level, abs=1e-12)


@given(drivers, drivers, patience)
@settings(max_examples=100, deadline=None)
def test_arrays_equal_the_mean_over_the_six_orders(plan: Drivers, actual: Drivers, mean_patience: float | None) -> None:
    """Both paths equal the definition: the mean over 6 orders of changing one cause after the other."""
    model = QueueModel(20.0, patience_seconds=mean_patience)

    def level(at: list[float]) -> float:
        return model.service_level(at[0] * at[1] / 1800, at[1], at[2]) if at[2] > 0 else 0.0

    effects = [0.0, 0.0, 0.0]
    for order in permutations(range(3)):
        at = list(plan)
        for cause in order:
            before = level(at)
            at[cause] = actual[cause]
            effects[cause] += (level(at) - before) / 6
    found = attribute(model, plan, actual, 1800)
    assert [found.volume, found.aht, found.staffing] == pytest.approx(effects, abs=1e-12)
    many = attribute_many(plan, actual, 1800, 20, mean_patience)
    assert [float(effect) for effect in many] == pytest.approx(effects, abs=1e-9)


@given(drivers, drivers, st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_a_cause_that_did_not_change_gets_nothing(plan: Drivers, actual: Drivers, same: int) -> None:
    """Effect 0, exactly, for a cause that came as planned."""
    actual = actual._replace(**{actual._fields[same]: plan[same]})
    found = attribute(QueueModel(20.0, patience_seconds=180.0), plan, actual, 1800)
    assert (found.volume, found.aht, found.staffing)[same] == 0


def test_effects_are_symmetric() -> None:
    """Plan and actual exchanged, each effect changes its sign."""
    model = QueueModel(20.0, patience_seconds=180.0)
    there, back = attribute(model, PLAN, ACTUAL, 1800), attribute(model, ACTUAL, PLAN, 1800)
    assert [there.volume, there.aht, there.staffing] == pytest.approx(
        [-back.volume, -back.aht, -back.staffing], abs=1e-15
    )


def test_nobody_staffed_is_a_cause_and_not_an_error() -> None:
    """With no agent the service level is 0, and staffing gets the blame."""
    found = attribute(QueueModel(20.0, patience_seconds=180.0), PLAN, PLAN._replace(agents=0), 1800, observed=0.0)
    assert found.actual_level == 0
    assert found.staffing == -found.plan_level


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_arguments_that_make_no_sense_are_refused_by_name(bad: float) -> None:
    """Each argument is refused by name."""
    model = QueueModel(20.0)
    for field in Drivers._fields:
        with pytest.raises(ValueError, match=rf"actual\.{field} must be"):
            attribute(model, PLAN, ACTUAL._replace(**{field: bad}), 1800)
        with pytest.raises(ValueError, match=rf"plan\.{field} must be"):
            attribute_many(PLAN._replace(**{field: bad}), ACTUAL, 1800, 20)
    with pytest.raises(ValueError, match="interval_seconds must be"):
        attribute(model, PLAN, ACTUAL, bad)
    with pytest.raises(ValueError, match="observed must be"):
        attribute(model, PLAN, ACTUAL, 1800, observed=bad)
    with pytest.raises(ValueError, match="shapes do not fit together"):
        attribute_many(([1, 2], 180, 14), ([1, 2, 3], 180, 14), 1800, 20)
