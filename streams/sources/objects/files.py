"""The text of a file, a folder of files, or standard input, compressed or not, with the end of each file.

A compressed file that is cut off gives what stands before the cut: its objects count.
"""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from config.errors import UserError
from streams.sources.escapes import ESCAPE
from streams.sources.following import growing
from streams.sources.text import Mark

__all__ = ["End", "file_texts", "object_paths"]

_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class End(NamedTuple):
    """A file is at its end, or for a while nothing was written to it."""

    torn: str = ""
    """How it was found to be cut off, if it was."""
    quiet: bool = False
    """Whether it may go on."""


def file_texts(file: str, encoding: str, *, follow: bool) -> Iterator[str | End]:
    """The text of a file (`-`: standard input) or of all files in a folder, in the order of their paths.

    Bytes that are none of the encoding become half surrogates.

    Raises:
        UserError: it is missing or cannot be read, a folder that shall be followed, or has nothing in it.
    """
    if follow:
        yield from _growing(file, encoding)
        return
    paths = [None] if file == "-" else object_paths(Path(file))
    some = False
    for path in paths:
        try:
            if path is None:
                pieces = _file_texts(sys.stdin.buffer, encoding, "standard input")
            else:
                pieces = _path_texts(path, encoding)
            for piece in pieces:
                some = some or bool(piece.strip(" \t\r\n\ufeff") if isinstance(piece, str) else piece.torn)
                yield piece
        except OSError as error:
            raise UserError(f"{path or 'standard input'}: cannot be read: {error.strerror or error}") from None
    if not some:
        raise UserError(f"{'standard input' if file == '-' else file}: is empty; a JSON object is the least")


def _growing(file: str, encoding: str) -> Iterator[str | End]:
    if Path(file).is_dir():
        raise UserError(f"{file}: is a folder, and only a file can be followed; leave out --follow")
    for piece in growing(file, encoding):
        yield piece if isinstance(piece, str) else End(quiet=piece is Mark.QUIET)
    yield End()


def object_paths(path: Path) -> list[Path]:
    """The file itself, or the files below a folder but hidden ones; Connect and Firehose name folders by date.

    Raises:
        UserError: there is none.
    """
    if not path.is_dir():
        if not path.exists():
            raise UserError(f"{path}: no such file; check the path")
        return [path]
    below = [one for one in path.rglob("*") if one.is_file()]
    found = sorted(one for one in below if not any(part.startswith(".") for part in one.relative_to(path).parts))
    if not found:
        raise UserError(f"{path}: has no file in it; check the path")
    return found


def _path_texts(path: Path, encoding: str) -> Iterator[str | End]:
    with path.open("rb") as stream:
        yield from _file_texts(stream, encoding, str(path))


def _file_texts(stream: BinaryIO, encoding: str, name: str) -> Iterator[str | End]:
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    head = buffered.peek(2)[:2]
    codec = codecs.lookup(encoding).name
    if head in _UTF16 and not codec.startswith("utf-16"):
        raise UserError(f"{name}: begins like UTF-16, and is read as {encoding}; set encoding: utf-16")
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)(errors=ESCAPE)
    source: BinaryIO = gzip.GzipFile(fileobj=buffered) if head == _GZIP else buffered  # type: ignore[assignment]
    torn = ""
    raw = b"-"
    while raw:
        try:
            # One read at a time: what was decompressed before the fault is not thrown away with it.
            raw = source.read1(_PIECE)  # type: ignore[attr-defined]  # both have it
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            torn, raw = f"no complete gzip file ({error})", b""
        try:
            if text := decoder.decode(raw, final=not raw):
                yield text
        except UnicodeError as error:
            raise UserError(f"{name}: is not {encoding} ({error}); set encoding") from None
    yield End(torn)
