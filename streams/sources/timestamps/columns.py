"""Columns of texts to columns of instants.

The fixed widths of a format are read a column at a time. Every other different text is read once, as date
and clock where the format can be cut, and remembered from block to block.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from streams.sources.blocks import Coded, TextColumn
from streams.sources.timestamps.fixed_width import Layout
from streams.sources.timestamps.formats import Format, Halves, Moment, Reader, rfc3339_format, strptime_format
from streams.sources.timestamps.typed_cells import read_typed

__all__ = ["Moments", "RowMoments"]

_MOST_KNOWN: Final = 500_000

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RowMoments:
    """The instants of the rows' texts, as parallel arrays."""

    ms: npt.NDArray[np.int64]
    """Milliseconds since 1970: on the wall clock, or in UTC where `fixed`."""
    fixed: Flags
    """Whether the text has an offset of its own."""
    read: Flags
    """Whether there is a text and it could be read."""
    empty: Flags
    """Whether the row says "not reported"."""


class Moments:
    """A reader of instants in one or several formats, the first that fits.

    Args:
        formats: strptime formats, `epoch` or `epoch_ms`; none: RFC 3339, with or without an offset.
        empty: texts that mean "not reported", besides the empty text.
    """

    def __init__(self, formats: Sequence[str], empty: frozenset[str] = frozenset()) -> None:
        self._formats = [_Format(strptime_format(text), empty) for text in formats] or [
            _Format(rfc3339_format(), empty)
        ]
        self.expected = f"the format {' or '.join(formats)}" if formats else "an instant such as 2026-03-02T01:00:00Z"
        """For messages."""
        self._halves = [one.halves for one in self._formats if one.halves is not None]

    def read(self, columns: Sequence[TextColumn]) -> RowMoments:
        """The instants of rows whose text is that of `columns`, joined by a blank; any part empty makes it empty."""
        result = self._read_texts(columns)
        if any(column.typed for column in columns):
            read_typed(columns, self._halves, result.ms, result.fixed, result.read, result.empty)
        return result

    def _read_texts(self, columns: Sequence[TextColumn]) -> RowMoments:
        result = self._formats[0].read(columns)
        for other in self._formats[1:]:
            rows = np.flatnonzero(~result.read & ~result.empty)
            if not len(rows):
                break
            _fill(result, rows, other.read([column.some(rows) for column in columns]))
        return result


class _Format:
    """One format, applied to whole columns."""

    def __init__(self, one: Format, empty: frozenset[str]) -> None:
        self.halves = one.halves
        self._empty = empty
        known = _Known(one.whole)
        halves = one.halves
        if halves is None:
            self._whole = _TextReader(lambda texts: _each(texts, known), one.layouts, empty)
            return
        dates, clocks = _Known(halves.date), _Known(halves.clock)
        self._whole = _TextReader(lambda texts: _parted(texts, halves, dates, clocks, known), one.layouts, empty)
        self._date = _TextReader(lambda texts: _each(texts, dates), (), empty)
        self._clock = _TextReader(lambda texts: _each(texts, clocks), halves.clock_layouts, empty)

    def read(self, columns: Sequence[TextColumn]) -> RowMoments:
        if len(columns) == 1:
            return self._whole.read(columns[0])
        if len(columns) == 2 and self.halves is not None and self.halves.separator == " ":
            first, second = self._date.read(columns[0]), self._clock.read(columns[1])
            return RowMoments(first.ms + second.ms, second.fixed, first.read & second.read, first.empty | second.empty)
        texts, gaps = _joined(columns, self._empty)
        result = _gather(self._whole.function(texts.texts), texts.codes)
        return RowMoments(result.ms, result.fixed, result.read & ~gaps, gaps)


class _TextReader:
    """Reads one column: fixed widths by their layout, other texts each by itself."""

    def __init__(self, function: "_Texts", layouts: Sequence[Layout], empty: frozenset[str]) -> None:
        self.function = function
        self._layouts = layouts
        self._empty = empty

    def read(self, column: TextColumn) -> RowMoments:
        if not self._layouts:
            return self._by_text(column)
        count = len(column)
        ms = np.zeros(count, dtype=np.int64)
        fixed, read = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        result = RowMoments(ms, fixed, read, column.widths == 0)
        present = set(np.unique(column.widths).tolist())
        for layout in self._layouts:
            if layout.width not in present:
                continue
            rows = np.flatnonzero((column.widths == layout.width) & ~read)
            if len(rows):
                texts = column.matrix(rows, layout.width)
                values, good = layout.read(texts)
                for text in self._empty:
                    if len(text.encode()) == layout.width:
                        good &= (texts != np.frombuffer(text.encode(), dtype=np.uint8)).any(axis=1)
                ms[rows], fixed[rows], read[rows] = values, good & layout.fixed, good
        rest = np.flatnonzero(~read & ~result.empty)
        if len(rest):
            _fill(result, rest, self._by_text(column.some(rest)))
        return result

    def _by_text(self, column: TextColumn) -> RowMoments:
        texts = column.coded.texts
        result = self.function(texts)
        empty = np.array([not text or text in self._empty for text in texts], dtype=np.bool_)
        return _gather(RowMoments(result.ms, result.fixed, result.read & ~empty, empty), column.coded.codes)


def _fill(result: RowMoments, rows: npt.NDArray[np.int64], part: RowMoments) -> None:
    result.ms[rows], result.fixed[rows] = part.ms, part.fixed
    result.read[rows], result.empty[rows] = part.read, part.empty


class _Known(dict[str, Moment]):
    """Moments that texts were read to, by text."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def __missing__(self, text: str) -> Moment:
        moment = self[text] = self._reader(text)
        return moment


_Texts = Callable[[list[str]], RowMoments]
"""Reads texts, each by itself; whether one is empty is decided elsewhere."""


def _each(texts: list[str], known: _Known) -> RowMoments:
    if len(known) > _MOST_KNOWN:
        known.clear()
    found = [known[text] for text in texts]
    return RowMoments(
        np.array([moment[0] if moment else 0 for moment in found], dtype=np.int64),
        np.array([moment is not None and moment[1] for moment in found], dtype=np.bool_),
        np.array([moment is not None for moment in found], dtype=np.bool_),
        np.zeros(len(found), dtype=np.bool_),
    )


def _parted(texts: list[str], halves: Halves, dates: _Known, clocks: _Known, whole: _Known) -> RowMoments:
    """Texts read by date and clock, and as a whole where more or fewer separators leave the cut in doubt."""
    parts = [halves.cut(text) for text in texts]
    found = []
    for side, known in ((0, dates), (1, clocks)):
        codes, different = pd.factorize(np.array([part[side] for part in parts], dtype=object))
        found.append(_gather(_each(different.tolist(), known), codes))
    first, second = found
    result = RowMoments(first.ms + second.ms, second.fixed.copy(), first.read & second.read, second.empty)
    if halves.separator:
        doubtful = [
            place
            for place in np.flatnonzero(~result.read).tolist()
            if texts[place].count(halves.separator) != halves.separators
        ]
        _fill(result, np.array(doubtful, dtype=np.int64), _each([texts[place] for place in doubtful], whole))
    return result


def _gather(texts: RowMoments, codes: npt.NDArray[np.int64]) -> RowMoments:
    return RowMoments(texts.ms[codes], texts.fixed[codes], texts.read[codes], texts.empty[codes])


def _joined(columns: Sequence[TextColumn], empty: frozenset[str]) -> tuple[Coded, Flags]:
    """Several columns as one, their texts joined by a blank, and the rows of which any part is empty."""
    first, *others = (column.coded for column in columns)
    codes, texts = first.codes, first.texts
    gaps = _gaps(first, empty)
    for other in others:
        gaps |= _gaps(other, empty)
        codes, pairs = pd.factorize(codes * len(other.texts) + other.codes)
        texts = [f"{texts[pair // len(other.texts)]} {other.texts[pair % len(other.texts)]}" for pair in pairs.tolist()]
    return Coded(codes, texts, texts), gaps


def _gaps(column: Coded, empty: frozenset[str]) -> Flags:
    return np.array([not text or text in empty for text in column.texts], dtype=np.bool_)[column.codes]
