"""Breaches that opened in a period: number, severity, end, and time to acknowledge."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.rules import RULES, SEVERITIES
from config.timestamps import from_rfc3339
from streams.history.stored_settings import StoredSettings
from streams.report.figures import Acknowledgement, BreachSummary

__all__ = ["Breaches"]


@dataclass(slots=True)
class _Breach:
    rule: str
    seen_from_ms: int
    """End of the interval that opened it: nobody could see it sooner."""
    severity: str
    resolved: bool = False
    acknowledged_ms: int | None = None


@dataclass(slots=True)
class _Place:
    """The breaches of a queue, or (queue empty) of a program."""

    opened: dict[str, _Breach] = field(default_factory=dict)
    carried_in: set[str] = field(default_factory=set)


class Breaches:
    """Breaches of a period by program and queue.

    Args:
        end: the period's end, RFC 3339; breaches that open later do not belong to it, but its own may end later.
        settings: gives the length of an interval by parameter version.
    """

    def __init__(self, end: str, settings: StoredSettings) -> None:
        self._end_ms = from_rfc3339(end)
        self._settings = settings
        self._places: dict[tuple[str, str], _Place] = {}
        self._by_id: dict[str, _Breach] = {}
        self._by_incident: dict[str, list[_Breach]] = {}

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take changes of breaches in order of time, from the period's start on; early warnings are skipped."""
        for row in rows:
            if row["live"]:
                continue
            breach_id, start_ms = row["breach_id"], from_rfc3339(row["interval_start"])
            known = self._by_id.get(breach_id)
            if known is None:
                if start_ms >= self._end_ms:
                    continue
                place = self._places.setdefault((row["program"] or "", row["queue"] or ""), _Place())
                if row["state"] != "opened":
                    place.carried_in.add(breach_id)
                    continue
                own = self._settings.of_row(row)
                end_ms = start_ms + (own["interval_ms"] if own is not None else 0)
                known = self._by_id[breach_id] = place.opened[breach_id] = _Breach(row["rule"], end_ms, row["severity"])
                for name in {breach_id, row.get("incident_id") or breach_id}:
                    self._by_incident.setdefault(name, []).append(known)
            known.severity = max(known.severity, row["severity"], key=SEVERITIES.index)
            known.resolved = row["state"] == "resolved"

    def acknowledge(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take acknowledgements; the first of a breach's incident counts."""
        for row in rows:
            at_ms = from_rfc3339(row["at"])
            for known in self._by_incident.get(row["incident_id"], ()):
                known.acknowledged_ms = min(at_ms, known.acknowledged_ms or at_ms)

    def has(self, incident: str) -> bool:
        """Whether a breach of an incident opened in the period."""
        return incident in self._by_incident

    @property
    def programs(self) -> set[str]:
        """Programs that have breaches of no single queue."""
        return {program for program, queue in self._places if not queue}

    def of(self, program: str, queue: str) -> tuple[list[BreachSummary], int]:
        """One summary a rule, and the number of breaches that were open already when the period began."""
        place = self._places.get((program, queue), _Place())
        rules: dict[str, list[_Breach]] = {}
        for breach in place.opened.values():
            rules.setdefault(breach.rule, []).append(breach)
        ordered = [rule for rule in RULES if rule in rules]
        ordered += [rule for rule in rules if rule not in RULES]
        return [_summary(rule, rules[rule]) for rule in ordered], len(place.carried_in)


def _summary(rule: str, breaches: list[_Breach]) -> BreachSummary:
    waits = [max(0, b.acknowledged_ms - b.seen_from_ms) / 1000 for b in breaches if b.acknowledged_ms is not None]
    resolved = sum(breach.resolved for breach in breaches)
    severities = Counter(breach.severity for breach in breaches)
    return BreachSummary(
        item=RULES[rule].item if rule in RULES else "",
        rule=rule,
        opened=len(breaches),
        by_severity={severity: severities[severity] for severity in SEVERITIES if severities[severity]},
        resolved=resolved,
        still_open=len(breaches) - resolved,
        acknowledgement=Acknowledgement(
            len(waits), statistics.median(waits) if waits else None, max(waits) if waits else None
        ),
    )
