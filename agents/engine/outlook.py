"""The inputs of projections that a queue's engine gathers, and its learning from days that are over.

A projection is made elsewhere, of the inputs gathered here (`agents.projection`): by whoever shows it, once a minute
for the rules, and at the times of day that are exported. Here it is decided what of the day is known at a moment, and
when a local day is over and can be learned from. Both hang on the records before and on nothing else, so that live and
replay agree.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import structs

from agents.engine.contacts import ContactStore
from agents.engine.differences import result_of
from agents.engine.manifest import Manifest
from agents.engine.results import ResultBuilder
from agents.intervals.calendar import Calendar, OpenDay
from agents.intervals.counts import NEVER, IntervalCounts
from agents.intervals.outputs import Projected
from agents.planning.at_once import is_told
from agents.planning.plans import Planned
from agents.planning.reference import PlanAndStaffing
from agents.projection.gathering import goal_of, with_day, without_day
from agents.projection.inputs import IntervalAhead, Note, QueueAhead
from agents.projection.known import DayKnown, Forecast, Known, known_of
from agents.projection.learned import Learned, LivedInterval
from agents.projection.project import project_one
from agents.state.store import StateStore
from config.settings import QueueSettings

__all__ = ["Outlook"]

_AHEAD_DAYS: Final = 40
"""How far the next time of day is looked for."""
_KEPT_MS: Final = 2 * 86_400_000
"""Final intervals must be kept so long, or nobody knows a day after a restart."""


class Outlook:
    """The rest of one queue's day, as far as its state can tell.

    Args:
        manifest: of the queue's state.
        cells: its cells.
        settings_at: the settings in force for an interval's start.
        calendar: of the queue.
        contacts: its sums.
        staffing_plan: its plans and agents.
        builder: its rows.
        dormant_ms: an instant after which the queue is dormant, as things stand.
    """

    def __init__(
        self,
        manifest: Manifest,
        cells: StateStore,
        settings_at: Callable[[int], QueueSettings],
        calendar: Calendar,
        contacts: ContactStore,
        staffing_plan: PlanAndStaffing,
        builder: ResultBuilder,
        dormant_ms: Callable[[], int],
    ) -> None:
        self._manifest = manifest
        self._settings_at = settings_at
        self._calendar = calendar
        self._contacts = contacts
        self._staffing_plan = staffing_plan
        self._builder = builder
        self._dormant_ms = dormant_ms
        self._learned = Learned(cells)
        self._length = calendar.interval_ms
        self._so_far: tuple[int, int, DayKnown] | None = None
        """Day, place behind the last interval taken in, and what the final intervals of it come to."""
        self._forecasts: tuple[int, int, dict[int, Forecast]] = (0, -1, {})
        """Day, number of plan rows by then, and the forecast of each interval."""
        anchor = manifest.anchor_ms
        self.next_ms = self._next_time(manifest.watermark if manifest.watermark != NEVER else anchor or 0)
        """The next instant at which a projection is to be made."""

    # --- times of the day ------------------------------------------------------------------------------

    def make(self, now_ms: int, limit_ms: int | None) -> Iterator[Projected]:
        """The projections that are due when the watermark has reached an instant, and none before."""
        while (moment := self.next_ms) <= now_ms:
            self.next_ms = self._next_time(moment)
            if moment <= self._dormant_ms() and (limit_ms is None or moment <= limit_ms):
                inputs = self.inputs(moment)
                if moment in self._middles(self._calendar.local_date(moment)):
                    self._note_middle(inputs)
                if moment in self._times(self._calendar.local_date(moment)):
                    yield Projected(moment, inputs)

    def _note_middle(self, inputs: QueueAhead) -> None:
        day = project_one(inputs, inputs.known_ms).day
        if day is not None and day.plain is not None and day.deviation and self._learned.day is not None:
            self._learned.note_middle(day.plain, day.deviation)

    def _next_time(self, after_ms: int) -> int:
        date = self._calendar.local_date(after_ms)
        for each in range(_AHEAD_DAYS):
            on = date + dt.timedelta(days=each)
            ahead = [moment for moment in (*self._times(on), *self._middles(on)) if moment > after_ms]
            if ahead:
                return min(ahead)
        return -NEVER

    def _times(self, date: dt.date) -> list[int]:
        """The times of a date at which projections are exported; none on a closed day."""
        if not self._calendar.day(date).spans:
            return []
        zone = self._calendar.zone
        noon = int(dt.datetime.combine(date, dt.time(12), tzinfo=zone).timestamp() * 1000)
        return [
            int(dt.datetime.combine(date, dt.time(*divmod(minute, 60)), tzinfo=zone).timestamp() * 1000)
            for minute in self._settings_at(noon).projections
        ]

    def _middles(self, date: dt.date) -> list[int]:
        """The middle of the open day that begins on a date."""
        day = self._calendar.day(date)
        return [(day.begin_ms + day.end_ms) // 2] if day.spans else []

    # --- days that are over ----------------------------------------------------------------------------

    def close(self, start: int) -> None:
        """Note that an interval is about to be final."""
        self.end_days(start)
        day = self._calendar.open_day(start)
        if day is not None and self._learned.day is None:
            self._learned.begin(day.date.toordinal())

    def end_days(self, through: int) -> None:
        """Learn from the day that is over when every interval that starts before an instant is final."""
        ordinal = self._learned.day
        if ordinal is None:
            return
        day = self._calendar.day(dt.date.fromordinal(ordinal))
        if not day.spans or through >= day.end_ms:
            kept = self._settings_at(through).correction_ms >= _KEPT_MS
            lived = [
                each for start in self._calendar.starts_of(day) if kept and (each := self._lived(start)) is not None
            ]
            self._learned.end(lived, self._length)
            self._so_far = None
            self._forecasts = (0, -1, {})

    def _lived(self, start: int) -> LivedInterval | None:
        found = self._final(start)
        return None if found is None else LivedInterval(*found, self._hour(start), self._calendar.slot(start))

    def write(self) -> None:
        """Put what was learned into cells; the manifest commits them."""
        self._learned.write()

    # --- the day that goes on ---------------------------------------------------------------------------

    def inputs(self, now_ms: int) -> QueueAhead:
        """Everything known at an instant, by which no record is left out that has been applied."""
        settings = self._settings_at(now_ms)
        day = self._calendar.current_day(now_ms)
        queue = QueueAhead(
            self._builder.program_at(now_ms), settings.queue, self._builder.channel_at(now_ms), settings.timezone,
            settings.parameters_version, self._length, now_ms, goal=goal_of(settings),
        )  # fmt: skip
        if settings.correction_ms < _KEPT_MS:
            return structs.replace(queue, notes=(Note("not_kept"),))
        if day is None:
            return without_day(queue, self._calendar)
        return self._of_day(queue, day, settings, now_ms)

    def _of_day(self, queue: QueueAhead, day: OpenDay, settings: QueueSettings, now_ms: int) -> QueueAhead:
        starts = self._calendar.starts_of(day)
        through = self._contacts.state.closed_through
        final = self._final_part(day, starts, through)
        known_ms, rest = now_ms, []
        lately: list[tuple[Known, Forecast, int, int]] = []
        silent = final.last is not None and final.last.missing
        by_contacts = self._builder.by_contacts(self._calendar.start_of(now_ms))
        if not by_contacts:
            known_ms = min(now_ms, max([through, *(self._as_of(at) for at in self._contacts.open_counts)]))
        open_known: Known | None = None
        for start in starts:
            if start < through:
                continue
            if start < known_ms:
                known = self._unfinished(start, known_ms, settings)
                counts = self._contacts.open_counts.get(start)
                silent = silent and (counts is None or not counts.has_data())
                if silent:  # nobody knows whether it is quiet or its feed is still broken
                    known = known._replace(offered=None, counted=0.0, good=0.0, missing=True)
                lately.append((known, self._forecast(start), self._hour(start), self._length))
                if known.share >= 1:
                    continue
                open_known = known
            rest.append(self._ahead(start, open_known if start < known_ms else None))
        so_far = final.and_these(lately)
        waiting = float(self._waiting(by_contacts))
        queue = structs.replace(queue, known_ms=known_ms, waiting=waiting, record=self._learned.record)
        return with_day(queue, day, rest, so_far, settings, self._manifest.last_data_end, open_known)

    def _hour(self, start: int) -> int:
        return self._calendar.slot(start)[1] // 60

    def _final_part(self, day: OpenDay, starts: list[int], through: int) -> DayKnown:
        """The sums of a day's final intervals; a correction among them has them made anew."""
        revised, self._contacts.final.revised = self._contacts.final.revised, False
        ordinal, held = day.date.toordinal(), self._so_far
        if held is None or held[0] != ordinal or revised:
            held = ordinal, 0, DayKnown(self._learned.volume, self._learned.handling)
        _, place, known = held
        while place < len(starts) and starts[place] < through:
            start = starts[place]
            found = self._final(start)
            if found is not None:
                known.add(*found, self._hour(start), self._length)
                self._note_several(known, start)
            place += 1
        self._so_far = ordinal, place, known
        return known

    def _note_several(self, known: DayKnown, start: int) -> None:
        """Add a final interval to what tells how many contacts agents had at once, where states and contacts do."""
        interval = self._contacts.final.peek(start)
        if interval is None or not is_told(self._settings_at(start)):
            return
        time = self._staffing_plan.staffing.time(start)
        handling_ms = interval.counts.occupied_ms or result_of(interval.figures).handle_ms
        if time is not None and not time.undivided and time.occupied_ms and handling_ms:
            known.handling_ms += handling_ms
            known.with_contact_ms += time.occupied_ms

    def _final(self, start: int) -> tuple[Known, Forecast] | None:
        """A final interval and its own forecast; None: it has no row, and nobody knows of it."""
        interval = self._contacts.final.peek(start)
        if interval is None or not interval.revision:
            anchor = self._manifest.anchor_ms
            if anchor is None or start < self._calendar.start_of(anchor) or self._calendar.has_hours(start):
                return None
            return Known(start, 0, 0, None, None, None, 0, 0), self._with_plan(start, None)
        overflow = self._settings_at(start).service_level.overflow_counts
        reference, result = interval.reference, result_of(interval.figures)
        known = known_of(result, overflow_counts=overflow, odd=bool(interval.breaches), cv=reference.cv)
        return known, self._with_plan(start, reference.plan)

    def _unfinished(self, start: int, known_ms: int, settings: QueueSettings) -> Known:
        """An interval that is over or open, and not final."""
        counts = self._contacts.open_counts.get(start) or IntervalCounts(start)
        reference = self._staffing_plan.reference(start)
        result, _ = self._builder.make(counts, reference, revision=0, status="provisional")
        share = min((known_ms - start) / self._length, 1.0)
        return known_of(result, overflow_counts=settings.service_level.overflow_counts, share=share, cv=reference.cv)

    def _as_of(self, start: int) -> int:
        snapshot = self._contacts.open_counts[start].snapshot
        return NEVER if snapshot is None else snapshot.as_of_ms

    def _ahead(self, start: int, known: Known | None) -> IntervalAhead:
        forecast = self._forecast(start)
        hour = self._hour(start)
        if known is None:
            return IntervalAhead(start, hour, *forecast)
        return IntervalAhead(start, hour, *forecast, known.offered or 0, known.good, known.counted)

    def _forecast(self, start: int) -> Forecast:
        """The plan's figures, else the queue's own; looked up once a day, as long as no plan comes."""
        day = self._calendar.open_day(start)
        ordinal, rows = 0 if day is None else day.date.toordinal(), self._staffing_plan.plan_rows
        if self._forecasts[:2] != (ordinal, rows):
            self._forecasts = ordinal, rows, {}
        found = self._forecasts[2].get(start)
        if found is None:
            found = self._forecasts[2][start] = self._with_plan(start, self._staffing_plan.reference(start).plan)
        return found

    def _with_plan(self, start: int, plan: Planned | None) -> Forecast:
        own = self._learned.slot(self._calendar.slot(start))
        return own if plan is None else own.with_plan(plan.offered, plan.aht_seconds, plan.scheduled)

    def _waiting(self, by_contacts: bool) -> int:
        """Contacts that wait now."""
        counts = self._contacts.open_counts
        if by_contacts:
            return max(0, sum(c.offered - c.answered - c.abandoned - c.overflowed - c.lost for c in counts.values()))
        rows = [each.snapshot for _, each in sorted(counts.items()) if each.snapshot is not None]
        return max(0, rows[-1].waiting or 0) if rows else 0
