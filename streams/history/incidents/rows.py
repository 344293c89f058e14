"""One row an incident, folded from the changes of its breaches and the entries of the journal.

People ask of a month: what happened, since when, until when, how bad, why, who saw it how soon, what was done. History
keeps changes of breaches and entries of people; here they become that table, once for export, data frames and report.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.rules import RULES, SEVERITIES
from config.timestamps import from_rfc3339, local_rfc3339, rfc3339
from streams.history.incidents.ends import end_told
from streams.journal.entry import ACKNOWLEDGED

__all__ = ["SettingsOf", "incident_rows"]

Row = Mapping[str, Any]
SettingsOf = Callable[[Row], Mapping[str, Any] | None]
"""The resolved settings of a breach record's queue or program, in the version it names; None: not held."""

_FOUND: Final = {"found_cause": "cause", "action": "action", "outcome": "outcome"}
"""Columns of texts that people found, and those of the journal: of several entries all are told."""


@dataclass(slots=True)
class _Breach:
    """A breach by its first and its last record."""

    first: Row
    last: Row
    severity: str
    since_ms: int
    looks: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """By interval of a record, the figure and its limit; without those of its end."""

    def add(self, row: Row) -> None:
        """Take a record, in any order and as often as it comes."""
        if row["sequence"] < self.first["sequence"]:
            self.first = row
        if row["sequence"] > self.last["sequence"]:
            self.last = row
        self.severity = max(self.severity, row["severity"], key=_rank)
        self.since_ms = min(self.since_ms, _since_ms(row))
        if row["state"] != "resolved":
            self.looks[row["interval_start"]] = row["observed"], row["limit"]

    @property
    def is_open(self) -> bool:
        return bool(self.last["state"] != "resolved")

    def until_ms(self, timezone: str) -> int:
        """The end of one that is over: as its title tells it, else when the interval began that closed it."""
        told_ms = end_told(str(self.last.get("title") or ""), self.since_ms, timezone)
        closed_ms = from_rfc3339(self.last["interval_start"])
        return max(self.since_ms, closed_ms if told_ms is None else told_ms)

    def worst(self) -> tuple[str | None, float | None, float | None]:
        """Interval, figure and limit where it was worst; of an earlier program's the farthest from its limit."""
        start = self.last.get("worst_interval_start")
        if start is not None:
            limit = self.looks.get(start, (None, None))[1]
            return start, self.last["worst_observed"], self.last["limit"] if limit is None else limit
        held = [(start, *figures) for start, figures in sorted(self.looks.items()) if None not in figures]
        return max(held, key=lambda each: abs((each[1] or 0) - (each[2] or 0)), default=(None, None, None))


def incident_rows(
    changes: Iterable[Row],
    entries: Iterable[Row],
    settings_of: SettingsOf,
    *,
    program: str | None = None,
    queue: str | None = None,
) -> list[dict[str, Any]]:
    """The incidents, by when they began, with the columns of `INCIDENT_COLUMNS`.

    Early warnings are left out: they are about intervals that were not final, and a replay has none.

    Args:
        changes: all records of the breaches concerned, in any order.
        entries: of the journal, by number; one about a breach is about its incident.
        settings_of: gives the time zone and the length of an interval.
        program: only incidents with a breach of this program.
        queue: only incidents with a breach of this queue.
    """
    incidents: dict[str, dict[str, _Breach]] = {}
    incident_of: dict[str, str] = {}
    for row in changes:
        if not row["live"]:
            # A record of an earlier program has no incident: its breach is one by itself.
            name = incident_of[row["breach_id"]] = str(row.get("incident_id") or row["breach_id"])
            known = incidents.setdefault(name, {})
            if row["breach_id"] not in known:
                known[row["breach_id"]] = _Breach(row, row, row["severity"], _since_ms(row))
            known[row["breach_id"]].add(row)
    written: dict[str, list[Row]] = {}
    for entry in entries:
        name = str(entry["incident_id"])
        written.setdefault(incident_of.get(name, name), []).append(entry)
    rows = [
        _row(name, list(breaches.values()), written.get(name, []), settings_of)
        for name, breaches in incidents.items()
        if _is_of(breaches.values(), "program", program) and _is_of(breaches.values(), "queue", queue)
    ]
    return sorted(rows, key=lambda row: (from_rfc3339(row["since"]), row["incident_id"]))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _since_ms(row: Row) -> int:
    return from_rfc3339(row["first_interval_start"] or row["interval_start"])


def _is_of(breaches: Iterable[_Breach], column: str, wanted: str | None) -> bool:
    return wanted is None or any(breach.last[column] == wanted for breach in breaches)


def _row(name: str, breaches: list[_Breach], entries: list[Row], settings_of: SettingsOf) -> dict[str, Any]:
    breaches = sorted(breaches, key=lambda each: (each.since_ms, each.last["breach_id"]))
    head = min(breaches, key=lambda each: (not _is_service_level(each), each.last["breach_id"] != name))
    settings = settings_of(head.last) or {}
    timezone = settings.get("timezone") or "UTC"
    since_ms = breaches[0].since_ms
    until_ms = None
    if not any(each.is_open for each in breaches):
        until_ms = max(each.until_ms(timezone) for each in breaches)
    queues = {each.last["queue"] for each in breaches} - {None, ""}
    start, observed, limit = head.worst()
    causes = [cause for cause in head.last["causes"] or [] if cause["effect"] is not None]
    return {
        "incident_id": name,
        "item": head.last["item"],
        "rule": head.last["rule"],
        "scope": head.last["scope"],
        "rules": ";".join(dict.fromkeys(str(each.last["rule"]) for each in breaches)),
        "program": _one({each.last["program"] for each in breaches}),
        "queue": _one(queues),
        "queues": len(queues),
        "severity": max((each.severity for each in breaches), key=_rank),
        "since": rfc3339(since_ms),
        "since_local": local_rfc3339(since_ms, timezone),
        "until": None if until_ms is None else rfc3339(until_ms),
        "until_local": None if until_ms is None else local_rfc3339(until_ms, timezone),
        "length_seconds": None if until_ms is None else (until_ms - since_ms) / 1000,
        "intervals": _intervals(since_ms, until_ms, settings.get("interval_ms")),
        "breaches": len(breaches),
        "worst_observed": observed,
        "limit": limit,
        "unit": head.last["unit"],
        "worst_interval_start": start,
        "cause": causes[0]["cause"] if causes else None,
        "effect": causes[0]["effect"] if causes else None,
        "causes": head.last["causes"] or None,
        **_told(entries, min(_seen_ms(each, settings_of) for each in breaches)),
        "parameters_version": head.last["parameters_version"],
    }


def _is_service_level(breach: _Breach) -> bool:
    rule = RULES.get(breach.last["rule"])
    return rule is not None and rule.explains_service_level


def _one(names: set[Any]) -> str | None:
    return str(next(iter(names))) if len(names) == 1 and None not in names else None


def _intervals(since_ms: int, until_ms: int | None, length_ms: int | None) -> int | None:
    return None if until_ms is None or not length_ms else math.ceil((until_ms - since_ms) / length_ms)


def _seen_ms(breach: _Breach, settings_of: SettingsOf) -> int:
    """The end of the interval that opened it: nobody could see it sooner."""
    own = settings_of(breach.first) or {}
    return from_rfc3339(breach.first["interval_start"]) + int(own.get("interval_ms") or 0)


def _told(entries: list[Row], seen_ms: int) -> dict[str, Any]:
    """The columns that people wrote."""
    first = min(
        (entry for entry in entries if entry["kind"] == ACKNOWLEDGED),
        key=lambda entry: (from_rfc3339(entry["at"]), entry["number"]),
        default=None,
    )
    told: dict[str, Any] = {
        "acknowledged_by": None if first is None else first["by"],
        "acknowledged_at": None if first is None else first["at"],
        "acknowledged_seconds": None if first is None else max(0, from_rfc3339(first["at"]) - seen_ms) / 1000,
        "note": None if first is None else first["note"],
        "controllable": next((e["controllable"] for e in reversed(entries) if e["controllable"]), None),
    }
    return told | {column: "\n".join(_texts(entries, name)) or None for column, name in _FOUND.items()}


def _texts(entries: list[Row], name: str) -> Iterator[str]:
    return (str(entry[name]) for entry in entries if entry[name])
