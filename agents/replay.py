"""The driver without a broker: it reads files and writes history, with the same engines as the live worker.

Queues do not know of each other, so each is replayed by itself, from its first record to its last. Memory holds one
queue's state at a time beside the records. Programs come last, from the days that their queues emitted.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from agents.engine.program import ProgramEngine
from agents.engine.queue import QueueEngine
from agents.groups.engine import GroupEngine, GroupName
from agents.groups.keeping import TouchedTime, fill_groups
from agents.groups.telling import Telling
from agents.intervals.outputs import BreachEvent, DeadLetter, Evaluated, Output, Projected, Result
from agents.outcomes import Outcomes
from agents.projection.rows import projected_rows
from agents.summary import Summary
from config.settings import Configuration
from config.timestamps import rfc3339
from streams.codec import DEAD_LETTER_BYTES, encode
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.records import Record, event_ms
from streams.source_words import Feed, RefusedRow
from streams.sources.merge import Feed as Files
from streams.sources.merge import QueueFeed
from streams.sources.speech import say_arrived, say_merged
from streams.told.queue_day import QueueDay
from streams.told.queue_interval import QueueInterval

__all__ = ["replay", "replay_queue"]

_WRITE_ROWS = 5_000
_COMMIT_RECORDS = 50_000
_COMMIT_GROUPS = 2_000


def replay(
    configuration: Configuration,
    feed: Files,
    store: Store,
    now_ms: int,
    *,
    until_ms: int | None = None,
    as_arrived: bool = False,
    progress: Callable[[int], object] = lambda _: None,
    outcomes: Outcomes | None = None,
) -> Summary:
    """Compute the history of everything in `feed` and write it to `store`.

    Args:
        configuration: the settings.
        feed: records by queue; emptied queue by queue.
        store: interval history.
        now_ms: the time at which refused records were read; retention uses it.
        until_ms: every interval that ends by it becomes final; None: those that have data or that a source has passed.
        as_arrived: take records in file order, corrections included, instead of by event time.
        progress: called with the number of records of each queue that is done.
        outcomes: told of each source's rows.
    """
    began = time.perf_counter()
    summary = Summary(
        records_read=feed.read,
        records_filtered=feed.filtered,
        records_accepted=feed.joined,
        records_dead_lettered=len(feed.bad_rows),
    )
    write_parameters(configuration, store)
    dead = [
        _dead_letter(bad.topic(feed.inputs[place].name), bad.row, 0, bad.reason, bad.value.encode())
        for place, bad in feed.bad_rows
    ]
    late = _Late()
    days: list[QueueDay] = []
    pools = _Pools(configuration)
    touched = store.with_groups(TouchedTime)
    too_many = _too_many(configuration, feed)
    (say_arrived if as_arrived else say_merged)(configuration, feed)
    for queue in sorted(feed.queues):
        records = feed.queues.pop(queue)
        if queue in too_many:
            summary.records_dead_lettered += sum(
                late.add(queue, letter) for letter in _refused(configuration, queue, feed, records)
            )
            continue
        rows = _Rows(store, summary)
        for output in replay_queue(configuration, queue, feed, records, until_ms, summary, as_arrived=as_arrived):
            if isinstance(output, QueueDay):
                days.append(output)
            elif isinstance(output, DeadLetter):
                late.add(queue, output)
            else:
                rows.add(output)
                if isinstance(output, Result):
                    pools.add(output)
                    touched.add(output.result)
        rows.write()
        progress(len(records.records))
    store.with_groups(touched.bring_up)
    fill_groups(store)
    store.write_program_days([msgspec.to_builtins(day) for day in days])
    of_programs = [event.row for event in (*_programs(configuration, days), *pools.events())]
    summary.breaches_opened += sum(row["state"] == "opened" for row in of_programs)
    store.write_breaches(of_programs)
    if outcomes is not None:
        _tell(outcomes, feed, late.letters)
    recorded_at = rfc3339(now_ms)
    store.write_dead_letters([{**letter, "recorded_at": recorded_at} for letter in [*dead, *late.letters]])
    summary.seconds = round(time.perf_counter() - began, 3)
    return summary


class _Rows:
    """The rows of one queue on their way to history."""

    def __init__(self, store: Store, summary: Summary) -> None:
        self._store = store
        self._summary = summary
        self._results: list[dict[str, Any]] = []
        self._breaches: list[dict[str, Any]] = []
        self._evaluations: list[dict[str, Any]] = []
        self._projected: list[Projected] = []

    def add(self, output: Result | BreachEvent | Evaluated | Projected) -> None:
        """Take an output; results are written when there are many."""
        summary = self._summary
        if isinstance(output, Result):
            summary.intervals_missing += output.row["status"] == "missing"
            summary.intervals_final += output.row["revision"] == 1 and output.row["status"] != "missing"
            self._results.append({**output.row, "position": output.position})
            if len(self._results) >= _WRITE_ROWS:
                self._store.write_results(self._results)
                self._results = []
        elif isinstance(output, BreachEvent):
            summary.breaches_opened += output.row["state"] == "opened"
            self._breaches.append(output.row)
        elif isinstance(output, Evaluated):
            self._evaluations.append(output.row)
        else:
            self._projected.append(output)

    def write(self) -> None:
        """Write what is left."""
        self._store.write_results(self._results)
        self._store.write_breaches(self._breaches)
        self._store.write_evaluations(self._evaluations)
        self._store.write_projections(projected_rows(self._projected))


class _Late:
    """The dead letters of rows that gave a record, which its queue refused.

    Several records may come of one row, a column each; a record that went to several queues is one.
    """

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self._of_row: dict[tuple[str, int], list[Record]] = {}

    def add(self, queue: str, refused: DeadLetter) -> bool:
        """Take what a queue refused; returns whether it is a letter of its own."""
        same = self._of_row.setdefault((refused.source, refused.offset), [])
        if refused.record in same:
            return False
        value = encode(queue, [refused.record])
        self.letters.append(_dead_letter(refused.source, refused.offset, len(same), refused.reason, value))
        same.append(refused.record)
        return True


def _tell(outcomes: Outcomes, feed: Files, late: Sequence[dict[str, Any]]) -> None:
    """Say which source each accepted and each refused row is of."""
    sources = {given.name: given.source.name for given in feed.inputs}
    for place, given in enumerate(feed.inputs):
        outcomes.accepted[given.source.name] += feed.accepted[place]
    for place, bad in feed.bad_rows:
        given = feed.inputs[place]
        outcomes.refuse(given.source.name, given.name, bad.row, bad.reason)
    for letter in late:
        source = sources[letter["topic"]]
        outcomes.refuse(source, letter["topic"], letter["offset"], letter["reason"])
        outcomes.accepted[source] -= 1


def _too_many(configuration: Configuration, feed: Files) -> set[str]:
    """Queues that no file names, beyond `max_unconfigured_queues` of those whose data is not all long past."""
    settings = configuration.queue("")[-1]
    unnamed = [queue for queue in sorted(feed.queues) if not configuration.queue(queue)[-1].configured]
    if len(unnamed) <= settings.max_unconfigured_queues:
        return set()
    last = {queue: max(map(event_ms, feed.queues[queue].records)) for queue in unnamed}
    since = max(last.values()) - settings.correction_ms
    return set([queue for queue in unnamed if last[queue] >= since][settings.max_unconfigured_queues :])


def _refused(configuration: Configuration, queue: str, feed: Files, records: QueueFeed) -> Iterator[DeadLetter]:
    """The refused records of a queue that is one too many; a row that went to several queues has one."""
    most = configuration.queue("")[-1].max_unconfigured_queues
    reason = f"too_many_queues: the configuration does not name {queue!r}, nor {most} others (max_unconfigured_queues)"
    for record, row, place in zip(records.records, records.rows, records.inputs, strict=True):
        if row > 0 and not isinstance(record, Feed | RefusedRow):
            yield DeadLetter(reason, record, feed.inputs[place].name, row, 0)


def _programs(configuration: Configuration, days: Sequence[QueueDay]) -> Iterator[BreachEvent]:
    """The breach records of each program, from the days that its queues emitted."""
    for program in sorted({day.program for day in days}):
        engine = ProgramEngine([settings.program(program) for settings in configuration.versions], {})
        told = [day for day in days if day.program == program]
        for day in sorted(told, key=lambda each: (each.day, each.queue, each.part)):
            engine.apply_record(day)
        engine.finish()
        yield from engine.take()


def _in_turn(told: QueueInterval) -> tuple[int, str, int]:
    return told.result.interval_start_ms, told.result.queue, told.result.revision


class _Pools:
    """The results that queues tell their pools, until every queue has told its own."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._telling = Telling(configuration)
        self._told: dict[GroupName, list[QueueInterval]] = {}

    def add(self, published: Result) -> None:
        """Take a result in its queue's order of publication."""
        for told in self._telling.of(published.result, published.together):
            self._told.setdefault(GroupName(told.kind, told.group), []).append(told)

    def events(self) -> Iterator[BreachEvent]:
        """The breach records of each pool."""
        for name, told in sorted(self._told.items()):
            state: dict[bytes, bytes] = {}
            engine = GroupEngine(self._configuration, name.kind, name.id, state)
            for number, each in enumerate(sorted(told, key=_in_turn), 1):
                engine.apply_record(each)
                commit = engine.commit() if number % _COMMIT_GROUPS == 0 else None
                if commit is not None:
                    commit.apply(state)
            engine.finish()
            yield from (output for output in engine.take() if isinstance(output, BreachEvent))


def replay_queue(
    configuration: Configuration,
    queue: str,
    feed: Files,
    records: QueueFeed,
    until_ms: int | None,
    summary: Summary,
    *,
    as_arrived: bool,
) -> Iterator[Output]:
    """The outputs of one queue in order of publication; its records are counted by outcome in `summary`."""
    state: dict[bytes, bytes] = {}
    engine = QueueEngine(
        configuration.queue(queue), state, limit_ms=until_ms, absent_is_missing=configuration.absent_is_missing
    )
    speakers = [given.source.name for given in feed.inputs]
    names = [given.name for given in feed.inputs]
    since_commit = 0
    counters = engine.counters
    for block in records.arrived() if as_arrived else records.merged():
        source, places = names[block.place], [0] * len(block.records)
        feeds = [speakers[block.place]] * len(block.records)
        if block.rows[0] > 0:
            engine.apply_records(block.records, places, source, block.rows, feeds=feeds)
        else:
            # Such a row counts with the queue it went to first; a covered interval is no row.
            counted = counters.accepted, counters.duplicate, counters.restated, counters.dead_lettered
            engine.apply_records(block.records, places, source, [-row for row in block.rows], feeds=feeds)
            counters.accepted, counters.duplicate, counters.restated, counters.dead_lettered = counted
        since_commit += len(block.records)
        if since_commit >= _COMMIT_RECORDS:
            since_commit = 0
            yield from filter(_counts, engine.take())
            commit = engine.commit()
            if commit is not None:
                commit.apply(state)
    yield from filter(_counts, engine.take())
    yield from engine.finish(until_ms)
    summary.records_accepted += counters.accepted
    summary.records_duplicate += counters.duplicate
    summary.records_restated += counters.restated
    summary.records_dead_lettered += counters.dead_lettered
    summary.corrections += counters.corrections
    summary.intervals_corrected += counters.corrected


def _counts(output: Output) -> bool:
    """Whether an output is told: a refused row is a dead letter already, whatever its queue says of it."""
    return not isinstance(output, DeadLetter) or not isinstance(output.record, RefusedRow)


def _dead_letter(file: str, row: int, index: int, reason: str, value: bytes) -> dict[str, Any]:
    return {
        "topic": file,
        "partition": None,
        "offset": row,
        "index": index,
        "reason": reason,
        "value": value[:DEAD_LETTER_BYTES],
    }
