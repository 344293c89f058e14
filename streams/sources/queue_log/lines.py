"""The lines of a queue_log in every layout, as events in the order of their instants.

Asterisk writes a file (`time|callid|queuename|agent|event|data1|…`) or a table of a database, which is exported as
delimited text with the same columns. A file is written in the order of time; an export may have any order, and two
threads may write a few milliseconds apart. So the events of a piece are sorted by their instants, and a file that
runs backwards by more than a minute is sorted whole.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

import numpy as np

from config.errors import UserError
from config.sources.fields import TEXT_CHARACTERS
from streams.limits import FIRST_MS, LAST_MS, far, word
from streams.records import RecordError
from streams.sources.batch import DeadLetter, cut
from streams.sources.delimited.rows import Rows
from streams.sources.text import Mark
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["Event", "Events", "Fields", "TableClock", "chronological", "events_of"]

Fields = list[str]
"""time, callid, queuename, agent, event, then five or more data fields; empty where the line has none."""
Event = tuple[int, int, Fields, str]
"""The instant in milliseconds, the row number from 1, the fields, the line as it stands in the file."""

_COLUMNS: Final = ("time", "callid", "queuename", "agent", "event")
_OTHER_NAMES: Final = {"queue": "queuename", "timestamp": "time", "uniqueid": "callid", "created": "time"}
_DATA: Final = re.compile(r"data[0-9]?")
_FIELDS: Final = 10
"""Fields of a line as Asterisk's table has them: five, and five data fields."""
_MOST_FIELDS: Final = 64
_BACKWARDS_MS: Final = 60_000
"""A file whose lines run back by more is sorted whole."""
_HALF: Final = re.compile("[\ud800-\udfff]")
_BEGINNING: Final = 20_000
"""Characters at the beginning of a file by which its layout is told."""
_LOOKED_AT: Final = 20
"""Lines among which a header is looked for."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive until they are placed
_EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_FRACTION: Final = re.compile(r"([0-9]{1,12})\.([0-9]{0,12})")
_REPEATED_MS: Final = 1_800_000
_QUARTER_MS: Final = 900_000


@dataclass(slots=True)
class Events:
    """What a piece of a file held."""

    events: list[Event] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    """Lines that are no event."""
    read: int = 0
    """Lines, blank ones apart."""
    mark: Mark | None = None
    """A mark of a file that is followed, which stands instead of lines."""


class TableClock:
    """Instants of a queue_log: seconds since 1970, or the local clock of a database.

    Args:
        timezone: IANA name, of local times.
        on_ambiguous: `first`, `second`, `reject`, or `in_order`: the reading that does not run back.
        on_nonexistent: `reject` or `shift`.
    """

    def __init__(self, timezone: str, on_ambiguous: str, on_nonexistent: str) -> None:
        self._timezone = timezone
        self._in_order = on_ambiguous == "in_order"
        self._local = LocalClock(timezone, "first" if self._in_order else on_ambiguous, on_nonexistent)
        self._offsets: dict[int, int] = {}
        """By quarter of an hour in which nothing changes: how far the clock is ahead of UTC, milliseconds."""
        self._last = 0

    def read(self, text: str) -> int:
        """The instant of a text, milliseconds; finer digits are cut off.

        Raises:
            RecordError: it is none, or in no year of calls.
        """
        if text.isdecimal() and len(text) <= 12 and text.isascii():
            ms = int(text) * 1000
        elif match := _FRACTION.fullmatch(text):
            ms = int(match[1]) * 1000 + int((match[2] + "000")[:3])
        else:
            ms = self._placed(text)
        if not FIRST_MS <= ms < LAST_MS:
            raise far("time", ms)
        return ms

    def _placed(self, text: str) -> int:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise RecordError(
                f"time: {word(text)} is neither seconds since 1970 nor a date with a clock"
                if text
                else "time: is empty"
            ) from None
        if moment.tzinfo is not None:
            return (moment - _EPOCH_UTC) // _MS
        if len(text) < len("2026-03-02 10:00"):
            raise RecordError(f"time: {word(text)} has no clock")
        local = (moment - _EPOCH) // _MS
        offset = self._offsets.get(local // _QUARTER_MS)
        return self._looked_up(local, text) if offset is None else local - offset

    def _looked_up(self, local: int, text: str) -> int:
        """The instant of a local time near a change of the clock, or of a quarter of an hour not met before."""
        quarter = local // _QUARTER_MS
        ends = np.array([local, quarter * _QUARTER_MS, (quarter + 1) * _QUARTER_MS - 1], dtype=np.int64)
        placed = self._local.place(ends)
        offsets = set((ends - placed.utc_ms).tolist())
        changes = len(offsets) > 1 or placed.ambiguous.any() or placed.nonexistent.any()
        if not changes and (placed.twin_ms == placed.utc_ms).all():
            self._offsets[quarter] = offsets.pop()
        if placed.nonexistent[0]:
            raise RecordError(f"time: {word(text)} does not occur in {self._timezone} (on_nonexistent: reject)")
        if placed.ambiguous[0]:
            raise RecordError(f"time: {word(text)} occurs twice in {self._timezone} (on_ambiguous: reject)")
        first, second = int(placed.utc_ms[0]), int(placed.twin_ms[0])
        if self._in_order and first < second and first < self._last - _REPEATED_MS:
            first = second
        self._last = max(self._last, first)
        return first


def events_of(pieces: Iterator[str | Mark], clock: TableClock, file: str) -> Iterator[Events]:
    """The events of a file in pieces, each in file order.

    Args:
        pieces: the text, and the marks of a file that is followed.
        clock: reads its instants.
        file: its name, for messages.

    Raises:
        UserError: it is a table without a column that every queue_log has.
    """
    begun: list[str | Mark] = []
    lines: list[str] = []
    for piece in pieces:
        begun.append(piece)
        if isinstance(piece, Mark):
            yield Events(mark=piece)
            continue
        lines = "".join(each for each in begun if isinstance(each, str))[:_BEGINNING].splitlines()
        if len(lines) > 1 or piece.endswith("\n"):
            break
    texts = [each for each in begun if isinstance(each, str)]
    table = _Table.of([line.removeprefix("\ufeff") for line in lines[:_LOOKED_AT] if line.strip()], file)
    rest = chain(texts, pieces)
    yield from _of_lines(rest, clock) if table is None else table.read(rest, clock)


def chronological(found: Iterator[Events], *, whole: bool) -> Iterator[Events]:
    """The events in the order of their instants: of each piece, or of a file that runs far back, of all of it.

    Args:
        found: events in file order.
        whole: whether the file ends; only then can all of it be sorted.
    """
    held: list[Event] = []
    latest = 0
    far_back = False
    for each in found:
        times = [event[0] for event in each.events]
        if times:
            far_back = far_back or (whole and _runs_back(latest, times) > _BACKWARDS_MS)
            latest = max(latest, max(times))
        if far_back:
            held += each.events
            each.events = []
        else:
            each.events = _sorted(each.events)
        yield each
    if held:
        yield Events(_sorted(held))


def _runs_back(latest: int, times: list[int]) -> int:
    """By how much the instants run back at most, milliseconds."""
    array = np.array(times, dtype=np.int64)
    tops = np.maximum.accumulate(np.concatenate([[latest], array]))[:-1]
    return int((tops - array).max())


def _sorted(events: list[Event]) -> list[Event]:
    """Events by instant; those of one instant in file order, or in the other one where the file runs backwards."""
    steps = np.diff(np.fromiter((event[0] for event in events), np.int64, len(events)))
    back = int((steps < 0).sum())
    if not back:
        return events
    if back > int((steps > 0).sum()):
        events = events[::-1]
    return sorted(events, key=lambda event: event[0])


def _of_lines(pieces: Iterator[str | Mark], clock: TableClock) -> Iterator[Events]:
    """The events of a file of lines with `|`."""
    number, rest = 0, ""
    for piece in chain(pieces, [None]):
        if isinstance(piece, str):
            *lines, rest = (rest + piece).split("\n")
        elif piece is Mark.QUIET:
            lines = []
        else:  # the file is over, and so is its last line
            lines, rest = [rest], ""
        found = Events(mark=piece if isinstance(piece, Mark) else None)
        for line in lines:
            if not line or line.isspace():
                continue
            number += 1
            _line(line, number, clock, found)
        found.read = len(found.events) + len(found.dead)
        if found.read or found.mark is not None:
            yield found


def _line(line: str, number: int, clock: TableClock, found: Events) -> None:
    """Add one line to what is found."""
    fields = line.split("|")
    fields[-1] = fields[-1].rstrip("\r")
    try:
        _check(line, fields)
        found.events.append((clock.read(fields[0]), number, fields, line))
    except RecordError as error:
        found.dead.append(_refused(number, str(error), line, fields, clock))


def _refused(number: int, reason: str, line: str, fields: Sequence[str], clock: TableClock) -> DeadLetter:
    """The dead letter of a line that is no event, with its queue and instant where both can be read."""
    queue, at = None, None
    if len(fields) > 2 and 0 < len(fields[2]) <= TEXT_CHARACTERS and fields[2] != "NONE" and fields[2].isprintable():
        try:
            queue, at = fields[2], clock.read(fields[0])
        except RecordError:
            queue = fields[2]
    return DeadLetter(number, reason, cut(line), queue, at)


def _check(line: str, fields: Fields) -> None:
    """Bring the fields of a line to their number, without the blanks around them.

    Raises:
        RecordError: no line of Asterisk's looks so.
    """
    count = len(fields)
    if count < 5 or count > _MOST_FIELDS:
        least = "at least five: time|callid|queuename|agent|event"
        raise RecordError(f"row: has {count} field{'s' * (count > 1)}, and a line of queue_log has {least}")
    if "\0" in line:
        raise RecordError("row: holds a NUL character")
    if not line.isascii() and _HALF.search(line):
        raise RecordError("row: holds a byte that is not of the source's encoding")
    if count < _FIELDS:
        fields += [""] * (_FIELDS - count)
    if " " in line or "\ufeff" in line:
        fields[:] = [each.removeprefix("\ufeff").strip() for each in fields]
    if len(line) > TEXT_CHARACTERS:
        for name, text in zip((*_COLUMNS, "data1"), fields, strict=False):
            if len(text) > TEXT_CHARACTERS:
                raise RecordError(
                    f"too_large: {name} has {len(text):,} characters, and a text has at most {TEXT_CHARACTERS}"
                )


@dataclass(frozen=True, slots=True)
class _Table:
    """The layout of an exported table."""

    delimiter: str
    header: str | None
    """The header that the file lacks; None: it has one."""
    places: tuple[str, ...]
    """Names in the file of the five columns, then of those of data."""

    @staticmethod
    def of(lines: Sequence[str], file: str) -> "_Table | None":
        """The layout of a file by its first lines; None: it is no table, but lines with `|`."""
        for delimiter in (",", ";", "\t", "|"):
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
            first = rows[0] if rows else []
            known = {_OTHER_NAMES.get(cell.lower(), cell.lower()): cell for cell in reversed(first)}
            if len({"event", "callid", "queuename"} & known.keys()) > 1:
                if lacking := [name for name in _COLUMNS if name not in known]:
                    raise UserError(
                        f"{file}: has no column {lacking[0]}; export {', '.join(_COLUMNS)} and data1 to data5"
                    )
                data = sorted(cell for cell in first if _DATA.fullmatch(cell.lower()))
                if len(data) > 1:
                    data = [cell for cell in data if cell.lower() != "data"]
                return _Table(delimiter, None, (*(known[name] for name in _COLUMNS), *data))
            if delimiter != "|" and any(len(row) > 4 and row[4] in ("ENTERQUEUE", "CONNECT") for row in rows):
                names = (*_COLUMNS, *(f"data{at}" for at in range(1, len(first) - 4)))
                return _Table(delimiter, delimiter.join(names) + "\n", names)
        return None

    def read(self, pieces: Iterator[str | Mark], clock: TableClock) -> Iterator[Events]:
        """The events of the table, in file order."""
        begin = [] if self.header is None else [self.header]
        marks: list[Mark] = []
        rows = Rows(_noting(chain(begin, pieces), marks), self.delimiter)
        for block in rows.blocks(self.places):
            found = Events(dead=list(block.ragged), read=len(block.numbers) + len(block.ragged))
            columns = [block.columns[name].to_pylist() for name in self.places]
            for place, (number, *cells) in enumerate(zip(block.numbers.tolist(), *columns, strict=True)):
                fields = [*cells[:5], *"|".join(cells[5:]).split("|")]
                raw = block.raw(place)
                try:
                    _check("|".join(fields), fields)
                    found.events.append((clock.read(fields[0]), number, fields, raw))
                except RecordError as error:
                    found.dead.append(_refused(number, str(error), raw, cells, clock))
            yield found
            for mark in marks:
                yield Events(mark=mark)
            marks.clear()


def _noting(pieces: Iterator[str | Mark], marks: list[Mark]) -> Iterator[str | Mark]:
    for piece in pieces:
        if isinstance(piece, Mark):
            marks.append(piece)
        yield piece
