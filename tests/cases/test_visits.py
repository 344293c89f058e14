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


@pytest.mark.parametrize(
    ("definition", "figures"),
    [("S1", (0.5, 0.5)), ("S3", (None, 0.5)), ("S4", (None, 0.5)), ("S5", (None, None)), ("S6", (None, 0.5))],
)
def test_an_abandon_at_an_unknown_moment_counts(
    definition: str, figures: tuple[float | None, ...], shared_cases: Path, tmp_path: Path
) -> None:
    """It is offered and abandoned; a definition that needs its wait gives no figure and says so."""
    config = (shared_cases / "abandon-without-end" / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(config.replace("definition: S1", f"definition: {definition}"), "utf-8")
    source = shared_cases / "abandon-without-end" / "data.csv"
    url = replayed(tmp_path, tmp_path, calls=str(source))
    (row,) = rows_of(url)
    assert (row["offered"], row["abandoned"], row["abandoned_within"], row["short_abandoned"]) == (4, 2, None, None)
    assert (row["service_level"], row["abandon_rate"], row["integrity"]) == (*figures, "ok")
    needs = definition != "S1"
    assert row["reason"] == (f"no {definition}: 2 abandoned at an unknown moment" if needs else None)
    assert row["spec"] == ("unknown" if needs else "low_volume")
    assert rows_of(url, "dead-letters") == []
