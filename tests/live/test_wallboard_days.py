"""Any day in a browser: day, week and month by address, picker and keyboard; midnight, and the repeated hour."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Wall, until
from wallboard_rows import breach, configuration, evaluation, final, running, written

from config.timestamps import from_rfc3339
from dashboards.wallboard.state import View
from streams.history.store import Store

pytestmark = pytest.mark.live

DAY = 48
"""Half hours of a day: `final("sales", DAY)` is 09:00 of Tuesday 3 March in Madrid."""
TUESDAY = from_rfc3339("2026-03-03T12:10:00Z")


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Wall]:
    """Tuesday 13:10. Monday: sales 50 and 80, orders 90 of 100; a week before, sales 60; breaches of both Mondays."""
    rows = [
        final("sales", -7 * DAY, 0.60),
        final("sales", 0, 0.50, breaches="service_level_below_range/sales/x"),
        final("sales", 1, 0.80),
        final("sales", DAY, 0.85),
    ]
    of_orders = [final("orders", 0, 0.90), final("orders", DAY, 0.95)]
    ended = {"state": "resolved", "sequence": 2, "interval_start": "2026-03-02T12:00:00Z"}
    earlier = {"interval_start": "2026-02-23T10:00:00Z", "first_interval_start": "2026-02-23T10:00:00Z"}
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        for queue in (rows, of_orders):
            store.write_results([written(row, place) for place, row in enumerate(queue)])
        store.write_breaches(
            [breach(), breach(**ended), breach("orders", breach_id="older", state="resolved", **earlier)]
        )
        store.write_evaluations([evaluation(number, handled_at="2026-02-10T09:00:00Z") for number in range(40)])
        view = View(configuration(tmp_path))
        view.seed(store, "2026-03-02T00:00:00+01:00")
        wall = Wall(view, TUESDAY, store)
        yield wall
        wall.close()


def cells(page: Any, queue: str) -> list[str]:
    """The texts of a queue's cells that have one."""
    row = page.locator(".map-row").filter(has_text=queue).last
    return [text for text in row.locator("[role=gridcell]").all_inner_texts() if text]


def test_a_day_gone_by_has_an_address_and_is_reached_by_keys_and_picker(page: Any, wall: Wall) -> None:
    """[ goes to yesterday, ] comes back, the picker goes anywhere, and a reload shows the same day."""
    page.goto(f"{wall.url}/#/day")
    page.wait_for_selector(".map-row")
    assert cells(page, "sales") == ["✓85"]
    assert page.locator(".dates a", has_text="→").count() == 0
    page.get_by_role("link", name="← Yesterday").wait_for()
    page.keyboard.press("[")
    until(page, "document.querySelector('.dates strong')?.textContent.includes('2 March')")
    until(page, "document.querySelectorAll('.map-row').length === 2")
    assert page.evaluate("location.hash") == "#/day?date=2026-03-02"
    assert page.locator(".map-name a").first.inner_text() == "sales"  # the queue that lost most contacts
    assert (cells(page, "sales"), cells(page, "orders")) == (["▼50", "✓80"], ["✓90"])
    page.keyboard.press("]")
    until(page, "location.hash === '#/day'")
    page.locator("input[type=date]").fill("2026-02-23")
    until(page, "location.hash === '#/day?date=2026-02-23'")
    page.reload()
    until(page, "document.querySelectorAll('.map-row').length === 1")
    assert cells(page, "sales") == ["▼60"]
    page.get_by_role("link", name="Today").click()
    until(page, "location.hash === '#/day'")
    page.goto(f"{wall.url}/#/day?date=2026-01-01")
    until(page, "document.querySelector('.empty:not([hidden])')?.textContent.includes('no interval of Thursday')")
    assert not page.locator(".hours").is_visible()


def test_a_newcomer_finds_yesterday_from_the_screen_alone(page: Any, wall: Wall) -> None:
    """Two links whose names say so: Day, then Yesterday; the queue that lost most contacts is first."""
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    page.get_by_role("link", name="Day", exact=True).click()
    page.get_by_role("link", name="← Yesterday").click()
    until(page, "document.querySelector('.map-name a')?.textContent === 'sales'")
    assert page.locator(".dates strong").inner_text().replace("Monday,", "Monday") == "Monday 2 March 2026"
    page.locator(".cells .v-below").first.hover()
    assert page.locator(".said").inner_text().startswith("sales, 09:00–09:30: below range, service level 50 %")
    assert page.get_by_role("link", name="Today →").count() == 1


def test_the_breaches_of_yesterday_are_those_that_were_open_then(page: Any, wall: Wall) -> None:
    """The date goes along from Day to Breaches; each breach has its whole life."""
    page.goto(f"{wall.url}/#/day?date=2026-03-02")
    page.wait_for_selector(".map-row")
    page.keyboard.press("3")
    page.wait_for_selector(".breach")
    assert page.evaluate("location.hash") == "#/breaches?date=2026-03-02"
    assert page.locator(".breach").count() == 1
    assert "resolved" in page.locator(".breach").inner_text()
    page.goto(f"{wall.url}/#/breaches?date=2026-02-23")
    page.wait_for_selector('[data-breach="older"]')
    page.goto(f"{wall.url}/#/breaches?date=2026-02-24")
    until(page, "document.querySelector('.breaches .empty')?.textContent.includes('No breach was open')")


def test_quality_has_every_month(page: Any, wall: Wall) -> None:
    """February's 40 evaluations are shown in February; the present month has none."""
    page.goto(f"{wall.url}/#/quality")
    until(page, "document.querySelector('.empty')?.textContent.includes('Nothing was monitored')")
    page.keyboard.press("[")
    until(page, "document.querySelector('h1')?.textContent.includes('February 2026')")
    page.wait_for_selector("tr[data-family=end_user]")
    assert "40 / 40" in page.locator("tr[data-family=end_user]").first.inner_text()


def test_a_week_shows_queues_by_day_worst_first_with_totals(page: Any, wall: Wall) -> None:
    """Sales lost 20 contacts on Monday and stands above orders; the first row is the sum over the queues."""
    page.goto(f"{wall.url}/#/day")
    page.get_by_role("link", name="Week").click()
    page.wait_for_selector(".map.days .map-row")
    until(page, "document.querySelectorAll('.map-row').length === 3")
    names = page.locator(".map-name a, .map-name strong").all_inner_texts()
    assert names == ["All queues", "sales", "orders"]
    # Monday 130 and 90 of 300, Tuesday 85 and 95 of 200, the week 400 of 500.
    assert cells(page, "All queues") == ["73", "90", "80"]
    assert cells(page, "sales") == ["▼65", "✓85", "72"]
    assert cells(page, "orders") == ["✓90", "△95", "93"]
    cell = page.locator(".map-row").nth(1).locator("[role=gridcell]").first
    cell.hover()
    said = page.locator(".said").inner_text()
    assert said.replace("Monday,", "Monday").startswith("sales, Monday 2 March 2026: below range")
    assert "service level 65 % of 200 offered" in said
    assert "1 of 2 intervals in range" in said
    assert "20 contacts short of its range" in said
    cell.click()
    page.wait_for_selector(".figures tbody tr")
    assert page.evaluate("location.hash") == "#/queue/sales/2026-03-02"


def test_a_month_is_a_heat_map_of_days(page: Any, wall: Wall) -> None:
    """February has 28 days and a column for all of them; [ and ] go by months."""
    page.goto(f"{wall.url}/#/day?scale=month")
    page.wait_for_selector(".map.days .map-row")
    page.keyboard.press("[")
    until(page, "document.querySelector('.dates strong')?.textContent === 'February 2026'")
    page.wait_for_selector(".map.days .map-row")
    row = page.locator(".map-row")
    assert row.count() == 1
    assert row.locator("[role=gridcell]").count() == 29
    assert row.locator("[role=gridcell]").nth(22).inner_text() == "▼60"


def test_after_midnight_one_axis_is_one_day(page: Any, wall: Wall) -> None:
    """Ten past midnight the Day view is of the new day alone; yesterday is one step back."""
    wall.now_ms = from_rfc3339("2026-03-03T23:10:00Z")
    start = {"interval_start": "2026-03-03T23:00:00Z", "interval_start_local": "2026-03-04T00:00:00+01:00"}
    wall.view.result(running("sales", 78, 1.0, **start))
    page.goto(f"{wall.url}/#/day")
    page.wait_for_selector(".map-row")
    assert page.locator(".hours span").all_inner_texts() == ["00"]
    assert cells(page, "sales") == ["…"]
    assert cells(page, "orders") == []
    page.keyboard.press("[")
    until(page, "document.querySelector('.hours span')?.textContent === '09'")
    assert cells(page, "orders") == ["△95"]


def test_the_repeated_hour_is_told_apart(page: Any, tmp_path: Path) -> None:
    """25 October has two hours from 02:00: A and B, on the axis, in the table and in an interval's title."""
    begin = 236 * DAY + 28  # half hours from 2 March 08:00Z to 24 October 22:00Z, local midnight
    view = View(configuration(tmp_path))
    for number in range(12):
        offset = 2 if number < 6 else 1
        local = dt.datetime(2026, 10, 25, tzinfo=dt.UTC) + dt.timedelta(
            minutes=30 * number - (0 if offset == 2 else 60)
        )
        text = f"{local.isoformat()[:19]}+0{offset}:00"
        view.result(final("sales", begin + number, 0.70 + number / 100, interval_start_local=text))
    wall = Wall(view, from_rfc3339("2026-10-25T04:10:00Z"))
    page.goto(f"{wall.url}/#/day")
    page.wait_for_selector(".map-row")
    assert page.locator(".hours span").all_inner_texts() == ["00", "01", "02 A", "02 B", "03", "04"]
    assert len(cells(page, "sales")) == 12
    page.goto(f"{wall.url}/#/queue/sales")
    page.wait_for_selector(".figures tbody tr")
    times = page.locator(".figures tbody th").all_inner_texts()
    assert times[4:8] == ["02:00 A", "02:30 A", "02:00 B", "02:30 B"]
    page.goto(f"{wall.url}/#/interval/sales/2026-10-25T00%3A30%3A00Z")
    page.wait_for_selector(".headline")
    assert page.locator("h1").inner_text().endswith("02:30 A–02:00 B")
    wall.close()
