"""Alertmanager's routing: for every label set an alert can have, amtool says which people hear of it."""

import json
import os
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.rules import RULES
from config.settings import load
from dashboards.alerting.alertmanager import Delivery, alertmanager_config
from dashboards.alerting.prometheus_rules import alert_name
from dashboards.generated import to_yaml

CONFIG = Path(__file__).resolve().parents[3] / "config"
COMMITTED = CONFIG / "alertmanager" / "alertmanager.yml"
TEMPLATES = CONFIG / "alertmanager" / "templates"

TEAM_OF_ITEM = {"2.G.A": "operations", "2.5": "planning", "2.2": "quality", "2.3": "quality", "2.4": "quality"}
"""Who each item is for; 2.6 is for whoever keeps the data."""


@pytest.fixture(scope="module")
def amtool() -> str:
    """Alertmanager's own checker, or a skip that says it is absent."""
    found = shutil.which("amtool")
    if found is None:
        reason = "amtool not found on PATH (Debian: apt-get install prometheus-alertmanager)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run(*command: object) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_amtool_accepts_the_committed_file(amtool: str) -> None:
    """Routes, receivers, inhibition and templates are valid for Alertmanager."""
    assert "FAILED" not in run(amtool, "check-config", COMMITTED)


def receiver(item: str, severity: str, program: str) -> str:
    """Who should hear, by the table in the documentation."""
    if severity == "info":
        return "nobody"
    if item == "2.6":
        name = "data"
    elif program in {"retail", "bank", "energy"}:
        name = f"{program}-{TEAM_OF_ITEM[item]}"
    else:
        name = TEAM_OF_ITEM[item]
    return f"{name}-urgent" if severity == "critical" else name


@pytest.mark.parametrize("program", ["retail", "bank", "energy", "unassigned"])
def test_every_breach_is_routed(amtool: str, program: str) -> None:
    """Each rule at each severity reaches the team of its item and program; critical the urgent one; info nobody."""
    rules = {definition.item: rule for rule, definition in RULES.items()}
    for (item, rule), severity in product(rules.items(), ("info", "warning", "critical")):
        labels = {
            "alertname": alert_name(rule),
            "rule": rule,
            "item": item,
            "severity": severity,
            "program": program,
            "queue": "q",
        }
        expected = receiver(item, severity, program)
        pairs = [f"{name}={value}" for name, value in labels.items()]
        run(amtool, "config", "routes", "test", f"--config.file={COMMITTED}", f"--verify.receivers={expected}", *pairs)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "WorkerDown", "component": "worker", "severity": "warning", "instance": "a"}, "platform"),
        ({"alertname": "AllWorkersDown", "component": "worker", "severity": "critical"}, "platform-urgent"),
        ({"alertname": "FeedSilent", "item": "2.6", "severity": "critical"}, "data-urgent"),
        ({"alertname": "DeadLetters", "item": "2.6", "severity": "warning", "topic": "call-data"}, "data"),
        ({"alertname": "QueueNeverSeen", "item": "2.6", "severity": "warning", "program": "retail"}, "data"),
        ({"alertname": "SomethingElse", "severity": "warning"}, "operations"),
    ],
)
def test_workers_and_feeds_are_routed(amtool: str, labels: dict[str, str], expected: str) -> None:
    """Workers are for the platform, feeds for whoever keeps the data, and nothing gets lost."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    run(amtool, "config", "routes", "test", f"--config.file={COMMITTED}", f"--verify.receivers={expected}", *pairs)


def test_every_receiver_is_reached_by_a_route_and_posts_somewhere() -> None:
    """No receiver stands without a route or, but for `nobody`, without an address of its own."""
    document = YAML(typ="safe").load(COMMITTED.read_text(encoding="utf-8"))

    def names(route: dict[str, Any]) -> set[str]:
        return {route["receiver"]}.union(*map(names, route.get("routes", [])))

    receivers = {each["name"]: each for each in document["receivers"]}
    assert set(receivers) == names(document["route"])
    addresses = [each["webhook_configs"][0]["url"] for name, each in receivers.items() if name != "nobody"]
    assert len(set(addresses)) == len(receivers) - 1
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)


def test_a_program_of_any_name_has_its_routes(amtool: str, tmp_path: Path) -> None:
    """A program whose id has spaces, quotes and slashes is routed by that id and no other."""
    path = tmp_path / "monitor.yaml"
    path.write_text("programs: [{id: 'a/b \"c\"', queues: [{id: q}]}]\n", encoding="utf-8")
    config = tmp_path / "alertmanager.yml"
    document = alertmanager_config(load([path]), Delivery("http://127.0.0.1:1/", "http://127.0.0.1:1/chat"))
    document["templates"] = [f"{TEMPLATES}/*.tmpl"]
    config.write_text(to_yaml(document), encoding="utf-8")
    assert "FAILED" not in run(amtool, "check-config", config)
    expected = '--verify.receivers=a/b "c"-planning'
    run(amtool, "config", "routes", "test", f"--config.file={config}", expected, r'program="a/b \"c\""', "item=2.5")
    other = "--verify.receivers=planning"
    run(amtool, "config", "routes", "test", f"--config.file={config}", other, "program=a", "item=2.5")


def alert(status: str, **more: object) -> dict[str, object]:
    """An alert as Alertmanager hands it to a template."""
    return {
        "status": status,
        "labels": {"alertname": "ServiceLevelBelowRange", "severity": "warning", "item": "2.G.A", "queue": "sales"},
        "annotations": {
            "summary": "sales: service level below its range",
            "summary_zh": "sales：服务水平低于范围",
            "description": "sales, program retail: 41.2 % against 75.0 %. Causes: AHT -17 points",
            "description_zh": "sales：41.2 %。原因：平均处理时长 -17 个百分点",
        },
        "startsAt": "2026-03-02T10:35:20Z",
        "endsAt": "2026-03-02T12:05:20Z",
        **more,
    }


@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_text_of_a_notification(amtool: str, tmp_path: Path, status: str) -> None:
    """Firing it names figure, limit and cause in both languages; over, it says since when."""
    data = {
        "receiver": "retail-operations",
        "status": status,
        "alerts": [alert(status)],
        "commonLabels": {"severity": "warning"},
    }
    file = tmp_path / "data.json"
    file.write_text(json.dumps(data), encoding="utf-8")

    def render(name: str) -> str:
        text = f'{{{{ template "intervalwatch.{name}" . }}}}'
        glob = f"--template.glob={TEMPLATES}/*.tmpl"
        return run(amtool, "template", "render", glob, f"--template.text={text}", f"--template.data={file}")

    title, text = render("title"), render("text")
    if status == "firing":
        assert title == "warning: sales: service level below its range"
        assert text.startswith("[2.G.A] sales, program retail: 41.2 % against 75.0 %. Causes: AHT -17 points\n")
        assert "原因" in text
    else:
        assert title == "Over / 已结束: sales: service level below its range"
        assert text.startswith("Over since / 结束于 2026-03-02 12:05 UTC (began / 开始于 2026-03-02 10:35)")
