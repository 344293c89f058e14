"""A file that is followed as it grows, through every way in which logs are turned over.

A log is renamed and another one takes its place; or it is copied and cut off (and whoever writes it may go on at the
old place, behind a hole of NUL bytes); or it is written anew with the old rows in front. No row is handed on twice, and
none is left out that stood in the file when it was looked at.
"""

import codecs
import os
import stat
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final, Self

from config.errors import UserError
from streams.sources.text import WIDE, Mark

__all__ = ["growing"]

_PIECE: Final = 1 << 20
"""Bytes read at a time."""
_POLL_SECONDS: Final = 0.25
_QUIET_POLLS: Final = 4
"""Polls without a byte after which a file is quiet; one that was renamed is then left for its successor."""
_TAIL: Final = 4096
"""Bytes before the present place by which a file is known again."""


def growing(file: str, encoding: str, errors: str = "strict") -> Iterator[str | Mark]:
    """The text of a file that grows, without end and without byte order marks: what is there, then what is written.

    Args:
        file: the path.
        encoding: a codec Python knows.
        errors: what a byte is that is not of this encoding, as `bytes.decode` has it.

    Raises:
        UserError: the file cannot be used.
    """
    try:
        yield from _growing(file, encoding, errors)
    except FileNotFoundError:
        raise UserError(f"{file}: no such file; check the path") from None
    except UnicodeError as error:
        raise UserError(f"{file}: is not {encoding} ({error}); set encoding") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror or error}") from None


def _growing(file: str, encoding: str, errors: str) -> Iterator[str | Mark]:
    codec = codecs.lookup(encoding).name
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)(errors)
    with _Followed(file, 4 if codec in WIDE else 1) as followed:
        polls = 0
        while True:
            if piece := followed.read():
                polls = 0
                if text := decoder.decode(piece):
                    yield text
                continue
            polls += 1
            if followed.rewritten or (polls > _QUIET_POLLS and followed.replaced()):
                if not followed.restart():
                    decoder.reset()
                    yield Mark.TURNED
                polls = 0
                continue
            if polls == _QUIET_POLLS:
                yield Mark.QUIET
            time.sleep(_POLL_SECONDS)


class _Followed:
    """The file at a path, and how much of it was handed on.

    Args:
        file: the path.
        unit: bytes of a character at most.

    Raises:
        OSError: it cannot be opened.
        UserError: it is no regular file.
    """

    def __init__(self, file: str, unit: int) -> None:
        self._path = Path(file)
        self._unit = unit
        self._stream = self._open()
        self._digest = blake2b()
        self._size = 0
        """Bytes read."""
        self._tail = b""
        """The last of them."""
        self._in_hole = True
        """Whether only NUL bytes were read."""
        self._seen = (0, 0)
        """Size and time of the last change when the file was last looked at."""
        self.rewritten = False
        """Whether what was read does not stand there any longer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def _open(self) -> BinaryIO:
        stream = self._path.open("rb")
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise UserError(
                f"{self._path}: is no regular file, and only such a one can be followed; leave out --follow"
            )
        return stream

    def read(self) -> bytes:
        """The next bytes, if there are any; none where the file was written anew."""
        now = os.fstat(self._stream.fileno())
        seen = (now.st_size, now.st_mtime_ns)
        if seen != self._seen:
            self._seen = seen
            self.rewritten = now.st_size < self._size or self._before() != self._tail
        if self.rewritten:
            return b""
        piece = self._next()
        while self._in_hole and piece:
            # Cut off, and written on at the old place; NUL bytes, of which a wide first character has some of its own.
            hole = (len(piece) - len(piece.lstrip(b"\0"))) // self._unit * self._unit
            self._in_hole = hole == len(piece)
            self._take(piece[:hole])
            piece = self._next()
        self._take(piece)
        return piece

    def _next(self) -> bytes:
        return os.pread(self._stream.fileno(), _PIECE, self._size)

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        self._digest.update(piece)
        self._tail = (self._tail + piece)[-_TAIL:]

    def _before(self) -> bytes:
        return os.pread(self._stream.fileno(), len(self._tail), self._size - len(self._tail))

    def replaced(self) -> bool:
        """Whether another file that holds something lies at the path."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._stream.fileno())
        return there.st_size > 0 and (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino)

    def restart(self) -> bool:
        """Go over to what lies at the path now; whether that begins with all that was read, which is then passed over.

        A file that has just gone again changes nothing.
        """
        if not self.rewritten:
            try:
                stream = self._open()
            except FileNotFoundError:
                return True
            self._stream.close()
            self._stream = stream
        self._seen, self.rewritten = (0, 0), False
        if self._size and self._begins_alike():
            return True
        self._digest, self._size, self._tail, self._in_hole = blake2b(), 0, b"", True
        return False

    def _begins_alike(self) -> bool:
        digest, place = blake2b(), 0
        while place < self._size:
            piece = os.pread(self._stream.fileno(), min(_PIECE, self._size - place), place)
            if not piece:
                return False
            digest.update(piece)
            place += len(piece)
        return digest.digest() == self._digest.digest()
