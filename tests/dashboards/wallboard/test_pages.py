"""The pages' handlers: the page, a day, an interval, acknowledging."""

import dataclasses
import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_board import Board, next_event
from wallboard_rows import AT_NOON, breach, configuration, final, written

from agents.projection.inputs import QueueAhead
from config.errors import UserError
from config.timestamps import from_rfc3339
from dashboards.wallboard.door.access import CSRF_HEADER
from dashboards.wallboard.past.at_once import at_once
from dashboards.wallboard.server import make_app


async def test_the_page_names_its_language_and_carries_no_inline_script(board: Board) -> None:
    """The page is a frame; every script is a file of ours, and values are escaped."""
    page = await (await board.client.get("/")).text()
    assert '<html lang="zh">' in page
    assert "{{" not in page
    scripts = re.findall("<script.*", page)
    assert [re.sub("/[0-9a-f]{16}/", "/VERSION/", script) for script in scripts] == [
        '<script type="module" src="/static/VERSION/early.js" async></script>',
        '<script type="module" src="/static/VERSION/main.js"></script>',
    ]


async def test_files_of_the_page_are_kept_by_browsers_and_compressed(board: Board) -> None:
    """Each address of the page has a version and holds for good; another version's answer is not kept."""
    page = await (await board.client.get("/")).text()
    addresses = re.findall('(?:src|href)="(/static/[^"]+)"', page)
    assert len(addresses) > 15
    for address in addresses:
        answer = await board.client.get(address)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert answer.headers["Content-Encoding"] == "gzip"
        assert await answer.read() == await (await board.client.get(address, headers={"Accept-Encoding": ""})).read()
    for address in ("/static/main.js", "/static/0123456789abcdef/main.js"):
        answer = await board.client.get(address)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (await board.client.get("/static/index.html")).status == 404


async def test_a_queues_day(board: Board) -> None:
    """The day's rows, with target, range and breaches."""
    board.view.result(final("sales", 7, 0.80))
    board.view.breach(breach())
    day = await (await board.client.get("/live/day?queue=sales")).json()
    assert (day["date"], day["target"], day["range"]) == ("2026-03-02", 0.8, [0.75, 0.9])
    assert [row["service_level"] for row in day["rows"]] == [0.8]
    assert len(day["breaches"]) == 1


async def test_a_day_shows_how_many_contacts_were_served_at_once(board: Board) -> None:
    """The setting, what a worker told of this day, and what refutes the setting; of calls nothing, and never 0."""
    begin_ms = from_rfc3339("2026-03-02T08:00:00Z")
    names = ("retail", "chat", "chat", "Europe/Madrid", "v1")
    inputs = QueueAhead(*names, 1_800_000, begin_ms + 1, begin_ms, begin_ms + 2)
    for number in range(4):
        changes = {"staffed_seconds": 1800, "staffed_agents": 1, "handle_seconds": 3960, "handled": 20}
        board.view.result(final("chat", 7 + number, 0.80, channel="chat", **changes))
    address = "/api/concurrency?queue=chat&date=2026-03-02"
    told = (await (await board.client.get(address)).json())["concurrency"]
    assert (told["setting"], told["reached"], told["with_contact_seconds"]) == (1, None, None)
    [handling] = [each for each in told["findings"] if each["kind"] == "handling"]
    assert (handling["observed"], handling["at_least"], handling["intervals"]) == (2.2, 2.2, 4)
    board.view.outlooks.put(inputs)
    silent = (await (await board.client.get(address)).json())["concurrency"]
    assert (silent["reached"], silent["with_contact_seconds"]) == (None, 0)  # in four intervals no state handles
    board.view.outlooks.put(msgspec.structs.replace(inputs, handling_ms=5_000_000, with_contact_ms=2_000_000))
    day = await (await board.client.get("/live/day?queue=chat&date=2026-03-02")).json()
    assert (day["at_once"]["reached"], day["at_once"]["handling_seconds"]) == (2.5, 5000)
    board.view.outlooks.put(msgspec.structs.replace(inputs, known_ms=begin_ms + 9, begin_ms=0))
    over = (await (await board.client.get(address)).json())["concurrency"]
    assert over["reached"] == 2.5  # the day is over, and what it reached stands
    board.view.result(final("sales", 7, 0.80))
    assert (await (await board.client.get("/live/day?queue=sales")).json())["at_once"] is None
    assert (await board.client.get(f"{address}&day=1")).status == 400
    assert (await board.client.get("/api/concurrency?queue=nobody")).status == 404


def test_before_the_second_interval_is_final_nothing_is_said_of_agent_states(tmp_path: Path) -> None:
    """In the morning no state has handled anything: that is not yet a feed that cannot show it."""
    settings = dataclasses.replace(configuration(tmp_path).last.queue("sales"), concurrency=2.5)
    inputs = QueueAhead("retail", "chat", "chat", "UTC", "v1", 1_800_000, 1, 1, 2)
    rows = [final("chat", number, 0.80, handled=20, handle_seconds=900) for number in range(2)]
    begun, going_on = (at_once(rows[:n], settings, lambda _: settings, inputs) for n in (1, 2))
    assert begun is not None
    assert going_on is not None
    assert (begun["with_contact_seconds"], going_on["with_contact_seconds"]) == (None, 0)


async def test_a_day_gone_by_comes_from_history(board: Board) -> None:
    """The view reaches two days back; before that the database answers."""
    assert board.store is not None
    board.store.write_results([written(final("sales", number, 0.6), number) for number in range(4)])
    board.view.result(final("sales", 48 * 9))
    day = await (await board.client.get("/live/day?queue=sales&date=2026-03-02")).json()
    assert len(day["rows"]) == 4


async def test_a_day_carries_what_is_usual_by_its_history(board: Board) -> None:
    """20 weekdays of one half hour give the 21st its limits; an interval without a past says why it has none."""
    assert board.store is not None
    days = [dt.date(2026, 2, 2) + dt.timedelta(days=7 * (n // 5) + n % 5) for n in range(20)]
    for place, day in enumerate(days):
        when = {"interval_start": f"{day}T09:00:00Z", "interval_start_local": f"{day}T10:00:00+01:00"}
        board.store.write_results([written(final("sales", 0, 0.80 + place % 2 * 0.04, **when), place)])
    board.view.result(final("sales", 2, 0.60, signal="low"))
    board.view.result(final("sales", 3, 0.80, signal="no_baseline"))
    day = await (await board.client.get("/live/day?queue=sales&date=2026-03-02")).json()
    known, new = day["usual"]
    assert known["limits"] == pytest.approx([0.82 - 3 * 0.04 / 1.128, 0.82 + 3 * 0.04 / 1.128])
    assert (known["withheld"], new["limits"], new["withheld"]) == (None, None, "few")
    assert day["min_points"] == 20


async def test_an_interval_with_its_revisions_and_breaches(board: Board) -> None:
    """All revisions, oldest first, and the breaches that its row names."""
    named = str(breach()["breach_id"])
    board.view.result(final("sales", 4, 0.41, breaches=named))
    board.view.result(final("sales", 4, 0.42, revision=2, status="corrected", breaches=named))
    board.view.breach(breach())
    told = await (await board.client.get("/live/interval?queue=sales&start=2026-03-02T11:00:00+01:00")).json()
    assert [row["revision"] for row in told["rows"]] == [1, 2]
    assert [shown["breach_id"] for shown in told["breaches"]] == [named]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/live/day?queue=none", 404),
        ("/live/day?queue=sales&date=tomorrow", 400),
        ("/live/interval?queue=sales&start=soon", 400),
        ("/live/interval?queue=sales&start=2026-03-02T03:00:00Z", 404),
        ("/live/interval?queue=none&start=2026-03-02T03:00:00Z", 404),
    ],
)
async def test_what_is_not_there_is_said(board: Board, path: str, status: int) -> None:
    """A wrong address is an answer with a reason, never a server error."""
    answer = await board.client.get(path)
    assert answer.status == status
    assert (await answer.json())["error"]


async def acknowledge(board: Board, body: object) -> ClientResponse:
    """Press the button."""
    page = await (await board.client.get("/")).text()
    csrf = page.partition('name="csrf" content="')[2].partition('"')[0]
    return await board.client.post("/live/acknowledge", json=body, headers={CSRF_HEADER: csrf})


async def test_acknowledging_is_kept_and_shown_to_everyone(board: Board) -> None:
    """Who, when and what is being done; every browser is told."""
    board.view.breach(breach())
    breach_id = str(breach()["breach_id"])
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        answer = await acknowledge(board, {"breach_id": breach_id, "by": " Ana ", "note": "two from billing"})
        assert answer.status == 200
        (kept,) = board.kept
        assert (kept["incident_id"], kept["by"], kept["at"]) == (breach_id, "Ana", "2026-03-02T12:10:00Z")
        (shown,) = await next_event(stream, "breaches")
        assert shown["acknowledged"] == {"by": "Ana", "at": "2026-03-02T12:10:00Z", "note": "two from billing"}


async def test_what_was_found_and_done_is_kept_and_shown_to_everyone(board: Board) -> None:
    """Cause, action and outcome stand beside the breach, and acknowledge nothing."""
    board.view.breach(breach())
    breach_id = str(breach()["breach_id"])
    found = {"cause": "a bill went out", "controllable": "partly", "action": "two from billing", "outcome": None}
    async with board.client.get("/events") as stream:
        await next_event(stream, "state")
        answer = await acknowledge(board, {"breach_id": breach_id, "by": "Ana", **found})
        assert answer.status == 200
        (kept,) = board.kept
        assert (kept["kind"], kept["incident_id"], kept["note"]) == ("acted", breach_id, None)
        (shown,) = await next_event(stream, "breaches")
        assert shown["acknowledged"] is None
        assert [{name: one[name] for name in found} for one in shown["acted"]] == [found]


async def test_nothing_is_written_without_the_page_s_token(board: Board) -> None:
    """Another site can make a browser post, but knows no CSRF token; a form's body and a long one are refused."""
    board.view.breach(breach())
    asked = {"breach_id": str(breach()["breach_id"]), "by": "Ana", "cause": "c"}
    for headers in ({}, {CSRF_HEADER: "0" * 43}):
        assert (await board.client.post("/live/acknowledge", json=asked, headers=headers)).status == 403
    assert (await board.client.get("/live/acknowledge")).status == 405
    assert (await acknowledge(board, {**asked, "cause": "c" * 2_001})).status == 400
    assert (await acknowledge(board, {**asked, "cause": "c" * 2_000_000})).status in {400, 413}
    assert (await acknowledge(board, {**asked, "controllable": "maybe"})).status == 400
    assert board.kept == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"breach_id": "none", "by": "Ana"}, 404),
        ({"breach_id": str(breach()["breach_id"]), "by": "  "}, 400),
        ({"breach_id": str(breach()["breach_id"]), "by": "A" * 81}, 400),
        ({"breach_id": str(breach()["breach_id"]), "by": "Ana", "note": "n" * 2_001}, 400),
        ({"breach_id": str(breach()["breach_id"])}, 400),
        (["Ana"], 400),
    ],
)
async def test_what_cannot_be_acknowledged(board: Board, body: object, status: int) -> None:
    """An unknown breach, nobody, or a novel: refused with a reason, and nothing is kept."""
    board.view.breach(breach())
    answer = await acknowledge(board, body)
    assert answer.status == status
    assert (await answer.json())["error"]
    assert board.kept == []


async def test_an_acknowledgement_that_could_not_be_kept_is_not_shown(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database failed: the button says so, and the screen does not pretend."""

    def fails(*_: object) -> None:
        raise UserError("history: is read-only")

    board.view.breach(breach())
    monkeypatch.setattr(board, "keep", fails)
    app_screens = make_app(
        board.view, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry(), keep=fails
    )
    async with TestClient(TestServer(app_screens), cookie_jar=CookieJar(unsafe=True)) as client:
        board.client = client
        answer = await acknowledge(board, {"breach_id": str(breach()["breach_id"]), "by": "Ana"})
        assert answer.status == 503
        shown = board.view.find_breach(str(breach()["breach_id"]))
        assert shown is not None
        assert shown["acknowledged"] is None


async def test_the_chart_library_comes_from_the_installed_wheel(board: Board) -> None:
    """No other host, nothing copied into the repository."""
    answer = await board.client.get("/static/plotly.min.js")
    assert answer.status == 200
    assert b"plotly.js" in await answer.content.read(200)
