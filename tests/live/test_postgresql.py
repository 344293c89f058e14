"""History in a real PostgreSQL: several workers, crashes, and the same rows as in SQLite."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from history_rows import PARAMETERS, a_day, chained, exported, missing, result, soporte
from postgresql_server import binaries, server
from sqlalchemy import create_engine, make_url, text

from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.audit.findings import Summary
from streams.audit.verify import verify_export, verify_history
from streams.columns import FORM, LATER_BREACH_COLUMNS
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.history.chain import outside, row_hash
from streams.history.query import Filters
from streams.history.schema import VERSION_TABLE
from streams.history.store import Retired, Store
from streams.history.tables import METADATA
from streams.journal.entry import entry

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60

WRITER = """
import random, sys
from history_rows import chained, result, soporte
from streams.history.store import Store

url, seed = sys.argv[1], int(sys.argv[2])
rows = chained(row for number in range(400) for row in (result("sales", number), soporte(number)))
delivered = rows + random.Random(seed).choices(rows, k=400)  # each at least once, some again
random.Random(seed).shuffle(delivered)
with Store(url) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    for first in range(0, len(delivered), 40):
        store.write_results(delivered[first : first + 40])
"""
"""A worker that delivers 800 results out of order and some of them twice."""


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    """A PostgreSQL server, for all tests of the module."""
    found = binaries()
    if found is None:
        reason = "PostgreSQL is not installed (no initdb on PATH or under /usr/lib/postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with server(found) as url:
        yield url


@pytest.fixture
def url(running: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    name = "calls_" + str(abs(hash(request.node.name)))
    with admin(running) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return make_url(running).set(database=name).render_as_string(hide_password=False)


def admin(url: str) -> psycopg.Connection[Any]:
    """A connection of the test's own."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def worker(url: str, seed: int) -> "subprocess.Popen[str]":
    """A worker process that waits for a line on standard input before it writes."""
    path = os.pathsep.join([str(ROOT / "tests" / "support"), str(ROOT)])
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(seed)],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: "subprocess.Popen[str]") -> None:
    """Let a worker write."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def the_stream() -> list[dict[str, Any]]:
    """The rows that every worker delivers."""
    return chained(row for number in range(400) for row in (result("sales", number), soporte(number)))


def read(store: Store, **filters: Any) -> list[dict[str, Any]]:
    """Every result that the filters let through."""
    return [row for batch in store.results(Filters(**filters)) for row in batch]


def findings(store: Store) -> list[str]:
    """The findings of a verification, without those on parameters that a test did not write."""
    with store.reading() as reader:
        return [str(finding) for finding in verify_history(reader, Summary())]


def test_postgresql_and_sqlite_hold_and_export_the_same(url: str, tmp_path: Path) -> None:
    """Rows, filters, exports (byte for byte) and proofs do not depend on the database."""
    stores = [Store(url), Store(f"sqlite:///{tmp_path / 'history.db'}")]
    for number, store in enumerate(stores):
        assert store.write_results(a_day()) == 26
        assert store.write_results(a_day()) == 0
        assert store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        assert not store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        assert read(store) == exported(a_day())
        assert findings(store) == []
        for form in ("csv", "jsonl"):
            filters = Filters(start="2026-03-02T09:00:00Z", latest_only=True)
            export(store, tmp_path / f"{number}.{form}", form, filters=filters)
        file = tmp_path / f"{number}.csv"
        assert list(verify_export(file, read_proof(proof_path(file)), Summary())) == []
    for name in ("csv", "jsonl", "csv.proof.json"):
        assert (tmp_path / f"0.{name}").read_bytes() == (tmp_path / f"1.{name}").read_bytes()


def test_every_table_takes_and_gives(url: str) -> None:
    """Breaches, acknowledgements, dead letters and evaluations are kept once and retained by their time."""
    breach: dict[str, Any] = dict.fromkeys(METADATA.tables["breaches"].c.keys())
    breach |= {"breach_id": "b1", "sequence": 1, "state": "opened", "interval_start": "2026-03-02T09:00:00Z"}
    breach |= {"causes": [{"cause": "volume", "effect": -0.1}], "live": False, "limit": 0.75, "message_zh": "低于"}
    letter = {"topic": "call-data", "partition": 0, "offset": 2**40, "reason": "x", "value": b"\x00\xff"}
    sheet: dict[str, Any] = dict.fromkeys(METADATA.tables["evaluations"].c.keys())
    sheet |= {"evaluation_id": "e1", "evaluated_at": "2026-03-02T09:00:00.5Z", "handled_at": "2026-03-02T08:00:00Z"}
    sheet |= {"selection": "random", "evaluator": "ana"}
    sheet |= {"checks": [{"name": "greeting", "family": "end_user", "passed": None}]}
    day: dict[str, Any] = {"program": "retail", "queue": "sales", "day": "2026-03-02", "part": 0}
    day |= {"handled_by": [["2026-03", "客户", None, None, 3, 9_000]], "handled_at": [["2026-03", 9, 3]]}
    day |= {"interval_start_ms": from_rfc3339("2026-03-02T08:00:00Z")}
    with Store(url) as store:
        noted = store.append_journal(entry("b1", "ana", "2026-03-02T09:05:00Z", note="客户"))
        for _ in range(2):
            store.write_breaches([breach])
            store.write_journal([noted])
            store.write_dead_letters([letter])
            store.write_evaluations([sheet, {**sheet, "evaluated_at": "2026-03-02T09:00:00Z"}])
            store.write_evaluations([{**sheet, "evaluator": "luis"}])
            store.write_program_days([day])
        with store.reading() as reader:
            assert [row for batch in reader.breaches(Filters()) for row in batch] == [breach]
            assert [row["note"] for row in reader.acknowledgements()] == ["客户"]
            assert [row["value"] for batch in reader.dead_letters() for row in batch] == ["\x00\\xff"]
            (kept,) = [row for batch in reader.evaluations(Filters()) for row in batch]
            # The copy written last counts where two are of one moment, as for the engine.
            assert kept == sheet | {"evaluated_at": "2026-03-02T09:00:00.500Z", "evaluator": "luis"}
            (told,) = reader.program_days(Filters(program="retail"))
            assert (told["handled_by"], told["handled_at"]) == (day["handled_by"], day["handled_at"])
        store.write_results(chained([result("sales", 0), missing("sales", 1)]))
        assert store.retain("2026-03-02T08:30:00Z") == Retired(1, 0, 0, 1)
        assert store.write_results(chained([result("sales", 0), missing("sales", 1)])) == 0


def test_migrations_make_the_tables_the_program_uses(url: str) -> None:
    """On PostgreSQL too, the migrations' result and the program's tables do not differ."""
    Store(url).close()
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_workers_may_all_be_first(url: str) -> None:
    """Workers that open a new history at the same moment make its tables once."""
    errors: list[BaseException] = []

    def open_it() -> None:
        try:
            Store(url).close()
        except UserError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_two_workers_leave_each_result_once(url: str) -> None:
    """Two processes that deliver the same stream, each in its own order with repeats, leave it once and whole."""
    workers = [worker(url, 1), worker(url, 2)]
    for process in workers:
        go(process)
    assert [process.wait(SECONDS) for process in workers] == [0, 0]
    with Store(url, create=False) as store:
        assert read(store) == exported(the_stream())
        assert store.heads() == {row["queue"]: (400, row["hash"]) for row in the_stream()[-2:]}


def waiting_for_a_lock(url: str) -> bool:
    """Whether a transaction of the history stands still on a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with admin(url) as connection:
        (count,) = connection.execute(asked).fetchone() or (0,)
    return bool(count)


def test_a_worker_killed_in_mid_transaction_loses_nothing(url: str) -> None:
    """A worker killed with half a batch written leaves nothing of it, and the redelivery completes the history."""
    rows = the_stream()
    with Store(url) as store:
        store.write_results(rows[:100])
    with admin(url) as blocker, blocker.transaction():
        # Every later row of one queue is held by a transaction that does not end: the worker's first stops there,
        # with the other queue's rows written.
        blocker.execute(
            "INSERT INTO interval_results (queue, position, interval_start, revision, previous_hash, hash) "
            "SELECT 'sales', n, timestamptz '2026-03-02 08:00Z' + n * interval '30 minutes', 1, '', '' "
            "FROM generate_series(50, 399) AS n"
        )
        process = worker(url, 3)
        go(process)
        deadline = time.monotonic() + SECONDS
        while not waiting_for_a_lock(url):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait(SECONDS)
        raise psycopg.Rollback
    with Store(url, create=False) as store:
        there = read(store)
        assert there == exported(rows[:100])
        assert store.heads() == {row["queue"]: (50, row["hash"]) for row in rows[98:100]}
        again = worker(url, 3)
        go(again)
        assert again.wait(SECONDS) == 0
        assert read(store) == exported(rows)
        assert store.heads() == {row["queue"]: (400, row["hash"]) for row in rows[-2:]}


def test_a_conflicting_result_is_refused(url: str) -> None:
    """Another result under a known identity is refused in PostgreSQL too."""
    with Store(url) as store:
        store.write_results(chained([result("sales", 0)]))
        with pytest.raises(UserError, match="never replaced"):
            store.write_results(chained([result("sales", 0, offered=1)]))


def test_a_database_that_is_not_there(running: str) -> None:
    """A database that does not exist is named in one line."""
    with pytest.raises(UserError, match=r'database "nowhere" does not exist') as caught:
        Store(make_url(running).set(database="nowhere").render_as_string(hide_password=False))
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_not_shown(running: str) -> None:
    """The message of a failure holds no password."""
    wrong = make_url(running).set(database="nowhere", password="secret")  # noqa: S106 - nobody's password
    with pytest.raises(UserError) as caught:
        Store(wrong.render_as_string(hide_password=False))
    assert "secret" not in str(caught.value)


def test_connections_that_the_server_cut_are_replaced(url: str) -> None:
    """After the server drops every connection, the next write goes through a new one."""
    with Store(url) as store:
        store.write_results(the_stream()[:10])
        with admin(url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert store.write_results(the_stream()[10:20]) == 10
        assert soporte(0)["queue"] in store.heads()


def test_a_history_of_an_earlier_program_is_read_as_it_is(url: str) -> None:
    """A reader changes no table; a writer brings it up, and a reader that is open sees the new columns."""
    with Store(url) as store:
        store.write_results(chained(row | {"form": None} for row in a_day()))
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
    with create_engine(url).begin() as connection:
        for name in outside(1):
            connection.execute(text(f"ALTER TABLE interval_results DROP COLUMN {name}"))
        for name in LATER_BREACH_COLUMNS:
            connection.execute(text(f"ALTER TABLE breaches DROP COLUMN {name}"))
        for what in (
            "TABLE group_results",
            "TABLE grouped",
            "TABLE marks",
            "TABLE program_days",
            "TABLE projections",
            "TABLE retention",
            "INDEX breaches_by_queue",
            "TABLE journal",
        ):
            connection.execute(text(f"DROP {what}"))
        seen = "breach_id TEXT, acknowledged_at TIMESTAMPTZ, acknowledged_by TEXT, note TEXT"
        connection.execute(text(f"CREATE TABLE acknowledgements ({seen})"))
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    with Store(url, create=False) as reading:
        before = [row for batch in reading.results() for row in batch]
        with reading.reading() as reader:
            assert list(verify_history(reader, Summary())) == []
            assert reader.program_days(Filters()) == []
        with create_engine(url).connect() as connection:
            assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "0001"
        with Store(url) as writing:
            last = before[-1]
            late = {"revision": 2, "status": "corrected", "reason": "late", "form": FORM, "backlog": 4}
            row = last | late | {"previous_hash": last["hash"]}
            writing.write_results([row | {"hash": row_hash(row)}])
        with reading.reading() as reader:
            assert list(verify_history(reader, Summary())) == []
        assert [row["backlog"] for batch in reading.results() for row in batch if row["form"] == FORM] == [4]
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
