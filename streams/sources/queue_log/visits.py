"""The visits of contacts, from the call events of a queue_log.

Each event that tells something new of a visit gives a copy of it: waiting, left the queue, handled, with wrap. So a log
that is followed says at once what it knows, and the greatest `updated_at` counts. An event whose visit is not known
waits for the lines that say more; those that never come are made up for by the seconds that the event itself has.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from streams.admission import admit_contact
from streams.records import Contact, RecordError
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.queue_log.events import COMPLETED, LEFT, completed, seconds

__all__ = ["Orphan", "Visit", "Visits"]

_ROUNDED_MS: Final = 1_000
"""By how much whole seconds of Asterisk's may differ from two instants of its log, besides the clock skew."""
_KNOWN_MS: Final = 3_600_000
"""How long a visit that is over is remembered, so that a line that stands twice counts once."""
_WRAP_MS: Final = 60_000
"""How long after the end of a call its wrap may begin."""


@dataclass(slots=True)
class Visit:
    """One stay of a call in one queue, as far as it is known."""

    callid: str
    queue: str
    offered: int
    updated: int
    outcome: str = ""
    exited: int | None = None
    wait: int | None = None
    talk: int | None = None
    wrap: int | None = None
    agent: str | None = None
    left_at: int | None = None
    """The instant of the line that ended the wait."""
    ended: int | None = None
    """The instant of the line that ended the handling."""
    before: "Visit | None" = None
    """Another open visit of the call: one that is handled still."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A call event whose visit is not known."""

    ms: int
    row: int
    fields: list[str] = field(compare=False)
    line: str
    file: str


class Visits:
    """The calls of one source.

    Args:
        skew_ms: clock skew of a queue.
    """

    def __init__(self, skew_ms: Callable[[str], int]) -> None:
        self.batch = Batch()
        """Where copies go."""
        self.orphans: dict[str, list[Orphan]] = {}
        """Events that wait for their visit, by callid."""
        self._skew_ms = skew_ms
        self._skews: dict[str, int] = {}
        self._open: dict[str, Visit] = {}
        self._over: dict[str, Visit] = {}
        self._forget: deque[tuple[int, str, Visit]] = deque()
        self._last: dict[str, Visit] = {}
        """The last call of each agent that is over."""

    # --- events -------------------------------------------------------------------------------------

    def enter(self, ms: int, row: int, callid: str, queue: str) -> None:
        """A call enters a queue; a visit of it that still waits is over, for it cannot wait twice.

        Raises:
            RecordError: the call is none.
        """
        at = self._open.get(callid)
        for known in (at, self._over.get(callid)):
            if known is not None and known.queue == queue and known.offered == ms:
                self._emit(known, row)
                return
        visit = Visit(callid, queue, ms, ms)
        self._emit(visit, row)
        if at is not None and not at.outcome:
            self._move_on(at, ms, row)
            at = self._open.get(callid)
        visit.before = at
        self._open[callid] = visit

    def connect(self, ms: int, row: int, callid: str, queue: str, agent: str | None, hold: int | None) -> bool:
        """An agent takes a call; False: its visit is not known.

        Raises:
            RecordError: the wait is none.
        """
        visit = self._open.get(callid)
        if visit is not None and (visit.outcome or visit.queue != queue):
            visit = self._find(
                callid, queue, lambda each: not each.outcome or (each.left_at == ms and each.agent == agent)
            )
        if visit is None:
            known = self._over.get(callid)
            if known is None or known.queue != queue or known.left_at != ms or known.outcome != "answered":
                return False
            self._emit(known, row)
            return True
        if visit.outcome:
            self._emit(visit, row)
        else:
            self._answer(visit, ms, hold, agent, ms, row)
        return True

    def complete(self, ms: int, row: int, callid: str, queue: str, agent: str | None, talk: int | None) -> bool:
        """A call's handling ends; False: nobody is known to have taken it.

        Raises:
            RecordError: the talk is none.
        """
        visit = self._open.get(callid)
        if visit is not None and (not visit.outcome or visit.queue != queue or visit.agent != agent):
            visit = self._find(callid, queue, lambda each: bool(each.outcome) and agent in (each.agent, None))
            visit = visit or self._find(callid, queue, lambda each: bool(each.outcome))
        if visit is None:
            known = self._over.get(callid)
            if known is None or known.queue != queue or known.ended != ms:
                return False
            self._emit(known, row)
            return True
        self._end(visit, ms, row, talk)
        return True

    def leave(self, ms: int, row: int, callid: str, queue: str, outcome: str, wait: int | None) -> bool:
        """A call leaves a queue without an agent; False: its visit is not known.

        Raises:
            RecordError: the wait is none.
        """
        visit = self._find(callid, queue, lambda each: not each.outcome)
        if visit is None:
            known = self._over.get(callid)
            if known is None or known.queue != queue or known.left_at != ms or known.outcome != outcome:
                return False
            self._emit(known, row)
            return True
        self._depart(visit, ms, outcome, wait, row)
        return True

    def refuse(self, ms: int, row: int, callid: str, queue: str) -> None:
        """A call is not let into a queue: offered and overflowed, without a wait.

        Raises:
            RecordError: the call is none.
        """
        self._emit(Visit(callid, queue, ms, ms, "overflowed", ms, 0), row)

    def wrap(self, ms: int, row: int, agent: str, wrap: int) -> str | None:
        """An agent has work after the last call; its queue, or None where no such call is known.

        Raises:
            RecordError: the wrap is none.
        """
        visit = self._last.get(agent)
        if visit is None or visit.ended is None or not -_WRAP_MS <= ms - visit.ended <= _WRAP_MS:
            return None
        before = visit.wrap, visit.updated
        visit.wrap, visit.updated = wrap, max(ms, visit.updated + (visit.wrap is None))
        try:
            self._emit(visit, row)
        except RecordError:
            visit.wrap, visit.updated = before
            raise
        return visit.queue

    def restart(self, ms: int, row: int) -> int:
        """Asterisk starts: no call that was open goes on; the number of those that waited."""
        waiting = [visit for visit in self._all_open() if not visit.outcome]
        for at, visit in enumerate(waiting):
            self._depart(visit, max(ms, visit.offered), "overflowed", None, -row if at else row)
        self._open.clear()
        return len(waiting)

    def forget(self, before: int) -> None:
        """Forget the visits of which nothing was said since an instant."""
        for callid in {visit.callid for visit in self._all_open() if visit.updated < before}:
            if all(visit.updated < before for visit in self._chain(callid)):
                del self._open[callid]

    # --- events whose visit is not known --------------------------------------------------------------

    def settle(self, before: int) -> Iterator[tuple[str, Batch]]:
        """Give up waiting for the visits of events before an instant: the files, and what the events give now."""
        batches: dict[str, Batch] = {}
        due = [callid for callid, orphans in self.orphans.items() if any(each.ms < before for each in orphans)]
        kept = self.batch
        for callid in due:
            for orphan in sorted(self.orphans.pop(callid), key=lambda each: each.ms):
                self.batch = batches.setdefault(orphan.file, Batch())
                try:
                    self._make_up(orphan)
                except RecordError as error:
                    self.batch.dead.append(
                        DeadLetter(orphan.row, str(error), cut(orphan.line), orphan.fields[2], orphan.ms)
                    )
        self.batch = kept
        yield from batches.items()

    def _make_up(self, orphan: Orphan) -> None:
        """Apply an event without its visit: to the visit that it most likely is of, else to one that its seconds give.

        Raises:
            RecordError: its seconds do not say when the call came.
        """
        ms, row, fields = orphan.ms, orphan.row, orphan.fields
        _, callid, queue, agent, event = fields[:5]
        taker = None if agent in ("", "NONE") else agent
        if event == "CONNECT":
            hold = seconds(fields[5], "hold")
            if not self.connect(ms, row, callid, queue, taker, hold):
                visit = self._made_up(callid, queue, ms, hold, row)
                self._answer(visit, ms, hold, taker, ms, row)
                visit.before, self._open[callid] = self._open.get(callid), visit
        elif event in COMPLETED:
            self._make_up_end(orphan, taker)
        else:
            outcome, place = LEFT[event]
            wait = None if place is None else seconds(fields[place], "wait_seconds")
            if not self.leave(ms, row, callid, queue, outcome, wait):
                self._depart(self._made_up(callid, queue, ms, wait, row), ms, outcome, wait, row)

    def _make_up_end(self, orphan: Orphan, agent: str | None) -> None:
        """Apply the end of a call: to the visit that an agent took, else to one that waits in this queue.

        Raises:
            RecordError: as `_make_up`.
        """
        ms, row = orphan.ms, orphan.row
        _, callid, queue, *_ = orphan.fields
        hold, talk = completed(orphan.fields)
        if self.complete(ms, row, callid, queue, agent, talk):
            return
        visit = self._find(callid, None, lambda each: bool(each.outcome))
        if visit is None:
            visit = self._find(callid, queue, lambda each: not each.outcome)
            taken = ms if talk is None else ms - talk
            if visit is None:
                visit = self._made_up(callid, queue, taken, None if talk is None else hold, row)
            self._answer(visit, taken, hold, agent, ms, None)
        self._end(visit, ms, row, talk)

    def _made_up(self, callid: str, queue: str, left: int, wait: int | None, row: int) -> Visit:
        """The visit of a call that left at an instant after a wait; one that waits in another queue is over then.

        Raises:
            RecordError: the wait is not known.
        """
        if wait is None:
            raise RecordError(
                f"offered_at: no ENTERQUEUE of this call in queue {queue} is there, and the line does not say how "
                "long it waited"
            )
        visit = Visit(callid, queue, left - wait, left - wait)
        waiting = self._find(callid, None, lambda each: not each.outcome)
        if waiting is not None:
            self._move_on(waiting, visit.offered, row)
        return visit

    # --- visits -------------------------------------------------------------------------------------

    def _all_open(self) -> list[Visit]:
        return [visit for callid in self._open for visit in self._chain(callid)]

    def _chain(self, callid: str) -> Iterator[Visit]:
        """The open visits of a call, the last one first."""
        visit = self._open.get(callid)
        while visit is not None:
            yield visit
            visit = visit.before

    def _find(self, callid: str, queue: str | None, fits: Callable[[Visit], bool]) -> Visit | None:
        visit = self._open.get(callid)
        while visit is not None:
            if (queue is None or visit.queue == queue) and fits(visit):
                return visit
            visit = visit.before
        return None

    def _answer(self, visit: Visit, ms: int, hold: int | None, agent: str | None, line: int, row: int | None) -> None:
        """A visit is answered at `ms`, as the line of the instant `line` says; a copy of it is of that `row`."""
        before = visit.updated
        visit.outcome, visit.agent, visit.left_at, visit.updated = "answered", agent, ms, max(line, before)
        self._measure(visit, ms, hold)
        if row is not None:
            try:
                self._emit(visit, row)
            except RecordError:
                visit.outcome, visit.agent, visit.left_at, visit.updated = "", None, None, before
                visit.exited = visit.wait = None
                raise

    def _end(self, visit: Visit, ms: int, row: int, talk: int | None) -> None:
        before = visit.updated
        if talk is None:
            talk = max(0, ms - (ms if visit.left_at is None else visit.left_at))
        visit.talk, visit.ended, visit.updated = talk, ms, max(ms, before)
        try:
            self._emit(visit, row)
        except RecordError:
            visit.talk, visit.ended, visit.updated = None, None, before
            raise
        if visit.agent is not None:
            self._last[visit.agent] = visit
        self._close(visit, ms)

    def _depart(self, visit: Visit, ms: int, outcome: str, wait: int | None, row: int) -> None:
        before = visit.updated
        visit.outcome, visit.left_at, visit.updated = outcome, ms, max(ms, before)
        self._measure(visit, ms, wait)
        try:
            self._emit(visit, row)
        except RecordError:
            visit.outcome, visit.left_at, visit.updated = "", None, before
            visit.exited = visit.wait = None
            raise
        self._close(visit, ms)

    def _move_on(self, visit: Visit, ms: int, row: int) -> None:
        """A call that waits turns up elsewhere: it has left this queue."""
        self._depart(visit, max(ms, visit.offered), "overflowed", None, -row)

    def _measure(self, visit: Visit, ms: int, logged: int | None) -> None:
        """The wait is the difference of two instants, unless Asterisk's own whole seconds contradict it."""
        visit.exited, visit.wait = ms, None
        if logged is not None and abs(ms - visit.offered - logged) > _ROUNDED_MS + self._skew(visit.queue):
            visit.exited, visit.wait = visit.offered + logged, logged

    def _close(self, visit: Visit, ms: int) -> None:
        """A visit is over."""
        callid = visit.callid
        at = self._open.get(callid)
        if at is visit:
            if visit.before is None:
                del self._open[callid]
            else:
                self._open[callid] = visit.before
        elif at is not None:
            for later in self._chain(callid):
                if later.before is visit:
                    later.before = visit.before
                    break
        visit.before = None
        self._over[callid] = visit
        forget = self._forget
        forget.append((ms, callid, visit))
        while forget[0][0] < ms - _KNOWN_MS:
            _, old, gone = forget.popleft()
            if self._over.get(old) is gone:
                del self._over[old]

    def _emit(self, visit: Visit, row: int) -> None:
        """Hand on a copy of a visit.

        Raises:
            RecordError: it cannot be counted.
        """
        queue = visit.queue
        skew = self._skews.get(queue)
        record: Contact = admit_contact(
            visit.callid, visit.offered, visit.outcome, visit.exited, visit.wait, visit.talk, None, visit.wrap,
            visit.updated, visit.agent, None, None, None, self._skew(queue) if skew is None else skew,
        )  # fmt: skip
        batch = self.batch
        batch.queues.append(queue)
        batch.records.append(record)
        batch.rows.append(row)

    def _skew(self, queue: str) -> int:
        skew = self._skews.get(queue)
        if skew is None:
            skew = self._skews[queue] = self._skew_ms(queue)
        return skew
