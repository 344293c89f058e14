"""Fields that records have in common, and the kinds of fields that they are made of.

A field's annotation is its home: name outside, kind and meaning (`streams.records`).
"""

from typing import Annotated, Final

from config.sources.fields import RecordField as Field

__all__ = ["QUEUE", "Agent", "Shift", "Start", "Team", "count", "instant", "number", "seconds", "text"]

QUEUE: Final = Field("queue", "text", "the queue as the configuration names it; the key of the message", mandatory=True)
"""Field of records that belong to one queue; inside, their queue is known without it."""

Agent = Annotated[str | None, Field("agent", "text", "who handled it")]
Team = Annotated[str | None, Field("team", "text", "the agent's team at that time")]
Shift = Annotated[str | None, Field("shift", "text", "the agent's shift at that time")]
Start = Annotated[
    int,
    Field(
        "interval_start",
        "instant",
        "start of the interval; a multiple of its length in local standard time",
        mandatory=True,
    ),
]


def text(name: str, meaning: str, *, mandatory: bool = False) -> Field:
    """A field of text."""
    return Field(name, "text", meaning, mandatory)


def instant(name: str, meaning: str, *, mandatory: bool = False) -> Field:
    """A field of an instant, milliseconds inside."""
    return Field(name, "instant", meaning, mandatory)


def seconds(name: str, meaning: str) -> Field:
    """A field of a duration, milliseconds inside."""
    return Field(name, "seconds", meaning)


def count(name: str, meaning: str) -> Field:
    """A field of a whole number."""
    return Field(name, "count", meaning)


def number(name: str, meaning: str) -> Field:
    """A field of a number."""
    return Field(name, "number", meaning)
