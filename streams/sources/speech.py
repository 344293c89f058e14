"""Words that `ingest` and `replay` say for a source: how far it has spoken, and which of its rows were refused.

A `feed` record stands before the first row beyond an interval's end and at the end of input, so that a queue without
calls knows that its source speaks (docs/concepts/intervals.md#missing). More of them change no figure.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from config.settings import Configuration
from config.sources.fields import TEXT_CHARACTERS
from config.timestamps import utc_offset_seconds
from streams.limits import FIRST_MS, LAST_MS
from streams.records import TYPE_RANK, Contact, Snapshot, event_ms
from streams.source_words import Feed, RefusedRow
from streams.sources.batch import DeadLetter
from streams.sources.merge import RANKS, Input, Keys, arrival_key
from streams.sources.merge import Feed as Files

__all__ = [
    "CALL_DATA",
    "Speech",
    "Words",
    "merged_words",
    "refused_event_ms",
    "refused_row",
    "say_arrived",
    "say_merged",
    "speech_of",
]

CALL_DATA: Final = (Contact, Snapshot)
"""Types of the records by which a source speaks."""
_FIRST_RANK: Final = min(TYPE_RANK[kind] for kind in CALL_DATA)
_FEED_RANK: Final = TYPE_RANK[Feed]
_HEADING_CHARACTERS: Final = 80
_NEVER: Final = -(1 << 62)
_HALF: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that no message or database can keep: NUL, and half a surrogate pair."""
_LAST_KEY: Final = 1 << 62
_SEASONS: Final = (1_767_225_600_000, 1_782_864_000_000)
"""Instants of winter and summer, whose offsets a zone has (2026-01-01 and 2026-07-01)."""

Words = tuple[Keys, Keys]
"""Ends of intervals, ascending, and the last event time of a source's rows up to each, after the end before."""


def _grid_ms(configuration: Configuration) -> int:
    """The length of a grid that every interval's end lies on."""
    lengths: set[int] = set()
    queues = ["", *(queue for _, queue in configuration.configured_queues())]
    for settings in (version for queue in queues for version in configuration.queue(queue)):
        lengths.add(settings.interval_ms)
        lengths.update(utc_offset_seconds(ms, settings.timezone) * 1000 for ms in _SEASONS)
    return math.gcd(*lengths)


def _speaking(inputs: Sequence[Input]) -> list[str]:
    """The source of each input; empty where its producer writes no `feed` records."""
    return [given.source.name if given.source.settings.feed else "" for given in inputs]


class Speech:
    """Says how far sources have spoken, row by row.

    Args:
        grid_ms: the length of a grid that every interval's end lies on.
        silent: sources that say nothing.
    """

    def __init__(self, grid_ms: int, silent: Iterable[str] = ()) -> None:
        self._grid = grid_ms
        self._silent = frozenset(silent)
        self._through: dict[str, int] = {}
        self._said: dict[str, int] = {}
        self.due = -_NEVER
        """A row of a later event time lies beyond the end of an interval that was spoken of."""

    def before(self, event_ms: int) -> list[Feed]:
        """The words that stand before a row of call data."""
        return self._say([name for name in self._pending() if self._end(name) < event_ms])

    def note(self, source: str, event_ms: int) -> None:
        """Note a row of call data."""
        if event_ms > self._through.get(source, _NEVER) and source not in self._silent:
            self._through[source] = event_ms
            self.due = min(self._end(name) for name in self._pending())

    def rest(self) -> list[Feed]:
        """The words that are not said yet."""
        return self._say(self._pending())

    def _pending(self) -> list[str]:
        return [name for name, ms in self._through.items() if ms > self._said.get(name, _NEVER)]

    def _end(self, source: str) -> int:
        return -(-self._through[source] // self._grid) * self._grid

    def _say(self, sources: Sequence[str]) -> list[Feed]:
        self._said.update((name, self._through[name]) for name in sources)
        self.due = min((self._end(name) for name in self._pending()), default=-_NEVER)
        return [Feed(name, self._through[name]) for name in sources]


def speech_of(configuration: Configuration) -> Speech:
    """The words of the sources of a configuration."""
    silent = [name for name, source in configuration.sources.items() if not source.feed]
    return Speech(_grid_ms(configuration), silent)


def _is_placed(bad: DeadLetter, now_ms: int) -> bool:
    """Whether a queue that a topic can be keyed by and an instant that has been are known of a row."""
    if not bad.queue or bad.at_ms is None or not FIRST_MS <= bad.at_ms <= min(now_ms, LAST_MS):
        return False
    return len(bad.queue) <= TEXT_CHARACTERS and _HALF.search(bad.queue) is None


def refused_row(given: Input, bad: DeadLetter, now_ms: int) -> RefusedRow | None:
    """The record of a row that was refused; None where its queue or instant cannot be read, or is still to come."""
    if not _is_placed(bad, now_ms):
        return None
    assert bad.at_ms is not None  # noqa: S101 - it is placed
    cell = "" if bad.heading is None else f":{bad.heading[:_HEADING_CHARACTERS]}"
    place = _HALF.sub("", f"{given.name[-TEXT_CHARACTERS // 2 :]}:{bad.row}{cell}")
    return RefusedRow(given.source.name, bad.at_ms, place, _HALF.sub("", bad.reason[:TEXT_CHARACTERS]))


def refused_event_ms(configuration: Configuration, given: Input, bad: DeadLetter, now_ms: int) -> int | None:
    """The event time of a row that was refused, by which its source has spoken; None where it cannot be read.

    Args:
        configuration: what is set.
        given: where it stands.
        bad: the row.
        now_ms: the driver's clock; the row's interval may last beyond it.
    """
    if not _is_placed(bad, now_ms) or bad.queue is None or bad.at_ms is None:
        return None
    of_interval = given.source.settings.record == "interval"
    length = configuration.queue(bad.queue)[-1].interval_ms if of_interval else 0
    return min(bad.at_ms + length, now_ms)


# --- in order of event time -----------------------------------------------------------------------------


def merged_words(configuration: Configuration, files: Files) -> dict[str, Words]:
    """By source its last word in each interval, of everything that was read."""
    names = _speaking(files.inputs)
    return _last_words(_by_queue(files, names), _refused_events(configuration, files, names), _grid_ms(configuration))


def _refused_events(configuration: Configuration, files: Files, names: Sequence[str]) -> Mapping[str, list[int]]:
    """By source the event times of its rows that were refused."""
    found: dict[str, list[int]] = {}
    for place, bad in files.bad_rows:
        event = refused_event_ms(configuration, files.inputs[place], bad, files.now_ms)
        if event is not None and names[place]:
            found.setdefault(names[place], []).append(event)
    return found


def _by_queue(files: Files, names: Sequence[str]) -> Mapping[tuple[str, str], Keys]:
    """By queue and source the event times of its call data."""
    found: dict[tuple[str, str], Keys] = {}
    for queue, given in files.queues.items():
        keys = given.keys()
        events = keys // RANKS
        calls = keys - events * RANKS >= _FIRST_RANK
        inputs = np.asarray(given.inputs)
        for name in {names[place] for place in set(given.inputs)} - {""}:
            places = [place for place, other in enumerate(names) if other == name]
            mine = events[calls & np.isin(inputs, places)]
            if len(mine):
                found[queue, name] = mine
    return found


def _last_words(
    by_queue: Mapping[tuple[str, str], Keys], refused: Mapping[str, list[int]], grid_ms: int
) -> dict[str, Words]:
    parts = {name: [_last(np.array(events, np.int64), grid_ms)] for name, events in refused.items()}
    for (_, name), events in by_queue.items():
        parts.setdefault(name, []).append(_last(events, grid_ms))
    return {name: _last(np.concatenate([events for _, events in given]), grid_ms) for name, given in parts.items()}


def _last(events: Keys, grid_ms: int) -> Words:
    """Ends of intervals, and the last event up to each."""
    ends, where = np.unique(-(-events // grid_ms), return_inverse=True)
    last = np.full(len(ends), _NEVER)
    np.maximum.at(last, where, events)
    return ends * grid_ms, last


def say_merged(configuration: Configuration, files: Files) -> None:
    """Add to each queue the words of its sources and its refused rows, by event time.

    A word that the queue's own rows say already is left out: it would change nothing.
    """
    names, grid_ms = _speaking(files.inputs), _grid_ms(configuration)
    by_queue = _by_queue(files, names)
    words = _last_words(by_queue, _refused_events(configuration, files, names), grid_ms)
    for (queue, name), events in by_queue.items():
        ends, last = words[name]
        own_ends, own = _last(events, grid_ms)
        correction_ms = configuration.queue(queue)[-1].correction_ms
        said = (last >= own[0]) & (last <= own[-1] + correction_ms)
        spoken = np.full(len(ends), _NEVER)
        spoken[np.searchsorted(ends, own_ends)] = own
        said &= (spoken != last) | (np.cumsum(said) == 1)
        feeds = [Feed(name, ms) for ms in last[said].tolist()]
        files.queues[queue].say(feeds, ends[said] * RANKS + _FEED_RANK, names.index(name))
    for queue, place, rows in _refused(files):
        keys = np.array([row.at_ms * RANKS + TYPE_RANK[RefusedRow] for row, _ in rows], np.int64)
        files.queues[queue].say([row for row, _ in rows], keys, place)


def _refused(files: Files) -> Iterator[tuple[str, int, list[tuple[RefusedRow, int]]]]:
    """By queue that has records and by input, the rows of it that were refused, each with its turn."""
    found: dict[tuple[str, int], list[tuple[RefusedRow, int]]] = {}
    for (place, bad), turn in zip(files.bad_rows, files.bad_turns, strict=True):
        row = refused_row(files.inputs[place], bad, files.now_ms)
        if row is not None and bad.queue is not None and bad.queue in files.queues:
            found.setdefault((bad.queue, place), []).append((row, turn))
    for (queue, place), rows in found.items():
        yield queue, place, rows


# --- in the order of the files --------------------------------------------------------------------------


def say_arrived(configuration: Configuration, files: Files) -> None:
    """Add to each queue the words of its sources and its refused rows, as `Speech` says them row by row."""
    names = [given.source.name for given in files.inputs]
    speech = Speech(_grid_ms(configuration), {*names} - {*_speaking(files.inputs)})
    said: dict[str, list[tuple[int, Feed]]] = {}
    for key, event, place in _arriving(configuration, files):
        for feed in speech.before(event) if event > speech.due else ():
            said.setdefault(feed.source, []).append((key - 1, feed))
        speech.note(names[place], event)
    for feed in speech.rest():
        said.setdefault(feed.source, []).append((_LAST_KEY, feed))
    for given in files.queues.values():
        for name in sorted({names[place] for place in set(given.inputs)}):
            words = said.get(name, [])
            keys = np.array([key for key, _ in words], np.int64)
            given.say([feed for _, feed in words], keys, names.index(name), as_arrived=True)
    for queue, place, rows in _refused(files):
        keys = np.array([arrival_key(turn) for _, turn in rows], np.int64)
        files.queues[queue].say([row for row, _ in rows], keys, place, as_arrived=True)


def _arriving(configuration: Configuration, files: Files) -> Iterator[tuple[int, int, int]]:
    """Place in the order of the files, event time and input of each row of call data, refused ones too."""
    refused: list[tuple[int, int, int]] = []
    for (place, bad), turn in zip(files.bad_rows, files.bad_turns, strict=True):
        event = refused_event_ms(configuration, files.inputs[place], bad, files.now_ms)
        if event is not None:
            refused.append((arrival_key(turn), event, place))
    parts = [tuple(np.array(column, np.int64) for column in zip(*refused, strict=True))] if refused else []
    for given in files.queues.values():
        events = np.fromiter(map(event_ms, given.records), np.int64, len(given.records))
        calls = np.fromiter((type(record) in CALL_DATA for record in given.records), np.bool_, len(given.records))
        parts.append((given.arrival()[calls], events[calls], np.array(given.inputs, np.int64)[calls]))
    if parts:
        keys, events, inputs = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        order = np.argsort(keys, kind="stable")
        yield from zip(keys[order].tolist(), events[order].tolist(), inputs[order].tolist(), strict=True)
