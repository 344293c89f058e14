"""The wallboard in a real browser: what people see, by mouse and by keyboard, in both languages."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import FAINT, Wall, focused, serious_faults, until
from wallboard_centre import NOW, Published, configuration, day_of_centre, feed
from wallboard_rows import AT_NOON, breach, evaluation, final, written

from dashboards.wallboard.state import View
from streams.history.store import Store

pytestmark = pytest.mark.live

HOSTILE = '"><img src=x onerror=document.title="hacked"> & <b>sales</b>'
INCIDENT = "cards"
MINUS = "\u2212"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Wall]:
    """The simulated centre at 16:10 with its incidents, over a history that holds its results and breaches."""
    view = View(configuration())
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_breaches([p.row for p in day_of_centre() if p.kind == "breach"])
        finals = [p.row for p in day_of_centre() if p.kind == "result"]
        for queue in {row["queue"] for row in finals}:
            own = [row for row in finals if row["queue"] == queue]
            store.write_results([written(row, place) for place, row in enumerate(own)])
        store.write_evaluations([evaluation(number, passed=number >= 9) for number in range(100)])
        for published in day_of_centre():
            feed(view, published)
        wall = Wall(view, NOW, store)
        yield wall
        wall.close()


def incident(view: View) -> dict[str, Any]:
    """The record that the surge left."""
    return next(
        shown
        for shown in view.breaches()
        if shown["queue"] == INCIDENT and shown["rule"] == "service_level_below_range" and shown["state"] != "resolved"
    )


def points(effect: float) -> str:
    """An effect as the screens write it: whole points, a true minus."""
    text = f"{100 * abs(effect):.0f}"
    return text if text == "0" else ("+" if effect > 0 else MINUS) + text


def test_an_incident_is_on_the_overview_within_two_seconds_of_its_result(page: Any) -> None:
    """The queue moves to the top, with what, since when and why, without a reload."""
    published = day_of_centre()
    breaches = [
        (at, p.row["rule"]) for at, p in enumerate(published) if p.kind == "breach" and p.row["queue"] == INCIDENT
    ]
    first = breaches[0][0]
    opens = next(at for at, rule in breaches if rule == "service_level_below_range")
    view = View(configuration())
    for p in published[:first]:
        feed(view, p)
    wall = Wall(view, published[opens].at_ms)
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    assert page.locator(".hero-name").count() == 0
    batch: list[Published] = [p for p in published[first:] if p.at_ms <= published[opens].at_ms]
    wall.do(lambda: [feed(view, p) for p in batch])
    until(page, f"document.querySelector('.hero-name')?.textContent.includes('{INCIDENT}')", 2.0)
    hero = page.locator(".hero").inner_text()
    assert "since 13:00" in hero
    assert re.search(r"Because of, in \d\d:\d\d–\d\d:\d\d: volume \+\d+ %", hero)
    assert page.locator(".queue").first.locator(".name").inner_text() == INCIDENT
    wall.close()


def test_causes_in_the_detail_are_those_of_the_record(page: Any, centre: Wall) -> None:
    """The breach's card and the interval's list name each cause with the record's effect."""
    record = incident(centre.view)
    expected = {cause["cause"]: points(cause["effect"]) for cause in record["causes"]}
    page.goto(f"{centre.url}/#/interval/{INCIDENT}/{record['interval_start'].replace(':', '%3A')}")
    page.wait_for_selector(".chart .bars, .chart .waterfalllayer .trace")
    shown = page.locator(".plain li").evaluate_all("all => all.map(one => [one.dataset.cause, one.dataset.points])")
    assert dict(shown) == expected
    card = page.locator(f'[data-breach="{record["breach_id"]}"] .effects li')
    assert dict(card.evaluate_all("all => all.map(one => [one.dataset.cause, one.dataset.points])")) == expected
    assert f"volume +{100 * record['changes']['volume']:.0f} % ({expected['volume']} points)" in card.first.inner_text()
    bars = page.locator(".chart .bartext").all_text_contents()
    assert {expected["volume"], expected["aht"], expected["staffing"], expected["unexplained"]} <= set(bars)


def test_the_counts_of_an_interval_are_those_of_the_row(page: Any, centre: Wall) -> None:
    """Every count, the definition filled in, the revision and the hash."""
    row = next(row for row in centre.view.results() if row["queue"] == "billing" and row["revision"] == 1)
    page.goto(f"{centre.url}/#/interval/billing/{row['interval_start'].replace(':', '%3A')}")
    page.wait_for_selector(".counts-list")
    text = page.locator(".interval").inner_text()
    for name in ("offered", "answered", "abandoned"):
        assert f"\n{row[name]}\n" in text
    assert f"= {row['answered_within']} / ({row['answered']} + {row['abandoned']}) =" in text
    assert row["hash"] in text
    assert row["sources"] in text


def test_a_queues_day_shows_every_interval_and_its_breaches(page: Any, centre: Wall) -> None:
    """Four charts from the plotly wheel, the breaches in lanes, and the table under them."""
    page.goto(f"{centre.url}/#/queue/{INCIDENT}")
    page.wait_for_selector(".chart .main-svg")
    day = centre.view.day(INCIDENT, centre.view.day_shown(INCIDENT, NOW))
    assert day is not None
    assert page.locator(".figures tbody tr").count() == len(day)
    drawn = page.locator(".chart").inner_text()
    assert all(title in drawn for title in ("Service level", "Volume", "Agents", "AHT"))
    assert "service level below its range" in drawn


def test_a_queues_day_has_the_limits_of_its_own_past(page: Any, tmp_path: Path) -> None:
    """Both limits are drawn where 20 earlier days give them; where they do not, the legend says so."""
    days = [dt.date(2026, 2, 2) + dt.timedelta(days=7 * (n // 5) + n % 5) for n in range(20)]
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        for place, day in enumerate(days):
            when = {"interval_start": f"{day}T09:00:00Z", "interval_start_local": f"{day}T10:00:00+01:00"}
            store.write_results([written(final("sales", 0, 0.80 + place % 2 * 0.04, **when), place)])
        view = View(configuration())
        view.result(final("sales", 2, 0.60, signal="low"))
        view.result(final("orders", 2, 0.80, signal="no_baseline"))
        wall = Wall(view, AT_NOON, store)
        page.goto(f"{wall.url}/#/queue/sales")
        page.wait_for_selector(".chart .main-svg")
        until(page, "document.querySelector('.chart').textContent.includes('lower limit')")
        drawn = page.locator(".chart").inner_text()
        assert "limits of this queue's own past" in drawn
        assert "unusual for this queue" in drawn
        page.goto(f"{wall.url}/#/queue/orders")
        until(page, "document.querySelector('.chart')?.textContent.includes('fewer than 20 past intervals')")
        assert "lower limit" not in page.locator(".chart").inner_text()
        wall.close()


def test_acknowledging_by_keyboard_alone(page: Any, centre: Wall) -> None:
    """3, Tab to the button, Enter, a name, Enter: kept in history and shown on every screen."""
    record = incident(centre.view)
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    page.keyboard.press("3")
    page.wait_for_selector(".breach")
    page.locator(f'[data-breach="{record["breach_id"]}"] h3 a').focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if focused(page) == "Acknowledge":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")
    page.keyboard.type("two agents from billing")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    seen = page.locator(f'[data-breach="{record["breach_id"]}"] .seen')
    seen.wait_for(timeout=2000)
    assert "Seen by Ana" in seen.inner_text()
    assert "two agents from billing" in seen.inner_text()
    assert centre.store is not None
    with centre.store.reading() as reader:
        (kept,) = reader.acknowledgements()
    assert (kept["incident_id"], kept["by"]) == (record["incident_id"] or record["breach_id"], "Ana")


def test_the_worst_now_is_acknowledged_where_it_stands(page: Any, centre: Wall) -> None:
    """A button in the banner opens the form; then the banner says who has it."""
    page.goto(centre.url)
    banner = page.locator(".hero")
    banner.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Your name").fill("Ana")
    page.keyboard.press("Enter")
    banner.locator(".seen").wait_for(timeout=2000)
    assert "Seen by Ana" in banner.inner_text()
    assert banner.get_by_role("button").count() == 0
    assert centre.store is not None
    with centre.store.reading() as reader:
        [kept] = reader.acknowledgements()
    assert kept["incident_id"].partition("/")[2].startswith(f"{INCIDENT}/")


def test_cause_action_and_outcome_are_noted_in_both_languages(page: Any, centre: Wall) -> None:
    """Who found what, and later what came of it: kept in the journal, shown on the card, never read as markup."""
    record = incident(centre.view)
    page.goto(f"{centre.url}/#/breaches")
    card = page.locator(f'[data-breach="{record["breach_id"]}"]')
    card.get_by_role("button", name="Cause and action").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Note", exact=True).click()
    until(page, "document.querySelector('dialog .wrong').textContent.startsWith('Write a cause')")
    page.get_by_label("Cause that was found").fill(HOSTILE)
    page.get_by_label("Could the centre have prevented it?").select_option("partly")
    page.get_by_label("Action taken").fill("two agents from billing")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    acted = card.locator(".acted li")
    acted.first.wait_for(timeout=2000)
    assert acted.locator("[data-found]").all_inner_texts() == [
        f"cause: {HOSTILE}",
        "could have been prevented: partly",
        "action: two agents from billing",
    ]
    page.get_by_role("button", name="中文").click()
    card.get_by_role("button", name="原因与措施").click()
    page.get_by_label("结果（可选）").fill("一小时后恢复")
    page.get_by_role("button", name="记录").click()
    until(page, "document.querySelectorAll('.acted')[0].children.length === 2")
    assert acted.nth(1).locator("[data-found]").all_inner_texts() == ["结果：一小时后恢复"]
    assert centre.store is not None
    with centre.store.reading() as reader:
        first, second = [row for batch in reader.journal() for row in batch]
    assert {row["incident_id"] for row in (first, second)} == {record["incident_id"] or record["breach_id"]}
    assert [first[name] for name in ("kind", "by", "cause", "controllable")] == ["acted", "Ana", HOSTILE, "partly"]
    assert (second["by"], second["outcome"], second["cause"]) == ("Ana", "一小时后恢复", None)
    assert page.title() != "hacked"


def test_a_live_notice_is_acknowledged_like_a_breach(page: Any, centre: Wall) -> None:
    """People acknowledge an early warning as they do a breach; the breach that may follow has an id of its own."""
    start = "2026-03-03T15:00:00Z"
    named = {"breach_id": f"service_level_lost/billing/{start}/live", "rule": "service_level_lost", "severity": "info"}
    notice = breach("billing", live=True, interval_start=start, first_interval_start=start, causes=None, **named)
    centre.do(lambda: centre.view.breach(notice))
    page.goto(f"{centre.url}/#/breaches")
    card = page.locator(f'[data-breach="{notice["breach_id"]}"]')
    card.get_by_role("button", name="Acknowledge").click()
    page.locator("#ack-by").fill("Ben")
    page.keyboard.press("Enter")
    card.locator(".seen").wait_for(timeout=2000)
    assert "Seen by Ben" in card.inner_text()
    assert centre.store is not None
    with centre.store.reading() as reader:
        assert notice["breach_id"] in {row["incident_id"] for row in reader.acknowledgements()}


def test_breaches_of_a_whole_program_stand_at_its_heading(page: Any) -> None:
    """With item, since when and why, also where no queue has a breach; it goes when it is over."""
    view = View(configuration())
    for queue in ("cards", "lost_cards"):
        view.result(final(queue, 0, 0.95, program="bank"))
    first = "2026-03-02T08:00:00Z"
    whole = breach(
        "",
        program="bank",
        item="2.4",
        rule="critical_error_accuracy",
        scope="end_user",
        breach_id=f"critical_error_accuracy/bank/end_user/{first}",
        first_interval_start=first,
        causes=None,
        message="bank 2026-03: end-user accuracy 88.0 %, target 95 %",
    )
    wall = Wall(view, AT_NOON)
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    assert page.locator(".of-program").count() == 0
    wall.do(lambda: view.breach(whole))
    page.wait_for_selector(".of-program", timeout=2000)
    heading = page.locator(".programs li", has_text="bank").inner_text()
    assert re.search(
        r"2\.4\s+critical error accuracy below its target \(end_user\)\s+since 09:00", heading, re.IGNORECASE
    )
    assert "end-user accuracy 88.0 %, target 95 %" in heading
    assert "whole programs: 1" in page.locator(".hero").inner_text()
    wall.do(lambda: view.breach({**whole, "sequence": 2, "state": "resolved"}))
    page.wait_for_selector(".of-program", state="detached", timeout=2000)
    wall.close()


def test_a_queue_that_is_coming_back_is_not_explained_by_what_brought_it_back(page: Any) -> None:
    """While the breach is still open, a good interval is no reason of a bad level."""
    view = View(configuration())
    helped = [{"cause": "aht", "effect": 0.07}, {"cause": "unexplained", "effect": 0.03}]
    view.result(final("cards", 0, 0.95, program="bank"))
    view.breach(breach("cards", program="bank", severity="critical", causes=helped))
    wall = Wall(view, AT_NOON)
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    for place in (page.locator(".hero"), page.locator(".queue").first):
        assert "Back inside in 09:00–09:30" in place.inner_text()
        assert "+7 points" not in place.inner_text()
    wall.close()


def test_the_keyboard_alone_reaches_every_view(page: Any, centre: Wall) -> None:
    """Skip link, tabs, map by arrows, an interval by Enter, its neighbour by ], and back by Escape."""
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the figures"
    page.keyboard.press("2")
    page.wait_for_selector("[role=gridcell][tabindex='0']")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "gridcell":
            break
    page.keyboard.press("ArrowLeft")
    said = page.locator(".said").inner_text()
    assert said.startswith(f"{INCIDENT}, 15:30–16:00: below range, service level 3 %")
    page.keyboard.press("Enter")
    page.wait_for_selector(".headline")
    assert f"{INCIDENT}, Tuesday 3 March 2026 15:30–16:00" == page.locator("h1").inner_text().replace(
        "Tuesday,", "Tuesday"
    )
    page.keyboard.press("[")
    until(page, "document.querySelector('h1')?.textContent.includes('15:00–15:30')")
    page.keyboard.press("Escape")
    until(page, "document.querySelector('h1')?.textContent.includes('15:30–16:00')")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    page.keyboard.press("1")
    page.wait_for_selector(".queue")
    page.keyboard.press("/")
    page.keyboard.type("bank")
    until(page, "document.querySelectorAll('.queue').length === 2")


def test_single_keys_can_be_switched_off(page: Any, centre: Wall) -> None:
    """People who dictate to their computer are not thrown from view to view (WCAG 2.1.4)."""
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("3")
    assert page.evaluate("location.hash") == ""


VIEWS = (
    "now",
    "day",
    "day?scale=week",
    "day?scale=month",
    "breaches",
    "quality",
    f"queue/{INCIDENT}",
    f"interval/{INCIDENT}/2026-03-03T14%3A30%3A00Z",
)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.split("/")[0])
def test_axe_finds_no_serious_fault(page: Any, axe: Any, centre: Wall, view: str, theme: str) -> None:
    """Names, roles, order, contrast: nothing serious or critical in either theme."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{centre.url}/#/{view}")
    page.wait_for_selector(".queue, .map-row, .breach, .quality, .chart .main-svg")
    assert serious_faults(axe, page) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_words_on_every_button_have_contrast(page: Any, centre: Wall, theme: str) -> None:
    """At least 4.5 to 1 from the colours as computed, on red, yellow and plain ground, in pages and in dialogs.

    The button in the banner once was white on white in the light theme, and axe did not see it.
    """
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    seen = 0

    def look(ready: str) -> None:
        nonlocal seen
        page.wait_for_selector(ready)
        number, faint = page.evaluate(FAINT)
        assert faint == []
        seen += number

    for severity in ("critical", "warning"):
        view = View(configuration())
        view.result(final("cards", 7, 0.4))
        view.breach(breach("cards", severity=severity))
        wall = Wall(view, AT_NOON, centre.store)
        page.goto(wall.url)
        look(f".hero[data-state={severity}] button")
        page.goto("about:blank")
        wall.close()
    for screen in ("day", "day?scale=week", "breaches", "quality", "queue/cards"):
        page.goto(f"{centre.url}/#/{screen}")
        look(".map-row, .breach, .quality, .figures tbody tr")
    page.keyboard.press("?")
    look("#keys-title")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('dialog')")
    page.keyboard.press("3")
    page.get_by_role("button", name="Acknowledge").first.click()
    look("#ack-title")
    assert seen > 60


def test_the_screens_speak_chinese(page: Any, centre: Wall) -> None:
    """One button changes every text, and the browser keeps it."""
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    page.get_by_role("button", name="switch to Chinese").click()
    until(page, "document.documentElement.lang === 'zh-CN'")
    assert "服务水平低于范围" in page.locator(".hero").inner_text()
    page.goto(f"{centre.url}/#/breaches")
    page.reload()
    page.wait_for_selector(".breach")
    text = page.locator("main").inner_text()
    assert "未解决的违规" in text
    assert "396 个中 13 个在" in text
    assert not re.search(r"\b(since|Acknowledge|Critical|Warning)\b", text)


def test_quality_has_a_screen_where_something_was_monitored(page: Any, centre: Wall) -> None:
    """91 of 100 is below 95 %, but its interval reaches 95.8: it may be chance, and the screen says so."""
    page.goto(centre.url)
    page.get_by_role("link", name="Quality").click()
    row = page.locator("tr[data-family=end_user]").first
    row.wait_for()
    text = row.inner_text()
    assert "91 / 100" in text
    assert "83.6–95.8 %" in text
    assert "below target, may be chance" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_quality_says_first_what_is_short_who_is_not_monitored_and_what_fails(
    page: Any, centre: Wall, language: str
) -> None:
    """The facts stand above the charts in words and signs; each chart has a table that the keyboard opens."""
    by = [["2026-03", agent, None, None, 300, 90_000_000] for agent in ("a1", "bob")]
    day: dict[str, Any] = {"program": "retail", "queue": "sales", "part": 0, "interval_start_ms": NOW}
    told = [("2026-03-02", by, [["2026-03", 9, 600]]), ("2026-03-16", [], [])]
    assert centre.store is not None
    centre.store.write_program_days([{**day, "day": date, "handled_by": a, "handled_at": b} for date, a, b in told])
    page.goto(f"{centre.url}/?lang={language}#/quality")
    page.wait_for_selector(".chart .main-svg")
    facts = page.locator(".facts").inner_text()
    assert "bob 0/1" in facts
    assert ("1 of 2 agents behind" if language == "en" else "2 名坐席中 1 名落后") in facts
    assert "▼" in facts
    assert ("9 of 100" if language == "en" else "100 次中 9 次") in facts
    assert not re.search(r"quality\.|family\.", page.locator("main").inner_text())
    page.locator("[data-panel=failures] summary").focus()
    page.keyboard.press("Enter")
    assert "9 / 100" in page.locator("[data-panel=failures] table").inner_text()


def test_recovery_and_a_lost_connection_say_so(page: Any, centre: Wall) -> None:
    """Figures that may be behind are never shown as if they were not."""
    page.expected = ("ERR_", "Failed to load resource")
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    assert page.locator(".alarm").is_hidden()
    centre.do(lambda: setattr(centre.view, "recovering", True))
    until(page, "document.querySelector('.alarm').textContent.startsWith('Recovering')", 3.0)
    centre.do(lambda: setattr(centre.view, "recovering", False))
    centre.health = (False, "no broker")
    until(page, "document.querySelector('.alarm').textContent.includes('no broker')", 3.0)
    centre.wait(centre.runner.cleanup())
    until(page, "document.querySelector('.alarm').textContent.startsWith('Connection lost')", 6.0)
    assert "16:10" in page.locator(".alarm").inner_text()


def test_names_from_the_data_are_text_and_nothing_else(page: Any) -> None:
    """A queue named like markup is shown by its name in every view, and its links work."""
    view = View(configuration())
    for number in range(8):
        view.result(final(HOSTILE, number, 0.4, program="<script>alert(1)</script>", reason="<i>late</i>"))
    view.breach(breach(HOSTILE, message="<u>m</u>", scope="<s>", program="p"))
    wall = Wall(view, AT_NOON)
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    assert page.locator(".queue .name", has_text="onerror").inner_text() == HOSTILE
    page.locator(".queue .name", has_text="onerror").click()
    page.wait_for_selector(".chart .main-svg")
    assert page.locator("h1").inner_text() == f"Day of {HOSTILE}"
    page.locator(".figures tbody a").first.click()
    page.wait_for_selector(".headline")
    for tab in ("2", "3"):
        page.keyboard.press(tab)
        page.wait_for_selector(".map-row, .breach")
    assert page.locator("main img, main b, main i, main u, main s, main script").count() == 0
    assert page.title() == "(1) intervalwatch"
    wall.close()


def test_a_name_of_ten_kilobytes_is_cut_on_every_screen(page: Any) -> None:
    """A long name is shown with an ellipsis, with more of it in a title, and the API gives it whole."""
    view = View(configuration())
    long, program = "queue-" + "n" * 10_000, "program-" + "p" * 10_000
    for number in range(8):
        view.result(final(long, number, 0.4, program=program))
    view.breach(breach(long, program=program, message=f"{long} is late", scope="s" * 10_000))
    page.expected = ("400",)  # its day has an address longer than a server reads
    wall = Wall(view, AT_NOON)
    page.goto(wall.url)
    page.wait_for_selector(".queue")
    name = page.locator(".queue .name", has_text="queue-nnn")
    assert name.inner_text() == long[:79] + "…"
    assert name.get_attribute("title") == long[:999] + "…"
    for tab in ("2", "3", "1"):
        page.keyboard.press(tab)
        page.wait_for_selector({"2": ".map-row", "3": ".breach", "1": ".queue"}[tab])
        assert len(max(page.locator("main").inner_text().split("\n"), key=len)) <= 700
    page.locator(".queue .name", has_text="queue-nnn").click()
    page.wait_for_function("document.querySelector('h1')?.textContent.includes('queue-nnn')")
    assert len(page.locator("h1").inner_text()) < 200
    rows = page.evaluate("fetch('/api/intervals').then((answer) => answer.json())")
    assert {row["queue"] for row in rows} == {long}
    wall.close()


def test_the_token_is_asked_for_once(page: Any) -> None:
    """A wrong token is told, the right one opens the wallboard, and a reload needs none."""
    page.expected = ("403",)
    wall = Wall(View(configuration()), NOW, token="the right long token")  # noqa: S106 - of a test
    page.goto(wall.url)
    assert not page.locator(".wrong").is_visible()
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    page.wait_for_selector(".failed .wrong")
    page.locator("#token").fill("the right long token")
    page.keyboard.press("Enter")
    page.wait_for_selector(".queue")
    page.reload()
    page.wait_for_selector(".queue")
    wall.close()


def test_it_prints_on_paper(page: Any, centre: Wall) -> None:
    """No buttons, dark text on white, and every queue: content that is off the screen is printed as well."""
    page.emulate_media(color_scheme="dark")
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("#filter").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_screens_round_as_the_program_does(page: Any, centre: Wall) -> None:
    """The screens' own rounding gives the text of every case of the table that the program's is held to."""
    cases = json.loads((Path(__file__).parents[1] / "fixtures" / "rounding.json").read_text(encoding="utf-8"))
    page.goto(f"{centre.url}/#/breaches")
    found = page.evaluate(
        """async (cases) => {
            const { roundedPercent } = await import("/static/rounding.js");
            return cases.map(({ ratio, digits, low, high }) => roundedPercent(ratio, digits, low, high));
        }""",
        cases,
    )
    assert found == [case["text"] for case in cases]
