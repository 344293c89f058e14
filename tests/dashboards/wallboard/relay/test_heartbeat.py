"""Whether alerts can be told at all: heard every minute, passed on outside, and said where it stops."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from config.settings import load
from dashboards.wallboard.relay.heartbeat import Heartbeat
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View

MINUTE = 60_000
SILENT = "nothing was heard of Alertmanager for 5 minutes: nobody can be told of alerts"
WATCHDOG: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}/{alertname="Watchdog"}:{alertname="Watchdog"}',
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Watchdog", "severity": "none"},
            "annotations": {"summary": "alerts can be told: this one always fires"},
            "startsAt": "2026-03-02T10:05:00Z",
        }
    ],
}


def test_silence_is_told_after_five_minutes_and_ends_with_the_next_word() -> None:
    """Not a moment before; who never expected it is told nothing."""
    heartbeat = Heartbeat()
    assert list(heartbeat.troubles(10**9)) == []
    heartbeat.expect(MINUTE)
    assert list(heartbeat.troubles(6 * MINUTE - 1)) == []
    assert list(heartbeat.troubles(6 * MINUTE)) == [SILENT]
    assert heartbeat.with_troubles("ok", 6 * MINUTE) == f"degraded: {SILENT}"
    assert heartbeat.with_troubles("no broker; queues: a", 6 * MINUTE) == f"no broker, and {SILENT}; queues: a"
    heartbeat.hear(7 * MINUTE)
    assert list(heartbeat.troubles(8 * MINUTE)) == []
    assert heartbeat.with_troubles("ok", 8 * MINUTE) == "ok"


async def _health(client: TestClient[Any, Any]) -> tuple[int, str]:
    answer = await client.get("/healthz")
    return answer.status, (await answer.text()).splitlines()[0]


@pytest.mark.parametrize("routes", ["", "routes: [{team: all}]"])
async def test_web_says_that_nobody_can_be_told(tmp_path: Path, routes: str) -> None:
    """On `/healthz`, still 200 since results flow, and at the wallboard's head; without routes nobody is to be told."""
    now, called = [0], list[dict[str, Any]]()

    async def outside(request: web.Request) -> web.Response:
        called.append(await request.json())
        return web.Response(status=200 if len(called) < 3 else 404)

    service = web.Application()
    service.add_routes([web.post("/ping/secret", outside)])
    async with TestServer(service) as server:
        secret = tmp_path / "heartbeat"
        secret.write_text(str(server.make_url("/ping/secret")), encoding="utf-8")
        path = tmp_path / "monitor.yaml"
        path.write_text(
            "notify:\n  people: {ana: {slack: {url_file: /none}}}\n  teams: {all: {people: [ana]}}\n"
            f"  heartbeat: {{url_file: {secret}}}\n  {routes}\n",
            encoding="utf-8",
        )
        view = View(load([path]))
        app = make_app(
            view, health=lambda: (True, "ok"), now=lambda: now[0], registry=CollectorRegistry(), hears_alertmanager=True
        )
        async with TestClient(TestServer(app)) as client:
            now[0] = 5 * MINUTE
            assert await _health(client) == (200, f"degraded: {SILENT}" if routes else "ok")
            assert (await client.post("/api/heartbeat", json=WATCHDOG)).status == 200
            assert await _health(client) == (200, "ok")
            assert called[0]["title"] == "alerts can be told: this one always fires"
            assert (await client.post("/api/heartbeat", data=b"junk")).status == 400
            assert (await client.post("/api/heartbeat", json=WATCHDOG)).status == 200
            now[0] = 10 * MINUTE
            assert list(view.heartbeat.troubles(now[0])) == [SILENT]
            refused = await client.post("/api/heartbeat", json=WATCHDOG)
            assert refused.status == 502
            assert "webhook: refused: 404" in await refused.text()
            assert "secret" not in await refused.text()
            assert await _health(client) == (200, "ok")


async def test_a_process_that_alertmanager_does_not_call_expects_nothing(tmp_path: Path) -> None:
    """A worker's own wallboard: no word, no trouble."""
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "notify:\n  people: {ana: {slack: {url_file: /none}}}\n  teams: {all: {people: [ana]}}\n"
        "  routes: [{team: all}]\n",
        encoding="utf-8",
    )
    app = make_app(View(load([path])), health=lambda: (True, "ok"), now=lambda: 10**9, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        assert await _health(client) == (200, "ok")
