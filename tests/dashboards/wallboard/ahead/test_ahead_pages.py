"""`/api/projection`: a queue's rest of the day from the inputs that a worker sent."""

from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_rows import configuration

from agents.projection.inputs import Goal, IntervalAhead, QueueAhead
from dashboards.wallboard.ahead.held import HeldOutlooks
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View

NOON = 1_772_452_800_000
HALF = 1_800_000


def inputs(**given: object) -> QueueAhead:
    """A planned afternoon of `sales`, with too few agents from 13:30 to 14:00."""
    intervals = tuple(
        IntervalAhead(NOON + n * HALF, 12 + n // 2, 100.0, 240.0, 12.0 if n == 3 else 17.0, True) for n in range(16)
    )
    plain = QueueAhead(
        "retail", "sales", "voice", "UTC", "1", HALF, NOON, NOON - 8 * HALF, NOON + 16 * HALF, intervals,
        staffed=17.0, busy=13.0, offered=800, good=680.0, counted=800.0,
        goal=Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.9),
    )  # fmt: skip
    return msgspec.structs.replace(plain, **given)


async def test_a_projection_has_its_documented_fields(tmp_path: Path) -> None:
    """Day, risk in words, horizons and every interval; 404 says why there is none."""
    view = View(configuration(tmp_path))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: NOON, registry=CollectorRegistry())
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/api/projection?queue=sales")
        assert answer.status == 404
        assert "no worker has told" in (await answer.json())["error"]
        assert (await client.get("/api/projection?queue=other")).status == 404
        assert (await client.get("/api/projection?queue=sales&at=now")).status == 400
        view.outlooks.put_message(msgspec.msgpack.encode(inputs()))
        body = await (await client.get("/api/projection?queue=sales")).json()
    assert body["risk"]["text"] == "13:30 lacks 4 agents"
    assert list(body["horizons"]) == ["next", "hour_2", "day"]
    assert len(body["intervals"]) == 16
    documented = Path(__file__).parents[4] / "docs/projections.md"
    text = documented.read_text(encoding="utf-8")
    for name in {*body, *body["intervals"][0], *body["day"], *body["risk"]}:
        assert name in text


def test_projections_are_kept_for_a_minute_and_until_newer_inputs_come() -> None:
    """The same object is shown again; older inputs change nothing."""
    held = HeldOutlooks(steady=lambda: 0.0)
    held.put(inputs())
    first = held.of("sales", NOON)
    assert held.of("sales", NOON + 1_000) is first
    held.put(inputs(known_ms=NOON - 1_000))
    assert held.of("sales", NOON + 1_000) is first
    assert held.of("sales", NOON + 60_000) is not first
    held.put(inputs(known_ms=NOON + 1_000))
    newer = held.of("sales", NOON + 60_000)
    assert newer is not None
    assert newer.known_ms == NOON + 1_000
    held.forget("sales")
    assert held.of("sales", NOON) is None


def test_a_queue_that_was_asked_for_is_looked_at_for_ten_seconds() -> None:
    """A worker in the same process learns from it what to project oftener."""
    now = [0.0]
    held = HeldOutlooks(steady=lambda: now[0])
    held.put(inputs())
    assert held.looked_at() == []
    held.of("sales", NOON)
    now[0] = 9.0
    assert held.looked_at() == ["sales"]
    now[0] = 11.0
    assert held.looked_at() == []


def test_what_is_no_input_is_refused() -> None:
    """A message of another program is an error to whoever reads it, and changes nothing."""
    with pytest.raises(msgspec.MsgspecError):
        HeldOutlooks().put_message(b"{}")
