"""The change when agents move from one queue to another for a while, and who could give them.

Agents who move change the agents of two queues over a span; everything else of both queues stays. Whether a move is
worth it is counted in contacts: those that both queues together serve in time, and else would not, until one interval
after the span, since contacts that wait at its end are then still there. A donor may not fall below a floor of its own
in any interval of the span.

Only the intervals of the span are asked of the model again; the load and the contacts that wait at its begin are those
of the projection (`copc.projection`). Five hundred possible donors are first asked for one agent each; those that lose
least are asked for every number. Shapes: q queues of one definition, n intervals ahead in order of time.

Nothing here reads a clock. Source: docs/projections.md, which holds the effects against a simulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copc.arguments import Floats
from copc.projection import Coming, Objectives, carried_levels, lagged_load, steady_levels

__all__ = ["PROPOSALS", "Effect", "Move", "Side", "Span", "best_moves", "shares_of"]

PROPOSALS: Final = 5
"""Proposals at most, one a donor."""
_ASKED: Final = 48
"""Donors that are asked for more than one agent."""
_NUMBERS: Final = 12
"""Numbers of agents that are tried."""
_WORTH: Final = 0.5
"""Contacts in time that a move must win, to be proposed."""
_SURE: Final = 1e-9

_Index = NDArray[np.intp]


def shares_of(starts: Floats, seconds: Floats, begin: float, end: float) -> Floats:
    """The part of each interval that a span covers, 0 to 1.

    Args:
        starts: of the intervals, seconds on any time line.
        seconds: their lengths, > 0.
        begin: of the span, on the same time line.
        end: of the span; one that is not after its begin covers nothing.
    """
    covered = np.minimum(starts + seconds, end) - np.maximum(starts, begin)
    return np.asarray(np.clip(covered / seconds, 0.0, 1.0), dtype=np.float64)


class Span(NamedTuple):
    """Figures of r queues, with some agents more or fewer; m intervals from the span's first to the one after it."""

    level: Floats
    """(r, m), the known part of an open interval with it; NaN where no contact is expected."""
    in_time: Floats
    """Expected contacts in time, (r, m)."""
    counted: Floats
    """Expected contacts in the denominator, (r, m)."""

    def over(self, share: Floats) -> Floats:
        """The level over the span, (r,); NaN where no contact is expected in it."""
        under = (self.counted * share).sum(axis=1)
        return _ratio((self.in_time * share).sum(axis=1), under)


def _ratio(over: Floats, under: Floats) -> Floats:
    """NaN where nothing is counted."""
    return np.asarray(np.divide(over, under, out=np.full_like(under, np.nan), where=under > 0), dtype=np.float64)


@dataclass(frozen=True)
class Side:
    """Queues of one definition that may give or get agents over a span."""

    objectives: Objectives
    coming: Coming
    share: Floats
    """The part of each interval that the span covers, (q, n); some interval is covered."""
    floor: Floats
    """Service level that a donor may not fall below, ratio, (q,)."""
    good: Floats
    """Numerator of the first interval so far, (q,): it may be open."""
    known: Floats
    """Its denominator so far, (q,)."""

    def of(self, rows: _Index) -> "Side":
        """Some of the queues."""
        return Side(
            _rows(self.objectives, rows),
            _cut(self.coming, rows, slice(None)),
            self.share[rows],
            self.floor[rows],
            self.good[rows],
            self.known[rows],
        )

    @property
    def queues(self) -> int:
        """Number of queues."""
        return len(self.floor)

    @cached_property
    def window(self) -> slice:
        """The intervals from the span's first to the one after it."""
        covered = np.flatnonzero((self.share > 0).any(axis=0))
        return slice(int(covered[0]), int(covered[-1]) + 2)

    @cached_property
    def load(self) -> Floats:
        """Modified load, (q, `PATHS`, n)."""
        return lagged_load(self.coming)

    @cached_property
    def waiting(self) -> Floats:
        """Contacts that wait at the begin of the span, (q, `PATHS`)."""
        first = self.window.start
        if not first:
            return np.broadcast_to(self.coming.waiting[:, None], self.load.shape[:2])
        before = slice(0, first)
        load = self.load[:, :, before]
        part = _cut(self.coming, np.arange(self.queues), before)
        return carried_levels(self.objectives, part, load, np.zeros_like(load))[1][:, :, -1]

    def covered(self, rows: _Index) -> Floats:
        """The part of each interval of the window that the span covers, (r, m)."""
        return self.share[rows, self.window]

    def with_agents(self, rows: _Index, more: Floats) -> Span:
        """The window's figures of some queues, each with so many agents more over the span, (r,)."""
        goals = _rows(self.objectives, rows)
        coming = _cut(self.coming, rows, self.window)
        coming = replace(coming, agents=np.maximum(coming.agents + self.covered(rows) * more[:, None], 0.0))
        load = self.load[rows][:, :, self.window]
        steady, counted = steady_levels(goals, coming, load)
        levels, _ = carried_levels(goals, coming, load, steady, self.waiting[rows])
        under = coming.offered[:, None] * coming.volume_paths * counted
        in_time, denominators = (levels * under).mean(axis=1), under.mean(axis=1)
        good, known = np.zeros_like(in_time), np.zeros_like(in_time)
        if not self.window.start:
            good[:, 0], known[:, 0] = self.good[rows], self.known[rows]
        return Span(_ratio(good + in_time, known + denominators), in_time, denominators)

    def keeps(self, rows: _Index, span: Span) -> NDArray[np.bool_]:
        """Whether each stays at its floor or above in every interval of the span, (r,)."""
        below = (self.covered(rows) > 0) & (span.level < self.floor[rows, None] - _SURE)
        return np.asarray(~below.any(axis=1), dtype=np.bool_)

    @cached_property
    def heads(self) -> Floats:
        """The fewest agents in an interval of the span, (q,)."""
        return np.asarray(np.where(self.share > 0, self.coming.agents, np.inf).min(axis=1), dtype=np.float64)


def _rows(objectives: Objectives, rows: _Index) -> Objectives:
    """The objectives of some queues."""
    patience, short = objectives.patience_seconds, objectives.short_abandon_seconds
    return replace(
        objectives,
        threshold_seconds=objectives.threshold_seconds[rows],
        patience_seconds=None if patience is None else patience[rows],
        short_abandon_seconds=None if short is None else short[rows],
    )


def _cut(coming: Coming, rows: _Index, columns: slice) -> Coming:
    """Some intervals of some queues."""
    return Coming(
        offered=coming.offered[rows, columns],
        aht_seconds=coming.aht_seconds[rows, columns],
        agents=coming.agents[rows, columns],
        seconds=coming.seconds[rows, columns],
        volume_paths=coming.volume_paths[rows][:, :, columns],
        load_paths=coming.load_paths[rows][:, :, columns],
        busy=coming.busy[rows],
        waiting=coming.waiting[rows],
        dispersion=coming.dispersion[rows],
    )


class Effect(NamedTuple):
    """A queue's service level over the span, ratio; NaN where no contact is expected in it."""

    before: float
    after: float


class Move(NamedTuple):
    """Agents who go from one queue to another for a span."""

    side: int
    """Index of the donor's side."""
    donor: int
    """Index of the donor in its side."""
    agents: int
    receiver: Effect
    giver: Effect
    contacts: float
    """Contacts that both queues together serve in time, and else would not."""


class _Table(NamedTuple):
    """The figures of queues, each with and without so many agents; a donor that would fall below its floor is out."""

    rows: _Index
    """The queue, (r,); the rows of a queue follow each other."""
    agents: Floats
    won: Floats
    """Contacts in time more, (r,)."""
    before: Floats
    """Level over the span, (r,)."""
    after: Floats


def _table(side: Side, queues: _Index, numbers: Floats, sign: float) -> _Table:
    """Ask some queues for every number of agents: sign +1 they get them, -1 they give them."""
    rows, agents = np.repeat(queues, len(numbers)), np.tile(numbers, len(queues))
    if sign < 0:
        enough = agents < side.heads[rows]
        rows, agents = rows[enough], agents[enough]
    if not len(rows):
        return _Table(rows, agents, agents, agents, agents)
    after = side.with_agents(rows, sign * agents)
    if sign < 0:
        keeps = side.keeps(rows, after)
        rows, agents, after = rows[keeps], agents[keeps], Span(*(part[keeps] for part in after))
    kept, place = np.unique(rows, return_inverse=True)
    if not len(kept):
        return _Table(rows, agents, agents, agents, agents)
    before = side.with_agents(kept, np.zeros(len(kept)))
    return _Table(
        rows,
        agents,
        after.in_time.sum(axis=1) - before.in_time.sum(axis=1)[place],
        before.over(side.covered(kept))[place],
        after.over(side.covered(rows)),
    )


def _numbers(most: int) -> Floats:
    """The numbers of agents that are tried, from 1 to `most`."""
    return np.unique(np.round(np.linspace(1, most, min(most, _NUMBERS))))


def best_moves(receiver: Side, donors: Sequence[Side], most: int, proposals: int = PROPOSALS) -> list[Move]:
    """The moves that win most contacts in time for both queues together, best first, one a donor.

    Args:
        receiver: the queue that lacks agents, alone in its side.
        donors: those that might give some; the receiver is not among them.
        most: agents that the receiver lacks, >= 1: no more are moved.
        proposals: at most so many.

    Raises:
        ValueError: the receiver is not one queue, or it lacks no agent.
    """
    if receiver.queues != 1 or most < 1:
        raise ValueError(f"one queue must lack agents, found {receiver.queues} and {most} agents")
    numbers = _numbers(most)
    gains = _table(receiver, np.zeros(1, dtype=np.intp), numbers, 1.0)
    found: list[Move] = []
    for i, asked in enumerate(_able(donors)):
        if not len(asked):
            continue
        losses = _table(donors[i], asked, numbers, -1.0)
        place = np.searchsorted(numbers, losses.agents)
        worth = gains.won[place] + losses.won
        for queue in np.unique(losses.rows):
            these = np.flatnonzero(losses.rows == queue)
            best = these[np.argmax(worth[these])]
            if worth[best] < _WORTH:
                continue
            got = Effect(float(gains.before[place[best]]), float(gains.after[place[best]]))
            gave = Effect(float(losses.before[best]), float(losses.after[best]))
            found.append(Move(i, int(queue), int(losses.agents[best]), got, gave, float(worth[best])))
    found.sort(key=lambda move: (-move.contacts, move.agents, move.side, move.donor))
    return found[:proposals]


def _able(donors: Sequence[Side]) -> list[_Index]:
    """The queues of each side that lose least with one agent fewer, and stay at their floor."""
    able: list[tuple[float, int, int]] = []
    for i, side in enumerate(donors):
        one = _table(side, np.arange(side.queues), np.ones(1), -1.0)
        able += [(-won, i, row) for won, row in zip(one.won.tolist(), one.rows.tolist(), strict=True)]
    chosen = sorted(able)[:_ASKED]
    return [np.array(sorted(row for _, of, row in chosen if of == i), dtype=np.intp) for i in range(len(donors))]
