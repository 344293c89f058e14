"""Figures of sentences: rounded away from the limit that they are read against."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.rules.words.numbers import against, percents, points, trim


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        (0.9946, 0.995, ("99.4 %", "99.5 %")),
        (0.995, 0.995, ("99.5 %", "99.5 %")),
        (0.9951, 0.995, ("99.6 %", "99.5 %")),
        (94 / 460, 0.85, ("20 %", "85 %")),
        (64 / 460, 0.85, ("14 %", "85 %")),
        (0.8499, 0.85, ("84 %", "85 %")),
        (0.0804, 0.08, ("9 %", "8 %")),
        (0.6234, 0.6245, ("62.3 %", "62.5 %")),
        (None, 0.08, ("?", "8 %")),
    ],
)
def test_a_ratio_is_rounded_away_from_its_limit(value: float | None, limit: float, expected: tuple[str, str]) -> None:
    """99.46 % against 99.5 % is 99.4 %, never 99.5 %; where both look alike they get decimals."""
    assert percents(value, limit) == expected


@given(st.floats(-1000, 1000), st.floats(-1000, 1000), st.integers(0, 2))
def test_what_is_printed_stands_as_the_figures_do(value: float, limit: float, digits: int) -> None:
    """The printed figure lies on the same side of the printed limit as the figure of its limit."""
    assume(abs(value - limit) > 1e-4)
    shown, of_limit = (float(text) for text in against(value, limit, digits))
    assert (shown < of_limit) == (value < limit)


def test_a_tiny_figure_keeps_its_digits() -> None:
    """A p-value of 3 in a million is none of 0."""
    assert against(0.000003, 0.0025, 7)[0] == "0.000003"


def test_small_words() -> None:
    """One point is singular; needless zeros are not written."""
    assert [points(effect) for effect in (-0.64, 0.011, 0.004)] == ["64 points", "1 point", "0 points"]
    assert [trim(value) for value in (13.4, 17.0, -0.01)] == ["13.4", "17", "0"]
