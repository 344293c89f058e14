"""The service level that the rest of a day will have, with its range and its chances.

An Erlang model answers for a steady queue. A day is not steady: agents are still busy with the last half hour's
contacts when the next begins, an overload leaves contacts waiting, volume is known to some 8 %, and a single half
hour's service level strays by chance even in a healthy centre. So here each interval's model load follows its offered
load with a lag of one handle time (modified offered load). The contacts that an overload leaves are carried on as a
fluid. The doubt about volume, handle time and agents is a fixed set of paths that hang together over the day.
Chance inside an interval has the variance of a share of contacts whose waits are alike as long as a queue remembers.

Many queues are projected at once, since numpy's overhead on one would be most of the time. Shapes: q queues of one
definition, n intervals ahead in order of time, `PATHS` paths. An interval beyond a queue's close has no contacts. The
first may be the rest of one that is open. Nothing here reads a clock or draws at random: the paths are fixed.

Sources: Jennings, Mandelbaum, Massey and Whitt 1996 (modified offered load); Whitt 2006 (fluid models of queues with
abandonment); Garnett, Mandelbaum and Reiman 2002 (a queue near balance is a diffusion, normal on each side of its
agents); Kemeny and Snell 1961 (sums of correlations of a Markov chain); docs/projections.md.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from copc.arguments import Floats
from copc.closed_forms import Impatience, impatient_level, patient_level
from copc.service_level import Definition

__all__ = [
    "PATHS",
    "Coming",
    "Objectives",
    "Rest",
    "carried_levels",
    "chance_below",
    "lagged_load",
    "level_range",
    "levels_of",
    "paths_of",
    "steady_levels",
]

PATHS: Final = 32
"""Paths of the doubt about load that a projection averages over."""
_GRID: Final = np.array([-2.6, -1.2, 0.0, 1.2, 2.6])
"""Points, in standard deviations of the logarithm of the load, at which the model itself is asked."""
_STATES: Final = 33
"""States of the queue by which its memory is summed."""
_LONG: Final = 604_800.0
"""Seconds that stand for the patience of those who never give up: a week."""
_SURE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Objectives:
    """The objectives and models of q queues that count their service level alike."""

    threshold_seconds: Floats
    """The wait that still counts as within, (q,), >= 0."""
    patience_seconds: Floats | None = None
    """Mean patience, (q,), > 0: Erlang A. None: Erlang C for all."""
    definition: Definition = "S1"
    short_abandon_seconds: Floats | None = None
    """The short-abandon limit, (q,), which S5 and S6 need."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The intervals ahead of q queues."""

    offered: Floats
    """Expected contacts, (q, n), >= 0."""
    aht_seconds: Floats
    """Expected mean handle time, (q, n), > 0."""
    agents: Floats
    """Expected agents, (q, n), >= 0."""
    seconds: Floats
    """Lengths, (q, n), > 0."""
    volume_paths: Floats
    """Factors on `offered`, (q, `PATHS`, n), mean 1."""
    load_paths: Floats
    """Factors on offered x AHT / agents, (q, `PATHS`, n): they decide a service level."""
    busy: Floats
    """Agents who handle a contact now, (q,); the first interval's load starts from them."""
    waiting: Floats
    """Contacts that wait now, (q,)."""
    dispersion: Floats
    """Variance / mean of a count around its rate, (q,), >= 1."""


class Rest(NamedTuple):
    """The service level of the intervals ahead; on every path, so that a day can be summed."""

    level: Floats
    """Expected service level, (q, n); NaN where no contact is expected."""
    low: Floats
    """Lower end of the range that holds 80 % of outcomes, (q, n)."""
    high: Floats
    path_levels: Floats
    """(q, `PATHS`, n)."""
    path_denominators: Floats
    """Contacts in the denominator, (q, `PATHS`, n)."""
    chance: Floats
    """Variance of an interval's own service level around its path's, (q, n)."""
    likeness: Floats
    """Correlation of the chance of an interval with that of the next, (q, n - 1)."""
    left_waiting: Floats
    """Contacts that still wait at the end of each interval, mean over paths, (q, n)."""

    @property
    def variance(self) -> Floats:
        """Variance of the outcomes of each interval, (q, n): doubt about its load, and chance."""
        return np.asarray(self.path_levels.var(axis=1) + self.chance, dtype=np.float64)


@cache
def _points() -> Floats:
    """Standard normal points, (`PATHS`, 6): a lattice of the generalised golden ratio, and its mirror.

    Its columns are made independent to the last digit, so that paths have the covariance they are asked to have.
    """
    dimensions, ratio = 6, 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1, dimensions + 1, dtype=np.float64)
    half = ndtri((0.5 + np.outer(np.arange(1, PATHS // 2 + 1), steps)) % 1)
    straight, upper = np.linalg.qr(half)
    straight *= np.sign(np.diag(upper)) * np.sqrt(len(half))
    return np.concatenate([straight, -straight])


def paths_of(covariance: Floats, *, second: bool = False) -> Floats:
    """Factors with mean 1 whose logarithms have a covariance, (q, `PATHS`, n).

    The first, middle and last interval stray as they do (Nyström); those between follow them, with their own variance.

    Args:
        covariance: of the logarithms, (q, n, n).
        second: a second set, independent of the first: handle times stray apart from volumes.
    """
    n = covariance.shape[-1]
    anchors = sorted({0, n // 2, n - 1})
    between = covariance[:, anchors][:, :, anchors] + np.eye(len(anchors)) * 1e-12
    root = covariance[:, :, anchors] @ np.linalg.inv(np.linalg.cholesky(between)).transpose(0, 2, 1)
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
    shown = (root**2).sum(axis=2)
    root *= np.sqrt(np.divide(variance, shown, out=np.ones_like(shown), where=shown > 0))[:, :, None]
    first = 3 if second else 0
    factors = np.exp(_points()[:, first : first + len(anchors)] @ root.transpose(0, 2, 1))
    return np.asarray(factors / factors.mean(axis=1, keepdims=True), dtype=np.float64)


def lagged_load(coming: Coming) -> Floats:
    """Each interval's mean modified load on each path: as many as unlimited agents would be busy with it."""
    load = _by_interval((coming.offered * coming.aht_seconds / coming.seconds)[:, None] * coming.load_paths)
    mean, now = np.empty_like(load), np.broadcast_to(coming.busy[:, None], load.shape[1:])
    part = coming.aht_seconds / coming.seconds
    still = np.exp(-1 / part)
    for i, here in enumerate(load):
        off = now - here
        now = here + off * still[:, i, None]
        mean[i] = here + off * ((1 - still[:, i]) * part[:, i])[:, None]
    return _by_queue(mean)


def _by_interval(values: Floats) -> Floats:
    """(q, `PATHS`, n) as (n, q, `PATHS`), each interval's values side by side, for steps from one to the next."""
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _by_queue(values: Floats) -> Floats:
    """The reverse of `_by_interval`."""
    return np.ascontiguousarray(values.transpose(1, 2, 0))


def _steady(objectives: Objectives, load: Floats, agents: Floats, aht: Floats) -> tuple[Floats, Floats | None]:
    """Steady level, and the part of the offered in its denominator (None: all), at whole agents; of one shape."""
    index = np.arange(load.shape[0])
    flat = [part.reshape(-1) for part in (load, agents, aht)]
    many = np.repeat(index, load[0].size)
    threshold = objectives.threshold_seconds[many]
    if objectives.patience_seconds is None:
        level = patient_level(flat[0], flat[1], flat[2], threshold)
        return level.reshape(load.shape), None
    short = np.zeros(len(many)) if objectives.short_abandon_seconds is None else objectives.short_abandon_seconds[many]
    state = Impatience(flat[0], flat[1], flat[2], objectives.patience_seconds[many])
    level = impatient_level(state, threshold, short, objectives.definition)
    if objectives.definition == "S2":
        counted = 1 - state.abandons
    elif objectives.definition in {"S3", "S5"}:
        late, there = state.beyond(threshold if objectives.definition == "S3" else short)
        counted = 1 - (late - there)
    else:
        return level.reshape(load.shape), None
    return level.reshape(load.shape), counted.reshape(load.shape)


def steady_levels(objectives: Objectives, coming: Coming, load: Floats) -> tuple[Floats, Floats]:
    """Steady level and counted part on every path: the model is asked on a grid, and the paths lie between.

    Between two points the level's normal quantile is on a line. A fraction of agents is read at the whole number next
    to it, with a load that leaves the same spare agents in units of the load's root.
    """
    off = np.log(np.maximum(load, _SURE))
    middle = off.mean(axis=1, keepdims=True)
    off -= middle
    width = np.maximum(np.sqrt((off * off).mean(axis=1, keepdims=True)), 1e-6)
    asked = np.exp(middle + _GRID[:, None] * width)
    heads = np.broadcast_to(np.maximum(np.round(coming.agents), 1.0)[:, None], asked.shape)
    spare = (coming.agents[:, None] - asked) / np.sqrt(asked)
    same = ((np.sqrt(spare * spare + 4 * heads) - spare) / 2) ** 2
    levels, counted = _steady(objectives, same, heads, np.broadcast_to(coming.aht_seconds[:, None], asked.shape))
    quantile = ndtri(np.clip(levels, 1e-7, 1 - 1e-7))
    off /= width
    place = np.clip(off, _GRID[0], _GRID[-1], out=off)
    below = (place >= _GRID[1]).astype(np.intp)
    for point in _GRID[2:-1]:
        below += place >= point
    share = place - _GRID.take(below)
    share /= (_GRID[1:] - _GRID[:-1]).take(below)
    rest = 1 - share
    queues, _, n = load.shape
    first = below
    first += np.arange(queues)[:, None, None] * len(_GRID)
    first *= n
    first += np.arange(n)

    def between(part: Floats) -> Floats:
        flat = part.reshape(-1)
        found: Floats = flat.take(first)
        found *= rest
        found += flat[n:].take(first) * share
        return found

    level = np.where((coming.agents > 0)[:, None], ndtr(between(quantile)), 0.0)
    return level, rest + share if counted is None else between(counted)


def _of_late(objectives: Objectives) -> Floats:
    """The level of contacts who wait beyond the threshold for certain, (q,): S4 and S6 count some who gave up."""
    limit = {"S4": objectives.threshold_seconds, "S6": objectives.short_abandon_seconds}.get(objectives.definition)
    if limit is None or objectives.patience_seconds is None:
        return np.zeros(len(objectives.threshold_seconds))
    return np.asarray(-np.expm1(-limit / objectives.patience_seconds), dtype=np.float64)


def _patience(objectives: Objectives) -> Floats:
    """Mean patience, (q,)."""
    known = objectives.patience_seconds
    return np.full(len(objectives.threshold_seconds), _LONG) if known is None else known


def _limit(objectives: Objectives, coming: Coming) -> Floats:
    """The queue whose last contact waits just the threshold, with those who give up on the way, (q, n)."""
    patience = _patience(objectives)
    served = coming.agents / coming.aht_seconds
    return np.asarray(
        served * (patience * np.expm1(objectives.threshold_seconds / patience))[:, None], dtype=np.float64
    )


def carried_levels(
    objectives: Objectives, coming: Coming, load: Floats, levels: Floats, queue: Floats | None = None
) -> tuple[Floats, Floats]:
    """The levels with the contacts that an overload leaves carried on, and the queue at each interval's end.

    Args:
        objectives: of the queues.
        coming: of the intervals.
        load: as `lagged_load` gives it, (q, `PATHS`, n).
        levels: as `steady_levels` gives them, (q, `PATHS`, n).
        queue: contacts that wait at the begin of the first interval, (q, `PATHS`); None: `coming.waiting`.
    """
    patience, late, limits = _patience(objectives), _of_late(objectives), _limit(objectives, coming)
    queue = np.broadcast_to(coming.waiting[:, None], load.shape[:2]) if queue is None else queue
    # The queue goes towards a goal at the rate of patience; until it passes the limit, contacts fare otherwise.
    goals = _by_interval((load - coming.agents[:, None]) / coming.aht_seconds[:, None] * patience[:, None, None])
    kept = np.exp(-coming.seconds / patience[:, None])
    carried, left = levels.copy(), np.empty_like(goals)
    for i, goal in enumerate(goals):
        limit = limits[:, i, None]
        grows = (queue < limit) & (goal > limit)
        turns = np.nonzero(grows | ((queue > limit) & (goal < limit)))
        if len(turns[0]):
            of, path = turns
            with np.errstate(divide="ignore", invalid="ignore"):
                turn = patience[of] * np.log((queue[turns] - goal[turns]) / (limits[of, i] - goal[turns]))
            share = np.clip(turn / coming.seconds[of, i], 0.0, 1.0)
            level = levels[of, path, i]
            carried[of, path, i] = level + share * (np.where(grows[turns], (1 + level) / 2, late[of]) - level)
        queue = np.maximum(goal + (queue - goal) * kept[:, i, None], 0.0)
        left[i] = queue
    return carried, _by_queue(left)


def _memory(objectives: Objectives, coming: Coming, load: Floats) -> Floats:
    """Seconds over which "a contact that comes now waits too long" hangs together with itself, (q, n).

    Contacts in the system are a diffusion: below the agents it returns at the rate of handling, above them at that of
    patience, normal on each side. For the share of time beyond a limit, the sum of its correlations is exact for a
    birth-and-death process: the integral of F^2 / (rate x density), F the part of the share that lies below a state.
    """
    load = np.maximum(load, 0.1)
    rate, heads = load / coming.aht_seconds, np.maximum(coming.agents, 0.5)
    patience = _patience(objectives)[:, None]
    served = heads / coming.aht_seconds
    # A queue without impatience is steady only below full load; close to it, it remembers longer than any interval.
    most = np.inf if objectives.patience_seconds is not None else -0.02 * served
    goal = heads + np.minimum(rate - served, most) * patience
    limit = heads + _limit(objectives, coming)
    small, wide = np.sqrt(load), np.sqrt(rate * patience)
    falling = np.minimum(5 * wide, 25 * wide**2 / np.maximum(heads - goal, _SURE))
    bottom = np.maximum(np.minimum(load, heads) - 5 * small, 0.0)
    top = np.maximum(heads + np.where(goal > heads, goal - heads + 5 * wide, falling), limit + 1)
    step = (top - bottom) / (_STATES - 1)
    state = bottom + np.arange(_STATES)[:, None, None] * step
    is_queue, is_late = state >= heads, state >= limit
    # These arrays are large: what can be is computed in place.
    middle, scale = np.where(is_queue, goal, load), np.where(is_queue, 2 * wide**2, 2 * load)
    density = np.subtract(state, middle, out=state)
    density *= density
    np.subtract(np.where(is_queue, (heads - goal) ** 2, (heads - load) ** 2), density, out=density)
    density /= scale
    density -= density.max(axis=0)
    np.exp(np.maximum(density, -80.0, out=density), out=density)
    density /= density.sum(axis=0) * step
    under = np.cumsum(density, axis=0)
    under -= density / 2
    under *= step
    np.clip(under, 0.0, 1.0, out=under)
    late = np.clip((density * is_late).sum(axis=0) * step, 1e-6, 1 - 1e-6)
    part = np.where(is_late, (1 - late) * (1 - under), late * under)
    part *= part
    part /= density
    return np.asarray(part.sum(axis=0) * step / rate / (late * (1 - late)), dtype=np.float64)


def _chance(memory: Floats, coming: Coming, level: Floats) -> tuple[Floats, Floats]:
    """Variance of each interval's own level around the one that its load lets expect, and its likeness to the next."""
    p = np.clip(level, 0.001, 0.999)
    part = np.clip(memory / coming.seconds, 1e-6, 1e3)
    shared = p * (1 - p) * 2 * part * (1 + part * np.expm1(-1 / part))
    variance = np.minimum(shared + p * (1 - p) / np.maximum(coming.offered, 1.0), p * (1 - p))
    alike = p * (1 - p) * (part * np.expm1(-1 / part)) ** 2 / variance
    return variance, np.sqrt(alike[:, :-1] * alike[:, 1:])


def _alone(coming: Coming, load: Floats, levels: Floats) -> Floats:
    """Variance of a level by a rate that strays in its interval alone, beside the day's paths, (q, n)."""
    logarithm = np.log(np.maximum(load, _SURE))
    off = logarithm - logarithm.mean(axis=1, keepdims=True)
    slope = (off * levels).mean(axis=1) / np.maximum((off**2).mean(axis=1), _SURE)
    return np.asarray(slope**2 * (coming.dispersion[:, None] - 1) / np.maximum(coming.offered, 1.0), dtype=np.float64)


def levels_of(objectives: Objectives, coming: Coming, share: float = 0.8) -> Rest:
    """The service level of every interval ahead, in the queues' own definition.

    Args:
        objectives: of the queues.
        coming: volume, handle time and agents to expect.
        share: of outcomes inside the range, between 0 and 1.
    """
    load = lagged_load(coming)
    steady, counted = steady_levels(objectives, coming, load)
    levels, left = carried_levels(objectives, coming, load, steady)
    denominators = coming.offered[:, None] * coming.volume_paths * counted
    weight = denominators.sum(axis=1)
    level = np.divide((levels * denominators).sum(axis=1), weight, out=np.full_like(weight, np.nan), where=weight > 0)
    known = np.nan_to_num(level, nan=0.5)
    chance, likeness = _chance(_memory(objectives, coming, load.mean(axis=1)), coming, known)
    chance = chance + _alone(coming, load, levels)
    low, high = level_range(known, levels.var(axis=1) + chance, share)
    # A level is so many of so many contacts: a range ends at levels that can be.
    count = np.maximum(np.round(weight / PATHS), 1.0)
    low, high = np.floor(low * count) / count, np.ceil(high * count) / count
    none = weight <= 0
    low[none] = high[none] = np.nan
    return Rest(level, low, high, levels, denominators, chance, likeness, left.mean(axis=1))


def _shape(level: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The beta distribution of a mean and a variance: its two parameters."""
    p = np.clip(level, 1e-4, 1 - 1e-4)
    size = np.maximum(p * (1 - p) / np.maximum(variance, _SURE) - 1, 0.02)
    return p * size, (1 - p) * size


def level_range(level: Floats, variance: Floats, share: float) -> tuple[Floats, Floats]:
    """The range that holds `share` of a level's outcomes, with equal tails: beta with their mean and variance."""
    a, b = _shape(level, variance)
    return betaincinv(a, b, (1 - share) / 2), betaincinv(a, b, (1 + share) / 2)


def chance_below(rest: Rest, limit: float | Floats) -> Floats:
    """P(an interval's own service level is below a limit), (q, n): beta with the mean and variance of outcomes."""
    a, b = _shape(rest.level, rest.variance)
    return np.asarray(betainc(a, b, limit), dtype=np.float64)
