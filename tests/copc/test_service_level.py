"""Service level in six definitions, plain ratios, and roll-ups."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc import service_level as sl

ICMI = sl.Counts(answered=1000, abandoned=60, answered_within=860, abandoned_within=20, short_abandoned=10)
"""ICMI's example (docs/concepts/figures.md#service-level)."""


@pytest.mark.parametrize(
    ("definition", "percent"), [("S1", 81.1), ("S2", 86.0), ("S3", 82.7), ("S4", 83.0), ("S5", 81.9), ("S6", 82.1)]
)
def test_icmi_example_has_its_six_service_levels(definition: sl.Definition, percent: float) -> None:
    """ICMI's example gives the six figures of docs/concepts/figures.md#service-level."""
    value = sl.service_level(ICMI, definition).value
    assert value is not None
    assert round(100 * value, 1) == percent
    columns = {name: [getattr(ICMI, name)] for name in sl.counts_needed(definition)}
    assert sl.service_levels(definition, columns)[2][0] == value


@pytest.mark.parametrize("definition", sl.DEFINITIONS)
def test_definition_without_its_counts_gives_no_figure_and_names_them(definition: sl.Definition) -> None:
    """A count that was not reported leaves no figure, and no other definition steps in."""
    for name in sl.counts_needed(definition, overflow_counts=True):
        counts = sl.Counts(**{n: 5 for n in sl.counts_needed(definition, overflow_counts=True) if n != name})
        figure = sl.service_level(counts, definition, overflow_counts=True)
        assert figure.value is None
        assert figure.missing == (name,)


def test_each_figure_looks_at_its_own_denominator() -> None:
    """50 offered and 50 abandoned has no S2, an S1 of 0 and an abandon rate of 1."""
    counts = sl.Counts(answered=0, abandoned=50, answered_within=0, abandoned_within=20, short_abandoned=5)
    assert sl.service_level(counts, "S2").value is None
    assert sl.service_level(counts, "S1").value == 0
    assert sl.abandon_rate(counts).value == 1
    assert sl.service_level(sl.Counts(0, 0, 0, 0, 0), "S1").value is None


def test_overflow_counts_only_when_asked() -> None:
    """Overflowed contacts are in no denominator unless overflow_counts puts them there."""
    counts = sl.Counts(answered=80, abandoned=10, answered_within=72, overflowed=10)
    assert sl.service_level(counts).denominator == 90
    assert sl.service_level(counts, overflow_counts=True).value == 0.72
    missing = sl.service_level(sl.Counts(80, 10, 72), overflow_counts=True)
    assert missing.missing == ("overflowed",)


def test_contacts_waiting_beyond_the_threshold_have_failed_already() -> None:
    """The waiting are in the denominator of S1 and S3 to S6, and not in that of S2."""
    counts = sl.Counts(80, 10, 72, 4, 2, waiting=10)
    under = {definition: sl.service_level(counts, definition).denominator for definition in sl.DEFINITIONS}
    assert under == {"S1": 100, "S2": 80, "S3": 96, "S4": 100, "S5": 98, "S6": 100}
    columns = {"answered": [80], "abandoned": [10], "answered_within": [72], "waiting": [10]}
    assert sl.service_levels("S1", columns)[1][0] == 100


def test_abandon_rate_under_s5_leaves_short_abandons_out() -> None:
    """Abandon rate is B/(A+B), and (B-B_s)/(A+B-B_s) under S5."""
    assert sl.abandon_rate(ICMI).value == 60 / 1060
    assert sl.abandon_rate(ICMI, "S5").value == 50 / 1050
    assert sl.abandon_rate(sl.Counts(answered=1, abandoned=1), "S5").missing == ("short_abandoned",)


def test_plain_ratios() -> None:
    """ASA, AHT, occupancy and utilisation are sums over sums, in seconds and ratios."""
    assert sl.asa(500.0, 100).value == 5
    assert sl.aht(18000.0, 100).value == 180
    assert sl.occupancy(1350.0, 450.0).value == 0.75
    assert sl.utilisation(1200.0, 1800.0).value == pytest.approx(2 / 3)
    assert sl.aht(None, 100).missing == ("handle_seconds",)
    assert sl.occupancy(0.0, 0.0).value is None


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_counts_and_times_that_cannot_be_are_refused_by_name(bad: float) -> None:
    """Negative, NaN or infinite counts and times raise ValueError naming them."""
    with pytest.raises(ValueError, match="abandoned must be"):
        sl.Counts(abandoned=bad)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="available_seconds must be"):
        sl.occupancy(1.0, bad)
    if not math.isnan(bad):
        with pytest.raises(ValueError, match="answered must be"):
            sl.service_levels("S1", {"answered": [bad], "abandoned": [0], "answered_within": [0]})


def test_unknown_definition_missing_column_and_shapes_are_refused() -> None:
    """A definition that does not exist, an absent column and shapes that do not fit raise ValueError."""
    with pytest.raises(ValueError, match="definition must be one of S1, S2"):
        sl.service_level(ICMI, "S7")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="abandoned must be given for S1"):
        sl.service_levels("S1", {"answered": [1], "answered_within": [1]})
    with pytest.raises(ValueError, match="shapes do not fit together"):
        sl.service_levels("S2", {"answered": [1, 2, 3], "answered_within": [1, 2]})


def test_columns_keep_missing_apart_from_zero() -> None:
    """In columns, NaN stays NaN and a denominator of 0 gives NaN."""
    columns = {"answered": [10, np.nan, 0], "answered_within": [9, 3, 0]}
    over, under, ratio = sl.service_levels("S2", columns)
    assert ratio[0] == 0.9
    assert np.isnan(ratio[1])
    assert np.isnan(under[1])
    assert over[2] == under[2] == 0
    assert np.isnan(ratio[2])


intervals = st.lists(
    st.tuples(*[st.integers(0, 500)] * 3).map(lambda t: sl.Counts(t[0] + t[1], t[2], t[0], waiting=t[1] % 3)),
    min_size=1,
    max_size=30,
)


@given(intervals, st.randoms(use_true_random=False))
def test_roll_up_is_independent_of_grouping(parts: list[sl.Counts], chance: random.Random) -> None:
    """Sums of counts, and figures over them, are the same however the intervals are grouped and ordered."""
    whole = sl.roll_up(sl.service_level(part) for part in parts)
    mixed = parts.copy()
    chance.shuffle(mixed)
    cut = chance.randint(0, len(mixed))
    groups = [group for group in (mixed[:cut], mixed[cut:]) if group]
    assert sl.roll_up(sl.roll_up(sl.service_level(p) for p in group) for group in groups) == whole
    assert sl.service_level(sl.total(sl.total(group) for group in groups)) == whole
    assert sl.service_level(sl.total(parts)) == whole


def test_roll_up_with_a_hole_is_no_figure() -> None:
    """A part that did not report a count leaves the whole without a figure, naming the count."""
    parts = [sl.Counts(10, 0, 9), sl.Counts(10, None, 9)]
    assert sl.roll_up(map(sl.service_level, parts)).missing == ("abandoned",)
    assert sl.total(parts).abandoned is None
    assert sl.total(parts).answered == 20


def test_known_waiting_is_not_lost_in_a_total() -> None:
    """Waiting contacts one interval reports stay in the total though another reports none."""
    assert sl.total([sl.Counts(1, 1, 1, waiting=2), sl.Counts(1, 1, 1)]).waiting == 2
