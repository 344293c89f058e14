"""One queue's model in plain floats, for a live engine that evaluates one interval at a time.

`copc.erlang` and `copc.staffing` work on arrays; on one interval numpy's overhead would be most of the
time. This is the same arithmetic, term by term, on Python floats, with the queue's parameters checked once
when the model is made. One core of a small machine computes, a second, 200,000 service levels and 40,000 (at
1,000 erlang) to 150,000 (at 10) requirements under Erlang C; 70,000 and 10,000 to 80,000 under Erlang A
(`bench/bench_required_agents.py` measures them).

Source: as `copc.closed_forms`.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from scipy.special import gammainc, gammaincc

from copc import erlang
from copc.arguments import OCCUPANCY_ROUNDING, number
from copc.service_level import DEFINITIONS, Definition

__all__ = ["Expected", "QueueModel", "why_not_modelled"]

_DEEP: Final = 600.0
_HALF_LOG_TWO_PI: Final = 0.5 * math.log(2 * math.pi)


class Expected(NamedTuple):
    """The figures to expect of a queue with a given load and number of agents, in seconds and ratios."""

    service_level: float
    asa_seconds: float
    """Mean wait of the answered."""
    mean_wait_seconds: float
    """Mean wait of all offered."""
    occupancy: float
    p_wait: float
    p_abandon: float


def why_not_modelled(
    definition: Definition, *, overflow_counts: bool = False, short_abandon_seconds: float | None = None
) -> str | None:
    """The reason why no model computes this definition of the service level; None if one does.

    A queue with such a definition has no requirement and no causes, but this reason.
    """
    if overflow_counts:
        return "overflowed contacts count in the service level, and the models know no overflow"
    if definition in {"S5", "S6"} and short_abandon_seconds is None:
        return f"{definition} needs the short-abandon limit"
    return None


def _log_ratio(x: float, y: float) -> float:
    """log(y / x) for y > 0, exact where the two are close."""
    return math.log1p((y - x) / x) if y > 0.5 * x else math.log(y) - math.log(x)


def _depth(x: float, y: float) -> float:
    """-log of p(x; y) / p(x; x)."""
    return y - x - x * _log_ratio(x, y) if y > 0 else math.inf


def _density(x: float, y: float) -> float:
    """y^x e^-y / Gamma(x+1), without cancellation."""
    if y <= 0:
        return 0.0
    if x < 16:
        return math.exp(x * math.log(y) - y - math.lgamma(x + 1))
    inverse = 1 / x
    square = inverse * inverse
    stirling = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    return math.exp(-_depth(x, y) - stirling - _HALF_LOG_TWO_PI - 0.5 * math.log(x))


def _queue_series(x: float, y: float) -> float:
    """A(x, y) for y < x: the sum over k of y^k / ((x+1)...(x+k))."""
    term = total = 1.0
    k = 0
    while term > total * 1e-17:
        k += 1
        term *= y / (x + k)
        total += term
    return total


def _odds(load: float, agents: int) -> float:
    """1/B - 1, for agents >= 1."""
    if agents < 32 or (load > agents and _depth(agents, load) > _DEEP):
        # Erlang B by recursion; for many agents in deep overload the terms shrink quickly.
        term = total = 1.0
        for k in range(agents, 0, -1):
            term *= k / load
            total += term
            if term < total * 1e-17:
                break
        return total - 1
    chance = _density(agents, load)
    return float(gammaincc(agents, load)) / chance if chance > 0 else math.inf


@dataclass(frozen=True, slots=True)
class QueueModel:
    """A queue's objective and the model that predicts it, for one interval at a time.

    Methods take the load in erlang (>= 0), the mean handle time in seconds (> 0) and the agents (> 0; a
    fraction takes the figure on the line between the whole numbers around it), and raise `ValueError`
    naming the argument that is out of its limits, NaN or infinite.
    """

    threshold_seconds: float
    """The wait that still counts as within, seconds, >= 0."""
    target: float = 0.80
    """Service level wanted, above 0 and below 1."""
    patience_seconds: float | None = None
    """Mean patience (exponential), seconds, > 0: Erlang A. None: Erlang C."""
    max_occupancy: float = 1.0
    """Occupancy not to be exceeded, above 0, at most 1."""
    definition: Definition = "S1"
    """S1-S6."""
    short_abandon_seconds: float | None = None
    """The short-abandon limit, seconds, which S5 and S6 need."""

    def __post_init__(self) -> None:
        """Refuse invalid parameters, once for all calls."""
        number("threshold_seconds", self.threshold_seconds, low=0)
        number("target", self.target, above=0, below=1)
        number("max_occupancy", self.max_occupancy, above=0, high=1)
        if self.patience_seconds is not None:
            number("patience_seconds", self.patience_seconds, above=0)
        if self.short_abandon_seconds is not None:
            number("short_abandon_seconds", self.short_abandon_seconds, low=0)
        if self.definition not in DEFINITIONS:
            raise ValueError(f"definition must be one of {', '.join(DEFINITIONS)}, found {self.definition!r}")
        if self.definition in {"S5", "S6"} and self.short_abandon_seconds is None:
            raise ValueError(f"short_abandon_seconds must be given for {self.definition}, found None")

    @property
    def name(self) -> Literal["erlang_c", "erlang_a"]:
        """The model's name, which is published with its figures."""
        return "erlang_c" if self.patience_seconds is None else "erlang_a"

    def service_level(self, load: float, aht_seconds: float, agents: float) -> float:
        """The service level to expect, in the queue's own definition."""
        _check(load, aht_seconds)
        if not 0 < agents < math.inf:
            raise ValueError(f"agents must be finite and greater than 0, found {agents}")
        low = int(agents)
        level = self._meets(load, aht_seconds, low)[0] if low else 0.0
        share = agents - low
        return level if share == 0 else level + share * (self._meets(load, aht_seconds, low + 1)[0] - level)

    def required_agents(self, load: float, aht_seconds: float) -> int:
        """The least whole number of agents, 1 or more, that meets the target and keeps to the occupancy."""
        _check(load, aht_seconds)
        low, high = 0, 0  # `low` does not meet, `high` does (0: not known yet)
        agents = max(int(load + 0.7 * math.sqrt(load)), math.ceil(load / self.max_occupancy), 1)
        step = 1
        while high - low != 1:
            level, occupancy = self._meets(load, aht_seconds, agents)
            if level >= self.target and occupancy <= self.max_occupancy + OCCUPANCY_ROUNDING:
                high = agents
                agents = (low + high) // 2 if low else max(high - step, 1)
            else:
                low = agents
                agents = (low + high) // 2 if high else low + step
            step *= 2
        return high

    def expected(self, load: float, aht_seconds: float, agents: float) -> Expected:
        """Every figure at that number of agents; slower than the other methods, since it uses `copc.erlang`."""
        patience = self.patience_seconds
        return Expected(
            service_level=self.service_level(load, aht_seconds, agents),
            asa_seconds=float(erlang.asa(load, agents, aht_seconds, patience)),
            mean_wait_seconds=float(erlang.mean_wait(load, agents, aht_seconds, patience)),
            occupancy=float(erlang.occupancy(load, agents, aht_seconds, patience)),
            p_wait=float(erlang.wait_probability(load, agents, aht_seconds, patience)),
            p_abandon=float(erlang.abandon_probability(load, agents, aht_seconds, patience)),
        )

    def _meets(self, load: float, aht: float, agents: int) -> tuple[float, float]:
        """Service level and occupancy for whole agents >= 1."""
        if load == 0:
            return 1.0, 0.0
        if self.patience_seconds is not None:
            return self._impatient(load, aht, agents, self.patience_seconds)
        spare = agents - load
        if spare <= 0:
            return 0.0, 1.0
        late = math.exp(-spare * self.threshold_seconds / aht) / (1 + spare / agents * _odds(load, agents))
        return 1 - late, load / agents

    def _impatient(self, load: float, aht: float, agents: int, patience: float) -> tuple[float, float]:
        """Erlang A, term by term as `copc.closed_forms.Impatience`."""
        rho = load / agents
        x = agents * patience / aht
        y = load * patience / aht
        deep = y < x and _depth(x, y) > _DEEP
        if deep:
            scale, mass = 1.0, _queue_series(x, y)
        else:
            scale, mass = _density(x, y), float(gammainc(x, y))
        below = _odds(load, agents) * scale + mass
        abandons = (rho * mass - (mass - scale)) / rho / below

        def beyond(seconds: float) -> tuple[float, float]:
            """Shares of all callers (not answered within, still there after) so many seconds."""
            stay = math.exp(-seconds / patience)
            z = y * stay
            if deep:
                fall = math.exp(-y * math.expm1(-seconds / patience) - agents * seconds / aht)
                still = fall * _queue_series(x, z)
                later = still - fall
            else:
                still, later = float(gammainc(x, z)), float(gammainc(x + 1, z))
            return abandons + later / rho / below, stay * still / below

        late, there = beyond(self.threshold_seconds)
        level = 1 - late
        if self.definition == "S2":
            level /= 1 - abandons
        elif self.definition == "S3":
            level /= 1 - (late - there)
        elif self.definition == "S4":
            level = 1 - there
        elif self.short_abandon_seconds is not None and self.definition in {"S5", "S6"}:
            missed, staying = beyond(self.short_abandon_seconds)
            gone = missed - staying
            level = level / (1 - gone) if self.definition == "S5" else level + gone
        return level, min(load * (1 - abandons) / agents, 1.0)


def _check(load: float, aht_seconds: float) -> None:
    """Refuse an invalid load or handle time."""
    if not 0 <= load < math.inf:
        raise ValueError(f"load must be finite and at least 0, found {load}")
    if not 0 < aht_seconds < math.inf:
        raise ValueError(f"aht_seconds must be finite and greater than 0, found {aht_seconds}")
