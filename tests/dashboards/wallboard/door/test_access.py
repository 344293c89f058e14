"""The door: token, cookie, CSRF, DNS rebinding, headers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_rows import AT_NOON, breach, configuration, final

from dashboards.wallboard.door.access import COOKIE, CSRF_HEADER, is_loopback
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View

TOKEN = "a-long-random-text-of-the-operator"  # noqa: S105 - of a test
Open = Callable[[str | None], AbstractAsyncContextManager[TestClient]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """A client of a server with or without a token, and one open breach on it."""

    @asynccontextmanager
    async def open_it(token: str | None) -> AsyncIterator[TestClient]:
        view = View(configuration(tmp_path))
        view.result(final("sales", 7, 0.41))
        view.breach(breach())
        app = make_app(
            view,
            health=lambda: (True, "ok"),
            now=lambda: AT_NOON,
            registry=CollectorRegistry(),
            token=token,
            keep=dict,
        )
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield client

    return open_it


async def csrf_of(client: TestClient) -> str:
    """The token that the page carries."""
    page = await (await client.get("/")).text()
    return page.partition('name="csrf" content="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("127.1.2.3", True),
        ("0.0.0.0", False),  # noqa: S104 - asked about, not bound
        ("::", False),
        ("10.0.0.5", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_which_addresses_are_this_machine_only(host: str, own: bool) -> None:
    """A wildcard address is not this machine only."""
    assert is_loopback(host) is own


@pytest.mark.parametrize("path", ["/api/intervals", "/api/breaches", "/events", "/live/day?queue=sales", "/metrics"])
async def test_without_the_token_no_figure_leaves(opened: Open, path: str) -> None:
    """Everything that shows a figure asks for the token, and says how it is given."""
    async with opened(TOKEN) as client:
        answer = await client.get(path)
        assert answer.status == 401
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert "sales" not in await answer.text()
        wrong = await client.get(path, headers={"Authorization": "Bearer guess"})
        assert wrong.status == 401


async def test_health_and_login_are_open_to_everyone(opened: Open) -> None:
    """A load balancer needs no token, and the wallboard leads to the login page."""
    async with opened(TOKEN) as client:
        assert (await client.get("/healthz")).status == 200
        page = await client.get("/")
        assert page.status == 200
        assert page.url.path == "/login"
        assert (await client.get("/static/style.css")).status == 200


async def test_scripts_take_the_token_as_bearer(opened: Open) -> None:
    """`/api` and `/metrics` answer to `Authorization: Bearer`."""
    async with opened(TOKEN) as client:
        for path in ("/api/intervals", "/api/breaches", "/metrics"):
            answer = await client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status == 200


async def test_the_token_is_taken_once_and_then_a_cookie_stands_for_it(opened: Open) -> None:
    """Login sets an HttpOnly, SameSite=Strict cookie that is not the token."""
    async with opened(TOKEN) as client:
        answer = await client.post("/login", data={"token": TOKEN}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        cookie = answer.cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert TOKEN not in cookie.value
        assert (await client.get("/api/intervals")).status == 200
        assert (await client.get("/", allow_redirects=False)).status == 200


async def test_a_wrong_token_opens_nothing(opened: Open) -> None:
    """No cookie for a wrong token, and the page says so."""
    async with opened(TOKEN) as client:
        answer = await client.post("/login", data={"token": "guess"}, allow_redirects=False)
        assert answer.status == 403
        assert COOKIE not in answer.cookies
        assert 'class="failed"' in await answer.text()


@pytest.mark.parametrize("path", ["/api/intervals", "/metrics", "/events"])
async def test_wrong_bearers_are_slowed(opened: Open, path: str) -> None:
    """A wrong token waits for half a second, after those before it; a right one does not wait at all."""
    async with opened(TOKEN) as client:
        wrong = {"Authorization": "Bearer guess"}
        began = time.monotonic()
        guesses = [asyncio.ensure_future(client.get(path, headers=wrong)) for _ in range(3)]
        await asyncio.sleep(0.1)
        asked = time.monotonic()
        answer = await client.get("/api/intervals", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status == 200
        assert time.monotonic() - asked < 0.4
        assert [one.status for one in await asyncio.gather(*guesses)] == [401, 401, 401]
        assert time.monotonic() - began >= 1.5


async def test_a_flood_of_wrong_tokens_is_refused_at_once(opened: Open) -> None:
    """Only some wrong tokens wait for an answer; more are told to come back later."""
    async with opened(TOKEN) as client:
        wrong = {"Authorization": "Bearer guess"}
        async with ClientSession(connector=TCPConnector(limit=0)) as many:
            url = client.make_url("/api/intervals")
            asked = [asyncio.ensure_future(many.get(url, headers=wrong)) for _ in range(40)]
            await asyncio.wait(asked, timeout=5, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0.3)
            refused = [one.result() for one in asked if one.done() and one.result().status == 429]
            assert len(refused) == 20
            assert refused[0].headers["Retry-After"]
            answer = await client.post("/login", data={"token": "guess"}, allow_redirects=False)
            assert answer.status == 429
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)


async def test_a_cookie_made_up_or_signed_by_another_server_opens_nothing(opened: Open) -> None:
    """A session's signature depends on the token."""
    async with opened("another token altogether") as other:
        await other.post("/login", data={"token": "another token altogether"})
        foreign = next(iter(other.session.cookie_jar)).value
    async with opened(TOKEN) as client:
        for value in ("", "x", "x.y", foreign, foreign.partition(".")[0] + "."):
            answer = await client.get("/api/intervals", headers={"Cookie": f"{COOKIE}={value}"})
            assert answer.status == 401


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_acknowledging_needs_the_pages_own_token(opened: Open, token: str | None) -> None:
    """Neither the cookie alone, nor a bearer, nor another session's CSRF token moves anything."""
    body = {"breach_id": breach()["breach_id"], "by": "Ana"}
    async with opened(token) as client:
        if token:
            await client.post("/login", data={"token": token})
        csrf = await csrf_of(client)
        for headers in ({}, {CSRF_HEADER: "0" * 64}, {"Authorization": f"Bearer {TOKEN}"}):
            assert (await client.post("/live/acknowledge", json=body, headers=headers)).status == 403
        async with ClientSession() as stranger:
            url = client.make_url("/live/acknowledge")
            answer = await stranger.post(
                url, json=body, headers={CSRF_HEADER: csrf, "Authorization": f"Bearer {token}"}
            )
            assert answer.status == 403
        assert (await client.post("/live/acknowledge", json=body, headers={CSRF_HEADER: csrf})).status == 200


async def test_a_page_elsewhere_cannot_reach_this_machine_by_a_name_of_its_own(opened: Open) -> None:
    """DNS rebinding: without a token only localhost names are answered; with one the token decides."""
    async with opened(None) as client:
        assert (await client.get("/api/intervals", headers={"Host": "evil.example:6066"})).status == 403
        assert (await client.get("/api/intervals", headers={"Host": "localhost:6066"})).status == 200
        assert (await client.get("/api/intervals", headers={"Host": "[::1]:6066"})).status == 200
    async with opened(TOKEN) as client:
        headers = {"Host": "wall.example", "Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/api/intervals", headers=headers)).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/intervals", "/static/main.js", "/nothing", "/live/day?queue=x"]
)
async def test_every_answer_carries_the_headers_that_browsers_obey(opened: Open, path: str) -> None:
    """Scripts come from this server only and never inline; nobody frames the page or guesses types."""
    async with opened(None) as client:
        headers = (await client.get(path)).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
