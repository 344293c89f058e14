"""The monitored transactions of one queue: which copy of an evaluation counts, and which are still to be told.

Evaluations rest in cells by the local day on which their contact was handled, for as long as their calendar
month can be corrected: until `correction_days` after its end. A record that comes later is refused as too
late, by what the record itself says where it can be, so that order within grace decides nothing.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from agents.intervals.arrivals import Arrival, RecordRefused
from agents.intervals.counts import NEVER
from agents.state.store import StateStore
from config.settings import QueueSettings
from config.timestamps import rfc3339
from streams.records import Evaluation
from streams.results import Row

__all__ = ["EvaluationBook", "EvaluationState", "evaluation_row"]

_DAY_MS: Final = 86_400_000
_PENDING: Final = "ev.pending"
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[Evaluation]).decode


class EvaluationState(msgspec.Struct, array_like=True):
    """The part that the manifest holds. Fields are appended, never reordered."""

    first_day: int = 0
    """Local day (proleptic ordinal) of the oldest block of evaluations that may be there."""
    last_day: int = -1
    """Local day of the newest block; before `first_day` where there is none."""
    latest_ms: int = NEVER
    """The greatest `evaluated_at`."""
    pending: bool = False
    """Whether there are evaluations that no program-day has told of."""


class EvaluationBook:
    """Evaluations of one queue.

    Args:
        state: from the manifest; kept up to date in place, complete after `write`.
        cells: the queue's cells.
        settings: the queue's latest settings: local time, correction and grace are theirs.
    """

    def __init__(self, state: EvaluationState, cells: StateStore, settings: QueueSettings) -> None:
        self.state = state
        self._cells = cells
        self._zone = ZoneInfo(settings.timezone)
        self._correction_ms, self._grace_ms = settings.correction_ms, settings.grace_ms
        self._blocks: dict[int, dict[str, Evaluation]] = {}
        """Blocks read since the last `write`, by local day."""
        self._changed: set[int] = set()
        self._day_of: dict[str, int] | None = None
        self._pending: dict[str, list[Evaluation]] | None = None
        """Copies by id that have not been told, in the order of the log. A copy stays beside a later one: it may belong
        to an earlier day."""
        self._pending_changed = False

    def add(self, evaluation: Evaluation, closed_through: int) -> Arrival | None:
        """Count an evaluation, replacing the copy that counted before.

        Args:
            evaluation: the record.
            closed_through: intervals that start before it are final.

        Returns:
            None: a later copy counts.

        Raises:
            RecordRefused: too late to correct.
        """
        day, name = self._ordinal(evaluation.handled_ms), evaluation.evaluation_id
        if day < self._oldest(max(evaluation.evaluated_ms, self._horizon(closed_through))):
            days = self._correction_ms / _DAY_MS
            raise RecordRefused(
                f"too_late: handled_at lies in a month that has been over for more than correction_days ({days:g})",
                evaluation,
            )
        index = self._index()
        known = index.get(name)
        arrival = Arrival.ACCEPTED
        if known is not None:
            before = self._block(known)[name]
            if before == evaluation:
                return Arrival.DUPLICATE
            if evaluation.evaluated_ms < before.evaluated_ms:
                if before in self._waiting().get(name, ()):
                    self._await(evaluation)
                return None
            if evaluation.evaluated_ms == before.evaluated_ms:
                arrival = Arrival.RESTATED
            if known != day:
                del self._block(known)[name]
                self._changed.add(known)
        self._keep(day, evaluation)
        index[name] = day
        self._await(evaluation)
        return arrival

    def _keep(self, day: int, evaluation: Evaluation) -> None:
        state = self.state
        if state.last_day < state.first_day:
            state.first_day = state.last_day = day
        state.first_day, state.last_day = min(state.first_day, day), max(state.last_day, day)
        state.latest_ms = max(state.latest_ms, evaluation.evaluated_ms)
        self._block(day)[evaluation.evaluation_id] = evaluation
        self._changed.add(day)

    def _await(self, evaluation: Evaluation) -> None:
        copies = self._waiting().setdefault(evaluation.evaluation_id, [])
        if evaluation in copies:
            copies.remove(evaluation)
        copies.append(evaluation)
        self.state.pending = self._pending_changed = True

    def take(self, due: Callable[[Evaluation], bool]) -> list[Evaluation]:
        """Evaluations not told so far that are `due`, by id, each in its latest due copy: they are told now."""
        if not self.state.pending:
            return []
        waiting = self._waiting()
        taken: list[Evaluation] = []
        for name in sorted(waiting):
            ready = [copy for copy in waiting[name] if due(copy)]
            if ready:
                # The later one in the log among those of one moment: `max` gives the first of equal ones.
                taken.append(max(reversed(ready), key=lambda copy: copy.evaluated_ms))
                waiting[name] = [copy for copy in waiting[name] if copy not in ready]
                if not waiting[name]:
                    del waiting[name]
        self._pending_changed = True
        self.state.pending = bool(waiting)
        return taken

    def forget_old(self, closed_through: int) -> None:
        """Drop the months that are beyond correction."""
        state = self.state
        if state.last_day < state.first_day:
            return
        oldest = self._oldest(self._horizon(closed_through))
        while state.first_day < oldest and state.first_day <= state.last_day:
            day = state.first_day
            if day in self._blocks or self._cells.read(_name(day)) is not None:
                if self._day_of is not None:
                    for name in self._block(day):
                        del self._day_of[name]
                self._cells.remove([_name(day)])
                self._blocks.pop(day, None)
                self._changed.discard(day)
            state.first_day += 1

    def write(self) -> None:
        """Put everything that changed into cells; the manifest commits it."""
        for day in sorted(self._changed):
            self._cells.replace(_name(day), _ENCODE(list(self._blocks[day].values())))
        if self._pending_changed:
            self._cells.replace(_PENDING, _ENCODE([copy for copies in self._waiting().values() for copy in copies]))
        self._changed.clear()
        self._blocks.clear()
        self._pending_changed = False

    def _block(self, day: int) -> dict[str, Evaluation]:
        block = self._blocks.get(day)
        if block is None:
            blob = self._cells.read(_name(day))
            block = {} if blob is None else {each.evaluation_id: each for each in _DECODE(blob)}
            self._blocks[day] = block
        return block

    def _index(self) -> dict[str, int]:
        """The block of every evaluation."""
        if self._day_of is None:
            days = range(self.state.first_day, self.state.last_day + 1)
            self._day_of = {name: day for day in days for name in self._block(day)}
        return self._day_of

    def _waiting(self) -> dict[str, list[Evaluation]]:
        if self._pending is None:
            self._pending = {}
            blob = self._cells.read(_PENDING)
            for copy in [] if blob is None else _DECODE(blob):
                self._pending.setdefault(copy.evaluation_id, []).append(copy)
        return self._pending

    def _horizon(self, closed_through: int) -> int:
        """The instant up to which the queue has come, also where its call data has stopped."""
        latest = self.state.latest_ms
        return max(closed_through, latest if latest == NEVER else latest - self._grace_ms - _DAY_MS)

    def _oldest(self, ms: int) -> int:
        """The first day whose month can still be corrected at an instant."""
        return 0 if ms == NEVER else self._date(ms - self._correction_ms).replace(day=1).toordinal()

    def _ordinal(self, ms: int) -> int:
        return self._date(ms).toordinal()

    def _date(self, ms: int) -> dt.date:
        return dt.datetime.fromtimestamp(ms / 1000, self._zone).date()


def evaluation_row(evaluation: Evaluation, program: str, queue: str) -> Row:
    """The columns of an evaluation in the history and its exports."""
    return {
        "program": program,
        "evaluation_id": evaluation.evaluation_id,
        "contact_id": evaluation.contact_id,
        "queue": queue,
        "agent": evaluation.agent,
        "team": evaluation.team,
        "shift": evaluation.shift,
        "handled_at": rfc3339(evaluation.handled_ms),
        "evaluated_at": rfc3339(evaluation.evaluated_ms),
        "evaluator": evaluation.evaluator,
        "selection": evaluation.selection,
        "checks": [{"name": c.name, "family": c.family, "passed": c.passed} for c in evaluation.checks],
    }


def _name(day: int) -> str:
    return f"ev{day}"
