"""The sum that forgets slowly: weights of intervals, and how much a queue varies by chance."""

import math
import random

import pytest

from copc.cusum import ABOVE, BELOW, LOST, Scale, Spread, Tally, amount, learn, sum_of, tells


def part(
    distance: float, contacts: float = 100, seconds: float = 1800, scale: Scale = BELOW, few: bool = False
) -> float:
    """An interval's part of the sum; its target lies 0.05 inside."""
    return amount(scale, distance, contacts=contacts, seconds=seconds, target_inside=0.05, few=few)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0.05, 0.0),
        (0.10, 0.0),
        (0.12, 0.116),
        (0.14, 0.232),
        (0.20, 0.232),
        (0.385, 0.232),
        (0.39, 0.376),
        (0.75, 0.52),
    ],
)
def test_a_half_hour_counts_as_the_page_says(distance: float, expected: float) -> None:
    """The figures that are worked out by hand beside each."""
    assert part(distance) == pytest.approx(expected)


def test_deeper_never_counts_less() -> None:
    """The weights grow with the distance, for every rule."""
    for scale in (BELOW, ABOVE, LOST):
        parts = [part(step / 1000, scale=scale) for step in range(1001)]
        assert parts == sorted(parts)


@pytest.mark.parametrize("scale", [BELOW, ABOVE, LOST])
def test_an_interval_inside_gives_back_no_more_than_one_at_the_target(scale: Scale) -> None:
    """100 % gives back as much as the target does; a target that is nearer than 0.05, or none, counts as 0.05."""
    at_target = part(-0.05, scale=scale)
    assert part(-0.25, scale=scale) == at_target == pytest.approx(-0.05 * scale.inside)
    for target in (0.0, None, 0.03):
        assert amount(scale, -0.25, contacts=100, seconds=1800, target_inside=target, few=False) == at_target
    assert amount(scale, -0.25, contacts=100, seconds=1800, target_inside=0.10, few=False) == pytest.approx(
        -0.10 * scale.inside
    )


def test_one_good_interval_gives_back_little_and_two_running_much() -> None:
    """A half hour at the target takes 0.15 off, a second one running 0.60; the sum is never less than 0."""
    once = sum_of(0.70, part(-0.05), calm=False)
    assert once == pytest.approx(0.55)
    assert sum_of(once, part(-0.05), calm=True) == 0.0
    assert sum_of(1.0, part(-0.05), calm=True) == pytest.approx(0.40)


def test_the_length_of_an_interval_weighs() -> None:
    """An hour counts as two half hours; a quarter hour as 0.5 ** 1.15 = 0.45 of one, since it strays more."""
    assert part(0.20, seconds=3600) == pytest.approx(2 * part(0.20))
    assert part(0.20, seconds=900) == pytest.approx(0.4506 * part(0.20), abs=1e-4)


def test_a_contact_weighs_alike_in_any_small_interval() -> None:
    """A late one counts 0.03, another gives back 0.015, five or two in the interval."""
    for contacts in (1, 2, 5):
        assert part(0.75, contacts=contacts, few=True) == pytest.approx(0.03 * contacts)
        assert part(-0.25, contacts=contacts, few=True) == pytest.approx(-0.015 * contacts)


def test_few_contacts_tell_no_more_than_their_time() -> None:
    """24 contacts in a quarter hour weigh as a quarter hour."""
    assert tells(BELOW, 24, 900) == pytest.approx(0.5**1.15)
    assert tells(BELOW, 5, 900) == 0.2
    assert tells(LOST, 10, 1800) == 0.125


def day(generator: random.Random, sd: float, intervals: int = 24, contacts: float = 100) -> Tally:
    """A day whose half hours vary around 80 %."""
    tally = Tally()
    for _ in range(intervals):
        tally = tally.add(0.80 + generator.gauss(0, sd), contacts, 1800)
    return tally


def test_a_queue_that_varies_as_expected_has_weight_one() -> None:
    """A standard deviation of sqrt(0.018 + 0.12 / 100) is that of the reference queue."""
    generator, spread = random.Random(1), Spread()
    for _ in range(400):
        spread = learn(spread, day(generator, math.sqrt(0.018 + 0.0012)))
    assert spread.weight == pytest.approx(1.0, abs=0.12)
    assert Spread().weight == 1.0


def test_a_queue_that_varies_twice_as_much_is_believed_seven_tenths() -> None:
    """The weight is the inverse of the standard deviation, between 0.4 and 1.2."""
    generator, spread, quiet, wild = random.Random(2), Spread(), Spread(), Spread()
    for _ in range(400):
        spread = learn(spread, day(generator, math.sqrt(2 * 0.018 + 0.0012)))
        quiet, wild = learn(quiet, day(generator, 0.02)), learn(wild, day(generator, 0.40))
    assert spread.weight == pytest.approx(0.707, abs=0.05)
    assert (quiet.weight, wild.weight) == (1.2, 0.4)


def test_one_wild_day_teaches_little() -> None:
    """It counts as three times as varied as the days before, though its figures say twenty times."""
    generator, spread = random.Random(3), Spread()
    for _ in range(40):
        spread = learn(spread, day(generator, 0.14))
    after = learn(spread, day(generator, 0.60))
    assert after.ratio <= spread.ratio * (1 + 2 * 23 / (spread.known + 23)) + 1e-12


def test_a_level_that_differs_from_day_to_day_is_no_chance() -> None:
    """A steady 60 % teaches the same as a steady 90 %."""
    low, high = Tally(), Tally()
    for place in range(24):
        low, high = low.add(0.60 + 0.01 * (place % 3), 100, 1800), high.add(0.90 + 0.01 * (place % 3), 100, 1800)
    assert learn(Spread(), low).ratio == pytest.approx(learn(Spread(), high).ratio)


def test_a_day_of_one_interval_teaches_nothing() -> None:
    """Nothing varies in it."""
    assert learn(Spread(), Tally().add(0.1, 100, 1800)) == Spread()
    assert learn(Spread(), Tally()) == Spread()
