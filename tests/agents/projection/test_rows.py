"""Projections in the history: live and replayed the same, exported with their columns."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from engine import HALF_HOUR, MINUTE, SOURCE, at, configuration, contact, content, settings

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Projected
from agents.live.partitions import Partitions
from agents.projection.rows import projected_rows
from streams.codec import encode
from streams.export.export import export
from streams.history.query import Filters
from streams.history.store import Store
from streams.own_messages import read_row
from streams.projected import PROJECTION_COLUMNS
from streams.records import Plan, Record, event_ms
from streams.topics import TOPIC_PROJECTIONS

HOURS = {"mon-fri": "08:00-20:00"}
EVENING = at("2026-03-01T18:00")


def day() -> list[Record]:
    """A planned day up to 13:30, with more and more contacts."""
    rows: list[Record] = [
        Plan("v1", EVENING, at("08:00") + n * HALF_HOUR, HALF_HOUR, 30.0, 240_000, None, 6.0) for n in range(24)
    ]
    calls = [contact(f"c{n}", at("08:00") + n * MINUTE, wait=5 + n % 40, talk=240) for n in range(331)]
    return sorted([*rows, *calls], key=event_ms)


@pytest.fixture(scope="module")
def replayed() -> list[dict[str, Any]]:
    """The rows of one engine that is given record by record."""
    engine, due = QueueEngine(settings(hours=HOURS), {}), []
    for row, record in enumerate(day()):
        due += [output for output in engine.apply([record], SOURCE, row) if isinstance(output, Projected)]
    return [dict(row) for row in projected_rows(due)]


def test_live_and_replayed_projections_are_equal(replayed: list[dict[str, Any]]) -> None:
    """A worker that gets the same records in messages sends the same rows."""
    partitions = Partitions(configuration(content(hours=HOURS)), {}, "call-data", "w")
    records, sent = day(), []
    for offset, first in enumerate(range(0, len(records), 40)):
        part = records[first : first + 40]
        partitions.apply(0, offset, b"sales", encode("sales", part), event_ms(part[-1]) + 10 * MINUTE)
        batch = partitions.collect(offset)
        sent += [message.value for message in batch.outputs if message.topic == TOPIC_PROJECTIONS]
    assert [read_row(TOPIC_PROJECTIONS, value) for value in sent] == replayed
    assert {row["made_at"][11:16] for row in replayed} == {"09:00", "11:00", "13:00"}


def test_a_projection_has_a_row_an_interval_and_one_of_the_day(replayed: list[dict[str, Any]]) -> None:
    """The day's row has its chances, an interval's its figures."""
    of_eleven = [row for row in replayed if row["made_at"] == "2026-03-02T11:00:00Z"]
    assert [row["place"] for row in of_eleven] == list(range(19))
    whole, first = of_eleven[:2]
    assert whole["interval_start"] is None
    assert 0 <= whole["p_on_target"] <= whole["p_in_range"] + whole["p_on_target"] <= 2
    assert whole["day_low"] < whole["day_service_level"] < whole["day_high"]
    assert first["interval_start"] == "2026-03-02T11:00:00Z"
    assert first["forecast_offered"] == 30
    assert first["reforecast_low"] < first["reforecast_offered"] < first["reforecast_high"]
    assert first["day_service_level"] is None


def test_history_keeps_each_once_and_exports_them(replayed: list[dict[str, Any]], tmp_path: Path) -> None:
    """Written twice they are there once, and an export has the reference's columns."""
    with Store(f"sqlite:///{tmp_path}/h.db") as store:
        assert store.write_projections(replayed) == len(replayed)
        assert store.write_projections(replayed) == 0
        file = tmp_path / "p.jsonl"
        assert export(store, file, "jsonl", "projections") == len(replayed)
        early = Filters(end="2026-03-02T10:00:00Z")
        assert export(store, tmp_path / "e.csv", "csv", "projections", early) == 23
        store.retain("2026-03-02T12:00:00Z")
        with store.reading() as reader:
            left = [row for batch in reader.projections(Filters()) for row in batch]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(tuple(line) == PROJECTION_COLUMNS for line in lines)
    plain = [{name: row[name] for name in PROJECTION_COLUMNS} for row in replayed]
    assert lines == msgspec.to_builtins(plain)
    assert {row["made_at"] for row in left} == {"2026-03-02T13:00:00Z"}
