"""Interval results as an engine would publish them, for tests of the history: right in every figure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.columns import FORM, RESULT_COLUMNS
from streams.history.chain import GENESIS_HASH, row_hash

FIRST = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
MADRID = ZoneInfo("Europe/Madrid")


def settings(program: str, queue: str, definition: str, threshold_ms: int, overflow_counts: bool) -> dict[str, Any]:
    """Resolved settings of a queue, as far as a verification reads them."""
    level = {"definition": definition, "threshold_ms": threshold_ms, "overflow_counts": overflow_counts}
    return {"program": program, "queue": queue, "service_level": level}


PARAMETERS: list[dict[str, Any]] = [
    settings("", "", "S1", 20_000, False),
    settings("retail", "", "S1", 20_000, False),
    settings("retail", "+34 soporte", "S4", 7_500, True),
]


def instant(when: datetime) -> str:
    """RFC 3339 in UTC with Z."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def result(queue: str, number: int, **changes: Any) -> dict[str, Any]:
    """A final result of the `number`-th half hour of `queue`, not yet chained."""
    start = FIRST + number * HALF_HOUR
    answered, abandoned, within, waiting = 100 + number, number % 7, 90 - number % 20, number % 3
    handle, occupied, available, staffed = answered * 203.337, answered * 200.125, 3000.5, 24120.0
    row: dict[str, Any] = dict.fromkeys(RESULT_COLUMNS)
    row |= {
        "program": "retail",
        "queue": queue,
        "channel": "voice",
        "interval_start": instant(start),
        "interval_start_local": start.astimezone(MADRID).isoformat(),
        "interval_seconds": 1800,
        "revision": 1,
        "status": "final",
        "definition": "S1",
        "threshold_seconds": 20.0,
        "parameters_version": "2026-01",
        "offered": answered + abandoned + waiting,
        "answered": answered,
        "answered_within": within,
        "abandoned": abandoned,
        "abandoned_within": abandoned // 2,
        "short_abandoned": abandoned // 3,
        "overflowed": 0,
        "waiting": waiting,
        "wait_seconds": answered * 11.875,
        "handle_seconds": handle,
        "handled": answered,
        "occupied_seconds": occupied,
        "available_seconds": available,
        "staffed_seconds": staffed,
        "service_level": within / (answered + abandoned + waiting),
        "abandon_rate": abandoned / (answered + abandoned),
        "asa_seconds": 11.875,
        "aht_seconds": handle / answered,
        "occupancy": occupied / (occupied + available),
        "plan_version": "=w10",
        "forecast_offered": 96.5,
        "forecast_aht_seconds": 190.0,
        "scheduled_agents": 14.0,
        "plan_required_agents": 13.0,
        "required_agents": 15,
        "staffed_agents": 13.4,
        "net_staffing": 13.4 - 15,
        "volume_variance": (answered + abandoned + waiting - 96.5) / 96.5,
        "aht_variance": (handle / answered - 190.0) / 190.0,
        "spec": "in_range",
        "signal": "usual",
        "plan": "understaffed",
        "integrity": "ok",
        "sources": f"february.txt:{3 * number + 1}-{3 * number + 3}",
        "form": FORM,
    }
    return row | changes


def missing(queue: str, number: int) -> dict[str, Any]:
    """The result of a half hour in which no data came."""
    kept = {"program", "queue", "channel", "interval_start", "interval_start_local", "interval_seconds", "revision"}
    kept |= {"definition", "threshold_seconds", "parameters_version", "form"}
    row = {column: value if column in kept else None for column, value in result(queue, number).items()}
    return row | {"status": "missing", "spec": "unknown", "plan": "no_plan", "integrity": "missing"}


def soporte(number: int) -> dict[str, Any]:
    """A result of a queue that is counted otherwise (S4 with overflow) and whose name looks like a formula."""
    row = result("+34 soporte", number)
    denominator = row["answered"] + row["abandoned"] + 4 + row["waiting"]
    return row | {
        "definition": "S4",
        "threshold_seconds": 7.5,
        "overflowed": 4,
        "offered": denominator,
        "service_level": (row["answered_within"] + row["abandoned_within"]) / denominator,
        "volume_variance": (denominator - 96.5) / 96.5,
        "reason": "一通迟到的电话",
    }


def chained(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their hashes and their positions in their queue's chains."""
    last: dict[str, tuple[int, str]] = {}
    done = []
    for row in rows:
        position, previous = last.get(row["queue"], (0, GENESIS_HASH))
        whole = row | {"previous_hash": previous}
        whole["hash"] = row_hash(whole)
        last[row["queue"]] = (position + 1, whole["hash"])
        done.append(whole | {"position": position})
    return done


def a_day() -> list[dict[str, Any]]:
    """Two queues over twelve half hours, with a missing interval and two corrections, in order of publication."""
    rows: list[dict[str, Any]] = []
    for number in range(12):
        rows.append(missing("sales", 5) if number == 5 else result("sales", number))
        rows.append(soporte(number))
        if number == 7:
            late = {"revision": 2, "status": "corrected", "reason": "late contact: offered 103 -> 104"}
            rows.append(result("sales", 3, **late))
        if number == 9:
            late = {"revision": 3, "status": "corrected", "reason": "-1 abandoned"}
            rows.append(result("sales", 3, **late, wait_seconds=1300.001, asa_seconds=1300.001 / 103))
    return chained(rows)


def exported(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as history gives them back: queue by queue, without the position."""
    ordered = sorted(rows, key=lambda row: (row["queue"], row["position"]))
    return [{column: row[column] for column in RESULT_COLUMNS} for row in ordered]
