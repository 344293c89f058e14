"""Commands that only read leave a history as it is, to the last byte."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from history_rows import PARAMETERS, a_day

from config.errors import UserError
from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.export.export import export
from streams.history.store import Store
from streams.journal.entry import entry


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with a history that its writer has closed."""
    folder = tmp_path / "written"
    folder.mkdir()
    with Store(f"sqlite:///{folder / 'history.db'}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
    return folder


def read(folder: Path, output: Path) -> None:
    """Verify and export a history."""
    with Store(f"sqlite:///{folder / 'history.db'}", create=False) as store:
        with store.reading() as reader:
            assert list(verify_history(reader, Summary())) == []
        assert export(store, output, "csv") == 26


def test_a_closed_history_stays_as_it_is(written: Path, tmp_path: Path) -> None:
    """No byte changes, and no file is made beside it."""
    before = {path.name: path.read_bytes() for path in written.iterdir()}
    read(written, tmp_path / "out.csv")
    assert {path.name: path.read_bytes() for path in written.iterdir()} == before


def test_a_copy_with_its_log_stays_as_it_is(tmp_path: Path) -> None:
    """Rows that a writer has not put into the database yet are read from the copied log, which is not written back."""
    live, copy = tmp_path / "live", tmp_path / "copy"
    live.mkdir()
    copy.mkdir()
    with Store(f"sqlite:///{live / 'history.db'}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        for name in ("history.db", "history.db-wal"):
            shutil.copy(live / name, copy / name)
        before = {path.name: path.read_bytes() for path in copy.iterdir()}
        assert before["history.db-wal"]
        read(copy, tmp_path / "out.csv")
        assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
        # A live history is read beside its writer.
        read(live, tmp_path / "live.csv")
        assert store.append_journal(entry("b", "ana", "2026-03-02T10:00:00Z"))


def test_who_only_reads_cannot_write(written: Path) -> None:
    """A store that was opened to read refuses to write."""
    with (
        Store(f"sqlite:///{written / 'history.db'}", create=False) as store,
        pytest.raises(UserError, match="readonly"),
    ):
        store.append_journal(entry("b", "ana", "2026-03-02T10:00:00Z"))


def test_a_writer_that_begins_meanwhile_is_told(written: Path) -> None:
    """A closed history is read as one that nobody changes; if somebody does, the reader says to run it again."""
    with Store(f"sqlite:///{written / 'history.db'}", create=False) as store:
        writer = sqlite3.connect(written / "history.db")

        def disturbed() -> None:
            with store.reading() as reader:
                reader.heads()
                writer.execute("INSERT INTO program_days (program, queue, day, part) VALUES ('p', 'q', 'd', 1)")
                writer.commit()

        with pytest.raises(UserError, match="began to write while it was read"):
            disturbed()
        writer.close()
