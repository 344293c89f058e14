"""A program's month so far, as its queues emitted it: monitored transactions, handled contacts, and their figures.

The figures are those of item 2.4: accuracy by family over any group, coverage and spread against the handled
contacts, calibration, and failures by check. The rules (`agents.rules.quality`) and, through
`streams.quality.summary`, screens and reports read the same ones. The statistics themselves are in `copc.quality`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from copc.quality import FAMILIES, Agreement, Family, Spread, agreement, evaluations_due, outcome, spread
from streams.quality.copies import replaces
from streams.records import Evaluation
from streams.told.queue_day import HandledAt, HandledBy, QueueDay

__all__ = [
    "DIMENSIONS",
    "Covered",
    "Group",
    "Monitored",
    "Month",
    "Score",
    "agents_behind",
    "calibration",
    "coverage",
    "failures",
    "groups",
    "monitored",
    "month_name",
    "score_by",
    "spreads",
    "transactions",
]

DIMENSIONS: Final = ("hours", "shifts", "teams", "agents")
"""Dimensions over which evaluations should be spread as contacts are; hours are those of the local day."""

Named = TypeVar("Named", bound=Hashable)
Score = tuple[int, int]
"""Transactions without an error of a family, and transactions with an applicable check of it."""


class Monitored(NamedTuple):
    """One evaluation in its local time."""

    queue: str
    evaluation: Evaluation
    month: str
    hour: int
    outcomes: Mapping[Family, bool | None]
    """Whether no check failed, by family; None: no check was applicable."""


def month_name(date: dt.date) -> str:
    """The name of a date's month, such as `2026-03`."""
    return f"{date:%Y-%m}"


def monitored(queue: str, evaluation: Evaluation, zone: ZoneInfo) -> Monitored:
    """An evaluation in the local time of its queue."""
    local = dt.datetime.fromtimestamp(evaluation.handled_ms / 1000, zone)
    checks = [(check.family, check.passed) for check in evaluation.checks]
    outcomes = {family: outcome(checks, family) for family in FAMILIES}  # type: ignore[arg-type]  # admitted families
    return Monitored(queue, evaluation, month_name(local), local.hour, outcomes)


@dataclass(slots=True)
class Handled:
    """Contacts that one agent handled in the month."""

    first: dt.date
    """The first day with any."""
    contacts: int = 0
    handle_ms: int = 0


@dataclass(slots=True)
class Month:
    """The evaluations and handled contacts of one calendar month of one program."""

    name: str
    latest: dict[str, Monitored] = field(default_factory=dict)
    """By id, the copy that counts, in any month: a correction may have moved it."""
    handled: dict[tuple[str, str | None, str | None, str | None], Handled] = field(default_factory=dict)
    """By queue, agent, team and shift."""
    hours: Counter[int] = field(default_factory=Counter)
    """Contacts by the hour of the local day in which their handling ended."""

    @property
    def evaluations(self) -> list[Monitored]:
        """The evaluations of contacts that were handled in the month."""
        return [each for each in self.latest.values() if each.month == self.name]

    def add(self, day: QueueDay) -> None:
        """Take in a record that a queue emitted."""
        zone = ZoneInfo(day.timezone)
        for evaluation in day.evaluations:
            self.put(day.queue, evaluation, zone)
        self.count(day.queue, day.day, day.handled_by, day.handled_at)

    def put(self, queue: str, evaluation: Evaluation, zone: ZoneInfo) -> None:
        """Take in a copy of an evaluation, and keep the one that counts; those of one queue come in its log's order."""
        before = self.latest.get(evaluation.evaluation_id)
        if before is None or replaces(evaluation, queue, before.evaluation, before.queue):
            self.latest[evaluation.evaluation_id] = monitored(queue, evaluation, zone)

    def count(self, queue: str, day: dt.date, handled_by: Iterable[HandledBy], handled_at: Iterable[HandledAt]) -> None:
        """Add the contacts of a queue's local day."""
        for row in handled_by:
            if row.month == self.name:
                who = (queue, row.agent, row.team, row.shift)
                handled = self.handled.get(who)
                if handled is None:
                    handled = self.handled[who] = Handled(day)
                handled.first = min(handled.first, day)
                handled.contacts += row.contacts
                handled.handle_ms += row.handle_ms
        for slot in handled_at:
            if slot.month == self.name:
                self.hours[slot.hour] += slot.contacts

    def of(self, selection: str) -> list[Monitored]:
        """Transactions of one selection (random or targeted)."""
        return transactions(each for each in self.evaluations if each.evaluation.selection == selection)

    def contacts(self, dimension: str) -> dict[Hashable, int]:
        """Contacts handled by group of a dimension; groups without a name are left out."""
        if dimension == "hours":
            return {hour: max(count, 0) for hour, count in sorted(self.hours.items())}
        return {group: max(sums[0], 0) for group, sums in self.by(dimension).items()}

    def by(self, dimension: str, queue: str | None = None) -> dict[str, tuple[int, int]]:
        """Contacts and handle time (ms) by agent, team or shift (`agents`, `teams`, `shifts`), in one queue or all."""
        place = 1 + ("agents", "teams", "shifts").index(dimension)
        sums: dict[str, tuple[int, int]] = {}
        for who, handled in sorted(self.handled.items(), key=lambda item: str(item[0])):
            group = who[place]
            if group is not None and queue in (None, who[0]):
                contacts, handle_ms = sums.get(group, (0, 0))
                sums[group] = (contacts + handled.contacts, handle_ms + handled.handle_ms)
        return sums


def transactions(evaluations: Iterable[Monitored]) -> list[Monitored]:
    """One evaluation of each contact: the first one made counts (then the one of the least id).

    A second evaluation of a transaction is calibration, and no second transaction.
    """
    ordered = sorted(evaluations, key=lambda each: (each.evaluation.evaluated_ms, each.evaluation.evaluation_id))
    seen: set[tuple[str, str]] = set()
    kept: list[Monitored] = []
    for each in ordered:
        contact = each.evaluation.contact_id
        if contact is not None:
            if (each.queue, contact) in seen:
                continue
            seen.add((each.queue, contact))
        kept.append(each)
    return kept


def score_by(
    evaluations: Iterable[Monitored], group: Callable[[Monitored], Named | None]
) -> dict[tuple[Named, Family], Score]:
    """Right and n by group and family; evaluations whose group is None are left out."""
    sheets: dict[tuple[Named, Family], Score] = {}
    for each in evaluations:
        name = group(each)
        if name is None:
            continue
        for family, right in each.outcomes.items():
            if right is not None:
                good, n = sheets.get((name, family), (0, 0))
                sheets[name, family] = (good + right, n + 1)
    return sheets


def _group_of(each: Monitored, dimension: str) -> Hashable:
    evaluation = each.evaluation
    return {
        "hours": each.hour,
        "shifts": evaluation.shift,
        "teams": evaluation.team,
        "agents": evaluation.agent,
    }[dimension]


class Group(NamedTuple):
    """The contacts and the random evaluations of one group."""

    name: Hashable
    contacts: int
    evaluations: int


def groups(month: Month, dimension: str) -> list[Group]:
    """The groups of a dimension that handled contacts."""
    seen = Counter(_group_of(each, dimension) for each in month.of("random"))
    return [Group(name, count, seen[name]) for name, count in month.contacts(dimension).items() if count > 0]


def spreads(month: Month) -> dict[str, Spread]:
    """Whether random evaluations are spread as contacts are, by dimension where two groups can be compared."""
    found: dict[str, Spread] = {}
    for dimension in DIMENSIONS:
        there = groups(month, dimension)
        test = spread([each.evaluations for each in there], [each.contacts for each in there]) if there else None
        if test is not None:
            found[dimension] = test
    return found


class Covered(NamedTuple):
    """An agent with handled contacts, and whether there are enough evaluations for this day of the month."""

    agent: str
    contacts: int
    evaluations: int
    due: int
    """Evaluations due, prorated by the days since the agent's first handled contact of the month."""


def coverage(month: Month, day: dt.date, minimum: int) -> list[Covered]:
    """The coverage of every agent with contacts, at the end of a local day, by name."""
    first: dict[str, dt.date] = {}
    contacts: Counter[str] = Counter()
    for (_, agent, _, _), handled in month.handled.items():
        if agent is not None:
            first[agent] = min(first.get(agent, handled.first), handled.first)
            contacts[agent] += handled.contacts
    seen = Counter(each.evaluation.agent for each in transactions(month.evaluations))
    length = ((day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)).day
    start = day.replace(day=1)
    rows: list[Covered] = []
    for agent in sorted(agent for agent, count in contacts.items() if count > 0):
        elapsed = min((day - max(first[agent], start)).days + 1, length)
        due = evaluations_due(elapsed, length, minimum, month_over=day.day == length)
        rows.append(Covered(agent, contacts[agent], seen[agent], due))
    return rows


def agents_behind(month: Month, day: dt.date, minimum: int) -> tuple[list[Covered], int]:
    """Agents whose monitoring falls short at the end of a local day, and the number of agents with contacts."""
    rows = coverage(month, day, minimum)
    return [each for each in rows if each.evaluations < each.due], len(rows)


def calibration(evaluations: Iterable[Monitored]) -> dict[Family, Agreement]:
    """The agreement of evaluators of the same contact, by family; families without a pair are left out.

    Every two evaluators of a contact make a pair, in the order of their names.
    """
    by_contact: dict[tuple[str, str], dict[str, Monitored]] = {}
    for each in sorted(evaluations, key=lambda one: (one.evaluation.evaluated_ms, one.evaluation.evaluation_id)):
        evaluation = each.evaluation
        if evaluation.contact_id is not None and evaluation.evaluator is not None:
            by_contact.setdefault((each.queue, evaluation.contact_id), {})[evaluation.evaluator] = each
    pairs: dict[Family, Counter[tuple[bool, bool]]] = {}
    for looks in by_contact.values():
        for (_, first), (_, second) in combinations(sorted(looks.items(), key=lambda item: item[0]), 2):
            for family in FAMILIES:
                verdicts = first.outcomes[family], second.outcomes[family]
                if verdicts[0] is not None and verdicts[1] is not None:
                    pairs.setdefault(family, Counter())[verdicts[0], verdicts[1]] += 1
    return {family: agreement(pairs[family]) for family in FAMILIES if family in pairs}


def failures(evaluations: Iterable[Monitored]) -> list[tuple[str, str, int, int]]:
    """Failed checks, most frequent first: family, name, failed, applicable."""
    failed: Counter[tuple[str, str]] = Counter()
    applicable: Counter[tuple[str, str]] = Counter()
    for each in evaluations:
        for check in each.evaluation.checks:
            if check.passed is not None:
                applicable[check.family, check.name] += 1
                failed[check.family, check.name] += not check.passed
    rows = [(family, name, failed[family, name], n) for (family, name), n in applicable.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
