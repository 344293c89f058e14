"""Published results of one queue: each bears the hash of the one before, and counts on its day."""

from collections.abc import Callable
from typing import Final

from agents.engine.manifest import Manifest
from agents.intervals.agent_time import StaffTime, Together
from agents.intervals.calendar import Calendar
from agents.intervals.outputs import Output, Result
from config.settings import QueueSettings
from streams.columns import FORM
from streams.history.chain import row_hash
from streams.results import IntervalResult, Row

__all__ = ["ResultLog"]

_REASON_CHARACTERS: Final = 4_000
"""A reason names what a correction changed; no name in it may make a message that no broker takes."""


class ResultLog:
    """Publishes the results of one queue.

    Args:
        manifest: of the queue's state; holds the chain's end and the service level's sums by day.
        calendar: of the queue.
        settings_at: the settings in force for an interval's start.
        time_of: the agents' time of a final interval; None: no agent state covers it.
        out: where results go, in order of publication.
    """

    def __init__(
        self,
        manifest: Manifest,
        calendar: Calendar,
        settings_at: Callable[[int], QueueSettings],
        time_of: Callable[[int], StaffTime | None],
        out: list[Output],
    ) -> None:
        self._manifest = manifest
        self._calendar = calendar
        self._settings_at = settings_at
        self._time_of = time_of
        self._out = out

    def publish(self, result: IntervalResult, reason: str | None) -> Row:
        """Complete a result with its reason and its place in the chain, and put it out; its row."""
        manifest = self._manifest
        if reason is not None and len(reason) > _REASON_CHARACTERS:
            reason = f"{reason[: _REASON_CHARACTERS - 1]}…"
        result.reason, result.form, result.previous_hash = reason, FORM, manifest.last_hash
        row = result.row()
        row["hash"] = result.hash = manifest.last_hash = row_hash(row)
        self._out.append(Result(result, row, manifest.results, self._together(result.interval_start_ms)))
        manifest.results += 1
        return row

    def _together(self, start: int) -> tuple[Together, ...] | None:
        """The time of agents on several queues as it stands now, which a pool is told."""
        time = self._time_of(start) if self._settings_at(start).pooled else None
        return None if time is None else time.together()

    def count_level(self, result: IntervalResult, start: int, sign: int) -> None:
        """Add a result's service level to its day (sign 1), or take it away (-1)."""
        day = self._calendar.local_date(start).toordinal()
        overflow_counts = self._settings_at(start).service_level.overflow_counts
        self._manifest.levels.add(day, result.service_level_counts(overflow_counts=overflow_counts), sign)
