"""The command `intervalwatch verify --against`, of the projections that a history keeps."""

import random
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.timestamps import from_rfc3339
from intervalwatch.commands.replay import replay
from intervalwatch.commands.verify import verify

CONFIGURATION = """
site: {timezone: UTC, interval_minutes: 30, grace_seconds: 600}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00Z}
defaults:
  hours: {mon-fri: "08:00-16:00"}
  service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.90], patience_seconds: 180}
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
  plan:
    format: csv
    record: plan
    published: 2026-03-01T00:00:00Z
    columns:
      queue: queue
      interval_start: {columns: [start], format: "%Y-%m-%d %H:%M:%S"}
      forecast_offered: offered
      forecast_aht_seconds: aht
      scheduled_agents: agents
"""


class History:
    """A history of Monday and Tuesday to noon, its sources, and the ways to look at it.

    Args:
        folder: to hold it.
        as_arrived: whether it takes the calls in the order of the file, in which some come 4 minutes late.
    """

    def __init__(self, folder: Path, *, as_arrived: bool) -> None:
        self.folder = folder
        self.order = ("--as-arrived",) if as_arrived else ()
        self.config = folder / "monitor.yaml"
        self.config.write_text(CONFIGURATION)
        self.database = folder / "history.db"
        self.url = f"sqlite:///{self.database}"
        slots = [f"2026-03-0{day} {h:02}:{m}:00" for day in (2, 3) for h in range(8, 16) for m in ("00", "30")]
        (folder / "plan.csv").write_text(
            "queue,start,offered,aht,agents\n" + "".join(f"sales,{s},30,240,6\n" for s in slots)
        )
        chance, rows = random.Random(5), []
        for day, last in ((2, 479), (3, 245)):
            for minute in range(last):
                hour, late = divmod(480 + minute, 60), 240 if chance.random() < 0.2 else 0
                text = (
                    f"{day}-{minute},sales,2026-03-0{day} {hour[0]:02}:{hour[1]:02}:00,answered,{5 + minute % 40},240"
                )
                rows.append((day * 86_400 + minute * 60 + late, text))
        self.calls = [text for _, text in sorted(rows)]
        self.write_calls(self.calls)
        sources = ("--source", f"plan={folder / 'plan.csv'}", "--source", f"calls={folder / 'calls.csv'}")
        options = ("--config", self.config, *sources, "--history", self.url, *self.order)
        result = CliRunner().invoke(replay, [str(option) for option in options])
        assert result.exit_code == 0, result.output

    def write_calls(self, rows: list[str]) -> None:
        """Write the file of calls."""
        (self.folder / "calls.csv").write_text("\n".join(["id,queue,offered,outcome,wait,talk", *rows]) + "\n")

    def run(self, *order: str) -> Result:
        """`verify` against the sources."""
        against = [f"{name}={self.folder / f'{name}.csv'}" for name in ("plan", "calls")]
        options = [
            "--history",
            self.url,
            "--config",
            str(self.config),
            "--against",
            against[0],
            "--against",
            against[1],
        ]
        return CliRunner().invoke(verify, [*options, *order])

    def change(self, statement: str) -> None:
        """Change the database; instants may stand as text."""
        statement = re.sub(r"'(\S+Z)'", lambda found: str(from_rfc3339(found[1])), statement)
        with sqlite3.connect(self.database) as connection:
            assert connection.execute(statement).rowcount > 0


@pytest.fixture
def arrived(tmp_path: Path) -> History:
    """In the order of the file."""
    return History(tmp_path, as_arrived=True)


@pytest.fixture
def ordered(tmp_path: Path) -> History:
    """In the order of event time."""
    return History(tmp_path, as_arrived=False)


def test_projections_are_proved_by_their_records(arrived: History) -> None:
    """Made again in the same order they are the same, and the line `not proved` does not name them."""
    result = arrived.run("--as-arrived")
    assert result.exit_code == 0, result.output
    assert "projections" not in result.stdout
    with sqlite3.connect(arrived.database) as connection:
        assert connection.execute("SELECT count(DISTINCT made_at) FROM projections").fetchone() == (6,)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE projections SET p_on_target = 0.5 WHERE made_at = '2026-03-02T11:00:00Z' AND place = 0",
            "queue 'sales', projection of 2026-03-02T11:00:00Z: p_on_target of the day is 0.5 in history, and the raw",
        ),
        (
            "UPDATE projections SET reforecast_high = 99 WHERE made_at = '2026-03-03T09:00:00Z' AND place = 3",
            "projection of 2026-03-03T09:00:00Z: reforecast_high of 2026-03-03T10:00:00Z is 99 in history",
        ),
        (
            "DELETE FROM projections WHERE made_at = '2026-03-02T13:00:00Z'",
            "projection of 2026-03-02T13:00:00Z: is not in history, and the raw records give it",
        ),
        (
            "UPDATE projections SET made_at = '2026-03-02T13:30:00Z' WHERE made_at = '2026-03-02T13:00:00Z'",
            "projection of 2026-03-02T13:30:00Z: is in history, and the raw records do not give it",
        ),
        (
            "DELETE FROM projections WHERE made_at = '2026-03-02T13:00:00Z' AND place = 2",
            "13:00:00Z: has 2026-03-02T14:00:00Z where the raw records give 2026-03-02T13:30:00Z",
        ),
    ],
)
def test_a_changed_projection_is_exit_1_and_named(arrived: History, statement: str, words: str) -> None:
    """A figure, a projection or an interval of it that the records do not give is a finding."""
    arrived.change(statement)
    result = arrived.run("--as-arrived")
    assert result.exit_code == 1
    assert words in result.stdout


def test_another_order_proves_nothing_and_accuses_nobody(arrived: History) -> None:
    """A replay by event time knows at 11:00 what came later: the line says what it needs; one that is gone is found."""
    result = arrived.run()
    assert result.exit_code == 0, result.output
    assert "projections that hang on the order of arrival (give --as-arrived" in result.stdout
    arrived.change("DELETE FROM projections WHERE made_at = '2026-03-02T13:00:00Z'")
    assert arrived.run().exit_code == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (lambda calls: calls, ""),
        (lambda calls: [row for row in calls if row.startswith("2-")], "projections that the raw records do not reach"),
        (lambda calls: [row for row in calls if row.startswith("3-")], "projections that the raw records do not reach"),
    ],
)
def test_projections_are_compared_as_far_as_the_records_reach(
    ordered: History, rows: Callable[[list[str]], list[str]], words: str
) -> None:
    """Records of one day prove its projections at most, and the line says so of the others."""
    ordered.write_calls(rows(ordered.calls))
    result = ordered.run()
    assert result.exit_code == 0, result.output
    assert words in result.stdout
    assert ("projections" in result.stdout) == bool(words)


def test_a_history_that_begins_to_keep_projections_is_sound(ordered: History) -> None:
    """An earlier program kept none: what was before the first is named, and is no finding."""
    ordered.change("DELETE FROM projections WHERE made_at < '2026-03-03T00:00:00Z'")
    result = ordered.run()
    assert result.exit_code == 0, result.output
    assert "whether projections were removed before the first that a queue has" in result.stdout
