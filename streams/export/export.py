"""An export: interval history in a file that people open and auditors check.

Rows come from one snapshot, in order of publication, and go to a file beside the target that is moved
into place only when it is whole: whoever finds the file finds all of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from streams.export.output import replacing, require_target, standard_output
from streams.export.proof import Written, proof_path, write_proof
from streams.export.saved_again import ValuesHash
from streams.export.summary import Summary
from streams.export.values import COLUMNS, What
from streams.export.workbook import Workbook
from streams.export.writers import Format, Writer, open_writer
from streams.history.chain import form_of
from streams.history.incidents.reading import incident_batches
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.store import Store
from streams.history.stored_settings import StoredSettings

__all__ = ["export", "export_snapshot"]

_PROVED: Final = frozenset({"intervals", "journal"})
"""Tables whose rows are chains, and get a sidecar."""


def export(
    store: Store,
    output: Path | None,
    form: Format,
    what: What = "intervals",
    filters: Filters | None = None,
    progress: Callable[[int], object] | None = None,
    groups: Callable[[HistoryQuery], Iterator[Batch]] | None = None,
    *,
    plain: bool = True,
) -> int:
    """Write history to a file, and for intervals and the journal its proof to `FILE.proof.json`.

    Args:
        store: the history.
        output: the file; None is standard output, which gets no proof.
        form: csv, parquet, xlsx or jsonl.
        what: intervals, breaches, incidents, dead-letters, evaluations, journal, projections or groups.
        filters: which rows; dead letters have neither queue nor time, and take none.
        progress: told how many rows were written since it was last told.
        groups: makes the rows of groups, which follow from results (`agents.groups.history`).
        plain: one sheet of cells; False: a workbook for people, for intervals in XLSX.

    Returns:
        How many rows were written.

    Raises:
        UserError: the file cannot be written, is none or the history's own, a value does not fit the format, or the
            database fails.
    """
    asked = _Asked(form, what, filters or Filters(), groups, plain)
    if output is not None:
        require_target(output, store.url)
        if what in _PROVED:
            require_target(proof_path(output), store.url)
    with store.reading() as reader:
        if output is None:
            with standard_output() as stream:
                return _write(stream, reader, asked, progress).rows
        return _to_file(reader, output, asked, progress)


def export_snapshot(
    reader: HistoryQuery,
    output: Path,
    form: Format,
    what: What,
    filters: Filters,
    progress: Callable[[int], object] | None = None,
    groups: Callable[[HistoryQuery], Iterator[Batch]] | None = None,
) -> int:
    """As `export`, of a snapshot, so that several tables speak of the same moment."""
    return _to_file(reader, output, _Asked(form, what, filters, groups, plain=True), progress)


class _Asked(NamedTuple):
    """An export as it is wanted; `export` says what each means."""

    form: Format
    what: What
    filters: Filters
    groups: Callable[[HistoryQuery], Iterator[Batch]] | None
    plain: bool


def _to_file(reader: HistoryQuery, output: Path, asked: _Asked, progress: Callable[[int], object] | None) -> int:
    what, filters = asked.what, asked.filters
    exported = reader.queues(filters) if what == "intervals" else []
    with replacing(output) as stream:
        written = _write(stream, reader, asked, progress)
        if what in _PROVED:
            with replacing(proof_path(output)) as proof:
                write_proof(proof, reader, filters, exported, written, what)
    return written.rows


def _write(stream: BinaryIO, reader: HistoryQuery, asked: _Asked, progress: Callable[[int], object] | None) -> Written:
    what = asked.what
    writer = _writer(stream, reader, asked)
    values = ValuesHash(COLUMNS[what]) if what == "intervals" and asked.form == "xlsx" else None
    rows = 0
    forms: set[int] = set()
    try:
        for batch in _batches(reader, what, asked.filters, asked.groups):
            writer.write(batch)
            rows += len(batch)
            if what == "intervals":
                forms.update(map(form_of, batch))
            if values is not None:
                values.add(batch)
            if progress is not None:
                progress(len(batch))
        writer.close()
    except BaseException:
        writer.abandon()
        raise
    return Written(rows, forms, None if values is None else values.values())


def _writer(stream: BinaryIO, reader: HistoryQuery, asked: _Asked) -> Writer:
    what, filters = asked.what, asked.filters
    if asked.plain or asked.form != "xlsx" or what != "intervals":
        return open_writer(asked.form, stream, COLUMNS[what], what)
    said = [
        ("Interval results", "one row an interval and revision; times are UTC, and local in interval_start_local"),
        ("From", filters.start or "the first"),
        ("To", filters.end or "the last"),
        *([("Program", filters.program)] if filters.program else ()),
        *([("Queue", filters.queue)] if filters.queue else ()),
        (
            "Revisions",
            "the last of each interval" if filters.latest_only else "all; sums are of the last of each",
        ),
        ("Check it", "intervalwatch verify FILE, with FILE.proof.json beside it"),
    ]
    summary = Summary(StoredSettings(reader.parameters()))
    return Workbook(stream, COLUMNS[what], said, summary, incident_batches(reader, filters))


def _batches(
    reader: HistoryQuery, what: What, filters: Filters, groups: Callable[[HistoryQuery], Iterator[Batch]] | None
) -> Iterator[Batch]:
    readers: dict[What, Callable[[], Iterator[Batch]]] = {
        "intervals": lambda: reader.results(filters),
        "breaches": lambda: reader.breaches(filters),
        "incidents": lambda: incident_batches(reader, filters),
        "journal": reader.journal,
        "projections": lambda: reader.projections(filters),
        "evaluations": lambda: reader.evaluations(filters),
        "dead-letters": reader.dead_letters,
        "groups": lambda: iter(()) if groups is None else groups(reader),
    }
    return readers[what]()
