"""Sigma levels against published tables, with their shift and bounds in sight."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc import sigma


def test_worked_figures() -> None:
    """Yields of 80, 90, 95 and 98 % and sigma 2.5, with and without the shift."""
    levels = sigma.sigma_level([200_000, 100_000, 50_000, 20_000])
    assert np.round(levels, 4).tolist() == [2.3416, 2.7816, 3.1449, 3.5537]
    assert round(float(sigma.sigma_level(200_000, shift=0)), 4) == 0.8416
    assert round(float(sigma.dpmo_at(2.5))) == 158_655
    assert round(100 * (1 - float(sigma.dpmo_at(2.5)) / 1e6), 4) == 84.1345
    assert round(float(sigma.dpmo_at(3))) == 66_807
    assert round(float(sigma.dpmo_at(3, two_tailed=True))) == 66_811


def test_quality_america_table_is_two_tailed(shared_data: Path) -> None:
    """Every row of qualityamerica_sigma_dpmo.csv, to its own rounding (two rows are off by 0.6)."""
    with (shared_data / "sigma" / "qualityamerica_sigma_dpmo.csv").open(encoding="utf-8") as file:
        rows = [(float(row["sigma"]), float(row["dpmo"])) for row in csv.DictReader(file)]
    assert len(rows) == 51
    levels, published = np.array(rows).T
    np.testing.assert_allclose(sigma.dpmo_at(levels, two_tailed=True), published, atol=0.6)
    one_sided = sigma.dpmo_at(levels)
    assert (np.abs(one_sided - published)[levels < 3] > 1).all()
    assert round(float(sigma.sigma_level(300_000)), 2) == 2.02  # the page's worked example


def test_isixsigma_table_is_one_sided(shared_data: Path) -> None:
    """Every row of isixsigma_harry_yields.csv, short and long term, to the table's accuracy of 1e-7."""
    with (shared_data / "sigma" / "isixsigma_harry_yields.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    for row in rows:
        z = float(row["z"])
        short, long = (1 - float(sigma.dpmo_at(z, shift)) / 1e6 for shift in (0, 1.5))
        assert short == pytest.approx(float(row["short_term_yield_one_sided"]), abs=1e-7)
        assert long == pytest.approx(float(row["long_term_yield_one_sided_1_5_shift"]), abs=1e-7)


def test_no_defects_give_a_bound_and_not_infinity() -> None:
    """Zero defects in n units: above the level of 1 - 0.05^(1/n); nothing but defects: below its mirror."""
    perfect = sigma.process_sigma(0, 300, "contact answered within 20 s")
    assert perfect.bound == ">"
    expected = float(sigma.sigma_level(1e6 * (1 - 0.05 ** (1 / 300))))
    assert perfect.level == pytest.approx(expected, abs=1e-12)
    assert perfect.dpmo == 0
    assert perfect.yield_ratio == 1
    hopeless = sigma.process_sigma(300, 300, "contact answered within 20 s")
    assert hopeless.bound == "<"
    assert hopeless.level == pytest.approx(2 * 1.5 - expected, abs=1e-12)


def test_figure_carries_its_shift_yield_and_opportunity() -> None:
    """The level never travels alone, and the shift in it is visible."""
    found = sigma.process_sigma(20, 100, "interval in range")
    assert found == ("interval in range", 20, 100, 0.8, 200_000, 1.5, pytest.approx(2.3416, abs=5e-5), "")
    assert sigma.process_sigma(20, 100, "x", shift=0).level == pytest.approx(0.8416, abs=5e-5)


def test_few_units_are_withheld_as_low_volume() -> None:
    """Below min_units there is no level, while counts and yield stay."""
    few = sigma.process_sigma(1, 29, "interval in range")
    assert (few.level, few.bound, few.yield_ratio) == (None, "withheld", 28 / 29)
    assert sigma.process_sigma(1, 29, "interval in range", min_units=10).bound == ""


def test_dpmo_counts_opportunities() -> None:
    """Defects over units x opportunities, per million."""
    assert sigma.dpmo(3, 100, 5) == 6000


def test_cpk_is_the_nearer_limit() -> None:
    """min(USL - mean, mean - LSL) / 3 SD, one-sided where one limit is given; negative off target."""
    assert sigma.cpk(10, 1, lower=4, upper=13) == 1
    assert sigma.cpk(10, 1, lower=4) == 2
    assert sigma.cpk(14, 1, upper=13) == pytest.approx(-1 / 3)
    assert sigma.sd_within([1, 2, 1, 2]) == pytest.approx(1 / 1.128)


@given(st.floats(-3, 7), st.floats(0, 2))
def test_level_and_dpmo_are_inverse(level: float, shift: float) -> None:
    """A level's DPMO has that level again."""
    assert float(sigma.sigma_level(sigma.dpmo_at(level, shift), shift)) == pytest.approx(level, abs=1e-6)


def test_arguments_that_make_no_sense_are_refused_by_name() -> None:
    """Each argument is refused by name."""
    for name, call in {
        "defects": lambda: sigma.dpmo(6, 5),
        "units": lambda: sigma.process_sigma(0, 0, "x"),
        "defects_per_million": lambda: sigma.sigma_level([0, 1e6 + 1]),
        "shift": lambda: sigma.dpmo_at(3, math.inf),
        "level": lambda: sigma.dpmo_at(math.nan),
        "lower or upper": lambda: sigma.cpk(1, 1),
        "sd": lambda: sigma.cpk(1, 0, upper=2),
        "lower": lambda: sigma.cpk(1, 1, lower=3, upper=2),
    }.items():
        with pytest.raises(ValueError, match=f"^{name} must be"):
            call()
    with pytest.raises(ValueError, match="defects must be at most units"):
        sigma.process_sigma(6, 5, "x")
    with pytest.raises(ValueError, match="values must"):
        sigma.sd_within([1])
