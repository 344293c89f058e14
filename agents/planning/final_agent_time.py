"""Agent time of final intervals, and the agent states that began in them.

They stay in the state as cells for `correction_days`. An interval that a late state concerns is in memory until
the next commit.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from agents.intervals.agent_time import StaffTime
from agents.intervals.counts import NEVER
from agents.planning.kept import KeptState
from agents.state.store import StateStore

__all__ = ["FinalAgentTime", "FinalAgents", "StaffingState", "decode_states", "encode_in_cells"]

_CELL_STATES: Final = 4_000
"""States in one cell at most, so that no changelog record nears a broker's message limit."""


class StaffingState(msgspec.Struct, array_like=True):
    """The part of agents' time that the manifest holds. Fields are appended, never reordered."""

    first_ms: int | None = None
    """The queue's earliest agent state. Before it staffing is not known; after it no agent means 0."""
    closed_through: int = NEVER
    """End of the last final interval."""
    retained_from: int = NEVER
    """Start of the oldest final interval kept."""
    chunks: list[str] = []
    """Cells of states since `closed_through`, and of every agent's last state before it that still holds.
    A later copy replaces an earlier one."""


class _Cell(msgspec.Struct, array_like=True):
    """A final interval: its time, and how many cells hold the states that began in it."""

    time: StaffTime
    parts: int = 0


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_CELL = msgspec.msgpack.Decoder(_Cell).decode
decode_states = msgspec.msgpack.Decoder(list[KeptState]).decode
"""The states of one cell."""


class FinalAgents:
    """A final interval in memory: its time, and the states that began in it, by agent, in order."""

    __slots__ = ("parts", "states", "time")

    def __init__(self) -> None:
        self.time = StaffTime()
        self.parts = 0
        self.states: dict[str, list[KeptState]] = {}


class FinalAgentTime:
    """Final intervals of one queue by start.

    Args:
        state: from the manifest; `retained_from` is kept up to date.
        cells: the queue's cells.
        interval_ms: length of an interval.
    """

    def __init__(self, state: StaffingState, cells: StateStore, interval_ms: int) -> None:
        self._state = state
        self._cells = cells
        self._length = interval_ms
        self._loaded: dict[int, FinalAgents] = {}
        self._altered: set[int] = set()

    def time(self, start: int) -> StaffTime:
        """The agent time of an interval."""
        loaded = self._loaded.get(start)
        if loaded is not None:
            return loaded.time
        blob = self._cells.read(_name(start))
        return StaffTime() if blob is None else _DECODE_CELL(blob).time

    def load(self, start: int) -> FinalAgents:
        """The interval at `start`, an empty one where nothing was kept; call `alter` after a change."""
        found = self._loaded.get(start)
        if found is None:
            found = self._loaded[start] = FinalAgents()
            blob = self._cells.read(_name(start))
            if blob is not None:
                cell = _DECODE_CELL(blob)
                found.time, found.parts = cell.time, cell.parts
            for part in range(found.parts):
                for state in decode_states(self._cells.require(_name(start, part))):
                    found.states.setdefault(state.agent, []).append(state)
        return found

    def states(self, start: int) -> dict[str, list[KeptState]]:
        """The states that began in an interval, by agent; no interval is made where there is none."""
        if start in self._loaded or self._cells.read(_name(start)) is not None:
            return self.load(start).states
        return {}

    def alter(self, start: int) -> None:
        """Note that a loaded interval has changed, and must be written."""
        state = self._state
        state.retained_from = start if state.retained_from == NEVER else min(state.retained_from, start)
        self._altered.add(start)

    def add(self, intervals: dict[int, FinalAgents]) -> None:
        """Add intervals that have just become final, by start."""
        for start, interval in sorted(intervals.items()):
            self._store(start, interval, self._cells.create)
        if intervals and self._state.retained_from == NEVER:
            self._state.retained_from = min(intervals)

    def forget_before(self, instant: int) -> None:
        """Drop intervals that start before an instant."""
        state = self._state
        while state.retained_from != NEVER and state.retained_from < instant:
            start = state.retained_from
            blob = self._cells.read(_name(start))
            if blob is not None:
                parts = _DECODE_CELL(blob).parts
                self._cells.remove([_name(start), *(_name(start, part) for part in range(parts))])
                self._loaded.pop(start, None)
                self._altered.discard(start)
            state.retained_from += self._length

    def pass_over(self, begin: int, end: int) -> None:
        """Drop intervals that start before `end`, in a time that does not grow from `begin` on: there are none."""
        state = self._state
        self.forget_before(begin)
        if state.retained_from != NEVER and state.retained_from < end:
            state.retained_from += -(-(end - state.retained_from) // self._length) * self._length

    def write(self) -> None:
        """Put every interval that changed into cells; the manifest commits it."""
        for start in sorted(self._altered):
            self._store(start, self._loaded[start], self._cells.replace)
        self._altered.clear()
        self._loaded.clear()

    def _store(self, start: int, interval: FinalAgents, write: Callable[[str, bytes], None]) -> None:
        parts = encode_in_cells([state for _, states in sorted(interval.states.items()) for state in states])
        self._cells.remove(_name(start, part) for part in range(len(parts), interval.parts))
        interval.parts = len(parts)
        for part, states in enumerate(parts):
            write(_name(start, part), states)
        write(_name(start), _ENCODE(_Cell(interval.time, interval.parts)))


def encode_in_cells(states: list[KeptState]) -> list[bytes]:
    """The encoded states of each cell, in order; a cell holds as many as it may."""
    return [_ENCODE(states[at : at + _CELL_STATES]) for at in range(0, len(states), _CELL_STATES)]


def _name(start: int, part: int | None = None) -> str:
    return f"t{start // 60_000}" if part is None else f"t{start // 60_000}.{part}"
