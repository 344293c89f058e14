"""The cost of the history: results written, read and exported per second, and the memory of a year's export.

The same table through plain `pandas.to_sql` and `pandas.read_sql` is measured in the same run. pandas keeps no chain,
no second revision and no proof, but people would otherwise use it.

    python bench/bench_history.py                 # 500 queues, 4 days: half a minute
    python bench/bench_history.py --days 365      # the year: 8.8 million rows, some 20 minutes, 5 GB of disk
"""

import argparse
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import create_engine

from config.timestamps import local_rfc3339, rfc3339
from streams.audit.findings import Summary
from streams.audit.verify import verify_export, verify_history
from streams.columns import FORM, RESULT_COLUMNS
from streams.export.export import export
from streams.export.proof import proof_path, read_proof
from streams.history.chain import GENESIS_HASH, row_hash
from streams.history.store import Store

FIRST_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
HALF_HOUR_MS = 1_800_000
LIMIT_MB = 512
PARAMETERS = [
    {
        "program": "",
        "queue": "",
        "service_level": {"definition": "S1", "threshold_ms": 20_000, "overflow_counts": False},
    }
]


def results(queues: int, intervals: int) -> Iterator[list[dict[str, Any]]]:
    """Chained results of every queue, one interval of all queues at a time, as live workers publish them."""
    last = dict.fromkeys((f"queue-{number:03d}" for number in range(queues)), GENESIS_HASH)
    for interval in range(intervals):
        start = FIRST_MS + interval * HALF_HOUR_MS
        batch = []
        for number, queue in enumerate(last):
            answered, abandoned = 40 + (interval * 7 + number * 13) % 90, (interval + number) % 9
            within, handle = answered - (interval * 3 + number) % 30, answered * 203.125
            row: dict[str, Any] = dict.fromkeys(RESULT_COLUMNS)
            row |= {
                "program": f"program-{number % 20:02d}",
                "queue": queue,
                "channel": "voice",
                "interval_start": rfc3339(start),
                "interval_start_local": local_rfc3339(start, "Europe/Madrid"),
                "interval_seconds": 1800,
                "revision": 1,
                "status": "final",
                "definition": "S1",
                "threshold_seconds": 20,
                "parameters_version": "2026-01",
                "offered": answered + abandoned,
                "answered": answered,
                "answered_within": within,
                "abandoned": abandoned,
                "abandoned_within": abandoned // 2,
                "short_abandoned": abandoned // 3,
                "overflowed": 0,
                "waiting": 0,
                "wait_seconds": answered * 11.5,
                "handle_seconds": handle,
                "handled": answered,
                "service_level": within / (answered + abandoned),
                "abandon_rate": abandoned / (answered + abandoned),
                "asa_seconds": 11.5,
                "aht_seconds": 203.125,
                "spec": "in_range",
                "signal": "usual",
                "plan": "no_plan",
                "integrity": "ok",
                "sources": f"call-data/{number % 8}:{interval * 100}-{interval * 100 + 99}",
                "form": FORM,
                "previous_hash": last[queue],
                "position": interval,
            }
            row["hash"] = last[queue] = row_hash(row)
            batch.append(row)
        yield batch


def line(what: str, rows: int, seconds: float, note: str = "") -> None:
    """One line of the table."""
    print(f"{what:<44} {rows:>10,} rows {seconds:>9.1f} s {rows / seconds:>10,.0f} rows/s  {note}", flush=True)


def write(url: str, queues: int, intervals: int) -> None:
    """Write every result, as workers would: several intervals a transaction."""
    making = writing = 0.0
    rows = 0
    with Store(url) as store:
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        pending: list[dict[str, Any]] = []
        begun = time.perf_counter()
        for batch in results(queues, intervals):
            pending += batch
            if len(pending) >= 5000:
                made = time.perf_counter()
                rows += store.write_results(pending)
                making, begun, writing = (
                    making + made - begun,
                    time.perf_counter(),
                    writing + time.perf_counter() - made,
                )
                pending = []
        rows += store.write_results(pending)
    line("history: write_results (SQLite)", rows, writing, f"(making and hashing them: {making:.0f} s)")


def apart(function: Callable[..., int], *arguments: object) -> tuple[int, float, int]:
    """Run a function in a process of its own: (result, seconds, peak memory in MB)."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (function, arguments))


def _measured(function: Callable[..., int], arguments: tuple[Any, ...]) -> tuple[int, float, int]:
    begun = time.perf_counter()
    done = function(*arguments)
    return done, time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def export_parquet(url: str, file: Path) -> int:
    """Our export."""
    with Store(url, create=False) as store:
        return export(store, file, "parquet")


def check_history(url: str) -> int:
    """Our verification of the database."""
    with Store(url, create=False) as store, store.reading() as reader:
        summary = Summary()
        assert list(verify_history(reader, summary)) == []  # noqa: S101 - a benchmark of wrong answers is none
        return summary.rows


def check_file(file: Path) -> int:
    """Our verification of the file."""
    summary = Summary()
    assert list(verify_export(file, read_proof(proof_path(file)), summary)) == []  # noqa: S101 - as above
    return summary.rows


def pandas_write(url: str, queues: int, intervals: int) -> None:
    """Write the same rows into a plain table, as many at a time as above."""
    rows, writing = 0, 0.0
    engine = create_engine(url)
    pending: list[dict[str, Any]] = []
    for number, batch in enumerate(results(queues, intervals), 1):
        pending += batch
        if len(pending) >= 5000 or number == intervals:
            begun = time.perf_counter()
            pd.DataFrame(pending).to_sql("plain", engine, if_exists="append", index=False)
            writing += time.perf_counter() - begun
            rows += len(pending)
            pending = []
    line("pandas: to_sql (SQLite)", rows, writing)


def pandas_parquet(url: str, file: Path) -> int:
    """Write the same table to Parquet in the usual way, with all of it in memory."""
    frame = pd.read_sql("SELECT * FROM plain ORDER BY queue, position", create_engine(url))
    frame.to_parquet(file)
    return len(frame)


def main() -> None:
    """Print the table; exit 1 if the export took more memory than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=500)
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--peer-days", type=int, default=4, help="days that pandas is given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'history.db'}"
        write(url, options.queues, options.days * 48)
        size = (folder / "history.db").stat().st_size
        rows, seconds, memory = apart(export_parquet, url, folder / "history.parquet")
        line("history: export to Parquet, with its proof", rows, seconds, f"peak {memory} MB; limit {LIMIT_MB} MB")
        line("history: verify the database", *apart(check_history, url)[:2])
        line("history: verify the Parquet file", *apart(check_file, folder / "history.parquet")[:2])
        packed = (folder / "history.parquet").stat().st_size
        print(f"{size / rows:.0f} bytes a row in SQLite {sqlite3.sqlite_version}, {packed / rows:.0f} in Parquet")
        peer = f"sqlite:///{folder / 'plain.db'}"
        pandas_write(peer, options.queues, options.peer_days * 48)
        peer_rows, peer_seconds, peer_memory = apart(pandas_parquet, peer, folder / "plain.parquet")
        line("pandas: read_sql, to_parquet", peer_rows, peer_seconds, f"peak {peer_memory} MB")
    if memory > LIMIT_MB:
        raise SystemExit(f"the export took {memory} MB, more than {LIMIT_MB}")


if __name__ == "__main__":
    main()
