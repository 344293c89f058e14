"""The share of intervals in range that a stable queue with a given mean is to expect (COPC item 2.G.A).

"Half of our intervals are below 80 %" sounds like a fault, and is normal for a steady centre with a mean of 80 %.
So beside every attained share stands the share that chance alone allows. It is simulated at the queue's own volumes,
each staffed so that the long-run service level is the mean that was observed.

Source: docs/concepts/figures.md#signals; the model is Erlang C or A, simulated by `copc.simulation`.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from copc.arguments import number, whole
from copc.queue_model import QueueModel
from copc.simulation import share_in_range

__all__ = ["Stratum", "expected_share"]

_CONTACTS: Final = 150_000
"""Contacts simulated for each headcount of a stratum: a fifth of a second."""
_LEAST, _MOST = 300, 3_000
"""Intervals simulated for each headcount."""


class Stratum(NamedTuple):
    """Intervals of about the same volume."""

    offered: float
    """Mean contacts an interval."""
    intervals: int


def expected_share(
    rng: np.random.Generator,
    strata: Sequence[Stratum],
    mean: float,
    limits: tuple[float, float],
    model: QueueModel,
    *,
    aht_seconds: float,
    interval_seconds: float,
) -> float:
    """The share of intervals with a service level within `limits` to expect of a stable queue with this mean.

    Numbers of agents are whole. A mean between those of two numbers is a mixture of both, and the share is mixed in
    the same proportion. The result is good to about 2 points.

    Args:
        rng: the random generator.
        strata: intervals by volume; a share is expected of each, weighted by its intervals.
        mean: service level observed, a ratio of sums.
        limits: low and high end, each within.
        model: definition, threshold and patience of the queue (its target is not used).
        aht_seconds: mean handle time, > 0.
        interval_seconds: length of an interval, > 0.

    Raises:
        ValueError: naming the argument that is out of its limits, NaN or infinite, or if there is no interval.
    """
    low, high = number("low", limits[0], low=0, high=1), number("high", limits[1], low=limits[0], high=1)
    level = number("mean", mean, low=0, high=1)
    total = sum(whole("intervals", stratum.intervals) for stratum in strata)
    if total == 0:
        raise ValueError("strata must hold an interval, found none")
    if level in {0.0, 1.0}:  # every interval then has exactly that level
        return float(low <= level <= high)
    length = number("interval_seconds", interval_seconds, above=0)
    wanted = QueueModel(
        threshold_seconds=model.threshold_seconds,
        target=level,
        patience_seconds=model.patience_seconds,
        definition=model.definition,
        short_abandon_seconds=model.short_abandon_seconds,
    )

    def simulated(stratum: Stratum, load: float, agents: int) -> float:
        return share_in_range(
            rng,
            low,
            high,
            load=load,
            aht_seconds=aht_seconds,
            agents=agents,
            threshold_seconds=wanted.threshold_seconds,
            interval_seconds=length,
            patience_seconds=wanted.patience_seconds,
            definition=wanted.definition,
            short_abandon_seconds=wanted.short_abandon_seconds or 0.0,
            intervals=min(max(math.ceil(_CONTACTS / stratum.offered), _LEAST), _MOST),
        )

    def share(stratum: Stratum) -> float:
        load = number("offered", stratum.offered, above=0) * aht_seconds / length
        agents = wanted.required_agents(load, aht_seconds)
        enough = simulated(stratum, load, agents)
        if agents == 1:
            return enough
        above, below = (wanted.service_level(load, aht_seconds, heads) for heads in (agents, agents - 1))
        weight = (level - below) / (above - below)
        # A queue that only grows (Erlang C, model level 0) has every interval at 0 in the long run.
        short = float(low == 0) if below == 0 else simulated(stratum, load, agents - 1)
        return weight * enough + (1 - weight) * short

    return sum(share(stratum) * stratum.intervals for stratum in strata if stratum.intervals) / total
