"""A look at the records that a source gives: some of them, and what looks wrong with the whole.

Each record may be sound while the file is misread: an average taken for a sum, totals of days for intervals, two
exports in one file. Nothing is refused for such a reason; a person is told.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from streams.records import TYPE_RANK, Contact, Evaluation, Plan, Record, Snapshot
from streams.sources.batch import Batch
from streams.sources.merge import RANKS, Feed, QueueFeed
from streams.sources.odd_rows import SLOT_MS, Outside, Totals

__all__ = ["Look", "Sample", "misread", "too_far_apart"]

_SAMPLES: Final = 5
_LEAST_AHT_SECONDS: Final = 10.0
_MOST_AHT_SECONDS: Final = 14_400.0
_LEAST_AGENTS: Final = 0.1
_LEAST_SHARE: Final = 0.02
_LEAST_OF_SHARE: Final = 10
"""Answered contacts below which the share of them within the threshold says nothing."""
_LEAST_COUNT: Final = 5
"""Contacts of an interval below which its AHT says nothing."""
_DAY_MS: Final = 86_400_000
_SPREAD: Final = 0.9
"""Share of a file's steps that are whole days from which it is one of days."""


_LEAST_STARTS: Final = 8
"""Starts from which it is no chance that none lies on the half of their step."""
_OF_DAYS: Final = (
    "rows lie whole days apart: a file of days is none of intervals; export it by the half hour, or map the column of "
    "the time"
)


class Sample(NamedTuple):
    """One record of a source."""

    row: int
    queue: str
    record: Record


class _Figures:
    """Counts figures of rows, and those among them that are smaller or larger than they can be."""

    def __init__(self, least: float, most: float = math.inf) -> None:
        self._least, self._most = least, most
        self._rows = 0
        self._small: list[float] = []
        self._large: list[float] = []

    def add(self, figure: float) -> None:
        self._rows += 1
        if figure < self._least:
            self._small.append(figure)
        elif figure > self._most:
            self._large.append(figure)

    @property
    def small(self) -> float | None:
        """The first figure that is too small, where most are."""
        return self._small[0] if len(self._small) * 2 > self._rows else None

    @property
    def large(self) -> float | None:
        """The first figure that is too large, where most are."""
        return self._large[0] if len(self._large) * 2 > self._rows else None


class Look:
    """The records of one source, seen as a whole."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        """The first records."""
        self.queues: set[str] = set()
        self.read = self.filtered = self.accepted = self.refused = 0
        """Rows."""
        self._left_out: dict[str, None] = {}
        self._known: dict[tuple[object, ...], tuple[int, int]] = {}
        """By identity: what the record says, and its row."""
        self._shared = 0
        self._first_shared: tuple[int, int] = (0, 0)
        self._ahts = _Figures(_LEAST_AHT_SECONDS, _MOST_AHT_SECONDS)
        self._agents = _Figures(_LEAST_AGENTS)
        self._shares = _Figures(_LEAST_SHARE)
        self._starts: dict[str, set[int]] = {}
        self._longest_ms = 0
        self._totals, self.outside = Totals(), Outside()

    def begin_file(self) -> None:
        """Say that the next batch is of another file, which may hold the same records anew."""
        self._known.clear()

    def add(self, batch: Batch) -> None:
        """Look at a batch."""
        self.read += batch.read
        self.filtered += batch.filtered
        self.accepted += batch.accepted
        self.refused += len(batch.dead)
        if batch.left_out:
            self._left_out[batch.left_out] = None
        for queue, record, row in zip(batch.queues, batch.records, batch.rows, strict=True):
            if len(self.samples) < _SAMPLES:
                self.samples.append(Sample(row, queue, record))
            self.queues.add(queue)
            self._compare(queue, record, row)
            if isinstance(record, Snapshot):
                self.sum(queue, record)
            elif isinstance(record, Contact):
                self.outside.add(queue, record.offered_ms)
                if record.outcome == "answered" and record.handle_ms is not None:
                    self._ahts.add(record.handle_ms / 1000)

    def _compare(self, queue: str, record: Record, row: int) -> None:
        identity = _identity(queue, record)
        if identity is None:
            return
        content = hash(record)
        known = self._known.setdefault(identity, (content, row))
        if known[0] != content:
            self._shared += 1
            self._first_shared = self._first_shared if self._shared > 1 else (known[1], row)

    def sum(self, queue: str, row: Snapshot) -> None:
        """Look at the figures of an interval row."""
        handled = row.answered if row.handled is None else row.handled
        if handled and handled >= _LEAST_COUNT and row.handle_ms is not None:
            self._ahts.add(row.handle_ms / handled / 1000)
        if row.answered and row.answered >= _LEAST_OF_SHARE and row.answered_within is not None and row.derived:
            self._shares.add(row.answered_within / row.answered)
        if row.staffed_ms and row.offered:
            self._agents.add(row.staffed_ms / row.length_ms)
        self._totals.add(queue, row.start_ms, row.offered if row.offered is not None else row.answered)
        self.outside.add(queue, row.start_ms, row.offered or 0)
        self._starts.setdefault(queue, set()).add(row.start_ms)
        self._longest_ms = max(self._longest_ms, row.length_ms)

    def warnings(self, is_open: Callable[[str, int], bool] = lambda _queue, _ms: True) -> Iterator[str]:
        """A sentence for each thing that looks wrong.

        Args:
            is_open: whether a queue is open at an instant, milliseconds.
        """
        for sentence in self._left_out:
            yield f"{sentence}; name the one that is meant under sheet, or save each as a file"
        if (aht := self._ahts.small) is not None:
            yield (
                f"AHT is {aht:.2f} s: an average is mapped to a sum (average x count: product: [AVERAGE, COUNT]), or "
                f"minutes to seconds (multiply: 60)"
            )
        if (aht := self._ahts.large) is not None:
            yield f"AHT is {aht:,.0f} s: milliseconds are mapped to seconds (multiply: 0.001), or a sum is multiplied"
        if (share := self._shares.small) is not None:
            yield (
                f"answered_within is {share:.1%} of answered: a ratio (0.94) is mapped to a share in per cent "
                f"(multiply: 100)"
            )
        if (agents := self._agents.small) is not None:
            yield (
                f"staffed agents are {agents:.3f}: staffed_seconds is the agents' time summed, in seconds; "
                f"a number of agents, an average or minutes are mapped to it"
            )
        if self._shared:
            first, second = self._first_shared
            rows = "1 row shares its" if self._shared == 1 else f"{self._shared:,} rows share their"
            yield (
                f"{rows} identity with an earlier row and say something else (first: row {second} and row {first}): "
                f"the later one counts; are they two records, of which a column is not mapped?"
            )
        yield from self._totals.warnings()
        yield from self.outside.warnings(is_open)
        if self._is_of_days():
            yield _OF_DAYS
        elif (apart := too_far_apart(self._starts, self._longest_ms)) is not None:
            yield apart

    def _is_of_days(self) -> bool:
        steps = [after - before for starts in self._starts.values() for before, after in pairwise(sorted(starts))]
        whole_days = sum(1 for step in steps if step % _DAY_MS == 0)
        return len(steps) >= 2 and whole_days >= _SPREAD * len(steps)


def too_far_apart(starts: Mapping[str, Collection[int]], longest_ms: int) -> str | None:
    """A sentence where all intervals of a file lie farther apart than its rows are long: they last longer.

    Args:
        starts: of its rows by queue, milliseconds.
        longest_ms: the longest of its rows.
    """
    every = sorted({start for one in starts.values() for start in one})
    step = math.gcd(*(after - before for before, after in pairwise(every)))
    if len(every) < _LEAST_STARTS or step <= longest_ms:
        return None
    return (
        f"rows lie {step / 60_000:g} minutes apart, and are counted as {longest_ms / 60_000:g} minutes long: say "
        f"interval_minutes of their queue, and at the source"
    )


def misread(feed: Feed, is_open: Callable[[str, int], bool]) -> Iterator[tuple[str, str]]:
    """Sources of which parts are not read, or whose rows have figures, lengths or times that look wrong; and why.

    Args:
        feed: everything that was read.
        is_open: whether a queue is open at an instant, milliseconds.
    """
    for place, sentence in sorted(feed.left_out.items()):
        given = feed.inputs[place]
        yield given.source.name, f"{given.name}: {sentence}; name the one that is meant under sheet"
    looks: dict[str, Look] = {}
    names = [each.source.name for each in feed.inputs]
    of_intervals = [each.source.settings.record == "interval" for each in feed.inputs]
    for queue, held in feed.queues.items():
        for record, place in zip(held.records, held.inputs, strict=True) if any(of_intervals) else ():
            if isinstance(record, Snapshot) and of_intervals[place]:
                looks.setdefault(names[place], Look()).sum(queue, record)
        for place, slot, contacts in _arrivals(held):
            looks.setdefault(names[place], Look()).outside.add(queue, slot * SLOT_MS, contacts)
    for name, look in sorted(looks.items()):
        yield from ((name, warning) for warning in look.warnings(is_open))


def _arrivals(held: QueueFeed) -> Iterator[tuple[int, int, int]]:
    """Input, stretch of time and number of the contacts of a queue."""
    keys, inputs = held.keys(), np.asarray(held.inputs)
    events = keys // RANKS
    contacts = keys - events * RANKS == TYPE_RANK[Contact]
    for place in set(held.inputs):
        slots, counts = np.unique(events[contacts & (inputs == place)] // SLOT_MS, return_counts=True)
        for slot, count in zip(slots.tolist(), counts.tolist(), strict=True):
            yield place, slot, count


def _identity(queue: str, record: Record) -> tuple[object, ...] | None:
    """The identity of a record together with how new it is; None: such records may share it."""
    if isinstance(record, Contact):
        return queue, record.contact_id, record.offered_ms, record.updated_ms
    if isinstance(record, Snapshot):
        return queue, record.start_ms, record.length_ms, record.as_of_ms
    if isinstance(record, Plan):
        return queue, record.plan_version, record.start_ms, record.published_ms
    if isinstance(record, Evaluation):
        return queue, record.evaluation_id, record.evaluated_ms
    return None
