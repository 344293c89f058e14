"""A queue's own pattern, learned from its past days, on days whose true pattern is known, and on a real bank's."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from copc.day_sums import KNOWN_DAYS, Day, DaySums, learn_day, pattern_of
from copc.reforecast import DayPattern

SLOTS = np.arange(16, 40)
AT = (SLOTS + 0.5) * 1800.0
HOURS = (AT // 3600).astype(np.int64)
FORECAST = np.full(24, 200.0)


def days(
    rng: np.random.Generator, number: int, *, stays: float, fades: float, hours: float, dispersion: float
) -> np.ndarray:
    """Counts of days whose rates stray by a normal level and an autoregression, both of known size."""
    kept = np.exp(-0.5 / hours)
    level = rng.normal(0, stays, (number, 1)) + np.zeros((number, 24))
    part = rng.normal(0, fades, number)
    for slot in range(24):
        level[:, slot] += part
        part = kept * part + np.sqrt(1 - kept * kept) * rng.normal(0, fades, number)
    rates = FORECAST * np.exp(level - (stays**2 + fades**2) / 2)
    if dispersion > 1:
        rates = rng.gamma(rates / (dispersion - 1), dispersion - 1)
    return rng.poisson(rates).astype(np.float64)


def learned(counts: np.ndarray) -> DaySums:
    """The sums of these days."""
    sums = DaySums()
    for row in counts:
        sums = learn_day(sums, Day(row, FORECAST, AT, HOURS))
    return sums


def test_defaults_stand_until_twenty_days_are_known() -> None:
    """With 19 days the pattern is the product's, with 20 it is the queue's own."""
    counts = days(np.random.default_rng(1), KNOWN_DAYS, stays=0.2, fades=0.01, hours=2, dispersion=1)
    assert pattern_of(learned(counts[:-1])) == DayPattern()
    assert pattern_of(learned(counts)).amplitude[10] > DayPattern().amplitude[10]


def test_the_pattern_of_simulated_days_is_found() -> None:
    """Amplitude, persistence and dispersion of 200 simulated days come out near their truth, pulled to the defaults."""
    rng = np.random.default_rng(2)
    level = pattern_of(learned(days(rng, 200, stays=0.15, fades=0.02, hours=2, dispersion=1.0)))
    waves = pattern_of(learned(days(rng, 200, stays=0.01, fades=0.15, hours=2, dispersion=2.0)))
    steady = pattern_of(learned(days(rng, 200, stays=0.0, fades=0.0, hours=2, dispersion=1.0)))
    assert np.mean(level.amplitude[8:20]) == pytest.approx(0.15, rel=0.2)
    assert np.mean(waves.amplitude[8:20]) == pytest.approx(0.15, rel=0.2)
    assert max(steady.amplitude) < 0.06
    assert level.day_share > 0.7
    assert waves.day_share < 0.3
    assert waves.fade_seconds == pytest.approx(7200, rel=0.6)
    assert level.dispersion < 1.2
    # The rate moves within the hour, too: 200 x 0.15^2 x (1 - exp(-0.5 / 2)) / 2 = 0.5 beside the counts' own 2.
    assert waves.dispersion == pytest.approx(2.5, rel=0.2)


def test_hours_that_never_bear_out_lose_their_say() -> None:
    """Where mornings stray and afternoons never follow, an update of the morning is believed less and less."""
    rng = np.random.default_rng(3)
    counts = rng.poisson(FORECAST, (60, 24)).astype(np.float64)
    counts[:, :4] = rng.poisson(FORECAST[:4] * np.exp(rng.normal(0, 0.2, (60, 1))))
    pattern = pattern_of(learned(counts))
    assert pattern.gain[10] < 0.5
    assert pattern.amplitude[8] > 1.5 * pattern.amplitude[15]


def test_ranges_learn_their_width() -> None:
    """Where counts stray more than the pattern says, ranges grow; where they stray less, they shrink."""
    rng = np.random.default_rng(4)
    wild = days(rng, 60, stays=0.0, fades=0.0, hours=2, dispersion=1.0) * rng.choice([0.6, 1.4], (60, 24))
    calm = np.tile(FORECAST, (60, 1))
    assert pattern_of(learned(calm)).spread[0] < 0.5
    assert pattern_of(learned(wild)).spread[0] > pattern_of(learned(calm)).spread[0]


def test_a_wild_day_is_one_odd_day() -> None:
    """A day of ten times the forecast moves the amplitude by no more than one of three times does."""
    usual = days(np.random.default_rng(5), 60, stays=0.05, fades=0.05, hours=3, dispersion=1.0)
    three, ten = (pattern_of(learned(np.vstack([usual, factor * FORECAST]))).amplitude[12] for factor in (3.3, 10.0))
    assert ten == pytest.approx(three, rel=0.01)


def test_days_without_intervals_teach_nothing() -> None:
    """A closed day leaves the sums as they are."""
    sums, none = DaySums(), np.zeros(0)
    assert learn_day(sums, Day(none, none, none, none.astype(np.int64))) == sums


def test_the_banks_days_are_projected_as_well_as_wanted(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real bank's counts every wanted error, width and coverage of the updated forecast is met."""
    script = Path(__file__).parents[2] / "bench" / "bench_projection.py"
    monkeypatch.syspath_prepend(script.parent)
    spec = importlib.util.spec_from_file_location("bench_projection", script)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    assert bench.volume_study(shared_data / "bank_calls" / "bank_calls.csv") == []
