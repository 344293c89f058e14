"""Conversation details of Genesys Cloud: each stay of a conversation in a queue is a visit.

The answer of `POST /api/v2/analytics/conversations/details/query` and of details jobs. A conversation that enters a
queue gets a participant of the purpose `acd`, whose session lasts until an agent takes it, the customer leaves, or a
flow moves it on; another queue makes another such participant. The agent's own session holds talk, hold and after-call
work.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from streams.admission import admit_contact
from streams.records import RecordError
from streams.sources.objects.fields import entries, instant, milliseconds, text
from streams.sources.objects.gathering import Row

__all__ = ["Visit", "is_conversation", "visit_record", "visits"]

_AGENTS: Final = ("agent", "user")
_ANY: Final[frozenset[str]] = frozenset()
_TAKEN: Final = frozenset({"interact", "hold"})
"""Segments in which an agent has the conversation; `alert` is ringing."""
_GAVE_UP: Final = ("peer", "client", "endpoint")
"""How a session in a queue ends when the customer's side ends it."""

Parts = Mapping[str, Any]


class _Work(NamedTuple):
    """An agent's session in which the conversation was taken."""

    begun_ms: int
    queue_id: str | None
    participant: Parts
    session: Parts


class Visit(NamedTuple):
    """A stay in a queue."""

    session: Parts
    queue_id: str | None
    begun_ms: int | None
    work: _Work | None
    """The agent's session that ended it."""


def is_conversation(value: Parts) -> bool:
    """Whether an object in broken text is a conversation, and no part of one."""
    return "conversationId" in value and "participants" in value


def visits(value: Parts) -> list[Visit]:
    """The stays in queues, in order of time.

    Raises:
        RecordError: participants, sessions or segments cannot be read.
    """
    if not is_conversation(value):
        raise RecordError("object: no conversationId with participants; it is no detail of a conversation")
    works: list[_Work] = []
    stays: list[Visit] = []
    for participant, session in _sessions(value):
        purpose = text(participant, "purpose", "outcome")
        segments = entries(session, "segments", "offered_at")
        queues = (text(segment, "queueId", "queue") for segment in segments)
        queue_id = next((queue for queue in queues if queue is not None), None)
        if purpose == "acd":
            stays.append(Visit(session, queue_id, _begun(segments, _ANY), None))
        elif purpose in _AGENTS and (begun := _begun(segments, _TAKEN)) is not None:
            works.append(_Work(begun, queue_id, participant, session))
    stays.sort(key=lambda one: (one.begun_ms or 0, one.queue_id or ""))
    works.sort(key=lambda one: one.begun_ms)
    return list(_matched(stays, works))


def _sessions(value: Parts) -> Iterator[tuple[Parts, Parts]]:
    for participant in entries(value, "participants", "outcome"):
        for session in entries(participant, "sessions", "outcome"):
            yield participant, session


def _begun(segments: list[Parts], kinds: frozenset[str]) -> int | None:
    """Start of the first segment of these kinds (of any, where none is named), milliseconds."""
    starts = (
        instant(segment, "segmentStart", "offered_at")
        for segment in segments
        if not kinds or text(segment, "segmentType", "outcome") in kinds
    )
    return min((start for start in starts if start is not None), default=None)


def _matched(stays: list[Visit], works: list[_Work]) -> Iterator[Visit]:
    """Each stay with the first agent who took it from this queue, before the conversation came to the queue again."""
    for place, stay in enumerate(stays):
        again = (one.begun_ms for one in stays[place + 1 :] if one.queue_id == stay.queue_id)
        until = next((begun for begun in again if begun is not None), None)
        fitting = (
            work
            for work in works
            if work.queue_id == stay.queue_id
            and stay.begun_ms is not None
            and work.begun_ms >= stay.begun_ms
            and (until is None or work.begun_ms < until)
        )
        yield stay._replace(work=next(fitting, None))


def visit_record(
    value: Parts, visit: Visit, queue: str | None, name: Callable[[str], str], skew_ms: Callable[[str], int]
) -> Row:
    """The record of a visit.

    Args:
        value: the conversation.
        visit: its stay.
        queue: the queue's name.
        name: the name of a user or team by id.
        skew_ms: clock skew of a queue.

    Raises:
        RecordError: it cannot be read, or breaks a rule.
    """
    if queue is None:
        raise RecordError("queue: no segment of the acd session has a queueId")
    exited_ms = _left(value, visit)
    outcome, measured = _outcome(visit, exited_ms)
    times = _handling(visit.work) if outcome == "answered" and visit.work is not None else (None, None, None)
    user = team = None
    if outcome == "answered" and visit.work is not None:
        user, team = text(visit.work.participant, "userId", "agent"), text(visit.work.participant, "teamId", "team")
    channel = text(visit.session, "mediaType", "channel")
    record = admit_contact(
        text(value, "conversationId", "contact_id"),
        visit.begun_ms,
        outcome,
        exited_ms if outcome else None,
        measured,
        *times,
        None,
        None if user is None else name(user),
        None if team is None else name(team),
        None,
        None if channel is None else channel.lower(),
        skew_ms(queue),
    )
    return Row((queue,), record)


def _left(value: Parts, visit: Visit) -> int | None:
    """When the conversation left the queue; None while it waits."""
    segments = entries(visit.session, "segments", "exited_at")
    ends = [instant(segment, "segmentEnd", "exited_at") for segment in segments]
    known = [end for end in ends if end is not None]
    if segments and len(known) == len(ends):
        return max(known)
    return instant(value, "conversationEnd", "exited_at") if visit.work is None else visit.work.begun_ms


def _outcome(visit: Visit, exited_ms: int | None) -> tuple[str, int | None]:
    """Outcome, and the wait as Genesys measured it: its own metrics first, then who took it, then how it ended."""
    measured = _metrics(visit.session)
    if "tAbandon" in measured:
        return "abandoned", measured["tAbandon"]
    if "tFlowOut" in measured:
        return "overflowed", measured["tFlowOut"]
    if "tAnswered" in measured or visit.work is not None:
        taken = {} if visit.work is None else _metrics(visit.work.session)
        return "answered", measured.get("tAnswered", taken.get("tAnswered"))
    if exited_ms is None:
        return "", None
    segments = entries(visit.session, "segments", "outcome")
    ended = text(segments[-1], "disconnectType", "outcome") if segments else None
    return ("abandoned" if ended in _GAVE_UP else "overflowed"), None


def _metrics(session: Parts) -> dict[str, int]:
    found: dict[str, int] = {}
    for metric in entries(session, "metrics", "wait_seconds"):
        name, value = text(metric, "name", "wait_seconds"), milliseconds(metric, "value", "wait_seconds")
        if name is not None and value is not None:
            found.setdefault(name, value)
    return found


def _handling(work: _Work) -> tuple[int | None, int | None, int | None]:
    """Talk, hold and after-call work of the agent's session, milliseconds; None while one of them goes on."""
    sums: dict[str, int] = {"interact": 0, "hold": 0, "wrapup": 0}
    for segment in entries(work.session, "segments", "talk_seconds"):
        kind = text(segment, "segmentType", "talk_seconds")
        if kind not in sums:
            continue
        start = instant(segment, "segmentStart", "talk_seconds")
        end = instant(segment, "segmentEnd", "talk_seconds")
        if start is None or end is None:
            return None, None, None
        sums[kind] = sums[kind] + end - start
    return sums["interact"], sums["hold"], sums["wrapup"]
