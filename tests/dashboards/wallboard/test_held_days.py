"""The last days of one queue: revisions, open intervals, days that go, and states."""

import datetime as dt
from pathlib import Path

import pytest
from wallboard_rows import AT_NOON, configuration, final, running

from config.timestamps import from_rfc3339
from dashboards.wallboard.held_days import HeldDays

HALF_HOUR = 1_800_000
EIGHT = from_rfc3339("2026-03-02T08:00:00Z")


@pytest.fixture
def queue(tmp_path: Path) -> HeldDays:
    """`sales`, two days of it."""
    return HeldDays(configuration(tmp_path).queue("sales"), "sales", 2)


def test_a_later_revision_replaces_what_is_shown_and_keeps_the_earlier(queue: HeldDays) -> None:
    """The day shows the correction, the interval shows both."""
    assert queue.put(final("sales", 0, 0.80))
    assert queue.put(final("sales", 0, 0.60, revision=2, status="corrected"))
    assert [row["revision"] for row in queue.interval(EIGHT)] == [1, 2]
    assert [row["service_level"] for row in queue.day(dt.date(2026, 3, 2)) or []] == [0.60]
    assert queue.day_bars(AT_NOON)["codes"] == "B"


def test_a_row_delivered_twice_changes_nothing(queue: HeldDays) -> None:
    """A stream delivers at least once; the screen does not move for it."""
    assert queue.put(final("sales", 0))
    assert not queue.put(final("sales", 0))
    assert not queue.put(running("sales", 0, 0.1))
    assert queue.not_final == []


def test_an_open_interval_stands_until_its_result_comes(queue: HeldDays) -> None:
    """During the grace period two intervals are open; the result takes the place of the first."""
    queue.put(running("sales", 3, 0.5))
    queue.put(running("sales", 4, 0.9))
    assert queue.day_bars(AT_NOON)["codes"] == "pp"
    queue.put(final("sales", 3, 0.5))
    assert queue.day_bars(AT_NOON)["codes"] == "bp"
    assert len(queue.not_final) == 1
    assert queue.not_final[-1]["interval_start"] == "2026-03-02T10:00:00Z"


def test_memory_ends_two_days_back(queue: HeldDays) -> None:
    """A year of rows leaves two local days of them, and a row from before is not taken."""
    for number in range(48 * 30):
        queue.put(final("sales", number))
    assert len(queue.encoded()) <= 2 * 48
    assert queue.day(dt.date(2026, 3, 5)) is None
    assert not queue.put(final("sales", 0))


def test_revisions_of_one_interval_are_bounded(queue: HeldDays) -> None:
    """The first revision and the last ones are kept of a thousand corrections."""
    for revision in range(1, 1001):
        queue.put(final("sales", 0, revision=revision))
    kept = [row["revision"] for row in queue.interval(EIGHT)]
    assert len(kept) <= 20
    assert (kept[0], kept[-1]) == (1, 1000)


def test_a_day_of_clock_change_has_its_own_length(queue: HeldDays) -> None:
    """29 March 2026 has 23 hours in Madrid, 25 October 25."""
    for date, hours in ((dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25), (dt.date(2026, 3, 2), 24)):
        begin, end = queue.bounds(date)
        assert end - begin == hours * 3_600_000


def test_the_strip_has_a_place_for_every_interval_between(queue: HeldDays) -> None:
    """An interval that is not there is a gap, not a shift of what follows; breaches leave a mark."""
    queue.put(final("sales", 0, 0.95))
    queue.put(final("sales", 3, 0.5, breaches="service_level_below_range/sales/x"))
    queue.put(final("sales", 4, status="missing", spec="unknown", service_level=None))
    strip = queue.day_bars(AT_NOON)
    assert (strip["first_ms"], strip["step_ms"]) == (EIGHT, HALF_HOUR)
    assert strip["codes"] == "a..bm"
    assert strip["levels"] == [0.95, None, None, 0.5, None]
    assert strip["marks"] == "   ! "


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-03-02T06:30:00Z", "closed"),  # 07:30 in Madrid: it opens at 08:00
        ("2026-03-02T07:30:00Z", "waiting"),
        ("2026-03-02T08:00:00Z", "never_seen"),  # an hour into its open time
        ("2026-03-02T20:00:00Z", "closed"),
    ],
)
def test_a_queue_without_data(queue: HeldDays, at: str, state: str) -> None:
    """An hour into open time a queue that nothing came for is never seen; outside it is closed."""
    assert queue.state(from_rfc3339(at)) == state


def test_a_queue_goes_stale_when_the_next_interval_is_overdue(queue: HeldDays) -> None:
    """After 11:30-12:00Z, 12:00-12:30Z must be final by 12:30 + threshold + grace; some minutes later it is stale."""
    queue.put(final("sales", 7, 0.8))
    assert queue.state(from_rfc3339("2026-03-02T12:34:00Z")) == "in_range"
    assert queue.state(from_rfc3339("2026-03-02T12:40:00Z")) == "stale"
    assert queue.state(from_rfc3339("2026-03-02T20:40:00Z")) == "closed"


def test_an_open_interval_that_runs_below_says_so_before_it_is_final(queue: HeldDays) -> None:
    """People see that an open interval runs below its range while they can still act."""
    queue.put(final("sales", 7, 0.8))
    queue.put(running("sales", 8, 0.4))
    assert queue.state(AT_NOON) == "below"
