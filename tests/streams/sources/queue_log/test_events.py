"""The places of an event's seconds."""

import pytest

from streams.records import RecordError
from streams.sources.queue_log.events import completed, seconds


@pytest.mark.parametrize(("text", "expected"), [("", None), ("0", 0), ("15", 15_000), ("1.5", 1500), ("2.", 2000)])
def test_seconds_are_milliseconds(text: str, expected: int | None) -> None:
    """An empty field is not reported; everything else is whole milliseconds."""
    assert seconds(text, "hold") == expected


@pytest.mark.parametrize("text", ["-1", "x", "1e3", "٣", "1,5", " "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A duration is digits, with a point at most; the reason names the field."""
    with pytest.raises(RecordError, match=r"^hold: "):
        seconds(text, "hold")


def test_a_link_has_its_seconds_after_two_channels() -> None:
    """An attended transfer that links two channels has hold and talk one place further on, talk with its tail."""
    fields = ["1", "1.1", "sales", "A", "ATTENDEDTRANSFER", "LINK", "SIP/1", "SIP/2", "3", "10|1"]
    assert completed(fields) == (3000, 10_000)
