"""The causes of a missed service level: volume, handle time and staffing, in effects that add up exactly.

"Volume was up, calls were long and two people were missing" is three numbers, and the order in which one
changes them decides which cause gets the blame. The Shapley value is the mean over all six orders: the only split
that adds up to the whole change, treats the three alike and charges nothing to a cause that did not
change. The part that the model does not explain is shown beside them.

`attribute` answers for one interval on plain floats, at some 8,000 a second under Erlang A;
`attribute_many` for arrays. Source: docs/concepts/figures.md#causes; Shapley 1953.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from copc import erlang
from copc.arguments import Floats, aligned, array, number
from copc.queue_model import QueueModel
from copc.service_level import Definition

__all__ = ["Attribution", "Cause", "Drivers", "attribute", "attribute_many"]


class Drivers(NamedTuple):
    """Volume, handle time and staffing of an interval."""

    offered: float
    """Contacts offered, >= 0."""
    aht_seconds: float
    """Mean handle time, > 0."""
    agents: float
    """Productive heads (scheduled, or staffed), >= 0. With none, nobody is answered: service level 0."""


class Cause(NamedTuple):
    """One cause and its effect on the service level, as a difference of ratios."""

    cause: Literal["volume", "aht", "staffing", "unexplained"]
    effect: float


class Attribution(NamedTuple):
    """The effects of the causes: volume + aht + staffing = actual_level - plan_level.

    The rest is unexplained = observed - actual_level.
    """

    volume: float
    aht: float
    staffing: float
    unexplained: float | None
    """Ratio; None where no service level was observed."""
    plan_level: float
    """The model's service level at the plan."""
    actual_level: float
    """The model's service level at the actual volume, handle time and staffing."""

    def causes(self) -> list[Cause]:
        """The causes by the absolute size of their effect, largest first."""
        causes = [Cause("volume", self.volume), Cause("aht", self.aht), Cause("staffing", self.staffing)]
        if self.unexplained is not None:
            causes.append(Cause("unexplained", self.unexplained))
        return sorted(causes, key=lambda cause: -abs(cause.effect))


def attribute(
    model: QueueModel,
    plan: Drivers,
    actual: Drivers,
    interval_seconds: float,
    observed: float | None = None,
) -> Attribution:
    """The effect of each cause on one interval's service level, from plan to actual.

    Args:
        model: the queue's model and definition.
        plan: forecast volume, forecast AHT, scheduled agents.
        actual: volume, AHT and staffed agents as they were.
        interval_seconds: length of the interval, > 0.
        observed: the service level that was measured, 0 to 1; None if there is none.

    Raises:
        ValueError: naming the argument that is out of its limits, NaN or infinite.
    """
    length = number("interval_seconds", interval_seconds, above=0)
    seen = None if observed is None else number("observed", observed, low=0, high=1)
    for drivers, word in ((plan, "plan"), (actual, "actual")):
        if not 0 <= drivers.offered < math.inf:
            raise ValueError(f"{word}.offered must be finite and at least 0, found {drivers.offered}")
        if not 0 < drivers.aht_seconds < math.inf:
            raise ValueError(f"{word}.aht_seconds must be finite and greater than 0, found {drivers.aht_seconds}")
        if not 0 <= drivers.agents < math.inf:
            raise ValueError(f"{word}.agents must be finite and at least 0, found {drivers.agents}")

    levels: dict[Drivers, float] = {}

    def level(offered: float, aht_seconds: float, agents: float) -> float:
        at = Drivers(offered, aht_seconds, agents)
        if at not in levels:  # a cause that did not change needs no second evaluation
            load = offered * aht_seconds / length
            levels[at] = model.service_level(load, aht_seconds, agents) if agents > 0 else 0.0
        return levels[at]

    (v0, h0, n0), (v1, h1, n1) = plan, actual
    f = (
        (level(v0, h0, n0), level(v0, h0, n1), level(v0, h1, n0), level(v0, h1, n1)),
        (level(v1, h0, n0), level(v1, h0, n1), level(v1, h1, n0), level(v1, h1, n1)),
    )
    ((p, pn, ph, phn), (pv, pvn, pvh, pvhn)) = f
    return Attribution(
        volume=(2 * (pv - p) + (pvh - ph) + (pvn - pn) + 2 * (pvhn - phn)) / 6,
        aht=(2 * (ph - p) + (pvh - pv) + (phn - pn) + 2 * (pvhn - pvn)) / 6,
        staffing=(2 * (pn - p) + (pvn - pv) + (phn - ph) + 2 * (pvhn - pvh)) / 6,
        unexplained=None if seen is None else seen - pvhn,
        plan_level=p,
        actual_level=pvhn,
    )


def attribute_many(
    plan: tuple[ArrayLike, ArrayLike, ArrayLike],
    actual: tuple[ArrayLike, ArrayLike, ArrayLike],
    interval_seconds: ArrayLike,
    threshold_seconds: ArrayLike,
    patience_seconds: ArrayLike | None = None,
    *,
    definition: Definition = "S1",
    short_abandon_seconds: ArrayLike | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Effects of volume, AHT and staffing for many intervals: arrays of the arguments' common shape.

    `plan` and `actual` are (offered, AHT in seconds, agents), each a number or an array; the other
    arguments are those of `copc.erlang.service_level`. The three results add up to
    f(actual) - f(plan).

    Raises:
        ValueError: naming the argument that is out of its limits, NaN, infinite or of another shape.
    """
    named = {
        f"{word}.{name}": array(f"{word}.{name}", figures, low=0)
        for word, drivers in (("plan", plan), ("actual", actual))
        for name, figures in zip(("offered", "aht_seconds", "agents"), drivers, strict=True)
    }
    named["interval_seconds"] = array("interval_seconds", interval_seconds, above=0)
    parts = aligned(**named)
    before, after, length = parts[:3], parts[3:6], parts[6]

    def level(changed: tuple[bool, bool, bool]) -> Floats:
        offered, handling, agents = (
            new if is_new else old for old, new, is_new in zip(before, after, changed, strict=True)
        )
        figures = erlang.service_level(
            erlang.traffic(offered, handling, length),
            np.where(agents > 0, agents, 1.0),
            handling,
            threshold_seconds,
            patience_seconds,
            definition=definition,
            short_abandon_seconds=short_abandon_seconds,
        )
        return np.where(agents > 0, figures, 0.0)

    p, pn, ph, phn = (level((False, h, n)) for h in (False, True) for n in (False, True))
    pv, pvn, pvh, pvhn = (level((True, h, n)) for h in (False, True) for n in (False, True))
    return (
        (2 * (pv - p) + (pvh - ph) + (pvn - pn) + 2 * (pvhn - phn)) / 6,
        (2 * (ph - p) + (pvh - pv) + (phn - pn) + 2 * (pvhn - pvn)) / 6,
        (2 * (pn - p) + (pvn - pv) + (phn - ph) + 2 * (pvhn - pvh)) / 6,
    )
