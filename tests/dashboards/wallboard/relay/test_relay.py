"""The relay: each service gets its own body within its limits, and what it refuses comes again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from services_stand_in import Services

from config.settings import load
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View

TOKEN = "a long token of this test"  # noqa: S105 - of a test
KINDS = ("slack", "teams", "wecom", "dingtalk", "feishu", "webhook", "pagerduty")
PAGERDUTY_KEY = "0123456789abcdef0123456789abcdef"


def alert(title: str, message: str, **labels: str) -> dict[str, Any]:
    """An alert as Alertmanager posts it."""
    return {
        "status": labels.pop("status", "firing"),
        "labels": {
            "alertname": "Notice", "incident": "i1", "notice": "i1", "kind": "incident", "severity": "warning", **labels
        },
        "annotations": {
            "title": title, "title_zh": f"{title}（中）", "message": message, "message_zh": f"{message}（中）",
            "link": "https://wall.example.com/#/interval/cards", "runbook_url": "https://docs.example.com/r/",
        },
        "startsAt": labels.get("since", "2026-03-02T10:05:00Z"),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=1",
        "fingerprint": f"{title}{labels.get('severity')}",
    }  # fmt: skip


def payload(*alerts: dict[str, Any], status: str = "firing") -> dict[str, Any]:
    """A notification as Alertmanager posts it (version 4)."""
    key = '{}/{person="ana"}:{notice="i1", person="ana"}'
    return {"version": "4", "groupKey": key, "status": status, "receiver": "ana", "alerts": list(alerts)}


@pytest.fixture
async def services() -> AsyncIterator[tuple[Services, TestServer]]:
    """The services, and where they are."""
    found = Services()
    async with TestServer(found.app()) as server:
        yield found, server


@pytest.fixture
async def client(
    services: tuple[Services, TestServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TestClient[Any, Any]]:
    """`web` with a person for each channel, whose secrets stand in files, and one in the environment."""
    _, server = services
    people = []
    for kind in KINDS:
        (tmp_path / kind).write_text(f"{PAGERDUTY_KEY if kind == 'pagerduty' else server.make_url(kind)}\n", "utf-8")
        secret = f"key_file: {tmp_path / kind}, url: '{server.make_url(kind)}'" if kind == "pagerduty" else (
            f"url_file: {tmp_path / kind}"
        )  # fmt: skip
        people.append(f"    {kind}_reader: {{{kind}: {{{secret}}}}}")
    monkeypatch.setenv("DUTY_URL", str(server.make_url("webhook")))
    people.append("    duty: {webhook: {url_env: DUTY_URL}, feishu: {url_env: NOT_SET}, language: zh}")
    path = tmp_path / "monitor.yaml"
    path.write_text("notify:\n  people:\n" + "\n".join(people) + "\n", encoding="utf-8")
    view = View(load([path]))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: 0, registry=CollectorRegistry(), token=TOKEN)
    async with TestClient(TestServer(app), headers={"Authorization": f"Bearer {TOKEN}"}) as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
async def test_each_service_takes_begin_and_end(
    client: TestClient[Any, Any], services: tuple[Services, TestServer], kind: str
) -> None:
    """A message of usual length, and its end, are bodies that the service takes whole."""
    for status in ("firing", "resolved"):
        body = payload(alert("cards: 20 %", "cards: 94 of 460 <answered> & so on.", status=status), status=status)
        answer = await client.post(f"/api/relay/{kind}_reader", json=body)
        assert answer.status == 200, await answer.text()
    taken = [body for name, body in services[0].taken if name == kind]
    assert len(taken) == 2
    for body in taken:
        text = json.dumps(body, ensure_ascii=False)
        assert "cards: 20 %" in text
        assert "94 of 460" in text
        assert "https://wall.example.com/#/interval/cards" in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("count", "length"), [(60, 2_000), (1, 60_000)])
async def test_a_storm_is_split_or_cut_to_what_the_service_takes(
    client: TestClient[Any, Any], services: tuple[Services, TestServer], kind: str, count: int, length: int
) -> None:
    """Long texts of many incidents, in Chinese of three bytes a character, are within every limit."""
    alerts = [
        alert("队列" * 400, "呼" * length + "\n" + "x" * length, incident=f"i{n}", notice="held/x")
        for n in range(count)
    ]
    answer = await client.post(f"/api/relay/{kind}_reader", json=payload(*alerts))
    assert answer.status == 200, await answer.text()
    assert [name for name, _ in services[0].taken if name == kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("refusal", [(500, "no"), (404, ""), (302, ""), (200, '{"errcode": 1, "code": 1}')])
async def test_what_a_service_refuses_is_answered_with_502(
    client: TestClient[Any, Any], services: tuple[Services, TestServer], kind: str, refusal: tuple[int, str]
) -> None:
    """So Alertmanager tries again; robots refuse in a 200, and the reason has no secret in it."""
    if refusal[0] == 200 and kind in {"teams", "webhook", "pagerduty"}:
        pytest.skip("these services mean what their status says")
    services[0].refuses[kind] = refusal
    answer = await client.post(f"/api/relay/{kind}_reader", json=payload(alert("cards: 20 %", "text")))
    text = await answer.text()
    assert answer.status == 502
    assert "refused" in text
    assert "127.0.0.1" not in text
    assert PAGERDUTY_KEY not in text


async def test_one_channel_of_several_is_asked_for_by_name(
    client: TestClient[Any, Any], services: tuple[Services, TestServer]
) -> None:
    """One that fails does not double the other: Alertmanager repeats each by itself."""
    body = payload(alert("cards: 20 %", "text"))
    assert (await client.post("/api/relay/duty?channel=webhook", json=body)).status == 200
    answer = await client.post("/api/relay/duty?channel=feishu", json=body)
    assert (answer.status, await answer.json()) == (
        502,
        {"error": "feishu: the environment variable NOT_SET is not set"},
    )
    [(_, taken)] = services[0].taken
    assert (taken["title"], taken["message"]) == ("cards: 20 %（中）", "text（中）")


async def test_a_webhooks_body_says_what_it_is(
    client: TestClient[Any, Any], services: tuple[Services, TestServer]
) -> None:
    """The newest alert speaks, critical before warning, and links are by what they lead to."""
    old, new = alert("20 %", "old"), alert("14 %", "new", severity="critical", kind="escalation")
    assert (await client.post("/api/relay/webhook_reader", json=payload(old, new))).status == 200
    [(_, body)] = services[0].taken
    assert body == {
        "status": "firing",
        "kind": "escalation",
        "severity": "critical",
        "incident": "i1",
        "notice": "i1",
        "title": "14 %",
        "message": "new",
        "links": {"look": "https://wall.example.com/#/interval/cards", "runbook": "https://docs.example.com/r/"},
    }


async def test_a_morning_is_one_body(client: TestClient[Any, Any], services: tuple[Services, TestServer]) -> None:
    """Incidents that were held back are said in one message, their ids joined."""
    both = [alert("cards: 20 %", "a", notice="held/x"), alert("sales: 40 %", "b", incident="i2", notice="held/x")]
    await client.post("/api/relay/webhook_reader", json=payload(*both))
    [(_, body)] = services[0].taken
    assert (body["title"], body["incident"]) == ("cards: 20 % · sales: 40 %", "i1;i2")
    assert body["message"] == "cards: 20 %\na\n\nsales: 40 %\nb"


async def test_the_relay_asks_for_the_token_and_takes_nothing_from_other_sites(client: TestClient[Any, Any]) -> None:
    """No bearer: 401; nobody of that name: 404; a form, as another site's page could post it: 400."""
    body = payload(alert("cards: 20 %", "text"))
    async with ClientSession() as stranger:
        assert (await stranger.post(client.make_url("/api/relay/duty"), json=body)).status == 401
    assert (await client.post("/api/relay/nobody", json=body)).status == 404
    assert (await client.post("/api/relay/duty?channel=slack", json=body)).status == 404
    assert (await client.post("/api/relay/duty", data=json.dumps(body))).status == 400
    for junk in (b"", b"junk", b"[]", b'{"status": "firing", "alerts": [], "groupKey": ""}'):
        answer = await client.post("/api/relay/duty", data=junk, headers={"Content-Type": "application/json"})
        assert answer.status == 400


async def test_troubles_of_alerting_stand_on_the_wallboard_until_they_are_over(tmp_path: Path) -> None:
    """Notifications that fail are shown to who looks: nobody can be told."""
    path = tmp_path / "monitor.yaml"
    path.write_text("site: {timezone: UTC}\n", encoding="utf-8")
    view = View(load([path]))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: 0, registry=CollectorRegistry())
    given = alert("", "")
    given["annotations"] = {"summary": "notifications by email fail: people are not told"}
    async with TestClient(TestServer(app)) as found:
        for status, shown in (("firing", ["notifications by email fail: people are not told"]), ("resolved", [])):
            given["status"] = status
            answer = await found.post("/api/troubles", json=payload(given, status=status))
            assert answer.status == 200
            assert list(view.troubles.values()) == shown
