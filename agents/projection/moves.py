"""Who could help a queue that will be short: proposals to move agents, each with its effect on both queues.

The span is the next run of intervals at risk, from five minutes on, at most two hours; the number of agents at most
the queue's lack. Donors are queues that share an agent with it; where the centre gives no agent states, every queue of
its program, and that is said. Where few can give for the whole span, its halves are asked, too. A proposal is an aid:
nothing is moved by the product. Nothing here reads a clock.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from agents.projection.inputs import QueueAhead
from agents.projection.outcome import AT_RISK, IntervalOutlook, Projection
from agents.projection.project import modelled, project_one
from agents.projection.whatif import UnknownQueueError
from copc.moves import PROPOSALS, Effect, Side, best_moves, shares_of

__all__ = ["Moves", "Proposal", "moves_for", "span_at_risk"]

Why = Literal["not_at_risk", "no_donors", "none_worth"]
"""Why there is no proposal: no interval at risk, no queue that could give, or none that can spare anybody."""
_STEP_MS: Final = 300_000
"""A move begins at a full five minutes."""
_SHORTEST_MS: Final = 600_000
_LONGEST_MS: Final = 7_200_000
_UNKNOWN_LACK: Final = 0.2
"""Share of its agents that a queue lacks at most, where it has no target to derive its lack from."""


class Span(NamedTuple):
    """When agents are lacking, and how many."""

    from_ms: int
    to_ms: int
    lacks: int


class Proposal(NamedTuple):
    """Agents who go from one queue to another."""

    agents: int
    donor: str
    queue: str
    from_ms: int
    to_ms: int
    receiver: Effect
    giver: Effect
    """Service levels over the span."""
    giver_low: float
    """The level that the donor may not fall below in any interval of the span."""
    contacts: float
    """Contacts that both queues together serve in time, and else would not."""


class Moves(NamedTuple):
    """The proposals for one queue, best first."""

    queue: str
    projection: Projection
    span: Span | None
    """None: no interval of its day is at risk."""
    proposals: tuple[Proposal, ...]
    skills_known: bool
    """Whether donors share an agent with the queue; else every queue of the program was asked."""
    why: Why | None
    """Why there is no proposal; None: there is one."""


def moves_for(queues: Mapping[str, QueueAhead], queue: str, now_ms: int) -> Moves:
    """Who could help a queue at its next interval at risk.

    Args:
        queues: what is known, by queue.
        queue: the one that may be short.
        now_ms: the time for which it is asked.

    Raises:
        UnknownQueueError: it is not known here.
    """
    if queue not in queues:
        raise UnknownQueueError(f"queue {queue!r}: is not known here")
    lacking = queues[queue]
    projection = project_one(lacking, now_ms)
    span, (donors, known) = span_at_risk(projection, now_ms), _donors(queues, lacking)
    found: dict[str, Proposal] = {}
    if span is not None:
        for part in _parts(span, lacking.interval_ms):
            if len(found) < PROPOSALS:
                for proposal in _proposals(lacking, donors, part, now_ms):
                    best = found.get(proposal.donor)
                    if best is None or proposal.contacts > best.contacts:
                        found[proposal.donor] = proposal
    ranked = tuple(sorted(found.values(), key=lambda each: (-each.contacts, each.donor)))[:PROPOSALS]
    why: Why | None = None
    if not ranked:
        why = "not_at_risk" if span is None else "none_worth" if donors else "no_donors"
    return Moves(queue, projection, span, ranked, known, why)


def span_at_risk(projection: Projection, now_ms: int) -> Span | None:
    """The next run of intervals at risk that there is time to do something about; None: there is none."""
    length = projection.interval_ms
    earliest = math.ceil(now_ms / _STEP_MS) * _STEP_MS
    run: list[IntervalOutlook] = []
    for interval in projection.intervals:
        end = interval.start_ms + length
        if run and not (_at_risk(interval, projection) and end <= _begin(run[0], earliest) + _LONGEST_MS):
            break
        if _at_risk(interval, projection) and end - _begin(interval, earliest) >= min(_SHORTEST_MS, length):
            run.append(interval)
    if not run:
        return None
    lacks = max(_lack(interval) for interval in run)
    return Span(_begin(run[0], earliest), run[-1].start_ms + length, lacks)


def _begin(interval: IntervalOutlook, earliest_ms: int) -> int:
    return max(interval.start_ms, earliest_ms)


def _at_risk(interval: IntervalOutlook, projection: Projection) -> bool:
    """Whether it is likely to end below the range; without a range: below the target."""
    if interval.p_below is not None:
        return interval.p_below >= AT_RISK
    level, target = interval.projected_service_level, projection.target
    return level is not None and target is not None and level < target


def _lack(interval: IntervalOutlook) -> int:
    """Agents that an interval at risk lacks, 1 or more."""
    if interval.net_staffing is not None:
        return max(1, math.ceil(-interval.net_staffing - 1e-9))
    return max(1, math.ceil((interval.expected_agents or 0) * _UNKNOWN_LACK))


def _parts(span: Span, length_ms: int) -> Iterator[Span]:
    """The span, and its halves in whole intervals."""
    yield span
    middle = span.to_ms - (span.to_ms - span.from_ms) // (2 * length_ms) * length_ms
    if span.from_ms < middle < span.to_ms:
        yield Span(span.from_ms, middle, span.lacks)
        yield Span(middle, span.to_ms, span.lacks)


def _donors(queues: Mapping[str, QueueAhead], lacking: QueueAhead) -> tuple[list[QueueAhead], bool]:
    """The queues that might give an agent, and whether they are known to share one."""
    sharing = lacking.shares_with
    if sharing is not None:
        return [queues[name] for name in sharing if name in queues and name != lacking.queue], True
    return [each for each in queues.values() if each.program == lacking.program and each.queue != lacking.queue], False


def _proposals(lacking: QueueAhead, donors: Sequence[QueueAhead], span: Span, now_ms: int) -> Iterator[Proposal]:
    receiver = next(_sides([lacking], span, now_ms), None)
    if receiver is None:
        return
    able = [each for each in donors if _floor(each) is not None]
    sides = list(_sides(able, span, now_ms))
    for move in best_moves(receiver[1], [side for _, side in sides], span.lacks):
        donor = able[sides[move.side][0][move.donor]]
        low = _floor(donor) or 0.0
        yield Proposal(
            move.agents, donor.queue, lacking.queue, span.from_ms, span.to_ms, move.receiver, move.giver, low,
            move.contacts,
        )  # fmt: skip


def _floor(queue: QueueAhead) -> float | None:
    """The level that it may not fall below: its range's low end, else its target."""
    return queue.goal.low if queue.goal.low is not None else queue.goal.target


def _sides(queues: Sequence[QueueAhead], span: Span, now_ms: int) -> Iterator[tuple[list[int], Side]]:
    """The queues whose level is projected over the whole span, with their places among those given."""
    for group in modelled(queues, now_ms):
        n = group.coming.offered.shape[1]
        members = [queues[place] for place in group.places]
        begin = np.array([[max(i.start_ms, q.known_ms) for i in q.intervals[:n]] for q in members], dtype=np.float64)
        seconds = group.coming.seconds
        share = shares_of(begin / 1000, seconds, span.from_ms / 1000, span.to_ms / 1000)
        known = np.array([max(span.from_ms, queue.known_ms) for queue in members])
        covers = (share * seconds).sum(axis=1) >= (span.to_ms - known) / 1000 - 1
        rows = np.flatnonzero(covers)
        if not len(rows):
            continue
        side = Side(
            group.objectives,
            group.coming,
            share,
            np.array([_floor(queue) or 0.0 for queue in members]),
            np.array([queue.intervals[0].good for queue in members]),
            np.array([queue.intervals[0].counted for queue in members]),
        )
        yield [group.places[row] for row in rows], side.of(rows)
