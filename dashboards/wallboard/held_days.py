"""The last days of one queue's results, in bounded memory.

A row of fifty columns takes ten times the memory as a dictionary that it takes as JSON, and a screen opens few rows.
So final rows are kept as JSON, beside the letter and the figure that every screen shows of each.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agents.intervals.calendar import Calendar, never_seen, open_now
from config.queue_settings import UNASSIGNED
from config.settings import QueueSettings, in_force
from config.timestamps import from_rfc3339
from dashboards.wallboard.figures import Row, cell_code, verdict
from streams.columns import RESULT_COLUMNS

__all__ = ["HeldDays", "Shown", "local_day"]

_ALLOWANCE_MS: Final = 120_000
"""Time a row may take from becoming final to the screen."""
_WEEK_MS: Final = 7 * 86_400_000
_REVISIONS: Final = 20
"""Revisions of one interval, and open intervals, kept at most."""
_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode


def local_day(zone: ZoneInfo, date: dt.date) -> tuple[int, int]:
    """Begin and end of a local date, milliseconds since 1970; on days of a clock change 23 or 25 hours apart."""
    begin, end = (dt.datetime.combine(day, dt.time(), zone) for day in (date, date + dt.timedelta(days=1)))
    return int(begin.timestamp() * 1000), int(end.timestamp() * 1000)


class Shown(NamedTuple):
    """A queue's figures as screens show them, which hold until its next row."""

    running: list[dict[str, Any]]
    """Figures of the intervals that are not final, oldest first."""
    last: dict[str, Any] | None
    """Figures of the latest final one."""
    short: float
    """Contacts that the service level is short of its range."""
    net_staffing: float | None


class HeldDays:
    """The results of one queue over its last days.

    Args:
        versions: the queue's settings, one a parameter version, in order of their `parameters_from_ms`.
        queue: its name.
        days: local days that are kept.
    """

    def __init__(self, versions: Sequence[QueueSettings], queue: str, days: int) -> None:
        self.versions = versions
        self.queue = queue
        grid = versions[-1]  # no version may change a queue's zone and intervals
        self.zone = ZoneInfo(grid.timezone)
        self.interval_ms = grid.interval_ms
        self.named = False
        """Whether a result or a breach has named the queue."""
        self._program: str | None = None
        self._channel: str | None = None
        self.last: dict[str, Any] | None = None
        """The latest final interval's latest revision."""
        self._days = days
        self._rows: dict[int, list[bytes]] = {}
        self._codes: dict[int, str] = {}
        self._levels: dict[int, float | None] = {}
        self._breached: set[int] = set()
        self._running: dict[int, dict[str, Any]] = {}
        self._date = dt.date.min
        self._oldest = 0
        self._calendar: Calendar | None = None
        self._bars: dict[str, Any] | None = None
        """Bars of a day as last made; None: a row came since."""
        self.shown: Shown | None = None
        """Figures as last made; None: a row came since."""

    # --- taking results ---------------------------------------------------------------------------------

    def put(self, row: Row) -> bool:
        """Take a row of any revision; False where it is older than the one held."""
        start_ms = from_rfc3339(row["interval_start"])
        if start_ms < self._oldest:
            return False
        self._program, self._channel = row["program"] or UNASSIGNED, row["channel"] or self._channel
        kept = {name: row.get(name) for name in RESULT_COLUMNS}
        taken = self._put_running(start_ms, kept) if row["revision"] == 0 else self._put_final(start_ms, kept)
        if taken:
            self._roll(start_ms)
            self._bars = self.shown = None
        return taken

    def _put_running(self, start_ms: int, row: dict[str, Any]) -> bool:
        if start_ms in self._rows:
            return False
        self._running[start_ms] = row
        for old in sorted(self._running)[:-_REVISIONS]:
            del self._running[old]
        return True

    def _put_final(self, start_ms: int, row: dict[str, Any]) -> bool:
        revisions = self._rows.setdefault(start_ms, [])
        if revisions and row["revision"] <= _DECODE(revisions[-1])["revision"]:
            return False
        revisions.append(_ENCODE(row))
        del revisions[1 : len(revisions) - _REVISIONS + 1]
        self._running.pop(start_ms, None)
        self._codes[start_ms], self._levels[start_ms] = cell_code(row), row["service_level"]
        if row["breaches"]:
            self._breached.add(start_ms)
        if self.last is None or start_ms >= from_rfc3339(self.last["interval_start"]):
            self.last = row
        return True

    def _roll(self, start_ms: int) -> None:
        """Drop results older than the days kept, when a new local day begins."""
        date = self.date_of(start_ms)
        if date <= self._date:
            return
        self._date = date
        self._oldest = self.bounds(date - dt.timedelta(days=self._days - 1))[0]
        for part in (self._rows, self._codes, self._levels, self._running):
            for start in [start for start in part if start < self._oldest]:
                del part[start]
        self._breached = {start for start in self._breached if start >= self._oldest}

    # --- reading ------------------------------------------------------------------------------

    def settings(self, ms: int) -> QueueSettings:
        """The settings in force at an instant."""
        return in_force(self.versions, ms)

    def program(self, now_ms: int) -> str:
        """The program of the latest row; without rows, that of the settings in force."""
        return self._program or self.settings(now_ms).program

    def channel(self, now_ms: int) -> str:
        """The channel of the latest row that has one; without one, that of the settings in force."""
        return self._channel or self.settings(now_ms).channel

    def is_shown(self, now_ms: int) -> bool:
        """Whether the queue belongs on the screens: a record has named it, or it is configured now."""
        return self.named or self.settings(now_ms).configured

    @property
    def not_final(self) -> list[dict[str, Any]]:
        """The intervals that are not final, as they stand, oldest first: those that ended, and the open one."""
        return [self._running[start] for start in sorted(self._running)]

    @property
    def newest_ms(self) -> int | None:
        """Start of the newest interval known, final or not."""
        known = [*self._running, *([from_rfc3339(self.last["interval_start"])] if self.last else [])]
        return max(known, default=None)

    def date_of(self, ms: int) -> dt.date:
        """Local date of an instant."""
        return dt.datetime.fromtimestamp(ms / 1000, self.zone).date()

    def date_shown(self, now_ms: int) -> dt.date:
        """The local date that screens show: of the newest interval, else of `now_ms`."""
        newest = self.newest_ms
        return self.date_of(now_ms if newest is None else newest)

    def bounds(self, date: dt.date) -> tuple[int, int]:
        """Begin and end of a local date, milliseconds since 1970."""
        return local_day(self.zone, date)

    def day(self, date: dt.date) -> list[dict[str, Any]] | None:
        """Latest revisions of a local date, and its open intervals; None: the date is no longer held."""
        begin, end = self.bounds(date)
        if begin < self._oldest:
            return None
        final = {start: _DECODE(revisions[-1]) for start, revisions in self._rows.items() if begin <= start < end}
        running = {start: row for start, row in self._running.items() if begin <= start < end}
        return [row for _, row in sorted({**running, **final}.items())]

    def interval(self, start_ms: int) -> list[dict[str, Any]]:
        """Revisions of an interval, oldest first; its open state where it is not final."""
        if start_ms in self._rows:
            return [_DECODE(revision) for revision in self._rows[start_ms]]
        return [self._running[start_ms]] if start_ms in self._running else []

    def final_in(self, start_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
        """The latest revisions of the final intervals in [start_ms, end_ms), which begins where one of them does."""
        for start in range(start_ms, end_ms, self.interval_ms):
            if start in self._rows:
                yield _DECODE(self._rows[start][-1])

    @property
    def final_extent(self) -> tuple[int, int] | None:
        """Start of the oldest final interval that is held, and end of the latest; None: there is none."""
        if self.last is None or not self._rows:
            return None
        return min(self._rows), from_rfc3339(self.last["interval_start"]) + self.interval_ms

    def final_until_ms(self, now_ms: int) -> int | None:
        """The instant up to which all intervals are final, `now_ms` for a closed queue's that opens later.

        None: none is final yet, or nothing is heard of the queue.
        """
        extent = self.final_extent
        if extent is None or self.state(now_ms) == "stale":
            return None
        calendar = self._calendar_at(now_ms)
        if not calendar.has_hours(now_ms):
            return extent[1]
        return next(calendar.open_starts(extent[1], now_ms), max(extent[1], now_ms))

    def encoded(self) -> list[bytes]:
        """Every final revision as JSON, by interval."""
        return [revision for _, revisions in sorted(self._rows.items()) for revision in revisions]

    def day_bars(self, now_ms: int) -> dict[str, Any]:
        """The day shown, for day bars and heat maps: a letter, a figure and a mark for each interval from the first.

        It is the local day of the instant before `now_ms`, from `begin_ms` to `end_ms`: a day that has just ended is
        still shown. `codes` has a letter of `figures.CODES` for each interval (upper case: corrected; p: not final; .:
        none). `levels` has the service level as a ratio. `marks` has a `!` where breaches were open.
        """
        date = self.date_of(now_ms - 1)
        if self._bars is None or self._bars["date"] != date.isoformat():
            self._bars = self._bars_of(date)
        return self._bars

    def _bars_of(self, date: dt.date) -> dict[str, Any]:
        begin, end = self.bounds(date)
        starts = [start for start in (*self._codes, *self._running) if begin <= start < end]
        step = self.interval_ms
        places = range(min(starts), max(starts) + 1, step) if starts else range(0)
        levels = [self._levels.get(start) for start in places]
        return {
            "date": date.isoformat(),
            "begin_ms": begin,
            "end_ms": end,
            "first_ms": places.start if starts else begin,
            "step_ms": step,
            "codes": "".join(self._codes.get(start, "p" if start in self._running else ".") for start in places),
            "levels": [None if level is None else round(level, 6) for level in levels],
            "marks": "".join("!" if start in self._breached else " " for start in places),
        }

    def opens_ms(self, now_ms: int) -> int | None:
        """When the queue opens next, milliseconds since 1970; None: not within a week, or it has no hours."""
        calendar = self._calendar_at(now_ms)
        return next(calendar.open_starts(now_ms, now_ms + _WEEK_MS), None)

    def _calendar_at(self, now_ms: int) -> Calendar:
        if self._calendar is None:
            self._calendar = Calendar.of(self.versions, now_ms)
        return self._calendar

    def state(self, now_ms: int) -> str:
        """The queue's state at `now_ms` without regard to breaches: a key of `figures.RANKS`."""
        calendar = self._calendar_at(now_ms)
        # A queue without hours is open whenever data comes.
        is_open = open_now(calendar, now_ms) is not False
        newest = self.newest_ms
        if newest is None:
            if not is_open:
                return "closed"
            return "never_seen" if never_seen(calendar, now_ms) else "waiting"
        settings = self.settings(newest)
        closing_ms = settings.service_level.threshold_ms + settings.grace_ms + settings.idle_ms
        if now_ms > newest + 2 * self.interval_ms + closing_ms + _ALLOWANCE_MS:
            return "stale" if is_open else "closed"
        running = self.not_final[-1:]
        if running and running[0]["spec"] == "below":
            return "below"
        return "waiting" if self.last is None else verdict(self.last)
