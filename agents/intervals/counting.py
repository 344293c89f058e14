"""Counting of contacts: which intervals a contact counts in, and what it adds there.

A contact counts in the interval it entered in, or (`attribution`) the one it left the queue in; its handling counts
where it ended, and occupies agents in every interval it spans. Most of a record's cost is here, so the loop over
contacts is written out, with sums in local variables.
"""

from collections.abc import Callable, Iterable, Sequence

from agents.intervals.counts import NEVER, IntervalCounts
from config.settings import QueueSettings
from streams.records import Contact

__all__ = ["Counting", "Horizon"]


class Horizon:
    """How far a queue has come in losing track of contacts.

    Attributes:
        now_ms: visits that still wait, and whose time was over by then, are lost.
        from_ms: no watermark before it loses another; it may lose none.
    """

    __slots__ = ("from_ms", "now_ms")

    def __init__(self) -> None:
        self.now_ms = NEVER
        self.from_ms = -NEVER


class Counting:
    """Counts the contacts of one queue.

    Args:
        settings_at: the settings in force for an interval's start.
        start_of: the start of the interval that holds an instant, as the calendar has it.
        phase_ms: the grid's offset: starts are multiples of the interval's length, less this.
        counts: the sums of an interval, to be added to.
        horizon: which contacts that wait are lost track of.
    """

    def __init__(
        self,
        settings_at: Callable[[int], QueueSettings],
        start_of: Callable[[int], int],
        phase_ms: int,
        counts: Callable[[int], IntervalCounts],
        horizon: Horizon,
    ) -> None:
        self._settings_at = settings_at
        self._calendar_start_of = start_of
        self._counts_of = counts
        self._horizon = horizon
        settings = settings_at(NEVER)
        self._length = settings.interval_ms
        self._phase = phase_ms
        self._left_closed = settings.interval_closed == "left"
        self._by_arrival = settings.attribution == "arrival"
        self._limits_start = -NEVER
        self._limits = 0, 0, 0, 0
        """The answer of `_limits_of` for the interval `_limits_start`."""

    def start_of(self, ms: int) -> int:
        """Start of the interval that holds an instant."""
        if self._left_closed:
            return ms - (ms + self._phase) % self._length
        return self._calendar_start_of(ms)

    def count(self, contacts: Sequence[Contact], start: int, sign: int, source: str, offsets: Sequence[int]) -> None:
        """Add contacts to the sums of every interval they concern (sign 1), or take them away (-1).

        `start` is the interval that all of them entered in; each contact has its offset.
        """
        if self._by_arrival:
            self._count_in(contacts, start, sign, source, offsets)
            return
        for contact, offset in zip(contacts, offsets, strict=True):
            left = contact.exited_ms
            if left is None and contact.outcome:
                left = contact.offered_ms  # nobody knows when: all that is known is when it came
            if left is not None:
                self._count_in((contact,), self.start_of(left), sign, source, (offset,))

    def _count_in(  # noqa: C901 - the loop that takes most of the time, written out
        self, contacts: Sequence[Contact], start: int, sign: int, source: str, offsets: Sequence[int]
    ) -> None:
        """Add contacts to the sums of the interval that they count in."""
        counts = self._counts_of(start)
        counts.note_source(source, min(offsets), max(offsets))
        counts.offered += sign * len(contacts)
        within_ms, short_ms, upto, longest = self._limits if start == self._limits_start else self._limits_of(start)
        answered = answered_within = wait_ms = abandoned = abandoned_within = short_abandoned = overflowed = 0
        handled = handle_ms = handle_squares = 0
        beyond: list[tuple[int, int, int]] = []
        there: list[Contact] = []
        for contact, offset in zip(contacts, offsets, strict=True):
            outcome, wait, exited = contact.outcome, contact.wait_ms, contact.exited_ms
            if wait is None or exited is None:
                there.append(contact)
                continue
            if outcome == "answered":
                answered += 1
                wait_ms += wait
                if wait <= within_ms:
                    answered_within += 1
                talk, hold, wrap = contact.talk_ms, contact.hold_ms, contact.wrap_ms
                if talk is not None or hold is not None or wrap is not None:
                    handle = (talk or 0) + (hold or 0) + (wrap or 0)
                    end = exited + handle
                    if start <= exited and end < upto:
                        handled += 1
                        handle_ms += handle
                        handle_squares += (handle // 100) ** 2
                    else:
                        beyond.append((exited, end, offset))
            elif outcome == "abandoned":
                abandoned += 1
                if wait <= within_ms:
                    abandoned_within += 1
                if wait <= short_ms:
                    short_abandoned += 1
            else:
                overflowed += 1
        counts.answered += sign * answered
        counts.answered_within += sign * answered_within
        counts.wait_ms += sign * wait_ms
        counts.abandoned += sign * abandoned
        counts.abandoned_within += sign * abandoned_within
        counts.short_abandoned += sign * short_abandoned
        counts.overflowed += sign * overflowed
        counts.handled += sign * handled
        counts.handle_ms += sign * handle_ms
        counts.handle_squares += sign * handle_squares
        counts.occupied_ms += sign * handle_ms
        if there or beyond:
            self._count_there(there, counts, sign, longest)
            self._count_handling(beyond, sign, source)

    def _count_there(self, contacts: Sequence[Contact], counts: IntervalCounts, sign: int, longest: int) -> None:
        """Count contacts that give no end of their wait: they wait still, are lost track of, or were abandoned."""
        horizon = self._horizon
        for contact in contacts:
            if contact.outcome:
                counts.abandoned += sign
                counts.unknown_abandons += sign
            elif contact.updated_ms + longest <= horizon.now_ms:
                counts.lost += sign
            else:
                horizon.from_ms = min(horizon.from_ms, contact.updated_ms + longest)

    def _limits_of(self, start: int) -> tuple[int, int, int, int]:
        """The longest wait in time, the longest of a short abandon, until when handling surely ends within, and the
        longest wait without a word.
        """
        settings = self._settings_at(start)
        level = settings.service_level
        # Waits are whole milliseconds.
        beyond = 0 if level.threshold_inclusive else 1
        upto = start + self._length if self._left_closed else start
        self._limits_start = start
        self._limits = level.threshold_ms - beyond, level.short_abandon_ms - beyond, upto, settings.max_wait_ms
        return self._limits

    def _count_handling(self, spans: Iterable[tuple[int, int, int]], sign: int, source: str) -> None:
        """Count handle time where handling ended, and split the time itself over the intervals it spans.

        Each span has begin, end and offset.
        """
        length, phase = self._length, self._phase
        sums: dict[int, tuple[list[int], list[int]]] = {}
        for begin, end, offset in spans:
            ended, handle = self.start_of(end), end - begin
            of, offsets = sums.get(ended) or sums.setdefault(ended, ([0, 0, 0, 0], []))
            of[0] += 1
            of[1] += handle
            of[2] += (handle // 100) ** 2
            offsets.append(offset)
            at = begin
            while at < end:
                start = at - (at + phase) % length
                upto = min(end, start + length)
                of, offsets = sums.get(start) or sums.setdefault(start, ([0, 0, 0, 0], []))
                of[3] += upto - at
                offsets.append(offset)
                at = upto
        for start, (of, offsets) in sums.items():
            counts = self._counts_of(start)
            counts.note_source(source, min(offsets), max(offsets))
            counts.handled += sign * of[0]
            counts.handle_ms += sign * of[1]
            counts.handle_squares += sign * of[2]
            counts.occupied_ms += sign * of[3]
