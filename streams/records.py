"""The records that flow: what a message may hold.

Outside, a record is a JSON object with RFC 3339 instants and seconds. Inside, it is one of the frozen structures below:
instants and durations are whole milliseconds, so that sums are exact. Each structure is the home of its fields: name
outside, kind and meaning are the annotation of each, and `RECORD_TYPES` gives them to messages (`streams.codec`), to
files (`streams.sources`) and to the documentation. The rules that a record must pass are those of `streams.admission`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, Any, Final, get_type_hints

import msgspec

from config.sources.fields import RecordField as Field
from streams.record_fields import QUEUE, Agent, Shift, Start, Team, count, instant, number, seconds, text
from streams.source_words import SOURCE, Feed, RefusedRow

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
    "Feed",
    "Plan",
    "Record",
    "RecordError",
    "RecordType",
    "RefusedRow",
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

    contact_id: Annotated[
        str,
        text(
            "contact_id",
            "name of the contact; with its queue and `offered_at` the identity of the visit",
            mandatory=True,
        ),
    ]
    offered_ms: Annotated[
        int, instant("offered_at", "when the contact entered the queue (not the IVR); the event time", mandatory=True)
    ]
    outcome: Annotated[
        str, text("outcome", "`answered`, `abandoned` or `overflowed` (left in any other way); empty: still waiting")
    ]
    exited_ms: Annotated[
        int | None, instant("exited_at", "when it left the queue; empty beside `wait_seconds`: offer + wait")
    ]
    wait_ms: Annotated[
        int | None, seconds("wait_seconds", "where the feed measures the wait itself; else exit - offer")
    ]
    talk_ms: Annotated[int | None, seconds("talk_seconds", "talk time, seconds")]
    hold_ms: Annotated[int | None, seconds("hold_seconds", "hold time, seconds")]
    wrap_ms: Annotated[int | None, seconds("wrap_seconds", "after-contact work, seconds")]
    updated_ms: Annotated[int, instant("updated_at", "how new the copy is; empty: `exited_at`, then `offered_at`")]
    agent: Agent = None
    team: Team = None
    shift: Shift = None
    channel: Annotated[
        str | None, text("channel", "`voice`, `chat`, …, of a queue that the configuration does not name")
    ] = None

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

    start_ms: Start
    length_ms: Annotated[
        int,
        seconds(
            "interval_seconds",
            "its length; a shorter one than the queue's makes it a part of its interval; empty: it lasts to the next "
            "row of its interval, else to its end",
        ),
    ]
    as_of_ms: Annotated[int, instant("as_of", "how far the counts go, and how new the copy is; empty: the row's end")]
    program: Annotated[str | None, text("program", "of a queue that the configuration does not name")] = None
    channel: Annotated[str | None, text("channel", "of a queue that the configuration does not name")] = None
    offered: Annotated[int | None, count("offered", "contacts that entered the queue")] = None
    answered: Annotated[int | None, count("answered", "those an agent took")] = None
    answered_within: Annotated[
        int | None, count("answered_within", "of the answered: those that waited no longer than the threshold")
    ] = None
    threshold_ms: Annotated[
        int | None, seconds("threshold_seconds", "the threshold that `answered_within` was counted at")
    ] = None
    abandoned: Annotated[int | None, count("abandoned", "those that gave up")] = None
    abandoned_within: Annotated[
        int | None, count("abandoned_within", "of the abandoned: those that waited no longer than the threshold")
    ] = None
    short_abandoned: Annotated[
        int | None,
        count("short_abandoned", "of the abandoned: those that waited no longer than the short-abandon limit"),
    ] = None
    overflowed: Annotated[int | None, count("overflowed", "those that left in any other way")] = None
    waiting: Annotated[int | None, count("waiting", "those still in the queue")] = None
    wait_ms: Annotated[int | None, seconds("wait_seconds", "wait of the answered, summed")] = None
    talk_ms: Annotated[int | None, seconds("talk_seconds", "talk time, seconds, summed")] = None
    hold_ms: Annotated[int | None, seconds("hold_seconds", "hold time, seconds, summed")] = None
    wrap_ms: Annotated[int | None, seconds("wrap_seconds", "after-contact work, seconds, summed")] = None
    handled: Annotated[int | None, count("handled", "contacts whose handling ended")] = None
    occupied_ms: Annotated[
        int | None, seconds("occupied_seconds", "agents' handling and wrap time inside the interval")
    ] = None
    available_ms: Annotated[int | None, seconds("available_seconds", "agents' time free and ready")] = None
    staffed_ms: Annotated[
        int | None, seconds("staffed_seconds", "agents' time logged in and assigned to the queue, without breaks")
    ] = None
    service_level_reported: Annotated[
        float | None,
        Field(
            "service_level_reported",
            "ratio",
            "the feed's own service level, a ratio; it is compared with the recomputed one",
        ),
    ] = None
    source: Annotated[str | None, SOURCE] = None
    said: bool = True
    """Whether its sender says how long it is; else `length_ms` reaches to its interval's end. Outside it is said by
    `interval_seconds` being there."""
    twin_ms: Annotated[
        int | None,
        instant(
            "twin",
            "start of the other hour of the same local name, when summer time ends and the file has one row for both; "
            "a record without any count covers its hour only",
        ),
    ] = None
    derived: Annotated[
        tuple[str, ...] | None,
        Field(
            "derived",
            "list",
            "fields that were computed from averages or percentages, each with how far rounding may have moved it: "
            "`answered_within=0.5`",
        ),
    ] = None
    definition_changed: Annotated[
        int | None,
        count(
            "definition_changed",
            "1 where the feed's own definition of the service level changed inside the row; 0 or empty: it did not",
        ),
    ] = None

    @property
    def end_ms(self) -> int:
        """End of the row, milliseconds since 1970."""
        return self.start_ms + self.length_ms

    def roundings(self) -> dict[str, float]:
        """The fields that were computed, by their names outside, and how far rounding may have moved each."""
        if self.derived is None:
            return {}
        pairs = (entry.partition("=") for entry in self.derived)
        return {name: float(amount) for name, _, amount in pairs}

    @property
    def handle_ms(self) -> int | None:
        """Talk + hold + wrap, or None where none of them is reported."""
        if self.talk_ms is None and self.hold_ms is None and self.wrap_ms is None:
            return None
        return (self.talk_ms or 0) + (self.hold_ms or 0) + (self.wrap_ms or 0)


class Plan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The figures that a plan version expects of one interval."""

    plan_version: Annotated[str, text("plan_version", "name of the version", mandatory=True)]
    published_ms: Annotated[
        int, instant("published_at", "when this version was published; the event time", mandatory=True)
    ]
    start_ms: Start
    length_ms: Annotated[
        int, seconds("interval_seconds", "its length; shorter rows are rolled up, longer ones (up to an hour) split")
    ]
    forecast_offered: Annotated[float | None, number("forecast_offered", "contacts expected")] = None
    forecast_aht_ms: Annotated[int | None, seconds("forecast_aht_seconds", "average handle time expected, seconds")] = (
        None
    )
    required_agents: Annotated[float | None, number("required_agents", "the plan's own requirement, agents")] = None
    scheduled_agents: Annotated[
        float | None,
        number("scheduled_agents", "agents productive on the queue (rostered less breaks, training and absence)"),
    ] = None


class AgentState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """From `since_ms` on, `agent` is in `state` for all of `queues`."""

    agent: Annotated[str, text("agent", "who", mandatory=True)]
    since_ms: Annotated[int, instant("since", "from when on; the event time", mandatory=True)]
    state: Annotated[
        str,
        text(
            "state",
            "`available`, `handling`, `wrap`, `unavailable` (logged in, not to be had) or `offline`",
            mandatory=True,
        ),
    ]
    queues: Annotated[
        tuple[str, ...], Field("queues", "list", "the agent's queues; in CSV joined by `;`", mandatory=True)
    ]
    sequence: Annotated[
        int | None, count("sequence", "orders states of one instant; empty: they hold in the order of the log")
    ] = None
    handling_queue: Annotated[
        str | None, text("handling_queue", "the queue that handling or wrap is for; its time counts wholly there")
    ] = None
    reason: Annotated[str | None, text("reason", "why unavailable")] = None
    team: Team = None
    shift: Shift = None


class Check(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One check of an evaluation; `passed` None is "not applicable"."""

    name: str
    family: str
    passed: bool | None


class Evaluation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One monitored transaction (item 2.4)."""

    evaluation_id: Annotated[
        str, text("evaluation_id", "name of the evaluation; the identity of the record", mandatory=True)
    ]
    handled_ms: Annotated[
        int, instant("handled_at", "when it was handled; says which month it belongs to", mandatory=True)
    ]
    evaluated_ms: Annotated[
        int, instant("evaluated_at", "when it was evaluated, and how new the copy is; the event time", mandatory=True)
    ]
    selection: Annotated[
        str, text("selection", "`random` (counts in accuracy; empty means it) or `targeted` (shown apart)")
    ]
    checks: Annotated[
        tuple[Check, ...],
        Field(
            "checks",
            "checks",
            "a list of `{name, family, passed}`: family `end_user`, `business`, `compliance` or `non_critical`; "
            "passed true, false, or null for not applicable",
            mandatory=True,
        ),
    ]
    contact_id: Annotated[str | None, text("contact_id", "the contact that was monitored")] = None
    agent: Agent = None
    team: Team = None
    shift: Shift = None
    evaluator: Annotated[str | None, text("evaluator", "who evaluated it")] = None


class Tick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The clock, written into a partition by a worker when an interval there is due by the clock alone."""

    at_ms: Annotated[int, instant("at", "the worker's clock", mandatory=True)]
    worker: Annotated[str | None, text("worker", "the worker that wrote it")] = None


Record = Contact | Snapshot | Plan | AgentState | Evaluation | Feed | RefusedRow | Tick

TYPE_RANK: Final[dict[type, int]] = {
    Plan: 0, AgentState: 1, Evaluation: 2, RefusedRow: 3, Snapshot: 4, Contact: 5, Feed: 6,
}  # fmt: skip
"""Order of records with equal event time when sources are merged."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One type of record, and its fields as the outside knows them."""

    name: str
    """The name that a message has under `type`, and a source under `record`."""
    meaning: str
    structure: type[msgspec.Struct]
    fields: Mapping[str, Field]
    """By name; the queue first, where a record belongs to one, then in the structure's order."""
    inside: Mapping[str, str]
    """The structure's name of each field but the queue, and the source of contacts."""


def _record_type(
    name: str, structure: type[msgspec.Struct], meaning: str, *, of_queue: bool = True, also: tuple[Field, ...] = ()
) -> RecordType:
    hints = get_type_hints(structure, include_extras=True)
    # A field without a description is not known outside.
    given = {
        inside: hints[inside].__metadata__[0]
        for inside in structure.__struct_fields__
        if hasattr(hints[inside], "__metadata__")
    }
    fields = {field.name: field for field in (*given.values(), *also)}
    return RecordType(
        name,
        meaning,
        structure,
        MappingProxyType({QUEUE.name: QUEUE} | fields if of_queue else fields),
        MappingProxyType({field.name: inside for inside, field in given.items()}),
    )


RECORD_TYPES: Final[Mapping[str, RecordType]] = MappingProxyType(
    {
        record.name: record
        for record in (
            _record_type(
                "contact", Contact, "One visit: a stay of a contact in one queue, as last reported.", also=(SOURCE,)
            ),
            _record_type("interval", Snapshot, "One interval's call data so far, as ACDs export it."),
            _record_type("plan", Plan, "The forecast and the schedule of one interval, in a named version."),
            _record_type(
                "agent_state",
                AgentState,
                "From `since` on, the agent is in this state. It is sent once to each of the agent's queues, to the "
                "old and the new ones when they change.",
                of_queue=False,
            ),
            _record_type("evaluation", Evaluation, "One monitored transaction (item 2.4)."),
            _record_type(
                "feed",
                Feed,
                "A source of call data has spoken up to `through`. Without a queue it is sent without a key, into each "
                "partition.",
                of_queue=False,
            ),
            _record_type("rejected", RefusedRow, "A row of this queue and instant, which the reader refused."),
            _record_type(
                "tick",
                Tick,
                "The clock, written by a worker when an interval is due by the clock alone; feeds never send it.",
                of_queue=False,
            ),
        )
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
    return _EVENT_MS[kind](record)


_EVENT_MS: Final[Mapping[type, Callable[[Any], int]]] = {
    AgentState: attrgetter("since_ms"),
    Plan: attrgetter("published_ms"),
    Evaluation: attrgetter("evaluated_ms"),
    Feed: attrgetter("through_ms"),
    RefusedRow: attrgetter("at_ms"),
    Tick: attrgetter("at_ms"),
}
"""Event time of the records that are not many."""
