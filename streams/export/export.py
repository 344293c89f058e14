"""An export: interval history in a file that people open and auditors check.

Rows come from one snapshot, in order of publication, and go to a file beside the target that is moved
into place only when it is whole: whoever finds the file finds all of it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from config.errors import UserError
from streams.export.proof import proof_path, write_proof
from streams.export.values import COLUMNS, What
from streams.export.writers import Format, Writer, open_writer
from streams.history.chain import form_of
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.store import Store

__all__ = ["export"]


def export(
    store: Store,
    output: Path | None,
    form: Format,
    what: What = "intervals",
    filters: Filters | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write history to a file, and for intervals its proof to `FILE.proof.json`.

    Args:
        store: the history.
        output: the file; None is standard output, which gets no proof.
        form: csv, parquet, xlsx or jsonl.
        what: intervals, breaches, dead-letters or evaluations.
        filters: which rows; dead letters have neither queue nor time, and take none.
        progress: told how many rows were written since it was last told.

    Returns:
        How many rows were written.

    Raises:
        UserError: the file cannot be written, a value does not fit the format, or the database fails.
    """
    filters = filters or Filters()
    with store.reading() as reader:
        if output is None:
            # Opened anew, so that the writer's own buffering ends with it and the program's output stays open.
            with open(sys.stdout.fileno(), "wb", closefd=False) as stream:
                return _write(reader, stream, form, what, filters, progress).rows
        exported = reader.queues(filters) if what == "intervals" else []
        with _replacing(output) as stream:
            written = _write(reader, stream, form, what, filters, progress)
            if what == "intervals":
                with _replacing(proof_path(output)) as proof:
                    write_proof(proof, reader, filters, exported, written.rows, written.forms)
    return written.rows


class _Written(NamedTuple):
    """The rows and forms that were written."""

    rows: int
    forms: set[int]
    """Forms of results."""


def _write(
    reader: HistoryQuery,
    stream: BinaryIO,
    form: Format,
    what: What,
    filters: Filters,
    progress: Callable[[int], object] | None,
) -> _Written:
    writer: Writer = open_writer(form, stream, COLUMNS[what], what)
    rows = 0
    forms: set[int] = set()
    for batch in _batches(reader, what, filters):
        writer.write(batch)
        rows += len(batch)
        if what == "intervals":
            forms.update(map(form_of, batch))
        if progress is not None:
            progress(len(batch))
    writer.close()
    return _Written(rows, forms)


def _batches(reader: HistoryQuery, what: What, filters: Filters) -> Iterator[Batch]:
    if what == "intervals":
        return reader.results(filters)
    if what == "breaches":
        return reader.breaches(filters)
    return reader.evaluations(filters) if what == "evaluations" else reader.dead_letters()


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes `path`'s place when the block ends well, and leaves nothing behind when it does not."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}); choose another --output") from error
    finally:
        part.unlink(missing_ok=True)
