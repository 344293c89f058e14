"""Figures of sentences: rounded away from the limit that they are read against, by one function."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.rules.words.numbers import against, percents, points, signed, trim

FIGURES = st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 4))


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (0.9946, 0.995, ("99.4 %", "99.5 %")),
        (0.995, 0.995, ("99.5 %", "99.5 %")),
        (0.9951, 0.995, ("99.6 %", "99.5 %")),
        (0.8499, 0.85, ("84.9 %", "85 %")),
        (0.29, 0.75, ("29 %", "75 %")),
        (0.8999, 0.8996, ("89.99 %", "89.96 %")),
        (0.9999, 0.85, ("99.99 %", "85 %")),
        (1, 0.9, ("100 %", "90 %")),
        (0.0001, 0.08, ("0.01 %", "8 %")),
        (0, 0.08, ("0 %", "8 %")),
        (None, 0.08, ("?", "8 %")),
    ],
)
def test_a_ratio_is_rounded_away_from_its_limit(value: float | None, limit: float, expected: tuple[str, str]) -> None:
    """99.46 % against 99.5 % is 99.4 %, never 99.5 %; nor is nearly all of them all, nor nearly none none."""
    assert percents(value, limit) == expected


def test_a_title_has_whole_points_where_that_is_enough() -> None:
    """20.4 % is 20 % below 85 %, and 13.9 % is neither 13 nor 14; a limit keeps its decimals."""
    assert percents(94 / 460, 0.85, 0) == ("20 %", "85 %")
    assert percents(64 / 460, 0.85, 0) == ("13.9 %", "85 %")
    assert percents(0.1826, 0.08, 0) == ("18.3 %", "8 %")
    assert percents(0.9946, 0.995, 0) == ("99 %", "99.5 %")
    assert percents(0.996, 0.995, 0) == ("99.6 %", "99.5 %")


def test_a_figure_without_its_limit_is_the_nearest_on_its_side() -> None:
    """13.9 % is 14 %; yet 84.6 % below 85 % is not 85 %."""
    assert percents(64 / 460, 0.85, 0, beside=False)[0] == "14 %"
    assert percents(0.846, 0.85, 0, beside=False)[0] == "84 %"


@given(FIGURES, FIGURES, st.integers(0, 2))
def test_what_is_printed_stands_as_the_figures_do(value: float, limit: float, digits: int) -> None:
    """The printed figure is on the same side of the printed limit, and no nearer to the limit than the figure is."""
    shown, of_limit = (Decimal(text) for text in against(value, limit, digits))
    exact, bound = Decimal(repr(value)), Decimal(repr(limit))
    assert shown.compare(of_limit) == exact.compare(bound)
    assert abs(shown - bound) >= abs(exact - bound)
    assert abs(shown - exact) < Decimal(1).scaleb(-digits)


def test_small_words() -> None:
    """One point is singular; a sign is written, but not before 0; needless zeros are not."""
    assert [points(effect) for effect in (-0.64, 0.011, 0.004)] == ["64 points", "1 point", "0 points"]
    assert [signed(value) for value in (3.2, -3.2, 0.2)] == ["+3", "-3", "0"]
    assert [trim(value) for value in (13.4, 17.0, -0.01)] == ["13.4", "17", "0"]
