"""Sums of a queue's results of a period, row by row: memory holds sums, days and months, never the rows.

Every sum is of whole contacts or whole milliseconds, so that no figure depends on the order of the rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from copc.forecast import Accuracy, accuracy, attainable_share
from copc.service_level import Counts, Definition, Figure, abandon_rate, occupancy, roll_up
from streams.report.figures import Ratio
from streams.results import SILENT_CHECKS, service_level_counts

__all__ = [
    "TOLERANCE",
    "Basis",
    "Days",
    "QueueSums",
    "ServiceSums",
    "Sum",
    "basis_of",
    "failed_checks",
    "ratio_of",
    "ratio_of_figure",
    "seconds_of",
    "together",
]

Row = Mapping[str, Any]

TOLERANCE: Final = 0.10
"""Tolerance of a forecast, either way (this product's default)."""


_ONLY_TELL: Final = SILENT_CHECKS - {"missing"}
"""Checks that leave a row's other figures as they are."""

_SHARED_LIMIT: Final = 5
"""One contact in so many may be handled without anybody knowing how busy its agents were."""


@dataclass(slots=True)
class Sum:
    """Numerators and denominators of one figure over intervals."""

    numerator: int = 0
    denominator: int = 0
    intervals: int = 0

    def add(self, numerator: float, denominator: float) -> None:
        """Add one more interval."""
        self.numerator += round(numerator)
        self.denominator += round(denominator)
        self.intervals += 1


@dataclass(frozen=True, slots=True)
class Basis:
    """One way of counting service level; intervals that are counted in different ways cannot be summed."""

    definition: Definition
    threshold_seconds: float
    overflow_counts: bool
    target: float | None
    range: tuple[float, float] | None
    patience_seconds: float | None
    short_abandon_seconds: float | None
    interval_seconds: int
    concurrency: float
    """Contacts that an agent effectively serves at once, >= 1."""


@dataclass(slots=True)
class ServiceSums:
    """Sums over the intervals under one basis."""

    level: Sum = field(default_factory=Sum)
    spec: Counter[str] = field(default_factory=Counter)
    judged: Sum = field(default_factory=Sum)
    """Service level of the intervals with a verdict."""
    handled: Sum = field(default_factory=Sum)
    """Handle time in milliseconds, and contacts handled, of the intervals with a verdict."""
    strata: dict[int, Sum] = field(default_factory=dict)
    """Offered contacts by power of two, of the intervals with a verdict."""


@dataclass(slots=True)
class Days:
    """Sums of one local day or month."""

    level: Sum = field(default_factory=Sum)
    abandon: Sum = field(default_factory=Sum)
    handle: Sum = field(default_factory=Sum)
    wait: Sum = field(default_factory=Sum)
    occupied: Sum = field(default_factory=Sum)


class QueueSums:
    """The sums of one queue's intervals that a report needs; fill it with `add`."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.program = ""
        self.channel = ""
        self.version = ""
        """Parameter version of the last row."""
        self.status: Counter[str] = Counter()
        self.checks: Counter[str] = Counter()
        self.left_out = 0
        self._undivided = 0
        """Contacts handled in intervals whose agents did not say which queue they worked for."""
        self.services: dict[Basis, ServiceSums] = {}
        self.abandon, self.wait, self.handle, self.occupied = Sum(), Sum(), Sum(), Sum()
        self.signals: Counter[str] = Counter()
        self.plan_flags: Counter[str] = Counter()
        self.forecasts: dict[str, list[Accuracy]] = {"volume": [], "aht": [], "workload": []}
        self.attainable = 0.0
        """Sum of the attainable shares of the intervals with a volume forecast."""
        self.days: dict[str, Days] = {}
        self.months: dict[str, Days] = {}

    def add(self, rows: Iterable[Row], settings_of: Callable[[Row], Mapping[str, Any] | None]) -> list[Row]:
        """Take a batch of results, in their latest revision; those that are in the sums are returned.

        Args:
            rows: results of the queue.
            settings_of: gives the settings of a row (`StoredSettings.of_row`).
        """
        used = [row for row in rows if self._usable(row)]
        for row in used:
            self._service(row, settings_of(row) or {})
        self._forecast(used)
        return used

    def _usable(self, row: Row) -> bool:
        """Count the row, and return whether its figures may be summed."""
        self.program, self.channel = row["program"] or "", row["channel"] or ""
        self.version = row["parameters_version"] or ""
        self.status[row["status"]] += 1
        if row["status"] == "missing":
            return False
        checks = (row["integrity"] or "unknown").split(";")
        if checks != ["ok"]:
            self.checks.update(checks)
        failed = failed_checks(row)
        self.left_out += failed
        self._undivided += (row["handled"] or 0) if "shared_agents" in checks else 0
        return not failed

    @property
    def occupancy(self) -> Sum:
        """The sums of the intervals that have one; empty where over a fifth of the contacts were handled in others.

        The rest would then speak of the hours in which these agents had little to do.
        """
        whole = self._undivided + self.handle.denominator
        return Sum() if _SHARED_LIMIT * self._undivided > whole else self.occupied

    def _service(self, row: Row, settings: Mapping[str, Any]) -> None:
        self.signals[row["signal"] or "no_baseline"] += 1
        self.plan_flags.update((row["plan"] or "no_plan").split(";"))
        basis = basis_of(row, settings)
        sums = self.services.setdefault(basis, ServiceSums())
        counts = Counts(**{name: row[name] for name in Counts.__dataclass_fields__})
        level = service_level_counts(row, overflow_counts=basis.overflow_counts)
        day = self.days.setdefault(row["interval_start_local"][:10], Days())
        month = self.months.setdefault(row["interval_start_local"][:7], Days())
        spec = row["spec"]
        sums.spec[spec] += 1
        if level is not None and row["service_level"] is not None:
            for total in (sums.level, day.level, month.level):
                total.add(level.numerator, level.denominator)
            if spec in {"in_range", "below", "above"}:
                sums.judged.add(level.numerator, level.denominator)
                sums.strata.setdefault(row["offered"].bit_length(), Sum()).add(row["offered"], 1)
                if row["aht_seconds"] is not None:
                    sums.handled.add(row["handle_seconds"] * 1000, row["handled"])
        self._add(row, "abandon_rate", abandon_rate(counts, basis.definition), self.abandon, month.abandon)
        self._add(row, "asa_seconds", _ms(row["wait_seconds"], row["answered"]), self.wait, day.wait)
        self._add(row, "aht_seconds", _ms(row["handle_seconds"], row["handled"]), self.handle, day.handle, month.handle)
        busy = occupancy(_in_ms(row["occupied_seconds"]), _in_ms(row["available_seconds"]))
        self._add(row, "occupancy", busy, self.occupied, month.occupied)

    @staticmethod
    def _add(row: Row, column: str, figure: Figure, *sums: Sum) -> None:
        if row[column] is not None:
            for total in sums:
                total.add(figure.numerator, figure.denominator)

    def _forecast(self, rows: list[Row]) -> None:
        volume = [
            (row["offered"], row["forecast_offered"])
            for row in rows
            if row["offered"] is not None and row["forecast_offered"] is not None
        ]
        aht = [
            (row["aht_seconds"], row["forecast_aht_seconds"])
            for row in rows
            if row["aht_seconds"] is not None and row["forecast_aht_seconds"] is not None
        ]
        workload = [
            (row["offered"] * row["aht_seconds"], row["forecast_offered"] * row["forecast_aht_seconds"])
            for row in rows
            if None not in (row["offered"], row["aht_seconds"], row["forecast_offered"], row["forecast_aht_seconds"])
        ]
        for name, pairs in (("volume", volume), ("aht", aht), ("workload", workload)):
            if pairs:
                actual, forecast = zip(*pairs, strict=True)
                self.forecasts[name].append(accuracy(actual, forecast, TOLERANCE))
                # One figure for all batches so far, so that memory does not grow with them.
                self.forecasts[name] = [together(self.forecasts[name])]
        if volume:
            self.attainable += float(attainable_share([forecast for _, forecast in volume], TOLERANCE).sum())


def failed_checks(row: Row) -> bool:
    """Whether a row's figures failed a check: one that only tells empties its own figures, and the others stand."""
    return not _ONLY_TELL.issuperset((row["integrity"] or "unknown").split(";"))


def together(parts: list[Accuracy]) -> Accuracy:
    """One accuracy over many, by their sums."""
    return Accuracy(*(roll_up(figures) for figures in zip(*parts, strict=True)))


def basis_of(row: Row, settings: Mapping[str, Any]) -> Basis:
    """The way in which a row counts its service level, by the settings that it was made with."""
    level = settings.get("service_level", {})
    limits = level.get("range")
    short = level.get("short_abandon_ms")
    return Basis(
        row["definition"],
        row["threshold_seconds"],
        bool(level.get("overflow_counts")),
        level.get("target"),
        None if limits is None else (limits[0], limits[1]),
        level.get("patience_seconds"),
        None if short is None else short / 1000,
        row["interval_seconds"],
        settings.get("concurrency") or 1.0,
    )


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000)


def _ms(seconds: float | None, contacts: int | None) -> Figure:
    return Figure(0 if seconds is None else round(seconds * 1000), contacts or 0)


def ratio_of(total: Sum) -> Ratio:
    """A sum over a sum, as the report shows it."""
    value = total.numerator / total.denominator if total.denominator else None
    return Ratio(total.numerator, total.denominator, value, total.intervals)


def ratio_of_figure(figure: Figure, of: Accuracy) -> Ratio:
    """A figure of a forecast's accuracy, as the report shows it."""
    return Ratio(figure.numerator, figure.denominator, figure.value, int(of.within.denominator))


def seconds_of(total: Sum, *, both: bool = False) -> Ratio:
    """A sum of milliseconds over contacts, or (`both`) over milliseconds, in seconds."""
    under = total.denominator / 1000 if both else total.denominator
    value = total.numerator / 1000 / under if under else None
    return Ratio(total.numerator / 1000, under, value, total.intervals)
