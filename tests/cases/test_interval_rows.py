"""Worked cases of interval rows: restated exports, rows of other lengths, and what their counts come to."""

from pathlib import Path
from typing import Any

import pytest
from case_runs import replayed, rows_of, summary_of
from click.testing import CliRunner

from intervalwatch.commands.replay import replay
from streams.history.store import Store
from streams.report.report import report


def figures(url: str, *names: str) -> list[tuple[Any, ...]]:
    """The rows of a history: start, then columns."""
    return [(row["interval_start"][11:16], *(row[name] for name in names)) for row in rows_of(url)]


@pytest.mark.parametrize(
    "sources",
    [
        ["f={0}/monday.csv,{0}/monday_restated.csv"],
        ["f={0}/monday.csv", "again={0}/monday_restated.csv"],
        ["again={0}/monday_restated.csv", "f={0}/monday.csv"],
    ],
)
def test_the_later_export_is_the_truth(shared_cases: Path, tmp_path: Path, sources: list[str]) -> None:
    """Later is what is named later, or says a later `as_of`; no count of the first export is left."""
    case = shared_cases / "restated-export"
    given = [source.format(case) for source in sources]
    summary = summary_of(case, tmp_path, *given)
    assert (summary["records_restated"], summary["records_dead_lettered"]) == (2 if len(given) == 1 else 0, 0)
    url = f"sqlite:///{tmp_path}/summary.db"
    assert figures(url, "offered", "answered_within", "abandoned", "revision") == [
        ("09:00", 58, 40, 4, 1),
        ("09:30", 64, 47, 4, 1),
    ]


def test_a_restatement_of_a_final_interval_is_named_in_its_reason(shared_cases: Path, tmp_path: Path) -> None:
    """As they arrive, the first interval is final before its restatement comes: revision 2 says so."""
    case = shared_cases / "restated-export"
    url = replayed(case, tmp_path, "--as-arrived", f=f"monday.csv,{case / 'monday_restated.csv'}")
    first, second, other = rows_of(url)
    assert (first["offered"], second["offered"], other["offered"]) == (60, 58, 64)
    assert (first["reason"], other["reason"]) == (None, None)
    assert second["reason"].startswith("restated interval snapshot: offered 60 -> 58; answered 55 -> 54; ")


def test_rows_shorter_than_the_interval_are_summed(shared_cases: Path, tmp_path: Path) -> None:
    """Quarter hours of a queue of half hours give half hours, said by the source or by the rows themselves."""
    case = shared_cases / "interval-length-changes"
    names = ("offered", "answered_within", "service_level", "status", "integrity")
    assert figures(replayed(case, tmp_path, quarter="quarter.csv"), *names) == [
        ("09:00", 50, 33, 0.66, "final", "ok"),
        ("09:30", 22, 21, 21 / 22, "final", "ok"),
    ]
    (tmp_path / "changed").mkdir()
    assert figures(replayed(case, tmp_path / "changed", unsaid="changed.csv"), *names) == [
        ("09:00", 40, 33, 33 / 40, "final", "ok"),
        ("09:30", 42, 35, 35 / 42, "final", "ok"),
        ("10:00", 50, 33, 0.66, "final", "ok"),
        ("10:30", 22, 21, 21 / 22, "final", "ok"),
    ]


def test_hours_that_nothing_calls_hours_are_told(shared_cases: Path, tmp_path: Path) -> None:
    """A day of hours under half hours, whose length is said nowhere, is counted, and the replay says what is odd."""
    rows = [f"sales,2026-03-02T{hour:02d}:00:00Z,80,78,63,2,20" for hour in range(8, 18)]
    header = (shared_cases / "interval-length-changes" / "hour.csv").read_text().splitlines()[0]
    (tmp_path / "hours.csv").write_text("\n".join([header, *rows, ""]))
    case = shared_cases / "interval-length-changes"
    asked = ["--config", str(case / "config.yaml"), "--source", f"unsaid={tmp_path / 'hours.csv'}"]
    run = CliRunner().invoke(replay, [*asked, "--history", f"sqlite:///{tmp_path}/history.db"])
    assert "source unsaid: looks wrong: rows lie 60 minutes apart, and are counted as 30 minutes long" in run.stderr


def test_a_row_longer_than_the_interval_is_refused(shared_cases: Path, tmp_path: Path) -> None:
    """An hour under half hours is a dead letter that says both lengths, and no interval of half its counts."""
    case = shared_cases / "interval-length-changes"
    asked = ["--config", str(case / "config.yaml"), "--source", f"hour={case / 'hour.csv'}"]
    url = f"sqlite:///{tmp_path}/history.db"
    CliRunner().invoke(replay, [*asked, "--history", url])
    assert rows_of(url) == []
    (letter,) = rows_of(url, "dead-letters")
    assert all(length in letter["reason"] for length in ("3600", "1800"))


def test_a_day_is_the_sum_of_its_counts(shared_cases: Path, tmp_path: Path) -> None:
    """389 of 700 in time, an AHT of 142,400 s / 640; waits that nobody reports give no ASA."""
    url = replayed(shared_cases / "mean-of-percentages", tmp_path, f="data.csv")
    with Store(url, create=False) as store, store.reading() as reader:
        (queue,) = report(reader, "2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z").queues
    (service,) = queue.service
    assert (service.level.numerator, service.level.denominator) == (389, 700)
    assert queue.aht_seconds.value == 222.5
    assert (queue.asa_seconds.value, {row["asa_seconds"] for row in rows_of(url)}) == (None, {None})


def test_each_definition_has_its_own_denominator(shared_cases: Path, tmp_path: Path) -> None:
    """Short abandons, abandons and overflows are in the denominator or not, as Genesys' switches have them."""
    url = replayed(shared_cases / "genesys-sl-switches", tmp_path, f="data.csv")
    assert {row["queue"]: (row["service_level"], row["integrity"]) for row in rows_of(url)} == {
        "a_none": (117 / 190, "ok"),
        "a_flow": (117 / 210, "ok"),
        "b_noshort": (117 / 180, "ok"),
        "b_noshort_flow": (117 / 200, "ok"),
        "c_noaband": (117 / 150, "ok"),
        "c_noaband_flow": (117 / 170, "ok"),
    }
