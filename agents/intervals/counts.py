"""The counts of one interval of one queue: exact sums that contacts are added to and taken from.

Sums are counts and whole milliseconds. Adding a contact and taking it away again leaves nothing behind, so
an updated copy of a contact replaces the one before exactly, and order does not matter.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from copc.service_level import Definition, counts_needed
from streams.records import RefusedRow, Snapshot

__all__ = ["NEVER", "IntervalCounts", "Refusals", "named_spans"]

NEVER: Final = -(2**62)
"""An instant before every other."""


_PLACES: Final = 200
_REASONS: Final = 10
_REASON_CHARACTERS: Final = 120
_SAID: Final = 3
"""Bounds of what is kept of refused rows, however many there are, and of what is said of them."""

_NEED_THE_WAIT: Final = frozenset({"abandoned_within", "short_abandoned"})


class Refusals(msgspec.Struct, array_like=True):
    """Rows of one interval that their readers refused."""

    rows: int = 0
    reasons: dict[str, int] = {}
    """Number of rows by reason."""
    places: list[int] = []
    """Hashes of their sources and places: a row that is read twice counts once."""

    def add(self, row: RefusedRow) -> bool:
        """Take in a row; False: it is known."""
        place = int.from_bytes(blake2b(f"{row.source}\0{row.place}".encode(), digest_size=8).digest())
        if place in self.places:
            return False
        if len(self.places) < _PLACES:
            self.places.append(place)
        self.rows += 1
        reason = (row.reason or "no reason given")[:_REASON_CHARACTERS]
        if reason in self.reasons or len(self.reasons) < _REASONS:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        return True

    def said(self) -> str:
        """How many rows, and why: the commonest reasons."""
        reasons = sorted(self.reasons.items(), key=lambda reason: (-reason[1], reason[0]))[:_SAID]
        why = "; ".join(f"{reason} ({count})" for reason, count in reasons)
        others = self.rows - sum(count for _, count in reasons)
        rest = f"; others ({others})" if others else ""
        return f"{self.rows} {'row' if self.rows == 1 else 'rows'} refused: {why}{rest}"


class IntervalCounts(msgspec.Struct, array_like=True):
    """The sums of one interval, as a plain record that is written into the queue's state."""

    start_ms: int
    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    abandoned_within: int = 0
    short_abandoned: int = 0
    overflowed: int = 0
    wait_ms: int = 0
    handled: int = 0
    handle_ms: int = 0
    occupied_ms: int = 0
    snapshot: Snapshot | None = None
    """The counts that the feed gives of the interval, where it sends those: its row, or the sum of its rows."""
    spans: dict[str, list[int]] = {}
    """The records that the figures rest on: source -> first and last offset (topic) or row (file)."""
    handle_squares: int = 0
    """Sum of the squares of handle times, each in whole tenths of a second; their variance follows from it."""
    parts: list[Snapshot] = []
    """The rows that `snapshot` is the sum of, where it is no row itself."""

    refusals: Refusals | None = None
    """Rows of it that could not be read."""
    unknown_abandons: int = 0
    """Those among the abandoned of whom nobody knows how long they waited."""
    lost: int = 0
    """Those without an end who were lost track of."""

    def remarks(self, definition: Definition) -> Iterator[str]:
        """The remarks on the contacts that a result's reason makes, under a definition of service level."""
        if self.unknown_abandons and not _NEED_THE_WAIT.isdisjoint(counts_needed(definition)):
            yield f"no {definition}: {self.unknown_abandons} abandoned at an unknown moment"
        if self.lost:
            yield self.said_of_lost()

    def said_of_lost(self) -> str:
        """How many contacts were lost track of."""
        return f"lost track of {self.lost} {'contact' if self.lost == 1 else 'contacts'}"

    def has_data(self) -> bool:
        """Whether there is call data for this interval."""
        return bool(self.offered or self.handled or self.occupied_ms) or self.snapshot is not None

    def needs_row(self) -> bool:
        """Whether there is call data for this interval, or was refused."""
        return self.refusals is not None or self.has_data()

    def has_contacts(self) -> bool:
        """Whether a contact entered, left or was handled in this interval."""
        return bool(self.offered or self.handled or self.occupied_ms)

    def note_source(self, source: str, first: int, last: int) -> None:
        """Note that the figures rest on offsets of `source` from `first` to `last` too."""
        span = self.spans.get(source)
        if span is None:
            self.spans[source] = [first, last]
            return
        span[1] = max(span[1], last)
        span[0] = min(span[0], first)


def named_spans(spans: Iterable[tuple[str, int, int]]) -> tuple[str, ...]:
    """The records that figures rest on, each `source:first-last`, in order; spans of one source that meet are one.

    Args:
        spans: sources, each with its first and last offset (topic) or row (file).
    """
    joined: list[tuple[str, int, int]] = []
    for source, first, last in sorted(spans):
        if joined and joined[-1][0] == source and first <= joined[-1][2] + 1:
            joined[-1] = (source, joined[-1][1], max(joined[-1][2], last))
        else:
            joined.append((source, first, last))
    return tuple([f"{source}:{first}-{last}" for source, first, last in joined])
