"""Statistics of a queue: how far volumes stray from forecasts, how handle times vary, and the mean volume of a slot.

A deviation from the plan is judged against the queue's own variation (docs/concepts/figures.md#forecast-accuracy).
Silence is judged against the contacts that should have come meanwhile (docs/concepts/intervals.md#missing). The
statistics are learned from first revisions as intervals become final, so they depend on nothing but earlier results.
"""

import math
from typing import Final

import msgspec

from agents.state.store import StateStore
from copc.forecast import DISPERSION_WINDOW, dispersion, dispersion_term, handle_time_cv

__all__ = ["LEAST_CV", "QueueStatistics"]

LEAST_CV: Final = 0.05
"""Least coefficient of variation: with handle times all alike, every second of difference would be significant."""
_CELL: Final = "v"


class _Window(msgspec.Struct, array_like=True):
    """The last `DISPERSION_WINDOW` final intervals, oldest first."""

    terms: list[float] = []
    """(A - F)^2 / F of each interval with a forecast."""
    handled: list[tuple[int, int, int]] = []
    """By interval with handled contacts: their number, the sum of handle times (ms) and of their squares (ds^2)."""


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Window).decode
_DECODE_SLOTS = msgspec.msgpack.Decoder(dict[int, tuple[int, int]]).decode


class QueueStatistics:
    """The statistics of one queue, kept in cells of their own, one a weekday."""

    def __init__(self, cells: StateStore) -> None:
        self._cells = cells
        self._window: _Window | None = None
        self._handled = (0, 0, 0)
        """The sums of the window's `handled`, updated as it moves, because every row asks for them."""
        self._slots: dict[int, dict[int, tuple[int, int]]] = {}
        self._changed: set[int] = set()
        self._learned = False

    @property
    def dispersion(self) -> float:
        """Dispersion phi of the queue's volumes (`copc.forecast.dispersion`)."""
        terms = self._recent().terms
        return dispersion(math.fsum(terms), len(terms))

    @property
    def handle_time_cv(self) -> float:
        """SD / mean of single handle times: 1 before the first 200 of them, and never below `LEAST_CV`."""
        self._recent()
        contacts, ms, squares = self._handled
        return max(handle_time_cv(contacts, ms / 1000, squares / 100), LEAST_CV)

    def slot_mean(self, slot: tuple[int, int]) -> float | None:
        """Mean of offered contacts in a slot (ISO weekday, minute of the local day); None for a new slot."""
        count, offered = self._of(slot[0]).get(slot[1], (0, 0))
        return offered / count if count else None

    def learn_volume(self, offered: int, forecast: float) -> None:
        """Take in a final interval that had a forecast."""
        term = dispersion_term(offered, forecast)
        if term is not None:
            terms = self._recent().terms
            terms.append(term)
            del terms[:-DISPERSION_WINDOW]
            self._learned = True

    def learn_handling(self, handled: int, handle_ms: int, squares_ds: int) -> None:
        """Take in the handle times of a final interval; `squares_ds` in tenths of seconds, squared."""
        if handled > 0:
            known = self._recent().handled
            gone = known.pop(0) if len(known) == DISPERSION_WINDOW else (0, 0, 0)
            known.append((handled, handle_ms, squares_ds))
            contacts, ms, squares = self._handled
            self._handled = contacts + handled - gone[0], ms + handle_ms - gone[1], squares + squares_ds - gone[2]
            self._learned = True

    def learn_slot(self, slot: tuple[int, int], offered: int) -> None:
        """Take in the contacts of a final interval in open hours."""
        weekday, minute = slot
        slots = self._of(weekday)
        count, total = slots.get(minute, (0, 0))
        slots[minute] = (count + 1, total + offered)
        self._changed.add(weekday)

    def write(self) -> None:
        """Put changed statistics into cells; the manifest commits them."""
        if self._learned:
            self._cells.replace(_CELL, _ENCODE(self._recent()))
            self._learned = False
        for weekday in sorted(self._changed):
            self._cells.replace(f"w{weekday}", _ENCODE(self._slots[weekday]))
        self._changed.clear()

    def _recent(self) -> _Window:
        if self._window is None:
            blob = self._cells.read(_CELL)
            window = self._window = _Window() if blob is None else _DECODE(blob)
            if window.handled:
                contacts, ms, squares = zip(*window.handled, strict=True)
                self._handled = sum(contacts), sum(ms), sum(squares)
        return self._window

    def _of(self, weekday: int) -> dict[int, tuple[int, int]]:
        slots = self._slots.get(weekday)
        if slots is None:
            blob = self._cells.read(f"w{weekday}")
            slots = self._slots[weekday] = {} if blob is None else _DECODE_SLOTS(blob)
        return slots
