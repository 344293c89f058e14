"""The first sheet of a workbook for people: the sums of each queue over the rows that the file has."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from streams.history.query import Batch
from streams.history.stored_settings import StoredSettings
from streams.results import service_level_counts

__all__ = ["HEADER", "Summary"]

HEADER: Final = (
    "queue", "program", "intervals", "missing", "offered", "answered", "abandoned", "answered in time", "of",
    "service level", "below", "in range", "above", "too few to judge",
)  # fmt: skip
"""Names of the columns, in order. Service level is "answered in time" / "of", a ratio of contacts."""

_COUNTED: Final = ("offered", "answered", "abandoned")
_VERDICTS: Final = ("below", "in_range", "above", "low_volume")


class _Latest:
    """The last revision of each interval of one queue."""

    def __init__(self) -> None:
        self.program = ""
        self.rows: dict[str, tuple[str, str, str | None, tuple[int | None, ...], tuple[int, int] | None]] = {}
        """By the interval's start: status, definition with threshold, verdict, counts, service level's counts."""


class Summary:
    """Sums rows as they pass; holds one queue's intervals at a time.

    Args:
        settings: those that the rows were made with.
    """

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings
        self._queue: str | None = None
        self._latest = _Latest()
        self._lines: list[tuple[Any, ...]] = []

    def add(self, batch: Batch) -> None:
        """Take rows, queue by queue."""
        for row in batch:
            if row["queue"] != self._queue:
                self._end()
                self._queue = row["queue"]
            self._latest.program = row["program"] or ""
            self._latest.rows[row["interval_start"]] = (
                row["status"],
                f"{row['definition']} within {row['threshold_seconds']:g} s",
                row["spec"],
                tuple(row[name] for name in _COUNTED),
                self._level(row),
            )

    def _level(self, row: Mapping[str, Any]) -> tuple[int, int] | None:
        settings = self._settings.of_row(row) or {}
        overflow = bool(settings.get("service_level", {}).get("overflow_counts"))
        found = None if row["service_level"] is None else service_level_counts(row, overflow_counts=overflow)
        return None if found is None else (found.numerator, found.denominator)

    def _end(self) -> None:
        if self._queue is None:
            return
        rows = self._latest.rows.values()
        verdicts = Counter(row[2] for row in rows)
        sums = [_sum(row[3][place] for row in rows) for place in range(len(_COUNTED))]
        # Service level that is counted in two ways has no sum.
        levels = [row[4] for row in rows if row[4]] if len({row[1] for row in rows}) == 1 else []
        within, of = (sum(each[place] for each in levels) for place in (0, 1))
        level = (within, of, within / of) if of else (None, None, None)
        missing = sum(row[0] == "missing" for row in rows)
        judged = [verdicts[verdict] for verdict in _VERDICTS]
        self._lines.append((self._queue, self._latest.program, len(rows), missing, *sums, *level, *judged))
        self._latest = _Latest()

    def lines(self) -> list[tuple[Any, ...]]:
        """A line for each queue, as `HEADER` names it; None: not reported."""
        self._end()
        self._queue = None
        return self._lines


def _sum(values: Iterator[int | None]) -> int | None:
    """The sum of what was reported; None: nothing was."""
    found = [value for value in values if value is not None]
    return sum(found) if found else None
