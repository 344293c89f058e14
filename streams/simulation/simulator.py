"""A simulator of a contact centre whose truth is known, for the demo and for tests of the engine.

Real recordings never come with the right answer. Here customers arrive (Poisson with a daily curve and extra
dispersion), wait first come first served, give up after exponential patience, and are handled by agents who come and
go by the plan. Incidents happen where a seed or the caller puts them. The simulation counts its own truth per
interval, independently of the engine, and sends the records that a live feed would send. It has no clock: the same
spec and seed give the same records.

    spec = CentreSpec((QueueSpec("retail", "sales", contacts_per_half_hour=60, aht_seconds=240),))
    day = simulate_day(spec, "sales", datetime.date(2026, 3, 2), seed=1)
    day.truth.offered, day.truth.staffed_agents, day.records

Deliberate simplifications: queues share no agents; a day's spans start with an empty queue; contacts in the queue at
closing (or at midnight, round the clock) are still answered by that day's agents.
"""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from operator import itemgetter
from zoneinfo import ZoneInfo

from streams.records import AgentState, Plan
from streams.simulation.centre import CentreSpec, Incident, IncidentKind, QueueSpec
from streams.simulation.demo import best_moment, demo_centre, queue_spec
from streams.simulation.plan import publication_ms
from streams.simulation.queue import DayRun, run_day
from streams.simulation.records import Emission, Reports, day_records
from streams.simulation.truth import DayTruth, add_up, day_truth, snapshots

__all__ = [
    "CentreSpec",
    "DayTruth",
    "Emission",
    "Incident",
    "IncidentKind",
    "QueueSpec",
    "Reports",
    "SimulatedDay",
    "add_up",
    "best_moment",
    "demo_centre",
    "queue_spec",
    "simulate_counts",
    "simulate_day",
    "snapshots",
    "stream",
]


@dataclass(frozen=True)
class SimulatedDay:
    """One queue's day, with its truth and the records of its feed."""

    run: DayRun
    """Every contact's times and seat, as arrays."""
    reports: Reports

    @cached_property
    def truth(self) -> DayTruth:
        """The figures of each interval, counted from `run`."""
        return day_truth(self.run)

    @cached_property
    def records(self) -> list[Emission]:
        """The records as (emitted at, queue, record), in the order in which they come out."""
        return day_records(self.run, self.reports)


def simulate_day(spec: CentreSpec, queue: str, date: dt.date, seed: int, reports: Reports = "progress") -> SimulatedDay:
    """The open spans of `queue` that begin on the local `date`; truth and records are made when asked for.

    Raises:
        KeyError: the centre has no such queue.
    """
    return SimulatedDay(run_day(spec, spec.queue(queue), date, seed), reports)


def simulate_counts(spec: CentreSpec, queue: str, date: dt.date, seed: int) -> DayTruth:
    """The truth of `simulate_day` alone: for studies over thousands of days (`snapshots` makes records of it)."""
    return day_truth(run_day(spec, spec.queue(queue), date, seed))


def stream(
    spec: CentreSpec, start_ms: int, end_ms: int, seed: int, reports: Reports = "progress"
) -> Iterator[Emission]:
    """All queues' records that come out in [start_ms, end_ms), in that order, in bounded memory.

    A feed that is switched on at `start_ms` first sends the plans of intervals that are not over, and the last state
    of every agent who is not offline. Contacts that ended before are not sent, so the first interval is whole only
    where `start_ms` is its start.
    """
    feeds = [_queue_stream(spec, queue, start_ms, end_ms, seed, reports) for queue in spec.queues]
    return merge(*feeds, key=itemgetter(0))


def _queue_stream(
    spec: CentreSpec, queue: QueueSpec, start_ms: int, end_ms: int, seed: int, reports: Reports
) -> Iterator[Emission]:
    holding: list[Emission] = []
    switched_on = False
    for at, name, record in _endless(spec, queue, start_ms, end_ms, seed, reports):
        if at < start_ms:
            holding.append((at, name, record))
            continue
        if not switched_on:
            yield from _as_it_stands(holding, start_ms)
            holding, switched_on = [], True
        if at >= end_ms:
            return
        yield at, name, record
    if not switched_on:
        yield from _as_it_stands(holding, start_ms)


def _endless(
    spec: CentreSpec, queue: QueueSpec, start_ms: int, end_ms: int, seed: int, reports: Reports
) -> Iterator[Emission]:
    """The queue's records day after day, beginning with those of the day before `start_ms`."""
    date = dt.datetime.fromtimestamp(start_ms / 1000, ZoneInfo(queue.timezone)).date() - dt.timedelta(days=1)
    pending: list[Emission] = []
    while (published := publication_ms(queue, date)) < end_ms:
        # Nothing of this day or a later one comes out before its plan does.
        due = bisect_left(pending, published, key=itemgetter(0))
        yield from pending[:due]
        pending = sorted(
            pending[due:] + simulate_day(spec, queue.queue, date, seed, reports).records, key=itemgetter(0)
        )
        date += dt.timedelta(days=1)
    yield from pending


def _as_it_stands(past: list[Emission], start_ms: int) -> Iterator[Emission]:
    """The emissions of `past` that still hold at `start_ms`: plans of intervals to come, and agents on duty."""
    states: dict[str, Emission] = {}
    for _, name, record in past:
        if isinstance(record, Plan) and record.start_ms + record.length_ms > start_ms:
            yield start_ms, name, record
        elif isinstance(record, AgentState):
            states[record.agent] = (start_ms, name, record)
    for emission in states.values():
        if isinstance(emission[2], AgentState) and emission[2].state != "offline":
            yield emission
