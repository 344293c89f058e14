"""The wallboard at every size, on paper and in every browser's language: nothing lies over anything, nothing is cut."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import OVERLAPS, Wall, until
from wallboard_centre import NOW, view_at_now
from wallboard_rows import AT_NOON, breach, configuration, final

from dashboards.wallboard.state import View

pytestmark = pytest.mark.live

SIZES = {1920: 1080, 1366: 768, 820: 1180, 390: 844}
MOST_BANNER = {1920: 230, 1366: 230, 820: 260, 390: 420}
"""Height of the banner, pixels: at 800 wide it once was 683."""
VIEWS = ("now", "day", "day?scale=week", "breaches", "queue/cards", "interval/cards/2026-03-03T14%3A30%3A00Z")
READY = ".queue, .map-row, .breach, .chart .main-svg"


@pytest.fixture(scope="module")
def centre() -> Iterator[Wall]:
    """The simulated centre at 16:10 with its incidents."""
    wall = Wall(view_at_now(), NOW)
    yield wall
    wall.close()


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Wall]:
    """A centre of two queues at 13:10 of a Monday in Madrid."""
    wall = Wall(View(configuration(tmp_path)), AT_NOON)
    yield wall
    wall.close()


@pytest.mark.parametrize("width", SIZES)
def test_the_overview_can_be_read_at_every_width(page: Any, centre: Wall, width: int) -> None:
    """In both languages no text of a row lies over another, and the banner leaves room for the queues."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    for language in ("en", "zh"):
        page.goto(f"{centre.url}/?lang={language}")
        page.wait_for_selector(".queue")
        assert page.evaluate(OVERLAPS) == []
        assert page.locator(".hero").bounding_box()["height"] <= MOST_BANNER[width]
        assert page.locator(".queue").first.locator(".c-sigma .figure").is_visible()


def test_the_header_of_a_small_laptop_is_one_line(page: Any, centre: Wall) -> None:
    """At 1366 pixels four counts of states stand beside the tabs and the clock."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(f"{centre.url}/#/day")
    page.wait_for_selector(".counts li")
    page.evaluate(
        "() => { const pills = document.querySelector('.counts');"
        " while (pills.children.length < 4) pills.append(pills.lastElementChild.cloneNode(true)); }"
    )
    assert page.locator("#bar").bounding_box()["height"] < 60


@pytest.mark.parametrize("width", [820, 390])
def test_no_view_is_wider_than_the_screen(page: Any, centre: Wall, width: int) -> None:
    """Wide tables scroll within themselves."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    for view in VIEWS:
        page.goto(f"{centre.url}/#/{view}")
        page.wait_for_selector(READY)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_long_names_lie_over_nothing(page: Any, wall: Wall) -> None:
    """A name of sixty letters without a space breaks, at every width, in the overview and in the day."""
    long = "n" * 60
    wall.view.result(final(long, 7, 0.4, program="p" * 60))
    wall.view.breach(breach(long, program="p" * 60))
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{wall.url}/#/now")
        page.wait_for_selector(".queue")
        assert page.evaluate(OVERLAPS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(f"{wall.url}/#/day")
        page.wait_for_selector(".map-row")
        name, cells = (page.locator(f".map-row {place}").first.bounding_box() for place in (".map-name", ".cells"))
        assert name["x"] + name["width"] <= cells["x"] + 1


def test_the_lanes_of_breaches_end_where_the_table_begins(page: Any, centre: Wall) -> None:
    """The chart is as high as its lanes need, also when more of them come while it is shown."""
    page.goto(f"{centre.url}/#/queue/cards")
    page.wait_for_selector(".chart .main-svg")
    for more in (0, 6):
        for number in range(more):
            record = breach(
                "cards", breach_id=f"more/{number}", program="bank", first_interval_start="2026-03-03T08:00:00Z"
            )
            centre.do(lambda record=record: centre.view.breach(record))  # type: ignore[misc]
        if more:
            until(page, "document.querySelector('.chart').textContent.split('below its range').length > 6", 15.0)
        chart, drawn = page.locator(".chart").bounding_box(), page.locator(".chart .main-svg").first.bounding_box()
        table = page.locator(".figures").bounding_box()
        assert drawn["y"] + drawn["height"] <= chart["y"] + chart["height"] + 1
        assert chart["y"] + chart["height"] <= table["y"]


def test_a_chart_of_the_dark_theme_prints_dark_on_white(page: Any, centre: Wall) -> None:
    """Paper is white: what was drawn for a dark ground is turned round; the table below is dark text already."""
    page.goto(f"{centre.url}/?theme=dark#/queue/cards")
    page.wait_for_selector(".chart .main-svg")
    on_screen = "getComputedStyle(document.querySelector('.chart > *')).filter"
    assert page.evaluate(on_screen) == "none"
    page.emulate_media(media="print")
    assert page.evaluate(on_screen) == "invert(1) hue-rotate(180deg)"
    assert page.evaluate("getComputedStyle(document.querySelector('.chart')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.figures td')).color") == "rgb(0, 0, 0)"
    page.emulate_media(media="screen")
    page.goto(f"{centre.url}/?theme=light#/queue/cards")
    page.wait_for_selector(".chart .main-svg")
    page.emulate_media(media="print")
    assert page.evaluate(on_screen) == "none"


def test_an_unknown_queue_or_program_is_told_in_a_sentence(page: Any, wall: Wall) -> None:
    """No white panel for a queue that is not there, and no calm for a client's address with a slip in it."""
    page.expected = ("404",)
    wall.view.result(final("sales", 7, 0.8))
    page.goto(f"{wall.url}/#/queue/slaes")
    page.locator(".empty", has_text="The queue slaes is not known here.").wait_for()
    assert page.locator(".chart").is_hidden()
    assert "Loading" not in page.locator("main").inner_text()
    page.goto(f"{wall.url}/#/now?program=retial")
    until(page, "document.querySelector('.hero')?.textContent.includes('No queue of the program retial')")
    assert "No breach is open" not in page.locator(".hero").inner_text()


def test_what_is_not_there_yet_is_said(page: Any, centre: Wall) -> None:
    """Before the first state, and while a chart's library is on its way, the screen says that it loads."""
    page.route("**/events", lambda _: None)
    page.goto(centre.url)
    page.locator("#main .empty", has_text="Loading").wait_for()
    page.unroute("**/events")
    page.route("**/plotly.min.js", lambda _: None)
    page.goto(f"{centre.url}/#/queue/cards")
    page.reload()
    page.wait_for_selector(".figures tbody tr")
    assert "Loading" in page.locator(".chart").inner_text()


@pytest.mark.parametrize(
    ("accepted", "shown"), [("zh-CN,zh;q=0.9,en;q=0.5", "zh-CN"), ("de-DE,de;q=0.9,en;q=0.5", "en"), ("fr", "en")]
)
def test_the_language_is_the_browsers_until_somebody_chooses(
    page: Any, centre: Wall, accepted: str, shown: str
) -> None:
    """A browser that prefers Chinese gets it; one button changes it for good."""
    page.set_extra_http_headers({"Accept-Language": accepted})
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    assert page.evaluate("document.documentElement.lang") == shown
    page.keyboard.press("l")
    page.reload()
    page.wait_for_selector(".queue")
    assert page.evaluate("document.documentElement.lang") == ("en" if shown == "zh-CN" else "zh-CN")


def test_the_title_counts_breaches_and_every_sign_has_a_glyph(page: Any, centre: Wall) -> None:
    """A tab in the background tells how many queues are in breach; no sign is drawn as the box of a missing glyph."""
    page.goto(centre.url)
    page.wait_for_selector(".queue")
    states = [centre.view.now(name, NOW)["state"] for name in centre.view.names(NOW)]
    in_breach = sum(state in {"critical", "warning"} for state in states)
    assert in_breach >= 2
    assert page.title() == f"({in_breach}) intervalwatch"
    missing = page.evaluate(
        r"""async () => {
            const { SIGNS, VERDICTS, BREACH_SIGNS } = await import("/static/labels.js");
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            canvas.font = `32px ${getComputedStyle(document.body).fontFamily}`;
            const drawn = (text) => {
                canvas.clearRect(0, 0, 99, 99);
                canvas.fillText(text, 20, 50);
                return canvas.getImageData(0, 0, 99, 99).data.join();
            };
            const box = drawn("\u0378");
            const signs = [...Object.values(SIGNS), ...Object.values(BREACH_SIGNS)];
            signs.push(...Object.values(VERDICTS).map(([, sign]) => sign));
            return [...new Set(signs.join(""))].filter((sign) => drawn(sign) === box);
        }"""
    )
    assert missing == []
