"""A projection as JSON has it: instants as text, figures under the names of the export, and the reasons in words."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from agents.projection.inputs import Note
from agents.projection.outcome import DayOutlook, IntervalOutlook, Projection, Risk, horizons_of
from config.timestamps import rfc3339

__all__ = ["note_words", "risk_words", "shown"]

_WORDS: Final = {
    "closed_day": "closed today: there is nothing to project",
    "day_over": "the day is over",
    "not_kept": "correction_days is below 2: what is known of the day is not kept, and nothing is projected",
    "no_history": "no plan, and fewer than 3 days of this weekday are known: nothing can be projected",
    "partly_no_history": "from {at} on there is no plan, and fewer than 3 days of this weekday are known: "
    "neither these intervals nor the day can be projected",
    "no_plan": "no plan: the forecast is the queue's own mean of this weekday",
    "plan_ends": "the plan ends at {at}: from there on the forecast is the queue's own mean of this weekday",
    "missing_feed": "no call data since {at}: what waits now is not known, and no service level is projected",
    "missing": "call data of {at} is missing: the day's service level is that of the other intervals",
    "deferred": "contacts wait by design: volume and handle time are projected, and no service level",
    "not_modelled": "no model computes this definition of the service level",
    "no_agents": "neither a schedule nor agent states: volume and handle time are projected, and no service level",
    "no_aht": "no handle time is known: volume is projected, and no service level",
    "staffed_of_now": "from {at} on there is no schedule: the agents of now are taken to stay",
}


def shown(projection: Projection) -> dict[str, Any]:
    """The body of `GET /api/projection` (docs/projections.md)."""
    day, limits = projection.day, (projection.begin_ms, projection.end_ms)
    return {
        "program": projection.program,
        "queue": projection.queue,
        "channel": projection.channel,
        "timezone": projection.timezone,
        "parameters_version": projection.parameters_version,
        "made_at": rfc3339(projection.made_ms),
        "known_through": rfc3339(projection.known_ms),
        "day_begin": rfc3339(limits[0]) if limits[0] else None,
        "day_end": rfc3339(limits[1]) if limits[0] else None,
        "interval_seconds": projection.interval_ms // 1000,
        "range_low": projection.low,
        "target": projection.target,
        "day": None if day is None else _day(day),
        "risk": None if projection.risk is None else _risk(projection, projection.risk),
        "horizons": {name: msgspec.structs.asdict(each) for name, each in horizons_of(projection).items()},
        "intervals": [_interval(interval) for interval in projection.intervals],
        "notes": [
            {
                "reason": note.reason,
                "at": None if note.at_ms is None else rfc3339(note.at_ms),
                "text": note_words(note, projection.timezone),
            }
            for note in projection.notes
        ],
    }


def _interval(interval: IntervalOutlook) -> dict[str, Any]:
    fields = msgspec.structs.asdict(interval)
    start_ms = fields.pop("start_ms")
    return {"interval_start": rfc3339(start_ms), **fields}


def _day(day: DayOutlook) -> dict[str, Any]:
    fields = msgspec.structs.asdict(day)
    del fields["plain"], fields["deviation"]
    return fields


def _risk(projection: Projection, risk: Risk) -> dict[str, Any]:
    return {
        "interval_start": rfc3339(risk.start_ms),
        "p_below": risk.p_below,
        "lacks": risk.lacks,
        "by": rfc3339(risk.by_ms),
        "text": risk_words(risk, projection.timezone),
    }


def risk_words(risk: Risk, timezone: str) -> str:
    """The next interval at risk: `13:30 lacks 4 agents`."""
    at = _clock(risk.start_ms, timezone)
    if risk.lacks is None:
        return f"{at} at risk"
    return f"{at} lacks {risk.lacks} {'agent' if risk.lacks == 1 else 'agents'}"


def note_words(note: Note, timezone: str) -> str:
    """A reason in words, with its local time."""
    return _WORDS[note.reason].format(at="?" if note.at_ms is None else _clock(note.at_ms, timezone))


def _clock(ms: int, timezone: str) -> str:
    return f"{dt.datetime.fromtimestamp(ms / 1000, ZoneInfo(timezone)):%H:%M}"
