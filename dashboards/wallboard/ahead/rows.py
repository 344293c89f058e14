"""The rest of the day as rows of the overview show it: renewed a part of the queues at a time.

A queue's inputs change with every contact, and to project 500 queues takes a fifth of a second. So a row's projection
is made again at most every ten seconds, those of some queues in each turn, and a browser that connects gets those that
are there.
"""

from collections.abc import Collection
from typing import Any, Final

from agents.projection.inputs import NO_LEVEL, NOTHING
from agents.projection.outcome import Projection
from dashboards.wallboard.ahead.held import HeldOutlooks

__all__ = ["RowOutlooks", "outlook"]

_AGAIN_MS: Final = 10_000
"""Age from which a projection is made again."""
_PART: Final = 64
"""Queues that one turn projects."""
_BARRING: Final = NOTHING | NO_LEVEL | {"partly_no_history"}
"""Reasons by which the day has no projected service level."""


class RowOutlooks:
    """The projections that rows show, by queue.

    Args:
        held: makes them.
    """

    def __init__(self, held: HeldOutlooks) -> None:
        self._held = held
        self._shown: dict[str, Projection] = {}
        self._asked_ms: dict[str, int] = {}

    def last(self, queue: str) -> Projection | None:
        """The projection made last; None: there is none yet."""
        return self._shown.get(queue)

    def forget(self, queue: str) -> None:
        """Drop a queue."""
        self._shown.pop(queue, None)
        self._asked_ms.pop(queue, None)

    def renew(self, queues: Collection[str], now_ms: int) -> list[str]:
        """Make some of the projections that are due, the oldest first; returns the queues that have a new one."""
        asked = {name: self._asked_ms.get(name, 0) for name in queues}
        due = [name for name, at_ms in asked.items() if abs(now_ms - at_ms) >= _AGAIN_MS]
        names = sorted(due, key=asked.__getitem__)[:_PART]
        self._asked_ms.update(dict.fromkeys(names, now_ms))
        made = self._held.all(now_ms, names)
        new = [name for name in made if made[name] is not self._shown.get(name)]
        self._shown.update(made)
        return new


def outlook(projection: Projection) -> dict[str, Any]:
    """A projection as a row shows it; `note` says why there is no level, None: there is one."""
    day, risk = projection.day, projection.risk
    note = next((note for note in projection.notes if note.reason in _BARRING), None)
    return {
        "level": None if day is None else day.service_level,
        "low": None if day is None else day.low,
        "high": None if day is None else day.high,
        "p_on_target": None if day is None else day.p_on_target,
        "risk": None if risk is None else {"start_ms": risk.start_ms, "lacks": risk.lacks, "p_below": risk.p_below},
        "note": None if note is None else {"reason": note.reason, "at_ms": note.at_ms},
    }
