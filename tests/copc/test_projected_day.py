"""The day at its close: sums of what is known and what is projected, and chances that come true."""

import numpy as np
import pytest

from copc.projected_day import NO_RECORD, DayAhead, DayRecord, learn_outcome
from copc.projection import PATHS, Rest


def rest(level: float, contacts: float, intervals: int, chance: float) -> Rest:
    """Intervals ahead without doubt about the load."""
    shape = (1, PATHS, intervals)
    flat = np.full((1, intervals), level)
    return Rest(
        flat,
        flat,
        flat,
        np.full(shape, level),
        np.full(shape, contacts),
        np.full((1, intervals), chance),
        np.zeros((1, intervals - 1)),
        np.zeros((1, intervals)),
    )


def day(known: tuple[float, float], ahead: Rest, record: DayRecord = NO_RECORD) -> DayAhead:
    """One queue's day."""
    return DayAhead(
        np.array([known[0]]), np.array([known[1]]), ahead, np.array([record.shift]), np.array([record.width])
    )


def test_day_is_a_sum_of_contacts_and_not_a_mean_of_ratios() -> None:
    """600 of 1,000 so far and 400 contacts at 90 % make 960 of 1,400."""
    expected = day((600, 1000), rest(0.9, 100, 4, 0.0)).expect()
    assert expected.level[0] == pytest.approx(960 / 1400)
    assert (expected.low[0], expected.high[0]) == pytest.approx((960 / 1400, 960 / 1400), abs=1e-3)


def test_chance_of_the_target_is_that_of_a_normal_distribution() -> None:
    """Four intervals of 100 with a variance of 0.01 each: deviation 20 of 800; a limit one deviation off has 84 %."""
    projected = day((320, 400), rest(0.8, 100, 4, 0.01))
    assert projected.expect().deviation[0] == pytest.approx(20 / 800)
    assert projected.at_least(np.array([0.8]))[0] == pytest.approx(0.5)
    assert projected.at_least(np.array([0.8 - 20 / 800]))[0] == pytest.approx(0.8413, abs=1e-4)


def test_record_of_bad_afternoons_lowers_a_projection_and_few_days_change_little() -> None:
    """Sixty days that came in one deviation lower move a projection by most of it; one day by a twentieth."""
    bad = NO_RECORD
    for _ in range(60):
        bad = learn_outcome(bad, 0.85, 0.05, 0.80)
    # The 60 days weigh 47.4; the default weighs 20.
    assert bad.shift == pytest.approx(-47.37 / 67.37, abs=0.001)
    one = learn_outcome(NO_RECORD, 0.85, 0.05, 0.80)
    assert one.shift == pytest.approx(-1 / 21)
    plain, corrected = (day((320, 400), rest(0.8, 100, 4, 0.01), record) for record in (NO_RECORD, bad))
    assert corrected.expect().level[0] == pytest.approx(0.8 - 0.703 * 0.025, abs=1e-3)
    assert corrected.at_least(np.array([0.8]))[0] < plain.at_least(np.array([0.8]))[0]


def test_one_catastrophe_counts_for_at_most_four_deviations() -> None:
    """A day that fell to nothing does not make the next projection absurd."""
    assert learn_outcome(NO_RECORD, 0.9, 0.01, 0.0).shift == pytest.approx(-4 / 21)


def test_a_day_that_is_over_is_what_it_is() -> None:
    """With nothing ahead the level is the known one, and it is at the target or not."""
    over = day((801, 1000), rest(0.0, 0.0, 2, 0.0))
    assert over.expect().level[0] == pytest.approx(0.801)
    assert over.at_least(np.array([0.8]))[0] == 1
    assert over.at_least(np.array([0.81]))[0] == 0
