"""Messages that a worker writes: what engines put out, as topics have it, and in which order it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from agents.intervals.outputs import BreachEvent, DeadLetter, Evaluated, Output, Projected, Result
from agents.projection.inputs import QueueAhead
from agents.projection.rows import projected_rows
from agents.state.store import Commit
from streams.codec import DEAD_LETTER_BYTES, Rejected, encode
from streams.results import Row
from streams.told.queue_day import QueueDay, encode_queue_day
from streams.told.queue_interval import QueueInterval, encode_queue_interval
from streams.topics import (
    TOPIC_AHEAD,
    TOPIC_BREACHES,
    TOPIC_DEAD_LETTERS,
    TOPIC_EVALUATIONS,
    TOPIC_PROGRAM_DAYS,
    TOPIC_PROJECTIONS,
    TOPIC_QUEUE_INTERVALS,
    TOPIC_RESULTS,
)

__all__ = [
    "OutboundMessage",
    "OutputBatch",
    "ahead_message",
    "breach_message",
    "dead_letter",
    "group_message",
    "outbound",
    "projection_messages",
    "result_message",
    "too_large",
]

_JSON: Final = msgspec.json.Encoder()
_MSGPACK: Final = msgspec.msgpack.Encoder()
_REASON_CHARACTERS: Final = 1_000
"""The length of a dead letter's reason, which may repeat what was wrong."""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """A message to send: one of the topics of `streams.topics`, key and value."""

    topic: str
    key: bytes
    value: bytes


@dataclass(slots=True)
class OutputBatch:
    """All that is to be written, each step acknowledged before the next: outputs, then cells, manifests, the rest."""

    outputs: list[OutboundMessage] = field(default_factory=list)
    provisional: list[OutboundMessage] = field(default_factory=list)
    """Open intervals; they need no acknowledgement, since the next one replaces them."""
    commits: list[tuple[int, Commit]] = field(default_factory=list)
    """Partition, and a commit of one of its queues; already made in the store."""
    projected: list[Projected] = field(default_factory=list)
    """Days to be projected for the history, all at once, and to be sent among the outputs."""
    ahead: list[QueueAhead] = field(default_factory=list)
    """Inputs of projections, for this worker's own screens."""
    rows: list[Row] = field(default_factory=list)
    """The results among the outputs and the open intervals, for this worker's own screens."""
    breaches: list[Row] = field(default_factory=list)
    """The breach records among the outputs, and the notices on open intervals, likewise."""

    told: list[QueueInterval] = field(default_factory=list)
    """The records to pools among the outputs, likewise."""

    def note_for_screens(self, output: Output) -> None:
        """Add a result or a breach record to those that this worker's own screens show."""
        if isinstance(output, Result):
            self.rows.append(output.row)
        elif isinstance(output, BreachEvent):
            self.breaches.append(output.row)


def outbound(
    queue: str, output: Result | BreachEvent | Evaluated | DeadLetter | QueueDay, topic: str, partition: int
) -> OutboundMessage:
    """The message of an engine's output.

    Args:
        queue: whose output it is.
        output: the output.
        topic: full name of the input topic, which a dead letter names.
        partition: of the input topic, likewise.
    """
    if isinstance(output, Result):
        return result_message(queue, {**output.row, "position": output.position})
    if isinstance(output, BreachEvent):
        return breach_message(queue, output)
    if isinstance(output, Evaluated):
        return OutboundMessage(TOPIC_EVALUATIONS, queue.encode(), _JSON.encode(output.row))
    if isinstance(output, DeadLetter):
        fault = Rejected(output.reason, encode(queue, [output.record])[:DEAD_LETTER_BYTES])
        return dead_letter(topic, partition, output.offset, output.index, fault)
    return OutboundMessage(TOPIC_PROGRAM_DAYS, output.program.encode(), encode_queue_day(output))


def result_message(queue: str, row: Row) -> OutboundMessage:
    """The message of a result, final or open."""
    return OutboundMessage(TOPIC_RESULTS, queue.encode(), _JSON.encode(row))


def group_message(told: QueueInterval) -> OutboundMessage:
    """The message by which a queue tells a group of a result."""
    return OutboundMessage(TOPIC_QUEUE_INTERVALS, told.group.encode(), encode_queue_interval(told))


def projection_messages(due: Sequence[Projected]) -> list[OutboundMessage]:
    """The messages of projections that are due, a row each."""
    return [
        OutboundMessage(TOPIC_PROJECTIONS, str(row["queue"]).encode(), _JSON.encode(row)) for row in projected_rows(due)
    ]


def ahead_message(inputs: QueueAhead) -> OutboundMessage:
    """The message of a projection's inputs, for screens that have no state."""
    return OutboundMessage(TOPIC_AHEAD, inputs.queue.encode(), _MSGPACK.encode(inputs))


def breach_message(owner: str, event: BreachEvent) -> OutboundMessage:
    """The message of a breach record of a queue or a program."""
    return OutboundMessage(TOPIC_BREACHES, owner.encode(), _JSON.encode(event.row))


def dead_letter(topic: str, partition: int, offset: int, index: int, fault: Rejected) -> OutboundMessage:
    """The message of a record that was refused.

    Args:
        topic: full name of the topic it came in.
        partition: where it stands there.
        offset: likewise.
        index: its place in the message.
        fault: why it was refused, and its bytes.
    """
    row: dict[str, Any] = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "reason": _cut(fault.reason),
        "value": fault.value[:DEAD_LETTER_BYTES].decode("utf-8", "replace"),
        "index": index,
    }
    return OutboundMessage(TOPIC_DEAD_LETTERS, f"{partition}/{offset}".encode(), _JSON.encode(row))


def too_large(message: OutboundMessage, topic: str, partition: int, offset: int) -> OutboundMessage:
    """The dead letter in place of a message that a broker would refuse for ever.

    Args:
        message: what is too large.
        topic: full name of the input topic.
        partition: of the input topic.
        offset: the last record that the message may rest on.
    """
    reason = f"too_large: what follows for {message.topic} has {len(message.value)} bytes; it is not sent"
    return dead_letter(topic, partition, offset, -1, Rejected(reason, message.value[:DEAD_LETTER_BYTES]))


def _cut(text: str) -> str:
    return text if len(text) <= _REASON_CHARACTERS else f"{text[: _REASON_CHARACTERS - 1]}…"
