"""How the exports of the tests are written, and the parts of the mappings that read them right."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl

__all__ = [
    "HMS",
    "MS",
    "Made",
    "Right",
    "contact_source",
    "interval_source",
    "lasting",
    "mean_of",
    "plan_source",
    "table",
    "workbook",
    "write_exports",
]

Right = dict[str, Any]
Made = tuple[str, bytes, Right]
"""Name of the file, its content, its source."""

HMS: Final = "h:mm:ss"
MS: Final = "m:ss"


def table(
    head: Sequence[str], rows: Iterable[Sequence[object]], mark: str = ",", encoding: str = "utf-8", above: str = "",
    below: str = "", quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n",
) -> bytes:  # fmt: skip
    """A delimited text, with lines above and below it."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=mark, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]  # one of csv's
    if head:
        writer.writerow(head)
    writer.writerows(rows)
    return (above + held.getvalue() + below).encode(encoding)


def workbook(rows: Iterable[Sequence[Any]], title: str = "Sheet1") -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def interval_source(columns: Right, **more: Any) -> Right:
    """The right source of a file of half hours."""
    return {"source": {"format": "csv", "record": "interval", "interval_minutes": 30, **more, "columns": columns}}


def plan_source(columns: Right, **more: Any) -> Right:
    """The right source of a plan in half hours."""
    return {"source": {"format": "csv", "record": "plan", "interval_minutes": 30, **more, "columns": columns}}


def contact_source(columns: Right, **more: Any) -> Right:
    """The right source of a file with a contact a row."""
    return {"source": {"format": "csv", "record": "contact", **more, "columns": columns}}


def mean_of(column: str, count: str, layout: str | None = None) -> Right:
    """A sum that is an average times its count."""
    return {"product": [{"column": column, "duration": layout} if layout else column, count]}


def lasting(column: str, layout: str = HMS) -> Right:
    """A duration in a layout."""
    return {"column": column, "duration": layout}


def write_exports(folder: Path, makes: Iterable[Callable[[], Made]]) -> list[Path]:
    """Write exports, and beside each its right mapping; the files."""
    files = []
    for make in makes:
        name, content, right = make()
        file = folder / name
        file.write_bytes(content)
        file.with_suffix(".right.yaml").write_text(json.dumps(right), encoding="utf-8")
        files.append(file)
    return files
