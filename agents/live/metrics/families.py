"""The one home of a metric: each family of a worker's `/metrics` page is one line here, in the order of the page.

A line names the metric, says what it means and gives the function that reads it; the collector, the rules of
Prometheus, the dashboards and the reference are made from these lines. A gauge of an interval is named by its result
column. The labels of a family are those of its group, and then its own.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from agents.live.metrics.family import Family, Group
from agents.live.metrics.readings import (
    IntervalReading,
    MonitoredReading,
    ProcessReading,
    QueueReading,
    WorkerReading,
    horizon_reader,
)
from agents.live.metrics.text import Value
from agents.live.telling.board import ShownNotice
from agents.notices.texts import IncidentText
from agents.projection.outcome import Projection
from agents.rules.status import BreachStatus
from config.rules import RULES
from streams.columns import METRIC_COLUMNS, Column
from streams.groups import GroupInterval
from streams.own_messages import OWN_TOPICS
from streams.results import result_value, seconds

__all__ = [
    "AFTER_THE_FACT",
    "ANNOTATIONS",
    "BREACH",
    "BREACHES_OPENED",
    "BREACH_ACTIVE",
    "BREACH_EFFECT",
    "BREACH_LIMIT",
    "BREACH_OBSERVED",
    "CORRECTIONS",
    "ELSEWHERE",
    "FAMILIES",
    "GROUP",
    "GROUP_REQUIRED",
    "GROUP_REQUIRED_IF_ALL",
    "GROUP_REQUIRED_IF_NONE",
    "GROUP_SHARED",
    "GROUP_STAFFED",
    "GROUP_START",
    "HISTORY_ERRORS",
    "HISTORY_LAG",
    "HISTORY_WAITING",
    "INCIDENT_TEXT",
    "INTERVAL",
    "INTERVALS_FINAL",
    "INTERVAL_METRICS",
    "LAG",
    "METRICS",
    "MONITORED",
    "MONITORED_RIGHT",
    "NEVER_SEEN",
    "NOTICE",
    "NOTICE_ACTIVE",
    "ON_TARGET",
    "OUTLOOK",
    "PROCESS",
    "PROGRAM",
    "PROJECTED_LEVEL",
    "PROJECTED_NET",
    "QUEUE",
    "QUEUES_OPEN",
    "QUEUES_OVERDUE",
    "RANGE_HIGH",
    "RANGE_LOW",
    "RECORDS",
    "RECOVERING",
    "REFORECAST",
    "SIGMA",
    "TARGET",
    "TEXT",
    "TOO_MANY_QUEUES",
    "WATERMARK",
    "WORKER",
]

_OF_QUEUE: Final = ("program", "queue", "channel")

INTERVAL: Final = Group[IntervalReading]((*_OF_QUEUE, "state"))
"""The open interval (state `open`) and the last final one (`final`)."""
QUEUE: Final = Group[QueueReading](_OF_QUEUE)
BREACH: Final = Group[BreachStatus]((*_OF_QUEUE, "item", "rule", "severity", "scope", "breach"))
"""A breach by its id; one of a program's rules has no queue and no channel."""
NOTICE: Final = Group[ShownNotice]((*_OF_QUEUE, "incident", "notice", "person", "kind", "severity"))
"""An incident for one person, or a reminder or escalation of it; a dead source's under each of its queues."""
TEXT: Final = Group[IncidentText](
    (
        "incident",
        "title",
        "title_zh",
        "message",
        "message_zh",
        "rule",
        "program",
        "queue",
        "link",
        "state",
        "acknowledge",
    )
)
"""The text of an incident; one that changes is another series, and the newest is taken."""
OUTLOOK: Final = Group[Projection](_OF_QUEUE)
"""The rest of a queue's day."""
WORKER: Final = Group[WorkerReading]()
PROGRAM: Final = Group[MonitoredReading]((*_OF_QUEUE, "family"))
"""A program's month so far, by family of critical errors; queue and channel are empty."""
GROUP: Final = Group[GroupInterval](("kind", "group", "state"))
"""The last final interval of a pool."""
PROCESS: Final = Group[ProcessReading]()
"""A worker, shown while it recovers, too."""
ELSEWHERE: Final = Group[None]()
"""Made by another part of the program, and put on the page by prometheus_client's registry."""


# --- an interval: the gauges that result columns name --------------------------------------------------

_READERS: Final[dict[str, Callable[[IntervalReading], Value]]] = {
    "interval_start": lambda interval: interval.result.interval_start_ms / 1000,
    "service_level_numerator": lambda interval: interval.counts and interval.counts[0],
    "service_level_denominator": lambda interval: interval.counts and interval.counts[1],
}
"""Readers of columns whose gauge shows something else than the row."""
_STARTS: Final = "Start of the interval, seconds since 1970."


def _figure(name: str) -> Callable[[IntervalReading], Value]:
    """The reader of a column that is shown as the row has it: a number, or None."""
    value = result_value(name)
    return lambda interval: value(interval.result)


def _gauge(column: Column) -> Family[IntervalReading]:
    """The gauge of an interval that a column names."""
    assert column.metric is not None  # noqa: S101 - of METRIC_COLUMNS
    read = _READERS.get(column.name) or _figure(column.name)
    return INTERVAL.gauge(column.metric, _STARTS if column.name == "interval_start" else column.help, read)


INTERVAL_METRICS: Final = {column.name: _gauge(column) for column in METRIC_COLUMNS}
"""By result column; the service level's counts by names of their own."""

# --- a queue -----------------------------------------------------------------------------------------

TARGET: Final = QUEUE.gauge(
    "intervalwatch_service_level_target_ratio", "Target of the service level.", lambda queue: queue.level.target
)
RANGE_LOW: Final = QUEUE.gauge(
    "intervalwatch_service_level_range_low_ratio",
    "Low end of the service level's range.",
    lambda queue: queue.level.range and queue.level.range[0],
)
RANGE_HIGH: Final = QUEUE.gauge(
    "intervalwatch_service_level_range_high_ratio",
    "High end of the service level's range.",
    lambda queue: queue.level.range and queue.level.range[1],
)
WATERMARK: Final = QUEUE.gauge(
    "intervalwatch_watermark_timestamp_seconds",
    "How far the queue's call data has come, seconds since 1970.",
    lambda queue: None if queue.engine.view.watermark_ms is None else queue.engine.view.watermark_ms / 1000,
)
SIGMA: Final = QUEUE.gauge(
    "intervalwatch_process_sigma",
    "Process sigma of contacts served in time, shift included, over the last local days.",
    lambda queue: {
        (window,): process.level
        for window, process in queue.engine.view.processes().items()
        if process.level is not None
    },
    "window",
)
DPMO: Final = QUEUE.gauge(
    "intervalwatch_process_dpmo",
    "Contacts not served in time per million, over the last local days: the yield behind the process sigma.",
    lambda queue: {(window,): process.dpmo for window, process in queue.engine.view.processes().items()},
    "window",
)

# --- a breach ----------------------------------------------------------------------------------------

BREACH_ACTIVE: Final = BREACH.gauge(
    "intervalwatch_breach_active",
    "1 while the breach is open, then 0 for a day; so is a severity that it has left.",
    lambda breach: int(breach.active),
)
BREACH_OBSERVED: Final = BREACH.gauge(
    "intervalwatch_breach_observed",
    "The figure that is in breach.",
    lambda breach: breach.observed if breach.active else None,
)
BREACH_LIMIT: Final = BREACH.gauge(
    "intervalwatch_breach_limit",
    "The limit it is held against.",
    lambda breach: breach.limit if breach.active else None,
)
BREACH_EFFECT: Final = BREACH.gauge(
    "intervalwatch_breach_effect_ratio",
    "Effect of a cause on the service level, as a ratio.",
    lambda breach: {(cause,): share for cause, share in breach.effects} if breach.active else None,
    "cause",
)

# --- an incident --------------------------------------------------------------------------------------

NOTICE_ACTIVE: Final = NOTICE.gauge(
    "intervalwatch_notice_active",
    "1 from when a person is to be told until a minute after the incident's end, then 0 for a day.",
    lambda shown: int(shown.notice.active),
)
INCIDENT_TEXT: Final = TEXT.gauge(
    "intervalwatch_incident_text",
    "The text of an incident in its labels; its version, greater with every change.",
    attrgetter("version"),
)

# --- a worker ----------------------------------------------------------------------------------------

NEVER_SEEN: Final = WORKER.gauge(
    "intervalwatch_queue_never_seen",
    "1 for a configured queue without call data an hour into its open time.",
    WorkerReading.never_seen,
    *_OF_QUEUE,
)
QUEUES_OPEN: Final = WORKER.gauge(
    "intervalwatch_queues_open", "Queues of this worker in their open hours.", WorkerReading.queues_open
)
QUEUES_OVERDUE: Final = WORKER.gauge(
    "intervalwatch_queues_overdue",
    "Queues of this worker with an interval that is due by the clock and not final.",
    WorkerReading.queues_overdue,
)
LAG: Final = WORKER.gauge(
    "intervalwatch_lag_messages",
    "Messages of the input topic that have not been applied yet.",
    WorkerReading.lag,
    "partition",
)

# --- a program's month -------------------------------------------------------------------------------

MONITORED: Final = PROGRAM.gauge(
    "intervalwatch_monitored_transactions",
    "Transactions of the month so far, chosen at random, with an applicable check of the family.",
    attrgetter("n"),
)
MONITORED_RIGHT: Final = PROGRAM.gauge(
    "intervalwatch_monitored_transactions_right",
    "Of the monitored: those without an error of the family.",
    attrgetter("right"),
)

# --- a pool's last interval --------------------------------------------------------------------------

GROUP_START: Final = GROUP.gauge(
    "intervalwatch_group_interval_start_timestamp_seconds",
    "Start of the pool's last final interval, seconds since 1970.",
    lambda pool: pool.interval_start_ms / 1000,
)
GROUP_REQUIRED: Final = GROUP.gauge(
    "intervalwatch_group_required_agents",
    "Agents that the pool needed at what came, by how much of its agents' time is shared.",
    attrgetter("required_agents"),
)
GROUP_REQUIRED_IF_ALL: Final = GROUP.gauge(
    "intervalwatch_group_required_if_all_agents",
    "Agents that it would need if all could help all its queues.",
    attrgetter("required_if_all"),
)
GROUP_REQUIRED_IF_NONE: Final = GROUP.gauge(
    "intervalwatch_group_required_if_none_agents",
    "Agents that it would need if none could.",
    attrgetter("required_if_none"),
)
GROUP_SHARED: Final = GROUP.gauge(
    "intervalwatch_group_shared_seconds",
    "Staffed time of agents on two or more of its queues.",
    lambda each: seconds(each.shared_ms),
)
GROUP_STAFFED: Final = GROUP.gauge(
    "intervalwatch_group_staffed_seconds", "Staffed time of all its agents.", lambda each: seconds(each.staffed_ms)
)

# --- the rest of a day --------------------------------------------------------------------------------

REFORECAST: Final = OUTLOOK.gauge(
    "intervalwatch_reforecast_offered",
    "Contacts to come by the updated forecast: of the next interval, the next two hours, the rest of the day.",
    horizon_reader("reforecast_offered"),
    "horizon",
)
PROJECTED_LEVEL: Final = OUTLOOK.gauge(
    "intervalwatch_projected_service_level_ratio",
    "Projected service level of the next interval and the next two hours; of the day at its close.",
    horizon_reader("projected_service_level"),
    "horizon",
)
PROJECTED_NET: Final = OUTLOOK.gauge(
    "intervalwatch_projected_net_staffing_agents",
    "Expected less required agents, the lowest of the intervals ahead.",
    horizon_reader("projected_net_staffing"),
    "horizon",
)
ON_TARGET: Final = OUTLOOK.gauge(
    "intervalwatch_day_on_target_probability",
    "Probability that the day ends at or above its target.",
    lambda projection: None if projection.day is None else projection.day.p_on_target,
)

# --- a process ---------------------------------------------------------------------------------------

RECORDS: Final = PROCESS.counter(
    "intervalwatch_records_total", "Records by what became of them.", ProcessReading.records, "topic", "outcome"
)
BREACHES_OPENED: Final = PROCESS.counter(
    "intervalwatch_breaches_opened_total",
    "Breaches and live notices that opened.",
    lambda process: {(each.item, rule): process.counters.opened[rule] for rule, each in RULES.items()},
    "item",
    "rule",
)
CORRECTIONS: Final = PROCESS.counter(
    "intervalwatch_corrections_total",
    "Results after the first of their interval.",
    lambda process: process.counters.corrections,
)
INTERVALS_CORRECTED: Final = PROCESS.counter(
    "intervalwatch_intervals_corrected_total",
    "Intervals that were corrected, each once.",
    lambda process: process.counters.corrected,
)
UNREADABLE: Final = PROCESS.counter(
    "intervalwatch_unreadable_messages_total",
    "Messages of our own topics that no worker wrote: passed over.",
    lambda process: {(topic,): process.counters.unreadable[topic] for topic in OWN_TOPICS},
    "topic",
)
TOO_MANY_QUEUES: Final = PROCESS.counter(
    "intervalwatch_too_many_queues_records_total",
    "Records refused because of max_unconfigured_queues.",
    lambda process: process.counters.too_many_queues,
)
INTERVALS_FINAL: Final = PROCESS.counter(
    "intervalwatch_intervals_final_total",
    "Intervals that became final.",
    lambda process: process.counters.intervals_final,
)
AFTER_THE_FACT: Final = PROCESS.counter(
    "intervalwatch_plans_after_the_fact_total",
    "Plan rows for a final interval that had a plan.",
    lambda process: process.counters.late_plans,
)
RECOVERING: Final = PROCESS.gauge(
    "intervalwatch_recovering",
    "1 while the worker reads its state and shows no figures.",
    lambda process: int(process.recovering),
)

HISTORY_LAG: Final = PROCESS.gauge(
    "intervalwatch_history_lag_messages",
    "Messages that have come and are not in interval history.",
    lambda process: None if process.history is None else process.history.lag_messages,
)
HISTORY_WAITING: Final = PROCESS.gauge(
    "intervalwatch_history_lag_seconds",
    "How long the oldest message that is not in interval history has been waiting.",
    lambda process: None if process.history is None else round(process.history.lag_seconds, 3),
)
HISTORY_ERRORS: Final = PROCESS.counter(
    "intervalwatch_history_errors_total",
    "Writes into interval history that failed.",
    lambda process: None if process.history is None else process.history.errors,
)

# --- made elsewhere ----------------------------------------------------------------------------------

ANNOTATIONS: Final = ELSEWHERE.counter(
    "intervalwatch_grafana_annotations_total",
    "Breach annotations by what became of them.",
    lambda _: None,  # dashboards.grafana.annotations counts, with prometheus_client
    "outcome",
)

_GROUPS: tuple[Group[Any], ...] = (
    INTERVAL, QUEUE, BREACH, NOTICE, TEXT, OUTLOOK, WORKER, PROGRAM, GROUP, PROCESS, ELSEWHERE,
)  # fmt: skip
FAMILIES: Final[tuple[Family[Any], ...]] = tuple(family for group in _GROUPS for family in group.families)
"""Every family of a worker's page, in its order."""
METRICS: Final = tuple(family.name for family in FAMILIES)
"""Their names."""
