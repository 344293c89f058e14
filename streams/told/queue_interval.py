"""The record that a queue emits to each of its groups with every result: the input of groups' intervals and rules.

It holds the columns that a group's figures need, and how far the queue is final.
"""

from typing import Final

import msgspec

from streams.groups import GROUP_KINDS, GroupKind
from streams.results import IntervalResult

__all__ = [
    "MemberRow",
    "QueueInterval",
    "decode_queue_interval",
    "encode_queue_interval",
    "member_row",
    "require_sound_interval",
]

_YEARS_MS: Final = (0, 32_503_680_000_000)
"""1970 to 2999."""
_MOST_MS: Final = 2**53
_LEFT_OUT: Final = (
    "signal", "plan", "breaches", "sources", "reason", "form", "previous_hash", "hash", "process_sigma",
    "effect_volume", "effect_aht", "effect_staffing", "effect_unexplained",
)  # fmt: skip
"""Columns of a result that no figure of a group needs."""


class MemberRow(IntervalResult, omit_defaults=True):
    """A queue's result without the columns that no figure of a group needs; what is not reported takes no room."""

    shared_ms: dict[str, int] | None = None
    """By pool, staffed time of agents on two or more of its queues; None: no agent state says so."""


_DEFAULTS: Final = {
    name: getattr(IntervalResult(), name) for name in IntervalResult.__struct_fields__ if name in _LEFT_OUT
}


def member_row(result: IntervalResult, shared_ms: dict[str, int] | None = None) -> MemberRow:
    """The part of a result that a group's figures need.

    Args:
        result: of the queue.
        shared_ms: by pool, staffed time of agents on two or more of its queues; None: not known.
    """
    values = {name: getattr(result, name) for name in IntervalResult.__struct_fields__}
    return MemberRow(**(values | _DEFAULTS), shared_ms=shared_ms)


class QueueInterval(msgspec.Struct, frozen=True):
    """A queue's result, told to one of its groups; identity (group, queue, interval_start, revision)."""

    kind: GroupKind
    group: str
    through_ms: int
    """Every interval of the queue that starts before it is final, missing, or has no row."""
    result: MemberRow


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(QueueInterval).decode


def encode_queue_interval(told: QueueInterval) -> bytes:
    """The message of topic `queue-intervals`."""
    return _ENCODE(told)


def decode_queue_interval(value: bytes) -> QueueInterval:
    """The record in a message of topic `queue-intervals`.

    Raises:
        msgspec.DecodeError: the message holds none.
    """
    return _DECODE(value)


def require_sound_interval(told: QueueInterval) -> None:
    """Refuse a record that has the shape of a queue's interval, and holds what no queue would tell.

    Raises:
        ValueError: the text names the field.
    """
    first, last = _YEARS_MS
    result = told.result
    sound = {
        "kind": told.kind in GROUP_KINDS,
        "group": bool(told.group) and "\x00" not in told.group,
        "through_ms": first <= told.through_ms < last,
        "queue": bool(result.queue) and "\x00" not in result.queue,
        "program": bool(result.program) and "\x00" not in result.program,
        "interval_start_ms": first <= result.interval_start_ms < last,
        "interval_ms": 0 < result.interval_ms <= 3_600_000,
        "revision": 0 < result.revision < 2**31,
        "shared_ms": all(0 <= ms <= _MOST_MS for ms in (result.shared_ms or {}).values()),
    }
    for name, holds in sound.items():
        if not holds:
            raise ValueError(f"{name}: holds what no queue tells")
