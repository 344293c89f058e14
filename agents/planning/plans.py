"""A queue's plans: the version that counts for an interval, and the figures it expects.

Forecasts are remade all day, and a forecast made afterwards always looks good. So an interval is compared
with the plan that was there before its open day began (`frozen`). Every version is kept beside the others.
A plan that comes too late changes no figure that had one. A plan in longer or shorter intervals than the
queue's is split or rolled up, and marked so.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from agents.intervals.arrivals import Arrival
from agents.planning.kept import KeptPlan, Span, keep_plan, plain_plan, spans_of
from agents.state.store import StateStore
from streams.records import Plan

__all__ = ["PlanBook", "PlanState", "Planned"]

NEVER: Final = -(2**62)
"""An instant before every other."""
_BLOCK_MS: Final = 4 * 3_600_000
"""Time whose plans are in one cell: some 300 versions of five-minute rows fit a broker's message."""
_HOUR_MS: Final = 3_600_000
"""Longest plan row."""
_INDEX: Final = "plans"
_KEPT_BLOCKS: Final = 4
"""Number of unchanged blocks that stay in memory: those of the intervals at hand."""
_Identity = tuple[str, int, int]
"""Version, start, publication."""
_Edition = tuple[int, str]
"""Publication and version: a plan as it was at one moment."""


class Planned(msgspec.Struct, array_like=True, frozen=True):
    """The figures that the plan that counts expects of one interval; None: not given."""

    version: str
    offered: float | None = None
    aht_seconds: float | None = None
    required: float | None = None
    """Agents, the plan's own figure."""
    scheduled: float | None = None
    late: bool = False
    """Not known before the open day began, or not before the interval was final."""
    resized: bool = False
    """Rolled up from shorter rows or split from a longer one."""
    sources: tuple[Span, ...] = ()
    """The places its rows were read at."""

    @property
    def says_something(self) -> bool:
        """Whether it has any figure."""
        return any(figure is not None for figure in (self.offered, self.aht_seconds, self.required, self.scheduled))


class PlanState(msgspec.Struct, array_like=True):
    """The part that the manifest holds."""

    first_ms: int = -NEVER
    """The earliest publication."""
    latest_ms: int = NEVER
    """The latest publication."""
    dropped: int = NEVER
    """The first block that is kept; those before it are dropped, and take no row any more."""


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[KeptPlan]).decode
_DECODE_NAMES = msgspec.msgpack.Decoder(dict[int, str]).decode


class PlanBook:
    """The plans of one queue.

    Args:
        state: from the manifest; kept up to date in place.
        cells: the queue's cells.
    """

    def __init__(self, state: PlanState, cells: StateStore) -> None:
        self.state = state
        self._cells = cells
        self._named: dict[int, str] | None = None
        self._blocks: dict[int, dict[_Identity, KeptPlan]] = {}
        self._changed: set[int] = set()
        self.rows = 0
        """Rows that were entered since this process began."""

    def add(self, plan: Plan, source: str = "", offset: int = 0) -> Arrival:
        """Enter a row, read at `offset` of `source`: of rows of one identity the later one in the log counts."""
        number, state, arrival = plan.start_ms // _BLOCK_MS, self.state, Arrival.ACCEPTED
        if number < state.dropped:
            return arrival
        identity = (plan.plan_version, plan.start_ms, plan.published_ms)
        block = self._block(number)
        held = block.get(identity)
        if held is not None:
            if plain_plan(held) == plan:
                return Arrival.DUPLICATE
            arrival = Arrival.RESTATED
        block[identity] = keep_plan(plan, source, offset)
        self._changed.add(number)
        self.rows += 1
        state.first_ms = min(state.first_ms, plan.published_ms)
        state.latest_ms = max(state.latest_ms, plan.published_ms)
        return arrival

    def choose(self, start: int, end: int, begin: int, mode: str) -> Planned | None:
        """The plan of the interval [start, end); None where none was published in time.

        Args:
            start: of the interval.
            end: of the interval.
            begin: when the open period that holds it began.
            mode: `frozen`, `latest` or the name of a version (docs/concepts/intervals.md#the-plan-of-an-interval).
        """
        rows = self._rows(start, end)
        if not rows:
            return None
        editions = {(row.published_ms, row.plan_version) for row in rows}
        edition, late = _edition(editions, start, begin, mode)
        return None if edition is None else _planned(rows, edition, start, end, late=late)

    def choose_late(self, start: int, end: int, begin: int, mode: str) -> Planned | None:
        """The plan of a final interval that had none, now that a plan has come; None: it still says nothing."""
        chosen = self.choose(start, end, begin, mode)
        if chosen is None or not chosen.says_something:
            return None
        return msgspec.structs.replace(chosen, late=True)

    def forget_before(self, ms: int) -> None:
        """Drop the rows of intervals that end before `ms`, and take none of them any more."""
        state = self.state
        keep = (ms - _HOUR_MS) // _BLOCK_MS
        if keep <= state.dropped:
            return
        state.dropped = keep
        self._changed.difference_update([number for number in self._changed if number < keep])
        for number in [number for number in self._blocks if number < keep]:
            del self._blocks[number]
        old = [number for number in self._names() if number < keep]
        if old:
            self._cells.remove([self._names().pop(number) for number in old])
            self._write_names()

    def write(self) -> None:
        """Put changed blocks into cells; the manifest commits them."""
        if self._changed:
            names = self._names()
            self._cells.remove([names[number] for number in sorted(self._changed) if number in names])
            for number in sorted(self._changed):
                names[number] = self._cells.unique("p")
                self._cells.create(names[number], _ENCODE(list(self._blocks[number].values())))
            self._write_names()
            self._changed.clear()
        for number in list(self._blocks)[:-_KEPT_BLOCKS]:
            del self._blocks[number]

    def _names(self) -> dict[int, str]:
        """The cell of every block. These names are in a cell, too: in the manifest they would grow with the plan."""
        if self._named is None:
            blob = self._cells.read(_INDEX)
            self._named = {} if blob is None else _DECODE_NAMES(blob)
        return self._named

    def _write_names(self) -> None:
        self._cells.replace(_INDEX, _ENCODE(self._names()))

    def _rows(self, start: int, end: int) -> list[KeptPlan]:
        """Rows of all versions that cover any part of [start, end)."""
        return [
            row
            for number in range((start - _HOUR_MS) // _BLOCK_MS, (end - 1) // _BLOCK_MS + 1)
            for row in self._block(number).values()
            if row.start_ms < end and row.start_ms + row.length_ms > start
        ]

    def _block(self, number: int) -> dict[_Identity, KeptPlan]:
        block = self._blocks.pop(number, None)
        if block is None:
            name = self._names().get(number)
            rows = [] if name is None else _DECODE(self._cells.require(name))
            block = {(row.plan_version, row.start_ms, row.published_ms): row for row in rows}
        self._blocks[number] = block  # the last used stands last
        return block


def _edition(editions: Iterable[_Edition], start: int, begin: int, mode: str) -> tuple[_Edition | None, bool]:
    """The edition that counts for an interval, and whether it came late."""
    if mode not in {"frozen", "latest"}:
        editions = [edition for edition in editions if edition[1] == mode]
    limit = begin if mode == "frozen" else start
    timely = [edition for edition in editions if edition[0] < limit]
    return (max(timely), False) if timely else (_first(editions), True)


def _first(editions: Iterable[_Edition]) -> _Edition | None:
    """The first published edition; among several, the one of the greatest version."""
    known = list(editions)
    first = min((published for published, _ in known), default=None)
    return max((edition for edition in known if edition[0] == first), default=None)


def _planned(rows: Iterable[KeptPlan], edition: _Edition, start: int, end: int, *, late: bool) -> Planned:
    """The figures of an edition for [start, end), from its rows of one length that cover it, the newest of each place.

    Rows of one version need not have been published together: an edition is the version as it was then.
    """
    published, version = edition
    by_length: dict[int, dict[int, KeptPlan]] = {}
    for row in rows:
        if row.plan_version == version and row.published_ms <= published:
            places = by_length.setdefault(row.length_ms, {})
            known = places.get(row.start_ms)
            if known is None or row.published_ms > known.published_ms:
                places[row.start_ms] = row
    length = end - start
    newest_first = sorted(
        by_length.items(),
        key=lambda item: (-max(row.published_ms for row in item[1].values()), item[0] != length, item[0]),
    )
    for _, places in newest_first:
        parts = [places[at] for at in sorted(places)]
        if _covers(parts, start, end):
            return _combined(version, parts, start, end, late=late)
    return Planned(version, late=late, resized=True)


def _covers(parts: Sequence[Plan], start: int, end: int) -> bool:
    """Whether rows in order of time follow one another without gap or overlap through [start, end)."""
    at = parts[0].start_ms
    for part in parts:
        if part.start_ms != at:
            return False
        at += part.length_ms
    return parts[0].start_ms <= start and at >= end


def _combined(version: str, parts: Sequence[KeptPlan], start: int, end: int, *, late: bool) -> Planned:
    """The figures of one interval from rows that cover it: volume by share of the row, agents and AHT as they are.

    With several rows, volumes add up, AHT is the mean by volume, and agents are the mean by time. A figure that
    one of the rows does not give is empty.
    """
    inside = [min(end, part.start_ms + part.length_ms) - max(start, part.start_ms) for part in parts]
    volumes = _known(
        [
            None if part.forecast_offered is None else part.forecast_offered * (ms / part.length_ms)
            for part, ms in zip(parts, inside, strict=True)
        ]
    )
    return Planned(
        version,
        None if volumes is None else math.fsum(volumes),
        _mean_aht([part.forecast_aht_ms for part in parts], volumes),
        _mean(_known([part.required_agents for part in parts]), inside),
        _mean(_known([part.scheduled_agents for part in parts]), inside),
        late=late,
        resized=parts[0].start_ms != start or parts[0].length_ms != end - start,
        sources=spans_of(parts),
    )


def _mean_aht(each_ms: Sequence[int | None], volumes: Sequence[float] | None) -> float | None:
    """The mean AHT by volume, seconds. A row that expects nobody needs no AHT."""
    if volumes is not None and any(volumes):
        weighted = [(ms, volume) for ms, volume in zip(each_ms, volumes, strict=True) if volume > 0]
        each_ms, volumes = [ms for ms, _ in weighted], [volume for _, volume in weighted]
    elif len(set(each_ms)) == 1:
        volumes = [1.0] * len(each_ms)
    known = _known(each_ms)
    mean = None if volumes is None or known is None else _mean(known, volumes)
    return None if mean is None else mean / 1000


def _known(values: Sequence[float | None]) -> list[float] | None:
    """The values if all are known."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def _mean(values: Sequence[float] | None, weights: Sequence[float]) -> float | None:
    """The weighted mean; the mean of equal values is exactly that value."""
    if values is None or len(set(values)) == 1:
        return None if values is None else values[0]
    total = math.fsum(weights)
    if not total:
        return None
    return math.fsum(value * weight for value, weight in zip(values, weights, strict=True)) / total
