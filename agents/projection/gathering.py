"""The parts of a projection's inputs that are gathered alike from an engine's state and from a history's rows."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from msgspec import structs

from agents.intervals.calendar import Calendar, OpenDay
from agents.intervals.counts import NEVER
from agents.planning.causes import why_not_modelled_queue
from agents.projection.inputs import Evidence, Goal, IntervalAhead, Note, QueueAhead
from agents.projection.known import DayKnown, Known
from config.settings import QueueSettings

__all__ = ["goal_of", "with_day", "without_day"]

_SETTLED_MS: Final = 120_000
"""Agents are taken from an open interval once so much of it is over."""
_HALF: Final = 0.5
"""The part of an open interval from which its volume is taken for the pace of now."""


def goal_of(settings: QueueSettings) -> Goal:
    """The queue's service level: how it counts, and what is wanted of it."""
    level = settings.service_level
    low, high = level.range or (None, None)
    return Goal(
        level.definition,
        level.threshold_ms / 1000,
        level.short_abandon_ms / 1000,
        level.patience_seconds,
        level.max_occupancy,
        level.target,
        low,
        high,
        settings.concurrency,
    )


def without_day(queue: QueueAhead, calendar: Calendar) -> QueueAhead:
    """The queue at an instant (`known_ms`) at which no open day goes on, with the reason."""
    spans = calendar.day(calendar.local_date(queue.known_ms)).spans
    return structs.replace(queue, notes=(Note("day_over" if spans else "closed_day"),))


def with_day(
    queue: QueueAhead,
    day: OpenDay,
    rest: Sequence[IntervalAhead],
    so_far: DayKnown,
    settings: QueueSettings,
    last_data_end: int,
    open_known: Known | None = None,
) -> QueueAhead:
    """The queue with its local day: the sums so far, the intervals ahead, and what cannot be said.

    Args:
        queue: its names, goal and record.
        day: the open day.
        rest: the intervals ahead.
        so_far: the day as far as it is known.
        settings: in force.
        last_data_end: the end of the last interval that had data; `NEVER`: none had.
        open_known: the open interval, where anything is known of it.
    """
    staffed, busy = _agents_now(so_far, open_known, queue.interval_ms, settings.concurrency)
    volume, handling, attendance = (
        Evidence(belief, pattern) for belief, pattern in zip(so_far.beliefs, so_far.patterns, strict=True)
    )
    return structs.replace(
        queue,
        begin_ms=day.begin_ms,
        end_ms=day.end_ms,
        intervals=tuple(rest),
        volume=volume,
        handling=handling,
        attendance=attendance,
        aht_seconds=so_far.aht_seconds,
        staffed=staffed,
        busy=busy,
        offered=so_far.offered,
        good=so_far.good,
        counted=so_far.counted,
        notes=tuple(_notes_of(settings, rest, so_far, last_data_end)),
        handling_ms=so_far.handling_ms,
        with_contact_ms=so_far.with_contact_ms,
    )


def _agents_now(
    so_far: DayKnown, open_known: Known | None, length_ms: int, concurrency: float
) -> tuple[float | None, float]:
    """Agents who are there now (None: not known), and how many of them are taken by contacts.

    Args:
        so_far: the day.
        open_known: its open interval, where there is one.
        length_ms: of an interval.
        concurrency: contacts that an agent effectively serves at once.
    """
    staffed, last = so_far.staffed, so_far.last
    told = (open_known, last)
    if concurrency > 1:
        # The handling of contacts that still go on is not known: an interval's volume tells more of it.
        last = open_known if open_known is not None and open_known.share >= _HALF else so_far.whole
        told = (None, None)
    for each in told:
        if each is not None and each.share * length_ms >= _SETTLED_MS and each.occupied_ms is not None:
            busy = each.occupied_ms / (each.share * length_ms * concurrency)
            return staffed, busy if staffed is None else min(busy, staffed)
    if last is None or last.offered is None or so_far.aht_seconds is None:
        return staffed, 0.0
    busy = last.offered * so_far.aht_seconds * 1000 / (max(last.share, 0.05) * length_ms * concurrency)
    return staffed, busy if staffed is None else min(busy, staffed)


def _notes_of(
    settings: QueueSettings, rest: Sequence[IntervalAhead], so_far: DayKnown, last_data_end: int
) -> Iterator[Note]:
    """Why something cannot be projected, or by what it was projected instead.

    Args:
        settings: of the queue.
        rest: the intervals ahead.
        so_far: the day.
        last_data_end: the end of the last interval that had data; `NEVER`: none had.
    """
    if why_not_modelled_queue(settings) is not None:
        yield Note("deferred" if settings.deferred else "not_modelled")
    last = so_far.last
    if last is not None and last.missing:
        yield Note("missing_feed", last.start_ms if last_data_end == NEVER else last_data_end)
    elif so_far.missing_ms is not None:
        yield Note("missing", so_far.missing_ms)
    yield from _plan_notes(rest)
    unscheduled = [each.start_ms for each in rest if each.scheduled_agents is None]
    if unscheduled and so_far.staffed is not None:
        yield Note("staffed_of_now", unscheduled[0])
    elif rest and len(unscheduled) == len(rest):
        yield Note("no_agents")
    if so_far.aht_seconds is None and not any(each.forecast_aht_seconds for each in rest):
        yield Note("no_aht")


def _plan_notes(rest: Sequence[IntervalAhead]) -> Iterator[Note]:
    """Whose forecast it is."""
    planned = [each.planned for each in rest]
    if not any(planned):
        if any(each.forecast_offered is not None for each in rest):
            yield Note("no_plan")
        return
    ends = [other.start_ms for one, other in pairwise(rest) if one.planned and not other.planned]
    if ends:
        yield Note("plan_ends", ends[0])
