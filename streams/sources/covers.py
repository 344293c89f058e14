"""Twin hours of rows as they arrive: an hour that a file has once where the clock has it twice.

The row of such an hour may hold both. Whether it does is known once a later row comes, or nothing more: then the other
hour is covered, not missing, and both say why (docs/your-data.md#common-questions).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import structs

from config.timestamps import interval_end
from streams.records import Record, Snapshot
from streams.sources.batch import Batch

__all__ = ["FARTHEST_TWIN_MS", "ArrivingCovers", "same_name"]

FARTHEST_TWIN_MS: Final = 7_200_000
"""Two hours of one local name are no farther apart: clocks are changed by an hour, or by half of one."""


def same_name(one: int, other: int, zone: ZoneInfo) -> bool:
    """Whether two instants have one local name."""
    names = [datetime.fromtimestamp(ms / 1000, zone).replace(tzinfo=None) for ms in (one, other)]
    return names[0] == names[1]


class _Half(NamedTuple):
    """The row of one of two hours of one local name, whose other hour has no row so far."""

    record: Snapshot
    row: int
    place: int
    """The place of its input."""


class ArrivingCovers:
    """Adds to batches, in the order of the files, what covers hours without a row of their own.

    Args:
        length_ms: interval length of a queue.
        queue_zone: IANA name of a queue's time zone.
    """

    def __init__(self, length_ms: Callable[[str], int], queue_zone: Callable[[str], str]) -> None:
        self._length_ms = length_ms
        self._queue_zone = queue_zone
        self._halves: dict[str, dict[int, _Half]] = {}
        """By queue, and by start of the hour that has no row."""
        self._there: dict[str, set[int]] = {}
        """By queue, the starts of rows of repeated hours, and of intervals that are covered."""

    def take(self, place: int, batch: Batch, zone: str) -> Batch:
        """A batch with the covers that its rows decide.

        Args:
            place: of its input.
            batch: as its reader gave it.
            zone: IANA name, of local times in the file.
        """
        if not batch.covered and not self._halves:
            return batch
        whole = replace(batch, queues=[], records=[], rows=[])
        twins: dict[str, set[int]] = {}
        for queue, twin in batch.covered:
            twins.setdefault(queue, set()).add(twin)
        for queue, record, row in zip(batch.queues, batch.records, batch.rows, strict=True):
            if type(record) is Snapshot:
                self._decide(whole, queue, record.start_ms)
                self._note(queue, _Half(record, row, place), twins.get(queue, set()), ZoneInfo(zone))
            _put(whole, queue, record, row)
        return whole

    def rest(self) -> Iterator[tuple[int, Batch]]:
        """The covers of hours that no later row has decided, by input."""
        batches: dict[int, Batch] = {}
        for queue, halves in sorted(self._halves.items()):
            for twin, half in sorted(halves.items()):
                self._cover(batches.setdefault(half.place, Batch()), queue, twin, half)
        self._halves.clear()
        yield from sorted(batches.items())

    def _note(self, queue: str, half: _Half, twins: set[int], zone: ZoneInfo) -> None:
        """Note a row: the twin of one before it, or one that waits for its own."""
        start = half.record.start_ms
        near = [twin for twin in twins if abs(start - twin) <= FARTHEST_TWIN_MS and same_name(start, twin, zone)]
        halves = self._halves.get(queue, {})
        if start in halves:
            del halves[start]
        if not near:
            return
        there = self._there.setdefault(queue, set())
        there.add(start)
        if near[0] not in there:
            self._halves.setdefault(queue, {})[near[0]] = half

    def _decide(self, batch: Batch, queue: str, start: int) -> None:
        """Cover the hours of a queue that begin before a row of it, and those of others that are long past."""
        for other, halves in list(self._halves.items()):
            margin = 0 if other == queue else FARTHEST_TWIN_MS
            for twin in sorted(twin for twin in halves if twin + margin < start):
                self._cover(batch, other, twin, halves.pop(twin))
            if not halves:
                del self._halves[other]

    def _cover(self, batch: Batch, queue: str, twin: int, half: _Half) -> None:
        there, length = self._there.setdefault(queue, set()), self._length_ms(queue)
        row = -abs(half.row)  # which is counted as what it is
        _put(batch, queue, structs.replace(half.record, twin_ms=twin), row)
        end = interval_end(twin, length, self._queue_zone(queue))
        if not any(end - length <= start < end for start in there):
            there.add(end - length)
            _put(batch, queue, Snapshot(end - length, length, end, twin_ms=half.record.start_ms), row)


def _put(batch: Batch, queue: str, record: Record, row: int) -> None:
    batch.queues.append(queue)
    batch.records.append(record)
    batch.rows.append(row)
