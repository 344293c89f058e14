"""Incidents as they were published: the breaches that tell one story, each with the times at which it changed.

Times are those of the topic `breaches`, where any worker reads the same: so whoever takes a queue over goes on telling
as the one before did, and nobody is told that he was told too late.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from config.rules import RULES, SEVERITIES
from config.rules.definition import Kind
from config.timestamps import from_rfc3339

__all__ = ["OUTLIVED_MS", "Change", "Incident", "Incidents", "rank"]

OUTLIVED_MS: Final = 86_400_000 + 60_000
"""An incident is kept for so long after its end: its gauges stay 1 for a minute, and are 0 for a day."""
_ORPHANED_MS: Final = 60_000
"""The worker that published an early warning may be gone; so long after its interval became final, it is over."""
_LONG: Final = (Kind.DAY, Kind.MONTH, Kind.REPEATS)

_RANK: Final = {severity: at for at, severity in enumerate(SEVERITIES)}


def rank(severity: str) -> int:
    """The place of a severity among all, 0 for the least."""
    return _RANK.get(severity, 0)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a breach, and when it was published."""

    row: Mapping[str, Any]
    """The record, by column of `breaches`."""
    published_ms: int
    """When the broker appended it, by the driver's clock."""
    interval_start_ms: int

    @classmethod
    def of(cls, row: Mapping[str, Any], published_ms: int) -> Self:
        """The change that a row of `breaches` says."""
        return cls(row, published_ms, from_rfc3339(row["interval_start"]))

    @property
    def breach_id(self) -> str:
        """The breach."""
        return str(self.row["breach_id"])

    @property
    def incident_id(self) -> str:
        """Its incident; of a record of an earlier program, the breach itself."""
        return str(self.row.get("incident_id") or self.row["breach_id"])

    @property
    def severity(self) -> str:
        """The breach's from then on."""
        return str(self.row["severity"])

    @property
    def over(self) -> bool:
        """Whether it ends the breach."""
        return bool(self.row["state"] == "resolved")

    @property
    def queue(self) -> str:
        """Empty: a rule over a program."""
        return str(self.row["queue"] or "")

    @property
    def program(self) -> str:
        """The queue's, or the rule's own."""
        return str(self.row["program"] or "")

    @property
    def rests_on_call_data(self) -> bool:
        """Whether it says nothing while call data is missing."""
        rule = RULES.get(self.row["rule"])
        return rule is not None and rule.rests_on_call_data

    @property
    def tells_missing_data(self) -> bool:
        """Whether it says that call data is missing."""
        rule = RULES.get(self.row["rule"])
        return rule is not None and rule.tells_missing_data

    @property
    def is_long(self) -> bool:
        """Whether its rule is over a day or a month, of which nobody is reminded."""
        rule = RULES.get(self.row["rule"])
        return rule is not None and rule.kind in _LONG


@dataclass(slots=True)
class Incident:
    """The breaches of one story."""

    incident_id: str
    changes: list[Change] = field(default_factory=list)
    """In order of publication."""
    resolved: dict[str, int] = field(default_factory=dict)
    """By breach that is over, when that was published."""
    seen: set[tuple[str, int, str]] = field(default_factory=set)
    """Breach, sequence and state of its changes."""
    without_data: tuple[tuple[int, int | None], ...] = ()
    """When the call data of its queue was missing, and until when; None: it still is."""

    @property
    def owners(self) -> set[tuple[str, str]]:
        """Program and queue of its breaches; of a dead source many, of a rule over a program an empty queue."""
        return {(change.program, change.queue) for change in self.changes}

    @property
    def open_ids(self) -> set[str]:
        """Its breaches that are not over."""
        return {change.breach_id for change in self.changes} - self.resolved.keys()

    @property
    def ended_ms(self) -> int | None:
        """When the end of its last breach was published; None: it is not over."""
        return None if self.open_ids else max(self.resolved.values(), default=0)

    def put(self, change: Change) -> None:
        """Add a change; one that is published twice counts once, when it was first."""
        key = (change.breach_id, int(change.row["sequence"]), str(change.row["state"]))
        if key in self.seen:
            return
        self.seen.add(key)
        self.changes.append(change)
        if change.over:
            self.resolved[change.breach_id] = change.published_ms
        else:
            self.resolved.pop(change.breach_id, None)


class Incidents:
    """All incidents that are open, or ended less than a day ago."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        self._missing: dict[str, dict[str, tuple[int, int | None]]] = {}
        """By queue and breach: when its call data was missing, and until when."""
        self._orphans: dict[str, int] = {}
        """By early warning whose interval is final: when that was found."""

    def put(self, change: Change) -> None:
        """Take a change of a breach."""
        incident = self._incidents.setdefault(change.incident_id, Incident(change.incident_id))
        incident.put(change)
        if change.tells_missing_data and change.queue:
            spans = self._missing.setdefault(change.queue, {})
            since_ms, until_ms = spans.get(change.breach_id, (change.published_ms, None))
            spans[change.breach_id] = (since_ms, change.published_ms if change.over and until_ms is None else until_ms)

    def all(self, now_ms: int) -> Iterator[Incident]:
        """Each incident, after those that ended long ago are forgotten.

        Args:
            now_ms: the driver's clock.
        """
        for incident in list(self._incidents.values()):
            ended_ms = incident.ended_ms
            if ended_ms is not None and now_ms >= ended_ms + OUTLIVED_MS:
                self._forget(incident)
                continue
            queues = {change.queue for change in incident.changes if change.rests_on_call_data}
            incident.without_data = tuple(
                span for queue in sorted(queues) for span in self._missing.get(queue, {}).values()
            )
            yield incident

    def end_early_warnings(self, queue: str, final_ms: int, now_ms: int) -> None:
        """End a queue's early warnings on an interval that is final, where nobody else did.

        Args:
            queue: whose last final interval is known.
            final_ms: its start.
            now_ms: the driver's clock.
        """
        for incident in self._incidents.values():
            for change in incident.changes:
                breach = change.breach_id
                if not change.row["live"] or change.queue != queue or breach in incident.resolved:
                    continue
                if change.interval_start_ms <= final_ms:
                    found_ms = self._orphans.setdefault(breach, now_ms)
                    if now_ms >= found_ms + _ORPHANED_MS:
                        incident.resolved[breach] = now_ms

    def _forget(self, incident: Incident) -> None:
        del self._incidents[incident.incident_id]
        for change in incident.changes:
            self._missing.get(change.queue, {}).pop(change.breach_id, None)
            self._orphans.pop(change.breach_id, None)
