"""A program's month so far, as its queues told it: transactions monitored and contacts handled, and what they say.

Pure figures of item 2.4: accuracy by family over any group, coverage and spread against where the contacts
were, calibration, failures by check, agents against chance. The rules (`agents.program_rules`) and the
screens (`agents.quality_summary`) read the same ones.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from copc.quality import FAMILIES, Agreement, Family, Spread, agreement, evaluations_due, outcome, spread
from streams.program_days import ProgramDay
from streams.records import Evaluation

__all__ = [
    "DIMENSIONS",
    "Behind",
    "Monitored",
    "Month",
    "Sheet",
    "behind",
    "calibration",
    "failures",
    "monitored",
    "month_name",
    "spreads",
    "tally",
    "transactions",
]

DIMENSIONS: Final = ("hours", "shifts", "teams", "agents")
"""What evaluations are spread over as contacts are: hours of the local day, shifts, teams, agents."""

Group = TypeVar("Group", bound=Hashable)
Sheet = tuple[int, int]
"""Transactions without an error of a family, and transactions with an applicable check of it."""


class Monitored(NamedTuple):
    """One evaluation in its local time."""

    queue: str
    evaluation: Evaluation
    month: str
    hour: int
    outcomes: Mapping[Family, bool | None]
    """By family: whether no check failed; None: no check was applicable."""


def month_name(date: dt.date) -> str:
    """`2026-03`."""
    return f"{date:%Y-%m}"


def monitored(queue: str, evaluation: Evaluation, zone: ZoneInfo) -> Monitored:
    """An evaluation in the local time of its queue."""
    local = dt.datetime.fromtimestamp(evaluation.handled_ms / 1000, zone)
    checks = [(check.family, check.passed) for check in evaluation.checks]
    outcomes = {family: outcome(checks, family) for family in FAMILIES}  # type: ignore[arg-type]  # admitted families
    return Monitored(queue, evaluation, month_name(local), local.hour, outcomes)


@dataclass(slots=True)
class Handled:
    """Contacts one agent handled in the month."""

    first: dt.date
    """The first day on which any were told."""
    contacts: int = 0
    handle_ms: int = 0


@dataclass(slots=True)
class Month:
    """What is known of one calendar month of one program."""

    name: str
    evaluations: dict[tuple[str, str], Monitored] = field(default_factory=dict)
    """By queue and id, those handled in the month."""
    handled: dict[tuple[str, str | None, str | None, str | None], Handled] = field(default_factory=dict)
    """By queue, agent, team and shift."""
    hours: Counter[int] = field(default_factory=Counter)
    """Contacts by the hour of the local day in which their handling ended."""

    def add(self, day: ProgramDay) -> None:
        """Take in what a queue told; days of one queue in their order."""
        zone = ZoneInfo(day.timezone)
        for evaluation in day.evaluations:
            key = (day.queue, evaluation.evaluation_id)
            before = self.evaluations.get(key)
            if before is not None and before.evaluation.evaluated_ms > evaluation.evaluated_ms:
                continue
            each = monitored(day.queue, evaluation, zone)
            if each.month == self.name:
                self.evaluations[key] = each
            elif before is not None:
                del self.evaluations[key]
        for row in day.handled_by:
            if row.month == self.name:
                who = (day.queue, row.agent, row.team, row.shift)
                handled = self.handled.get(who)
                if handled is None:
                    handled = self.handled[who] = Handled(day.day)
                handled.first = min(handled.first, day.day)
                handled.contacts += row.contacts
                handled.handle_ms += row.handle_ms
        for slot in day.handled_at:
            if slot.month == self.name:
                self.hours[slot.hour] += slot.contacts

    def of(self, selection: str) -> list[Monitored]:
        """Transactions of one selection (random or targeted)."""
        return transactions(each for each in self.evaluations.values() if each.evaluation.selection == selection)

    def contacts(self, dimension: str) -> dict[Hashable, int]:
        """Contacts handled by group of a dimension, groups that are not named left out."""
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
    """Each contact once: of several evaluations of one contact the first made (then the least id) counts.

    The second look at a transaction is calibration, and no second transaction.
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


def tally(
    evaluations: Iterable[Monitored], group: Callable[[Monitored], Group | None]
) -> dict[tuple[Group, Family], Sheet]:
    """Right and n by group and family; evaluations whose group is None are left out."""
    sheets: dict[tuple[Group, Family], Sheet] = {}
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


def spreads(month: Month) -> dict[str, Spread]:
    """By dimension: whether random evaluations are spread as contacts are; where two groups can be compared."""
    random = month.of("random")
    found: dict[str, Spread] = {}
    for dimension in DIMENSIONS:
        contacts = month.contacts(dimension)
        seen = Counter(_group_of(each, dimension) for each in random)
        groups = [group for group in contacts if contacts[group] > 0]
        test = spread([seen[group] for group in groups], [contacts[group] for group in groups]) if groups else None
        if test is not None:
            found[dimension] = test
    return found


class Behind(NamedTuple):
    """An agent with handled contacts who has too few evaluations for this day of the month."""

    agent: str
    evaluations: int
    due: int


def behind(month: Month, day: dt.date, minimum: int) -> tuple[list[Behind], int]:
    """Agents whose monitoring falls short at the end of a local day, and the number of agents with contacts.

    What is due is prorated by the days since the agent's first handled contact of the month.
    """
    first: dict[str, dt.date] = {}
    contacts: Counter[str] = Counter()
    for (_, agent, _, _), handled in month.handled.items():
        if agent is not None:
            first[agent] = min(first.get(agent, handled.first), handled.first)
            contacts[agent] += handled.contacts
    seen = Counter(each.evaluation.agent for each in transactions(month.evaluations.values()))
    length = ((day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)).day
    start = day.replace(day=1)
    short: list[Behind] = []
    agents = sorted(agent for agent, count in contacts.items() if count > 0)
    for agent in agents:
        elapsed = min((day - max(first[agent], start)).days + 1, length)
        due = evaluations_due(elapsed, length, minimum, month_over=day.day == length)
        if seen[agent] < due:
            short.append(Behind(agent, seen[agent], due))
    return short, len(agents)


def calibration(evaluations: Iterable[Monitored]) -> dict[Family, Agreement]:
    """How evaluators of the same contact agree, by family; families without a pair are left out.

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
    """Checks by how often they failed, most first: family, name, failed, applicable."""
    failed: Counter[tuple[str, str]] = Counter()
    applicable: Counter[tuple[str, str]] = Counter()
    for each in evaluations:
        for check in each.evaluation.checks:
            if check.passed is not None:
                applicable[check.family, check.name] += 1
                failed[check.family, check.name] += not check.passed
    rows = [(family, name, failed[family, name], n) for (family, name), n in applicable.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
