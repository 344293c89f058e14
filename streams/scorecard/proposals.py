"""Deployment as the data show it, beside the assessor's figure: in how many programs an item is at work.

It is a proposal: it counts in no score by itself. The shares that make a program count are this product's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from streams.report.figures import Report
from streams.scorecard.figures import Counted, RequiredMetric
from streams.scorecard.gate import Collected, QueueGate

__all__ = ["proposals"]

_MOST: Final = 0.98
"""Least share of a program's intervals that have a plan in time, or a verdict."""
_ACKNOWLEDGED: Final = 0.90
"""Least share of a program's incidents that were acknowledged within `_WITHIN`."""
_WITHIN: Final = 3600
"""Seconds."""


def proposals(
    report: Report,
    gates: Mapping[str, QueueGate],
    metrics: Iterable[RequiredMetric],
    incidents: Iterable[Mapping[str, Any]],
) -> dict[str, Counted]:
    """Programs that count, of all, by item; items of which the data can tell nothing are left out.

    Args:
        report: of the period.
        gates: of its queues.
        metrics: required ones.
        incidents: rows of the incidents that began in the period.
    """
    programs = sorted({gate.program for gate in gates.values()})
    if not programs:
        return {}
    found: dict[str, Counted] = {}
    monitored = {program.program: program.monitoring for program in report.programs}
    covered = {name: summary.coverage for name, summary in monitored.items() if summary is not None}
    if any(covered.values()):
        met = [name for name in programs if covered.get(name) and not any(month.behind for month in covered[name])]
        found["2.4"] = Counted(len(met), len(programs))
    planned, verdicts = ({name: Collected() for name in programs} for _ in range(2))
    for gate in gates.values():
        _add(planned[gate.program], gate.planned)
        _add(verdicts[gate.program], gate.verdicts)
    found["2.5"] = Counted(sum(_mostly(planned[name]) for name in programs), len(programs))
    failing = {metric.program for metric in metrics if metric.deficiencies}
    found["2.6"] = Counted(sum(name not in failing for name in programs), len(programs))
    answered = _answered(incidents)
    found["2.G.A"] = Counted(
        sum(_mostly(verdicts[name]) and _soon(answered.get(name, (0, 0))) for name in programs), len(programs)
    )
    return found


def _add(total: Collected, part: Collected) -> None:
    total.due += part.due
    total.found += part.found


def _mostly(collected: Collected) -> bool:
    return collected.due > 0 and collected.found >= _MOST * collected.due


def _soon(counts: tuple[int, int]) -> bool:
    part, whole = counts
    return part >= _ACKNOWLEDGED * whole


def _answered(incidents: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Incidents acknowledged in time, and all, by program."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for incident in incidents:
        seconds = incident["acknowledged_seconds"]
        part, whole = found[incident["program"] or ""]
        found[incident["program"] or ""] = part + (seconds is not None and seconds <= _WITHIN), whole + 1
    return found
