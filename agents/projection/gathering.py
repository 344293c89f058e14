"""The parts of a projection's inputs that are gathered alike from an engine's state and from a history's rows."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from agents.intervals.counts import NEVER
from agents.planning.causes import why_not_modelled_queue
from agents.projection.inputs import Goal, IntervalAhead, Note
from agents.projection.known import DayKnown, Known
from config.settings import QueueSettings

__all__ = ["agents_now", "goal_of", "notes_of"]

_SETTLED_MS: Final = 120_000
"""Agents are taken from an open interval once so much of it is over."""


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


def agents_now(
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
    for each in (open_known, last):
        if each is not None and each.share * length_ms >= _SETTLED_MS and each.occupied_ms is not None:
            busy = each.occupied_ms / (each.share * length_ms * concurrency)
            return staffed, busy if staffed is None else min(busy, staffed)
    if last is None or last.offered is None or so_far.aht_seconds is None:
        return staffed, 0.0
    busy = last.offered * so_far.aht_seconds * 1000 / (max(last.share, 0.05) * length_ms * concurrency)
    return staffed, busy if staffed is None else min(busy, staffed)


def notes_of(
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
