"""Required agents, and the differences between required, scheduled and staffed agents.

The requirement is derived from the actual volume and AHT, not read from the plan. Net staffing says "four short for
what is happening", the schedule gap "one short of what was scheduled", plan quality "the schedule was two below its
own forecast". They are three different figures with three different owners.

Arrays broadcast together; `copc.queue_model.QueueModel.required_agents` answers for one interval, faster.
Source: docs/concepts/figures.md#required-agents (COPC item 2.5).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from copc.arguments import OCCUPANCY_ROUNDING, Floats, aligned, array, number
from copc.closed_forms import Impatience, impatient_level, odds
from copc.erlang import level_arguments
from copc.service_level import Definition

__all__ = [
    "net_staffing",
    "plan_quality",
    "required_agents",
    "rostered_agents",
    "schedule_gap",
]

_Flags = NDArray[np.bool_]
_Index = NDArray[np.intp]
_Meets = Callable[[Floats, _Index], tuple[_Flags, _Flags]]
"""Numbers of agents and their places -> whether they meet the objective, and whether one agent fewer would."""

_SAMPLE: Final = 64
"""Intervals solved from a rough start; the others start from their interpolation."""


def _search(meets: _Meets, load: Floats, scaled_threshold: Floats, floor: Floats) -> NDArray[np.int64]:
    """The least number of agents for every place; the start changes the time taken, never the answer.

    The margin over the load, in units of sqrt(load), is a smooth function of sqrt(load) threshold / AHT
    (Halfin and Whitt 1981): it is found exactly for a sample and interpolated for the rest.
    """
    places = np.arange(load.size)
    root = np.sqrt(load)
    margin = np.ones_like(load)
    if load.size > 8 * _SAMPLE:
        some = places[:: load.size // _SAMPLE]
        exact = _least(lambda agents, at: meets(agents, some[at]), np.maximum(np.ceil(load + root), floor)[some])
        key = root * scaled_threshold
        order = np.argsort(key[some])
        known = (exact - 0.5 - load[some]) / np.maximum(root[some], 1.0)
        margin = np.interp(key, key[some][order], known[order])
    return _least(meets, np.maximum(np.ceil(load + margin * root), floor))


def _least(meets: _Meets, start: Floats) -> NDArray[np.int64]:
    """The least whole number >= 1 that meets the objective, for every place: doubling steps, then bisection."""
    found = np.maximum(start, 1.0)
    low, high = np.zeros_like(found), np.full_like(found, np.inf)  # `low` does not meet, `high` does
    at = np.arange(found.size)
    step = 1.0
    while at.size:
        asked = found[at]
        ok, fewer = meets(asked, at)
        fewer &= asked > 1
        high[at] = np.where(ok, asked - fewer, high[at])
        low[at] = np.where(ok, np.where(fewer, low[at], asked - 1), asked)
        done = high[at] - low[at] == 1
        found[at[done]] = high[at[done]]
        at = at[~done]
        below, above = low[at], high[at]
        beyond = np.where(below > 0, np.floor((below + above + 1) / 2), np.maximum(above - step, 1.0))
        found[at] = np.where(np.isinf(above), below + step, beyond)
        step *= 2
    return found.astype(np.int64)


def _patient(load: Floats, scaled_threshold: Floats, target: float, busy: float) -> _Meets:
    """Erlang C's objective; one agent fewer needs no second gamma function: 1/B(n-1) = (1/B(n) - 1) a/n."""
    limit = busy + OCCUPANCY_ROUNDING

    def meets(agents: Floats, at: _Index) -> tuple[_Flags, _Flags]:
        a, k = load[at], scaled_threshold[at]
        spare = agents - a
        more, still_more = spare > 0, spare > 1
        chances = odds(a, agents)
        served = 1 - np.exp(-np.maximum(spare, 0) * k) / (1 + np.maximum(spare, 0) / agents * chances)
        # At almost no load the odds of a free agent are infinite; without a spare agent they give 0 x infinity.
        with np.errstate(invalid="ignore", over="ignore"):
            left = np.maximum(spare - 1, 0) / np.maximum(agents - 1, 1.0) * (chances * a / agents - 1)
        fewer = 1 - np.exp(-np.maximum(spare - 1, 0) * k) / (1 + np.where(still_more, left, 0))
        return (
            more & (served >= target) & (a <= limit * agents),
            still_more & (fewer >= target) & (a <= limit * (agents - 1)),
        )

    return meets


def _impatient(
    load: Floats,
    aht: Floats,
    patience: Floats,
    threshold: Floats,
    short: Floats,
    definition: Definition,
    target: float,
    busy: float,
) -> _Meets:
    """Erlang A's objective; one agent fewer is tried only where this number meets it."""

    def enough(agents: Floats, at: _Index) -> _Flags:
        model = Impatience(load[at], agents, aht[at], patience[at])
        level = impatient_level(model, threshold[at], short[at], definition)
        # Occupancy is at most 1, also where rounding puts a floor that is never idle above it.
        occupancy = np.minimum(load[at] * (1 - model.abandons) / agents, 1.0)
        flags: _Flags = (level >= target) & (occupancy <= busy + OCCUPANCY_ROUNDING)
        return flags

    def meets(agents: Floats, at: _Index) -> tuple[_Flags, _Flags]:
        ok = enough(agents, at)
        fewer = ok & (agents > 1)
        fewer[fewer] = enough(agents[fewer] - 1, at[fewer])
        return ok, fewer

    return meets


def required_agents(
    load: ArrayLike,
    aht_seconds: ArrayLike,
    threshold_seconds: ArrayLike,
    target: float,
    patience_seconds: ArrayLike | None = None,
    *,
    max_occupancy: float = 1.0,
    definition: Definition = "S1",
    short_abandon_seconds: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """The least whole number of agents, 1 or more, that meets the target and keeps to the occupancy.

    Args:
        load: erlang, >= 0.
        aht_seconds: mean handle time, > 0.
        threshold_seconds: the wait that still counts as within, >= 0.
        target: service level wanted, above 0 and below 1 (no number of agents promises 1).
        patience_seconds: mean patience, > 0: Erlang A; None: Erlang C.
        max_occupancy: occupancy not to be exceeded, above 0, at most 1.
        definition: the definition of the service level, S1-S6.
        short_abandon_seconds: the short-abandon limit, which S5 and S6 need.

    Returns:
        Whole numbers in the arguments' common shape.

    Raises:
        ValueError: naming the argument that is out of these limits, NaN, infinite or of another shape.
    """
    goal = number("target", target, above=0, below=1)
    busy = number("max_occupancy", max_occupancy, above=0, high=1)
    parts = level_arguments(
        load, 1.0, aht_seconds, threshold_seconds, patience_seconds, definition, short_abandon_seconds
    )
    a, _, h, p, t, s = (part.ravel() for part in parts)
    if patience_seconds is None:
        meets = _patient(a, t / h, goal, busy)
    else:
        meets = _impatient(a, h, p, t, s, definition, goal, busy)
    floor = np.ceil(a / busy) if busy < 1 else np.ones_like(a)
    least = _search(meets, a, t / h, floor)
    return least.reshape(parts[0].shape)


def rostered_agents(required: ArrayLike, shrinkage: ArrayLike) -> NDArray[np.int64]:
    """Agents to roster so that `required` are productive: ceil(required / (1 - shrinkage)).

    The quotient is rounded at the ninth decimal first, so that 3 / (1 - 0.9) is 30 agents and not 31.

    Raises:
        ValueError: if `required` is negative, or `shrinkage` is negative or not below 1.
    """
    heads, away = aligned(
        required=array("required", required, low=0),
        shrinkage=array("shrinkage", shrinkage, low=0, below=1),
    )
    return np.ceil(np.round(heads / (1 - away), 9)).astype(np.int64)


def net_staffing(staffed: ArrayLike, required: ArrayLike) -> Floats:
    """Staffed - required (at the actual volume and AHT), agents; negative is understaffed."""
    return _difference(staffed=staffed, required=required)


def schedule_gap(staffed: ArrayLike, scheduled: ArrayLike) -> Floats:
    """Staffed - scheduled, agents: adherence to the schedule."""
    return _difference(staffed=staffed, scheduled=scheduled)


def plan_quality(scheduled: ArrayLike, plan_required: ArrayLike) -> Floats:
    """Scheduled - required at the plan's own volume and AHT, agents: the quality of the plan."""
    return _difference(scheduled=scheduled, plan_required=plan_required)


def _difference(**heads: ArrayLike) -> Floats:
    """The first named number of agents less the second; neither may be negative."""
    first, second = aligned(**{name: array(name, figures, low=0) for name, figures in heads.items()})
    return first - second
