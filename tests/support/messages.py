"""Ordinary records as messages carry them, and what becomes of messages."""

import json
from typing import Any

from streams.codec import decode

__all__ = ["CONTACT", "EVALUATION", "INTERVAL", "NOW", "PLAN", "STATE", "outcome", "refused"]

NOW = 1_772_447_400_000  # 2026-03-02T10:30:00Z
CONTACT = {
    "type": "contact",
    "queue": "sales",
    "contact_id": "c1",
    "offered_at": "2026-03-02T10:00:00Z",
    "outcome": "answered",
    "exited_at": "2026-03-02T10:00:05Z",
    "talk_seconds": 100,
}
INTERVAL = {"type": "interval", "queue": "sales", "interval_start": "2026-03-02T10:00:00Z", "offered": 10}
PLAN = {
    "type": "plan",
    "queue": "sales",
    "plan_version": "w10",
    "published_at": "2026-03-01T10:00:00Z",
    "interval_start": "2026-03-02T10:00:00Z",
}
STATE = {
    "type": "agent_state",
    "agent": "ann",
    "since": "2026-03-02T10:00:00Z",
    "state": "available",
    "queues": ["sales"],
}
EVALUATION = {
    "type": "evaluation",
    "queue": "sales",
    "evaluation_id": "e1",
    "handled_at": "2026-03-02T10:00:00Z",
    "evaluated_at": "2026-03-02T10:10:00Z",
    "checks": [{"name": "greeting", "family": "end_user", "passed": True}],
}


def outcome(*objects: dict[str, Any]) -> tuple[int, list[str]]:
    """How many records of a message are accepted, and the reasons why the others are not."""
    records, _, rejected = decode(json.dumps(objects).encode(), "sales", 1_800_000, 5_000, NOW)
    return len(records), [fault.reason for _, fault in rejected]


def refused(*objects: object, key: str = "sales") -> list[tuple[int, str, bytes]]:
    """Place, reason and value of what a message holds and cannot be counted."""
    value = json.dumps(objects[0] if len(objects) == 1 else objects).encode()
    return [(place, fault.reason, fault.value) for place, fault in decode(value, key, 1_800_000, 5_000, NOW).rejected]
