"""The fields that a source's columns can be mapped to, by record type (contract section 2)."""

from collections.abc import Mapping
from typing import Final

__all__ = ["FIELDS", "MANDATORY"]

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "contact": {
        "contact_id": "text",
        "queue": "text",
        "offered_at": "instant",
        "outcome": "text",
        "exited_at": "instant",
        "wait_seconds": "seconds",
        "talk_seconds": "seconds",
        "hold_seconds": "seconds",
        "wrap_seconds": "seconds",
        "agent": "text",
        "team": "text",
        "shift": "text",
        "channel": "text",
        "updated_at": "instant",
    },
    "interval": {
        "program": "text",
        "queue": "text",
        "channel": "text",
        "interval_start": "instant",
        "interval_seconds": "seconds",
        "as_of": "instant",
        "offered": "count",
        "answered": "count",
        "answered_within": "count",
        "threshold_seconds": "seconds",
        "abandoned": "count",
        "abandoned_within": "count",
        "short_abandoned": "count",
        "overflowed": "count",
        "waiting": "count",
        "wait_seconds": "seconds",
        "talk_seconds": "seconds",
        "hold_seconds": "seconds",
        "wrap_seconds": "seconds",
        "handled": "count",
        "occupied_seconds": "seconds",
        "available_seconds": "seconds",
        "staffed_seconds": "seconds",
        "service_level_reported": "ratio",
        "source": "text",
    },
    "plan": {
        "plan_version": "text",
        "published_at": "instant",
        "queue": "text",
        "interval_start": "instant",
        "interval_seconds": "seconds",
        "forecast_offered": "number",
        "forecast_aht_seconds": "seconds",
        "required_agents": "number",
        "scheduled_agents": "number",
    },
    "agent_state": {
        "agent": "text",
        "team": "text",
        "shift": "text",
        "queues": "list",
        "state": "text",
        "handling_queue": "text",
        "reason": "text",
        "since": "instant",
        "sequence": "count",
    },
    "evaluation": {
        "evaluation_id": "text",
        "contact_id": "text",
        "queue": "text",
        "agent": "text",
        "team": "text",
        "shift": "text",
        "handled_at": "instant",
        "evaluated_at": "instant",
        "evaluator": "text",
        "selection": "text",
        "checks": "checks",
    },
}
"""Per record type its fields (contract section 2) and what each holds: text, instant, seconds, count (a whole number),
number, ratio (0-1), list (`;`-joined), checks (JSON)."""

MANDATORY: Final[Mapping[str, tuple[str, ...]]] = {
    "contact": ("contact_id", "queue", "offered_at"),
    "interval": ("queue", "interval_start"),
    "plan": ("plan_version", "published_at", "queue", "interval_start"),
    "agent_state": ("agent", "since", "state", "queues"),
    "evaluation": ("evaluation_id", "queue", "handled_at", "evaluated_at", "checks"),
}
"""Fields without which no record of the type can be admitted."""
