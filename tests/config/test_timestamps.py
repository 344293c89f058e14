"""Instants between text and whole milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.timestamps import from_rfc3339, local_rfc3339, rfc3339, to_ms

YEARS = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30))  # noqa: DTZ001 - the zone is drawn apart
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(YEARS, OFFSETS)
def test_milliseconds_are_exact_for_every_offset(naive: datetime, zone: timezone) -> None:
    """An instant is its whole milliseconds since 1970, finer digits cut, whatever its offset."""
    instant = naive.replace(tzinfo=zone)
    assert to_ms(instant) == (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(st.integers(-2_208_988_800_000, 32_503_680_000_000 - 1))
def test_text_reads_back_to_the_same_instant(ms: int) -> None:
    """UTC and local text both name the millisecond they were made of."""
    assert from_rfc3339(rfc3339(ms)) == ms
    if ms > 0:  # before, zones had offsets with seconds, which RFC 3339 has not
        assert from_rfc3339(local_rfc3339(ms, "Australia/Lord_Howe")) == ms


def test_an_instant_before_1970_is_cut_downwards() -> None:
    """Cutting keeps an instant inside the interval it lies in, before 1970 too."""
    assert to_ms(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 999, tzinfo=UTC)) == 0


def test_output_is_utc_and_has_milliseconds_only_where_there_are_any() -> None:
    """`Z`, whole seconds plain, else three decimals; local text has its offset, in either hour of a repeated one."""
    assert rfc3339(from_rfc3339("2026-03-02T02:00:00+01:00")) == "2026-03-02T01:00:00Z"
    assert rfc3339(from_rfc3339("2026-03-02T01:00:00.05Z")) == "2026-03-02T01:00:00.050Z"
    first, second = from_rfc3339("2026-10-25T00:30:00Z"), from_rfc3339("2026-10-25T01:30:00Z")
    assert local_rfc3339(first, "Europe/Madrid") == "2026-10-25T02:30:00+02:00"
    assert local_rfc3339(second, "Europe/Madrid") == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("text", ["2026-03-02T01:00:00", "2026-03-02", "soon", "", "2026-02-30T00:00:00Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    """Text without an offset, or that is no instant at all, raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        from_rfc3339(text)
