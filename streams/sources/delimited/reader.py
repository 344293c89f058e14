"""Any delimited export, read by the column mapping of its source.

Faults of a whole file stop the reading with one line that names it. Faults of a row make a dead letter
that names field and column, and the reading goes on: rows read = filtered + accepted + dead-lettered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from config.errors import UserError
from config.sources.expressions import CheckRow
from config.sources.mapping import ColumnMapping
from streams.sources.batch import Batch
from streams.sources.blocks import Cells
from streams.sources.delimited.admission import Admission
from streams.sources.delimited.checks import joined
from streams.sources.delimited.mapping import Mapper
from streams.sources.delimited.plans import plan_defaults, published
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.delimited.tables.rows import Rows, RowSource
from streams.sources.delimited.tables.shapes import shaped
from streams.sources.delimited.tables.workbook_rows import WorkbookRows
from streams.sources.text import Mark, fault_of, input_name, texts, unkept
from streams.sources.workbooks.archive import is_workbook, require_new_format

__all__ = ["CHUNK_BYTES", "read", "read_rows", "read_text"]

CHUNK_BYTES: Final = 4 << 20
"""How much of a file makes a batch: some 40,000 rows of a contact file."""


def read(
    file: str | Path | BinaryIO,
    source: DelimitedSource,
    *,
    site_timezone: str,
    queue_length: Callable[[str, str | None], int],
    skew_ms: Callable[[str], int],
    now: Callable[[], int] | None = None,
    agents: dict[str, tuple[str, ...]] | None = None,
    queue_zone: Callable[[str], str] | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Batch]:
    """The records of a file, in batches of bounded size and in file order.

    Args:
        file: a path (`-`: standard input; ending in .gz: decompressed), or a binary stream.
        source: how it is read.
        site_timezone: IANA name, of naive times where the source names none.
        queue_length: interval length, milliseconds, of a queue (with the program the row names, if it does).
        skew_ms: clock skew of a queue.
        now: the driver's clock, milliseconds, asked once a batch; None: no record is taken to lie in the future.
        agents: each agent's queues as last seen, kept up to date; given to the files of one source in turn, so that
            an agent who changes queues between two files leaves the old ones.
        queue_zone: IANA name of a queue's time zone; None: all are in UTC.
        chunk_bytes: how much of the file makes a batch; results do not depend on it.

    Raises:
        UserError: the file as a whole cannot be used: missing, binary, in another encoding, empty, without a column
            that the mapping names.
    """
    name = input_name(file)
    if is_workbook(file):
        opened: Callable[[], RowSource] = lambda: WorkbookRows(file, name, source)  # noqa: E731 - either of two
    else:
        require_new_format(file, name)
        pieces = texts(file, source.settings.encoding, chunk_bytes=chunk_bytes)
        opened = lambda: Rows(pieces, source.delimiter, source.header)  # noqa: E731 - as above
    return read_rows(
        opened,
        source,
        file=name,
        site_timezone=site_timezone,
        queue_length=queue_length,
        skew_ms=skew_ms,
        now=now,
        agents=agents,
        queue_zone=queue_zone,
        whole=True,
    )


def read_text(
    pieces: Iterable[str | Mark],
    source: DelimitedSource,
    *,
    file: str,
    site_timezone: str,
    queue_length: Callable[[str, str | None], int],
    skew_ms: Callable[[str], int],
    now: Callable[[], int] | None = None,
    agents: dict[str, tuple[str, ...]] | None = None,
    queue_zone: Callable[[str], str] | None = None,
) -> Iterator[Batch]:
    """The records of delimited text that arrives in pieces, the header first; for files that grow.

    Every piece that completes a row makes a batch at once; a row that a piece leaves open is completed by the next.
    Arguments are those of `read`; `file` is the name for messages.
    """
    return read_rows(
        lambda: Rows(pieces, source.delimiter, source.header),
        source,
        file=file,
        site_timezone=site_timezone,
        queue_length=queue_length,
        skew_ms=skew_ms,
        now=now,
        agents=agents,
        queue_zone=queue_zone,
    )


def read_rows(
    opened: Callable[[], RowSource],
    source: DelimitedSource,
    *,
    file: str,
    site_timezone: str,
    queue_length: Callable[[str, str | None], int],
    skew_ms: Callable[[str], int],
    now: Callable[[], int] | None = None,
    agents: dict[str, tuple[str, ...]] | None = None,
    queue_zone: Callable[[str], str] | None = None,
    whole: bool = False,
) -> Iterator[Batch]:
    """The records of rows of any kind; `opened` gives them when the first batch is asked for.

    The other arguments are those of `read_text`; `whole` says that the rows have an end, so that what follows from the
    whole file can wait for it.
    """
    batches = _batches(opened, source, file, site_timezone, queue_length, skew_ms, now, agents, queue_zone)
    if source.settings.record == "plan" and source.settings.published is None:
        return published(batches, source.settings.timezone or site_timezone, now, whole=whole)
    return joined(batches) if isinstance(source.mapping.columns.get("checks"), CheckRow) else batches


def _batches(
    opened: Callable[[], RowSource],
    source: DelimitedSource,
    file: str,
    site_timezone: str,
    queue_length: Callable[[str, str | None], int],
    skew_ms: Callable[[str], int],
    now: Callable[[], int] | None,
    agents: dict[str, tuple[str, ...]] | None,
    queue_zone: Callable[[str], str] | None,
) -> Iterator[Batch]:
    rows = opened()
    if not rows.header and source.header.rows:
        raise UserError(f"{file}: has no line {source.header.rows[-1]}; set header to where the header stands")
    if (odd := next(filter(unkept, rows.header), None)) is not None:
        raise UserError(f"{file}: its header {fault_of(odd)}")
    if not any(rows.header):
        raise UserError(f"{file}: is empty; a header line with the columns' names is the least")
    if source.mapping.shape is not None:
        rows = shaped(rows, source.mapping, file)
    timezone = source.settings.timezone or site_timezone
    mapper = Mapper(source, timezone, file, rows.header, typed=rows.typed)
    mapped = rows.header if source.mapping.own_columns else source.mapping.columns
    defaults = plan_defaults(source.settings, mapped, file, timezone)
    admission = Admission(source.settings, queue_length, skew_ms, now, mapper.named, agents, defaults, queue_zone)
    for block in rows.blocks(mapper.wanted):
        batch = Batch(dead=list(block.ragged), read=len(block.numbers) + len(block.ragged), left_out=rows.left_out)
        headings = block.headings
        batch.several = headings is not None
        cells = Cells(block.columns, len(block.numbers))
        keep = _kept(cells, source.mapping)
        if source.mapping.shape is None and len(mapper.wanted) > 1:
            keep &= ~_headers(cells, mapper.wanted, rows.header, block.numbers, file)
        places = np.flatnonzero(keep)
        raw = block.raw
        if len(places) < cells.count:
            batch.filtered = cells.count - len(places)
            cells = cells.kept(keep)
            raw = _at(block.raw, places)
            headings = None if headings is None else [headings[place] for place in places.tolist()]
        if cells.count:
            admission.admit(mapper.read(cells, skew_ms), block.numbers[places].tolist(), raw, batch, headings)
            batch.dead.sort(key=itemgetter(0))
        yield batch


def _at(raw: Callable[[int], str], places: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Callable[[int], str]:
    return lambda place: raw(int(places[place]))


def _headers(
    cells: Cells, wanted: Sequence[str], header: Sequence[str], numbers: "np.ndarray[Any, Any]", file: str
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows are the header again, as where pages or files were put together.

    Raises:
        UserError: one has the columns in another order, and what follows would be read amiss.
    """
    names = pa.array([name for name in header if name], pa.string())
    found = np.ones(cells.count, dtype=np.bool_)
    for name in wanted:
        found &= pc.is_in(pc.utf8_trim_whitespace(cells.column(name).array), names).to_numpy(zero_copy_only=False)
        if not found.any():
            return found
    for place in np.flatnonzero(found).tolist():
        if any(cells.column(name).text(place) != name for name in wanted):
            raise UserError(
                f"{file}: row {numbers[place]} is a header with its columns in another order; split the file there"
            )
    return found


def _kept(cells: Cells, mapping: ColumnMapping) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows `where` and `where_not` keep."""
    keep = np.ones(cells.count, dtype=np.bool_)
    for conditions, wanted in ((mapping.where, True), (mapping.where_not, False)):
        for name, texts_kept in conditions.items():
            column = cells.column(name).coded
            hit = np.array([(text in texts_kept) is wanted for text in column.texts], dtype=np.bool_)
            keep &= hit[column.codes]
    return keep
