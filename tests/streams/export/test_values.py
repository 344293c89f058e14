"""Cells: no formula, no lost digit, and the way back."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.columns import BREACH_COLUMNS, DEAD_LETTER_COLUMNS, EVALUATION_COLUMNS, RESULT_COLUMNS
from streams.export.values import COLUMNS, json_text, neutral, number_text, original, parse_cell


@pytest.mark.parametrize("text", ["=1+1", "+34 600", "-1 abandoned", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_is_neutralised(text: str) -> None:
    """Text that a spreadsheet would run starts with an apostrophe."""
    assert neutral(text) == "'" + text
    assert original(neutral(text)) == text


@pytest.mark.parametrize("text", ["sales", "a=b", "", "'quoted'", "1-2", "排队"])
def test_other_text_is_left_alone(text: str) -> None:
    """Only the first character matters."""
    assert neutral(text) == text
    assert original(text) == text


@given(st.text("'=+-@\t\ra", max_size=6))
def test_neutralising_can_always_be_undone(text: str) -> None:
    """Text that has such a prefix of its own is told from one that was given it."""
    assert original(neutral(text)) == text
    assert neutral(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_to_themselves(number: float) -> None:
    """The shortest text of a number is read back to the very same double, by us and by any JSON reader."""
    assert parse_cell(number_text(number), "number") == number
    assert json.loads(number_text(number)) == number


def test_whole_numbers_have_no_point() -> None:
    """120.0 seconds are written 120."""
    assert number_text(120.0) == "120"
    assert number_text(7) == "7"
    assert math.isclose(float(number_text(0.1 + 0.2)), 0.30000000000000004, rel_tol=0)


def test_cells_read_back_by_kind() -> None:
    """Empty is None whatever the column; JSON, truth and instants have their own form."""
    assert parse_cell("", "integer") is None
    assert parse_cell("12", "integer") == 12
    assert parse_cell("true", "boolean") is True
    causes = [{"cause": "volume", "effect": -0.09}]
    assert parse_cell(json_text(causes), "json") == causes
    assert parse_cell("2026-03-02T01:00:00Z", "instant") == "2026-03-02T01:00:00Z"
    with pytest.raises(ValueError, match="invalid literal"):
        parse_cell("1,200", "integer")


def test_columns_are_the_reference_s() -> None:
    """Each table has the reference's columns in the reference's order."""
    assert tuple(COLUMNS["intervals"]) == RESULT_COLUMNS
    assert tuple(COLUMNS["breaches"]) == BREACH_COLUMNS
    assert tuple(COLUMNS["dead-letters"]) == DEAD_LETTER_COLUMNS
    assert tuple(COLUMNS["evaluations"]) == EVALUATION_COLUMNS
    assert COLUMNS["intervals"]["offered"] == "integer"
    assert COLUMNS["intervals"]["service_level"] == "number"
    assert COLUMNS["intervals"]["interval_start"] == "instant"
    assert COLUMNS["intervals"]["interval_start_local"] == "text"
