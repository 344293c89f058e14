"""The end of a breach, read back from its title."""

import pytest

from agents.rules.words.moments import duration
from config.timestamps import from_rfc3339
from streams.history.incidents.ends import end_told

FIRST = from_rfc3339("2026-03-03T10:30:00+01:00")


@pytest.mark.parametrize(
    ("title", "end"),
    [
        ("sales: ended 13:00 after 2 h 30 min, worst 15 %", "2026-03-03T13:00:00+01:00"),
        ("sales: ended 10:45 after 15 min", "2026-03-03T10:45:00+01:00"),
        ("sales: ended 24:00 after 13 h 30 min, not seen to recover", "2026-03-04T00:00:00+01:00"),
        ("sales: ended 2026-03-06 13:15 after 3 d 2 h, worst 15 %", "2026-03-06T13:15:00+01:00"),
    ],
)
def test_the_end_is_the_one_that_the_title_tells(title: str, end: str) -> None:
    """To the minute, also where a stretch of days is told without its minutes."""
    assert end_told(title, FIRST, "Europe/Madrid") == from_rfc3339(end)


@pytest.mark.parametrize("title", ["", "sales: service level ended with the month", "ended, not seen to recover"])
def test_a_title_without_an_end_gives_none(title: str) -> None:
    """No end is made up."""
    assert end_told(title, FIRST, "Europe/Madrid") is None


@pytest.mark.parametrize("minutes", [15, 60, 90, 1439, 1440, 1455, 4005])
def test_every_stretch_that_is_told_is_read_back(minutes: int) -> None:
    """Told by the same words as in titles, and read again."""
    lasted, _ = duration(minutes * 60_000)
    end = FIRST + minutes * 60_000
    title = f"q: ended 2026-03-03 {(10 + (30 + minutes) // 60) % 24:02}:{(30 + minutes) % 60:02} after {lasted}"
    assert end_told(title, FIRST, "Europe/Madrid") == end
