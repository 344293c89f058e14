"""Projections of a small history to be judged: figures that a reader can add up in the head."""

import datetime as dt
from pathlib import Path
from typing import Any

from report_rows import history, interval

from config.timestamps import rfc3339
from streams.history.store import Store
from streams.projected import PLACE, PROJECTION_COLUMNS

__all__ = ["HALF_HOUR", "centre", "day_of", "is_over", "ms", "projection"]

HALF_HOUR = 1_800_000
MADRID = {"program": "retail", "queue": "sales"}


def ms(day: int, hour: int) -> int:
    """An hour of March by Madrid's clock, in milliseconds."""
    shift = 2 if day >= 29 else 1
    return int(dt.datetime(2026, 3, day, hour - shift, tzinfo=dt.UTC).timestamp() * 1000)


def projection(day: int, chance: float | None, level: float = 0.8, **changes: Any) -> list[dict[str, Any]]:
    """A projection made at 11:00: 11:00 and 11:30 with 100 by the plan and 110 (90 to 120) updated; and the day."""
    common = dict.fromkeys(PROJECTION_COLUMNS) | MADRID | {"made_at": rfc3339(ms(day, 11))}
    whole = {"day_service_level": level, "day_low": level - 0.05, "day_high": level + 0.05, "p_on_target": chance}
    ahead = {
        "forecast_offered": 100.0, "reforecast_offered": 110.0, "reforecast_low": 90.0, "reforecast_high": 120.0,
        "projected_service_level": level, "projected_low": level - 0.1, "projected_high": level + 0.1,
    }  # fmt: skip
    starts = [ms(day, 11) + n * HALF_HOUR for n in (-1, 0, 1)]
    return [
        {**common, **whole, PLACE: 0},
        *({**common, "interval_start": rfc3339(at), **ahead, **changes, PLACE: n} for n, at in enumerate(starts, 1)),
    ]


def day_of(day: int, within: int, offered: int = 112) -> list[dict[str, Any]]:
    """Results of 10:30 to 12:00 of a day, `within` of each 100 in time."""
    return [
        interval("sales", rfc3339(ms(day, 11) + n * HALF_HOUR), within * offered // 100, offered)
        for n in (-1, 0, 1)
    ]  # fmt: skip


def is_over(day: int, last_ms: int | None = None) -> dict[str, Any]:
    """A day that the queue told its program; its last interval is 11:30."""
    start = ms(day, 11) + HALF_HOUR if last_ms is None else last_ms
    return {
        **MADRID, "day": f"2026-03-{day:02}", "next_day": f"2026-03-{day + 1:02}", "timezone": "Europe/Madrid",
        "interval_start_ms": start, "interval_ms": HALF_HOUR, "part": 0, "last": True, "handled_by": [],
        "handled_at": [],
    }  # fmt: skip


def centre(folder: Path, days: range, *, over: bool = True) -> Store:
    """Days of 112 contacts; even ones made 90 %, odd ones 70 %; P was 0.9 and 0.3."""
    store = history(folder, [row for day in days for row in day_of(day, 90 if day % 2 == 0 else 70)])
    for day in days:
        store.write_projections(projection(day, 0.9 if day % 2 == 0 else 0.3))
    if over:
        store.write_program_days([is_over(day) for day in days])
    return store
