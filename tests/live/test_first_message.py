"""From clone to a received e-mail and webhook: the files and flags of docker-compose, run without containers.

The servers are those that docker-compose starts, with its own flags and with the files that its service `alerting`
makes; only addresses differ. Steps: clone, say who is told (variables and, for mail, a person in monitor.yaml), start.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from mail_server import MailServer, Received
from processes import Program, running_services
from prometheus_servers import free_port, running, wait_for
from ruamel.yaml import YAML
from services_stand_in import Services

from intervalwatch.main import run
from streams.codec import encode
from streams.kafka.broker import EmbeddedBroker
from streams.kafka.producer import Producer
from streams.records import Snapshot

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a test
MINUTES = 5
HALF_HOUR = 1_800_000


def _flags(service: str, folder: Path, **places: object) -> list[str]:
    """The flags of a service of docker-compose, its folders replaced by those of the test."""
    given = {"/generated": folder / "generated", **{f"/{name}": place for name, place in places.items()}}
    found = list(SERVICES[service]["command"])
    for inside, outside in given.items():
        found = [flag.replace(f"={inside}", f"={outside}") for flag in found]
    return found


def _configuration(folder: Path, mail_port: int) -> Path:
    """The example, with a person who reads mail beside the webhook, as its comments show."""
    text = (ROOT / "config" / "monitor.yaml").read_text(encoding="utf-8")
    text = text.replace("  people:\n", "  people:\n    ana: {email: ana@example.com}\n")
    text = text.replace("    floor: {people: [desk]}\n", "    floor: {people: [desk, ana]}\n")
    text += f"smtp: {{host: 127.0.0.1, port: {mail_port}, from: iw@example.com, starttls: false}}\n"
    path = folder / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def _started(require: Callable[[str], Path], folder: Path, path: Path, broker: str, hook: int) -> Iterator[None]:
    """Everything that `docker compose up` starts for alerts, and what it waits for before."""
    token = folder / "token"
    token.write_text(TOKEN, encoding="utf-8")
    ports = {name: free_port() for name in ("prometheus", "alertmanager")}
    environment = {"INTERVALWATCH_TOKEN": TOKEN, "INTERVALWATCH_WEBHOOK": f"http://127.0.0.1:{hook}/webhook"}
    options = ("--config", str(path), "--broker", broker, "--history", f"sqlite:///{folder}/history.db")
    with ExitStack() as stack:
        worker = Program(["worker", *options], folder / "worker.log", environment)
        page = Program(["web", *options], folder / "web.log", environment)
        for program in (worker, page):
            stack.callback(program.stop)
        generate = _flags("alerting", folder, **{"etc/intervalwatch": path.parent})
        generate += ["--worker", f"127.0.0.1:{worker.port}", "--alertmanager", f"127.0.0.1:{ports['alertmanager']}"]
        assert run([*generate, "--web", f"http://127.0.0.1:{page.port}", "--token-file", str(token)]) == 0
        for name, port in ports.items():
            flags = _flags(name, folder, **{name: folder / f"{name}-data"})
            address = f"127.0.0.1:{port}"
            flags += [f"--web.listen-address={address}"]
            flags += ["--cluster.listen-address="] if name == "alertmanager" else []
            binary = require("prometheus" if name == "prometheus" else "prometheus-alertmanager")
            (folder / name).mkdir()
            stack.enter_context(running([binary, *flags], folder / name, f"http://{address}/-/ready"))
        worker.start()
        page.start()
        yield


def _told_twice(services: Services, mail: MailServer) -> list[tuple[dict[str, Any], Received]]:
    """Messages that both the webhook and the mail have had, by their title."""
    mails = {message.subject: message for message in mail.received("ana@example.com")}
    return [(posted, mails[posted["title"]]) for _, posted in services.taken if posted["title"] in mails]


@pytest.mark.live
def test_three_steps_and_five_minutes_from_clone_to_a_mail_and_a_webhook(
    require_binary: Callable[[str], Path], tmp_path: Path
) -> None:
    """An incident of the last hours reaches both within five minutes of the start, with the real paces of servers."""
    began = time.monotonic()
    with MailServer() as mail, running_services() as (services, hook), EmbeddedBroker() as broker:
        path = _configuration(tmp_path, mail.port)
        with _started(require_binary, tmp_path, path, broker.url, hook), Producer(broker.url) as producer:
            first = (int(time.time() * 1000) // HALF_HOUR - 13) * HALF_HOUR
            rows = [
                Snapshot(
                    start, HALF_HOUR, start + HALF_HOUR, offered=100, answered=100, answered_within=0,
                    threshold_ms=15_000, abandoned=0, wait_ms=6_000_000, handled=100, talk_ms=18_000_000,
                )
                for start in range(first, first + 13 * HALF_HOUR, HALF_HOUR)
            ]  # fmt: skip
            producer.send("cards", encode("cards", rows))
            producer.flush()
            # Early in the day the rows lie on two days, and more than one incident begins.
            wait_for(lambda: _told_twice(services, mail), "mail and webhook", MINUTES * 60)
            seconds = time.monotonic() - began
            posted, message = _told_twice(services, mail)[0]
    assert seconds < MINUTES * 60
    print(f"from start to mail and webhook: {seconds:.0f} s")  # noqa: T201 - a measurement
    assert posted["status"] == "firing"
    assert posted["severity"] == "critical"
    assert "cards" in posted["title"]
    assert posted["links"]["look"].startswith("http://127.0.0.1:6067/#/interval/cards/")
    assert f"Look: {posted['links']['look']}" in message.body
    files = [each.read_text(encoding="utf-8") for each in (tmp_path / "generated").rglob("*") if each.is_file()]
    assert not any(secret in text for text in files for secret in (TOKEN, f":{hook}/webhook"))
    assert os.environ.get("INTERVALWATCH_WEBHOOK") is None
