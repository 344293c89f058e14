"""A queue's day as projected: figures a screen, a metric or a rule can take as they are.

None is "cannot be said"; `Projection.notes` say why.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from agents.projection.inputs import Note

__all__ = [
    "AT_RISK",
    "HORIZONS",
    "DayOutlook",
    "Horizon",
    "IntervalOutlook",
    "Projection",
    "Risk",
    "agents_lacking",
    "horizons_of",
]

AT_RISK: Final = 0.5
"""P(below range) from which an interval is at risk."""
HORIZONS: Final = ("next", "hour_2", "day")
"""The next interval, the intervals of the next two hours, and the rest of the day."""
_TWO_HOURS_MS: Final = 7_200_000
_ROUNDING: Final = 1e-9


class IntervalOutlook(msgspec.Struct, frozen=True, gc=False):
    """One interval that is not over. Figures are of the whole interval, what is known of it already among them."""

    start_ms: int
    reforecast_offered: float | None = None
    """Contacts, the updated forecast."""
    reforecast_low: float | None = None
    """Lower end of the range that holds 80 % of outcomes."""
    reforecast_high: float | None = None
    forecast_offered: float | None = None
    """Contacts by the plan, else the queue's own mean."""
    forecast_aht_seconds: float | None = None
    reforecast_aht_seconds: float | None = None
    scheduled_agents: float | None = None
    expected_agents: float | None = None
    """Agents who will be there: scheduled, less those who are away lately; else those who are there now."""
    required_agents: int | None = None
    """The least that meets the target at the updated volume and handle time; None: no target, or nobody comes."""
    net_staffing: float | None = None
    """Expected less required agents; negative: so many are lacking."""
    projected_service_level: float | None = None
    projected_low: float | None = None
    """Lower end of the range that holds 80 % of outcomes."""
    projected_high: float | None = None
    p_below: float | None = None
    """P(the interval ends below the range's low end); None: no range."""
    waiting: float | None = None
    """Contacts that still wait at its end."""
    counted: float = 0.0
    """Contacts still to come that count in the service level."""


class DayOutlook(msgspec.Struct, frozen=True, gc=False):
    """The day at its close."""

    offered: float
    """Contacts: so far, and the rest by the updated forecast."""
    offered_low: float
    """Lower end of the range that holds 80 % of outcomes."""
    offered_high: float
    service_level: float | None = None
    low: float | None = None
    """Lower end of the range that holds 80 % of outcomes."""
    high: float | None = None
    p_in_range: float | None = None
    """P(the day's service level is inside the range); None: no range."""
    p_on_target: float | None = None
    """P(it is at or above the target); None: no target."""
    p_at_least_low: float | None = None
    """P(it is at or above the range's low end)."""
    plain: float | None = None
    """Expected level before the record of past days corrects it (`copc.projected_day.learn_outcome`)."""
    deviation: float | None = None
    """Standard deviation before the record widens or narrows it."""


class Risk(msgspec.Struct, frozen=True, gc=False):
    """The next interval at risk."""

    start_ms: int
    p_below: float
    lacks: int | None
    """Agents, 1 or more; None: no target is set, or there are as many as it requires (a backlog, or chance)."""
    by_ms: int
    """When they are needed."""


def agents_lacking(net_staffing: float | None) -> int | None:
    """Whole agents that would make up a net staffing below 0; None: it is not known, or nobody is lacking."""
    lacks = 0 if net_staffing is None else math.ceil(-net_staffing - _ROUNDING)
    return lacks if lacks > 0 else None


class Projection(msgspec.Struct, frozen=True):
    """The rest of one queue's local day."""

    program: str
    queue: str
    channel: str
    timezone: str
    parameters_version: str
    made_ms: int
    """The time that it is made for."""
    known_ms: int
    """Up to here the queue's data was known."""
    begin_ms: int
    """The local day's open time; 0: there is none."""
    end_ms: int
    interval_ms: int
    low: float | None = None
    """Low end of the range of the service level, ratio."""
    target: float | None = None
    intervals: tuple[IntervalOutlook, ...] = ()
    day: DayOutlook | None = None
    """None: an interval of it has no forecast."""
    risk: Risk | None = None
    notes: tuple[Note, ...] = ()

    @property
    def next_interval(self) -> IntervalOutlook | None:
        """The first interval that has not begun."""
        return next((interval for interval in self.intervals if interval.start_ms >= self.made_ms), None)


class Horizon(msgspec.Struct, frozen=True, gc=False):
    """The figures of some intervals ahead together."""

    reforecast_offered: float | None = None
    projected_service_level: float | None = None
    projected_net_staffing: float | None = None
    """The lowest of any of them."""


def horizons_of(projection: Projection) -> dict[str, Horizon]:
    """The figures by `HORIZONS`; those that nothing can be said of are not there."""
    ahead = [interval for interval in projection.intervals if interval.start_ms >= projection.made_ms]
    soon = [interval for interval in ahead if interval.start_ms < projection.made_ms + _TWO_HOURS_MS]
    found = {name: _together(part) for name, part in zip(HORIZONS, (ahead[:1], soon, ahead), strict=True) if part}
    if projection.day is not None and "day" in found:
        found["day"] = msgspec.structs.replace(found["day"], projected_service_level=projection.day.service_level)
    elif "day" in found:
        del found["day"]
    return found


def _together(intervals: Sequence[IntervalOutlook]) -> Horizon:
    """The figures of intervals together; none where one of them, of which contacts may come, has none."""
    if any(interval.reforecast_offered is None for interval in intervals):
        return Horizon()
    busy = [interval for interval in intervals if interval.reforecast_offered]
    levels = [each.projected_service_level for each in busy if each.projected_service_level is not None]
    nets = [each.net_staffing for each in busy if each.net_staffing is not None]
    counted = sum(interval.counted for interval in busy)
    good = sum(level * each.counted for level, each in zip(levels, busy, strict=False))
    return Horizon(
        sum(interval.reforecast_offered or 0.0 for interval in intervals),
        good / counted if counted > 0 and len(levels) == len(busy) else None,
        min(nets) if nets and len(nets) == len(busy) else None,
    )
