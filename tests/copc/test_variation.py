"""Rules A, B and C for variation."""

import math

import numpy as np
import pytest

from copc import variation
from copc.sigma import dpmo_at


def test_rule_a_is_range_over_mean_above_0_70() -> None:
    """The boundary is not yet too big, and n is part of the verdict (docs/concepts/standard.md#variation)."""
    assert variation.rule_a([65, 135, 100, 100]) == ("A", 0.70, 0.70, 4, False)
    assert variation.rule_a([64, 136, 100, 100]).too_big is True


def test_rule_b_is_sd_over_a_sixth_of_the_mean_above_1() -> None:
    """SD 16 on a mean of 100 is 0.96, SD 17 is 1.02 (docs/concepts/standard.md#variation)."""
    for sd, too_big in ((16, False), (17, True)):
        values = 100 + sd * np.array([-1.0, 0.0, 1.0])
        found = variation.rule_b(values)
        assert found.value == pytest.approx(sd * 6 / 100)
        assert (found.too_big, found.n) == (too_big, 3)


def test_rule_c_is_a_sigma_below_2_5() -> None:
    """Below 2.5 is too big a variation: the reading of the slide's third line (docs/concepts/standard.md#variation)."""
    limit = round(1000 * float(dpmo_at(2.5)) / 1e6)  # 158.655 of 1,000
    assert variation.rule_c(limit - 1, 1000).too_big is False
    assert variation.rule_c(limit, 1000).too_big is True
    assert variation.rule_c(200, 1000).value == pytest.approx(2.3416, abs=5e-5)


def test_rule_c_withholds_low_volume_and_does_not_blame_perfection() -> None:
    """Too few units have no verdict; no defect in few units is not a variation."""
    assert variation.rule_c(5, 29).too_big is None
    perfect = variation.rule_c(0, 10, min_units=5)
    assert perfect.value is not None
    assert perfect.value < 2.5
    assert perfect.too_big is False


def test_a_and_b_agree_only_near_35_groups() -> None:
    """For normal groups at B's limit, A's expected figure crosses 0.70 between 30 and 40 groups (metrics, 6)."""
    rng = np.random.default_rng(6)
    for n, above in ((10, False), (30, False), (40, True), (100, True)):
        sample = rng.normal(100, 100 / 6, (4000, n))
        mean_a = np.mean((sample.max(axis=1) - sample.min(axis=1)) / 100)
        assert bool(mean_a > 0.70) is above


def test_a_mean_of_zero_has_no_figure() -> None:
    """Nothing to divide by: no figure and no verdict."""
    assert variation.rule_a([0, 0]).too_big is None
    assert variation.rule_b([0, 0]).value is None


def test_chance_alone_makes_agents_differ() -> None:
    """By cv / sqrt(handled): 7 % with exponential handle times and 200 contacts each."""
    assert variation.chance_cv(1, 200) == pytest.approx(0.0707, abs=5e-5)
    assert variation.MIN_HANDLED == 200


@pytest.mark.parametrize("values", [[1], [1, -1], [1, math.nan], [[1, 2], [3, 4]]])
def test_values_that_make_no_sense_are_refused_by_name(values: list[float]) -> None:
    """Fewer than two, negative, NaN or tables of values raise ValueError."""
    for rule in (variation.rule_a, variation.rule_b):
        with pytest.raises(ValueError, match=r"^values must"):
            rule(values)
    with pytest.raises(ValueError, match=r"^handled must"):
        variation.chance_cv(1, 0)
