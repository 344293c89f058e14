"""Frozen, typed settings: what one YAML file, or several versions of it, mean for each queue."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.rules import RuleSettings

__all__ = ["QueueSettings", "RuleSettings", "ServiceLevel"]


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """How a queue's service level is counted, and what it should be."""

    definition: str
    """S1 to S6 (metrics section 1)."""
    threshold_ms: int
    threshold_inclusive: bool
    """Whether a wait of exactly the threshold counts as within."""
    target: float | None
    """Ratio; None: no target is set."""
    range: tuple[float, float] | None
    """Low and high end, ratios; None: no range is set."""
    short_abandon_ms: int
    overflow_counts: bool
    """Whether overflowed contacts stand in the denominator."""
    patience_seconds: float | None
    """Mean patience of Erlang A; None: customers never leave (Erlang C)."""
    max_occupancy: float
    """Ratio that required agents must not exceed."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Everything the configuration says about one queue, in one parameter version."""

    program: str
    queue: str
    channel: str
    configured: bool
    """Whether the file names this queue; False: it has the defaults."""
    timezone: str
    """IANA name, of open hours and slots."""
    interval_ms: int
    interval_closed: str
    """left: [start, end); right: (start, end]."""
    attribution: str
    """arrival or event (metrics section 1)."""
    grace_ms: int
    idle_ms: int
    clock_skew_ms: int
    silent_after_ms: int
    max_state_ms: int
    correction_ms: int
    plan: str
    """frozen, latest, or the name of a plan version."""
    parameters_version: str
    parameters_from_ms: int
    """First instant of the version, milliseconds since 1970-01-01 UTC."""
    service_level: ServiceLevel
    hours: tuple[tuple[tuple[int, int], ...], ...] | None
    """Open spans of seven weekdays from Monday, minutes from local midnight; an end beyond 1440 lies on the next
    day. None: open whenever there is data."""
    closed: frozenset[datetime.date]
    rules: Mapping[str, RuleSettings] = field(hash=False)
    deferred: bool = False
    """Whether contacts wait for hours by design (email, case) rather than in real time."""
