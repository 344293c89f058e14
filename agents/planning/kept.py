"""Plans and agent states as the state keeps them: each with where it was read, so that a result can name it.

A kept record is the record with two fields more. So it stands wherever the record does, and a cell that an earlier
program wrote, without those fields, reads as one whose place is not known.
"""

from collections.abc import Iterable

import msgspec

from streams.records import AgentState, Plan

__all__ = ["KeptPlan", "KeptState", "Span", "keep_plan", "keep_state", "plain_plan", "plain_state", "spans_of"]

Span = tuple[str, int, int]
"""A source, and its first and last offset (topic) or row (file) that a figure rests on."""


class KeptPlan(Plan, frozen=True, array_like=True, gc=False):
    """A plan row, and where it was read."""

    source: str = ""
    """`topic/partition` or a file's name; empty: not known."""
    offset: int = 0


class KeptState(AgentState, frozen=True, array_like=True, gc=False):
    """An agent state, and where it was read."""

    source: str = ""
    """`topic/partition` or a file's name; empty: not known."""
    offset: int = 0


def keep_plan(plan: Plan, source: str, offset: int) -> KeptPlan:
    """A plan row with its place."""
    return KeptPlan(*(*msgspec.structs.astuple(plan), source, offset))


def keep_state(state: AgentState, source: str, offset: int) -> KeptState:
    """An agent state with its place."""
    return KeptState(*(*msgspec.structs.astuple(state), source, offset))


def plain_plan(kept: KeptPlan) -> Plan:
    """The plan row as it was read."""
    return Plan(*msgspec.structs.astuple(kept)[:-2])


def plain_state(kept: KeptState) -> AgentState:
    """The agent state as it was read."""
    return AgentState(*msgspec.structs.astuple(kept)[:-2])


def spans_of(kept: Iterable[KeptPlan | KeptState]) -> tuple[Span, ...]:
    """Where records were read, one span a source; those whose place is not known are passed over."""
    spans: dict[str, tuple[int, int]] = {}
    for each in kept:
        if each.source:
            first, last = spans.get(each.source, (each.offset, each.offset))
            spans[each.source] = (min(first, each.offset), max(last, each.offset))
    return tuple((source, first, last) for source, (first, last) in sorted(spans.items()))
