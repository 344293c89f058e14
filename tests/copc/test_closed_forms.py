"""The closed forms at the ends of double precision."""

import math

import numpy as np
import pytest

from copc import closed_forms


@pytest.mark.parametrize("x", [0.3, 5.0, 15.9, 16.1, 300.0, 1e4, 1e7])
def test_density_equals_the_definition_in_logarithms(x: float) -> None:
    """p(x; y) is y^x e^-y / Gamma(x+1), on both sides of the switch of method."""
    for ratio in (0.7, 0.999, 1.0, 1.3):
        y = ratio * x
        expected = x * math.log(y) - y - math.lgamma(x + 1)
        found = closed_forms.density(np.array([x]), np.array([y]))[0]
        assert found == pytest.approx(math.exp(expected), rel=1e-12 * x + 1e-13, abs=1e-300)


def test_density_without_load_is_zero() -> None:
    """With no load no state but the empty one is likely."""
    assert (closed_forms.density(np.array([0.5, 20.0]), np.zeros(2)) == 0).all()


def test_odds_never_overflow_to_nonsense() -> None:
    """1/B - 1 is infinite where blocking vanishes and tiny in overload, and never NaN."""
    odds = closed_forms.odds(np.array([0.0, 1e-9, 1e6, 1e5, 1e8]), np.array([1.0, 500.0, 1.0, 1e4, 3e7]))
    assert np.isinf(odds[:2]).all()
    # B = a/(1+a) for one agent; far in overload B is about 1 - n/a.
    assert odds[2] == pytest.approx(1e-6)
    assert odds[3] == pytest.approx(1 / 9, rel=1e-3)
    assert odds[4] == pytest.approx(3 / 7, rel=1e-6)


def test_impatience_in_deep_calm_and_deep_overload() -> None:
    """Shares stay within 0 to 1 and flow balances, from an empty centre to one a thousand times too small."""
    load = np.array([1e-6, 1.0, 100.0, 1000.0, 1e5])
    agents = np.array([1e3, 1e3, 1e3, 1.0, 100.0])
    model = closed_forms.Impatience(load, agents, np.full(5, 200.0), np.full(5, 5e4))
    for share in (model.waits, model.abandons, *model.beyond(np.full(5, 20.0))):
        assert ((share >= 0) & (share <= 1)).all()
    np.testing.assert_allclose(model.waits[:3], 0, atol=1e-200)
    np.testing.assert_allclose(model.abandons[3:], 1 - agents[3:] / load[3:], rtol=1e-9)


def test_between_takes_none_below_one_agent() -> None:
    """Half an agent takes half of the figure of none and half of that of one."""
    figures = closed_forms.between(lambda whole, _: 10 * whole, np.array([0.5, 1.0, 2.25]), 4.0)
    np.testing.assert_allclose(figures, [7.0, 10.0, 22.5])
