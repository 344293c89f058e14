"""Checking the journal: its chain from the first entry to the last, in a history or in a file exported from it.

Each entry has the hash of the one before, so a change breaks the chain at its place. Entries dropped from the end break
nothing: only a sidecar, which says how far the journal went when it was written, tells.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from streams.audit.findings import Finding
from streams.export.proof import Proof, ProofJournal
from streams.export.readers import UnreadableRow, read_export
from streams.journal.entry import problems

__all__ = ["journal_findings", "verify_journal"]


def verify_journal(path: Path, proof: Proof) -> Iterator[Finding]:
    """Check an exported file of the journal against its sidecar.

    Args:
        path: a file that `export --what journal` wrote.
        proof: its sidecar.

    Yields:
        The first thing that is wrong.

    Raises:
        UserError: the file cannot be read, or is no export of the journal.
    """
    try:
        yield from journal_findings(read_export(path, "journal"), proof.journal, whole=True)
    except UnreadableRow as error:
        yield Finding(str(path), str(error))


def journal_findings(
    entries: Iterable[tuple[str, Mapping[str, Any]]], head: ProofJournal | None, *, whole: bool
) -> Iterator[Finding]:
    """The first thing that is wrong with a journal.

    Args:
        entries: all of them in order, each with its place in a file (empty: there is none).
        head: how far the journal went when a sidecar was written; None: nobody knows.
        whole: whether it must end there; a history may have gone on.
    """
    count, place, at_head = 0, "", ""

    def walked() -> Iterator[Mapping[str, Any]]:
        nonlocal count, place, at_head
        for where, found in entries:
            count, place = count + 1, f" ({where})" if where else ""
            if head is not None and count == head.entries:
                at_head = found["hash"]
            yield found

    for number, problem in problems(walked()):
        yield Finding(f"journal, entry {number}{place}", problem)
        return
    if head is None:
        return
    if count < head.entries:
        yield Finding("journal", f"is truncated: {count} of {head.entries} entries are there")
    elif head.entries and at_head != head.last_hash:
        yield Finding(
            f"journal, entry {head.entries}", "was rewritten: it had another hash when the sidecar was written"
        )
    elif whole and count > head.entries:
        yield Finding("journal", f"has {count} entries, and had {head.entries} when the sidecar was written")
