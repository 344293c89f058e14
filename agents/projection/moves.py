"""Who could help a queue that will be short: proposals to move agents, each with its effect on both queues.

The span is the next run of intervals at risk, from five minutes on, at most two hours; the number of agents at most
the queue's lack. Donors are queues that share an agent with it; where no agent is seen on two queues, every queue of
its program, and that is said. Where few can give for the whole span, its halves are asked, too. A proposal is an aid:
nothing is moved by the product. Nothing here reads a clock.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from agents.projection.inputs import QueueAhead
from agents.projection.outcome import AT_RISK, IntervalOutlook, Projection, agents_lacking
from agents.projection.project import Modelled, modelled, project_one
from agents.projection.whatif import UnknownQueueError
from copc.arguments import Floats
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
    """When intervals are at risk, and how many agents would help."""

    from_ms: int
    to_ms: int
    lacks: int | None
    """Agents, 1 or more; None: as many are there as it requires, or its requirement is not known."""
    most: int
    """Agents that are moved at most, 1 or more: one helps where a backlog, or chance, is the risk."""


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
        able = [each for each in donors if _floor(each) is not None]
        receiver, givers = (list(_models(each, now_ms)) for each in ([lacking], able))
        for part in _parts(span, lacking.interval_ms):
            if len(found) < PROPOSALS:
                for proposal in _proposals(lacking, receiver, givers, part):
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
    lacks = max((lack for interval in run if (lack := agents_lacking(interval.net_staffing))), default=None)
    most = max(_most(interval) for interval in run)
    return Span(_begin(run[0], earliest), run[-1].start_ms + length, lacks, most)


def _begin(interval: IntervalOutlook, earliest_ms: int) -> int:
    return max(interval.start_ms, earliest_ms)


def _at_risk(interval: IntervalOutlook, projection: Projection) -> bool:
    """Whether it is likely to end below the range; without a range: below the target."""
    if interval.p_below is not None:
        return interval.p_below >= AT_RISK
    level, target = interval.projected_service_level, projection.target
    return level is not None and target is not None and level < target


def _most(interval: IntervalOutlook) -> int:
    """Agents that an interval at risk may be given."""
    if interval.net_staffing is not None:
        return agents_lacking(interval.net_staffing) or 1
    return max(1, math.ceil((interval.expected_agents or 0) * _UNKNOWN_LACK))


def _parts(span: Span, length_ms: int) -> Iterator[Span]:
    """The span, and its halves in whole intervals."""
    yield span
    middle = span.to_ms - (span.to_ms - span.from_ms) // (2 * length_ms) * length_ms
    if span.from_ms < middle < span.to_ms:
        yield span._replace(to_ms=middle)
        yield span._replace(from_ms=middle)


def _donors(queues: Mapping[str, QueueAhead], lacking: QueueAhead) -> tuple[list[QueueAhead], bool]:
    """The queues that might give an agent, and whether they are known to share one.

    Where no agent of the program serves two queues, its feed tells who is where, and not who could be.
    """
    program = [each for each in queues.values() if each.program == lacking.program]
    if not any(each.shares_with for each in program):
        return [each for each in program if each.queue != lacking.queue], False
    sharing = set(lacking.shares_with or ())
    sharing.update(each.queue for each in queues.values() if lacking.queue in (each.shares_with or ()))
    return [queues[name] for name in sorted(sharing) if name in queues and name != lacking.queue], True


def _floor(queue: QueueAhead) -> float | None:
    """The level that it may not fall below: its range's low end, else its target."""
    return queue.goal.low if queue.goal.low is not None else queue.goal.target


class _Models(NamedTuple):
    """Queues whose service level is projected, those together that are alike."""

    queues: list[QueueAhead]
    model: Modelled
    begin: Floats
    """When each interval begins, or is known up to, seconds, (q, n)."""


def _models(queues: Sequence[QueueAhead], now_ms: int) -> Iterator[_Models]:
    for group in modelled(queues, now_ms):
        n = group.coming.offered.shape[1]
        members = [queues[place] for place in group.places]
        begin = [[max(each.start_ms, queue.known_ms) for each in queue.intervals[:n]] for queue in members]
        yield _Models(members, group, np.array(begin, dtype=np.float64) / 1000)


def _proposals(
    lacking: QueueAhead, receiver: Sequence[_Models], givers: Sequence[_Models], span: Span
) -> Iterator[Proposal]:
    """The best moves over a span."""
    lacks, sides = list(_sides(receiver, span)), list(_sides(givers, span))
    for move in best_moves(lacks[0][1], [side for _, side in sides], span.most) if lacks else ():
        donor = sides[move.side][0][move.donor]
        yield Proposal(
            move.agents, donor.queue, lacking.queue, span.from_ms, span.to_ms, move.receiver, move.giver,
            _floor(donor) or 0.0, move.contacts,
        )  # fmt: skip


def _sides(groups: Sequence[_Models], span: Span) -> Iterator[tuple[list[QueueAhead], Side]]:
    """The queues whose level is projected over the whole span."""
    for queues, model, begin in groups:
        seconds = model.coming.seconds
        share = shares_of(begin, seconds, span.from_ms / 1000, span.to_ms / 1000)
        wanted = np.array([span.to_ms - max(span.from_ms, queue.known_ms) for queue in queues]) / 1000
        rows = np.flatnonzero((share * seconds).sum(axis=1) >= wanted - 1)
        if not len(rows):
            continue
        side = Side(
            model.objectives,
            model.coming,
            share,
            np.array([_floor(queue) or 0.0 for queue in queues]),
            np.array([queue.intervals[0].good for queue in queues]),
            np.array([queue.intervals[0].counted for queue in queues]),
        )
        yield [queues[row] for row in rows], side if len(rows) == len(queues) else side.of(rows)
