"""Objects of cloud contact centres as tests write them, and reading them with every row accounted for."""

from pathlib import Path
from typing import Any, Final

from accounted import NOW, accounted
from sources import shared

from streams.records import AgentState
from streams.sources.batch import Batch
from streams.sources.registry import open_source
from streams.sources.source_format import ReadContext

__all__ = [
    "ARN",
    "NOW",
    "agent_event",
    "connect_record",
    "context",
    "conversation",
    "group",
    "read_whole",
    "user_details",
]

ARN: Final = "arn:aws:connect:eu-central-1:012345678901:instance/aaaaaaaa-bbbb-cccc-dddd-111111111111"


def context() -> ReadContext:
    """Half hours, five seconds of skew, and a clock that stands still."""
    return ReadContext("UTC", lambda _queue, _program: 1_800_000, lambda _: 5_000, lambda: NOW)


def read_whole(path: Path | str, **source: Any) -> Batch:
    """All rows of a file or folder in one batch; each is filtered, a record, or a dead letter that can be kept."""
    whole = accounted(open_source(shared(**source)).reader.read(str(path), context()))
    assert all(isinstance(record, AgentState) for record in whole.records) or len({*whole.rows}) == len(whole.rows)
    return whole


def connect_record(contact_id: str, at: str = "09:00:00", **changed: Any) -> dict[str, Any]:
    """A contact record with the keys that Amazon writes: an inbound call that waited 12 s and was handled for 275 s.

    Args:
        contact_id: ContactId.
        at: time of day of its entry into the queue, on 2 March 2026.
        changed: keys with other values; those of Queue and Agent are changed in them, by `Queue_Name` and so on.
    """
    day = "2026-03-02T"
    record: dict[str, Any] = {
        "AWSAccountId": "012345678901",
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": {
            "ARN": f"{ARN}/agent/0001",
            "AfterContactWorkDuration": 30,
            "AgentInteractionDuration": 240,
            "ConnectedToAgentTimestamp": f"{day}{at}Z",
            "CustomerHoldDuration": 5,
            "HierarchyGroups": {"Level1": {"ARN": "x", "GroupName": "Europe"}, "Level2": {"GroupName": "Madrid"}},
            "Username": "ann",
        },
        "Attributes": {"reason": 'a "quoted" {brace} ] and ü'},
        "Channel": "VOICE",
        "ContactId": contact_id,
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "DisconnectTimestamp": f"{day}{at}Z",
        "InitiationMethod": "INBOUND",
        "InitiationTimestamp": f"{day}{at}Z",
        "LastUpdateTimestamp": f"{day}18:00:00Z",
        "NextContactId": None,
        "PreviousContactId": None,
        "Queue": {"ARN": f"{ARN}/queue/q-1", "Duration": 12, "EnqueueTimestamp": f"{day}{at}Z", "Name": "Sales"},
        "TransferCompletedTimestamp": None,
        "TransferredToEndpoint": None,
    }
    for key, value in changed.items():
        part, _, inside = key.partition("_")
        if inside:
            record[part][inside] = value
        else:
            record[key] = value
    return record


def agent_event(kind: str, at: str, *, status: str = "Available", **changed: Any) -> dict[str, Any]:
    """An event of the agent `ann`, whose routing profile has two queues and her own."""
    snapshot = {
        "AgentStatus": {"ARN": f"{ARN}/agent-state/1", "Name": status, "StartTimestamp": f"2026-03-02T{at}.000Z"},
        "Configuration": {
            "AgentHierarchyGroups": {"Level1": {"ARN": "x", "Name": "Madrid"}},
            "FirstName": "Ann",
            "RoutingProfile": {
                "Concurrency": [{"AvailableSlots": 1, "Channel": "VOICE", "MaximumSlots": 1}],
                "DefaultOutboundQueue": {"ARN": f"{ARN}/queue/q-1", "Name": "Sales"},
                "InboundQueues": [
                    {"ARN": f"{ARN}/queue/q-1", "Channels": ["VOICE"], "Name": "Sales"},
                    {"ARN": f"{ARN}/queue/q-2", "Channels": ["VOICE"], "Name": None},
                    {"ARN": f"{ARN}/queue/agent/0001", "Channels": ["VOICE"], "Name": None},
                ],
                "Name": "Basic",
            },
            "Username": "ann",
        },
        "Contacts": [],
        "NextAgentStatus": None,
    }
    event = {
        "AWSAccountId": "012345678901",
        "AgentARN": f"{ARN}/agent/0001",
        "CurrentAgentSnapshot": snapshot,
        "EventId": f"{kind}-{at}",
        "EventTimestamp": f"2026-03-02T{at}.000Z",
        "EventType": kind,
        "InstanceARN": ARN,
        "PreviousAgentSnapshot": None,
        "Version": "2017-10-01",
    }
    if "Contacts" in changed:
        snapshot["Contacts"] = changed.pop("Contacts")
    return event | changed


def group(queue: str, at: str = "09:00", end: str = "09:30", **metrics: dict[str, Any]) -> dict[str, Any]:
    """A group of conversation aggregates with one interval."""
    row = {
        "interval": f"2026-03-02T{at}:00.000Z/2026-03-02T{end}:00.000Z",
        "metrics": [{"metric": name, "stats": stats} for name, stats in metrics.items()],
    }
    return {"group": {"queueId": queue, "mediaType": "voice"}, "data": [row]}


def conversation(name: str, at: str = "09:00", **changed: Any) -> dict[str, Any]:
    """A conversation's details: 12 s in a queue, 60 s of talk, 5 s of hold, 20 s of wrap-up."""
    day = f"2026-03-02T{at}"
    offered = {"name": "nOffered", "value": 1, "emitDate": f"{day}:00.000Z"}
    acd = {
        "mediaType": "voice",
        "sessionId": f"{name}-acd",
        "direction": "inbound",
        "segments": [_segment(day, 0, 12, "interact", disconnectType="transfer")],
        "metrics": [offered, {"name": "tAcd", "value": 12000, "emitDate": f"{day}:12.000Z"}],
    }
    agent = {
        "mediaType": "voice",
        "sessionId": f"{name}-agent",
        "segments": [
            _segment(day, 10, 12, "alert"),
            _segment(day, 12, 40, "interact"),
            _segment(day, 40, 45, "hold"),
            _segment(day, 45, 77, "interact", disconnectType="peer"),
            _segment(day, 77, 97, "wrapup", wrapUpCode="done"),
        ],
        "metrics": [{"name": "tAnswered", "value": 12345, "emitDate": f"{day}:12.000Z"}],
    }
    return {
        "conversationId": name,
        "conversationStart": f"{day}:00.000Z",
        "conversationEnd": f"2026-03-02T{at[:3]}{int(at[3:]) + 1:02d}:37.000Z",
        "originatingDirection": "inbound",
        "participants": [
            {"participantId": "c", "purpose": "customer", "sessions": [{"mediaType": "voice", "segments": []}]},
            {"participantId": "q", "participantName": "Sales", "purpose": "acd", "sessions": [acd]},
            {"participantId": "a", "userId": "u-1", "purpose": "agent", "sessions": [agent]},
        ],
    } | changed


def _segment(day: str, begin: int, end: int, kind: str, **more: Any) -> dict[str, Any]:
    hour, minute = (int(part) for part in day[-5:].split(":"))
    times = []
    for second in (begin, end):
        whole = (hour * 60 + minute) * 60 + second
        times.append(f"{day[:-5]}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.000Z")
    return {"segmentStart": times[0], "segmentEnd": times[1], "queueId": "q-1", "segmentType": kind} | more


def user_details(user: str) -> dict[str, Any]:
    """A morning of a user: on queue at 8, one conversation, a break, on queue, off at 12."""

    def one(key: str, value: str, start: str, end: str) -> dict[str, str]:
        return {key: value, "startTime": f"2026-03-02T{start}:00.000Z", "endTime": f"2026-03-02T{end}:00.000Z"}

    return {
        "userId": user,
        "primaryPresence": [
            one("systemPresence", "ON_QUEUE", "08:00", "10:00"),
            one("systemPresence", "BREAK", "10:00", "10:30"),
            one("systemPresence", "ON_QUEUE", "10:30", "12:00"),
            one("systemPresence", "OFFLINE", "12:00", "18:00"),
        ],
        "routingStatus": [
            one("routingStatus", "IDLE", "08:00", "09:00"),
            one("routingStatus", "INTERACTING", "09:00", "09:10"),
            one("routingStatus", "IDLE", "09:10", "10:00"),
            one("routingStatus", "OFF_QUEUE", "10:00", "10:30"),
            one("routingStatus", "IDLE", "10:30", "12:00"),
            one("routingStatus", "OFF_QUEUE", "12:00", "18:00"),
        ],
    }
