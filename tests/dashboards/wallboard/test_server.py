"""The server itself: health, metrics, and where it dares to listen."""

import socket
from importlib.metadata import version
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Gauge
from wallboard_rows import AT_NOON, configuration

from config.errors import UserError
from dashboards.wallboard.server import make_app, serve
from dashboards.wallboard.state import View


def view(folder: Path) -> View:
    """Two queues, nothing seen."""
    return View(configuration(folder))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_says_ok_or_why_not(tmp_path: Path, path: str) -> None:
    """200 `ok`; 503 with the reason while recovering or cut off; the version in a line of its own."""
    said = f"intervalwatch {version('intervalwatch')}\n"
    state = [(True, "ok")]
    app = make_app(view(tmp_path), health=lambda: state[0], now=lambda: AT_NOON, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        fine = await client.get(path)
        assert (fine.status, await fine.text()) == (200, f"ok\n{said}")
        state[0] = (False, "recovering: 3 of 12 partitions")
        bad = await client.get(path)
        assert (bad.status, await bad.text()) == (503, f"recovering: 3 of 12 partitions\n{said}")


async def test_a_server_whose_figures_may_be_behind_is_not_ready(tmp_path: Path) -> None:
    """`/readyz` answers 503 while the view is restored, whatever the stream's health."""
    shown = view(tmp_path)
    app = make_app(shown, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        shown.recovering = True
        answer = await client.get("/readyz")
        assert answer.status == 503
        assert (await answer.text()).startswith("recovering: ")
        shown.recovering = False
        assert (await client.get("/readyz")).status == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_names_no_queue_without_a_login(tmp_path: Path, path: str) -> None:
    """Names stand in the health line of those who may see figures only."""
    health = (True, "ok; never seen: sales, orders")
    app = make_app(
        view(tmp_path), health=lambda: health, now=lambda: AT_NOON, registry=CollectorRegistry(), token=TOKEN
    )
    async with TestClient(TestServer(app)) as client:
        assert (await (await client.get(path)).text()).startswith("ok\n")
        told = await client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (await told.text()).startswith("ok; never seen: sales, orders\n")


@pytest.mark.parametrize("token", ["x", "fifteen letters", "  fifteen letters \n"])
async def test_a_short_token_is_refused(tmp_path: Path, token: str) -> None:
    """A token under 16 characters is one line that names the variable and a way to make a better one."""
    with pytest.raises(UserError, match=r"INTERVALWATCH_TOKEN: has \d+ characters .* use 16 or more") as told:
        make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, token=token)
    assert "fifteen" not in str(told.value)


async def test_metrics_shows_the_registry_or_what_it_is_given(tmp_path: Path) -> None:
    """Prometheus' text format, from a registry or made by the caller."""
    registry = CollectorRegistry()
    Gauge("intervalwatch_recovering", "x", registry=registry).set(1)
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=registry)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert "intervalwatch_recovering 1.0" in await answer.text()
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, metrics=lambda: b"own 1\n")
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/metrics")).text() == "own 1\n"


async def test_metrics_may_be_made_in_another_loop(tmp_path: Path) -> None:
    """A reader that is awaited gives the text of `/metrics`."""

    async def made() -> bytes:
        return b"elsewhere 1\n"

    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, metrics=made)
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/metrics")).text() == "elsewhere 1\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - refused
async def test_it_refuses_to_listen_to_others_without_a_token(tmp_path: Path, host: str) -> None:
    """One line that names the variable and the fix."""
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, token="")
    with pytest.raises(UserError, match="INTERVALWATCH_TOKEN"):
        await serve(app, host, 0)


TOKEN = "a long random text"  # noqa: S105 - of a test


async def test_with_a_token_it_listens_to_others(tmp_path: Path) -> None:
    """Bound to every address, it answers, and asks for the token."""
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON, token=TOKEN)
    runner = await serve(app, "0.0.0.0", 0)  # noqa: S104 - with a token
    try:
        port = runner.addresses[0][1]
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/api/intervals") as answer:
            assert answer.status == 401
    finally:
        await runner.cleanup()


async def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """The address, and what to choose."""
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"127.0.0.1:{port}: is in use; choose another --port"):
            await serve(app, port=port)


async def test_it_stops_at_once_though_browsers_are_watching(tmp_path: Path) -> None:
    """Ctrl-C does not wait for pushes to end by themselves."""
    app = make_app(view(tmp_path), health=lambda: (True, "ok"), now=lambda: AT_NOON)
    runner = await serve(app, port=0)
    port = runner.addresses[0][1]
    async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/events") as stream:
        assert (await stream.content.readline()).startswith(b"retry")
        await runner.cleanup()
