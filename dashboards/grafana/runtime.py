"""The dashboard of the monitoring itself: workers, feeds, lag, and records by outcome."""

from grafana_foundation_sdk.builders import dashboard as build

from agents.live.metrics import families
from dashboards.grafana.panels import lines, number, steps
from dashboards.grafana.queries import SCREENS, frame, now, over_time, rows
from dashboards.promql import JOB

__all__ = ["runtime"]

_RATE = "[$__rate_interval]"


def runtime() -> build.Dashboard:
    """The dashboard of workers and records."""
    refused = f'{families.RECORDS}{{outcome="dead_lettered"}}'
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
                    now(f"sum({families.RECOVERING})"),
                    steps((None, "green"), (1, "orange")),
                ),
                number(
                    "Messages behind",
                    "Messages of the input topic that no worker has applied yet.",
                    now(f"sum({families.LAG}) or vector(0)"),
                    steps((None, "green"), (1_000, "orange"), (100_000, "red")),
                ),
                number(
                    "Overdue queues",
                    "Queues with an interval that is due by the clock and not final.",
                    now(f"sum({families.QUEUES_OVERDUE})"),
                    steps((None, "green"), (1, "red")),
                ),
                number(
                    "Open queues",
                    "Queues in their open hours.",
                    now(f"sum({families.QUEUES_OPEN})"),
                    steps((None, "blue")),
                ),
                number(
                    "Corrected",
                    "Results after the first over final intervals since the workers began; many mean too little grace.",
                    now(f"sum({families.CORRECTIONS}) / sum({families.INTERVALS_FINAL})"),
                    steps((None, "green"), (0.05, "orange"), (0.2, "red")),
                    unit="percentunit",
                ),
                lines(
                    "Lag",
                    "Messages not applied yet, by partition.",
                    [over_time(f"max by (partition) ({families.LAG})", "partition {{partition}}")],
                ),
                lines(
                    "Queues held",
                    "Queues that each worker shows.",
                    [over_time(f"count by (instance) ({families.WATERMARK})", "{{instance}}")],
                ),
            ],
            "Records": [
                lines(
                    "Records a second",
                    "Records by outcome; each counts once.",
                    [over_time(f"sum by (outcome) (rate({families.RECORDS}{_RATE}))", "{{outcome}}")],
                ),
                lines(
                    "Dead letters",
                    "Records refused in each minute; `intervalwatch export --what dead-letters` names them.",
                    [over_time(f"sum by (topic) (increase({refused}[1m]))", "{{topic}}")],
                ),
                lines(
                    "Late data",
                    "Intervals corrected (each once), corrections, plan rows that came after the fact, in each hour.",
                    [
                        over_time(f"sum(increase({families.INTERVALS_CORRECTED}[1h]))", "intervals corrected"),
                        over_time(f"sum(increase({families.CORRECTIONS}[1h]))", "corrections"),
                        over_time(f"sum(increase({families.AFTER_THE_FACT}[1h]))", "plans after the fact"),
                    ],
                ),
                lines(
                    "Intervals made final",
                    "Intervals made final in each hour.",
                    [over_time(f"sum(increase({families.INTERVALS_FINAL}[1h]))", "final")],
                ),
                lines(
                    "Annotations sent to Grafana",
                    "Annotations by outcome; none where no Grafana is configured.",
                    [over_time(f"sum by (outcome) (increase({families.ANNOTATIONS}[1h])) or vector(0)", "{{outcome}}")],
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
