"""Erlang B, C and A over arrays: waits, abandonment and service level of a queue with given agents.

Planning needs these figures for whole years of intervals at once, and for pooled queues of thousands of
agents: they hold to 1e-10 up to 10,000 agents and beyond. `copc.queue_model` has the same figures for one
interval in plain floats, faster for a live engine.

All functions take numbers or arrays that broadcast together and return an array of that shape:

    load               erlang, >= 0         offered x AHT / interval seconds (`traffic`)
    agents             > 0                  a fraction takes the figure on the line between the whole
                                            numbers around it
    aht_seconds        seconds, > 0         mean handle time
    threshold_seconds  seconds, >= 0        the wait that still counts as within
    patience_seconds   seconds, > 0         mean patience (exponential): Erlang A. None: Erlang C

Overload (load >= agents) under Erlang C: everyone waits, service level 0, waits infinite, occupancy 1.
Each raises `ValueError` naming the argument that is negative, zero where it must not be, NaN, infinite,
or of a shape that does not fit.

Sources: Erlang 1917 (B, C); Palm 1957, Garnett, Mandelbaum and Reiman 2002 (A); `copc.closed_forms`.
"""

import numpy as np
from numpy.typing import ArrayLike

from copc.arguments import Floats, aligned, array
from copc.closed_forms import Impatience, Mask, between, impatient_level, odds, patient_level, patient_waits
from copc.service_level import DEFINITIONS, Definition

__all__ = [
    "abandon_probability",
    "asa",
    "blocking_probability",
    "mean_wait",
    "occupancy",
    "service_level",
    "traffic",
    "wait_probability",
]


def traffic(offered: ArrayLike, aht_seconds: ArrayLike, interval_seconds: ArrayLike) -> Floats:
    """Traffic in erlang: offered x AHT / interval seconds.

    Raises:
        ValueError: if `offered` is negative or `aht_seconds` or `interval_seconds` is not above 0.
    """
    volume, handling, length = aligned(
        offered=array("offered", offered, low=0),
        aht_seconds=array("aht_seconds", aht_seconds, above=0),
        interval_seconds=array("interval_seconds", interval_seconds, above=0),
    )
    with np.errstate(over="ignore"):  # an infinite load is refused where it is used
        return volume * handling / length


def _checked(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike, patience_seconds: ArrayLike | None
) -> list[Floats]:
    """Load, agents, AHT and patience, refused or broadcast; infinite patience stands for Erlang C."""
    patience = array("patience_seconds", patience_seconds, above=0) if patience_seconds is not None else None
    return aligned(
        load=array("load", load, low=0),
        agents=array("agents", agents, above=0),
        aht_seconds=array("aht_seconds", aht_seconds, above=0),
        patience_seconds=np.asarray(np.inf) if patience is None else patience,
    )


def level_arguments(
    load: ArrayLike,
    agents: ArrayLike,
    aht_seconds: ArrayLike,
    threshold_seconds: ArrayLike,
    patience_seconds: ArrayLike | None,
    definition: Definition,
    short_abandon_seconds: ArrayLike | None,
) -> list[Floats]:
    """Load, agents, AHT, patience, threshold and short-abandon limit, refused or broadcast to one shape."""
    if definition not in DEFINITIONS:
        raise ValueError(f"definition must be one of {', '.join(DEFINITIONS)}, found {definition!r}")
    if definition in {"S5", "S6"} and short_abandon_seconds is None:
        raise ValueError(f"short_abandon_seconds must be given for {definition}, found None")
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    short = 0.0 if short_abandon_seconds is None else short_abandon_seconds
    return aligned(
        load=a,
        agents=n,
        aht_seconds=h,
        patience_seconds=p,
        threshold_seconds=array("threshold_seconds", threshold_seconds, low=0),
        short_abandon_seconds=array("short_abandon_seconds", short, low=0),
    )


def blocking_probability(load: ArrayLike, agents: ArrayLike) -> Floats:
    """Erlang B: the share of callers who find every line taken, with no queue. Dimensionless."""
    a, n, _, _ = _checked(load, agents, 1.0, None)
    return between(lambda whole, at: 1 / (1 + odds(a[at], whole)), n, 1.0)


def wait_probability(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike = 1.0, patience_seconds: ArrayLike | None = None
) -> Floats:
    """P(wait > 0): the share of callers who find no agent free. 1 in overload under Erlang C."""
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    if patience_seconds is None:
        return between(lambda whole, at: patient_waits(a[at], whole), n, 1.0)
    return between(lambda whole, at: Impatience(a[at], whole, h[at], p[at]).waits, n, 1.0)


def abandon_probability(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike = 1.0, patience_seconds: ArrayLike | None = None
) -> Floats:
    """The share of all callers who give up; 0 under Erlang C, whose callers never do."""
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    if patience_seconds is None:
        return np.zeros(a.shape)
    return between(lambda whole, at: Impatience(a[at], whole, h[at], p[at]).abandons, n, 1.0)


def mean_wait(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike, patience_seconds: ArrayLike | None = None
) -> Floats:
    """Mean seconds waited by all callers, answered or not; infinite in overload under Erlang C."""
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    if patience_seconds is None:
        return _patient_mean_wait(a, n, h)
    return p * between(lambda whole, at: Impatience(a[at], whole, h[at], p[at]).abandons, n, 1.0)


def _patient_mean_wait(load: Floats, agents: Floats, aht: Floats) -> Floats:
    """Erlang C: P(wait) x AHT / (agents - load)."""

    def figure(whole: Floats, at: Mask) -> Floats:
        a, h = load[at], aht[at]
        spare = whole - a
        with np.errstate(divide="ignore"):
            return np.where(spare > 0, patient_waits(a, whole) * h / np.maximum(spare, 0.0), np.inf)

    return between(figure, agents, np.inf)


def asa(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike, patience_seconds: ArrayLike | None = None
) -> Floats:
    """Mean seconds waited by the answered (average speed of answer); infinite in overload under Erlang C."""
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    if patience_seconds is None:
        return _patient_mean_wait(a, n, h)
    return between(lambda whole, at: Impatience(a[at], whole, h[at], p[at]).wait_of_answered(), n, np.inf)


def occupancy(
    load: ArrayLike, agents: ArrayLike, aht_seconds: ArrayLike = 1.0, patience_seconds: ArrayLike | None = None
) -> Floats:
    """The share of their time agents are busy: load carried / agents; 1 in overload under Erlang C."""
    a, n, h, p = _checked(load, agents, aht_seconds, patience_seconds)
    if patience_seconds is None:
        return between(lambda whole, at: np.minimum(a[at] / whole, 1.0), n, 1.0)

    def carried(whole: Floats, at: Mask) -> Floats:
        busy: Floats = np.minimum(a[at] * (1 - Impatience(a[at], whole, h[at], p[at]).abandons) / whole, 1.0)
        return busy

    return between(carried, n, 1.0)


def service_level(
    load: ArrayLike,
    agents: ArrayLike,
    aht_seconds: ArrayLike,
    threshold_seconds: ArrayLike,
    patience_seconds: ArrayLike | None = None,
    *,
    definition: Definition = "S1",
    short_abandon_seconds: ArrayLike | None = None,
) -> Floats:
    """The service level to expect, in the queue's own definition (`copc.service_level.FORMULAS`).

    S1 under Erlang A is P(answered within the threshold) over all offered. Under Erlang C nobody abandons,
    so all six definitions are 1 - P(wait) exp(-(agents - load) threshold / AHT). S5 and S6 need
    `short_abandon_seconds`. No load at all: 1.

    Raises:
        ValueError: also if `definition` is unknown, or S5 or S6 comes without `short_abandon_seconds`.
    """
    a, n, h, p, t, s = level_arguments(
        load, agents, aht_seconds, threshold_seconds, patience_seconds, definition, short_abandon_seconds
    )
    if patience_seconds is None:
        return between(lambda whole, at: patient_level(a[at], whole, h[at], t[at]), n, 0.0)
    return between(
        lambda whole, at: impatient_level(Impatience(a[at], whole, h[at], p[at]), t[at], s[at], definition),
        n,
        0.0,
    )
