"""When a queue's local day is over, and what its program is told of it.

The rules over a program, team, agent or month run in another engine (`agents.engine.program`), maybe on another
worker; what they need of a queue goes to them once a day, as sums. Handled contacts are summed here when
their interval becomes final, and a late copy of one is taken out and put in again; so the sums of all days
emitted are those of the contacts as they stand, in whatever order they came. A record that comes after its day
was emitted is emitted with the next day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import msgspec

from agents.evaluations.book import EvaluationBook, EvaluationState
from agents.intervals.calendar import Calendar
from agents.intervals.counts import NEVER
from agents.state.store import StateStore
from config.settings import QueueSettings
from streams.records import Contact, Evaluation
from streams.told.queue_day import HandledAt, HandledBy, QueueDay

__all__ = ["QueueDays", "QueueDaysState"]

_HANDLED: Final = "ev.handled"
_PART: Final = 1_000
"""Evaluations in one record at most."""
_PART_BYTES: Final = 200_000
"""The size of the evaluations in one record, and of its sums by agent: no message nears a broker's limit."""
_AHEAD_DAYS: Final = 400
"""How far the next open day is looked for."""

_When = tuple[int, str]
"""Day and month."""
_Who = tuple[str | None, str | None, str | None]
"""Agent, team, shift."""
_At = tuple[int, str, int]
"""Day, month, hour."""


class QueueDaysState(msgspec.Struct, array_like=True):
    """The part that the manifest holds. Fields are appended, never reordered."""

    evaluations: EvaluationState = msgspec.field(default_factory=EvaluationState)
    day: int | None = None
    """The first local day (proleptic ordinal) that has not been told; None: no interval is final yet."""


class _Sums(msgspec.Struct, array_like=True):
    """Handled contacts that have not been told, as a cell holds them."""

    by: list[tuple[int, str, str | None, str | None, str | None, int, int]] = []
    at: list[tuple[int, str, int, int]] = []


class _Place(NamedTuple):
    """Where an interval belongs."""

    day: int
    """The local day with which it is told."""
    month: str
    hour: int


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Sums).decode
_JSON = msgspec.json.Encoder().encode
PartT = TypeVar("PartT", HandledBy, Evaluation)


def _packed(items: Sequence[PartT]) -> list[tuple[PartT, ...]]:
    """Items in their order, as many together as one record may hold."""
    parts: list[tuple[PartT, ...]] = []
    first = size = 0
    for at, item in enumerate(items):
        more = len(_JSON(item))
        if at > first and (at - first == _PART or size + more > _PART_BYTES):
            parts.append(tuple(items[first:at]))
            first, size = at, 0
        size += more
    if items:
        parts.append(tuple(items[first:]))
    return parts


class QueueDays:
    """The days of one queue.

    Args:
        state: from the manifest; kept up to date in place, complete after `write`.
        cells: the queue's cells.
        settings: the queue's latest settings.
        calendar: where the queue's intervals and days lie.
        evaluations: the queue's evaluations, which are told with their days.
    """

    def __init__(
        self,
        state: QueueDaysState,
        cells: StateStore,
        settings: QueueSettings,
        calendar: Calendar,
        evaluations: EvaluationBook,
    ) -> None:
        self.state = state
        self._evaluations = evaluations
        self._calendar = calendar
        self._place = lru_cache(maxsize=512)(self._place_of)
        self._cells = cells
        self._queue = settings.queue
        self._timezone = settings.timezone
        self._by: dict[_When, dict[_Who, list[int]]] = {}
        self._at: dict[_At, int] = {}
        self._changed = False
        self._end: int | None = None
        blob = cells.read(_HANDLED)
        if blob is not None:
            sums = _DECODE(blob)
            for row in sums.by:
                self._by.setdefault(row[:2], {})[row[2:5]] = list(row[5:])
            self._at = {row[:3]: row[3] for row in sums.at}

    # --- contacts -----------------------------------------------------------------------------------

    def count(self, contacts: Iterable[Contact], sign: int = 1) -> None:
        """Add contacts of final intervals (sign 1), or take them away (-1); those not handled change nothing."""
        # On replay's hot path, once a contact: what `Contact.handle_ms` says is written out.
        start_of = self._calendar.start_of
        length, phase, right = self._calendar.interval_ms, self._calendar.phase_ms, self._calendar.right
        times: defaultdict[tuple[int, str | None, str | None, str | None], list[int]] = defaultdict(list)
        for contact in contacts:
            exited, talk, hold, wrap = contact.exited_ms, contact.talk_ms, contact.hold_ms, contact.wrap_ms
            if contact.outcome != "answered" or exited is None or (talk is None and hold is None and wrap is None):
                continue
            handle = (talk or 0) + (hold or 0) + (wrap or 0)
            end = exited + handle
            start = start_of(end) if right else end - (end + phase) % length
            times[start, contact.agent, contact.team, contact.shift].append(handle)
        for (start, *who), handle_times in times.items():
            slot = self._place(start)
            self._at[slot] = self._at.get(slot, 0) + sign * len(handle_times)
            sums = self._by.setdefault(slot[:2], {}).setdefault(tuple(who), [0, 0])  # type: ignore[arg-type]  # three
            sums[0] += sign * len(handle_times)
            sums[1] += sign * sum(handle_times)
            self._changed = True

    def count_interval(self, start: int, contacts: int) -> None:
        """Add contacts handled in a final interval of a feed that gives counts: by the hour, as nobody says by whom."""
        slot = self._place(start)
        self._at[slot] = self._at.get(slot, 0) + contacts
        self._changed = True

    # --- days ---------------------------------------------------------------------------------------

    def begin(self, start: int) -> None:
        """Let the days begin with the first interval that is final."""
        if self.state.day is None:
            self.state.day = self._place(start).day

    def end_of(self, start: int) -> int:
        """End of the day that an interval belongs to, by its start."""
        return self._day_end(self._place(start).day)

    def over(self, through: int, program_of: Callable[[int], str], dormant_from: int = -NEVER) -> Iterator[QueueDay]:
        """The records of the days that are over when every interval that starts before `through` is final.

        Args:
            through: the instant.
            program_of: the program that an interval belongs to.
            dormant_from: days that begin after it, and have nothing to tell, are not told.
        """
        while self.state.day is not None:
            if self._end is None:
                self._end = self._day_end(self.state.day)
            if self._end > through:
                return
            day = self.state.day
            if self._end > dormant_from and self._day_end(day - 1) > dormant_from and not self._has_news():
                self.state.day, self._end = self._place(through).day, None
                continue
            self.state.day, self._end = day + 1, None
            yield from self._emitted(day, program_of)

    def _has_news(self) -> bool:
        return bool(self._by or self._at or self._evaluations.state.pending)

    def is_late(self, evaluation: Evaluation) -> bool:
        """Whether the day on which an evaluation was made has been told already."""
        day = self.state.day
        return day is not None and self._place(self._calendar.start_of(evaluation.evaluated_ms)).day < day

    def _emitted(self, day: int, program_of: Callable[[int], str]) -> Iterator[QueueDay]:
        by, at = self._take_sums(day)
        place_of, start_of = self._place, self._calendar.start_of
        evaluations = self._evaluations.take(lambda each: place_of(start_of(each.evaluated_ms)).day <= day)
        if not (by or at or evaluations or self._is_open(day)):
            return
        length = self._calendar.interval_ms
        last = self._day_end(day) - 1
        start = last - (last + self._calendar.phase_ms) % length
        parts, by_parts = _packed(evaluations), _packed(by)
        count = max(1, len(parts), len(by_parts))
        for number in range(count):
            yield QueueDay(
                program_of(start),
                self._queue,
                dt.date.fromordinal(day),
                dt.date.fromordinal(self._next_open(day)),
                self._timezone,
                start,
                length,
                number,
                number == count - 1,
                by_parts[number] if number < len(by_parts) else (),
                () if number else at,
                parts[number] if number < len(parts) else (),
            )

    def _take_sums(self, day: int) -> tuple[tuple[HandledBy, ...], tuple[HandledAt, ...]]:
        """Sums of contacts handled by the end of a day that have not been told; they are told now."""
        handled_by: dict[tuple[str, str | None, str | None, str | None], list[int]] = {}
        for when in [when for when in self._by if when[0] <= day]:
            for who, (contacts, handle_ms) in self._by.pop(when).items():
                sums = handled_by.setdefault((when[1], *who), [0, 0])
                sums[0] += contacts
                sums[1] += handle_ms
        handled_at: dict[tuple[str, int], int] = {}
        for slot in [slot for slot in self._at if slot[0] <= day]:
            handled_at[slot[1:]] = handled_at.get(slot[1:], 0) + self._at.pop(slot)
        self._changed = True
        rows = [HandledBy(*key, *sums) for key, sums in handled_by.items() if any(sums)]
        slots = [HandledAt(*slot, count) for slot, count in handled_at.items() if count]
        return tuple(sorted(rows, key=_ENCODE)), tuple(sorted(slots, key=_ENCODE))

    def write(self) -> None:
        """Put the sums into their cell if they changed; the manifest commits it."""
        if self._changed:
            by = [(*when, *who, *sums) for when, group in self._by.items() for who, sums in group.items()]
            at = [(*slot, contacts) for slot, contacts in self._at.items()]
            self._cells.replace(_HANDLED, _ENCODE(_Sums(by, at)))  # type: ignore[arg-type]  # unpacked tuples
            self._changed = False

    # --- the calendar -------------------------------------------------------------------------------

    def _place_of(self, start: int) -> _Place:
        """The first day that ends after an interval begins; a shift over midnight belongs to the day it began on."""
        local = dt.datetime.fromtimestamp(start / 1000, self._calendar.zone)
        day = local.toordinal() - 1
        while self._day_end(day) <= start:
            day += 1
        return _Place(day, f"{local:%Y-%m}", local.hour)

    def _is_open(self, day: int) -> bool:
        return bool(self._calendar.day(dt.date.fromordinal(day)).spans)

    def _day_end(self, day: int) -> int:
        """End of a day's open time; of a day that is closed, midnight."""
        date = dt.date.fromordinal(day)
        spans = self._calendar.day(date).spans
        if spans:
            return spans[-1][1]
        midnight = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), tzinfo=self._calendar.zone)
        return int(midnight.timestamp() * 1000)

    def _next_open(self, day: int) -> int:
        ahead = range(day + 1, day + _AHEAD_DAYS)
        return next((other for other in ahead if self._is_open(other)), day + 1)
