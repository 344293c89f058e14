"""Cells: number styles, durations and instants as files write them, and which of two readings the rows bear out."""

from datetime import UTC, datetime

import pytest

from streams.sources.recognising.cells.instants import day_first, written
from streams.sources.recognising.cells.numbers import style_of

NOW = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "semicolon", "decimal", "thousands", "sure"),
    [
        (["1.234,5", "12"], True, ",", ".", True),
        (["1,204", "960"], False, ".", ",", True),
        (["12,5", "7,25"], True, ",", None, True),
        (["16.200", "900"], True, ",", ".", True),
        (["16.200", "17.300"], True, ",", ".", False),
        (["16.200", "16.25"], False, ".", None, True),
        (["1 234,5", "2 000,0"], True, ",", None, True),
        (["12", "17"], False, None, None, True),
        (["02.03.2026", "08.30"], True, None, None, True),
    ],
)
def test_the_style_of_numbers_is_found(
    cells: list[str], semicolon: bool, decimal: str | None, thousands: str | None, sure: bool
) -> None:
    """A mark behind which are other than three digits is the decimal point; with three digits alone it is in doubt."""
    style = style_of([cells], comma_is_likely=semicolon)
    assert (style.decimal, style.thousands, not style.doubt) == (decimal, thousands, sure)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("02.03.2026 08:30", "%d.%m.%Y %H:%M"),
        ("2026/03/02 08:30:00", "%Y/%m/%d %H:%M:%S"),
        ("13/03/26 8:30 AM", "%d/%m/%y %I:%M %p"),
        ("Mon 16-Mar-2026 08:30", "%a %d-%b-%Y %H:%M"),
        ("March 16, 2026 8:30:15 PM", "%B %d, %Y %I:%M:%S %p"),
        ("20260316 0830", "%Y%m%d %H%M"),
        ("03/16/2026 - 08:30:00", "%m/%d/%Y - %H:%M:%S"),
        ("2026年3月16日", "%Y年%m月%d日"),
    ],
)
def test_the_format_of_an_instant_is_found(text: str, form: str) -> None:
    """Each text is read by the format that wrote it."""
    found = written([text])
    assert found is not None
    assert form in (*found.formats, found.other)


@pytest.mark.parametrize(
    ("text", "separator"),
    [("08:00-08:30", "-"), ("08:00 - 08:30", "-"), ("8:00 AM to 8:30 AM", " to "), ("08:00~08:30", "~")],
)
def test_a_stretch_is_told_from_a_clock_with_an_offset(text: str, separator: str) -> None:
    """`08:00-08:30` begins at eight o'clock; it is no clock half past eight hours west of Greenwich."""
    found = written([text])
    assert found is not None
    assert (found.kind, found.span) == ("clock", separator)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["03/02/2026", "03/03/2026", "03/04/2026"], "%m/%d/%Y"),
        (["02/03/2026", "03/03/2026", "04/03/2026"], "%d/%m/%Y"),
        (["01/02/2026", "01/02/2026"], None),
    ],
)
def test_days_that_follow_each_other_tell_day_from_month(texts: list[str], expected: str | None) -> None:
    """Three dates that are one day apart in one reading and a month in the other are days."""
    found = written(texts)
    assert found is not None
    first, _ = day_first(found, texts, NOW)
    chosen = None if first is None else found.formats[0] if first else found.other
    assert chosen == expected


def test_a_reading_that_lies_years_ahead_is_none() -> None:
    """In March 2026, 01/12/2027 is 12 January 2027 rather than 1 December."""
    texts = ["01/12/2027", "01/12/2027"]
    found = written(texts)
    assert found is not None
    first, why = day_first(found, texts, NOW)
    assert (found.formats[0] if first else found.other, why) == ("%m/%d/%Y", "the other reading lies in the future")
