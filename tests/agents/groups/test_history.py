"""Figures of groups over a history: what is read a day at a time is what all rows at once give."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from group_rows import configured, row
from history_rows import chained

from agents.groups.history import GroupFilters, group_batches
from agents.groups.intervals import group_rows
from config.errors import UserError
from config.timestamps import from_rfc3339
from intervalwatch.commands.export import export
from streams.groups import GROUP_COLUMNS
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.results import IntervalResult

CENTRE = configured("""
site: {timezone: Europe/Madrid}
programs: [{id: bank, queues: [{id: a}, {id: b}]}]
sites: [{id: pune, timezone: Asia/Kolkata, queues: [b]}]
pools: [{id: team, queues: [a, b]}]
""")
START = from_rfc3339("2026-03-27T22:00:00Z")
ROWS = [row(queue, START + part * 1_800_000, 40 + part % 7) for queue in "ab" for part in range(130)]
CORRECTED = row("a", START, 60, revision=2, status="corrected")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A history of two queues over nearly three days, a change of the clock among them, and one correction."""
    made = Store(f"sqlite:///{tmp_path / 'history.db'}")
    write_parameters(CENTRE, made)
    made.write_results(chained(each.row() for each in [*ROWS, CORRECTED]))
    return made


def _read(store: Store, filters: GroupFilters) -> list[dict[str, Any]]:
    with store.reading() as reader:
        return [found for batch in group_batches(reader, filters) for found in batch]


def _expected(rows: list[IntervalResult]) -> list[dict[str, Any]]:
    return [dict(each.row()) for each in group_rows(CENTRE, rows)]


def test_rows_read_by_the_day_give_the_figures_of_all_at_once(store: Store) -> None:
    """The groups of a history are those of its latest rows, in the same order."""
    assert _read(store, GroupFilters()) == _expected([*ROWS[1:], CORRECTED])


def test_filters_leave_intervals_and_days_whole(store: Store) -> None:
    """Each row that starts in a span of time is as it is without the filter, days and their errors too."""
    whole = _read(store, GroupFilters())
    start, end = "2026-03-28T18:30:00Z", "2026-03-29T00:00:00Z"
    found = _read(store, GroupFilters(from_rfc3339(start), from_rfc3339(end), "site"))
    assert found == [each for each in whole if each["kind"] == "site" and start <= each["interval_start"] < end]
    assert [each["period"] for each in found].count("day") == 1
    team = _read(store, GroupFilters(group="team"))
    assert team == [each for each in whole if each["group"] == "team"]


def test_a_group_that_no_history_knows_is_refused(store: Store) -> None:
    """An unknown id names those that are known."""
    with pytest.raises(UserError, match=r"group teams: history knows none of this name; .*: bank, pune, team"):
        _read(store, GroupFilters(group="teams"))


def test_an_empty_history_has_no_groups(tmp_path: Path) -> None:
    """Without results there is no row."""
    assert _read(Store(f"sqlite:///{tmp_path / 'none.db'}"), GroupFilters()) == []


def test_every_format_carries_the_same_figures(store: Store, tmp_path: Path) -> None:
    """`export --what groups` writes the columns of the reference in CSV, Parquet, XLSX and JSON lines."""
    found = {}
    for form in ("csv", "parquet", "xlsx", "jsonl"):
        file = tmp_path / f"groups.{form}"
        arguments = [
            "--history",
            store.url,
            "--what",
            "groups",
            "--group",
            "team",
            "--format",
            form,
            "--output",
            str(file),
        ]
        ended = CliRunner().invoke(export, [*arguments, "--what", "groups"], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        found[form] = file
    rows = [json.loads(line) for line in found["jsonl"].read_text().splitlines()]
    assert rows == _read(store, GroupFilters(group="team"))
    assert tuple(found["csv"].read_text().splitlines()[0].split(",")) == GROUP_COLUMNS
    table = pq.read_table(io.BytesIO(found["parquet"].read_bytes())).to_pylist()
    sheet = list(openpyxl.load_workbook(found["xlsx"]).active.iter_rows(values_only=True))
    place = GROUP_COLUMNS.index("required_agents")
    expected = [each["required_agents"] for each in rows]
    assert [each["required_agents"] for each in table] == expected == [cells[place] for cells in sheet[1:]]
    assert not list(tmp_path.glob("*.proof.json"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--what", "groups", "--queue", "a"], "takes neither --program nor --queue; name the program, site or pool"),
        (["--group", "team"], "--group: intervals are not of groups; use it with --what groups"),
        (["--what", "groups", "--latest-only"], "--latest-only: groups have no revisions"),
    ],
)
def test_a_filter_of_another_table_is_refused(store: Store, options: list[str], message: str) -> None:
    """Filters that say nothing of groups, and the group's of others, are refused with the remedy."""
    arguments = ["--history", store.url, "--format", "csv", "--output", "-", *options]
    with pytest.raises(UserError, match=message):
        CliRunner().invoke(export, arguments, catch_exceptions=False)
