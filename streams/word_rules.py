"""The rules that words of a source must pass: how far it has spoken, and the rows that were refused."""

from streams.limits import require_years
from streams.records import Feed, RecordError, RefusedRow

__all__ = ["admit_feed", "admit_refused_row"]


def admit_feed(source: str | None, through_ms: int | None, queue: str | None) -> Feed:
    """Admit the word of a source.

    Raises:
        RecordError: no source, or no instant of calls.
    """
    if not source:
        raise RecordError("source: is empty")
    if through_ms is None:
        raise RecordError("through: is empty")
    require_years(through=through_ms)
    return Feed(source, through_ms, queue or None)


def admit_refused_row(source: str | None, at_ms: int | None, place: str | None, reason: str | None) -> RefusedRow:
    """Admit what is known of a row that its reader refused.

    Raises:
        RecordError: no source or place, or no instant of calls.
    """
    if not source:
        raise RecordError("source: is empty")
    if not place:
        raise RecordError("place: is empty")
    if at_ms is None:
        raise RecordError("at: is empty")
    require_years(at=at_ms)
    return RefusedRow(source, at_ms, place, reason)
