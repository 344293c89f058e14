"""Contact records of Amazon Connect: each is one visit of a queue, or none.

Meanings are those of Amazon's "Data model for contact records". A transfer makes another record with its own ContactId;
a record may be delivered again, and LastUpdateTimestamp says which copy is later.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from streams.admission import admit_contact
from streams.records import RecordError
from streams.sources.amazon_connect.names import agent_name, is_agents_own, queue_name, team_name
from streams.sources.objects.fields import instant, milliseconds, part, text
from streams.sources.objects.gathering import Row

__all__ = ["LEFT_OUT", "METHODS", "contact", "is_contact_record", "offered_at", "queue_of"]

METHODS: Final = (
    "INBOUND", "OUTBOUND", "TRANSFER", "QUEUE_TRANSFER", "CALLBACK", "API", "WEBRTC_API", "DISCONNECT", "MONITOR",
    "EXTERNAL_OUTBOUND", "AGENT_REPLY", "FLOW",
)  # fmt: skip
"""Amazon's values of InitiationMethod."""
LEFT_OUT: Final = ("OUTBOUND", "EXTERNAL_OUTBOUND", "MONITOR", "AGENT_REPLY", "FLOW")
"""Contacts that nobody waited for in a queue, though their records may name one."""
_MARKS: Final = ("InitiationMethod", "InitiationTimestamp", "Queue", "Channel", "LastUpdateTimestamp", "AWSAccountId")
_GAVE_UP: Final = "CUSTOMER_DISCONNECT"
_SECOND: Final = 1000

Parts = Mapping[str, Any]


def is_contact_record(value: Parts) -> bool:
    """Whether an object in broken text is a contact record, and no part of one."""
    return "ContactId" in value and any(mark in value for mark in _MARKS)


def queue_of(value: Parts) -> str | None:
    """The record's queue.

    Raises:
        RecordError: it cannot be read.
    """
    return queue_name(part(value, "Queue", "queue"), "queue: Queue")


def offered_at(value: Parts) -> int | None:
    """When the contact entered its queue, milliseconds.

    Raises:
        RecordError: it cannot be read.
    """
    return instant(part(value, "Queue", "offered_at"), "EnqueueTimestamp", "offered_at")


def contact(
    value: Parts, skew_ms: Callable[[str], int], left_out: Collection[str], *, agent_queues: bool
) -> Row | None:
    """The visit of a record; None where it made none, or one that is left out.

    Raises:
        RecordError: it is no contact record, or breaks a rule.
    """
    contact_id = text(value, "ContactId", "contact_id")
    if contact_id is None:
        raise RecordError("contact_id: ContactId is empty; it is no contact record")
    given = part(value, "Queue", "queue")
    if not given or (text(value, "InitiationMethod", "queue") or "") in left_out:
        return None
    if is_agents_own(given, "queue") and not agent_queues:
        return None
    queue = queue_name(given, "queue")
    if queue is None:
        raise RecordError("queue: Queue has neither Name nor ARN")
    offered_ms = instant(given, "EnqueueTimestamp", "offered_at")
    if offered_ms is None:
        raise RecordError("offered_at: Queue.EnqueueTimestamp is empty")
    agent = part(value, "Agent", "agent")
    connected_ms = instant(agent, "ConnectedToAgentTimestamp", "exited_at")
    outcome, exited_ms, wait_ms = _departure(value, given, connected_ms)
    answered = outcome == "answered"
    channel = text(value, "Channel", "channel")
    record = admit_contact(
        contact_id,
        offered_ms,
        outcome,
        exited_ms,
        wait_ms,
        milliseconds(agent, "AgentInteractionDuration", "talk_seconds", _SECOND) if answered else None,
        milliseconds(agent, "CustomerHoldDuration", "hold_seconds", _SECOND) if answered else None,
        milliseconds(agent, "AfterContactWorkDuration", "wrap_seconds", _SECOND) if answered else None,
        instant(value, "LastUpdateTimestamp", "updated_at"),
        agent_name(agent, "agent") if answered else None,
        team_name(part(agent, "HierarchyGroups", "team")) if answered else None,
        None,
        None if channel is None else channel.lower(),
        skew_ms(queue),
    )
    return Row((queue,), record)


def _departure(value: Parts, queue: Parts, connected_ms: int | None) -> tuple[str, int | None, int | None]:
    """Outcome, exit and wait.

    Queue.Duration is dequeued - enqueued; a contact leaves the queue when an agent begins to speak with it, when the
    customer hangs up, or when a flow moves it on.
    """
    dequeued_ms = instant(queue, "DequeueTimestamp", "exited_at")
    wait_ms = milliseconds(queue, "Duration", "wait_seconds", _SECOND)
    if connected_ms is not None:
        return "answered", connected_ms if dequeued_ms is None else dequeued_ms, wait_ms
    ended_ms = instant(value, "DisconnectTimestamp", "exited_at")
    if dequeued_ms is None and wait_ms is None and ended_ms is None:
        return "", None, None
    exited_ms = ended_ms if dequeued_ms is None and wait_ms is None else dequeued_ms
    return ("abandoned" if _gave_up(value) else "overflowed"), exited_ms, wait_ms


def _gave_up(value: Parts) -> bool:
    """Whether the customer left; who was moved on (queue, callback, out of Connect) did not.

    A reason of null is a flow's or an interface's. Records of before there were reasons lack the key: a contact that
    left the queue without an agent was abandoned, as Amazon's "How to identify abandoned contacts" says.
    """
    if any(value.get(key) for key in ("NextContactId", "TransferCompletedTimestamp", "TransferredToEndpoint")):
        return False
    return "DisconnectReason" not in value or text(value, "DisconnectReason", "outcome") == _GAVE_UP
