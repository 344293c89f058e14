"""Channels that Alertmanager has itself, against what refuses as services do; and the word that nobody can be told.

Alertmanager is real, with the generated routing and templates; the services are stand-ins that hold limits and required
fields of the real ones, and the mail server refuses what RFC 5322 forbids.
"""

import datetime as dt
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mail_server import MailServer
from processes import Program, running_services
from prometheus_servers import alertmanager, prometheus, wait_for
from services_stand_in import Services

from config.settings import load
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.alertmanager import alertmanager_config
from dashboards.alerting.prometheus_rules import alerting_rules
from streams.history.store import Store

KEY = "0123456789abcdef0123456789abcdef"
READERS = {"ana": "email", "desk": "slack", "duty": "pagerduty"}


class House(NamedTuple):
    """The servers."""

    port: int
    """Alertmanager's."""
    mail: MailServer
    services: Services

    def post(self, *alerts: dict[str, Any]) -> None:
        """Give alerts to Alertmanager, as Prometheus does."""
        _post(self.port, *alerts)

    def got(self) -> dict[str, list[Any]]:
        """By channel, what was taken, in order."""
        found: dict[str, list[Any]] = {
            "email": list(self.mail.received("ana@example.com")),
            "slack": [],
            "pagerduty": [],
        }
        for name, body in self.services.taken:
            found[name].append(body)
        return found


def _post(port: int, *alerts: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{port}/api/v2/alerts"
    request = urllib.request.Request(url, json.dumps(alerts).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()  # noqa: S310 - a loopback address


@pytest.fixture
def house(require_binary: Callable[[str], Path], tmp_path: Path) -> Iterator[House]:
    """Three people, each with one channel that Alertmanager sends by itself."""
    binary = require_binary("prometheus-alertmanager")
    with MailServer() as mail, running_services() as (services, port):
        (tmp_path / "slack").write_text(f"http://127.0.0.1:{port}/slack", encoding="utf-8")
        (tmp_path / "pagerduty").write_text(KEY, encoding="utf-8")
        path = tmp_path / "monitor.yaml"
        path.write_text(
            f"notify:\n  people:\n"
            f"    ana: {{email: ana@example.com, language: zh}}\n"
            f"    desk: {{slack: {{url_file: {tmp_path / 'slack'}}}}}\n"
            f"    duty: {{pagerduty: {{key_file: {tmp_path / 'pagerduty'}, url: 'http://127.0.0.1:{port}/pagerduty'}}}}\n"
            f"smtp: {{host: 127.0.0.1, port: {mail.port}, from: iw@example.com, starttls: false}}\n",
            encoding="utf-8",
        )
        routing = alertmanager_config(load([path]).notify, Addresses(token_file=None))
        routing["route"]["group_wait"] = routing["route"]["group_interval"] = "1s"
        with alertmanager(binary, tmp_path / "alertmanager", routing) as found:
            yield House(found, mail, services)


def _alert(person: str, incident: str, title: str, message: str, *, over: bool = False) -> dict[str, Any]:
    """A notice as Prometheus sends it."""
    now = dt.datetime.now(dt.UTC)
    labels = {"alertname": "Notice", "person": person, "notice": "n", "incident": incident, "kind": "incident"}
    texts = {"title": title, "title_zh": title, "message": message, "message_zh": message}
    return {
        "labels": {**labels, "severity": "critical"},
        "annotations": {**texts, "link": "https://wall.example.com/#/interval/cards"},
        "startsAt": (now - dt.timedelta(minutes=5 if over else 0)).isoformat(),
        "endsAt": (now + dt.timedelta(minutes=-1 if over else 30)).isoformat(),
    }


@pytest.mark.live
def test_each_channel_takes_begin_and_end(house: House) -> None:
    """A message of usual length and its end, in Chinese by mail; PagerDuty resolves the same incident."""
    for over, title in ((False, "客服: service level 20 %"), (True, "客服: ended 13:30 after 2 h")):
        house.post(*(_alert(person, "i1", title, f"{title}: 94 of 460 <answered>.", over=over) for person in READERS))
        count = 2 if over else 1
        wait_for(lambda count=count: all(len(one) == count for one in house.got().values()), title, 30)
    got = house.got()
    assert (house.services.refused, house.mail.refused) == ([], [])
    assert [each.subject for each in got["email"]] == ["客服: service level 20 %", "客服: ended 13:30 after 2 h"]
    assert "94 of 460 <answered>" in got["email"][0].body
    assert [body["attachments"][0]["color"] for body in got["slack"]] == ["danger", "good"]
    assert [body["event_action"] for body in got["pagerduty"]] == ["trigger", "resolve"]
    assert len({body["dedup_key"] for body in got["pagerduty"]}) == 1


@pytest.mark.live
def test_each_channel_takes_a_storm(house: House) -> None:
    """Sixty incidents of a morning with long Chinese texts are within every limit, and refused by nobody."""
    for person in READERS:
        house.post(*(_alert(person, f"i{n}", "队列" * 90, "呼" * 1_500 + "x" * 1_500) for n in range(60)))
    wait_for(lambda: all(house.got().values()), "the storm", 60)
    assert (house.services.refused, house.mail.refused) == ([], [])
    [mail] = house.got()["email"]
    assert mail.body.rstrip().endswith("共 60 条告警")


@pytest.mark.live
def test_that_nobody_can_be_told_stands_on_the_wallboard_and_is_told_by_what_works(
    require_binary: Callable[[str], Path], tmp_path: Path
) -> None:
    """A mailbox that is gone: Prometheus sees notifications fail, the product's team hears it by its webhook."""
    server, notifier = require_binary("prometheus"), require_binary("prometheus-alertmanager")
    with MailServer(refuses="ana@") as mail, running_services() as (services, hook), ExitStack() as stack:
        path, url = tmp_path / "monitor.yaml", f"sqlite:///{tmp_path / 'history.db'}"
        path.write_text(
            f"notify:\n"
            f"  people: {{ana: {{email: ana@example.com}}, ops: {{webhook: {{url_env: OPS_URL}}}}}}\n"
            f"  teams: {{product: {{people: [ops]}}}}\n"
            f"  product: product\n"
            f"smtp: {{host: 127.0.0.1, port: {mail.port}, from: iw@example.com, starttls: false}}\n",
            encoding="utf-8",
        )
        Store(url).close()
        environment = {"OPS_URL": f"http://127.0.0.1:{hook}/webhook"}
        page = Program(["web", "--config", str(path), "--history", url], tmp_path / "web.log", environment)
        stack.callback(page.stop)
        page.start()
        configuration = load([path])
        web = Addresses(web=f"http://127.0.0.1:{page.port}", token_file=None)
        routing = alertmanager_config(configuration.notify, web)
        routing["route"]["group_wait"] = routing["route"]["group_interval"] = "1s"
        port = stack.enter_context(alertmanager(notifier, tmp_path / "alertmanager", routing))
        rules = {"alerts.yml": alerting_rules(configuration, configuration.notify)}
        stack.enter_context(prometheus(server, tmp_path / "prometheus", rules, [], port))
        _post(port, _alert("ana", "i1", "cards: service level 20 %", "94 of 460."))
        wait_for(lambda: mail.refused, "a mail that is refused", 30)
        said = "notifications by email fail: people are not told"
        wait_for(lambda: said in _troubles(page), "that nobody can be told, on the wallboard", 90)
        wait_for(lambda: said in {body["title"] for _, body in services.taken}, "the same by the product's webhook", 30)


def _troubles(page: Program) -> str:
    """The troubles that the wallboard shows at its head."""
    with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/events", timeout=10) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                return str(json.loads(line.removeprefix(b"data: "))["beat"]["troubles"])
    return ""
