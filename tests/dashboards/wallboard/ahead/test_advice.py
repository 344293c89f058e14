"""`/api/whatif` and `/api/moves`: answers with sentences, and one line for what cannot be asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_rows import AT_NOON, configuration, final

from agents.projection.inputs import Goal, IntervalAhead, QueueAhead
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View

HALF = 1_800_000
NOON = AT_NOON - AT_NOON % HALF
"""It is 12:10."""
SHORT, WIDE = 13.0, 22.0


def ahead(name: str, agents: float) -> QueueAhead:
    """A queue at ten past noon, with 100 contacts of 240 s each half hour until 18:00."""
    intervals = tuple(
        IntervalAhead(
            start_ms=NOON + place * HALF,
            hour=12 + place // 2,
            forecast_offered=100.0,
            forecast_aht_seconds=240.0,
            scheduled_agents=agents,
            planned=True,
        )
        for place in range(12)
    )
    return QueueAhead(
        "retail", name, "voice", "UTC", "1", HALF, AT_NOON, NOON - 8 * HALF, NOON + 12 * HALF, intervals,
        busy=13.0, goal=Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.95),
    )  # fmt: skip


QUEUES = {each.queue: each for each in (ahead("cards", SHORT), ahead("orders", WIDE))}


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    """A server to which a worker has told of two queues."""
    view = View(configuration(tmp_path))
    for name, queue in QUEUES.items():
        view.result({**final(name, 0), "queue": name})
        view.outlooks.put(queue)
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as opened:
        yield opened


async def test_what_if_shows_both_days_before_and_after(client: TestClient) -> None:
    """Agents who go to another queue change both; the body has projections, spans and a sentence."""
    answer = await client.get("/api/whatif?queue=orders&agents=-3&to=cards&from=13:00&for=90")
    assert answer.status == 200
    body = await answer.json()
    assert (body["from"], body["to"]) == ("2026-03-02T13:00:00Z", "2026-03-02T14:30:00Z")
    assert [each["queue"] for each in body["queues"]] == ["orders", "cards"]
    orders, cards = body["queues"]
    assert cards["span"]["after"] > cards["span"]["before"]
    assert orders["span"]["after"] < orders["span"]["before"]
    assert len(cards["after"]["intervals"]) == 12
    assert cards["after"]["day"]["service_level"] > cards["before"]["day"]["service_level"]
    assert body["text"].startswith("Move 3 agents from orders to cards 13:00-14:30: cards ")


async def test_a_sign_in_an_address_may_arrive_as_a_blank(client: TestClient) -> None:
    """`agents=+2`, where the plus is a blank in a query, is two agents more."""
    body = await (await client.get("/api/whatif?queue=cards&agents=+2")).json()
    assert body["text"].startswith("cards 12:10-18:00 with 2 agents more: ")


async def test_moves_are_proposed_with_a_sentence_each(client: TestClient) -> None:
    """The wide queue is proposed to help the short one, and that no skills are known is said."""
    body = await (await client.get("/api/moves?queue=cards")).json()
    assert body["why"] is None
    assert body["lacks"] == 3
    assert body["skills_known"] is False
    assert len(body["notes"]) == len(body["notes_zh"]) == 1
    proposal = body["proposals"][0]
    assert (proposal["from_queue"], proposal["to_queue"], proposal["agents"]) == ("orders", "cards", 3)
    assert proposal["donor"]["after"] >= 0.75
    assert proposal["contacts"] > 0
    assert proposal["text"].startswith("Move 3 agents from orders to cards 12:10-14:00: cards ")


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("whatif?queue=cards&agents=two", 400, "agents: found 'two'; write a whole number from -1000 to 1000"),
        ("whatif?queue=cards", 400, "nothing is changed"),
        ("whatif?queue=cards&agents=1&agents=2", 400, "agents: is given twice"),
        ("whatif?queue=cards&agents=1&from=19:00", 400, "from: the span is not ahead"),
        ("whatif?queue=nobody&agents=1", 404, "queue 'nobody': is not known here"),
        ("whatif?queue=cards&agents=1&to=nobody", 404, "queue 'nobody': is not known here"),
        ("moves", 400, "queue: is missing"),
        ("moves?queue=cards&from=13:00", 400, "from: is no parameter; known is queue"),
        ("moves?queue=nobody", 404, "queue 'nobody': is not known here"),
    ],
)
async def test_a_bad_question_is_answered_in_one_line(client: TestClient, query: str, status: int, reason: str) -> None:
    """400 for a bad parameter, 404 for a queue that is not known, each as `error`."""
    answer = await client.get(f"/api/{query}")
    assert answer.status == status
    error = (await answer.json())["error"]
    assert error.startswith(reason)
    assert "\n" not in error


async def test_a_queue_that_no_worker_has_told_of_is_not_projected(tmp_path: Path) -> None:
    """A server on history alone knows the queue and projects nothing: 404 with the reason."""
    view = View(configuration(tmp_path))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        for query in ("whatif?queue=sales&agents=1", "moves?queue=sales"):
            answer = await client.get(f"/api/{query}")
            assert answer.status == 404
            assert (await answer.json())["error"] == "queue 'sales': no worker has told of the rest of its day yet"
