"""A file, a stream or standard input as pieces of text; what is wrong with a whole file is said here, in one line."""

import codecs
import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO, Final

from config.errors import UserError

__all__ = ["WIDE", "Mark", "input_name", "log_texts", "texts", "whole_lines"]

_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WIDE: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
"""Encodings in which NUL bytes are parts of characters."""


class Mark(Enum):
    """A mark that may stand between the pieces of a file that is followed."""

    QUIET = auto()
    """Nothing was written for a while."""
    TURNED = auto()
    """The next piece is another file's, or the same one's that was written anew."""


def input_name(source: str | Path | BinaryIO) -> str:
    """The name of an input in messages: its path, or `standard input`."""
    if isinstance(source, str | Path):
        return "standard input" if str(source) == "-" else str(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) and name != "<stdin>" else "standard input"


def texts(source: str | Path | BinaryIO, encoding: str, *, chunk_bytes: int) -> Iterator[str]:
    """The text of an input in pieces of about `chunk_bytes`, without a byte order mark.

    Args:
        source: a path (`-`: standard input; ending in .gz: decompressed), or a binary stream, which is not closed.
        encoding: a codec Python knows.
        chunk_bytes: how much is read at a time.

    Raises:
        UserError: the file is missing, a folder, unreadable, binary, not in this encoding, or empty.
    """
    name = input_name(source)
    with _opened(source, name) as stream:
        yield from _decoded(stream, encoding, name, chunk_bytes)


def log_texts(source: str | Path | BinaryIO, encoding: str, *, chunk_bytes: int) -> Iterator[str]:
    """The text of a log in pieces, as `texts`; what a crash leaves in one costs its own line, which the reader judges.

    A log may be empty. NUL characters stay, and a byte that is not of this encoding is half a surrogate pair.

    Raises:
        UserError: the file is missing, a folder, unreadable, or in an encoding of other widths.
    """
    name = input_name(source)
    codec = codecs.lookup(encoding).name
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)(errors="surrogateescape")
    with _opened(source, name) as stream:
        raw = stream.read(chunk_bytes)
        if codec not in WIDE and raw.startswith(_UTF16_MARKS):
            raise UserError(f"{name}: begins like UTF-16, and is read as {encoding}; set encoding: utf-16")
        while raw:
            try:
                text = decoder.decode(raw)
            except UnicodeError as error:
                raise UserError(f"{name}: is not {encoding} ({error}); set encoding") from None
            if text:
                yield text
            raw = stream.read(chunk_bytes)


@contextmanager
def _opened(source: str | Path | BinaryIO, name: str) -> Iterator["BinaryIO | gzip.GzipFile"]:
    """The bytes of an input.

    Raises:
        UserError: they cannot be read.
    """
    try:
        if not isinstance(source, str | Path):
            yield source
        elif str(source) == "-":
            yield sys.stdin.buffer
        else:
            path = Path(source)
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
                yield stream
    except FileNotFoundError:
        raise UserError(f"{name}: no such file; check the path") from None
    except IsADirectoryError:
        raise UserError(f"{name}: is a folder; name a file in it") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{name}: is no complete gzip file ({error}); copy it again") from None
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror or error}") from None


def _decoded(stream: "BinaryIO | gzip.GzipFile", encoding: str, name: str, chunk_bytes: int) -> Iterator[str]:
    codec = codecs.lookup(encoding).name
    wide = codec in WIDE
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)()
    lines = 0
    blank = True
    first = True
    while True:
        raw = stream.read(chunk_bytes)
        if first and not wide and raw.startswith(_UTF16_MARKS):
            raise UserError(f"{name}: begins like UTF-16, and is read as {encoding}; set encoding: utf-16")
        if not wide and b"\0" in raw:
            line = lines + raw[: raw.index(b"\0")].count(b"\n") + 1
            raise UserError(f"{name}: line {line} holds a NUL byte: a binary file; export it as delimited text")
        first = False
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            line = lines + error.object[: error.start].count(b"\n") + 1
            other = "windows-1252 or gb18030" if codec == "utf-8" else "utf-8"
            raise UserError(
                f"{name}: line {line}: byte 0x{error.object[error.start]:02x} is not {encoding}; "
                f"set the source's encoding, for example {other}"
            ) from None
        if wide and "\0" in text:
            raise UserError(f"{name}: holds a NUL character: a binary file; export it as delimited text")
        blank = blank and not text.strip()
        lines += text.count("\n")
        if text:
            yield text
        if not raw:
            break
    if blank:
        raise UserError(f"{name}: is empty; a header line with the columns' names is the least")


def whole_lines(pieces: Iterable[str | Mark]) -> Iterator[str | Mark]:
    """The same text in pieces that end with a line feed, but for the last of a file."""
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, Mark):
            if piece is Mark.TURNED and parts:
                yield "".join([*parts, "\n"])
                parts = []
            yield piece
            continue
        end = piece.rfind("\n") + 1
        if end:
            parts.append(piece[:end])
            yield "".join(parts)
            parts = [piece[end:]] if end < len(piece) else []
        else:
            parts.append(piece)
    if rest := "".join(parts):
        yield rest
