"""The inputs of a projection of one queue's day, and nothing else: small enough to be sent once a second.

A worker has the queue's state; `web` has none, and projects all the same. So whoever has the state gathers these values
(`agents.projection.gather`), and whoever wants to know the rest of the day hands them to `agents.projection.project`. A
change that somebody thinks of (agents, volume, handle time) is a change of these values: `changed`.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from copc.projected_day import NO_RECORD, DayRecord
from copc.reforecast import Belief, DayPattern, prior
from copc.service_level import Definition

__all__ = [
    "ATTENDANCE",
    "NOTHING",
    "NO_LEVEL",
    "Change",
    "Evidence",
    "Goal",
    "IntervalAhead",
    "Note",
    "QueueAhead",
    "Reason",
    "changed",
]

Reason = Literal[
    "closed_day", "day_over", "not_kept", "no_history", "partly_no_history", "no_plan", "plan_ends", "missing_feed",
    "missing", "deferred", "not_modelled", "no_agents", "no_aht", "staffed_of_now",
]  # fmt: skip
"""Why something cannot be projected, or by what it was projected instead."""
NOTHING: Final = frozenset({"closed_day", "day_over", "not_kept", "no_history"})
"""Reasons by which nothing is projected."""
NO_LEVEL: Final = frozenset({"missing_feed", "deferred", "not_modelled", "no_agents", "no_aht"})
"""Reasons by which volume and handle time are projected, and no service level."""
ATTENDANCE: Final = DayPattern(day_share=0.2, fade_seconds=7200.0, dispersion=1.0, amplitude=(0.12,) * 24)
"""How the share of the scheduled agents who are there strays: who is away now is mostly back in two hours."""


class Note(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A reason, with the instant it is about."""

    reason: Reason
    at_ms: int | None = None
    """The first interval without (`plan_ends`, `partly_no_history`, `staffed_of_now`) or missing (`missing`), or the
    last word (`missing_feed`)."""


class IntervalAhead(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An interval of the day that is not over, or of which nothing is known yet. Figures are of the whole interval."""

    start_ms: int
    hour: int
    """Hour of the local day, 0 to 23."""
    forecast_offered: float | None = None
    """The plan's, else the queue's own mean of the slot; None: neither is known."""
    forecast_aht_seconds: float | None = None
    """Likewise."""
    scheduled_agents: float | None = None
    """By the plan; None: it says none."""
    planned: bool = False
    """Whether the forecast is the plan's."""
    offered: int = 0
    """Contacts so far; more than 0 in the open interval alone."""
    good: float = 0.0
    """Numerator of the service level so far."""
    counted: float = 0.0
    """Its denominator so far."""
    volume: float = 1.0
    """Factor on the contacts still to come, >= 0: somebody asks what if."""
    aht: float = 1.0
    """Factor on the handle time, > 0, likewise."""
    agents: float = 0.0
    """Agents more (or fewer), likewise."""


class Evidence(msgspec.Struct, array_like=True, frozen=True):
    """The day so far against its forecasts, of one figure."""

    belief: Belief
    pattern: DayPattern = DayPattern()


class Goal(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The queue's service level: how it counts, and what is wanted of it."""

    definition: Definition = "S1"
    threshold_seconds: float = 20.0
    short_abandon_seconds: float = 5.0
    patience_seconds: float | None = None
    """Mean patience; None: nobody gives up (Erlang C)."""
    max_occupancy: float = 1.0
    target: float | None = None
    low: float | None = None
    """Low end of the range, ratio; None: no range is set."""
    high: float | None = None
    concurrency: float = 1.0
    """Contacts that an agent effectively serves at once, >= 1."""


_NEW: Final = Evidence(prior(DayPattern()))
_ALL_THERE: Final = Evidence(prior(ATTENDANCE), ATTENDANCE)


class QueueAhead(msgspec.Struct, array_like=True, frozen=True):
    """One queue's local day, as far as it is known at one moment. Fields are appended, never reordered."""

    program: str
    queue: str
    channel: str
    timezone: str
    """IANA name."""
    parameters_version: str
    interval_ms: int
    known_ms: int
    """Up to here the queue's data is known; the intervals ahead begin or lie behind it."""
    begin_ms: int = 0
    """Beginning of the local day's open time; 0 where there is none."""
    end_ms: int = 0
    intervals: tuple[IntervalAhead, ...] = ()
    """In order of time."""
    volume: Evidence = _NEW
    handling: Evidence = _NEW
    attendance: Evidence = _ALL_THERE
    aht_seconds: float | None = None
    """Mean handle time of the day so far, for intervals without a forecast of it."""
    staffed: float | None = None
    """Agents who are there now, for intervals without a schedule; None: not known."""
    busy: float = 0.0
    """Agents who handle a contact now."""
    waiting: float = 0.0
    """Contacts that wait now."""
    offered: int = 0
    """Contacts of the day so far."""
    good: float = 0.0
    """Numerator of the day's service level so far: intervals that are final, over or open."""
    counted: float = 0.0
    """Its denominator so far."""
    goal: Goal = Goal()
    record: DayRecord = NO_RECORD
    """How past days came in against their projections."""
    notes: tuple[Note, ...] = ()
    shares_with: tuple[str, ...] | None = None
    """Other queues that an agent of this one serves, too; None: no agent state says."""
    handling_ms: int = 0
    """Contacts' handling time in the day's final intervals, of a queue whose agents may serve several at once."""
    with_contact_ms: int = 0
    """Agents' time with at least one contact, in the same intervals; 0: their states do not say."""

    @property
    def reached(self) -> float | None:
        """Contacts that an agent with any has had at once in the day's final intervals; None: not known."""
        return self.handling_ms / self.with_contact_ms if self.with_contact_ms else None


class Change(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Something that somebody thinks of, for a span of time."""

    from_ms: int
    to_ms: int
    agents: float = 0.0
    """Agents more, or fewer."""
    volume: float = 1.0
    """Factor on the contacts still to come, >= 0."""
    aht: float = 1.0
    """Factor on the handle time, > 0."""


def changed(queue: QueueAhead, changes: Sequence[Change]) -> QueueAhead:
    """The same day under changes; an interval that one covers in part has its part of it."""
    intervals = list(queue.intervals)
    for change in changes:
        for place, interval in enumerate(intervals):
            begin, end = max(interval.start_ms, queue.known_ms), interval.start_ms + queue.interval_ms
            share = (min(end, change.to_ms) - max(begin, change.from_ms)) / max(end - begin, 1)
            if share > 0:
                intervals[place] = msgspec.structs.replace(
                    interval,
                    agents=interval.agents + share * change.agents,
                    volume=interval.volume * (1 + share * (change.volume - 1)),
                    aht=interval.aht * (1 + share * (change.aht - 1)),
                )
    return msgspec.structs.replace(queue, intervals=tuple(intervals))
