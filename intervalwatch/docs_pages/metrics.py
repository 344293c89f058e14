"""The page of metrics: each family of a worker's `/metrics` with its type, labels and meaning."""

from typing import Final

from agents.live.metrics.families import FAMILIES
from dashboards.alerting.recording_rules import RECORDING_RULES
from intervalwatch.docs_pages.markdown import code, page, table

__all__ = ["metrics_page"]

_INTRODUCTION = """
`/metrics` of a worker shows the queues whose partitions it holds, read from the state when Prometheus asks. Counts
are exported, not percentages: ratios are recording rules, each a sum over a sum. A figure that is not known is not
exported: missing is not zero. A worker that is recovering shows `intervalwatch_recovering 1` and no figures.

`state` is `open` (the interval that runs) or `final` (the last one that is final). A breach or notice that is
over is shown as 0 for a day. No changing value is a label, but those of `intervalwatch_incident_text`.
"""
_RECORDING: Final = {
    "queue:intervalwatch_service_level:ratio": "numerator / denominator in the queue's own definition",
    "program:intervalwatch_service_level:ratio": "the same over a program's queues, where they share definition and "
    "threshold, of the intervals that are current",
    "queue:intervalwatch_abandon:ratio": "abandoned / (answered + abandoned), short abandons left out under S5",
    "queue:intervalwatch_net_staffing:agents": "staffed agents - required agents",
}


def metrics_page() -> str:
    """The text of the page."""
    return page(
        "Metrics",
        _INTRODUCTION,
        "## Families",
        table(
            ("name", "type", "labels", "meaning"),
            ((code(one.name), one.kind, ", ".join(map(code, one.labels)) or "none", one.help) for one in FAMILIES),
        ),
        "`outcome` of records is `accepted`, `duplicate`, `late` (for a final interval) or `dead_lettered`; `window` "
        "is `day` or `week`; `cause` is `volume`, `aht`, `staffing` or `unexplained`.",
        "## Recording rules",
        "Prometheus makes these series; `config/prometheus/recording.yml` holds them.",
        table(("series", "meaning"), ((code(name), _RECORDING[name]) for name in RECORDING_RULES)),
    )
