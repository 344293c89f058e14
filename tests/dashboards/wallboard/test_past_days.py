"""Days gone by: sums of queues and days, worst first, and the map of one date."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from wallboard_rows import breach, configuration, final, written

from dashboards.wallboard.past.breaches import breaches_of_day
from dashboards.wallboard.past.days import PastDays
from dashboards.wallboard.state import View
from streams.history.store import Store

MONDAY = dt.date(2026, 3, 2)


@pytest.fixture(params=["history", "view"])
def days(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PastDays]:
    """Monday: sales 50 and 80 of 100, orders 90 of 100; Tuesday: sales 76 of 100, corrected from 40, orders missing."""
    rows = [
        final("sales", 0, 0.50, breaches="service_level_below_range/sales/x"),
        final("sales", 1, 0.80),
        final("sales", 48, 0.40),
        final("sales", 48, 0.76, revision=2, status="corrected"),
        final("orders", 0, 0.90),
        final("orders", 48, status="missing", spec="unknown", service_level=None, offered=None, answered_within=None),
    ]
    view = View(configuration(tmp_path))
    if request.param == "view":
        for row in rows:
            view.result(row)
        yield PastDays(view, None)
        return
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_results([written(row, place) for place, row in enumerate(rows[:4])])
        store.write_results([written(row, place) for place, row in enumerate(rows[4:])])
        yield PastDays(view, store)


def test_a_day_is_the_sum_of_its_latest_rows(days: PastDays) -> None:
    """Monday's sales are 130 of 200, 20 contacts short of 75 %; a correction counts, what it replaced does not."""
    week = days.days(MONDAY, 7)
    assert week["dates"][0] == "2026-03-02"
    sales, orders = week["queues"]
    assert (sales["queue"], orders["queue"]) == ("sales", "orders")
    monday, tuesday, *rest = sales["days"]
    assert (monday["level"], monday["code"], monday["short"], monday["breached"]) == (0.65, "b", 20.0, 1)
    assert (tuesday["level"], tuesday["code"], tuesday["offered"]) == (0.76, "i", 100)
    assert rest == [None] * 5
    assert [day and (day["code"], day["level"]) for day in orders["days"][:2]] == [("i", 0.9), ("m", None)]
    assert (sales["total"]["level"], sales["total"]["below"]) == (206 / 300, 1)


def test_the_totals_are_sums_over_queues(days: PastDays) -> None:
    """Monday's two queues are 220 of 300 together, 2 of 3 judged intervals in range; the last total is of all days."""
    monday, tuesday, *_, whole = days.days(MONDAY, 7)["totals"]
    assert (monday["level"], monday["offered"], monday["judged"], monday["in_range"]) == (220 / 300, 300, 3, 2)
    assert (tuesday["level"], tuesday["missing"]) == (0.76, 1)
    assert whole["level"] == pytest.approx(296 / 400)


def test_the_map_of_a_date_has_its_own_bars(days: PastDays) -> None:
    """The queue that lost most contacts comes first, with a letter for each interval and the bounds of its day."""
    first, second = days.day(MONDAY)
    assert (first["queue"], second["queue"]) == ("sales", "orders")
    bars = first["day"]
    assert (bars["codes"], bars["levels"], bars["marks"]) == ("bi", [0.5, 0.8], "! ")
    assert bars["end_ms"] - bars["begin_ms"] == 86_400_000
    assert days.day(dt.date(2026, 3, 8)) == []


def test_levels_of_two_definitions_are_not_added(tmp_path: Path) -> None:
    """Two queues that count in different ways have no level together; their shares of intervals in range stand."""
    view = View(configuration(tmp_path))
    view.result(final("sales", 0, 0.80))
    view.result(final("orders", 0, 0.80, definition="S2"))
    total = PastDays(view, None).days(MONDAY, 1)["totals"][0]
    assert (total["level"], total["mixed"], total["in_range"], total["judged"]) == (None, True, 2, 2)


def test_a_correction_of_a_day_gone_by_is_seen(tmp_path: Path) -> None:
    """Sums are kept, and made again when history has another result of the day."""
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_results([written(final("sales", 0, 0.40), 0)])
        days = PastDays(View(configuration(tmp_path)), store)
        assert days.days(MONDAY, 1)["queues"][0]["days"][0]["level"] == 0.40
        store.write_results([written(final("sales", 0, 0.80, revision=2, status="corrected"), 1)])
        assert days.days(MONDAY, 1)["queues"][0]["days"][0]["level"] == 0.80


def test_a_local_day_of_a_clock_change_has_its_own_hours(tmp_path: Path) -> None:
    """The repeated hour of 25 October belongs to its day: 50 half hours, each in its place."""
    view = View(configuration(tmp_path))
    begin = 48 * 236 + 28  # half hours from 2 March 08:00Z to 24 October 22:00Z, local midnight
    for number in range(50):
        offset = 2 if number < 6 else 1
        local = dt.datetime(2026, 10, 25, tzinfo=dt.UTC) + dt.timedelta(
            minutes=30 * number - (0 if offset == 2 else 60)
        )
        text = f"{local.isoformat()[:19]}+0{offset}:00"
        view.result(final("sales", begin + number, 0.8, interval_start_local=text))
    (sales,) = PastDays(view, None).day(dt.date(2026, 10, 25))
    bars = sales["day"]
    assert (bars["end_ms"] - bars["begin_ms"], len(bars["codes"])) == (25 * 3_600_000, 50)
    assert bars["first_ms"] == bars["begin_ms"]


@pytest.mark.parametrize("kept", ["history", "view"])
def test_the_breaches_of_a_day_are_those_open_on_it(tmp_path: Path, kept: str) -> None:
    """One that ended the day before is not among them, one that began the day before and went on is."""
    records = []
    for name, first, last, state in (
        ("before", "2026-03-01T09:00:00Z", "2026-03-01T12:00:00Z", "resolved"),
        ("over midnight", "2026-03-01T22:00:00Z", "2026-03-02T03:00:00Z", "resolved"),
        ("of the day", "2026-03-02T10:00:00Z", "2026-03-02T10:30:00Z", "opened"),
        ("after", "2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z", "opened"),
    ):
        records.append(breach(breach_id=name, first_interval_start=first, interval_start=last, state=state))
    view = View(configuration(tmp_path))
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_breaches(records)
        for record in records:
            view.breach(record)
        found = breaches_of_day(view, store if kept == "history" else None, MONDAY)
    assert {shown["breach_id"] for shown in found} == {"over midnight", "of the day"}
