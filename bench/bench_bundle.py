"""The time and memory of an evidence bundle, beside a plain archive of the same table's CSV by pandas.

    python bench/bench_bundle.py                          # 500 queues, 31 days of 24 hours
    python bench/bench_bundle.py --queues 50 --days 3     # a look

The bundle has report, tables as Parquet and CSV with sidecars, and a signature; pandas has one CSV and no proof.
Each is a process of its own.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from bench_history import apart, write

LIMIT_SECONDS, LIMIT_MB = 300, 512
_RUN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def by_pandas(url: str, target: str) -> int:
    """The table as one zipped CSV; its rows."""
    import pandas as pd  # noqa: PLC0415  in the process that is measured

    rows = 0
    for part in pd.read_sql("SELECT * FROM interval_results", url, chunksize=5000):
        part.to_csv(target, mode="a" if rows else "w", header=not rows, compression="gzip")
        rows += len(part)
    return rows


def main() -> None:
    """Write a history, then bundle it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=500)
    parser.add_argument("--days", type=int, default=31)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'history.db'}"
        write(url, options.queues, 48 * options.days)
        command = [sys.executable, "-m", "intervalwatch"]
        subprocess.run([*command, "bundle", "--new-key", str(folder / "key")], check=True, stdout=subprocess.DEVNULL)
        end = date(2026, 1, 1) + timedelta(days=options.days)
        period = ["--from", "2026-01-01T00:00:00Z", "--to", f"{end}T00:00:00Z"]
        given = ["--history", url, *period, "--output", str(folder / "month.zip"), "--key", str(folder / "key")]
        for what, arguments in (
            ("bundle", ["bundle", *given]),
            ("verify", ["verify", str(folder / "month.zip"), "--public-key", str(folder / "key.pub")]),
        ):
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _RUN, *command, *arguments], check=True, capture_output=True, text=True
            )
            seconds, megabytes = time.perf_counter() - begun, int(done.stdout.split()[-1])
            print(f"{what}: {seconds:.0f} s, {megabytes} MB (wanted: {LIMIT_SECONDS} s, {LIMIT_MB} MB)", flush=True)
        rows, seconds, megabytes = apart(by_pandas, url, str(folder / "month.csv.gz"))
        print(f"pandas, one CSV of {rows:,} rows, no proof: {seconds:.0f} s, {megabytes} MB")


if __name__ == "__main__":
    main()
