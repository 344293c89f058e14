"""Batches that a reader of files hands on: records by queue, rows that could not be counted, and the number of rows.

Every format's reader yields the same thing, so that `ingest` and `replay` count rows one way: rows read =
rows filtered + rows that gave records + rows dead-lettered.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from streams.codec import DEAD_LETTER_BYTES
from streams.records import Record
from streams.sources.text import CUT

__all__ = ["Batch", "DeadLetter", "cut"]


class DeadLetter(NamedTuple):
    """A row that cannot be counted, and why."""

    row: int
    """Row number, from 1 without the header."""
    reason: str
    """Begins with the field's name and names the column."""
    value: str
    """The row as it stands in the file, its first 4 KiB."""
    queue: str | None = None
    """The queue that it is of; None: that cannot be read."""
    at_ms: int | None = None
    """The instant that it is of, where that can be read beside the queue."""
    heading: str | None = None
    """The heading of its cell, where columns were made into rows."""

    def topic(self, file: str) -> str:
        """The name under which it is kept: the file's, or file:row:heading of a cell that is a row of its own."""
        return file if self.heading is None else f"{file}:{self.row}:{self.heading}"


@dataclass(slots=True)
class Batch:
    """Some rows of a file, in file order. `queues`, `records` and `rows` are parallel: one entry per delivery.

    A row of agent states makes one delivery for each queue concerned, any other row at most one.
    """

    queues: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    """Row number of each record, from 1 without the header; negative where the row counts elsewhere."""
    dead: list[DeadLetter] = field(default_factory=list)
    read: int = 0
    """Rows read, before `where`; blank lines are no rows."""
    filtered: int = 0
    """Rows left out by `where` and `where_not`."""
    several: bool = False
    """Whether rows that follow each other under one number are rows of their own: columns were made into rows."""
    joined: int = 0
    """Rows that are part of a record whose row is another one."""
    left_out: str = ""
    """The part of the file that is not read, in a sentence: a workbook's other sheets, where nobody chose one."""
    file: str | None = None
    """The file of the source whose rows these are, as the reader was given it; None: the one that is read."""
    covered: set[tuple[str, int]] = field(default_factory=set)
    """(queue, interval start in milliseconds) of twin hours: the other hour of the same local name as an interval of
    this batch. Where the file has no row for such an interval it is covered (`ambiguous_hour`), not missing."""

    def refused(self) -> list[tuple[DeadLetter, int]]:
        """Each row that was refused, with the number of records before it in the order of the file."""
        found: list[tuple[DeadLetter, int]] = []
        dead = sorted(self.dead, key=lambda bad: bad.row, reverse=True)
        for before, row in enumerate(self.rows) if dead else ():
            while dead and dead[-1].row < row:
                found.append((dead.pop(), before))
        return found + [(bad, len(self.rows)) for bad in reversed(dead)]

    @property
    def accepted(self) -> int:
        """Rows that gave a record."""
        return self.read - self.filtered - len(self.dead)


def cut(row: str) -> str:
    """The first 4 KiB (in UTF-8) of `row`, without its line end."""
    row = row.replace(CUT, "").rstrip("\r\n")
    if len(row) * 4 <= DEAD_LETTER_BYTES and row.isascii():
        return row
    return row.encode(errors="replace")[:DEAD_LETTER_BYTES].decode(errors="ignore")
