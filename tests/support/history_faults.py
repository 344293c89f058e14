"""A history that stands still under workers, is taken away, and comes back from a backup or not at all."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from fault_run import FaultRun

from streams.history.store import Store

__all__ = ["HISTORY_FAULTS"]

_BUSY_SECONDS: Final = 7.0
"""Longer than a worker waits for a lock."""


def locked(run: FaultRun, chance: random.Random) -> None:
    """Another program holds the file's lock for some seconds."""
    del chance
    with closing(sqlite3.connect(_file(run), timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(_BUSY_SECONDS)
        other.execute("ROLLBACK")


def deleted(run: FaultRun, chance: random.Random) -> None:
    """The file is deleted after more results have come than the backup holds, and restored from that."""
    file, backup = _file(run), run.folder / "backup.db"
    with closing(sqlite3.connect(file, timeout=60)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    saved = run.results()
    until = time.monotonic() + 10
    while run.results() == saved and time.monotonic() < until:
        run.keep_alive()
        time.sleep(0.2)
    grown = run.results() > saved
    _remove(file)
    time.sleep(chance.uniform(0.5, 3))
    shutil.copy(backup, file.with_suffix(".back"))
    file.with_suffix(".back").rename(file)
    _fill(run, chance, by_itself=grown)


def gone(run: FaultRun, chance: random.Random) -> None:
    """The file is deleted, and a new one takes its place."""
    grown = run.results() > 0
    _remove(_file(run))
    time.sleep(chance.uniform(0.5, 3))
    Store(run.history).close()
    _fill(run, chance, by_itself=grown)


HISTORY_FAULTS: Final = (locked, deleted, gone)


def _fill(run: FaultRun, chance: random.Random, *, by_itself: bool) -> None:
    """Fill the history: by a worker that starts and sees that heads differ, or by the command."""
    if by_itself and chance.random() < 0.5:
        run.end("a", chance.choice((signal.SIGTERM, signal.SIGKILL)))
        run.start("a")
        return
    until = time.monotonic() + 90
    while True:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "intervalwatch", "history", "rebuild"),
                *("--config", str(run.path), "--broker", run.url, "--history", run.history),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        # A broker that was restarted a moment ago may not answer in time: whoever is told so runs it again.
        if done.returncode == 0 or "the broker does not answer" not in done.stderr or time.monotonic() > until:
            break
    assert done.returncode == 0, done.stderr


def _file(run: FaultRun) -> Path:
    return Path(run.history.removeprefix("sqlite:///"))


def _remove(file: Path) -> None:
    for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        each.unlink(missing_ok=True)
