"""The records that flow: what a message may hold.

Outside, a record is a JSON object with RFC 3339 instants and seconds. Inside, it is one of the frozen structures below:
instants and durations are whole milliseconds, so that sums are exact. The rules that a record must pass are those of
`streams.admission`.
"""

from typing import Final

import msgspec

__all__ = [
    "OUTCOMES",
    "STATES",
    "TYPE_RANK",
    "AgentState",
    "Check",
    "Contact",
    "Evaluation",
    "Plan",
    "Record",
    "RecordError",
    "Snapshot",
    "Tick",
    "event_ms",
]

OUTCOMES: Final = ("answered", "abandoned", "overflowed")
STATES: Final = ("available", "handling", "wrap", "unavailable", "offline")
SELECTIONS: Final = ("random", "targeted")


class RecordError(ValueError):
    """A record breaks a rule; the text begins with the field's name."""


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One contact as last reported. Times are milliseconds; `outcome` is empty while it still waits."""

    contact_id: str
    offered_ms: int
    outcome: str
    exited_ms: int | None
    wait_ms: int | None
    talk_ms: int | None
    hold_ms: int | None
    wrap_ms: int | None
    updated_ms: int
    agent: str | None = None
    team: str | None = None
    shift: str | None = None
    channel: str | None = None

    @property
    def handle_ms(self) -> int | None:
        """Talk + hold + wrap of an answered contact, or None where none of them is reported."""
        if self.outcome != "answered" or (self.talk_ms is None and self.hold_ms is None and self.wrap_ms is None):
            return None
        return (self.talk_ms or 0) + (self.hold_ms or 0) + (self.wrap_ms or 0)

    @property
    def stage(self) -> int:
        """How far along this copy is: 0 waiting, 1 left the queue, 2 handled."""
        if not self.outcome:
            return 0
        return 1 if self.handle_ms is None else 2


class Snapshot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One interval's call data so far, as an ACD exports it (record type `interval`)."""

    start_ms: int
    length_ms: int
    as_of_ms: int
    program: str | None = None
    channel: str | None = None
    offered: int | None = None
    answered: int | None = None
    answered_within: int | None = None
    threshold_ms: int | None = None
    abandoned: int | None = None
    abandoned_within: int | None = None
    short_abandoned: int | None = None
    overflowed: int | None = None
    waiting: int | None = None
    wait_ms: int | None = None
    talk_ms: int | None = None
    hold_ms: int | None = None
    wrap_ms: int | None = None
    handled: int | None = None
    occupied_ms: int | None = None
    available_ms: int | None = None
    staffed_ms: int | None = None
    service_level_reported: float | None = None
    source: str | None = None

    @property
    def handle_ms(self) -> int | None:
        """Talk + hold + wrap, or None where none of them is reported."""
        if self.talk_ms is None and self.hold_ms is None and self.wrap_ms is None:
            return None
        return (self.talk_ms or 0) + (self.hold_ms or 0) + (self.wrap_ms or 0)


class Plan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a plan version expects of one interval."""

    plan_version: str
    published_ms: int
    start_ms: int
    length_ms: int
    forecast_offered: float | None = None
    forecast_aht_ms: int | None = None
    required_agents: float | None = None
    scheduled_agents: float | None = None


class AgentState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From `since_ms` on, `agent` is in `state` for all of `queues`."""

    agent: str
    since_ms: int
    state: str
    queues: tuple[str, ...]
    sequence: int = 0
    handling_queue: str | None = None
    reason: str | None = None
    team: str | None = None
    shift: str | None = None


class Check(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One check of an evaluation; `passed` None is "not applicable"."""

    name: str
    family: str
    passed: bool | None


class Evaluation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One monitored transaction (item 2.4)."""

    evaluation_id: str
    handled_ms: int
    evaluated_ms: int
    selection: str
    checks: tuple[Check, ...]
    contact_id: str | None = None
    agent: str | None = None
    team: str | None = None
    shift: str | None = None
    evaluator: str | None = None


class Tick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The clock, written into a partition by a worker when an interval there is due by the clock alone."""

    at_ms: int


Record = Contact | Snapshot | Plan | AgentState | Evaluation | Tick

TYPE_RANK: Final[dict[type, int]] = {Plan: 0, AgentState: 1, Evaluation: 2, Snapshot: 3, Contact: 4}
"""Order of records with equal event time when sources are merged (contract section 5)."""


def event_ms(record: Record) -> int:
    """Event time of `record`, milliseconds: what the watermark and the merge of sources go by."""
    kind = type(record)
    if kind is Contact:
        return record.offered_ms  # type: ignore[union-attr]  # narrowed by exact type, for speed
    if kind is Snapshot:
        return min(record.as_of_ms, record.start_ms + record.length_ms)  # type: ignore[union-attr]  # as above
    if isinstance(record, AgentState):
        return record.since_ms
    if isinstance(record, Plan):
        return record.published_ms
    if isinstance(record, Evaluation):
        return record.evaluated_ms
    assert isinstance(record, Tick)  # noqa: S101 - the union has no other member
    return record.at_ms
