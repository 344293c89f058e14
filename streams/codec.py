"""Records as they travel: one JSON object, or an array of objects of one queue, in a Kafka message.

Only shape and units are decided here (text with an offset to milliseconds, seconds to milliseconds), by the fields of
`streams.records`; the rules a record must pass are those of `streams.admission`. One bad object of an array does not
take its neighbours along: it is rejected by itself, with a reason that names the field.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import attrgetter, or_
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from config.sources.fields import CHECKS, LIST_ENTRIES, TEXT_CHARACTERS
from config.timestamps import EPOCH, MILLISECOND, to_ms
from streams.admission import admit, admit_contact
from streams.limits import TOO_LARGE, figure, require_past, require_text, require_years, word
from streams.message_parts import UNREADABLE, Part, Parts, unwritable
from streams.records import RECORD_TYPES, Check, Contact, Record, RecordError, RecordType, Snapshot, Tick

__all__ = ["DEAD_LETTER_BYTES", "Decoded", "Rejected", "decode", "decode_with_sources", "encode"]

DEAD_LETTER_BYTES: Final = 4096
_REASON_CHARACTERS: Final = 500
_NUL: Final = b"\\u0000"
"""The only way to write a NUL character in JSON."""
_TOO_LARGE: Final = re.compile(r"Expected (str|array) of length <= ([0-9]+)")
"""The decoder's words for a text or list over its limit."""


class Rejected(NamedTuple):
    """A record that cannot be counted, and why."""

    reason: str
    """At most 500 characters."""
    value: bytes
    """The offending value, its first 4 KiB."""


class Decoded(NamedTuple):
    """The content of a message."""

    records: Sequence[Record]
    places: Sequence[int]
    """Place of each record in the message."""
    rejected: Sequence[tuple[int, Rejected]]
    """Place, and why."""


_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


_Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS)]


class _Check(msgspec.Struct):
    name: _Text
    family: _Text
    passed: bool | None = None


_JSON_TYPES: Final[Mapping[str, Any]] = {
    "text": _Text,
    "instant": _Instant,
    "seconds": float,
    "count": int,
    "number": float,
    "ratio": float,
    "list": Annotated[list[_Text], msgspec.Meta(max_length=LIST_ENTRIES)],
    "checks": Annotated[list[_Check], msgspec.Meta(max_length=CHECKS)],
}
"""Type of a field's value in JSON by the field's kind. The decoder holds to the limits: it costs nothing there."""


@dataclass(frozen=True, slots=True)
class _Form:
    """One type of record as JSON, after the fields of its structure."""

    record: str
    """Name of the type."""
    json: Any
    """The structure that the decoder fills and the encoder writes: queue, mandatory fields, the others."""
    of_queue: bool
    """Whether its first field is the queue."""
    values: Callable[[Any], tuple[Any, ...]]
    """The values of a `json` but the queue, in the order of `names`."""
    names: tuple[str, ...]
    """Names inside."""
    outside: tuple[str, ...]
    """Names in JSON."""
    inside: Callable[[Any], tuple[Any, ...]]
    """The values of a record in the same order."""
    instants: tuple[int, ...]
    """Places of values that are instants; so the next three."""
    seconds: tuple[int, ...]
    checks: tuple[int, ...]
    or_empty: tuple[int, ...]
    """Texts and lists that are empty inside where they are not given."""

    def read(self, message: Any) -> dict[str, Any]:  # noqa: ANN401 - a structure made from the table of fields
        """The values of a decoded `message` by their name inside, instants and durations in milliseconds.

        Raises:
            RecordError: a duration beyond any number.
        """
        values: list[Any] = list(self.values(message))
        for at in self.instants:
            if (value := values[at]) is not None:
                values[at] = (value - EPOCH) // MILLISECOND
        for at in self.seconds:
            if (value := values[at]) is not None:
                try:
                    values[at] = round(value * 1000)
                except OverflowError:
                    raise RecordError(f"{self.outside[at]}: {figure(value)} is no duration") from None
        for at in self.checks:
            values[at] = [Check(check.name, check.family, check.passed) for check in values[at]]
        return dict(zip(self.names, values, strict=True))

    def write(self, queue: str, record: Record) -> Any:  # noqa: ANN401 - as above
        """The values that the encoder writes for a record of `queue`."""
        values: list[Any] = list(self.inside(record))
        for at in self.instants:
            if (value := values[at]) is not None:
                values[at] = datetime.fromtimestamp(value / 1000, UTC)
        for at in self.seconds:
            if (value := values[at]) is not None:
                values[at] = value / 1000
        for at in self.checks:
            values[at] = [_Check(check.name, check.family, check.passed) for check in values[at]]
        for at in self.or_empty:
            values[at] = values[at] or None
        if type(record) is Snapshot and not record.said:
            values[self.names.index("length_ms")] = None
        return self.json(queue, *values) if self.of_queue else self.json(*values)


def _form(record: RecordType) -> _Form:
    fields = sorted(record.fields.values(), key=lambda field: not field.mandatory)
    own = [field for field in fields if field.name in record.inside]
    inside = tuple(record.inside[field.name] for field in own)
    required = {field.name for field in msgspec.structs.fields(record.structure) if field.required}

    def places(kind: str) -> tuple[int, ...]:
        return tuple(at for at, field in enumerate(own) if field.kind == kind)

    return _Form(
        record=record.name,
        json=msgspec.defstruct(
            record.structure.__name__,
            [
                (field.name, _JSON_TYPES[field.kind])
                if field.mandatory
                else (field.name, _JSON_TYPES[field.kind] | None, None)
                for field in fields
            ],
            tag=record.name,
            tag_field="type",
            omit_defaults=True,
            gc=False,
        ),
        of_queue=fields[0].name == "queue" and "queue" not in record.inside,
        values=_getter([field.name for field in own]),
        names=inside,
        outside=tuple(field.name for field in own),
        inside=_getter(inside),
        instants=places("instant"),
        seconds=places("seconds"),
        checks=places("checks"),
        or_empty=tuple(
            at
            for at, field in enumerate(own)
            if field.kind in {"text", "list"} and not field.mandatory and record.inside[field.name] in required
        ),
    )


def _getter(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda record: (get(record),)  # one attribute is not got as a tuple


_FORMS: Final[Mapping[type, _Form]] = {record.structure: _form(record) for record in RECORD_TYPES.values()}
"""By the structure inside."""
_READ: Final[Mapping[type, _Form]] = {form.json: form for form in _FORMS.values()}
"""By the structure that the decoder fills."""
_CONTACT: Final[Any] = _FORMS[Contact].json
_CALL_DATA: Final = (Contact, Snapshot)
_MESSAGE: Final[Any] = reduce(or_, _READ)
_DECODE_MANY: Final[Any] = msgspec.json.Decoder(list[_MESSAGE])
_DECODE_ONE: Final[Any] = msgspec.json.Decoder(_MESSAGE)
_ENCODER: Final = msgspec.json.Encoder()


def _admit_contact(message: Any, skew_ms: int) -> Contact:  # noqa: ANN401 - as `_Form.read`
    # The hot path of a live worker: fields and conversions are written out rather than looped over.
    exited, updated = message.exited_at, message.updated_at
    wait, talk, hold, wrap = message.wait_seconds, message.talk_seconds, message.hold_seconds, message.wrap_seconds
    return admit_contact(
        message.contact_id,
        (message.offered_at - EPOCH) // MILLISECOND,
        message.outcome,
        None if exited is None else (exited - EPOCH) // MILLISECOND,
        None if wait is None else round(wait * 1000),
        None if talk is None else round(talk * 1000),
        None if hold is None else round(hold * 1000),
        None if wrap is None else round(wrap * 1000),
        None if updated is None else (updated - EPOCH) // MILLISECOND,
        message.agent,
        message.team,
        message.shift,
        message.channel,
        skew_ms,
    )


def _admit(message: Any, queue: str, queue_length_ms: int, skew_ms: int, zone: str) -> Record:  # noqa: ANN401 - as above
    form = _READ[type(message)]
    if form.of_queue and message.queue != queue:
        raise RecordError(f"queue: {word(message.queue)} in a message keyed {word(queue)}; key a message by its queue")
    if len(queue) > TEXT_CHARACTERS:
        raise RecordError(f"{TOO_LARGE} key has {len(queue):,} characters, and a name has at most {TEXT_CHARACTERS}")
    if form.record == "contact":
        return admit_contact(**form.read(message), skew_ms=skew_ms)
    if form.record == "feed" and (message.queue or "") != queue:
        raise RecordError("queue: of a feed is its message's key; leave out both to speak of every queue")
    if form.record == "tick":
        if queue:
            raise RecordError("type: a tick has no queue; send it without a key")
        at_ms = to_ms(message.at)
        require_years(at=at_ms)
        return Tick(at_ms, message.worker)
    return admit(form.record, form.read(message), queue_length_ms, zone)


def decode(value: bytes, queue: str, queue_length_ms: int, skew_ms: int, now_ms: int, zone: str = "UTC") -> Decoded:
    """The records of one message, and those that cannot be counted, each with its place in the message.

    Arguments are those of `decode_with_sources`.
    """
    return decode_with_sources(value, queue, queue_length_ms, skew_ms, now_ms, zone)[0]


def decode_with_sources(
    value: bytes, queue: str, queue_length_ms: int, skew_ms: int, now_ms: int, zone: str = "UTC"
) -> tuple[Decoded, Sequence[str | None]]:
    """The same as `decode`, and the source of each record that is call data.

    Args:
        value: one JSON object, or an array of objects of one queue.
        queue: the message's key.
        queue_length_ms: the queue's interval length.
        skew_ms: the queue's clock skew.
        now_ms: the driver's clock (live: when the broker appended the message, so that reading it again
            decides the same).
        zone: the queue's time zone, an IANA name.
    """
    rejected: list[tuple[int, Rejected]] = []
    messages: list[Any]
    parts = Parts(value)
    try:
        messages = _DECODE_MANY.decode(value) if value[:1] == b"[" else [_DECODE_ONE.decode(value)]
    except UNREADABLE:
        messages = _decode_each(parts, rejected)
    # One byte is found much faster than six, and few messages have any escape at all.
    has_nul = b"\\" in value and _NUL in value
    if not rejected and not has_nul:
        contacts = _admit_contacts(messages, queue, skew_ms, now_ms + skew_ms)
        if contacts is not None:
            return Decoded(contacts, range(len(contacts)), rejected), [message.source for message in messages]
    records: list[Record] = []
    places: list[int] = []
    sources: list[str | None] = []
    for index, message in enumerate(messages):
        if message is None:
            continue
        try:
            record = _admit(message, queue, queue_length_ms, skew_ms, zone)
            if type(record) is not Tick:
                require_past(record, now_ms, skew_ms)
            if has_nul:
                require_text(record)
                _require_source(message)
            records.append(record)
            places.append(index)
            sources.append(message.source if type(record) in _CALL_DATA else None)
        except RecordError as error:
            rejected.append((index, _rejected(str(error), parts.all[index])))
    return Decoded(records, places, rejected), sources


def _require_source(message: Any) -> None:  # noqa: ANN401 - as above
    if "\x00" in (getattr(message, "source", None) or ""):
        raise RecordError("source: holds a NUL character")


def _admit_contacts(messages: list[Any], queue: str, skew_ms: int, latest_ms: int) -> list[Record] | None:
    """The contacts of a message that holds nothing else, all of them in order; None: look at each by itself."""
    admit = _admit_contact
    contacts: list[Record] = []
    try:
        for message in messages:
            if type(message) is not _CONTACT or message.queue != queue:
                return None
            record = admit(message, skew_ms)
            exited = record.exited_ms
            if record.offered_ms > latest_ms or record.updated_ms > latest_ms or (exited or 0) > latest_ms:
                return None
            contacts.append(record)
    except (RecordError, OverflowError):
        return None
    return contacts


def _decode_each(parts: Parts, rejected: list[tuple[int, Rejected]]) -> list[Any]:
    """Each object of a message by itself, so that one bad object does not take its neighbours along."""
    try:
        given = parts.all
    except UNREADABLE as error:
        rejected.append((0, _rejected(f"value: is not JSON ({error})", parts.value)))
        return []
    messages: list[Any] = []
    for index, part in enumerate(given):
        try:
            messages.append(_DECODE_ONE.decode(part))
        except UNREADABLE as error:
            messages.append(None)
            rejected.append((index, _rejected(_reason(error, part), part)))
    return messages


def _rejected(reason: str, value: Part) -> Rejected:
    if len(reason) > _REASON_CHARACTERS:
        reason = f"{reason[: _REASON_CHARACTERS - 1]}…"
    return Rejected(reason, bytes(memoryview(value)[:DEAD_LETTER_BYTES]))


def _reason(error: Exception, part: Part) -> str:
    """A decoder's message with the field in front: `offered: Expected int, got str`."""
    text = str(error).replace("`", "").replace("\x00", r"\u0000")
    if " - at $." in text:
        what, field = text.rsplit(" - at $.", 1)
        if (limit := _TOO_LARGE.fullmatch(what)) is not None:
            return f"{TOO_LARGE} {field} has more than {limit[2]} {'characters' if limit[1] == 'str' else 'entries'}"
        return f"{field}: {what}"
    if "missing required field" in text:
        field = text.split("missing required field", 1)[1].split(" - at", 1)[0].strip()
        return f"{field}: is missing"
    if not isinstance(error, msgspec.ValidationError):
        return f"{unwritable(part)}: is not JSON ({text})"
    return f"type: {text}" if "Invalid value" in text else f"value: {text}"


def encode(queue: str, records: Sequence[Record], sources: Sequence[str | None] | None = None) -> bytes:
    """One message for the input topic: a JSON array of `records` of `queue`, as `decode` reads it.

    Args:
        queue: the message's key; empty: it has none.
        records: of the queue.
        sources: the source of each that is call data; None: they are not named.
    """
    return _ENCODER.encode(
        [
            _write_contact(queue, record, source) if type(record) is Contact else _write_other(queue, record, source)
            for record, source in zip(records, sources or [None] * len(records), strict=True)
        ]
    )


def _write_other(queue: str, record: Record, source: str | None) -> Any:  # noqa: ANN401 - as `_Form.write`
    message = _FORMS[type(record)].write(queue, record)
    if type(record) is Snapshot and record.source is None:
        message.source = source
    return message


def _write_contact(queue: str, record: Contact, source: str | None) -> Any:  # noqa: ANN401 - as `_Form.write`
    # The hot path of `ingest`: what `_Form.write` makes of a contact, written out.
    exited, wait, talk, hold, wrap = record.exited_ms, record.wait_ms, record.talk_ms, record.hold_ms, record.wrap_ms
    return _CONTACT(
        queue,
        record.contact_id,
        datetime.fromtimestamp(record.offered_ms / 1000, UTC),
        record.outcome or None,
        None if exited is None else datetime.fromtimestamp(exited / 1000, UTC),
        None if wait is None else wait / 1000,
        None if talk is None else talk / 1000,
        None if hold is None else hold / 1000,
        None if wrap is None else wrap / 1000,
        datetime.fromtimestamp(record.updated_ms / 1000, UTC),
        record.agent,
        record.team,
        record.shift,
        record.channel,
        source,
    )
