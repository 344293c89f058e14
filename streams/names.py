"""Every topic, column, rule and verdict name, spelled once (metrics: `agents.live.metrics.families`).

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
