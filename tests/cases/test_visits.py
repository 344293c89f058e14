"""Worked cases of contacts: calls that come back, and copies that come late."""

from pathlib import Path

import pytest
from case_runs import replayed, rows_of, summary_of


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


def test_late_records_correct_what_they_concern(shared_cases: Path, tmp_path: Path) -> None:
    """In event-time order nothing is late; as they arrived one interval has two corrections, and is one of five."""
    case = shared_cases / "late-records"
    names = "offered", "answered", "answered_within", "abandoned", "handle_seconds", "handled"
    expected = {
        "09:00": (24, 23, 19, 1, 3600, 20),
        "09:30": (22, 22, 19, 0, 3960, 22),
        "10:00": (23, 23, 20, 0, 7740, 24),
        "10:30": (22, 22, 19, 0, 3960, 22),
        "11:00": (0, 0, 0, 0, 360, 2),
    }
    for name, options in (("merged", []), ("arrived", ["--as-arrived"])):
        folder = tmp_path / name
        folder.mkdir()
        summary = summary_of(case, folder, f"z={case / 'feed.csv'}", options=options)
        rows = rows_of(f"sqlite:///{folder}/summary.db")
        latest = {row["interval_start"][11:16]: tuple(row[name] for name in names) for row in rows}
        assert latest == expected
        reasons = [row["reason"] for row in rows if row["revision"] > 1 and row["interval_start"][11:16] == "09:00"]
        late = ["late contact L3: ", "late contact L999: "] if options else []
        assert [reason[: reason.index(":") + 2] for reason in reasons] == late
        assert (summary["records_duplicate"], summary["records_dead_lettered"]) == (1, 0)
        corrected = {row["interval_start"] for row in rows if row["revision"] > 1}
        assert summary["intervals_corrected"] == len(corrected)
        assert summary["corrections"] == len(rows) - len(latest)


def test_calls_over_midnight_count_where_they_belong(shared_cases: Path, tmp_path: Path) -> None:
    """Counts go to the interval of the offer, handle time to that of its end, occupied time to those that it spans."""
    url = replayed(shared_cases / "over-midnight", tmp_path, calls="calls.csv")
    names = "offered", "answered", "answered_within", "wait_seconds", "handle_seconds", "handled", "occupied_seconds"
    assert {row["interval_start"][11:16]: tuple(row[name] for name in names) for row in rows_of(url)} == {
        "23:00": (1, 1, 1, 15, 0, 0, 0),
        "23:30": (3, 2, 1, 912, 330, 1, 330),
        "00:00": (1, 1, 1, 20, 960, 2, 2758),
        "00:30": (0, 0, 0, 0, 0, 0, 1800),
        "01:00": (0, 0, 0, 0, 0, 0, 1800),
        "01:30": (1, 1, 1, 15, 5460, 1, 62),
        "02:00": (0, 0, 0, 0, 600, 1, 600),
    }
    assert rows_of(url, "dead-letters") == []
