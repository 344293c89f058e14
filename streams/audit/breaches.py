"""A check of breaches against results: each has one life, and every result names the breaches of its interval.

No hash covers a breach's records. But a result does name the breaches that are open after its interval or were
resolved by it, and is hashed; so a breach that was added, deleted, moved or cut short contradicts the results, and a
record's id, item, scope and observed figure follow from its other columns or from the result.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from config.rules import RULES, SEVERITIES
from config.rules.definition import Kind
from config.timestamps import from_rfc3339
from streams.audit.findings import Finding
from streams.results import LATE, breach_id

__all__ = ["BreachCheck", "first_problem", "life_problems"]

Row = Mapping[str, Any]

_LIVE: Final = "/live"
_WORST: Final = "worst_interval_start"
_REASONS: Final = ("recovered", "day_ended", "no_volume", "final")
_LATER: Final = frozenset({Kind.DAY, Kind.REPEATS})
"""Rules that may open a breach when the result of their interval is out already: the next one names it first."""

_OBSERVED: Final = {
    "service_level_below_range": "service_level",
    "service_level_above_range": "service_level",
    "service_level_unusual": "service_level",
    "abandon_rate_above_limit": "abandon_rate",
    "occupancy_outside_range": "occupancy",
    "volume_variance": "volume_variance",
    "aht_variance": "aht_variance",
    "net_staffing": "net_staffing",
    "plan_missing": "offered",
}
"""By rule, the column of a result that its `observed` is."""
_KEPT: Final = ("program", "parameters_version", *sorted(set(_OBSERVED.values())))


class BreachCheck:
    """The breaches of one queue, held against its results.

    Args:
        changes: records of its breaches by breach and sequence.
        retired_before: milliseconds before which retention took everything; None: it took nothing.
    """

    def __init__(self, changes: Sequence[Row], retired_before: int | None) -> None:
        self._changes: Final = changes
        self._retired_before: Final = retired_before
        self._wanted: Final = {change[name] for change in changes for name in ("interval_start", _WORST)}
        self._rows: Final[dict[str, dict[str, Any]]] = {}
        """By interval that a record names, the columns that the record must agree with."""
        self._starts: Final[list[int]] = []
        """Intervals whose first result was judged by the rules, in order of publication."""
        self._named: Final[dict[str, list[int]]] = {}
        """By breach, the intervals whose results name it."""
        self._incidents: Final[dict[str | None, str]] = {}
        """By incident, the first breach that belongs to it."""

    def add(self, row: Row) -> None:
        """Take a result in, in order of publication."""
        if row["revision"] != 1 or (row["reason"] or "").startswith(LATE):
            return  # A correction repeats what the first revision names; a late first one was never judged.
        start = from_rfc3339(row["interval_start"])
        self._starts.append(start)
        for name in filter(None, (row["breaches"] or "").split(";")):
            self._named.setdefault(name, []).append(start)
        if row["interval_start"] in self._wanted:  # a worst interval, too
            self._rows[row["interval_start"]] = {name: row[name] for name in _KEPT}

    def findings(self) -> Iterator[Finding]:
        """The first thing that is wrong with each breach."""
        known = set()
        for identity, records in groupby(self._changes, key=lambda change: change["breach_id"]):
            changes = list(records)
            known.add(identity)
            self._incidents.setdefault(changes[0]["incident_id"], identity)
            problem = first_problem(self._problems(identity, changes))
            if problem is not None:
                yield Finding(f"breach {identity}", problem)
        for incident, identity in sorted((key, by) for key, by in self._incidents.items() if key is not None):
            began = incident.split("/", 1)[0]
            is_gone = began in RULES and RULES[began].side and incident not in known
            if is_gone and not identity.endswith(_LIVE) and not self._is_retired(_instant_of(incident)):
                yield Finding(f"breach {identity}", f"belongs to the incident {incident}, whose breach is not there")
        for identity in sorted(self._named.keys() - known):
            if not self._is_retired(_instant_of(identity)):
                yield Finding(f"breach {identity}", "is named by results, and none of its records is there")

    def _problems(self, identity: str, changes: list[Row]) -> Iterator[str]:
        yield from life_problems(identity, changes, self._retired_before)
        if changes[0]["live"]:
            return
        before: Row | None = None
        for change in changes:
            yield from self._against_row(change, before)
            yield from self._against_worst(change)
            before = change
        yield from self._against_names(identity, changes)

    def _against_row(self, change: Row, before: Row | None) -> Iterator[str]:
        """The columns of a record that contradict the result of its interval."""
        row, where = self._rows.get(change["interval_start"]), f"sequence {change['sequence']}"
        if row is None:
            if not self._is_retired(from_rfc3339(change["interval_start"])):
                yield f"{where}: its interval {change['interval_start']} has no result"
            return
        for column in ("program", "parameters_version"):
            if change[column] != row[column]:
                yield f"{where}: {column} is {change[column]!r}, and its interval's result says {row[column]!r}"
        column = _OBSERVED.get(change["rule"], "")
        if not column:
            return
        # A breach that its day's end resolved keeps the figure that it had.
        figures = [row[column], *([before["observed"]] if before is not None and change["state"] == "resolved" else [])]
        if not any(_same(change["observed"], figure) for figure in figures):
            yield f"{where}: observed is {change['observed']}, and {column} of its interval is {row[column]}"

    def _against_worst(self, change: Row) -> Iterator[str]:
        """The worst figure that the result of its interval contradicts."""
        row, column = self._rows.get(change[_WORST]), _OBSERVED.get(change["rule"], "")
        if row is not None and column and not _same(change["worst_observed"], row[column]):
            where, told = f"sequence {change['sequence']}", change["worst_observed"]
            yield f"{where}: worst_observed is {told}, and {column} of its interval is {row[column]}"

    def _against_names(self, identity: str, changes: list[Row]) -> Iterator[str]:
        """The results from the first record to the last name the breach, and no others."""
        named = self._named.get(identity, [])
        first, last = from_rfc3339(changes[0]["interval_start"]), None
        if changes[-1]["state"] == "resolved":
            last = from_rfc3339(changes[-1]["interval_start"])
        lasted = [start for start in self._starts if start >= first and (last is None or start <= last)]
        rule = RULES.get(changes[0]["rule"])
        if rule is not None and rule.kind in _LATER and lasted and lasted[0] == first and lasted[0] not in named:
            del lasted[0]
        if changes[0]["sequence"] > 1:
            named = [start for start in named if start >= first]
        strange = sorted(set(named) ^ set(lasted))
        if strange:
            verb = "name" if strange[0] in named else "do not name"
            yield f"lasts from {changes[0]['interval_start']} by its records, and results {verb} it otherwise"

    def _is_retired(self, start: int | None) -> bool:
        return self._retired_before is not None and (start is None or start < self._retired_before)


def life_problems(identity: str, changes: Sequence[Row], retired_before: int | None) -> Iterator[str]:
    """The faults of one breach's records by themselves, in order of sequence.

    Args:
        identity: its id.
        changes: its records.
        retired_before: as `BreachCheck`.
    """
    first = changes[0]
    number, is_live = first["sequence"], first["live"]
    began = from_rfc3339(first["first_interval_start"])
    # Nobody waits for a notice about an open interval to be kept: one may be lost with its worker.
    if number != 1 and not is_live and (retired_before is None or began >= retired_before):
        yield f"its first record is sequence {number}: earlier ones are gone"
    rank = -1
    for at, change in enumerate(changes):
        where = f"sequence {change['sequence']}"
        if change["sequence"] != number + at and not is_live:
            yield f"sequence {number + at} is missing"
        expected = ("opened",) if change["sequence"] == 1 else ("updated", "resolved")
        is_early = change["state"] == "resolved" and at + 1 < len(changes) and not is_live
        if change["state"] not in expected or is_early:
            yield f"{where}: state is {change['state']!r}, which cannot stand here"
        yield from _identity_problems(identity, change, where)
        yield from _later_problems(identity, first, change, where)
        if change["severity"] not in SEVERITIES or (SEVERITIES.index(change["severity"]) < rank and not is_live):
            yield f"{where}: severity is {change['severity']!r}; within one breach it only rises"
        else:
            rank = SEVERITIES.index(change["severity"])


def first_problem(problems: Iterator[str]) -> str | None:
    """The first thing that is wrong with a breach; None: nothing."""
    try:
        return next(problems, None)
    except (TypeError, ValueError):
        return "a column of its records holds what it cannot"


def _identity_problems(identity: str, change: Row, where: str) -> Iterator[str]:
    """The id follows from rule, owner, scope and first interval; the item from the rule."""
    started = change["first_interval_start"]
    owner = change["queue"] or change["program"] or ""
    derived = breach_id(change["rule"] or "", owner, change["scope"] or "", from_rfc3339(started))
    if identity.removesuffix(_LIVE) != derived:
        yield f"{where}: rule, queue, scope and first interval give the id {derived}"
    if bool(change["live"]) != identity.endswith(_LIVE):
        yield f"{where}: live is {change['live']}, and its id says otherwise"
    rule = RULES.get(change["rule"])
    if rule is not None and change["item"] != rule.item:
        yield f"{where}: item is {change['item']!r}, and that of its rule is {rule.item!r}"
    if not change["live"] and from_rfc3339(change["interval_start"]) < from_rfc3339(started):
        yield f"{where}: interval_start {change['interval_start']} is before its first interval"


def _later_problems(identity: str, first: Row, change: Row, where: str) -> Iterator[str]:
    """The columns that earlier programs did not write: incident, worst interval and reason."""
    incident, worst, reason = change["incident_id"], change[_WORST], change["reason"]
    if incident is None:
        if worst is not None or reason is not None or change["worst_observed"] is not None:
            yield f"{where}: names a worst interval or a reason, and no incident"
        return
    if first["incident_id"] not in {None, incident}:
        yield f"{where}: incident_id is {incident!r}, and that of its first record {first['incident_id']!r}"
    if not change["live"] and not _may_belong(identity, incident, change["rule"]):
        yield f"{where}: incident_id is {incident!r}, and no breach of its rule can belong to that"
    if (reason is not None) != (change["state"] == "resolved") or reason not in {None, *_REASONS}:
        yield f"{where}: reason is {reason!r}, which cannot stand here"
    if worst is not None:
        began, now = from_rfc3339(change["first_interval_start"]), from_rfc3339(change["interval_start"])
        if not began <= from_rfc3339(worst) <= now:
            yield f"{where}: worst_interval_start {worst} is outside of the breach"


def _may_belong(identity: str, incident: str, rule: str) -> bool:
    """Whether a breach of a rule can belong to an incident: its own, one of its side, or one of its source."""
    began = incident.split("/", 1)[0]
    if incident == identity or rule not in RULES:
        return True
    sided = bool(RULES[rule].side) and began in RULES and bool(RULES[began].side)
    return sided or (RULES[rule].tells_missing_data and began == rule)


def _instant_of(identity: str) -> int | None:
    """The first interval that an id names; None: it names none."""
    try:
        return from_rfc3339(identity.rpartition("/")[2])
    except ValueError:
        return None


def _same(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
