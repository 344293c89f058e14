"""Sheets of an Excel file, written row by row: a number reads back to itself, and no text is taken for a formula."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.writer.excel import ExcelWriter

from config.errors import UserError
from streams.columns import Kind
from streams.export.values import json_text, neutral
from streams.history.chain import plain
from streams.history.query import Batch

__all__ = ["SHEET_ROWS", "Sheets", "xlsx_text"]

SHEET_ROWS: Final = 1_048_575
"""Rows of an Excel sheet below its header; what does not fit goes on in another sheet."""

_CELL_CHARACTERS: Final = 32_767
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class Sheets:
    """Writes rows to a sheet, and to further ones where it is full.

    Args:
        stream: where to.
        columns: names and kinds.
        title: of the sheet.
        before: names of sheets that stand before it, to be filled by a subclass.
    """

    def __init__(
        self, stream: BinaryIO, columns: Mapping[str, Kind], title: str, *, before: tuple[str, ...] = ()
    ) -> None:
        self._stream = stream
        self.columns = columns
        self._title = title
        self.book = Workbook(write_only=True)
        for name in before:
            self.book.create_sheet(name)
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self.sheet = self.book.create_sheet(self._title if self._sheets == 1 else f"{self._title} {self._sheets}")
        self.sheet.freeze_panes = "A2"
        self.begin()
        self._rows = 0

    def begin(self) -> None:
        """Write the header of the sheet."""
        self.sheet.append(list(self.columns))

    def styled(self, value: Any, column: str, kind: Kind) -> Any:  # noqa: ANN401, ARG002 - what openpyxl takes
        """A cell as it is shown; here as it is."""
        return value

    def write(self, batch: Batch) -> None:
        """Append rows."""
        for row in batch:
            if self._rows == SHEET_ROWS:
                self._begin_sheet()
            self.sheet.append(
                [
                    self.styled(self.cell(row[column], column, kind), column, kind)
                    for column, kind in self.columns.items()
                ]
            )
            self._rows += 1

    def cell(self, value: Any, column: str, kind: Kind) -> Any:  # noqa: ANN401 - what openpyxl takes
        """The value as openpyxl takes it."""
        if value is None or kind in {"integer", "boolean"}:
            return value
        if kind == "number":
            return self._number(plain(float(value)))
        if kind == "instant":
            # A spreadsheet's times have no zone; the column holds UTC, and interval_start_local the offset.
            return datetime.fromisoformat(value).replace(tzinfo=None)
        text = xlsx_text(json_text(value) if kind == "json" else neutral(value))
        if len(text) > _CELL_CHARACTERS:
            raise UserError(
                f"{column}: {len(text)} characters, and a cell of an Excel file holds {_CELL_CHARACTERS}; "
                "use --format csv, parquet or jsonl"
            )
        return text

    def _number(self, number: float) -> Any:  # noqa: ANN401 - a number or a cell
        # openpyxl writes 16 digits, and every third double needs 17 to read back to itself.
        if isinstance(number, int) or float(f"{number:.16g}") == number:
            return number
        cell = WriteOnlyCell(self.sheet, 0)
        cell._value = repr(number)  # noqa: SLF001 - written as it stands, still typed as a number
        return cell

    def close(self) -> None:
        """Finish the file; the stream stays open."""
        self._close_sheets()
        with ZipFile(self._stream, "w", ZIP_DEFLATED) as archive:
            try:
                ExcelWriter(self.book, archive).save()
            except BaseException:
                archive.fp = None  # else it writes the end of the file when it is dropped
                raise

    def abandon(self) -> None:
        """Give the file up."""
        self._close_sheets()

    def _close_sheets(self) -> None:
        """End the temporary files that openpyxl keeps rows in: a sheet that is dropped open prints a traceback."""
        for sheet in self.book.worksheets:
            if not sheet.closed:
                sheet.close()


def xlsx_text(text: str) -> str:
    """Text with the characters that XML cannot hold written as Excel does, `_x000D_`."""
    return _ESCAPED.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
