"""Agent time of one interval and queue: exact sums; the time of shared agents is divided last."""

import math
from collections.abc import Collection, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

__all__ = ["Kind", "StaffTime", "Together", "shared_ms"]

_SHARED_LIMIT: Final = 5
"""One part in so many of a queue's agent time may be spent by shared agents who do not say for which queue."""


_BETWEEN: Final = "\x00"
"""Between the names of queues; no name holds it."""


class Together(NamedTuple):
    """Staffed time of agents on the same queues, milliseconds of one of them."""

    queues: tuple[str, ...]
    """In order of name, two or more."""
    divided_ms: int
    """Time that is divided by their number."""
    whole_ms: int
    """Time with contacts of this queue, by name."""


def shared_ms(together: Collection[Together], queues: Collection[str]) -> int:
    """The part of a queue's staffed time that is of agents on two or more of some queues.

    Args:
        together: the queue's time of agents on several queues.
        queues: those of a pool.

    Returns:
        Whole milliseconds; half a one is rounded up, as in the staffed time.
    """
    pool = set(queues)
    found = [each for each in together if len(pool.intersection(each.queues)) > 1]
    scale = math.lcm(*(len(each.queues) for each in found))
    total = sum(each.divided_ms * (scale // len(each.queues)) + each.whole_ms * scale for each in found)
    return max(0, (2 * total + scale) // (2 * scale))


@lru_cache(maxsize=4096)
def _together(queues: tuple[str, ...]) -> str:
    """The name of a set of queues."""
    return _BETWEEN.join(sorted(queues))


class Kind(IntEnum):
    """The activity of an agent who is logged in, spelled as `state` of an agent state."""

    available = 0
    handling = 1
    wrap = 2
    unavailable = 3


class StaffTime(msgspec.Struct, array_like=True):
    """Agent time of one interval and queue, milliseconds."""

    sums: dict[int, list[int]] = {}
    """By the number of queues the agents were on: their available, handling, wrap and unavailable time, each
    not yet divided by that number. Time in a named `handling_queue` counts wholly there, under 1."""
    spans: dict[str, list[int]] = {}
    """The agent states that it rests on: source -> first and last offset (topic) or row (file)."""
    shared: dict[str, list[int]] = {}
    """For a queue of a pool, by the agents' queues, where they are several: staffed time that is divided by their
    number, and that with contacts of this queue by name."""

    def note_source(self, source: str, offset: int) -> None:
        """Note that the time rests on an agent state at `offset` of `source` too; empty: its place is not known."""
        if not source:
            return
        span = self.spans.setdefault(source, [offset, offset])
        span[:] = min(span[0], offset), max(span[1], offset)

    def add(self, queues: int, kind: Kind, ms: int) -> None:
        """Add time (or take it away, where `ms` is negative)."""
        sums = self.sums.get(queues)
        if sums is None:
            sums = self.sums[queues] = [0, 0, 0, 0]
        sums[kind] += ms
        if not any(sums):
            del self.sums[queues]

    def add_shared(self, queues: tuple[str, ...], *, whole: bool, ms: int) -> None:
        """Add staffed time of an agent on several queues (or take it away, where `ms` is negative)."""
        name = _together(queues)
        sums = self.shared.get(name)
        if sums is None:
            sums = self.shared[name] = [0, 0]
        sums[whole] += ms
        if not any(sums):
            del self.shared[name]

    def together(self) -> tuple[Together, ...]:
        """The staffed time of agents on several queues, by their queues."""
        found: Mapping[str, list[int]] = self.shared
        return tuple(Together(tuple(name.split(_BETWEEN)), *sums) for name, sums in sorted(found.items()))

    @property
    def available_ms(self) -> int:
        """Time free and ready for a contact."""
        return self._of(Kind.available)

    @property
    def handling_ms(self) -> int:
        """Time with a contact."""
        return self._of(Kind.handling)

    @property
    def wrap_ms(self) -> int:
        """After-contact work."""
        return self._of(Kind.wrap)

    @property
    def unavailable_ms(self) -> int:
        """Time logged in but not available (breaks, training): no part of the staffed time."""
        return self._of(Kind.unavailable)

    @property
    def occupied_ms(self) -> int:
        """Handling + wrap."""
        return self.handling_ms + self.wrap_ms

    @property
    def staffed_ms(self) -> int:
        """Available + handling + wrap."""
        return self.available_ms + self.occupied_ms

    @property
    def undivided(self) -> bool:
        """Whether agents of several queues handled contacts without saying for which one, and are over 20 %.

        Occupancy is empty then: nobody knows how busy this queue's agents were (docs/concepts/intervals.md#agent-time).
        """
        handling = any(queues > 1 and (sums[Kind.handling] or sums[Kind.wrap]) for queues, sums in self.sums.items())
        return handling and self.mostly_shared

    @property
    def mostly_shared(self) -> bool:
        """Whether over 20 % of the staffed time is that of agents of several queues."""
        if not self.sums:
            return False
        scale = math.lcm(*self.sums)
        staffed = {queues: scale // queues * sum(sums[: Kind.unavailable]) for queues, sums in self.sums.items()}
        whole = sum(staffed.values())
        return _SHARED_LIMIT * (whole - staffed.get(1, 0)) > whole

    def _of(self, kind: Kind) -> int:
        """The exact sum of the parts; half a millisecond is rounded up."""
        scale = math.lcm(*self.sums)
        total = sum(sums[kind] * (scale // queues) for queues, sums in self.sums.items())
        return (2 * total + scale) // (2 * scale)
