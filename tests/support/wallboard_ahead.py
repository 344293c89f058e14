"""The rest of a queue's day as a worker tells it, made by hand for tests of the screens."""

from typing import Any

from wallboard_rows import AT_NOON

from agents.projection.inputs import Evidence, Goal, IntervalAhead, QueueAhead
from copc.reforecast import DayPattern, prior

__all__ = ["CLOSE", "HALF_HOUR", "ahead"]

HALF_HOUR = 1_800_000
CLOSE = AT_NOON + 410 * 60_000
"""20:00 of 2 March in Madrid."""
_OPENED = AT_NOON - 310 * 60_000
"""08:00."""


def ahead(
    queue: str, agents: dict[str, float] | float = 12.0, *, offered: float = 60.0, aht: float = 180.0, **changes: Any
) -> QueueAhead:
    """The day of a queue of `wallboard_rows.configuration` at 13:10: 60 contacts of 180 s a half hour, 6 erlang.

    Args:
        queue: its name.
        agents: scheduled in every half hour; or by local time, such as `{"15:00": 6}`, where others than 12.
        offered: contacts of each half hour by plan.
        aht: their handle time.
        **changes: other fields of `QueueAhead`.
    """
    first = AT_NOON - 600_000
    intervals = []
    for number in range((CLOSE - first) // HALF_HOUR):
        start = first + number * HALF_HOUR
        minutes = 13 * 60 + 30 * number
        local = f"{minutes // 60:02}:{minutes % 60:02}"
        scheduled = agents.get(local, 12.0) if isinstance(agents, dict) else agents
        so_far = (round(offered / 3), offered / 3, offered / 3) if number == 0 else (0, 0.0, 0.0)
        intervals.append(IntervalAhead(start, minutes // 60, offered, aht, scheduled, True, *so_far))
    told: dict[str, Any] = {
        "program": "retail", "channel": "voice", "timezone": "Europe/Madrid", "parameters_version": "2026-01",
        "interval_ms": HALF_HOUR, "known_ms": AT_NOON, "begin_ms": _OPENED, "end_ms": CLOSE,
        "intervals": tuple(intervals), "aht_seconds": aht, "busy": offered * aht / 1800, "staffed": 12.0,
        "offered": 600, "good": 510.0, "counted": 600.0,
        "volume": Evidence(prior(DayPattern())), "handling": Evidence(prior(DayPattern())),
        "goal": Goal("S1", 20.0, 5.0, 180.0, 1.0, 0.80, 0.75, 0.90),
    }  # fmt: skip
    return QueueAhead(queue=queue, **(told | changes))
