"""The command `intervalwatch verify`."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from history_rows import PARAMETERS, a_day

from config.errors import UserError
from intervalwatch.commands.verify import verify
from streams.history.export import export
from streams.history.store import Store


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A history with one day of two queues, and an export of it."""
    file = tmp_path / "history.db"
    with Store(f"sqlite:///{file}") as store:
        store.write_results(a_day())
        store.write_parameters("2026-01", "2026-01-01T00:00:00Z", PARAMETERS)
        export(store, tmp_path / "day.csv", "csv")
    return file


def run(*arguments: str | Path) -> Result:
    """The command as a shell runs it, user errors passed through."""
    result = CliRunner().invoke(verify, [str(argument) for argument in arguments])
    if isinstance(result.exception, UserError):
        raise result.exception
    return result


def test_an_untouched_history_and_export_pass(history: Path, tmp_path: Path) -> None:
    """Exit 0, and one line that says what was checked."""
    for arguments in (
        ("--history", f"sqlite:///{history}"),
        ("--history", f"sqlite:///{history}", "--heads", tmp_path / "day.csv.proof.json"),
        (tmp_path / "day.csv",),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert result.stdout == "verified: 26 results of 2 queues; chains whole, figures right\n"


def test_tampering_is_exit_1_and_named(history: Path, tmp_path: Path) -> None:
    """The first bad row is named with what is wrong."""
    with sqlite3.connect(history) as connection:
        connection.execute("UPDATE interval_results SET offered = 1 WHERE queue = 'sales' AND position = 4")
    result = run("--history", f"sqlite:///{history}")
    assert result.exit_code == 1
    assert result.stdout.startswith("queue 'sales', interval 2026-03-02T10:00:00Z, revision 1 (number 5 of its queue):")
    assert "something is wrong" in result.stderr
    file = tmp_path / "day.csv"
    file.write_text(file.read_text().replace("late contact", "early contact"))
    result = run(file)
    assert result.exit_code == 1
    assert "interval 2026-03-02T09:30:00Z, revision 2 (line 22)" in result.stdout


def test_a_sidecar_may_be_kept_elsewhere(history: Path, tmp_path: Path) -> None:  # noqa: ARG001 - makes the export
    """FILE needs its sidecar; --heads names it where it is not beside the file."""
    (tmp_path / "day.csv.proof.json").rename(tmp_path / "safe.json")
    with pytest.raises(UserError, match=r"day\.csv\.proof\.json: not found"):
        run(tmp_path / "day.csv")
    assert run(tmp_path / "day.csv", "--heads", tmp_path / "safe.json").exit_code == 0


@pytest.mark.parametrize("arguments", [(), ("--history", "sqlite:///x.db", "file.csv")])
def test_one_thing_at_a_time(arguments: tuple[str, ...]) -> None:
    """Either a history or a file."""
    with pytest.raises(UserError, match="either --history URL or an exported FILE"):
        run(*arguments)


def test_against_says_that_it_is_not_there_yet(history: Path) -> None:
    """Nothing is claimed that is not computed."""
    with pytest.raises(UserError, match="--against"):
        run("--history", f"sqlite:///{history}", "--against", "acd=calls.csv")
