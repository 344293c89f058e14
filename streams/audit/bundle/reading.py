"""Checking a bundle: every byte by its own script, then the chains and the arithmetic of the tables in it."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from config.errors import UserError
from streams.audit.bundle.verify_bundle import problems
from streams.audit.findings import Finding, Summary
from streams.audit.journal import verify_journal
from streams.audit.verify import verify_export
from streams.export.proof import Proof, proof_path, read_proof

__all__ = ["heads_of", "is_bundle", "verify_bundle"]

_RESULTS: Final = "intervals.parquet"
_JOURNAL: Final = "journal.parquet"


def is_bundle(path: Path) -> bool:
    """Whether a file is called a bundle; a workbook is an archive as well, and none."""
    return path.suffix.lower() == ".zip"


def verify_bundle(path: Path, public_key: bytes | None, summary: Summary) -> Iterator[Finding]:
    """Check a bundle.

    Args:
        path: of the bundle.
        public_key: PEM of whoever signed it; None: the signature is not looked at, and that is said.
        summary: is filled.

    Yields:
        Every file that was changed; where none was, the first thing that is wrong with each queue and the journal.

    Raises:
        UserError: the file cannot be read, or is no bundle.
    """
    try:
        found = problems(str(path), public_key)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror or error}; name a bundle") from None
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, NotImplementedError, RuntimeError) as error:
        yield Finding(str(path), f"is no whole bundle: {str(error) or type(error).__name__}")
        return
    for line in found:
        name, _, problem = line.rpartition(": ")
        yield Finding(name, problem)
    if found:
        return
    if public_key is None:
        summary.unproved.add("who signed the bundle (--public-key FILE)")
    with tempfile.TemporaryDirectory() as folder:
        results = _taken(path, _RESULTS, Path(folder))
        yield from verify_export(results, read_proof(proof_path(results)), summary)
        journal = _taken(path, _JOURNAL, Path(folder))
        yield from verify_journal(journal, read_proof(proof_path(journal)))


def heads_of(path: Path) -> Proof:
    """The heads of the chains when a bundle was made, to hold a later history against.

    Raises:
        UserError: the file is no bundle.
    """
    with tempfile.TemporaryDirectory() as folder:
        return read_proof(proof_path(_taken(path, _RESULTS, Path(folder))))


def _taken(path: Path, name: str, folder: Path) -> Path:
    """A table and its sidecar, taken out of the bundle under fixed names."""
    try:
        with zipfile.ZipFile(path) as bundle:
            for each in (folder / name, proof_path(folder / name)):
                with bundle.open(each.name) as source, each.open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise UserError(f"{path}: holds no {name} with its sidecar ({error}); name a bundle of intervalwatch") from None
    return folder / name
