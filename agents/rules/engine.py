"""The rules of one queue: one pure machine that looks at final intervals in order.

An item is breached once, with a reason, and is over once: a breach opens when a run of intervals says so,
is updated while it lasts, and is resolved when the queue has come back for a while or nobody can tell any
more (the day ended; too few contacts). The machine's state is small and serialisable, and it looks at
first revisions only, so that a restart, a redelivery or a correction neither repeats nor forgets a breach.
"""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from agents.intervals.calendar import OpenDay
from agents.intervals.figures import Row
from agents.rules.baseline import SHORTEST_SECONDS, Baselines, Basis, Reading, Slot, read_signal, slot_of
from agents.rules.conditions import (
    HAIR,
    INTERVAL_RULES,
    Case,
    Facts,
    Look,
    Policy,
    amount,
    failed_checks,
    figure,
    looks,
    optional,
    policy,
    whole,
)
from agents.rules.lifecycle import BreachBook, Key, Track, Tracks
from agents.rules.messages import Occasion
from config.queue_settings import QueueSettings
from copc.service_level import Counts, service_level

__all__ = ["Judgement", "QueueRules", "RulesState", "charted", "level_counts"]

_IDLE_LIMIT: Final = 4
"""Intervals that do not count, one after the other, after which nobody can tell (metrics section 9)."""
_WEEK_MS: Final = 7 * 86_400_000
_NEVER: Final = -(2**62)
_RULES_OF_DAY: Final = (*INTERVAL_RULES, "integrity")
"""Rules whose runs and breaches end with the open day."""
_NAMED_BY: Final = ("program", "queue", "interval_start_local", "interval_seconds", "parameters_version")
"""Columns that name an interval, for what is said of it when the day is over."""


class RulesState(msgspec.Struct, array_like=True):
    """All that the rules of one queue remember. Fields are appended, never reordered."""

    tracks: Tracks = {}
    day_end_ms: int | None = None
    """End of the open day that is not over yet."""
    last_ms: int = _NEVER
    """Start of the last interval that was judged."""
    last_row: dict[str, str | int] = {}
    """The columns that name it."""
    day_error: float = 0.0
    """Sum of |offered - forecast| over the day's intervals with a plan."""
    day_forecast: float = 0.0
    openings: list[tuple[str, int, int]] = []
    """Rule (and scope), minute of the local day, instant: what opened in the last weeks."""
    next_ms: int = _NEVER
    """End of the last interval that was judged."""
    since_ms: int = _NEVER
    """Start of the unbroken stretch of intervals that it belongs to."""
    strays: dict[str, float] = {}
    """By rule, how far that interval was above its forecast (`Look.stray`), until the day ends."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of one interval."""

    reading: Reading = field(default_factory=Reading)
    """The interval against the queue's own history: the `signal` column."""
    events: list[Row] = field(default_factory=list)
    """Breach records (contract section 6), in order of publication."""
    open_ids: tuple[str, ...] = ()
    """Breaches open after this interval."""
    resolved_ids: tuple[str, ...] = ()
    """Breaches that this interval resolved."""

    @property
    def breaches(self) -> str | None:
        """The `breaches` column."""
        return ";".join((*self.open_ids, *self.resolved_ids)) or None


class QueueRules:
    """The rules of one queue.

    Args:
        settings_at: the settings in force for an interval's start.
        state: kept up to date in place; `changed` says when it must be written.
        baselines: the queue's history by slot.
    """

    def __init__(self, settings_at: Callable[[int], QueueSettings], state: RulesState, baselines: Baselines) -> None:
        self.state = state
        self.changed = False
        self._settings_at = settings_at
        self._baselines = baselines
        self._book = BreachBook(state.tracks)

    def judge(self, row: Row, start_ms: int, day: OpenDay | None, facts: Facts) -> Judgement:
        """Look at the first revision of the next final interval.

        Args:
            row: the result, without `signal` and `breaches`.
            start_ms: the interval.
            day: the open day it belongs to; None: it lies outside open hours, and is not judged.
            facts: what the row does not say.
        """
        self.pass_time(start_ms)
        self._book.resolved.clear()
        reading = Reading()
        if day is not None:
            self.changed = True
            settings = self._settings_at(start_ms)
            reading = self._read(row, day, settings)
            if start_ms != self.state.next_ms:
                self.state.since_ms, self.state.strays = start_ms, {}
            open_for_ms, before = self.open_for_ms(start_ms), self.state.strays
            self._judge(Case(row, settings, start_ms, facts, reading, open_for_ms, before))
            self.state.day_end_ms, self.state.last_ms = day.end_ms, start_ms
            self.state.next_ms = start_ms + settings.interval_ms
            self.state.last_row = {name: row[name] for name in _NAMED_BY}  # type: ignore[misc]  # texts, and seconds
            if self.state.next_ms >= day.end_ms:
                self._end_day()
        return Judgement(reading, self.take(), tuple(self._book.open_ids()), tuple(self._book.resolved))

    def open_for_ms(self, start_ms: int) -> int:
        """How long the queue has been open when an interval begins; 0 where the one before has not been judged."""
        return start_ms - self.state.since_ms if start_ms == self.state.next_ms else 0

    def pass_time(self, through_ms: int) -> None:
        """Every interval that starts before `through_ms` has been judged: end the day if it is over.

        Only a queue without hours needs it: the last interval of its day may have no row.
        """
        end_ms = self.state.day_end_ms
        if end_ms is not None and through_ms >= end_ms:
            self._end_day()

    def take(self) -> list[Row]:
        """Breach records not taken yet, in order of publication."""
        events, self._book.events = self._book.events, []
        return events

    def open_ids(self) -> list[str]:
        """Ids of the open breaches, sorted."""
        return self._book.open_ids()

    def signal(self, row: Row, start_ms: int, basis: tuple[float, float] | None) -> str:
        """The `signal` of a later revision, by what the first one was read against."""
        counts = level_counts(row, self._settings_at(start_ms))
        return Reading().signal if basis is None or counts is None else read_signal(Basis(*basis), *counts).signal

    # --- one interval -------------------------------------------------------------------------------

    def _read(self, row: Row, day: OpenDay, settings: QueueSettings) -> Reading:
        """The signal; the interval becomes part of its slot's past unless its figure is missing or doubtful."""
        point = charted(row, day, settings)
        if point is None:
            return Reading()
        return self._baselines.read(*point, whole(settings.rules["service_level_unusual"], "min_points"))

    def _judge(self, case: Case) -> None:
        self.state.strays = {}
        for rule in _RULES_OF_DAY:
            scopes = self.state.tracks.setdefault(rule, {})
            for scope, look in looks(rule, case, tuple(scopes)):
                track = scopes.get(scope)
                if look is not None and look.stray > 0:
                    self.state.strays[rule] = look.stray
                if track is None:
                    if look is None or not look.outside:
                        continue
                    track = scopes[scope] = Track()
                if look is None:
                    self._skip((rule, scope), track, case)
                else:
                    self._step((rule, scope), track, look, case)
                if track.breach is None and not any(added for _, added, _ in track.run):
                    del scopes[scope]
        forecast, offered = figure(case.row, "forecast_offered"), figure(case.row, "offered")
        if forecast is not None and offered is not None and not failed_checks(case.row):
            self.state.day_error += abs(offered - forecast)
            self.state.day_forecast += forecast

    def _skip(self, key: Key, track: Track, case: Case) -> None:
        """An interval that does not count; a missing one breaks a run, be it outside or back inside."""
        missing = case.row["status"] == "missing"
        if missing:
            track.run.clear()
        breach = track.breach
        if breach is None:
            return
        breach.inside = 0 if missing else breach.inside
        breach.idle += 1
        if breach.idle >= _IDLE_LIMIT:
            self._book.resolve(key, track, "no_volume", Occasion(), case)

    def _step(self, key: Key, track: Track, look: Look, case: Case) -> None:
        """An interval that counts."""
        rule = case.settings.rules[key[0]]
        terms = policy(rule)
        _extend(track, look, terms, case.start_ms)
        total = math.fsum(added for _, added, _ in track.run)
        if look.observed is None and look.unit == "intervals":
            look = replace(look, observed=total)
        occasion = Occasion(look=look, policy=terms, total=total, running=len(track.run))
        critical = look.outside and _is_critical(track, terms, total)
        severity = "critical" if critical else rule.severity
        breach = track.breach
        if breach is None:
            # A run that is critical need not grow as long as one that is not.
            if critical or (look.outside and total >= terms.opens_at - HAIR):
                first_ms = self.state.last_ms if look.paired else next(at for at, added, _ in track.run if added)
                self._book.open(key, track, first_ms, severity, look, occasion, case)
                self._count_opening(key, case)
            return
        breach.idle = 0
        occasion.inside = breach.inside = 0 if look.outside else breach.inside + 1
        over = breach.inside >= terms.clear_after
        self._book.look_again(key, track, severity, look, occasion, case, over=over)

    # --- days ---------------------------------------------------------------------------------------

    def _end_day(self) -> None:
        """The last interval of the open day has been judged: close what is open, and judge the day."""
        state = self.state
        self.changed = True
        case = Case(dict(state.last_row), self._settings_at(state.last_ms), state.last_ms)
        for rule in _RULES_OF_DAY:
            for scope, track in sorted(state.tracks.pop(rule, {}).items()):
                if track.breach is not None:
                    self._book.resolve((rule, scope), track, "day_ended", Occasion(), case)
        self._judge_forecast(case)
        self._forget_openings(case)
        for scope in sorted(state.tracks.get("repeat_breach", {})):
            self._judge_repeats(scope, case)
        state.day_end_ms, state.last_row, state.strays = None, {}, {}
        state.day_error = state.day_forecast = 0.0

    def _judge_forecast(self, case: Case) -> None:
        """The accuracy of the day's volume forecast; a day of little volume does not count."""
        state, rule = self.state, case.settings.rules["forecast_accuracy"]
        if not rule.on or not state.day_forecast or state.day_forecast < amount(rule, "min_forecast"):
            return
        error, limit, critical = state.day_error / state.day_forecast, amount(rule, "wape"), optional(rule, "critical")
        look = Look(error > limit + HAIR, error, limit, "ratio", 0.0)
        severity = "critical" if critical is not None and error > critical + HAIR else rule.severity
        self._judge_days(("forecast_accuracy", ""), case.start_ms, severity, look, case)

    def _judge_days(self, key: Key, first_ms: int, severity: str, look: Look, case: Case) -> None:
        """A rule over days, which one look opens and one look resolves."""
        rule, scope = key
        scopes = self.state.tracks.setdefault(rule, {})
        track, occasion = scopes.get(scope), Occasion(look=look)
        if track is not None:
            self._book.look_again(key, track, severity, look, occasion, case, over=not look.outside)
            if track.breach is None:
                del scopes[scope]
        elif look.outside:
            track = scopes[scope] = Track()
            self._book.open(key, track, first_ms, severity, look, occasion, case)
            if rule != "repeat_breach":
                self._count_opening(key, case)

    # --- repeats ------------------------------------------------------------------------------------

    def _count_opening(self, key: Key, case: Case) -> None:
        """Count a breach that opened in a slot (a time of day); repeats are handed over (item 2.3)."""
        minute, what = _minute(case.row), ":".join(part for part in key if part)
        self.state.openings.append((what, minute, case.start_ms))
        self._forget_openings(case)
        self._judge_repeats(f"{what}@{minute // 60:02d}:{minute % 60:02d}", case)

    def _forget_openings(self, case: Case) -> None:
        since = case.start_ms - whole(case.settings.rules["repeat_breach"], "weeks") * _WEEK_MS
        self.state.openings = [opening for opening in self.state.openings if opening[2] > since]

    def _judge_repeats(self, scope: str, case: Case) -> None:
        rule = case.settings.rules["repeat_breach"]
        what, _, at = scope.rpartition("@")
        slot = (what, int(at[:2]) * 60 + int(at[3:]))
        times = [ms for name, minute, ms in self.state.openings if (name, minute) == slot]
        limit = whole(rule, "times")
        look = Look(rule.on and len(times) >= limit, len(times), limit, "breaches")
        self._judge_days(("repeat_breach", scope), times[0] if times else case.start_ms, rule.severity, look, case)


def _extend(track: Track, look: Look, terms: Policy, start_ms: int) -> None:
    """Add an interval to the run: those running outside, or the last few."""
    if look.outside:
        track.run.append((start_ms, look.amount, look.deep))
    elif terms.of_last is None:
        track.run.clear()
    else:
        track.run.append((start_ms, 0.0, False))
    if terms.of_last is not None:
        del track.run[: -terms.of_last]


def _is_critical(track: Track, terms: Policy, total: float) -> bool:
    if terms.deep_running is not None:
        last = track.run[-terms.deep_running :]
        return len(last) == terms.deep_running and all(deep for _, _, deep in last)
    return terms.critical_at is not None and total >= terms.critical_at - HAIR


def charted(row: Row, day: OpenDay, settings: QueueSettings) -> tuple[Slot, str, tuple[int, int]] | None:
    """An interval as a point of its slot's chart: the slot, how it was counted, numerator and denominator.

    None: its figure is missing or doubtful, or it is too short to be charted.
    """
    counts = level_counts(row, settings)
    if counts is None or settings.interval_ms < 1000 * SHORTEST_SECONDS:
        return None
    level = settings.service_level
    made_by = f"{level.definition} {level.threshold_ms} {level.threshold_inclusive} {level.overflow_counts}"
    return slot_of(day.date.weekday(), _minute(row)), made_by, counts


def level_counts(row: Row, settings: QueueSettings) -> tuple[int, int] | None:
    """Numerator and denominator of the service level; None where it is missing or doubtful."""
    if row["service_level"] is None or failed_checks(row):
        return None
    level = settings.service_level
    counts = Counts(**{name: row[name] for name in Counts.__dataclass_fields__})  # type: ignore[arg-type]  # counts are whole numbers or None
    numerator, denominator, _ = service_level(counts, level.definition, overflow_counts=level.overflow_counts)
    return (int(numerator), int(denominator)) if 0 <= numerator <= denominator else None


def _minute(row: Row) -> int:
    """Local time of an interval's start, minutes from midnight."""
    local = dt.datetime.fromisoformat(str(row["interval_start_local"]))
    return local.hour * 60 + local.minute
