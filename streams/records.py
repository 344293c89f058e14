"""The records that flow: what a message may hold.

Outside, a record is a JSON object with RFC 3339 instants and seconds. Inside, it is one of the frozen structures below:
instants and durations are whole milliseconds, so that sums are exact. Each structure is the home of its fields: name
outside, kind and meaning are the annotation of each, and `RECORD_TYPES` gives them to messages (`streams.codec`), to
files (`streams.sources`) and to the documentation. The rules that a record must pass are those of `streams.admission`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, get_type_hints

import msgspec

from config.sources.fields import RecordField as Field

__all__ = [
    "OUTCOMES",
    "RECORD_TYPES",
    "SELECTIONS",
    "STATES",
    "TYPE_RANK",
    "AgentState",
    "Check",
    "Contact",
    "Evaluation",
    "Plan",
    "Record",
    "RecordError",
    "RecordType",
    "Snapshot",
    "Tick",
    "event_ms",
]

OUTCOMES: Final = ("answered", "abandoned", "overflowed")
STATES: Final = ("available", "handling", "wrap", "unavailable", "offline")
SELECTIONS: Final = ("random", "targeted")


class RecordError(ValueError):
    """A record breaks a rule; the text begins with the field's name."""


_QUEUE: Final = Field("queue", "text", "Name of the queue.", mandatory=True)
"""Of records that belong to one queue; inside, their queue is known without it."""

_Program = Annotated[str | None, Field("program", "text", "Program of the queue; the configuration's wins.")]
_Channel = Annotated[str | None, Field("channel", "text", "Channel, such as voice, chat or email.")]
_Agent = Annotated[str | None, Field("agent", "text", "The agent who handled the contact.")]
_Team = Annotated[str | None, Field("team", "text", "The agent's team.")]
_Shift = Annotated[str | None, Field("shift", "text", "The agent's shift.")]
_Start = Annotated[int, Field("interval_start", "instant", "Start of the interval.", mandatory=True)]
_Length = Annotated[
    int, Field("interval_seconds", "seconds", "Length of the interval, at most an hour; empty: the queue's.")
]


def _seconds(name: str, meaning: str) -> Field:
    return Field(name, "seconds", meaning)


def _count(name: str, meaning: str) -> Field:
    return Field(name, "count", meaning)


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One contact as last reported. Times are milliseconds; `outcome` is empty while it still waits."""

    contact_id: Annotated[
        str, Field("contact_id", "text", "With `offered_at` the identity of one visit to the queue.", mandatory=True)
    ]
    offered_ms: Annotated[int, Field("offered_at", "instant", "The contact reached the queue.", mandatory=True)]
    outcome: Annotated[
        str, Field("outcome", "text", f"How it left the queue: {', '.join(OUTCOMES)}; empty: it still waits.")
    ]
    exited_ms: Annotated[
        int | None, Field("exited_at", "instant", "It left the queue; empty beside `wait_seconds`: offer + wait.")
    ]
    wait_ms: Annotated[
        int | None, _seconds("wait_seconds", "Wait in the queue where the feed measures it; else exit - offer.")
    ]
    talk_ms: Annotated[int | None, _seconds("talk_seconds", "Time in which agent and customer spoke.")]
    hold_ms: Annotated[int | None, _seconds("hold_seconds", "Time on hold after the answer.")]
    wrap_ms: Annotated[int | None, _seconds("wrap_seconds", "Work on the contact after it ended.")]
    updated_ms: Annotated[
        int,
        Field("updated_at", "instant", "Time of this copy: the latest wins; empty: `exited_at`, then `offered_at`."),
    ]
    agent: _Agent = None
    team: _Team = None
    shift: _Shift = None
    channel: _Channel = None

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

    start_ms: _Start
    length_ms: _Length
    as_of_ms: Annotated[
        int, Field("as_of", "instant", "Time of this copy: the latest wins; empty: the interval's end.")
    ]
    program: _Program = None
    channel: _Channel = None
    offered: Annotated[int | None, _count("offered", "Contacts that reached the queue.")] = None
    answered: Annotated[int | None, _count("answered", "Contacts that an agent answered.")] = None
    answered_within: Annotated[int | None, _count("answered_within", "Contacts answered within the threshold.")] = None
    threshold_ms: Annotated[
        int | None, _seconds("threshold_seconds", "Threshold that the counts `within` were made at.")
    ] = None
    abandoned: Annotated[int | None, _count("abandoned", "Contacts that gave up waiting.")] = None
    abandoned_within: Annotated[
        int | None, _count("abandoned_within", "Contacts that gave up within the threshold.")
    ] = None
    short_abandoned: Annotated[
        int | None, _count("short_abandoned", "Contacts that gave up within `short_abandon_seconds`.")
    ] = None
    overflowed: Annotated[
        int | None, _count("overflowed", "Contacts that left for another queue, a message or a closed line.")
    ] = None
    waiting: Annotated[int | None, _count("waiting", "Contacts that still wait at `as_of`.")] = None
    wait_ms: Annotated[int | None, _seconds("wait_seconds", "Sum of the waits of answered contacts.")] = None
    talk_ms: Annotated[int | None, _seconds("talk_seconds", "Sum of the talk times.")] = None
    hold_ms: Annotated[int | None, _seconds("hold_seconds", "Sum of the hold times.")] = None
    wrap_ms: Annotated[int | None, _seconds("wrap_seconds", "Sum of the work after contacts.")] = None
    handled: Annotated[int | None, _count("handled", "Contacts that these times are of.")] = None
    occupied_ms: Annotated[int | None, _seconds("occupied_seconds", "Agents' time in handling and wrap.")] = None
    available_ms: Annotated[int | None, _seconds("available_seconds", "Agents' time ready for a contact.")] = None
    staffed_ms: Annotated[int | None, _seconds("staffed_seconds", "Agents' time occupied or available.")] = None
    service_level_reported: Annotated[
        float | None, Field("service_level_reported", "ratio", "The service level that the ACD itself reports.")
    ] = None
    source: Annotated[
        str | None, Field("source", "text", "Where the figures are from; it makes no copy different.")
    ] = None

    @property
    def handle_ms(self) -> int | None:
        """Talk + hold + wrap, or None where none of them is reported."""
        if self.talk_ms is None and self.hold_ms is None and self.wrap_ms is None:
            return None
        return (self.talk_ms or 0) + (self.hold_ms or 0) + (self.wrap_ms or 0)


class Plan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a plan version expects of one interval."""

    plan_version: Annotated[str, Field("plan_version", "text", "Name of the plan's version.", mandatory=True)]
    published_ms: Annotated[int, Field("published_at", "instant", "The version was published.", mandatory=True)]
    start_ms: _Start
    length_ms: _Length
    forecast_offered: Annotated[
        float | None, Field("forecast_offered", "number", "Contacts expected to reach the queue.")
    ] = None
    forecast_aht_ms: Annotated[int | None, _seconds("forecast_aht_seconds", "Average handle time expected.")] = None
    required_agents: Annotated[
        float | None, Field("required_agents", "number", "Agents that the plan holds necessary.")
    ] = None
    scheduled_agents: Annotated[
        float | None, Field("scheduled_agents", "number", "Agents scheduled to be at work.")
    ] = None


class AgentState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From `since_ms` on, `agent` is in `state` for all of `queues`."""

    agent: Annotated[str, Field("agent", "text", "Name of the agent.", mandatory=True)]
    since_ms: Annotated[int, Field("since", "instant", "The state began.", mandatory=True)]
    state: Annotated[str, Field("state", "text", f"One of {', '.join(STATES)}.", mandatory=True)]
    queues: Annotated[
        tuple[str, ...],
        Field("queues", "list", "Queues that the agent serves; empty only while offline.", mandatory=True),
    ]
    sequence: Annotated[int, _count("sequence", "Order of the agent's states of one instant; empty: 0.")] = 0
    handling_queue: Annotated[
        str | None, Field("handling_queue", "text", "Queue of the contact in handling or wrap.")
    ] = None
    reason: Annotated[str | None, Field("reason", "text", "Reason of the state, such as a break.")] = None
    team: _Team = None
    shift: _Shift = None


class Check(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One check of an evaluation; `passed` None is "not applicable"."""

    name: str
    family: str
    passed: bool | None


class Evaluation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One monitored transaction (item 2.4)."""

    evaluation_id: Annotated[str, Field("evaluation_id", "text", "Identity of the evaluation.", mandatory=True)]
    handled_ms: Annotated[int, Field("handled_at", "instant", "The transaction was handled.", mandatory=True)]
    evaluated_ms: Annotated[
        int,
        Field("evaluated_at", "instant", "It was evaluated: of two copies the later one wins.", mandatory=True),
    ]
    selection: Annotated[
        str, Field("selection", "text", f"How it was chosen: {' or '.join(SELECTIONS)}; empty: random.")
    ]
    checks: Annotated[
        tuple[Check, ...],
        Field("checks", "checks", "Its checks: name, family of errors, passed (or not applicable).", mandatory=True),
    ]
    contact_id: Annotated[str | None, Field("contact_id", "text", "The contact that was monitored.")] = None
    agent: _Agent = None
    team: _Team = None
    shift: _Shift = None
    evaluator: Annotated[str | None, Field("evaluator", "text", "Who evaluated.")] = None


class Tick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The clock, written into a partition by a worker when an interval there is due by the clock alone."""

    at_ms: Annotated[int, Field("at", "instant", "The worker's clock.", mandatory=True)]


Record = Contact | Snapshot | Plan | AgentState | Evaluation | Tick

TYPE_RANK: Final[dict[type, int]] = {Plan: 0, AgentState: 1, Evaluation: 2, Snapshot: 3, Contact: 4}
"""Order of records with equal event time when sources are merged."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One type of record, and its fields as the outside knows them."""

    name: str
    """What a message says under `type`, and a source under `record`."""
    structure: type[msgspec.Struct]
    fields: Mapping[str, Field]
    """By name; the queue first, where a record belongs to one, then in the structure's order."""
    inside: Mapping[str, str]
    """The structure's name of each field but the queue."""


def _record_type(name: str, structure: type[msgspec.Struct], *, of_queue: bool = True) -> RecordType:
    hints = get_type_hints(structure, include_extras=True)
    given = {inside: hints[inside].__metadata__[0] for inside in structure.__struct_fields__}
    fields = {field.name: field for field in given.values()}
    return RecordType(
        name,
        structure,
        MappingProxyType({_QUEUE.name: _QUEUE} | fields if of_queue else fields),
        MappingProxyType({field.name: inside for inside, field in given.items()}),
    )


RECORD_TYPES: Final[Mapping[str, RecordType]] = MappingProxyType(
    {
        "contact": _record_type("contact", Contact),
        "interval": _record_type("interval", Snapshot),
        "plan": _record_type("plan", Plan),
        "agent_state": _record_type("agent_state", AgentState, of_queue=False),
        "evaluation": _record_type("evaluation", Evaluation),
        "tick": _record_type("tick", Tick, of_queue=False),
    }
)
"""Every type of record by name."""


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
