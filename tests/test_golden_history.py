"""A history of form 1 (`tests/golden_form1/README.md`): later programs verify, export, report and continue it."""

import base64
import csv
import gzip
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import pytest
import rfc8785

from agents.monitor import QueueMonitor
from agents.outputs import BreachEvent, Output, Result
from agents.program import ProgramMonitor
from agents.replay import replay
from config.settings import Configuration, load
from config.source_settings import SourceSettings
from config.timestamps import from_rfc3339
from streams.history.export import export
from streams.history.proof import proof_path, read_proof
from streams.history.reading import Filters
from streams.history.report import report
from streams.history.schema import CURRENT, VERSION_TABLE
from streams.history.store import Store
from streams.history.verify import Finding, Summary, verify_export, verify_history
from streams.history.writers import Format
from streams.names import GENESIS_HASH
from streams.program_days import ProgramDay
from streams.records import Record
from streams.sources.feed import Feed, Input, QueueFeed
from streams.wire import decode

Row = dict[str, Any]
State = dict[bytes, bytes]

GOLDEN: Final = Path(__file__).parent / "golden_form1"
UNTIL: Final = "2026-03-31T22:00:00Z"
SOURCE: Final = "records.jsonl"
HALF_HOUR: Final = 1_800_000
COMMIT_RECORDS: Final = 300


def text(name: str) -> str:
    """A gzipped text of the golden folder."""
    return gzip.decompress((GOLDEN / name).read_bytes()).decode()


def rows_of(name: str) -> list[Row]:
    """The objects of a gzipped file of JSON lines."""
    return [json.loads(line) for line in text(name).splitlines()]


FORM_1: Final = tuple(next(csv.reader(io.StringIO(text("intervals.csv.gz")))))
"""The columns of form 1, as the golden export names them."""


def form_1_hash(row: Row) -> str:
    """The hash of a result of form 1, computed without the program."""
    hashed = {name: row[name] for name in FORM_1 if name not in {"sources", "hash"}}
    return hashlib.sha256(rfc8785.dumps(hashed)).hexdigest()


def as_form_1(rows: Iterable[Row], heads: dict[str, str] | None = None) -> list[Row]:
    """Results with the columns of form 1 only, chained as form 1; `heads` are the hashes that queues begin with."""
    last = dict(heads or {})
    done = []
    for row in rows:
        kept = {name: row[name] for name in FORM_1} | {"previous_hash": last.get(row["queue"], GENESIS_HASH)}
        kept["hash"] = last[row["queue"]] = form_1_hash(kept)
        done.append(kept)
    return done


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    """The golden configuration."""
    return load([GOLDEN / "monitor.yaml"])


@pytest.fixture(scope="module")
def records() -> list[tuple[int, str, Record]]:
    """The golden input: row, queue and record."""
    found = []
    for row, line in enumerate(text("records.jsonl.gz").splitlines(), 1):
        message = json.loads(line)
        decoded = decode(json.dumps(message["value"]).encode(), message["queue"], HALF_HOUR, 5000, from_rfc3339(UNTIL))
        assert not decoded.rejected
        found.append((row, message["queue"], decoded.records[0]))
    return found


def database(folder: Path, name: str = "history.db") -> str:
    """The URL of a copy of a golden history."""
    copy = folder / name
    copy.write_bytes(gzip.decompress((GOLDEN / f"{name}.gz").read_bytes()))
    return f"sqlite:///{copy}"


def findings(store: Store) -> tuple[list[Finding], Summary]:
    """What a verification finds, and what it went through."""
    summary = Summary()
    with store.reading() as reader:
        return list(verify_history(reader, summary)), summary


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


def feed_of(records: Iterable[tuple[int, str, Record]]) -> Feed:
    """The records as the rows of one file."""
    feed = Feed([Input(cast("SourceSettings", None), SOURCE, SOURCE)])
    for row, queue, record in records:
        of_queue = feed.queues.setdefault(queue, QueueFeed())
        of_queue.records.append(record)
        of_queue.rows.append(row)
        of_queue.inputs.append(0)
    return feed


def test_the_input_gives_the_same_hashes(
    tmp_path: Path, configuration: Configuration, records: list[tuple[int, str, Record]]
) -> None:
    """A replay of the golden input gives the golden results, hash by hash in the columns and the chain of form 1."""
    until = from_rfc3339(UNTIL)
    with Store(f"sqlite:///{tmp_path / 'again.db'}") as store:
        replay(configuration, feed_of(records), store, until, until_ms=until, as_arrived=True)
        found, summary = findings(store)
        again = [row for batch in store.results() for row in batch]
        with store.reading() as reader:
            breaches = [row for batch in reader.breaches(Filters()) for row in batch]
    assert (found, summary.rows) == ([], 374)
    assert as_form_1(again) == rows_of("intervals.jsonl.gz")
    assert holds(json.loads(json.dumps(breaches)), rows_of("breaches.jsonl.gz"))


class Engines:
    """The engines of every queue and program on states of their own, as a worker runs them."""

    def __init__(self, configuration: Configuration, session: str, states: dict[str, State]) -> None:
        self.states = states
        self._configuration = configuration
        self._session = session
        self._queues: dict[str, QueueMonitor] = {}
        self._applied: dict[str, int] = {}
        self.results: list[Row] = []
        self.breaches: list[Row] = []
        self.days: list[ProgramDay] = []

    def apply(self, records: Iterable[tuple[int, str, Record]]) -> "Engines":
        """Apply records, each a message; every queue commits after each 300."""
        for row, queue, record in records:
            if queue not in self._queues:
                versions, state = self._configuration.queue(queue), self.states.setdefault(queue, {})
                self._queues[queue] = QueueMonitor(versions, state, session=self._session)
            engine = self._queues[queue]
            self._take(engine.apply([record], SOURCE, row))
            engine.stamped(SOURCE, row)
            self._applied[queue] = self._applied.get(queue, 0) + 1
            if self._applied[queue] % COMMIT_RECORDS == 0:
                self._commit(engine, queue)
        return self

    def end(self, until: str | None = None) -> "Engines":
        """Commit, with `until` after making final everything that ends by it; then let programs judge the days."""
        for queue, engine in sorted(self._queues.items()):
            if until is not None:
                self._take(engine.finish(from_rfc3339(until)))
            self._commit(engine, queue)
        return self

    def programs(self, states: dict[str, State], offset: int, *, finish: bool) -> list[Row]:
        """The breaches that programs make of the days; `offset` is of the first day in its topic."""
        found = []
        for program in ("bank", "retail"):
            versions = [settings.program(program) for settings in self._configuration.versions]
            engine = ProgramMonitor(versions, states.setdefault(program, {}), self._session)
            told = [day for day in self.days if day.program == program]
            for day in sorted(told, key=lambda each: (each.day, each.queue, each.part)):
                engine.feed(day)
                engine.stamped("program-days", offset)
                offset += 1
            if finish:
                engine.finish()
            found += [event.row for event in engine.take()]
            commit = engine.commit()
            if commit is not None:
                commit.apply(states[program])
        return found

    def _commit(self, engine: QueueMonitor, queue: str) -> None:
        commit = engine.commit()
        if commit is not None:
            commit.apply(self.states[queue])

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Result):
                self.results.append({**output.row, "position": output.position})
            elif isinstance(output, BreachEvent):
                self.breaches.append(output.row)
            elif isinstance(output, ProgramDay):
                self.days.append(output)


def sizes(*states: dict[str, State]) -> int:
    """Bytes of all keys and values."""
    return sum(len(key) + len(value) for each in states for state in each.values() for key, value in state.items())


def golden_states() -> tuple[int, dict[str, State], dict[str, State], int]:
    """The golden state: how many records it holds, the states of queues and of programs, and its size."""
    given = json.loads(text("state.json.gz"))

    def states(name: str) -> dict[str, State]:
        return {
            owner: {base64.b64decode(key): base64.b64decode(value) for key, value in cells.items()}
            for owner, cells in given[name].items()
        }

    return given["records"], states("queues"), states("programs"), given["bytes"]


def heads_of(results: Iterable[Row]) -> dict[str, str]:
    """The last hash of each queue."""
    return {row["queue"]: row["hash"] for row in results}


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Results queue by queue."""
    return sorted(rows, key=lambda row: (row["queue"], row["position"]))


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
    assert as_form_1(found, heads) == [{name: row[name] for name in FORM_1} for row in golden]
    first = {row["queue"]: row["previous_hash"] for row in reversed(found)}
    assert first == heads


def test_breaches_and_days_are_continued(continued: Engines) -> None:
    """Breaches that were open in the golden state go on, and the days that queues tell are the golden ones."""
    golden = json.loads(text("continued.json.gz"))
    assert holds(json.loads(json.dumps(continued.breaches)), golden["breaches"])
    assert holds(json.loads(msgspec.json.encode(continued.days)), golden["days"])


def test_programs_are_continued(continued: Engines) -> None:
    """Programs that take up the golden state come to the golden verdicts."""
    _, _, programs, _ = golden_states()
    golden = json.loads(text("continued.json.gz"))["program_breaches"]
    found = continued.programs(programs, 100, finish=True)
    assert holds(json.loads(json.dumps(found)), golden)


def test_a_continued_history_verifies(tmp_path: Path, continued: Engines) -> None:
    """The golden history of noon and the results after it are one history, whose chains are whole."""
    with Store(database(tmp_path, "noon.db")) as store:
        assert store.write_results(continued.results) == 102
        assert store.write_results(continued.results) == 0
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
    """A wallboard's history of an earlier program keeps its tables, and takes acknowledgements."""
    with Store(database(tmp_path), upgrade=False) as store:
        assert store.write_acknowledgement("b", "ana", UNTIL)
        assert findings(store)[0] == []
        # A worker brings the tables up meanwhile.
        Store(f"sqlite:///{tmp_path / 'history.db'}").close()
        assert findings(store)[0] == []
        with store.reading() as reader:
            assert [row["acknowledged_by"] for row in reader.acknowledgements()] == ["ana"]


def test_the_state_has_the_size_it_had(
    configuration: Configuration, records: list[tuple[int, str, Record]], continued: Engines
) -> None:
    """The state of the golden records takes as many bytes as it took, from the beginning and from the golden state."""
    count, _, programs, size = golden_states()
    states: dict[str, State] = {}
    engines = Engines(configuration, "a", {}).apply(records[:count]).end()
    engines.programs(states, 0, finish=False)
    assert sizes(engines.states, states) == size
    continued.programs(programs, 100, finish=True)
    assert sizes(continued.states, programs) == json.loads(text("continued.json.gz"))["state_bytes"]
