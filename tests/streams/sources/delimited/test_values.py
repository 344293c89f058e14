"""The meaning of a cell's text, by kind of field."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.sources.expressions import Column
from config.sources.numbers import PLAIN
from streams.records import Check
from streams.sources.delimited.values import parser


def column(**changes: Any) -> Column:
    """A column with these modifiers."""
    return Column(("C",), **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "text", "value"),
    [
        ("count", {}, "12", 12),
        ("count", {}, "12.0", 12),
        ("count", {}, "-3", -3),
        ("count", {"multiply": Decimal(1000)}, "1.5", 1500),
        ("number", {}, "13.4", 13.4),
        ("number", {}, "1e3", 1000.0),
        ("seconds", {}, "0", 0),
        ("seconds", {}, "12.3456", 12346),
        ("seconds", {}, "0.0005", 0),  # half to even, as in messages
        ("seconds", {}, "-0.2", -200),
        ("seconds", {"multiply": Decimal(60)}, "0.1", 6000),
        ("seconds", {"multiply": Decimal("0.001")}, "1234", 1234),
        ("seconds", {"duration": "h:mm:ss"}, "7:02:47", 25_367_000),
        ("seconds", {"duration": "h:mm:ss"}, "107:02:47.5", 385_367_500),
        ("seconds", {"duration": "h:mm:ss"}, "-0:00:05", -5000),
        ("seconds", {"duration": "mm:ss"}, "90:30", 5_430_000),
        ("seconds", {"duration": "d.hh:mm:ss"}, "1.02:00:00", 93_600_000),
        ("seconds", {"duration": "h:mm"}, "0:05", 300_000),
        ("seconds", {"duration": "h:mm:ss"}, ":22", 22_000),
        ("seconds", {"duration": "h:mm:ss"}, "-:05:22", -322_000),
        ("seconds", {"duration": "h:mm:ss"}, "0:00:16,5", 16_500),
        ("ratio", {"percent": True}, "94,01 %", 0.9401),
        ("ratio", {"percent": True}, "94,010\u00a0%", 0.9401),
        ("ratio", {"percent": True}, "%94,01", 0.9401),
        ("ratio", {}, "0,9401", 0.9401),
        ("count", {}, "1,204", 1204),
        ("count", {}, "1.204", 1204),
        ("count", {}, "1.000", 1000),
        ("count", {}, "5.0", 5),
        ("count", {"values": {"A": "1.000"}}, "A", 1),
        ("ratio", {}, "0.9401", 0.9401),
        ("ratio", {"percent": True}, "94.01%", 0.9401),
        ("ratio", {"percent": True}, "94.01", 0.9401),
        ("ratio", {"percent": True}, "7 %", 0.07),
        ("text", {}, "x", "x"),
        ("text", {"values": {"A": "answered", "*": "overflowed"}}, "A", "answered"),
        ("text", {"values": {"A": "answered", "*": "overflowed"}}, "B", "overflowed"),
        ("text", {"values": {"A": "answered", "-": None}}, "-", None),
        ("count", {"values": {"Y": "1", "*": "0"}}, "Y", 1),
        ("list", {}, "sales; care;;", ("sales", "care")),
        (
            "checks",
            {},
            '[{"name": "greeting", "family": "end_user", "passed": true}, {"name": "id", "family": "business"}]',
            (Check("greeting", "end_user", True), Check("id", "business", None)),
        ),
    ],
)
def test_a_cell_means(kind: str, changes: dict[str, Any], text: str, value: object) -> None:
    """Each form reads its text to the value that people mean."""
    assert parser(kind, column(**changes))(text) == value


@pytest.mark.parametrize(
    ("kind", "changes", "text", "expected"),
    [
        ("count", {}, "12.5", "a whole number"),
        ("count", {}, "twelve", "a number"),
        ("count", {"numbers": PLAIN}, "1,234", 'a number written with decimal: "."'),
        ("number", {"numbers": PLAIN}, "3,5", 'a number written with decimal: "."'),
        ("count", {}, "12,34", "a whole number"),
        ("seconds", {"duration": "h:mm:ss"}, ":61", "a duration laid out as h:mm:ss"),
        ("seconds", {"duration": "h:mm:ss"}, "22", "a duration laid out as h:mm:ss"),
        ("number", {}, "nan", "a number"),
        ("number", {}, "1_000", "a number"),
        ("number", {}, "١٢", "a number"),
        ("number", {}, "1e300", "a number of at most twelve digits"),
        ("seconds", {}, "1e10", "seconds of at most nine digits"),
        ("seconds", {"multiply": Decimal(10**9)}, "1e10", "a number of at most twelve digits"),
        ("seconds", {"duration": "h:mm"}, "99999999999:00", "a duration laid out as h:mm"),
        ("seconds", {}, "7:02:47", "a number; for a duration say its layout, such as duration: h:mm:ss"),
        ("seconds", {"duration": "h:mm:ss"}, "0:61:00", "a duration laid out as h:mm:ss"),
        ("seconds", {"duration": "h:mm:ss"}, "61:00", "a duration laid out as h:mm:ss"),
        ("ratio", {}, "94%", "a number; for a percentage set percent: true"),
        ("text", {"values": {"A": "x"}}, "B", 'one of A (values lists no other; "*" would take the rest)'),
        ("checks", {}, '[{"name": "x"}]', "JSON like [{"),
        ("checks", {}, "yes", "JSON like [{"),
    ],
)
def test_a_cell_that_cannot_be_read_says_what_was_expected(
    kind: str, changes: dict[str, Any], text: str, expected: str
) -> None:
    """A cell of another form is refused with the form expected, and a hint where one is near."""
    with pytest.raises(ValueError, match=r".") as caught:
        parser(kind, column(**changes))(text)
    assert str(caught.value).startswith(expected)


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_durations_and_seconds_agree(ms: int) -> None:
    """The same time as h:mm:ss, as seconds and as minutes is the same milliseconds, exactly."""
    seconds = Decimal(ms) / 1000
    hours, rest = divmod(ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    clock = f"{hours}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
    assert parser("seconds", column(numbers=PLAIN))(f"{seconds:f}") == ms
    assert parser("seconds", column(duration="h:mm:ss"))(clock) == ms
    assert parser("seconds", column(multiply=Decimal("0.001")))(str(ms)) == ms
