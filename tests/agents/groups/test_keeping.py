"""Kept rows of groups: the same in every order, found when they are tampered with, filled after an upgrade."""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from group_rows import configured, row
from history_rows import chained
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.groups.audit import group_findings, kept_batches
from agents.groups.history import GroupFilters, group_batches
from agents.groups.keeping import RowsOfGroups, fill_groups
from config.timestamps import from_rfc3339
from streams.audit.findings import Summary
from streams.groups import GROUP_COLUMNS
from streams.history.groups.rows import KeptGroups
from streams.history.parameters import write_parameters
from streams.history.store import Store
from streams.results import IntervalResult

CENTRE = configured("""
site: {timezone: Europe/Madrid}
programs:
  - {id: bank, queues: [{id: a}, {id: b}, {id: c}, {id: d}, {id: e}]}
sites:
  - {id: madrid, timezone: Europe/Madrid, queues: [a, b]}
  - {id: lima, timezone: America/Lima, queues: [c]}
  - {id: pune, timezone: Asia/Kolkata, queues: [d]}
  - {id: porto, timezone: Europe/Madrid, queues: [e]}
pools: [{id: team, queues: [a, b]}]
""")
"""Four sites in three time zones; Madrid's clock changes in the night to 29 March 2026."""
START = from_rfc3339("2026-03-28T20:00:00Z")
HALF_HOUR = 1_800_000
PARTS = 20
MEMBERS = {
    ("program", "bank"): "abcde", ("site", "madrid"): "ab", ("site", "lima"): "c", ("site", "pune"): "d",
    ("site", "porto"): "e", ("pool", "team"): "ab",
}  # fmt: skip


def made(chance: random.Random) -> list[IntervalResult]:
    """Results of five queues over a change of the clock, one in six corrected once."""
    found = []
    for queue in "abcde":
        for part in range(PARTS):
            at = START + part * HALF_HOUR
            found.append(row(queue, at, chance.randint(0, 60)))
            if chance.random() < 1 / 6:
                found.append(row(queue, at, chance.randint(0, 60), revision=2, status="corrected"))
    return found


def published(results: Sequence[IntervalResult], chance: random.Random) -> list[dict[str, Any]]:
    """The rows of results, each queue's in a chain, and the queues' chains shuffled into each other."""
    chains = [chained(each.row() for each in results if each.queue == queue) for queue in "abcde"]
    found = []
    while left := [chain for chain in chains if chain]:
        found.append(chance.choice(left).pop(0))
    return found


def kept(store: Store) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """The kept rows by identity."""
    with store.reading() as reader:
        rows = KeptGroups(reader).between(None, None)
    return {(each["kind"], each["group"], each["period"], each["interval_start"]): each for each in rows}


def findings(store: Store) -> list[str]:
    """The lines of the check of groups."""
    with store.reading() as reader:
        return [str(each) for each in group_findings(reader, Summary())]


def write(store: Store, rows: Sequence[dict[str, Any]], chance: random.Random) -> None:
    """Write rows in parts, as workers do, some of them twice."""
    place = 0
    while place < len(rows):
        part = rows[place : place + chance.randint(1, 80)]
        store.write_results(part, RowsOfGroups())
        place += len(part) if chance.random() < 0.8 else max(len(part) // 2, 1)


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_rows_are_brute_force_sums_in_any_order_of_input(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Four sites in three time zones over a change of the clock: every kept sum is that of the latest results."""
    chance = random.Random(seed)
    results = made(chance)
    with Store(f"sqlite:///{tmp_path_factory.mktemp('any') / 'history.db'}") as store:
        write_parameters(CENTRE, store)
        write(store, published(results, chance), chance)
        found = kept(store)
        assert findings(store) == []
    latest = {(each.queue, each.interval_start_ms): each for each in results}
    intervals = {key: each for key, each in found.items() if each["period"] == "interval"}
    for (kind, group), queues in MEMBERS.items():
        own = {key[3]: each for key, each in intervals.items() if key[:2] == (kind, group)}
        assert len(own) == PARTS
        for start, each in own.items():
            members = [latest[queue, from_rfc3339(start)] for queue in queues]
            assert each["offered"] == sum(member.offered or 0 for member in members)
            assert each["handle_seconds"] * 1000 == sum(member.handle_ms or 0 for member in members)
    assert [key for key in found if key[2] == "day"], "days that are over are kept"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with kept rows."""
    chance, file = random.Random(7), tmp_path_factory.mktemp("whole") / "history.db"
    with Store(f"sqlite:///{file}") as opened:
        write_parameters(CENTRE, opened)
        write(opened, published(made(chance), chance), chance)
    return file


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Store:
    """A copy of it."""
    return Store(f"sqlite:///{shutil.copy(whole, tmp_path / 'history.db')}")


def test_kept_rows_are_what_an_export_gives(store: Store) -> None:
    """Kept rows have the columns, values and order of those that are summed up when read."""
    with store.reading() as reader:
        there = {key[:4] for key in kept(store)}
        batches = kept_batches(reader, GroupFilters())
        assert batches is not None
        exported = [each for batch in batches for each in batch]
        summed = [each for batch in group_batches(reader, GroupFilters()) for each in batch]
    assert exported == [
        each for each in summed if (each["kind"], each["group"], each["period"], each["interval_start"]) in there
    ]
    assert tuple(exported[0]) == GROUP_COLUMNS


WHERE = "kind = 'pool' AND period = 'interval' AND offered > 0"
FIRST = f"rowid = (SELECT min(rowid) FROM group_results WHERE {WHERE})"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (f"UPDATE group_results SET offered = offered + 1 WHERE {FIRST}", "offered is "),
        (f"UPDATE group_results SET service_level = 0.99 WHERE {FIRST}", "service_level is 0.99"),
        (
            f"""UPDATE group_results SET "rows" = replace("rows", '"revision": 1', '"revision": 7') WHERE {FIRST}""",
            "names the results ",
        ),
        (f"DELETE FROM group_results WHERE {FIRST}", "is not there"),
        ("DELETE FROM group_results WHERE kind = 'pool'", "is not there"),
        (
            f"DELETE FROM group_results WHERE rowid = (SELECT max(rowid) FROM group_results WHERE {WHERE})",
            "is not there",
        ),
        (f"""UPDATE group_results SET "group" = 'other' WHERE {FIRST}""", "was added, or its group or time changed"),
        (f"UPDATE group_results SET interval_start = interval_start + 864000000 WHERE {FIRST}", "is not there"),
    ],
)
def test_a_tampered_row_is_found(store: Store, change: str, said: str) -> None:
    """A changed figure, a changed name of a result, a removed and an added row are each named."""
    with sqlite3.connect(store.url.removeprefix("sqlite:///")) as connection:
        assert connection.execute(change).rowcount
    assert any(said in each for each in findings(store)), findings(store)


def test_results_of_an_earlier_program_get_their_rows(tmp_path: Path) -> None:
    """A history whose results came before there were rows is filled, and is then what it would have been."""
    chance = random.Random(3)
    rows = published(made(chance), chance)
    with Store(f"sqlite:///{tmp_path / 'one.db'}") as one, Store(f"sqlite:///{tmp_path / 'two.db'}") as two:
        for each in (one, two):
            write_parameters(CENTRE, each)
        write(one, rows, chance)
        two.write_results(rows)
        with two.reading() as reader:
            summary = Summary()
            assert list(group_findings(reader, summary)) == []
            assert any("none are kept" in each for each in summary.unproved)
        fill_groups(two)
        assert findings(two) == []
        plain = [{key: dict(each, revision=0) for key, each in kept(store).items()} for store in (one, two)]
    assert plain[0] == plain[1]


def test_retention_takes_rows_with_their_results(store: Store) -> None:
    """Rows that begin before the instant go, and those after it are still right."""
    store.retain("2026-03-29T02:00:00Z")
    assert min(key[3] for key in kept(store)) >= "2026-03-29T02:00:00Z"
    assert findings(store) == []
