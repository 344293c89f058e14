"""The queues of a group: how far each has come, which of them the group waits for, and when its day ends."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from agents.groups.intervals import day_of
from agents.groups.membership import Day, Delivered, Group, Groups
from agents.intervals.calendar import Calendar
from config.queue_settings import QueueSettings
from config.settings import Configuration, in_force
from streams.groups import GroupKind
from streams.told.queue_interval import QueueInterval

__all__ = ["Members", "Progress"]

_WAIT_MS: Final = 3 * 86_400_000
"""So far the others of a pool may be ahead of a queue that has never delivered, as a program waits for its queues."""


class Progress(msgspec.Struct, array_like=True):
    """How far one queue has come."""

    program: str
    first_ms: int
    """Start of its first interval."""
    last_ms: int
    """Start of its last one."""
    through_ms: int
    """Every interval that starts before it is final."""


class Members:
    """The queues of one group.

    Args:
        configuration: whose group it is.
        kind: program, site or pool.
        group: its id.
        queues: by name, those that have delivered; kept up to date in place.
    """

    def __init__(self, configuration: Configuration, kind: GroupKind, group: str, queues: dict[str, Progress]) -> None:
        self._configuration = configuration
        self._kind: GroupKind = kind
        self._group = group
        self._queues = queues
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}
        self._calendars: dict[str, Calendar] = {}
        self._of_day: dict[Day, list[str]] = {}
        """Queues that the group waits for by its local day, as long as no further one delivers."""

    def note(self, told: QueueInterval) -> bool:
        """Take in how far a queue has come; whether it had never delivered before."""
        row = told.result
        progress = self._queues.get(row.queue)
        is_new = progress is None
        if progress is None:
            progress = Progress(row.program, row.interval_start_ms, row.interval_start_ms, told.through_ms)
            self._queues[row.queue] = progress
            self._of_day.clear()
        progress.program = row.program
        progress.first_ms = min(progress.first_ms, row.interval_start_ms)
        progress.last_ms = max(progress.last_ms, row.interval_start_ms)
        progress.through_ms = max(progress.through_ms, told.through_ms)
        return is_new

    def delivered(self) -> Mapping[str, Delivered]:
        """The results that each queue has delivered."""
        return {
            queue: Delivered(progress.program, progress.first_ms, progress.last_ms)
            for queue, progress in self._queues.items()
        }

    def kept_from(self) -> int:
        """The start of the oldest interval that a correction may still concern."""
        queues = self._queues
        front = max((each.through_ms for each in queues.values()), default=0)
        awake = [each.through_ms for queue, each in queues.items() if not self._is_dormant(queue, front)]
        return min(awake, default=front) - self._configuration.last.program("").correction_ms

    def is_past(self, start_ms: int, end_ms: int) -> bool:
        """Whether every queue of the group that has ever delivered is past an interval.

        A pool waits for its other queues as well, for a while: its rule looks once, and at the begin of a backlog one
        worker may be far ahead of another.
        """
        front = max(each.through_ms for each in self._queues.values())
        return all(
            self._through(queue) >= end_ms
            or self._is_closed(queue, self._through(queue), end_ms)
            or self._is_behind(queue, front)
            for queue in self._waited_for(start_ms)
        )

    def knows(self, start_ms: int) -> bool:
        """Whether the parameters in force at an instant have the group."""
        return self._group_at(start_ms) is not None

    def _group_at(self, start_ms: int) -> Group | None:
        return self._groups[self._configuration.at(start_ms).parameters_version].find(self._kind, self._group)

    def _through(self, queue: str) -> int:
        """The instant through which a queue is final; of one that has not delivered the begin of the group."""
        progress = self._queues.get(queue)
        return self._begin_ms() if progress is None else progress.through_ms

    def _begin_ms(self) -> int:
        return min(each.first_ms for each in self._queues.values())

    def _waited_for(self, start_ms: int) -> Sequence[str]:
        """The queues that the group waits for: those that have ever delivered; of a pool all."""
        group = self._group_at(start_ms)
        if group is None:
            return ()
        day = day_of(start_ms, group.timezone)
        if day not in self._of_day:
            groups = self._groups[self._configuration.at(start_ms).parameters_version]
            members = groups.members(group, self.delivered(), day)
            self._of_day[day] = [queue for queue in members if self._kind == "pool" or queue in self._queues]
        return self._of_day[day]

    def _is_closed(self, queue: str, from_ms: int, to_ms: int) -> bool:
        """Whether a queue opens in no interval of a span; one without open hours never says so."""
        calendar = self._calendar(queue)
        return calendar.has_hours(from_ms) and next(calendar.open_starts(from_ms, to_ms), None) is None

    def _is_behind(self, queue: str, front_ms: int) -> bool:
        """Whether a queue is so far behind the others that nobody waits for it."""
        if queue not in self._queues:
            return front_ms - self._begin_ms() > _WAIT_MS
        return self._is_dormant(queue, front_ms)

    def _is_dormant(self, queue: str, front_ms: int) -> bool:
        through_ms = self._queues[queue].through_ms
        return front_ms - through_ms > in_force(self._versions(queue), through_ms).dormant_ms

    def _versions(self, queue: str) -> Sequence[QueueSettings]:
        progress = self._queues.get(queue)
        return self._configuration.queue(queue, None if progress is None else progress.program)

    def _calendar(self, queue: str) -> Calendar:
        if queue not in self._calendars:
            self._calendars[queue] = Calendar.of(self._versions(queue), self._begin_ms())
        return self._calendars[queue]

    def settings(self, start_ms: int, length_ms: int) -> QueueSettings:
        """The rules in force for a pool: those of the program that has all its queues, else of the site."""
        version = self._configuration.at(start_ms)
        group = self._group_at(start_ms)
        homes = {version.queue(queue).program for queue in self._waited_for(start_ms)}
        settings = version.program(homes.pop() if len(homes) == 1 else "")
        zone = settings.timezone if group is None else group.timezone
        return dataclasses.replace(settings, timezone=zone, interval_ms=length_ms or settings.interval_ms)

    def day_end(self, start_ms: int) -> int:
        """The end of the open day that an interval belongs to: when the last of its queues closes, else midnight."""
        ends: list[int] = []
        for queue in self._waited_for(start_ms):
            calendar = self._calendar(queue)
            day = calendar.open_day(calendar.start_of(start_ms))
            if calendar.has_hours(start_ms) and day is not None:
                ends.append(day.end_ms)
        group = self._group_at(start_ms)
        midnight = start_ms if group is None else day_of(start_ms, group.timezone).end_ms
        return max(ends, default=midnight)
