"""Sums by day, week, weekday and hour, and the verdict of each interval, taken while a report reads its rows."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from streams.report.document.parts import By, DataQuality, HeatMap, Slice
from streams.report.sums import Sum, basis_of, ratio_of, seconds_of
from streams.results import service_level_counts

__all__ = ["Slices"]

Row = Mapping[str, Any]

_LETTERS: Final = {"below": "b", "in_range": "i", "above": "a"}
_WORST_FIRST: Final = "bmain."


@dataclass(slots=True)
class _Part:
    offered: int | None = 0
    level: Sum = field(default_factory=Sum)
    handle: Sum = field(default_factory=Sum)
    spec: Counter[str] = field(default_factory=Counter)
    ways: set[tuple[str, float, bool]] = field(default_factory=set)
    """Definitions, thresholds and treatments of overflow by which its intervals are counted."""

    def add(self, row: Row, settings: Mapping[str, Any]) -> None:
        basis = basis_of(row, settings)
        self.ways.add((basis.definition, basis.threshold_seconds, basis.overflow_counts))
        self.spec[row["spec"]] += 1
        self.offered = None if None in {self.offered, row["offered"]} else (self.offered or 0) + row["offered"]
        level = service_level_counts(row, overflow_counts=basis.overflow_counts)
        if level is not None and row["service_level"] is not None:
            self.level.add(level.numerator, level.denominator)
        if row["aht_seconds"] is not None:
            self.handle.add(row["handle_seconds"] * 1000, row["handled"])


@dataclass(slots=True)
class _Quality:
    program: str = ""
    total: int = 0
    status: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    final_after_seconds: set[float] = field(default_factory=set)


class Slices:
    """Sums by parts of the calendar; give it each batch of a queue's rows."""

    def __init__(self) -> None:
        self._parts: dict[tuple[By, str, str, str], _Part] = {}
        self._days: dict[str, tuple[str, int, dict[str, bytearray]]] = {}
        self._quality: dict[str, _Quality] = {}
        self.versions: Counter[str] = Counter()
        """Intervals by the parameter version they name."""

    def add(
        self, rows: Sequence[Row], used: Iterable[Row], settings_of: Callable[[Row], Mapping[str, Any] | None]
    ) -> None:
        """Take rows of one queue.

        Args:
            rows: in their latest revision.
            used: those of them that are in the figures.
            settings_of: gives the settings of a row (`StoredSettings.of_row`).
        """
        sound = {row["interval_start"] for row in used}
        for row in rows:
            settings = settings_of(row) or {}
            program, queue = row["program"] or "", row["queue"]
            self.versions[row["parameters_version"] or ""] += 1
            self._count(row, settings)
            minutes = row["interval_seconds"] // 60
            is_sound = row["interval_start"] in sound
            letter = _LETTERS.get(row["spec"], "n") if is_sound else "m"
            self._mark(program, queue, minutes, row["interval_start_local"], letter)
            if is_sound:
                for by, name in _places(row["interval_start_local"]):
                    for whose in (queue, ""):
                        self._parts.setdefault((by, name, program, whose), _Part()).add(row, settings)

    def _count(self, row: Row, settings: Mapping[str, Any]) -> None:
        own = self._quality.setdefault(row["queue"], _Quality())
        own.program = row["program"] or ""
        own.total += 1
        own.status[row["status"]] += 1
        if row["status"] != "missing":
            own.checks.update((row["integrity"] or "unknown").split(";"))
        grace = settings.get("grace_ms")
        if grace is not None:
            own.final_after_seconds.add(row["threshold_seconds"] + grace / 1000)

    def _mark(self, program: str, queue: str, minutes: int, local: str, letter: str) -> None:
        _, length, days = self._days.setdefault(queue, (program, minutes, {}))
        day = days.setdefault(local[:10], bytearray(b"." * (1440 // length)))
        place = (int(local[11:13]) * 60 + int(local[14:16])) // length
        day[place] = ord(min(letter, chr(day[place]), key=_WORST_FIRST.index))

    def slices(self) -> Iterator[Slice]:
        """The sums, by kind, program, queue (the program's own first) and name."""
        order: Sequence[By] = ("day", "week", "weekday", "hour")
        keys = sorted(self._parts, key=lambda key: (order.index(key[0]), key[2], key[3], key[1]))
        for by, name, program, queue in keys:
            part = self._parts[by, name, program, queue]
            judged = sum(part.spec[spec] for spec in _LETTERS)
            yield Slice(
                by=by,
                name=name,
                program=program,
                queue=queue,
                offered=part.offered,
                level=ratio_of(part.level) if len(part.ways) == 1 else None,
                in_range=ratio_of(Sum(part.spec["in_range"], judged, judged)),
                aht_seconds=seconds_of(part.handle),
            )

    def heat_maps(self) -> dict[str, HeatMap]:
        """The verdicts of each queue's intervals, by queue."""
        return {
            queue: HeatMap(program, queue, minutes, {day: days[day].decode() for day in sorted(days)})
            for queue, (program, minutes, days) in self._days.items()
        }

    def quality(self, failed: Mapping[str, int]) -> list[DataQuality]:
        """The quality of each queue's data, by program and queue.

        Args:
            failed: by queue, its intervals that failed a check.
        """
        return [
            DataQuality(
                program=own.program,
                queue=queue,
                total=own.total,
                missing=own.status["missing"],
                rejected=own.checks["rejected"],
                corrected=own.status["corrected"],
                derived=own.checks["derived"],
                failed=failed.get(queue, 0),
                restated=None,
                lag_seconds=None,
                final_after_seconds=max(own.final_after_seconds, default=None),
            )
            for queue, own in sorted(self._quality.items(), key=lambda each: (each[1].program, each[0]))
        ]


def _places(local: str) -> Iterator[tuple[By, str]]:
    day = dt.date.fromisoformat(local[:10])
    year, week, weekday = day.isocalendar()
    yield "day", local[:10]
    yield "week", f"{year}-W{week:02d}"
    yield "weekday", str(weekday)
    yield "hour", local[11:13]
