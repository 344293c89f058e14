"""The state machine of one program: local days of its queues in, breaches out.

The second pure machine of the house. A queue tells each local day once (`agents.evaluations.queue_days`); a day of the
program is judged when every queue that is open then has told it. Whatever the order in which queues tell the
same day, the verdicts are the same:

- a queue is waited for up to three days, so that an outage of one worker delays verdicts and changes none;
- a queue that tells its first day counts from its second on (with both), since nobody could wait for it.

Its state is what the queues told this month, one cell a record, and the breaches that are open.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from agents.intervals.counters import Outcomes
from agents.intervals.figures import Row
from agents.intervals.outputs import BreachEvent
from agents.rules.conditions import Case
from agents.rules.lifecycle import BreachBook, Track, Tracks
from agents.rules.messages import Occasion
from agents.rules.program_conditions import PROGRAM_RULES, Verdict, verdicts
from agents.rules.program_messages import program_messages
from agents.rules.status import Shown
from agents.state.store import Cells, Commit, head_keys
from config.settings import QueueSettings
from copc.quality import Family
from streams.quality.month import Month, Sheet, month_name, tally
from streams.queue_day import ProgramDay, decode_program_day, encode_program_day

__all__ = ["ProgramMonitor", "program_of"]

_MARK: Final = "\x00"
"""Before a program's name in the store: no queue's name holds it."""

_WAIT_DAYS: Final = 3
"""Days that the others may be ahead of a queue before they go on without it."""
_KEPT_HEADS: Final = 3
"""Heads that stay when a session begins, as in `agents.engine.queue`."""


class _Told(msgspec.Struct, array_like=True):
    """How far one queue has come."""

    first: int
    """The first local day (proleptic ordinal) it told."""
    last: int
    """The last one it told wholly."""
    next_open: int
    """The next one it is open on."""
    parts: int = 0
    """Parts told of a day that is not told wholly."""


class _Head(msgspec.Struct, array_like=True):
    """The committed state but for its cells. Fields are appended, never reordered."""

    stamps: dict[str, int] = {}
    """Source -> the last offset that is in the state."""
    generations: dict[str, str] = {}
    counter: int = 0
    queues: dict[str, _Told] = {}
    records: list[tuple[int, str, int]] = []
    """Day, queue and part of the records kept, in order of arrival."""
    judged: int | None = None
    """The last local day that has been judged."""
    tracks: Tracks = {}


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Head).decode


class ProgramMonitor:
    """One program: `feed` what its queues tell, `commit` the state.

    Args:
        versions: the program's settings, one a parameter version, in order of their `parameters_from_ms`.
        store: committed state, as for `agents.engine.queue.QueueMonitor`.
        session: a name no other live process has (`agents.state.store`).
        heads: store keys of the program's heads; None: look for them.
    """

    def __init__(
        self,
        versions: Sequence[QueueSettings],
        store: Mapping[bytes, bytes],
        session: str = "",
        heads: Sequence[bytes] | None = None,
    ) -> None:
        self.versions = tuple(versions)
        self.program = self.versions[-1].program
        self.outcomes = Outcomes()
        self.shown = Shown(self.outcomes)
        self.owner = f"{_MARK}{self.program}"
        """The name its entries in the store have."""
        self._cells = Cells(store, self.owner, session)
        self._h = self._furthest(store, head_keys(store).get(self.owner, ()) if heads is None else heads)
        self._cells.generations, self._cells.counter = self._h.generations, self._h.counter
        self._book = BreachBook(self._h.tracks, program_messages)
        self._dirty = False
        self._days: dict[tuple[int, str, int], ProgramDay] = {}
        """Records as read from their cells."""
        self._sheets: dict[Family, Sheet] | None = None
        self.shown.restore(None, self._h.tracks, ())

    def _furthest(self, store: Mapping[bytes, bytes], keys: Sequence[bytes]) -> _Head:
        """The head that is furthest along, as of a queue's machine."""
        heads = {key: _DECODE(store[key]) for key in keys}
        if not heads:
            return _Head()
        furthest_first = sorted(heads, key=lambda key: (sum(heads[key].stamps.values()), key), reverse=True)
        self._cells.forget_heads(furthest_first[_KEPT_HEADS:])
        return heads[furthest_first[0]]

    # --- what a shell calls -------------------------------------------------------------------------

    def stamp(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none: what is not newer is skipped."""
        return self._h.stamps.get(source, -1)

    def stamped(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""
        self._h.stamps[source] = offset
        self._dirty = True

    def feed(self, day: ProgramDay) -> None:
        """Take in what a queue told; a day that it told before changes nothing."""
        head, ordinal = self._h, day.day.toordinal()
        told = head.queues.get(day.queue)
        if told is not None and (ordinal <= told.last or day.part < told.parts):
            self.outcomes.duplicate += 1
            return
        self.outcomes.accepted += 1
        self._dirty, self._sheets = True, None
        if told is None:
            told = head.queues[day.queue] = _Told(ordinal, ordinal - 1, ordinal)
        key = (ordinal, day.queue, day.part)
        self._cells.create(_name(key), encode_program_day(day))
        self._days[key] = day
        head.records.append(key)
        if day.last:
            told.last, told.next_open, told.parts = ordinal, day.next_day.toordinal(), 0
        else:
            told.parts = day.part + 1
        self._judge_ready()

    def finish(self) -> None:
        """Judge what is left: nothing more comes (replay)."""
        while self._next() is not None:
            self._judge_next()

    def take(self) -> list[BreachEvent]:
        """Breach records since the last call, in order."""
        events, self._book.events = self._book.events, []
        for event in events:
            self.shown.breach(event)
        return [BreachEvent(event) for event in events]

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed; see `agents.state.store` for the order."""
        if not self._dirty:
            return None
        self._dirty = False
        self._h.generations, self._h.counter = self._cells.generations, self._cells.counter
        return self._cells.commit(_ENCODE(self._h))

    def month(self) -> Month | None:
        """The month of the last day that was told, as far as it was; None before any."""
        if not self._h.records:
            return None
        latest = max(self._h.records)[0]
        return self._month(dt.date.fromordinal(latest), latest, set(self._h.queues))

    def sheets(self) -> dict[Family, Sheet]:
        """Right and n of the month's transactions chosen at random, by family."""
        if self._sheets is None:
            month = self.month()
            found = {} if month is None else tally(month.of("random"), lambda _: "")
            self._sheets = {family: sheet for (_, family), sheet in sorted(found.items())}
        return self._sheets

    # --- days ---------------------------------------------------------------------------------------

    def _judge_ready(self) -> None:
        while self._is_ready():
            self._judge_next()

    def _next(self) -> int | None:
        """The next day to be judged, None where there is none."""
        head = self._h
        begin = min((told.first for told in head.queues.values()), default=0)
        days = {
            day
            for day, queue, _ in head.records
            if day <= head.queues[queue].last and (day == begin or head.queues[queue].first < day)
        }
        return min((day for day in days if head.judged is None or day > head.judged), default=None)

    def _is_ready(self) -> bool:
        day = self._next()
        if day is None:
            return False
        latest = max(told.last for told in self._h.queues.values())
        members = [told for told in self._h.queues.values() if told.first < day]
        if not members:
            return latest > day
        return all(
            told.last >= day or told.next_open > day or latest - told.next_open >= _WAIT_DAYS for told in members
        )

    def _judge_next(self) -> None:
        ordinal = self._next()
        assert ordinal is not None  # noqa: S101 - the caller asked
        head, day = self._h, dt.date.fromordinal(ordinal)
        members = {queue for queue, told in head.queues.items() if told.first < ordinal}
        queues = members or set(head.queues)
        before = None if head.judged is None else dt.date.fromordinal(head.judged)
        head.judged = ordinal
        self._dirty = True
        month = self._month(day, ordinal, queues)
        case = self._case(day, queues)
        if before is not None and month_name(before) != month_name(day):
            self._end_month(case)
        for verdict in verdicts(month, day, case.settings):
            self._apply(verdict, case)
        self._forget(day)

    def _month(self, day: dt.date, upto: int, queues: set[str]) -> Month:
        month = Month(month_name(day))
        for key in sorted(self._h.records):
            if key[0] <= upto and key[1] in queues:
                month.add(self._record(key))
        return month

    def _record(self, key: tuple[int, str, int]) -> ProgramDay:
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = decode_program_day(self._cells.require(_name(key)))
        return found

    def _case(self, day: dt.date, queues: set[str]) -> Case:
        """The last interval of the program's day."""
        told = [self._record(key) for key in self._h.records if key[0] == day.toordinal() and key[1] in queues]
        if not told:  # the day of a queue that counts from tomorrow on
            told = [self._record(key) for key in self._h.records if key[0] == day.toordinal()]
        start = max(record.interval_start_ms for record in told)
        settings = self._settings_at(start)
        row: Row = {
            "program": self.program,
            "queue": None,
            "day": day.isoformat(),
            "vocabulary": settings.vocabulary,
            "parameters_version": settings.parameters_version,
        }
        return Case(row, settings, start)

    def _settings_at(self, start_ms: int) -> QueueSettings:
        found = self.versions[0]
        for version in self.versions:
            if version.parameters_from_ms <= start_ms:
                found = version
        return found

    def _forget(self, day: dt.date) -> None:
        """Drop what no month from this day's on needs: an overnight day may speak of the month that begins in it."""
        first = day.replace(day=1).toordinal() - 1
        old = [key for key in self._h.records if key[0] < first]
        if old:
            self._cells.remove(map(_name, old))
            self._h.records = [key for key in self._h.records if key[0] >= first]
            for key in old:
                self._days.pop(key, None)

    # --- breaches -----------------------------------------------------------------------------------

    def _apply(self, verdict: Verdict, case: Case) -> None:
        """A rule over the month, which one look opens and one look resolves."""
        case = Case({**case.row, **verdict.facts}, case.settings, case.start_ms)
        key, look = (verdict.rule, verdict.scope), verdict.look
        scopes = self._h.tracks.setdefault(verdict.rule, {})
        track, occasion = scopes.get(verdict.scope), Occasion(look=look)
        if track is not None:
            self._book.look_again(key, track, verdict.severity, look, occasion, case, over=not look.outside)
            if track.breach is None:
                del scopes[verdict.scope]
        elif look.outside:
            track = scopes[verdict.scope] = Track()
            self._book.open(key, track, case.start_ms, verdict.severity, look, occasion, case)

    def _end_month(self, case: Case) -> None:
        """The figures begin anew: what is open was not seen to recover."""
        for rule in PROGRAM_RULES:
            for scope, track in sorted(self._h.tracks.pop(rule, {}).items()):
                self._book.resolve((rule, scope), track, "month_ended", Occasion(), case)


def program_of(owner: str) -> str | None:
    """The program whose entries in the store have the name `owner`; None: they are a queue's."""
    return owner.removeprefix(_MARK) if owner.startswith(_MARK) else None


def _name(key: tuple[int, str, int]) -> str:
    day, queue, part = key
    return f"d{day}.{part}.{queue}"
