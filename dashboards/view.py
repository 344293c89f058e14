"""What is on the screens: the last days of every queue, fed by rows, wherever they come from.

A worker's own results, the topics a `web` process reads and a history that was there before all end in the
same rows; so the screens are made of rows alone. The view holds no clock and opens no file, and what it
holds is bounded: two local days of every queue.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agents.attribution import attribution
from agents.calendar import Calendar
from config.settings import Configuration, QueueSettings
from dashboards.changes import Subscription
from dashboards.figures import Row, cell_code, figures, rank, short_contacts, verdict
from streams.history.reading import Filters
from streams.history.store import Store
from streams.instants import from_rfc3339, rfc3339
from streams.names import BREACH_COLUMNS, RESULT_COLUMNS, UNASSIGNED

__all__ = ["Acknowledgement", "View"]

_DAY_MS: Final = 86_400_000
_NEVER_SEEN_MS: Final = 3_600_000
"""Open time after which a queue without call data is `never seen` (contract section 5)."""
_STALE_ALLOWANCE_MS: Final = 120_000
"""How much later than the rules of finality say a row may reach the screen."""
_REVISIONS: Final = 20
"""Revisions of one interval that are kept: the first and the last."""
_RECORDS: Final = 100
"""Records of one breach that are kept: the first and the last."""
_RESOLVED: Final = 2_000
"""Resolved breaches that are kept."""
_BREACH_DAYS: Final = 35
"""How far back an open breach may have changed last: a rule over a month speaks once a day."""
_SEVERITY: Final = {"info": 0, "warning": 1, "critical": 2}
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Acknowledgement(NamedTuple):
    """Who saw a breach."""

    by: str
    at: str
    """RFC 3339."""
    note: str | None


class _Breach(msgspec.Struct):
    """A breach by its records."""

    record: dict[str, Any]
    """The last one."""
    course: list[bytes] = []
    """All of them as JSON, oldest first."""


class _Queue:
    """One queue's last days."""

    def __init__(self, settings: QueueSettings, queue: str) -> None:
        self.settings = settings
        self.queue = queue
        self.program = settings.program
        self.channel = settings.channel
        self.rows: dict[int, list[bytes]] = {}
        """Revisions of each final interval by its start, as JSON: a tenth of the memory of dictionaries."""
        self.codes: dict[int, str] = {}
        self.levels: dict[int, float | None] = {}
        self.last: dict[str, Any] | None = None
        """The latest final interval's latest revision."""
        self.running: dict[int, dict[str, Any]] = {}
        """Intervals that are not final, as they stand."""
        self.day = dt.date.min
        """Local date of the newest interval."""
        self.zone = ZoneInfo(settings.timezone)
        self.open_breaches: set[str] = set()
        self._calendar: Calendar | None = None

    def calendar(self, now_ms: int) -> Calendar:
        """When the queue is open."""
        if self._calendar is None:
            s = self.settings
            self._calendar = Calendar(s.timezone, s.interval_ms, s.interval_closed, s.hours, s.closed, now_ms)
        return self._calendar

    @property
    def newest_ms(self) -> int | None:
        """Start of the newest interval known, final or not."""
        known = [*self.running, *([from_rfc3339(self.last["interval_start"])] if self.last else [])]
        return max(known, default=None)

    def date(self, ms: int) -> dt.date:
        """Local date of an instant."""
        return dt.datetime.fromtimestamp(ms / 1000, self.zone).date()

    def midnight_ms(self, date: dt.date) -> int:
        """When a local date begins."""
        return int(dt.datetime.combine(date, dt.time(), self.zone).timestamp() * 1000)


class View:
    """The state that screens show.

    Args:
        configuration: names the queues, their targets and hours.
        days: local days that are kept of each queue.
    """

    def __init__(self, configuration: Configuration, days: int = 2) -> None:
        self.configuration = configuration
        self._days = days
        self._queues: dict[str, _Queue] = {}
        self._breaches: dict[str, _Breach] = {}
        self._acknowledged: dict[str, Acknowledgement] = {}
        self._subscriptions: set[Subscription] = set()
        self._recovering = False
        self.sequence = 0
        """Changes so far: two equal numbers mean the same screen."""
        for program, queue in configuration.configured_queues():
            self._queue(queue, program)

    # --- what feeds it ------------------------------------------------------------------------------

    def result(self, row: Row) -> None:
        """Take a provisional (revision 0), final or corrected result; an older revision changes nothing."""
        start_ms = from_rfc3339(row["interval_start"])
        queue = self._queue(row["queue"], row["program"])
        queue.program, queue.channel = row["program"] or UNASSIGNED, row["channel"] or queue.channel
        if row["revision"] == 0:
            if start_ms not in queue.rows and start_ms >= self._oldest(queue):
                queue.running[start_ms] = {name: row.get(name) for name in RESULT_COLUMNS}
                for old in sorted(queue.running)[:-_REVISIONS]:
                    del queue.running[old]
                self._roll(queue, start_ms)
                self._changed(queue.queue, whole=False)
            return
        if start_ms < self._oldest(queue):
            return
        queue.running.pop(start_ms, None)
        revisions = queue.rows.setdefault(start_ms, [])
        known = _DECODE(revisions[-1])["revision"] if revisions else 0
        if row["revision"] <= known:
            return
        kept = {name: row.get(name) for name in RESULT_COLUMNS}
        revisions.append(_ENCODE(kept))
        del revisions[1 : len(revisions) - _REVISIONS + 1]
        queue.codes[start_ms], queue.levels[start_ms] = cell_code(kept), kept["service_level"]
        if queue.last is None or start_ms >= from_rfc3339(queue.last["interval_start"]):
            queue.last = kept
        self._roll(queue, start_ms)
        self._changed(queue.queue, whole=True)

    def breach(self, row: Row) -> None:
        """Take a record of a breach or a live notice; an older one of a breach changes nothing."""
        known = self._breaches.get(row["breach_id"])
        record: dict[str, Any] = {name: row.get(name) for name in BREACH_COLUMNS}
        if known is None:
            known = self._breaches[row["breach_id"]] = _Breach(record)
        elif not record["live"] and record["sequence"] <= known.record["sequence"]:
            return
        known.record = record
        known.course.append(_ENCODE(record))
        del known.course[1 : len(known.course) - _RECORDS + 1]
        if record["queue"]:
            still_open = self._queue(record["queue"], record["program"]).open_breaches
            if record["state"] == "resolved":
                still_open.discard(record["breach_id"])
            else:
                still_open.add(record["breach_id"])
        if record["state"] == "resolved":
            self._forget_resolved()
        self._changed(record["queue"] or "", whole=True, breaches=True)

    def acknowledged(self, breach_id: str, by: str, at: str, note: str | None = None) -> None:
        """Take note that somebody saw a breach; `at` is RFC 3339."""
        known = self._breaches.get(breach_id)
        if known is not None:
            self._acknowledged[breach_id] = Acknowledgement(by, at, note)
            self._changed(known.record["queue"] or "", whole=True, breaches=True)

    def seed(self, store: Store, since: str) -> None:
        """Take over what history holds from `since` (RFC 3339) on: results, breaches, acknowledgements."""
        earlier = rfc3339(from_rfc3339(since) - _BREACH_DAYS * _DAY_MS)
        with store.reading() as reader:
            for batch in reader.results(Filters(start=since)):
                for row in batch:
                    self.result(row)
            for batch in reader.breaches(Filters(start=earlier)):
                for row in batch:
                    self.breach(row)
            for note in reader.acknowledgements():
                self.acknowledged(
                    note["breach_id"], note["acknowledged_by"], note["acknowledged_at"], note["note"]
                )
        for breach_id, breach in list(self._breaches.items()):
            if breach.record["state"] == "resolved" and breach.record["interval_start"] < since:
                self._drop_breach(breach_id)

    @property
    def recovering(self) -> bool:
        """Whether figures are being read again, so that what is shown may be behind."""
        return self._recovering

    @recovering.setter
    def recovering(self, value: bool) -> None:
        if value != self._recovering:
            self._recovering = value
            self.sequence += 1

    def forget(self, queues: Iterable[str]) -> None:
        """Drop queues that another worker shows now; configured ones stay, without figures."""
        for name in queues:
            if name in self._queues:
                gone = self._queues.pop(name)
                for breach_id in [key for key, b in self._breaches.items() if b.record["queue"] == name]:
                    self._drop_breach(breach_id)
                if gone.settings.configured:
                    self._queue(name, gone.settings.program)
                self._changed(name, whole=True)

    # --- who watches --------------------------------------------------------------------------------

    def subscribe(self, wake: Callable[[], object], pace_ms: int = 2_000) -> Subscription:
        """A subscription to changes from now on; `unsubscribe` ends it."""
        subscription = Subscription(wake, pace_ms)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        self._subscriptions.discard(subscription)

    # --- what is shown ------------------------------------------------------------------------------

    def overview(self, now_ms: int) -> list[dict[str, Any]]:
        """Every queue's `summary`, worst first."""
        found = [summary for name in list(self._queues) if (summary := self.summary(name, now_ms)) is not None]
        return sorted(found, key=lambda summary: (summary["rank"], summary["program"], summary["queue"]))

    def summary(self, name: str, now_ms: int) -> dict[str, Any] | None:
        """One queue now: figures, verdict, open breaches, and the day so far. None: it is not known."""
        queue = self._queues.get(name)
        if queue is None:
            return None
        level = queue.settings.service_level
        breaches = [self._breach_shown(breach) for breach in self._open_of(name)]
        return {
            **self.now(name, now_ms),
            "channel": queue.channel,
            "definition": level.definition,
            "threshold_seconds": level.threshold_ms / 1000,
            "target": level.target,
            "range": level.range,
            "breaches": breaches,
            "day": self._day_so_far(queue, now_ms),
        }

    def now(self, name: str, now_ms: int) -> dict[str, Any]:
        """The part of a `summary` that moves with every contact."""
        queue = self._queues[name]
        running = queue.running.get(max(queue.running, default=0))
        last, state = queue.last, self._state(queue, now_ms)
        watched = [row for row in (last, running) if row is not None]
        short = max((short_contacts(row, queue.settings) for row in watched), default=0.0)
        return {
            "queue": queue.queue,
            "program": queue.program,
            "state": state,
            "rank": rank(state, short, watched[-1]["net_staffing"] if watched else None),
            "open": None if running is None else figures(running, queue.settings),
            "last": None if last is None else figures(last, queue.settings),
        }

    def breaches(self) -> list[dict[str, Any]]:
        """Breaches of the last days: open ones by severity and age, then resolved ones, latest first."""
        shown = [self._breach_shown(breach) for breach in self._breaches.values()]
        still = sorted((b for b in shown if b["state"] != "resolved"), key=_urgency)
        over = sorted(
            (b for b in shown if b["state"] == "resolved"), key=lambda b: str(b["interval_start"]), reverse=True
        )
        return [*still, *over]

    def find_breach(self, breach_id: str) -> dict[str, Any] | None:
        """One breach, None where the view does not hold it."""
        breach = self._breaches.get(breach_id)
        return None if breach is None else self._breach_shown(breach)

    def day(self, name: str, date: dt.date) -> list[dict[str, Any]] | None:
        """Latest results of a queue's local `date` and its open intervals; None: the view does not reach so far."""
        queue = self._queues.get(name)
        if queue is None:
            return None
        begin, end = queue.midnight_ms(date), queue.midnight_ms(date + dt.timedelta(days=1))
        if begin < self._oldest(queue):
            return None
        final = {start: _DECODE(revisions[-1]) for start, revisions in queue.rows.items() if begin <= start < end}
        running = {start: row for start, row in queue.running.items() if begin <= start < end}
        return [row for _, row in sorted({**running, **final}.items())]

    def interval(self, name: str, start: str) -> list[dict[str, Any]]:
        """All revisions of an interval that are kept, oldest first; its open state where it is not final."""
        queue, start_ms = self._queues.get(name), from_rfc3339(start)
        if queue is None:
            return []
        if start_ms in queue.rows:
            return [_DECODE(revision) for revision in queue.rows[start_ms]]
        return [queue.running[start_ms]] if start_ms in queue.running else []

    def causes(self, row: Row) -> list[dict[str, object]]:
        """Why an interval's service level is not what was planned, largest effect first; empty: not known."""
        return attribution(row, self.settings_at(row))

    def settings_at(self, row: Row) -> QueueSettings:
        """The settings that an interval was judged by."""
        queue, program = str(row["queue"]), row["program"]
        for settings in self.configuration.queue(queue, program):
            if settings.parameters_version == row["parameters_version"]:
                return settings
        return self.configuration.queue(queue, program)[-1]

    def results(self) -> Iterable[dict[str, Any]]:
        """Every final result that is held at this moment, by queue, interval and revision."""
        held = [
            revision
            for _, queue in sorted(self._queues.items())
            for _, revisions in sorted(queue.rows.items())
            for revision in revisions
        ]
        return map(_DECODE, held)

    def records(self) -> list[dict[str, Any]]:
        """Every record of a breach that is held, by interval, breach and sequence."""
        records = [_DECODE(record) for breach in self._breaches.values() for record in breach.course]
        return sorted(records, key=lambda r: (r["interval_start"], r["breach_id"], r["sequence"]))

    def settings(self, name: str) -> QueueSettings | None:
        """A queue's settings, None where it is not known."""
        queue = self._queues.get(name)
        return None if queue is None else queue.settings

    @property
    def names(self) -> list[str]:
        """The queues."""
        return list(self._queues)

    def bounds(self, name: str, date: dt.date) -> tuple[str, str]:
        """When a queue's local `date` begins and ends, RFC 3339."""
        queue = self._queues[name]
        return rfc3339(queue.midnight_ms(date)), rfc3339(queue.midnight_ms(date + dt.timedelta(days=1)))

    def date(self, name: str, now_ms: int) -> dt.date:
        """The local date a queue's screen shows: of its newest interval, else of `now_ms`."""
        queue = self._queues[name]
        return queue.date(now_ms) if queue.newest_ms is None else queue.date(max(queue.newest_ms, 0))

    # --- within -------------------------------------------------------------------------------------

    def _queue(self, name: str, program: str | None) -> _Queue:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = _Queue(self.configuration.queue(name, program)[-1], name)
        return queue

    def _oldest(self, queue: _Queue) -> int:
        if queue.day == dt.date.min:
            return 0
        return queue.midnight_ms(queue.day - dt.timedelta(days=self._days - 1))

    def _roll(self, queue: _Queue, start_ms: int) -> None:
        """Forget what is older than the days kept when a new local day begins."""
        date = queue.date(start_ms)
        if date <= queue.day:
            return
        queue.day = date
        oldest = self._oldest(queue)
        held: Sequence[dict[int, Any]] = (queue.rows, queue.codes, queue.levels, queue.running)
        for part in held:
            for start in [start for start in part if start < oldest]:
                del part[start]

    def _changed(self, queue: str, *, whole: bool, breaches: bool = False) -> None:
        self.sequence += 1
        for subscription in self._subscriptions:
            subscription.changed(queue, whole=whole, breaches=breaches)

    def _open_of(self, name: str) -> list[_Breach]:
        queue = self._queues.get(name)
        found = [] if queue is None else [self._breaches[key] for key in queue.open_breaches]
        return sorted(found, key=lambda breach: _urgency(breach.record))

    def _breach_shown(self, breach: _Breach) -> dict[str, Any]:
        """A breach's last record, with what its causes changed and who saw it."""
        record = breach.record
        seen = self._acknowledged.get(record["breach_id"])
        zone = self.configuration.timezone
        queue = self._queues.get(record["queue"] or "")
        if queue is not None:
            zone = queue.settings.timezone
        since = dt.datetime.fromtimestamp(from_rfc3339(record["first_interval_start"]) / 1000, ZoneInfo(zone))
        return {
            **record,
            "since": since.isoformat(timespec="minutes"),
            "acknowledged": None if seen is None else seen._asdict(),
            "changes": self._changes(record, queue),
        }

    def _changes(self, record: Row, queue: _Queue | None) -> dict[str, Any]:
        """What came against plan in the interval of a breach's last record, for the words of its causes."""
        rows = [] if queue is None else queue.rows.get(from_rfc3339(record["interval_start"]), [])
        if not rows:
            return {}
        first = _DECODE(rows[0])
        staffed, scheduled = first["staffed_agents"], first["scheduled_agents"]
        return {
            "volume": first["volume_variance"],
            "aht": first["aht_variance"],
            "staffing": None if staffed is None or scheduled is None else staffed - scheduled,
        }

    def _state(self, queue: _Queue, now_ms: int) -> str:
        worst = max((_SEVERITY[b.record["severity"]] for b in self._open_of(queue.queue)), default=0)
        if worst:
            return "critical" if worst == _SEVERITY["critical"] else "warning"
        open_now, open_since = self._open(queue, now_ms)
        newest = queue.newest_ms
        if newest is None:
            if not open_now:
                return "closed"
            waited = open_since is not None and now_ms - open_since >= _NEVER_SEEN_MS
            return "never_seen" if waited else "waiting"
        settings = queue.settings
        due = newest + 2 * settings.interval_ms + settings.service_level.threshold_ms + settings.grace_ms
        if now_ms > due + settings.idle_ms + _STALE_ALLOWANCE_MS:
            return "stale" if open_now else "closed"
        if queue.last is None:
            return "waiting"
        return verdict(queue.last)

    @staticmethod
    def _open(queue: _Queue, now_ms: int) -> tuple[bool, int | None]:
        """Whether the queue is open now, and since when; a queue without hours is open whenever data comes."""
        if queue.settings.hours is None:
            return True, None
        calendar = queue.calendar(now_ms)
        day = calendar.open_day(calendar.start_of(now_ms))
        return day is not None, None if day is None else day.begin_ms

    def _day_so_far(self, queue: _Queue, now_ms: int) -> dict[str, Any]:
        """The local day's intervals from midnight: a letter and a service level for each (heat map)."""
        date = self.date(queue.queue, now_ms)
        begin, end = queue.midnight_ms(date), queue.midnight_ms(date + dt.timedelta(days=1))
        starts = [start for start in (*queue.codes, *queue.running) if begin <= start < end]
        step = queue.settings.interval_ms
        first = min(starts, default=begin)
        places = range(first, max(starts, default=begin - 1) + 1, step)
        return {
            "date": date.isoformat(),
            "begin_ms": begin,
            "end_ms": end,
            "first_ms": first,
            "step_ms": step,
            "codes": "".join(queue.codes.get(start, "p" if start in queue.running else ".") for start in places),
            "levels": [_points(queue.levels.get(start)) for start in places],
        }

    def _forget_resolved(self) -> None:
        over = [key for key, breach in self._breaches.items() if breach.record["state"] == "resolved"]
        for key in over[: max(0, len(over) - _RESOLVED)]:
            self._drop_breach(key)

    def _drop_breach(self, breach_id: str) -> None:
        del self._breaches[breach_id]
        self._acknowledged.pop(breach_id, None)


def _urgency(record: Mapping[str, Any]) -> tuple[bool, int, bool, str]:
    """Acknowledged or not, a breach is as urgent as its severity, then its item, then its age."""
    severity, service = _SEVERITY.get(record["severity"], 0), record["item"] == "2.G.A"
    return record["live"] is True, -severity, not service, str(record["first_interval_start"])


def _points(level: float | None) -> float | None:
    """A service level in tenths of a per cent, exact enough for a cell of a heat map."""
    return None if level is None else round(level, 3)
