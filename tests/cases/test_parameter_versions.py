"""Worked cases of parameter versions over restarts: what counted stays, and nothing begins before its time."""

from pathlib import Path
from typing import Any

import pytest
from case_runs import rows_of, verified
from click.testing import CliRunner

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, Result
from config.errors import UserError
from config.settings import load
from intervalwatch.commands.check import check
from intervalwatch.commands.replay import replay
from streams.history.parameters import with_history, write_parameters
from streams.history.store import Store
from streams.sources.merge import parse_inputs, read_feed

State = dict[bytes, bytes]


def work(case: Path, store: Store, state: State, configs: list[str], file: str, *, helped: bool) -> None:
    """Take a file as a worker does that begins with `configs` on a state; `helped`: history completes the versions."""
    given = load([case / name for name in configs])
    configuration = with_history(given, store) if helped else given
    write_parameters(configuration, store)
    feed = read_feed(configuration, parse_inputs(configuration, [f"c={case / file}"]), 2**42)
    engine = QueueEngine(configuration.queue("q"), state, file)
    (records,) = feed.queues.values()
    for block in records.arrived():
        engine.apply_records(block.records, [0] * len(block.records), file, block.rows)
    outputs = [*engine.take(), *engine.finish()]
    store.write_results(
        [output.row | {"position": output.position} for output in outputs if isinstance(output, Result)]
    )
    store.write_breaches([output.row for output in outputs if isinstance(output, BreachEvent)])
    commit = engine.commit()
    if commit is not None:
        commit.apply(state)


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    """The settings that a row was counted by, and its level."""
    return row["revision"], row["parameters_version"], row["definition"], row["threshold_seconds"], row["service_level"]


@pytest.mark.parametrize("helped", [True, False])
def test_a_version_that_begins_in_the_past_corrects_nothing(shared_cases: Path, tmp_path: Path, helped: bool) -> None:
    """A correction is by the version of the first revision, though another given now would hold for its time."""
    case, url, state = shared_cases / "version-corrects-the-past", f"sqlite:///{tmp_path}/history.db", State()
    with Store(url) as store:
        work(case, store, state, ["v1.yaml"], "timely.csv", helped=helped)
        assert verified("--history", url)[0] == 0
        work(case, store, state, ["v1.yaml", "v2.yaml"], "late.csv", helped=helped)
    assert verified("--history", url)[0] == 0
    first, second = [row for row in rows_of(url) if row["interval_start"] == "2025-11-05T08:00:00Z"]
    assert told(first) == (1, "v1", "S1", 20, 0.5)
    assert told(second) == (2, "v1", "S1", 20, 0.48)


@pytest.mark.parametrize("helped", [True, False])
def test_the_next_version_alone_waits_for_its_time(shared_cases: Path, tmp_path: Path, helped: bool) -> None:
    """Given only the next version, a worker goes on with the one that history, or the queue's state, holds."""
    case, url, state = shared_cases / "next-version-only", f"sqlite:///{tmp_path}/history.db", State()
    with Store(url) as store:
        work(case, store, state, ["v1.yaml"], "morning.csv", helped=helped)
        work(case, store, state, ["v2.yaml"], "afternoon.csv", helped=helped)
    rows = rows_of(url)
    assert {(row["parameters_version"], row["definition"]) for row in rows} == {("v1", "S1")}
    assert max(row["interval_start"] for row in rows) >= "2025-11-05T10:00:00Z"
    assert verified("--history", url)[0] == 0


def test_a_replay_goes_on_with_the_version_of_history(shared_cases: Path, tmp_path: Path) -> None:
    """A replay with the next version alone into a history takes the version that it holds; with none, its own."""
    case = shared_cases / "next-version-only"
    for folder, before, expected in (("a", ["v1.yaml"], "v1"), ("b", [], "v2")):
        (tmp_path / folder).mkdir()
        url = f"sqlite:///{tmp_path}/{folder}/history.db"
        for configs, file in [*((name, "morning.csv") for name in before), ("v2.yaml", "morning.csv")]:
            asked = ["--config", case / configs, "--source", f"c={case / file}", "--history", url]
            assert CliRunner().invoke(replay, [str(part) for part in asked]).exit_code == 0
        assert {row["parameters_version"] for row in rows_of(url)} == {expected}
        assert verified("--history", url)[0] == 0


def test_the_first_version_given_is_said_to_hold_before_its_time(shared_cases: Path) -> None:
    """`check` says in a line that what lies before the earliest version is counted by it."""
    said = CliRunner().invoke(check, ["--config", str(shared_cases / "next-version-only" / "v2.yaml")]).output
    (line,) = [line for line in said.splitlines() if "no earlier version" in line]
    assert line.startswith("parameters v2: ")
    assert "before 2026-01-01T00:00:00Z" in line


def test_changed_content_is_refused_and_a_new_setting_at_its_default_is_none(
    shared_cases: Path, tmp_path: Path
) -> None:
    """A setting that a later release adds is no change at its default, and one at any other value."""
    settings = load([shared_cases / "next-version-only" / "v1.yaml"]).last
    begins = "2025-01-01T00:00:00Z"
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        earlier = [{name: value for name, value in own.items() if name != "vocabulary"} for own in settings.content]
        for own in earlier:
            own["rules"] = {name: rule for name, rule in own["rules"].items() if name != "schedule_gap"}
        assert store.write_parameters("v1", begins, earlier)
        assert not store.write_parameters("v1", begins, settings.content)
        for change in ({"vocabulary": "fatal"}, {"grace_ms": 1}):
            with pytest.raises(UserError, match="holds this version with other content"):
                store.write_parameters("v1", begins, [own | change for own in settings.content])
