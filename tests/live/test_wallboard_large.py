"""500 queues in a browser: few elements, quick to paint and to update, and the way from a program to its queues."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from browser import OVERLAPS, Wall, processor, serious_faults, until
from wallboard_large import LATE, QUEUES, Others, large_view
from wallboard_rows import final

pytestmark = pytest.mark.live

MOST_NODES = 3_000
FIRST_PAINT_MS = 500
UPDATE_MS = 20
QUIET = 0.15
"""Share of a processor that other processes may take while time on the wall is measured."""
REVISIONS = count(100)


@pytest.fixture(scope="module")
def large() -> Iterator[Wall]:
    """500 queues of 48 half hours each in twelve programs, a third of them in trouble."""
    wall = Wall(large_view(), LATE)
    yield wall
    wall.close()


def is_quiet(others: Others, seconds: float) -> bool:
    """Whether others took so little of the machine that time on the wall says something."""
    return others.seconds() <= QUIET * seconds


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("now", ".line"),
        ("now?by=site", ".line"),
        ("now?by=pool", ".line"),
        ("day", "[role=gridcell]"),
        ("breaches", ".breach"),
    ],
)
def test_500_queues_take_few_elements_and_are_painted_at_once(page: Any, large: Wall, view: str, shown: str) -> None:
    """Under 3,000 elements, and painted within half a second of the begin of the navigation: the best of five.

    On a machine that others use, the processor's time of the page alone is held to it.
    """
    taken, walls, threads = processor(page), [], []
    others, began = Others(), time.monotonic()
    for _ in range(5):
        page.goto("about:blank")
        before = taken()
        page.goto(f"{large.url}/#/{view}", wait_until="commit")
        page.wait_for_selector(shown)
        until(page, "window.drawn !== undefined")
        threads.append(taken() - before)
        walls.append(page.evaluate("window.drawn"))
    page.wait_for_timeout(1000)  # the rows below the screen are drawn later
    nodes = page.evaluate("document.querySelectorAll('*').length")
    told = f"{nodes} elements, painted after {min(walls):.0f} ms, {min(threads):.0f} ms of the processor"
    print(f"{view}: {told}")  # noqa: T201 - the measured figures
    assert nodes < MOST_NODES
    assert min(threads) < FIRST_PAINT_MS
    if is_quiet(others, time.monotonic() - began):
        assert min(walls) < FIRST_PAINT_MS


@pytest.mark.parametrize("view", ["now", "now?by=site", "now?by=pool", "day"])
def test_one_update_among_500_queues_is_painted_within_20_ms(page: Any, large: Wall, view: str) -> None:
    """From the arrival of a push to the painted page, the median of ten.

    On a busy machine the processor's time of the best of ten is held to it: work beside it makes the same work longer.
    """
    page.goto(f"{large.url}/#/{view}")
    page.wait_for_selector(".line, .map-row")
    page.wait_for_timeout(1500)
    taken, others, began = processor(page), Others(), time.monotonic()
    page.evaluate("window.painted = []")
    threads = []
    for turn in range(10):
        row = final(
            f"queue {turn * 12:03d}", 28, 0.3 + turn / 100, revision=next(REVISIONS), status="corrected", program="p0"
        )
        before = taken()
        large.do(lambda row=row: large.view.result(row))
        until(page, f"window.painted.filter(([kind]) => kind === 'queues').length > {turn}", 5.0)
        threads.append(taken() - before)
    walls = sorted(ms for kind, ms, _ in page.evaluate("window.painted") if kind == "queues")
    threads.sort()
    print(f"{view}: painted within {walls[5]:.0f} ms, {threads[5]:.0f} ms of the processor")  # noqa: T201 - the figures
    assert threads[0] < UPDATE_MS
    if is_quiet(others, time.monotonic() - began):
        assert walls[5] < UPDATE_MS


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("view", ["now", "day", "breaches"])
def test_axe_finds_no_serious_fault_among_500_queues(page: Any, axe: Any, large: Wall, view: str, theme: str) -> None:
    """Program lines, the map and the list of breaches in either theme."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{large.url}/#/{view}")
    page.wait_for_selector(".line, .map-row, .breach")
    assert serious_faults(axe, page) == []


def test_the_lines_of_programs_have_the_figures_of_the_server(page: Any, large: Wall) -> None:
    """A program's line says what `agents.groups` made of its queues: nothing is summed up in the page."""
    page.goto(large.url)
    page.wait_for_selector(".line")
    wanted = {
        one["id"]: f"{one['last']['numerator']} of {one['last']['denominator']}"
        for one in large.view.groups.shown()
        if one["kind"] == "program" and one["last"] is not None
    }
    assert len(wanted) == 12
    shown = page.locator(".program-line").evaluate_all(
        "all => all.map((one) => [one.querySelector('.fold strong').textContent,"
        " one.querySelector('.g-level small').textContent])"
    )
    assert wanted.items() <= dict(shown).items()
    assert page.locator(".group-tabs a[aria-current]").inner_text() == "By program"


def test_programs_unfold_and_show_trouble_first(page: Any, large: Wall) -> None:
    """A program's line counts its queues; unfolded it shows those in trouble, then all of them."""
    page.goto(large.url)
    page.wait_for_selector(".line")
    program = page.locator(".program-line").first
    assert "critical" in program.locator("header").inner_text()
    states = program.locator(".line").evaluate_all("all => all.map((one) => one.dataset.state)")
    assert set(states) <= {"critical", "warning"}
    name = program.locator(".fold strong").inner_text()
    more = program.locator(".more")
    while more.inner_text() != "Fold":
        more.click()
    assert program.locator(".line").count() == sum(queue % 12 == int(name[1:]) for queue in range(QUEUES))
    more.click()
    assert program.locator(".line").count() == 0
    assert program.locator(".fold").get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize(("width", "height"), [(820, 1180), (390, 844)])
def test_many_queues_can_be_read_on_a_narrow_screen(page: Any, large: Wall, width: int, height: int) -> None:
    """No text of a line lies over another, and nothing is wider than the screen, in both languages."""
    page.set_viewport_size({"width": width, "height": height})
    for language in ("en", "zh"):
        page.goto(f"{large.url}/?lang={language}")
        page.wait_for_selector(".line")
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_address_gives_one_client_its_own_screen(page: Any, large: Wall) -> None:
    """The link of a program leads to a screen without any other program, on every view, also after a reload."""
    page.goto(large.url)
    page.wait_for_selector(".line")
    page.locator(".program-line", has_text="p9").get_by_role("link", name="Only this program").click()
    until(page, "location.hash.includes('program=p9')")
    page.reload()
    page.wait_for_selector(".queue, .line")
    for tab in ("1", "2", "3"):
        page.keyboard.press(tab)
        page.wait_for_selector({"1": ".queue, .line", "2": ".map-row", "3": ".breach"}[tab])
        assert "program=p9" in page.evaluate("location.hash")
        names = page.locator("main a[href*='#/queue/']").evaluate_all(
            "all => all.map((one) => Number(decodeURIComponent(one.hash).match(/queue (\\d+)/)[1]))"
        )
        assert names
        assert {number % 12 for number in names} == {9}
    assert page.title() == "(41) intervalwatch"


def test_the_filter_is_in_the_address(page: Any, large: Wall) -> None:
    """A filtered screen can be sent to somebody: the address holds it, and a reload keeps it."""
    page.goto(large.url)
    page.wait_for_selector(".line")
    page.locator("#filter").fill("queue 12")
    until(page, "document.querySelectorAll('.queue').length === 10")
    assert page.evaluate("location.hash") == "#/?q=queue+12"
    page.reload()
    until(page, "document.querySelectorAll('.queue').length === 10")
    assert page.locator("#filter").input_value() == "queue 12"
    page.keyboard.press("2")
    until(page, "document.querySelectorAll('.map-row').length === 10")
    page.locator("#filter").fill("")
    until(page, "document.querySelectorAll('.map-row').length > 10")
    assert "q=" not in page.evaluate("location.hash")


def test_the_map_scrolls_through_all_queues(page: Any, large: Wall) -> None:
    """Rows appear as one scrolls or moves by keys, and no more than a screen of them are there."""
    page.goto(f"{large.url}/#/day")
    page.wait_for_selector(".map-row")
    rows = page.locator(".map").get_attribute("aria-rowcount")
    last = page.evaluate("document.querySelector('.map-row:last-child').getAttribute('aria-rowindex')")
    assert int(last) < 80 < int(rows)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    until(page, f"document.querySelector('.map-row:last-child').getAttribute('aria-rowindex') === '{rows}'")
    page.evaluate("window.scrollTo(0, 0)")
    until(page, "document.querySelector('.map-row').getAttribute('aria-rowindex') === '1'")
    page.locator("[role=gridcell][tabindex='0']").focus()
    for _ in range(10):
        page.keyboard.press("PageDown")
    focused = "document.activeElement.closest('.map-row')?.getAttribute('aria-rowindex')"
    assert page.evaluate(focused) == "101"
