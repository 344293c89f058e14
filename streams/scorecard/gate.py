"""How whole a queue's figures are, counted interval by interval: what the CUI gate and the deployment rest on.

A figure that is missing is no figure of 0. So each metric has the intervals in which it was due, those in which it
exists, and those of them that failed a check (docs/concepts/scorecard.md).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streams.report.sums import basis_of, failed_checks
from streams.results import service_level_counts

__all__ = ["GATE_COLUMNS", "Collected", "QueueGate", "gates"]

Row = Mapping[str, Any]
_SettingsOf = Callable[[Row], Mapping[str, Any] | None]

GATE_COLUMNS: Final = (
    *("program", "queue", "interval_start", "interval_seconds", "status", "definition", "threshold_seconds"),
    *("parameters_version", "offered", "answered", "answered_within", "abandoned", "abandoned_within"),
    *("short_abandoned", "overflowed", "waiting", "handled", "service_level", "abandon_rate", "aht_seconds"),
    *("occupancy", "spec", "plan", "integrity"),
)
"""Result columns that a gate reads."""
_VERDICTS: Final = frozenset({"in_range", "below", "above"})
_NONE_DUE: Final = frozenset({"no_demand", "low_volume"})
_UNPLANNED: Final = frozenset({"no_plan", "plan_late"})


@dataclass(slots=True)
class Collected:
    """Intervals, or months, of one metric."""

    due: int = 0
    found: int = 0
    """Those in which a figure exists."""
    failed: int = 0
    """Those of them whose figure failed a check."""

    def add(self, *, found: bool, failed: bool = False) -> None:
        """Count one in which a figure is due."""
        self.due += 1
        self.found += found
        self.failed += found and failed


@dataclass(slots=True)
class QueueGate:
    """The wholeness of one queue's rows in a period."""

    program: str = ""
    metrics: dict[str, Collected] = field(
        default_factory=lambda: {
            name: Collected() for name in ("service_level", "abandon_rate", "average_handle_time", "occupancy")
        }
    )
    """By name of metric (`config.assessing.metrics`)."""
    verdicts: Collected = field(default_factory=Collected)
    """Intervals with enough contacts for a verdict."""
    planned: Collected = field(default_factory=Collected)
    """Open intervals; found: with a plan that was there before the open period."""
    ways: dict[str, set[tuple[str, float]]] = field(default_factory=dict)
    """Definitions and thresholds by parameter version."""

    @property
    def changed(self) -> bool:
        """Whether the definition changed within a parameter version."""
        return any(len(each) > 1 for each in self.ways.values())

    def add(self, row: Row, settings: Mapping[str, Any]) -> None:
        """Take a row in its latest revision, with the settings that it was made with."""
        self.program = row["program"] or self.program
        missing = row["status"] == "missing"
        self.planned.add(found=not _UNPLANNED.intersection((row["plan"] or "no_plan").split(";")))
        if row["spec"] not in _NONE_DUE or missing:
            self.verdicts.add(found=row["spec"] in _VERDICTS and not missing)
        if missing:
            # Nobody knows whether there was demand; a figure was due as long as nobody knows.
            for each in self.metrics.values():
                each.add(found=False)
            return
        if row["definition"]:
            way = (row["definition"], row["threshold_seconds"])
            self.ways.setdefault(row["parameters_version"] or "", set()).add(way)
        failed = failed_checks(row)
        for name, column in (
            ("service_level", "service_level"),
            ("abandon_rate", "abandon_rate"),
            ("average_handle_time", "aht_seconds"),
            ("occupancy", "occupancy"),
        ):
            if self._is_due(name, row, settings):
                self.metrics[name].add(found=row[column] is not None, failed=failed)

    @staticmethod
    def _is_due(name: str, row: Row, settings: Mapping[str, Any]) -> bool:
        if row["offered"] == 0:
            return False
        if name == "average_handle_time":
            return bool(row["handled"] != 0)
        if name == "abandon_rate":
            return None in (row["answered"], row["abandoned"]) or bool(row["answered"] + row["abandoned"])
        if name == "service_level":
            # Contacts may all be of a kind that the definition leaves out.
            level = service_level_counts(row, overflow_counts=basis_of(row, settings).overflow_counts)
            return level is None or level.denominator != 0
        return True


def gates(rows: Iterable[Row], settings_of: _SettingsOf) -> dict[str, QueueGate]:
    """The gate of each queue of a period.

    Args:
        rows: results in their latest revision, with `GATE_COLUMNS`, in any order.
        settings_of: gives the settings of a row (`StoredSettings.of_row`).
    """
    found: dict[str, QueueGate] = {}
    for row in rows:
        found.setdefault(row["queue"], QueueGate()).add(row, settings_of(row) or {})
    return found
