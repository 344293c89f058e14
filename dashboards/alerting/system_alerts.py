# ruff: noqa: RUF001  Chinese text has full-width marks
"""Alerts on the monitoring itself: feeds that send nothing, and workers that do not keep up.

A screen that shows no fault because no data arrives misleads more than any other. So silence is an alert.
"""

from typing import Any, Final

from agents.live.metrics import families
from config.queue_settings import UNASSIGNED
from dashboards.promql import JOB, held_once

__all__ = ["ALERTING_ALERTS", "PRODUCT_ALERTS", "WATCHDOG", "WORKER_ALERTS", "feed_alerts"]

WATCHDOG: Final = "Watchdog"
"""The alert that always fires, as in the rules that users of Prometheus share (kube-prometheus)."""


def feed_alerts(silent_seconds: int) -> list[dict[str, Any]]:
    """Alerts on feeds, with item 2.6 (integrity of data).

    Args:
        silent_seconds: time without any call data in open hours, until the alert.
    """
    arriving = f'{families.RECORDS}{{outcome=~"accepted|late|duplicate|restated"}}'
    return [
        {
            "alert": "FeedSilent",
            "expr": (
                f"sum by (job) (increase({arriving}[{silent_seconds}s])) == 0\n"
                f"and on (job) min_over_time(sum by (job) ({families.QUEUES_OPEN})[{silent_seconds}s:1m]) > 0"
            ),
            "for": "1m",
            "labels": {"severity": "critical", "item": "2.6", "component": "feed"},
            "annotations": {
                "summary": f"no call data at all for {silent_seconds // 60} minutes, in open hours",
                "summary_zh": f"营业时间内已有 {silent_seconds // 60} 分钟没有任何话务数据",
                "description": "Check the feed into the topic call-data: whatever the queues show is old.",
            },
        },
        {
            "alert": "QueueNeverSeen",
            "expr": f"{held_once(families.NEVER_SEEN)} == 1",
            "for": "5m",
            "labels": {"severity": "warning", "item": "2.6", "component": "feed"},
            "annotations": {
                "summary": "{{ $labels.queue }}: configured, and an hour into its open time without call data",
                "summary_zh": "{{ $labels.queue }}：已配置，但开放一小时后仍无话务数据",
                "description": (
                    f"Is its name spelled as the feed spells it? Seen and not configured: "
                    f"{{{{ range $i, $e := query "
                    f'"group by (queue) ({families.INTERVAL_METRICS["interval_start"]}'
                    f'{{program=\\"{UNASSIGNED}\\",state=\\"open\\"}})" | sortByLabel "queue"'
                    f" }}}}{{{{ if $i }}}}, {{{{ end }}}}{{{{ $e.Labels.queue }}}}{{{{ else }}}}none{{{{ end }}}}"
                ),
            },
        },
        {
            "alert": "TooManyQueues",
            "expr": f"sum by (job) (increase({families.TOO_MANY_QUEUES}[15m])) > 0",
            "labels": {"severity": "critical", "item": "2.6", "component": "feed"},
            "annotations": {
                "summary": '{{ $value | printf "%.0f" }} records refused in 15 minutes: too many queues without a name',
                "summary_zh": '15 分钟内有 {{ $value | printf "%.0f" }} 条记录被拒收：未配置的队列过多',
                "description": (
                    "The feed sends more queue names that no file names than max_unconfigured_queues lets through. "
                    "Does it put an id where the queue's name belongs? intervalwatch dead-letters shows some; name "
                    "the real queues in the configuration, and send the records again with --redrive."
                ),
            },
        },
        {
            "alert": "DeadLetters",
            "expr": f'sum by (job, topic) (increase({families.RECORDS}{{outcome="dead_lettered"}}[15m])) > 0',
            "labels": {"severity": "warning", "item": "2.6", "component": "feed"},
            "annotations": {
                "summary": '{{ $value | printf "%.0f" }} records of {{ $labels.topic }} refused in 15 minutes',
                "summary_zh": '15 分钟内 {{ $labels.topic }} 有 {{ $value | printf "%.0f" }} 条记录被拒收',
                "description": "intervalwatch export --what dead-letters names each with the field that is wrong.",
            },
        },
    ]


WORKER_ALERTS: Final[list[dict[str, Any]]] = [
    {
        "alert": "WorkerDown",
        "expr": f'up{{job="{JOB}"}} == 0',
        "for": "1m",
        "labels": {"severity": "warning", "component": "worker"},
        "annotations": {
            "summary": "{{ $labels.instance }}: worker down",
            "summary_zh": "{{ $labels.instance }}：工作进程已停止",
            "description": "Others take its queues over, if there are others.",
        },
    },
    {
        "alert": "AllWorkersDown",
        "expr": f'sum(up{{job="{JOB}"}}) == 0\nor\nabsent(up{{job="{JOB}"}})',
        "for": "1m",
        "labels": {"severity": "critical", "component": "worker", "job": JOB},
        "annotations": {
            "summary": "no worker runs: nothing is monitored",
            "summary_zh": "没有任何工作进程在运行：监控已中断",
            "description": "Breaches that were open stand as they were for a day, and are not resolved.",
        },
    },
    {
        "alert": "WorkerSilent",
        "expr": f"{families.QUEUES_OVERDUE} > 0",
        "for": "5m",
        "labels": {"severity": "critical", "component": "worker"},
        "annotations": {
            "summary": "{{ $labels.instance }}: {{ $value }} queues have an interval that is due and not final",
            "summary_zh": "{{ $labels.instance }}：{{ $value }} 个队列的时段已到期但未定稿",
            "description": "The worker answers, and does not follow its stream: is it cut off from the broker?",
        },
    },
    {
        "alert": "WorkerRecovering",
        "expr": f"{families.RECOVERING} == 1",
        "for": "10m",
        "labels": {"severity": "warning", "component": "worker"},
        "annotations": {
            "summary": "{{ $labels.instance }}: recovering for ten minutes",
            "summary_zh": "{{ $labels.instance }}：恢复已持续十分钟",
            "description": "Its queues show no figures until it has read its state.",
        },
    },
    {
        "alert": "WorkerLagging",
        "expr": f"min_over_time(sum without (partition) ({families.LAG})[10m:1m]) > 1000",
        "for": "1m",
        "labels": {"severity": "warning", "component": "worker"},
        "annotations": {
            "summary": '{{ $labels.instance }}: {{ $value | printf "%.0f" }} messages behind for ten minutes',
            "summary_zh": '{{ $labels.instance }}：已落后 {{ $value | printf "%.0f" }} 条消息达十分钟',
            "description": "Start another worker: there are as many as the topic has partitions.",
        },
    },
    {
        "alert": "HistoryStopped",
        "expr": (f"{families.HISTORY_WAITING} > 60\nor\nincrease({families.HISTORY_ERRORS}[5m]) > 0"),
        "for": "2m",
        "labels": {"severity": "warning", "component": "worker"},
        "annotations": {
            "summary": "{{ $labels.instance }}: interval history stands still",
            "summary_zh": "{{ $labels.instance }}：历史记录已停止写入",
            "description": (
                "/healthz says why: the database is locked, full, gone, or holds other results. Nothing is lost while "
                "the topics keep it; a history that was restored is filled by intervalwatch history rebuild."
            ),
        },
    },
]
"""Alerts on the workers; they have no queue, and so no item."""

ALERTING_ALERTS: Final[list[dict[str, Any]]] = [
    {
        "alert": WATCHDOG,
        "expr": "vector(1)",
        # No component: it is no trouble, and goes to nobody but those who listen for it.
        "labels": {"severity": "none"},
        "annotations": {
            "summary": "alerts can be told: this one always fires",
            "summary_zh": "告警通道正常：此告警始终触发",
            "description": "Where it is heard no more, Prometheus, Alertmanager or web is down, and nobody is told.",
        },
    },
    {
        "alert": "NotificationsFailing",
        "expr": "sum by (job, integration) (increase(alertmanager_notifications_failed_total[5m])) > 0",
        "labels": {"severity": "critical", "component": "alerting"},
        "annotations": {
            "summary": "notifications by {{ $labels.integration }} fail: people are not told",
            "summary_zh": "通过 {{ $labels.integration }} 发送通知失败：有人未被告知",
            "description": (
                "Alertmanager's log says what the service answered; `webhook` goes through web, whose log says it. "
                "intervalwatch alerting --test TEAM tries each channel of a team."
            ),
        },
    },
    {
        "alert": "AlertmanagerDown",
        "expr": 'up{job="alertmanager"} == 0',
        "for": "1m",
        "labels": {"severity": "critical", "component": "alerting"},
        "annotations": {
            "summary": "{{ $labels.instance }}: Alertmanager down; nobody is told of anything",
            "summary_zh": "{{ $labels.instance }}：Alertmanager 已停止；无人会收到通知",
            "description": "It says what it has not said yet when it is back, from its own log on disk.",
        },
    },
]
"""Alerts on the way to people itself: one that fails is said by those that do not, and on the wallboard."""

PRODUCT_ALERTS: Final = (*feed_alerts(3_600), *WORKER_ALERTS, *ALERTING_ALERTS)
"""All of them, with silence after an hour."""
