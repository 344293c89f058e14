"""Latest figures held against those computed again."""

import pytest
from history_rows import a_day, exported, result

from streams.audit.recompute import compare_with_recomputed
from streams.columns import RECOMPUTED_COLUMNS


def test_the_same_figures_differ_in_nothing() -> None:
    """Hashes and sources may differ, and what hangs on the order of arrival from the first correction on."""
    again = [row | {"hash": "x", "previous_hash": "z", "sources": "y"} for row in a_day()]
    latest = {(row["queue"], row["interval_start"]): row for row in again}
    in_time = {"revision": 1, "signal": "low", "plan": "no_plan", "breaches": "b", "reason": None}
    for key in [key for key in latest if key[0] == "sales" and key[1] >= "2026-03-02T09:30:00Z"]:
        latest[key] |= in_time
    compared = compare_with_recomputed(exported(a_day()), latest.values())
    assert (compared.intervals, compared.findings) == (24, [])
    (said,) = compared.unproved
    assert "--as-arrived" in said
    in_order = compare_with_recomputed(exported(a_day()), latest.values(), as_arrived=True)
    assert "revision is 3 in history, and the raw records give 1" in in_order.findings[0].problem


@pytest.mark.parametrize("column", sorted({*RECOMPUTED_COLUMNS} - {"queue", "interval_start", "interval_start_local"}))
def test_every_column_is_compared(column: str) -> None:
    """A result that differs in any column but its name, its sources and its hashes is found."""
    rows = [result("sales", number) for number in range(3)]
    value = rows[1][column]
    other = "another" if isinstance(value, str) or value is None else value + 1
    (found,) = compare_with_recomputed(rows, [rows[0], rows[1] | {column: other}, rows[2]]).findings
    assert found.problem.startswith(f"{column} is ")


def test_a_difference_names_interval_and_figures() -> None:
    """The figures of history and those of the records stand side by side, for each interval that differs."""
    rows = [result("sales", 0), result("sales", 1), result("sales", 2)]
    again = [rows[0] | {"offered": 7, "service_level": None}, rows[1], result("sales", 3)]
    compared = compare_with_recomputed(rows, again)
    assert compared.intervals == 2
    assert [str(finding).removeprefix("queue 'sales', interval 2026-03-02T") for finding in compared.findings] == [
        (
            "08:00:00Z: offered is 100 in history, and the raw records give 7; "
            "service_level is 0.9 in history, and the raw records give empty"
        ),
        "09:00:00Z: is in history, and the raw records do not give it",
        "09:30:00Z: is not in history, and the raw records give it",
    ]


def test_the_columns_of_the_row_s_form_are_compared() -> None:
    """A column of a later form is not compared for a row of an earlier form, and is for a row of its own."""
    again = [result("sales", 0, process_sigma=2.1, due=4)]
    old, same = result("sales", 0, form=None), result("sales", 0, process_sigma=2.1, due=5)
    assert compare_with_recomputed([old], again).findings == []
    (found,) = compare_with_recomputed([old | {"offered": 99}], again).findings
    assert found.problem == "offered is 99 in history, and the raw records give 100"
    (found,) = compare_with_recomputed([same], again).findings
    assert found.problem == "due is 5 in history, and the raw records give 4"


def test_only_what_the_raw_records_cover_is_compared() -> None:
    """A file of some queues and some time says nothing about other queues and times, nor about retired figures."""
    rows = [result("sales", number) for number in range(6)] + [result("support", 0)]
    again = [result("sales", number) for number in (2, 3, 4)]
    assert compare_with_recomputed(rows, again).findings == []
    (gone,) = compare_with_recomputed(rows[3:], again).findings
    assert str(gone) == "queue 'sales', interval 2026-03-02T09:00:00Z: is not in history, and the raw records give it"
    assert compare_with_recomputed(rows[3:], again, {("sales", "2026-03-02T09:00:00Z")}).findings == []
