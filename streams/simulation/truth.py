"""The truth of a simulated day, interval by interval: the figures that an engine should find in its records.

They are counted from the simulation's own arrays, by other means than the engine's (sums over sorted arrays instead
of one record after another), so that agreement of the two is evidence.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.records import Snapshot
from streams.simulation.centre import QueueSpec
from streams.simulation.queue import DayRun, Ints

__all__ = ["DayTruth", "add_up", "day_truth", "snapshots"]


def _ratio(over: Ints, under: Ints) -> NDArray[np.float64]:
    """Quotients; NaN where the denominator is 0."""
    quotient = np.full(under.shape, np.nan)
    np.divide(over, under, out=quotient, where=under > 0)
    return quotient


@dataclass(frozen=True, slots=True)
class DayTruth:
    """One queue's figures; one array element for each interval of the grid, gaps between open spans included.

    Contacts and their waits stand in the interval of arrival, handling in the one in which it ended, agent time
    in those it spans. The grid runs on after closing until the last handling has ended. No contact is left waiting.
    """

    queue: QueueSpec
    start_ms: Ints
    open: NDArray[np.bool_]
    """Whether the plan has the interval open."""
    offered: Ints
    answered: Ints
    answered_within: Ints
    abandoned: Ints
    abandoned_within: Ints
    short_abandoned: Ints
    overflowed: Ints
    wait_ms: Ints
    """Waits of the answered contacts."""
    handled: Ints
    talk_ms: Ints
    """Handle time less wrap, of contacts whose handling ended here; the records split it in talk and hold."""
    wrap_ms: Ints
    occupied_ms: Ints
    """Handling + wrap of contacts; where agents serve several at once, it adds up to more than their own time."""
    staffed_ms: Ints
    """Agents' time on duty."""
    forecast_offered: NDArray[np.float64]
    """Expected contacts by the plan, which knows no incidents."""
    required: Ints
    scheduled: Ints
    settled_ms: Ints
    """The instant when the last contact of the interval had left the queue (the interval's end, if that is later)."""
    incidents: tuple[frozenset[str], ...]
    """Kinds of incident that concern the interval."""

    @property
    def handle_ms(self) -> Ints:
        """Talk + hold + wrap, by end of handling."""
        return self.talk_ms + self.wrap_ms

    @property
    def available_ms(self) -> Ints:
        """Agent time on duty and free; of agents who serve several at once, what is left of their capacity."""
        capacity: Ints = np.rint(self.staffed_ms * self.queue.concurrency).astype(np.int64)
        left: Ints = np.maximum(capacity - self.occupied_ms, 0)
        return left

    @property
    def staffed_agents(self) -> NDArray[np.float64]:
        """Mean number of agents on duty, real-valued."""
        return np.divide(self.staffed_ms, self.queue.interval_ms)

    @property
    def service_level(self) -> NDArray[np.float64]:
        """Answered within / (answered + abandoned), definition S1; NaN where no contact came."""
        return _ratio(self.answered_within, self.answered + self.abandoned)

    @property
    def aht_seconds(self) -> NDArray[np.float64]:
        """Handle time / handled; NaN where no handling ended."""
        return _ratio(self.handle_ms, 1000 * self.handled)


_SUMMED: Final = (
    "offered", "answered", "answered_within", "abandoned", "abandoned_within", "short_abandoned", "overflowed",
    "wait_ms", "handled", "talk_ms", "wrap_ms", "occupied_ms", "staffed_ms", "forecast_offered",
)  # fmt: skip
_GREATEST: Final = ("open", "required", "scheduled", "settled_ms")


def _before(edges: Ints, instants: Ints) -> Ints:
    """For each edge the sum over the instants before it of (edge - instant); whole milliseconds, exact."""
    ordered = np.sort(instants)
    sums = np.concatenate(([0], np.cumsum(ordered)))
    count = np.searchsorted(ordered, edges)
    return count * edges - sums[count]


def _time_in(edges: Ints, starts: Ints, ends: Ints) -> Ints:
    """The part of the stretches [start, end) that lies between each edge and the next."""
    origin = edges[0]
    inside = _before(edges - origin, starts - origin) - _before(edges - origin, ends - origin)
    return np.diff(inside)


def wrap_times(queue: QueueSpec, handle_ms: Ints) -> Ints:
    """After-contact work of contacts with these handle times, whole milliseconds."""
    return (handle_ms * queue.wrap_share).astype(np.int64)


def day_truth(run: DayRun) -> DayTruth:
    """Count the truth of `run`."""
    queue, length = run.queue, run.queue.interval_ms
    plan = run.plan.intervals
    first = plan[0].start_ms if plan else 0
    last = max((int(span.ended.max(initial=span.end_ms)) for span in run.spans), default=first)
    size = -(-(last + 1 - first) // length) if plan else 0
    start = first + length * np.arange(size, dtype=np.int64)
    columns: dict[str, Ints] = {name: np.zeros(size, dtype=np.int64) for name in _SUMMED}
    settled = start + length
    if size:
        edges = np.append(start, start[-1] + length)
        for span in run.spans:
            _count_span(queue, span.offered, span.exited, span.ended, span.seat >= 0, span.overflowed, first, columns)
            np.maximum.at(settled, (span.offered - first) // length, span.exited)
            taken = span.seat >= 0
            columns["occupied_ms"] += _time_in(edges, span.exited[taken], span.ended[taken])
            columns["staffed_ms"] += _time_in(edges, *span.duty)
    forecast = np.zeros(size)
    required, scheduled = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    is_open = np.zeros(size, dtype=np.bool_)
    for interval in plan:
        at = (interval.start_ms - first) // length
        is_open[at] = True
        forecast[at] += interval.forecast
        required[at] = max(required[at], interval.required)
        scheduled[at] = max(scheduled[at], interval.scheduled)
    del columns["forecast_offered"]
    return DayTruth(
        queue=queue,
        start_ms=start,
        open=is_open,
        forecast_offered=forecast,
        required=required,
        scheduled=scheduled,
        settled_ms=settled,
        incidents=tuple(
            frozenset(i.kind for i in run.incidents if i.start_ms < at + length and i.end_ms > at)
            for at in start.tolist()
        ),
        **columns,
    )


def _count_span(
    queue: QueueSpec,
    offered: Ints,
    exited: Ints,
    ended: Ints,
    answered: NDArray[np.bool_],
    overflowed: NDArray[np.bool_],
    first: int,
    columns: dict[str, Ints],
) -> None:
    """Add the contacts of one span to the columns."""
    size = len(columns["offered"])
    arrived = (offered - first) // queue.interval_ms
    wait = exited - offered
    limit = round(queue.threshold_seconds * 1000)
    within = wait <= limit if queue.threshold_inclusive else wait < limit
    short = wait <= round(queue.short_abandon_seconds * 1000)
    gone = ~answered & ~overflowed
    for name, chosen in (
        ("offered", np.ones(len(offered), dtype=np.bool_)),
        ("answered", answered),
        ("answered_within", answered & within),
        ("abandoned", gone),
        ("abandoned_within", gone & within),
        ("short_abandoned", gone & short),
        ("overflowed", overflowed),
    ):
        columns[name] += np.bincount(arrived[chosen], minlength=size)
    finished = (ended[answered] - first) // queue.interval_ms
    handle = (ended - exited)[answered]
    wrap = wrap_times(queue, handle)
    columns["handled"] += np.bincount(finished, minlength=size)
    # Sums of milliseconds stay far below 2^53, where doubles are exact.
    columns["wait_ms"] += np.bincount(arrived[answered], weights=wait[answered], minlength=size).astype(np.int64)
    columns["talk_ms"] += np.bincount(finished, weights=handle - wrap, minlength=size).astype(np.int64)
    columns["wrap_ms"] += np.bincount(finished, weights=wrap, minlength=size).astype(np.int64)


def add_up(days: Iterable[DayTruth]) -> DayTruth:
    """The truth of several days of one queue; intervals that two days share (handling after midnight) are added up.

    Raises:
        ValueError: no day is given, or the days are not of one queue.
    """
    parts = list(days)
    if len({part.queue for part in parts}) != 1:
        raise ValueError("days must be of one queue, and at least one")
    start = np.unique(np.concatenate([part.start_ms for part in parts]))
    merged: dict[str, NDArray[np.generic]] = {}
    for name in (*_SUMMED, *_GREATEST):
        like = getattr(parts[0], name)
        column = np.zeros(len(start), dtype=like.dtype)
        combine = np.add if name in _SUMMED else np.maximum
        for part in parts:
            combine.at(column, np.searchsorted(start, part.start_ms), getattr(part, name))
        merged[name] = column
    kinds: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for part in parts:
        for at, found in zip(part.start_ms.tolist(), part.incidents, strict=True):
            kinds[at] |= found
    return DayTruth(
        queue=parts[0].queue,
        start_ms=start,
        incidents=tuple(kinds[at] for at in start.tolist()),
        **{field.name: merged[field.name] for field in fields(DayTruth) if field.name in merged},  # type: ignore[arg-type]  # dtypes as in `parts`
    )


def snapshots(truth: DayTruth) -> list[tuple[int, str, Snapshot]]:
    """The day as an ACD would export it: one final snapshot for each interval, as (emitted at, queue, record).

    Intervals between open spans in which nothing happened have none. A snapshot is emitted when the interval is
    over and its last contact has left the queue, in order of interval. A study of the rules that needs no contacts
    gets a year of one queue in a few records a day.
    """
    queue, length = truth.queue, truth.queue.interval_ms
    emitted = np.maximum.accumulate(truth.settled_ms).tolist()
    names = (
        "start_ms", "offered", "answered", "answered_within", "abandoned", "abandoned_within", "short_abandoned",
        "overflowed", "wait_ms", "talk_ms", "wrap_ms", "handled", "occupied_ms", "available_ms", "staffed_ms",
    )  # fmt: skip
    columns = [getattr(truth, name).tolist() for name in names]
    threshold = round(queue.threshold_seconds * 1000)
    records: list[tuple[int, str, Snapshot]] = []
    happened = (truth.open | (truth.offered > 0) | (truth.handled > 0) | (truth.staffed_ms > 0)).tolist()
    for at, row, worth in zip(emitted, zip(*columns, strict=True), happened, strict=True):
        if not worth:
            continue
        values = dict(zip(names, row, strict=True))
        start = values["start_ms"]
        record = Snapshot(
            length_ms=length,
            as_of_ms=start + length,
            program=queue.program,
            channel=queue.channel,
            threshold_ms=threshold,
            hold_ms=0,
            waiting=0,
            **values,
        )
        records.append((at, queue.queue, record))
    return records
