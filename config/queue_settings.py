"""The settings of one queue, as the engine reads them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from config.layers import Layer, hours_of
from config.rules import RULES, RuleSettings
from copc.service_level import Definition

__all__ = ["LATER_SETTINGS", "UNASSIGNED", "QueueSettings", "ServiceLevel", "queue_settings"]

LATER_SETTINGS: Final = (
    "oldest_record_ms", "dormant_ms", "max_unconfigured_queues", "max_wait_ms", "concurrency", "projections",
)  # fmt: skip
"""Settings that versions of before did not have: at their default they are no change of a version."""
UNASSIGNED: Final = "unassigned"
"""The program of queues that no program has."""


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """The definition of a queue's service level, its target and its range."""

    definition: Definition
    """S1 to S6 (docs/concepts/figures.md#service-level)."""
    threshold_ms: int
    threshold_inclusive: bool
    """Whether a wait of exactly the threshold counts as within."""
    target: float | None
    """Ratio; None: no target is set."""
    range: tuple[float, float] | None
    """Low and high end, ratios; None: no range is set."""
    short_abandon_ms: int
    overflow_counts: bool
    """Whether overflowed contacts count in the denominator."""
    patience_seconds: float | None
    """Mean patience of Erlang A; None: customers never leave (Erlang C)."""
    max_occupancy: float
    """Ratio that required agents must not exceed."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """The settings of one queue in one parameter version."""

    program: str
    queue: str
    """The queue's name; empty: the settings of a program itself."""
    channel: str
    configured: bool
    """Whether the file names this queue; False: it has the defaults of its program."""
    timezone: str
    """IANA name of the zone of open hours and slots."""
    interval_ms: int
    interval_closed: str
    """left: [start, end); right: (start, end]."""
    attribution: str
    """arrival or event (docs/concepts/intervals.md#where-intervals-lie)."""
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
    closed: frozenset[dt.date]
    """Local dates on which no span begins."""
    rules: Mapping[str, RuleSettings] = field(hash=False)
    """Every rule of docs/reference/rules.md, on or off, by name."""
    concurrency: float = 1.0
    """Contacts that one agent effectively serves at once, >= 1 (docs/concepts/figures.md#several-contacts-at-once)."""
    deferred: bool = False
    """Whether contacts wait for hours by design (email, case) rather than in real time."""
    oldest_record_ms: int = 400 * 86_400_000
    """Call data that is so much older than the newest is refused."""
    dormant_ms: int = 35 * 86_400_000
    """Intervals that begin so long after the last data have no row."""
    max_unconfigured_queues: int = 1_000
    """Queues of a partition that no file names, and that are watched at once."""
    max_wait_ms: int = 14_400_000
    """A visit that still waits so long after its last copy is lost track of."""
    projections: tuple[int, ...] = (540, 660, 780, 900)
    """Minutes of the local day at which what is projected is kept for the history."""
    pooled: bool = False
    """Whether it is in a named pool, whose net staffing counts in place of its own."""
    vocabulary: str = "critical"
    """The names of the families of errors: critical (end-user, business, compliance critical) or fatal (release
    4.1: fatal, non-fatal, compliance)."""


def queue_settings(
    layer: Layer, program: str, queue: str, *, configured: bool, parameters: tuple[str, int]
) -> QueueSettings:
    """The settings of a merged `layer`; `parameters` are the version's name and first instant."""
    value = {name: given.value for name, given in layer.items()}
    version, from_ms = parameters
    return QueueSettings(
        program=program,
        queue=queue,
        channel=value["channel"],
        configured=configured,
        timezone=value["timezone"],
        interval_ms=value["interval_ms"],
        interval_closed=value["interval_closed"],
        attribution=value["attribution"],
        grace_ms=value["grace_ms"],
        idle_ms=value["idle_ms"],
        clock_skew_ms=value["clock_skew_ms"],
        silent_after_ms=value["silent_after_ms"],
        max_state_ms=value["max_state_ms"],
        correction_ms=value["correction_ms"],
        plan=value["plan"],
        parameters_version=version,
        parameters_from_ms=from_ms,
        service_level=ServiceLevel(
            definition=value["service_level.definition"],
            threshold_ms=value["service_level.threshold_ms"],
            threshold_inclusive=value["service_level.threshold_inclusive"],
            target=value["service_level.target"],
            range=value["service_level.range"],
            short_abandon_ms=value["service_level.short_abandon_ms"],
            overflow_counts=value["service_level.overflow_counts"],
            patience_seconds=value["service_level.patience_seconds"],
            max_occupancy=value["service_level.max_occupancy"],
        ),
        hours=hours_of(layer),
        closed=value["closed"],
        rules={rule: _rule_settings(rule, layer) for rule in RULES},
        concurrency=value["concurrency"],
        deferred=value["deferred"],
        oldest_record_ms=value["oldest_record_ms"],
        dormant_ms=value["dormant_ms"],
        max_unconfigured_queues=value["max_unconfigured_queues"],
        max_wait_ms=value["max_wait_ms"],
        projections=value["projections"],
        vocabulary=value["vocabulary"],
    )


def _rule_settings(rule: str, layer: Layer) -> RuleSettings:
    definition = RULES[rule]
    on = layer[f"rules.{rule}.on"]
    needed = definition.on_when_set
    return RuleSettings(
        on=layer[f"rules.{rule}.{needed}"].value is not None if needed and on.node is None else on.value,
        severity=layer[f"rules.{rule}.severity"].value,
        parameters={name: layer[f"rules.{rule}.{name}"].value for name in definition.parameters},
    )
