"""Fields that are no instants: sums, joins, the first that is not empty, and faults by row."""

from typing import Any

import pyarrow as pa
import pytest

from config.errors import UserError
from config.sources.expressions import Column, Const, First, Join, Sum
from streams.sources.blocks import Cells
from streams.sources.delimited.fields import Values, value_reader

CELLS = Cells(
    {
        "a": pa.array(["1", " 2 ", "", "x", "-"], pa.string()),
        "b": pa.array(["10", "20", "30", "40", "50"], pa.string()),
        "word": pa.array(["p", "q", "", "r", "s"], pa.string()),
    },
    5,
)
DASH = frozenset({"-"})


def read(kind: str, expression: Any, field: str = "offered") -> Values:
    """The field's values on the cells above."""
    return value_reader(field, kind, expression)(CELLS)


def test_a_cell_is_a_value_nothing_or_a_fault() -> None:
    """Cells are trimmed, empties are None and not 0, and a fault names column, cell and what was expected."""
    assert read("count", Column(("a",), empty=DASH)) == Values(
        [1, 2, None, None, None], {3: "column a has 'x'; expected a number"}
    )


def test_a_sum_is_empty_if_any_part_is() -> None:
    """A part that is not reported makes the sum not reported, and a part that is a fault a fault."""
    assert read("count", Sum((Column(("a",), empty=DASH), Column(("b",))))) == Values(
        [11, 22, None, None, None], {3: "column a has 'x'; expected a number"}
    )


def test_the_first_that_is_not_empty_is_taken() -> None:
    """A later option fills what an earlier one leaves empty; a fault stays a fault."""
    assert read("count", First((Column(("a",), empty=DASH), Column(("b",))))) == Values(
        [1, 2, 30, None, 50], {3: "column a has 'x'; expected a number"}
    )


def test_a_join_is_empty_if_any_part_is() -> None:
    """Texts are joined as written, trimmed, with the separator between them."""
    assert read("text", Join(("word", "a"), "-", DASH), "contact_id").values == ["p-1", "q-2", None, "r-x", None]
    assert read("text", Join(("b", "b"), ""), "contact_id").values == ["1010", "2020", "3030", "4040", "5050"]


def test_values_may_stand_for_the_empty_cell_and_for_nothing() -> None:
    """The star takes any text but the empty cell, which only its own entry takes."""
    assert read("text", Column(("word",), values={"p": "P", "*": "other"})).values == [
        "P",
        "other",
        None,
        "other",
        "other",
    ]
    assert read("text", Column(("word",), values={"": "none", "*": None})).values == [None, None, "none", None, None]
    assert read("text", Column(("word",), values={"p": "P"})).faults.keys() == {1, 3, 4}


def test_several_columns_make_one_text() -> None:
    """Columns of a text field are joined by a blank before values are looked up."""
    assert read("text", Column(("word", "a"), values={"p 1": "both", "*": "other"})).values == [
        "both",
        "other",
        None,
        "other",
        "other",
    ]


def test_identities_are_read_as_they_stand() -> None:
    """A column of different texts is not looked at for repetition, and is the same."""
    assert read("text", Column(("a",), empty=DASH), "contact_id").values == ["1", "2", None, "x", None]
    assert read("text", Column(("a",), empty=DASH), "agent").values == ["1", "2", None, "x", None]


def test_a_constant_is_every_row_s() -> None:
    """A constant is read once by its field's kind; one that the field cannot hold is refused at the start."""
    assert read("count", Const("1")).values == [1] * 5
    with pytest.raises(UserError, match=r"columns.offered: const: found 'one'; expected a number"):
        read("count", Const("one"))
