"""How far a day is under its target, against what chance does to such a day."""

import math
import random

import pytest

from copc.day_chance import Days, Squares, errors_below


def day(*intervals: tuple[int, int]) -> Days:
    """One day of intervals: contacts in time, contacts."""
    squares = Squares()
    for good, total in intervals:
        squares = squares.add(good, total)
    counts = sum(good for good, _ in intervals), sum(total for _, total in intervals)
    return Days().add(counts, squares)


def test_the_standard_error_is_that_of_a_ratio() -> None:
    """12/20, 18/20, 9/10, 15/30: 54 of 80; good - 0.675 x total, squared, add up to 55.125, and by 4/3 to 73.5."""
    found = day((12, 20), (18, 20), (9, 10), (15, 30))
    assert found[:2] == (54, 80)
    assert found.variance == pytest.approx(73.5)
    assert errors_below(found, 0.80) == pytest.approx((0.80 * 80 - 54) / math.sqrt(73.5))


def test_contacts_stray_at_least_as_independent_ones_do() -> None:
    """Half hours of 50 % each, without any difference: the error is that of 200 trials at 80 %."""
    found = day(*[(10, 20)] * 10)
    assert found.variance == 0.0
    assert errors_below(found, 0.80) == pytest.approx(60 / math.sqrt(0.16 * 200))


def test_a_day_without_contacts_says_nothing() -> None:
    """Nor does an interval without; a single interval has no spread."""
    assert errors_below(day((0, 0)), 0.80) == 0.0
    assert day((0, 0), (5, 10), (0, 0)) == day((5, 10)) == Days(5, 10, 0.0)


def test_days_running_are_judged_together() -> None:
    """A day that is one error short is chance; four of them running are two."""
    one = day(*[(9, 20), (15, 20)] * 6)
    assert errors_below(one, 0.6452) == pytest.approx(1.0, abs=0.001)
    four = Days(4 * one.good, 4 * one.total, 4 * one.variance)
    assert errors_below(four, 0.6452) == pytest.approx(2 * errors_below(one, 0.6452))


def test_healthy_days_are_rarely_two_errors_short() -> None:
    """2.3 of 100 by the normal curve, fewer as levels are skew: 5 to 15 contacts, good or bad as a whole."""
    generator, far, days = random.Random(1), 0, 4000
    for _ in range(days):
        found = []
        for _ in range(24):
            total = generator.randint(5, 15)
            level = generator.betavariate(2.4, 0.6)
            found.append((sum(generator.random() < level for _ in range(total)), total))
        far += errors_below(day(*found), 0.80) >= 2
    assert 0.005 < far / days < 0.025
