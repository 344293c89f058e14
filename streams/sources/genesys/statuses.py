"""Statuses of Genesys Cloud's users as agent states: user details, and events of presence and routing status.

Genesys keeps two timelines of a user, the presence that the user chose and the routing status; a state follows from
both at once. Neither tells queues: a file beside the configuration says who is in which. Totals of an interval (user
aggregates) tell how long and not when, and no state can be made of them.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final, NamedTuple

from streams.admission import admit_agent_state
from streams.limits import word
from streams.records import AgentState, RecordError
from streams.sources.objects.fields import entries, instant, part, text

__all__ = ["Status", "is_user", "state_record", "user_statuses"]

PRESENCES: Final = ("AVAILABLE", "AWAY", "BREAK", "BUSY", "IDLE", "MEAL", "MEETING", "OFFLINE", "ON_QUEUE", "TRAINING")
ROUTINGS: Final = ("OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING")

Parts = Mapping[str, Any]


class Status(NamedTuple):
    """Both timelines of a user at an instant; None: not told yet."""

    since_ms: int | None
    presence: str | None
    routing: str | None


def is_user(value: Parts) -> bool:
    """Whether an object in broken text is a user's details or an event, and no part of one."""
    return ("userId" in value and ("primaryPresence" in value or "routingStatus" in value)) or (
        "topicName" in value and "eventBody" in value
    )


def user_statuses(value: Parts, known: MutableMapping[str, Status]) -> tuple[str, list[Status]]:
    """The user's id, and the statuses that an object tells.

    Args:
        value: a user's details, or an event.
        known: each user's status by the events before; kept up to date.

    Raises:
        RecordError: it is neither, or cannot be read.
    """
    if "group" in value and "data" in value:
        raise RecordError(
            "state: totals of an interval tell how long and not when; ask for users/details, not users/aggregates"
        )
    if not is_user(value):
        raise RecordError("object: neither a user's details nor an event of a user's status")
    if "eventBody" not in value:
        user = text(value, "userId", "agent")
    else:
        topic = (text(value, "topicName", "agent") or "").split(".")
        user = topic[2] if len(topic) > 3 and topic[:2] == ["v2", "users"] else None
    if not user:
        raise RecordError("agent: neither userId nor the topicName of a user")
    return user, _timeline(value) if "eventBody" not in value else [_event_status(value, user, known)]


def _timeline(value: Parts) -> list[Status]:
    """The statuses of a user's details, in order of time; one for each instant at which either changes.

    Raises:
        RecordError: they cannot be read.
    """
    changes: dict[int, dict[str, str]] = {}
    for key, kind in (("primaryPresence", "systemPresence"), ("routingStatus", "routingStatus")):
        for one in entries(value, key, "since"):
            start = instant(one, "startTime", "since")
            if start is None:
                raise RecordError(f"since: startTime of {key} is empty")
            changes.setdefault(start, {})[kind] = text(one, kind, "state") or ""
    found = []
    presence = routing = None
    for start in sorted(changes):
        presence = changes[start].get("systemPresence", presence)
        routing = changes[start].get("routingStatus", routing)
        found.append(Status(start, presence, routing))
    return found


def _event_status(value: Parts, user: str, known: MutableMapping[str, Status]) -> Status:
    """The status after an event of a user's presence or routing status.

    Args:
        value: the event.
        user: the user's id.
        known: each user's status as last seen; kept up to date.

    Raises:
        RecordError: it is another event, or cannot be read.
    """
    body = part(value, "eventBody", "state")
    before = known.get(user, Status(None, None, None))
    if "routingStatus" in body:
        given = part(body, "routingStatus", "state")
        since = instant(given, "startTime", "since")
        status = Status(since, before.presence, text(given, "status", "state"))
    elif "presenceDefinition" in body:
        presence = text(part(body, "presenceDefinition", "state"), "systemPresence", "state")
        named = None if presence is None else presence.upper().replace(" ", "_")
        status = Status(instant(body, "modifiedDate", "since"), named, before.routing)
    else:
        raise RecordError("state: eventBody has neither routingStatus nor presenceDefinition")
    known[user] = status
    return status


def state_record(user: str, status: Status, queues: tuple[str, ...]) -> AgentState:
    """The agent state of a status.

    Raises:
        RecordError: a status is unknown, or a rule is broken.
    """
    for given, names in ((status.presence, PRESENCES), (status.routing, ROUTINGS)):
        if given is not None and given not in names:
            raise RecordError(f"state: {word(given)} is none of {', '.join(names)}")
    state, reason = _state(status.presence, status.routing)
    return admit_agent_state(user, status.since_ms, state, queues, None, None, reason, None, None)


def _state(presence: str | None, routing: str | None) -> tuple[str, str | None]:
    """State and reason. An agent who still speaks off the queue is handling; after-call work is INTERACTING, too."""
    if routing == "INTERACTING":
        return "handling", None
    if presence == "OFFLINE":
        return "offline", None
    if routing in {"NOT_RESPONDING", "COMMUNICATING"}:
        return "unavailable", routing.lower()
    if presence in {"ON_QUEUE", None} and routing in {"IDLE", None}:
        return "available", None
    return "unavailable", (presence or routing or "").lower()
