"""Several sources as one feed: each queue's records in the order in which its machine shall see them.

Files come one after the other, a plan after the calls it was made for; the stream would have carried them
in the order of their event times. So unless told otherwise, all records of a queue are merged by event
time (ties: plan, agent_state, evaluation, interval, contact, then row order), and nothing is late that
was not late when it happened.
"""

import time
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import structs

from config.errors import UserError
from config.settings import Configuration
from config.timestamps import interval_end
from streams.records import TYPE_RANK, Record, Snapshot, event_ms
from streams.sources.batch import Batch
from streams.sources.batch import DeadLetter as BadRow
from streams.sources.covers import FARTHEST_TWIN_MS, ArrivingCovers, same_name
from streams.sources.registry import Source, open_sources
from streams.sources.source_format import ReadContext

__all__ = [
    "RANKS",
    "Block",
    "Feed",
    "Input",
    "Keys",
    "QueueFeed",
    "arrival_key",
    "arriving",
    "follow_input",
    "parse_inputs",
    "read_feed",
    "read_inputs",
]

RANKS = max(TYPE_RANK.values()) + 1
"""Keys of one event time."""
_BLOCK = 1_000
"""Records of a block at most."""


Keys = np.ndarray[tuple[int], np.dtype[np.int64]]
"""The keys that records are sorted by."""


class Input(NamedTuple):
    """One file (or `-`) and the source it is read as."""

    source: Source
    path: str
    name: str
    """The name in results and dead letters: the file's name, so that hosts agree; with folders only where two
    files of one command would have the same."""


class Block(NamedTuple):
    """Records of one queue that follow each other and come from one input."""

    records: Sequence[Record]
    rows: Sequence[int]
    """As `QueueFeed.rows`: either all positive or all negative."""
    place: int
    """Place of their file among the inputs."""


def arrival_key(turn: Any) -> Any:  # noqa: ANN401 - a number or an array of them
    """Where the record or refused row of a turn stands as they arrived; the key before it is free for a word."""
    return turn * 2 + 1


@dataclass(slots=True)
class QueueFeed:
    """The records of one queue; the three lists are parallel."""

    records: list[Record] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """Row number in its file; negative where the same row went to another queue too, and counts there."""
    inputs: list[int] = field(default_factory=list)
    """Place of its file among the inputs."""
    turns: "array[int]" = field(default_factory=lambda: array("q"))
    """The number of the record in the order in which all queues' records and refused rows were read; a reader may hand
    on a row behind later ones."""
    _keys: Keys | None = None
    _arrival: Keys | None = None

    def keys(self) -> Keys:
        """The keys by which records are sorted, stably: event time, then type; what `say` adds has keys of its own."""
        if self._keys is None:
            events = np.fromiter(map(event_ms, self.records), np.int64, len(self.records))
            ranks = np.fromiter(map(TYPE_RANK.__getitem__, map(type, self.records)), np.int64, len(self.records))
            self._keys = events * RANKS + ranks
        return self._keys

    def arrival(self) -> Keys:
        """The keys that put records in the order of the files; before each is place for a word."""
        if self._arrival is None:
            self._arrival = arrival_key(np.array(self.turns or range(len(self.records)), np.int64))
        return self._arrival

    def say(self, words: Sequence[Record], keys: Keys, place: int, *, as_arrived: bool = False) -> None:
        """Add words of a source that are no rows of its files.

        Args:
            words: `feed` records, or rows that were refused.
            keys: where each stands.
            place: of an input of the source.
            as_arrived: whether the keys are those of `arrival`, not those of `keys`.
        """
        if as_arrived:
            self._arrival = np.concatenate([self.arrival(), keys])
        else:
            self._keys = np.concatenate([self.keys(), keys])
        self.records.extend(words)
        self.rows.extend([1] * len(words))
        self.inputs.extend([place] * len(words))

    def merged(self) -> Iterator[Block]:
        """Everything in order of event time."""
        return self._blocks(np.argsort(self.keys(), kind="stable"))

    def arrived(self) -> Iterator[Block]:
        """Everything in file order."""
        said = self._arrival is not None
        return self._blocks(np.argsort(self.arrival(), kind="stable") if said else np.arange(len(self.records)))

    def _blocks(self, order: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Iterator[Block]:
        rows = np.array(self.rows, np.int64)[order]
        inputs = np.array(self.inputs, np.int64)[order]
        records = [self.records[at] for at in order.tolist()]
        differs = (np.diff(inputs) != 0) | (np.diff(rows > 0) != 0)
        begin = 0
        for end in [*(np.flatnonzero(differs) + 1).tolist(), len(records)]:
            for at in range(begin, end, _BLOCK):
                upto = min(end, at + _BLOCK)
                yield Block(records[at:upto], rows[at:upto].tolist(), int(inputs[at]))
            begin = end


@dataclass(slots=True)
class Feed:
    """Everything that was read."""

    inputs: Sequence[Input]
    queues: dict[str, QueueFeed] = field(default_factory=dict)
    bad_rows: list[tuple[int, BadRow]] = field(default_factory=list)
    """Input, and a row of it that cannot be counted."""
    bad_turns: list[int] = field(default_factory=list)
    """The turn of each of them, as `QueueFeed.turns`."""
    turn: int = 0
    """The next turn."""
    left_out: dict[int, str] = field(default_factory=dict)
    """By place of the input, the part of a file that is not read."""
    read: int = 0
    filtered: int = 0
    joined: int = 0
    """Rows that are part of another row's record."""
    accepted: Counter[int] = field(default_factory=Counter)
    """By place of the input, the rows that gave a record."""
    now_ms: int = 1 << 62
    """The driver's clock when they were read."""

    def add(self, place: int, batch: Batch) -> None:
        """Take a batch of an input."""
        self.read += batch.read
        self.joined += batch.joined
        self.filtered += batch.filtered
        self.accepted[place] += batch.accepted
        if batch.left_out:
            self.left_out[place] = batch.left_out
        queues, last, previous = self.queues, 0, None
        for queue, record, row, turn in zip(
            batch.queues, batch.records, batch.rows, self._turns(place, batch), strict=True
        ):
            if queue != previous:
                feed = queues.get(queue)
                if feed is None:
                    feed = queues[queue] = QueueFeed()
                add_record, add_row, add_turn = feed.records.append, feed.rows.append, feed.turns.append
                previous = queue
            add_record(record)
            add_turn(turn)
            add_row(row if row < 0 or row != last or batch.several else -row)
            last = row
        for queue in set(batch.queues):
            feed = queues[queue]
            feed.inputs.extend([place] * (len(feed.records) - len(feed.inputs)))

    def _turns(self, place: int, batch: Batch) -> Iterable[int]:
        """The turns of the records of a batch; its refused rows are noted with theirs."""
        begin, count = self.turn, len(batch.records)
        self.turn = begin + count + len(batch.dead)
        if not batch.dead:
            return range(begin, begin + count)
        turns: list[int] = []
        for number, (bad, before) in enumerate(batch.refused()):
            turns.extend(range(begin + number + len(turns), begin + number + before))
            self.bad_rows.append((place, bad))
            self.bad_turns.append(begin + number + before)
        turns.extend(range(begin + len(batch.dead) + len(turns), self.turn))
        return turns


def parse_inputs(configuration: Configuration, options: Iterable[str]) -> list[Input]:
    """Inputs from options like `NAME=FILE,FILE`.

    Raises:
        UserError: a source of the configuration cannot be read, an option is not of this form or names a source that
            the configuration does not have.
    """
    known = open_sources(configuration)
    files: list[tuple[Source, str]] = []
    for option in options:
        name, sign, paths = option.partition("=")
        if not sign or not paths:
            raise UserError(
                f"--source {option}: is not NAME=FILE[,FILE…]; name a source of the configuration and files"
            )
        source = known.get(name)
        if source is None:
            raise UserError(
                f"--source {name}: the configuration has no such source (it has: {', '.join(known) or 'none'})"
            )
        files.extend((source, path) for path in paths.split(",") if path)
    names = _short_names({path for _, path in files})
    return [Input(source, path, names[path]) for source, path in files]


def _short_names(paths: set[str]) -> dict[str, str]:
    """As much of the end of each path as tells it from the others."""
    names: dict[str, str] = {}
    for path in paths:
        parts = Path(path).parts
        for count in range(1, len(parts) + 1):
            names[path] = str(Path(*parts[-count:]))
            if not any(Path(other).parts[-count:] == parts[-count:] for other in paths - {path}):
                break
    return names


def read_feed(
    configuration: Configuration,
    inputs: Sequence[Input],
    now_ms: int,
    progress: Callable[[int], object] = lambda _: None,
    *,
    as_arrived: bool = False,
) -> Feed:
    """Read all inputs whole.

    Args:
        configuration: what is set.
        inputs: files and how each is read.
        now_ms: the driver's clock; records after it are dead letters.
        progress: told the number of rows of each batch.
        as_arrived: whether records will be taken in the order of the files.

    Raises:
        UserError: a file cannot be used.
    """
    feed = Feed(inputs, now_ms=now_ms)
    covered: dict[tuple[str, int], set[int]] = {}
    for place, batch in (arriving if as_arrived else read_inputs)(configuration, inputs, lambda: now_ms):
        feed.add(place, batch)
        for twin in batch.covered:
            covered.setdefault(twin, set()).add(place)
        progress(batch.read)
    if not as_arrived:
        _cover_twin_hours(configuration, feed, covered)
    return feed


def read_inputs(
    configuration: Configuration, inputs: Sequence[Input], now: Callable[[], int], *, more: bool = False
) -> Iterator[tuple[int, Batch]]:
    """The batches of all inputs, one after the other and each in file order, with the place of their input.

    Args:
        configuration: what is set.
        inputs: files and how each is read.
        now: the driver's clock.
        more: whether these readers read further files after them.

    Raises:
        UserError: a file cannot be used.
    """
    last = {given.source.name: place for place, given in enumerate(inputs)}
    so_far: dict[str, dict[str, int]] = {name: {} for name in last}
    for place, given in enumerate(inputs):
        name, places = given.source.name, so_far[given.source.name]
        places[given.path] = place
        for batch in given.source.reader.read(
            given.path, _context(configuration, now, more=more or last[name] > place)
        ):
            yield place if batch.file is None else places[batch.file], batch


def arriving(
    configuration: Configuration, inputs: Sequence[Input], now: Callable[[], int]
) -> Iterator[tuple[int, Batch]]:
    """The same, with what covers twin hours where the rows decide about them.

    Raises:
        UserError: as `read_inputs`.
    """
    covers = _covers(configuration)
    for place, batch in read_inputs(configuration, inputs, now):
        yield place, covers.take(place, batch, _zone(configuration, inputs[place]))
    yield from covers.rest()


def _covers(configuration: Configuration) -> ArrivingCovers:
    context = _context(configuration, lambda: 0)
    return ArrivingCovers(lambda queue: context.queue_length(queue, None), context.queue_zone)


def _zone(configuration: Configuration, given: Input) -> str:
    return given.source.settings.timezone or configuration.timezone


def follow_input(configuration: Configuration, given: Input) -> Iterator[Batch]:
    """The batches of a file that grows, without end: what has been written so far, then each row as it is completed.

    A file that takes its place, or is written anew, is read from its beginning.

    Raises:
        UserError: the file cannot be used.
    """
    covers, zone = _covers(configuration), _zone(configuration, given)
    context = _context(configuration, lambda: int(time.time() * 1000), follow=True)
    for batch in given.source.reader.read(given.path, context):
        yield covers.take(0, batch, zone)


def _context(
    configuration: Configuration, now: Callable[[], int], *, follow: bool = False, more: bool = False
) -> ReadContext:
    return ReadContext(
        site_timezone=configuration.timezone,
        queue_length=lambda queue, _program: configuration.queue(queue)[-1].interval_ms,
        skew_ms=lambda queue: configuration.queue(queue)[-1].clock_skew_ms,
        now=now,
        queue_zone=lambda queue: configuration.queue(queue)[-1].timezone,
        follow=follow,
        more=more,
    )


def _cover_twin_hours(
    configuration: Configuration, feed: Feed, covered: Mapping[tuple[str, int], Collection[int]]
) -> None:
    """Say of a repeated hour that the files have once only that its twin is covered, not missing, and of both why.

    Args:
        configuration: what is set.
        feed: everything that was read.
        covered: (queue, start) of a twin hour -> the inputs that have its other half.
    """
    for (queue, twin), places in sorted(covered.items()):
        known, settings = feed.queues.get(queue), configuration.queue(queue)[-1]
        if known is None or any(isinstance(r, Snapshot) and r.start_ms == twin for r in known.records):
            continue
        end = interval_end(twin, settings.interval_ms, settings.timezone)
        start = end - settings.interval_ms
        for at, (record, place) in enumerate(zip(known.records, known.inputs, strict=True)):
            # A plan has twin hours, too.
            if type(record) is not Snapshot or place not in places or abs(record.start_ms - twin) > FARTHEST_TWIN_MS:
                continue
            zone = ZoneInfo(_zone(configuration, feed.inputs[place]))
            if same_name(record.start_ms, twin, zone):
                known.records[at] = structs.replace(record, twin_ms=twin)
                if not any(isinstance(r, Snapshot) and start <= r.start_ms < end for r in known.records):
                    known.records.append(Snapshot(start, end - start, end, twin_ms=record.start_ms))
                    # It rests on that row, which is counted as what it is.
                    known.rows.append(-abs(known.rows[at]))
                    known.inputs.append(place)
                    known.turns.append(known.turns[at])
                break
