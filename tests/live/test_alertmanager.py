"""One incident, one notification: begin, worse and end reach everybody who is told, and nothing else does.

Everything is real: Kafka, workers, `web`, Prometheus and Alertmanager with the generated rules and routing; at the end
stand a mail server and a webhook of the test. Workers are killed in between, for as long as `LIVE_OUTAGE_SECONDS` says,
and another takes over: a dead worker is not a resolved breach. Only scrapes and evaluations are faster than in use, and
what waits for hours in use waits for seconds where somebody acknowledges.
"""

import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from mail_server import MailServer
from processes import Program, running_services
from prometheus_servers import alertmanager, prometheus, wait_for
from services_stand_in import Services

from config.rules import RULES
from config.settings import Configuration, load
from config.timestamps import rfc3339
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.alertmanager import alertmanager_config
from dashboards.alerting.prometheus_rules import alerting_rules
from dashboards.alerting.recording_rules import recording_rules
from streams.codec import encode
from streams.kafka.producer import Producer
from streams.records import Snapshot

OUTAGE_SECONDS = float(os.environ.get("LIVE_OUTAGE_SECONDS", "20"))
GROUP_SECONDS = 3
"""Longer than a scrape and an evaluation, each a second here."""
SILENCE_SECONDS = 8.0
"""So long nothing more may come, after a scrape, an evaluation and a group's wait."""
INTERVAL_MS = 300_000
RULE = "service_level_below_range"
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a test


class Terms(NamedTuple):
    """The differences between the tests."""

    critical: float = 0.80
    """Amount at which the rule is critical; out of reach: it stays a warning."""
    notify: str = ""
    """More of the section."""
    token: str | None = None
    """Who has it may acknowledge; None: nobody, and there is no history."""


def _timezone(now: float) -> str:
    """A zone in which it is about nine in the evening now, so that the last hours are of one local day."""
    offset = 21 - datetime.fromtimestamp(now, UTC).hour
    # There are zones from 12 hours behind to 14 ahead.
    if offset > 14:
        offset -= 24
    # The sign of these names is the other way round.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


def _configuration(folder: Path, prefix: str, mail: int, terms: Terms) -> Configuration:
    """Two queues and one rule; ana by mail, the desk by webhook, and duty who hears criticals alone."""
    off = "".join(f"  {rule}: {{on: false}}\n" for rule in RULES if rule != RULE)
    path = folder / "monitor.yaml"
    path.write_text(
        f"site: {{timezone: {_timezone(time.time())}, interval_minutes: 5, grace_seconds: 0}}\n"
        f'kafka: {{topic_prefix: "{prefix}", partitions: 4}}\n'
        f"programs: [{{id: retail, queues: [{{id: sales}}, {{id: orders}}]}}]\n"
        f"rules:\n"
        f"  {RULE}: {{accumulate: 0.40, critical: {terms.critical}}}\n"
        f"{off}"
        f"notify:\n"
        f"  people:\n"
        f"    ana: {{email: ana@example.com}}\n"
        f"    desk: {{webhook: {{url_env: DESK_URL}}}}\n"
        f"    duty: {{email: duty@example.com, language: zh}}\n"
        f"  teams:\n"
        f"    floor: {{people: [ana, desk]}}\n"
        f"    night: {{people: [duty], at_least: critical}}\n"
        f"    lead: {{people: [duty]}}\n"
        f"  routes: [{{severity: critical, team: night}}, {{team: floor}}]\n"
        f"  product: night\n"
        f"  web_url: https://wall.example.com\n"
        f"{terms.notify}"
        f"smtp: {{host: 127.0.0.1, port: {mail}, from: iw@example.com, starttls: false}}\n",
        encoding="utf-8",
    )
    return load([path])


class Centre:
    """Two queues that send a row each five minutes, in their own time, faster."""

    def __init__(self, producer: Producer, workers: list[Program]) -> None:
        self._producer = producer
        self._workers = workers
        begin = int(time.time() * 1000) - 5 * 3_600_000
        self._next = dict.fromkeys(("sales", "orders"), begin // INTERVAL_MS * INTERVAL_MS)

    def send(self, queue: str, within: int) -> None:
        """Send the next interval's row: so many of 100 contacts answered in time."""
        start = self._next[queue]
        self._next[queue] = start + INTERVAL_MS
        row = Snapshot(
            start, INTERVAL_MS, start + INTERVAL_MS, offered=100, answered=100, answered_within=within,
            threshold_ms=20_000, abandoned=0, wait_ms=2_000_000, handled=100, talk_ms=18_000_000,
        )  # fmt: skip
        self._producer.send(queue, encode(queue, [row]))
        self._producer.flush()

    def send_until(self, queue: str, within: int, severity: str, value: int, most: int = 12) -> None:
        """Send rows until the breach has a severity, or is over; the next row makes an interval final."""
        for _ in range(most):
            self.send(queue, within)
            final = (self._next[queue] - 2 * INTERVAL_MS) / 1000
            wait_for(lambda at=final: self._final(queue) >= at, f"{queue} final at {rfc3339(int(final * 1000))}", 60)
            if self.breach(queue, severity) == value:
                return
        pytest.fail(f"the breach of {queue} never was {severity} {value}")

    def _final(self, queue: str) -> float:
        return max(self._samples("intervalwatch_interval_start_timestamp_seconds", queue, 'state="final"'), default=0)

    def breach(self, queue: str, severity: str) -> float | None:
        """The gauge of a queue's breach of a severity, of the last that has one."""
        found = self._samples("intervalwatch_breach_active", queue, f'severity="{severity}"')
        return found[-1] if found else None

    def _samples(self, name: str, queue: str, label: str) -> list[float]:
        return [
            float(line.rpartition(" ")[2])
            for worker in self._workers
            for line in worker.answer("metrics").splitlines()
            if line.startswith(f"{name}{{") and f'queue="{queue}"' in line and label in line
        ]


class Inbox:
    """Everything that people got: who, and what it was."""

    def __init__(self, mail: MailServer, services: Services) -> None:
        self.mail = mail
        self._services = services

    def of(self, queue: str) -> dict[str, list[str]]:
        """By person, what came of a queue, in order: `begin`, `worse`, `still`, `escalation` or `end`."""
        found: dict[str, list[str]] = {}
        for person in ("ana", "duty"):
            for each in self.mail.received(f"{person}@example.com"):
                if queue in f"{each.subject} {each.body}":
                    text = f"{each.subject}\n{each.body}"
                    found.setdefault(person, []).append(self._kind(text, found.get(person, [])))
        for _, body in self._services.taken:
            if queue in f"{body['title']} {body['message']}":
                said = "end" if body["status"] == "resolved" else self._kind(body["title"], found.get("desk", []))
                found.setdefault("desk", []).append(said)
        return found

    @staticmethod
    def _kind(text: str, before: list[str]) -> str:
        for kind, words in _SAID.items():
            if any(word in text for word in words):
                return kind
        return "worse" if before else "begin"


_SAID = {
    "end": ("back inside", "resolved", "Resolved", "ended", "已结束", "恢复", "回到", "over:"),
    "still": ("still: ", "仍未结束："),
    "escalation": ("nobody has acknowledged", "分钟无人确认"),
}
"""Words that only such a text has."""


@contextmanager
def _house(
    require: Callable[[str], Path], kafka: str, prefix: str, folder: Path, terms: Terms | None = None
) -> Iterator[tuple[Centre, Inbox, list[Program], Program]]:
    """All servers; workers, of which the first is started, and `web`."""
    server, notifier, terms = require("prometheus"), require("prometheus-alertmanager"), terms or Terms()
    with ExitStack() as stack:
        mail = stack.enter_context(MailServer())
        services, hook = stack.enter_context(running_services())
        configuration = _configuration(folder, prefix, mail.port, terms)
        options = ["--config", str(configuration.last.path), "--broker", kafka]
        environment = {"DESK_URL": f"http://127.0.0.1:{hook}/webhook"}
        token_file: Path | None = None
        if terms.token is not None:
            options += ["--history", f"sqlite:///{folder / 'history.db'}"]
            environment["INTERVALWATCH_TOKEN"] = terms.token
            token_file = folder / "token"
            token_file.write_text(terms.token, encoding="utf-8")
        workers = [Program(["worker", *options], folder / f"worker{number}.log", environment) for number in range(2)]
        page = Program(["web", *options], folder / "web.log", environment)
        for program in (page, *workers):
            stack.callback(program.stop)
        routing: dict[str, Any] = alertmanager_config(
            configuration.notify,
            Addresses(web=f"http://127.0.0.1:{page.port}", token_file=token_file and str(token_file)),
        )
        routing["route"]["group_wait"] = f"{GROUP_SECONDS}s"
        rules = {
            "alerts.yml": alerting_rules(configuration, configuration.notify),
            "recording.yml": recording_rules(configuration),
        }
        port = stack.enter_context(alertmanager(notifier, folder / "alertmanager", routing))
        targets = [worker.port for worker in workers]
        stack.enter_context(prometheus(server, folder / "prometheus", rules, targets, port, token_file))
        producer = stack.enter_context(Producer(kafka, prefix=prefix))
        workers[0].start()
        page.start()
        yield Centre(producer, workers), Inbox(mail, services), workers, page


@pytest.mark.live
def test_begin_worse_and_end_reach_everybody_and_nothing_else(
    require_binary: Callable[[str], Path], kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    """A surge, critical in its second interval, through a dead worker that comes back, and through one replaced."""
    begun = {"ana": ["begin", "worse"], "desk": ["begin", "worse"], "duty": ["begin"]}
    ended = {person: [*said, "end"] for person, said in begun.items()}
    with _house(require_binary, kafka, topic_prefix, tmp_path) as (centre, inbox, workers, _):
        first, second = workers
        for queue in ("sales", "orders"):
            centre.send(queue, 80)
            centre.send(queue, 80)

        centre.send_until("sales", 0, "warning", 1)
        wait_for(lambda: inbox.of("sales") == {"ana": ["begin"], "desk": ["begin"]}, "the beginning", 30)
        centre.send_until("sales", 0, "critical", 1)
        wait_for(lambda: inbox.of("sales") == begun, "that it is worse", 30)
        first.kill()
        resumed = time.monotonic() + OUTAGE_SECONDS
        while time.monotonic() < resumed:
            assert inbox.of("sales") == begun
            time.sleep(0.5)
        first.start()
        wait_for(lambda: centre.breach("sales", "critical") == 1, "the breach as it was", 60)
        centre.send_until("sales", 85, "critical", 0)

        # While the end of sales is being told: orders, whose worker is replaced by another.
        centre.send_until("orders", 0, "warning", 1)
        wait_for(lambda: "ana" in inbox.of("orders"), "the beginning of orders", 30)
        centre.send_until("orders", 0, "critical", 1)
        wait_for(lambda: inbox.of("orders") == begun, "that orders is worse", 30)
        first.kill()
        second.start()
        wait_for(lambda: centre.breach("orders", "critical") == 1, "the breach at another worker", 90)
        assert inbox.of("orders") == begun
        centre.send_until("orders", 85, "critical", 0)

        for queue in ("sales", "orders"):
            wait_for(lambda name=queue: inbox.of(name) == ended, f"the end of {queue}", 120)
        time.sleep(SILENCE_SECONDS)
        assert {queue: inbox.of(queue) for queue in ("sales", "orders")} == {"sales": ended, "orders": ended}


@pytest.mark.live
def test_who_acknowledges_stops_reminders_and_the_escalation(
    require_binary: Callable[[str], Path], kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    """By the link in the mail: of one queue nothing but the end comes any more; the other's messages go on."""
    patience = "  repeat_hours: 0.02\n  escalate: {after_minutes: 0.75, to: lead, at_least: warning}\n"
    terms = Terms(critical=99, notify=patience, token=TOKEN)
    with _house(require_binary, kafka, topic_prefix, tmp_path, terms) as (centre, inbox, _, page):
        for queue in ("sales", "orders"):
            centre.send(queue, 80)
            centre.send(queue, 80)
        centre.send_until("sales", 0, "warning", 1)
        wait_for(lambda: inbox.of("sales") == {"ana": ["begin"], "desk": ["begin"]}, "the beginning of sales", 60)
        [mail] = inbox.mail.received("ana@example.com")
        _acknowledge(page, mail.body)
        centre.send_until("orders", 0, "warning", 1)
        wait_for(lambda: "escalation" in inbox.of("orders").get("duty", []), "the escalation of orders", 120)
        wait_for(lambda: "still" in inbox.of("orders").get("ana", []), "a reminder of orders", 120)
        assert inbox.of("sales") == {"ana": ["begin"], "desk": ["begin"]}

        for queue in ("sales", "orders"):
            centre.send_until(queue, 85, "warning", 0)
        for queue, people in (("sales", 2), ("orders", 3)):
            wait_for(
                lambda name=queue, count=people: [said[-1] for said in inbox.of(name).values()] == ["end"] * count,
                f"the end of {queue}",
                150,
            )
        time.sleep(SILENCE_SECONDS)
        assert inbox.of("sales") == {"ana": ["begin", "end"], "desk": ["begin", "end"]}
        orders = inbox.of("orders")
        assert orders["duty"] == ["escalation", "end"]
        for person in ("ana", "desk"):
            first, *between, last = orders[person]
            assert (first, set(between), last) == ("begin", {"still"}, "end")


def _acknowledge(page: Program, body: str) -> None:
    """Open the link of a message, and send its form with a name, as a person would."""
    found = re.search(r"https://wall\.example\.com(/acknowledge\?\S+)", body)
    assert found is not None, body
    assert "Acknowledge / 确认" in page.answer(found[1].removeprefix("/"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(found[1]).query).items()}
    form = urlencode({**asked, "by": "Ana", "note": "on it"}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/acknowledge", form) as answer:
        assert "Acknowledged by Ana" in answer.read().decode()
