"""Worked cases of contacts: calls that come back, and copies that come late."""

from pathlib import Path

import pytest
from case_runs import replayed, rows_of


@pytest.mark.parametrize("source", ["calls", "joined"])
def test_a_call_that_comes_back_is_another_visit(source: str, shared_cases: Path, tmp_path: Path) -> None:
    """Each stay of a call counts, as it does in a file whose ids name queue and instant."""
    url = replayed(shared_cases / "same-call-id-twice", tmp_path, **{source: "calls.csv"})
    names = "offered", "answered", "overflowed", "service_level"
    assert {
        (row["queue"], row["interval_start"][11:16]): tuple(row[name] for name in names)
        for row in rows_of(url)
        if row["offered"]
    } == {
        ("1501", "09:00"): (6, 3, 3, 0.5),
        ("1501", "09:30"): (1, 1, 0, 1),
        ("1509", "09:00"): (1, 1, 0, 1),
    }
    assert rows_of(url, "dead-letters") == []
