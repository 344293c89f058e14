"""A program with one more column than this one, for `tests/golden/test_further_column.py`.

Loaded as a pytest plugin before anything of the program (`-p further_column`), it does what an edit of the sources
would do, in four files and no other: the column's entry, its field, what computes it, and a migration. The tests below
read what the program without the column wrote into the folder that the environment names.
"""

import importlib
import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from sqlalchemy import Connection, text

COLUMN: Final = "further"
FOLDER: Final = Path(os.environ["FURTHER_COLUMN_FOLDER"])
ENTRY: Final = """
    Column("further", "integer", "contacts", "Further", "更多", "Contacts of a further kind.",
           count=True, hashed_since=3),
"""


def edit(name: str, before: str, added: str) -> None:
    """Load a module as if its source had further lines before one that it has."""
    assert name not in sys.modules, f"{name} is loaded already, without the column"
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).read_text(encoding="utf-8")
    assert source.count(before) == 1, f"{name} has {source.count(before)} lines {before!r}"
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    exec(compile(source.replace(before, added + before), found.origin, "exec"), vars(module))  # noqa: S102 - the program's own source
    package, _, attribute = name.rpartition(".")
    setattr(importlib.import_module(package), attribute, module)


edit("streams.columns", '    Column("spec",', ENTRY.lstrip("\n"))
edit("streams.results", '    spec: str = "unknown"\n', "    further: int | None = None\n")
edit(
    "agents.intervals.figures",
    '        spec="unknown" if',
    "        further=actuals.offered if settings.deferred else None,\n",
)

from streams.columns import FORM  # noqa: E402 - from here on the column is known
from streams.history import schema  # noqa: E402

_upgrade_without = schema._upgrade


def _upgrade(connection: Connection, shown: str) -> None:
    """Every migration, and one that adds the column."""
    _upgrade_without(connection, shown)
    connection.execute(text(f"ALTER TABLE interval_results ADD COLUMN {COLUMN} BIGINT"))
    connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = 'further'"))


vars(schema).update(EARLIER=(*schema.EARLIER, schema.CURRENT), CURRENT="further", _upgrade=_upgrade)

from engine import QUEUE, configuration, contact, content, feed  # noqa: E402

from agents.engine.queue import QueueEngine  # noqa: E402
from agents.intervals.outputs import Result  # noqa: E402
from streams.audit.findings import Summary  # noqa: E402
from streams.audit.verify import verify_export, verify_history  # noqa: E402
from streams.export.export import export  # noqa: E402
from streams.export.proof import proof_path, read_proof  # noqa: E402
from streams.export.writers import FORMATS, Format  # noqa: E402
from streams.history.chain import FORMS, columns_of, row_hash  # noqa: E402
from streams.history.query import Filters  # noqa: E402
from streams.history.store import Store  # noqa: E402
from streams.report.report import report  # noqa: E402


def problems(store: Store) -> list[str]:
    """The findings of a verification."""
    with store.reading() as reader:
        return [finding.problem for finding in verify_history(reader, Summary())]


def test_the_column_is_of_a_form_of_its_own() -> None:
    """The new form has the column, and those before it have what they had."""
    assert [form for form in FORMS if COLUMN in columns_of(form)] == [FORM]


def test_the_column_is_computed_published_and_corrected() -> None:
    """Four edits are enough: rows and hashes have it, the state keeps it, and a correction names it."""
    given = content()
    given["defaults"]["deferred"] = True
    machine = QueueEngine(configuration(given).queue(QUEUE), {})
    outputs = feed(machine, [contact("a", "09:05"), contact("b", "10:05"), contact("late", "09:06")])
    first, late = [output for output in outputs if isinstance(output, Result)]
    assert [row[COLUMN] for row in (first.row, late.row)] == [1, 2]
    assert [row["hash"] for row in (first.row, late.row)] == [row_hash(row) for row in (first.row, late.row)]
    assert "further 1 -> 2" in str(late.row["reason"])


def test_a_history_of_earlier_forms_is_read_as_it_is() -> None:
    """It verifies and gives the same report, and its tables keep the columns they have."""
    with Store(f"sqlite:///{FOLDER / 'history.db'}", create=False) as store:
        assert problems(store) == []
        with store.reading() as reader:
            found = msgspec.json.encode(report(reader, "2026-03-29T22:00:00Z", "2026-03-31T22:00:00Z"))
            assert found == (FOLDER / "report.json").read_bytes()
            assert {row[COLUMN] for batch in reader.results(Filters()) for row in batch} == {None}


@pytest.mark.parametrize("form", FORMATS)
def test_exports_of_earlier_forms_verify(tmp_path: Path, form: Format) -> None:
    """Files that the program without the column exported verify, and so do those exported now."""
    file = tmp_path / f"again.{form}"
    for exported in (FOLDER / f"intervals.{form}", file):
        with Store(f"sqlite:///{FOLDER / 'history.db'}", create=False) as store:
            export(store, file, form)
        assert list(verify_export(exported, read_proof(proof_path(exported)), Summary())) == []
        assert read_proof(proof_path(exported)).forms == (1, FORM - 1)
    if form == "jsonl":
        assert file.read_bytes() == (FOLDER / "intervals.jsonl").read_bytes()


def test_a_history_of_earlier_forms_is_continued(tmp_path: Path) -> None:
    """A result with the column follows one without, verifies, is exported, and cannot be changed unseen."""
    file = tmp_path / "history.db"
    shutil.copy(FOLDER / "history.db", file)
    with Store(f"sqlite:///{file}") as store:
        rows = [row for batch in store.results() for row in batch if row["queue"] == "cards"]
        last = rows[-1]
        row: dict[str, Any] = last | {"revision": last["revision"] + 1, "status": "corrected", "reason": "late"}
        row |= {COLUMN: 7, "form": FORM, "previous_hash": last["hash"]}
        store.write_results([row | {"hash": row_hash(row)}])
        assert problems(store) == []
        export(store, tmp_path / "intervals.jsonl", "jsonl")
        assert read_proof(proof_path(tmp_path / "intervals.jsonl")).forms == (1, FORM - 1, FORM)
        with store._writing() as connection:
            connection.execute(text(f"UPDATE interval_results SET {COLUMN} = 8 WHERE form = {FORM}"))
        assert "does not give its hash" in problems(store)[0]
    lines = (tmp_path / "intervals.jsonl").read_text(encoding="utf-8").splitlines()
    assert {len(json.loads(line)) for line in lines} == {len(columns_of(form)) for form in (1, FORM - 1, FORM)}
