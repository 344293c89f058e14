"""The requirement of a pool: queues that share agents.

Queue by queue a requirement adds up to more agents than are needed where agents serve several queues: one queue's quiet
minute is another's busy one. Served from one line, the pool is one queue with the members' volume together. Where only
some agents serve several queues the need lies between: the first shared agents save the most, since a few of them even
out what chance alone brings.

Sources: Wallace and Whitt 2005 (a staffing algorithm for call centers with skill-based routing: two skills an agent are
almost as good as all); Jordan and Graves 1995 (chains). bench/bench_pools.py has the figures that the rule rests on.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from copc.queue_model import QueueModel

__all__ = ["LEAST_SHARED", "Member", "PoolRequirement", "pool_level", "pool_requirement"]

LEAST_SHARED: Final = 0.2
"""Share of the agents' time, of those on two queues or more, below which queues are counted one by one."""


_ROUNDING: Final = 1e-12
_EACH: Final = 0.07
"""Part of the saving that each queue beyond the first costs: agents of two or three skills reach fewer of them."""
_MOST: Final = 0.5
_POWER: Final = 6
"""Even where three of four agents are shared, chains and pairs save no more; one line it is where all are."""


class Member(NamedTuple):
    """One queue of a pool in one interval."""

    offered: float
    """Contacts, >= 0."""
    aht_seconds: float
    """Seconds that a contact takes of one agent, > 0."""
    model: QueueModel
    """Its objective and patience."""


class PoolRequirement(NamedTuple):
    """Agents that a pool needs."""

    required: int
    """By how much of the agents' time is shared."""
    one_line: int
    """If all agents can help everywhere."""
    apart: int
    """If none can."""


def _pooled(members: Sequence[Member], seconds: float) -> tuple[float, float, float | None]:
    """Load in erlang, handle time and patience (None: nobody gives up) of the members in one line."""
    volume = sum(member.offered for member in members)
    work = sum(member.offered * member.aht_seconds for member in members)
    patient = [(m.offered, m.model.patience_seconds) for m in members if m.model.patience_seconds is not None]
    known = sum(offered for offered, _ in patient)
    patience = sum(offered * each for offered, each in patient) / known if known else None
    return work / seconds, work / volume, patience


def pool_level(members: Sequence[Member], seconds: float, agents: float) -> float:
    """The volume-weighted mean of the members' service levels, each in its own definition, served from one line.

    Args:
        members: those with contacts, at least one.
        seconds: length of the interval, > 0.
        agents: > 0.
    """
    load, aht, patience = _pooled(members, seconds)
    volume = sum(member.offered for member in members)
    return sum(
        member.offered
        / volume
        * dataclasses.replace(member.model, patience_seconds=patience).service_level(load, aht, agents)
        for member in members
    )


def _one_line(members: Sequence[Member], seconds: float) -> int:
    """The least whole number of agents that meets the volume-weighted mean of the targets, from one line."""
    load, aht, patience = _pooled(members, seconds)
    volume = sum(member.offered for member in members)
    target = sum(member.offered / volume * member.model.target for member in members)
    busiest = min(member.model.max_occupancy for member in members)
    together = dataclasses.replace(members[0].model, patience_seconds=patience)

    def meets(agents: int) -> bool:
        if pool_level(members, seconds, agents) < target:
            return False
        return busiest == 1 or together.expected(load, aht, agents).occupancy <= busiest + _ROUNDING

    low, high = 0, max(round(load), 1)
    while not meets(high):
        low, high = high, high + max(1, int(math.sqrt(high)))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def pool_requirement(members: Sequence[Member], seconds: float, shared: float) -> PoolRequirement | None:
    """Agents that a pool needs in an interval; None: nobody came.

    Args:
        members: the pool's queues.
        seconds: length of the interval, > 0.
        shared: share of the pool's agent time that is of agents on two or more of its queues, 0 to 1.

    Raises:
        ValueError: the share or the length is out of its limits.
    """
    if not 0 <= shared <= 1 or not 0 < seconds < math.inf:
        raise ValueError(f"shared must lie from 0 to 1 and seconds above 0, found {shared} and {seconds}")
    busy = [member for member in members if member.offered > 0]
    if not busy:
        return None
    apart = sum(m.model.required_agents(m.offered * m.aht_seconds / seconds, m.aht_seconds) for m in busy)
    one_line = min(_one_line(busy, seconds), apart)
    if shared < LEAST_SHARED or len(busy) == 1:
        return PoolRequirement(apart, one_line, apart)
    part = _unshared(shared, len(busy))
    return PoolRequirement(round(one_line + part * (apart - one_line)), one_line, apart)


def _unshared(shared: float, queues: int) -> float:
    """The part of what one line would save that is not saved where only some agents are shared."""
    return min(_EACH * (queues - 1), _MOST) * (1 - shared**_POWER)
