"""The wallboard's banner and breaches in a browser: no false calm, no false alarm, and a breach's whole life."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Wall, until
from wallboard_centre import NOW, view_at_now
from wallboard_rows import AT_NOON, breach, configuration, final, running

from config.timestamps import from_rfc3339
from dashboards.wallboard.state import View

pytestmark = pytest.mark.live


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Wall]:
    """A centre of two queues at 13:10 of a Monday in Madrid (12:10Z)."""
    wall = Wall(View(configuration(tmp_path)), AT_NOON)
    yield wall
    wall.close()


def banner(page: Any, wall: Wall, *, language: str = "en") -> Any:
    """The banner, once the page shows it."""
    page.goto(f"{wall.url}/?lang={language}")
    page.wait_for_selector(".queue")
    return page.locator(".hero")


def test_a_dead_feed_takes_the_place_of_all_is_well(page: Any, wall: Wall) -> None:
    """Queues without a breach of their service level are no reason for calm while nothing is heard of them."""
    for queue in ("sales", "orders"):
        wall.view.result(final(queue, 7, 0.8))
    hero = banner(page, wall)
    assert "No breach is open." in hero.inner_text()
    named = {"rule": "feed_missing", "item": "2.6", "scope": "acd", "causes": None, "severity": "critical"}
    since = {"interval_start": "2026-03-02T12:00:00Z", "first_interval_start": "2026-03-02T12:00:00Z"}
    for queue in ("sales", "orders"):
        wall.do(lambda queue=queue: wall.view.breach(breach(queue, breach_id=f"feed/{queue}", **named, **since)))
    hero.locator(".blind").wait_for(timeout=2000)
    assert "Nothing heard from acd since 13:00: 2 queues blind (orders, sales)" in hero.inner_text()
    assert "No breach is open" not in hero.inner_text()
    assert "80 %" not in hero.inner_text()  # the last figure from before says nothing of now
    hero = banner(page, wall, language="zh")
    assert "自 13:00 起未收到 acd 的消息：2 个队列失明（orders、sales）" in hero.inner_text()


def test_a_queue_that_was_never_seen_stands_in_the_banner(page: Any, wall: Wall) -> None:
    """Both are configured and open for hours; one has sent nothing at all."""
    wall.view.result(final("sales", 7, 0.8))
    wall.view.result(running("sales", 8, 0.8))
    hero = banner(page, wall)
    assert "Never heard of in its open time: 1 queue (orders)" in hero.inner_text()
    assert "No breach is open" not in hero.inner_text()


def test_closed_hours_are_neither_calm_nor_alarm(page: Any, wall: Wall) -> None:
    """Sunday night: the banner says that all is closed and when the first queue opens."""
    wall.view.result(final("sales", 7, 0.8))
    wall.now_ms = from_rfc3339("2026-03-08T20:00:00Z")
    hero = banner(page, wall)
    assert hero.get_attribute("data-state") == "fine"
    assert "Closed: all 2 queues." in hero.inner_text()
    assert "The next one opens at 08:00 on 9 March." in hero.inner_text()
    assert page.locator(".queue .badge").all_inner_texts() == ["☾\nClosed"] * 2


def test_a_finding_about_yesterday_is_not_worst_now(page: Any, wall: Wall) -> None:
    """A forecast that was bad all yesterday stands in the row and among the breaches, and the banner stays calm."""
    wall.view.result(final("sales", 7, 0.8))
    wall.view.result(final("orders", 7, 0.8))
    named = {"rule": "forecast_accuracy", "item": "2.5", "severity": "critical", "causes": None}
    wall.view.breach(breach("sales", breach_id="forecast_accuracy/sales", **named))
    hero = banner(page, wall)
    assert hero.get_attribute("data-state") == "fine"
    assert page.locator(".hero-name").count() == 0
    row = page.locator(".queue").filter(has=page.locator(".name", has_text="sales"))
    assert row.get_attribute("data-state") == "in_range"
    assert "Also: the day's volume off its forecast" in row.inner_text()
    page.goto(f"{wall.url}/#/breaches")
    page.locator('[data-breach="forecast_accuracy/sales"]').wait_for()


def test_a_resolved_breach_is_shown_whole(page: Any) -> None:
    """Long calls in sales: AHT was 30 % above forecast in the worst interval, and that is what its causes say.

    The card has begin, end, length and the worst level; its links lead to the worst interval and to the last record.
    The bar in the queue's day ends where the breach did, and not where two good intervals had confirmed that.
    """
    view = view_at_now()
    (record,) = [
        shown
        for shown in view.breaches()
        if shown["queue"] == "sales" and shown["rule"] == "service_level_below_range" and shown["state"] == "resolved"
    ]
    (worst,) = [row for row in view.results("sales") if row["interval_start"] == record["worst_interval_start"]]
    assert worst["service_level"] == min(row["service_level"] for row in view.results("sales") if row["service_level"])
    wall = Wall(view, NOW)
    page.goto(f"{wall.url}/#/breaches")
    card = page.locator(f'[data-breach="{record["breach_id"]}"]')
    card.wait_for()
    assert "from 10:30, ended 13:00 after 2 h 30 min, worst 15 %" in card.locator("header").inner_text()
    assert "Causes in its worst interval, 10:30–11:00:" in card.inner_text()
    assert card.locator(".effects li").first.inner_text().startswith(f"AHT +{100 * worst['aht_variance']:.0f} % (")
    card.get_by_role("link", name="worst in 10:30–11:00").click()
    page.wait_for_selector(".headline")
    assert page.locator(".hero-figure").inner_text() == "15 %"
    page.goto(f"{wall.url}/#/queue/sales")
    page.wait_for_selector(".chart .main-svg")
    bars = page.evaluate("document.querySelector('.chart').layout.shapes.filter((one) => one.yref === 'y5')")
    assert ("2026-03-03T10:30:00", "2026-03-03T13:00:00") in [(bar["x0"], bar["x1"]) for bar in bars]
    page.goto(f"{wall.url}/?lang=zh#/breaches")
    until(page, "document.querySelector('h1')?.textContent === '违规'")
    card.wait_for()
    assert "自 10:30 起，13:00 结束，历时 2 小时 30 分钟，最差 15 %" in card.locator("header").inner_text()
    wall.close()
