"""One queue's day, contact by contact: arrivals, waits, abandons, and the seats that took the contacts.

The service is exact, first come first served with impatient customers, in whole milliseconds. A place ("seat") is on
duty while the level of staffing is above its number. The seat that has been free longest takes the next contact. The
person on a seat matters to the records only (`streams.simulation.crew`). So the service needs one heap operation a
contact, and hundreds of simulated days take seconds.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heapreplace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.simulation.centre import CentreSpec, Incident, QueueSpec
from streams.simulation.plan import DayPlan, PlannedInterval, day_plan, incidents_of, random

__all__ = ["DayRun", "Ints", "Seats", "SpanRun", "run_day"]

Ints = NDArray[np.int64]
Seats = tuple[tuple[tuple[int, int], ...], ...]
"""For each seat its planned stretches on duty, (on, off), milliseconds from the span's begin."""

_NEVER: Final = 1 << 50
"""Later than any instant of a day, and small enough to be shifted by the number of seats."""


@dataclass(frozen=True, slots=True)
class SpanRun:
    """The contacts of one open span, one array element each. Times are milliseconds since 1970."""

    begin_ms: int
    end_ms: int
    offered: Ints
    """Arrival; contacts are in this order."""
    exited: Ints
    """Start of handling, or the instant when the contact gave up or overflowed."""
    ended: Ints
    """End of handling; `exited` for contacts that were not answered."""
    seat: Ints
    """Seat that took the contact, -1 where none did."""
    overflowed: NDArray[np.bool_]
    """Whether a contact that was not answered overflowed rather than gave up."""
    seats: Seats
    duty: tuple[Ints, Ints]
    """Stretches in which a seat was staffed in fact: starts and ends, contacts finished after duty included."""


@dataclass(frozen=True, slots=True)
class DayRun:
    """One queue's day: its plan, its incidents and its open spans."""

    queue: QueueSpec
    date: dt.date
    seed: int
    plan: DayPlan
    incidents: tuple[Incident, ...]
    spans: tuple[SpanRun, ...]


def _during(incidents: Sequence[Incident], kind: str, start_ms: int, end_ms: int) -> list[Incident]:
    """Incidents of `kind` that cover the whole of [start_ms, end_ms)."""
    return [i for i in incidents if i.kind == kind and i.start_ms <= start_ms and end_ms <= i.end_ms]


def _pieces(
    span: Sequence[PlannedInterval], incidents: Sequence[Incident]
) -> list[tuple[int, int, int, PlannedInterval]]:
    """The span cut at interval ends and at incidents: (begin, end, number of the interval, the interval)."""
    edges = sorted({edge for incident in incidents for edge in (incident.start_ms, incident.end_ms)})
    pieces: list[tuple[int, int, int, PlannedInterval]] = []
    for number, interval in enumerate(span):
        inside = [edge for edge in edges if interval.begin_ms < edge < interval.end_ms]
        cuts = [interval.begin_ms, *inside, interval.end_ms]
        pieces.extend((begin, end, number, interval) for begin, end in pairwise(cuts))
    return pieces


def _arrivals(
    queue: QueueSpec,
    pieces: Sequence[tuple[int, int, int, PlannedInterval]],
    incidents: Sequence[Incident],
    generator: np.random.Generator,
) -> Ints:
    """Instants of arrival. The rate of an interval is gamma distributed around its expected rate.

    Poisson with a gamma rate of variance (phi - 1) x mean has counts of variance phi x mean. No contact comes
    in the very first millisecond of an interval, because the configuration decides whether that belongs to it.
    """
    means = np.empty(len(pieces))
    for index, (begin, end, _, interval) in enumerate(pieces):
        mean = interval.forecast * (end - begin) / (interval.end_ms - interval.begin_ms)
        for incident in _during(incidents, "surge", begin, end):
            mean *= incident.size
        means[index] = mean
    if queue.dispersion > 1:
        numbers = np.array([number for _, _, number, _ in pieces])
        whole = np.bincount(numbers, weights=means)
        extra = queue.dispersion - 1
        rates = generator.gamma(whole / extra, extra)
        means *= np.divide(rates, whole, out=np.zeros_like(whole), where=whole > 0)[numbers]
    counts = generator.poisson(means)
    begins = np.array([begin for begin, _, _, _ in pieces], dtype=np.int64)
    lengths = np.array([end - begin for begin, end, _, _ in pieces], dtype=np.int64)
    share = generator.random(int(counts.sum()))
    instants = np.repeat(begins, counts) + 1 + (share * np.repeat(lengths - 1, counts)).astype(np.int64)
    instants.sort()
    return instants


def _handle_times(
    queue: QueueSpec, offered: Ints, incidents: Sequence[Incident], generator: np.random.Generator
) -> Ints:
    if queue.handling == "exponential":
        seconds = generator.exponential(queue.aht_seconds, len(offered))
    else:
        variance = np.log1p(queue.handling_cv**2)
        seconds = generator.lognormal(np.log(queue.aht_seconds) - variance / 2, np.sqrt(variance), len(offered))
    for incident in incidents:
        if incident.kind == "long_calls":
            seconds[(offered >= incident.start_ms) & (offered < incident.end_ms)] *= incident.size
    return np.maximum(1, (seconds * 1000).astype(np.int64))


def _levels(
    pieces: Sequence[tuple[int, int, int, PlannedInterval]], incidents: Sequence[Incident]
) -> tuple[tuple[int, int], ...]:
    """Steps of staffing: (milliseconds from the span's begin, agents on duty from then on); the last is 0."""
    origin = pieces[0][0]
    steps: list[tuple[int, int]] = []
    for begin, end, _, interval in pieces:
        away = max((incident.size for incident in _during(incidents, "absent", begin, end)), default=0.0)
        level = max(1, interval.scheduled - round(interval.scheduled * away))
        if not steps or steps[-1][1] != level:
            steps.append((begin - origin, level))
    return (*steps, (pieces[-1][1] - origin, 0))


@lru_cache(maxsize=256)
def _seats(steps: tuple[tuple[int, int], ...]) -> Seats:
    """The stretches of duty of each seat: seat j is on while the level is above j."""
    runs: list[list[tuple[int, int]]] = [[] for _ in range(max(level for _, level in steps))]
    since: list[int] = []
    for at, level in steps:
        while len(since) > level:
            on = since.pop()
            runs[len(since)].append((on, at))
        since.extend([at] * (level - len(since)))
    return tuple(tuple(run) for run in runs)


def _serve(  # noqa: C901 - one tight loop, for speed
    arrivals: list[int], deadlines: list[int], handles: list[int], seats: Seats, closing: int
) -> tuple[list[int], list[tuple[int, int]], int]:
    """First come, first served; all times in milliseconds from the span's begin.

    Args:
        arrivals: when each contact comes, in order.
        deadlines: the last instant at which each would still be there.
        handles: how long each keeps a seat from the next one.
        seats: when each seat is on duty. One that is on duty at `closing` stays until the queue is empty.
        closing: end of the span.

    Returns:
        For each contact its start << bits | seat, or -1; the stretches worked after duty; and bits.
    """
    bits = len(seats).bit_length()
    mask = (1 << bits) - 1
    position = [0] * len(seats)
    until = [_NEVER if run[0][1] == closing else run[0][1] for run in seats]
    heap = [run[0][0] << bits | seat for seat, run in enumerate(seats)]
    heapify(heap)
    taken: list[int] = []
    take = taken.append
    overruns: list[tuple[int, int]] = []
    for arrival, deadline, handle in zip(arrivals, deadlines, handles, strict=True):
        while True:
            top = heap[0]
            start = top >> bits
            seat = top & mask
            if start < arrival:  # noqa: PLR1730 - a call of max() costs a tenth of the whole simulation
                start = arrival
            if start < until[seat]:
                break
            # The seat goes off duty before it can take this contact or any later one, so take its next stretch.
            free, run, at = top >> bits, seats[seat], position[seat]
            off = run[at][1]
            if at + 1 == len(run):
                heappop(heap)
                if free > off:
                    overruns.append((off, free))
                continue
            on, next_off = run[at + 1]
            if free > off:
                overruns.append((off, min(free, on)))
            position[seat] = at + 1
            until[seat] = _NEVER if next_off == closing else next_off
            heapreplace(heap, max(free, on) << bits | seat)
        if start > deadline:
            take(-1)
        else:
            take(start << bits | seat)
            heapreplace(heap, (start + handle) << bits | seat)
    for top in heap:
        free, seat = top >> bits, top & mask
        run = seats[seat]
        for at in range(position[seat], len(run)):
            off = run[at][1]
            if free <= off:
                break
            overruns.append((off, min(free, run[at + 1][0]) if at + 1 < len(run) else free))
    return taken, overruns, bits


def _finishing(seats: Seats, seat: Ints, exited: Ints, ended: Ints) -> list[tuple[int, int]]:
    """The stretches worked after duty, until the last contact has ended; times from the span's begin."""
    stretches: list[tuple[int, int]] = []
    for number, run in enumerate(seats):
        own = seat == number
        starts, ends = exited[own], ended[own]
        for at, (_, off) in enumerate(run):
            back = run[at + 1][0] if at + 1 < len(run) else _NEVER
            last = min(int(ends[starts < back].max(initial=0)), back)
            if last > off:
                stretches.append((off, last))
    return stretches


def _run_span(
    queue: QueueSpec,
    span: Sequence[PlannedInterval],
    incidents: Sequence[Incident],
    generators: tuple[np.random.Generator, np.random.Generator, np.random.Generator],
) -> SpanRun:
    for_arrivals, for_patience, for_handling = generators
    begin, end = span[0].begin_ms, span[-1].end_ms
    touching = [i for i in incidents if i.start_ms < end and i.end_ms > begin]
    pieces = _pieces(span, touching)
    offered = _arrivals(queue, pieces, touching, for_arrivals)
    handle = _handle_times(queue, offered, touching, for_handling)
    keeps = handle if queue.concurrency == 1 else np.maximum(1, np.rint(handle / queue.concurrency)).astype(np.int64)
    leaves = np.full(len(offered), _NEVER, dtype=np.int64)
    if queue.patience_seconds is not None:
        patience = for_patience.exponential(queue.patience_seconds * 1000, len(offered))
        leaves = offered + patience.astype(np.int64)
    overflowed = np.zeros(len(offered), dtype=np.bool_)
    if queue.max_wait_seconds is not None:
        forced = offered + round(queue.max_wait_seconds * 1000)
        overflowed = forced < leaves
        leaves = np.minimum(leaves, forced)
    seats = _seats(_levels(pieces, touching))
    taken, overruns, bits = _serve(
        (offered - begin).tolist(), (leaves - begin).tolist(), keeps.tolist(), seats, end - begin
    )
    packed = np.array(taken, dtype=np.int64)
    answered = packed >= 0
    seat = np.where(answered, packed & ((1 << bits) - 1), -1)
    exited = np.where(answered, (packed >> bits) + begin, leaves)
    ended = np.where(answered, exited + handle, exited)
    if queue.concurrency > 1:
        overruns = _finishing(seats, seat, exited - begin, ended - begin)
    duty = np.array([stretch for run in seats for stretch in run] + overruns, dtype=np.int64).reshape(-1, 2) + begin
    return SpanRun(
        begin,
        end,
        offered,
        exited,
        ended,
        seat,
        overflowed & ~answered,
        seats,
        (duty[:, 0], duty[:, 1]),
    )


def run_day(spec: CentreSpec, queue: QueueSpec, date: dt.date, seed: int) -> DayRun:
    """Simulate the open spans of `queue` that begin on the local `date`; the same seed gives the same day."""
    plan = day_plan(queue, date)
    incidents = incidents_of(spec, queue, date, seed)
    generators = (
        random(seed, queue.queue, date, "arrivals"),
        random(seed, queue.queue, date, "patience"),
        random(seed, queue.queue, date, "handling"),
    )
    return DayRun(
        queue,
        date,
        seed,
        plan,
        incidents,
        tuple(_run_span(queue, span, incidents, generators) for span in plan.spans),
    )
