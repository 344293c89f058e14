"""Rounding for people: halves away from zero, away from the limit, and the table that the screens share."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc.rounding import rounded, rounded_percent

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "rounding.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(map(str, case.values())))
def test_a_ratio_is_rounded_as_the_shared_table_says(case: dict[str, Any]) -> None:
    """Each case was worked out by hand; the screens' own function is held to the same table in a browser."""
    found = rounded_percent(case["ratio"], case.get("digits", 0), case.get("low"), case.get("high"))
    assert found == case["text"]


def test_agents_are_rounded_by_the_same_rule() -> None:
    """1.04 short of at most 1 is shown as 1.1 short, 13.45 staffed as 13.5, 17 without a decimal."""
    assert rounded(-1.04, 1, low=-1) == "-1.1"
    assert rounded(13.45, 1) == "13.5"
    assert rounded(17.0, 1) == "17"


@given(
    st.floats(-2000, 2000),
    st.integers(0, 2),
    st.one_of(st.none(), st.integers(-100, 100)),
    st.one_of(st.none(), st.integers(-100, 100)),
)
def test_no_figure_crosses_its_limit_by_rounding(value: float, digits: int, low: int | None, high: int | None) -> None:
    """A figure and its text lie on one side of every limit, and less than one unit of the last digit apart."""
    if low is not None and high is not None and low > high:
        low, high = high, low
    shown = float(rounded(value, digits, low, high))
    assert abs(shown - value) < 10.0**-digits + 1e-6
    near = any(limit is not None and math.isclose(value, limit, abs_tol=2e-9) for limit in (low, high))
    if not near:
        assert low is None or (shown < low) == (value < low)
        assert high is None or (shown > high) == (value > high)
