"""Number formats: which are dates, and the text of a number in each."""

import pytest

from streams.sources.cell_types import SHEET_1900, SHEET_1904
from streams.sources.workbooks.formats import kind_of, number_text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"),
        ("0.00", "number"),
        ("#,##0.00 [$EUR]", "number"),
        ('0 "days"', "number"),
        ("[Red]0;[Blue]-0", "number"),
        ("0.00E+00", "number"),
        ("@", "number"),
        ("0.0%", "percent"),
        ("dd/mm/yyyy", "date"),
        ("[$-409]m/d/yy h:mm AM/PM;@", "date"),
        ('yyyy"年"m"月"d"日"', "date"),
        ("mmm", "date"),
        ("h:mm AM/PM", "clock"),
        ("[h]:mm:ss", "elapsed"),
        ("[mm]:ss", "elapsed"),
        ("mm:ss.0", "clock"),
    ],
)
def test_a_format_shows_a_number_as(code: str, kind: str) -> None:
    """Dates, clocks and percentages are known by their letters, not by words in quotes or brackets."""
    assert kind_of(code) == kind


@pytest.mark.parametrize(
    ("text", "shown", "from_1904", "expected"),
    [
        ("46083", "date", False, "2026-03-02"),
        ("46083.375", "date", False, "2026-03-02 09:00:00"),
        ("46083.3958333333", "date", False, "2026-03-02 09:30:00"),
        ("44621", "date", True, "2026-03-02"),
        ("59", "date", False, "1900-02-28"),
        ("61", "date", False, "1900-03-01"),
        ("0.375", "date", False, "09:00:00"),
        ("1.879166666666667", "clock", False, "45:06:00"),
        ("0.000011574", "clock", False, "00:00:01"),
        ("-1", "date", False, "-1"),
        ("0.9401", "percent", False, "94.01%"),
        ("0.57", "percent", False, "57%"),
        ("16.199999999999999", "number", False, "16.2"),
        ("1204.0", "number", False, "1204"),
        ("1E-05", "number", False, "0.00001"),
        ("00012", "number", False, "12"),
    ],
)
def test_a_number_is_written(text: str, shown: str, from_1904: bool, expected: str) -> None:
    """With every digit that it has, as its format shows it."""
    mark = SHEET_1904 if from_1904 else SHEET_1900
    assert number_text(text, shown, from_1904=from_1904) == mark + expected


def test_hours_beyond_24_are_marked() -> None:
    """A format that shows them says so by a second mark; one that shows a clock of 1.5 days does not."""
    assert number_text("1", "elapsed", from_1904=False) == f"{SHEET_1900}{SHEET_1900}24:00:00"
    assert number_text("1", "clock", from_1904=False) == f"{SHEET_1900}24:00:00"


@pytest.mark.parametrize("text", ["1e999", "nan", "inf", "x", "9" * 5000])
def test_what_is_no_number_stays_a_text(text: str) -> None:
    """It has no type, so that the mapping refuses it."""
    assert number_text(text, "number", from_1904=False) == text
