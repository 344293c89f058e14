"""Reading an exported file back, row by row, to the very values it was written from.

An auditor has only the file; a cell that no longer holds what its column does is a finding with a place,
not a crash.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
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
from streams.columns import HASHED_SINCE, Kind
from streams.export.values import COLUMNS, What, original, parse_cell
from streams.history.chain import FORMS, columns_of, form_of
from streams.history.query import BATCH_ROWS

__all__ = ["FileRow", "UnreadableRow", "read_export"]

_FORMS: Final[dict[int, AbstractSet[str]]] = {form: frozenset(columns_of(form)) for form in FORMS}
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class FileRow(NamedTuple):
    """One row and where it stands."""

    where: str
    """`line 17` as an editor counts, `row 17` of a Parquet file, `intervals row 17` as Excel counts."""
    row: dict[str, Any]


class _Table(NamedTuple):
    """The table that a file is to hold."""

    what: What
    kinds: Mapping[str, Kind]
    forms: Mapping[int, AbstractSet[str]]
    """By form of a row, the columns of a file of such rows; of a table without forms, those of form 1."""

    def columns(self, form: int) -> AbstractSet[str]:
        """The columns of a row of a form."""
        return self.forms.get(form, self.kinds.keys())

    def row(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """A row with all columns, those empty that its form does not have."""
        return {**dict.fromkeys(self.kinds), **found}


class UnreadableRow(Exception):  # noqa: N818 - a finding about the data, not a failure of the program
    """A row that no longer holds what its columns do; the message says where and what."""


def read_export(path: Path, what: What = "intervals") -> Iterator[FileRow]:
    """The rows of an export, in the file's order; its format is told from its first bytes.

    Args:
        path: the file.
        what: the table that it is to hold.

    Raises:
        UserError: the file is not there, or is no export of that table.
        UnreadableRow: at the first row whose cells do not hold what they should.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give an exported file") from error
    kinds = COLUMNS[what]
    table = _Table(what, kinds, _FORMS if what == "intervals" else {1: kinds.keys()})
    if head == b"PAR1":
        return _parquet(path, table)
    if head == b"PK\x03\x04":
        return _xlsx(path, table)
    return _json_lines(path, table) if head[:1] in {b"{", b""} else _csv(path, table)


def _require_columns(path: Path, table: _Table, found: list[Any]) -> None:
    """Refuse a file whose columns are those of no form that this program knows."""
    if len(set(found)) == len(found) and set(found) in table.forms.values():
        return
    columns: Iterable[str] = table.kinds
    if table.what == "intervals":
        columns = columns_of(max((HASHED_SINCE.get(column, 1) for column in found), default=1))
    absent = [column for column in columns if column not in found]
    extra = [str(column) for column in found if column not in table.kinds]
    what = (
        f"has no column {absent[0]}"
        if absent
        else f"has a column {extra[0]!r} of its own"
        if extra
        else "repeats a column"
    )
    said = "intervals" if table.what == "intervals" else f"--what {table.what}"
    raise UserError(f"{path}: {what}; `verify` reads files that `intervalwatch export` wrote of {said}")


def _csv(path: Path, table: _Table) -> Iterator[FileRow]:
    csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream)
            header = next(lines)
            _require_columns(path, table, header)
            kinds = [table.kinds[column] for column in header]
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
                yield FileRow(where, table.row(row))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: is not a text file that can be read ({error})") from error


def _json_lines(path: Path, table: _Table) -> Iterator[FileRow]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            where = f"line {number}"
            try:
                row = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UnreadableRow(f"{where}: is not a JSON object ({error})") from error
            if number == 1:
                _require_columns(path, table, list(row))
            columns = table.columns(1)
            if "form" in table.kinds:
                columns = table.columns(form_of({"form": _typed(where, "form", row.get("form"), table.kinds["form"])}))
            if row.keys() != columns and row.keys() != table.kinds.keys():
                changed = sorted(columns - row.keys()) or sorted(row.keys() - columns)
                raise UnreadableRow(f"{where}: column {changed[0]} was {'added' if changed[0] in row else 'removed'}")
            yield FileRow(where, table.row(_typed_row(where, table, row)))


def _parquet(path: Path, table: _Table) -> Iterator[FileRow]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path}: is not a Parquet file that can be read ({error})") from error
    _require_columns(path, table, file.schema_arrow.names)
    number = 0
    for batch in file.iter_batches(BATCH_ROWS):
        for row in batch.to_pylist():
            number += 1
            where = f"row {number}"
            yield FileRow(where, table.row(_typed_row(where, table, row)))


def _xlsx(path: Path, table: _Table) -> Iterator[FileRow]:
    with path.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True)
        except (BadZipFile, KeyError, ValueError, OSError) as error:
            raise UserError(f"{path}: is not an Excel file that can be read ({error})") from error
        # A workbook for people has other sheets beside those of the table.
        for sheet in [sheet for sheet in book if sheet.title.casefold().startswith(table.what)] or book:
            rows = sheet.iter_rows(values_only=True)
            header = list(next(rows, ()))
            _require_columns(path, table, header)
            for number, cells in enumerate(rows, 2):
                where = f"{sheet.title} row {number}"
                named = zip(header, cells, strict=False)
                found = {column: _from_sheet(where, column, value, table.kinds[column]) for column, value in named}
                yield FileRow(where, table.row(found))


def _from_sheet(where: str, column: str, value: Any, kind: Kind) -> Any:  # noqa: ANN401 - whatever a sheet holds
    if isinstance(value, str):
        value = original(_ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value))
    return _typed(where, column, value, kind)


def _typed_row(where: str, table: _Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _typed(where, column, value, table.kinds[column]) for column, value in row.items()}


def _typed(where: str, column: str, value: Any, kind: Kind) -> Any:  # noqa: ANN401 - whatever a file holds
    """The value as history has it, or UnreadableRow."""
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
