"""The state that screens show: results and breaches of the last days, by queue.

Rows come from a worker, from the topics that a `web` process follows, or from history; all have the same columns.
The view reads no clock and opens no file. Its memory is bounded: it holds two local days of every queue.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from agents.planning.causes import attribution
from config.settings import Configuration, QueueSettings, in_force
from config.timestamps import from_rfc3339, rfc3339
from dashboards.wallboard.ahead.held import HeldOutlooks
from dashboards.wallboard.ahead.rows import RowOutlooks, outlook
from dashboards.wallboard.breaches import Breaches, explained
from dashboards.wallboard.changes import Subscribers
from dashboards.wallboard.figures import FINE, Row, figures, rank, short_contacts
from dashboards.wallboard.groups.held import HeldGroups
from dashboards.wallboard.held_days import HeldDays, Shown, local_day
from dashboards.wallboard.relay.heartbeat import Heartbeat
from streams.history.query import Filters
from streams.history.store import Store
from streams.results import IntervalResult

__all__ = ["View"]

_DAY_MS: Final = 86_400_000
_BREACH_DAYS: Final = 35
"""Days before the seed in which an open breach may have its latest record; rules over a month publish daily."""
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


class View:
    """The state that screens show.

    Args:
        configuration: the queues with their targets and hours.
        days: local days that are kept of each queue.
    """

    def __init__(self, configuration: Configuration, days: int = 2) -> None:
        self.configuration = configuration
        self.recovering = False
        """Whether a worker is restoring its state, so that figures shown may be behind."""
        self.troubles: dict[str, str] = {}
        """Why somebody cannot be told of alerts, by a key of Alertmanager's."""
        self.heartbeat = Heartbeat()
        """When Alertmanager last said that it lives."""
        self.follows_workers = True
        """Whether open intervals come; False: results come from a history alone, when they are final."""
        self.subscribers = Subscribers()
        """The browsers that are told of changes."""
        self._days = days
        self._newest_ms = 0
        """The end of the newest interval."""
        self._queues: dict[str, HeldDays] = {}
        self.board = Breaches()
        self.outlooks = HeldOutlooks()
        """The rest of each queue's day."""
        self.row_outlooks = RowOutlooks(self.outlooks)
        """The same as rows of the overview show it."""
        self.groups = HeldGroups(configuration, self._queues)
        """Programs, sites and pools."""
        for program, queue in configuration.configured_queues():
            self._queue(queue, program)

    # --- taking rows ------------------------------------------------------------------------------

    def result(self, row: Row) -> None:
        """Take a provisional (revision 0), final or corrected result; an older revision changes nothing."""
        queue = self._queue(row["queue"], row["program"])
        queue.named = True
        end = from_rfc3339(row["interval_start"]) + int(row["interval_seconds"]) * 1000
        self._newest_ms = max(self._newest_ms, end)
        if queue.put(row):
            final = row["revision"] != 0
            if final:
                self.groups.changed(row["queue"])
            ended = final and self.board.end_notices(row["queue"], row["interval_start"])
            self.subscribers.changed(row["queue"], whole=final, breaches=ended)

    def as_of(self, now_ms: int) -> int:
        """The time that screens of a past day show: the end of the newest interval, once it is over for a day."""
        return self._newest_ms if 0 < self._newest_ms < now_ms - _DAY_MS else now_ms

    def breach(self, row: Row) -> None:
        """Take a record of a breach or an early warning; an older record of a breach changes nothing."""
        if row["queue"]:
            self._queue(row["queue"], row["program"]).named = True
        if self.board.put(row):
            self.subscribers.changed(row["queue"] or "", whole=True, breaches=True)

    def journal(self, entry: Row) -> None:
        """Take an entry of the journal."""
        for queue in self.board.note(entry):
            self.subscribers.changed(queue, whole=True, breaches=True)

    def seed(self, store: Store, since: str) -> None:
        """Read results, breaches and acknowledgements from history, from `since` (RFC 3339) on."""
        since_ms = from_rfc3339(since)
        since, earlier = rfc3339(since_ms), rfc3339(since_ms - _BREACH_DAYS * _DAY_MS)
        with store.reading() as reader:
            for batch in reader.results(Filters(start=since)):
                for row in batch:
                    self.result(row)
            for batch in reader.breaches(Filters(start=earlier)):
                for row in batch:
                    self.breach(row)
            for entries in reader.journal():
                for entry in entries:
                    self.journal(entry)
        self.board.drop_resolved_before(since)

    def forget(self, queues: Iterable[str]) -> None:
        """Drop queues that another worker has taken over; configured ones stay, without figures."""
        for name in queues:
            self.outlooks.forget(name)
            self.row_outlooks.forget(name)
            self.groups.changed(name)
            gone = self._queues.pop(name, None)
            if gone is not None:
                self.board.drop_queue(name)
                configured = [settings for settings in gone.versions if settings.configured]
                if configured:
                    self._queue(name, configured[-1].program)
                self.subscribers.changed(name, whole=True, breaches=True)

    # --- reading ------------------------------------------------------------------------------

    def names(self, now_ms: int) -> list[str]:
        """The queues shown at `now_ms`, in no particular order."""
        return [name for name, queue in self._queues.items() if queue.is_shown(now_ms)]

    def knows(self, name: str) -> bool:
        """Whether a queue is configured in any version, or a record has named it."""
        return name in self._queues

    def settings_of_day(self, name: str, date: dt.date, rows: Sequence[Row]) -> QueueSettings:
        """The settings that the last of a day's `rows` was judged by; without rows those in force as `date` begins.

        Raises:
            KeyError: the queue is not known.
        """
        queue = self._queues[name]
        return self.settings_at(rows[-1]) if rows else queue.settings(queue.bounds(date)[0])

    def overview(self, now_ms: int) -> list[dict[str, Any]]:
        """Every queue's `summary`, worst first."""
        found = [summary for name in self.names(now_ms) if (summary := self.summary(name, now_ms)) is not None]
        return sorted(found, key=lambda summary: (summary["rank"], summary["queue"]))

    def summary(self, name: str, now_ms: int) -> dict[str, Any] | None:
        """One queue now: figures, state, open breaches and the day so far; None where it is not known."""
        queue = self._queues.get(name)
        if queue is None:
            return None
        level = queue.settings(now_ms).service_level
        now = self.now(name, now_ms)
        return {
            **now,
            "opens_ms": queue.opens_ms(now_ms) if now["state"] == "closed" else None,
            "channel": queue.channel(now_ms),
            **self.groups.homes(name, now_ms),
            "timezone": queue.zone.key,
            "definition": level.definition,
            "threshold_seconds": level.threshold_ms / 1000,
            "target": level.target,
            "range": level.range,
            "breaches": [self.breach_shown(record) for record in self.board.open_of(name)],
            "day": queue.day_bars(now_ms),
        }

    def now(self, name: str, now_ms: int) -> dict[str, Any]:
        """The part of a `summary` that moves with every contact.

        `running` has the intervals that are not final, oldest first; `last` is the latest final one.

        Raises:
            KeyError: the queue is not known.
        """
        queue = self._queues[name]
        shown = queue.shown = queue.shown or _shown(queue, self.settings_at)
        state = self.board.state_of(name) or queue.state(now_ms)
        projection = self.row_outlooks.last(name)
        ahead = None if projection is None else outlook(projection)
        risk = None if ahead is None else ahead["risk"]
        if risk is not None and state in FINE:
            state = "at_risk"
        # Net staffing of a pool's queue says little, and must not move it up.
        net = None if self.groups.is_pooled(name, now_ms) else shown.net_staffing
        return {
            "queue": queue.queue,
            "program": queue.program(now_ms),
            "state": state,
            "rank": rank(state, shown.short, net, risk),
            "running": shown.running,
            "last": shown.last,
            "ahead": ahead,
        }

    def breaches(self) -> list[dict[str, Any]]:
        """Breaches of the last days: open ones by urgency, then resolved ones, newest first."""
        return [self.breach_shown(record) for record in self.board.everything()]

    def find_breach(self, breach_id: str) -> dict[str, Any] | None:
        """One breach, None where the view does not hold it."""
        record = self.board.find(breach_id)
        return None if record is None else self.breach_shown(record)

    def day(self, name: str, date: dt.date) -> list[dict[str, Any]] | None:
        """Latest results of a queue's local `date`, and its open intervals; None: the date is no longer held.

        Raises:
            KeyError: the queue is not known.
        """
        return self._queues[name].day(date)

    def day_shown(self, name: str, now_ms: int) -> dt.date:
        """The local date that screens show of a queue: of its newest interval, else of `now_ms`.

        Raises:
            KeyError: the queue is not known.
        """
        return self._queues[name].date_shown(now_ms)

    def bounds(self, name: str, date: dt.date) -> tuple[str, str]:
        """Begin and end of a queue's local `date`, RFC 3339.

        Raises:
            KeyError: the queue is not known.
        """
        begin, end = self._queues[name].bounds(date)
        return rfc3339(begin), rfc3339(end)

    def bounds_of_date(self, date: dt.date) -> tuple[int, int]:
        """Begin and end of a local date, milliseconds since 1970: of the earliest and the latest zone of a queue."""
        zones = {queue.zone.key for queue in list(self._queues.values())} | {self.configuration.timezone}
        bounds = [local_day(ZoneInfo(zone), date) for zone in zones]
        return min(begin for begin, _ in bounds), max(end for _, end in bounds)

    def interval(self, name: str, start_ms: int) -> list[dict[str, Any]]:
        """All revisions of an interval that are kept, oldest first; its open state where it is not final."""
        queue = self._queues.get(name)
        return [] if queue is None else queue.interval(start_ms)

    def causes(self, row: Row) -> list[dict[str, object]]:
        """Causes of an interval's deviation from the planned service level, largest effect first; empty: not known."""
        return attribution(IntervalResult.from_row(row), self.settings_at(row))

    def settings_at(self, row: Row) -> QueueSettings:
        """The settings under which a result was computed."""
        versions = self.configuration.queue(str(row["queue"]), row["program"])
        named = next((v for v in versions if v.parameters_version == row["parameters_version"]), None)
        return named or in_force(versions, from_rfc3339(str(row["interval_start"])))

    def results(self, name: str | None = None) -> Iterator[dict[str, Any]]:
        """Every final result held, of one queue or of all, ordered by queue, interval and revision."""
        queues = sorted(self._queues.items()) if name is None else [(name, self._queues[name])]
        held = [revision for _, queue in queues for revision in queue.encoded()]
        return map(_DECODE, held)

    # --- within -------------------------------------------------------------------------------------

    def _queue(self, name: str, program: str | None) -> HeldDays:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = HeldDays(self.configuration.queue(name, program), name, self._days)
        return queue

    def breach_shown(self, record: Row, board: Breaches | None = None, first: Row | None = None) -> dict[str, Any]:
        """A record of a breach as screens show it.

        Args:
            record: of a board.
            board: that one; None: this view's, whose intervals are held.
            first: of another board, the first result of the interval that its causes are of; None: not known.
        """
        queue = self._queues.get(record["queue"] or "")
        if board is None:
            board = self.board
            revisions = [] if queue is None else queue.interval(from_rfc3339(explained(record)))
            first = revisions[0] if revisions and revisions[0]["revision"] == 1 else None
        if queue is None:
            return {**board.shown(record, self.configuration.timezone, None), "timezone": None, "seconds": None}
        shown = board.shown(record, queue.zone.key, first)
        return {**shown, "timezone": queue.zone.key, "seconds": queue.interval_ms // 1000}


def _shown(queue: HeldDays, settings_at: Callable[[Row], QueueSettings]) -> Shown:
    """The figures of a queue's intervals that screens show."""
    last, not_final = queue.last, queue.not_final
    watched = [*([] if last is None else [last]), *not_final[-1:]]
    return Shown(
        running=[figures(row, settings_at(row)) for row in not_final],
        last=None if last is None else figures(last, settings_at(last)),
        short=max((short_contacts(row, settings_at(row)) for row in watched), default=0.0),
        net_staffing=watched[-1]["net_staffing"] if watched else None,
    )
