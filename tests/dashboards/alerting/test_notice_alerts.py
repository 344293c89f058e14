"""The alerts people are told of, on series made up by hand: one an incident and person, with its newest words."""

from pathlib import Path
from typing import Any

import pytest
from alert_tools import promtool_test

from config.notify import Escalation, NotifySettings
from dashboards.alerting.notice_alerts import notice_alerts
from dashboards.generated import to_yaml

NOTIFY = NotifySettings(
    escalate=Escalation(20 * 60_000, "night"), web_url="https://wall.example.com", docs_url="https://docs.example.com"
)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The alerts as a file of rules."""
    path = tmp_path / "notices.yml"
    path.write_text(to_yaml({"groups": [{"name": "n", "rules": notice_alerts(NOTIFY)}]}), encoding="utf-8")
    return path


def notice(values: str, instance: str = "a", **labels: str) -> dict[str, str]:
    """A series of a notice of ana on the queue cards."""
    given = {
        "program": "bank", "queue": "cards", "channel": "voice", "incident": "i1", "notice": "i1", "person": "ana",
        "kind": "incident", "severity": "warning", "instance": instance, "job": "intervalwatch", **labels,
    }  # fmt: skip
    return {"series": f"intervalwatch_notice_active{{{_joined(given)}}}", "values": values}


def text(title: str, values: str, instance: str = "a", state: str = "open") -> dict[str, str]:
    """A series of the words of the incident i1."""
    given = {
        "incident": "i1", "title": title, "title_zh": f"{title}（中）", "message": f"{title}!", "message_zh": "内容",
        "rule": "service_level_below_range", "program": "bank", "queue": "cards",
        "link": "/#/interval/cards/2026-03-02T09%3A00%3A00Z", "state": state, "instance": instance,
        "job": "intervalwatch",
    }  # fmt: skip
    return {"series": f"intervalwatch_incident_text{{{_joined(given)}}}", "values": values}


def _joined(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())


def standing(time: str, count: int, matchers: str = "") -> dict[str, Any]:
    """How many notices fire at a time."""
    expression = f'count(ALERTS{{alertname="Notice",alertstate="firing"{matchers}}})'
    samples = [{"labels": "{}", "value": count}] if count else []
    return {"expr": expression, "eval_time": time, "exp_samples": samples}


def test_a_notice_outlasts_its_worker_and_ends_by_the_word_of_the_next(rules: Path, tmp_path: Path) -> None:
    """Gaps of a minute and a half, 20 minutes without any worker, and another that takes over: no end before the 0."""
    tests = [
        {
            "interval": "15s",
            "input_series": [notice("1x8 stale _x5 1x20 stale _x5 1x20")],
            "promql_expr_test": [standing(time, 1) for time in ("2m15s", "3m", "9m30s")],
        },
        {
            "interval": "15s",
            "input_series": [notice("1x8 stale _x120", severity="critical")],
            "promql_expr_test": [standing("20m", 1), standing("29m", 1)],
        },
        {
            "interval": "15s",
            "input_series": [notice("1x8 stale _x120"), notice("_x12 1x20 0x88", instance="b")],
            "promql_expr_test": [standing("2m30s", 1), standing("6m", 1), standing("12m", 0)],
        },
    ]
    promtool_test(tmp_path, rules, tests, "15s")


def test_a_dead_source_is_one_alert_a_person(rules: Path, tmp_path: Path) -> None:
    """Two queues of it, on two workers, are one alert without program, queue and channel, until both are 0."""
    source = "feed_missing/acd/2026-03-02T09:00:00Z"
    labels = {"incident": source, "notice": source}
    tests = [
        {
            "interval": "1m",
            "input_series": [
                notice("1x10 0x20", **labels),
                notice("1x20 0x10", instance="b", queue="sales", program="retail", **labels),
                notice("1x30", person="bo", **labels),
            ],
            "promql_expr_test": [
                standing("5m", 1, ',person="ana"'),
                standing("5m", 2),
                standing("5m", 0, ',queue!=""'),
                standing("15m", 1, ',person="ana"'),
                standing("25m", 0, ',person="ana"'),
            ],
        }
    ]
    promtool_test(tmp_path, rules, tests)


def _fires(time: str, *alerts: tuple[dict[str, str], str, str]) -> dict[str, Any]:
    """Labels that differ, title and title in Chinese of each notice that fires."""
    usual = {
        "program": "bank", "queue": "cards", "channel": "voice", "incident": "i1", "notice": "i1", "person": "ana",
        "kind": "incident", "severity": "warning", "job": "intervalwatch",
    }  # fmt: skip
    return {
        "eval_time": time,
        "alertname": "Notice",
        "exp_alerts": [
            {
                "exp_labels": {**usual, **labels},
                "exp_annotations": {
                    "title": title,
                    "title_zh": title_zh,
                    "message": f"{title.rpartition(': ')[2]}!",
                    "message_zh": "内容",
                    "acknowledge": "",
                    "link": "https://wall.example.com/#/interval/cards/2026-03-02T09%3A00%3A00Z",
                    "runbook_url": "https://docs.example.com/runbook/service_level_below_range.html",
                },
            }
            for labels, title, title_zh in alerts
        ],
    }


def test_an_alert_has_the_newest_words_and_says_why_it_comes_again(rules: Path, tmp_path: Path) -> None:
    """A new text replaces that of before, of any worker; a reminder and an escalation say so, the end does not."""
    reminder, escalation = {"kind": "reminder", "notice": "i1@x"}, {"kind": "escalation", "severity": "critical"}
    tests = [
        {
            "interval": "1m",
            "input_series": [
                notice("1x40"),
                notice("_x10 1x10 0x20", kind="reminder", notice="i1@x"),
                notice("_x10 1x30", kind="escalation", severity="critical"),
                text("begin", "1000x8 stale _x40"),
                text("worse", "_x9 2000x15", instance="b"),
                text("ended", "_x25 3000x20", instance="b", state="ended"),
            ],
            "alert_rule_test": [
                _fires("5m", ({}, "begin", "begin（中）")),
                _fires(
                    "15m",
                    ({}, "worse", "worse（中）"),
                    (reminder, "still: worse", "仍未结束：worse（中）"),
                    (escalation, "nobody has acknowledged for 20 min: worse", "20 分钟无人确认：worse（中）"),
                ),
                _fires("30m", ({}, "ended", "ended（中）"), (escalation, "ended", "ended（中）")),
            ],
        }
    ]
    promtool_test(tmp_path, rules, tests)
