"""Final intervals of one queue, with all that a correction needs of them.

They rest in the state as cells, their sums and last published figures in one and their contacts in others, for
`correction_days`; one that a late record concerns is in memory until the next commit.
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from agents.engine.visits.contact_state import ContactStoreState, Visits, in_cells, visit_key
from agents.intervals.counts import NEVER, IntervalCounts
from agents.planning.variance import Reference
from agents.state.store import StateStore
from streams.records import Contact

__all__ = ["FinalInterval", "FinalIntervals"]


class FinalInterval(msgspec.Struct, array_like=True):
    """The part of a final interval that a correction needs."""

    counts: IntervalCounts
    parts: int = 0
    """Cells of contacts that entered the queue in it."""
    revision: int = 0
    """The last published revision; 0: the interval needed no row so far."""
    balance: int | None = None
    """No longer kept."""
    figures: list[object] = []
    """The last published figures."""
    breaches: str | None = None
    """The `breaches` column, which no correction changes."""
    basis: tuple[float, float] | None = None
    """The basis that its signal was read against (`agents.rules.baseline.Basis`)."""
    reference: Reference = Reference()
    """The reference that it is compared with; a correction is compared with the same."""
    silent: dict[str, int] | None = None
    """Sources that were silent in it, each with its last word; None: written before they were asked."""

    def was_silent(self) -> list[str]:
        """Sources that were silent in it; an empty name: the queue itself."""
        if self.silent is None:
            return [""] if "missing" in map(str, self.figures) else []
        return list(self.silent)


_RECENT: Final = 32
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_INTERVAL = msgspec.msgpack.Decoder(FinalInterval).decode
_DECODE_CONTACTS = msgspec.msgpack.Decoder(list[Contact]).decode


class FinalIntervals:
    """Final intervals by start.

    Args:
        state: from the manifest.
        cells: the queue's cells.
        interval_ms: length of an interval.
    """

    def __init__(self, state: ContactStoreState, cells: StateStore, interval_ms: int) -> None:
        self._state = state
        self._cells = cells
        self._length = interval_ms
        self._loaded: dict[int, tuple[FinalInterval, Visits]] = {}
        self._altered: set[int] = set()
        self._recent: dict[int, list[object]] = {}
        """Figures of the intervals that were made final last, as long as nothing corrects them."""
        self.revised = True
        """Whether any has changed since somebody set this to False."""

    def load(self, start: int) -> tuple[FinalInterval, Visits]:
        """A final interval with its visits, an empty one where nothing was kept; after a change say `alter`."""
        found = self._loaded.get(start)
        if found is None:
            interval = self._read(start) or FinalInterval(IntervalCounts(start))
            visits: Visits = {}
            for contact in self._parts(start, interval.parts):
                visits[visit_key(visits, contact)] = contact
            found = self._loaded[start] = interval, visits
        return found

    def figures(self, start: int) -> list[object]:
        """The last published figures of a final interval; none where it has no row."""
        recent = self._recent.get(start)
        if recent is not None:
            return recent
        interval = self.peek(start)
        return [] if interval is None else interval.figures

    def peek(self, start: int) -> FinalInterval | None:
        """A final interval without its visits, only to be looked at; None where nothing was kept."""
        loaded = self._loaded.get(start)
        return self._read(start) if loaded is None else loaded[0]

    def alter(self, start: int) -> None:
        """Note that a loaded interval has changed, and must be written."""
        self._altered.add(start)
        self._recent.pop(start, None)
        self.revised = True

    def add(self, interval: FinalInterval, visits: Visits) -> None:
        """Put an interval that has just become final, with its visits, among the final ones."""
        self._store(interval, visits, self._cells.create)
        self._recent[interval.counts.start_ms] = interval.figures
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]
        start, retained = interval.counts.start_ms, self._state.retained_from
        self._state.retained_from = start if retained == NEVER else min(retained, start)

    def last_published(self) -> FinalInterval | None:
        """The latest final interval that has a row, as it was last written; None: there is none any more."""
        for start in range(self._state.closed_through - self._length, self._state.retained_from - 1, -self._length):
            interval = self._read(start)
            if interval is not None and interval.revision:
                return interval
        return None

    def forget_before(self, instant: int) -> None:
        """Drop intervals that start before an instant."""
        while self._state.retained_from < instant:
            start = self._state.retained_from
            if self._holds(start):
                interval, _ = self.load(start)
                self._cells.remove([_name(start), *(_part_name(start, part) for part in range(interval.parts))])
                self._loaded.pop(start, None)
                self._altered.discard(start)
            self._state.retained_from += self._length

    def pass_over(self, begin: int, end: int) -> None:
        """Drop intervals that start before `end`, in a time that does not grow from `begin` on: there are none."""
        state = self._state
        self.forget_before(begin)
        if state.retained_from != NEVER and state.retained_from < end:
            state.retained_from += -(-(end - state.retained_from) // self._length) * self._length

    def write(self) -> None:
        """Put every interval that changed into cells; the manifest commits it."""
        for start in sorted(self._altered):
            interval, visits = self._loaded[start]
            self._store(interval, visits, self._cells.replace)
        self._altered.clear()
        self._loaded.clear()

    def _holds(self, start: int) -> bool:
        return start in self._loaded or self._cells.read(_name(start)) is not None

    def _read(self, start: int) -> FinalInterval | None:
        blob = self._cells.read(_name(start))
        return None if blob is None else _DECODE_INTERVAL(blob)

    def _parts(self, start: int, count: int) -> Iterator[Contact]:
        for part in range(count):
            yield from _DECODE_CONTACTS(self._cells.require(_part_name(start, part)))

    def _store(self, interval: FinalInterval, visits: Visits, write: Callable[[str, bytes], None]) -> None:
        start, parts = interval.counts.start_ms, in_cells(visits.values())
        interval.parts = len(parts)
        for part, chunk in enumerate(parts):
            write(_part_name(start, part), _ENCODE(chunk))
        write(_name(start), _ENCODE(interval))


def _name(start: int) -> str:
    return f"i{start // 60_000}"


def _part_name(start: int, part: int) -> str:
    return f"i{start // 60_000}.{part}"
