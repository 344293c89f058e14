"""Columns of texts to columns of instants: one column or several, formats in turn, empties."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.blocks import TextColumn
from streams.sources.timestamps.columns import Moments

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1))  # noqa: DTZ001 - as EPOCH


def column(*texts: str) -> TextColumn:
    """A column with these cells."""
    return TextColumn(pa.array(texts, pa.string()))


def read(moments: Moments, *columns: TextColumn) -> list[int | str]:
    """Milliseconds by row, or "empty", or "fault"."""
    result = moments.read(columns)
    return [
        "empty" if empty else int(ms) if good else "fault"
        for ms, good, empty in zip(result.ms, result.read, result.empty, strict=True)
    ]


def milliseconds(moment: datetime) -> int:
    """On the wall clock, since 1970."""
    return (moment.replace(microsecond=0) - EPOCH) // timedelta(milliseconds=1)


FORMS = ["%Y-%m-%d %H:%M:%S", "%y%m%d %H:%M:%S", "%d %b %Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"]


@settings(deadline=None)
@given(st.lists(st.tuples(MOMENTS, st.sampled_from(FORMS)), min_size=1, max_size=20))
def test_formats_are_tried_in_turn(rows: list[tuple[datetime, str]]) -> None:
    """Rows in any mixture of formats are read, each by the format it is in."""
    texts = [moment.strftime(form) for moment, form in rows]
    assert read(Moments(FORMS), column(*texts)) == [milliseconds(moment) for moment, _ in rows]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), MOMENTS), min_size=1, max_size=20), st.sampled_from(FORMS[:2]), st.booleans())
def test_date_and_clock_in_two_columns(rows: list[datetime | None], form: str, padded: bool) -> None:
    """A date and a clock in columns of their own give the same instants, padded or not; empty parts give none."""
    day, clock = form.split(" ")
    dates = [(row or EPOCH).strftime(day) for row in rows]
    clocks = ["-" if row is None else row.strftime(clock) for row in rows]
    if not padded:
        clocks = [text.removeprefix("0") for text in clocks]
    expected = ["empty" if row is None else milliseconds(row) for row in rows]
    assert read(Moments([form], frozenset({"-"})), column(*dates), column(*clocks)) == expected


def test_cells_that_mean_not_reported_are_empty_in_any_width() -> None:
    """A cell in `empty` is empty even where it would be an instant, and so is a blank one."""
    moments = Moments((), frozenset({"1900-01-01T00:00:00Z"}))
    cells = column("1900-01-01T00:00:00Z", "", "  ", "2026-03-02T01:00:00Z", " 2026-03-02T01:00:00Z ")
    assert read(moments, cells) == ["empty", "empty", "empty", 1_772_413_200_000, 1_772_413_200_000]


def test_a_text_in_no_format_is_a_fault() -> None:
    """A text that no format reads is neither empty nor an instant; the rows around it are."""
    moments = Moments(["%Y-%m-%d %H:%M"])
    assert read(moments, column("2026-03-02 01:00", "2026-03-02", "2026-3-2 1:00", "x")) == [
        1_772_413_200_000,
        "fault",
        1_772_413_200_000,
        "fault",
    ]


def test_three_columns_make_one_instant() -> None:
    """Year, month and clock may stand apart."""
    columns = column("2026", "2026"), column("3", "13"), column("2 01:00", "2 01:00")
    assert read(Moments(["%Y %m %d %H:%M"]), *columns) == [1_772_413_200_000, "fault"]


@pytest.mark.parametrize("date", ["2026-03-02", "20260302"])
def test_rfc_3339_in_two_columns(date: str) -> None:
    """Without a format, a date and a clock in two columns are read as one text."""
    expected: list[int | str] = [1_772_413_200_000] if "-" in date else ["fault"]
    assert read(Moments(()), column(date), column("01:00:00")) == expected
