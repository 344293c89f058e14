"""Counts and times from reports that print averages and percentages."""

from pathlib import Path
from typing import Any

import pytest
from case_runs import rows_of
from click.testing import CliRunner

from intervalwatch.commands.replay import replay

CONFIG = """
site: {{timezone: UTC, interval_minutes: 30}}
defaults: {{service_level: {{threshold_seconds: 20, target: 0.80}}}}
programs: [{{id: p, queues: [{{id: sales}}]}}]
sources:
  f:
    format: csv
    record: interval
    threshold_seconds: 20
    columns: {{queue: {{const: sales}}, interval_start: T, answered: A, {columns}}}
"""


def rows(folder: Path, columns: str, header: str, *cells: str) -> list[dict[str, Any]]:
    """The rows of a file of half hours from 09:00 on, after the columns `T` (the start) and those of `header`."""
    lines = [f"T,{header}", *(f"2026-03-02T{9 + n // 2:02d}:{n % 2 * 3}0:00Z,{row}" for n, row in enumerate(cells))]
    (folder / "f.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "c.yaml").write_text(CONFIG.format(columns=columns), encoding="utf-8")
    url = f"sqlite:///{folder}/history.db"
    asked = ["--config", f"{folder}/c.yaml", "--source", f"f={folder}/f.csv", "--history", url]
    run = CliRunner().invoke(replay, asked)
    assert run.exit_code == 0, run.output
    return rows_of(url)


def test_an_average_times_its_count_is_the_total(tmp_path: Path) -> None:
    """Waits of 8 s and 40 answered are 320 s; minutes and durations are read as they are written."""
    columns = (
        'wait_seconds: {product: [W, A]}, talk_seconds: {product: [{column: D, duration: "m:ss"}, A]}, handled: A, '
        "staffed_seconds: {product: [S, {const: 1800}]}"
    )
    (row, idle) = rows(tmp_path, columns, "A,W,D,S", "40,8.5,3:10,11.2", "0,,,1")
    figures = ("wait_seconds", "handle_seconds", "staffed_seconds", "asa_seconds", "aht_seconds", "staffed_agents")
    assert [row[name] for name in figures] == [340, 7600, 20160, 8.5, 190, 11.2]
    assert row["integrity"] == "derived"
    assert [idle[name] for name in figures] == [0, 0, 1800, None, None, 1]


@pytest.mark.parametrize(("cell", "within"), [("95", 38), ("94.9%", 38), ("0", 0), ("100", 40), ("", None)])
def test_a_share_of_a_count_is_whole_contacts(tmp_path: Path, cell: str, within: int | None) -> None:
    """95 % of 40 is 38, with or without a sign; an empty share is not reported."""
    (row,) = rows(tmp_path, "abandoned: B, answered_within: {share: P, of: A}", "A,B,P", f"40,0,{cell}")
    assert row["answered_within"] == within
    assert ("derived" in row["integrity"]) is (within is not None)


def test_a_ratio_says_that_it_is_no_percentage(tmp_path: Path) -> None:
    """`percent: false` takes 0.95 for 95 %."""
    columns = "answered_within: {share: {column: P, percent: false}, of: A}, abandoned: B"
    (row,) = rows(tmp_path, columns, "A,B,P", "40,0,0.95")
    assert (row["answered_within"], row["service_level"]) == (38, 0.95)


def test_rounding_is_allowed_for_and_known_counts_are_held_to(tmp_path: Path) -> None:
    """A percentage of its own counts is no mismatch, and more answered than offered is a fault whatever is computed."""
    columns = (
        "offered: O, abandoned: B, answered_within: {share: P, of: A}, "
        "service_level_reported: {column: P, percent: true}"
    )
    fine, wrong = rows(tmp_path, columns, "O,A,B,P", "997,997,0,81", "30,5000,0,90")
    assert (fine["integrity"], fine["answered_within"]) == ("derived", 808)
    assert wrong["integrity"] == "unbalanced;derived"


def test_a_difference_of_known_counts_is_known(tmp_path: Path) -> None:
    """Offered less answered is a count like any other; of a computed part it is computed."""
    columns = "offered: O, abandoned: {difference: [O, {share: P, of: O}]}"
    (row,) = rows(tmp_path, columns, "O,A,P", "50,40,80")
    assert (row["abandoned"], row["integrity"]) == (10, "derived")
    (tmp_path / "known").mkdir()
    (row,) = rows(tmp_path / "known", "offered: O, abandoned: {difference: [O, A]}", "O,A", "50,40")
    assert (row["abandoned"], row["integrity"]) == (10, "ok")


def test_a_known_count_is_not_computed(tmp_path: Path) -> None:
    """Where the row gives the count itself, the share is only for those that do not."""
    columns = "abandoned: B, answered_within: {first: [{column: IN}, {share: P, of: A}]}"
    known, computed = rows(tmp_path, columns, "A,B,IN,P", "40,0,36,95", "40,0,,95")
    assert [(row["answered_within"], row["integrity"]) for row in (known, computed)] == [(36, "ok"), (38, "derived")]


def test_an_average_may_be_of_a_share(tmp_path: Path) -> None:
    """Reports with a rate alone: 12 s of 90 % of 40 offered are 12 s of 36 contacts, 432 s."""
    columns = "offered: O, abandoned: B, wait_seconds: {product: [W, {share: P, of: O}]}"
    (row,) = rows(tmp_path, columns, "A,O,B,P,W", "36,40,4,90%,12")
    assert (row["wait_seconds"], row["asa_seconds"]) == (432, 12)
    assert row["integrity"] == "derived"
