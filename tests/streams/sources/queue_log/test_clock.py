"""Instants of a queue_log: seconds, local clocks, and the hours in which these are in doubt."""

import pytest

from config.timestamps import from_rfc3339
from streams.records import RecordError
from streams.sources.queue_log.clock import TableClock


def clock(on_ambiguous: str = "first", on_nonexistent: str = "reject") -> TableClock:
    """The clock of a table in Madrid."""
    return TableClock("Europe/Madrid", on_ambiguous, on_nonexistent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1772445600", "2026-03-02T10:00:00Z"),
        ("1772445600.25", "2026-03-02T10:00:00.250Z"),
        ("1772445600.999999", "2026-03-02T10:00:00.999Z"),
        ("2026-03-02 11:00:00", "2026-03-02T10:00:00Z"),
        ("2026-03-02 11:00:00.948070", "2026-03-02T10:00:00.948Z"),
        ("2026-07-02 12:00:00", "2026-07-02T10:00:00Z"),
        ("2026-03-02 10:00:00+00", "2026-03-02T10:00:00Z"),
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
    ],
)
def test_an_instant_is_read(text: str, expected: str) -> None:
    """Seconds since 1970 need no zone, a local clock has the source's, an offset counts where there is one."""
    read = clock()
    assert [read.read(text), read.read(text)] == [from_rfc3339(expected)] * 2


@pytest.mark.parametrize("text", ["", "x", "2026-03-02", "1772445600,5", "12", "-1772445600", "2026-13-02 10:00:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    """Anything else is refused by a reason that begins with the field."""
    with pytest.raises(RecordError, match=r"^(time|too_old)"):
        clock().read(text)


def test_the_repeated_hour_is_read_in_order() -> None:
    """With `in_order`, an hour that would run back is the second one."""
    read = clock("in_order")
    texts = ["01:50:00", "02:10:00", "02:50:00", "02:00:10", "02:59:50", "03:00:00"]
    assert [read.read(f"2026-10-25 {text}") for text in texts] == [
        from_rfc3339(f"2026-10-2{text}Z")
        for text in ("4T23:50:00", "5T00:10:00", "5T00:50:00", "5T01:00:10", "5T01:59:50", "5T02:00:00")
    ]


def test_the_source_says_what_a_doubtful_hour_is() -> None:
    """`first`, `second`, `reject` and `shift` are those of all formats."""
    twice = "2026-10-25 02:30:00"
    assert clock("first").read(twice) == from_rfc3339("2026-10-25T00:30:00Z")
    assert clock("second").read(twice) == from_rfc3339("2026-10-25T01:30:00Z")
    with pytest.raises(RecordError, match="occurs twice"):
        clock("reject").read(twice)
    never = "2026-03-29 02:30:00"
    assert clock(on_nonexistent="shift").read(never) == from_rfc3339("2026-03-29T01:30:00Z")
    with pytest.raises(RecordError, match="does not occur"):
        clock().read(never)
