"""The page of metrics: each family of a worker's `/metrics` with its type, labels and meaning."""

from typing import Final

from agents.live.metric_families import HEADS
from intervalwatch.docs_pages.markdown import code, page, table
from streams.names import INTERVAL_METRICS, METRIC_ANNOTATIONS, RECORDING_RULES

__all__ = ["LABELS", "metrics_page"]

_INTRODUCTION = """
`/metrics` of a worker shows the queues whose partitions it holds, read from the state when Prometheus asks. Counts
are exported, not percentages: ratios are recording rules, each a sum over a sum. A figure that is not known is not
exported: missing is not zero. A worker that is recovering shows `intervalwatch_recovering 1` and no figures.

`state` is `open` (the interval that runs) or `final` (the last one that is final). A breach that is over is shown as
0 for 15 minutes. No changing value is a label.
"""
_QUEUE: Final = ("program", "queue", "channel")
_BREACH: Final = (*_QUEUE, "item", "rule", "severity", "scope")

LABELS: Final = {
    **dict.fromkeys(INTERVAL_METRICS.values(), (*_QUEUE, "state")),
    "intervalwatch_service_level_target_ratio": _QUEUE,
    "intervalwatch_service_level_range_low_ratio": _QUEUE,
    "intervalwatch_service_level_range_high_ratio": _QUEUE,
    "intervalwatch_process_sigma": (*_QUEUE, "window"),
    "intervalwatch_watermark_timestamp_seconds": _QUEUE,
    "intervalwatch_breach_active": _BREACH,
    "intervalwatch_breach_observed": _BREACH,
    "intervalwatch_breach_limit": _BREACH,
    "intervalwatch_breach_effect_ratio": (*_BREACH, "cause"),
    "intervalwatch_queue_never_seen": _QUEUE,
    "intervalwatch_queues_open": (),
    "intervalwatch_queues_overdue": (),
    "intervalwatch_lag_messages": ("partition",),
    "intervalwatch_monitored_transactions": (*_QUEUE, "family"),
    "intervalwatch_monitored_transactions_right": (*_QUEUE, "family"),
    "intervalwatch_recovering": (),
    "intervalwatch_breaches_opened_total": ("item", "rule"),
    "intervalwatch_records_total": ("topic", "outcome"),
    "intervalwatch_corrections_total": (),
    "intervalwatch_intervals_final_total": (),
    "intervalwatch_plans_after_the_fact_total": (),
    METRIC_ANNOTATIONS: ("outcome",),
}
"""Labels by family."""
_RECORDING: Final = {
    "queue:intervalwatch_service_level:ratio": "numerator / denominator in the queue's own definition",
    "program:intervalwatch_service_level:ratio": "the same over a program's queues, where they share definition and "
    "threshold, of the intervals that are current",
    "queue:intervalwatch_abandon:ratio": "abandoned / (answered + abandoned), short abandons left out under S5",
    "queue:intervalwatch_net_staffing:agents": "staffed agents - required agents",
}


def families() -> list[tuple[str, str, str]]:
    """Name, type and help of each family."""
    found = []
    for name, head in HEADS.items():
        first, second = head.splitlines()
        found.append((name, second.split()[-1], first.split(" ", 3)[-1]))
    if METRIC_ANNOTATIONS not in HEADS:
        found.append((METRIC_ANNOTATIONS, "counter", "Breach annotations on Grafana by what became of them."))
    return found


def metrics_page() -> str:
    """The text of the page."""
    return page(
        "Metrics",
        _INTRODUCTION,
        "## Families",
        table(
            ("name", "type", "labels", "meaning"),
            ((code(name), kind, ", ".join(map(code, LABELS[name])) or "none", text) for name, kind, text in families()),
        ),
        "`outcome` of records is `accepted`, `duplicate`, `late` (for a final interval) or `dead_lettered`; `window` "
        "is `day` or `week`; `cause` is `volume`, `aht`, `staffing` or `unexplained`.",
        "## Recording rules",
        "Prometheus makes these series; `config/prometheus/recording.yml` holds them.",
        table(("series", "meaning"), ((code(name), _RECORDING[name]) for name in RECORDING_RULES)),
    )
