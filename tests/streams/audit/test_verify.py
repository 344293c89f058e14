"""Verification: an untouched history or export passes, and each kind of tampering is found at its place."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from history_rows import PARAMETERS, a_day, chained, exported, result, settings
from rule_rows import breach

from config.errors import UserError
from streams.audit.findings import Summary
from streams.audit.verify import verify_export, verify_history
from streams.columns import FORM
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.export.readers import read_export
from streams.export.values import COLUMNS
from streams.export.writers import FORMATS, Format, open_writer
from streams.history.chain import GENESIS_HASH, columns_of, content_hash, row_hash
from streams.history.query import Filters
from streams.history.store import Store

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with one day of two queues; copied before it is touched."""
    file = tmp_path_factory.mktemp("history") / "history.db"
    with Store(f"sqlite:///{file}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        later = [{**own, "service_level": {**own["service_level"], "definition": "S2"}} for own in PARAMETERS]
        store.write_parameters("2026-04", "2026-04-01T00:00:00Z", later)
    return file


@pytest.fixture
def history(original: Path, tmp_path: Path) -> Path:
    """A copy of the history."""
    return Path(shutil.copy(original, tmp_path / "history.db"))


def check(history: Path, sidecar: Path | None = None) -> list[str]:
    """The findings of a verification of a history."""
    with Store(f"sqlite:///{history}", create=False) as store, store.reading() as reader:
        anchors = None if sidecar is None else read_proof(sidecar)
        return [str(finding) for finding in verify_history(reader, Summary(), anchors)]


def check_file(file: Path) -> list[str]:
    """The findings of a verification of an exported file."""
    return [str(finding) for finding in verify_export(file, read_proof(proof_path(file)), Summary())]


def exporting(history: Path, file: Path, form: Format, **filters: Any) -> None:
    """Export a history."""
    with Store(f"sqlite:///{history}", create=False) as store:
        export(store, file, form, filters=Filters(**filters))


SALES = "queue = 'sales' AND position ="
TAMPERED_DATABASES: dict[str, tuple[list[str], str, list[str]]] = {
    "a count": (
        [f"UPDATE interval_results SET answered_within = answered_within + 5 WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1 (number 5 of its queue)",
        ["does not give its hash", "service_level is 0.788990826, and its counts give 0.834862385"],
    ),
    "a ratio": (
        [f"UPDATE interval_results SET service_level = 0.95 WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not give its hash", "service_level is 0.95, and its counts give"],
    ),
    "a hash": (
        [f"UPDATE interval_results SET hash = '{'ab' * 32}' WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not give its hash"],
    ),
    "a previous hash": (
        [f"UPDATE interval_results SET previous_hash = '{'ab' * 32}' WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not follow the result before it", "does not give its hash"],
    ),
    "a reason": (
        [f"UPDATE interval_results SET reason = 'late plan' WHERE {SALES} 8"],
        "queue 'sales', interval 2026-03-02T09:30:00Z, revision 2 (number 9",
        ["does not give its hash"],
    ),
    "a deleted row": (
        [f"DELETE FROM interval_results WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:30:00Z, revision 1",
        ["number 5 of the queue is missing before it", "does not follow"],
    ),
    "a deleted row, the rest moved up": (
        [
            f"DELETE FROM interval_results WHERE {SALES} 4",
            *(f"UPDATE interval_results SET position = {n - 1} WHERE {SALES} {n}" for n in range(5, 14)),
            "UPDATE chain_heads SET results = 13 WHERE queue = 'sales'",
        ],
        "queue 'sales', interval 2026-03-02T10:30:00Z, revision 1 (number 5",
        ["does not follow the result before it", "deleted"],
    ),
    "a deleted correction": (
        [f"DELETE FROM interval_results WHERE {SALES} 8"],
        "queue 'sales', interval 2026-03-02T12:00:00Z, revision 1",
        ["number 9 of the queue is missing"],
    ),
    "a form that the row does not have": (
        [f"UPDATE interval_results SET form = NULL WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not give its hash"],
    ),
    "a form of a later program": (
        [f"UPDATE interval_results SET form = {FORM + 1} WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        [f"is of form {FORM + 1}, which cannot be checked: this program knows forms up to {FORM}"],
    ),
    "a form that is none": (
        [f"UPDATE interval_results SET form = 'x' WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["is of form x, which cannot be checked"],
    ),
    "swapped rows": (
        [
            f"UPDATE interval_results SET position = 99 WHERE {SALES} 4",
            f"UPDATE interval_results SET position = 4 WHERE {SALES} 6",
            f"UPDATE interval_results SET position = 6 WHERE {SALES} 99",
        ],
        "queue 'sales', interval 2026-03-02T11:00:00Z, revision 1 (number 5",
        ["does not follow the result before it", "moved"],
    ),
    "a truncated chain": (
        [f"DELETE FROM interval_results WHERE {SALES} 13"],
        "queue 'sales'",
        ["is truncated: 13 of 14 results are there"],
    ),
    "a truncated chain, its head set back": (
        [
            f"DELETE FROM interval_results WHERE {SALES} 13",
            "UPDATE chain_heads SET results = 13 WHERE queue = 'sales'",
        ],
        "queue 'sales'",
        ["ends with the hash", "and its head says"],
    ),
    "a queue deleted": (
        ["DELETE FROM interval_results WHERE queue = 'sales'"],
        "queue 'sales'",
        ["is truncated: 0 of 14"],
    ),
    "a head deleted": (["DELETE FROM chain_heads WHERE queue = 'sales'"], "queue 'sales'", ["no chain head"]),
    "another parameter version": (
        [f"UPDATE interval_results SET parameters_version = '2026-04' WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not give its hash", "'2026-04', which holds from 2026-04-01T00:00:00Z on only", "parameters say 'S2'"],
    ),
    "an unknown parameter version": (
        [f"UPDATE interval_results SET parameters_version = 'x' WHERE {SALES} 8"],
        "queue 'sales', interval 2026-03-02T09:30:00Z, revision 2",
        ["which is not among the parameters kept", "that of its first revision '2026-01'"],
    ),
    "a changed definition": (
        [f"UPDATE interval_results SET definition = 'S2' WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z, revision 1",
        ["does not give its hash", "definition is 'S2', and the parameters say 'S1'"],
    ),
    "a changed definition among the parameters": (
        ["""UPDATE parameters SET content = replace(content, '"S4"', '"S1"') WHERE version = '2026-01'"""],
        "parameters version '2026-01'",
        ["its content does not give its hash"],
    ),
    "text in a number's place": (
        [f"UPDATE interval_results SET offered = 'many', interval_start = 'soon' WHERE {SALES} 4"],
        "queue 'sales', interval soon, revision 1",
        ["does not give its hash"],
    ),
    "an infinite figure": (
        [f"UPDATE interval_results SET asa_seconds = 9e999 WHERE {SALES} 4"],
        "queue 'sales', interval 2026-03-02T10:00:00Z",
        ["does not give its hash", "asa_seconds is inf"],
    ),
}


@pytest.mark.parametrize("kind", TAMPERED_DATABASES)
def test_tampering_with_the_database_is_found(history: Path, kind: str) -> None:
    """Each kind of change is found, at its place, and nothing else is blamed."""
    statements, place, problems = TAMPERED_DATABASES[kind]
    with sqlite3.connect(history) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
    first, *others = check(history)
    assert first.startswith(place)
    for problem in problems:
        assert problem in first
    assert all("+34 soporte" in other for other in others), others
    assert not others or kind == "a changed definition among the parameters"


def insert_row(history: Path, row: dict[str, Any]) -> None:
    """Put a row into the table as someone with the database's password would."""
    start = int(row["interval_start"]) if str(row["interval_start"]).isdigit() else row["interval_start"]
    cells = {**row, "interval_start": start}
    names, marks = ", ".join(f'"{name}"' for name in cells), ", ".join("?" for _ in cells)
    with sqlite3.connect(history) as connection:
        connection.execute(f"INSERT INTO interval_results ({names}) VALUES ({marks})", list(cells.values()))


def test_an_inserted_row_is_found(history: Path) -> None:
    """A result that was never published, put at the end of a chain with a right hash, is found."""
    forged = chained([*(row for row in a_day() if row["queue"] == "sales"), result("sales", 12)])[-1]
    start_ms = 1_772_438_400_000 + 12 * 1_800_000
    insert_row(history, {**forged, "interval_start": start_ms})
    assert check(history) == [
        (
            "queue 'sales', interval 2026-03-02T14:00:00Z, revision 1 (number 15 of its queue): "
            "stands after the end of its chain, which its head says has 14 results"
        )
    ]


def test_an_inserted_row_with_a_gap_in_revisions_is_found(history: Path) -> None:
    """A correction that skips a revision shows."""
    rows = [row for row in a_day() if row["queue"] == "sales"]
    forged = chained([*rows, {**result("sales", 4), "revision": 3, "status": "corrected", "reason": "x"}])[-1]
    insert_row(history, {**forged, "interval_start": 1_772_438_400_000 + 4 * 1_800_000})
    with sqlite3.connect(history) as connection:
        connection.execute("UPDATE chain_heads SET results = 15, last_hash = ? WHERE queue = 'sales'", [forged["hash"]])
    (found,) = check(history)
    assert "revision 3 follows revision 1" in found


def rewrite(history: Path, queue: str, position: int, **changes: Any) -> None:
    """Change a row and hash its whole chain anew, head and all: consistent in itself."""
    rows = [row for row in exported(a_day()) if row["queue"] == queue]
    rows[position] |= changes
    previous = GENESIS_HASH
    with sqlite3.connect(history) as connection:
        for number, row in enumerate(rows):
            row["previous_hash"] = previous
            row["hash"] = previous = row_hash(row)
            cells = {**changes} if number == position else {}
            cells |= {"previous_hash": row["previous_hash"], "hash": row["hash"]}
            names = ", ".join(f"{name} = ?" for name in cells)
            connection.execute(
                f"UPDATE interval_results SET {names} WHERE queue = ? AND position = ?",
                [*cells.values(), queue, number],
            )
        connection.execute("UPDATE chain_heads SET last_hash = ? WHERE queue = ?", [previous, queue])


def test_a_chain_rewritten_whole_is_found_with_heads(history: Path, tmp_path: Path) -> None:
    """A changed row with its whole chain hashed anew passes by itself, and not against a sidecar kept elsewhere."""
    exporting(history, tmp_path / "kept.csv", "csv")
    sidecar = proof_path(tmp_path / "kept.csv")
    assert check(history, sidecar) == []
    rewrite(history, "sales", 4, reason="nothing happened")
    assert check(history) == []
    (found,) = check(history, sidecar)
    assert found.startswith("queue 'sales': was rewritten: number 14 ")


def test_a_right_hash_does_not_hide_a_wrong_figure(history: Path) -> None:
    """A row that was wrong when it was hashed is found by its arithmetic."""
    rewrite(history, "sales", 4, net_staffing=3.5)
    (found,) = check(history)
    assert "(number 5 of its queue): net_staffing is 3.5, and the figures it compares give -1.6" in found


def test_heads_hold_while_a_history_grows(history: Path, tmp_path: Path) -> None:
    """A history that went on since the sidecar was written passes, and one that lost what it had does not."""
    exporting(history, tmp_path / "kept.csv", "csv", latest_only=True)
    sidecar = proof_path(tmp_path / "kept.csv")
    rows = chained([*(row for row in a_day() if row["queue"] == "sales"), result("sales", 12)])
    with Store(f"sqlite:///{history}") as store:
        store.write_results(rows)
    assert check(history, sidecar) == []
    with sqlite3.connect(history) as connection:
        connection.execute("DELETE FROM interval_results WHERE queue = 'sales' AND position > 10")
        connection.execute(
            "UPDATE chain_heads SET results = 11, last_hash = ? WHERE queue = 'sales'", [rows[10]["hash"]]
        )
        for table in ("interval_results", "chain_heads"):
            connection.execute(f"DELETE FROM {table} WHERE queue = '+34 soporte'")
        connection.execute("UPDATE parameters SET content_hash = ?, content = '[]'", [content_hash([])])
    found = check(history, sidecar)
    assert "parameters version '2026-01': is not what it was when the sidecar was written" in found
    assert "queue '+34 soporte': is gone, and was there when the sidecar was written" in found


def test_a_chain_cut_to_an_earlier_head_is_found_with_heads(history: Path, tmp_path: Path) -> None:
    """A chain cut short with its head set back passes by itself, and not against a sidecar kept elsewhere."""
    exporting(history, tmp_path / "kept.csv", "csv")
    row = next(row for row in a_day() if row["queue"] == "sales" and row["position"] == 10)
    with sqlite3.connect(history) as connection:
        connection.execute("DELETE FROM interval_results WHERE queue = 'sales' AND position > 10")
        connection.execute("UPDATE chain_heads SET results = 11, last_hash = ? WHERE queue = 'sales'", [row["hash"]])
    assert check(history) == []
    assert check(history, proof_path(tmp_path / "kept.csv")) == [
        "queue 'sales': has 11 results, and had 14 when the sidecar was written"
    ]


def test_an_untouched_history_passes(history: Path) -> None:
    """Nothing is found, and the summary counts what was gone through."""
    with Store(f"sqlite:///{history}") as store, store.reading() as reader:
        summary = Summary()
        assert list(verify_history(reader, summary)) == []
    assert (summary.queues, summary.rows, summary.left_out) == (2, 26, 0)


def test_history_passes_after_retention(history: Path, tmp_path: Path) -> None:
    """Rows that retention removed are followed by their links, in the database and in an export."""
    with Store(f"sqlite:///{history}") as store:
        store.retain("2026-03-02T10:00:00Z")
    assert check(history) == []
    for form in FORMATS:
        exporting(history, tmp_path / f"x.{form}", form)
        assert check_file(tmp_path / f"x.{form}") == []
    with sqlite3.connect(history) as connection:
        connection.execute("DELETE FROM retired_results WHERE position = 1 AND queue = 'sales'")
    (found,) = check(history)
    assert found.startswith("queue 'sales', interval 2026-03-02T09:00:00Z, revision 1 (retired): number 2 of the queue")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"latest_only": True},
        {"queue": "sales"},
        {"program": "retail", "start": "2026-03-02T09:30:00Z"},
        {"end": "2026-03-02T11:00:00Z", "latest_only": True},
        {"start": "2026-04-01T00:00:00Z"},
    ],
    ids=str,
)
def test_untouched_exports_pass(history: Path, tmp_path: Path, form: Format, filters: dict[str, Any]) -> None:
    """Every format reads back to equal values and verifies, whatever was filtered out."""
    file = tmp_path / "export"
    exporting(history, file, form, **filters)
    assert check_file(file) == []
    with Store(f"sqlite:///{history}") as store:
        rows = [row for batch in store.results(Filters(**filters)) for row in batch]
    assert [found.row for found in read_export(file)] == rows


def at(rows: Rows, number: int, **changes: Any) -> Rows:
    """The rows with one of them changed."""
    return [row | changes if n == number else row for n, row in enumerate(rows)]


# Rows 0-11 of the file are soporte's, 12-25 those of sales.
TAMPERED_FILES: dict[str, tuple[Callable[[Rows], Rows], int, str]] = {
    "a count": (lambda rows: at(rows, 16, abandoned=0), 16, "abandon_rate is"),
    "a ratio": (lambda rows: at(rows, 16, occupancy=0.5), 16, "occupancy is 0.5, and its counts give"),
    "a hash": (lambda rows: at(rows, 16, hash="ab" * 32), 16, "does not give its hash"),
    "a reason": (lambda rows: at(rows, 20, reason=None), 20, "does not give its hash"),
    "a deleted row": (lambda rows: rows[:16] + rows[17:], 16, "does not follow the result before it"),
    "an inserted row": (
        lambda rows: [*rows[:16], chained([rows[16] | {"queue": "sales", "offered": 0}])[0], *rows[16:]],
        16,
        "does not follow the result before it",
    ),
    "swapped rows": (lambda rows: [*rows[:15], rows[16], rows[15], *rows[17:]], 15, "does not follow"),
    "a truncated chain": (lambda rows: rows[:-1], -1, "is truncated: 13 of 14 results are there"),
    "another parameter version": (lambda rows: at(rows, 16, parameters_version="2026-04"), 16, "on only"),
    "a changed definition": (lambda rows: at(rows, 16, definition="S3"), 16, "and the parameters say 'S1'"),
    "a row changed and its whole chain hashed anew": (
        lambda rows: chained(at(rows, 20, reason="nothing happened")),
        -1,
        "and its head says",
    ),
    "a row of another queue": (lambda rows: [*rows[:16], rows[3], *rows[16:]], 16, "rows were moved"),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", TAMPERED_FILES)
def test_tampering_with_a_file_is_found(history: Path, tmp_path: Path, form: Format, kind: str) -> None:
    """Each kind of change of an exported file is found at its line, in every format."""
    tamper, number, problem = TAMPERED_FILES[kind]
    file = tmp_path / "export"
    exporting(history, file, form)
    rows = tamper([found.row for found in read_export(file)])
    with file.open("wb") as stream:
        writer = open_writer(form, stream, COLUMNS["intervals"], "intervals")
        writer.write([{column: row[column] for column in COLUMNS["intervals"]} for row in rows])
        writer.close()
    found = check_file(file)
    line = {"csv": f"line {number + 2}", "jsonl": f"line {number + 1}", "parquet": f"row {number + 1}"}
    place = line.get(form, f"intervals row {number + 2}")
    first = next(text for text in found if problem in text)
    assert place in first or number < 0
    assert "'sales'" in first or kind == "a row of another queue"


@pytest.fixture
def two_forms(tmp_path: Path) -> Path:
    """A history whose chains begin with results of form 1."""
    file = tmp_path / "two-forms.db"
    rows = chained(row | {"form": None} if row["interval_start"] < "2026-03-02T11" else row for row in a_day())
    with Store(f"sqlite:///{file}") as store:
        store.write_results(rows)
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
    return file


@pytest.mark.parametrize("form", FORMATS)
def test_a_chain_may_hold_several_forms(two_forms: Path, tmp_path: Path, form: Format) -> None:
    """Each row is checked by its own form, in the database and in every format, and the sidecar names the forms."""
    assert check(two_forms) == []
    for name, filters, forms in (
        ("all", {}, (1, 2)),
        ("old", {"end": "2026-03-02T11:00:00Z"}, (1,)),
        ("new", {"start": "2026-03-02T11:00:00Z"}, (2,)),
        ("none", {"start": "2027-01-01T00:00:00Z"}, ()),
    ):
        file = tmp_path / name
        exporting(two_forms, file, form, **filters)
        assert check_file(file) == []
        assert read_proof(proof_path(file)).forms == forms


def test_a_value_outside_the_form_is_found(two_forms: Path, tmp_path: Path) -> None:
    """A column that a row's form does not have is under no hash: it must be empty."""
    with sqlite3.connect(two_forms) as connection:
        connection.execute(f"UPDATE interval_results SET backlog = 3, form = 1 WHERE {SALES} 4")
    said = "backlog is 3, and a result of form 1 has no such column; form is 1, and a result of form 1 has no"
    (found,) = check(two_forms)
    assert said in found
    for form in FORMATS:
        if form != "jsonl":
            exporting(two_forms, tmp_path / form, form)
            (found,) = check_file(tmp_path / form)
            assert said in found


def test_json_lines_hold_what_the_hash_covers(two_forms: Path, tmp_path: Path) -> None:
    """Without knowing the forms: SHA-256 of each object's canonical JSON, but for `sources` and `hash`."""
    file = tmp_path / "export.jsonl"
    exporting(two_forms, file, "jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {len(row) for row in rows} == {len(columns_of(1)), len(columns_of(2))}
    for row in rows:
        kept = {name: value for name, value in row.items() if name not in {"sources", "hash"}}
        assert content_hash(kept) == row["hash"]


def test_a_column_of_the_form_that_a_line_lacks_is_found(two_forms: Path, tmp_path: Path) -> None:
    """A JSON line must have every column of its own form, or every column there is."""
    file = tmp_path / "export.jsonl"
    exporting(two_forms, file, "jsonl")
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines[:-1], lines[-1].replace('"backlog":null,', "")]), encoding="utf-8")
    (found,) = check_file(file)
    assert f"line {len(lines)}: column backlog was removed" in found


def test_a_form_that_is_no_number_is_named(two_forms: Path, tmp_path: Path) -> None:
    """A value in the place of a form that is no number is named with its line."""
    file = tmp_path / "export.jsonl"
    exporting(two_forms, file, "jsonl")
    lines = file.read_text(encoding="utf-8").splitlines()
    for form in ('"2"', "[2]", "{}", "true", "2.5"):
        file.write_text("\n".join([*lines[:-1], lines[-1].replace('"form":2', f'"form":{form}')]), encoding="utf-8")
        (found,) = check_file(file)
        assert f"line {len(lines)}, column form: " in found


def test_an_earlier_program_s_file_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    """The column is named that its own form has, not one that came later."""
    file = tmp_path / "export.csv"
    file.write_text(",".join(column for column in columns_of(1) if column != "spec") + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no column spec;"):
        list(read_export(file))


def test_a_file_of_a_later_program_is_not_checked(two_forms: Path, tmp_path: Path) -> None:
    """A form that this program does not know is one line that says which program to take."""
    file = tmp_path / "export.csv"
    exporting(two_forms, file, "csv")
    proof = proof_path(file)
    proof.write_text(proof.read_text().replace('"forms":[1,2]', f'"forms":[1,{FORM + 1}]'))
    with pytest.raises(UserError, match=f"form {FORM + 1}, which cannot be checked.*the program that exported it"):
        check_file(file)


@pytest.mark.parametrize("form", FORMATS)
def test_a_filtered_file_is_held_to_its_links(history: Path, tmp_path: Path, form: Format) -> None:
    """A row deleted between rows that a filter left out is missed by its number."""
    file = tmp_path / "export"
    exporting(history, file, form, queue="sales", start="2026-03-02T09:30:00Z", end="2026-03-02T10:00:00Z")
    rows = [found.row for found in read_export(file)]
    assert [row["revision"] for row in rows] == [1, 2, 3]
    with file.open("wb") as stream:
        writer = open_writer(form, stream, COLUMNS["intervals"], "intervals")
        writer.write([rows[0], rows[2]])
        writer.close()
    (found,) = check_file(file)
    assert "does not follow the result before it" in found
    assert "revision 3 follows revision 1" in found


def test_a_cell_of_the_wrong_kind_is_found(history: Path, tmp_path: Path) -> None:
    """A cell that no longer holds what its column does is named with its line and column."""
    file = tmp_path / "export.csv"
    exporting(history, file, "csv")
    lines = file.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace(",1800,", ',"1,800",')
    file.write_text("".join(lines))
    assert check_file(file) == [f"{file}: line 4, column interval_seconds: '1,800' is no integer"]
    lines[3] = lines[3].replace('"1,800"', "1,800")
    file.write_text("".join(lines))
    assert check_file(file) == [f"{file}: line 4: 61 cells, and the header has 60"]
    exporting(history, tmp_path / "export.jsonl", "jsonl")
    rows = (tmp_path / "export.jsonl").read_text().splitlines()
    for broken, said in (
        (rows[1].replace('"offered":', '"ofered":'), "line 2: column offered was removed"),
        (rows[1].replace('"revision":1', '"revision":"1"'), "line 2, column revision: '1' is no integer"),
        (rows[1][:-1], "line 2: is not a JSON object"),
        (rows[1].replace('"interval_start":"2026', '"interval_start":"x'), "line 2, column interval_start: 'x-03"),
    ):
        (tmp_path / "export.jsonl").write_text("\n".join([rows[0], broken, *rows[2:]]))
        (found,) = check_file(tmp_path / "export.jsonl")
        assert said in found


def test_files_that_are_no_export(history: Path, tmp_path: Path) -> None:
    """Another file is an error that says what was expected, not a finding."""
    exporting(history, tmp_path / "export", "csv")
    proof = read_proof(proof_path(tmp_path / "export"))
    cases = {
        "other.csv": (b"a,b\n1,2\n", "has no column program"),
        "latin.csv": (b"caf\xe9,b\n1,2\n", "is not a text file"),
        "broken.parquet": (b"PAR1 and no more", "is not a Parquet file"),
        "broken.xlsx": (b"PK\x03\x04 and no more", "is not an Excel file"),
        "other.jsonl": (b'{"a":1}\n', "has no column program"),
    }
    for name, (content, said) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=said):
            list(verify_export(tmp_path / name, proof, Summary()))
    with pytest.raises(UserError, match=r"none\.csv: cannot be read"):
        list(verify_export(tmp_path / "none.csv", proof, Summary()))


def test_an_emptied_file_is_found(history: Path, tmp_path: Path) -> None:
    """A JSON Lines file without a line lacks every queue."""
    file = tmp_path / "export.jsonl"
    exporting(history, file, "jsonl")
    file.write_bytes(b"")
    assert [text.partition(":")[0] for text in check_file(file)] == ["queue '+34 soporte'", "queue 'sales'"]


def test_a_changed_sidecar_is_found(history: Path, tmp_path: Path) -> None:
    """Definitions changed in the sidecar no longer give their hash."""
    file = tmp_path / "export.csv"
    exporting(history, file, "csv")
    sidecar = proof_path(file)
    content = json.loads(sidecar.read_text())
    content["parameters"][0]["content"][2] = settings("retail", "+34 soporte", "S4", 10_000, True)
    sidecar.write_text(json.dumps(content))
    found = check_file(file)
    assert found[0].startswith("parameters version '2026-01': its content does not give its hash")
    assert "threshold_seconds is 7.5, and the parameters say 10" in found[1]


@pytest.mark.parametrize("kept", [(1, 3), (2, 3)])
def test_a_notice_about_an_open_interval_may_be_lost(history: Path, kept: tuple[int, ...]) -> None:
    """It is outside the promise of equality: a worker that is killed may not have told of one that it counted."""
    name = "service_level_lost/sales/2026-03-02T10:00:00Z/live"
    changes = [
        breach(
            "service_level_lost",
            breach_id=name,
            queue="sales",
            live=True,
            sequence=sequence,
            state="opened" if sequence == 1 else "updated",
        ).row()
        for sequence in kept
    ]
    with Store(f"sqlite:///{history}") as store:
        store.write_breaches(changes)
    assert check(history) == []
