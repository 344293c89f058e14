"""The four formats of an export, each written row by row as the rows come.

A year of a large centre does not fit in memory, so every writer here takes batches and keeps at most one
group of rows.
"""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, Literal, Protocol, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from config.timestamps import from_rfc3339
from streams.columns import Kind
from streams.export.sheets import Sheets
from streams.export.values import json_text, neutral, number_text
from streams.history.chain import FORMS, columns_of, encode, form_of
from streams.history.query import Batch

__all__ = ["FORMATS", "Format", "Writer", "open_writer"]

Format = Literal["csv", "parquet", "xlsx", "jsonl"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

GROUP_ROWS: Final = 50_000
"""Rows of a Parquet row group: large enough to compress, small enough to hold."""


class Writer(Protocol):
    """Takes an export's rows in order."""

    def write(self, batch: Batch) -> None:
        """Append rows."""

    def close(self) -> None:
        """Finish the file; the stream below stays open."""

    def abandon(self) -> None:
        """Give the file up, so that nothing is written to the stream any more; after a fault of it, too."""


def open_writer(form: Format, stream: BinaryIO, columns: Mapping[str, Kind], title: str) -> Writer:
    """A writer of `columns` onto `stream`; `title` names the sheet in XLSX."""
    kinds: Mapping[Format, Callable[[], Writer]] = {
        "csv": lambda: _Csv(stream, columns),
        "parquet": lambda: _Parquet(stream, columns),
        "xlsx": lambda: Sheets(stream, columns, title),
        "jsonl": lambda: _JsonLines(stream, columns),
    }
    return kinds[form]()


class _Csv:
    _TEXT: Final[Mapping[Kind, Callable[[Any], str]]] = {
        "text": neutral,
        "integer": number_text,
        "number": number_text,
        "instant": str,
        "json": json_text,
        "boolean": lambda value: "true" if value else "false",
    }

    def __init__(self, stream: BinaryIO, columns: Mapping[str, Kind]) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._cells = [(column, self._TEXT[kind]) for column, kind in columns.items()]
        self._rows.writerow(columns)

    def write(self, batch: Batch) -> None:
        cells = self._cells
        self._rows.writerows(
            ["" if (value := row[column]) is None else form(value) for column, form in cells] for row in batch
        )

    def close(self) -> None:
        self._text.detach()

    def abandon(self) -> None:
        """Nothing to do: the text's own buffer is dropped with it."""


class _JsonLines:
    """An object a row; a result's has the columns of its own form.

    So an auditor recomputes every hash alike, without knowing the forms: SHA-256 of the RFC 8785 JSON of the
    object without `sources` and `hash`.
    """

    def __init__(self, stream: BinaryIO, columns: Mapping[str, Kind]) -> None:
        self._stream = stream
        self._columns = tuple(columns)
        self._own: dict[int, tuple[str, ...]] = {}
        if "form" in columns:
            self._own = {form: tuple(name for name in columns if name in columns_of(form)) for form in FORMS}

    def write(self, batch: Batch) -> None:
        columns, own = self._columns, self._own
        self._stream.write(b"".join(encode(row, own.get(form_of(row), columns)) + b"\n" for row in batch))

    def close(self) -> None:
        self._stream.flush()

    def abandon(self) -> None:
        """Nothing to do: nothing is held back."""


class _Parquet:
    _TYPES: Final[Mapping[Kind, Any]] = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "instant": pa.timestamp("ms", tz="UTC"),
        "json": pa.string(),
        "boolean": pa.bool_(),
    }
    _VALUES: Final[Mapping[Kind, Callable[[Any], Any]]] = {"instant": from_rfc3339, "json": json_text}

    def __init__(self, stream: BinaryIO, columns: Mapping[str, Kind]) -> None:
        self._kinds = columns
        self._schema = pa.schema([(column, self._TYPES[kind]) for column, kind in columns.items()])
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._group: list[Any] = []
        self._rows = 0

    def write(self, batch: Batch) -> None:
        self._group.append(pa.record_batch([self._array(column, batch) for column in self._kinds], self._schema))
        self._rows += len(batch)
        if self._rows >= GROUP_ROWS:
            self._flush()

    def _array(self, column: str, batch: Batch) -> Any:  # noqa: ANN401 - pyarrow has no types
        kind = self._kinds[column]
        value = self._VALUES.get(kind)
        values = [row[column] for row in batch]
        if value is not None:
            values = [None if cell is None else value(cell) for cell in values]
        return pa.array(values, self._TYPES[kind])

    def _flush(self) -> None:
        if self._group:
            self._writer.write_table(pa.Table.from_batches(self._group, self._schema))
        self._group, self._rows = [], 0

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        self._writer.is_open = False  # else it writes the end of the file when it is dropped
