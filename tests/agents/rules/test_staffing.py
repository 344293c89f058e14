"""Rises over the forecast that only two running intervals together tell from chance (`z_two`)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_rows import Queue, missing

from agents.rules.staffing import settled

VOLUME = {"volume_variance": {"z": 3.5, "z_two": 3.2, "tolerance": 0.10, "critical": 6.0}}
AHT = {"aht_variance": {"z": 3.8, "z_two": 3.0, "tolerance": 0.10, "critical": 6.0}}


def opened(queue: Queue, rule: str = "volume_variance") -> list[str]:
    """When breaches of a rule opened."""
    return [clock for state, clock in queue.states(rule) if state == "opened"]


def after(*offered: int, forecast: float = 100, rules: dict[str, dict[str, float | None]] | None = None) -> Queue:
    """A queue after intervals with so many contacts each."""
    queue = Queue(rules or VOLUME)
    for contacts in offered:
        queue.interval(offered=contacts, forecast_offered=forecast)
    return queue


@pytest.mark.parametrize(
    ("first", "second", "clocks"),
    [
        (130, 118, []),  # z 2.799 and 1.723: 4.521 / sqrt(2) = 3.197
        (130, 119, ["08:30"]),  # z 1.814: 3.262
        (118, 130, []),
        (119, 130, ["08:30"]),
        (139, 100, ["08:00"]),  # z 3.570 by itself
        (100, 138, []),  # z 3.485 by itself, 0 before
        (130, 72, []),  # up, then down
        (72, 72, []),  # z -3.02 twice: a fall is told by one interval, or not at all
    ],
)
def test_two_running_rises_open_what_neither_does(first: int, second: int, clocks: list[str]) -> None:
    """The sum of both z over the square root of 2 must exceed 3.2."""
    assert opened(after(first, second)) == clocks


def test_each_of_both_must_count_for_the_tolerance() -> None:
    """1100 and 1100 for 1000 are z 3.09 twice, and 10 % exactly; 1101 is beyond it."""
    assert opened(after(1100, 1100, forecast=1000)) == []
    assert opened(after(1100, 1101, forecast=1000)) == ["08:30"]


def test_the_breach_began_with_the_first_of_both() -> None:
    """Its first interval, and so its id, is the one it rests on."""
    (record,) = after(130, 125).records("volume_variance")
    assert record["first_interval_start"] == "2026-03-02T08:00:00Z"
    assert record["breach_id"] == "volume_variance/sales/2026-03-02T08:00:00Z"
    assert record["severity"] == "warning"


def test_the_limit_is_what_the_second_had_to_exceed() -> None:
    """At the limit the record names, both z add up to 3.2 sqrt(2), and it is below what came."""
    (record,) = after(130, 125).records("volume_variance")
    limit = record["limit"]
    assert isinstance(limit, float)
    z = [2 * (math.sqrt(contacts + 0.375) - math.sqrt(100.375)) for contacts in (130, 100 * (1 + limit))]
    assert sum(z) == pytest.approx(3.2 * math.sqrt(2))
    assert limit < 0.25


def test_what_one_interval_has_told_is_not_told_again() -> None:
    """After 90 for 30 (z 8), 35 (z 0.9, 17 % more) is back inside: the first counts as 3.5 at most."""
    queue = after(90, 35, 30, forecast=30)
    assert queue.states("volume_variance") == [("opened", "08:00"), ("updated", "08:30"), ("resolved", "09:00")]


def test_a_missing_interval_in_between_parts_them() -> None:
    """Only intervals side by side are looked at together."""
    queue = after(130)
    queue.interval(**missing(forecast_offered=100))
    queue.interval(offered=130, forecast_offered=100)
    assert opened(queue) == []
    queue.interval(offered=130, forecast_offered=100)
    assert opened(queue) == ["09:30"]


def test_intervals_without_rows_in_between_part_them() -> None:
    """08:00 and 09:00 are not side by side."""
    queue = after(130)
    queue.interval("09:00", offered=130, forecast_offered=100)
    assert opened(queue) == []


def test_a_new_day_begins_anew() -> None:
    """Round the clock 23:30 and 00:00 are side by side, and of two days."""
    queue = Queue(VOLUME, hours={"mon-sun": "00:00-24:00"})
    for start in ("23:30", "2026-03-03T00:00"):
        queue.interval(start, offered=130, forecast_offered=100)
    assert opened(queue) == []


def test_a_restart_in_between_forgets_nothing() -> None:
    """The first of both is in the state."""
    queue = after(130)
    queue.restart()
    queue.interval(offered=130, forecast_offered=100)
    assert opened(queue) == ["08:30"]


def test_can_be_switched_off() -> None:
    """`z_two: null`: each interval by itself."""
    rules: dict[str, dict[str, float | None]] = {"volume_variance": {"z": 3.5, "z_two": None}}
    assert opened(after(130, 130, 130, rules=rules)) == []
    assert opened(after(139, rules=rules)) == ["08:00"]


@pytest.mark.parametrize(("second", "opens"), [(210, False), (211, True)])
def test_long_calls_are_told_by_two_intervals(second: float, opens: bool) -> None:
    """230 s for 180 s over 100 calls is z 2.588; 3.0 sqrt(2) is reached at 210.8 s in the next."""
    queue = Queue(AHT)
    queue.interval(aht_seconds=230)
    queue.interval(aht_seconds=second)
    assert opened(queue, "aht_variance") == (["08:30"] if opens else [])


def test_an_interval_with_too_few_calls_is_not_paired() -> None:
    """19 handled say nothing of AHT, and part the intervals around them."""
    queue = Queue(AHT)
    for handled in (100, 19, 100):
        queue.interval(aht_seconds=230, handled=handled)
    assert opened(queue, "aht_variance") == []


@given(st.lists(st.integers(60, 150), min_size=1, max_size=24))
def test_opens_first_where_one_or_two_are_beyond_their_limit(offered: list[int]) -> None:
    """The first opening of any day is that of the two conditions, written down independently."""
    z = [2 * (math.sqrt(contacts + 0.375) - math.sqrt(100.375)) for contacts in offered]
    first = None
    for n, deviation in enumerate(z):
        alone = abs(deviation) > 3.5
        both = n > 0 and min(z[n - 1], deviation) > 0 and (z[n - 1] + deviation) / math.sqrt(2) > 3.2
        if (alone or both) and abs(offered[n] - 100) > 10:
            first = n
            break
    minutes = None if first is None else 480 + 30 * first
    expected = [] if minutes is None else [f"{minutes // 60:02d}:{minutes % 60:02d}"]
    assert opened(after(*offered))[:1] == expected


@pytest.mark.parametrize(("minutes", "says"), [(0, False), (14, False), (15, True), (600, True)])
def test_a_queue_is_settled_five_handle_times_after_opening(minutes: int, says: bool) -> None:
    """With an AHT of 180 s that is 15 minutes."""
    assert settled(minutes * 60_000, 180) is says
