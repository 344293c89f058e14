"""An export: interval history in a file that people open and auditors check.

Rows come from one snapshot, in order of publication, and go to a file beside the target that is moved
into place only when it is whole: whoever finds the file finds all of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from streams.export.output import replacing, require_target, standard_output
from streams.export.proof import proof_path, write_proof
from streams.export.values import COLUMNS, What
from streams.export.writers import Format, Writer, open_writer
from streams.history.chain import form_of
from streams.history.incidents.reading import incident_batches
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.store import Store

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

    Returns:
        How many rows were written.

    Raises:
        UserError: the file cannot be written, is none or the history's own, a value does not fit the format, or the
            database fails.
    """
    filters = filters or Filters()
    if output is not None:
        require_target(output, store.url)
        if what in _PROVED:
            require_target(proof_path(output), store.url)
    with store.reading() as reader:
        if output is None:
            with standard_output() as stream:
                return _write(stream, form, what, _batches(reader, what, filters, groups), progress).rows
        return export_snapshot(reader, output, form, what, filters, progress, groups)


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
    exported = reader.queues(filters) if what == "intervals" else []
    with replacing(output) as stream:
        written = _write(stream, form, what, _batches(reader, what, filters, groups), progress)
        if what in _PROVED:
            with replacing(proof_path(output)) as proof:
                write_proof(proof, reader, filters, exported, written.rows, written.forms, what)
    return written.rows


class _Written(NamedTuple):
    """The rows and forms that were written."""

    rows: int
    forms: set[int]
    """Forms of results."""


def _write(
    stream: BinaryIO,
    form: Format,
    what: What,
    batches: Iterator[Batch],
    progress: Callable[[int], object] | None,
) -> _Written:
    writer: Writer = open_writer(form, stream, COLUMNS[what], what)
    rows = 0
    forms: set[int] = set()
    try:
        for batch in batches:
            writer.write(batch)
            rows += len(batch)
            if what == "intervals":
                forms.update(map(form_of, batch))
            if progress is not None:
                progress(len(batch))
        writer.close()
    except BaseException:
        writer.abandon()
        raise
    return _Written(rows, forms)


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
