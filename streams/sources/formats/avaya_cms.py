"""Avaya CMS: interval rows of splits and skills, from the table hsplit or as saved reports."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.admission import admit
from streams.limits import require_past
from streams.records import RECORD_TYPES, RecordError
from streams.sources.avaya_cms.layouts import (
    DATABASE,
    delimiter_of,
    header_of,
    is_name,
    split_line,
    strange_headings,
    title_of,
)
from streams.sources.avaya_cms.rows import (
    Clock,
    Fields,
    Spot,
    of_hsplit,
    of_report,
    spot_of_hsplit,
    spot_of_report,
)
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.escapes import ESCAPE
from streams.sources.following import growing
from streams.sources.proposal import HEAD_BYTES, Option, Proposal, Sighted
from streams.sources.recognising.cells.encodings import decoded, encoding_of
from streams.sources.source_format import ReadContext, SourceFormat
from streams.sources.text import Mark, fault_of, texts, unkept
from streams.sources.timestamps.local_time import LocalClock

__all__ = ["FORMAT"]

_CHUNK_BYTES: Final = 1 << 20
_LOOKED_AT: Final = 200
_SLASHES: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2,4})")
_FIRST_ACD: Final = re.compile(r"(acd)?\s*0*1?", re.IGNORECASE)
"""The ACD of a centre that has one."""
_TOTALS: Final = re.compile(r"(sub|grand )?totals?|summary", re.IGNORECASE)
_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "columns": SourceOption(
            "the order of the database", "names of the columns of hsplit, for files without a header"
        ),
        "dates": SourceOption(
            "2026-03-02, 3/2/2026 (month first), 2.3.2026, 20260302", "strptime formats of dates, tried in turn"
        ),
        "queues": SourceOption(
            "its own",
            "a mapping of the split's number or name in the file to the queue's name; of one among several ACDs as 2/1",
        ),
        "queue": SourceOption("the title's", "the queue of a saved report that names no split"),
    }
)


class _Reader:
    """Reads the files of one source.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        given = settings.options
        self._settings = settings
        columns = given["columns"].texts("a list of columns of hsplit") if "columns" in given else DATABASE
        self._columns = [name.strip().upper() for name in columns]
        for needed in ("ROW_DATE", "STARTTIME", "SPLIT"):
            if needed not in self._columns:
                raise given["columns"].fault(f"has no {needed}; a row needs ROW_DATE, STARTTIME and SPLIT")
        self._dates = given["dates"].texts("a list of strptime formats") if "dates" in given else ()
        self._queues = _queues(given.get("queues"))
        self._queue = given["queue"].name("the name of a queue") if "queue" in given else ""
        self._acds: dict[str, str] = {}

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file, in batches of bounded size and in file order."""
        encoding = self._settings.encoding
        pieces: Iterable[str | Mark] = (
            growing(file, encoding, ESCAPE) if context.follow else texts(file, encoding, chunk_bytes=_CHUNK_BYTES)
        )
        one = _File(self, context)
        rest = ""
        for piece in pieces:
            if isinstance(piece, Mark):
                if piece is Mark.TURNED:
                    if rest:
                        yield one.batch([rest])
                    rest, one = "", _File(self, context, one.number)
                continue
            *lines, rest = (rest + piece).split("\n")
            if lines:
                yield one.batch(lines)
        if rest:
            yield one.batch([rest])

    def clock(self, site_timezone: str) -> Clock:
        """The clock of one file."""
        settings = self._settings
        zone = settings.timezone or site_timezone
        return Clock(LocalClock(zone, settings.on_ambiguous, settings.on_nonexistent), self._dates)

    def name(self, split: str, acd: str) -> str:
        """The queue of a split of an ACD; splits of two ACDs have numbers alike, and are queues of their own.

        Raises:
            RecordError: nothing names the split, or the queue is another ACD's already.
        """
        one_of = f"{acd}/{split}"
        if not split and self._queue:
            split = self._queue
        if not split:
            raise RecordError("queue: no title and no column names the split; set queue for this source")
        if one_of in self._queues:
            return self._queues[one_of]
        if split not in self._queues and split != self._queue:
            return split if _FIRST_ACD.fullmatch(acd) else one_of
        queue = self._queues.get(split, split)
        first = self._acds.setdefault(queue, acd)
        if acd != first:
            raise RecordError(
                f"queue: split {split!r} is of ACD {acd!r} here, and of ACD {first!r} before; "
                f"name each under queues, as {one_of[:80]}"
            )
        return queue

    @property
    def columns(self) -> list[str]:
        """Columns of a file without a header."""
        return self._columns

    @property
    def settings(self) -> SourceSettings:
        """Settings that all formats share."""
        return self._settings


class _File:
    """The state of reading one file.

    Args:
        reader: of its source.
        context: what else is set.
        number: rows before it.
    """

    def __init__(self, reader: _Reader, context: ReadContext, number: int = 0) -> None:
        self._reader, self._context = reader, context
        self._clock = reader.clock(context.site_timezone)
        self._layout, self._header = "", list[str]()
        self._delimiter = ","
        self._titles: dict[str, str] = {}
        self.number = number
        """Rows read."""

    def batch(self, lines: Iterable[str]) -> Batch:
        """The records of whole lines."""
        batch = Batch()
        now = self._context.now()
        for text in lines:
            line = text.rstrip("\r").removeprefix("\ufeff")
            if unkept(line):
                batch.read += 1
                self.number += 1
                batch.dead.append(DeadLetter(self.number, f"row: {fault_of(line)}", cut(line)))
            elif line.strip(" \t|;,") and not self._is_frame(line):
                self._row(line, batch, now)
        return batch

    def _is_frame(self, line: str) -> bool:
        """Whether a line is a title or a header, or stands above every table."""
        delimiter = delimiter_of(line)
        cells = split_line(line, delimiter)
        found = header_of(cells)
        if found is not None:
            self._layout, self._header, self._delimiter = *found, delimiter
            return True
        title = title_of(line)
        if title is not None:
            self._titles[title[0]] = title[1]
            return True
        if not self._layout and self._is_row(cells):
            self._layout, self._header, self._delimiter = "hsplit", self._reader.columns, delimiter
        return is_name(line)

    def _is_row(self, cells: list[str]) -> bool:
        """Whether the cells may be a row of a table without a header."""
        columns = self._reader.columns
        if len(cells) <= max(columns.index(name) for name in ("ROW_DATE", "STARTTIME", "SPLIT")):
            return False
        try:
            self._clock.date(cells[columns.index("ROW_DATE")])
        except ValueError:
            return False
        return cells[columns.index("STARTTIME")].isdecimal()

    def _row(self, line: str, batch: Batch, now: int) -> None:
        batch.read += 1
        self.number += 1
        cells = split_line(line, self._delimiter)
        if self._layout == "report" and any(_TOTALS.fullmatch(cell) for cell in cells[:3]):
            batch.filtered += 1
            return
        spot = None
        try:
            named = self._named(cells)
            spot = self._spot(named)
            fields = of_report(named, spot) if self._layout == "report" else of_hsplit(named, spot)
            record = admit("interval", self._complete(fields), self._context.queue_length(spot.queue, None))
            require_past(record, now, self._context.skew_ms(spot.queue))
        except RecordError as error:
            queue, at_ms = (None, None) if spot is None else spot[:2]
            batch.dead.append(DeadLetter(self.number, str(error), cut(line), queue, at_ms))
            return
        batch.queues.append(spot.queue)
        batch.records.append(record)
        batch.rows.append(self.number)
        if spot.twin_ms is not None:
            batch.covered.add((spot.queue, spot.twin_ms))

    def _named(self, cells: list[str]) -> dict[str, str]:
        """Cells by the names of their columns.

        Raises:
            RecordError: there is no table, or the row is not of its width.
        """
        if not self._layout:
            raise RecordError("row: is neither a header of Avaya CMS nor a row of hsplit; see the columns option")
        open_ended = self._header is self._reader.columns and self._header[: len(DATABASE)] == list(DATABASE)
        if len(cells) != len(self._header) and not (open_ended and len(cells) > len(self._header)):
            raise RecordError(f"row: has {len(cells)} cells, and the header has {len(self._header)}")
        return {name: cell for name, cell in zip(self._header, cells, strict=False) if name}

    def _spot(self, named: dict[str, str]) -> Spot:
        if self._layout == "report":
            return spot_of_report(named, self._clock, self._titles, self._reader.name)
        return spot_of_hsplit(named, self._clock, self._reader.name)

    def _complete(self, fields: Fields) -> Fields:
        settings = self._reader.settings
        values: Fields = dict.fromkeys(RECORD_TYPES["interval"].inside.values())
        values |= fields
        if values["length_ms"] is None:
            values["length_ms"] = settings.interval_ms
        if values["threshold_ms"] is None and values["answered_within"] is not None:
            values["threshold_ms"] = settings.threshold_ms
        return values


def _queues(node: Node | None) -> Mapping[str, str]:
    entries = {} if node is None else node.entries("a mapping of splits to queues")
    return MappingProxyType({split.strip(): entry.name("the name of a queue") for split, entry in entries.items()})


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads rows of hsplit, or a saved report."""
    encoding, doubt = encoding_of(sighted.head, cut=len(sighted.head) >= HEAD_BYTES)
    lines = [line for line in decoded(sighted.head, encoding).splitlines()[:_LOOKED_AT] if line.strip()]
    titles = dict(title for line in lines if (title := title_of(line)) is not None)
    rows = [split_line(line, delimiter_of(line)) for line in lines]
    headers = [(row, *found) for row in rows if (found := header_of(row)) is not None]
    if not headers:
        return None
    cells, layout, columns = headers[0]
    if layout == "report" and "date" not in titles and "date" not in columns:
        return None
    strange = strange_headings(cells) if layout == "report" else []
    # A report with its date in every row, and other headings than those of CMS, is another product's.
    proposal = Proposal("avaya_cms", "interval", certainty=1 if strange and "date" in columns else 3)
    if strange:
        proposal.remarks.append(
            f"check: Avaya CMS writes no such heading, so that it is not used: {', '.join(strange)}"
        )
    if encoding != "utf-8":
        proposal.put("encoding", encoding, doubt=doubt)
    if layout == "report" and "queue" not in columns:
        if "queue" in titles:
            proposal.queues = [titles["queue"]]
        else:
            name = PurePath(sighted.path).stem
            proposal.put("queue", name, doubt="no title names the split; this is the file's name")
            proposal.queues = [name]
    _dates(lines, layout, columns, titles, proposal)
    return proposal


def _dates(lines: list[str], layout: str, columns: list[str], titles: Mapping[str, str], proposal: Proposal) -> None:
    """Say whether day or month comes first where the file's dates leave that open; the format takes the month."""
    name = "ROW_DATE" if layout == "hsplit" else "date"
    place = columns.index(name) if name in columns else None
    rows = [split_line(line, delimiter_of(line)) for line in lines]
    dates = [titles["date"]] if "date" in titles else []
    dates += [row[place] for row in rows if place is not None and len(row) == len(columns)]
    parts = [match for one in dates if (match := _SLASHES.fullmatch(one))]
    if parts and all(int(match[1]) > 12 or int(match[2]) <= 12 for match in parts):
        year = "%Y" if len(parts[0][3]) == 4 else "%y"
        day, month = f"%d/%m/{year}", f"%m/%d/{year}"
        if any(int(match[1]) > 12 for match in parts):
            proposal.put("dates", [day], "a day over 12 stands first")
            return
        options = [Option("month first", {("dates",): [month]}), Option("day first", {("dates",): [day]})]
        proposal.put("dates", [month], doubt=f"{parts[0][0]} may be month/day or day/month", options=options)


FORMAT: Final = SourceFormat(
    summary="Avaya CMS: interval rows of splits, from the table hsplit or a saved Split/Skill Interval report.",
    records=("interval",),
    options=_OPTIONS,
    open=_Reader,
    recognise=_recognise,
)
