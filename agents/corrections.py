"""What makes a correction, and its reason in words: the figures of a final interval, before and after a late record."""

from collections.abc import Sequence
from typing import Final

from agents.figures import Row
from streams.names import RESULT_COLUMNS
from streams.records import AgentState, Contact, Plan, Snapshot

__all__ = ["FIGURE_COLUMNS", "difference", "figures_of", "named"]

_FOLLOWS: Final = frozenset(
    {
        "service_level",
        "abandon_rate",
        "asa_seconds",
        "aht_seconds",
        "occupancy",
        "required_agents",
        "staffed_agents",
        "net_staffing",
        "volume_variance",
        "aht_variance",
    }
)
"""Columns that follow from counts: a reason names the counts."""
FIGURE_COLUMNS: Final = tuple(
    name
    for name in RESULT_COLUMNS
    if name not in {"revision", "status", "breaches", "sources", "reason", "previous_hash", "hash"}
)
"""What a late record must change to make a correction."""


def named(record: Contact | Snapshot | Plan | AgentState) -> str:
    """A record in words, for a reason."""
    if isinstance(record, Contact):
        return f"contact {record.contact_id}"
    if isinstance(record, Plan):
        return f"plan {record.plan_version}"
    return "interval snapshot" if isinstance(record, Snapshot) else f"agent state of {record.agent}"


def figures_of(row: Row) -> list[object]:
    """A row's figures, in the order of `FIGURE_COLUMNS`."""
    return [row[name] for name in FIGURE_COLUMNS]


def difference(before: Sequence[object], after: Sequence[object]) -> str:
    """What a correction changed, in words: `offered 100 -> 101; spec in_range -> below`."""
    return "; ".join(
        f"{name} {_said(old)} -> {_said(new)}"
        for name, old, new in zip(FIGURE_COLUMNS, before, after, strict=True)
        if old != new and name not in _FOLLOWS
    )


def _said(value: object) -> str:
    return "not reported" if value is None else str(value)
