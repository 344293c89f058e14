"""Exports in four formats that carry equal values, and their proofs."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from history_rows import PARAMETERS, a_day, chained, exported, result

from config.errors import UserError
from streams.columns import RESULT_COLUMNS
from streams.export import sheets
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.export.sheets import xlsx_text
from streams.export.values import COLUMNS
from streams.export.writers import FORMATS, Format, open_writer
from streams.history.query import Filters, Link
from streams.history.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A history with one day of two queues."""
    made = Store(f"sqlite:///{tmp_path / 'history.db'}")
    made.write_results(a_day())
    made.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
    return made


def test_csv_has_the_reference_s_columns_in_order(store: Store, tmp_path: Path) -> None:
    """A header, rows per queue in order of publication, empty cells for what is not reported, no formula."""
    file = tmp_path / "day.csv"
    assert export(store, file, "csv") == 26
    with file.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.reader(opened))
    assert tuple(rows[0]) == RESULT_COLUMNS
    first = dict(zip(rows[0], rows[1], strict=True))
    assert first["queue"] == "'+34 soporte"
    assert first["plan_version"] == "'=w10"
    assert first["interval_start"] == "2026-03-02T08:00:00Z"
    assert first["threshold_seconds"] == "7.5"
    gap = next(row for row in rows if "missing" in row)
    assert gap[RESULT_COLUMNS.index("offered")] == ""


def test_json_lines_are_the_hashed_values(store: Store, tmp_path: Path) -> None:
    """A JSON Lines row holds exactly what its hash covers, in the reference's order."""
    file = tmp_path / "day.jsonl"
    export(store, file, "jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == exported(a_day())
    assert tuple(lines[0]) == RESULT_COLUMNS
    assert '"threshold_seconds":20,' in file.read_text().splitlines()[-1]


def test_parquet_has_types(store: Store, tmp_path: Path) -> None:
    """Counts are nullable integers, figures doubles, instants UTC timestamps, and pandas agrees."""
    file = tmp_path / "day.parquet"
    export(store, file, "parquet")
    table = pq.read_table(file)
    assert tuple(table.column_names) == RESULT_COLUMNS
    assert table.schema.field("offered").type == pa.int64()
    assert table.schema.field("service_level").type == pa.float64()
    assert table.schema.field("interval_start").type == pa.timestamp("ms", tz="UTC")
    values = [
        {**row, "interval_start": row["interval_start"].isoformat().replace("+00:00", "Z")} for row in table.to_pylist()
    ]
    assert values == exported(a_day())
    frame = pd.read_parquet(file)
    assert str(frame["interval_start"].dtype) == "datetime64[ms, UTC]"
    assert frame["offered"].sum() == sum(row["offered"] or 0 for row in a_day())


def test_xlsx_opens_with_types_and_every_digit(store: Store, tmp_path: Path) -> None:
    """Numbers are numbers to the last digit, times are times in UTC, formulas are text."""
    file = tmp_path / "day.xlsx"
    export(store, file, "xlsx")
    sheet = openpyxl.load_workbook(file)["intervals"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == RESULT_COLUMNS
    for cells, row in zip(rows, exported(a_day()), strict=True):
        found = dict(zip(RESULT_COLUMNS, cells, strict=True))
        start = found.pop("interval_start")
        assert start == datetime.fromisoformat(row.pop("interval_start")).replace(tzinfo=None)
        for column, kind in COLUMNS["intervals"].items():
            if kind in {"integer", "number"}:
                assert found[column] == row[column], column
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].value == "'+34 soporte"
    frame = pd.read_excel(file)
    assert str(frame["interval_start"].dtype).startswith("datetime64")
    assert frame["offered"].sum() == sum(row["offered"] or 0 for row in a_day())


def test_xlsx_goes_on_in_another_sheet(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that do not fit an Excel sheet continue in the next, under the same header."""
    monkeypatch.setattr(sheets, "SHEET_ROWS", 10)
    file = tmp_path / "day.xlsx"
    export(store, file, "xlsx")
    book = openpyxl.load_workbook(file, read_only=True)
    assert book.sheetnames == ["intervals", "intervals 2", "intervals 3"]
    assert [sum(1 for _ in sheet.iter_rows()) for sheet in book] == [11, 11, 7]


def test_xlsx_refuses_what_a_cell_cannot_hold() -> None:
    """A text too long for a cell is an error that names the column and the way out, never cut."""
    writer = open_writer("xlsx", io.BytesIO(), {"reason": "text"}, "t")
    with pytest.raises(UserError, match=r"reason: 40000 characters.*--format csv"):
        writer.write([{"reason": "x" * 40_000}])


def test_xlsx_escapes_what_xml_cannot_hold() -> None:
    """Control characters are written as Excel writes them, and text that looks so is told apart."""
    assert xlsx_text("a\rb\x00") == "a_x000D_b_x0000_"
    assert xlsx_text("_x000D_") == "_x005F_x000D_"
    assert xlsx_text("tab\tline\nunder_score") == "tab\tline\nunder_score"


def test_the_proof_names_what_is_left_out(store: Store, tmp_path: Path) -> None:
    """The sidecar holds each left-out row's start, revision and hashes, every head and the parameters."""
    file = tmp_path / "day.csv"
    export(store, file, "csv", filters=Filters(queue="sales", start="2026-03-02T09:00:00Z", latest_only=True))
    proof = read_proof(proof_path(file))
    rows = [row for row in exported(a_day()) if row["queue"] == "sales"]
    assert proof.rows == 10
    assert {queue: (head.results, head.exported) for queue, head in proof.heads.items()} == {
        "+34 soporte": (12, False),
        "sales": (14, True),
    }
    assert proof.heads["sales"].last_hash == rows[-1]["hash"]
    left_out = [(0, rows[0]), (1, rows[1]), (3, rows[3]), (8, rows[8])]
    assert proof.links("sales") == [
        Link(n, row["interval_start"], row["revision"], row["previous_hash"], row["hash"]) for n, row in left_out
    ]
    assert proof.links("+34 soporte") == []
    assert [version.content for version in proof.versions()] == [PARAMETERS]
    plain: dict[str, Any] = json.loads(proof_path(file).read_text())
    assert plain["filters"] == {
        "from": "2026-03-02T09:00:00Z",
        "to": None,
        "program": None,
        "queue": "sales",
        "latest_only": True,
    }


def test_retired_rows_are_in_the_proof(store: Store, tmp_path: Path) -> None:
    """Rows that retention removed have their links in the sidecar."""
    store.retain("2026-03-02T09:00:00Z")
    file = tmp_path / "day.parquet"
    assert export(store, file, "parquet") == 22
    assert [link.position for link in read_proof(proof_path(file)).links("sales")] == [0, 1]


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_export_is_a_file_with_columns(store: Store, tmp_path: Path, form: Format) -> None:
    """No row is still a file that opens, with its header (JSON Lines: no line)."""
    file = tmp_path / f"none.{form}"
    assert export(store, file, form, filters=Filters(end="2020-01-01T00:00:00Z")) == 0
    assert file.exists()


def test_nothing_is_left_of_an_export_that_failed(store: Store, tmp_path: Path) -> None:
    """An export that cannot be finished leaves neither a file nor half of one, and an old one as it was."""
    store.write_results(chained([result("wide", 0, reason="x" * 40_000)]))
    file = tmp_path / "day.xlsx"
    file.write_text("yesterday's")
    with pytest.raises(UserError, match="reason: 40000"):
        export(store, file, "xlsx")
    assert file.read_text() == "yesterday's"
    assert {path.name for path in tmp_path.iterdir() if "day" in path.name} == {"day.xlsx"}


def test_an_output_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    """A folder that is not there is named."""
    with pytest.raises(UserError, match=r"none/day.csv: cannot be written \(No such file"):
        export(store, tmp_path / "none" / "day.csv", "csv")


def test_evaluations_are_exported_as_they_stand(store: Store, tmp_path: Path) -> None:
    """One row an evaluation in every format, its latest copy, with checks as JSON in the cell."""
    checks = [{"name": "greeting", "family": "end_user", "passed": None}]
    sheet = dict.fromkeys(COLUMNS["evaluations"]) | {
        "evaluation_id": "e1",
        "queue": "sales",
        "handled_at": "2026-03-02T09:00:00Z",
        "evaluated_at": "2026-03-02T10:00:00Z",
        "selection": "random",
        "checks": checks,
    }
    later = sheet | {"evaluated_at": "2026-03-03T10:00:00Z"}
    store.write_evaluations([sheet, later])
    for form in FORMATS:
        assert export(store, tmp_path / f"e.{form}", form, "evaluations") == 1
    assert json.loads((tmp_path / "e.jsonl").read_text()) == later
    assert json.loads(next(csv.DictReader((tmp_path / "e.csv").open()))["checks"]) == checks


def test_the_other_tables(store: Store, tmp_path: Path) -> None:
    """Breaches have causes as JSON in the cell (nested in JSON Lines); dead letters have no proof."""
    causes = [{"cause": "volume", "effect": -0.09}]
    opened = dict.fromkeys(COLUMNS["breaches"]) | {
        "breach_id": "b1",
        "sequence": 1,
        "state": "opened",
        "interval_start": "2026-03-02T09:00:00Z",
        "causes": causes,
        "live": False,
        "observed": 0.5,
    }
    store.write_breaches([opened])
    store.write_dead_letters(
        [{"topic": "a.csv", "partition": None, "offset": 3, "reason": "=x", "value": '{"q":"é"}'.encode()}]
    )
    for form in FORMATS:
        assert export(store, tmp_path / f"b.{form}", form, "breaches") == 1
        assert export(store, tmp_path / f"d.{form}", form, "dead-letters") == 1
        assert export(store, tmp_path / f"e.{form}", form, "evaluations") == 0
    assert json.loads((tmp_path / "b.jsonl").read_text()) == opened
    cells = next(csv.DictReader((tmp_path / "b.csv").open()))
    assert json.loads(cells["causes"]) == causes
    assert (cells["live"], cells["observed"], cells["queue"]) == ("false", "0.5", "")
    assert pq.read_table(tmp_path / "b.parquet").to_pylist()[0]["interval_start"] == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert next(csv.reader((tmp_path / "d.csv").read_text().splitlines()[1:])) == ["a.csv", "", "3", "'=x", '{"q":"é"}']
    assert not proof_path(tmp_path / "d.csv").exists()


def test_a_proof_that_is_none(tmp_path: Path) -> None:
    """A missing, foreign or other version's sidecar is named with what to do."""
    with pytest.raises(UserError, match=r"a.csv.proof.json: not found.*keep the two files together"):
        read_proof(proof_path(tmp_path / "a.csv"))
    other = tmp_path / "b.proof.json"
    for content in ("", "{}", "[1]", "nonsense"):
        other.write_text(content)
        with pytest.raises(UserError, match=r"b.proof.json: is not the proof"):
            read_proof(other)
    other.write_text(
        '{"format":"x","filters":{"from":null,"to":null,"program":null,"queue":null,"latest_only":false},'
        '"rows":0,"heads":{},"parameters":[],"left_out":{}}'
    )
    with pytest.raises(UserError, match="has the format 'x'"):
        read_proof(other)
