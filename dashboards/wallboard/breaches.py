"""The breaches that screens show: open ones, recently resolved ones, and their acknowledgements."""

import datetime as dt
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from config.rules import RULES
from config.rules.definition import Kind
from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.figures import Row
from streams.columns import BREACH_COLUMNS
from streams.history.incidents.ends import end_told
from streams.journal.entry import ACKNOWLEDGED

__all__ = ["Acknowledgement", "Breaches", "explained", "is_finding"]

_SEVERITIES: Final = {"info": 0, "warning": 1, "critical": 2}
_LOOKING_BACK: Final = {Kind.DAY, Kind.MONTH, Kind.REPEATS}
_RECORDS: Final = 100
"""Records kept of one breach: the first one and the latest."""
_RESOLVED: Final = 2_000
"""Resolved breaches kept."""
_ACTED: Final = ("number", "at", "by", "note", "cause", "controllable", "action", "outcome")
"""Columns of the journal that screens show of what was found and done."""
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Acknowledgement(NamedTuple):
    """A person's acknowledgement of a breach."""

    by: str
    at: str
    """RFC 3339."""
    note: str | None


class _Breach(msgspec.Struct):
    """A breach as its records."""

    record: dict[str, Any]
    """The latest record."""
    course: list[bytes] = []
    """All records kept, as JSON, oldest first."""

    @property
    def is_open(self) -> bool:
        return bool(self.record["state"] != "resolved")


class Breaches:
    """Open and recently resolved breaches, by id."""

    def __init__(self) -> None:
        self._breaches: dict[str, _Breach] = {}
        self._open: dict[str, set[str]] = {}
        self._seen: dict[str, Acknowledgement] = {}
        """By incident, the latest acknowledgement."""
        self._acted: dict[str, list[dict[str, Any]]] = {}
        """By incident, what was found and done, oldest first."""

    def put(self, row: Row) -> bool:
        """Take a record; False where it is older than the one held.

        An early warning may be published again under the same id and sequence, so its latest record always replaces
        the one before.
        """
        record: dict[str, Any] = {name: row.get(name) for name in BREACH_COLUMNS}
        breach_id, queue = record["breach_id"], record["queue"] or ""
        known = self._breaches.get(breach_id)
        if known is None:
            known = self._breaches[breach_id] = _Breach(record)
        elif not record["live"] and record["sequence"] <= known.record["sequence"]:
            return False
        known.record = record
        known.course.append(_ENCODE(record))
        del known.course[1 : len(known.course) - _RECORDS + 1]
        if known.is_open:
            self._open.setdefault(queue, set()).add(breach_id)
        else:
            self._open.get(queue, set()).discard(breach_id)
            self._forget_resolved()
        return True

    def note(self, entry: Row) -> set[str]:
        """Take an entry of the journal; returns the queues of its incident (empty: a program's own breaches)."""
        incident = str(entry["incident_id"])
        if entry["kind"] == ACKNOWLEDGED:
            self._seen[incident] = Acknowledgement(entry["by"], entry["at"], entry["note"])
        else:
            known = self._acted.setdefault(incident, [])
            if entry["number"] not in {each["number"] for each in known}:
                known.append({name: entry[name] for name in _ACTED})
                del known[:-_RECORDS]
        held = (breach.record for breach in self._breaches.values() if _incident(breach.record) == incident)
        return {str(record["queue"] or "") for record in held}

    def end_notices(self, queue: str, interval_start: str) -> bool:
        """Drop a queue's open early warnings up to an interval that is final now; returns whether there were any.

        The worker that published an early warning may be gone, and then no record resolves it.
        """
        held = [self._breaches[key].record for key in self._open.get(queue, ())]
        over = [r["breach_id"] for r in held if r["live"] and r["first_interval_start"] <= interval_start]
        for breach_id in over:
            self._drop(breach_id)
        return bool(over)

    def drop_resolved_before(self, since: str) -> None:
        """Drop breaches that were resolved before an instant (RFC 3339, UTC)."""
        for breach_id, breach in list(self._breaches.items()):
            if not breach.is_open and breach.record["interval_start"] < since:
                self._drop(breach_id)

    def drop_queue(self, queue: str) -> None:
        """Drop a queue's breaches."""
        for breach_id in [key for key, breach in self._breaches.items() if breach.record["queue"] == queue]:
            self._drop(breach_id)

    def open_of(self, queue: str) -> list[dict[str, Any]]:
        """The latest records of a queue's open breaches and early warnings, most urgent first."""
        return sorted((self._breaches[key].record for key in self._open.get(queue, ())), key=_urgency)

    def state_of(self, queue: str) -> str | None:
        """The state that a queue has by its open breaches: `critical` or `warning`; None: at most infos are open.

        A finding about a day that is over (its forecast, its repeats) stands among the breaches, and says nothing of
        how the queue is now.
        """
        present = [record for record in self.open_of(queue) if not is_finding(record["rule"])]
        worst = max((_SEVERITIES[record["severity"]] for record in present), default=_SEVERITIES["info"])
        if worst == _SEVERITIES["info"]:
            return None
        return "critical" if worst == _SEVERITIES["critical"] else "warning"

    def everything(self) -> list[dict[str, Any]]:
        """The latest record of each breach: open ones by urgency, then resolved ones, newest first."""
        still = sorted((breach.record for breach in self._breaches.values() if breach.is_open), key=_urgency)
        over = [breach.record for breach in self._breaches.values() if not breach.is_open]
        return [*still, *sorted(over, key=lambda record: str(record["interval_start"]), reverse=True)]

    def find(self, breach_id: str) -> dict[str, Any] | None:
        """The latest record of a breach, or of an incident's first held; None where it is not held."""
        known = self._breaches.get(breach_id)
        if known is None:
            known = next((each for each in self._breaches.values() if _incident(each.record) == breach_id), None)
        return None if known is None else known.record

    def records(self) -> list[dict[str, Any]]:
        """Every record held, ordered by interval, breach and sequence."""
        held = [_DECODE(record) for breach in self._breaches.values() for record in breach.course]
        return sorted(held, key=lambda r: (r["interval_start"], r["breach_id"], r["sequence"]))

    def shown(self, record: Row, timezone: str, first_revision: Row | None) -> dict[str, Any]:
        """A record with the fields that screens add.

        Args:
            record: the latest record of a breach.
            timezone: IANA name; `since` is local time there.
            first_revision: the first result of the interval that its causes are of (`explained`), for the deviations
                from plan; None: not held.
        """
        since = dt.datetime.fromtimestamp(from_rfc3339(record["first_interval_start"]) / 1000, ZoneInfo(timezone))
        incident = _incident(record)
        seen = self._seen.get(incident)
        return {
            **record,
            "since": since.isoformat(timespec="minutes"),
            "ending": _ending(record),
            "ended_at": _ended_at(record, timezone),
            "causes_start": explained(record),
            "acknowledged": None if seen is None else seen._asdict(),
            "acted": self._acted.get(incident, []),
            "changes": {} if first_revision is None else _changes(first_revision),
        }

    def _forget_resolved(self) -> None:
        over = [key for key, breach in self._breaches.items() if not breach.is_open]
        for key in over[: max(0, len(over) - _RESOLVED)]:
            self._drop(key)

    def _drop(self, breach_id: str) -> None:
        gone = self._breaches.pop(breach_id)
        self._open.get(gone.record["queue"] or "", set()).discard(breach_id)
        incident = _incident(gone.record)
        if not any(_incident(each.record) == incident for each in self._breaches.values()):
            self._seen.pop(incident, None)
            self._acted.pop(incident, None)


def _incident(record: Row) -> str:
    """The incident of a breach; of a record of an earlier program, the breach itself."""
    return str(record.get("incident_id") or record["breach_id"])


def is_finding(rule: str) -> bool:
    """Whether a rule looks back at days or months that are over; one that this version does not know does not."""
    return rule in RULES and RULES[rule].kind in _LOOKING_BACK


def explained(record: Row) -> str:
    """Start of the interval that a breach's causes are of, RFC 3339: once it is resolved, of its worst one."""
    worst = record.get("worst_interval_start") if record["state"] == "resolved" else None
    return str(worst or record["interval_start"])


def _ending(record: Row) -> dict[str, str] | None:
    """How a breach ended, by language: its title without its place; None: it is open, or an older program wrote it."""
    if record["state"] != "resolved" or record["live"] or not record.get("title"):
        return None
    places = [str(record[name]) for name in ("queue", "scope", "program") if record[name]]
    found = {}
    for language, title, colon in (("en", record["title"], ": "), ("zh", record["title_zh"], "\uff1a")):
        place = next((place for place in places if str(title).startswith(place + colon)), None)
        found[language] = str(title) if place is None else str(title).removeprefix(place + colon)
    return found


def _ended_at(record: Row, timezone: str) -> str | None:
    """The end of its last interval that was outside, RFC 3339; None: it is open, or nobody saw its end."""
    if _ending(record) is None:
        return None
    end_ms = end_told(str(record["title"]), from_rfc3339(str(record["first_interval_start"])), timezone)
    return None if end_ms is None else rfc3339(end_ms)


def _changes(row: Row) -> dict[str, Any]:
    """Deviations from plan: volume and AHT as ratios, staffing in agents."""
    staffed, scheduled = row["staffed_agents"], row["scheduled_agents"]
    gap = None if staffed is None or scheduled is None else staffed - scheduled
    return {"volume": row["volume_variance"], "aht": row["aht_variance"], "staffing": gap}


def _urgency(record: Row) -> tuple[bool, int, bool, str]:
    """Sort key: breaches before early warnings, then by severity, service level before other items, oldest first."""
    severity, service = _SEVERITIES.get(record["severity"], 0), record["item"] == "2.G.A"
    return bool(record["live"]), -severity, not service, str(record["first_interval_start"])
