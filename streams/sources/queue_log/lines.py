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
from itertools import chain
from typing import Final

import numpy as np

from config.errors import UserError
from config.sources.fields import TEXT_CHARACTERS
from streams.records import RecordError
from streams.sources.batch import DeadLetter, cut
from streams.sources.delimited.tables.rows import Rows
from streams.sources.queue_log.clock import TableClock
from streams.sources.text import Mark, fault_of, unkept

__all__ = ["Event", "Events", "Fields", "chronological", "events_of", "is_queue_log"]

Fields = list[str]
"""time, callid, queuename, agent, event, then five or more data fields; empty where the line has none."""
Event = tuple[int, int, Fields, str]
"""The instant in milliseconds, the row number from 1, the fields, the line as it stands in the file."""

_COLUMNS: Final = ("time", "callid", "queuename", "agent", "event")
_OTHER_NAMES: Final = {"queue": "queuename", "timestamp": "time", "uniqueid": "callid", "created": "time"}
_DATA: Final = re.compile(r"data[0-9]?")
_FIELDS: Final = 10
"""Fields of a line as Asterisk's table has them: five, and five data fields."""
_EMPTY: Final = [[""] * (_FIELDS - count) for count in range(_FIELDS)]
_MOST_FIELDS: Final = 64
_BACKWARDS_MS: Final = 60_000
"""A file whose lines run back by more is sorted whole."""
_BEGINNING: Final = 20_000
"""Characters at the beginning of a file by which its layout is told."""
_LOOKED_AT: Final = 20
"""Lines among which a header is looked for."""
_LINE: Final = re.compile(r"\ufeff?\d{9,10}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Z][A-Z_]*(?:\||\r?$)")
_EVENT: Final = re.compile(r"\b(?:ENTERQUEUE|CONNECT|ABANDON|ADDMEMBER|QUEUESTART|CONFIGRELOAD|AGENTLOGIN|PAUSE)\b")
_FIRST_DIGITS: Final = "1"
"""An instant of ten digits of seconds is after this in the alphabet if it is after 2001."""


@dataclass(slots=True)
class Events:
    """Events and dead letters of a piece of a file."""

    events: list[Event] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    """Lines that are no event."""
    read: int = 0
    """Lines, blank ones apart."""
    mark: Mark | None = None
    """A mark of a file that is followed, which stands instead of lines."""


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


def is_queue_log(text: str) -> bool:
    """Whether the beginning of a file is one of a queue_log, as lines or as a table."""
    lines = [line for line in text[:_BEGINNING].splitlines() if line.strip()][:_LOOKED_AT]
    events = sum(_LINE.match(line) is not None for line in lines)
    if lines and events >= 0.6 * len(lines):
        return True
    if not _EVENT.search(text[:_BEGINNING]):
        return False
    try:
        return _Table.of([line.removeprefix("\ufeff") for line in lines], "") is not None
    except UserError:
        return False


def chronological(found: Iterator[Events], *, whole: bool) -> Iterator[Events]:
    """The events of each piece, or of a file that runs far back as a whole, in the order of their instants.

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
            latest = max(latest, *times)
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
    backwards = back > int((steps > 0).sum())
    return sorted(events[::-1] if backwards else events, key=lambda event: event[0])


def _of_lines(pieces: Iterator[str | Mark], clock: TableClock) -> Iterator[Events]:
    """The events of a file of lines with `|`."""
    number, rest = 0, ""
    for piece in chain(pieces, [None]):
        lines: list[str] = []
        odd = "\0" in rest or not rest.isascii()
        if isinstance(piece, str):
            odd = odd or "\0" in piece or not piece.isascii()
            *lines, rest = (rest + piece).split("\n")
        elif piece is not Mark.QUIET:  # the file is over, and so is its last line
            lines, rest = [rest], ""
        found = Events(mark=piece if isinstance(piece, Mark) else None)
        number = _read_lines(lines, number, clock, found, odd=odd)
        found.read = len(found.events) + len(found.dead)
        if found.read or found.mark is not None:
            yield found


def _read_lines(lines: Sequence[str], number: int, clock: TableClock, found: Events, *, odd: bool) -> int:
    """Add lines after the one of this number to what is found; the number of the last one.

    Args:
        lines: without their ends.
        number: rows before them.
        clock: reads their instants.
        found: where they go.
        odd: whether they may hold what no database keeps.
    """
    add = found.events.append
    for line in lines:
        # The hot path, written out: a line as Asterisk writes it, with microseconds and nothing to be looked at.
        fields = line.split("|")
        digits = line[:10] + line[11:17]
        if (
            line[17:18] == "|"
            and line[10] == "."
            and digits.isdecimal()
            and digits > _FIRST_DIGITS
            and 5 <= len(fields) <= _FIELDS
            and len(line) <= TEXT_CHARACTERS
            and not (odd or " " in line or line[-1] == "\r")
        ):
            number += 1
            if len(fields) < _FIELDS:
                fields += _EMPTY[len(fields)]
            add((int(digits) // 1000, number, fields, line))
        elif line and not line.isspace():
            number += 1
            _line(line, number, clock, found, odd=odd)
    return number


def _line(line: str, number: int, clock: TableClock, found: Events, *, odd: bool) -> None:
    """Add one line to what is found; `odd`: it may hold what no database keeps."""
    fields = line.split("|")
    if line[-1] == "\r":
        fields[-1] = fields[-1].rstrip("\r")
    try:
        if odd:
            _require_kept(line)
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


def _require_kept(line: str) -> None:
    """Refuse a line that no database keeps.

    Raises:
        RecordError: it holds a NUL character, or bytes of another encoding.
    """
    if unkept(line):
        raise RecordError(f"row: {fault_of(line)}")


def _check(line: str, fields: Fields) -> None:
    """Bring the fields of a line to their number, without the blanks around them.

    Raises:
        RecordError: no line of Asterisk's looks so.
    """
    count = len(fields)
    if count < 5 or count > _MOST_FIELDS:
        least = "at least five: time|callid|queuename|agent|event"
        raise RecordError(f"row: has {count} field{'s' * (count > 1)}, and a line of queue_log has {least}")
    if count < _FIELDS:
        fields += _EMPTY[count]
    if " " in line:
        fields[:] = [each.strip() for each in fields]
    if "\ufeff" in fields[0]:
        fields[0] = fields[0].removeprefix("\ufeff")
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
            places = _places(rows[0], file) if rows else None
            if places is not None:
                return _Table(delimiter, None, places)
            if delimiter != "|" and any(len(row) > 4 and row[4] in ("ENTERQUEUE", "CONNECT") for row in rows):
                names = (*_COLUMNS, *(f"data{at}" for at in range(1, len(rows[0]) - 4)))
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


def _places(header: Sequence[str], file: str) -> tuple[str, ...] | None:
    """The columns of a header; None: it is none of a queue_log.

    Raises:
        UserError: a column is lacking.
    """
    known = {_OTHER_NAMES.get(cell.lower(), cell.lower()): cell for cell in reversed(header)}
    if len({"event", "callid", "queuename"} & known.keys()) < 2:
        return None
    if lacking := [name for name in _COLUMNS if name not in known]:
        raise UserError(f"{file}: has no column {lacking[0]}; export {', '.join(_COLUMNS)} and data1 to data5")
    data = sorted(cell for cell in header if _DATA.fullmatch(cell.lower()))
    if len(data) > 1:
        data = [cell for cell in data if cell.lower() != "data"]
    return (*(known[name] for name in _COLUMNS), *data)


def _noting(pieces: Iterator[str | Mark], marks: list[Mark]) -> Iterator[str | Mark]:
    for piece in pieces:
        if isinstance(piece, Mark):
            marks.append(piece)
        yield piece
