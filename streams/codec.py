"""Records as they travel: one JSON object, or an array of objects of one queue, in a Kafka message.

Only shape and units are decided here (text with an offset to milliseconds, seconds to milliseconds); the
rules a record must pass are those of `streams.records`. One bad object of an array does not take its
neighbours along: it is rejected by itself, with a reason that names the field.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from config.timestamps import EPOCH, MILLISECOND, to_ms
from streams.admission import (
    admit_agent_state,
    admit_contact,
    admit_evaluation,
    admit_plan,
    admit_snapshot,
    require_past,
    require_text,
)
from streams.records import AgentState, Check, Contact, Evaluation, Plan, Record, RecordError, Snapshot, Tick

__all__ = ["DEAD_LETTER_BYTES", "Decoded", "Rejected", "decode", "encode"]

DEAD_LETTER_BYTES: Final = 4096
_NUL: Final = b"\\u0000"
"""The only way to write a NUL character in JSON."""


class Rejected(NamedTuple):
    """A record that cannot be counted, and why."""

    reason: str
    value: bytes
    """The offending value, its first 4 KiB."""


class Decoded(NamedTuple):
    """What a message holds."""

    records: Sequence[Record]
    places: Sequence[int]
    """Of each record in the message."""
    rejected: Sequence[tuple[int, Rejected]]
    """Place, and why."""


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Contact(msgspec.Struct, tag="contact", tag_field="type", omit_defaults=True, gc=False):
    queue: str
    contact_id: str
    offered_at: _Instant
    outcome: str | None = None
    exited_at: _Instant | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    wrap_seconds: float | None = None
    agent: str | None = None
    team: str | None = None
    shift: str | None = None
    channel: str | None = None
    updated_at: _Instant | None = None


class _Snapshot(msgspec.Struct, tag="interval", tag_field="type", omit_defaults=True, gc=False):
    queue: str
    interval_start: _Instant
    interval_seconds: float | None = None
    as_of: _Instant | None = None
    program: str | None = None
    channel: str | None = None
    offered: int | None = None
    answered: int | None = None
    answered_within: int | None = None
    threshold_seconds: float | None = None
    abandoned: int | None = None
    abandoned_within: int | None = None
    short_abandoned: int | None = None
    overflowed: int | None = None
    waiting: int | None = None
    wait_seconds: float | None = None
    talk_seconds: float | None = None
    hold_seconds: float | None = None
    wrap_seconds: float | None = None
    handled: int | None = None
    occupied_seconds: float | None = None
    available_seconds: float | None = None
    staffed_seconds: float | None = None
    service_level_reported: float | None = None
    source: str | None = None


class _Plan(msgspec.Struct, tag="plan", tag_field="type", omit_defaults=True, gc=False):
    queue: str
    plan_version: str
    published_at: _Instant
    interval_start: _Instant
    interval_seconds: float | None = None
    forecast_offered: float | None = None
    forecast_aht_seconds: float | None = None
    required_agents: float | None = None
    scheduled_agents: float | None = None


class _AgentState(msgspec.Struct, tag="agent_state", tag_field="type", omit_defaults=True, gc=False):
    agent: str
    since: _Instant
    state: str
    queues: list[str]
    sequence: int | None = None
    handling_queue: str | None = None
    reason: str | None = None
    team: str | None = None
    shift: str | None = None


class _Check(msgspec.Struct):
    name: str
    family: str
    passed: bool | None = None


class _Evaluation(msgspec.Struct, tag="evaluation", tag_field="type", omit_defaults=True, gc=False):
    queue: str
    evaluation_id: str
    handled_at: _Instant
    evaluated_at: _Instant
    checks: list[_Check]
    selection: str | None = None
    contact_id: str | None = None
    agent: str | None = None
    team: str | None = None
    shift: str | None = None
    evaluator: str | None = None


class _Tick(msgspec.Struct, tag="tick", tag_field="type", gc=False):
    at: _Instant


_Wire = _Contact | _Snapshot | _Plan | _AgentState | _Evaluation | _Tick
_DECODE_MANY = msgspec.json.Decoder(list[_Wire])
_DECODE_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_DECODE_ONE = msgspec.json.Decoder(_Wire)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ENCODER = msgspec.json.Encoder()


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _at(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms(instant)


def _admit_contact(w: _Contact, skew_ms: int) -> Contact:
    # The hot path of a live worker: conversions are written out rather than called.
    exited, updated = w.exited_at, w.updated_at
    wait, talk, hold, wrap = w.wait_seconds, w.talk_seconds, w.hold_seconds, w.wrap_seconds
    return admit_contact(
        w.contact_id,
        (w.offered_at - EPOCH) // MILLISECOND,
        w.outcome,
        None if exited is None else (exited - EPOCH) // MILLISECOND,
        None if wait is None else round(wait * 1000),
        None if talk is None else round(talk * 1000),
        None if hold is None else round(hold * 1000),
        None if wrap is None else round(wrap * 1000),
        None if updated is None else (updated - EPOCH) // MILLISECOND,
        w.agent,
        w.team,
        w.shift,
        w.channel,
        skew_ms,
    )


def _admit(w: _Wire, queue: str, queue_length_ms: int, skew_ms: int) -> Record:
    if isinstance(w, _Tick):
        if queue:
            raise RecordError("type: a tick has no queue; send it without a key")
        return Tick(to_ms(w.at))
    if isinstance(w, _AgentState):
        return admit_agent_state(
            w.agent, to_ms(w.since), w.state, w.queues, w.sequence, w.handling_queue, w.reason, w.team, w.shift
        )
    if w.queue != queue:
        raise RecordError(f"queue: {w.queue!r} in a message keyed {queue!r}; key a message by its queue")
    if isinstance(w, _Contact):
        return _admit_contact(w, skew_ms)
    if isinstance(w, _Snapshot):
        return admit_snapshot(
            to_ms(w.interval_start),
            _ms(w.interval_seconds),
            _at(w.as_of),
            queue_length_ms,
            program=w.program,
            channel=w.channel,
            offered=w.offered,
            answered=w.answered,
            answered_within=w.answered_within,
            threshold_ms=_ms(w.threshold_seconds),
            abandoned=w.abandoned,
            abandoned_within=w.abandoned_within,
            short_abandoned=w.short_abandoned,
            overflowed=w.overflowed,
            waiting=w.waiting,
            wait_ms=_ms(w.wait_seconds),
            talk_ms=_ms(w.talk_seconds),
            hold_ms=_ms(w.hold_seconds),
            wrap_ms=_ms(w.wrap_seconds),
            handled=w.handled,
            occupied_ms=_ms(w.occupied_seconds),
            available_ms=_ms(w.available_seconds),
            staffed_ms=_ms(w.staffed_seconds),
            service_level_reported=w.service_level_reported,
            source=w.source,
        )
    if isinstance(w, _Plan):
        return admit_plan(
            w.plan_version,
            to_ms(w.published_at),
            to_ms(w.interval_start),
            _ms(w.interval_seconds),
            queue_length_ms,
            w.forecast_offered,
            _ms(w.forecast_aht_seconds),
            w.required_agents,
            w.scheduled_agents,
        )
    return admit_evaluation(
        w.evaluation_id,
        to_ms(w.handled_at),
        to_ms(w.evaluated_at),
        w.selection,
        [Check(c.name, c.family, c.passed) for c in w.checks],
        w.contact_id,
        w.agent,
        w.team,
        w.shift,
        w.evaluator,
    )


def decode(value: bytes, queue: str, queue_length_ms: int, skew_ms: int, now_ms: int) -> Decoded:
    """The records of one message, and those that cannot be counted, each with its place in the message.

    Args:
        value: one JSON object, or an array of objects of one queue.
        queue: the message's key.
        queue_length_ms: the queue's interval length.
        skew_ms: the queue's clock skew.
        now_ms: the driver's clock (live: when the broker appended the message, so that reading it again
            decides the same).
    """
    rejected: list[tuple[int, Rejected]] = []
    wires: list[Any]
    try:
        wires = _DECODE_MANY.decode(value) if value[:1] == b"[" else [_DECODE_ONE.decode(value)]
    except _UNREADABLE:
        wires = _decode_each(value, rejected)
    # One byte is found much faster than six, and few messages have any escape at all.
    has_nul = b"\\" in value and _NUL in value
    if not rejected and not has_nul:
        contacts = _admit_contacts(wires, queue, skew_ms, now_ms + skew_ms)
        if contacts is not None:
            return Decoded(contacts, range(len(contacts)), rejected)
    records: list[Record] = []
    places: list[int] = []
    for index, wire in enumerate(wires):
        if wire is None:
            continue
        try:
            record = _admit(wire, queue, queue_length_ms, skew_ms)
            if type(record) is not Tick:
                require_past(record, now_ms, skew_ms)
            if has_nul:
                require_text(record)
            records.append(record)
            places.append(index)
        except (RecordError, OverflowError) as error:
            rejected.append((index, Rejected(str(error), _part(value, index)[:DEAD_LETTER_BYTES])))
    return Decoded(records, places, rejected)


def _admit_contacts(wires: list[Any], queue: str, skew_ms: int, latest_ms: int) -> list[Record] | None:
    """The contacts of a message that holds nothing else, all of them in order; None: look at each by itself."""
    admit = _admit_contact
    contacts: list[Record] = []
    try:
        for wire in wires:
            if type(wire) is not _Contact or wire.queue != queue:
                return None
            record = admit(wire, skew_ms)
            if record.offered_ms > latest_ms:
                return None
            contacts.append(record)
    except (RecordError, OverflowError):
        return None
    return contacts


def _decode_each(value: bytes, rejected: list[tuple[int, Rejected]]) -> list[_Wire | None]:
    """Each object of a message by itself, so that one bad object does not take its neighbours along."""
    try:
        parts = _DECODE_RAW.decode(value) if _is_array(value) else [msgspec.Raw(value)]
    except _UNREADABLE as error:
        rejected.append((0, Rejected(f"value: is not JSON ({error})", bytes(value[:DEAD_LETTER_BYTES]))))
        return []
    wires: list[_Wire | None] = []
    for index, part in enumerate(parts):
        try:
            wires.append(_DECODE_ONE.decode(part))
        except _UNREADABLE as error:
            wires.append(None)
            rejected.append((index, Rejected(_reason(error), bytes(part)[:DEAD_LETTER_BYTES])))
    return wires


def _is_array(value: bytes) -> bool:
    return value.lstrip()[:1] == b"["


def _part(value: bytes, index: int) -> bytes:
    """One object of a message, as it was sent."""
    return bytes(_DECODE_RAW.decode(value)[index]) if _is_array(value) else value


def _reason(error: Exception) -> str:
    """A decoder's message with the field in front: `offered: Expected int, got str`."""
    text = str(error).replace("`", "").replace("\x00", r"\u0000")
    if " - at $." in text:
        what, field = text.rsplit(" - at $.", 1)
        return f"{field}: {what}"
    if "missing required field" in text:
        field = text.split("missing required field", 1)[1].split(" - at", 1)[0].strip()
        return f"{field}: is missing"
    if not isinstance(error, msgspec.ValidationError):
        return f"value: is not JSON ({text})"
    return f"type: {text}" if "Invalid value" in text else f"value: {text}"


def _datetime(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def encode(queue: str, records: Sequence[Record]) -> bytes:
    """One message for the input topic: a JSON array of `records` of `queue`, as `decode` reads it."""
    return _ENCODER.encode([_wire(queue, record) for record in records])


def _required(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _wire(queue: str, record: Record) -> _Wire:
    if isinstance(record, Contact):
        return _Contact(
            queue=queue,
            contact_id=record.contact_id,
            offered_at=_required(record.offered_ms),
            outcome=record.outcome or None,
            exited_at=_datetime(record.exited_ms),
            wait_seconds=_seconds(record.wait_ms),
            talk_seconds=_seconds(record.talk_ms),
            hold_seconds=_seconds(record.hold_ms),
            wrap_seconds=_seconds(record.wrap_ms),
            agent=record.agent,
            team=record.team,
            shift=record.shift,
            channel=record.channel,
            updated_at=_datetime(record.updated_ms),
        )
    if isinstance(record, Snapshot):
        return _Snapshot(
            queue=queue,
            interval_start=_required(record.start_ms),
            interval_seconds=record.length_ms / 1000,
            as_of=_datetime(record.as_of_ms),
            program=record.program,
            channel=record.channel,
            offered=record.offered,
            answered=record.answered,
            answered_within=record.answered_within,
            threshold_seconds=_seconds(record.threshold_ms),
            abandoned=record.abandoned,
            abandoned_within=record.abandoned_within,
            short_abandoned=record.short_abandoned,
            overflowed=record.overflowed,
            waiting=record.waiting,
            wait_seconds=_seconds(record.wait_ms),
            talk_seconds=_seconds(record.talk_ms),
            hold_seconds=_seconds(record.hold_ms),
            wrap_seconds=_seconds(record.wrap_ms),
            handled=record.handled,
            occupied_seconds=_seconds(record.occupied_ms),
            available_seconds=_seconds(record.available_ms),
            staffed_seconds=_seconds(record.staffed_ms),
            service_level_reported=record.service_level_reported,
            source=record.source,
        )
    if isinstance(record, Plan):
        return _Plan(
            queue=queue,
            plan_version=record.plan_version,
            published_at=_required(record.published_ms),
            interval_start=_required(record.start_ms),
            interval_seconds=record.length_ms / 1000,
            forecast_offered=record.forecast_offered,
            forecast_aht_seconds=_seconds(record.forecast_aht_ms),
            required_agents=record.required_agents,
            scheduled_agents=record.scheduled_agents,
        )
    if isinstance(record, AgentState):
        return _AgentState(
            agent=record.agent,
            since=_required(record.since_ms),
            state=record.state,
            queues=list(record.queues),
            sequence=record.sequence,
            handling_queue=record.handling_queue,
            reason=record.reason,
            team=record.team,
            shift=record.shift,
        )
    if isinstance(record, Evaluation):
        return _Evaluation(
            queue=queue,
            evaluation_id=record.evaluation_id,
            handled_at=_required(record.handled_ms),
            evaluated_at=_required(record.evaluated_ms),
            selection=record.selection,
            checks=[_Check(c.name, c.family, c.passed) for c in record.checks],
            contact_id=record.contact_id,
            agent=record.agent,
            team=record.team,
            shift=record.shift,
            evaluator=record.evaluator,
        )
    return _Tick(at=_required(record.at_ms))
