"""Exports in a real spreadsheet: LibreOffice opens them with the right values, times and texts."""

import csv
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from history_rows import a_day, exported

from streams.export.export import export
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
        export(store, folder / "day.xlsx", "xlsx")
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
