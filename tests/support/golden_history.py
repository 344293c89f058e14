"""A history of form 1 (`tests/golden/form1/README.md`), its input and the engines that continue it."""

import base64
import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
import rfc8785

from agents.engine.program import ProgramEngine
from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, Output, Result
from agents.replay import replay
from config.settings import Configuration, load
from config.sources.settings import SourceSettings
from config.timestamps import from_rfc3339
from streams.audit.findings import Finding, Summary
from streams.audit.verify import verify_history
from streams.codec import decode
from streams.history.chain import GENESIS_HASH
from streams.history.query import Filters
from streams.history.store import Store
from streams.records import Record
from streams.sources.merge import Feed, Input, QueueFeed
from streams.sources.registry import Source
from streams.sources.source_format import SourceReader
from streams.told.queue_day import QueueDay

Row = dict[str, Any]
State = dict[bytes, bytes]

GOLDEN: Final = Path(__file__).resolve().parents[1] / "golden" / "form1"
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
    return read_configuration()


@pytest.fixture(scope="module")
def records() -> list[tuple[int, str, Record]]:
    """The golden input: row, queue and record."""
    return read_records()


def read_configuration() -> Configuration:
    """The golden configuration."""
    return load([GOLDEN / "monitor.yaml"])


def read_records() -> list[tuple[int, str, Record]]:
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
    """The findings of a verification, and its summary."""
    summary = Summary()
    with store.reading() as reader:
        return list(verify_history(reader, summary)), summary


def feed_of(records: Iterable[tuple[int, str, Record]]) -> Feed:
    """The records as the rows of one file."""
    # Records of before had no source, and nobody said how far one had come.
    settings = SimpleNamespace(name="records", feed=False, record=None)
    feed = Feed([Input(Source(cast("SourceSettings", settings), cast("SourceReader", None)), SOURCE, SOURCE)])
    for row, queue, record in records:
        of_queue = feed.queues.setdefault(queue, QueueFeed())
        of_queue.records.append(record)
        of_queue.rows.append(row)
        of_queue.inputs.append(0)
    return feed


def replayed(
    folder: Path, configuration: Configuration, records: list[tuple[int, str, Record]]
) -> tuple[list[Finding], Summary, list[Row], list[Row]]:
    """A replay of the golden input: findings and summary of its verification, results and breaches."""
    until = from_rfc3339(UNTIL)
    with Store(f"sqlite:///{folder / 'again.db'}") as store:
        replay(configuration, feed_of(records), store, until, until_ms=until, as_arrived=True)
        found, summary = findings(store)
        results = [row for batch in store.results() for row in batch]
        with store.reading() as reader:
            breaches = [row for batch in reader.breaches(Filters()) for row in batch]
    return found, summary, results, breaches


class Engines:
    """The engines of every queue and program on states of their own, as a worker runs them."""

    def __init__(self, configuration: Configuration, writer: str, states: dict[str, State]) -> None:
        self.states = states
        self._configuration = configuration
        self._session = writer
        self._queues: dict[str, QueueEngine] = {}
        self._applied: dict[str, int] = {}
        self.results: list[Row] = []
        self.breaches: list[Row] = []
        self.days: list[QueueDay] = []

    def apply(self, records: Iterable[tuple[int, str, Record]]) -> "Engines":
        """Apply records, each a message; every queue commits after each 300."""
        for row, queue, record in records:
            if queue not in self._queues:
                versions, state = self._configuration.queue(queue), self.states.setdefault(queue, {})
                self._queues[queue] = QueueEngine(versions, state, writer=self._session)
            engine = self._queues[queue]
            self._take(engine.apply([record], SOURCE, row))
            engine.mark_applied(SOURCE, row)
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
            engine = ProgramEngine(versions, states.setdefault(program, {}), self._session)
            told = [day for day in self.days if day.program == program]
            for day in sorted(told, key=lambda each: (each.day, each.queue, each.part)):
                engine.apply_record(day)
                engine.mark_applied("program-days", offset)
                offset += 1
            if finish:
                engine.finish()
            found += [event.row for event in engine.take()]
            commit = engine.commit()
            if commit is not None:
                commit.apply(states[program])
        return found

    def _commit(self, engine: QueueEngine, queue: str) -> None:
        commit = engine.commit()
        if commit is not None:
            commit.apply(self.states[queue])

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Result):
                self.results.append({**output.row, "position": output.position})
            elif isinstance(output, BreachEvent):
                self.breaches.append(output.row)
            elif isinstance(output, QueueDay):
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


def untold(rows: Iterable[Row]) -> list[Row]:
    """Breaches without their sentences; resolved ones without causes, which now are those of the worst interval."""
    told = {"message", "message_zh"}
    return [
        {name: row[name] for name in row if name not in told and (name, row["state"]) != ("causes", "resolved")}
        for row in rows
    ]


def figures(rows: Iterable[Row]) -> list[Row]:
    """Results without what rules make of them, and without the hashes over it: the same whichever rules hold."""
    made = {"sources", "breaches", "previous_hash", "hash"}
    return [{name: value for name, value in row.items() if name not in made} for row in rows]


def judged(rows: Iterable[Row]) -> list[list[Any]]:
    """The judgements on results of form 1: the result, its breaches, and the hash over them and its figures."""
    return [[row[name] for name in ("queue", "interval_start", "revision", "breaches", "hash")] for row in rows]


def golden_judgements(name: str) -> dict[str, Any]:
    """The judgements on the golden input (`tests/golden/sums/README.md`): `replayed` or `continued`."""
    given: dict[str, Any] = json.loads(gzip.decompress((GOLDEN.parent / "sums" / f"{name}.json.gz").read_bytes()))
    return given


def heads_of(results: Iterable[Row]) -> dict[str, str]:
    """The last hash of each queue."""
    return {row["queue"]: row["hash"] for row in results}


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Results queue by queue."""
    return sorted(rows, key=lambda row: (row["queue"], row["position"]))
