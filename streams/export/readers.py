"""Reading an exported file back, row by row, to the very values it was written from.

An auditor has only the file; a cell that no longer holds what its column does is a finding with a place,
not a crash.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from zipfile import BadZipFile

import msgspec
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from config.errors import UserError
from config.timestamps import from_rfc3339, rfc3339, to_ms
from streams.columns import HASHED_SINCE, RESULT_COLUMNS, Kind
from streams.export.values import COLUMNS, original, parse_cell
from streams.history.chain import FORMS, columns_of, form_of
from streams.history.query import BATCH_ROWS

__all__ = ["FileRow", "UnreadableRow", "read_export"]

_KINDS: Final[Mapping[str, Kind]] = COLUMNS["intervals"]
_FORMS: Final[dict[int, AbstractSet[str]]] = {form: frozenset(columns_of(form)) for form in FORMS}
_EMPTY: Final[dict[str, Any]] = dict.fromkeys(RESULT_COLUMNS)
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class FileRow(NamedTuple):
    """One row and where it stands."""

    where: str
    """`line 17` as an editor counts, `row 17` of a Parquet file, `intervals row 17` as Excel counts."""
    row: dict[str, Any]


class UnreadableRow(Exception):  # noqa: N818 - a finding about the data, not a failure of the program
    """A row that no longer holds what its columns do; the message says where and what."""


def read_export(path: Path) -> Iterator[FileRow]:
    """The rows of an export of intervals, in the file's order; its format is told from its first bytes.

    Raises:
        UserError: the file is not there, or is no export of intervals.
        UnreadableRow: at the first row whose cells do not hold what they should.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give an exported file") from error
    if head == b"PAR1":
        return _parquet(path)
    if head == b"PK\x03\x04":
        return _xlsx(path)
    return _json_lines(path) if head[:1] in {b"{", b""} else _csv(path)


def _require_columns(path: Path, found: list[Any]) -> None:
    """Refuse a file whose columns are those of no form that this program knows."""
    if len(set(found)) == len(found) and set(found) in _FORMS.values():
        return
    columns = columns_of(max((HASHED_SINCE.get(column, 1) for column in found), default=1))
    absent = [column for column in columns if column not in found]
    extra = [str(column) for column in found if column not in RESULT_COLUMNS]
    what = (
        f"has no column {absent[0]}"
        if absent
        else f"has a column {extra[0]!r} of its own"
        if extra
        else "repeats a column"
    )
    raise UserError(f"{path}: {what}; `verify` reads files that `intervalwatch export` wrote of intervals")


def _csv(path: Path) -> Iterator[FileRow]:
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream)
            header = next(lines)
            _require_columns(path, header)
            kinds = [_KINDS[column] for column in header]
            for cells in lines:
                where = f"line {lines.line_num}"
                if len(cells) != len(header):
                    raise UnreadableRow(f"{where}: {len(cells)} cells, and the header has {len(header)}")
                row = {}
                for column, text, kind in zip(header, cells, kinds, strict=True):
                    try:
                        row[column] = parse_cell(text, kind)
                    except (ValueError, KeyError) as error:
                        raise UnreadableRow(f"{where}, column {column}: {text[:80]!r} is no {kind}") from error
                yield FileRow(where, _EMPTY | row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: is not a text file that can be read ({error})") from error


def _json_lines(path: Path) -> Iterator[FileRow]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            where = f"line {number}"
            try:
                row = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UnreadableRow(f"{where}: is not a JSON object ({error})") from error
            if number == 1:
                _require_columns(path, list(row))
            own = {"form": _typed(where, "form", row.get("form"))}
            columns = _FORMS.get(form_of(own), _KINDS.keys())
            if row.keys() != columns and row.keys() != _KINDS.keys():
                changed = sorted(columns - row.keys()) or sorted(row.keys() - columns)
                raise UnreadableRow(f"{where}: column {changed[0]} was {'added' if changed[0] in row else 'removed'}")
            yield FileRow(where, _EMPTY | {column: _typed(where, column, value) for column, value in row.items()})


def _parquet(path: Path) -> Iterator[FileRow]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: is not a Parquet file that can be read ({error})") from error
    _require_columns(path, file.schema_arrow.names)
    number = 0
    for batch in file.iter_batches(BATCH_ROWS):
        for row in batch.to_pylist():
            number += 1
            where = f"row {number}"
            yield FileRow(where, _EMPTY | {column: _typed(where, column, value) for column, value in row.items()})


def _xlsx(path: Path) -> Iterator[FileRow]:
    with path.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True)
        except (BadZipFile, KeyError, ValueError, OSError) as error:
            raise UserError(f"{path}: is not an Excel file that can be read ({error})") from error
        for sheet in book:
            rows = sheet.iter_rows(values_only=True)
            header = list(next(rows, ()))
            _require_columns(path, header)
            for number, cells in enumerate(rows, 2):
                where = f"{sheet.title} row {number}"
                named = zip(header, cells, strict=False)
                found = {column: _from_sheet(where, column, value) for column, value in named}
                yield FileRow(where, _EMPTY | found)


def _from_sheet(where: str, column: str, value: Any) -> Any:  # noqa: ANN401 - whatever a sheet holds
    if isinstance(value, str):
        value = original(_ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value))
    return _typed(where, column, value)


def _typed(where: str, column: str, value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    """The value as history has it, or UnreadableRow."""
    kind = _KINDS[column]
    if value is None:
        return None
    if isinstance(value, float) and kind == "integer" and value.is_integer():
        return int(value)
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "text": isinstance(value, str),
        "instant": isinstance(value, str | datetime),
    }
    if not fits[kind]:
        raise UnreadableRow(f"{where}, column {column}: {str(value)[:80]!r} is no {kind}")
    return _instant(where, column, value) if kind == "instant" else value


def _instant(where: str, column: str, value: str | datetime) -> str:
    if isinstance(value, str):
        try:
            return rfc3339(from_rfc3339(value))
        except ValueError as error:
            raise UnreadableRow(f"{where}, column {column}: {value[:80]!r} is no instant") from error
    whole = value if value.tzinfo else value.replace(tzinfo=UTC)
    return rfc3339(to_ms(whole))
