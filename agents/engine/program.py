"""The state machine of one program: local days of its queues in, breaches out.

The second kind of engine. A queue sends each local day once (`agents.evaluations.queue_days`); a day of the
program is judged when every queue that is open then has sent it. The order in which queues send the same day
does not change the verdicts:

- a queue is waited for up to three days, so that an outage of one worker delays verdicts and changes none;
- a queue that tells its first day counts from its second on (with both), since nobody could wait for it.

Its state is what the queues sent this month, one cell a record, and the breaches that are open.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from agents.intervals.counters import RecordCounters
from agents.intervals.outputs import BreachEvent
from agents.rules.lifecycle import BreachLog, RuleState, RuleStates
from agents.rules.observations import IntervalContext, Verdict
from agents.rules.registry import MONTH_RULES, verdicts
from agents.rules.status import QueueStatus
from agents.rules.words.messages import BreachContext, program_messages
from agents.state.store import Commit, StateStore, furthest_manifest, manifest_keys
from config.settings import QueueSettings, in_force
from copc.quality import Family
from streams.quality.month import Month, Score, month_name, score_by
from streams.results import IntervalResult
from streams.told.queue_day import QueueDay, decode_queue_day, encode_queue_day

__all__ = ["ProgramEngine", "program_of"]

_MARK: Final = "\x00"
"""Before a program's name in the store: no queue's name holds it."""

_WAIT_DAYS: Final = 3
"""Days that the others may be ahead of a queue before they go on without it."""


class _Progress(msgspec.Struct, array_like=True):
    """How far one queue has come."""

    first: int
    """The first local day (proleptic ordinal) it sent."""
    last: int
    """The last one it sent wholly."""
    next_open: int
    """The next one it is open on."""
    parts: int = 0
    """Parts sent of a day that is not sent wholly."""


class _Manifest(msgspec.Struct, array_like=True):
    """The committed state but for its cells. Fields are appended, never reordered."""

    applied_offsets: dict[str, int] = {}
    """Source -> the last offset that is in the state."""
    versions: dict[str, str] = {}
    counter: int = 0
    queues: dict[str, _Progress] = {}
    records: list[tuple[int, str, int]] = []
    """Day, queue and part of the records kept, in order of arrival."""
    judged: int | None = None
    """The last local day that has been judged."""
    rule_states: RuleStates = {}


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Manifest).decode


class ProgramEngine:
    """One program: `apply_record` what its queues tell, `commit` the state.

    Args:
        versions: the program's settings, one a parameter version, in order of their `parameters_from_ms`.
        store: committed state, as for `agents.engine.queue.QueueEngine`.
        writer: a name no other live process has (`agents.state.store`).
        manifests: store keys of the program's manifests; None: look for them.
    """

    def __init__(
        self,
        versions: Sequence[QueueSettings],
        store: Mapping[bytes, bytes],
        writer: str = "",
        manifests: Sequence[bytes] | None = None,
    ) -> None:
        self.versions = tuple(versions)
        self.program = self.versions[-1].program
        self.counters = RecordCounters()
        self.status = QueueStatus(self.counters)
        self.owner = f"{_MARK}{self.program}"
        """The name its entries in the store have."""
        self._cells = StateStore(store, self.owner, writer)
        found = manifest_keys(store).get(self.owner, ()) if manifests is None else manifests
        self._manifest = furthest_manifest(store, found, _DECODE, self._cells) or _Manifest()
        self._cells.versions, self._cells.counter = self._manifest.versions, self._manifest.counter
        self._log = BreachLog(self._manifest.rule_states, program_messages)
        self._dirty = False
        self._days: dict[tuple[int, str, int], QueueDay] = {}
        """Records as read from their cells."""
        self._sheets: dict[Family, Score] | None = None
        self.status.restore(None, self._manifest.rule_states, ())

    # --- what a shell calls -------------------------------------------------------------------------

    def applied_offset(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none: what is not newer is skipped."""
        return self._manifest.applied_offsets.get(source, -1)

    def mark_applied(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""
        self._manifest.applied_offsets[source] = offset
        self._dirty = True

    def apply_record(self, day: QueueDay) -> None:
        """Apply one day of a queue; a day that was sent before changes nothing."""
        manifest, ordinal = self._manifest, day.day.toordinal()
        progress = manifest.queues.get(day.queue)
        if progress is not None and (ordinal <= progress.last or day.part < progress.parts):
            self.counters.duplicate += 1
            return
        self.counters.accepted += 1
        self._dirty, self._sheets = True, None
        if progress is None:
            progress = manifest.queues[day.queue] = _Progress(ordinal, ordinal - 1, ordinal)
        key = (ordinal, day.queue, day.part)
        self._cells.create(_name(key), encode_queue_day(day))
        self._days[key] = day
        manifest.records.append(key)
        if day.last:
            progress.last, progress.next_open, progress.parts = ordinal, day.next_day.toordinal(), 0
        else:
            progress.parts = day.part + 1
        self._judge_ready()

    def finish(self) -> None:
        """Judge what is left: nothing more comes (replay)."""
        while self._next() is not None:
            self._judge_next()

    def take(self) -> list[BreachEvent]:
        """Breach records since the last call, in order."""
        events = self._log.take()
        for event in events:
            self.status.breach(event)
        return [BreachEvent(event) for event in events]

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed; see `agents.state.store` for the order."""
        if not self._dirty:
            return None
        self._dirty = False
        self._manifest.versions, self._manifest.counter = self._cells.versions, self._cells.counter
        return self._cells.commit(_ENCODE(self._manifest))

    def month(self) -> Month | None:
        """The month of the last day that was sent, as far as it was; None before any."""
        if not self._manifest.records:
            return None
        latest = max(self._manifest.records)[0]
        return self._month(dt.date.fromordinal(latest), latest, set(self._manifest.queues))

    def sheets(self) -> dict[Family, Score]:
        """Right and n of the month's transactions chosen at random, by family."""
        if self._sheets is None:
            month = self.month()
            found = {} if month is None else score_by(month.of("random"), lambda _: "")
            self._sheets = {family: sheet for (_, family), sheet in sorted(found.items())}
        return self._sheets

    # --- days ---------------------------------------------------------------------------------------

    def _judge_ready(self) -> None:
        while self._is_ready():
            self._judge_next()

    def _next(self) -> int | None:
        """The next day to be judged, None where there is none."""
        manifest = self._manifest
        begin = min((progress.first for progress in manifest.queues.values()), default=0)
        days = {
            day
            for day, queue, _ in manifest.records
            if day <= manifest.queues[queue].last and (day == begin or manifest.queues[queue].first < day)
        }
        return min((day for day in days if manifest.judged is None or day > manifest.judged), default=None)

    def _is_ready(self) -> bool:
        day = self._next()
        if day is None:
            return False
        latest = max(progress.last for progress in self._manifest.queues.values())
        members = [progress for progress in self._manifest.queues.values() if progress.first < day]
        if not members:
            return latest > day
        return all(
            progress.last >= day or progress.next_open > day or latest - progress.next_open >= _WAIT_DAYS
            for progress in members
        )

    def _judge_next(self) -> None:
        ordinal = self._next()
        assert ordinal is not None  # noqa: S101 - the caller asked
        manifest, day = self._manifest, dt.date.fromordinal(ordinal)
        members = {queue for queue, progress in manifest.queues.items() if progress.first < ordinal}
        queues = members or set(manifest.queues)
        before = None if manifest.judged is None else dt.date.fromordinal(manifest.judged)
        manifest.judged = ordinal
        self._dirty = True
        month = self._month(day, ordinal, queues)
        context = self._case(day, queues)
        if before is not None and month_name(before) != month_name(day):
            self._end_month(context)
        for verdict in verdicts(month, day, context.settings):
            self._apply(verdict, context)
        self._forget(day)

    def _month(self, day: dt.date, upto: int, queues: set[str]) -> Month:
        month = Month(month_name(day))
        for key in sorted(self._manifest.records):
            if key[0] <= upto and key[1] in queues:
                month.add(self._record(key))
        return month

    def _record(self, key: tuple[int, str, int]) -> QueueDay:
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = decode_queue_day(self._cells.require(_name(key)))
        return found

    def _case(self, day: dt.date, queues: set[str]) -> IntervalContext:
        """The last interval of the program's day."""
        progress = [
            self._record(key) for key in self._manifest.records if key[0] == day.toordinal() and key[1] in queues
        ]
        if not progress:  # the day of a queue that counts from tomorrow on
            progress = [self._record(key) for key in self._manifest.records if key[0] == day.toordinal()]
        start = max(record.interval_start_ms for record in progress)
        settings = in_force(self.versions, start)
        result = IntervalResult(self.program, parameters_version=settings.parameters_version)
        told = {"day": day.isoformat(), "vocabulary": settings.vocabulary}
        return IntervalContext(result, settings, start, told=told)

    def _forget(self, day: dt.date) -> None:
        """Drop what no month from this day's on needs: an overnight day may speak of the month that begins in it."""
        first = day.replace(day=1).toordinal() - 1
        old = [key for key in self._manifest.records if key[0] < first]
        if old:
            self._cells.remove(map(_name, old))
            self._manifest.records = [key for key in self._manifest.records if key[0] >= first]
            for key in old:
                self._days.pop(key, None)

    # --- breaches -----------------------------------------------------------------------------------

    def _apply(self, verdict: Verdict, context: IntervalContext) -> None:
        """A rule over the month, which one look opens and one look resolves."""
        context = replace(context, told={**context.told, **verdict.facts})
        key, observation = (verdict.rule, verdict.scope), verdict.observation
        scopes = self._manifest.rule_states.setdefault(verdict.rule, {})
        rule_state, breach_context = scopes.get(verdict.scope), BreachContext(observation=observation)
        if rule_state is not None:
            self._log.update(
                key, rule_state, verdict.severity, observation, breach_context, context, over=not observation.outside
            )
            if rule_state.breach is None:
                del scopes[verdict.scope]
        elif observation.outside:
            rule_state = scopes[verdict.scope] = RuleState()
            self._log.open(key, rule_state, context.start_ms, verdict.severity, observation, breach_context, context)

    def _end_month(self, context: IntervalContext) -> None:
        """The figures begin anew: what is open was not seen to recover."""
        for rule in MONTH_RULES:
            for scope, rule_state in sorted(self._manifest.rule_states.pop(rule, {}).items()):
                self._log.resolve((rule, scope), rule_state, "month_ended", BreachContext(), context)


def program_of(owner: str) -> str | None:
    """The program whose entries in the store have the name `owner`; None: they are a queue's."""
    return owner.removeprefix(_MARK) if owner.startswith(_MARK) else None


def _name(key: tuple[int, str, int]) -> str:
    day, queue, part = key
    return f"d{day}.{part}.{queue}"
