"""The workbook for people: what each sheet says, and that the sheet of intervals verifies like any export."""

import shutil
import sqlite3
from pathlib import Path

import openpyxl
import pytest
from history_rows import PARAMETERS, a_day, exported

from streams.audit.verify import Summary, verify_export
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.export.readers import read_export
from streams.export.saved_again import ValuesHash
from streams.history.store import Store


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A day of two queues as a workbook for people."""
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        export(store, tmp_path / "day.xlsx", "xlsx", plain=False)
    return tmp_path / "day.xlsx"


def test_it_has_four_sheets_that_people_can_use(book: Path) -> None:
    """Summary, Intervals with a frozen header, a filter and percentages, Incidents, Definitions."""
    found = openpyxl.load_workbook(book)
    assert found.sheetnames == ["Summary", "Intervals", "Incidents", "Definitions"]
    intervals = found["Intervals"]
    assert (intervals.freeze_panes, intervals.auto_filter.ref) == ("A2", "A1:BH1")
    header = [cell.value for cell in intervals[1]]
    level = intervals.cell(2, header.index("service_level") + 1)
    assert (level.number_format, level.value) == ("0.0%", exported(a_day())[0]["service_level"])
    assert intervals.cell(2, header.index("interval_start_local") + 1).value == "2026-03-02T09:00:00+01:00"
    named = {row[0] for row in found["Definitions"].iter_rows(values_only=True)}
    assert {"service_level", "net_staffing", "S1"} <= named


def test_the_summary_adds_the_last_revision_of_each_interval(book: Path) -> None:
    """Counts, verdicts and the service level's two sums of each queue are those of its latest rows."""
    rows = list(openpyxl.load_workbook(book)["Summary"].iter_rows(values_only=True))
    first = next(number for number, row in enumerate(rows) if row[0] == "queue")
    lines = {row[0]: dict(zip(rows[first], row, strict=True)) for row in rows[first + 1 :]}
    latest = {row["interval_start"]: row for row in exported(a_day()) if row["queue"] == "sales"}.values()
    line = lines["sales"]
    assert lines.keys() == {"'+34 soporte", "sales"}
    assert line["intervals"] == len(latest)
    assert line["missing"] == sum(row["status"] == "missing" for row in latest)
    for name in ("offered", "answered", "abandoned"):
        assert line[name] == sum(row[name] or 0 for row in latest)
    # S1: answered within / (answered + abandoned), and those who waited in vain when the interval ended.
    within = sum(row["answered_within"] or 0 for row in latest)
    of = sum(row[name] or 0 for row in latest for name in ("answered", "abandoned", "waiting"))
    assert (line["answered in time"], line["of"], line["service level"]) == (within, of, within / of)


def findings(file: Path) -> tuple[int, bool]:
    """How much is wrong with a workbook, and whether it is taken for one that was saved again."""
    summary = Summary()
    return len(list(verify_export(file, read_proof(proof_path(file)), summary))), summary.saved_again


def test_it_verifies_by_its_chains(book: Path) -> None:
    """An untouched workbook passes as any export does, row for row."""
    assert findings(book) == (0, False)
    assert [found.row for found in read_export(book)] == exported(a_day())


def test_one_of_a_tampered_history_does_not_pass_as_saved_again(book: Path, tmp_path: Path) -> None:
    """Faults of the history itself are found, though the values are those of the sidecar."""
    history = tmp_path / "history.db"
    with sqlite3.connect(history) as connection:
        connection.execute("UPDATE interval_results SET offered = offered + 1 WHERE queue = 'sales' AND position = 4")
    with Store(f"sqlite:///{history}") as store:
        export(store, tmp_path / "again.xlsx", "xlsx", plain=False)
    assert findings(tmp_path / "again.xlsx") == (1, False)
    shutil.copy(proof_path(book), proof_path(tmp_path / "again.xlsx"))
    assert findings(tmp_path / "again.xlsx")[0] > 0


def test_numbers_are_cut_as_a_spreadsheet_cuts_them() -> None:
    """The shortest text of a number is rounded to 15 digits, half up: 83 / 108 ends in …519 in LibreOffice."""
    written, saved, changed = ValuesHash(["level"]), ValuesHash(["level"]), ValuesHash(["level"])
    written.add([{"level": 83 / 108}, {"level": 7}, {"level": ""}])
    saved.add([{"level": 0.768518518518519}, {"level": 7.0}, {"level": None}])
    changed.add([{"level": 0.768518518518518}, {"level": 7}, {"level": None}])
    assert written.values().saved_again(saved.values())
    assert not written.values().saved_again(written.values())
    assert not written.values().saved_again(changed.values())
