"""The text of one instant: strptime's formats as strptime reads them, RFC 3339 with and without offset."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.timestamps.formats import rfc3339_format, strptime_format

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive
MS = timedelta(milliseconds=1)
FORMATS = [
    "%Y-%m-%d %H:%M:%S",
    "%y%m%d %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%d %b %Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%z",
    "%d.%m.%y %H.%M",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y%m%d%H%M%S",
]


def strptime(text: str, form: str) -> tuple[int, bool] | None:
    """The instant that Python's own strptime reads."""
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - as EPOCH
    except ValueError:
        return None
    if moment.tzinfo is None:
        return (moment - EPOCH) // MS, False
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // MS, True


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.datetimes(datetime(1900, 1, 1), datetime(2099, 1, 1)), st.data())  # noqa: DTZ001
def test_the_whole_is_read_as_strptime_reads_it(form: str, moment: datetime, data: st.DataObject) -> None:
    """Texts in the format, unpadded, with more blanks, or damaged are read as strptime reads them, or not at all."""
    text = moment.replace(tzinfo=UTC).strftime(form)
    change = data.draw(st.sampled_from(["none", "unpadded", "blanks", "damaged"]))
    if change == "unpadded":
        text = text.replace("/0", "/").replace("-0", "-").replace(" 0", " ").removeprefix("0")
    elif change == "blanks":
        text = text.replace(" ", "  ")
    elif change == "damaged":
        place = data.draw(st.integers(0, len(text) - 1))
        text = text[:place] + data.draw(st.sampled_from("0x: ")) + text[place + 1 :]
    assert strptime_format(form).whole(text) == strptime(text, form)


@settings(deadline=None)
@given(st.sampled_from(FORMATS[:3]), st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1)))  # noqa: DTZ001
def test_date_and_clock_add_up_to_the_whole(form: str, moment: datetime) -> None:
    """A format that can be cut gives the same by halves."""
    text = moment.strftime(form)
    halves = strptime_format(form).halves
    assert halves is not None
    head, tail = halves.cut(text)
    day, clock = halves.date(head), halves.clock(tail)
    assert day is not None
    assert clock is not None
    assert (day[0] + clock[0], clock[1]) == strptime(text, form)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T01:00:00Z", (1_772_413_200_000, True)),
        ("2026-03-02T02:00:00+01:00", (1_772_413_200_000, True)),
        ("2026-03-02 02:00:00.1239+01:00", (1_772_413_200_123, True)),
        ("2026-03-02t01:00:00z", (1_772_413_200_000, True)),
        ("2026-03-02T01:00", (1_772_413_200_000, False)),
        ("2026-03-02", (1_772_409_600_000, False)),
        ("2026-03-02T25:00:00Z", None),
        ("2026-02-30T01:00:00Z", None),
        ("02/03/2026", None),
        ("2026-03-02_01:00:00", None),
        ("yesterday", None),
    ],
)
def test_rfc_3339(text: str, moment: tuple[int, bool] | None) -> None:
    """An offset fixes the instant; without one it is the wall clock's; digits beyond milliseconds are cut."""
    assert rfc3339_format().whole(text) == moment


@pytest.mark.parametrize(
    ("form", "text", "ms"),
    [
        ("epoch", "1772413200", 1_772_413_200_000),
        ("epoch", "1772413200.5678", 1_772_413_200_567),
        ("epoch", "-1.5", -1500),
        ("epoch", "0", 0),
        ("epoch_ms", "1772413200123", 1_772_413_200_123),
        ("epoch_ms", "-0.1", -1),
    ],
)
def test_numbers_since_1970(form: str, text: str, ms: int) -> None:
    """Seconds or milliseconds since 1970, cut towards the past, are UTC."""
    assert strptime_format(form).whole(text) == (ms, True)


@pytest.mark.parametrize("text", ["1,5", "1e9", "", "99999999999999999", "9999999999999"])
def test_other_numbers_are_no_instants(text: str) -> None:
    """A number written otherwise, or beyond the year 9999, is not read."""
    assert strptime_format("epoch").whole(text) is None
