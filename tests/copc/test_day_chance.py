"""How far a day is under its target, against what chance does to such a day."""

import math
import random

import pytest

from copc.cusum import Spread
from copc.day_chance import Days, errors_below

HALF_HOUR = 1800.0


def day(*intervals: tuple[int, int], spread: Spread | None = None) -> Days:
    """One day of half hours: contacts in time, contacts."""
    known = Spread() if spread is None else spread
    variance = sum(total**2 * known.variance(total, HALF_HOUR) for _, total in intervals if total)
    return Days().add((sum(good for good, _ in intervals), sum(total for _, total in intervals)), variance)


def test_the_standard_error_is_that_of_the_queues_own_half_hours() -> None:
    """24 half hours of 10 stray by 0.018 + 0.12 / 10 each, 3 contacts squared: 72 in all; 15 short are 1.77."""
    found = day(*[(8, 10)] * 9, *[(7, 10)] * 15)
    assert found == (177, 240, pytest.approx(72.0))
    assert errors_below(found, 0.80) == pytest.approx(15 / math.sqrt(72), abs=1e-9)


def test_a_bad_morning_is_no_chance() -> None:
    """Half the callers of a morning lost: however uneven the day, a large queue's chance brings nothing like it."""
    found = day(*[(0, 100)] * 4, *[(95, 100)] * 12)
    assert found.good / found.total == pytest.approx(0.7125)
    assert errors_below(found, 0.80) > 2


def test_a_queue_that_strays_more_needs_more() -> None:
    """Four times the variance of many contacts is about twice the standard error."""
    intervals = [(70, 100)] * 16
    usual, wild = (errors_below(day(*intervals, spread=Spread(ratio, 600)), 0.80) for ratio in (1.0, 4.0))
    assert usual / wild == pytest.approx(math.sqrt((4 * 0.018 + 0.0012) / (0.018 + 0.0012)))


def test_contacts_stray_at_least_as_independent_ones_do() -> None:
    """In a queue that hardly strays the error is that of independent trials."""
    found = day(*[(10, 20)] * 10, spread=Spread(0.05, 600))
    assert errors_below(found, 0.80) == pytest.approx(60 / math.sqrt(0.16 * 200))


def test_a_day_without_contacts_says_nothing() -> None:
    """Nor does an interval without."""
    assert errors_below(day((0, 0)), 0.80) == 0.0
    assert day((0, 0), (5, 10), (0, 0)) == day((5, 10))


def test_days_running_are_judged_together() -> None:
    """Four days running are twice as many errors short as one of them."""
    one = day(*[(76, 100)] * 16)
    four = Days()
    for _ in range(4):
        four = four.add(one[:2], one.variance)
    assert errors_below(four, 0.80) == pytest.approx(2 * errors_below(one, 0.80))


def test_healthy_days_are_rarely_two_errors_short() -> None:
    """2.3 of 100 by the normal curve, some more as levels are skew: half hours of 5 to 15, straying by 0.018."""
    generator, far, days = random.Random(1), 0, 4000
    for _ in range(days):
        found = []
        for _ in range(24):
            total = generator.randint(5, 15)
            level = generator.betavariate(6.31, 1.58)
            found.append((sum(generator.random() < level for _ in range(total)), total))
        far += errors_below(day(*found), 0.80) >= 2
    assert 0.01 < far / days < 0.05
