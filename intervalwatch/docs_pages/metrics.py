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
    "group:intervalwatch_queue_current:bool": "1 for a queue whose latest interval is its group's latest, 0 for one "
    "whose latest is older",
    "group:intervalwatch_latest_start:seconds": "start of the latest interval of any of its queues, seconds since 1970",
    "group:intervalwatch_queues:count": "queues that are in the group's figures: current, and with data",
    "group:intervalwatch_interval_start:seconds": "start of the interval that the figures are of, seconds since 1970",
    "group:intervalwatch_offered:sum": "contacts offered, summed",
    "group:intervalwatch_forecast_offered:sum": "forecast volume, summed; none where a queue with contacts has no plan",
    "group:intervalwatch_answered:sum": "contacts answered, summed",
    "group:intervalwatch_abandoned:sum": "contacts abandoned, summed",
    "group:intervalwatch_service_level:ratio": "sum of numerators / sum of denominators, where the queues share the "
    "definition; each keeps its own threshold",
    "group:intervalwatch_abandon:ratio": "abandoned / (answered + abandoned) of the sums, where they share it",
    "group:intervalwatch_aht:seconds": "handle time / handled of the sums",
    "group:intervalwatch_staffed:agents": "staffed agents, summed",
    "group:intervalwatch_required_if_all:agents": "of a pool, final: agents required if all could help all its queues",
    "group:intervalwatch_required_if_none:agents": "likewise, if none could",
    "group:intervalwatch_shared:ratio": "likewise, share of agent time of agents on two or more of its queues",
    "group:intervalwatch_required:agents": "required agents, summed; of a pool by how much its agents share, and once "
    "in a program or site that has all its queues: those are of final intervals alone",
    "group:intervalwatch_queue_pooled:bool": "the same, of queues that are in a program or site by a pool",
    "group:intervalwatch_pool_required:agents": "required agents of each `pool` in a program or site; no number where "
    "they are not known",
    "group:intervalwatch_required_apart:agents": "required agents of the other queues of a program or site, summed",
    "group:intervalwatch_net_staffing:agents": "staffed agents - required agents",
    "group:intervalwatch_volume_variance:ratio": "(offered - forecast) / forecast of the sums, of final intervals",
}
_GROUPS: Final = """
A series of a [group](../concepts/groups.md) has the labels `kind` (`program`, `site` or `pool`), `group` (its id) and
`state`. It is of the queues whose latest interval is the group's latest: a queue that is closed or late is in no sum,
and `group:intervalwatch_queues:count` says how many are. While a queue is behind by up to an hour there are no figures,
for 4 minutes at most: it may be final any moment. A sum is not given where one of these queues does not report
its part. A group whose queues have intervals of different lengths, or not on one grid, has no series.
"""


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
        _GROUPS,
        table(("series", "meaning"), ((code(name), _RECORDING[name]) for name in RECORDING_RULES)),
    )
