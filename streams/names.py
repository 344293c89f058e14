"""Every topic, column, metric, label, rule and verdict name, spelled once.

Dashboards, alerting rules, exports and the engine must agree to the letter; so none of them spells a
name itself, and a test can ask whether a name that a dashboard uses exists.
"""

from typing import Final

__all__ = [
    "BREACH_COLUMNS",
    "COUNT_COLUMNS",
    "DEAD_LETTER_COLUMNS",
    "EVALUATION_COLUMNS",
    "FORM",
    "GENESIS_HASH",
    "HASHED_SINCE",
    "INTERVAL_METRICS",
    "METRICS",
    "METRIC_AFTER_THE_FACT",
    "METRIC_ANNOTATIONS",
    "METRIC_BREACHES_OPENED",
    "METRIC_BREACH_ACTIVE",
    "METRIC_BREACH_EFFECT",
    "METRIC_BREACH_LIMIT",
    "METRIC_BREACH_OBSERVED",
    "METRIC_CORRECTIONS",
    "METRIC_INTERVALS_FINAL",
    "METRIC_LAG",
    "METRIC_MONITORED",
    "METRIC_MONITORED_RIGHT",
    "METRIC_NEVER_SEEN",
    "METRIC_PREFIX",
    "METRIC_QUEUES_OPEN",
    "METRIC_QUEUES_OVERDUE",
    "METRIC_RANGE_HIGH",
    "METRIC_RANGE_LOW",
    "METRIC_RECORDS",
    "METRIC_RECOVERING",
    "METRIC_SIGMA",
    "METRIC_TARGET",
    "METRIC_WATERMARK",
    "RECORDING_RULES",
    "RECORD_PROGRAM_SERVICE_LEVEL",
    "RECORD_QUEUE_ABANDON",
    "RECORD_QUEUE_NET_STAFFING",
    "RECORD_QUEUE_SERVICE_LEVEL",
    "RESULT_COLUMNS",
    "TOPIC_BREACHES",
    "TOPIC_CALL_DATA",
    "TOPIC_DEAD_LETTERS",
    "TOPIC_EVALUATIONS",
    "TOPIC_PROGRAM_DAYS",
    "TOPIC_RESULTS",
    "UNHASHED_COLUMNS",
]

TOPIC_CALL_DATA: Final = "call-data"
TOPIC_RESULTS: Final = "interval-results"
TOPIC_BREACHES: Final = "breaches"
TOPIC_PROGRAM_DAYS: Final = "program-days"
TOPIC_DEAD_LETTERS: Final = "dead-letters"
TOPIC_EVALUATIONS: Final = "evaluations"
"""Evaluations as they count, for the history alone."""

GENESIS_HASH: Final = "0" * 64

RESULT_COLUMNS: Final = (
    "program",
    "queue",
    "channel",
    "interval_start",
    "interval_start_local",
    "interval_seconds",
    "revision",
    "status",
    "definition",
    "threshold_seconds",
    "parameters_version",
    "offered",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_within",
    "short_abandoned",
    "overflowed",
    "waiting",
    "wait_seconds",
    "handle_seconds",
    "handled",
    "occupied_seconds",
    "available_seconds",
    "staffed_seconds",
    "service_level",
    "abandon_rate",
    "asa_seconds",
    "aht_seconds",
    "occupancy",
    "plan_version",
    "forecast_offered",
    "forecast_aht_seconds",
    "scheduled_agents",
    "plan_required_agents",
    "required_agents",
    "staffed_agents",
    "net_staffing",
    "volume_variance",
    "aht_variance",
    "process_sigma",
    "effect_volume",
    "effect_aht",
    "effect_staffing",
    "effect_unexplained",
    "due",
    "done_in_time",
    "backlog",
    "overdue",
    "oldest_seconds",
    "spec",
    "signal",
    "plan",
    "integrity",
    "breaches",
    "sources",
    "reason",
    "form",
    "previous_hash",
    "hash",
)
"""Columns of interval results, in the order of every export (contract section 5)."""

UNHASHED_COLUMNS: Final = ("sources", "hash")
"""Columns outside the hash: where a figure was read differs between a topic and a file."""

HASHED_SINCE: Final = {
    "process_sigma": 2,
    "effect_volume": 2,
    "effect_aht": 2,
    "effect_staffing": 2,
    "effect_unexplained": 2,
    "due": 2,
    "done_in_time": 2,
    "backlog": 2,
    "overdue": 2,
    "oldest_seconds": 2,
    "form": 2,
}
"""The form that brought a column of results; every other column is there since form 1 (contract section 5).

A new column gets a form of its own, and a column never changes its form: old results verify by it.
"""

FORM: Final = max(HASHED_SINCE.values())
"""The form of the results that this program publishes."""

COUNT_COLUMNS: Final = (
    "offered",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_within",
    "short_abandoned",
    "overflowed",
    "waiting",
    "handled",
    "due",
    "done_in_time",
    "backlog",
    "overdue",
)
"""Columns that hold whole numbers of contacts."""

BREACH_COLUMNS: Final = (
    "breach_id",
    "sequence",
    "state",
    "item",
    "rule",
    "severity",
    "program",
    "queue",
    "scope",
    "interval_start",
    "first_interval_start",
    "observed",
    "expected",
    "limit",
    "unit",
    "message",
    "message_zh",
    "causes",
    "live",
    "parameters_version",
)
"""Columns of a breach record, in the order of every export (contract section 6)."""

DEAD_LETTER_COLUMNS: Final = ("topic", "partition", "offset", "reason", "value")

EVALUATION_COLUMNS: Final = (
    "program",
    "evaluation_id",
    "contact_id",
    "queue",
    "agent",
    "team",
    "shift",
    "handled_at",
    "evaluated_at",
    "evaluator",
    "selection",
    "checks",
)
"""Columns of a monitored transaction in an export: the record's (contract section 2) and its program."""

METRIC_PREFIX: Final = "intervalwatch_"

INTERVAL_METRICS: Final = {
    "interval_start": "intervalwatch_interval_start_timestamp_seconds",
    "offered": "intervalwatch_interval_offered",
    "answered": "intervalwatch_interval_answered",
    "answered_within": "intervalwatch_interval_answered_within",
    "abandoned": "intervalwatch_interval_abandoned",
    "short_abandoned": "intervalwatch_interval_short_abandoned",
    "overflowed": "intervalwatch_interval_overflowed",
    "wait_seconds": "intervalwatch_interval_wait_seconds",
    "handle_seconds": "intervalwatch_interval_handle_seconds",
    "handled": "intervalwatch_interval_handled",
    "staffed_agents": "intervalwatch_interval_staffed_agents",
    "scheduled_agents": "intervalwatch_interval_scheduled_agents",
    "required_agents": "intervalwatch_interval_required_agents",
    "forecast_offered": "intervalwatch_interval_forecast_offered",
    "forecast_aht_seconds": "intervalwatch_interval_forecast_aht_seconds",
    "service_level_numerator": "intervalwatch_interval_service_level_numerator",
    "service_level_denominator": "intervalwatch_interval_service_level_denominator",
}
"""Gauges with label state (open, final), by the result column they show."""

METRIC_TARGET: Final = "intervalwatch_service_level_target_ratio"
METRIC_RANGE_LOW: Final = "intervalwatch_service_level_range_low_ratio"
METRIC_RANGE_HIGH: Final = "intervalwatch_service_level_range_high_ratio"
METRIC_SIGMA: Final = "intervalwatch_process_sigma"
METRIC_WATERMARK: Final = "intervalwatch_watermark_timestamp_seconds"
METRIC_BREACH_ACTIVE: Final = "intervalwatch_breach_active"
METRIC_BREACH_OBSERVED: Final = "intervalwatch_breach_observed"
METRIC_BREACH_LIMIT: Final = "intervalwatch_breach_limit"
METRIC_BREACH_EFFECT: Final = "intervalwatch_breach_effect_ratio"
METRIC_BREACHES_OPENED: Final = "intervalwatch_breaches_opened_total"
METRIC_RECORDS: Final = "intervalwatch_records_total"
METRIC_CORRECTIONS: Final = "intervalwatch_corrections_total"
METRIC_INTERVALS_FINAL: Final = "intervalwatch_intervals_final_total"
METRIC_AFTER_THE_FACT: Final = "intervalwatch_plans_after_the_fact_total"
METRIC_RECOVERING: Final = "intervalwatch_recovering"
METRIC_NEVER_SEEN: Final = "intervalwatch_queue_never_seen"
METRIC_QUEUES_OPEN: Final = "intervalwatch_queues_open"
METRIC_QUEUES_OVERDUE: Final = "intervalwatch_queues_overdue"
METRIC_LAG: Final = "intervalwatch_lag_messages"
METRIC_MONITORED: Final = "intervalwatch_monitored_transactions"
METRIC_MONITORED_RIGHT: Final = "intervalwatch_monitored_transactions_right"
METRIC_ANNOTATIONS: Final = "intervalwatch_grafana_annotations_total"

METRICS: Final = (
    *INTERVAL_METRICS.values(),
    METRIC_TARGET,
    METRIC_RANGE_LOW,
    METRIC_RANGE_HIGH,
    METRIC_SIGMA,
    METRIC_WATERMARK,
    METRIC_BREACH_ACTIVE,
    METRIC_BREACH_OBSERVED,
    METRIC_BREACH_LIMIT,
    METRIC_BREACH_EFFECT,
    METRIC_BREACHES_OPENED,
    METRIC_RECORDS,
    METRIC_CORRECTIONS,
    METRIC_INTERVALS_FINAL,
    METRIC_AFTER_THE_FACT,
    METRIC_RECOVERING,
    METRIC_NEVER_SEEN,
    METRIC_QUEUES_OPEN,
    METRIC_QUEUES_OVERDUE,
    METRIC_LAG,
    METRIC_MONITORED,
    METRIC_MONITORED_RIGHT,
    METRIC_ANNOTATIONS,
)
"""Everything that a worker's `/metrics` says of this product (contract section 8, and what runs beside it)."""

RECORD_QUEUE_SERVICE_LEVEL: Final = "queue:intervalwatch_service_level:ratio"
RECORD_PROGRAM_SERVICE_LEVEL: Final = "program:intervalwatch_service_level:ratio"
RECORD_QUEUE_ABANDON: Final = "queue:intervalwatch_abandon:ratio"
RECORD_QUEUE_NET_STAFFING: Final = "queue:intervalwatch_net_staffing:agents"

RECORDING_RULES: Final = (
    RECORD_QUEUE_SERVICE_LEVEL,
    RECORD_PROGRAM_SERVICE_LEVEL,
    RECORD_QUEUE_ABANDON,
    RECORD_QUEUE_NET_STAFFING,
)
"""Series that Prometheus makes of them."""
