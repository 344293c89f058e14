"""A column more than there are: histories, files and states of every form so far still verify and go on."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from golden_history import UNTIL, Engines, configuration, database, golden_states, records

from config.settings import Configuration
from streams.export.export import export
from streams.export.writers import FORMATS
from streams.history.store import Store
from streams.records import Record
from streams.report.report import report

__all__ = ["configuration", "records"]

HERE = Path(__file__).resolve().parent


@pytest.fixture
def two_forms(tmp_path: Path, configuration: Configuration, records: list[tuple[int, str, Record]]) -> Path:
    """The golden history of noon, continued by this program; its exports and its report."""
    count, states, _, _ = golden_states()
    with Store(database(tmp_path, "noon.db")) as store:
        continued = Engines(configuration, "b", states).apply(records[count:]).end(UNTIL)
        store.write_results(continued.results)
        store.write_breaches(continued.breaches)
        for form in FORMATS:
            export(store, tmp_path / f"intervals.{form}", form)
        with store.reading() as reader:
            found = report(reader, "2026-03-29T22:00:00Z", UNTIL)
    (tmp_path / "report.json").write_bytes(msgspec.json.encode(found))
    (tmp_path / "noon.db").rename(tmp_path / "history.db")
    return tmp_path


def test_histories_survive_a_further_column(two_forms: Path) -> None:
    """With one more column every golden test holds, and a history of earlier forms verifies and is continued."""
    root = HERE.parents[1]
    search = os.pathsep.join(map(str, (root, HERE, root / "tests" / "support")))
    tests = [str(HERE / name) for name in ("test_history.py", "further_column.py")]
    options = ["--import-mode=prepend"]  # the plugin and the tests in it are one module
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "further_column", *options, *tests],
        cwd=root,
        env={**os.environ, "PYTHONPATH": search, "FURTHER_COLUMN_FOLDER": str(two_forms)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
