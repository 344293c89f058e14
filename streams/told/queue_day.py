"""The record that a queue emits to its program when a local day is over.

It is the input of rules over a program, team, agent or month. A record holds the changes since the queue's previous
record: contacts handled, summed, and evaluations in the copy that counts. So a month is the sum of its records, even
if some records came late or were replaced.
"""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from copc.quality import FAMILIES
from streams.records import Evaluation

__all__ = ["HandledAt", "HandledBy", "QueueDay", "decode_queue_day", "encode_queue_day", "require_sound"]


_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_YEARS_MS: Final = (0, 32_503_680_000_000)
"""1970 to 2999."""


class HandledBy(msgspec.Struct, frozen=True, array_like=True):
    """Contacts handled by one agent (in a team and shift) in a calendar month; negative where a late copy took some."""

    month: str
    """Month of the local date on which handling ended, such as `2026-03`."""
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
    """The next local date on which the queue is open; it emits nothing before."""
    timezone: str
    """IANA name of the queue's local time."""
    interval_start_ms: int
    """Start of the day's last interval."""
    interval_ms: int
    part: int = 0
    """Number of the part: a day of very many evaluations comes in several."""
    last: bool = True
    """Whether it is the day's last part."""
    handled_by: tuple[HandledBy, ...] = ()
    handled_at: tuple[HandledAt, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    """Evaluations that are new, or whose copy that counts has changed."""


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(QueueDay).decode


def encode_queue_day(day: QueueDay) -> bytes:
    """The message of topic `program-days`."""
    return _ENCODE(day)


def decode_queue_day(value: bytes) -> QueueDay:
    """The record in a message of topic `program-days`.

    Raises:
        msgspec.DecodeError: the message holds none.
    """
    return _DECODE(value)


def require_sound(day: QueueDay) -> None:
    """Refuse a record that has the shape of a queue's day, and holds what no queue would tell.

    Raises:
        ValueError: the text names the field.
    """
    first, last = _YEARS_MS
    try:
        ZoneInfo(day.timezone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"timezone: {day.timezone[:80]!r} is none") from None
    sound = {
        "program": bool(day.program) and "\x00" not in day.program,
        "queue": bool(day.queue) and "\x00" not in day.queue,
        "day": 1970 <= day.day.year < 3000,
        "next_day": day.day < day.next_day and day.next_day.year <= 3000,
        "interval_start_ms": first <= day.interval_start_ms < last,
        "interval_ms": 0 < day.interval_ms <= 3_600_000,
        "part": 0 <= day.part < 2**31,
        "handled_by": all(_MONTH.fullmatch(each.month) for each in day.handled_by),
        "handled_at": all(_MONTH.fullmatch(each.month) and 0 <= each.hour < 24 for each in day.handled_at),
        "evaluations": all(
            first <= each.handled_ms < last
            and first <= each.evaluated_ms < last
            and all(check.family in FAMILIES for check in each.checks)
            for each in day.evaluations
        ),
    }
    for name, holds in sound.items():
        if not holds:
            raise ValueError(f"{name}: holds what no queue tells")
