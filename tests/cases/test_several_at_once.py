"""Worked cases of agents who serve several contacts at once."""

from pathlib import Path
from typing import Any

import pytest
from case_runs import replayed, rows_of
from click.testing import CliRunner

from intervalwatch.commands.check import check


def _with_concurrency(case: Path, folder: Path, concurrency: str) -> Path:
    """The case's files in a folder of their own, with the setting that its configuration leaves out."""
    for file in case.glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    text = (case / "config.yaml").read_text(encoding="utf-8")
    given = text.replace("  channel: chat\n", f"  channel: chat\n  concurrency: {concurrency}\n")
    (folder / "config.yaml").write_text(given, encoding="utf-8")
    return folder


def _rows(shared_cases: Path, folder: Path, concurrency: str, **sources: str) -> tuple[list[dict[str, Any]], str]:
    case = _with_concurrency(shared_cases / "chat-concurrency", folder, concurrency)
    url = replayed(case, folder, **sources)
    return rows_of(url), url


def test_chats_at_once_need_the_agents_of_their_shortened_handle_time(shared_cases: Path, tmp_path: Path) -> None:
    """60 chats of 600 s at 2.5 at once are 8 erlang: 10 agents (Erlang A, 180 s), nobody is short, nothing is told."""
    rows, url = _rows(shared_cases, tmp_path, "2.5", i="intervals.csv", plan="plan.csv")
    assert {(row["required_agents"], row["net_staffing"], row["service_level"]) for row in rows} == {(10, 0, 0.9)}
    assert {row["aht_seconds"] for row in rows} == {600}
    assert rows_of(url, "breaches") == []


def test_one_at_a_time_would_ask_for_more_than_twice_as_many(shared_cases: Path, tmp_path: Path) -> None:
    """At the default of 1 the model takes the same chats for 22 agents' work."""
    rows, _ = _rows(shared_cases, tmp_path, "1", i="intervals.csv", plan="plan.csv")
    assert {row["required_agents"] for row in rows} == {22}


def test_occupancy_is_the_share_of_the_capacity(shared_cases: Path, tmp_path: Path) -> None:
    """4,200 s of chats in half an hour of one agent with 2.5 at once: 300 s of 4,500 s are left."""
    rows, _ = _rows(shared_cases, tmp_path, "2.5", c="contacts.csv", st="states.csv")
    row = rows[0]
    assert (row["occupied_seconds"], row["available_seconds"], row["staffed_seconds"]) == (4200, 300, 1800)
    assert row["occupancy"] == pytest.approx(4200 / 4500, abs=1e-9)


def test_work_beyond_the_capacity_leaves_nothing_available(shared_cases: Path, tmp_path: Path) -> None:
    """Where the setting is below what was served at once, nothing is left: never a negative time."""
    rows, _ = _rows(shared_cases, tmp_path, "2", c="contacts.csv", st="states.csv")
    assert (rows[0]["available_seconds"], rows[0]["occupancy"]) == (0, 1)


HEAD = "queue chat, 2026-03-02: concurrency 1 is refuted: "
REFUTED = (
    (
        f"{HEAD}contacts took 193 % of the agents' capacity in 8 intervals: "
        "an agent served at least 1.9 at once, or staffed time is missing"
    ),
    (
        f"{HEAD}the service level was 90 % where the model says 13 %, more than 30 points off in each of 8 intervals: "
        "an agent serves more at once"
    ),
)
BORNE = ("no day of the last 7 refutes how many contacts an agent is said to serve at once",)


@pytest.mark.parametrize(("concurrency", "said"), [("1", REFUTED), ("2.5", BORNE)])
def test_check_says_which_setting_a_history_refutes(
    shared_cases: Path, tmp_path: Path, concurrency: str, said: tuple[str, ...]
) -> None:
    """34,800 s of chats in 18,000 s of agents: 1 at once cannot be, 2.5 can; nothing of it is a breach."""
    rows, url = _rows(shared_cases, tmp_path, concurrency, i="intervals.csv", plan="plan.csv")
    assert len(rows) == 8
    run = CliRunner().invoke(check, ["--config", str(tmp_path / "config.yaml"), "--history", url])
    assert run.exit_code == 0
    found = run.output[run.output.index("History ") :].splitlines()
    assert tuple(line.strip() for line in found[1:]) == said
    assert not any("concurrency" in row["message"] for row in rows_of(url, "breaches"))
