"""Where an export goes: never over anything but a file, and whole or not at all."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from history_rows import a_day

from config.errors import UserError
from intervalwatch.main import run
from streams.export.export import export
from streams.history.store import Store

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history with one day of two queues."""
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        store.write_results(a_day())
    return file


@pytest.mark.parametrize(
    "name", ["history.db", "link.db", "hard.db", "history.db-wal", "history.db-journal", "sub/../history.db"]
)
def test_the_history_that_is_read_is_never_replaced(history: Path, name: str) -> None:
    """By whatever name it is called; its bytes stay what they are."""
    folder = history.parent
    (folder / "sub").mkdir()
    (folder / "link.db").symlink_to(history)
    (folder / "hard.db").hardlink_to(history)
    before = history.read_bytes()
    with Store(f"sqlite:///{history}", create=False) as store, pytest.raises(UserError, match="is the history"):
        export(store, folder / name, "csv")
    assert history.read_bytes() == before


def test_a_history_that_lies_where_the_proof_would_is_never_replaced(tmp_path: Path) -> None:
    """A sidecar is a file that is written, too."""
    file = tmp_path / "day.csv.proof.json"
    with Store(f"sqlite:///{file}") as store:
        store.write_results(a_day())
        with pytest.raises(UserError, match="is the history"):
            export(store, tmp_path / "day.csv", "csv")
        assert not (tmp_path / "day.csv").exists()


def test_only_a_file_is_replaced(history: Path) -> None:
    """A folder, a pipe, a socket and a device stay what they are, and so does a file on the way."""
    folder = history.parent
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
    (folder / "day.csv.part").write_text("somebody's")
    with Store(f"sqlite:///{history}", create=False) as store:
        for name, said in (("pipe", "is a pipe"), ("", "is a folder"), ("socket", "is a socket")):
            with pytest.raises(UserError, match=said):
                export(store, folder / name, "csv")
        for device in ("/dev/null", "/dev/full"):
            with pytest.raises(UserError, match="is a device"):
                export(store, Path(device), "csv")
        export(store, folder / "day.csv", "csv")
    assert (folder / "day.csv.part").read_text() == "somebody's"


@pytest.mark.parametrize("output", ["", " ", ".", "/"])
def test_an_output_without_a_name_is_one_line(history: Path, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, and the line says what to do."""
    assert run(["export", "--history", f"sqlite:///{history}", "--format", "csv", "--output", output]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "is empty; name a file" in said or "is a folder" in said


@pytest.mark.parametrize("url", ["postgresql+psycopg://:5432/x", "postgresql://:5432", "sqlite://:80/x"])
def test_a_port_without_a_host_is_one_line(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, and no socket of this machine is tried instead."""
    assert run(["export", "--history", url, "--format", "csv", "--output", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "names a port without a host" in said


ENDED = """
import os, sys
from streams.export import export
from intervalwatch.main import main
batches = export._batches
def ended(*given):
    for batch in batches(*given):
        os.kill(os.getpid(), {signal})
        yield batch
export._batches = ended
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("form", "number"),
    [("csv", signal.SIGTERM), ("csv", signal.SIGHUP), ("parquet", signal.SIGTERM), ("xlsx", signal.SIGTERM)],
)
def test_an_export_that_is_ended_leaves_nothing_half_done(history: Path, form: str, number: signal.Signals) -> None:
    """The file of yesterday stays, nothing lies beside it, and nothing is said."""
    file = history.parent / "day"
    file.write_text("yesterday's")
    before = sorted(path.name for path in history.parent.iterdir())
    command = ["export", "--history", f"sqlite:///{history}", "--format", form, "--output", str(file)]
    ended = subprocess.run(
        [sys.executable, "-c", ENDED.format(signal=int(number)), *command],
        cwd=ROOT, capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (128 + number, "")
    assert file.read_text() == "yesterday's"
    assert sorted(path.name for path in history.parent.iterdir()) == before


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_full_standard_output_is_one_line(history: Path, form: str) -> None:
    """No traceback, whatever the format; exit code 2."""
    command = ["export", "--history", f"sqlite:///{history}", "--format", form, "--output", "-"]
    assert full(command) == (2, 1, True)


@pytest.mark.parametrize("command", [["--help"], ["check", "--config", "config/monitor.yaml"]])
def test_a_full_standard_output_is_one_line_for_every_command(command: list[str]) -> None:
    """The last lines of a command are not lost silently."""
    assert full(command) == (2, 1, True)


def full(command: list[str]) -> tuple[int, int, bool]:
    """Exit code, lines on standard error, and whether they say so, of a command whose output goes to a full disk."""
    with Path("/dev/full").open("wb") as disk:
        ended = subprocess.run(
            [sys.executable, "-m", "intervalwatch", *command],
            cwd=ROOT, stdout=disk, stderr=subprocess.PIPE, check=False, text=True, timeout=60,
        )  # fmt: skip
    return ended.returncode, ended.stderr.count("\n"), "standard output: cannot be written (No space" in ended.stderr
