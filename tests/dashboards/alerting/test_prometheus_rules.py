"""Rules for Prometheus: the committed files are the generated ones, and promtool runs every alert on made-up series."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from agents.live.metrics import families
from config.notify import NotifySettings
from config.rules import RULES
from config.settings import load
from dashboards.alerting.addresses import Addresses
from dashboards.alerting.annotations import breach_annotations
from dashboards.alerting.prometheus_rules import alert_name, alerting_rules, files
from dashboards.alerting.recording_rules import RECORDING_RULES, recording_rules
from dashboards.generated import to_yaml

ROOT = Path(__file__).resolve().parents[3]
CONFIG = ROOT / "config"


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own checker, or a skip that says it is absent."""
    found = shutil.which("promtool")
    if found is None:
        reason = "promtool not found on PATH (Debian: apt-get install prometheus)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run(*command: object) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- the files --------------------------------------------------------------------------------------


def test_committed_files_are_the_generated_ones() -> None:
    """Generated anew from config/monitor.yaml, every file is what is committed."""
    configuration = load([CONFIG / "monitor.yaml"])
    for name, text in files(configuration, configuration.notify, Addresses()).items():
        assert (CONFIG / name).read_text(encoding="utf-8") == text, f"{name} is stale: make it anew"


def test_promtool_accepts_the_files(promtool: str) -> None:
    """Rules and scrape configuration are valid for Prometheus."""
    run(promtool, "check", "rules", CONFIG / "prometheus/recording.yml", CONFIG / "prometheus/alerts.yml")
    # Only its syntax: the token is a file inside the container.
    run(promtool, "check", "config", "--syntax-only", CONFIG / "prometheus/prometheus.yml")


def test_every_rule_of_the_product_has_words() -> None:
    """Each breach rule's alert says the rule's name in both languages."""
    assert set(SHOWN) == set(RULES)
    for rule, definition in RULES.items():
        told = breach_annotations(rule)
        assert told["summary"].endswith(f": {definition.noun}")
        assert told["summary_zh"].endswith(f"：{definition.noun_zh}")


def test_rules_that_are_off_everywhere_have_no_alert(tmp_path: Path) -> None:
    """occupancy_outside_range is off until a range is set; a program that sets it brings the alert."""
    path = tmp_path / "monitor.yaml"
    path.write_text("programs: [{id: p, queues: [{id: q}]}]\n", encoding="utf-8")
    assert "OccupancyOutsideRange" not in alerts_of(path)
    path.write_text(
        "programs: [{id: p, queues: [{id: q}], rules: {occupancy_outside_range: {range: [0.7, 0.9]}}}]\n",
        encoding="utf-8",
    )
    assert "OccupancyOutsideRange" in alerts_of(path)


def alerts_of(path: Path) -> list[str]:
    """Names of the alerts made for a configuration."""
    groups = alerting_rules(load([path]), NotifySettings())["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


def test_alerts_name_only_metrics_that_exist() -> None:
    """Every intervalwatch_ name in the committed rules is of the table of families or of recording rules."""
    import re  # noqa: PLC0415 - used here only

    text = (CONFIG / "prometheus/alerts.yml").read_text(encoding="utf-8")
    text += (CONFIG / "prometheus/recording.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w:])(?:\w+:)?intervalwatch_\w+(?::\w+)?", text))
    assert named <= {*families.METRICS, *RECORDING_RULES}
    assert set(RECORDING_RULES) <= named


# --- every alert, on series made up by hand ---------------------------------------------------------

SHOWN = {
    "service_level_below_range": ("service level below its range", "服务水平低于范围", 0.412, 0.75, "41.2 %", "75.0 %"),
    "service_level_above_range": ("service level above its range", "服务水平高于范围", 0.973, 0.9, "97.3 %", "90.0 %"),
    "service_level_day": (
        "the day's service level below its range", "当日服务水平低于范围", 0.61, 0.75, "61.0 %", "75.0 %",
    ),
    "service_level_unusual": (
        "service level unusually low", "服务水平异常偏低", 0.61, 0.702, "61.0 %", "70.2 %",
    ),
    "service_level_lost": (
        "service level of the open interval lost", "本时段服务水平已无法达到范围",
        0.7, 0.75, "70.0 %", "75.0 %",
    ),
    "service_level_at_risk": ("service level at risk", "服务水平有风险", 0.61, 0.75, "61.0 %", "75.0 %"),
    "abandon_rate_above_limit": ("abandon rate above its limit", "放弃率超过限值", 0.125, 0.08, "12.5 %", "8.0 %"),
    "occupancy_outside_range": ("occupancy outside its range", "占用率超出范围", 0.95, 0.92, "95.0 %", "92.0 %"),
    "volume_variance": ("volume off its forecast", "话务量偏离预测", 0.42, 0.31, "+42.0 %", "+31.0 %"),
    "aht_variance": ("AHT off its forecast", "平均处理时长偏离预测", -0.25, -0.2, "-25.0 %", "-20.0 %"),
    "net_staffing": ("understaffing", "人员不足", -4, -1.7, "-4.0", "-1.7"),
    "schedule_gap": ("staffing short of schedule", "在岗人数少于排班", -2, -1, "-2.0", "-1.0"),
    "plan_missing": ("missing plan", "缺少计划", 31, 1, "31", "1"),
    "forecast_accuracy": (
        "the day's volume off its forecast", "当日话务量偏离预测", 0.22, 0.15, "22.0 %", "15.0 %",
    ),
    "critical_error_accuracy": (
        "critical error accuracy below its target", "关键错误准确率低于目标", 0.91, 0.95, "91.0 %", "95.0 %",
    ),
    "monitoring_coverage": ("monitoring coverage short", "监控覆盖不足", 2, 4, "2", "4"),
    "variation_too_big": ("variation too big", "变异过大", 1, 0, "1", "0"),
    "feed_missing": ("missing feed", "数据缺失", 2, 1, "2", "1"),
    "integrity": ("failed data check", "数据校验失败", 1, 0, "1", "0"),
    "repeat_breach": ("repeated breach", "重复违规", 3, 3, "3", "3"),
}  # fmt: skip
"""By rule: its words in both languages, a figure, a limit, and how they are to read."""

CAUSES = {"volume": -0.094, "aht": -0.171, "staffing": -0.05, "unexplained": 0.02}


def breach_test(rule: str) -> dict[str, Any]:
    """A breach of `rule` for ten minutes: its alert, then its end."""
    english, chinese, observed, limit, observed_text, limit_text = SHOWN[rule]
    scope = "negative" if rule == "integrity" else ""
    named = "sales (negative)" if scope else "sales"
    labels = {"program": "retail", "queue": "sales", "channel": "voice", "item": RULES[rule].item, "rule": rule,
              "severity": "warning", "scope": scope, "breach": f"{rule}/sales/x"}  # fmt: skip
    where = ",".join(f'{name}="{value}"' for name, value in labels.items())
    where += ',instance="a:6066",job="intervalwatch"'
    series = [
        (f"intervalwatch_breach_active{{{where}}}", "1x10 0x15"),
        (f"intervalwatch_breach_observed{{{where}}}", f"{observed}x10"),
        (f"intervalwatch_breach_limit{{{where}}}", f"{limit}x10"),
    ]
    causes = causes_zh = ""
    if rule == "service_level_below_range":
        series += [(f'intervalwatch_breach_effect_ratio{{{where},cause="{c}"}}', f"{e}x10") for c, e in CAUSES.items()]
        causes = ". Causes: AHT -17 points, volume -9 points, staffing -5 points, unexplained +2 points"
        causes_zh = "。原因：平均处理时长 -17 个百分点、话务量 -9 个百分点、人员 -5 个百分点、未解释 +2 个百分点"
    fires = {
        # Prometheus drops a label that is empty.
        "exp_labels": {**{name: value for name, value in labels.items() if value}, "job": "intervalwatch"},
        "exp_annotations": {
            "summary": f"{named}: {english}",
            "summary_zh": f"{named}：{chinese}",
            "description": (
                f"{named}, program retail: {english}, {observed_text} against a limit of {limit_text}{causes}"
            ),
            "description_zh": f"{named}，方案 retail：{chinese}，{observed_text}，限值 {limit_text}{causes_zh}",
        },
    }
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "alert_rule_test": [
            {"eval_time": "1m", "alertname": alert_name(rule), "exp_alerts": [fires]},
            {"eval_time": "10m", "alertname": alert_name(rule), "exp_alerts": [fires]},
            {"eval_time": "12m", "alertname": alert_name(rule), "exp_alerts": []},
        ],
    }


def promtool_test(promtool: str, tmp_path: Path, tests: list[dict[str, Any]]) -> None:
    """Run unit tests of the committed rules."""
    rules = [str(CONFIG / "prometheus" / name) for name in ("recording.yml", "alerts.yml")]
    path = tmp_path / "tests.yml"
    path.write_text(to_yaml({"rule_files": rules, "evaluation_interval": "1m", "tests": tests}), encoding="utf-8")
    run(promtool, "test", "rules", path)


def test_every_breach_alert_fires_with_its_words_and_ends(promtool: str, tmp_path: Path) -> None:
    """Each rule's alert fires while its breach is 1, with figure, limit and causes in both languages, and then ends."""
    promtool_test(promtool, tmp_path, [breach_test(rule) for rule in RULES])


def series(name: str, values: str) -> dict[str, str]:
    """An input series of one worker unless the labels say otherwise."""
    return {"series": name, "values": values}


ACTIVE = (
    'intervalwatch_breach_active{program="retail",queue="sales",channel="voice",item="2.G.A",'
    'rule="service_level_below_range",severity="%s",scope="",instance="%s",job="intervalwatch"}'
)


def standing(time: str, count: int) -> dict[str, Any]:
    """How many alerts of the rule fire at a time."""
    expression = 'count(ALERTS{alertname="ServiceLevelBelowRange",alertstate="firing"})'
    samples = [{"labels": "{}", "value": count}] if count else []
    return {"expr": expression, "eval_time": time, "exp_samples": samples}


def test_a_dead_worker_is_not_a_resolved_breach(promtool: str, tmp_path: Path) -> None:
    """The alert stands for a day after the last scrape, and another worker's 0 ends it at once."""
    gone = {
        "interval": "1m",
        "input_series": [series(ACTIVE % ("warning", "a"), "1x10 stale _x1500")],
        "promql_expr_test": [standing("9m", 1), standing("40m", 1), standing("1449m", 1), standing("1451m", 0)],
    }
    moved = {
        "interval": "1m",
        "input_series": [
            series(ACTIVE % ("warning", "a"), "1x10 stale _x60"),
            series(ACTIVE % ("warning", "b"), "_x12 1x20 0x30"),
        ],
        "promql_expr_test": [standing("11m", 1), standing("30m", 1), standing("34m", 0)],
    }
    promtool_test(promtool, tmp_path, [gone, moved])


def test_info_is_never_alerted(promtool: str, tmp_path: Path) -> None:
    """A breach of severity info raises no alert."""
    promtool_test(
        promtool,
        tmp_path,
        [
            {
                "interval": "1m",
                "input_series": [series(ACTIVE % ("info", "a"), "1x10")],
                "promql_expr_test": [
                    {"expr": 'count(ALERTS{rule="service_level_below_range"})', "eval_time": "5m", "exp_samples": []}
                ],
            }
        ],
    )


def firing(name: str, time: str, labels: dict[str, str] | None) -> dict[str, Any]:
    """That an alert fires at a time under labels; None: that it does not."""
    expected = (
        [{"labels": labelled({"alertname": name, "alertstate": "firing", **labels}), "value": 1}] if labels else []
    )
    expression = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
    return {"expr": expression, "eval_time": time, "exp_samples": expected}


def labelled(labels: dict[str, str]) -> str:
    """Labels of an ALERTS series as promtool writes them."""
    return "ALERTS{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"


def test_alerts_on_workers(promtool: str, tmp_path: Path) -> None:
    """Down for a minute, all down, silent for five, recovering for ten, behind for ten."""
    up, worker = 'up{job="intervalwatch",instance="%s"}', {"job": "intervalwatch", "component": "worker"}
    one = {**worker, "instance": "a"}
    tests = [
        {
            "interval": "1m",
            "input_series": [series(up % "a", "1x5 0x10"), series(up % "b", "1x15")],
            "promql_expr_test": [
                firing("WorkerDown", "5m", None),
                firing("WorkerDown", "8m", {**one, "severity": "warning"}),
                firing("AllWorkersDown", "10m", None),
            ],
        },
        {
            "interval": "1m",
            "input_series": [series(up % "a", "1x5 0x10")],
            "promql_expr_test": [firing("AllWorkersDown", "8m", {**worker, "severity": "critical"})],
        },
        {
            "interval": "1m",
            "input_series": [],
            "promql_expr_test": [firing("AllWorkersDown", "3m", {**worker, "severity": "critical"})],
        },
        {
            "interval": "1m",
            "input_series": [
                series(up % "a", "1x40"),
                series('intervalwatch_queues_overdue{job="intervalwatch",instance="a"}', "0 3 0 0x5 3x10"),
                series('intervalwatch_recovering{job="intervalwatch",instance="a"}', "0x10 1x20"),
                series('intervalwatch_lag_messages{job="intervalwatch",instance="a",partition="0"}', "600x40"),
                series('intervalwatch_lag_messages{job="intervalwatch",instance="a",partition="1"}', "600x20 0x20"),
            ],
            "promql_expr_test": [
                firing("WorkerSilent", "7m", None),
                firing("WorkerSilent", "15m", {**one, "severity": "critical"}),
                firing("WorkerRecovering", "18m", None),
                firing("WorkerRecovering", "22m", {**one, "severity": "warning"}),
                firing("WorkerLagging", "15m", {**one, "severity": "warning"}),
                firing("WorkerLagging", "30m", None),
            ],
        },
    ]
    promtool_test(promtool, tmp_path, tests)


def test_alerts_on_the_way_to_people(promtool: str, tmp_path: Path) -> None:
    """Notifications that fail, by integration, until five minutes after the last; an Alertmanager that is down."""
    failed = 'alertmanager_notifications_failed_total{job="alertmanager",instance="am",integration="%s"}'
    of_all = {"job": "alertmanager", "component": "alerting", "severity": "critical"}
    tests = [
        {
            "interval": "1m",
            "input_series": [
                series(failed % "email", "0x5 1x20"),
                series(failed % "webhook", "0x25"),
                series('up{job="alertmanager",instance="am"}', "1x15 0x10"),
            ],
            "promql_expr_test": [
                firing("NotificationsFailing", "5m", None),
                firing("NotificationsFailing", "7m", {**of_all, "integration": "email"}),
                firing("NotificationsFailing", "12m", None),
                firing("AlertmanagerDown", "15m", None),
                firing("AlertmanagerDown", "18m", {**of_all, "instance": "am"}),
            ],
        }
    ]
    promtool_test(promtool, tmp_path, tests)


def test_alerts_on_feeds(promtool: str, tmp_path: Path) -> None:
    """Nothing at all for an hour of open time, a refused record, a queue that was never seen."""
    records = 'intervalwatch_records_total{topic="call-data",outcome="%s",job="intervalwatch",instance="a"}'
    opened = 'intervalwatch_queues_open{job="intervalwatch",instance="a"}'
    start = (
        'intervalwatch_interval_start_timestamp_seconds{program="%s",queue="%s",channel="voice",state="open",'
        'job="intervalwatch",instance="a"}'
    )
    sales = 'program="retail",queue="sales",channel="voice",job="intervalwatch",instance="a"'
    never = f"intervalwatch_queue_never_seen{{{sales}}}"
    silent = {"job": "intervalwatch", "severity": "critical", "item": "2.6", "component": "feed"}
    refused = {"job": "intervalwatch", "topic": "call-data", "severity": "warning", "item": "2.6", "component": "feed"}
    too_many = {"job": "intervalwatch", "severity": "critical", "item": "2.6", "component": "feed"}
    tests = [
        {
            "interval": "1m",
            "input_series": [series(records % "accepted", "0+5x30 150x100"), series(opened, "3x130")],
            "promql_expr_test": [firing("FeedSilent", "85m", None), firing("FeedSilent", "95m", silent)],
        },
        {
            "interval": "1m",
            # Closed till 70 minutes: that nothing came before says nothing.
            "input_series": [series(records % "accepted", "150x150"), series(opened, "0x70 3x80")],
            "promql_expr_test": [firing("FeedSilent", "125m", None), firing("FeedSilent", "135m", silent)],
        },
        {
            "interval": "1m",
            "input_series": [
                series('intervalwatch_too_many_queues_records_total{job="intervalwatch",instance="a"}', "0x5 3x30")
            ],
            "promql_expr_test": [
                firing("TooManyQueues", "4m", None),
                firing("TooManyQueues", "8m", too_many),
                firing("TooManyQueues", "25m", None),
            ],
        },
        {
            "interval": "1m",
            "input_series": [series(records % "dead_lettered", "0x5 2x30")],
            "promql_expr_test": [
                firing("DeadLetters", "4m", None),
                firing("DeadLetters", "8m", refused),
                firing("DeadLetters", "25m", None),
            ],
        },
        {
            "interval": "1m",
            "input_series": [
                series(never, "1x10"),
                series(start % ("unassigned", "Sales"), "0x10"),
                series(start % ("unassigned", "sails"), "0x10"),
                series(start % ("retail", "orders"), "0x10"),
            ],
            "alert_rule_test": [
                {
                    "eval_time": "8m",
                    "alertname": "QueueNeverSeen",
                    "exp_alerts": [
                        {
                            "exp_labels": {
                                "program": "retail",
                                "queue": "sales",
                                "channel": "voice",
                                "job": "intervalwatch",
                                "severity": "warning",
                                "item": "2.6",
                                "component": "feed",
                            },
                            "exp_annotations": {
                                "summary": "sales: configured, and an hour into its open time without call data",
                                "summary_zh": "sales：已配置，但开放一小时后仍无话务数据",
                                "description": (
                                    "Is its name spelled as the feed spells it? Seen and not configured: Sales, sails"
                                ),
                            },
                        }
                    ],
                }
            ],
        },
    ]
    promtool_test(promtool, tmp_path, tests)


# --- recording rules --------------------------------------------------------------------------------


def counts(program: str, queue: str, *, instance: str = "a", **values: float) -> list[dict[str, str]]:
    """Gauges of the last final interval of a queue."""
    where = (
        f'program="{program}",queue="{queue}",channel="voice",state="final",job="intervalwatch",instance="{instance}"'
    )
    return [series(f"intervalwatch_interval_{name}{{{where}}}", f"{value}x10") for name, value in values.items()]


def test_ratios_are_sums_over_sums(promtool: str, tmp_path: Path) -> None:
    """A program's service level is 110 / 150 of its queues that are up to date, never a mean of percentages."""
    path = tmp_path / "monitor.yaml"
    path.write_text(
        "programs:\n"
        "  - {id: retail, queues: [{id: sales}, {id: orders}, {id: closed}]}\n"
        "  - {id: bank, queues: [{id: cards}, {id: fast, service_level: {threshold_seconds: 10}}]}\n"
        "  - {id: energy, queues: [{id: outages, service_level: {definition: S5}}]}\n",
        encoding="utf-8",
    )
    rules = tmp_path / "recording.yml"
    rules.write_text(to_yaml(recording_rules(load([path]))), encoding="utf-8")
    begin, noon = "start_timestamp_seconds", 43_200.0
    inputs = [
        *counts("retail", "sales", service_level_numerator=80, service_level_denominator=100, **{begin: noon}),
        # Two workers show one queue while its partition moves.
        *counts("retail", "orders", service_level_numerator=30, service_level_denominator=50, **{begin: noon}),
        *counts(
            "retail", "orders", instance="b", service_level_numerator=30, service_level_denominator=50, **{begin: noon}
        ),
        *counts("retail", "closed", service_level_numerator=0, service_level_denominator=50, **{begin: noon - 7200}),
        *counts("bank", "cards", service_level_numerator=9, service_level_denominator=10, **{begin: noon}),
        *counts("bank", "fast", service_level_numerator=1, service_level_denominator=10, **{begin: noon}),
        *counts("bank", "quiet", service_level_numerator=0, service_level_denominator=0, **{begin: noon}),
        *counts("retail", "sales", answered=90, abandoned=10, staffed_agents=13.4, required_agents=17),
        *counts("energy", "outages", answered=90, abandoned=14, short_abandoned=4),
    ]  # fmt: skip
    where = 'channel="voice",job="intervalwatch",program="%s",queue="%s",state="final"'

    def expects(name: str, labels: str, value: float, selector: str = "") -> dict[str, Any]:
        samples = [{"labels": f"{name}{{{labels}}}", "value": value}]
        return {"expr": f"{name}{selector}", "eval_time": "5m", "exp_samples": samples}

    level, abandon = "queue:intervalwatch_service_level:ratio", "queue:intervalwatch_abandon:ratio"
    program = 'job="intervalwatch",program="retail",state="final"'
    tests = [
        expects(level, where % ("retail", "orders"), 0.6, '{queue="orders"}'),
        {"expr": f'{level}{{queue="quiet"}}', "eval_time": "5m", "exp_samples": []},
        expects("program:intervalwatch_service_level:ratio", program, 110 / 150),
        expects(abandon, where % ("retail", "sales"), 0.1, '{queue="sales"}'),
        expects(abandon, where % ("energy", "outages"), 0.1, '{queue="outages"}'),
        {
            "expr": "round(queue:intervalwatch_net_staffing:agents, 0.1)",
            "eval_time": "5m",
            "exp_samples": [{"labels": f"{{{where % ('retail', 'sales')}}}", "value": -3.6}],
        },
    ]
    document = {
        "rule_files": [str(rules)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": tests}],
    }
    check = tmp_path / "tests.yml"
    check.write_text(to_yaml(document), encoding="utf-8")
    run(promtool, "test", "rules", check)


def test_names_with_quotes_and_dots_stay_names(promtool: str, tmp_path: Path) -> None:
    """A program called `a.b "c"` is matched by its own name only, in rules that promtool accepts."""
    path = tmp_path / "monitor.yaml"
    path.write_text("programs: [{id: 'a.b \"c\"', queues: [{id: q}]}]\n", encoding="utf-8")
    rules = tmp_path / "recording.yml"
    rules.write_text(to_yaml(recording_rules(load([path]))), encoding="utf-8")
    run(promtool, "check", "rules", rules)
    group, _ = YAML(typ="safe").load(rules.read_text(encoding="utf-8"))["groups"]
    assert r'program=~"a\\.b \"c\"|unassigned"' in group["rules"][1]["expr"]
