"""Every column of every table of a history: a change is found, or the column is named as not proved."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from golden_history import database

from agents.groups.keeping import fill_groups
from intervalwatch.commands.verify import verify
from streams.audit.findings import said_unproved
from streams.history.store import Store
from streams.history.tables import METADATA
from streams.journal.entry import entry
from streams.projected import PLACE, PROJECTION_COLUMNS

_WHERE = {
    "breaches": "WHERE state = 'updated' AND rule = 'service_level_below_range'",
    "interval_results": "WHERE revision = 1 AND breaches IS NOT NULL AND service_level IS NOT NULL",
    "parameters": "",
}
"""Rows that are changed, where any row will not do."""


def run(file: Path) -> tuple[int, str]:
    """The exit code of `verify`, and its words."""
    result = CliRunner().invoke(verify, ["--history", f"sqlite:///{file}"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with something in every table, retired results included."""
    folder = tmp_path_factory.mktemp("sound")
    with Store(database(folder)) as store:
        store.retain("2026-03-30T10:00:00Z")
        fill_groups(store)
        store.append_journal(entry("b", "ana", "2026-03-31T10:00:00Z", note="seen"))
        letter = {"topic": "t", "partition": 0, "offset": 1, "index": 0, "reason": "bad", "value": b"x"}
        store.write_dead_letters([letter | {"recorded_at": "2026-03-31T10:00:00Z"}])
        made = {"program": "retail", "queue": "sales", "made_at": "2026-03-30T11:00:00Z", PLACE: 0}
        store.advance_marks({("t", 0): (0, 1)})
        store.write_projections([dict.fromkeys(PROJECTION_COLUMNS) | made])
    with sqlite3.connect(folder / "history.db") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return folder / "history.db"


def test_the_history_is_sound_before(sound: Path) -> None:
    """Nothing is found, and every table has a row to be changed."""
    code, said = run(sound)
    assert code == 0, said
    with sqlite3.connect(sound) as connection:
        for table in METADATA.tables:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0], table


def other(value: Any) -> Any:
    """A value of the same kind that is another."""
    if isinstance(value, bytes):
        return value + b"!"
    if isinstance(value, str):
        return value + "0" if value[:1] not in "[{" else '[{"changed": 1}]'
    return "changed" if value is None else value + 1000


@pytest.mark.parametrize(
    ("table", "column"), [(table.name, column.name) for table in METADATA.tables.values() for column in table.columns]
)
def test_a_change_is_found_or_the_column_is_named(sound: Path, tmp_path: Path, table: str, column: str) -> None:
    """One value is changed; `verify` finds it, or its line `not proved` names the column."""
    file = Path(shutil.copy(sound, tmp_path / "history.db"))
    with sqlite3.connect(file) as connection:
        rows = f'SELECT rowid, "{column}" FROM {table} {_WHERE.get(table, "")} ORDER BY rowid DESC'
        place, value = connection.execute(rows).fetchall()[1 if table in _WHERE and table != "parameters" else 0]
        connection.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', (other(value), place))
    code, said = run(file)
    if code == 0:
        named = said.splitlines()[1].removeprefix("not proved: ").split("; ")
        whole = said_unproved({f"{table}.{column}"})
        parts = next((part for part in named if part.partition(" ")[0] == table), "")
        assert whole in named or parts == table or column in parts.partition("(")[2].rstrip(")").split(", "), said


def test_a_result_moved_among_the_retired_is_named(sound: Path, tmp_path: Path) -> None:
    """Retention takes the oldest first: a younger one that is gone was removed by somebody."""
    file = Path(shutil.copy(sound, tmp_path / "history.db"))
    names = "queue, position, interval_start, revision, previous_hash, hash"
    with sqlite3.connect(file) as connection:
        last = "SELECT max(position) FROM interval_results WHERE queue = 'sales'"
        where = f"WHERE queue = 'sales' AND position = ({last}) - 3"
        connection.execute(f"INSERT INTO retired_results ({names}) SELECT {names} FROM interval_results {where}")
        connection.execute(f"DELETE FROM interval_results {where}")
    code, said = run(file)
    assert code == 1
    assert "only its link is there, and retention took what is before 2026-03-30T10:00:00Z" in said
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE retention SET before = before + 864000000")
    assert "retention takes the oldest first" in run(file)[1]
