"""The start of a stretch of time."""

import pytest

from streams.sources.timestamps.ranges import start_of_range


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("08:00-08:30", "08:00"),
        ("08:00 - 08:30", "08:00"),
        ("2026-03-02 08:00-08:30", "2026-03-02 08:00"),
        ("9:00- 9:30AM", "9:00AM"),
        ("9:30-10:00AM", "9:30AM"),
        ("11:30-12:00PM", "11:30AM"),
        ("11:30-12:00AM", "11:30PM"),
        ("12:00-12:30AM", "12:00AM"),
        ("12:30- 1:00PM", "12:30PM"),
        ("9:00AM-9:30AM", "9:00AM"),
        ("08:00", "08:00"),
        ("-", "-"),
    ],
)
def test_the_start_of_a_stretch(text: str, start: str) -> None:
    """AM or PM at the end alone is that of the start, unless the stretch crosses noon or midnight."""
    assert start_of_range(text, "-") == start
