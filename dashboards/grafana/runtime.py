"""The dashboard of the monitoring itself: whether workers follow, feeds arrive, and records are fit to count."""

from grafana_foundation_sdk.builders import dashboard as build

from dashboards.grafana.panels import lines, number, steps
from dashboards.grafana.queries import SCREENS, frame, now, over_time, rows
from dashboards.promql import JOB
from streams.names import (
    METRIC_AFTER_THE_FACT,
    METRIC_ANNOTATIONS,
    METRIC_CORRECTIONS,
    METRIC_INTERVALS_FINAL,
    METRIC_LAG,
    METRIC_QUEUES_OPEN,
    METRIC_QUEUES_OVERDUE,
    METRIC_RECORDS,
    METRIC_RECOVERING,
    METRIC_WATERMARK,
)

__all__ = ["runtime"]

_RATE = "[$__rate_interval]"


def runtime() -> build.Dashboard:
    """Workers, feeds, lag, late and dead-lettered records."""
    refused = f'{METRIC_RECORDS}{{outcome="dead_lettered"}}'
    up = f'up{{job="{JOB}"}}'
    return rows(
        frame(SCREENS["runtime"], since="now-3h"),
        {
            "Workers": [
                number(
                    "Workers up",
                    "Workers that answer Prometheus.",
                    now(f"sum({up})"),
                    steps((None, "red"), (1, "green")),
                ),
                number(
                    "Recovering",
                    "Workers that read their state and show no figures.",
                    now(f"sum({METRIC_RECOVERING})"),
                    steps((None, "green"), (1, "orange")),
                ),
                number(
                    "Messages behind",
                    "Messages of the input topic that no worker has applied yet.",
                    now(f"sum({METRIC_LAG}) or vector(0)"),
                    steps((None, "green"), (1_000, "orange"), (100_000, "red")),
                ),
                number(
                    "Overdue queues",
                    "Queues with an interval that is due by the clock and not final.",
                    now(f"sum({METRIC_QUEUES_OVERDUE})"),
                    steps((None, "green"), (1, "red")),
                ),
                number(
                    "Open queues",
                    "Queues in their open hours.",
                    now(f"sum({METRIC_QUEUES_OPEN})"),
                    steps((None, "blue")),
                ),
                number(
                    "Corrected",
                    "Results after the first over final intervals since the workers began; many mean too little grace.",
                    now(f"sum({METRIC_CORRECTIONS}) / sum({METRIC_INTERVALS_FINAL})"),
                    steps((None, "green"), (0.05, "orange"), (0.2, "red")),
                    unit="percentunit",
                ),
                lines(
                    "Lag",
                    "Messages not applied yet, by partition.",
                    [over_time(f"max by (partition) ({METRIC_LAG})", "partition {{partition}}")],
                ),
                lines(
                    "Queues held",
                    "Queues that each worker shows.",
                    [over_time(f"count by (instance) ({METRIC_WATERMARK})", "{{instance}}")],
                ),
            ],
            "Records": [
                lines(
                    "Records a second",
                    "By what became of them; each record counts once.",
                    [over_time(f"sum by (outcome) (rate({METRIC_RECORDS}{_RATE}))", "{{outcome}}")],
                ),
                lines(
                    "Dead letters",
                    "Records refused in each minute; `intervalwatch export --what dead-letters` names them.",
                    [over_time(f"sum by (topic) (increase({refused}[1m]))", "{{topic}}")],
                ),
                lines(
                    "Late data",
                    "Corrections, and plan rows that came after the fact, in each hour.",
                    [
                        over_time(f"sum(increase({METRIC_CORRECTIONS}[1h]))", "corrections"),
                        over_time(f"sum(increase({METRIC_AFTER_THE_FACT}[1h]))", "plans after the fact"),
                    ],
                ),
                lines(
                    "Intervals made final",
                    "In each hour.",
                    [over_time(f"sum(increase({METRIC_INTERVALS_FINAL}[1h]))", "final")],
                ),
                lines(
                    "Annotations sent to Grafana",
                    "By what became of them; none where no Grafana is configured.",
                    [over_time(f"sum by (outcome) (increase({METRIC_ANNOTATIONS}[1h])) or vector(0)", "{{outcome}}")],
                ),
                lines(
                    "Memory",
                    "Resident memory of each worker.",
                    [over_time(f'process_resident_memory_bytes{{job="{JOB}"}}', "{{instance}}")],
                    unit="bytes",
                ),
            ],
        },
    )
