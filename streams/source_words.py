"""Records by which a source of call data speaks for itself: how far it has come, and which rows were refused.

A queue without calls is quiet as long as its source speaks; these records tell the one from the other
(docs/concepts/intervals.md#missing).
"""

from typing import Annotated, Final

import msgspec

from config.sources.fields import RecordField as Field

__all__ = ["SOURCE", "Feed", "RefusedRow"]

SOURCE: Final = Field(
    "source", "text", "the feed that reports it; `ingest` and `replay` stamp the name of their source"
)
"""Field of call data that no copy differs by; of a contact, it is known outside of the record."""


class Feed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A source of call data has spoken up to an instant, whatever it had to tell."""

    source: Annotated[str, Field("source", "text", "the feed that speaks, as its call data names it", mandatory=True)]
    through_ms: Annotated[
        int, Field("through", "instant", "up to when; the greatest of a source and queue counts", mandatory=True)
    ]
    queue: Annotated[
        str | None,
        Field("queue", "text", "the queue that it speaks of; empty: all of this partition that the source feeds"),
    ] = None


class RefusedRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of a queue that its reader had to refuse: its interval is not without data."""

    source: Annotated[str, Field("source", "text", "the feed whose row it is", mandatory=True)]
    at_ms: Annotated[int, Field("at", "instant", "the instant that the row is of; the event time", mandatory=True)]
    place: Annotated[
        str, Field("place", "text", "`file:row`; with its source the identity of the record", mandatory=True)
    ]
    reason: Annotated[str | None, Field("reason", "text", "why it was refused")] = None
