"""Published results of one queue: each bears the hash of the one before, and counts on its day."""

from collections.abc import Callable

from agents.engine.manifest import Manifest
from agents.intervals.calendar import Calendar
from agents.intervals.figures import Row
from agents.intervals.outputs import Output, Result
from agents.intervals.sigma_windows import level_sums
from config.settings import QueueSettings
from streams.columns import FORM
from streams.history.chain import row_hash

__all__ = ["ResultLog"]


class ResultLog:
    """Publishes the rows of one queue.

    Args:
        manifest: of the queue's state; holds the chain's end and the service level's sums by day.
        calendar: of the queue.
        settings_at: the settings in force for an interval's start.
        out: where results go, in order of publication.
    """

    def __init__(
        self,
        manifest: Manifest,
        calendar: Calendar,
        settings_at: Callable[[int], QueueSettings],
        out: list[Output],
    ) -> None:
        self._manifest = manifest
        self._calendar = calendar
        self._settings_at = settings_at
        self._out = out

    def publish(self, row: Row, reason: str | None) -> None:
        """Complete a row with its reason and its place in the chain, and put it out."""
        manifest = self._manifest
        row["reason"], row["form"] = reason, FORM
        row["previous_hash"] = manifest.last_hash
        row["hash"] = manifest.last_hash = row_hash(row)
        self._out.append(Result(row, manifest.results))
        manifest.results += 1

    def count_level(self, row: Row, start: int, sign: int) -> None:
        """Add a row's service level to its day (sign 1), or take it away (-1)."""
        day = self._calendar.local_date(start).toordinal()
        self._manifest.levels.add(day, level_sums(row, self._settings_at(start)), sign)
