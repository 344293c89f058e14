"""A simulation of a queue contact by contact, for the variation of a healthy centre between intervals.

The Erlang models give long-run means. The service level of single intervals has no closed form: a centre with a
long-run service level of 80 % has only some 60 % of its half hours at 80 % or more. Every "share of intervals in
range" is read against that variation; so it is simulated, with the random generator as an argument. The same
simulation checks Erlang A independently of its formulas.

Contacts are served first come, first served, with Poisson arrivals, exponential handle times and patience (M/M/n+M).
A million contacts take a second.
"""

import heapq
import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copc.arguments import Floats, number, whole
from copc.service_level import Definition, service_levels

__all__ = ["Present", "Simulated", "interval_levels", "share_in_range", "simulate", "simulate_day"]


class Simulated(NamedTuple):
    """Contacts in order of arrival."""

    offered_at: Floats
    """Arrival, seconds since the end of the warm-up."""
    wait_seconds: Floats
    """Wait until answered or abandoned."""
    answered: NDArray[np.bool_]


def simulate(
    rng: np.random.Generator,
    *,
    load: float,
    aht_seconds: float,
    agents: int,
    duration_seconds: float,
    patience_seconds: float | None = None,
    warm_up_seconds: float | None = None,
) -> Simulated:
    """Simulate the contacts that arrive within a time, after a warm-up that is discarded.

    Args:
        rng: the random generator.
        load: erlang, > 0.
        aht_seconds: mean handle time, > 0.
        agents: whole, >= 1.
        duration_seconds: length of the time, > 0.
        patience_seconds: mean patience, > 0; None: nobody abandons.
        warm_up_seconds: from an empty queue, >= 0; None: 20 handle times; 0: a day that begins empty.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN or infinite.
    """
    handling = number("aht_seconds", aht_seconds, above=0)
    rate = number("load", load, above=0) / handling
    heads = whole("agents", agents, low=1)
    warm_up = 20 * handling if warm_up_seconds is None else number("warm_up_seconds", warm_up_seconds, low=0)
    end = number("duration_seconds", duration_seconds, above=0) + warm_up
    n = rng.poisson(rate * end)
    arrivals = np.sort(rng.uniform(0, end, n))
    services = rng.exponential(handling, n)
    if patience_seconds is None:
        patiences = np.full(n, np.inf)
    else:
        patiences = rng.exponential(number("patience_seconds", patience_seconds, above=0), n)
    free_at = [0.0] * heads
    waits = np.empty(n)
    answered = np.empty(n, dtype=np.bool_)
    replace = heapq.heapreplace
    rows = zip(arrivals.tolist(), services.tolist(), patiences.tolist(), strict=True)
    for i, (at, service, patience) in enumerate(rows):
        # The first free agent takes the contact, unless its patience ends before.
        start = max(free_at[0], at)
        served = start - at <= patience
        if served:
            replace(free_at, start + service)
        waits[i] = start - at if served else patience
        answered[i] = served
    kept = arrivals >= warm_up
    return Simulated(arrivals[kept] - warm_up, waits[kept], answered[kept])


class Present(NamedTuple):
    """A queue at one moment."""

    busy: int
    """Agents who handle a contact."""
    waiting: int
    """Contacts that wait."""


def simulate_day(
    rng: np.random.Generator,
    *,
    offered: Sequence[float],
    aht_seconds: Sequence[float],
    agents: Sequence[int],
    interval_seconds: float,
    patience_seconds: float,
) -> tuple[Simulated, list[Present]]:
    """Simulate a day whose volume, handle time and agents change from interval to interval; it begins empty.

    An agent whose shift ends finishes the contact at hand. Contacts that wait at the close wait until they are
    answered or give up.

    Args:
        rng: the random generator.
        offered: expected contacts of each interval, >= 0.
        aht_seconds: mean handle time of the contacts that arrive in it, > 0.
        agents: of each interval, >= 0.
        interval_seconds: length of an interval, > 0.
        patience_seconds: mean patience, > 0.

    Returns:
        The contacts, and the queue at the begin of each interval.

    Raises:
        ValueError: the sequences are of different lengths.
    """
    if not len(offered) == len(aht_seconds) == len(agents):
        raise ValueError(f"one figure each an interval, found {len(offered)}, {len(aht_seconds)} and {len(agents)}")
    counts = rng.poisson(offered)
    slot = np.repeat(np.arange(len(offered)), counts)
    at = (slot + rng.uniform(0, 1, len(slot))) * interval_seconds
    at.sort()
    handling = (rng.exponential(1.0, len(at)) * np.asarray(aht_seconds)[slot]).tolist()
    patience = rng.exponential(patience_seconds, len(at)).tolist()
    arrivals = at.tolist()
    waits, answered = patience.copy(), [False] * len(arrivals)
    ends: list[float] = []
    queue: deque[int] = deque()
    present = [Present(0, 0)]
    heads, coming, after = agents[0], 0, 1
    while coming < len(arrivals) or ends or after < len(agents):
        arrival = arrivals[coming] if coming < len(arrivals) else math.inf
        end = ends[0] if ends else math.inf
        change = after * interval_seconds if after < len(agents) else math.inf
        now = min(arrival, end, change)
        if now == change:
            present.append(Present(len(ends), sum(now - arrivals[i] <= patience[i] for i in queue)))
            heads = agents[after]
            after += 1
        elif now == end:
            heapq.heappop(ends)
        else:
            queue.append(coming)
            coming += 1
        while queue and len(ends) < heads:
            first = queue.popleft()
            if now - arrivals[first] <= patience[first]:
                waits[first], answered[first] = now - arrivals[first], True
                heapq.heappush(ends, now + handling[first])
    return Simulated(at, np.asarray(waits), np.asarray(answered)), present


def interval_levels(
    contacts: Simulated,
    *,
    interval_seconds: float,
    threshold_seconds: float,
    definition: Definition = "S1",
    short_abandon_seconds: float = 0.0,
) -> tuple[Floats, Floats]:
    """Numerators and denominators of the service level of each interval, by arrival.

    Raises:
        ValueError: naming the argument that is negative, NaN or infinite.
    """
    length = number("interval_seconds", interval_seconds, above=0)
    within = contacts.wait_seconds <= number("threshold_seconds", threshold_seconds, low=0)
    short = contacts.wait_seconds <= number("short_abandon_seconds", short_abandon_seconds, low=0)
    slot = (contacts.offered_at // length).astype(np.intp)
    groups = {
        "answered": contacts.answered,
        "abandoned": ~contacts.answered,
        "answered_within": contacts.answered & within,
        "abandoned_within": ~contacts.answered & within,
        "short_abandoned": ~contacts.answered & short,
    }
    counts = {name: np.bincount(slot, weights=group).astype(np.float64) for name, group in groups.items()}
    over, under, _ = service_levels(definition, dict(counts))
    return over, under


def share_in_range(
    rng: np.random.Generator,
    low: float,
    high: float,
    *,
    load: float,
    aht_seconds: float,
    agents: int,
    threshold_seconds: float,
    interval_seconds: float,
    patience_seconds: float | None = None,
    definition: Definition = "S1",
    short_abandon_seconds: float = 0.0,
    intervals: int = 2000,
) -> float:
    """The share of intervals with a service level from `low` to `high` that a stable queue is to expect.

    Simulated over `intervals` intervals, so good to about 1 / sqrt(intervals). Intervals without a figure
    are left out.

    Raises:
        ValueError: naming the argument that is out of its limits, NaN or infinite.
    """
    contacts = simulate(
        rng,
        load=load,
        aht_seconds=aht_seconds,
        agents=agents,
        duration_seconds=whole("intervals", intervals, low=1) * number("interval_seconds", interval_seconds, above=0),
        patience_seconds=patience_seconds,
    )
    over, under = interval_levels(
        contacts,
        interval_seconds=interval_seconds,
        threshold_seconds=threshold_seconds,
        definition=definition,
        short_abandon_seconds=short_abandon_seconds,
    )
    level = over[under > 0] / under[under > 0]
    inside = (level >= number("low", low, low=0, high=1)) & (level <= number("high", high, low=low, high=1))
    return float(inside.mean()) if level.size else 0.0
