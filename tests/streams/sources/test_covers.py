"""Twin hours of rows as they arrive: covered once a later row decides, by `ingest` and `replay` alike."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from topic_runs import lived, replayed, sent

from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from streams.records import Snapshot
from streams.sources.merge import arriving, parse_inputs, read_feed

NOW: Final = from_rfc3339("2025-11-04T00:00:00Z")
COLUMNS: Final = {
    "queue": "queue", "interval_start": {"column": "start", "format": "%Y-%m-%d %H:%M"}, "offered": "offered",
}  # fmt: skip
CENTRE: Final[dict[str, Any]] = {
    "site": {"timezone": "Europe/Madrid", "interval_minutes": 30},
    "defaults": {"hours": {"mon-sun": "00:00-24:00"}},
    "programs": [{"id": "p", "queues": [{"id": "sales"}, {"id": "help"}]}],
    "sources": {"acd": {"format": "csv", "record": "interval", "columns": COLUMNS}},
}
"""Clocks go back from 3:00 to 2:00 on 26 October 2025, at 1:00 UTC."""


@pytest.fixture
def centre(tmp_path: Path) -> Configuration:
    """A centre in Madrid."""
    (tmp_path / "monitor.yaml").write_text(json.dumps(CENTRE), encoding="utf-8")
    return load((tmp_path / "monitor.yaml",))


def told(centre: Configuration, folder: Path, *rows: str) -> list[tuple[Any, ...]]:
    """The last results of these rows as they arrive: queue, start, revision, status, offered, integrity."""
    (folder / "rows.csv").write_text("\n".join(["queue,start,offered", *rows, ""]), encoding="utf-8")
    inputs = parse_inputs(centre, [f"acd={folder / 'rows.csv'}"])
    topic, summary = sent(centre, inputs, NOW)
    assert (summary.records_read, summary.records_accepted) == (len(rows),) * 2
    results, letters = lived(centre, topic.messages, NOW)
    feed = read_feed(centre, inputs, NOW, as_arrived=True)
    assert results == replayed(centre, feed, as_arrived=True)
    assert letters == []
    last = {(queue, start): (queue, start[11:16], *rest[:4]) for queue, start, *rest in results}
    return [last[key] for key in sorted(last)]


def of_night(queue: str, *clocks: str) -> list[str]:
    """Rows of the night, five contacts each."""
    return [f"{queue},2025-10-26 {clock},5" for clock in clocks]


def test_an_hour_that_the_file_has_once_covers_its_twin(centre: Configuration, tmp_path: Path) -> None:
    """Both say so; a queue without a row in that hour had no contacts in either."""
    rows = []
    for clock in ("01:30", "02:00", "02:30", "03:00", "03:30"):
        rows += of_night("sales", clock) + (of_night("help", clock) if clock[1] != "2" else [])
    table = told(centre, tmp_path, *rows)
    assert [row[1:] for row in table if row[0] == "sales"] == [
        ("23:30", 1, "final", 5, "ok"),
        ("00:00", 2, "corrected", 5, "ambiguous_hour"),
        ("00:30", 2, "corrected", 5, "ambiguous_hour"),
        ("01:00", 1, "final", None, "ambiguous_hour"),
        ("01:30", 1, "final", None, "ambiguous_hour"),
        ("02:00", 1, "final", 5, "ok"),
        ("02:30", 1, "final", 5, "ok"),
    ]
    zero = (1, "final", 0, "assumed_zero")
    assert [row[1:] for row in table if row[0] == "help" and row[1] in {"00:00", "00:30", "01:00", "01:30"}] == [
        (start, *zero) for start in ("00:00", "00:30", "01:00", "01:30")
    ]


def test_an_hour_that_the_file_has_twice_is_two_hours(centre: Configuration, tmp_path: Path) -> None:
    """The first rows are of the first hour, and nothing is ambiguous."""
    table = told(centre, tmp_path, *of_night("sales", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"))
    assert {row[2:] for row in table} == {(1, "final", 5, "ok")}
    assert len(table) == 6


def test_a_file_that_ends_in_the_repeated_hour_covers_it(centre: Configuration, tmp_path: Path) -> None:
    """Nothing more comes, so its rows may hold both hours; a half of an hour has a twin of its own."""
    table = told(centre, tmp_path, *of_night("sales", "01:30", "02:00"))
    assert [row[1:] for row in table] == [
        ("23:30", 1, "final", 5, "ok"),
        ("00:00", 1, "final", 5, "ambiguous_hour"),
        ("00:30", 1, "missing", None, "missing"),
        ("01:00", 1, "final", None, "ambiguous_hour"),
    ]


def test_quarter_hours_cover_the_half_hour_once(centre: Configuration, tmp_path: Path) -> None:
    """Each of two parts is told to be ambiguous, and the half hour that holds their twins is covered by one record."""
    rows = of_night("sales", "02:00", "02:15", "02:30", "02:45", "03:00")
    (tmp_path / "rows.csv").write_text("\n".join(["queue,start,offered", *rows, ""]), encoding="utf-8")
    inputs = parse_inputs(centre, [f"acd={tmp_path / 'rows.csv'}"])
    records = [record for _, batch in arriving(centre, inputs, lambda: NOW) for record in batch.records]
    covers = [one.start_ms for one in records if isinstance(one, Snapshot) and one.offered is None]
    assert covers == [from_rfc3339("2025-10-26T01:00:00Z"), from_rfc3339("2025-10-26T01:30:00Z")]
    flagged = [one for one in records if isinstance(one, Snapshot) and one.twin_ms is not None and one.offered == 5]
    assert len(flagged) == 4
