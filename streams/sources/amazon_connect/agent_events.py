"""The agent event stream of Amazon Connect: each event tells the whole state of an agent at its instant.

Meanings are those of Amazon's "Agent event streams data model". LOGIN, STATE_CHANGE and HEART_BEAT carry the snapshot
that holds from then on; after LOGOUT there is none.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final, NamedTuple

from streams.admission import admit_agent_state
from streams.limits import word
from streams.records import RecordError
from streams.sources.amazon_connect.names import agent_name, is_agents_own, queue_name, team_name
from streams.sources.objects.fields import entries, instant, part, text
from streams.sources.objects.gathering import Row

__all__ = ["EVENTS", "agent_state", "event_at", "is_agent_event"]

EVENTS: Final = ("LOGIN", "STATE_CHANGE", "HEART_BEAT", "LOGOUT")
_SPEAKING: Final = ("CONNECTED", "CONNECTED_ONHOLD")
_DIALLING: Final = ("INCOMING", "PENDING", "CONNECTING")
_OUT: Final = ("OUTBOUND", "EXTERNAL_OUTBOUND", "CALLBACK")
_MISSED: Final = ("MISSED", "ERROR", "REJECTED")
"""States of a contact in which the agent gets no other one until somebody clears it."""

Parts = Mapping[str, Any]


class _State(NamedTuple):
    state: str
    queue: str | None = None
    reason: str | None = None


def is_agent_event(value: Parts) -> bool:
    """Whether an object in broken text is an event, and no part of one."""
    return "EventType" in value and ("EventTimestamp" in value or "AgentARN" in value)


def event_at(value: Parts) -> int | None:
    """The instant of an event, milliseconds.

    Raises:
        RecordError: it cannot be read.
    """
    return instant(value, "EventTimestamp", "since")


def agent_state(value: Parts, known: MutableMapping[str, tuple[str, ...]], *, agent_queues: bool) -> Row | None:
    """The state that an event tells; None where its agent is in no queue, and was in none.

    Args:
        value: the event.
        known: each agent's queues as last seen; kept up to date. An agent who leaves a queue tells it so.
        agent_queues: whether an agent's own queue is one.

    Raises:
        RecordError: it is no agent event, or breaks a rule.
    """
    kind = text(value, "EventType", "state")
    if kind not in EVENTS:
        raise RecordError(f"state: EventType {word(kind)} is none of {', '.join(EVENTS)}")
    snapshot = part(value, "CurrentAgentSnapshot", "state")
    configured = snapshot if "Configuration" in snapshot else part(value, "PreviousAgentSnapshot", "state")
    configuration = part(configured, "Configuration", "agent")
    agent = agent_name(configuration, "agent") or (text(value, "AgentARN", "agent") or "").rpartition("/")[2]
    if not agent:
        raise RecordError("agent: is empty; neither Configuration.Username nor AgentARN")
    queues = _queues(configuration, agent_queues=agent_queues) or known.get(agent, ())
    found = _State("offline") if kind == "LOGOUT" else _state(snapshot)
    left = [queue for queue in known.get(agent, ()) if queue not in queues]
    if not queues:
        return None
    team = team_name(part(configuration, "AgentHierarchyGroups", "team"))
    record = admit_agent_state(agent, event_at(value), found.state, queues, None, found.queue, found.reason, team, None)
    known[agent] = record.queues
    return Row((*record.queues, *left), record)


def _queues(configuration: Parts, *, agent_queues: bool) -> tuple[str, ...]:
    """The queues of the agent's routing profile, but for the agent's own."""
    profile = part(configuration, "RoutingProfile", "queues")
    given = entries(profile, "InboundQueues", "queues")
    names = (queue_name(one, "queues") for one in given if agent_queues or not is_agents_own(one, "queues"))
    return tuple(name for name in names if name is not None)


def _state(snapshot: Parts) -> _State:
    """The state that a snapshot shows: contacts first, then the status that the agent has chosen."""
    contacts = [one for one in entries(snapshot, "Contacts", "state") if one.get("InitiationMethod") != "MONITOR"]
    states = [text(one, "State", "state") for one in contacts]
    for wanted, state in ((_SPEAKING, "handling"), (_DIALLING, "handling"), (("ENDED",), "wrap")):
        there = [one for one, its in zip(contacts, states, strict=True) if its in wanted]
        if wanted is _DIALLING:
            there = [one for one in there if one.get("InitiationMethod") in _OUT]
        if there:
            return _State(state, queue_name(part(_first(there), "Queue", "handling_queue"), "handling_queue"))
    if missed := next((its for its in states if its in _MISSED), None):
        return _State("unavailable", reason=missed.lower())
    return _status(part(snapshot, "AgentStatus", "state"))


def _first(contacts: list[Parts]) -> Parts:
    """The contact that the agent has had for the longest."""

    def since(one: Parts) -> tuple[str, str]:
        begun = one.get("ConnectedToAgentTimestamp") or one.get("StateStartTimestamp") or ""
        return str(begun), str(one.get("ContactId"))

    return min(contacts, key=since)


def _status(status: Parts) -> _State:
    name, kind = text(status, "Name", "state"), text(status, "Type", "state")
    if name is None:
        raise RecordError("state: CurrentAgentSnapshot.AgentStatus.Name is empty")
    if kind == "OFFLINE" or (kind is None and name == "Offline"):
        return _State("offline")
    if kind == "ROUTABLE" or (kind is None and name == "Available"):
        return _State("available")
    return _State("unavailable", reason=name)
