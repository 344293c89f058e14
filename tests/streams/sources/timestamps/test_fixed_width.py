"""Fixed-width instants, read a column at a time, against the text-by-text readers of Python."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.timestamps.fixed_width import EPOCH_LAYOUTS, RFC3339_LAYOUTS, Layout, layouts

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive
MS = timedelta(milliseconds=1)


def matrix(texts: list[str]) -> npt.NDArray[np.uint8]:
    """Texts of one width as rows of bytes."""
    return np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(len(texts), -1)


def read(layout: Layout, text: str) -> int | None:
    """One text by a layout."""
    ms, good = layout.read(matrix([text]))
    return int(ms[0]) if good[0] else None


FORMATS = ["%Y-%m-%d %H:%M:%S", "%y%m%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y%m%d%H%M%S", "%m/%d/%y", "%Y-%m-%dT%H:%M"]


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_what_a_layout_takes_strptime_reads_to_the_same(form: str, data: st.DataObject) -> None:
    """Any text of the width, of digits mostly, is either left alone or read as strptime reads it."""
    (layout, *_) = layouts(form)
    shape = datetime(2026, 3, 2).strftime(form)  # noqa: DTZ001 - as EPOCH
    text = "".join(
        data.draw(st.sampled_from("0123456789 :")) if letter.isdigit() and data.draw(st.booleans()) else letter
        for letter in shape
    )
    found = read(layout, text)
    try:
        expected = (datetime.strptime(text, form) - EPOCH) // MS  # noqa: DTZ007 - as EPOCH
    except ValueError:
        expected = None
    assert found is None or found == expected


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)))  # noqa: DTZ001 - as EPOCH
def test_a_layout_takes_every_text_of_its_format(form: str, moment: datetime) -> None:
    """A text that strftime writes with all digits is read column-wise."""
    assert (
        read(layouts(form)[0], moment.strftime(form))
        == (
            datetime.strptime(moment.strftime(form), form) - EPOCH  # noqa: DTZ007 - as EPOCH
        )
        // MS
    )


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.sampled_from(RFC3339_LAYOUTS))  # noqa: DTZ001
def test_rfc_3339_is_read_as_python_reads_it(moment: datetime, layout: Layout) -> None:
    """Every layout of RFC 3339 gives the milliseconds that fromisoformat gives, digits beyond them cut."""
    candidates = [
        moment.replace(microsecond=0).isoformat(between) + end
        for between in "T "
        for end in ("", "Z", "+05:45", "-09:30")
    ] + [
        moment.isoformat(between, precision) + end
        for between in "T "
        for precision in ("milliseconds", "microseconds")
        for end in ("", "Z", "+05:45", "-09:30")
    ]
    taken = 0
    for text in candidates:
        if len(text) == layout.width and (found := read(layout, text)) is not None:
            parsed = datetime.fromisoformat(text)
            assert layout.fixed == (parsed.tzinfo is not None)
            assert found == (parsed - (datetime(1970, 1, 1, tzinfo=UTC) if layout.fixed else EPOCH)) // MS
            taken += 1
    assert taken


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29 10:00:00",
        "2026-13-01 10:00:00",
        "2026-00-01 10:00:00",
        "2026-01-00 10:00:00",
        "2026-04-31 10:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 10:60:00",
        "2026-01-01 10:00:60",
        "0000-01-01 10:00:00",
        "2026-01-01T10:00:00",
        "2026-01-01 1O:00:00",
        "1900-02-29 00:00:00",
    ],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    """Days and clocks that do not exist, and other letters, are not in the layout."""
    assert read(layouts("%Y-%m-%d %H:%M:%S")[0], text) is None


def test_leap_days_and_the_pivot_of_short_years() -> None:
    """2000 has a 29 February, 1900 has none; years below 69 are of this century."""
    assert read(layouts("%Y-%m-%d")[0], "2000-02-29") == (datetime(2000, 2, 29) - EPOCH) // MS  # noqa: DTZ001
    assert read(layouts("%y%m%d")[0], "680101") == (datetime(2068, 1, 1) - EPOCH) // MS  # noqa: DTZ001
    assert read(layouts("%y%m%d")[0], "690101") == (datetime(1969, 1, 1) - EPOCH) // MS  # noqa: DTZ001


def test_a_short_hour_has_a_layout_where_text_follows_it() -> None:
    """7:02:47 is a layout of its own; 702 could be 7:02 or 70:2 and is left to strptime."""
    full, short = layouts("%H:%M:%S")
    assert (full.width, short.width) == (8, 7)
    assert read(short, "7:02:47") == 25_367_000
    assert len(layouts("%H%M")) == 1


@pytest.mark.parametrize("form", ["%d %b %Y", "%I:%M %p", "%d/%m %H:%M", "%Y-%m-%d %Y", "%Y年%m月%d日", "epoch"])
def test_formats_of_words_or_without_a_date_have_no_layout(form: str) -> None:
    """Only plain numbers of a full date, or a clock, are read by layout."""
    assert layouts(form) == () or form == "epoch"


def test_seconds_since_1970() -> None:
    """Ten digits are seconds, thirteen milliseconds."""
    assert read(EPOCH_LAYOUTS["epoch"][0], "1772413200") == 1_772_413_200_000
    assert read(EPOCH_LAYOUTS["epoch_ms"][0], "1772413200123") == 1_772_413_200_123
    assert read(EPOCH_LAYOUTS["epoch"][0], "17724132.0") is None
