"""Incidents to be told of, for tests: changes of breaches with the times at which they were published."""

import datetime as dt
from typing import Any

from agents.notices.incidents import Change, Incident
from config.channels import Channel, Person
from config.notify import Escalation, NotifySettings, Quiet, Route, Team
from config.timestamps import from_rfc3339, rfc3339

__all__ = ["DAYTIME", "EVENING", "NIGHT", "SETTINGS", "at", "change", "escalation", "incident"]

EVENING = tuple(((1320, 1860),) for _ in range(7))
"""22:00-07:00, every day."""
DAYTIME = tuple(((420, 1320),) for _ in range(7))
"""07:00-22:00, every day."""
NIGHT = Quiet(EVENING)

SETTINGS = NotifySettings(
    people={name: Person(name, (Channel("webhook", variable="URL"),), "en") for name in ("ana", "bo", "duty", "plan")},
    teams={
        "ops": Team("ops", ("ana", "bo")),
        "planning": Team("planning", ("plan",)),
        "night": Team("night", ("duty",), at_least="critical"),
    },
    routes=(Route("planning", item="2.5"), Route("ops")),
    timezone="Europe/Madrid",
)
"""Planning is told of item 2.5, and ops of the rest; nobody is reminded, and nothing escalates."""


def at(text: str) -> int:
    """Milliseconds of a local time of Madrid, `14 09:30` of March 2026 (UTC+1)."""
    local = dt.datetime.strptime(f"2026-03-{text} +0100", "%Y-%m-%d %H:%M %z")
    return int(local.timestamp() * 1000)


def change(
    published: str | int,
    state: str = "opened",
    severity: str = "warning",
    rule: str = "service_level_below_range",
    *,
    sequence: int | None = None,
    interval_ms: int | None = None,
    **columns: Any,
) -> Change:
    """A change of the breach `RULE/cards`, published at a local time of March 2026, half an hour after its interval."""
    published_ms = at(published) if isinstance(published, str) else published
    item = {"service_level_below_range": "2.G.A", "feed_missing": "2.6", "forecast_accuracy": "2.5"}.get(rule, "2.5")
    row: dict[str, Any] = {
        "breach_id": f"{rule}/cards",
        "sequence": {"opened": 1, "updated": 2, "resolved": 3}[state] if sequence is None else sequence,
        "state": state,
        "item": item,
        "rule": rule,
        "severity": severity,
        "program": "bank",
        "queue": "cards",
        "scope": "",
        "interval_start": rfc3339(published_ms - 1_800_000 if interval_ms is None else interval_ms),
        "live": False,
        "incident_id": "i1",
        "message": "",
        "message_zh": "",
        **columns,
    }
    return Change(row, published_ms, from_rfc3339(row["interval_start"]))


def incident(*changes: Change, without_data: tuple[tuple[int, int | None], ...] = ()) -> Incident:
    """The incident of some changes."""
    found = Incident(changes[0].incident_id, without_data=without_data)
    for each in changes:
        found.put(each)
    return found


def escalation(minutes: int = 20, to: str = "night", at_least: str = "critical") -> Escalation:
    """Who is told of what nobody acknowledges."""
    return Escalation(minutes * 60_000, to, at_least)
