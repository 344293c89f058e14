"""Critical error accuracy, its test at every look, coverage, spread and calibration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from copc import quality


@pytest.mark.parametrize(
    ("right", "n", "low", "high", "digits"),
    [
        (95, 100, 0.8872, 0.9836, 4),
        (285, 300, 0.9189, 0.9717, 4),
        (199, 200, 0.97246, 0.99987, 5),
        (88, 100, 0.79976, 0.93643, 5),
    ],
)
def test_exact_intervals(right: int, n: int, low: float, high: float, digits: int) -> None:
    """Clopper-Pearson's 95 % intervals that docs/concepts/figures.md#critical-error-accuracy gives."""
    found = quality.accuracy(right, n)
    assert (round(found.low, digits), round(found.high, digits)) == (low, high)
    assert (found.n, found.value) == (n, right / n)


def test_intervals_at_the_ends_and_of_nothing() -> None:
    """All right, none right, and nothing monitored: bounds stay within 0 to 1, and nothing has no figure."""
    assert quality.accuracy(50, 50).high == 1
    assert quality.accuracy(50, 50).low == pytest.approx(0.025 ** (1 / 50))
    assert quality.accuracy(0, 50).low == 0
    assert quality.accuracy(0, 0) == (0, 0, None, 0.0, 1.0, 0.95)


@given(st.integers(0, 400), st.integers(0, 400))
def test_interval_holds_the_figure(right: int, wrong: int) -> None:
    """The interval contains the accuracy and narrows with confidence."""
    found = quality.accuracy(right, right + wrong)
    assert 0 <= found.low <= (found.value if found.value is not None else 0.5) <= found.high <= 1
    wide = quality.exact_interval(right, right + wrong, 0.99)
    assert wide[0] <= found.low
    assert wide[1] >= found.high


def test_outcome_of_a_transaction() -> None:
    """One failed check fails the family; checks that do not apply count for nothing."""
    checks: list[tuple[quality.Family, bool | None]] = [
        ("end_user", True), ("end_user", None), ("business", True), ("business", False), ("compliance", None),
    ]  # fmt: skip
    assert quality.outcome(checks, "end_user") is True
    assert quality.outcome(checks, "business") is False
    assert quality.outcome(checks, "compliance") is None
    assert quality.outcome(checks, "non_critical") is None


@pytest.mark.parametrize(("right", "n", "target"), [(80, 100, 0.95), (95, 100, 0.95), (3, 5, 0.9), (199, 200, 0.995)])
def test_evidence_is_the_mean_likelihood_over_that_at_the_target(right: int, n: int, target: float) -> None:
    """The closed form equals the integral it stands for (docs/reference/rules.md#critical_error_accuracy)."""

    def likelihood(p: float) -> float:
        return p**right * (1 - p) ** (n - right)

    mean = quad(likelihood, 0, target, epsabs=0, epsrel=1e-10)[0] / target
    assert quality.below_target_evidence(right, n, target) == pytest.approx(mean / likelihood(target), rel=1e-8)


def test_certain_verdict_at_a_hundred_times() -> None:
    """Below target for certain where the evidence is 100 times or more, at 99 %."""
    assert quality.below_target_evidence(0, 0, 0.95) == 1
    for wrong in range(60):
        evidence = quality.below_target_evidence(100 - wrong, 100, 0.95)
        assert quality.below_target_for_certain(100 - wrong, 100, 0.95) == (evidence >= 100)
    assert quality.below_target_for_certain(0, 5000, 0.995)  # no overflow
    assert not quality.below_target_for_certain(5000, 5000, 0.5)


def test_looking_every_day_raises_a_certain_verdict_in_at_most_one_of_a_hundred_months() -> None:
    """True accuracy at target, looked at after every evaluation of 300: at most 1 % are ever called below."""
    rng = np.random.default_rng(24)
    called = 0
    months = 1500
    for _ in range(months):
        right = np.cumsum(rng.random(300) < 0.95)
        looks = range(9, 300, 10)
        called += any(quality.below_target_for_certain(int(right[i]), i + 1, 0.95) for i in looks)
    assert called / months <= 0.01


def test_evaluations_due_follow_the_month() -> None:
    """Four a month, prorated and rounded down; at least one once the month is over."""
    assert [quality.evaluations_due(day, 30) for day in (0, 7, 8, 15, 29, 30)] == [0, 0, 1, 2, 3, 4]
    assert quality.evaluations_due(7.5, 30) == 1
    assert quality.evaluations_due(3, 30, month_over=True) == 1
    assert quality.evaluations_due(30, 30, month_over=True) == 4


def test_spread_is_quiet_on_random_sampling_and_finds_only_mornings() -> None:
    """Random evaluations give p below 0.01 about once in a hundred; only mornings give it at once."""
    rng = np.random.default_rng(25)
    contacts = rng.integers(50, 400, 24)
    fair = [quality.spread(rng.multinomial(200, contacts / contacts.sum()), contacts) for _ in range(600)]
    assert np.mean([test.p_value < 0.01 for test in fair if test]) < 0.025
    mornings = np.where(np.arange(24) < 8, contacts, 0)
    found = quality.spread(rng.multinomial(200, mornings / mornings.sum()), contacts)
    assert found is not None
    assert found.p_value < 1e-6


def test_spread_puts_small_groups_together() -> None:
    """Groups that expect fewer than 5 are merged; with fewer than two groups left there is no test."""
    found = quality.spread([20, 20, 1, 1, 1, 2], [400, 400, 20, 20, 30, 30])
    assert found is not None
    assert found.cells == 3
    assert found.p_value > 0.9
    assert quality.spread([3, 1], [100, 100]) is None
    assert quality.spread([0, 0], [100, 100]) is None
    assert quality.spread([5], [100]) is None


def test_kappa_of_a_published_table() -> None:
    """Cohen's grant example (20, 5, 10, 15 of 50): agreement 0.7, kappa 0.4."""
    found = quality.agreement({(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15})
    assert (found.n, found.agreed) == (50, 35)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_undefined_where_chance_alone_agrees() -> None:
    """No pair, or one verdict throughout, has no kappa."""
    assert quality.agreement({}).kappa is None
    assert quality.agreement({(True, True): 9}) == (9, 9, None)


def test_defaults_are_the_documented_ones() -> None:
    """Targets by family, and both vocabularies for all families."""
    assert quality.TARGETS == {"end_user": 0.95, "business": 0.90, "compliance": 0.995}
    assert quality.MIN_EVALUATIONS == 4
    assert all(tuple(words) == quality.FAMILIES for words in quality.VOCABULARIES.values())


def test_arguments_that_make_no_sense_are_refused_by_name() -> None:
    """Each argument is refused by name."""
    for name, call in {
        "right": lambda: quality.accuracy(6, 5),
        "n": lambda: quality.accuracy(1, -5),
        "confidence": lambda: quality.exact_interval(1, 5, 1.0),
        "target": lambda: quality.below_target_evidence(1, 5, 1.0),
        "elapsed_days": lambda: quality.evaluations_due(31, 30),
        "days_in_month": lambda: quality.evaluations_due(0, 0),
        "evaluations": lambda: quality.spread([1, -1], [1, 1]),
        "contacts": lambda: quality.spread([1, 1], [1, math.nan]),
        "pairs": lambda: quality.agreement({(True, True): -1}),
    }.items():
        with pytest.raises(ValueError, match=rf"^{name} must"):
            call()
    with pytest.raises(ValueError, match="shapes do not fit together"):
        quality.spread([1, 1, 1], [1, 1])
