"""Worked cases of files that give nothing: the end of a command says so, and why."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from intervalwatch.commands.replay import replay


def run(folder: Path, *arguments: str | Path) -> Result:
    """Replay into a new history."""
    url = f"sqlite:///{folder / 'history.db'}"
    return CliRunner().invoke(replay, [*map(str, arguments), "--history", url], standalone_mode=False)


def test_a_source_of_which_nothing_is_accepted_ends_with_one(shared_cases: Path, tmp_path: Path) -> None:
    """The exit code is 1; the commonest reason has its count and first row, and the way to the rest is said."""
    case = shared_cases / "all-dead-and-exit-0"
    ended = run(tmp_path, "--config", case / "config.yaml", "--source", f"calls={case / 'data.csv'}", "--json-summary")
    assert ended.return_value == 1
    assert "  2 rows, first data.csv:1: offered_at: column t has '2026-01-05 09:00:00'" in ended.output
    assert f"--history sqlite:///{tmp_path / 'history.db'} --what dead-letters" in ended.output
    assert "source calls: nothing was accepted: 2 of its rows were refused" in ended.output
    summary = json.loads(ended.stdout.splitlines()[-1])
    assert (summary["records_read"], summary["records_dead_lettered"], summary["records_accepted"]) == (2, 2, 0)


def test_one_source_without_rows_beside_another_is_told(tmp_path: Path) -> None:
    """A file whose every row is filtered away gives nothing: exit code 1, though the calls were counted."""
    config = tmp_path / "monitor.yaml"
    config.write_text(
        "site: {timezone: UTC}\n"
        "sources:\n"
        "  calls: {record: contact}\n"
        "  plan: {record: plan, where: {queue: [nobody]}}\n",
        encoding="utf-8",
    )
    calls, plan = tmp_path / "calls.csv", tmp_path / "plan.csv"
    calls.write_text("contact_id,queue,offered_at\n1,sales,2026-01-05T09:00:00Z\n", encoding="utf-8")
    plan.write_text(
        "plan_version,published_at,queue,interval_start\nv1,2026-01-04T00:00:00Z,sales,2026-01-05T09:00:00Z\n",
        encoding="utf-8",
    )
    ended = run(tmp_path, "--config", config, "--source", f"calls={calls}", "--source", f"plan={plan}")
    assert ended.return_value == 1
    assert "source plan: nothing was accepted: its files have no row that is kept" in ended.output
    assert "source calls" not in ended.output
    assert "refused rows" not in ended.output
