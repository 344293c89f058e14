"""The result of one interval from its sums: figures, verdicts and integrity.

The arithmetic is that of `copc`. This module decides, once for live, replay and verification, which figures a
result may give when a count is missing or fails a check.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from agents.intervals.agent_time import StaffTime
from agents.intervals.calendar import Calendar
from agents.intervals.counts import IntervalCounts
from agents.intervals.parts import AMBIGUOUS_HOUR, is_ambiguous, is_cover
from agents.intervals.sigma_windows import process_of
from config.settings import QueueSettings
from config.timestamps import utc_offset_seconds
from copc.integrity import count_checks, reported_mismatch
from copc.service_level import Counts, Figure, abandon_rate, aht, asa, occupancy, service_level
from streams.records import Snapshot
from streams.results import IntervalResult

__all__ = [
    "DERIVED",
    "DIGITS",
    "ReportedCounts",
    "interval_result",
    "level_of",
    "number",
    "of_absent_row",
    "of_contacts",
    "of_snapshot",
    "spec_verdict",
    "trusted",
    "with_agents",
    "with_capacity",
]

DIGITS: Final = 9
"""Decimals of figures that come out of a model: their last ones differ from one library to the next."""
DERIVED: Final = "derived"
"""Check that only tells: a field was computed from an average or a percentage."""
_CHECKED: Final = (
    "offered",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_within",
    "short_abandoned",
    "overflowed",
)
"""Counts of a snapshot that must agree with each other."""
_HANDLING: Final = ("talk_ms", "hold_ms", "wrap_ms")
_NOT_NEGATIVE: Final = ("waiting", "wait_ms", *_HANDLING, "handled", "occupied_ms", "available_ms", "staffed_ms")
_DOUBTS: Final = {
    "exceeds_answered": ("answered_within",),
    "exceeds_abandoned": ("abandoned_within", "short_abandoned"),
    "unbalanced": ("offered", "abandoned", "overflowed"),
}
"""Check that fails -> counts that no figure may rest on then."""


@dataclass(slots=True)
class ReportedCounts:
    """The reported counts and milliseconds of one interval (None: not reported)."""

    offered: int | None = None
    answered: int | None = None
    answered_within: int | None = None
    abandoned: int | None = None
    abandoned_within: int | None = None
    short_abandoned: int | None = None
    overflowed: int | None = None
    waiting: int | None = None
    wait_ms: int | None = None
    handle_ms: int | None = None
    handled: int | None = None
    occupied_ms: int | None = None
    available_ms: int | None = None
    staffed_ms: int | None = None
    checks: tuple[str, ...] = ()
    """Failed CUI checks, in the order found."""
    doubtful: frozenset[str] = field(default_factory=frozenset)
    """Counts that fail a check: a figure that needs one is empty."""


def of_absent_row() -> ReportedCounts:
    """The counts of an interval of which a feed that writes no rows of zeros has none."""
    return ReportedCounts(
        offered=0,
        answered=0,
        answered_within=0,
        abandoned=0,
        abandoned_within=0,
        short_abandoned=0,
        overflowed=0,
        wait_ms=0,
        handle_ms=0,
        handled=0,
        checks=("assumed_zero",),
    )


def number(value: float | None) -> float | int | None:
    """Return `value` as a whole number where it is one, so that 5.0 and 5 are written alike."""
    return int(value) if value is not None and value == int(value) else value


def of_contacts(counts: IntervalCounts, settings: QueueSettings) -> ReportedCounts:
    """The counts of an interval whose feed is contacts.

    Contacts that have neither been answered nor left still wait, or were lost track of. Under `event` attribution a
    contact belongs to no interval before it leaves. Where one was abandoned at an unknown moment, nobody knows how many
    were in time.
    """
    waiting = counts.offered - counts.answered - counts.abandoned - counts.overflowed - counts.lost
    checks = ("two_feeds",) if counts.snapshot is not None else ()
    return ReportedCounts(
        offered=counts.offered,
        answered=counts.answered,
        answered_within=counts.answered_within,
        abandoned=counts.abandoned,
        abandoned_within=None if counts.unknown_abandons else counts.abandoned_within,
        short_abandoned=None if counts.unknown_abandons else counts.short_abandoned,
        overflowed=counts.overflowed,
        waiting=waiting if settings.attribution == "arrival" else 0,
        wait_ms=counts.wait_ms,
        handle_ms=counts.handle_ms,
        handled=counts.handled,
        occupied_ms=counts.occupied_ms,
        checks=(*checks, "lost_track") if counts.lost else checks,
    )


def of_snapshot(snapshot: Snapshot, settings: QueueSettings, before: int | None) -> ReportedCounts:
    """The counts of an interval whose feed is interval snapshots, with their integrity checks.

    Args:
        snapshot: the counts.
        settings: of the queue.
        before: contacts offered in the intervals that began within `max_balance_seconds` before it; None: unknown.
    """
    level, rounding = settings.service_level, snapshot.roundings()
    incomplete = snapshot.as_of_ms < snapshot.end_ms
    checks = count_checks(
        **{name: getattr(snapshot, name) for name in _CHECKED},
        before=None if incomplete else before,
        others=[getattr(snapshot, name) for name in _NOT_NEGATIVE],
        rounding=rounding,
    )
    doubtful = {name for check in checks for name in _DOUBTS.get(check, ())}
    if "unbalanced" in checks and not _ordered(snapshot.answered_within, snapshot.answered, snapshot.offered):
        doubtful |= {"answered", "answered_within"}
    for name in (*_CHECKED, *_NOT_NEGATIVE):
        if (getattr(snapshot, name) or 0) < 0:
            doubtful.add("handle_ms" if name in _HANDLING else name)
    also = _other_definitions(snapshot, level.threshold_ms)
    if also:
        doubtful |= {"answered_within", "abandoned_within"}
    if is_ambiguous(snapshot):
        also.append(AMBIGUOUS_HOUR)
    if incomplete and not is_cover(snapshot):
        also.append("incomplete")
    actuals = ReportedCounts(
        offered=snapshot.offered,
        answered=snapshot.answered,
        answered_within=snapshot.answered_within,
        abandoned=snapshot.abandoned,
        abandoned_within=snapshot.abandoned_within,
        short_abandoned=snapshot.short_abandoned,
        overflowed=snapshot.overflowed,
        waiting=snapshot.waiting,
        wait_ms=snapshot.wait_ms,
        handle_ms=snapshot.handle_ms,
        handled=snapshot.handled,
        occupied_ms=snapshot.occupied_ms,
        available_ms=snapshot.available_ms,
        staffed_ms=snapshot.staffed_ms,
        doubtful=frozenset(doubtful),
    )
    if snapshot.service_level_reported is not None:
        recomputed = level_of(actuals, settings)
        tolerance = settings.rules["integrity"].parameters["tolerance"]
        allowed = sum(rounding.get(name, 0) for name in _CHECKED) / (recomputed.denominator or 1)
        if reported_mismatch(
            snapshot.service_level_reported,
            recomputed.value,
            tolerance=float(tolerance),  # type: ignore[arg-type]  # a number by its rule's type
            allowed=allowed,
        ):
            also.append("reported_mismatch")
    if rounding:
        also.append(DERIVED)
    actuals.checks = (*checks, *also)
    return actuals


def _other_definitions(snapshot: Snapshot, threshold_ms: int) -> list[str]:
    """Why the counts within the threshold are not those of the queue's own definition."""
    found: list[str] = []
    if snapshot.threshold_ms is not None and snapshot.threshold_ms != threshold_ms:
        found.append("threshold_mismatch")
    if snapshot.definition_changed:
        found.append("definition_changed")
    return found


def _ordered(*counts: int | None) -> bool:
    """Whether the counts that are reported do not fall."""
    known = [count for count in counts if count is not None]
    return known == sorted(known)


def with_agents(actuals: ReportedCounts, time: StaffTime) -> ReportedCounts:
    """The counts with the agents' own time, which takes precedence over the feed's.

    States that tell only who is logged in do not say who was busy: then the handling is the feed's, and the agents were
    available for the rest. Where it is not reported, or is longer, that is not known.
    """
    occupied: int | None = time.occupied_ms
    available: int | None = time.available_ms
    undivided = time.undivided
    doubtful = actuals.doubtful - {"occupied_ms", "available_ms", "staffed_ms"}
    if not occupied and (actuals.handled or actuals.occupied_ms):
        undivided = time.mostly_shared
        occupied = trusted(actuals, "occupied_ms")
        rest = -1 if occupied is None else time.staffed_ms - occupied
        available = rest if rest >= 0 else None
    return replace(
        actuals,
        occupied_ms=occupied,
        available_ms=available,
        staffed_ms=time.staffed_ms,
        checks=(*actuals.checks, "shared_agents") if undivided else actuals.checks,
        doubtful=doubtful | {"occupied_ms"} if undivided else doubtful,
    )


def with_capacity(actuals: ReportedCounts, time: StaffTime | None, concurrency: float) -> ReportedCounts:
    """The counts where an agent serves several contacts at once: what contacts take of the agents' capacity.

    Occupied is the contacts' handling time, which adds up to more than the agents' own; available is what is left of
    the capacity (staffed time x concurrency, to whole milliseconds), not below 0.

    Args:
        actuals: the counts of the feed.
        time: of the agents, which takes precedence over the feed's; None: there are no agent states.
        concurrency: contacts that an agent effectively serves at once.
    """
    staffed = trusted(actuals, "staffed_ms") if time is None else time.staffed_ms
    if staffed is None:
        return actuals
    occupied = trusted(actuals, "occupied_ms")
    undivided = time is not None and (time.undivided if time.occupied_ms else time.mostly_shared)
    available = None if occupied is None else max(round(staffed * concurrency) - occupied, 0)
    doubtful = actuals.doubtful - {"available_ms", "staffed_ms"}
    return replace(
        actuals,
        available_ms=available,
        staffed_ms=staffed,
        checks=(*actuals.checks, "shared_agents") if undivided else actuals.checks,
        doubtful=doubtful | {"occupied_ms"} if undivided else doubtful,
    )


def level_of(actuals: ReportedCounts, settings: QueueSettings) -> Figure:
    """The service level in the queue's own definition; the figure names doubtful counts as missing."""
    return _level(_counts(actuals), settings)


def _level(counts: Counts, settings: QueueSettings) -> Figure:
    level = settings.service_level
    return service_level(counts, level.definition, overflow_counts=level.overflow_counts)


def trusted(actuals: ReportedCounts, name: str) -> int | None:
    """The count called `name`; None where it is not reported or fails a check."""
    return None if name in actuals.doubtful else getattr(actuals, name)


def _counts(actuals: ReportedCounts) -> Counts:
    return Counts(
        answered=trusted(actuals, "answered"),
        abandoned=trusted(actuals, "abandoned"),
        answered_within=trusted(actuals, "answered_within"),
        abandoned_within=trusted(actuals, "abandoned_within"),
        short_abandoned=trusted(actuals, "short_abandoned"),
        overflowed=trusted(actuals, "overflowed"),
        waiting=trusted(actuals, "waiting"),
    )


def spec_verdict(offered: int | None, level: float | None, settings: QueueSettings) -> str:
    """The `spec` column: the service level against the queue's range (docs/concepts/figures.md#the-spec-column)."""
    if offered == 0:
        return "no_demand"
    if offered is None or level is None:
        return "unknown"
    limits = settings.service_level.range
    if limits is None:
        return "no_target"
    if offered < minimum_volume(settings):
        return "low_volume"
    if level < limits[0]:
        return "below"
    return "above" if level > limits[1] else "in_range"


def minimum_volume(settings: QueueSettings) -> int:
    """Offered contacts below which a verdict on service level is withheld."""
    return int(settings.rules["service_level_below_range"].parameters["min_volume"])  # type: ignore[arg-type]  # a number by its rule's type


def interval_result(
    settings: QueueSettings,
    calendar: Calendar,
    start_ms: int,
    actuals: ReportedCounts,
    *,
    program: str,
    channel: str,
    revision: int,
    status: str,
    sources: tuple[str, ...],
) -> IntervalResult:
    """The result of one interval, without the columns of plan (`agents.planning.variance`), rules and chain.

    Args:
        settings: the parameter version in force.
        calendar: of the queue.
        start_ms: the interval.
        actuals: what was counted; all None for a missing interval.
        program: of the queue.
        channel: of the queue.
        revision: 0 provisional, 1 final, 2 and more corrected.
        status: provisional, final, corrected or missing.
        sources: what the figures rest on.
    """
    counts = _counts(actuals)
    level = _level(counts, settings)
    return IntervalResult(
        program=program,
        queue=settings.queue,
        channel=channel,
        interval_start_ms=start_ms,
        utc_offset_seconds=utc_offset_seconds(start_ms, calendar.zone.key),
        interval_ms=settings.interval_ms,
        revision=revision,
        status=status,
        definition=settings.service_level.definition,
        threshold_ms=settings.service_level.threshold_ms,
        parameters_version=settings.parameters_version,
        offered=actuals.offered,
        answered=actuals.answered,
        answered_within=actuals.answered_within,
        abandoned=actuals.abandoned,
        abandoned_within=actuals.abandoned_within,
        short_abandoned=actuals.short_abandoned,
        overflowed=actuals.overflowed,
        waiting=actuals.waiting,
        wait_ms=actuals.wait_ms,
        handle_ms=actuals.handle_ms,
        handled=actuals.handled,
        occupied_ms=actuals.occupied_ms,
        available_ms=actuals.available_ms,
        staffed_ms=actuals.staffed_ms,
        service_level=level.value,
        abandon_rate=abandon_rate(counts, settings.service_level.definition).value,
        asa_seconds=asa(_s(actuals, "wait_ms"), trusted(actuals, "answered")).value,
        aht_seconds=aht(_s(actuals, "handle_ms"), trusted(actuals, "handled")).value,
        occupancy=occupancy(_s(actuals, "occupied_ms"), _s(actuals, "available_ms")).value,
        process_sigma=_sigma(level, settings) if revision else None,
        spec="unknown" if status == "missing" else spec_verdict(_demand(actuals, level), level.value, settings),
        integrity=actuals.checks,
        sources=sources,
    )


def _sigma(level: Figure, settings: QueueSettings) -> float | None:
    """Sigma of contacts served in time, the shift included; None: too few, or the service level is not known."""
    rule = settings.rules["variation_too_big"]
    process = None if level.value is None else process_of(level.numerator, level.denominator, rule)
    return None if process is None or process.level is None else number(round(process.level, DIGITS))


def _demand(actuals: ReportedCounts, level: Figure) -> int | None:
    """Contacts offered; where they fail a check they still tell the demand behind a figure that stands without them."""
    offered = actuals.offered
    return offered if level.value is not None and (offered or 0) >= 0 else trusted(actuals, "offered")


def _s(actuals: ReportedCounts, name: str) -> float | None:
    ms = trusted(actuals, name)
    return None if ms is None else ms / 1000
