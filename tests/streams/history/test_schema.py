"""Opening a history: addresses that cannot work, and tables as the migrations make them."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from config.errors import UserError
from streams.history.schema import CURRENT, VERSION_TABLE, describe
from streams.history.store import Store
from streams.history.tables import METADATA
from streams.journal.entry import entry, problems


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("history.db", "is not a database URL"),
        ("ana:secret@host/calls", "is not a database URL"),
        ("postgresql://ana:secret@host:port/calls", "is not a database URL"),
        ("mysql://ana:secret@host/db", "is not supported; write sqlite:///"),
        ("sqlite://", "names no file"),
        ("sqlite:////no/such/folder/history.db", "check that its folder exists"),
        ("postgresql://ana:secret@127.0.0.1:1/calls", "refused"),
    ],
)
def test_an_address_that_cannot_work_says_so(url: str, said: str) -> None:
    """One line that names the history and what is wrong, without the password."""
    with pytest.raises(UserError, match=said) as caught:
        Store(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file of another kind is named, and left as it was."""
    file = tmp_path / "calls.csv"
    file.write_text("queue,offered\nsales,12\n" * 100)
    with pytest.raises(UserError, match=r"calls.csv: the file is not an SQLite database"):
        Store(f"sqlite:///{file}")
    assert file.read_text().startswith("queue,offered")


def test_a_reader_makes_no_history(tmp_path: Path) -> None:
    """A mistyped file name is an error for a reader, not a new empty history."""
    file = tmp_path / "histroy.db"
    with pytest.raises(UserError, match="there is no file"):
        Store(f"sqlite:///{file}", create=False)
    assert not file.exists()
    sqlite3.connect(file).execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(UserError, match="holds no history"):
        Store(f"sqlite:///{file}", create=False)


def test_a_newer_history_is_refused(tmp_path: Path) -> None:
    """A history that a newer program wrote is not touched."""
    file = tmp_path / "history.db"
    Store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(UserError, match="its form is 9999"):
        Store(f"sqlite:///{file}")


def test_migrations_make_the_tables_the_program_uses(tmp_path: Path) -> None:
    """The migrations' result and the program's tables do not differ, and the newest step is the one it expects."""
    file = tmp_path / "history.db"
    Store(f"sqlite:///{file}").close()
    with create_engine(f"sqlite:///{file}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
    settings = Config()
    settings.set_main_option("script_location", "streams.history:migrations")
    assert ScriptDirectory.from_config(settings).get_current_head() == CURRENT


def test_a_history_opens_again(tmp_path: Path) -> None:
    """An existing history is opened as it is."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with Store(url) as store:
        store.append_journal(entry("b1", "ana", "2026-03-02T09:00:00Z"))
    with Store(url, create=False) as store, store.reading() as reader:
        assert [row["by"] for row in reader.acknowledgements()] == ["ana"]


def test_no_password_is_shown() -> None:
    """A URL in a message has its password hidden."""
    assert describe("postgresql+psycopg://ana:secret@host/calls") == "postgresql+psycopg://ana:***@host/calls"


def test_acknowledgements_of_an_earlier_program_become_the_first_entries_of_the_journal(tmp_path: Path) -> None:
    """Who saw what when is kept, in order of time, under a chain that verifies."""
    file = tmp_path / "history.db"
    settings = Config()
    settings.set_main_option("script_location", "streams.history:migrations")
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        upgrade(settings, "0005")
        rows = [("b2", 1_772_443_800_250, "bo", None), ("b1", 1_772_443_200_000, "ana", "rota — 排班")]
        for row in rows:
            connection.exec_driver_sql("INSERT INTO acknowledgements VALUES (?, ?, ?, ?)", row)
    engine.dispose()
    with Store(f"sqlite:///{file}") as store, store.reading() as reader:
        entries = [row for batch in reader.journal() for row in batch]
    assert [(row["incident_id"], row["at"], row["by"], row["note"]) for row in entries] == [
        ("b1", "2026-03-02T09:20:00Z", "ana", "rota — 排班"),
        ("b2", "2026-03-02T09:30:00.250Z", "bo", None),
    ]
    assert list(problems(entries)) == []
