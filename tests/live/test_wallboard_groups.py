"""Programs, sites and pools on the wallboard in a browser: tabs, the line of each, and the queues of a pool."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import OVERLAPS, Wall, focused, serious_faults, until
from wallboard_rows import AT_NOON, breach, configuration, final, running

from dashboards.wallboard.state import View

pytestmark = pytest.mark.live

MINUS = "\u2212"
SIZES = {1920: 1080, 820: 1180, 390: 844}
CENTRE = """
site: {timezone: Europe/Madrid, interval_minutes: 30, grace_seconds: 300}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
defaults:
  service_level: {target: 0.80, range: [0.75, 0.90], patience_seconds: 180}
  hours: {mon-fri: "08:00-20:00"}
programs:
  - {id: retail, queues: [{id: sales}, {id: orders}]}
  - {id: bank, queues: [{id: cards}, {id: loans}, {id: lost_cards}]}
pools: [{id: cards_team, queues: [cards, lost_cards]}]
sites:
  - {id: madrid, programs: [retail], queues: [cards, lost_cards]}
  - {id: london, timezone: Europe/London, queues: [loans]}
"""
LATEST = 7
"""The half hour from 11:30Z: 12:30 in Madrid, 11:30 in London."""


def _contacts(offered: int, required: int, within: int) -> dict[str, Any]:
    """A half hour of so many contacts of 200 seconds each, with six agents."""
    return {
        "program": "bank",
        "offered": offered,
        "answered": offered,
        "answered_within": within,
        "service_level": within / offered,
        "handled": offered,
        "handle_seconds": 200.0 * offered,
        "staffed_seconds": 6 * 1800.0,
        "staffed_agents": 6.0,
        "required_agents": required,
        "net_staffing": 6.0 - required,
        "plan": "overstaffed" if required < 6 else "understaffed",
    }


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    """Five queues at 13:10 of a Monday in Madrid: orders has been silent since 09:30, loans counts by S2."""
    view = View(configuration(tmp_path_factory.mktemp("centre"), CENTRE))
    view.result(final("orders", 0, 0.80))
    for number in range(LATEST + 1):
        view.result(final("sales", number, 0.60))
    view.breach(breach("sales"))
    view.result(final("cards", LATEST, **_contacts(70, 10, 56)))
    view.result(final("lost_cards", LATEST, **_contacts(14, 3, 14)))
    view.result(final("loans", LATEST, 0.80, program="bank", definition="S2"))
    view.result(running("cards", LATEST + 1, 0.90, program="bank", plan="understaffed", net_staffing=-4.0))
    wall = Wall(view, AT_NOON)
    yield wall
    wall.close()


def line(page: Any, group: str) -> Any:
    """The line of a group."""
    return page.locator(".group-line").filter(has=page.get_by_role("heading", name=group, exact=True))


def figure(page: Any, group: str, name: str) -> tuple[str, str]:
    """A figure of a group's line, and the counts under it."""
    cell = line(page, group).locator(f".g-{name}")
    return cell.locator(".figure").inner_text(), cell.locator("small").inner_text()


def test_tabs_are_chosen_by_mouse_and_kept_in_the_address(page: Any, wall: Wall) -> None:
    """Each kind has a tab; the address holds the choice, over a reload and on the way to another view and back."""
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    tabs = page.locator(".group-tabs a")
    assert tabs.all_inner_texts() == ["All queues", "By program", "By site", "By pool"]
    assert page.locator(".group-line").count() == 0
    tabs.get_by_text("By site").click()
    line(page, "madrid").wait_for()
    assert "by=site" in page.evaluate("location.hash")
    page.reload()
    line(page, "london").wait_for()
    assert page.locator(".group-tabs a[aria-current]").inner_text() == "By site"
    page.keyboard.press("3")
    page.wait_for_selector(".breach")
    page.keyboard.press("1")
    line(page, "london").wait_for()


def test_tabs_are_chosen_by_keyboard_in_both_languages(page: Any, wall: Wall) -> None:
    """Tab and Enter choose one and the keyboard stays on it; `g` goes on to the next, after the last to the first."""
    page.goto(f"{wall.url}/?lang=zh")
    page.wait_for_selector(".queue")
    page.locator(".group-tabs a").first.focus()
    page.keyboard.press("Tab")
    assert focused(page) == "按方案"
    page.keyboard.press("Enter")
    line(page, "bank").wait_for()
    assert focused(page) == "按方案"
    for shown in ("london", "cards_team"):
        page.keyboard.press("g")
        line(page, shown).wait_for()
    page.keyboard.press("g")
    until(page, "document.querySelectorAll('.group-line').length === 0")
    assert page.locator(".group-tabs a[aria-current]").inner_text() == "全部队列"


def test_a_centre_without_groups_has_no_tabs(page: Any, tmp_path: Path) -> None:
    """One program and neither sites nor pools: there is nothing to choose; two programs alone are a kind."""
    view = View(configuration(tmp_path))
    wall = Wall(view, AT_NOON)
    page.goto(f"{wall.url}/#/now?by=pool")
    page.wait_for_selector(".queue")
    assert page.locator(".group-tabs").is_hidden()
    assert page.locator(".group-line").count() == 0
    wall.do(lambda: view.result(final("cards", LATEST, program="bank")))
    page.locator(".group-tabs a").first.wait_for()
    assert page.locator(".group-tabs a").all_inner_texts() == ["All queues", "By program"]
    wall.close()


def test_a_pool_says_what_it_needs_at_both_ends(page: Any, wall: Wall) -> None:
    """Twelve agents on queues of 70 and 14 contacts: 12 are needed if all can help, 13 if none, and none is lacking."""
    page.goto(f"{wall.url}/#/now?by=pool")
    line(page, "cards_team").wait_for()
    assert figure(page, "cards_team", "net") == ("0", "12 of 12 needed: 12 if all can help, 13 if none")
    assert figure(page, "cards_team", "level") == ("83 %", "70 of 84")
    assert figure(page, "cards_team", "range") == ("100 %", "84 of 84")
    assert "12:30–13:00, final" in line(page, "cards_team").inner_text()
    others = page.locator(".group-queues").filter(has=line(page, "In no pool")).locator(".queue .name")
    assert sorted(others.all_inner_texts()) == ["loans", "orders", "sales"]
    assert line(page, "In no pool").locator(".g-figures").is_hidden()


def test_a_queue_of_a_pool_says_so_and_does_not_shout(page: Any, wall: Wall) -> None:
    """Its own net staffing stands without a verdict, whatever its plan says; the title names the pool."""
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    row = page.locator(".queue").filter(has=page.get_by_role("link", name="cards", exact=True))
    for place in (".g-now", ".g-last"):
        cell = row.locator(f"{place} .c-net")
        assert cell.locator(".figure").inner_text() == f"{MINUS}4"
        assert cell.locator(".figure").get_attribute("data-verdict") == "none"
        assert cell.locator("small").inner_text().startswith("pooled · ")
        assert cell.locator("small").get_attribute("title") == "Shares its agents in cards_team"
    assert page.locator(".queue", has_text="sales").locator(".g-last .c-net small").inner_text() == "13.4 of 15 needed"


def test_queues_that_count_differently_are_told(page: Any, wall: Wall) -> None:
    """The bank has no service level, says why, and has the share of contacts in range: 84 + 100 of 184."""
    page.goto(f"{wall.url}/#/now?by=program")
    line(page, "bank").wait_for()
    assert figure(page, "bank", "level") == ("–", "queues count differently")
    assert figure(page, "bank", "range") == ("100 %", "184 of 184")
    assert figure(page, "bank", "volume")[1].startswith("184, plan ")


def test_a_group_without_a_queue_s_data_names_it(page: Any, wall: Wall) -> None:
    """Nothing has come of orders for hours: the line has sales alone, below its range, and says who is not in it."""
    page.goto(f"{wall.url}/#/now?by=program")
    line(page, "retail").wait_for()
    assert figure(page, "retail", "level") == ("60 %", "60 of 100")
    assert line(page, "retail").locator(".g-level .figure").get_attribute("data-verdict") == "below"
    assert line(page, "retail").locator(".g-notes").inner_text() == "◇ Incomplete: nothing from orders"
    assert "1 warning, 1 without data" in line(page, "retail").inner_text()
    page.keyboard.press("l")
    line(page, "retail").locator(".g-notes", has_text="不完整：无 orders 的数据").wait_for()


def test_a_site_elsewhere_has_its_own_time(page: Any, wall: Wall) -> None:
    """London is an hour behind: its clock stands in its line, and its interval is in its own time."""
    page.goto(f"{wall.url}/#/now?by=site")
    line(page, "london").wait_for()
    assert line(page, "london").locator(".g-caption").inner_text() == "11:30–12:00, final · now 12:10 in London"
    assert line(page, "madrid").locator(".g-caption").inner_text() == "12:30–13:00, final"


def test_a_client_s_screen_has_no_group_with_queues_of_others(page: Any, wall: Wall) -> None:
    """The bank's screen offers its pool, and not the site that it shares with another program."""
    page.goto(f"{wall.url}/#/now?program=bank&by=site")
    page.wait_for_selector(".queue")
    assert page.locator(".group-tabs a").all_inner_texts() == ["All queues", "By program", "By site", "By pool"]
    assert page.get_by_role("heading", name="madrid", exact=True).count() == 0
    assert sorted(page.locator(".group-line h2").all_inner_texts()) == ["Without a site", "london"]
    assert "sales" not in page.locator("main").inner_text()


def test_a_correction_is_on_the_line_within_two_seconds(page: Any, wall: Wall) -> None:
    """A result of a queue moves the line of its groups without a reload, and says that it was corrected."""
    page.goto(f"{wall.url}/#/now?by=site")
    line(page, "london").wait_for()
    row = final("loans", LATEST, 0.90, program="bank", definition="S2", revision=2, status="corrected")
    wall.do(lambda: wall.view.result(row))
    line(page, "london").locator(".g-level small", has_text="90 of 100").wait_for(timeout=2000)
    assert "11:30–12:00, corrected" in line(page, "london").inner_text()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", SIZES)
def test_groups_can_be_read_at_every_width_and_by_everybody(
    page: Any, axe: Any, wall: Wall, width: int, theme: str
) -> None:
    """Nothing lies over anything, nothing is wider than the screen, and axe finds no serious fault."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for language, kind in (("en", "pool"), ("zh", "site"), ("en", "program")):
        page.goto(f"{wall.url}/?lang={language}#/now?by={kind}")
        page.wait_for_selector(".group-line")
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_faults(axe, page) == []
