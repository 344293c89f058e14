"""A pool of agents with skills, contact by contact: what its requirement is measured against.

A contact takes the idle agent with the fewest skills, an agent who gets free the contact that waited longest. Arrivals
are Poisson, handling and patience exponential. Agents of one set of skills are alike, so they are counted, not named.
"""

import heapq
import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from copc.arguments import Floats

__all__ = ["Mix", "Queue", "heads_of", "levels"]


class Queue(NamedTuple):
    """One queue of a pool."""

    offered: float
    """Contacts an interval of half an hour."""
    aht_seconds: float
    patience_seconds: float
    threshold_seconds: float
    target: float


class Mix(NamedTuple):
    """The skills of a pool's agents."""

    skills: tuple[frozenset[int], ...]
    """Sets of queues, by place."""
    shares: tuple[float, ...]
    """Shares of the agents, by set; they add up to 1."""

    @property
    def shared(self) -> float:
        """Share of agents with two skills or more."""
        return sum(share for skill, share in zip(self.skills, self.shares, strict=True) if len(skill) > 1)


def heads_of(mix: Mix, agents: int) -> list[int]:
    """Agents by set of skills, by largest remainder."""
    exact = [share * agents for share in mix.shares]
    heads = [int(each) for each in exact]
    rest = sorted(range(len(exact)), key=lambda place: heads[place] - exact[place])
    for place in rest[: agents - sum(heads)]:
        heads[place] += 1
    return heads


def levels(rng: np.random.Generator, queues: Sequence[Queue], mix: Mix, agents: int, contacts: int) -> Floats:
    """Share of each queue's contacts that are answered within its threshold, over `contacts` after a warm-up."""
    rates = np.array([queue.offered / 1800 for queue in queues])
    warm_up = max(2000, contacts // 20)
    n = contacts + warm_up
    at = np.cumsum(rng.exponential(1 / rates.sum(), n))
    kind = rng.choice(len(queues), n, p=rates / rates.sum())
    handle = (rng.exponential(1.0, n) * np.array([queue.aht_seconds for queue in queues])[kind]).tolist()
    patience = (rng.exponential(1.0, n) * np.array([queue.patience_seconds for queue in queues])[kind]).tolist()
    arrivals, kinds = at.tolist(), kind.tolist()
    idle = heads_of(mix, agents)
    order = sorted(range(len(mix.skills)), key=lambda place: len(mix.skills[place]))
    able = [[place for place in order if queue in mix.skills[place]] for queue in range(len(queues))]
    served = [sorted(skill) for skill in mix.skills]
    waiting: list[deque[int]] = [deque() for _ in queues]
    waits = np.full(n, math.inf)
    ends: list[tuple[float, int]] = []
    for i in range(n):
        now = arrivals[i]
        while ends and ends[0][0] <= now:
            end, place = heapq.heappop(ends)
            first = _longest(waiting, served[place], arrivals, patience, end)
            if first is None:
                idle[place] += 1
            else:
                waits[first] = end - arrivals[first]
                heapq.heappush(ends, (end + handle[first], place))
        for place in able[kinds[i]]:
            if idle[place]:
                idle[place] -= 1
                waits[i] = 0.0
                heapq.heappush(ends, (now + handle[i], place))
                break
        else:
            waiting[kinds[i]].append(i)
    within = waits <= np.array([queue.threshold_seconds for queue in queues])[kind]
    kept = np.arange(n) >= warm_up
    return np.array([within[kept & (kind == queue)].mean() for queue in range(len(queues))])


def _longest(
    waiting: Sequence[deque[int]],
    served: Sequence[int],
    arrivals: Sequence[float],
    patience: Sequence[float],
    now: float,
) -> int | None:
    """Take the contact that has waited longest of some queues; None: nobody waits."""
    found: deque[int] | None = None
    for queue in served:
        line = waiting[queue]
        while line and arrivals[line[0]] + patience[line[0]] < now:
            line.popleft()
        if line and (found is None or line[0] < found[0]):
            found = line
    return None if found is None else found.popleft()
