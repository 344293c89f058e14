"""A file, a stream or standard input as pieces of text; what is wrong with a whole file is said here, in one line.

A byte that is not of the encoding, or a hole, costs its row alone: it stays in the text as a mark, and who reads rows
refuses that one. Only where many of the first lines have one, or the very first, the whole file is of another kind.
"""

import codecs
import gzip
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO, Final

from config.errors import UserError
from streams.sources.escapes import ESCAPE, ESCAPED

__all__ = ["CUT", "WIDE", "Mark", "fault_of", "input_name", "log_texts", "texts", "unkept", "whole_lines"]

_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WIDE: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
"""Encodings in which NUL bytes are parts of characters."""


CUT: Final = "\0cut off\0"
"""Stands in the text where a compressed file is cut off."""
_HALF: Final = re.compile("[\ud800-\udfff]")
_HEAD_CHARACTERS: Final = 1 << 16
_LEAST_BAD: Final = 3
_BAD_SHARE: Final = 0.02
"""Lines of the head, and their share, from which a file is of another encoding or none of text."""


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


def unkept(text: str) -> bool:
    """Whether a text holds what no database or file keeps: a NUL character, half a surrogate pair."""
    return "\0" in text or (not text.isascii() and _HALF.search(text) is not None)


def fault_of(text: str) -> str:
    """The reason why a row that holds such a thing is refused."""
    if CUT in text:
        return "the file is cut off here, no complete gzip file; copy it again"
    if "\0" in text:
        return "holds a NUL character"
    half = _HALF.search(text)
    if half is not None and ESCAPED[0] <= ord(half[0]) <= ESCAPED[1]:
        return "holds a byte that is not of the source's encoding"
    return "holds half a surrogate pair"


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
    blank = True
    with _opened(source, name) as stream:
        for text in _judged(_decoded(stream, encoding, name, chunk_bytes), encoding, name):
            blank = blank and not text.strip()
            yield text
    if blank:
        raise UserError(f"{name}: is empty; a header line with the columns' names is the least")


def log_texts(source: str | Path | BinaryIO, encoding: str, *, chunk_bytes: int) -> Iterator[str]:
    """The text of a log in pieces, as `texts`; what a crash leaves in one costs its own line, which the reader judges.

    A log may be empty.

    Raises:
        UserError: the file is missing, a folder, unreadable, or in an encoding of other widths.
    """
    name = input_name(source)
    with _opened(source, name) as stream:
        yield from _decoded(stream, encoding, name, chunk_bytes)


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
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror or error}") from None


def _decoded(stream: "BinaryIO | gzip.GzipFile", encoding: str, name: str, chunk_bytes: int) -> Iterator[str]:
    """The text in pieces; bytes that are not of the encoding become half surrogates, where it is none of wide ones."""
    codec = codecs.lookup(encoding).name
    wide = codec in WIDE
    make = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)
    strict, lenient = make(), make(ESCAPE)
    lines, first = 0, True
    for raw, cut in _pieces(stream, name, chunk_bytes):
        if first and not wide and raw.startswith(_UTF16_MARKS):
            raise UserError(f"{name}: begins like UTF-16, and is read as {encoding}; set encoding: utf-16")
        first = False
        state = strict.getstate()
        try:
            text = strict.decode(raw, final=not raw)
        except UnicodeError as error:
            if wide and isinstance(error, UnicodeDecodeError):
                line = lines + error.object[: error.start].count(b"\n") + 1
                raise UserError(_other_encoding(name, line, error.object[error.start], encoding)) from None
            lenient.setstate(state)
            try:
                text = lenient.decode(raw, final=not raw)
            except UnicodeError as fault:  # the codec itself gives up
                problem = f"line {lines + 1} or later: is not {encoding} ({fault})"
                raise UserError(f"{name}: {problem}; set the source's encoding") from None
            strict.setstate(lenient.getstate())
        if wide and "\0" in text:
            raise UserError(f"{name}: holds a NUL character: a binary file; export it as delimited text")
        lines += text.count("\n")
        if text:
            yield text
        if cut:
            yield f"{CUT}\n"


def _pieces(stream: "BinaryIO | gzip.GzipFile", name: str, size: int) -> Iterator[tuple[bytes, str]]:
    """The bytes in pieces, the last one empty; with it how the file was found to be cut off, if it was.

    Raises:
        UserError: a compressed file gives nothing before the cut.
    """
    if not isinstance(stream, gzip.GzipFile):
        while raw := stream.read(size):
            yield raw, ""
        yield b"", ""
        return
    fault, some = "", False
    while True:
        held: list[bytes] = []
        total = 0
        while total < size:
            try:
                # One read at a time: what was decompressed before the fault is not thrown away with it.
                raw = stream.read1(size - total)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                fault = str(error)
                break
            if not raw:
                break
            held.append(raw)
            total += len(raw)
        some = some or total > 0
        if fault and not some:
            raise UserError(f"{name}: is no complete gzip file ({fault}); copy it again")
        if total:
            yield b"".join(held), ""
        if fault or not total:
            yield b"", fault
            return


def _judged(pieces: Iterable[str], encoding: str, name: str) -> Iterator[str]:
    """The same pieces, where the head of the file is text of this encoding.

    Raises:
        UserError: it is not.
    """
    given = iter(pieces)
    size = lines = 0
    for text in given:
        if size < _HEAD_CHARACTERS and unkept(text):
            held = [text]
            size += len(text)
            while size < _HEAD_CHARACTERS and (more := next(given, None)) is not None:
                held.append(more)
                size += len(more)
            _require_text("".join(held).split("\n"), lines, encoding, name)
            yield from held
        else:
            lines += text.count("\n")
            yield text
        size += len(text)


def _require_text(head: Sequence[str], before: int, encoding: str, name: str) -> None:
    bad = [at for at, line in enumerate(head) if unkept(line.replace(CUT, ""))]
    few = len(bad) < _LEAST_BAD or len(bad) < _BAD_SHARE * (before + len(head))
    if not bad or (few and before + bad[0] > 0):
        return
    line, number = head[bad[0]], before + bad[0] + 1
    if "\0" in line:
        raise UserError(f"{name}: line {number} holds a NUL byte: a binary file; export it as delimited text")
    half = _HALF.search(line)
    raise UserError(_other_encoding(name, number, 0 if half is None else ord(half[0]) & 0xFF, encoding))


def _other_encoding(name: str, line: int, byte: int, encoding: str) -> str:
    other = "windows-1252 or gb18030" if codecs.lookup(encoding).name == "utf-8" else "utf-8"
    return f"{name}: line {line}: byte 0x{byte:02x} is not {encoding}; set the source's encoding, for example {other}"


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
