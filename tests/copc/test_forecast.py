"""Forecast accuracy, the share chance allows, and unusual volumes and handle times."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc import forecast


def test_worked_z_scores() -> None:
    """A 112, F 100: z = 1.1639501376; AHT 205 against 180, 100 handled: z = 1.3624661136."""
    assert forecast.volume_z(112, 100) == pytest.approx(1.1639501376, abs=5e-11)
    assert forecast.aht_z(205, 180, 100) == pytest.approx(1.3624661136, abs=5e-11)
    assert forecast.volume_z(112, 100, 4) == pytest.approx(1.1639501376 / 2, abs=5e-11)


def test_attainable_shares() -> None:
    """A perfect forecast is within 10 % in 42, 56, 71, 85 and 96 % of intervals at F 20 to 400."""
    shares = forecast.attainable_share([20, 50, 100, 200, 400])
    assert np.round(100 * shares).tolist() == [42, 56, 71, 85, 96]
    assert forecast.attainable_share(0) == 1


def test_z_scores_are_standard_normal_when_nothing_is_wrong() -> None:
    """On Poisson volumes and mean gamma handle times, about 0.3 % of z's lie beyond 3."""
    rng = np.random.default_rng(4)
    volumes = [forecast.volume_z(a, 60) for a in rng.poisson(60, 20_000)]
    means = rng.gamma(50 / 0.64, 200 * 0.64 / 50, 20_000)
    handling = [forecast.aht_z(m, 200, 50, cv=0.8) for m in means]
    for scores in (volumes, handling):
        assert abs(np.mean(scores)) < 0.05  # the square root has a bias of 1 / (4 sqrt(F))
        assert np.std(scores) == pytest.approx(1, abs=0.03)
        assert np.mean(np.abs(scores) > 3) < 0.006


def test_accuracy_is_sums_over_sums() -> None:
    """WAPE and bias are sums over the forecast's sum; the boundary of the tolerance counts as within."""
    found = forecast.accuracy([110, 90, 130, 0, 5], [100, 100, 100, 0, 0])
    assert found.wape == (55, 300, ())
    assert found.bias == (35, 300, ())
    assert found.within == (3, 5, ())
    assert forecast.accuracy([], []).wape.value is None


def test_rise_from_a_forecast_of_zero_has_no_ratio() -> None:
    """F = 0 gives no ratio and no term of the dispersion; z still sees the rise."""
    assert forecast.variance_ratio(3, 0) is None
    assert forecast.dispersion_term(3, 0) is None
    assert forecast.variance_ratio(112, 100) == pytest.approx(0.12)
    assert forecast.volume_z(12, 0) > 3


def test_dispersion_is_a_mean_not_below_one_and_one_until_fifty() -> None:
    """The dispersion is the mean of (A-F)^2/F, not below 1, and 1 until 50 intervals are known."""
    assert forecast.dispersion(100.0, 49) == 1
    assert forecast.dispersion(100.0, 50) == 2
    assert forecast.dispersion(10.0, 50) == 1
    assert forecast.dispersion_term(130, 100) == pytest.approx(9)


def test_cv_of_handle_times_needs_two_hundred_of_them() -> None:
    """SD / mean from sums; 1 while fewer than 200 handle times are known."""
    times = np.random.default_rng(1).gamma(4, 50, 500)
    cv = forecast.handle_time_cv(500, float(times.sum()), float((times**2).sum()))
    assert cv == pytest.approx(times.std(ddof=1) / times.mean(), rel=1e-9)
    assert forecast.handle_time_cv(199, 1e4, 1e7) == 1
    assert forecast.aht_z(200, 180, 0) is None


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=40))
def test_bias_never_exceeds_wape(pairs: list[tuple[int, int]]) -> None:
    """|bias| is at most WAPE, and the share within lies between 0 and 1."""
    found = forecast.accuracy(*zip(*pairs, strict=True))
    assert abs(found.bias.numerator) <= found.wape.numerator
    assert 0 <= (found.within.value or 0) <= 1


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_arguments_that_make_no_sense_are_refused_by_name(bad: float) -> None:
    """Each argument is refused by name."""
    for name, call in {
        "actual": lambda: forecast.volume_z(bad, 100),
        "forecast": lambda: forecast.attainable_share(bad),
        "dispersion": lambda: forecast.volume_z(1, 1, bad),
        "tolerance": lambda: forecast.accuracy([1], [1], bad),
        "aht_seconds": lambda: forecast.aht_z(bad, 180, 5),
        "forecast_aht_seconds": lambda: forecast.aht_z(180, bad, 5),
        "handled": lambda: forecast.aht_z(180, 180, bad),  # type: ignore[arg-type]
        "cv": lambda: forecast.aht_z(180, 180, 5, bad),
        "sum_of_terms": lambda: forecast.dispersion(bad, 60),
    }.items():
        with pytest.raises(ValueError, match=f"^{name} must be"):
            call()
    with pytest.raises(ValueError, match="shapes do not fit together"):
        forecast.accuracy([1, 2, 3], [1, 2])


def test_an_open_interval_goes_from_its_forecast_to_what_came() -> None:
    """At the start it is the forecast, at the end what came, between them the posterior mean of a gamma rate."""
    assert forecast.volume_at_end(0, 0, 100, 0.1) == 100
    assert forecast.volume_at_end(137, 1, 100, 0.1) == 137
    # Shape 1 / 0.1^2 = 100: 80 came in half the interval, and 50 x (100 + 80) / (100 + 50) are to come.
    assert forecast.volume_at_end(80, 0.5, 100, 0.1) == pytest.approx(140)
    # A dispersion of 4 makes the variance 0.01 + 3 / 100, the shape 25, and the rest 50 x 105 / 75.
    assert forecast.volume_at_end(80, 0.5, 100, 0.1, 4) == pytest.approx(150)


def test_an_open_intervals_handle_time_goes_from_its_forecast_to_what_was() -> None:
    """A hundred handle times weigh as much as a forecast that is good to 10 %; the rest is expected at their mean."""
    assert forecast.mean_at_end(0, 0, 50, 200, 0.1) == pytest.approx(200)
    assert forecast.mean_at_end(260, 80, 0, 200, 0.1) == pytest.approx(260)
    # (100 x 200 + 100 x 260) / 200 = 230 for the rest: (100 x 260 + 50 x 230) / 150.
    assert forecast.mean_at_end(260, 100, 50, 200, 0.1) == pytest.approx(250)


def test_the_volume_at_the_end_is_nearer_than_pace_and_than_plan() -> None:
    """A quarter into an interval whose rate is 10 % off plan at random, it errs less than either alone."""
    rng = np.random.default_rng(5)
    rates = rng.gamma(100, 1, 4_000)
    early, late = rng.poisson(rates / 4), rng.poisson(rates * 3 / 4)
    final = early + late
    told = np.array([forecast.volume_at_end(a, 0.25, 100, 0.1) for a in early])
    error = np.mean(np.abs(told - final))
    assert error < np.mean(np.abs(4 * early - final))
    assert error < np.mean(np.abs(100 - final))
