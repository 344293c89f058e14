"""Contacts that are lost track of: visits that still wait, long after anybody said so last.

A system that moves a contact on without a word, or dies with its calls, leaves visits that would wait for ever: they
would stand in every denominator. Whether a visit is lost follows from its last copy and the watermark alone.
"""

from collections.abc import Callable, Iterable
from typing import Final

from agents.engine.final_intervals import FinalIntervals
from agents.engine.visits.contact_state import ContactStoreState
from agents.engine.visits.open_contacts import OpenContacts
from agents.intervals.counting import Horizon
from agents.intervals.counts import NEVER, IntervalCounts
from config.settings import QueueSettings
from streams.records import Contact

__all__ = ["LostTrack"]

_NONE: Final = -NEVER
"""The first instant at which a visit is lost, where there is none."""


class LostTrack:
    """The visits of one queue that wait, and the instants at which they are lost track of.

    Under the attribution `event` a visit that waits counts nowhere, so none is lost.

    Args:
        state: from the manifest; kept up to date in place.
        horizon: likewise of the queue.
        open_contacts: contacts of open intervals.
        final: final intervals.
        counts: the sums of an open interval.
        settings_at: the settings in force for an interval's start.
    """

    def __init__(
        self,
        state: ContactStoreState,
        horizon: Horizon,
        open_contacts: OpenContacts,
        final: FinalIntervals,
        counts: Callable[[int], IntervalCounts],
        settings_at: Callable[[int], QueueSettings],
    ) -> None:
        self._state = state
        self._horizon = horizon
        self._open = open_contacts
        self._final = final
        self._counts = counts
        self._settings_at = settings_at
        self._counting = settings_at(NEVER).attribution == "arrival"

    def begin(self, watermark: int) -> None:
        """Go on from the state, whose watermark this is."""
        self._horizon.now_ms = watermark
        firsts = [self._look(start, visits.values())[1] for start, visits in self._open.items()]
        self._horizon.from_ms = min([_NONE, *firsts, *self._state.waiting.values()])

    def pass_to(self, watermark: int) -> set[int]:
        """Lose the visits whose time is over at a watermark.

        Returns:
            The final intervals that lost some.
        """
        horizon, waiting = self._horizon, self._state.waiting
        horizon.now_ms = watermark
        changed: set[int] = set()
        if horizon.from_ms > watermark:
            return changed
        earliest = _NONE
        for start, visits in self._open.items():
            lost, first = self._look(start, visits.values())
            if lost:
                self._counts(start).lost = lost
            earliest = min(earliest, first)
        for start in [start for start, first in waiting.items() if first <= watermark]:
            interval, visits = self._final.load(start)
            lost, waiting[start] = self._look(start, visits.values())
            if waiting[start] == _NONE:
                del waiting[start]
            if lost != interval.counts.lost:
                interval.counts.lost = lost
                changed.add(start)
        horizon.from_ms = min([earliest, *waiting.values()])
        return changed

    def keep(self, start: int, contacts: Iterable[Contact]) -> None:
        """Remember that contacts which may wait still are in a final interval."""
        first = self._look(start, contacts)[1]
        if first != _NONE:
            self._state.waiting[start] = min(first, self._state.waiting.get(start, first))

    def forget_before(self, instant: int) -> None:
        """Forget the visits of intervals that start before an instant: nothing can correct those."""
        waiting = self._state.waiting
        for start in [start for start in waiting if start < instant]:
            del waiting[start]

    def still_waiting(self, start: int) -> list[Contact]:
        """Contacts that entered in an open interval, wait still, and are not lost."""
        since = self._horizon.now_ms - self._settings_at(start).max_wait_ms
        return [each for each in self._open.within(start).values() if not each.outcome and each.updated_ms > since]

    def _look(self, start: int, contacts: Iterable[Contact]) -> tuple[int, int]:
        """How many contacts of an interval are lost, and when the next one will be."""
        if not self._counting:
            return 0, _NONE
        wait = self._settings_at(start).max_wait_ms
        since, lost, first = self._horizon.now_ms - wait, 0, _NONE
        for contact in contacts:
            if not contact.outcome:
                if contact.updated_ms <= since:
                    lost += 1
                else:
                    first = min(first, contact.updated_ms + wait)
        return lost, first
