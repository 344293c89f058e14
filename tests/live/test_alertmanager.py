"""An incident in a simulated centre reaches people as one notification with its cause, and its end as one more.

Everything is real: broker, worker, Prometheus, Alertmanager; the receiver at the end is a web server of the test.
The worker is killed in between, for as long as `LIVE_OUTAGE_SECONDS` says (in CI three minutes): a dead worker
is not a resolved breach.
"""

import datetime as dt
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_servers import alertmanager, free_port, prometheus, wait_for

from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from dashboards.alerting.alertmanager import Delivery, alertmanager_config
from dashboards.alerting.prometheus_rules import alerting_rules
from dashboards.alerting.recording_rules import recording_rules
from streams.codec import encode
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.producer import Producer
from streams.simulation.simulator import CentreSpec, Incident, queue_spec, simulate_day

TEMPLATES = Path(__file__).parents[2] / "config" / "alertmanager" / "templates"
OUTAGE_SECONDS = float(os.environ.get("LIVE_OUTAGE_SECONDS", "180" if os.environ.get("CI") == "true" else "20"))
PERIOD_SECONDS = 1.0
"""Between scrapes, and between evaluations."""
GROUP_SECONDS = 1.0
DAY = dt.date(2026, 3, 2)
MINUTE = 60_000

CONFIGURATION = """
site: {timezone: Europe/Madrid}
defaults: {hours: {mon-fri: "08:00-20:00"}}
programs: [{id: retail, queues: [{id: sales}]}]
rules:
  service_level_below_range: {accumulate: 0.60, critical: null}
  %s
"""
ALSO_OPENING = (
    "service_level_above_range", "service_level_unusual", "service_level_lost", "abandon_rate_above_limit",
    "volume_variance", "aht_variance", "net_staffing", "schedule_gap", "plan_missing", "forecast_accuracy",
    "integrity", "repeat_breach",
)  # fmt: skip
"""Rules that a surge opens, too, and that would be notifications of their own."""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """One queue, and the one rule that the test is about (and the feed's)."""
    path = tmp_path / "monitor.yaml"
    off = "\n  ".join(f"{rule}: {{on: false}}" for rule in ALSO_OPENING)
    path.write_text(CONFIGURATION % off, encoding="utf-8")
    return load([path])


class Received(http.server.BaseHTTPRequestHandler):
    """Takes notifications."""

    notifications: list[tuple[float, str, dict[str, Any]]]
    """When, at which path, what."""

    def do_POST(self) -> None:
        """Keep a notification."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.notifications.append((time.monotonic(), self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[tuple[int, Callable[[str], list[tuple[float, dict[str, Any]]]]]]:
    """A web server that takes notifications: its port, and those of a receiver so far."""
    kept: list[tuple[float, str, dict[str, Any]]] = []
    handler = type("Handler", (Received,), {"notifications": kept})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, lambda name: [(at, body) for at, path, body in list(kept) if path == f"/{name}"]
    finally:
        server.shutdown()
        server.server_close()


class Worker:
    """`intervalwatch worker` as a process that can be killed."""

    def __init__(self, configuration: Configuration, broker: str, folder: Path) -> None:
        self.port = free_port()
        self._log = (folder / "worker.log").open("ab")
        self._command = [sys.executable, "-m", "intervalwatch", "worker", "--broker", broker]
        self._command += ["--config", str(configuration.last.path), "--port", str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log)
        wait_for(lambda: self.answer("healthz"), "a healthy worker", 60)

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)
        self._log.close()

    def answer(self, path: str) -> str:
        """Its answer; nothing where it does not answer (yet)."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            return ""

    def breach(self) -> str | None:
        """The value of the breach's gauge."""
        lines = self.answer("metrics").splitlines()
        return next((line[-1] for line in lines if line.startswith("intervalwatch_breach_active{")), None)


class Centre:
    """A day of `sales` with a surge from ten to twelve, sent in its own time, faster."""

    def __init__(self, configuration: Configuration, producer: Producer) -> None:
        spec = queue_spec(configuration.queue("sales")[-1], 200, 240)
        surge = Incident(
            "surge", "sales", from_rfc3339("2026-03-02T09:00:00Z"), from_rfc3339("2026-03-02T11:00:00Z"), 1.8
        )
        self._records = simulate_day(CentreSpec((spec,), (surge,)), "sales", DAY, seed=5).records
        self._producer = producer
        self._sent = 0

    def send_until(self, instant_ms: int) -> None:
        """Send what is emitted before an instant."""
        first = self._sent
        while self._sent < len(self._records) and self._records[self._sent][0] < instant_ms:
            self._sent += 1
        records = [record for _, _, record in self._records[first : self._sent]]
        for at in range(0, len(records), 100):
            self._producer.send("sales", encode("sales", records[at : at + 100]))
        self._producer.flush()


def send_while(centre: Centre, worker: Worker, from_ms: int, to_ms: int, until: str) -> int:
    """Send ten minutes at a time until the breach's gauge is `until`; the instant reached."""
    for instant in range(from_ms, to_ms, 10 * MINUTE):
        centre.send_until(instant)
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            if worker.breach() == until:
                return instant
            time.sleep(0.1)
    pytest.fail(f"the breach never became {until}")


@pytest.mark.live
def test_an_incident_is_one_notification_and_its_end_one_more(
    require_binary: Callable[[str], Path], configuration: Configuration, tmp_path: Path
) -> None:
    """One notification with the cause in time; none while the worker is dead or after; one when it is over."""
    server, notifier = require_binary("prometheus"), require_binary("prometheus-alertmanager")
    with EmbeddedBroker() as broker, receiver() as (hook, received):
        routing = alertmanager_config(configuration, Delivery(f"http://127.0.0.1:{hook}/"))
        routing["templates"] = [f"{TEMPLATES}/*.tmpl"]
        routing["route"]["group_wait"] = f"{GROUP_SECONDS:g}s"
        assert routing["route"]["group_interval"] == "5s"
        rules = {"alerts.yml": alerting_rules(configuration), "recording.yml": recording_rules(configuration)}
        worker = Worker(configuration, broker.url, tmp_path)
        with (
            Producer(broker.url) as producer,
            alertmanager(notifier, tmp_path / "alertmanager", routing) as port,
            prometheus(server, tmp_path / "prometheus", rules, [worker.port], port),
        ):
            try:
                worker.start()
                centre = Centre(configuration, producer)
                opening, closing = (from_rfc3339(f"2026-03-02T{hour:02}:00:00Z") for hour in (7, 19))
                centre.send_until(from_rfc3339("2026-03-02T09:30:00Z"))
                instant = send_while(centre, worker, opening + 160 * MINUTE, closing, "1")
                opened = time.monotonic()
                wait_for(lambda: received("retail-operations"), "the notification")
                ((at, body),) = received("retail-operations")
                assert at - opened <= 2 * (PERIOD_SECONDS + PERIOD_SECONDS) + GROUP_SECONDS
                assert body["status"] == "firing"
                (alert,) = body["alerts"]
                assert alert["labels"]["rule"] == "service_level_below_range"
                assert ". Causes: volume -" in alert["annotations"]["description"]
                assert "话务量 -" in alert["annotations"]["description_zh"]

                worker.kill()
                resumed = time.monotonic() + OUTAGE_SECONDS
                while time.monotonic() < resumed:
                    assert len(received("retail-operations")) == 1
                    time.sleep(0.5)
                worker.start()
                wait_for(lambda: worker.breach() == "1", "the breach as it was")

                send_while(centre, worker, instant + 10 * MINUTE, closing, "0")
                closed = time.monotonic()
                wait_for(lambda: len(received("retail-operations")) > 1, "the end")
                _, (at, body) = received("retail-operations")
                assert at - closed <= 2 * (PERIOD_SECONDS + PERIOD_SECONDS) + 5 + GROUP_SECONDS
                assert body["status"] == "resolved"
                assert body["alerts"][0]["labels"] == alert["labels"]
            finally:
                worker.stop()
