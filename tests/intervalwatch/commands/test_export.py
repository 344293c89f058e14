"""The command `intervalwatch export`."""

import io
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from history_rows import a_day

from config.errors import UserError
from intervalwatch.commands.export import export
from streams.history.store import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a history with one day of two queues."""
    made = f"sqlite:///{tmp_path / 'history.db'}"
    with Store(made) as store:
        store.write_results(a_day())
    return made


def run(*arguments: str) -> Result:
    """The command as a shell runs it, user errors passed through."""
    result = CliRunner().invoke(export, arguments)
    if isinstance(result.exception, UserError):
        raise result.exception
    return result


def test_filters_reach_the_file(url: str, tmp_path: Path) -> None:
    """From, to, queue and latest-only select the rows; instants may have any offset."""
    file = tmp_path / "sales.jsonl"
    arguments = ("--history", url, "--format", "jsonl", "--output", str(file), "--queue", "sales", "--latest-only")
    result = run(*arguments, "--from", "2026-03-02T10:00:00+01:00", "--to", "2026-03-02T10:00:00Z")
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(row["queue"], row["interval_start"], row["revision"]) for row in rows] == [
        ("sales", "2026-03-02T09:00:00Z", 1),
        ("sales", "2026-03-02T09:30:00Z", 3),
    ]
    assert (tmp_path / "sales.jsonl.proof.json").exists()


def test_standard_output_is_binary_clean(url: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Every format can be piped."""
    for form in ("csv", "jsonl", "parquet", "xlsx"):
        export.main(["--history", url, "--format", form, "--output", "-"], standalone_mode=False)
        piped = capfdbinary.readouterr().out
        if form == "csv":
            assert piped.count(b"\n") == 27
        elif form == "jsonl":
            assert len([json.loads(line) for line in piped.splitlines()]) == 26
        elif form == "parquet":
            assert pq.read_table(io.BytesIO(piped)).num_rows == 26
        else:
            assert openpyxl.load_workbook(io.BytesIO(piped))["Intervals"].max_row == 27


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--queue", "slaes"), r"--queue slaes: history holds no result of it; queues it holds: \+34 soporte, sales"),
        (("--program", "x"), "--program x: history holds no result"),
        (("--what", "dead-letters", "--queue", "sales"), "takes no filter"),
        (("--what", "breaches", "--latest-only"), "breaches have no revisions"),
    ],
)
def test_what_cannot_be_exported_says_so(url: str, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """A queue that is not there, or a filter that makes no sense, is one line that names it."""
    with pytest.raises(UserError, match=said):
        run("--history", url, "--format", "csv", "--output", str(tmp_path / "x.csv"), *arguments)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("text", ["2026-03-02T10:00:00", "yesterday"])
def test_an_instant_needs_an_offset(url: str, tmp_path: Path, text: str) -> None:
    """A naive or unreadable instant is one line that says how to write it."""
    with pytest.raises(UserError, match=f"--from {text}: is not an instant like 2026-03-02T01:00:00Z"):
        run("--history", url, "--format", "csv", "--output", str(tmp_path / "x.csv"), "--from", text)


def test_a_history_that_is_not_there(tmp_path: Path) -> None:
    """An export makes no history of its own."""
    with pytest.raises(UserError, match="there is no file"):
        run("--history", f"sqlite:///{tmp_path / 'no.db'}", "--format", "csv", "--output", "-")
