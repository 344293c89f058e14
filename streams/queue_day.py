"""What a queue tells its program when a local day is over: the input of rules over a program, team, agent or month.

A record holds what changed since the queue's record before: contacts handled, summed, and evaluations as they
stand. So the sum of a month's records is the month, whatever came late or was replaced on the way.
"""

import datetime as dt

import msgspec

from streams.records import Evaluation

__all__ = ["HandledAt", "HandledBy", "QueueDay", "decode_queue_day", "encode_queue_day"]


class HandledBy(msgspec.Struct, frozen=True, array_like=True):
    """Contacts handled by one agent (in a team and shift) in a calendar month; negative where a late copy took some."""

    month: str
    """`2026-03`: of the local date on which handling ended."""
    agent: str | None
    team: str | None
    shift: str | None
    contacts: int
    handle_ms: int


class HandledAt(msgspec.Struct, frozen=True, array_like=True):
    """Contacts whose handling ended in one hour of the local day, in a calendar month."""

    month: str
    hour: int
    contacts: int


class QueueDay(msgspec.Struct, frozen=True):
    """One queue's local day; identity (queue, day, part)."""

    program: str
    queue: str
    day: dt.date
    next_day: dt.date
    """The next local date on which the queue is open: until then nothing is to be expected of it."""
    timezone: str
    """IANA name of the queue's local time."""
    interval_start_ms: int
    """The last interval of the day."""
    interval_ms: int
    part: int = 0
    """A day of very many evaluations comes in several parts."""
    last: bool = True
    """Whether it is the day's last part."""
    handled_by: tuple[HandledBy, ...] = ()
    handled_at: tuple[HandledAt, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    """Those that are new, or whose copy that counts is another than before."""


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(QueueDay).decode


def encode_queue_day(day: QueueDay) -> bytes:
    """The message of topic `program-days`."""
    return _ENCODE(day)


def decode_queue_day(value: bytes) -> QueueDay:
    """The record that a message of topic `program-days` holds.

    Raises:
        msgspec.DecodeError: it holds none.
    """
    return _DECODE(value)
