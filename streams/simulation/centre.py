"""The specification of a simulated contact centre: its queues, their staffing, and their incidents.

The demo has to look like a real operation, and the tests have to know the truth. So frozen values here state all
that the simulation does, and the code that runs it hides nothing. A queue is an Erlang-A queue (impatient customers,
first come first served) whose load follows a daily curve. Its plan expects the curve and staffs for it. An incident
is an event that the plan did not know.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from copc.service_level import DEFINITIONS, Definition

__all__ = [
    "DEFAULT_ACCURACY",
    "FACTORS",
    "FLAT",
    "OFFICE",
    "ROUND_THE_CLOCK",
    "SHOP",
    "CentreSpec",
    "Incident",
    "IncidentKind",
    "QueueSpec",
]

IncidentKind = Literal["surge", "long_calls", "absent", "feed_stop"]

FACTORS: Final[dict[IncidentKind, float]] = {"surge": 1.5, "long_calls": 1.5, "absent": 1 / 3, "feed_stop": 1.0}
"""Size of a large incident of each kind: times the volume, times the handle time, share of the agents away."""

FLAT: Final = (1.0,) * 48
"""A curve with the same volume all day: a stationary queue, whose figures Erlang's formulas give."""
OFFICE: Final = (
    *(0.05,) * 14, *(0.25, 0.45, 0.65, 0.80, 0.92, 0.98, 1.0, 0.97, 0.90, 0.82, 0.74, 0.66), *(0.62, 0.68, 0.76),
    *(0.84, 0.88, 0.86, 0.80, 0.70, 0.58, 0.46, 0.36, 0.28, 0.22, 0.16, 0.12, 0.10, 0.08, 0.07, 0.06, 0.05, 0.05),
    0.05,
)  # fmt: skip
"""A curve with two humps, the higher before noon, as business hours have."""
SHOP: Final = (
    *(0.05,) * 16, *(0.15, 0.25, 0.38, 0.50, 0.58, 0.62, 0.66, 0.70, 0.68, 0.62, 0.58, 0.58, 0.62, 0.66),
    *(0.72, 0.78, 0.84, 0.90, 0.95, 0.98, 1.0, 0.98, 0.92, 0.84, 0.72, 0.58, 0.44, 0.32, 0.22, 0.15, 0.10, 0.07),
)  # fmt: skip
"""A curve that rises towards the evening, as private customers have."""
ROUND_THE_CLOCK: Final = (
    *(0.30, 0.26, 0.22, 0.20, 0.18, 0.17, 0.17, 0.18, 0.20, 0.24, 0.30, 0.36), *(0.46, 0.58, 0.70, 0.80, 0.88),
    *(0.94, 0.98, 1.0, 1.0, 0.98, 0.95, 0.92, 0.90, 0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.97, 0.95),
    *(0.92, 0.88, 0.84, 0.80, 0.76, 0.72, 0.67, 0.62, 0.56, 0.50, 0.44, 0.39, 0.34),
)  # fmt: skip
"""A curve that is never silent: a fifth of the busiest hour at night."""

DEFAULT_ACCURACY: Final = (("end_user", 0.97), ("business", 0.94), ("compliance", 0.998), ("non_critical", 0.90))


@dataclass(frozen=True, slots=True)
class Incident:
    """An event that the plan did not know, in one queue for a stretch of time."""

    kind: IncidentKind
    """surge: more contacts; long_calls: longer handling of contacts offered meanwhile; absent: agents away;
    feed_stop: the centre runs, but its records of this queue do not come out."""
    queue: str
    start_ms: int
    end_ms: int
    factor: float | None = None
    """Factor on the volume or the handle time, or the share of agents away; None: as in `FACTORS`."""
    deliver_late: bool = True
    """Whether a stopped feed hands in the held records when it runs again, or loses them."""

    def __post_init__(self) -> None:
        """Refuse an incident that cannot happen."""
        if self.kind not in FACTORS:
            raise ValueError(f"kind must be one of {', '.join(FACTORS)}, found {self.kind!r}")
        if self.end_ms <= self.start_ms:
            raise ValueError(f"end_ms must be after start_ms {self.start_ms}, found {self.end_ms}")
        if not self.size > 0 or (self.kind == "absent" and self.size > 1):
            raise ValueError(f"factor of {self.kind} must be above 0 (absent: at most 1), found {self.factor}")

    @property
    def size(self) -> float:
        """The factor in force."""
        return FACTORS[self.kind] if self.factor is None else self.factor


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """One queue: its customers, its staffing and the definition of its service level."""

    program: str
    queue: str
    contacts_per_half_hour: float
    """Expected contacts in half an hour where the curve is 1."""
    aht_seconds: float
    """Mean talk + hold + wrap."""
    concurrency: float = 1.0
    """Contacts that an agent serves at once when there is always another waiting: an agent takes the next contact when
    the part 1 / concurrency of the last one's handle time is over, and goes on with those before."""
    channel: str = "voice"
    timezone: str = "UTC"
    interval_minutes: int = 30
    curve: tuple[float, ...] = FLAT
    """48 weights, one for each half hour of the local day."""
    weekdays: tuple[float, ...] = (1.0,) * 7
    """Seven weights from Monday."""
    hours: tuple[tuple[tuple[int, int], ...], ...] | None = None
    """Open spans of seven weekdays in minutes from local midnight (an end beyond 1440 lies on the next day);
    None: round the clock. Contacts in the queue at closing are still answered."""
    closed: frozenset[dt.date] = frozenset()
    """Local dates on which no span begins."""
    dispersion: float = 1.0
    """phi: variance / mean of the contacts of one interval; 1 is Poisson."""
    handling: Literal["lognormal", "exponential"] = "lognormal"
    handling_cv: float = 0.75
    """SD / mean of handle times, where lognormal."""
    wrap_share: float = 0.15
    """Share of a contact's handle time that is after-contact work."""
    patience_seconds: float | None = 180.0
    """Mean of exponential patience; None: customers never give up."""
    max_wait_seconds: float | None = None
    """Wait after which a contact overflows (voicemail); None: never."""
    definition: Definition = "S1"
    threshold_seconds: float = 20.0
    threshold_inclusive: bool = True
    short_abandon_seconds: float = 5.0
    target: float = 0.80
    """Service level the plan staffs for."""
    max_occupancy: float = 1.0
    agents: int | None = None
    """Number of agents at all open times, instead of the plan's requirement."""
    spare_agents: int = 0
    """Agents scheduled beyond (below 0: short of) the requirement; at least one is scheduled."""
    evaluation_share: float = 0.0
    """Share of the answered contacts that are monitored (item 2.4), chosen at random."""
    accuracy: tuple[tuple[str, float], ...] = DEFAULT_ACCURACY
    """True share of transactions without an error of the family."""

    def __post_init__(self) -> None:
        """Refuse a queue that cannot be simulated, naming the field."""
        for name in ("contacts_per_half_hour", "evaluation_share", "wrap_share"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0, found {getattr(self, name)}")
        for name in ("aht_seconds", "patience_seconds", "max_wait_seconds", "handling_cv", "agents"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, found {value}")
        for name in ("dispersion", "concurrency"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"{name} must be at least 1, found {getattr(self, name)}")
        if self.interval_minutes <= 0 or 60 % self.interval_minutes:
            raise ValueError(f"interval_minutes must divide an hour, found {self.interval_minutes}")
        if len(self.curve) != 48 or len(self.weekdays) != 7 or (self.hours is not None and len(self.hours) != 7):
            raise ValueError("curve must have 48 weights, weekdays and hours seven entries")
        if self.definition not in DEFINITIONS:
            raise ValueError(f"definition must be one of {', '.join(DEFINITIONS)}, found {self.definition!r}")

    @property
    def served_seconds(self) -> float:
        """Seconds that a contact keeps an agent from the next one."""
        return self.aht_seconds / self.concurrency

    @property
    def interval_ms(self) -> int:
        """Length of an interval."""
        return self.interval_minutes * 60_000


@dataclass(frozen=True, slots=True)
class CentreSpec:
    """A whole centre."""

    queues: tuple[QueueSpec, ...]
    incidents: tuple[Incident, ...] = ()
    """Incidents that the caller names."""
    incident_rate: float = 0.0
    """Mean number of further incidents a queue and day, which the seed places."""
    incidents_from_ms: int = 0
    """The seed places none that begins before this instant."""

    def __post_init__(self) -> None:
        """Refuse queues of one name, and an incident in a queue that is not there."""
        names = [queue.queue for queue in self.queues]
        if len(set(names)) < len(names):
            raise ValueError(f"queues must have different names, found {', '.join(names)}")
        for incident in self.incidents:
            if incident.queue not in names:
                raise ValueError(f"incident in queue {incident.queue!r}, which is none of {', '.join(names)}")

    def queue(self, name: str) -> QueueSpec:
        """The queue of that name.

        Raises:
            KeyError: there is none.
        """
        for queue in self.queues:
            if queue.queue == name:
                return queue
        raise KeyError(name)
