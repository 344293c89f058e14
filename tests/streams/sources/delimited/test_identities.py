"""Identities that a spreadsheet has rounded are refused, since those of other records look the same."""

import pyarrow as pa
import pytest

from config.sources.expressions import Column, Join
from streams.sources.blocks import Cells
from streams.sources.cell_types import JSON_NUMBER, SHEET_1900
from streams.sources.delimited.fields import value_reader


def read(field: str, *texts: str) -> tuple[list[str | None], list[int]]:
    """The values of a column for a field, and the rows at fault."""
    values = value_reader(field, "text", Column(("id",)))(Cells({"id": pa.array(texts)}, len(texts), typed=True))
    return values.values, sorted(values.faults)


@pytest.mark.parametrize("field", ["contact_id", "evaluation_id"])
@pytest.mark.parametrize(
    "text", ["1.23457E+15", "1,23E+15", " 1.2345678901234e+18", "1E+05", f"{SHEET_1900}12345678901234570000"]
)
def test_a_rounded_identity_is_a_fault(field: str, text: str) -> None:
    """Digits that are gone make one record of many; the row beside it counts."""
    assert read(field, text, "c-1") == ([None, "c-1"], [0])


@pytest.mark.parametrize(
    "text",
    [
        "12345678901234567890", "abcE+15", "1.2E15", "12E+15x", "E+15", "1234567.89",
        f"{JSON_NUMBER}12345678901234567890", f"{SHEET_1900}1234567890123456", "",
    ],
)  # fmt: skip
def test_every_other_identity_is_a_text(text: str) -> None:
    """A long number has all its digits as a text, in JSON, and in a workbook up to 2^53."""
    plain = text.strip() or None
    assert read("contact_id", text) == ([plain], [])


def test_a_part_of_an_identity_may_be_rounded_too() -> None:
    """The reason names the column; no other field is looked at."""
    cells = Cells({"line": pa.array(["A1"]), "id": pa.array(["1.2E+12"])}, 1)
    values = value_reader("contact_id", "text", Join(("line", "id"), "-", frozenset()))(cells)
    assert values.faults[0].startswith("column id has '1.2E+12', which a spreadsheet has rounded")
    assert value_reader("agent", "text", Column(("id",)))(cells).values == ["1.2E+12"]
