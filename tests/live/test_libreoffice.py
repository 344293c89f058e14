"""Exports in a real spreadsheet: LibreOffice opens them with the right values, times and texts."""

import csv
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from history_rows import PARAMETERS, a_day, exported
from openpyxl.utils import get_column_letter

from intervalwatch.commands.verify import verify
from streams.export.export import export
from streams.export.proof import proof_path
from streams.export.values import COLUMNS, neutral
from streams.history.store import Store

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def office() -> str:
    """The LibreOffice program."""
    found = shutil.which("soffice")
    if found is None:
        reason = "LibreOffice is not installed (no soffice on PATH)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def convert(office: str, file: Path, kind: str, folder: Path) -> Path:
    """The file as LibreOffice saves it in another format."""
    folder.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", kind, "--outdir", folder, file],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / f"{file.stem}.{kind.partition(':')[0]}"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported day."""
    folder = tmp_path_factory.mktemp("sheets")
    with Store(f"sqlite:///{folder / 'history.db'}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        export(store, folder / "day.xlsx", "xlsx")
        export(store, folder / "people.xlsx", "xlsx", plain=False)
    return folder / "day.xlsx"


def test_an_xlsx_export_opens_with_right_values(office: str, sheet: Path, tmp_path: Path) -> None:
    """Numbers are numbers, times are times, and what looks like a formula is text."""
    # Comma, double quotes, UTF-8, from line 1, and cells as they are shown (false: as they are).
    saved = convert(office, sheet, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false", tmp_path)
    with saved.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for cells, row in zip(rows, exported(a_day()), strict=True):
        for column, kind in COLUMNS["intervals"].items():
            value = row[column]
            if value is None:
                assert cells[column] == ""
            elif kind in {"integer", "number"}:
                # A spreadsheet shows 15 digits of a number.
                assert float(cells[column]) == pytest.approx(value, rel=1e-14)
            elif kind == "instant":
                assert datetime.strptime(cells[column], "%Y-%m-%d %H:%M:%S").isoformat() + "Z" == value  # noqa: DTZ007 - UTC
            else:
                assert cells[column] == neutral(value)


def rewritten(file: Path, column: str) -> None:
    """Add one to the last number of a column of the sheet of intervals, as somebody does by hand."""
    book = openpyxl.load_workbook(file)
    cells = next(sheet for sheet in book if sheet.title.casefold() == "intervals")
    place = [cell.value for cell in cells[1]].index(column) + 1
    row = max(cell.row for cell in cells[get_column_letter(place)][1:] if cell.value is not None)
    cells.cell(row, place).value += 1
    book.save(file)


@pytest.mark.parametrize("name", ["day.xlsx", "people.xlsx"])
def test_a_workbook_that_was_saved_again_verifies_by_its_values(
    office: str, sheet: Path, tmp_path: Path, name: str
) -> None:
    """It passes and says that no chain was looked at; a changed number is still found."""
    saved = convert(office, sheet.with_name(name), "xlsx", tmp_path / "again")
    shutil.copy(proof_path(sheet.with_name(name)), proof_path(saved))
    result = CliRunner().invoke(verify, [str(saved)])
    assert result.exit_code == 0, result.output
    assert "26 results of 2 queues, their values those of the sidecar" in result.stdout
    assert "chains and figures (a spreadsheet saved the workbook again)" in result.stdout
    rewritten(saved, "answered")
    assert CliRunner().invoke(verify, [str(saved)]).exit_code == 1
