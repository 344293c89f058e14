"""The groups that a queue belongs to, and the intervals that a group's queues share.

A group's interval is as long as the least common multiple of its queues' lengths, laid in the group's time zone. Where
the intervals of a queue do not fit into it (an hour in zones half an hour apart), the group has days only.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from config.programs import Pool
from config.settings import Settings
from config.timestamps import standard_offset_ms
from streams.groups import GroupKind

__all__ = ["Delivered", "Group", "Groups", "common_length_ms", "pools_within"]


class Delivered(NamedTuple):
    """The results that a queue has delivered."""

    program: str
    first_ms: int
    """Start of its first interval."""
    last_ms: int
    """Start of its last one so far."""


@dataclass(frozen=True, slots=True)
class Group:
    """A set of queues."""

    kind: GroupKind
    id: str
    timezone: str
    """IANA name; its days and intervals lie in it."""


class Groups:
    """The groups of one parameter version.

    Every program is one, those that only the data name, too; sites and pools are named by the configuration.

    Args:
        settings: the version.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings: Final = settings
        self._programs: dict[str, Group] = {}

    @cached_property
    def _named(self) -> Mapping[Group, Sequence[str]]:
        """The queues of sites and pools."""
        settings = self.settings
        sites = {Group("site", each.id, each.timezone or settings.timezone): each.queues for each in settings.sites}
        return sites | {Group("pool", each.id, self._zone_of(each)): each.queues for each in settings.pools}

    @cached_property
    def _of_queue(self) -> Mapping[str, Sequence[Group]]:
        """Sites and pools by queue."""
        found: dict[str, list[Group]] = {}
        for group, queues in self._named.items():
            for queue in queues:
                found.setdefault(queue, []).append(group)
        return found

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        """Program by queue."""
        return {queue: program for program, queues in self.settings.programs.items() for queue in queues}

    def _zone_of(self, pool: Pool) -> str:
        """A pool's time zone: that of the site, else of the program, that has all its queues; else the file's."""
        for site in self.settings.sites:
            if site.timezone is not None and set(pool.queues) <= set(site.queues):
                return site.timezone
        for program, queues in self.settings.programs.items():
            if set(pool.queues) <= set(queues):
                return self.settings.program(program).timezone
        return self.settings.timezone

    def program(self, program: str) -> Group:
        """The group of a program."""
        if program not in self._programs:
            self._programs[program] = Group("program", program, self.settings.program(program).timezone)
        return self._programs[program]

    def find(self, kind: GroupKind, group: str) -> Group | None:
        """A group by kind and id; None: the version has no such site or pool."""
        if kind == "program":
            return self.program(group)
        return next((each for each in self._named if (each.kind, each.id) == (kind, group)), None)

    def of_queue(self, queue: str, program: str) -> list[Group]:
        """The groups of a queue: its program, its site, its pools in order of id."""
        return [self.program(program), *self._of_queue.get(queue, ())]

    def members(self, group: Group, delivered: Mapping[str, Delivered], day: "Day") -> dict[str, str]:
        """The queues of a group on a day, each with its program.

        Those that the configuration names, and of a program also those that only delivered results of it.
        """
        if group.kind != "program":
            return {queue: self._homes[queue] for queue in self._named.get(group, ())}
        homes = dict.fromkeys(self.settings.programs.get(group.id, ()), group.id)
        for queue, span in delivered.items():
            if span.program == group.id and queue not in self._homes and span.first_ms < day.end_ms:
                homes[queue] = group.id
        return homes


class Day(NamedTuple):
    """A local day of a group."""

    start_ms: int
    end_ms: int


def common_length_ms(members: Iterable[tuple[int, str]], timezone: str, at_ms: int) -> int | None:
    """The length of the intervals that queues share; None: a queue's do not fit, so there are none.

    Args:
        members: length of an interval in milliseconds and IANA time zone of each queue.
        timezone: of the group.
        at_ms: an instant at whose standard times the intervals are laid.
    """
    queues = set(members)
    if not queues:
        return None
    here = standard_offset_ms(at_ms, timezone)
    if any((here - standard_offset_ms(at_ms, zone)) % length_ms for length_ms, zone in queues):
        return None
    return math.lcm(*(length_ms for length_ms, _ in queues))


def pools_within(settings: Settings, queues: Collection[str]) -> list[Pool]:
    """The pools that stand once in a program's or site's requirement: those whose queues it all has, none in two.

    Where pools have queues in common, the larger goes first, then the one whose id comes first.
    """
    taken: set[str] = set()
    found: list[Pool] = []
    for pool in sorted(settings.pools, key=lambda pool: (-len(pool.queues), pool.id)):
        if set(queues).issuperset(pool.queues) and taken.isdisjoint(pool.queues):
            taken.update(pool.queues)
            found.append(pool)
    return found
