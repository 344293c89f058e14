"""A history of form 1 (`tests/golden/form1/README.md`): later programs verify, export, report and continue it."""

import csv
import gzip
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from golden_history import (
    FORM_1,
    GOLDEN,
    UNTIL,
    Engines,
    State,
    as_form_1,
    configuration,
    database,
    figures,
    findings,
    golden_judgements,
    golden_states,
    in_order,
    judged,
    records,
    replayed,
    rows_of,
    sizes,
    text,
    untold,
)

from config.errors import UserError
from config.settings import Configuration
from streams.audit.findings import Summary
from streams.audit.verify import verify_export
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.export.writers import Format
from streams.history.query import Filters
from streams.history.schema import CURRENT, VERSION_TABLE
from streams.history.store import Store
from streams.journal.entry import entry
from streams.records import Record
from streams.report.report import report

__all__ = ["configuration", "records"]


@pytest.mark.parametrize(("name", "results"), [("history.db", 374), ("noon.db", 272)])
def test_the_history_verifies(tmp_path: Path, name: str, results: int) -> None:
    """Every chain of the golden history is whole, and every row gives its hash and its figures."""
    with Store(database(tmp_path, name), create=False) as store:
        found, summary = findings(store)
    assert (found, summary.rows, summary.queues) == ([], results, 4)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_exported_files_verify(tmp_path: Path, form: str) -> None:
    """A file that the program of form 1 exported verifies with its sidecar, in every format."""
    name = f"intervals.{form}"
    packed = GOLDEN / f"{name}.gz"
    file = tmp_path / name
    file.write_bytes(gzip.decompress(packed.read_bytes()) if packed.exists() else (GOLDEN / name).read_bytes())
    summary = Summary()
    assert list(verify_export(file, read_proof(GOLDEN / "proof.json"), summary)) == []
    assert summary.rows == 374


def test_the_rows_give_the_hashes_of_form_1() -> None:
    """The golden hashes follow from the golden columns by RFC 8785 and SHA-256 alone."""
    golden = rows_of("intervals.jsonl.gz")
    assert as_form_1(golden) == golden


def test_csv_is_exported_as_it_was(tmp_path: Path) -> None:
    """An export of the golden history has the golden cells, and nothing in columns that form 1 does not have."""
    file = tmp_path / "intervals.csv"
    with Store(database(tmp_path), create=False) as store:
        export(store, file, "csv")
    golden = list(csv.DictReader(io.StringIO(text("intervals.csv.gz"))))
    found = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert [{name: row[name] for name in FORM_1} for row in found] == golden
    assert {cell for row in found for name, cell in row.items() if name not in FORM_1} <= {""}


def test_json_lines_are_exported_as_they_were(tmp_path: Path) -> None:
    """An export as JSON lines has the golden values, and the columns of form 1 alone."""
    file = tmp_path / "intervals.jsonl"
    with Store(database(tmp_path), create=False) as store:
        export(store, file, "jsonl")
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [{name: row[name] for name in FORM_1} for row in found] == rows_of("intervals.jsonl.gz")
    assert all(tuple(row) == FORM_1 for row in found)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx", "jsonl"])
def test_an_export_of_today_verifies(tmp_path: Path, form: Format) -> None:
    """A file exported today from the golden history verifies, and its sidecar says what the golden one says."""
    file = tmp_path / f"intervals.{form}"
    with Store(database(tmp_path), create=False) as store:
        export(store, file, form)
    assert list(verify_export(file, read_proof(proof_path(file)), Summary())) == []
    assert holds(json.loads(proof_path(file).read_text()), json.loads((GOLDEN / "proof.json").read_text()))


def test_breaches_are_exported_as_they_were(tmp_path: Path) -> None:
    """The breaches of the golden history are the golden ones."""
    file = tmp_path / "breaches.jsonl"
    with Store(database(tmp_path), create=False) as store:
        export(store, file, "jsonl", "breaches")
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert holds(found, rows_of("breaches.jsonl.gz"))


def test_the_report_says_what_it_said(tmp_path: Path) -> None:
    """A report of the golden history has every figure of the golden report."""
    with Store(database(tmp_path), create=False) as store, store.reading() as reader:
        found = json.loads(msgspec.json.encode(report(reader, "2026-03-29T22:00:00Z", UNTIL)))
    assert holds(found, json.loads((GOLDEN / "report.json").read_text()))


def holds(found: Any, golden: Any) -> bool:
    """Whether `found` says everything that `golden` says; its objects may say more."""
    if isinstance(golden, dict):
        return isinstance(found, dict) and all(key in found and holds(found[key], golden[key]) for key in golden)
    if isinstance(golden, list):
        return isinstance(found, list) and len(found) == len(golden) and all(map(holds, found, golden))
    return bool(found == golden)


def test_the_input_gives_the_same_hashes(
    tmp_path: Path, configuration: Configuration, records: list[tuple[int, str, Record]]
) -> None:
    """A replay of the golden input gives the golden figures, and breaches and hashes of the rules of today."""
    found, summary, again, breaches = replayed(tmp_path, configuration, records)
    assert (found, summary.rows) == ([], 374)
    assert figures(as_form_1(again)) == figures(rows_of("intervals.jsonl.gz"))
    golden = golden_judgements("replayed")
    assert judged(as_form_1(again)) == golden["results"]
    assert holds(json.loads(json.dumps(breaches)), untold(golden["breaches"]))
    assert [row["title"] for row in breaches if row["title"].endswith(row["rule"])] == [], "a sentence failed"


@pytest.fixture(scope="module")
def continued(configuration: Configuration, records: list[tuple[int, str, Record]]) -> Engines:
    """Engines that took up the golden state and applied the remaining records."""
    count, queues, _, _ = golden_states()
    return Engines(configuration, "b", queues).apply(records[count:]).end(UNTIL)


def test_the_state_is_continued(tmp_path: Path, continued: Engines) -> None:
    """Results after the golden state have the golden figures, and the first of each queue follows its last hash."""
    golden = in_order(json.loads(text("continued.json.gz"))["results"])
    with Store(database(tmp_path, "noon.db"), create=False) as store:
        heads = {queue: last for queue, (_, last) in store.heads().items()}
    found = in_order(continued.results)
    assert [row["position"] for row in found] == [row["position"] for row in golden]
    assert figures(as_form_1(found, heads)) == figures({name: row[name] for name in FORM_1} for row in golden)
    assert judged(as_form_1(found, heads)) == golden_judgements("continued")["results"]
    first = {row["queue"]: row["previous_hash"] for row in reversed(found)}
    assert first == heads


def test_breaches_and_days_are_continued(continued: Engines) -> None:
    """Breaches that were open in the golden state go on, and the days that queues tell are the golden ones."""
    was_open = {row["breach_id"] for row in rows_of("breaches.jsonl.gz")}
    assert {row["breach_id"] for row in continued.breaches if row["state"] != "opened"} & was_open
    golden = json.loads(text("continued.json.gz"))
    assert holds(json.loads(json.dumps(continued.breaches)), untold(golden_judgements("continued")["breaches"]))
    assert holds(json.loads(msgspec.json.encode(continued.days)), golden["days"])


def test_programs_are_continued(continued: Engines) -> None:
    """Programs that take up the golden state come to the golden verdicts."""
    _, _, programs, _ = golden_states()
    golden = untold(json.loads(text("continued.json.gz"))["program_breaches"])
    found = continued.programs(programs, 100, finish=True)
    assert holds(json.loads(json.dumps(found)), golden)


def test_a_continued_history_verifies(tmp_path: Path, continued: Engines) -> None:
    """The golden history of noon and the results after it are one history, whose chains are whole."""
    with Store(database(tmp_path, "noon.db")) as store:
        assert store.write_results(continued.results) == 102
        assert store.write_results(continued.results) == 0
        assert store.write_breaches(continued.breaches)
        found, summary = findings(store)
    assert (found, summary.rows) == ([], 374)


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_who_only_reads_changes_nothing(tmp_path: Path, version: str) -> None:
    """A history of an earlier program is verified, exported, reported and counted as it is, to the last byte."""
    url, file = database(tmp_path), tmp_path / "history.db"
    if version == "0001":
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE program_days")
            connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
    before = file.read_bytes()
    for opened in (Store(url, create=False), Store(url, create=False, upgrade=False)):
        with opened as store:
            assert findings(store)[0] == []
            export(store, tmp_path / "intervals.csv", "csv")
            export(store, tmp_path / "breaches.csv", "csv", "breaches")
            export(store, tmp_path / "evaluations.csv", "csv", "evaluations")
            with store.reading() as reader:
                report(reader, "2026-03-29T22:00:00Z", UNTIL)
                assert reader.count(Filters()) == 374
                assert bool(reader.program_days(Filters())) == (version == "0002")
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("history.db*")] == ["history.db"]


@pytest.mark.parametrize("options", [{}, {"create": False, "upgrade": True}])
def test_who_writes_brings_it_up(tmp_path: Path, options: dict[str, bool]) -> None:
    """A history that is opened to write has today's tables; its rows keep form and hash."""
    url = database(tmp_path)
    with Store(url, **options) as store:
        assert findings(store)[0] == []
        rows = [row for batch in store.results() for row in batch]
    with sqlite3.connect(tmp_path / "history.db") as connection:
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(CURRENT,)]
    assert [{name: row[name] for name in FORM_1} for row in rows] == rows_of("intervals.jsonl.gz")
    assert all(row[name] is None for row in rows for name in row if name not in FORM_1)


def test_who_may_read_and_write_marks_leaves_it(tmp_path: Path) -> None:
    """A wallboard's history of an earlier program keeps its tables, which have no journal until a worker comes."""
    with Store(database(tmp_path), upgrade=False) as store:
        with pytest.raises(UserError, match="an earlier program's and have no journal"):
            store.append_journal(entry("b", "ana", UNTIL))
        assert findings(store)[0] == []
        # A worker brings the tables up meanwhile.
        Store(f"sqlite:///{tmp_path / 'history.db'}").close()
        assert findings(store)[0] == []
    with Store(f"sqlite:///{tmp_path / 'history.db'}", upgrade=False) as store:
        store.append_journal(entry("b", "ana", UNTIL))
        with store.reading() as reader:
            assert [row["by"] for row in reader.acknowledgements()] == ["ana"]


def test_the_state_has_the_size_it_had(
    configuration: Configuration, records: list[tuple[int, str, Record]], continued: Engines
) -> None:
    """The state of the golden records takes as many bytes as it took, from the beginning and from the golden state.

    Since then each plan and each agent state bears where it was read, the parameters that counted are kept, and each
    interval has room for parts, knows which sources were silent in it and which rows were refused, and counts contacts
    without an end apart. Runs and breaches keep their worst interval and their incident, and sources how far they have
    spoken. Sums stand beside runs, and a queue knows how much its service level varies by chance, in a month and
    within a day. It has learned means of its slots, and how its days stray from their forecasts. Agents' time has room
    for that on several queues.
    """
    count, _, programs, size = golden_states()
    states: dict[str, State] = {}
    engines = Engines(configuration, "a", {}).apply(records[:count]).end()
    engines.programs(states, 0, finish=False)
    assert sizes(engines.states, states) == size + 124_344
    continued.programs(programs, 100, finish=True)
    assert sizes(continued.states, programs) == json.loads(text("continued.json.gz"))["state_bytes"] + 43_975
