"""CUI checks on counts, balance and reported ratios."""

import math

import pytest

from copc import integrity


def test_sound_counts_fail_nothing() -> None:
    """Counts that balance, and counts not reported, fail no check."""
    assert integrity.count_checks(offered=100, answered=90, abandoned=10, answered_within=80) == ()
    assert integrity.count_checks() == ()


@pytest.mark.parametrize(
    ("counts", "failed"),
    [
        ({"answered": 10, "answered_within": 11}, ("exceeds_answered",)),
        ({"abandoned": 10, "abandoned_within": 11}, ("exceeds_abandoned",)),
        ({"abandoned": 10, "short_abandoned": 11}, ("exceeds_abandoned",)),
        ({"offered": -1}, ("negative",)),
        ({"others": [5.0, -0.001, None]}, ("negative",)),
        ({"offered": 99, "answered": 90, "abandoned": 10}, ("unbalanced",)),
        ({"offered": 100, "answered": 90, "abandoned": 10, "overflowed": 1}, ("unbalanced",)),
        ({"answered": -1, "answered_within": 0}, ("negative", "exceeds_answered")),
    ],
)
def test_each_check_finds_its_fault(counts: dict[str, object], failed: tuple[str, ...]) -> None:
    """Each check of docs/concepts/figures.md#integrity is named, in a fixed order, when its counts contradict each
    other.
    """
    assert integrity.count_checks(**counts) == failed  # type: ignore[arg-type]
    assert set(failed) <= set(integrity.CHECKS)


def test_those_still_in_the_queue_may_leave_later() -> None:
    """Those offered shortly before are allowed for; where they are not known the check is left out."""
    counts = {"offered": 99, "answered": 90, "abandoned": 10}
    assert integrity.count_checks(**counts, before=1) == ()
    assert integrity.count_checks(**counts, before=None) == ()
    assert integrity.count_checks(**counts, before=0) == ("unbalanced",)


def test_rounding_is_allowed_for_in_computed_counts_and_in_no_other() -> None:
    """A count that was computed may be off by its rounding in every check; one that is known may not."""
    counts = {"offered": 100, "answered": 95, "answered_within": 97, "abandoned": 5, "abandoned_within": 6}
    assert integrity.count_checks(**counts) == ("exceeds_answered", "exceeds_abandoned")
    assert integrity.count_checks(**counts, rounding={"answered_within": 2, "abandoned_within": 1}) == ()
    assert integrity.count_checks(**counts, rounding={"answered_within": 1.5}) == (
        "exceeds_answered",
        "exceeds_abandoned",
    )
    assert integrity.count_checks(offered=99, answered=95, abandoned=5) == ("unbalanced",)
    assert integrity.count_checks(offered=99, answered=95, abandoned=5, rounding={"overflowed": 0.5}) == ("unbalanced",)
    assert integrity.count_checks(offered=99, answered=95, abandoned=5, rounding={"answered": 1}) == ()
    assert not integrity.reported_mismatch(0.95, 0.97, allowed=0.01)
    assert integrity.reported_mismatch(0.95, 0.97)


def test_reported_ratio_may_be_off_by_half_a_point_and_its_rounding() -> None:
    """0.5 point + half a unit of the last digit is allowed, more is not; no figure is not compared."""
    assert not integrity.reported_mismatch(0.9401, 0.94515, decimals=4)
    assert integrity.reported_mismatch(0.9401, 0.94516, decimals=4)
    assert not integrity.reported_mismatch(0.94, 0.95, decimals=2)
    assert integrity.reported_mismatch(0.94, 0.9501, decimals=2)
    assert not integrity.reported_mismatch(None, 0.5)
    assert not integrity.reported_mismatch(0.5, None)


def test_last_digit_is_read_from_the_figure_and_is_a_per_cent_at_most() -> None:
    """0.941 was given to a thousandth; 1.0 and 0.8 are read as 100 % and 80 %."""
    assert integrity.half_unit(0.941) == pytest.approx(0.0005)
    assert integrity.half_unit(0.8) == integrity.half_unit(1.0) == integrity.half_unit(0.0) == pytest.approx(0.005)
    assert integrity.reported_mismatch(1.0, 0.98)


def test_intervals_add_up_to_the_day_or_are_unknown() -> None:
    """Whole counts and whole milliseconds add up exactly; a part that is missing leaves the question open."""
    assert integrity.adds_up([1, 2, 3], 6) is True
    assert integrity.adds_up([0.1] * 10, 1.0) is True
    assert integrity.adds_up([1, 2, 3], 7) is False
    assert integrity.adds_up([1, None], 1) is None
    assert integrity.adds_up([1], None) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_ratios_that_make_no_sense_are_refused_by_name(bad: float) -> None:
    """NaN and infinity are refused by name."""
    with pytest.raises(ValueError, match="reported must be"):
        integrity.reported_mismatch(bad, 0.5)
    with pytest.raises(ValueError, match="recomputed must be"):
        integrity.reported_mismatch(0.5, bad)
    with pytest.raises(ValueError, match="tolerance must be"):
        integrity.reported_mismatch(0.5, 0.5, tolerance=-1)
