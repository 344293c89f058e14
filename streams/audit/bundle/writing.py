"""Writing a bundle: tables of one snapshot, documents, a manifest of every file, and its signature.

Tables go to a folder beside the target first, one at a time, so that memory holds a batch of rows. The archive has no
clock of its own in it: the same history, period and key give the same bytes, but for the report's day.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.audit.bundle.dictionary import dictionary
from streams.audit.bundle.verify_bundle import MANIFEST, SEAL, SIGNATURE
from streams.export.export import export_snapshot
from streams.export.output import replacing
from streams.export.proof import proof_path
from streams.export.values import What
from streams.export.writers import Format
from streams.history.query import Batch, Filters, HistoryQuery

__all__ = ["FORMAT", "Entry", "Manifest", "write_bundle"]

FORMAT: Final = "intervalwatch-bundle-1"
SCRIPT: Final = "verify_bundle.py"
_FORMS: Final[tuple[Format, ...]] = ("parquet", "csv")
_PERIOD: Final[tuple[What, ...]] = ("intervals", "groups", "incidents", "breaches", "evaluations", "projections")
_WHOLE: Final[tuple[What, ...]] = ("journal", "dead-letters")
"""Tables that have no period: the journal is one chain, and a dead letter may have no instant."""
_PART: Final = 1 << 20
_README: Final = """\
Evidence bundle of intervalwatch, {start} to {end}

manifest.json        every file with its size and SHA-256; manifest.sig is its Ed25519 signature, where a key was given
intervals, groups, incidents, breaches, evaluations, projections (.parquet, .csv): the tables of the period
journal, dead-letters: whole, since the journal is one chain and a dead letter may have no instant
*.proof.json         the heads of the hash chains, and links of what a file leaves out
parameters.json      every version of the settings that figures were made with
data-dictionary.csv  name, meaning, unit and formula of every column
report.html, report.json

To check it without intervalwatch (Python 3.9 or later, and `cryptography` for the signature):

    python verify_bundle.py BUNDLE.zip --public-key KEY.pub

Take verify_bundle.py and the public key from somewhere else than this file, if you can: whoever changes a bundle can
change both in it. The script finds any changed byte and names its file. `intervalwatch verify BUNDLE.zip --public-key
KEY.pub` walks the hash chains and computes every row again as well.

A bundle proves that nothing changed since it was signed. That the history was not made anew before, only heads kept
elsewhere prove: keep this bundle, and give it to `intervalwatch verify --history URL --heads BUNDLE.zip` later.
"""


class Entry(msgspec.Struct, frozen=True):
    """A file of the bundle."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Every file of a bundle, and what it is of."""

    format: str
    start: str
    end: str
    product_version: str
    files: list[Entry]


class _Archive(NamedTuple):
    """The archive that is written, and the entries so far."""

    bundle: zipfile.ZipFile
    entries: list[Entry]

    def add(self, name: str, stream: BinaryIO) -> None:
        """Take a file into the archive and the manifest."""
        found, size = hashlib.sha256(), 0
        with self.bundle.open(_info(name), "w", force_zip64=True) as target:
            while part := stream.read(_PART):
                found.update(part)
                size += len(part)
                target.write(part)
        self.entries.append(Entry(name, size, found.hexdigest()))

    def add_bytes(self, name: str, text: bytes) -> None:
        """Take a small file."""
        with self.bundle.open(_info(name), "w") as target:
            target.write(text)
        self.entries.append(Entry(name, len(text), hashlib.sha256(text).hexdigest()))


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # its instant is 1980-01-01, whenever it is written
    info.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def write_bundle(
    reader: HistoryQuery,
    output: Path,
    filters: Filters,
    documents: Iterable[tuple[str, bytes]],
    product_version: str,
    *,
    key: Ed25519PrivateKey | None = None,
    groups: Callable[[HistoryQuery], Iterator[Batch]] | None = None,
    progress: Callable[[int], object] | None = None,
) -> list[Entry]:
    """Write a bundle.

    Args:
        reader: a snapshot of the history.
        output: the file; it is there whole or not at all.
        filters: the period, and program or queue where wanted.
        documents: further files by name, such as the report.
        product_version: who wrote it.
        key: signs the manifest; None: nobody does.
        groups: makes the rows of groups (`agents.groups.history`).
        progress: told how many rows were written since it was last told.

    Returns:
        Every file of it.

    Raises:
        UserError: the file cannot be written, or the database fails.
    """
    with (
        replacing(output) as stream,
        tempfile.TemporaryDirectory(prefix=".bundle-", dir=output.resolve().parent) as folder,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle,
    ):
        archive = _Archive(bundle, [])
        start, end = filters.start or "", filters.end or ""
        archive.add_bytes("README.txt", _README.format(start=start, end=end).encode())
        for name, text in documents:
            archive.add_bytes(name, text)
        for what in (*_PERIOD, *_WHOLE):
            for form in _FORMS:
                file = Path(folder) / f"{what}.{form}"
                wanted = Filters() if what in _WHOLE else filters
                export_snapshot(reader, file, form, what, wanted, progress, groups)
                for each in (file, proof_path(file)):
                    if each.exists():
                        with each.open("rb") as part:
                            archive.add(each.name, part)
                        each.unlink()
        archive.add_bytes("parameters.json", msgspec.json.encode([each._asdict() for each in reader.parameters()]))
        archive.add_bytes("data-dictionary.csv", dictionary())
        archive.add_bytes(SCRIPT, files("streams.audit.bundle").joinpath(SCRIPT).read_bytes())
        manifest = msgspec.json.format(
            msgspec.json.encode(Manifest(FORMAT, start, end, product_version, archive.entries)), indent=1
        )
        _Archive(bundle, []).add_bytes(MANIFEST, manifest)
        if key is not None:
            _Archive(bundle, []).add_bytes(SIGNATURE, key.sign(manifest))
        bundle.comment = b" " * SEAL
        bundle.close()
        _seal(stream)
    return archive.entries


def _seal(stream: BinaryIO) -> None:
    """Write the hash of all bytes before it into the archive's comment, which is its end."""
    size = stream.seek(0, 2) - SEAL
    stream.seek(0)
    found = hashlib.sha256()
    while part := stream.read(min(_PART, size - stream.tell())):
        found.update(part)
    stream.seek(size)
    stream.write(f"sha256={found.hexdigest()}".encode())
