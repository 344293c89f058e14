"""The first rows of a file as cells, with what it takes to read them: encoding, delimiter, sheet.

Rows are counted as the readers count them, so that a line found here is the line that `header:` names.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from streams.sources.delimited.tables.header import separator

__all__ = ["MOST_ROWS", "Grid", "decoded", "delimited_grid", "encoding_of"]

MOST_ROWS: Final = 5_000
"""Rows that are looked at."""
_MARKS: Final = (",", ";", "\t", "|", "^", "~")
_SOME: Final = 200
"""Rows from which the delimiter is judged."""
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LETTERS: Final = frozenset("äöüÄÖÜßéèêëáàâãåíìîïóòôõúùûñçÉÈÀÁÍÓÚÑÇœæøØÅØýšžőűłąćęńóśźżč€°\u2013\u2019\u00b4ªº¿¡«»")
_WESTERN: Final = ("windows-1252", "cp850", "mac_roman")


@dataclass(slots=True)
class Grid:
    """The first rows of a file."""

    lines: list[list[str]]
    """Trimmed cells by line; a line without cells is empty."""
    options: dict[str, str] = field(default_factory=dict)
    """Keys of the source that say how it is opened: encoding, delimiter, sheet."""
    notes: dict[str, str] = field(default_factory=dict)
    """By such a key, why."""
    doubts: dict[str, str] = field(default_factory=dict)
    """By such a key, why it may be wrong."""
    typed: bool = False
    """Whether cells begin with the mark of their type."""
    passed: int = 0
    """Lines before the first one here: `sep=;`."""


def encoding_of(head: bytes, *, cut: bool) -> tuple[str, str]:
    """The encoding of a file's first bytes, and why it may be wrong.

    Args:
        head: the bytes.
        cut: whether more follow, so that the last character may be half.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, ""
    if head[1:200:2].count(0) > 80 or (len(head) > 4 and head[1] == head[3] == 0):
        return "utf-16-le", ""
    if head[0:200:2].count(0) > 80:
        return "utf-16-be", ""
    try:
        head[: len(head) - 4 if cut else None].decode("utf-8")
    except UnicodeDecodeError as error:
        if not cut or error.start < len(head) - 8:
            return _without_mark(head)
    return "utf-8", ""


def _without_mark(head: bytes) -> tuple[str, str]:
    """The encoding of text that is no UTF-8, by its letters."""
    runs = re.findall(rb"[\x81-\xfe]+", head)
    pairs = b"".join(runs)
    if all(len(run) % 2 == 0 and all(byte >= 0xA1 for byte in run) for run in runs) and len(pairs) >= 4:
        return "gb18030", ""
    scores = {name: _letters(head, name) for name in _WESTERN}
    best = max(_WESTERN, key=lambda name: scores[name])
    strange = sum(1 for byte in head if byte >= 0x80)
    doubt = "" if scores[best] >= 0.7 * strange else "its letters beyond ASCII fit no encoding well"
    return best, doubt


def _letters(head: bytes, encoding: str) -> int:
    """How many bytes beyond ASCII are usual letters in this encoding."""
    text = head.decode(encoding, errors="replace")
    return sum(1 for letter in text if ord(letter) >= 0x80 and letter in _LETTERS)


def decoded(head: bytes, encoding: str) -> str:
    """The text of a file's first bytes."""
    text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    return text.replace("\0", "").removeprefix("\ufeff")


def delimited_grid(head: bytes, *, cut: bool) -> Grid:
    """The first rows of delimited text.

    Args:
        head: its first bytes.
        cut: whether more follow: then the last line is left out.
    """
    encoding, doubt = encoding_of(head, cut=cut)
    text = decoded(head, encoding)
    if cut and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    grid = Grid([])
    if encoding != "utf-8":
        grid.options["encoding"] = encoding
        grid.notes["encoding"] = "" if encoding.startswith("utf") else "by its letters"
        if doubt:
            grid.doubts["encoding"] = doubt
    first, _, rest = text.partition("\n")
    said = separator(first.strip() + "\n")
    if said is not None:
        grid.lines = _rows(rest, said)
        grid.passed = 1
        return grid
    mark, other = _delimiter(text)
    grid.lines = _rows(text, mark)
    if mark != ",":
        grid.options["delimiter"] = mark
    if other is not None:
        grid.doubts["delimiter"] = f"{other!r} parts its lines as well"
    return grid


def _rows(text: str, mark: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            rows.append([cell.strip() for cell in row])
            if len(rows) >= MOST_ROWS:
                break
    except csv.Error:
        pass  # a cell beyond any length: what was read is enough to look at
    return rows


def _delimiter(text: str) -> tuple[str, str | None]:
    """The delimiter that parts most lines into equally many cells, and another one that does so as well."""
    begin = "\n".join(text.split("\n")[:_SOME])
    scores = {mark: _evenness(_rows(begin, mark)) for mark in _MARKS}
    best = max(_MARKS, key=lambda mark: scores[mark])
    others = [mark for mark in _MARKS if mark != best and scores[mark] >= scores[best] > 0]
    return (best if scores[best] > 0 else ","), (others[0] if others else None)


def _evenness(rows: list[list[str]]) -> float:
    """How well rows are parted: the share of the commonest width, and a little for more cells."""
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]))
    if width < 2:
        return 0.0
    return count / sum(widths.values()) + min(width, 40) / 1000
