"""The rest of a day on a real broker: a worker and `web` answer what the same records give without any of them."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fault_run import FaultRun
from kafka_server import KafkaServer
from postgresql_server import free_port

from agents.engine.queue import QueueEngine
from agents.projection.advice import shown_moves, shown_what_if
from agents.projection.inputs import QueueAhead
from agents.projection.moves import moves_for
from agents.projection.project import project_one
from agents.projection.shown import shown
from agents.projection.whatif import asked_of, what_if
from config.settings import load
from config.timestamps import from_rfc3339
from streams.admission import admit_contact
from streams.codec import encode
from streams.kafka.producer import Producer
from streams.records import Plan, Record, event_ms

MINUTE = 60_000
QUARTER = 15 * MINUTE
PATIENCE = 60.0
HELD = ("cards", "orders")


def noon_somewhere(now_ms: int) -> str:
    """A zone in which it is about noon, so that the test never runs over a midnight."""
    ahead = 12 - now_ms // 3_600_000 % 24
    return f"Etc/GMT{-ahead:+d}"


def records_of(queue: str, now_ms: int) -> list[Record]:
    """A plan of half a day each way with 15 contacts a quarter of an hour, and a call a minute for two hours.

    Four agents are enough for them; `cards` has too few from the next full quarter but one on, `orders` two to spare.
    """
    first = now_ms // QUARTER * QUARTER
    rows: list[Record] = []
    for place in range(-12, 30):
        short = queue == "cards" and 2 <= place < 8
        agents = (2.0 if short else 5.0) if queue == "cards" else 9.0
        rows.append(Plan("v1", now_ms - 86_400_000, first + place * QUARTER, QUARTER, 15.0, 180_000, None, agents))
    for minute in range(-120, -1):
        offered, wait = now_ms + minute * MINUTE, 5_000 + 1_000 * (minute % 20)
        number = f"{queue}{minute}"
        rows.append(admit_contact(number, offered, "answered", offered + wait, None, 180_000, 0, 0, None, "ana", None,
                                  None, None, 0))  # fmt: skip
    return sorted(rows, key=event_ms)


def get(port: int, path: str) -> tuple[int, Any]:
    """The status and the body, if it is JSON."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def await_projections(port: int) -> None:
    """Wait until the pages of a process know the rest of every queue's day."""
    until = time.monotonic() + PATIENCE
    while any(get(port, f"/api/projection?queue={queue}")[0] != 200 for queue in HELD):
        assert time.monotonic() < until, [get(port, f"/api/projection?queue={queue}") for queue in HELD]
        time.sleep(0.1)


def plain(body: Any) -> Any:
    """The body as JSON has it."""
    return json.loads(json.dumps(body))


@pytest.fixture
def centre(
    kafka_server: KafkaServer, topic_prefix: str, tmp_path: Path
) -> Iterator[tuple[dict[str, QueueAhead], tuple[int, int]]]:
    """The inputs that an engine alone has of each queue, and the ports of a worker and `web` with the same records."""
    now_ms = int(time.time() * 1000)
    path, port = tmp_path / "monitor.yaml", free_port()
    path.write_text(
        f"site: {{timezone: {noon_somewhere(now_ms)}, interval_minutes: 15, idle_seconds: 86400}}\n"
        f'kafka: {{topic_prefix: "{topic_prefix}", partitions: 2}}\n'
        "defaults: {service_level: {threshold_seconds: 20, target: 0.8, range: [0.75, 0.95], patience_seconds: 180}}\n"
        "programs: [{id: bank, queues: [{id: cards}, {id: orders}]}]\n",
        encoding="utf-8",
    )
    run = FaultRun(kafka_server, load([path]), path, tmp_path)
    held: dict[str, QueueAhead] = {}
    with Producer(run.server.url, prefix=topic_prefix) as producer:
        for queue in HELD:
            records, engine = records_of(queue, now_ms), QueueEngine(run.configuration.queue(queue), {})
            for place, record in enumerate(records):
                engine.apply([record], "test", place)
            inputs = engine.view.outlook()
            assert inputs is not None
            held[queue] = inputs
            for first in range(0, len(records), 20):
                producer.send(queue, encode(queue, records[first : first + 20]))
    run.start("a")
    command = (sys.executable, "-m", "intervalwatch", "web", "--config", str(path), "--broker", run.server.url)
    web = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        for each in (run.ports["a"], port):
            await_projections(each)
        yield held, (run.ports["a"], port)
    finally:
        run.close()
        web.kill()
        web.wait(20)


@pytest.mark.live
def test_the_rest_of_a_day_is_that_of_a_replay_with_a_clock(
    centre: tuple[dict[str, QueueAhead], tuple[int, int]],
) -> None:
    """A worker and `web` give for their time what an engine that had the same records gives for that time."""
    held, ports = centre
    for port in ports:
        for queue in HELD:
            _, body = get(port, f"/api/projection?queue={queue}")
            assert body == plain(shown(project_one(held[queue], from_rfc3339(body["made_at"]))))
        risk = get(port, "/api/projection?queue=cards")[1]["risk"]
        assert risk["lacks"] >= 1
        status, body = get(port, "/api/whatif?queue=cards&agents=2")
        assert status == 200
        asked = asked_of({"queue": "cards", "agents": "2"})
        assert body == plain(shown_what_if(what_if(held, asked, from_rfc3339(body["from"]))))
        assert body["queues"][0]["span"]["after"] > body["queues"][0]["span"]["before"]
        status, body = get(port, "/api/moves?queue=cards")
        assert status == 200
        assert body == plain(shown_moves(moves_for(held, "cards", from_rfc3339(body["made_at"]))))
        assert body["proposals"][0]["text"].startswith(f"Move {body['proposals'][0]['agents']} agent")
        assert [
            get(port, f"/api/{path}")[0] for path in ("projection?queue=x", "whatif?queue=x&agents=1", "moves")
        ] == [
            404,
            404,
            400,
        ]
