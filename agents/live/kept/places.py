"""Files that were read in part: known again by their beginning, and read on behind the rows that were counted."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from agents.live.kept.log import Place
from config.sources.settings import SourceSettings
from config.yaml import Node
from streams.sources.batch import Batch
from streams.sources.merge import Input
from streams.sources.source_format import ReadContext, SourceReader

__all__ = ["ResumedReader", "is_whole", "place_of", "resumed", "same_file", "settings_digest"]

_HEAD: Final = 1 << 16
"""Bytes at the beginning of a file by which it is known again."""


def place_of(path: str, rows: int) -> Place:
    """The place behind so many rows of a file."""
    head = _head(path, _HEAD)
    return Place(rows, len(head), _digest(head), size=_size(path))


def same_file(path: str, place: Place) -> bool:
    """Whether a file begins as the one that a place is of; nobody knows that of standard input and folders."""
    return place.head > 0 and _digest(_head(path, place.head)) == place.digest


def is_whole(path: str, place: Place) -> bool:
    """Whether a file that never grows was read whole up to a place: it begins as it did, and is as long."""
    return place.size == _size(path) and same_file(path, place)


def settings_digest(source: SourceSettings, site_timezone: str) -> str:
    """The digest of what decides about the rows of a source; a file read with another one is read again."""
    told = "\0".join([source.timezone or site_timezone, *_told(source.node)])
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _told(node: Node) -> Iterator[str]:
    """The values of a setting and those below it, in their order."""
    if isinstance(node.value, dict):
        for key, below in node.value.items():
            yield f"{{{key!r}"
            yield from _told(below)
        yield "}"
    elif isinstance(node.value, list):
        for below in node.value:
            yield "["
            yield from _told(below)
        yield "]"
    else:
        yield repr(node.value)


def resumed(given: Input, place: Place, *, grows: bool) -> Input:
    """The input without the rows before a place of it; from its beginning, where another file lies at its path.

    Args:
        given: the input.
        place: how far it was read.
        grows: leave out a last row that may not be complete.
    """
    skip = place.rows if same_file(given.path, place) else 0
    reader = ResumedReader(given.source.reader, skip, whole=grows)
    return given._replace(source=given.source._replace(reader=reader))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1


def _head(path: str, size: int) -> bytes:
    # Packed when it was turned over, a log still begins as it did.
    try:
        with gzip.open(path) if path.endswith(".gz") else Path(path).open("rb") as stream:
            return stream.read(size)
    except (OSError, EOFError, zlib.error):
        return b""


def _digest(head: bytes) -> str:
    return hashlib.blake2b(head, digest_size=16).hexdigest()


class ResumedReader:
    """Reads a file behind the rows that were counted before.

    Args:
        reader: of the source.
        skip: rows to leave out.
        whole: leave out a last row without a line end.
    """

    def __init__(self, reader: SourceReader, skip: int, *, whole: bool) -> None:
        self._reader = reader
        self._skip = skip
        self._whole = whole
        self.rows = 0
        """Rows of the file read so far, those that were left out included."""

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The batches behind the rows to leave out."""
        held: list[Batch] = []
        """The last batch that has rows, and those behind it that have none of their own."""
        for batch in self._reader.read(file, context):
            if batch.read or context.follow:
                yield from held
                held = []
            self.rows += batch.read
            held.append(self._behind(batch))
            if context.follow:
                yield from held
                held = []
        if self._whole and held and held[0].read and not _ends_with_line(file):
            self.rows -= 1
            held = [_up_to(batch, self.rows) for batch in held]
        yield from held

    def _behind(self, batch: Batch) -> Batch:
        """The part of a batch, just read, behind the rows to leave out."""
        first = self.rows - batch.read + 1
        if first > self._skip or not batch.read:
            return batch
        return _part(batch, lambda row: row > self._skip, max(0, self.rows - self._skip))


def _up_to(batch: Batch, last: int) -> Batch:
    return _part(batch, lambda row: row <= last, max(0, batch.read - 1))


def _part(batch: Batch, wanted: Callable[[int], bool], read: int) -> Batch:
    # A row is negative where it counts elsewhere.
    places = [place for place, row in enumerate(batch.rows) if wanted(abs(row))]
    dead = [letter for letter in batch.dead if wanted(letter.row)]
    part = Batch(
        [batch.queues[place] for place in places],
        [batch.records[place] for place in places],
        [batch.rows[place] for place in places],
        dead,
        read,
        joined=batch.joined if read else 0,
        covered=batch.covered if places else set(),
        file=batch.file,
    )
    counted = {row for row in part.rows if row > 0}
    part.filtered = max(0, read - len(counted) - len(dead) - part.joined)
    return part


def _ends_with_line(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            stream.seek(-1, 2)
            return stream.read(1) == b"\n"
    except OSError:
        return True
