"""Calls of a bank in 2003, five minutes a row: half hours are sums of their parts, a day without rows is missing."""

import csv
import datetime as dt
from collections import Counter
from itertools import islice
from pathlib import Path

from case_runs import replayed, rows_of

CONFIG = """\
site: {timezone: America/New_York, interval_minutes: 30}
defaults: {hours: {mon-fri: "07:00-21:05"}}
programs: [{id: bank, queues: [{id: bank}]}]
sources:
  acd:
    format: csv
    record: interval
    interval_minutes: 5
    columns: {queue: {const: bank}, interval_start: {column: DateTime, format: "%Y-%m-%d %H:%M:%S"}, offered: Calls}
"""
A_DAY = 169
"""Rows of a day, from 7:00 to 21:00."""
DAYS = 40


def test_half_hours_are_sums_of_their_five_minutes(shared_data: Path, tmp_path: Path) -> None:
    """Six rows make a half hour; that of 21:00 has one, and is incomplete; a weekday without rows is missing.

    The file's first forty days have two such weekdays among them, 4 and 7 April.
    """
    with (shared_data / "bank_calls" / "bank_calls.csv").open(encoding="utf-8") as file:
        lines = [next(file), *islice(file, A_DAY * DAYS)]
    (tmp_path / "calls.csv").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    wanted: Counter[dt.datetime] = Counter()
    for row in csv.DictReader(lines):
        at = dt.datetime.fromisoformat(row["DateTime"])
        wanted[at.replace(minute=at.minute // 30 * 30)] += int(row["Calls"])
    rows = {
        dt.datetime.fromisoformat(row["interval_start_local"]).replace(tzinfo=None): row
        for row in rows_of(replayed(tmp_path, tmp_path, acd="calls.csv"))
    }
    final = {at: row for at, row in rows.items() if row["status"] == "final"}
    assert {at: row["offered"] for at, row in final.items()} == wanted
    assert {at.time() for at, row in final.items() if row["integrity"] != "ok"} == {dt.time(21)}
    assert {row["integrity"] for at, row in final.items() if at.time() == dt.time(21)} == {"incomplete"}
    days = {at.date() for at in wanted}
    first, last = min(days), max(days)
    weekdays = {first + dt.timedelta(n) for n in range((last - first).days + 1)}
    closed = {day for day in weekdays if day.weekday() < 5} - days
    assert {at.date() for at, row in rows.items() if row["status"] == "missing"} == closed
    assert closed == {dt.date(2003, 4, 4), dt.date(2003, 4, 7)}
