"""The events of a queue_log to records: each row gives a record, none, waits for others, or is a dead letter.

Open calls and agents' states are carried from one file of a source to the next, so that a call that spans the turning
over of the log is one visit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from config.timestamps import rfc3339
from streams.limits import require_years, word
from streams.records import RecordError
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.queue_log.events import (
    COMPLETED,
    LEFT,
    LOGGED_IN,
    LOGGED_OFF,
    NO_FIGURE,
    REFUSED,
    completed,
    seconds,
)
from streams.sources.queue_log.lines import Event, Events, Fields
from streams.sources.queue_log.presence import Presence
from streams.sources.queue_log.visits import Orphan, Visits

__all__ = ["Options", "QueueLog"]

_CALL_FIELDS: Final = 13
"""Fields of a call event at most: more are two lines that ran together."""
_WAITS_MS: Final = 60_000
"""How long the events of a log that is followed wait for their visit."""
_OPEN_MS: Final = 7 * 86_400_000
"""How long a call is remembered of which nothing is heard."""
_LONGEST_WRAP_MS: Final = 31 * 86_400_000
_NOBODY: Final = ("", "NONE")
_NONE: Final = ("", "NONE", "MANAGER", "REALTIME")
"""Words that stand instead of a call's id."""

_Row = Callable[[int, int, Fields], bool | None]
"""Applies an event: whether its row gave a record; None: it waits for others."""


class Options(NamedTuple):
    """A source's own options."""

    count_refused: bool = True
    """Whether calls that were not let in count as offered and overflowed."""
    members: Mapping[str, Sequence[str]] = MappingProxyType({})
    """Queues by agent, of the members that only Asterisk's configuration names."""
    ignored: frozenset[str] = frozenset()
    """Events of a site's own that give no figure."""


class QueueLog:
    """The log of one Asterisk, file by file.

    Args:
        options: the source's.
        skew_ms: clock skew of a queue.
        now: the driver's clock, milliseconds.
    """

    def __init__(self, options: Options, skew_ms: Callable[[str], int], now: Callable[[], int]) -> None:
        self._options = options
        self._skew_ms = skew_ms
        self._now = now
        self._visits = Visits(skew_ms)
        self._presence = Presence(options.members)
        self._file = ""
        self._row = 0
        self._latest = 0
        self._swept = 0
        rows: dict[str, _Row] = {"ENTERQUEUE": self._enter, "CONNECT": self._connect, "QUEUESTART": self._start}
        rows |= dict.fromkeys(COMPLETED, self._complete)
        rows |= {event: partial(self._leave, outcome, place) for event, (outcome, place) in LEFT.items()}
        rows |= dict.fromkeys(REFUSED, self._refuse)
        rows |= dict.fromkeys(LOGGED_IN, self._log_in)
        rows |= dict.fromkeys(LOGGED_OFF, self._log_off)
        rows |= {"ADDMEMBER": self._add, "REMOVEMEMBER": self._remove, "WRAPUPSTART": self._wrap}
        rows |= {"PAUSE": partial(self._pause, True), "UNPAUSE": partial(self._pause, False)}
        rows |= {"PAUSEALL": partial(self._pause_all, True), "UNPAUSEALL": partial(self._pause_all, False)}
        rows |= dict.fromkeys(NO_FIGURE, _nothing)
        rows |= {"RINGNOANSWER": self._ring, "RINGCANCELED": self._ring}
        rows |= dict.fromkeys(options.ignored, _nothing)
        self._rows = rows
        self._line = ""

    def read(self, found: Iterator[Events], file: str, *, follow: bool, more: bool) -> Iterator[Batch]:
        """The records of a file.

        Args:
            found: its events.
            file: its name, as the reader was given it.
            follow: whether the file grows, so that nothing can wait for its end.
            more: whether another file of the source follows.
        """
        self._file = file
        for each in found:
            batch = Batch(read=each.read, dead=each.dead)
            self._visits.batch = self._presence.batch = batch
            self._take(each.events, batch)
            if follow and each.mark is not None:
                # Nothing is written for a while: the driver's clock is the log's.
                self._latest = max(self._latest, self._now())
                self._presence.advance(self._latest, self._row)
            batch.dead.sort(key=lambda letter: letter.row)
            yield batch
            if follow:
                yield from self._settled(self._latest - _WAITS_MS)
        last = Batch()
        self._visits.batch = self._presence.batch = last
        if not more:
            self._presence.advance(self._now(), self._row)
        if last.records:
            yield last
        if not more:
            yield from self._settled(1 << 62)

    def _settled(self, before: int) -> Iterator[Batch]:
        """The batches of events that wait for their visits no longer."""
        for file, batch in self._visits.settle(before):
            batch.file = None if file == self._file else file
            yield batch

    def _take(self, events: Sequence[Event], batch: Batch) -> None:
        """Apply events in their order."""
        rows, presence = self._rows, self._presence
        latest = max((event[0] for event in events), default=0)
        future = latest > (now := self._now())
        for ms, row, fields, line in events:
            event = fields[4]
            apply = rows.get(event)
            try:
                if apply is None or len(fields) > _CALL_FIELDS or (future and ms > now):
                    self._require_plain(ms, now, fields, apply)
                if presence.due <= ms:
                    presence.advance(ms, row)
                self._line = line
                gave = apply(ms, row, fields)  # type: ignore[misc]  # `_require_plain` refuses a row without
            except RecordError as error:
                batch.dead.append(_dead(row, str(error), line, fields, ms))
                continue
            if gave is False:
                batch.filtered += 1
        if events:
            self._row = events[-1][1]
            self._latest = max(self._latest, min(latest, now))
            if self._latest - self._swept > _OPEN_MS // 7:
                self._swept = self._latest
                self._visits.forget(self._latest - _OPEN_MS)

    def _require_plain(self, ms: int, now: int, fields: Fields, apply: _Row | None) -> None:
        """Refuse an event of the future, one that no rule knows, and two lines in one.

        Raises:
            RecordError: it is one of these.
        """
        if ms > now + self._skew_ms(fields[2]):
            raise RecordError(f"in_the_future: time {rfc3339(ms)} is after the clock {rfc3339(now)}")
        if apply is None:
            raise RecordError(
                f"event: {word(fields[4])} is none of queue_log's; "
                "if a dialplan writes it and no figure needs it, name it in ignore_events"
            )
        if len(fields) > _CALL_FIELDS and apply is not _nothing:
            raise RecordError(f"row: has {len(fields)} fields: two lines that ran together")

    # --- calls --------------------------------------------------------------------------------------

    def _enter(self, ms: int, row: int, fields: Fields) -> bool:
        _, callid, queue, *_ = fields
        _require_call(callid, queue)
        self._visits.enter(ms, row, callid, queue)
        if callid in self._visits.orphans:
            self._retry(callid)
        return True

    def _connect(self, ms: int, row: int, fields: Fields) -> bool | None:
        callid, queue, agent = fields[1], fields[2], fields[3]
        _require_call(callid, queue)
        taker = None if agent in _NOBODY else agent
        known = self._visits.connect(ms, row, callid, queue, taker, seconds(fields[5], "hold"))
        if taker is not None:
            self._presence.take(ms, row, taker, callid, queue)
        if not known:
            self._wait(ms, row, fields)
            return None
        if callid in self._visits.orphans:
            self._retry(callid)
        return True

    def _complete(self, ms: int, row: int, fields: Fields) -> bool | None:
        callid, queue, agent = fields[1], fields[2], fields[3]
        _require_call(callid, queue)
        taker = None if agent in _NOBODY else agent
        known = self._visits.complete(ms, row, callid, queue, taker, completed(fields)[1])
        if taker is not None:
            self._presence.end(ms, row, taker, callid)
        if not known:
            self._wait(ms, row, fields)
        return known or None

    def _leave(self, outcome: str, place: int | None, ms: int, row: int, fields: Fields) -> bool | None:
        callid, queue = fields[1], fields[2]
        _require_call(callid, queue)
        wait = None if place is None else seconds(fields[place], "wait_seconds")
        known = self._visits.leave(ms, row, callid, queue, outcome, wait)
        if not known:
            self._wait(ms, row, fields)
        return known or None

    def _refuse(self, ms: int, row: int, fields: Fields) -> bool:
        if not self._options.count_refused:
            return False
        _require_call(fields[1], fields[2])
        self._visits.refuse(ms, row, fields[1], fields[2])
        return True

    def _start(self, ms: int, row: int, _fields: Fields) -> bool:
        overflowed = self._visits.restart(ms, row)
        self._presence.restart(ms, row)
        return overflowed > 0

    def _wait(self, ms: int, row: int, fields: Fields) -> None:
        orphan = Orphan(ms, row, fields, self._line, self._file)
        self._visits.orphans.setdefault(fields[1], []).append(orphan)

    def _retry(self, callid: str) -> None:
        """Apply what waited for a visit of this call."""
        waiting = self._visits.orphans.pop(callid)
        for orphan in sorted(waiting, key=lambda each: each.ms):
            if not self._retried(orphan):
                self._visits.orphans.setdefault(callid, []).append(orphan)

    def _retried(self, orphan: Orphan) -> bool:
        if orphan.file != self._file:
            # Its record is of another file's row, which `settle` sees to.
            return False
        ms, row, fields = orphan.ms, orphan.row, orphan.fields
        callid, queue, agent, event = fields[1:5]
        taker = None if agent in _NOBODY else agent
        try:
            if event == "CONNECT":
                return self._visits.connect(ms, row, callid, queue, taker, seconds(fields[5], "hold"))
            if event in COMPLETED:
                return self._visits.complete(ms, row, callid, queue, taker, completed(fields)[1])
            outcome, place = LEFT[event]
            wait = None if place is None else seconds(fields[place], "wait_seconds")
            return self._visits.leave(ms, row, callid, queue, outcome, wait)
        except RecordError as error:
            self._visits.batch.dead.append(_dead(row, str(error), orphan.line, fields, ms))
            return True

    # --- agents -------------------------------------------------------------------------------------

    def _log_in(self, ms: int, row: int, fields: Fields) -> bool:
        return self._presence.log_in(ms, row, _agent(fields))

    def _log_off(self, ms: int, row: int, fields: Fields) -> bool:
        return self._presence.log_off(ms, row, _agent(fields), seconds(fields[6], "logintime"))

    def _add(self, ms: int, row: int, fields: Fields) -> bool:
        queue = _queue(fields)
        if fields[3] in _NOBODY:
            return False
        return self._presence.add(ms, row, fields[3], queue, paused=fields[5] == "PAUSED")

    def _remove(self, ms: int, row: int, fields: Fields) -> bool:
        queue = _queue(fields)
        if fields[3] in _NOBODY:
            return False
        return self._presence.remove(ms, row, fields[3], queue)

    def _pause(self, pause: bool, ms: int, row: int, fields: Fields) -> bool:
        return self._presence.pause(ms, row, _agent(fields), _queue(fields), fields[5] or None, pause=pause)

    def _pause_all(self, pause: bool, ms: int, row: int, fields: Fields) -> bool:
        return self._presence.pause(ms, row, _agent(fields), None, fields[5] or None, pause=pause)

    def _ring(self, ms: int, row: int, fields: Fields) -> bool:
        if fields[3] not in _NOBODY and fields[2] not in _NOBODY:
            self._presence.meet(ms, row, fields[3], fields[2])
        return False

    def _wrap(self, ms: int, row: int, fields: Fields) -> bool:
        agent = _agent(fields)
        lasts = seconds(fields[5], "wrap_seconds") or 0
        if lasts > _LONGEST_WRAP_MS:
            raise RecordError(f"wrap_seconds: {lasts / 1000:g} is more than 31 days")
        require_years(since=ms + lasts)
        queue = self._visits.wrap(ms, row, agent, lasts)
        at = queue or (None if fields[2] in _NOBODY else fields[2])
        gave = self._presence.wrap(ms, row if queue is None else -row, agent, at, lasts)
        return gave or queue is not None


def _nothing(_ms: int, _row: int, _fields: Fields) -> bool:
    return False


def _require_call(callid: str, queue: str) -> None:
    if queue in _NOBODY:
        raise RecordError("queue: is empty")
    if callid in _NONE:
        raise RecordError(f"contact_id: {word(callid)} names no call" if callid else "contact_id: is empty")


def _agent(fields: Fields) -> str:
    if fields[3] in _NOBODY:
        raise RecordError("agent: is empty")
    return fields[3]


def _queue(fields: Fields) -> str:
    if fields[2] in _NOBODY:
        raise RecordError("queue: is empty")
    return fields[2]


def _dead(row: int, reason: str, line: str, fields: Fields, ms: int) -> DeadLetter:
    return DeadLetter(row, reason, cut(line), None if fields[2] in _NOBODY else fields[2], ms)
