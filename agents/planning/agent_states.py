"""Staffed, available, handling, wrap and unavailable time per interval, from agent states.

A state holds from its `since` until the agent's next one. So an interval's time depends on the set of states
alone, never on the order in which they came; only of states of one instant without a sequence the last one stands.
States of the open time are in memory and in chunks. When an interval becomes final, its time is summed and its states
go into a cell of their own, so that a late state can move exactly the time it concerns. All sums are whole
milliseconds; the one division (an agent of k queues counts 1/k in each) is done last, in `agents.intervals.agent_time`.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from agents.intervals.agent_time import Kind, StaffTime
from agents.intervals.arrivals import Arrival, RecordRefused
from agents.intervals.counts import NEVER
from agents.planning.final_agent_time import (
    FinalAgents,
    FinalAgentTime,
    StaffingState,
    decode_states,
    encode_in_cells,
)
from agents.planning.kept import KeptState, keep_state, plain_state
from agents.state.store import StateStore
from config.settings import QueueSettings
from config.timestamps import rfc3339
from streams.records import AgentState

__all__ = ["Staffing"]

_CHUNKS: Final = 32
"""Number of chunks of open states that are rewritten as one."""
_DAY_MS: Final = 86_400_000
_SHARED: Final = 100
"""Queues that agents are told to share at most."""


def _place(state: AgentState) -> tuple[int, int]:
    return state.since_ms, state.sequence or 0


class Staffing:
    """The agents of one queue through time.

    Args:
        state: from the manifest; kept up to date in place, complete after `write`.
        cells: the queue's cells.
        settings_at: the settings in force for an interval's start.
        versions: all settings there are; the longest `max_state_seconds` bounds how long a state can hold.
    """

    def __init__(
        self,
        state: StaffingState,
        cells: StateStore,
        settings_at: Callable[[int], QueueSettings],
        versions: tuple[QueueSettings, ...],
    ) -> None:
        self.state = state
        self.phase_ms = 0
        """The grid's offset, set once the queue's calendar is known, before anything is final."""
        self.changed_intervals: set[int] = set()
        """Final intervals whose time the last state moved; `agents.engine.corrections` clears it."""
        self._cells = cells
        self._settings_at = settings_at
        settings = versions[-1]
        self._queue = settings.queue
        self._length = settings.interval_ms
        self._correction_ms = settings.correction_ms
        self._reach_ms = max(version.max_state_ms for version in versions)
        self._agents: dict[str, list[KeptState]] = {}
        self._oldest = 2**62
        self._fresh: list[KeptState] = []
        self._rewrite = False
        self._final = FinalAgentTime(state, cells, self._length)
        for name in state.chunks:
            for record in decode_states(cells.require(name)):
                self._restore(record)
        # The writer before may still delete chunks of its own, so rewrite them soon.
        self._rewrite = bool(state.chunks)

    # --- records ------------------------------------------------------------------------------------

    def add(self, record: AgentState, source: str = "", offset: int = 0) -> Arrival:
        """Put a state, read at `offset` of `source`, into its agent's time.

        States of one instant without a sequence hold in the order of the log: the last one stands.

        Raises:
            RecordRefused: too late to correct.
        """
        if not record.queues:
            record = msgspec.structs.replace(record, queues=self._queues_before(record))
        if record.since_ms < self.state.closed_through:
            return self._add_late(record, source, offset)
        states = self._agents.setdefault(record.agent, [])
        at, before = _find(states, record)
        arrival = _arrival(record, before)
        if arrival is not Arrival.DUPLICATE:
            kept = keep_state(record, source, offset)
            states[at : at + (before is not None)] = [kept]
            self._fresh.append(kept)
            self._note_first(record)
            self._forget_unused(record)
        return arrival

    def _queues_before(self, record: AgentState) -> tuple[str, ...]:
        """The queues of a state that names none: as before; nobody knows them: this one."""
        start = self._start_of(record.since_ms)
        states = self._agents.get(record.agent, [])
        if record.since_ms < self.state.closed_through:
            states = self._final.states(start).get(record.agent, [])
        before = self._held_before(record, states[: _find(states, record)[0]], start)
        return (self._queue,) if before is None else before.queues

    def _restore(self, record: KeptState) -> None:
        states = self._agents.setdefault(record.agent, [])
        at, before = _find(states, record)
        states[at : at + (before is not None)] = [record]
        self._oldest = min(self._oldest, record.since_ms)

    def _note_first(self, record: AgentState) -> None:
        first = self.state.first_ms
        if first is None or record.since_ms < first:
            self.state.first_ms = record.since_ms

    def _forget_unused(self, record: AgentState) -> None:
        """Bound what is kept of a queue whose call data has never come."""
        self._oldest = min(self._oldest, record.since_ms)
        keep = self._correction_ms + self._reach_ms
        if self.state.closed_through != NEVER or record.since_ms - self._oldest < keep + _DAY_MS:
            return
        limit = record.since_ms - keep
        for agent, states in list(self._agents.items()):
            del states[: bisect_left(states, (limit, NEVER), key=_place)]
            if not states:
                del self._agents[agent]
        self._oldest = min(states[0].since_ms for states in self._agents.values())
        self._rewrite = True

    # --- time ---------------------------------------------------------------------------------------

    def time(self, start: int) -> StaffTime | None:
        """Agent time of a final interval; None where no agent state covers it."""
        return self._final.time(start) if self._known(start + self._length) else None

    def time_so_far(self, start: int, until: int) -> StaffTime | None:
        """Agent time of an open interval up to `until`; None where no agent state covers it."""
        if not self._known(until):
            return None
        time = StaffTime()
        for states in self._agents.values():
            for state, upto in _stretches(states, until):
                self._count(time, start, state, state.since_ms, upto, 1)
        return time

    def shares_with(self) -> tuple[str, ...] | None:
        """Other queues of the agents who are there, in order of name; None: no state says who is there."""
        there = [states[-1] for states in self._agents.values() if states[-1].state != "offline"]
        queues = {queue for state in there if self._queue in state.queues for queue in state.queues}
        return tuple(sorted(queues - {self._queue})[:_SHARED]) if queues else None

    def _known(self, end: int) -> bool:
        return self.state.first_ms is not None and self.state.first_ms < end

    def _count(self, time: StaffTime, start: int, state: KeptState | None, begin: int, end: int, sign: int) -> None:
        """Add the part of [begin, end) that `state` gives this queue to the interval at `start`, or take it away."""
        share = None if state is None else self._share(state)
        if state is None or share is None:
            return
        settings = self._settings_at(start)
        known = state.since_ms + settings.max_state_ms
        ms = min(end, start + self._length, known) - max(begin, start)
        if ms > 0:
            queues, kind = share
            time.add(queues, kind, sign * ms)
            if settings.pooled and kind is not Kind.unavailable:
                on = state.queues if self._queue in state.queues else (*state.queues, self._queue)
                if len(on) > 1:
                    time.add_shared(on, whole=queues == 1, ms=sign * ms)
            if sign > 0:
                time.note_source(state.source, state.offset)

    def _share(self, state: AgentState) -> tuple[int, Kind] | None:
        """The number of queues the time is divided by, and its kind; None: it is no time of this queue."""
        if state.state == "offline":
            return None
        kind = Kind[state.state]
        if kind in (Kind.handling, Kind.wrap) and state.handling_queue:
            return (1, kind) if state.handling_queue == self._queue else None
        return (len(state.queues), kind) if self._queue in state.queues else None

    # --- final intervals ----------------------------------------------------------------------------

    def close_through(self, end: int) -> None:
        """Make final the time of every interval that starts before `end`, which is an interval's end."""
        old = self.state.closed_through
        if end <= old:
            return
        self.state.closed_through = end
        floor = self._start_of(end - self._correction_ms)
        if floor > old != NEVER:
            self._final.pass_over(old, floor)
        settled: dict[int, FinalAgents] = {}
        for agent, states in list(self._agents.items()):
            past = bisect_left(states, (end, NEVER), key=_place)
            if not past:
                continue
            for state, upto in _stretches(states, end):
                begin = max(state.since_ms, old, floor)
                for start in self._starts(begin, min(upto, state.since_ms + self._reach_ms)):
                    self._count(_at(settled, start).time, start, state, begin, upto, 1)
                if state.since_ms >= max(old, floor):
                    begun = _at(settled, self._start_of(state.since_ms))
                    begun.states.setdefault(agent, []).append(state)
                    begun.time.note_source(state.source, state.offset)
            last = states[past - 1]
            holds = last.since_ms + self._reach_ms > end and self._share(last) is not None
            del states[: past - holds]
            if not states:
                del self._agents[agent]
            self._rewrite = True
        self._final.add(settled)

    def forget_old(self) -> None:
        """Drop final intervals that are beyond correction."""
        self._final.forget_before(self.state.closed_through - self._correction_ms)

    def _add_late(self, record: AgentState, source: str, offset: int) -> Arrival:
        """Put a state into final intervals, and move the time from the state that held there so far."""
        state, since = self.state, record.since_ms
        start = self._start_of(since)
        if start < state.closed_through - self._correction_ms:
            days = self._correction_ms / _DAY_MS
            raise RecordRefused(
                f"too_late: since lies in the interval {rfc3339(start)}, which is final for more than "
                f"correction_days ({days:g})",
                record,
            )
        states = self._final.load(start).states.setdefault(record.agent, [])
        at, before = _find(states, record)
        arrival = _arrival(record, before)
        if arrival is not Arrival.DUPLICATE:
            held = before or self._held_before(record, states[:at], start)
            kept = keep_state(record, source, offset)
            states[at : at + (before is not None)] = [kept]
            self._final.alter(start)
            self._final.load(start).time.note_source(source, offset)
            self._move(kept, held, self._next_after(record, states[at + 1 :], start))
        return arrival

    def _move(self, record: KeptState, held: KeptState | None, following: KeptState | None) -> None:
        """Give `record` the time from its `since` to the agent's next state, which `held` had so far."""
        through, since, reach = self.state.closed_through, record.since_ms, self._reach_ms
        if since + reach > through and (following is None or following.since_ms >= through):
            ahead = [state for state in self._agents.get(record.agent, []) if state.since_ms >= through]
            self._agents[record.agent] = [record, *ahead]
            self._rewrite = True
        upto = min(since + reach, through if following is None else following.since_ms, through)
        for start in self._starts(since, upto):
            time = self._final.load(start).time
            self._count(time, start, held, since, upto, -1)
            self._count(time, start, record, since, upto, 1)
            self._final.alter(start)
            self.changed_intervals.add(start)
        first = self.state.first_ms
        if first is None or since < first:
            # Now it is known that nobody was there before the state that was the first one so far.
            self.changed_intervals.update(self._starts(since, min(through if first is None else first, through)))
            self.state.first_ms = since

    def _held_before(self, record: AgentState, earlier: list[KeptState], start: int) -> KeptState | None:
        """The agent's state before `record`, as far back as a state can hold."""
        if earlier:
            return earlier[-1]
        at, oldest = start - self._length, max(record.since_ms - self._reach_ms, self.state.retained_from)
        while at + self._length > oldest:
            states = self._final.states(at).get(record.agent)
            if states:
                return states[-1]
            at -= self._length
        return None

    def _next_after(self, record: AgentState, later: list[KeptState], start: int) -> KeptState | None:
        """The agent's state after `record`; None where there is none while it can hold."""
        if later:
            return later[0]
        upto = min(self.state.closed_through, record.since_ms + self._reach_ms)
        for at in range(start + self._length, upto, self._length):
            states = self._final.states(at).get(record.agent)
            if states:
                return states[0]
        ahead = (state for state in self._agents.get(record.agent, []) if state.since_ms >= self.state.closed_through)
        return next(ahead, None)

    def _starts(self, begin: int, end: int) -> range:
        return range(self._start_of(begin), end, self._length)

    def _start_of(self, ms: int) -> int:
        return ms - (ms + self.phase_ms) % self._length

    # --- the state ----------------------------------------------------------------------------------

    def write(self) -> None:
        """Put everything that changed into cells and `state`; the manifest commits it."""
        self._final.write()
        state = self.state
        if self._rewrite or len(state.chunks) >= _CHUNKS:
            self._cells.replace_foreign(state.chunks)
            state.chunks = []
            fresh = [record for states in self._agents.values() for record in states]
        else:
            fresh = self._fresh
        for cell in encode_in_cells(fresh):
            name = self._cells.unique("s")
            self._cells.create(name, cell)
            state.chunks.append(name)
        self._fresh = []
        self._rewrite = False


def _find(states: list[KeptState], record: AgentState) -> tuple[int, KeptState | None]:
    """The place of a state among its agent's, and the copy that stands there."""
    if states and _place(states[-1]) < _place(record):
        return len(states), None
    at = bisect_left(states, _place(record), key=_place)
    same = at < len(states) and _place(states[at]) == _place(record)
    return at, states[at] if same else None


def _arrival(record: AgentState, before: KeptState | None) -> Arrival:
    """The outcome of a state, given the one that stands in its place."""
    if before is None:
        return Arrival.ACCEPTED
    if plain_state(before) == record:
        return Arrival.DUPLICATE
    return Arrival.ACCEPTED if record.sequence is None else Arrival.RESTATED


def _stretches(states: list[KeptState], end: int) -> Iterator[tuple[KeptState, int]]:
    """Each state that begins before `end`, and the end of the time it holds for."""
    for at, state in enumerate(states):
        if state.since_ms >= end:
            return
        yield state, min(end, states[at + 1].since_ms) if at + 1 < len(states) else end


def _at(settled: dict[int, FinalAgents], start: int) -> FinalAgents:
    found = settled.get(start)
    if found is None:
        found = settled[start] = FinalAgents()
    return found
