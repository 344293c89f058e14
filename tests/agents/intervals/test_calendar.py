"""Where intervals lie and when a queue is open, through clock changes and over midnight."""

import datetime as dt

import pytest
from engine import HALF_HOUR, MINUTE, at, configuration, content, settings

from agents.intervals.calendar import Calendar, never_seen, open_now

HOUR = 60 * MINUTE


def calendar(
    timezone: str = "Europe/Madrid",
    minutes: int = 30,
    edge: str = "left",
    anchor: str = "2026-03-02T12:00",
    **given: object,
) -> Calendar:
    """A calendar with hours as the configuration spells them."""
    found = settings(timezone=timezone, interval_minutes=minutes, interval_closed=edge, **given)[-1]
    return Calendar(timezone, minutes * MINUTE, edge, found.hours, found.closed, at(anchor))


@pytest.mark.parametrize("minutes", [5, 6, 10, 12, 15, 20, 30, 60])
def test_an_interval_is_closed_on_the_left(minutes: int) -> None:
    """An instant on the border begins an interval, the millisecond before it ends one."""
    grid = calendar(minutes=minutes)
    border = at("09:00")
    assert grid.start_of(border) == border
    assert grid.start_of(border - 1) == border - minutes * MINUTE
    assert grid.start_of(border + minutes * MINUTE - 1) == border


def test_an_interval_may_be_closed_on_the_right() -> None:
    """Under `right` an instant on the border ends an interval, the millisecond after it begins one."""
    grid = calendar(minutes=6, edge="right")
    border = at("09:06")
    assert grid.start_of(border) == at("09:00")
    assert grid.start_of(border + 1) == border
    assert grid.start_of(border - 1) == at("09:00")


def test_midnight_belongs_to_the_day_that_begins() -> None:
    """Under `right` local midnight is in the first interval of the day that begins there; UTC's is a border as any."""
    grid = calendar("Asia/Jerusalem", 6, "right")
    midnight = at("2026-03-02T22:00")  # 2026-03-03T00:00+02:00
    assert grid.start_of(midnight) == midnight
    assert grid.start_of(midnight - 1) == midnight - 6 * MINUTE
    assert grid.start_of(at("2026-03-03T00:00")) == at("2026-03-02T23:54")


@pytest.mark.parametrize(
    ("timezone", "offset"),
    [
        ("Asia/Kolkata", 330),
        ("Asia/Kathmandu", 345),
        ("Australia/Adelaide", 570),
        ("America/St_Johns", -210),
        ("Pacific/Chatham", 765),
    ],
)
def test_hours_begin_on_the_local_hour_of_odd_zones(timezone: str, offset: int) -> None:
    """Hourly intervals begin at full hours of local standard time, whatever the zone's offset."""
    grid = calendar(timezone, 60, anchor="2026-06-15T12:00")
    noon = at("2026-06-15T12:00") - offset * MINUTE  # 12:00 standard time
    assert grid.start_of(noon) == noon
    assert grid.start_of(noon + 59 * MINUTE) == noon


def test_the_grid_does_not_depend_on_the_season_of_the_anchor() -> None:
    """Lord Howe's summer time is half an hour: the grid stays on standard time, summer and winter."""
    summer = calendar("Australia/Lord_Howe", 60, anchor="2026-01-15T00:00")
    winter = calendar("Australia/Lord_Howe", 60, anchor="2026-07-15T00:00")
    assert summer.phase_ms == winter.phase_ms == HALF_HOUR  # standard time is UTC+10:30
    # 10:00 local summer time (UTC+11) is 09:30 standard: in the middle of an hour on the grid.
    ten = at("2026-01-14T23:00")
    assert summer.start_of(ten) == ten - HALF_HOUR
    assert summer.slot(ten - HALF_HOUR) == (4, 9 * 60 + 30)


def test_days_have_23_24_or_25_hours() -> None:
    """Without hours a day runs from local midnight to local midnight, through both clock changes."""
    grid = calendar("Europe/Madrid")
    lengths = {date: grid.day(dt.date.fromisoformat(date)).open_ms // HOUR for date in DAYS}
    assert lengths == DAYS


DAYS = {"2026-03-28": 24, "2026-03-29": 23, "2026-10-24": 24, "2026-10-25": 25}


def test_lord_howe_days_change_by_half_an_hour() -> None:
    """The days of Lord Howe's clock changes have 24.5 and 23.5 hours."""
    grid = calendar("Australia/Lord_Howe")
    assert grid.day(dt.date(2026, 4, 5)).open_ms == 49 * HALF_HOUR
    assert grid.day(dt.date(2026, 10, 4)).open_ms == 47 * HALF_HOUR


def test_the_repeated_hour_is_two_hours() -> None:
    """When summer time ends, four half hours begin between 02:00 and 03:00 local time, each of its own."""
    grid = calendar(hours={"sun": "00:00-24:00"})
    starts = list(grid.open_starts(at("2026-10-24T22:00"), at("2026-10-25T23:00")))
    assert len(starts) == 50
    assert [grid.slot(start)[1] for start in starts].count(2 * 60) == 2
    assert len(set(starts)) == 50


def test_the_hour_that_does_not_exist_has_no_interval() -> None:
    """When summer time begins, no interval begins between 02:00 and 03:00 local time."""
    grid = calendar(hours={"sun": "00:00-24:00"})
    starts = list(grid.open_starts(at("2026-03-28T23:00"), at("2026-03-29T22:00")))
    assert len(starts) == 46
    assert not [start for start in starts if grid.slot(start)[1] // 60 == 2]


def test_open_hours_are_local() -> None:
    """08:00-20:00 in Madrid is 07:00-19:00 UTC in winter and 06:00-18:00 in summer."""
    grid = calendar(hours={"mon-fri": "08:00-20:00"})
    winter, summer = grid.day(dt.date(2026, 3, 2)), grid.day(dt.date(2026, 3, 30))
    assert (winter.begin_ms, winter.end_ms) == (at("2026-03-02T07:00"), at("2026-03-02T19:00"))
    assert (summer.begin_ms, summer.end_ms) == (at("2026-03-30T06:00"), at("2026-03-30T18:00"))
    assert not grid.is_open(at("2026-03-02T06:30"))
    assert grid.is_open(at("2026-03-02T07:00"))
    assert grid.is_open(at("2026-03-02T18:30"))
    assert not grid.is_open(at("2026-03-02T19:00"))
    assert not grid.is_open(at("2026-03-07T12:00"))  # a Saturday


def test_open_hours_may_begin_off_the_grid() -> None:
    """An interval is open when any part of it is: from 08:20, the half hour that begins at 08:00."""
    grid = calendar("UTC", hours={"mon": "08:20-09:10"})
    assert list(grid.open_starts(at("00:00"), at("23:30"))) == [at("08:00"), at("08:30"), at("09:00")]
    assert grid.open_between(at("08:00"), at("08:30")) == 10 * MINUTE


def test_two_spans_may_share_an_interval() -> None:
    """Spans that meet inside one interval do not make it two."""
    grid = calendar("UTC", hours={"mon": ["08:00-08:40", "08:50-09:30"]})
    assert list(grid.open_starts(at("00:00"), at("23:30"))) == [at("08:00"), at("08:30"), at("09:00")]
    assert grid.open_between(at("08:30"), at("09:00")) == 20 * MINUTE


@pytest.mark.parametrize(
    "hours",
    [
        {"mon-sun": "22:00-06:00"},
        {"mon-sun": ["00:00-06:00", "22:00-24:00"]},
    ],
)
def test_a_shift_over_midnight_is_one_day(hours: dict[str, object]) -> None:
    """A night belongs to the day it began on, spelled as one span or as two that meet at midnight."""
    grid = calendar("UTC", hours=hours)
    for text in ("2026-03-03T22:00", "2026-03-03T23:30", "2026-03-04T00:00", "2026-03-04T05:30"):
        day = grid.open_day(at(text))
        assert day is not None
        assert day.date == dt.date(2026, 3, 3), text
        assert (day.begin_ms, day.end_ms, day.open_ms) == (at("2026-03-03T22:00"), at("2026-03-04T06:00"), 8 * HOUR)
    assert grid.open_day(at("2026-03-04T06:00")) is None


def test_an_evening_runs_on_after_midnight() -> None:
    """15:00-24:00 and then 00:00-02:00 are one shift; the first two hours of a week without an eve stand alone."""
    grid = calendar("UTC", hours={"mon": "15:00-24:00", "tue": ["00:00-02:00", "15:00-20:00"]})
    night = grid.open_day(at("2026-03-03T01:30"))
    assert night is not None
    assert (night.date, night.begin_ms, night.end_ms) == (
        dt.date(2026, 3, 2),
        at("2026-03-02T15:00"),
        at("2026-03-03T02:00"),
    )
    tuesday = grid.open_day(at("2026-03-03T15:00"))
    assert tuesday is not None
    assert (tuesday.date, tuesday.begin_ms) == (dt.date(2026, 3, 3), at("2026-03-03T15:00"))


def test_open_around_the_clock_is_a_day_from_midnight_to_midnight() -> None:
    """Full days do not grow together into one shift without an end."""
    grid = calendar("UTC", hours={"mon-sun": "00:00-24:00"})
    day = grid.open_day(at("2026-03-03T00:00"))
    assert day is not None
    assert (day.begin_ms, day.end_ms) == (at("2026-03-03T00:00"), at("2026-03-04T00:00"))


def test_no_span_begins_on_a_closed_date() -> None:
    """A closed date has no hours of its own; the night that began on the eve ends when it ends."""
    grid = calendar("UTC", hours={"mon-sun": "22:00-06:00"}, closed=["2026-03-04"])
    assert grid.is_open(at("2026-03-04T05:30"))
    assert not grid.is_open(at("2026-03-04T22:00"))
    assert not grid.is_open(at("2026-03-05T05:30"))
    assert grid.is_open(at("2026-03-05T22:00"))


def test_a_night_through_a_clock_change_has_an_hour_more_or_less() -> None:
    """22:00-06:00 has 7 hours when summer time begins in it, and 9 when it ends."""
    grid = calendar(hours={"sat": "22:00-06:00"})
    assert grid.day(dt.date(2026, 3, 28)).open_ms == 7 * HOUR
    assert grid.day(dt.date(2026, 10, 24)).open_ms == 9 * HOUR


def test_open_time_is_counted_over_days() -> None:
    """Open time between two instants leaves out nights, weekends and closed dates."""
    grid = calendar("UTC", hours={"mon-fri": "08:00-20:00"}, closed=["2026-03-04"])
    # Monday from 19:00: 1 hour; Tuesday 12; Wednesday closed; Thursday up to 09:30: 1.5.
    assert grid.open_between(at("2026-03-02T19:00"), at("2026-03-05T09:30")) == 29 * HALF_HOUR
    assert grid.open_between(at("2026-03-05T09:30"), at("2026-03-02T19:00")) == 0
    assert calendar("UTC").open_between(at("09:00"), at("10:00")) == HOUR


def test_without_hours_every_interval_is_open_and_none_is_required() -> None:
    """A queue without hours is open whenever there is data: no interval is due for a row by the clock."""
    grid = calendar("UTC")
    assert grid.is_open(at("03:00"))
    assert list(grid.open_starts(at("00:00"), at("12:00"))) == []
    day = grid.open_day(at("23:30"))
    assert day is not None
    assert day.end_ms == at("2026-03-03T00:00")


def test_a_midnight_that_does_not_exist_begins_the_day_an_hour_later() -> None:
    """Where summer time begins at midnight, the day begins at 01:00 local time and has 23 hours."""
    grid = calendar("America/Asuncion", anchor="2023-10-01T12:00")
    day = grid.day(dt.date(2023, 10, 1))
    assert (day.begin_ms, day.open_ms) == (at("2023-10-01T04:00"), 23 * HOUR)


def versions(*hours: object) -> Calendar:
    """A calendar whose hours change on Tuesday 2026-03-03 at midnight UTC."""
    instants = ("2026-01-01T00:00:00Z", "2026-03-03T00:00:00Z")
    files = [
        content(version=(f"v{place}", instant), hours=given)  # type: ignore[arg-type]  # as JSON has it
        for place, (instant, given) in enumerate(zip(instants, hours, strict=True))
    ]
    return Calendar.of(configuration(*files).queue("sales"), at("12:00"))


def test_hours_are_those_of_the_version_in_force() -> None:
    """Hours that change with a parameter version change from its instant on."""
    grid = versions({"mon-tue": "09:00-10:00"}, {"mon-tue": "08:00-08:30"})
    starts = grid.open_starts(at("00:00"), at("2026-03-04T00:00"))
    assert list(starts) == [at("09:00"), at("09:30"), at("2026-03-03T08:00")]


def test_a_night_that_a_version_begins_in_stays_one_day() -> None:
    """Where the new version has the same night, its midnight does not cut the shift."""
    night = {"mon-sun": "22:00-06:00"}
    day = versions(night, night).open_day(at("2026-03-03T05:30"))
    assert day is not None
    assert (day.begin_ms, day.end_ms, len(day.spans)) == (at("22:00"), at("2026-03-03T06:00"), 1)


def test_hours_may_begin_with_a_version() -> None:
    """Before the first hours the queue is open whenever there is data, and no row is due."""
    grid = versions(None, {"mon-tue": "09:00-10:00"})
    assert list(grid.open_starts(at("00:00"), at("2026-03-04T00:00"))) == [
        at("2026-03-03T09:00"),
        at("2026-03-03T09:30"),
    ]
    assert grid.is_open(at("03:00"))
    assert not grid.is_open(at("2026-03-03T03:00"))
    assert grid.open_between(at("23:00"), at("2026-03-03T09:30")) == 3 * HALF_HOUR


def test_open_now_is_the_instant_s_own() -> None:
    """Open from the first millisecond of a span to before its end, wherever the borders of intervals lie."""
    grid = calendar("UTC", hours={"mon": ["09:10-12:00", "13:00-20:00"]})
    seen = {at(clock): open_now(grid, at(clock)) for clock in ("09:05", "09:10", "11:59", "12:00", "13:00", "20:00")}
    assert list(seen.values()) == [False, True, True, False, True, False]


def test_a_queue_without_hours_is_neither_open_nor_closed() -> None:
    """It is open whenever data comes; from the version on that sets hours they hold."""
    assert open_now(calendar("UTC"), at("12:00")) is None
    grid = versions(None, {"mon-tue": "09:00-10:00"})
    assert open_now(grid, at("09:30")) is None
    assert open_now(grid, at("2026-03-03T09:30")) is True
    assert open_now(grid, at("2026-03-03T10:30")) is False


def test_a_queue_counts_as_never_seen_an_hour_into_its_open_time() -> None:
    """Not before, not in its break, and not when it is closed."""
    grid = calendar("UTC", hours={"mon": ["09:00-12:00", "13:00-20:00"]})
    clocks = ("08:59", "09:59", "10:00", "12:10", "13:00", "20:00")
    assert [never_seen(grid, at(clock)) for clock in clocks] == [False, False, True, False, True, False]


def test_without_hours_the_open_time_is_the_local_day() -> None:
    """A configured name that no feed knows must show itself without hours, too: from one in the morning on."""
    grid = calendar("UTC")
    assert not never_seen(grid, at("00:59"))
    assert never_seen(grid, at("01:00"))
