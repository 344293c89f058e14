"""Sums of the service level over local days, and the sigma of each window."""

import pytest

from agents.intervals.sigma_windows import LevelDays
from config.rules import RuleSettings
from streams.results import ServiceLevelCounts

RULE = RuleSettings(on=True, severity="info", parameters={"sigma_shift": 1.5, "min_units": 30})


def counts(numerator: int, denominator: int) -> ServiceLevelCounts:
    """The counts of an interval's service level."""
    return ServiceLevelCounts(numerator, denominator, trusted=True)


def sigmas(days: LevelDays) -> dict[str, float | None]:
    """The level of each window."""
    return {window: process.level for window, process in days.processes(RULE).items()}


def test_windows_are_sums_of_counts() -> None:
    """A day of 40 in 50 and one of 18 in 50 are 0.8 today and 0.58 for the week: 2.3416 and 1.7019 with the shift."""
    days = LevelDays()
    days.add(100, counts(18, 50))
    days.add(101, counts(40, 50))
    # Phi^-1(0.58) = 0.20189 by tables.
    assert sigmas(days) == {"day": pytest.approx(2.3416, abs=5e-5), "week": pytest.approx(1.70189, abs=5e-5)}
    assert {window: process.dpmo for window, process in days.processes(RULE).items()} == {
        "day": 200_000,
        "week": 420_000,
    }


def test_a_correction_takes_the_old_figure_out_exactly() -> None:
    """An interval that is taken out and put in again leaves no trace."""
    once, twice = LevelDays(), LevelDays()
    once.add(100, counts(41, 50))
    twice.add(100, counts(40, 50))
    twice.add(100, counts(40, 50), -1)
    twice.add(100, counts(41, 50))
    assert twice.days == once.days


def test_a_day_that_no_window_reaches_is_forgotten() -> None:
    """Seven local days are kept, whatever is corrected before them."""
    days = LevelDays()
    for day in range(100, 120):
        days.add(day, counts(40, 50))
    days.add(101, counts(40, 50))
    assert sorted(days.days) == list(range(113, 120))


def test_low_volume_has_no_sigma_and_perfection_a_bound() -> None:
    """Under 30 contacts nothing is shown; 100 in 100 has the lower bound 1 - 0.05^(1/100), a sigma of 3.3871."""
    days = LevelDays()
    days.add(100, counts(20, 29))
    assert sigmas(days) == {}
    perfect = LevelDays()
    perfect.add(100, counts(100, 100))
    # 0.05^(1/100) = 0.970487; Phi^-1 of it is 1.8884.
    assert sigmas(perfect)["day"] == pytest.approx(3.3884, abs=5e-4)
    nothing = LevelDays()
    nothing.add(100, None)
    assert sigmas(nothing) == {}
