"""Alertmanager's configuration: amtool says who hears of what, and renders what they read."""

import json
import quopri
from pathlib import Path
from typing import Any

import pytest
from alert_tools import find_tool, run_tool
from ruamel.yaml import YAML

from config.notify import NotifySettings
from config.settings import load
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.alertmanager import alertmanager_config
from dashboards.alerting.prometheus_rules import EVALUATION, SCRAPE
from dashboards.alerting.templates import templates
from dashboards.generated import to_yaml

COMMITTED = Path(__file__).resolve().parents[3] / "config" / "alertmanager" / "alertmanager.yml"
NOTIFY = """
programs: [{id: bank, queues: [{id: cards}]}]
notify:
  people:
    ana: {email: ana@example.com}
    desk: {slack: {url_file: /run/secrets/slack}, teams: {url_file: /run/secrets/teams}}
    duty:
      webhook: {url_env: DUTY_URL}
      pagerduty: {key_file: /run/secrets/pd, url: "https://pd.example.com/x"}
      language: zh
    env: {slack: {url_env: SLACK}, pagerduty: {key_env: PD}}
  teams: {ops: {people: [ana, desk]}, night: {people: [duty, env]}}
  routes: [{team: ops}]
  product: night
smtp: {host: mail.example.com, from: iw@example.com, user: iw, password_file: /run/secrets/smtp}
"""


@pytest.fixture
def notify(tmp_path: Path) -> NotifySettings:
    """Each kind of channel, with secrets in files and in the environment."""
    path = tmp_path / "monitor.yaml"
    path.write_text(NOTIFY, encoding="utf-8")
    return load([path]).notify


@pytest.fixture
def generated(notify: NotifySettings, tmp_path: Path) -> Path:
    """The configuration as a file, with its templates beside it."""
    path = tmp_path / "alertmanager.yml"
    path.write_text(to_yaml(alertmanager_config(notify, Addresses())), encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "intervalwatch.tmpl").write_text(templates(), encoding="utf-8")
    return path


def _receivers(path: Path) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["receivers"]}


def test_amtool_accepts_the_files(generated: Path) -> None:
    """Routes, receivers, inhibition and templates are valid for Alertmanager, committed or with every channel."""
    for path in (COMMITTED, generated):
        assert "FAILED" not in run_tool(find_tool("amtool"), "check-config", path)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "Notice", "person": "ana", "kind": "incident", "severity": "warning"}, "ana"),
        ({"alertname": "Notice", "person": "ana", "kind": "escalation", "severity": "critical"}, "ana"),
        ({"alertname": "Notice", "person": "duty", "kind": "reminder", "severity": "warning"}, "duty-reminders"),
        (
            {"alertname": "ServiceLevelBelowRange", "rule": "service_level_below_range", "severity": "critical"},
            "nobody",
        ),
        ({"alertname": "Notice", "person": "gone", "kind": "incident", "severity": "warning"}, "nobody"),
        ({"alertname": "WorkerDown", "component": "worker", "severity": "warning"}, "duty,env"),
        ({"alertname": "FeedSilent", "component": "feed", "item": "2.6", "severity": "critical"}, "duty,env"),
        ({"alertname": "NotificationsFailing", "component": "alerting"}, "wallboard,duty,env"),
        ({"alertname": "Watchdog", "severity": "none"}, "_heartbeat"),
    ],
)
def test_a_notice_goes_to_the_person_it_names_and_troubles_to_the_products_team(
    generated: Path, labels: dict[str, str], expected: str
) -> None:
    """Alerts by rule go to nobody, reminders to a receiver without ends, failing notifications onto the wallboard."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    verify = f"--verify.receivers={expected}"
    run_tool(find_tool("amtool"), "config", "routes", "test", f"--config.file={generated}", verify, *pairs)


def test_every_channel_is_sent_by_alertmanager_or_goes_through_the_relay(generated: Path) -> None:
    """E-mail, Slack and PagerDuty by file are its own; robots, webhooks and what the environment holds are not."""
    found = _receivers(generated)
    assert found["ana"]["email_configs"][0]["to"] == "ana@example.com"
    assert found["desk"]["slack_configs"][0]["api_url_file"] == "/run/secrets/slack"
    assert found["duty"]["pagerduty_configs"][0]["routing_key_file"] == "/run/secrets/pd"
    assert found["duty"]["pagerduty_configs"][0]["url"] == "https://pd.example.com/x"
    urls = {name: [each["url"] for each in one.get("webhook_configs", [])] for name, one in found.items()}
    assert urls["desk"] == ["http://web:6067/api/relay/desk?channel=teams"]
    assert urls["duty"] == ["http://web:6067/api/relay/duty?channel=webhook"]
    assert urls["env"] == [f"http://web:6067/api/relay/env?channel={kind}" for kind in ("slack", "pagerduty")]
    assert urls["ana"] == []


def test_ends_are_told_but_of_reminders_and_nothing_mutes_an_incident(generated: Path) -> None:
    """All send ends, but of reminders and the heartbeat; there is no time interval, and none is inhibited."""
    document = YAML(typ="safe").load(generated.read_text(encoding="utf-8"))
    for name, receiver in _receivers(generated).items():
        for key, integrations in receiver.items():
            if key.endswith("_configs"):
                ends = not name.endswith(("-reminders", "_heartbeat"))
                assert {each["send_resolved"] for each in integrations} == {ends}
    assert "time_interval" not in generated.read_text(encoding="utf-8")
    assert [each["target_matchers"] for each in document["inhibit_rules"]] == [['alertname="WorkerDown"']]
    assert document["route"]["group_by"] == ["person", "notice"]
    assert document["route"]["repeat_interval"] == "100h"


def test_the_first_notification_comes_within_half_a_minute() -> None:
    """group_wait is longer than scrape and evaluation together, and the three stay under 30 s."""
    document = YAML(typ="safe").load(COMMITTED.read_text(encoding="utf-8"))
    wait, scrape, evaluation = (
        int(text.removesuffix("s")) for text in (document["route"]["group_wait"], SCRAPE, EVALUATION)
    )
    assert scrape + evaluation < wait
    assert scrape + evaluation + wait < 30


# --- what people read -----------------------------------------------------------------------------------


def alert(title: str, start: str = "10:05", **labels: str) -> dict[str, Any]:
    """An alert as Alertmanager hands it to a template."""
    status = labels.pop("status", "firing")
    annotations = {
        "title": title, "title_zh": f"{title}（中）", "message": f"{title} in full.", "message_zh": f"{title}全文。",
        "link": "https://wall.example.com/#/x", "runbook_url": "https://docs.example.com/y/",
    }  # fmt: skip
    given = {"alertname": "Notice", "incident": "i1", "severity": "warning", "kind": "incident", **labels}
    started = f"2026-03-02T{start}:00Z"
    return {
        "status": status, "labels": given, "annotations": annotations, "startsAt": started,
        "endsAt": "0001-01-01T00:00:00Z", "fingerprint": f"{title}{given['severity']}",
    }  # fmt: skip


def rendered(folder: Path, name: str, *alerts: dict[str, Any], status: str = "firing") -> str:
    """The text that a template makes of alerts."""
    (folder / "t.tmpl").write_text(templates(), encoding="utf-8")
    data = folder / "data.json"
    data.write_text(json.dumps({"receiver": "ana", "status": status, "alerts": alerts}), encoding="utf-8")
    text = f'{{{{ template "intervalwatch.{name}" . }}}}'
    options = (f"--template.glob={folder / 't.tmpl'}", f"--template.text={text}", f"--template.data={data}")
    return run_tool(find_tool("amtool"), "template", "render", *options)


def test_a_message_says_an_incident_once_by_its_newest_alert(tmp_path: Path) -> None:
    """The critical speaks for the warning that may still bear the text of before, the escalation for the critical."""
    old, new = alert("20 %"), alert("14 %", "10:35", severity="critical")
    assert rendered(tmp_path, "subject.en", old, new) == "14 %"
    assert rendered(tmp_path, "subject.en", new, old) == "14 %"
    again = alert("nobody: 14 %", "10:55", severity="critical", kind="escalation")
    assert rendered(tmp_path, "subject.zh", old, new, again) == "nobody: 14 %（中）"
    assert rendered(tmp_path, "severity", old, new) == "critical"
    body = rendered(tmp_path, "body.en", old, new)
    assert body.splitlines() == [
        "14 % in full.",
        "Look: https://wall.example.com/#/x",
        "What to do: https://docs.example.com/y/",
    ]
    assert rendered(tmp_path, "body.zh", old).splitlines()[:2] == ["20 %全文。", "查看：https://wall.example.com/#/x"]


def test_a_morning_is_one_message_with_each_incident(tmp_path: Path) -> None:
    """Incidents that were held back are said together; one that is over says its end, beside one that stands."""
    first, second = alert("cards: 20 %"), alert("sales: 40 %", incident="i2")
    assert rendered(tmp_path, "subject.en", first, second) == "cards: 20 % · sales: 40 %"
    ended = alert("cards: ended", status="resolved")
    assert rendered(tmp_path, "subject.en", ended, second) == "cards: ended · sales: 40 %"
    assert "sales: 40 % in full." in rendered(tmp_path, "body.en", first, second)


def test_an_end_of_two_alerts_is_said_once(tmp_path: Path) -> None:
    """Warning and critical end together, with the text of the end."""
    both = [alert("ended", "10:05", status="resolved"), alert("ended", "10:35", status="resolved", severity="critical")]
    assert rendered(tmp_path, "subject.en", *both, status="resolved") == "ended"


def test_a_trouble_of_the_product_has_its_summary_and_says_that_it_is_over(tmp_path: Path) -> None:
    """Such an alert has no incident: its summary is its subject, in both languages."""
    given = alert("")
    given["labels"] = {"alertname": "WorkerDown", "severity": "warning"}
    given["annotations"] = {"summary": "a: worker down", "summary_zh": "a：已停止", "description": "Others take over."}
    assert rendered(tmp_path, "subject.en", given) == "a: worker down"
    assert rendered(tmp_path, "body.zh", given) == "Others take over."
    given["status"] = "resolved"
    assert rendered(tmp_path, "subject.zh", given, status="resolved") == "已结束：a：已停止"


def test_a_storm_is_cut_to_what_services_take(tmp_path: Path) -> None:
    """200 incidents with long texts are under 40,000 characters, and the number is said."""
    alerts = [alert(f"q{n} {'x' * 300}", incident=f"i{n}") for n in range(200)]
    for each in alerts:
        each["annotations"]["message"] = "y" * 5_000
    body = rendered(tmp_path, "body.en", *alerts)
    assert len(body) < 40_000
    assert body.endswith("… 200 alerts in all")


@pytest.mark.parametrize(("text", "most"), [("队列", 80), ("cards: service level 20 %", 80), ("café über ñandú", 80)])
def test_a_subject_is_one_line_that_mail_servers_take(tmp_path: Path, text: str, most: int) -> None:
    """Encoded for a header as Alertmanager does it (Q encoding, words of 75 bytes), 40 titles stay under 998 bytes."""
    alerts = [alert(text * 8, incident=f"i{n}") for n in range(40)]
    subject = rendered(tmp_path, "subject.en", *alerts)
    assert len(subject) == most + 1
    assert subject.endswith("…")
    encoded = quopri.encodestring(subject.encode(), header=True).replace(b"=\n", b"")
    words = -(-len(encoded) // (75 - len("=?utf-8?q??=") - 9))
    assert len("Subject: ") + len(encoded) + words * (len("=?utf-8?q??=") + 1) <= 998
    whole = "cards: service level 20 % (range 85-100 %), since 11:30"
    assert rendered(tmp_path, "subject.en", alert(whole)) == whole
