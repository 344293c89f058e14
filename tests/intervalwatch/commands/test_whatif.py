"""`intervalwatch whatif`: a past day from a history, and a running server's answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from report_rows import history, interval

from config.timestamps import rfc3339
from intervalwatch.main import run

DAY_MS = 86_400_000
FIRST = 1_772_438_400_000
"""2026-03-02 08:00Z, 09:00 in Madrid."""
NOON = "2026-03-05T11:10:00Z"
"""12:10 in Madrid: the half hour before noon is final."""
CONFIGURATION = """
site: {timezone: Europe/Madrid, interval_minutes: 30}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
defaults:
  service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.90], patience_seconds: 180}
  hours: {mon-fri: "09:00-18:00"}
programs:
  - id: retail
    queues: [{id: sales}, {id: orders}]
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Four days of two queues: sales is short in the afternoon of the last day, orders has more than it needs."""
    rows: list[dict[str, Any]] = []
    for queue in ("sales", "orders"):
        for day in range(4):
            for place in range(18):
                short = queue == "sales" and day == 3 and place >= 8
                agents = 14.0 if short else 18.0 if queue == "sales" else 24.0
                start = rfc3339(FIRST + day * DAY_MS + place * 1_800_000)
                rows.append(
                    interval(
                        queue, start, 85, 100, scheduled_agents=agents, staffed_agents=agents, plan_version="v1",
                        aht_seconds=240, handle_seconds=24_000, forecast_aht_seconds=240, occupied_seconds=24_000,
                    )
                )  # fmt: skip
    history(tmp_path, rows, CONFIGURATION).close()
    return f"sqlite:///{tmp_path / 'history.db'}"


def test_a_past_day_is_shown_before_and_after_a_move(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Three agents from orders to sales: a sentence, a table of each queue by local time, and what is not known."""
    options = ["--queue", "orders", "--agents", "-3", "--to", "sales", "--from", "13:00", "--for", "90"]
    assert run(["whatif", *options, "--history", url, "--at", NOON]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Move 3 agents from orders to sales 13:00-14:30: sales ")
    assert "orders (Europe/Madrid):" in lines
    rows = {line.split()[0]: line for line in lines[lines.index("sales (Europe/Madrid):") :] if line[:3] == "  1"}
    assert next(iter(rows)) == "12:00"
    assert list(rows)[-1] == "17:30"
    assert "14 -> 17" in rows["13:00"]
    assert "14 -> 14" in rows["14:30"]
    assert sum(line.startswith("  the day: service level ") for line in lines) == 2
    assert lines[-1] == "from history: the rows final by then; contacts that waited then are not known"
    assert max(map(len, lines)) <= 120


def test_json_is_that_of_the_http_api(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: span, sentence and both projections of each queue."""
    options = ["--queue", "sales", "--agents", "+2", "--volume", "-5", "--format", "json"]
    assert run(["whatif", *options, "--history", url, "--at", NOON]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["from"], body["to"]) == (NOON, "2026-03-05T17:00:00Z")
    assert body["text"].startswith("sales 12:10-18:00 with 2 agents more, volume -5 %: ")
    (queue,) = body["queues"]
    assert queue["before"]["made_at"] == NOON
    assert queue["before"]["known_through"] == "2026-03-05T11:00:00Z"
    assert queue["span"]["after"] > queue["span"]["before"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--agents", "1"], "give either --url of a running intervalwatch web or worker, or --history URL with --at"),
        (["--agents", "1", "--history", "HISTORY"], "--at: is missing"),
        (["--agents", "1", "--url", "http://127.0.0.1:1", "--at", NOON], "--at: a running server answers for now"),
        (["--agents", "1", "--url", "ftp://x"], "write it like http://127.0.0.1:6067"),
        (["--agents", "1", "--url", "http://127.0.0.1:1"], "no answer"),
        (["--agents", "many", "--history", "HISTORY", "--at", NOON], "--agents: found 'many'; write a whole number"),
        (["--history", "HISTORY", "--at", NOON], "nothing is changed; give agents, volume or aht"),
        (
            ["--agents", "1", "--to", "nobody", "--history", "HISTORY", "--at", NOON],
            "has no results of it in the 70 days",
        ),
        (["--agents", "1", "--history", "HISTORY", "--at", "2026-03-05T18:00:00Z"], "its day is over"),
        (["--agents", "1", "--history", "HISTORY", "--at", "noon"], "--at noon: is not an instant"),
    ],
)
def test_a_bad_question_is_one_line(
    url: str, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    """Exit 2 and one line that names the option."""
    assert run(["whatif", "--queue", "sales", *[url if each == "HISTORY" else each for each in options]]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


class _Server(BaseHTTPRequestHandler):
    """Answers as `/api/whatif` would, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        """Answer a fixed body, or a fault for the queue `gone`."""
        self.asked.append((self.path, self.headers["Authorization"]))
        gone = "queue=gone" in self.path
        body = json.dumps(
            {"error": "queue 'gone': is not known here"} if gone else {"text": "sales: ok.", "queues": []}
        )
        self.send_response(404 if gone else 200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on this machine."""
    _Server.asked.clear()
    with HTTPServer(("127.0.0.1", 0), _Server) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_a_running_server_is_asked_with_the_token(
    server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parameters go into the address, signs and all; the server's reason is the line of a fault."""
    monkeypatch.setenv("INTERVALWATCH_TOKEN", "a-long-random-text")
    assert run(["whatif", "--queue", "sales", "--agents", "+2", "--from", "13:00", "--url", server]) == 0
    assert capsys.readouterr().out == "sales: ok.\n"
    assert _Server.asked == [
        ("/api/whatif?queue=sales&agents=%2B2&from=13%3A00", "Bearer a-long-random-text"),
    ]
    assert run(["whatif", "--queue", "gone", "--agents", "1", "--url", server]) == 2
    assert "queue 'gone': is not known here" in capsys.readouterr().err
