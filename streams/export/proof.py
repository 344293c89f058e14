"""The sidecar of an export: what a reader needs to check the file without the database it came from.

An export may leave rows out (a filter, the latest revisions only, retention); their links in the chain
stand here, so that every row that is in the file can be followed from the first result to the head.
"""

import mmap
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from config.errors import UserError
from streams.export.saved_again import Values
from streams.export.values import What
from streams.history.query import Filters, HistoryQuery, Link, ParameterVersion
from streams.journal.entry import FIRST_HASH

__all__ = [
    "FORMAT",
    "Proof",
    "ProofHead",
    "ProofJournal",
    "ProofParameters",
    "Written",
    "proof_path",
    "read_proof",
    "write_proof",
]

FORMAT: Final = "intervalwatch-proof-1"


class ProofHead(msgspec.Struct, frozen=True):
    """The end of one queue's chain when the export was made."""

    results: int
    """How many results the chain has."""
    last_hash: str
    exported: bool
    """Whether the file holds the chain; false where a filter left the queue out as a whole."""


class ProofFilters(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The filters of an export."""

    start: str | None
    end: str | None
    program: str | None
    queue: str | None
    latest_only: bool


class ProofParameters(msgspec.Struct, frozen=True, rename={"valid_from": "from"}):
    """Parameters and definitions in force from an instant on."""

    version: str
    valid_from: str
    content_hash: str
    content: list[dict[str, Any]]


class ProofJournal(msgspec.Struct, frozen=True):
    """The end of the journal's chain when the export was made."""

    entries: int
    last_hash: str


class Proof(msgspec.Struct, frozen=True):
    """A sidecar as read. Links are decoded queue by queue: they can be many times the export."""

    format: str
    filters: ProofFilters
    rows: int
    heads: dict[str, ProofHead]
    parameters: list[ProofParameters]
    left_out: dict[str, msgspec.Raw]
    forms: tuple[int, ...] = (1,)
    """The forms of the results in the file; a sidecar from before there were several does not name them."""
    retired_before: str | None = None
    """The instant before which retention had taken everything by then; None: it had taken nothing."""
    what: What = "intervals"
    """The table in the file."""
    journal: ProofJournal | None = None
    """The journal's head; None: the sidecar is from before it had one."""
    values: Values | None = None
    """The hashes of a workbook's values; None: another format, or from before it."""

    def links(self, queue: str) -> list[Link]:
        """The results of `queue` that the file leaves out, in order of publication."""
        raw = self.left_out.get(queue)
        return [] if raw is None else msgspec.json.decode(raw, type=list[Link])

    def versions(self) -> list[ParameterVersion]:
        """The parameters, as history gives them."""
        return [ParameterVersion(p.version, p.valid_from, p.content_hash, p.content) for p in self.parameters]


class Written(NamedTuple):
    """The outcome of an export."""

    rows: int
    forms: AbstractSet[int]
    """Those of results."""
    values: Values | None = None
    """The hashes of a workbook's values."""


def proof_path(export: Path) -> Path:
    """Where the sidecar of an export lies: `FILE.proof.json`."""
    return export.with_name(export.name + ".proof.json")


def write_proof(
    stream: BinaryIO,
    reader: HistoryQuery,
    filters: Filters,
    exported: Sequence[str],
    written: Written,
    what: What = "intervals",
) -> None:
    """Write the sidecar of an export, in bounded memory.

    Args:
        stream: where to.
        reader: the snapshot that the export was made from.
        filters: what was asked for.
        exported: queues whose chains the file holds.
        written: the rows that it holds.
        what: the table in the file.
    """
    dump = msgspec.json.encode
    wanted = ProofFilters(filters.start, filters.end, filters.program, filters.queue, filters.latest_only)
    heads = {queue: ProofHead(results, last, queue in exported) for queue, (results, last) in reader.heads().items()}
    versions = [ProofParameters(*version) for version in reader.parameters()]
    stream.write(b'{"format":' + dump(FORMAT) + b',\n"filters":' + dump(wanted) + b',\n"rows":' + dump(written.rows))
    stream.write(b',\n"values":' + dump(written.values))
    stream.write(b',\n"what":' + dump(what) + b',\n"journal":' + dump(_journal_head(reader)))
    stream.write(b',\n"forms":' + dump(sorted(written.forms)) + b',\n"retired_before":' + dump(reader.retired_before()))
    stream.write(b',\n"heads":' + dump(heads) + b',\n"parameters":' + dump(versions) + b',\n"left_out":{')
    for number, queue in enumerate(exported):
        stream.write((b"," if number else b"") + b"\n" + dump(queue) + b":[")
        stream.writelines(_separated(dump(link) for link in reader.left_out(queue, filters)))
        stream.write(b"]")
    stream.write(b"\n}}\n")


def _journal_head(reader: HistoryQuery) -> ProofJournal:
    head = ProofJournal(0, FIRST_HASH)
    for entries in reader.journal():
        head = ProofJournal(entries[-1]["number"], entries[-1]["hash"])
    return head


def _separated(texts: Iterator[bytes]) -> Iterator[bytes]:
    for number, text in enumerate(texts):
        yield (b",\n" if number else b"\n") + text


def read_proof(path: Path) -> Proof:
    """A sidecar.

    Raises:
        UserError: it is not there, or is no sidecar.
    """
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        proof = msgspec.json.decode(content, type=Proof)
    except FileNotFoundError:
        raise UserError(
            f"{path}: not found; it is written beside an export, and `verify` needs it: keep the two files together"
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: is not the proof of an export ({error}); give FILE.proof.json") from error
    if proof.format != FORMAT:
        raise UserError(f"{path}: has the format {proof.format!r}; this program reads {FORMAT!r}")
    return proof
