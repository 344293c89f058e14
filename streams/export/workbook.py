"""A workbook for people: intervals with formats and a filter, and beside them a summary, incidents and definitions.

The columns keep their names, so that the sheet of intervals can be verified like any other export.
"""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Final

from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from copc.service_level import FORMULAS
from streams.columns import RESULTS, Kind
from streams.export.sheets import Sheets, xlsx_text
from streams.export.summary import HEADER, Summary
from streams.export.values import COLUMNS, neutral
from streams.history.query import Batch

__all__ = ["INTERVALS", "Workbook"]

INTERVALS: Final = "Intervals"
"""Name of the sheet, and of those that go on where it is full."""
_UNITS: Final = {column.name: column.unit for column in RESULTS}
_WIDE: Final = {"interval_start": 18, "interval_start_local": 27, "reason": 40, "sources": 40, "hash": 20}
_HEAD: Final = {"font": Font(bold=True), "fill": PatternFill("solid", fgColor="DDE3EA")}


class Workbook(Sheets):
    """Writes intervals as people read them.

    Args:
        stream: where to.
        columns: of the intervals.
        said: what the file is, a name and a value a line.
        summary: fills itself with the rows.
        incidents: their rows, read when the file is closed.
    """

    def __init__(
        self,
        stream: BinaryIO,
        columns: Mapping[str, Kind],
        said: Iterable[tuple[str, Any]],
        summary: Summary,
        incidents: Iterable[Batch],
    ) -> None:
        self._said = said
        self._summary = summary
        self._incidents = incidents
        super().__init__(stream, columns, INTERVALS, before=("Summary",))

    def begin(self) -> None:
        """A sheet with widths, a bold header that stays, and a filter."""
        for place, (column, kind) in enumerate(self.columns.items(), 1):
            width = _WIDE.get(column, 14 if kind == "text" else 12)
            self.sheet.column_dimensions[get_column_letter(place)].width = width
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self.columns))}1"
        self.sheet.append([self._head(name) for name in self.columns])

    def _head(self, text: str) -> Cell:
        cell = WriteOnlyCell(self.sheet, text)
        cell.font, cell.fill = _HEAD["font"], _HEAD["fill"]
        return cell

    def styled(self, value: Any, column: str, kind: Kind) -> Any:  # noqa: ANN401 - what openpyxl takes
        """A ratio as a percentage, seconds and agents with one decimal: shown so, and kept whole."""
        if value is None or kind != "number":
            return value
        cell = value if isinstance(value, Cell) else WriteOnlyCell(self.sheet, value)
        cell.number_format = "0.0%" if _UNITS.get(column) == "ratio" else "0.0"
        return cell

    def write(self, batch: Batch) -> None:
        """Append rows."""
        self._summary.add(batch)
        super().write(batch)

    def close(self) -> None:
        """Add the other sheets, and finish the file."""
        self._add_summary()
        self._add_incidents()
        self._add_definitions()
        super().close()

    def _add_summary(self) -> None:
        self.sheet = self.book["Summary"]
        for place in range(len(HEADER)):
            self.sheet.column_dimensions[get_column_letter(place + 1)].width = 28 if place == 0 else 16
        for name, value in self._said:
            self.sheet.append([self._head(name), xlsx_text(neutral(value)) if isinstance(value, str) else value])
        self.sheet.append([])
        self.sheet.append([self._head(name) for name in HEADER])
        share = HEADER.index("service level")
        for line in self._summary.lines():
            cells = [xlsx_text(neutral(value)) if isinstance(value, str) else value for value in line]
            if line[share] is not None:
                ratio = cells[share] = WriteOnlyCell(self.sheet, line[share])
                ratio.number_format = "0.0%"
            self.sheet.append(cells)

    def _add_incidents(self) -> None:
        kinds = COLUMNS["incidents"]
        self.sheet = self.book.create_sheet("Incidents")
        self.sheet.freeze_panes = "A2"
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(kinds))}1"
        for place, kind in enumerate(kinds.values(), 1):
            self.sheet.column_dimensions[get_column_letter(place)].width = 18 if kind != "number" else 12
        self.sheet.append([self._head(name) for name in kinds])
        for batch in self._incidents:
            for row in batch:
                self.sheet.append([self.cell(row[column], column, kind) for column, kind in kinds.items()])

    def _add_definitions(self) -> None:
        self.sheet = self.book.create_sheet("Definitions")
        self.sheet.freeze_panes = "A2"
        for place, width in enumerate((26, 12, 26, 18, 100), 1):
            self.sheet.column_dimensions[get_column_letter(place)].width = width
        self.sheet.append([self._head(name) for name in ("column", "unit", "title", "标题", "meaning")])
        lines = [(each.name, each.unit, each.title_en, each.title_zh, each.help) for each in RESULTS]
        lines += [(name, "ratio", "Service level", "服务水平", formula) for name, formula in FORMULAS.items()]
        for line in lines:
            cells = [WriteOnlyCell(self.sheet, neutral(text)) for text in line]
            cells[-1].alignment = Alignment(wrap_text=True, vertical="top")
            self.sheet.append(cells)
