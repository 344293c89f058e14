"""Worked cases that `verify` must not call sound: results that only pretend to be retired or left out."""

import json
import sqlite3
from pathlib import Path

from case_runs import replayed, verified
from click.testing import CliRunner

from intervalwatch.commands.export import export


def test_a_result_retired_from_the_middle_is_named(shared_cases: Path, tmp_path: Path) -> None:
    """Retention is not configured: a result moved among the retired is named, whatever `verify` is asked."""
    case = shared_cases / "retired-in-the-middle"
    url, file = replayed(case, tmp_path, c="contacts.csv"), tmp_path / "all.csv"
    CliRunner().invoke(export, ["--history", url, "--format", "csv", "--output", str(file)])
    against = ("--against", f"c={case / 'contacts.csv'}", "--config", case / "config.yaml")
    sidecar = f"{file}.proof.json"
    for asked in ((), ("--heads", sidecar), against):
        assert verified("--history", url, *asked)[0] == 0
    names = "queue, position, interval_start, revision, previous_hash, hash"
    with sqlite3.connect(tmp_path / "history.db") as connection:
        where = "WHERE interval_start = 1762336800000"
        connection.execute(f"INSERT INTO retired_results ({names}) SELECT {names} FROM interval_results {where}")
        assert connection.execute(f"DELETE FROM interval_results {where}").rowcount == 1
    for asked in ((), ("--heads", sidecar), against):
        code, said = verified("--history", url, *asked)
        assert (code, "2025-11-05T10:00:00Z" in said) == (1, True)


def test_a_row_left_out_against_the_filter_is_named(shared_cases: Path, tmp_path: Path) -> None:
    """The sidecar's own filter lets a row through that it lists as left out: the row is named."""
    url = replayed(shared_cases / "left-out-against-filter", tmp_path, c="contacts.csv")
    file, sidecar = tmp_path / "some.csv", tmp_path / "some.csv.proof.json"
    some = ["--from", "2025-11-05T09:00:00Z", "--to", "2025-11-05T12:00:00Z", "--format", "csv", "--output", str(file)]
    CliRunner().invoke(export, ["--history", url, *some])
    assert verified(file)[0] == 0
    lines = file.read_text().splitlines(keepends=True)
    (taken,) = [line for line in lines if ",2025-11-05T10:00:00Z," in line]
    file.write_text("".join(line for line in lines if line is not taken))
    proof = json.loads(sidecar.read_text())
    previous, own = taken.strip().split(",")[-2:]
    proof["left_out"]["q"].append([4, "2025-11-05T10:00:00Z", 1, previous, own])
    proof["left_out"]["q"].sort()
    proof["rows"] -= 1
    sidecar.write_text(json.dumps(proof))
    code, said = verified(file)
    assert (code, "2025-11-05T10:00:00Z" in said, "lets it through" in said) == (1, True, True)


def test_what_no_hash_covers_is_held_against_the_raw_records(shared_cases: Path, tmp_path: Path) -> None:
    """A breach's figure that was changed is named by --against, which proves what a verification alone does not."""
    case = shared_cases / "small-queue-is-never-told"
    url = replayed(case, tmp_path, acd="data.csv")
    asked = ("--history", url, "--against", f"acd={case}/data.csv", "--config", case / "config.yaml")
    code, said = verified(*asked)
    assert (code, "breaches" in said.partition("not proved:")[2]) == (0, False), said
    with sqlite3.connect(tmp_path / "history.db") as connection:
        assert connection.execute("UPDATE breaches SET message = 'all is well'").rowcount
    assert "breaches (" in verified("--history", url)[1]
    code, said = verified(*asked)
    assert (code, "message is all is well in history" in said) == (1, True)
