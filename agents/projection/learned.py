"""The knowledge of a queue about its own days: slot means, how days stray, and how its projections came true.

A few sums, never days. They change when a local day is over and in the middle of one, so that a projection depends on
nothing but the records before it. Sums of the pattern are kept as 32-bit numbers: they are that sure, and a queue's
take under 2 KB.
"""

import struct
from collections.abc import Sequence
from dataclasses import fields
from typing import Final, NamedTuple

import msgspec
import numpy as np

from agents.projection.known import Forecast, Known
from agents.state.store import StateStore
from copc.day_sums import Day, DaySums, learn_day, pattern_of
from copc.projected_day import NO_RECORD, DayRecord, learn_outcome
from copc.reforecast import DayPattern

__all__ = ["KNOWN_DAYS", "Learned", "LivedInterval"]

KNOWN_DAYS: Final = 3
"""Days of a slot that must be known before its mean is a forecast."""
_KEEP: Final = 1 - 1 / 6
"""A slot's mean forgets in some six days of it."""
_ODD: Final = 0.2
"""The weight of a day's slot in which something was wrong."""
_FIELDS: Final = ("slot_weight", "offered", "handled_weight", "handled", "handle_seconds")
_CELL: Final = "ahead"
_ENCODE = msgspec.msgpack.Encoder().encode


class LivedInterval(NamedTuple):
    """An interval of a day that is over."""

    known: Known
    forecast: Forecast
    hour: int
    slot: tuple[int, int]
    """ISO weekday and minute of the local day."""


class _State(msgspec.Struct, array_like=True):
    """The sums but for the slots'. Fields are appended, never reordered."""

    day: int | None = None
    """The local day (proleptic ordinal) that is not over; None: none has begun."""
    middle: tuple[float, float] | None = None
    """The day's service level as projected in the middle of it, and its standard deviation."""
    record: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """`copc.projected_day.DayRecord`."""
    volume_days: int = 0
    handling_days: int = 0
    volume: bytes = b""
    """`copc.day_sums.DaySums` but for its days, 32-bit numbers; empty: none."""
    handling: bytes = b""


_DECODE = msgspec.msgpack.Decoder(_State).decode
_DECODE_SLOTS = msgspec.msgpack.Decoder(dict[int, tuple[int, bytes]]).decode
_NO_SUMS: Final = (0.0,) * len(_FIELDS)


class Learned:
    """The learned sums of one queue, in cells of their own: one, and one a weekday for its slots.

    Args:
        cells: the queue's.
    """

    def __init__(self, cells: StateStore) -> None:
        self._cells = cells
        blob = cells.read(_CELL)
        self._state = _State() if blob is None else _DECODE(blob)
        self._patterns: dict[str, DayPattern] = {}
        self._slots: dict[int, dict[int, tuple[int, bytes]]] = {}
        self._changed: set[int] = set()
        self._dirty = False

    # --- what is known --------------------------------------------------------------------------------

    @property
    def day(self) -> int | None:
        """The local day (proleptic ordinal) that is not over."""
        return self._state.day

    @property
    def record(self) -> DayRecord:
        """How past days came in against their projections."""
        return DayRecord(*self._state.record) if any(self._state.record) else NO_RECORD

    @property
    def volume(self) -> DayPattern:
        """How the queue's volumes stray from their forecasts."""
        return self._pattern("volume")

    @property
    def handling(self) -> DayPattern:
        """How its handle times stray."""
        return self._pattern("handling")

    def slot(self, slot: tuple[int, int]) -> Forecast:
        """The queue's own means of a slot; empty below `KNOWN_DAYS` days."""
        days, blob = self._of(slot[0]).get(slot[1], (0, b""))
        if days < KNOWN_DAYS:
            return Forecast()
        weight, offered, _, handled, handle_seconds = _floats(blob)
        return Forecast(offered / weight if weight else None, handle_seconds / handled if handled > 0 else None)

    def _pattern(self, name: str) -> DayPattern:
        found = self._patterns.get(name)
        if found is None:
            found = self._patterns[name] = pattern_of(self._sums(name))
        return found

    def _sums(self, name: str) -> DaySums:
        return _unpacked(getattr(self._state, f"{name}_days"), getattr(self._state, name))

    # --- days -----------------------------------------------------------------------------------------

    def begin(self, day: int) -> None:
        """Note that an interval of a local day is final."""
        self._state.day, self._state.middle = day, None
        self._dirty = True

    def note_middle(self, plain: float, deviation: float) -> None:
        """Note the day's service level as projected in the middle of it, before the record corrects it."""
        self._state.middle = plain, deviation
        self._dirty = True

    def end(self, intervals: Sequence[LivedInterval], length_ms: int) -> None:
        """Learn from the day that is over: its intervals in order of time."""
        state = self._state
        # The means of the day were not known to it.
        self._learn("volume", [_volume_of(each) for each in intervals], intervals, length_ms)
        self._learn("handling", [_handling_of(each) for each in intervals], intervals, length_ms)
        for each in intervals:
            self._learn_slot(each)
        counted = sum(each.known.counted for each in intervals)
        if state.middle is not None and counted > 0:
            level = sum(each.known.good for each in intervals) / counted
            learned = learn_outcome(self.record, *state.middle, level)
            state.record = learned.weight, learned.off, learned.squares
        state.day = state.middle = None
        self._patterns.clear()
        self._dirty = True

    def _learn(
        self, name: str, pairs: Sequence[tuple[float, float] | None], lived: Sequence[LivedInterval], length_ms: int
    ) -> None:
        places = [place for place, pair in enumerate(pairs) if pair is not None and pair[1] > 0]
        if not places:
            return
        known = [pair for pair in pairs if pair is not None and pair[1] > 0]
        day = Day(
            np.array([actual for actual, _ in known], dtype=np.float64),
            np.array([forecast for _, forecast in known], dtype=np.float64),
            np.array([lived[place].known.start_ms + length_ms / 2 for place in places]) / 1000,
            np.array([lived[place].hour for place in places], dtype=np.int64),
        )
        sums = learn_day(self._sums(name), day)
        setattr(self._state, f"{name}_days", sums.days)
        setattr(self._state, name, _packed(sums))

    def _learn_slot(self, lived: LivedInterval) -> None:
        known, (weekday, minute) = lived.known, lived.slot
        if known.missing or known.offered is None:
            return
        slots = self._of(weekday)
        days, blob = slots.get(minute, (0, b""))
        weight = _ODD if known.odd else 1.0
        handled = weight * known.handled if known.aht_seconds else 0.0
        new = (weight, weight * known.offered, weight, handled, handled * (known.aht_seconds or 0.0))
        sums = [_KEEP * old + more for old, more in zip(_floats(blob), new, strict=True)]
        slots[minute] = min(days + 1, 1_000), struct.pack(f"<{len(sums)}f", *sums)
        self._changed.add(weekday)

    # --- the state ------------------------------------------------------------------------------------

    def write(self) -> None:
        """Put what has changed into cells; the manifest commits them."""
        if self._dirty:
            self._cells.replace(_CELL, _ENCODE(self._state))
            self._dirty = False
        for weekday in sorted(self._changed):
            self._cells.replace(f"{_CELL}{weekday}", _ENCODE(self._slots[weekday]))
        self._changed.clear()

    def _of(self, weekday: int) -> dict[int, tuple[int, bytes]]:
        slots = self._slots.get(weekday)
        if slots is None:
            blob = self._cells.read(f"{_CELL}{weekday}")
            slots = self._slots[weekday] = {} if blob is None else _DECODE_SLOTS(blob)
        return slots


def _volume_of(lived: LivedInterval) -> tuple[float, float] | None:
    """Contacts that came, and their forecast."""
    offered, forecast = lived.known.offered, lived.forecast.offered
    return None if offered is None or forecast is None or lived.known.missing else (float(offered), forecast)


def _handling_of(lived: LivedInterval) -> tuple[float, float] | None:
    """Contacts handled times the ratio of their handle time to its forecast, and contacts handled."""
    known, forecast = lived.known, lived.forecast.aht_seconds
    if not known.handled or not known.aht_seconds or not forecast:
        return None
    return known.handled * known.aht_seconds / forecast, float(known.handled)


def _floats(blob: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(_FIELDS)}f", blob) if blob else _NO_SUMS


def _packed(sums: DaySums) -> bytes:
    """The sums but for their days, as 32-bit numbers in the order of the fields."""
    values = [getattr(sums, field.name) for field in fields(sums) if field.name != "days"]
    flat = [part for value in values for part in (value if isinstance(value, tuple) else (value,))]
    return np.array(flat, dtype="<f4").tobytes()


def _unpacked(days: int, blob: bytes) -> DaySums:
    if not blob:
        return DaySums()
    flat = np.frombuffer(blob, dtype="<f4").astype(np.float64).tolist()
    given: dict[str, object] = {"days": days}
    for field in fields(DaySums):
        if field.name == "days":
            continue
        size = len(field.default) if isinstance(field.default, tuple) else 0
        given[field.name] = tuple(flat[:size]) if size else flat[0]
        del flat[: size or 1]
    return DaySums(**given)  # type: ignore[arg-type]  # a value for each of its fields
