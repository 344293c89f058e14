"""The command `intervalwatch verify`."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from history_rows import PARAMETERS, a_day

from config.errors import UserError
from intervalwatch.commands.replay import replay
from intervalwatch.commands.verify import verify
from streams.export.export import export
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
    """Exit 0, what was checked, what was not, and whether anything kept elsewhere was compared."""
    alone = ["consistent in itself; nothing kept elsewhere was compared (--heads SIDECAR or BUNDLE.zip)"]
    for arguments, last in (
        (("--history", f"sqlite:///{history}"), alone),
        (("--history", f"sqlite:///{history}", "--heads", tmp_path / "day.csv.proof.json"), []),
        ((tmp_path / "day.csv",), []),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        verified, unproved, *compared = result.stdout.splitlines()
        assert compared == last
        assert verified == "verified: 26 results of 2 queues; chains whole, figures right"
        assert unproved.startswith("not proved: ")


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


CONFIGURATION = """
site: {timezone: Europe/Madrid, interval_minutes: 30, grace_seconds: 600}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
programs: [{id: retail, queues: [{id: sales}]}]
sources:
  calls:
    format: csv
    record: contact
    columns:
      contact_id: id
      queue: queue
      offered_at: {columns: [offered], format: "%Y-%m-%d %H:%M:%S"}
      outcome: outcome
      wait_seconds: wait
      talk_seconds: talk
"""


def raw_calls(file: Path, *answered: int) -> Path:
    """A file of calls: three an hour (in its first half only), of which `answered` names the wait of the second."""
    lines = ["id,queue,offered,outcome,wait,talk"]
    for hour, wait in enumerate(answered):
        lines += [
            f"a{hour},sales,2026-03-02 {hour + 9:02}:05:00,answered,5,100",
            f"b{hour},sales,2026-03-02 {hour + 9:02}:06:00,answered,{wait},90",
            f"c{hour},sales,2026-03-02 {hour + 9:02}:07:00,abandoned,30,",
        ]
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture
def replayed(tmp_path: Path) -> tuple[str, Path, Path]:
    """A history computed from a file of calls: its URL, the configuration and the calls."""
    config, calls = tmp_path / "monitor.yaml", raw_calls(tmp_path / "calls.csv", 10, 10, 10, 10)
    config.write_text(CONFIGURATION)
    url = f"sqlite:///{tmp_path / 'replayed.db'}"
    options = ("--config", config, "--source", f"calls={calls}", "--history", url)
    assert CliRunner().invoke(replay, [str(option) for option in options]).exit_code == 0
    return url, config, calls


def test_the_raw_records_give_the_same_figures(replayed: tuple[str, Path, Path], tmp_path: Path) -> None:
    """Computed again from all the raw records, or from those of some hours, the latest figures are the same."""
    url, config, calls = replayed
    result = run("--history", url, "--config", config, "--against", f"calls={calls}")
    assert result.exit_code == 0, result.output
    assert "4 intervals computed again from raw records, the same" in result.stdout
    some = raw_calls(tmp_path / "some.csv", 10, 10)
    assert (
        "2 intervals computed again" in run("--history", url, "--config", config, "--against", f"calls={some}").stdout
    )


def test_other_raw_records_are_exit_1_and_named(replayed: tuple[str, Path, Path], tmp_path: Path) -> None:
    """An interval whose raw records say something else is named with both figures."""
    url, config, _ = replayed
    other = raw_calls(tmp_path / "other.csv", 10, 10, 25, 10)
    result = run("--history", url, "--config", config, "--against", f"calls={other}")
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert line.startswith("queue 'sales', interval 2026-03-02T10:00:00Z: answered_within is 2 in history, and the raw")


def test_the_same_parameters_are_needed(replayed: tuple[str, Path, Path]) -> None:
    """A configuration whose version means something else cannot be compared with, and says so."""
    url, config, calls = replayed
    config.write_text(CONFIGURATION.replace("grace_seconds: 600", "grace_seconds: 900"))
    with pytest.raises(
        UserError, match=r"monitor\.yaml: parameters\.version '2026-01': history holds this version with"
    ):
        run("--history", url, "--config", config, "--against", f"calls={calls}")


def test_against_needs_a_configuration_and_a_history(history: Path, tmp_path: Path) -> None:
    """The message names the missing option before anything is read."""
    for arguments in (
        ("--history", f"sqlite:///{history}", "--against", "calls=calls.csv"),
        ("--history", f"sqlite:///{history}", "--config", "monitor.yaml"),
        (tmp_path / "day.csv", "--against", "calls=calls.csv", "--config", "monitor.yaml"),
    ):
        with pytest.raises(UserError, match="--against: needs --config FILE"):
            run(*arguments)
