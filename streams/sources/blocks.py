"""The cells of a block of rows, by column: as bytes, as texts, or as the different texts and each row's code."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Cells", "Coded", "TextColumn"]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as its different texts, and for each row which of them it has."""

    codes: npt.NDArray[np.int64]
    texts: list[str]
    """Trimmed, so that a text may occur twice."""
    untrimmed: list[str]
    """The same as they came; of a typed column with their marks."""


class TextColumn:
    """One column of a block; what is made of it is made once."""

    def __init__(self, array: pa.Array, *, typed: bool = False) -> None:
        self.array = array
        """Untrimmed, of a typed column with the marks."""
        self.typed = typed
        """Whether texts may begin with the mark of a type (`streams.sources.cell_types`)."""

    def __len__(self) -> int:
        return len(self.array)

    @cached_property
    def coded(self) -> Coded:
        """The different texts and the rows' codes."""
        encoded = self.array.dictionary_encode()
        untrimmed = encoded.dictionary.to_numpy(zero_copy_only=False).tolist()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return Coded(codes, [text.strip() for text in untrimmed], untrimmed)

    def texts(self) -> list[str]:
        """The trimmed texts, row by row."""
        return [text.strip() for text in self.array.to_numpy(zero_copy_only=False).tolist()]

    def text(self, row: int) -> str:
        """The trimmed text of one row."""
        return str(self.array[row].as_py()).strip()

    def some(self, rows: npt.NDArray[np.int64]) -> "TextColumn":
        """The column of some of the rows."""
        return TextColumn(self.array.take(pa.array(rows)), typed=self.typed)

    @cached_property
    def _ends(self) -> npt.NDArray[np.int32]:
        return np.frombuffer(self.array.buffers()[1], dtype=np.int32)[
            self.array.offset : self.array.offset + len(self.array) + 1
        ]

    @cached_property
    def widths(self) -> npt.NDArray[np.int32]:
        """Bytes of each text, untrimmed, in UTF-8."""
        return np.diff(self._ends)

    def matrix(self, rows: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.uint8]:
        """The bytes of rows whose texts are all `width` wide, shape (rows, width)."""
        data = self.array.buffers()[2]
        flat = np.frombuffer(b"" if data is None else data, dtype=np.uint8)
        starts = self._ends[:-1][rows].astype(np.int64)
        if len(rows) and starts[-1] - starts[0] == (len(rows) - 1) * width:  # nothing lies between them
            return np.reshape(flat[starts[0] : starts[0] + len(rows) * width], (len(rows), width))
        found: npt.NDArray[np.uint8] = flat[starts[:, None] + np.arange(width)]
        return found


class Cells:
    """The cells of a block of rows, by column."""

    def __init__(self, columns: Mapping[str, pa.Array], count: int, *, typed: bool = False) -> None:
        self.arrays = columns
        self._columns = {name: TextColumn(array, typed=typed) for name, array in columns.items()}
        self.count = count
        """Rows in the block."""

    def column(self, name: str) -> TextColumn:
        """One column."""
        return self._columns[name]

    def typed(self) -> "Cells":
        """The same cells, whose texts may begin with the mark of a type."""
        return Cells(self.arrays, self.count, typed=True)

    def kept(self, keep: npt.NDArray[np.bool_]) -> "Cells":
        """The cells of some of the rows."""
        mask = pa.array(keep)
        return Cells({name: array.filter(mask) for name, array in self.arrays.items()}, int(keep.sum()))
