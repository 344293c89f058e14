"""Worked cases of silence: a quiet queue of a living feed, zeros that are not written, rows that were refused."""

from pathlib import Path

from case_runs import replayed, rows_of


def _by_start(url: str, queue: str) -> dict[str, tuple[str, int | None, str]]:
    return {
        row["interval_start"][11:16]: (row["status"], row["offered"], row["integrity"])
        for row in rows_of(url)
        if row["queue"] == queue
    }


def test_a_quiet_queue_of_a_live_feed_is_not_missing(shared_cases: Path, tmp_path: Path) -> None:
    """The calls of another queue show that the source lives: the intervals without calls have zero counts."""
    url = replayed(shared_cases / "quiet-queue-of-a-live-feed", tmp_path, calls="data.csv", plan="plan.csv")
    starts = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert _by_start(url, "small") == {
        start: ("final", offered, "ok") for start, offered in zip(starts, [1, 0, 0, 0, 0, 1], strict=True)
    }
    assert not [row for row in rows_of(url, "breaches") if row["rule"] == "feed_missing"]


def test_without_feed_records_a_queue_speaks_for_itself(shared_cases: Path, tmp_path: Path) -> None:
    """With `feed: false` nothing but the queue's own calls is a word, and 20 contacts of the plan are long gone."""
    case = shared_cases / "quiet-queue-of-a-live-feed"
    config, plan = tmp_path / "config.yaml", tmp_path / "plan.csv"
    config.write_text(
        (case / "config.yaml")
        .read_text()
        .replace("{format: csv, record: contact", "{feed: false, format: csv, record: contact")
    )
    plan.write_text((case / "plan.csv").read_text().replace(",5\n", ",20\n"))
    (tmp_path / "data.csv").write_text((case / "data.csv").read_text())
    url = replayed(tmp_path, tmp_path, calls="data.csv", plan="plan.csv")
    assert [start for start, row in _by_start(url, "small").items() if row[0] == "missing"] == [
        "10:00",
        "10:30",
        "11:00",
    ]


def test_a_file_without_rows_of_zeros_leaves_nothing_missing(shared_cases: Path, tmp_path: Path) -> None:
    """A half hour that another queue has a row of is zero for the queue that has none."""
    url = replayed(shared_cases / "file-without-zero-rows", tmp_path, acd="data.csv")
    zero = ("final", 0, "assumed_zero")
    assert _by_start(url, "small") == {
        "09:00": ("final", 1, "ok"), "09:30": zero, "10:00": zero, "10:30": zero,
        "11:00": ("final", 2, "ok"), "11:30": zero,
    }  # fmt: skip


def test_an_absent_row_is_missing_where_its_source_says_so(shared_cases: Path, tmp_path: Path) -> None:
    """`absent: missing` at the source: it writes a row of zeros for each interval without calls."""
    case = shared_cases / "file-without-zero-rows"
    (tmp_path / "config.yaml").write_text(
        (case / "config.yaml").read_text().replace("record: interval", "record: interval, absent: missing")
    )
    (tmp_path / "data.csv").write_text((case / "data.csv").read_text())
    url = replayed(tmp_path, tmp_path, acd="data.csv")
    assert [start for start, row in _by_start(url, "small").items() if row == ("missing", None, "missing")] == [
        "09:30", "10:00", "10:30", "11:30",
    ]  # fmt: skip
    missing = [row for row in rows_of(url, "breaches") if row["rule"] == "feed_missing"]
    assert {row["scope"] for row in missing} == {"acd"}


def test_an_interval_whose_rows_were_refused_is_not_missing(shared_cases: Path, tmp_path: Path) -> None:
    """Rows that are refused (or read) leave no interval without data; half hours without a row are missing."""
    url = replayed(shared_cases / "five9-thousands", tmp_path, five9="export.csv")
    table = _by_start(url, "Sales")
    assert [start for start, row in table.items() if row[0] == "missing"] == ["15:30", "16:00", "16:30"]
    assert {table[start] for start in ("14:00", "14:30")} <= {
        ("final", None, "rejected"),
        ("final", 1204, "ok"),
        ("final", 1187, "ok"),
    }


def test_a_refused_row_is_told_by_its_interval(shared_cases: Path, tmp_path: Path) -> None:
    """The reason says how many rows were refused and why; `integrity` opens for it, `feed_missing` does not."""
    case = shared_cases / "file-without-zero-rows"
    (tmp_path / "config.yaml").write_text((case / "config.yaml").read_text())
    (tmp_path / "data.csv").write_text((case / "data.csv").read_text().replace("10:00:00Z,41,", "10:00:00Z,many,"))
    url = replayed(tmp_path, tmp_path, acd="data.csv")
    assert _by_start(url, "large")["10:00"] == ("final", None, "rejected")
    (reason,) = [row["reason"] for row in rows_of(url) if row["reason"]]
    assert reason.startswith("1 row refused: offered: ")
    opened = [(row["rule"], row["scope"]) for row in rows_of(url, "breaches") if row["state"] == "opened"]
    assert ("integrity", "rejected") in opened
    assert "feed_missing" not in dict(opened)


def test_a_file_of_refused_rows_begins_no_queue(shared_cases: Path, tmp_path: Path) -> None:
    """A queue has rows from its first call data on; refused rows are dead letters alone."""
    case = shared_cases / "all-dead-and-exit-0"
    try:
        url = replayed(case, tmp_path, calls="data.csv")
    except AssertionError:  # nothing was accepted: its exit code is 1
        url = f"sqlite:///{tmp_path}/history.db"
    assert rows_of(url) == []
    assert len(rows_of(url, "dead-letters")) == 2
