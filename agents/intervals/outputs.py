"""Outputs of a queue's engine: the values that a driver sends to topics, or writes to history.

They stand apart from the engine (`agents.engine.queue`), so that their readers need not know it.
"""

from dataclasses import dataclass

import msgspec

from agents.intervals.agent_time import Together
from streams.records import Record
from streams.results import BreachRecord, IntervalResult, Row
from streams.told.queue_day import QueueDay

__all__ = ["BreachEvent", "DeadLetter", "Evaluated", "Output", "Projected", "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """A published interval result."""

    result: IntervalResult
    row: Row
    """The result as it is published, with its hash."""
    position: int
    """Its place in the queue's order of publication (0, 1, …)."""
    together: tuple[Together, ...] | None = None
    """For a queue of a pool: its time of agents on several queues; None: no agent state says so."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A well-formed record that cannot be counted, with the reason."""

    reason: str
    record: Record
    source: str
    """`topic/partition` or the file's name."""
    offset: int
    """Offset of the message (or number of the row) that brought the refused record."""
    index: int
    """The record's place in its message."""


@dataclass(frozen=True, slots=True)
class BreachEvent:
    """A record of a breach that opened, changed or was resolved."""

    record: BreachRecord

    @property
    def row(self) -> Row:
        """The record as it is published."""
        return self.record.row()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation that counts from now on, for the history (`agents.evaluations.book.evaluation_row`)."""

    row: Row


@dataclass(frozen=True, slots=True)
class Projected:
    """The rest of a day, due to be projected for the history; made of its inputs by whoever writes it, many at once."""

    made_ms: int
    """The time of day that it is made for."""
    inputs: msgspec.Struct
    """`agents.projection.inputs.QueueAhead`."""


Output = Result | BreachEvent | DeadLetter | Evaluated | QueueDay | Projected
