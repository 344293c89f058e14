"""The updated forecast: what one interval teaches, what is carried on, and ranges that hold what they promise."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from copc.reforecast import Belief, DayPattern, ahead, count_range, lead_classes, observe, prior, total_variance

HALF_HOUR = 1800.0
PATTERN = DayPattern()


def middles(first: int, last: int) -> np.ndarray:
    """Middles of the half hours from the first to before the last, counted from midnight."""
    return (np.arange(first, last) + 0.5) * HALF_HOUR


def hours(at: np.ndarray) -> np.ndarray:
    """Hours of the day."""
    return (at // 3600).astype(np.int64)


def seen(ratios: dict[int, float], weight: float, pattern: DayPattern = PATTERN) -> Belief:
    """The belief after some half hours."""
    belief = prior(pattern)
    for slot, ratio in ratios.items():
        at = (slot + 0.5) * HALF_HOUR
        belief = observe(belief, pattern, ratio, weight, at, int(at // 3600))
    return belief


def kernel(one: np.ndarray, other: np.ndarray, pattern: DayPattern) -> np.ndarray:
    """Covariance of g between moments, written out: share + (1 - share) exp(-distance / time), times amplitudes."""
    scale = np.asarray(pattern.amplitude)
    fading = np.exp(-np.abs(one[:, None] - other) / pattern.fade_seconds)
    return (pattern.day_share + (1 - pattern.day_share) * fading) * np.outer(scale[hours(one)], scale[hours(other)])


def test_nothing_seen_changes_nothing() -> None:
    """Before the first contact the updated forecast is the forecast."""
    at = middles(16, 40)
    factor, log_variance = ahead(prior(PATTERN), PATTERN, at, hours(at))
    assert factor == pytest.approx(np.ones(24))
    assert log_variance == pytest.approx(np.full(24, 0.08**2))


def test_one_count_is_learned_by_its_likelihood() -> None:
    """After one count the most likely rate is the one that a search over the posterior density finds."""
    pattern = replace(PATTERN, day_share=0.98, amplitude=(0.3,) * 24)
    belief = seen({16: 1.4}, 25.0, pattern)
    g = np.linspace(-2, 2, 400_001)
    density = 25 * 1.4 * g - 25 * np.exp(g) - (g + 0.045) ** 2 / (2 * 0.09)
    assert 0.3 * (belief.stays + belief.fades) - 0.045 == pytest.approx(g[density.argmax()], abs=2e-5)


def test_many_intervals_are_learned_as_by_linear_algebra() -> None:
    """With large counts the update is the regression of a Gaussian process on the logarithms of the ratios."""
    rng = np.random.default_rng(7)
    pattern = DayPattern(0.3, 9000.0, 1.0, tuple(np.linspace(0.05, 0.15, 24).tolist()))
    past, coming, weight = middles(16, 26), middles(26, 40), 1e5
    logs = rng.normal(0, 0.08, len(past))
    belief = seen(dict(zip(range(16, 26), np.exp(logs), strict=True)), weight, pattern)
    factor, log_variance = ahead(belief, pattern, coming, hours(coming))
    amplitude = np.asarray(pattern.amplitude)
    cross = kernel(coming, past, pattern)
    solved = np.linalg.solve(kernel(past, past, pattern) + np.eye(len(past)) / weight, cross.T)
    expected = -(amplitude[hours(coming)] ** 2) / 2 + solved.T @ (logs + amplitude[hours(past)] ** 2 / 2)
    variance = np.diag(kernel(coming, coming, pattern)) - (cross * solved.T).sum(axis=1)
    assert log_variance == pytest.approx(variance, rel=0.01)
    assert np.log(factor) == pytest.approx(expected + variance / 2, abs=2e-4)


def test_a_late_surge_fades_and_a_level_of_the_day_stays() -> None:
    """A surge of the last hour loses more than half of its effect by night; a level of the whole day keeps more."""
    coming = middles(24, 40)
    late = ahead(seen({**dict.fromkeys(range(16, 22), 1.0), 22: 1.3, 23: 1.3}, 100), PATTERN, coming, hours(coming))
    always = ahead(seen(dict.fromkeys(range(16, 24), 1.075), 100), PATTERN, coming, hours(coming))
    assert late.factor[0] > always.factor[0] > 1.03
    left = [float((each.factor[-1] - 1) / (each.factor[0] - 1)) for each in (late, always)]
    assert left[0] < 0.5 < left[1]


def test_an_hour_that_strays_more_says_less_of_the_others() -> None:
    """The same surprise moves the rest of the day less where that hour is known to stray."""
    steady, stray = PATTERN, replace(PATTERN, amplitude=(0.08,) * 8 + (0.2,) + (0.08,) * 15)
    coming = middles(20, 40)
    factors = [ahead(seen({16: 1.2, 17: 1.2}, 200, pattern), pattern, coming, hours(coming)).factor[0]
               for pattern in (steady, stray)]  # fmt: skip
    assert factors[0] > factors[1] > 1


def test_a_gain_takes_back_updates_that_past_days_did_not_bear_out() -> None:
    """With a gain of 0 the forecast stays; with a half its logarithm moves half as far."""
    belief, coming = seen({16: 1.2, 17: 1.2}, 200), middles(18, 20)
    full = ahead(belief, PATTERN, coming, hours(coming), 9).factor
    for gain in (0.0, 0.5):
        pattern = replace(PATTERN, gain=(gain,) * 24)
        assert ahead(belief, pattern, coming, hours(coming), 9).factor == pytest.approx(full**gain)


def test_the_whole_rest_varies_as_its_parts_together() -> None:
    """The variance of the day's rest is that of dense linear algebra, after some intervals were seen as before."""
    past, coming = middles(16, 24), middles(24, 40)
    expected = np.linspace(50, 200, 16)
    for belief, known in ((prior(PATTERN), past[:0]), (seen(dict.fromkeys(range(16, 24), 1.0), 1e4), past)):
        covariance = kernel(coming, coming, PATTERN)
        if len(known):
            cross = kernel(coming, known, PATTERN)
            covariance -= cross @ np.linalg.solve(kernel(known, known, PATTERN) + np.eye(len(known)) / 1e4, cross.T)
        exact = expected @ covariance @ expected + 1.3 * expected.sum()
        assert total_variance(belief, PATTERN, coming, hours(coming), expected) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 7.0, 40.0, 900.0])
def test_a_range_holds_its_share_of_poisson_counts(mean: float) -> None:
    """The 80 % range of a known rate holds about 80 % of its counts: more where whole numbers cannot be split finer."""
    low, high = count_range(np.array([mean]), np.array([mean]))
    inside = poisson.cdf(math.floor(high[0]), mean) - poisson.cdf(math.ceil(low[0]) - 1, mean)
    assert 0.77 <= inside <= (0.86 if mean >= 40 else 1.0)


@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1e6)), max_size=12),
    st.floats(0.02, 0.98),
    st.floats(600, 50_000),
    st.floats(0.005, 1),
)
def test_any_day_leaves_a_proper_belief(
    day: list[tuple[float, float]], share: float, fade: float, amplitude: float
) -> None:
    """Factors are positive and finite after any day, and doubt never grows by seeing more."""
    pattern = DayPattern(share, fade, 1.0, (amplitude,) * 24)
    belief, coming = prior(pattern), middles(30, 40)
    doubt = ahead(belief, pattern, coming, hours(coming)).log_variance
    for slot, (ratio, weight) in enumerate(day):
        belief = observe(belief, pattern, ratio, weight, (slot + 16.5) * HALF_HOUR, (slot + 16) // 2)
        factor, less = ahead(belief, pattern, coming, hours(coming))
        assert np.isfinite(factor).all()
        assert (factor > 0).all()
        assert (less <= doubt * (1 + 1e-9) + 1e-12).all()
        assert (less > 0).all()
        doubt = less


@pytest.mark.parametrize(("ratio", "weight"), [(-1.0, 1.0), (math.nan, 1.0), (1.0, -1.0), (1.0, math.inf)])
def test_impossible_ratios_are_refused(ratio: float, weight: float) -> None:
    """A ratio or weight that no interval can have is refused by name."""
    with pytest.raises(ValueError, match="ratio and weight"):
        observe(prior(PATTERN), PATTERN, ratio, weight, 0.0, 8)


def test_lead_times_fall_into_classes() -> None:
    """Classes begin at 0, 1, 2, 4, 8 and 16 hours."""
    assert lead_classes(np.array([0, 3599, 3600, 14_400, 86_400.0])).tolist() == [0, 0, 1, 3, 5]
