"""The journal's chain in a history and in exported files: every changed cell is found, and its row is named."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from intervalwatch.commands.verify import verify
from streams.columns import JOURNAL, JOURNAL_COLUMNS
from streams.export.export import export
from streams.export.proof import proof_path
from streams.export.readers import read_export
from streams.export.values import COLUMNS
from streams.export.writers import FORMATS, Format, open_writer
from streams.history.store import Store
from streams.journal.entry import FIRST_HASH, chained, entry

AT = "2026-03-02T10:40:00Z"
Rows = list[dict[str, Any]]


def _entries() -> Rows:
    """Four entries with something in each column."""
    return [
        entry("i1", "Ana", AT, note="=two from billing", link="ab" * 16),
        entry("i1", "Ana", AT, cause="a bill went out", controllable="partly", action="备注 \n 2"),
        entry("i2", "Bo", "2026-03-02T11:40:00.250Z"),
        entry("i1", "Bo", "2026-03-03T10:40:00Z", outcome="back in an hour"),
    ]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history with a journal."""
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        for found in _entries():
            store.append_journal(found)
    return file


def _run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(verify, [*options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def _exported(history: Path, form: Format) -> Path:
    file = history.with_name(f"journal.{form}")
    with Store(f"sqlite:///{history}", create=False) as store:
        assert export(store, file, form, "journal") == 4
    return file


def _rewrite(file: Path, form: Format, change: Callable[[Rows], object]) -> None:
    """Write the file again with other rows, as its own program would."""
    rows = [found.row for found in read_export(file, "journal")]
    change(rows)
    with file.open("wb") as stream:
        writer = open_writer(form, stream, COLUMNS["journal"], "journal")
        writer.write(rows)
        writer.close()


def _other(column: str, value: Any) -> Any:
    """Another value of the column's kind."""
    kind = next(each.kind for each in JOURNAL if each.name == column)
    if kind == "integer":
        return value + 7
    return "2026-03-02T10:40:01Z" if kind == "instant" else f"{value or ''}0"


@pytest.mark.parametrize("form", FORMATS)
def test_an_exported_journal_verifies(history: Path, form: Format) -> None:
    """In every format, and says how many entries it has."""
    code, said = _run(str(_exported(history, form)))
    assert code == 0, said
    assert "verified: 4 entries of the journal; its chain is whole" in said
    assert "not proved: entries written after the export" in said


@pytest.mark.parametrize("column", JOURNAL_COLUMNS)
def test_any_changed_cell_of_a_file_is_found_in_its_row(history: Path, column: str) -> None:
    """Each column of the second entry; the entry and the line are named."""
    file = _exported(history, "csv")
    _rewrite(file, "csv", lambda rows: rows[1].update({column: _other(column, rows[1][column])}))
    code, said = _run(str(file))
    assert code == 1, said
    assert "journal, entry 2 (line " in said


@pytest.mark.parametrize("column", JOURNAL_COLUMNS)
def test_any_changed_value_of_a_history_is_found_in_its_row(history: Path, column: str) -> None:
    """The same in the database, by whatever hand."""
    value = 1_800_000_000_000 if column == "at" else "9" if column == "number" else f"'{column} 0'"
    with sqlite3.connect(history) as connection:
        connection.execute(f'UPDATE journal SET "{column}" = {value} WHERE number = 2')
    code, said = _run("--history", f"sqlite:///{history}")
    assert code == 1, said
    assert "journal, entry 2: " in said


def test_an_entry_whose_hash_was_made_again_breaks_the_next(history: Path) -> None:
    """Who changes an entry and its hash must change all that follow, and the sidecar."""

    def forge(rows: Rows) -> None:
        rows[1] = chained({**rows[1], "by": "Cy"}, 2, rows[0]["hash"])

    file = _exported(history, "jsonl")
    _rewrite(file, "jsonl", forge)
    assert "journal, entry 3 (line 3): previous_hash is not the hash" in _run(str(file))[1]

    def forge_all(rows: Rows) -> None:
        last = FIRST_HASH
        for place, row in enumerate(rows):
            rows[place] = chained({**row, "by": "Cy"}, place + 1, last)
            last = rows[place]["hash"]

    _rewrite(file, "jsonl", forge_all)
    assert "journal, entry 4: was rewritten" in _run(str(file))[1]


def test_entries_that_are_dropped_doubled_or_added_are_found(history: Path) -> None:
    """From the middle by the chain, from the end and behind it by the sidecar."""
    file = _exported(history, "jsonl")
    whole = file.read_bytes().splitlines(keepends=True)
    added = chained(entry("i9", "Cy", AT), 5, list(read_export(file, "journal"))[-1].row["hash"])
    for lines, said in (
        (whole[:1] + whole[2:], "entry 2 (line 2): entry 2 is missing"),
        (whole[:2] + whole[1:], "entry 3 (line 3): entry 3 is missing"),
        (whole[:3], "journal: is truncated: 3 of 4 entries"),
    ):
        file.write_bytes(b"".join(lines))
        code, found = _run(str(file))
        assert code == 1
        assert said in found
    file.write_bytes(b"".join(whole))
    _rewrite(file, "jsonl", lambda rows: rows.append(added))
    assert "journal: has 5 entries, and had 4" in _run(str(file))[1]


def test_a_history_is_held_against_a_sidecar_kept_elsewhere(history: Path) -> None:
    """It may have gone on, and must not have lost an entry since."""
    sidecar = str(proof_path(_exported(history, "csv")))
    url = f"sqlite:///{history}"
    with Store(url) as store:
        store.append_journal(entry("i3", "Ana", AT))
    assert _run("--history", url, "--heads", sidecar)[0] == 0
    with sqlite3.connect(history) as connection:
        connection.execute("DELETE FROM journal WHERE number > 3")
    assert _run("--history", url)[0] == 0, "nothing of a chain says where it ended"
    code, said = _run("--history", url, "--heads", sidecar)
    assert code == 1
    assert "journal: is truncated: 3 of 4 entries are there" in said


def test_a_file_of_another_table_is_refused(history: Path) -> None:
    """An export of intervals beside a journal's sidecar, and a file without one, end with exit code 2's error."""
    file = _exported(history, "csv")
    with Store(f"sqlite:///{history}", create=False) as store:
        export(store, history.with_name("breaches.csv"), "csv", "breaches")
    file.write_bytes(history.with_name("breaches.csv").read_bytes())
    result = CliRunner().invoke(verify, [str(file)])
    assert "reads files that `intervalwatch export` wrote of --what journal" in str(result.exception)
