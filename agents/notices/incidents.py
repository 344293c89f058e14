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

__all__ = ["LINGER_MS", "OUTLIVED_MS", "Change", "Incident", "Incidents", "rank"]

LINGER_MS: Final = 60_000
"""The notices of an incident stand so long after its end was published."""
OUTLIVED_MS: Final = 86_400_000 + LINGER_MS
"""An incident is kept for so long after its end: its notices stand for a minute, and are shown as 0 for a day."""
_ORPHANED_MS: Final = 60_000
"""The worker that published an early warning may be gone; so long after its interval became final, it is over."""
_LEFT_MS: Final = 3_600_000
"""One whose interval was final before anybody here watched it is over so long after it was published: whoever starts
later says the same, and nobody hears of it again."""
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
    def key(self) -> tuple[str, int, str]:
        """Breach, sequence and state; a record that is published twice has the same."""
        return self.breach_id, int(self.row["sequence"]), str(self.row["state"])

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
    episode: int = 1
    """How often it has begun: an early warning may be over before the breach that it warned of opens."""
    changes: list[Change] = field(default_factory=list)
    """In order of publication."""
    resolved: dict[str, int] = field(default_factory=dict)
    """By breach that is over, when that was published."""
    seen: set[tuple[str, int, str]] = field(default_factory=set)
    """Breach, sequence and state of its changes."""
    orphans: dict[str, int] = field(default_factory=dict)
    """By early warning whose interval is final: when that was found."""
    watched: set[str] = field(default_factory=set)
    """Early warnings whose interval was seen here before it was final."""
    also: set[str] = field(default_factory=set)
    """Incidents that are told as this one: it is an early warning, and they came true while it stood."""
    without_data: tuple[tuple[int, int | None], ...] = ()
    """When the call data of its queue was missing, and until when; None: it still is."""

    @property
    def notice(self) -> str:
        """The name of its notices; one that begins again is told again, under another."""
        return self.incident_id if self.episode == 1 else f"{self.incident_id}#{self.episode}"

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

    def last_ms(self, breach: str) -> int:
        """When the last change of one of its breaches was published."""
        return max(change.published_ms for change in self.changes if change.breach_id == breach)

    def put(self, change: Change) -> None:
        """Add a change; one that is published twice counts once, when it was first."""
        if change.key in self.seen:
            return
        self.seen.add(change.key)
        self.changes.append(change)
        if change.over and change.row["live"]:
            # An early warning that comes again has the numbers of before.
            self.seen = {key for key in self.seen if key[0] != change.breach_id or key == change.key}
        if change.over:
            self.resolved.setdefault(change.breach_id, change.published_ms)
        else:
            self.resolved.pop(change.breach_id, None)


class Incidents:
    """All incidents that are open, or ended less than a day ago."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        """The last episode of each, by id."""
        self._past: list[Incident] = []
        """Episodes of before."""
        self._live: dict[str, dict[str, tuple[str, int]]] = {}
        """By queue and early warning that is open: its incident, and the start of the interval it is about."""
        self._came_true: dict[str, str] = {}
        """By incident that an early warning foretold: the early warning's own."""
        self._missing: dict[str, dict[str, tuple[int, int | None]]] = {}
        """By queue and breach: when its call data was missing, and until when."""

    def put(self, change: Change) -> None:
        """Take a change of a breach."""
        incident_id = self._told_as(change)
        incident = self._incidents.setdefault(incident_id, Incident(incident_id))
        if incident.seen and not change.over and change.key not in incident.seen:
            ended_ms = incident.ended_ms
            if ended_ms is not None and change.published_ms >= ended_ms + LINGER_MS:
                self._past.append(incident)
                incident = Incident(incident_id, incident.episode + 1)
                self._incidents[incident_id] = incident
        incident.put(change)
        if change.row["live"]:
            of_queue = self._live.setdefault(change.queue, {})
            if change.over:
                of_queue.pop(change.breach_id, None)
            else:
                of_queue[change.breach_id] = incident.incident_id, change.interval_start_ms
        if change.tells_missing_data and change.queue:
            spans = self._missing.setdefault(change.queue, {})
            since_ms, until_ms = spans.get(change.breach_id, (change.published_ms, None))
            spans[change.breach_id] = (since_ms, change.published_ms if change.over and until_ms is None else until_ms)

    def _told_as(self, change: Change) -> str:
        """The incident that people are told a change of: its own, or the early warning that came true with it."""
        own = change.incident_id
        if own not in self._came_true and own not in self._incidents and not change.row["live"]:
            for breach, (warned, _) in self._live.get(change.queue, {}).items():
                incident = self._incidents.get(warned)
                if breach == warned and incident is not None and _comes_true(incident.changes[0], change):
                    self._came_true[own] = warned
                    incident.also.add(own)
        return self._came_true.get(own, own)

    def all(self, now_ms: int) -> Iterator[Incident]:
        """Each incident, after those that ended long ago are forgotten.

        Args:
            now_ms: the driver's clock.
        """
        self.forget(now_ms)
        for incident in (*self._past, *self._incidents.values()):
            queues = {change.queue for change in incident.changes if change.rests_on_call_data}
            incident.without_data = tuple(
                span for queue in sorted(queues) for span in self._missing.get(queue, {}).values()
            )
            yield incident

    def forget(self, now_ms: int) -> None:
        """Forget incidents that ended so long ago that nothing is shown of them.

        Args:
            now_ms: the driver's clock.
        """
        for incident in [each for each in (*self._past, *self._incidents.values()) if _is_outlived(each, now_ms)]:
            for change in incident.changes:
                self._missing.get(change.queue, {}).pop(change.breach_id, None)
            for own in incident.also:
                self._came_true.pop(own, None)
            if self._incidents.get(incident.incident_id) is incident:
                del self._incidents[incident.incident_id]
            else:
                self._past.remove(incident)

    def end_early_warnings(self, final_ms: Mapping[str, int], now_ms: int) -> None:
        """End early warnings on intervals that are final, where nobody else did.

        Args:
            final_ms: by queue, the start of its last final interval.
            now_ms: the driver's clock.
        """
        for queue, warnings in self._live.items():
            for breach, (incident_id, start_ms) in list(warnings.items()):
                incident = self._incidents.get(incident_id)
                if incident is None or breach in incident.resolved:
                    del warnings[breach]
                elif queue in final_ms and final_ms[queue] < start_ms:
                    incident.watched.add(breach)
                elif queue in final_ms:
                    found_ms = incident.orphans.setdefault(breach, now_ms)
                    left_ms = incident.last_ms(breach) + _LEFT_MS
                    if breach not in incident.watched and now_ms >= left_ms:
                        incident.resolved[breach] = left_ms
                    elif now_ms >= found_ms + _ORPHANED_MS:
                        incident.resolved[breach] = now_ms

    def standing(self, now_ms: int) -> set[str]:
        """The incidents that must be known after a restart: those that are open, or ended less than a day ago.

        Args:
            now_ms: the driver's clock.
        """
        self.end_early_warnings(dict.fromkeys(self._live, now_ms), now_ms)
        self.forget(now_ms)
        known = (*self._past, *self._incidents.values())
        return {own for incident in known for own in (incident.incident_id, *incident.also)}


def _comes_true(warning: Change, change: Change) -> bool:
    """Whether a breach that opens is what an early warning on intervals to come said."""
    rule = RULES.get(warning.row["rule"])
    return rule is not None and rule.kind is Kind.AHEAD and change.row["rule"] in rule.silenced_by


def _is_outlived(incident: Incident, now_ms: int) -> bool:
    ended_ms = incident.ended_ms
    return ended_ms is not None and now_ms >= ended_ms + OUTLIVED_MS
