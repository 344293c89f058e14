"""Local times to instants, against zoneinfo, also where the clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sources.timestamps.local_time import LocalClock

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive
MADRID = "Europe/Madrid"


def local(text: str) -> int:
    """Milliseconds on the wall clock."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def utc(text: str) -> int:
    """Milliseconds of an instant in UTC."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def place(text: str, ambiguous: str = "first", nonexistent: str = "reject", zone: str = MADRID) -> tuple[int, ...]:
    """Instant, twin, and the two refusals of one local time."""
    placed = LocalClock(zone, ambiguous, nonexistent).place(np.array([local(text)], dtype=np.int64))
    return (
        int(placed.utc_ms[0]),
        int(placed.twin_ms[0]),
        bool(placed.ambiguous[0]),
        bool(placed.nonexistent[0]),
    )


ZONES = [
    "UTC",
    MADRID,
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Asia/Kathmandu",
    "Africa/Casablanca",  # summer time suspended for a month
    "Pacific/Apia",  # a day that did not occur
    "America/St_Johns",  # changes at 00:01
    "Asia/Jerusalem",
]


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=30),  # noqa: DTZ001
)
def test_instants_are_those_of_zoneinfo(zone: str, moments: list[datetime]) -> None:
    """Any local time of any zone is placed where zoneinfo places it, in its first and in its second occurrence."""
    cut = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
    times = np.array([(moment - EPOCH) // timedelta(milliseconds=1) for moment in cut], dtype=np.int64)
    for fold, name in ((0, "first"), (1, "second")):
        placed = LocalClock(zone, name, "shift").place(times)
        for moment, ms in zip(cut, placed.utc_ms.tolist(), strict=True):
            aware = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
            there_and_back = aware.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            if there_and_back != moment:  # it does not occur: both choices give the shifted time
                aware = aware.replace(fold=0)
            assert ms == (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@settings(deadline=None)
@given(st.sampled_from(ZONES), st.lists(st.integers(utc("1990-01-01T00:00Z"), utc("2037-12-31T00:00Z"))))
def test_instants_come_back_from_their_local_time(zone: str, instants: list[int]) -> None:
    """The local time of an instant is placed at the instant, or has it for its twin."""
    shown = [
        (datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).replace(tzinfo=None) - EPOCH) // timedelta(milliseconds=1)
        for ms in (instant // 1000 * 1000 for instant in instants)
    ]
    placed = LocalClock(zone, "first", "reject").place(np.array(shown, dtype=np.int64))
    assert not placed.nonexistent.any()
    for instant, first, twin in zip(instants, placed.utc_ms.tolist(), placed.twin_ms.tolist(), strict=True):
        assert instant // 1000 * 1000 in {first, twin}


def test_the_repeated_hour_is_first_second_or_refused() -> None:
    """On 2026-10-25 02:30 occurs at 00:30 and at 01:30 UTC in Madrid; each choice knows the twin."""
    first, second = utc("2026-10-25T00:30Z"), utc("2026-10-25T01:30Z")
    assert place("2026-10-25T02:30", "first") == (first, second, False, False)
    assert place("2026-10-25T02:30", "second") == (second, first, False, False)
    assert place("2026-10-25T02:30", "reject")[2:] == (True, False)
    for edge, occurs in (("2026-10-25T01:59:59.999", 1), ("2026-10-25T02:00", 2), ("2026-10-25T03:00", 1)):
        instant, twin, *_ = place(edge)
        assert len({instant, twin}) == occurs, edge


def test_the_hour_that_does_not_occur_is_refused_or_shifted() -> None:
    """On 2026-03-29 Madrid has no 02:30: refused, or 03:30 summer time."""
    assert place("2026-03-29T02:30")[2:] == (False, True)
    assert place("2026-03-29T02:30", "second", "shift") == (*[utc("2026-03-29T01:30Z")] * 2, False, False)
    assert place("2026-03-29T03:00") == (*[utc("2026-03-29T01:00Z")] * 2, False, False)
    assert place("2026-03-29T01:59:59.999")[2:] == (False, False)


def test_a_clock_that_changes_at_an_odd_minute_is_exact() -> None:
    """St. John's changed at 00:01 until 2011; the minutes around it are placed one by one."""
    assert place("2010-03-14T00:00:59", zone="America/St_Johns")[0] == utc("2010-03-14T03:30:59Z")
    assert place("2010-03-14T00:01:00", zone="America/St_Johns")[3]
    assert place("2010-11-07T00:00:30", zone="America/St_Johns")[0] == utc("2010-11-07T02:30:30Z")


def test_no_times_are_no_instants() -> None:
    """An empty column is an empty column."""
    placed = LocalClock(MADRID, "first", "reject").place(np.zeros(0, dtype=np.int64))
    assert len(placed.utc_ms) == len(placed.ambiguous) == 0


@pytest.mark.parametrize("choice", ["first", "second"])
def test_an_ordinary_time_is_its_own_twin(choice: str) -> None:
    """Where the clock does not change both occurrences are one."""
    instant, twin, *_ = place("2026-07-01T12:00", choice)
    assert instant == twin == utc("2026-07-01T10:00Z")
