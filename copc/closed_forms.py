"""The closed forms under Erlang B, C and A, for whole agents, over arrays that already fit together.

Factorials overflow at 171 agents and sums over states are slow. Every figure is instead a closed form in
two ratios that stay of moderate size,

    1/B - 1 = Q(n, a) / p(n; a)        the chance of a free agent over that of a full house,
    A(x, y) = P(x, y) / p(x; y)        the queue that impatience leaves (Palm),

with p(x; y) = y^x e^-y / Gamma(x+1) by Loader's expansion, P and Q the regularised incomplete gamma
functions, n agents, a erlang, x = n patience/AHT and y = a patience/AHT. Where p leaves the range of
double precision, a geometric series takes over. Nothing is checked here: `copc.erlang` checks its arguments.

Sources: Palm 1957; Garnett, Mandelbaum and Reiman 2002; Mandelbaum and Zeltyn 2007 ("Service engineering
in action: the Palm/Erlang-A queue"), whose integrals over the offered wait reduce to the forms above;
Loader 2000 (the density).
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc, gammaln, xlogy

from copc.arguments import Floats
from copc.service_level import Definition

__all__ = [
    "Impatience",
    "Mask",
    "between",
    "density",
    "depth",
    "impatient_level",
    "odds",
    "patient_level",
    "patient_waits",
]

Mask = NDArray[np.bool_]

_DEEP: Final = 600.0
"""Beyond e^-600 the density is close to the end of double precision: the series takes over."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)


def depth(x: Floats, y: Floats) -> Floats:
    """-log of p(x; y) / p(x; x), for x > 0: how far y is from the x that makes it likely."""
    with np.errstate(divide="ignore"):
        return y - x - x * np.log1p((y - x) / x)


def density(x: Floats, y: Floats) -> Floats:
    """y^x e^-y / Gamma(x+1) for real x > 0, without cancellation (Loader 2000)."""
    return _density(x, y, depth(x, y))


def _density(x: Floats, y: Floats, deep: Floats) -> Floats:
    """`density`, of a `depth` that is known."""
    inverse = 1 / x
    square = inverse**2
    stirling = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    logarithm = -deep - stirling - 0.5 * np.log(2 * np.pi * x)
    small = x < 16  # the expansion of Stirling's error needs x of some size; below it nothing cancels
    if small.any():
        logarithm[small] = xlogy(x[small], y[small]) - y[small] - gammaln(x[small] + 1)
    return np.exp(logarithm)


def _series(start: Floats, top: Floats, step: int) -> Floats:
    """1 + top-driven series whose ratio of terms stays below 1.

    step +1: sum over k of top^k / ((start+1)...(start+k)), for top < start: A(start, top);
    step -1: sum over k of start (start-1)...(start-k+1) / top^k, for start < top: 1/B.
    """
    term = np.ones_like(top)
    total = np.ones_like(top)
    k = 0
    while term.size and (term > total * 1e-17).any():
        term = term * (top / (start + k + 1) if step > 0 else np.maximum(start - k, 0) / top)
        total = total + term
        k += 1
    return total


def odds(load: Floats, agents: Floats) -> Floats:
    """1/B - 1 for whole agents >= 1: infinite where blocking is beyond double precision."""
    far = depth(agents, load)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # 0 / 0 in deep overload, below
        figures = np.asarray(gammaincc(agents, load), dtype=np.float64) / _density(agents, load, far)
    deep = (load > agents) & (far > _DEEP)
    if deep.any():
        figures[deep] = _series(agents[deep], load[deep], -1) - 1
    return figures


class Impatience:
    """Erlang A for whole agents >= 1: the shares of callers whose wait, offered for ever, exceeds a time.

    All shares are kept over the same denominator, (1/B - 1) p + P(x, y), scaled by p so that nothing
    overflows in overload, or over (1/B - 1) + A(x, y) where the series gives A.
    """

    def __init__(self, load: Floats, agents: Floats, aht: Floats, patience: Floats) -> None:
        self.agents, self.aht, self.patience = agents, aht, patience
        self.rho = load / agents
        self.x = agents * patience / aht
        self.y = load * patience / aht
        far = depth(self.x, self.y)
        self.deep = (self.y < self.x) & (far > _DEEP)
        scale = _density(self.x, self.y, far)
        mass = np.asarray(gammainc(self.x, self.y), dtype=np.float64)
        scale[self.deep] = 1.0
        mass[self.deep] = _series(self.x[self.deep], self.y[self.deep], 1)
        self.scale, self.mass = scale, mass
        self.below = odds(load, agents) * scale + mass
        self.waits = mass / self.below
        # p cancels: P(x, y) - p is P(x+1, y).
        lost = self.rho * mass - (mass - scale)
        self.abandons = np.where(load > 0, lost / np.where(load > 0, self.rho, 1) / self.below, 0.0)

    def late(self, seconds: Floats) -> Floats:
        """Share of all callers who are not answered within so many seconds."""
        later = np.asarray(gammainc(self.x + 1, self.y * np.exp(-seconds / self.patience)), dtype=np.float64)
        if self.deep.any():
            fall, tail = self._tail(seconds)
            later[self.deep] = fall * (tail - 1)
        share = np.where(self.rho > 0, later / np.where(self.rho > 0, self.rho, 1) / self.below, 0.0)
        return np.asarray(self.abandons + share, dtype=np.float64)

    def beyond(self, seconds: Floats) -> tuple[Floats, Floats]:
        """Shares of all callers who are (not answered within, still there after) so many seconds."""
        stay = np.exp(-seconds / self.patience)
        still = np.asarray(gammainc(self.x, self.y * stay), dtype=np.float64)
        if self.deep.any():
            fall, tail = self._tail(seconds)
            still[self.deep] = fall * tail
        return self.late(seconds), stay * still / self.below

    def _tail(self, seconds: Floats) -> tuple[Floats, Floats]:
        """The fall of the queue that impatience leaves, and A, of the states that the series stands for."""
        d = self.deep
        wait, patience = seconds[d], self.patience[d]
        fall = np.exp(self.y[d] * -np.expm1(-wait / patience) - self.agents[d] * wait / self.aht[d])
        return fall, _series(self.x[d], self.y[d] * np.exp(-wait / patience), 1)

    def wait_of_answered(self) -> Floats:
        """Mean seconds waited by the answered: Gauss-Legendre over the wait's log-concave density."""
        x, y = self.x + 1, self.y
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            peak = np.maximum(np.log(y / x), 0.0)
            # The window ends where the density has fallen by e^-40 or more, by lower bounds of its fall.
            curved = 40 / np.maximum(np.minimum(x, y), 1e-300)
            right = np.minimum((curved + np.sqrt(curved * curved + 8 * curved)) / 2, 40 / np.where(y < x, x - y, 0.0))
            left = np.minimum(peak, np.sqrt(2 * curved))
            middle, half = peak + (right - left) / 2, (right + left) / 2
        above = np.zeros_like(x)
        under = np.zeros_like(x)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            wait = middle + half * node
            height = weight * np.exp(y * (np.exp(-peak) - np.exp(-wait)) - x * (wait - peak))
            above += height * wait
            under += height
        mean: Floats = self.patience * above / under * (self.waits - self.abandons) / (1 - self.abandons)
        return mean


def patient_waits(load: Floats, agents: Floats) -> Floats:
    """Erlang C's P(wait) for whole agents: B / (1 - rho (1 - B)); 1 in overload."""
    free = np.maximum(1 - load / agents, 0.0)
    busy = free > 0
    chances = np.zeros_like(free)
    chances[busy] = free[busy] * odds(load[busy], agents[busy])
    return 1 / (1 + chances)


def patient_level(load: Floats, agents: Floats, aht: Floats, threshold: Floats) -> Floats:
    """Erlang C's service level for whole agents; 0 in overload."""
    spare = agents - load
    level = 1 - patient_waits(load, agents) * np.exp(-np.maximum(spare, 0.0) * threshold / aht)
    return np.where(spare > 0, level, 0.0)


def impatient_level(model: Impatience, threshold: Floats, short: Floats, definition: Definition) -> Floats:
    """Erlang A's service level for whole agents under any of the six definitions."""
    if definition in {"S3", "S4"}:
        late, there = model.beyond(threshold)
        return (1 - late) / (1 - (late - there)) if definition == "S3" else 1 - there
    level: Floats = 1 - model.late(threshold)
    if definition == "S2":
        level = level / (1 - model.abandons)
    elif definition in {"S5", "S6"}:
        missed, staying = model.beyond(short)
        gone = missed - staying
        level = level / (1 - gone) if definition == "S5" else level + gone
    return level


def between(figure: Callable[[Floats, Mask], Floats], agents: Floats, none: Floats | float) -> Floats:
    """`figure(whole agents, where)` on the line between the whole numbers around each headcount.

    `where` is the mask of the elements asked for; `none` is the figure with no agent at all.
    """
    low = np.floor(agents)
    share = agents - low
    result = np.broadcast_to(np.asarray(none, dtype=np.float64), agents.shape).copy()
    some = low >= 1
    if some.any():
        result[some] = figure(low[some], some)
    part = share > 0
    if part.any():
        upper = figure(low[part] + 1, part)
        lower = result[part]
        with np.errstate(invalid="ignore"):
            moved = lower + share[part] * (upper - lower)
        result[part] = np.where(np.isinf(lower), lower, moved)
    return result
