"""Projections as the history keeps them: a row an interval, and one of the day."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

import msgspec

from agents.intervals.figures import DIGITS, number
from agents.intervals.outputs import Projected
from agents.projection.inputs import QueueAhead
from agents.projection.outcome import Projection
from agents.projection.project import project
from config.timestamps import rfc3339
from streams.projected import PLACE, PROJECTION_COLUMNS
from streams.results import Row

__all__ = ["projected_rows"]

_SAME: Final = (
    "forecast_offered",
    "reforecast_offered",
    "reforecast_low",
    "reforecast_high",
    "forecast_aht_seconds",
    "reforecast_aht_seconds",
    "expected_agents",
    "projected_service_level",
    "projected_low",
    "projected_high",
)
_DAY: Final = {
    "reforecast_offered": "offered",
    "reforecast_low": "offered_low",
    "reforecast_high": "offered_high",
    "day_service_level": "service_level",
    "day_low": "low",
    "day_high": "high",
    "p_in_range": "p_in_range",
    "p_on_target": "p_on_target",
}


def projected_rows(due: Sequence[Projected]) -> list[Row]:
    """The rows of projections that are due, made all at once; figures that a library may differ in are rounded.

    Each is made for its own time, so that it does not matter which of them are written together.
    """
    rows: list[Row] = []
    for made_ms in sorted({each.made_ms for each in due}):
        inputs = [cast(QueueAhead, each.inputs) for each in due if each.made_ms == made_ms]
        for projection in project(inputs, made_ms):
            rows += _rows(projection)
    return rows


def _rows(projection: Projection) -> Iterator[Row]:
    common = {
        **dict.fromkeys(PROJECTION_COLUMNS),
        "program": projection.program,
        "queue": projection.queue,
        "made_at": rfc3339(projection.made_ms),
    }
    if projection.day is not None:
        figures = {column: _figure(getattr(projection.day, field)) for column, field in _DAY.items()}
        yield {**common, **figures, PLACE: 0}
    for place, interval in enumerate(projection.intervals, 1):
        if interval.reforecast_offered is not None:
            found = msgspec.structs.asdict(interval)
            figures = {column: _figure(found[column]) for column in _SAME}
            yield {**common, "interval_start": rfc3339(interval.start_ms), **figures, PLACE: place}


def _figure(value: float | None) -> float | int | None:
    return None if value is None else number(round(value, DIGITS))
