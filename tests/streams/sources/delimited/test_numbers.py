"""The readings of a number: one is read, several are named, whatever the country."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.sources.numbers import NumberStyle
from streams.sources.delimited.numbers import number_reader

GERMAN = NumberStyle(",", ".")


def grouped(digits: str, mark: str, *, indian: bool = False) -> str:
    """Digits in groups of three, or two before the last three, parted by `mark`."""
    head, tail = digits[:-3], digits[-3:]
    size = 2 if indian else 3
    parts = [head[max(0, end - size) : end] for end in range(len(head), 0, -size)][::-1]
    return mark.join([*parts, tail])


@pytest.mark.parametrize(
    ("style", "text", "number"),
    [
        (NumberStyle(), "1,204.5", "1204.5"),
        (NumberStyle(), "1.204,5", "1204.5"),
        (NumberStyle(), "1,5", "1.5"),
        (NumberStyle(), "0.123", "0.123"),
        (NumberStyle(), "0,123", "0.123"),
        (NumberStyle(), "12345.678", "12345.678"),
        (NumberStyle(), "1\u202f204,5", "1204.5"),
        (NumberStyle(), "1\u2019204.50", "1204.5"),
        (NumberStyle(), "1,20,400", "120400"),
        (NumberStyle(), "1.204.567", "1204567"),
        (NumberStyle(), "1.204E3", "1204"),
        (NumberStyle(), "\u22125,5", "-5.5"),
        (GERMAN, "16.200", "16200"),
        (GERMAN, "-1.204,5", "-1204.5"),
        (GERMAN, "1204,5", "1204.5"),
        (GERMAN, "16,200", "16.2"),
        (NumberStyle("."), "16.200", "16.2"),
        (NumberStyle(None, ","), "16.200", "16.2"),
        (NumberStyle(",", " "), "16\u00a0200,25", "16200.25"),
        (NumberStyle(".", "'"), "1'204", "1204"),
    ],
)
def test_one_reading_is_read(style: NumberStyle, text: str, number: str) -> None:
    """A cell that can be one number only is that number."""
    assert number_reader(style)(text) == Decimal(number)


@pytest.mark.parametrize("text", ["16.200", "16,200", "1.204", "-999,999", "+1.000"])
def test_two_readings_are_named(text: str) -> None:
    """The reason says both numbers, and which keys decide."""
    with pytest.raises(ValueError, match="one reading") as caught:
        number_reader(NumberStyle())(text)
    mark = "." if "." in text else ","
    decimal, thousands = (
        f'{Decimal(text.replace(",", ".")):f} (decimal: "{mark}")',
        f'{Decimal(text.replace(mark, "")):f} (thousands: "{mark}")',
    )
    assert decimal in str(caught.value)
    assert thousands in str(caught.value)
    assert "set decimal and thousands at the source" in str(caught.value)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (NumberStyle(None, ","), "12,34"),
        (NumberStyle(None, ","), "1,2345"),
        (NumberStyle(None, ","), "0,123"),
        (GERMAN, "16.2"),
        (GERMAN, "1,204.5"),
        (GERMAN, "12.34,5"),
        (NumberStyle(".", ""), "1,204"),
        (NumberStyle(), "1 2040"),
        (NumberStyle(), "1.2.3"),
        (NumberStyle(), "1,204,56"),
        (NumberStyle(), "5-"),
        (NumberStyle(), "EUR 5"),
        (NumberStyle(), "1,2,3,"),
        (NumberStyle(), "\u0663"),
    ],
)
def test_malformed_groups_are_no_number(style: NumberStyle, text: str) -> None:
    """A cell whose digits are grouped otherwise is refused, not repaired."""
    with pytest.raises(ValueError, match=r"^a number"):
        number_reader(style)(text)


def _read_or_said(read: Callable[[str], Decimal], text: str) -> Decimal | str:
    try:
        return read(text)
    except ValueError as error:
        return "several readings" if "one reading" in str(error) else str(error)


@given(
    st.integers(1, 10**11),
    st.sampled_from([".", ",", " ", "'", "\u00a0", "\u2009", "\u202f", "\u2019"]),
    st.integers(0, 999),
    st.booleans(),
    st.booleans(),
)
def test_what_a_country_writes_is_read_in_its_style(
    whole: int, group: str, thousandths: int, point_is_comma: bool, indian: bool
) -> None:
    """Grouped or not, with decimals or none; without a style it is the same number or a refusal, never another one."""
    point = "," if point_is_comma else "."
    if point == group:
        group = "." if point_is_comma else ","
    mark = " " if group in " \u00a0\u2009\u202f" else "'" if group in "'\u2019" else group
    number = whole + Decimal(thousandths) / 1000
    read, guess = number_reader(NumberStyle(point, mark)), number_reader(NumberStyle())
    for digits in (str(whole), grouped(str(whole), group, indian=indian) if whole > 999 else str(whole)):
        for text in (f"{digits}{point}{thousandths:03}", f"{digits}{point}{thousandths:03}000"):
            assert read(text) == number
            assert _read_or_said(guess, text) in {number, "several readings"}
        assert read(digits) == whole
        assert number_reader(NumberStyle(), whole=True)(digits) == whole
